#!/usr/bin/env python3
"""Measures what codecs fill in, by real files: hidden patches of MNIST's test digits, and lost half seconds of MIT-BIH records.

Usage: fill.py AECODEC WORK MNIST MITDB   folders of MNIST's IDX files and of MIT-BIH's records.
Codecs are trained from digits-masked.json and ecg-masked.json beside this file, on training data alone; one that is in WORK is not trained again. Needs NumPy.
"""

import gzip
import json
import os
import subprocess
import sys

import numpy as np

from measure import TEST, TRAINING

HERE = os.path.dirname(os.path.abspath(__file__))


def run(*arguments):
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(arguments[:3])}: {result.stderr}")
    return result.stdout


def codec(program, name, work, sources):
    data, folder = os.path.join(work, name + "-data"), os.path.join(work, name)
    os.makedirs(data, exist_ok=True)
    for source in sources:
        link = os.path.join(data, os.path.basename(source))
        if not os.path.exists(link):
            os.symlink(os.path.abspath(source), link)
    if not os.path.exists(os.path.join(folder, "config.json")):
        run(program, "train", "--config", os.path.join(HERE, name + ".json"), "--data", data, "-o", folder, "--resume")
    return folder


def pictures(path):
    data = gzip.open(path).read() if path.endswith(".gz") else open(path, "rb").read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def digits(program, mnist, work):
    """Three quarters of the 49 patches of each test digit are hidden; squared errors a pixel there, pixels 0 to 1."""
    folder = codec(program, "digits-masked", work, [os.path.join(mnist, "train-images-idx3-ubyte.gz")])
    test = os.path.join(mnist, "t10k-images-idx3-ubyte.gz")
    original = pictures(test)
    order = np.random.default_rng(7).random((len(original), 49)).argsort(1)
    hidden = (order < 37).reshape(-1, 7, 7)
    mask = hidden.repeat(4, 1).repeat(4, 2)
    with open(os.path.join(work, "mask"), "wb") as file:
        file.write(gzip.open(test).read(16) + mask.astype(np.uint8).tobytes())
    # What is hidden is not even in the file.
    with open(os.path.join(work, "shown"), "wb") as file:
        file.write(gzip.open(test).read(16) + np.where(mask, 0, original).astype(np.uint8).tobytes())
    output = os.path.join(work, "filled")
    run(program, "fill", os.path.join(work, "shown"), "-c", folder, "--mask", os.path.join(work, "mask"), "-o", output, "-f")
    filled = pictures(output)
    assert (filled == original)[~mask].all(), "a visible pixel changed"
    # The mean of the visible ones of the eight patches around; of all visible ones where there is none.
    means = original.reshape(-1, 7, 4, 7, 4).mean((2, 4)) / 255
    sums, counts = np.zeros((len(original), 9, 9)), np.zeros((len(original), 9, 9))
    for row in range(3):
        for column in range(3):
            sums[:, row : row + 7, column : column + 7] += np.where(hidden, 0, means)
            counts[:, row : row + 7, column : column + 7] += ~hidden
    whole = (np.where(hidden, 0, means).sum((1, 2)) / (~hidden).sum((1, 2)))[:, None, None]
    sums, counts = sums[:, 1:8, 1:8], counts[:, 1:8, 1:8]
    neighbours = np.where(counts > 0, sums / np.maximum(counts, 1), whole).repeat(4, 1).repeat(4, 2)
    error = lambda guess: float(((guess - original / 255)[mask] ** 2).mean())
    found, simple, average = error(filled / 255), error(neighbours), error(pictures_mean(mnist))
    print(f"digits, squared error of a hidden pixel: codec {found:.4f}, mean of visible neighbours {simple:.4f} (ratio {found / simple:.3f}), ", end="")
    print(f"mean training digit {average:.4f}", flush=True)


def pictures_mean(mnist):
    return (pictures(os.path.join(mnist, "train-images-idx3-ubyte.gz")) / 255).mean(0)


def record(path):
    """Both signals of a record in format 212."""
    raw = np.fromfile(path + ".dat", np.uint8).astype(np.int32).reshape(-1, 3)
    pair = np.stack([raw[:, 0] | (raw[:, 1] & 15) << 8, raw[:, 2] | (raw[:, 1] >> 4) << 8], 1)
    return np.where(pair >= 2048, pair - 4096, pair)


def heart(program, mitdb, work):
    """Half a second is lost every ten; sums of squared errors of the first signal there."""
    sources = [os.path.join(mitdb, f"{name}.{ending}") for name in TRAINING for ending in ("hea", "dat")]
    folder = codec(program, "ecg-masked", work, sources)
    ratios = []
    for name in TEST:
        original = record(os.path.join(mitdb, name))
        starts = np.arange(7 * 360, len(original) - 5 * 360, 10 * 360) + np.random.default_rng(int(name)).integers(0, 360, 1)
        lost = [option for start in starts for option in ("--lost", f"s{start}-s{start + 180}")]
        output = os.path.join(work, "record")
        run(program, "fill", os.path.join(mitdb, name), "-c", folder, "-o", output, "-f", *lost)
        filled = record(output)
        known = np.ones(len(original), bool)
        errors = np.zeros(2)
        for start in starts:
            gap = slice(start, start + 180)
            known[gap] = False
            line = np.interp(np.arange(start, start + 180), [start - 1, start + 180], original[[start - 1, start + 180], 0])
            errors += [((guess - original[gap, 0]) ** 2).sum() for guess in (filled[gap, 0], line)]
        assert (filled == original)[known].all(), "a sample that is there changed"
        ratios.append(errors[0] / errors[1])
        deviation = np.sqrt(errors / (180 * len(starts)))
        print(f"ECG {name}, {len(starts)} half seconds: RMS error {deviation[0]:.1f} (codec), {deviation[1]:.1f} (line); ratio of squares {ratios[-1]:.3f}", flush=True)
    print(f"ECG, mean of the ratios {np.mean(ratios):.3f}")


def main():
    program, work, mnist, mitdb = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    if os.path.isdir(mnist):
        digits(program, mnist, work)
    if os.path.isdir(mitdb):
        heart(program, mitdb, work)


main()
