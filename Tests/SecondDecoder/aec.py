#!/usr/bin/env python3
"""A second reader of .aec files, written from docs/FORMAT.md and docs/PAYLOADS.md alone.

It checks everything that the container promises (checksums, order, seek table, trailer), reads the description of the signal, and decodes payloads of
method 0 (stored) and 3 (frames, symbols by zstd, without an enhancer), whose samples it holds against their hash. Methods 1 and 2 and enhanced chunks it
names and leaves alone.

Usage: aec.py FILE.aec [OUTPUT.raw]   JSON on standard output; OUTPUT: the decoded samples, interleaved, 32-bit little-endian.
Exit status: 0 everything decoded, 3 some chunk is of a kind that is not decoded here, 1 the file is damaged.
"""
import hashlib
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import zstandard

from frames import decode_frames

SIGNATURE = bytes([0x89, 0x41, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 0x0A])
DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "description.dict"


class Damaged(Exception):
    """The file is not what the document says."""


class Undecodable(Exception):
    """The chunk is sound as far as it can be told, but of a kind that is not decoded here."""


def need(condition, what):
    if not condition:
        raise Damaged(what)


class Reader:
    """Takes numbers from the front of bytes."""

    def __init__(self, data):
        self.data, self.place = data, 0

    @property
    def rest(self):
        return len(self.data) - self.place

    def take(self, count):
        need(0 <= count <= self.rest, "the bytes end early")
        self.place += count
        return self.data[self.place - count : self.place]

    def u8(self):
        return self.take(1)[0]

    def varint(self):
        value = 0
        for k in range(10):
            byte = self.u8()
            need(k < 9 or byte <= 1, "a varint exceeds 64 bits")
            value |= (byte & 0x7F) << (7 * k)
            if byte < 0x80:
                return value
        raise Damaged("a varint exceeds 64 bits")

    def svarint(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def counted(self):
        return self.take(self.varint())


def chunk(reader):
    """Type and payload of the next chunk, its checksum verified."""
    start = reader.place
    kind = reader.u8()
    payload = reader.counted()
    stored = struct.unpack("<I", reader.take(4))[0]
    need(zlib.crc32(reader.data[start : reader.place - 4]) == stored, f"the checksum of the chunk at byte {start} is wrong")
    return chr(kind), payload


def read_file(data):
    """Header, data chunks and total of a file, everything around them checked."""
    need(data[:8] == SIGNATURE, "the signature is wrong")
    reader = Reader(data)
    reader.take(8)
    kind, payload = chunk(reader)
    need(kind == "H", "the file does not begin with its header")
    header = read_header(payload)
    chunks, starts = [], []
    while True:
        start = reader.place
        kind, payload = chunk(reader)
        if kind == "D":
            chunks.append(read_data_chunk(payload, header["chunk_length"], len(chunks)))
            starts.append(start)
        elif kind == "E":
            break
        else:
            need(kind.isalpha() and kind.islower(), f"a chunk of type {kind!r}")
    length = header["chunk_length"]
    for k, item in enumerate(chunks):
        need(length == 0 or k == len(chunks) - 1 or item["samples"] == length, "a short chunk before the last")
    end = Reader(payload)
    total = end.varint()
    distances = []
    while end.rest:
        distances.append(end.varint())
    need(total == sum(item["samples"] for item in chunks), "the end chunk tells another total")
    need(distances == [b - a for a, b in zip(starts, starts[1:])], "the seek table is wrong")
    expected = min(total, 1) if length == 0 else -(-total // length)
    need(len(chunks) == expected, "the number of data chunks does not follow from the total")
    # From the end: the trailer leads back to the end chunk.
    back = Reader(data[-10:][::-1])
    size = back.varint()
    need(len(data) - back.place - size == start and reader.place == len(data) - back.place, "the trailer is wrong")
    return header, chunks, total


def read_header(payload):
    reader = Reader(payload)
    first = reader.u8()
    need(first & 0x0F == 1 and first & 0xE0 == 0, "another version or unknown flags")
    header = {"codec": None}
    name = reader.take(reader.u8())
    if name:
        header["codec"] = {"name": name.decode(), "id": reader.take(8).hex()}
    header["chunk_length"] = reader.varint()
    if first & 0x10:
        count = reader.varint()
        dictionary = zstandard.ZstdCompressionDict(DICTIONARY.read_bytes(), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        decompressor = zstandard.ZstdDecompressor(dict_data=dictionary, format=zstandard.FORMAT_ZSTD1_MAGICLESS)
        description = decompressor.decompress(reader.take(reader.rest), max_output_size=count)
        need(len(description) == count, "the description has another length")
    else:
        description = reader.take(reader.rest)
    header["signal"] = read_description(description)
    return header


def read_data_chunk(payload, chunk_length, expected_index):
    reader = Reader(payload)
    tag = reader.varint()
    need(tag & 2 == 0 and tag >> 2 == expected_index, "a data chunk out of its order")
    samples = reader.varint() if tag & 1 else chunk_length
    need(samples >= 1 and (not tag & 1 or chunk_length == 0 or samples < chunk_length), "a data chunk of an illegal length")
    return {"index": expected_index, "samples": samples, "hash": reader.take(8), "payload": reader.take(reader.rest)}


RAW_BITS = {"s8": 8, "u8": 8, "s16le": 16, "s16be": 16, "u16le": 16, "s24le": 24, "s24be": 24, "s32le": 32}
WFDB_BITS = {16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10, 508: 8, 516: 16, 524: 24}


def signed_range(bits):
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def read_description(data):
    """What a file says of its signal; `ranges` are the lowest and highest sample of each channel."""
    reader = Reader(data)
    head = reader.u8()
    kind, high = head & 15, head >> 4
    need(kind <= 3, "an unknown kind of signal")
    if kind == 1:
        return read_wfdb(reader, high & 1)
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
        bounds = signed_range(8 * (high % 4 + 1))
        signal["container"] = ["WAV", "FLAC", "AIFF"][high // 4]
    need(reader.rest == 0, "bytes behind the description")
    signal["ranges"] = [bounds] * channels
    return signal


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


class Bits:
    """Numbers of few bits, least significant bit first; zeros behind the end."""

    def __init__(self, data):
        self.value, self.place = int.from_bytes(data, "little"), 0

    def next(self, width):
        result = self.value >> self.place & ((1 << width) - 1)
        self.place += width
        return result


def unpack(data, width, count):
    """`count` numbers of `width` bits as int64."""
    if width == 0:
        return np.zeros(count, np.int64)
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: count * width].reshape(count, width)
    return bits.astype(np.int64) @ (np.int64(1) << np.arange(width, dtype=np.int64))


def decode_stored(reader, channels, count):
    common = reader.u8()
    need(common <= 32, "a width that does not exist")
    if common:
        values = unpack(reader.take((channels * count * common + 7) // 8), common, channels * count)
        samples = values.reshape(channels, count) - (1 << (common - 1))
    else:
        samples = np.array([stored_channel(reader, count) for _ in range(channels)])
    need(reader.rest == 0, "bytes behind the samples")
    return samples


def stored_channel(reader, count):
    head = reader.u8()
    width = head & 0x3F
    need(head & 0x80 == 0 and width <= 33, "a width that does not exist")
    lowest = reader.svarint()
    if not head & 0x40:
        return lowest + unpack(reader.take((count * width + 7) // 8), width, count)
    first = reader.svarint()
    steps = lowest + unpack(reader.take(((count - 1) * width + 7) // 8), width, count - 1)
    return np.concatenate([[first], first + np.cumsum(steps)])


def decode_payload(item, signal):
    reader = Reader(item["payload"])
    method = item["method"] = reader.u8()
    if method == 0:
        return decode_stored(reader, len(signal["channels"]), item["samples"])
    if method == 3:
        return decode_frames(reader, signal, item["samples"], Bits, zstandard.ZstdDecompressor(), need, Undecodable)
    need(method <= 3, f"method {method} does not exist")
    raise Undecodable("samples one by one" if method == 1 else "symbols by the prior")


def main(path, output):
    header, chunks, total = read_file(Path(path).read_bytes())
    report = {"codec": header["codec"], "chunk_length": header["chunk_length"], "signal": header["signal"], "samples": total, "chunks": []}
    complete, pieces = True, []
    for item in chunks:
        result = {"index": item["index"], "samples": item["samples"], "decoded": False}
        try:
            samples = decode_payload(item, header["signal"])
            data = np.ascontiguousarray(samples.T.astype("<i4")).tobytes()
            need(hashlib.sha256(data).digest()[:8] == item["hash"], f"the samples of chunk {item['index']} have another hash")
            result["decoded"] = True
            pieces.append(data)
        except Undecodable as reason:
            result["reason"], complete = str(reason), False
        result["method"] = item["method"]
        report["chunks"].append(result)
    if output and complete:
        Path(output).write_bytes(b"".join(pieces))
    print(json.dumps(report))
    return 0 if complete else 3


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
    except (Damaged, zstandard.ZstdError, UnicodeDecodeError, ValueError, IndexError) as error:
        print(f"aec.py: {sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
