#!/usr/bin/env python3
"""What others take for a stack of pictures: bit/pixel and squared error (pixels 0 to 1) of each picture as a file of its own, and of all as tiles of one.

Usage: peers.py STACK...   IDX files of grey pictures, packed or not. Needs Pillow and NumPy.
"""

import bz2
import gzip
import io
import lzma
import math
import sys

import numpy
from PIL import Image, __version__

LOSSLESS = [("PNG", dict(format="PNG", optimize=True)), ("WebP lossless", dict(format="WebP", lossless=True, method=6, quality=100))]
LOSSY = [("JPEG", q, dict(format="JPEG", quality=q, optimize=True)) for q in (10, 25, 50, 75, 90)]
LOSSY += [("WebP", q, dict(format="WebP", quality=q, method=6)) for q in (0, 20, 40, 60, 80, 95)]


def stack(path):
    with open(path, "rb") as file:
        data = file.read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    count, rows, columns = (int.from_bytes(data[k : k + 4], "big") for k in (4, 8, 12))
    return numpy.frombuffer(data, numpy.uint8, offset=16).reshape(count, rows, columns)


def tiled(pictures):
    """As square a picture as may be, filled up with black."""
    count, rows, columns = pictures.shape
    side = math.ceil(math.sqrt(count))
    all = numpy.zeros((side * side, rows, columns), numpy.uint8)
    all[:count] = pictures
    return all.reshape(side, side, rows, columns).transpose(0, 2, 1, 3).reshape(1, side * rows, side * columns)


def coded(pictures, options):
    """Bytes of files of pictures, and the squared error of all."""
    size, error = 0, 0.0
    for picture in pictures:
        output = io.BytesIO()
        Image.fromarray(picture).save(output, **options)
        size += output.tell()
        back = numpy.asarray(Image.open(output).convert("L")).astype(float)
        error += (((back - picture) / 255) ** 2).sum()
    return size, error


def main():
    for path in sys.argv[1:]:
        pictures = stack(path)
        one = tiled(pictures)
        print(f"{path}: {len(pictures)} pictures; Pillow {__version__}")
        raw = pictures.tobytes()
        for name, packed in (("bzip2 -9", bz2.compress(raw, 9)), ("xz -9e", lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))):
            print(f"{name}: {8 * len(packed) / pictures.size:.3f} bit/pixel")
        for name, quality, options in [(n, None, o) for n, o in LOSSLESS] + LOSSY:
            results = [(8 * size / pictures.size, error / len(pictures)) for size, error in (coded(pictures, options), coded(one, options))]
            print(f"{name}{'' if quality is None else f' {quality}'}: files {results[0][0]:.3f} bit/pixel, error {results[0][1]:.2f}; "
                  f"tiles {results[1][0]:.3f}, {results[1][1]:.2f}", flush=True)


main()
