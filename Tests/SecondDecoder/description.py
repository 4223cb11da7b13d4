"""The description of the signal: docs/FORMAT.md, section 7."""
import math
import struct

from container import Reader, need

RAW_BITS = {"s8": 8, "u8": 8, "s16le": 16, "s16be": 16, "u16le": 16, "s24le": 24, "s24be": 24, "s32le": 32}
SOUND_CONTAINERS = ["WAV", "FLAC", "AIFF", "RF64", "W64", "Vorbis", "Opus", "MP3"]
SOUND_TEXTS = ["title", "copyright", "software", "artist", "comment", "date", "album", "license", "track", "genre"]
SOUND_CHUNKS_MADE = [b"fmt ", b"data", b"ds64", b"fact", b"PEAK", b"levl", b"JUNK", b"junk", b"PAD ", b"FLLR"]
WFDB_BITS = {16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10, 508: 8, 516: 16, 524: 24}


def signed_range(bits):
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def read_description(data):
    """What a file says of its signal; `ranges` are the lowest and highest sample of each channel."""
    reader = Reader(data)
    head = reader.u8()
    kind, high = head & 15, head >> 4
    need(kind <= 6, "an unknown kind of signal")
    if kind == 1:
        return read_wfdb(reader, high & 1)
    if kind == 4:
        return read_stack(reader, high)
    if kind >= 5:
        return read_folder(reader, high) if kind == 6 else read_picture(reader, high)
    code = reader.varint()
    rate = struct.unpack("<d", reader.take(8))[0] if code == 1 else code / 2
    need(rate > 0 and (code == 1 or code % 2 == 0), "an illegal rate")
    channels, _ = reader.varint(), reader.varint()
    signal = {"kind": ["raw", "wfdb", "csv", "sound"][kind], "rate": rate, "channels": [{"name": ""} for _ in range(channels)]}
    if kind == 0:
        signal["encoding"] = list(RAW_BITS)[high]
        bits = RAW_BITS[signal["encoding"]]
        bounds = (0, (1 << bits) - 1) if signal["encoding"].startswith("u") else signed_range(bits)
    elif kind == 2:
        bounds = signed_range(32)
        signal["separator"] = chr(reader.u8())
        for channel in signal["channels"]:
            channel["decimals"] = reader.varint()
        for channel in signal["channels"] if high & 1 else []:
            channel["name"] = reader.counted().decode()
        signal["comments"] = []
        while reader.rest:
            signal["comments"].append(reader.counted().decode())
    else:
        need(high <= 12, "an unknown kind of sound")
        bounds = read_sound(reader, signal) if high == 12 else signed_range(8 * (high % 4 + 1))
        signal.setdefault("container", SOUND_CONTAINERS[high // 4])
    need(reader.rest == 0, "bytes behind the description")
    signal["ranges"] = [bounds] * channels
    return signal


def read_sound(reader, signal):
    """Sound that is written out; the bounds of its samples."""
    container, kind = reader.u8(), reader.u8()
    need(container <= 7 and kind <= 11, "an unknown kind of sound")
    signal["container"] = SOUND_CONTAINERS[container]
    speakers = reader.varint()
    need(speakers <= 1 << 32, "illegal loudspeakers")
    signal["speakers"] = speakers - 1 if speakers else None
    signal["texts"], signal["chunks"], last, size = {}, [], -1, 0
    while reader.rest:
        key = reader.u8()
        need(key <= 11 and (key > last or key == last >= 10), "an unknown text or chunk, or one out of its order")
        last = key
        if key < 10:
            text = reader.counted()
            need(1 <= len(text) <= 65536 and 0 not in text, "an illegal text")
            signal["texts"][SOUND_TEXTS[key]] = text.decode()
            continue
        name = reader.take(4)
        content = reader.counted()
        size += 8 + len(content)
        need(all(32 <= c <= 126 for c in name) and name not in SOUND_CHUNKS_MADE, "an illegal name of a chunk")
        signal["chunks"].append({"name": name.decode(), "behind": key == 11, "content": content.hex()})
    need(size <= 1 << 22, "chunks of more than 4 MiB")
    need(kind > 3 or container > 2 or speakers or last >= 0, "a description that is longer than it need be")
    return signed_range(8 * (kind + 1) if kind < 4 else 32)


def read_stack(reader, count):
    need(count <= 3, "more than 3 extents")
    extents = [reader.varint() for _ in range(count)]
    need(min(extents, default=1) >= 1 and math.prod(extents) <= 1 << 20, "illegal extents")
    reader.varint()
    need(reader.rest == 0, "bytes behind the description")
    return {"kind": "stack", "rate": float(math.prod(extents)), "extents": extents, "channels": [{"name": ""}], "ranges": [(0, 255)]}


def read_picture(reader, flags, has_more=False):
    need(flags < 12, "illegal flags of a picture")
    head = reader.u8()
    kind, components = head & 7, (flags & 3) + 1
    need(kind <= 4, "an unknown kind of picture")
    highest = 255 if flags & 4 else 65535 if flags & 8 else reader.varint()
    width, height = reader.varint(), reader.varint()
    need(1 <= highest <= 65535 and 1 <= width <= 1 << 24 and height >= 1 and width * height * components <= 1 << 30, "an illegal size")
    signal = {"kind": "picture", "rate": float(width), "source": ["PNG", "PNM", "PAM", "TIFF", "JPEG"][kind], "width": width, "height": height}
    signal["profile"] = (reader.counted() if head & 16 else b"").hex()
    signal["orientation"] = reader.u8() if head & 32 else 1
    signal["gamma"] = reader.varint() if head & 64 else None
    signal["intent"] = reader.u8() if head & 128 else None
    more = reader.u8() if head & 8 else None
    need(more is None or 1 <= more <= 3, "metadata of an unknown kind")
    signal["chromaticities"] = [reader.varint() for _ in range(8)] if more and more & 1 else None
    signal["code_points"] = list(reader.take(4)) if more and more & 2 else None
    need(max(signal["chromaticities"] or [0]) < 1 << 31, "illegal chromaticities")
    need(len(signal["profile"]) <= 2 << 22 and 1 <= signal["orientation"] <= 8, "illegal metadata")
    need(signal["gamma"] is None or 1 <= signal["gamma"] < 1 << 31, "an illegal gamma")
    need((signal["intent"] or 0) <= 3, "an illegal intent")
    need(has_more or reader.rest == 0, "bytes behind the description")
    signal["channels"], signal["ranges"] = [{"name": ""} for _ in range(components)], [(0, highest)] * components
    return signal


def read_folder(reader, flags):
    signal = read_picture(reader, flags, has_more=True)
    extents = [signal["height"], signal["width"]] + ([len(signal["channels"])] if flags & 3 else [])
    need(math.prod(extents) <= 1 << 20, "illegal extents")
    names = []
    while reader.rest:
        count = reader.varint()
        names.append(reader.counted().decode())
        for _ in range(count - 1):
            stem, dot, ending = names[-1].rpartition(".") if "." in names[-1] else (names[-1], "", "")
            end = max(k for k, c in enumerate(stem) if c in "0123456789") + 1
            start = len(stem[:end].rstrip("0123456789"))
            names.append(stem[:start] + str(int(stem[start:end]) + 1).zfill(end - start) + stem[end:] + dot + ending)
    need(len(set(names)) == len(names), "a name that occurs twice")
    return {
        "kind": "stack", "rate": float(math.prod(extents)), "extents": extents, "names": names, "picture": signal, "channels": [{"name": ""}],
        "ranges": signal["ranges"][:1],
    }


def read_wfdb(reader, prefixes):
    stored = [reader.counted() for _ in range(reader.varint())] if prefixes else []
    lines = reader.take(reader.rest).decode().split("\n")
    need(lines.pop() == "", "the text does not end with a line's end")
    record = lines[0].split(" ")
    count = int(record[0])
    text = "250" if record[1] == "~" else record[1]
    signal = {"kind": "wfdb", "rate": float(text.split("/")[0].split("(")[0]), "rate_text": record[1], "time": record[3:4], "date": record[4:]}
    signal["prefix_bytes"] = [len(prefix) for prefix in stored]
    signal["channels"], signal["ranges"], before = [], [], []
    for line in lines[1 : count + 1]:
        head, tab, name = line.partition("\t")
        fields = head.split() if tab else []
        if not tab:
            name = line
        if fields and fields[-1] == ";":
            fields.pop()
        else:
            fields += before[len(fields) :]
        before = fields
        need(4 <= len(fields) <= 7, "a line that describes no signal")
        digits = "".join(c if c.isdigit() else " " for c in fields[2]).split()[0]
        signal["channels"].append({"name": name, "gain": fields[0], "units": fields[1].lstrip("/"), "format": fields[2], "file": fields[3], "numbers": fields[4:]})
        signal["ranges"].append(signed_range(WFDB_BITS[int(digits)]))
    signal["comments"] = lines[count + 1 :]
    return signal
