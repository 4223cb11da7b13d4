#!/usr/bin/env python3
"""A second reader of .aec files, written from docs/FORMAT.md and docs/PAYLOADS.md alone.

It checks everything that the container promises (checksums, order, seek table, trailer), reads the description of the signal, and decodes payloads of
methods 0 (stored), 3, 5, 6 and 7 (frames, symbols by zstd), whose samples it holds against their hash; chunks that need a synthesis or an enhancer where
the file holds the codec or its folder is given. Methods 1, 2, 4 and 8 to 16, and chunks whose codec is elsewhere, it names and leaves alone.

Usage: aec.py FILE.aec [OUTPUT.raw [CODEC]]
JSON on standard output; OUTPUT: the decoded samples, interleaved, 32-bit little-endian; CODEC: the folder of the codec that the file names.
Exit status: 0 everything decoded, 3 some chunk is of a kind that is not decoded here, 1 the file is damaged.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import zstandard

from container import Damaged, Reader, need, read_file, read_folder, tensors
from description import read_description
from frames import Frames


class Undecodable(Exception):
    """The chunk is sound as far as it can be told, but of a kind that is not decoded here."""


class Bits:
    """Numbers of few bits, least significant bit first; zeros behind the end."""

    def __init__(self, data):
        self.value, self.place, self.size = int.from_bytes(data, "little"), 0, len(data)

    def next(self, width):
        result = self.value >> self.place & ((1 << width) - 1)
        self.place += width
        return result

    def finished(self):
        """Whether there are as many bytes as the numbers need, filled up with zeros."""
        return self.size == (self.place + 7) // 8 and self.value >> self.place == 0


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


def decode_payload(item, signal, header, before):
    """Samples, and what a packet leaves to the next."""
    reader = Reader(item["payload"])
    method = item["method"] = reader.u8()
    if method == 0:
        return decode_stored(reader, len(signal["channels"]), item["samples"]), None
    need(method <= 16, f"method {method} does not exist")
    if method not in (3, 5, 6, 7):
        raise Undecodable({1: "samples one by one", 8: "blocks", 9: "blocks", 10: "blocks", 11: "subbands", 12: "subbands", 13: "pixels", 14: "sound", 15: "speech", 16: "speech"}.get(method, "symbols by the prior"))
    if method in (3, 6):
        capacity = item["samples"] if item["packet_start"] is None else header["chunk_length"] - item["packet_start"]
        frames = Frames(reader, signal, capacity, need, header["tensors"])
    else:
        need(before is not None and item["packet_start"], "a packet that goes on where there is nothing")
        frames = before
        frames.enhanced = reader.u8()
    return frames.decode(reader, item["samples"], method, Bits, Undecodable), frames


def main(path, output=None, folder=None):
    header, chunks, total = read_file(Path(path).read_bytes())
    signal = read_description(header["description"])
    report = {key: header[key] for key in ["codec", "embedded", "chunk_length"]} | {"signal": signal, "samples": total, "chunks": []}
    weights = header["weights"]
    if weights is None and folder and header["codec"]:
        weights = read_folder(folder, header["codec"]["id"])[1]
    header["tensors"] = None if weights is None else tensors(weights)
    complete, pieces, before = True, [], None
    for item in chunks:
        result = {"index": item["index"], "samples": item["samples"], "decoded": False}
        try:
            samples, before = decode_payload(item, signal, header, before)
            data = np.ascontiguousarray(samples.T.astype("<i4")).tobytes()
            need(hashlib.sha256(data).digest()[:8] == item["hash"], f"the samples of chunk {item['index']} have another hash")
            result["decoded"] = True
            pieces.append(data)
        except Undecodable as reason:
            result["reason"], complete, before = str(reason), False, None
        result["method"] = item["method"]
        report["chunks"].append(result)
    if output and complete:
        Path(output).write_bytes(b"".join(pieces))
    print(json.dumps(report))
    return 0 if complete else 3


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (Damaged, zstandard.ZstdError, UnicodeDecodeError, ValueError, IndexError) as error:
        print(f"aec.py: {sys.argv[1]}: {error}", file=sys.stderr)
        sys.exit(1)
