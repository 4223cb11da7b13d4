#!/usr/bin/env python3
"""Writes the manual pages of the three programs from what they say of themselves.

Usage: manual.py FOLDER-OF-THE-PROGRAMS OUTPUT-FOLDER
"""
import json
import subprocess
import sys
from pathlib import Path


def said(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def roff(text):
    """Text that roff takes for nothing else."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def name(entry):
    return ("-" if entry["kind"] == "short" else "--") + entry["name"]


def page(title, version, sections):
    body = "".join(f".SH {head}\n{text}\n" for head, text in sections if text)
    return f'.TH {title.upper().replace("-", chr(92) + "-")} 1 "" "aecodec {version}"\n{body}'


def options(command):
    """The options of a verb, in the order of its help."""
    parts = []
    for entry in command["arguments"]:
        if not entry["shouldDisplay"]:
            continue
        value = "" if entry["kind"] == "flag" else f"\\fI{roff(entry.get('valueName', ''))}\\fR"
        labels = ", ".join(f"\\fB{roff(name(one))}\\fR" for one in entry.get("names", []))
        default = f" (default: {entry['defaultValue']})" if "defaultValue" in entry else ""
        parts.append(f".TP\n{' '.join(filter(None, [labels, value]))}\n{roff(entry.get('abstract', '') + default)}")
    return "\n".join(parts)


def verb_pages(program):
    version = said(program, "--version").strip()
    root = json.loads(said(program, "--experimental-dump-help"))["command"]
    verbs = [verb for verb in root["subcommands"] if verb["shouldDisplay"] and verb["commandName"] != "help"]
    see = ", ".join(f"\\fBaecodec\\-{verb['commandName']}\\fR(1)" for verb in verbs) + ", \\fBaeenc\\fR(1), \\fBaedec\\fR(1)"
    table = "\n".join(f".TP\n\\fB{verb['commandName']}\\fR\n{roff(verb['abstract'])}" for verb in verbs)
    discussion = ".nf\n" + roff(root.get("discussion", "")) + "\n.fi"
    yield "aecodec", page("aecodec", version, [
        ("NAME", "aecodec \\- " + roff(root["abstract"])), ("SYNOPSIS", "\\fBaecodec\\fR \\fIverb\\fR \\fIinput\\fR... [\\fB\\-o\\fR \\fIoutput\\fR]"),
        ("VERBS", table), ("EXAMPLES AND EXIT STATUS", discussion), ("OPTIONS", options(root)), ("SEE ALSO", see)])
    for verb in verbs:
        full = f"aecodec-{verb['commandName']}"
        usage = next((line[7:] for line in said(program, verb["commandName"], "--help").split("\n") if line.startswith("USAGE: ")), full)
        yield full, page(full, version, [
            ("NAME", f"{roff(full)} \\- {roff(verb['abstract'])}"), ("SYNOPSIS", roff(usage)), ("DESCRIPTION", roff(verb.get("discussion", ""))),
            ("OPTIONS", options(verb)), ("SEE ALSO", "\\fBaecodec\\fR(1)")])


def filter_page(program):
    """A filter's help: a line of usage, what it does, then its options."""
    usage, text = said(program, "--help").split("\n\n", 1)
    title = Path(program).name
    return title, page(title, said(program, "--version").strip(), [
        ("NAME", roff(f"{title} - the bare {'encoder' if title == 'aeenc' else 'decoder'} of aecodec, from standard input to standard output")),
        ("SYNOPSIS", roff(usage)), ("DESCRIPTION", ".nf\n" + roff(text.rstrip()) + "\n.fi"), ("SEE ALSO", "\\fBaecodec\\fR(1)")])


def main(programs, output):
    output.mkdir(parents=True, exist_ok=True)
    for title, text in [*verb_pages(programs / "aecodec"), *(filter_page(programs / name) for name in ["aeenc", "aedec"])]:
        (output / f"{title}.1").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
