"""The container: docs/FORMAT.md, sections 1 to 5 and 8."""
import hashlib
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import zstandard

SIGNATURE = bytes([0x89, 0x41, 0x45, 0x43, 0x0D, 0x0A, 0x1A, 0x0A])
DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "description.dict"
CODEC_LIMIT = 16 << 20


class Damaged(Exception):
    """The file is not what the document says."""


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
    header["embedded"], header["weights"] = None, None
    chunks, starts = [], []
    while True:
        start = reader.place
        kind, payload = chunk(reader)
        if kind == "D":
            item = read_data_chunk(payload, header["chunk_length"])
            if item["packet_start"]:
                before = chunks[-1] if chunks else {}
                follows = before.get("packet_start") is not None and before["index"] == item["index"]
                need(follows and before["packet_start"] + before["samples"] == item["packet_start"], "a packet that follows nothing")
            else:
                need(item["index"] == len(starts), "a data chunk out of its order")
                starts.append(start)
            chunks.append(item)
        elif kind == "E":
            break
        elif kind == "c":
            need(header["codec"] and header["embedded"] is None and not chunks, "a codec where none may be")
            config, header["weights"] = read_codec(payload, header["codec"]["id"])
            header["embedded"] = {"config_bytes": len(config), "weight_bytes": len(header["weights"])}
        else:
            need(kind.isalpha() and kind.islower(), f"a chunk of type {kind!r}")
    length = header["chunk_length"]
    for k, item in enumerate(chunks):
        full = (item["packet_start"] or 0) + item["samples"] == length
        need(length == 0 or k == len(chunks) - 1 or full or chunks[k + 1]["packet_start"], "a short chunk before the last")
    end = Reader(payload)
    total = end.varint()
    distances = []
    while end.rest:
        distances.append(end.varint())
    need(total == sum(item["samples"] for item in chunks), "the end chunk tells another total")
    need(distances == [b - a for a, b in zip(starts, starts[1:])], "the seek table is wrong")
    expected = min(total, 1) if length == 0 else -(-total // length)
    need(len(starts) == expected, "the number of data chunks does not follow from the total")
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
    header["description"] = description
    return header


def read_codec(payload, wanted):
    """Config and weights of the codec in the file, whose hash must be the id that the header has."""
    size = zstandard.frame_content_size(payload)
    need(0 <= size <= CODEC_LIMIT, "a codec larger than the limit")
    content = zstandard.ZstdDecompressor().decompress(payload)
    reader = Reader(content)
    config, weights = reader.counted(), reader.take(reader.rest)
    need(hashlib.sha256(config + weights).digest()[:8].hex() == wanted, "the codec in the file is another one")
    return config, weights


def read_folder(path, wanted):
    """The same from a codec's folder."""
    config, weights = (Path(path, name).read_bytes() for name in ("config.json", "model.safetensors"))
    need(hashlib.sha256(config + weights).digest()[:8].hex() == wanted, "the codec in the folder is another one")
    return config, weights


def tensors(weights):
    """The tensors of 32-bit floating-point numbers in a safetensors file."""
    size = int.from_bytes(weights[:8], "little")
    found = {}
    for name, entry in json.loads(weights[8 : 8 + size]).items():
        if entry.get("dtype") == "F32":
            first, end = (8 + size + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(weights[first:end], "<f4").reshape(entry["shape"])
    return found


def read_data_chunk(payload, chunk_length):
    reader = Reader(payload)
    tag = reader.varint()
    samples = reader.varint() if tag & 1 else chunk_length
    need(samples >= 1 and (not tag & 1 or chunk_length == 0 or samples < chunk_length), "a data chunk of an illegal length")
    start = reader.varint() if tag & 2 else None
    need(start is None or start + samples <= chunk_length, "a packet beyond its chunk")
    return {"index": tag >> 2, "packet_start": start, "samples": samples, "hash": reader.take(8), "payload": reader.take(reader.rest)}
