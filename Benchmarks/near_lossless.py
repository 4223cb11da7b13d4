#!/usr/bin/env python3
"""Bytes of whole records at a largest error, beside ZFP, SZ3 and, for exact samples, FLAC, xz and bzip2.

Usage: near_lossless.py PROGRAM CODEC RECORD...   (WFDB records of 16 bits at most; Python with numpy, zfpy and pysz from PyPI)

Every codec gets all signals of a record, ZFP and SZ3 as 32-bit floats, each signal by itself or all as one array, SZ3 with each of its algorithms: the
smallest counts. Their values are rounded to integers, so their bound is E + 0.49, and their errors are measured on the integers; aecodec holds what it wrote
against the bound itself. Prints a Markdown table.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pysz
import zfpy

BOUNDS = [0, 1, 2, 5, 10]


def run(*command, given=None):
    return subprocess.run([str(word) for word in command], input=given, check=True, capture_output=True).stdout


def aecodec(program, codec, record, bound, file):
    """Size of the file."""
    run(program, "encode", record, "-c", codec, "-f", "-o", file, *(["--max-error", f"{bound}lsb"] if bound else ["--lossless"]))
    return file.stat().st_size


def zfp(array, bound):
    data = zfpy.compress_numpy(array, tolerance=bound, write_header=False)
    return len(data), zfpy._decompress(data, zfpy.dtype_to_ztype(array.dtype), array.shape, tolerance=bound)


def sz3(algorithm):
    def code(array, bound):
        config = pysz.szConfig(*array.shape)
        config.errorBoundMode, config.absErrorBound, config.cmprAlgo = pysz.szErrorBoundMode.ABS, bound, algorithm
        data, _ = pysz.sz.compress(array, config)
        return data.size, pysz.sz.decompress(data, array.dtype, array.shape)[0]

    return code


def smallest(codes, samples, bound):
    """The fewest bytes of any way that keeps the bound; samples: signals × time."""
    floats = np.ascontiguousarray(samples, np.float32)
    sizes = []
    for code in codes:
        for arrays in [list(floats), [floats], [np.ascontiguousarray(floats.T)]]:
            size, good = 0, True
            for array in arrays:
                used, back = code(array, bound + 0.49)
                size, good = size + used, good and np.abs(np.rint(back.astype(np.float64)) - array).max() <= bound
            sizes += [size] if good else []
    return min(sizes)


def main(program, codec, records):
    names = ["aecodec", "SZ3", "ZFP", "FLAC -8", "bzip2 -9", "xz -9e"]
    total = {(name, bound): 0 for name in names for bound in BOUNDS}
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "x.aec"
        for record in records:
            total["aecodec", 0] += aecodec(program, codec, record, 0, file)
            exact = np.frombuffer(run(program, "decode", file, "-c", codec, "--format", "raw", "-o", "-"), "<i2")
            channels = len(json.loads(run(program, "info", file, "--json"))["channels"])
            samples = exact.reshape(-1, channels).T.astype(np.int32)
            for bound in BOUNDS:
                total["aecodec", bound] += aecodec(program, codec, record, bound, file) if bound else 0
                total["SZ3", bound] += smallest([sz3(algorithm) for algorithm in (0, 1, 2)], samples, bound)
                total["ZFP", bound] += smallest([zfp], samples, bound)
            raw = exact.tobytes()
            shape = ["--force-raw-format", "--endian=little", "--sign=signed", "--bps=16", "--sample-rate=8000", f"--channels={channels}"]
            total["FLAC -8", 0] += len(run("flac", "-8", "--no-padding", "--silent", "--stdout", *shape, "-", given=raw))
            total["bzip2 -9", 0] += len(run("bzip2", "-9", given=raw))
            total["xz -9e", 0] += len(run("xz", "-9e", given=raw))
            print(record, {f"{name} {bound}": size for (name, bound), size in total.items() if size}, file=sys.stderr)
    print("| | exact | " + " | ".join(f"{bound} lsb" for bound in BOUNDS[1:]) + " |\n" + "| --- " * (len(BOUNDS) + 1) + "|")
    for name in names:
        print(f"| {name} | " + " | ".join(f"{total[name, bound]:,}" if total[name, bound] else "" for bound in BOUNDS) + " |")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
