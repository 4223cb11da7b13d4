#!/usr/bin/env python3
"""Measures what codes are good for beside compression: the figures of docs/CODES.md, printed as a table.

Usage: codes.py AECODEC OUTPUT MNIST MITDB   folders of MNIST's IDX files and of MIT-BIH's records; what a folder that is not there is for is left out.
Codecs and files go to OUTPUT, where a codec that is there is not trained again. Neighbours are those of all test digits among ten thousand training digits.
"""

import array
import cmath
import gzip
import json
import math
import os
import random
import sys

from measure import TEST, TRAINING, links, run, train

MINUTES = 10
HERE = os.path.dirname(os.path.abspath(__file__))


def decibel(signal, noise):
    return 10 * math.log10(signal / noise)


def sections(cutoff, rate, kind):
    """A Butterworth filter of fourth order as two biquads, by the bilinear transform."""
    warped = math.tan(math.pi * cutoff / rate)
    for k in range(2):
        damping = -2 * cmath.exp(1j * math.pi * (2 * k + 5) / 8).real
        scale = 1 + damping * warped + warped * warped
        b = [warped * warped / scale * c for c in (1, 2, 1)] if kind == "low" else [1 / scale * c for c in (1, -2, 1)]
        yield b, [2 * (warped * warped - 1) / scale, (1 - damping * warped + warped * warped) / scale]


def filtered(x, filters):
    """Forwards and backwards, so that nothing is delayed."""
    for _ in range(2):
        for (b0, b1, b2), (a1, a2) in filters:
            x1 = x2 = x[0]
            y1 = y2 = x[0] * (b0 + b1 + b2) / (1 + a1 + a2)
            out = []
            for value in x:
                y = b0 * value + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
                x2, x1, y2, y1 = x1, value, y1, y
                out.append(y)
            x = out
        x = x[::-1]
    return x


def snr(clean, other):
    """In dB, means removed."""
    a, b = sum(clean) / len(clean), sum(other) / len(other)
    return decibel(sum((x - a) ** 2 for x in clean), sum((x - a - y + b) ** 2 for x, y in zip(clean, other)))


def ecg(program, output, mitdb):
    folder = links(os.path.join(output, "ecg"), [os.path.join(mitdb, name + end) for name in TRAINING for end in (".hea", ".dat")])
    codec = train(program, os.path.join(HERE, "ecg-denoise.json"), folder, output)
    file = lambda name: os.path.join(output, name)
    band = [*sections(0.5, 360, "high"), *sections(40, 360, "low")]
    rows = []
    for record in TEST:
        lossless = ["--signals", "0", "-t", str(60 * MINUTES), "--lossless", "-e", "1", "-f", "-c", codec]
        run(program, "encode", os.path.join(mitdb, record), *lossless, "-o", file("exact.aec"))
        run(program, "decode", file("exact.aec"), "-c", codec, "--format", "raw", "-f", "-o", file("exact.raw"))
        clean = array.array("h", open(file("exact.raw"), "rb").read())
        mean = sum(clean) / len(clean)
        deviation = math.sqrt(sum((x - mean) ** 2 for x in clean) / len(clean)) * 10 ** (-6 / 20)
        chance = random.Random(record)
        noisy = array.array("h", (round(x + chance.gauss(0, deviation)) for x in clean))
        open(file("noisy.raw"), "wb").write(noisy.tobytes())
        run(program, "denoise", file("noisy.raw"), "--raw", "s16le", "--rate", "360", "-c", codec, "-f", "-o", file("denoised.raw"))
        denoised = array.array("h", open(file("denoised.raw"), "rb").read())
        above = band[:2]
        inside = filtered(list(clean), above)
        rows.append([snr(clean, noisy), snr(clean, filtered(list(noisy), band)), snr(clean, filtered(list(noisy), band[2:])), snr(clean, denoised),
                     snr(inside, filtered(list(noisy), band)), snr(inside, filtered(list(denoised), above))])
        print(record, *(f"{value:.2f}" for value in rows[-1]), flush=True)
    print("mean", *(f"{sum(column) / len(rows):.2f}" for column in zip(*rows)))
    print("  noisy, 0.5 to 40 Hz, below 40 Hz, denoised; against the record above 0.5 Hz: 0.5 to 40 Hz, denoised\n")


def digits(program, output, mnist):
    path = lambda name: os.path.join(mnist, name + "-ubyte.gz")
    folder = links(os.path.join(output, "mnist"), [path("train-images-idx3")])
    codecs = {name: train(program, os.path.join(HERE, f"digits-{name}.json"), folder, output) for name in ["linear-30", "dense-30", "denoise", "deep-2"]}
    content = gzip.open(path("t10k-images-idx3")).read()
    chance = random.Random(1)
    draws = (chance.random() for _ in content[16:])
    noisy = bytes(0 if u < 0.2 else 255 if u < 0.4 else x for u, x in zip(draws, content[16:]))
    source, target = os.path.join(output, "noisy.idx"), os.path.join(output, "denoised.idx")
    open(source, "wb").write(content[:16] + noisy)
    run(program, "denoise", source, "-c", codecs["denoise"], "-f", "-o", target)
    error = lambda other: sum((a - b) ** 2 for a, b in zip(content[16:], other)) / len(noisy)
    print(f"digits, salt and pepper 0.4: {decibel(255 ** 2, error(noisy)):.2f} dB, denoised {decibel(255 ** 2, error(open(target, 'rb').read()[16:])):.2f} dB\n")
    for name, codec in codecs.items():
        for way in ([], ["--binary"]) if name != "deep-2" else ([],):
            told = run(program, "search", path("t10k-images-idx3"), path("train-images-idx3"), "--items", "10000", "--labels", path("train-labels-idx1"),
                       "--query-labels", path("t10k-labels-idx1"), "--evaluate", "--json", "-c", codec, *way).stdout
            told = json.loads(told)
            print(f"{name} {' '.join(way)}: by code {100 * told['by_code']:.2f} %, by samples {100 * told['by_samples']:.2f} %", flush=True)


def main(program, output, mnist, mitdb):
    os.makedirs(output, exist_ok=True)
    if os.path.exists(os.path.join(mnist, "train-images-idx3-ubyte.gz")):
        digits(program, output, mnist)
    if os.path.exists(os.path.join(mitdb, "100.hea")):
        ecg(program, output, mitdb)


if __name__ == "__main__":
    main(*sys.argv[1:])
