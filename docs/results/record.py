"""Makes the table that is kept for a release out of what `aecodec report` wrote: VERSION.json and VERSION.md.

Usage: record.py REPORTS RESULTS, where REPORTS has the folders samples/ and, if it could be made, mitdb/, each with a report.json (`make results`).
Only what is the same on every machine is kept: bytes and distortion, no times.
"""
import json
import sys
from pathlib import Path

TITLES = {
    "samples": "`samples/`, all leads", "mitdb": "MIT-BIH Arrhythmia Database, records 100, 103, 117, 121, 213, 232, first signal, whole records",
}


def kept(report, titles):
    """What a table keeps of a report."""
    points = [{"file": Path(f["file"]).name, "coder": p["coder"], "setting": p["setting"], "bytes": p["bytes"],
               "bit_per_sample": round(p["bit_per_sample"], 6), "prdn": round(p["prdn"], 5), "max_error": p["max_error"],
               "r_peaks": p["r_peaks"] and [p["r_peaks"][k] if p["r_peaks"][k] is None else round(p["r_peaks"][k], 4)
                                            for k in ("original", "sensitivity", "ppv", "jitter_ms")]}
              for f in report["files"] for p in f["points"]]
    coders = [{"coder": c["coder"], "lossless": c["lossless"], "points": c["points"], "bd_rate": {k: v for k, v in c["bd_rate"].items() if v}} for c in report["coders"] if c["points"]]
    versions = {k: v for k, v in report["versions"].items() if k == "aecodec" or any(c["coder"] == k for c in coders)}
    failed = [f["reason"] for f in report["failed"]] + [x["reason"] for f in report["files"] for x in f["failed"] if x["setting"] is not None]
    if failed: sys.exit(f"{titles}: a report with failures is not kept: {failed[0]}")
    return {"title": titles, "codec": report["codecs"][0], "versions": versions, "coders": coders, "points": points}


def cr11(points, prdn):
    """11 / (bit/sample) at a PRDN: between the two points about it on a line of logarithms; None beyond the curve."""
    from math import exp, log
    line = sorted((p["prdn"], p["bit_per_sample"]) for p in points)
    for (low, high_rate), (high, low_rate) in zip(line, line[1:]):
        if low <= prdn <= high:
            t = log(prdn / low) / log(high / low)
            return 11 / exp((1 - t) * log(high_rate) + t * log(low_rate))
    return None


def worst(table, coder):
    """Of the R-peaks of all files at the setting whose mean PRDN is nearest to 9 %."""
    own = [p for p in table["points"] if p["coder"] == coder and p["r_peaks"] and p["r_peaks"][1] is not None]
    settings = {p["setting"] for p in own}
    mean = lambda s: sum(p["prdn"] for p in own if p["setting"] == s) / sum(p["setting"] == s for p in own)
    if not settings: return None
    best = min(settings, key=lambda s: abs(mean(s) - 9))
    peaks = [p["r_peaks"] for p in own if p["setting"] == best]
    return mean(best), min(p[1] for p in peaks), min(p[2] or 0 for p in peaks), max(p[3] or 0 for p in peaks)


def page(version, tables):
    """The table as Markdown."""
    text = [f"# aecodec {version}: rate and distortion", "",
            "Made by `make results`; figures are defined in [METRICS.md](../METRICS.md). Negative BD-rates: fewer bytes than the peer at the same distortion.",
            "R-peaks: the worst file at the setting whose mean PRDN is nearest to 9 %.", ""]
    for table in tables.values():
        peers = [c["coder"] for c in table["coders"] if not c["lossless"] and c["coder"] in table["versions"]]
        text += [f"## {table['title']}", "", f"Codec `{table['codec']['name']}`, id `{table['codec']['id'][:16]}`; BD-rate of means over files, PRDN 4 to 16 %.", "",
                 "| coder | CR11 at PRDN 9 % | " + " | ".join(f"BD-rate / {p}" for p in peers) + " | R-peaks: PRDN, sensitivity, PPV, jitter |",
                 "| --- " * (len(peers) + 3) + "|"]
        for coder in (c for c in table["coders"] if not c["lossless"]):
            ratio, peaks = cr11(coder["points"], 9), worst(table, coder["coder"])
            rates = [coder["bd_rate"].get(p) for p in peers]
            cells = [f"{r['percent']:+.1f} %" if r and p != coder["coder"] else "" for p, r in zip(peers, rates)]
            found = f"{peaks[0]:.1f} %: {peaks[1]:.2f} %, {peaks[2]:.2f} %, {peaks[3]:.1f} ms" if peaks else ""
            text.append(f"| {coder['coder']} | {'' if ratio is None else f'{ratio:.1f}'} | {' | '.join(cells)} | {found} |")
        exact = [c["coder"] for c in table["coders"] if c["lossless"]]
        own = {c: {p["file"]: p for p in table["points"] if p["coder"] == c} for c in exact}
        common = [f for f in own[exact[0]] if all(f in own[c] for c in exact)]
        text += ["", f"| lossless ({', '.join(common)}) | bit/sample, mean | bytes |", "| --- | --- | --- |"]
        for c in exact:
            files = [own[c][f] for f in common]
            text.append(f"| {c} | {sum(p['bit_per_sample'] for p in files) / len(files):.3f} | {sum(p['bytes'] for p in files):,} |")
        text.append("")
    text += ["Tools: " + "; ".join(v.split(";")[0].rstrip(".") for k, v in tables["samples"]["versions"].items() if k not in ("aecodec", "wavelet", "pca")) + ".", ""]
    return "\n".join(text)


def main(reports, results):
    tables = {}
    for name, title in TITLES.items():
        path = reports / name / "report.json"
        if path.exists(): tables[name] = kept(json.loads(path.read_text()), title)
    version = tables["samples"]["versions"]["aecodec"]
    results.mkdir(exist_ok=True)
    # A line a point, so that changes can be read.
    lines = json.dumps(tables).replace('{"file"', '\n{"file"').replace('{"coder": ', '\n{"coder": ').replace('}], "points"', '}],\n"points"')
    (results / f"{version}.json").write_text(lines + "\n")
    (results / f"{version}.md").write_text(page(version, tables))
    print(f"written: {results / version}.json, {results / version}.md")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
