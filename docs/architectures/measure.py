#!/usr/bin/env python3
"""Trains a small codec of each architecture and measures real files: docs/architectures.md.

Usage: measure.py AECODEC OUTPUT MNIST FASHION MITDB   folders of the IDX files of MNIST and Fashion-MNIST and of MIT-BIH's records; what is not there is left out.
Codecs and files go to OUTPUT/work, where a codec that is there is not trained again; the table goes to OUTPUT/architectures.md.
"""

import gzip
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import time

# The training records of de Chazal, O'Dwyer and Reilly (2004); those that are measured are of other patients.
TRAINING = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230".split()
TEST = "100 103 117 121 213 232".split()
QUALITIES = [20, 30, 40, 50, 60, 70, 80, 90]
# Items of a chunk.
CHUNKS = [100, 300, 1000, 10000]


def run(*arguments):
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)}: {result.stderr}")
    return result


def encode(program, codec, source, quality, entropy, work, *options):
    """Bits a sample, PRDN in percent and PSNR in dB of the file of a signal."""
    output = os.path.join(work, "file.aec")
    told = run(program, "encode", source, "-o", output, "-f", "-c", codec, "-q", str(quality), "--entropy", entropy, "--json", *options).stdout
    told = json.loads(told)
    return told["bit_per_sample"], told.get("prdn_mean"), told.get("psnr")


def at(points, wanted):
    """Bits a sample at a PRDN, by interpolation of logarithms; None beyond the points."""
    points = sorted((prdn, bits) for bits, prdn in points)
    for (p0, b0), (p1, b1) in zip(points, points[1:]):
        if p0 <= wanted <= p1 and p1 > p0:
            share = math.log(wanted / p0) / math.log(p1 / p0)
            return math.exp(math.log(b0) + share * math.log(b1 / b0))
    return None


def text(value, decimals):
    return "" if value is None else f"{value:.{decimals}f}"


def train(program, recipe, folder, work):
    codec = os.path.join(work, os.path.basename(recipe)[: -len(".json")])
    seconds = None
    if not os.path.exists(os.path.join(codec, "config.json")) or os.path.exists(os.path.join(codec, "training")):
        start = time.time()
        run(program, "train", "--config", recipe, "--data", folder, "-o", codec, "--resume")
        seconds = time.time() - start
        os.makedirs(os.path.join(work, "seconds"), exist_ok=True)
        with open(os.path.join(work, "seconds", os.path.basename(codec)), "a") as file:
            file.write(f"{seconds}\n")
    print(os.path.basename(codec), "" if seconds is None else f"{seconds:.0f} s", file=sys.stderr, flush=True)
    return codec


def trained(program, name, recipe, folder, work):
    """The folder of a codec by a recipe that is not a file."""
    os.makedirs(os.path.join(work, "recipes"), exist_ok=True)
    path = os.path.join(work, "recipes", name + ".json")
    with open(path, "w") as file:
        json.dump(recipe, file)
    return train(program, path, folder, work)


def training_time(work):
    """Minutes that the codecs trained by this script took, all together, and how many they are."""
    folder = os.path.join(work, "seconds")
    os.makedirs(folder, exist_ok=True)
    seconds = [sum(map(float, open(os.path.join(folder, name)))) for name in os.listdir(folder)]
    return f"{sum(seconds) / 60:.0f} minutes, {len(seconds)} codecs, on {os.cpu_count()} processors"


def weights(codec):
    """The bytes and the shape of each float32 tensor of a codec's autoencoder, by name."""
    with open(os.path.join(codec, "model.safetensors"), "rb") as file:
        raw = file.read()
    start = 8 + int.from_bytes(raw[:8], "little")
    prefix, tensors = "autoencoder.", {}
    for key, entry in json.loads(raw[8:start]).items():
        if key.startswith(prefix):
            first, end = entry["data_offsets"]
            tensors[key[len(prefix) :]] = (raw[start + first : start + end], entry["shape"])
    return tensors


def links(folder, sources):
    os.makedirs(folder, exist_ok=True)
    for source in sources:
        link = os.path.join(folder, os.path.basename(source))
        if not os.path.exists(link):
            os.symlink(os.path.abspath(source), link)
    return folder


def recipes(prefix):
    here = os.path.dirname(os.path.abspath(__file__))
    # What restores or fills in is measured by codes.py and fill.py.
    names = [name for name in sorted(os.listdir(here)) if name.startswith(prefix) and name.endswith(".json")]
    return [os.path.join(here, name) for name in names if not name.endswith(("-denoise.json", "-masked.json"))]


def squared_error(psnr):
    """Of a picture of 28 x 28, of samples from 0 to 1; nothing is lost where there is no PSNR."""
    return 0.0 if psnr is None else 784 * 10 ** (-psnr / 10)


def mnist(folder, work):
    """Folder of the training stack, and the test stack."""
    data = links(os.path.join(work, "mnist"), [os.path.join(folder, "train-images-idx3-ubyte.gz")])
    return data, os.path.join(folder, "t10k-images-idx3-ubyte.gz")


def digits(program, folder, work):
    data, test = mnist(folder, work)
    lines = ["| codec | squared error a digit, quality 100 | quality 30 | bit/pixel there, zstd | prior |", "| --- | --- | --- | --- | --- |"]
    bounds = []
    for recipe in recipes("digits-"):
        codec = train(program, recipe, data, work)
        fine = encode(program, codec, test, 100, "prior", work)
        coarse = [encode(program, codec, test, 30, entropy, work) for entropy in ("zstd", "prior")]
        errors = [squared_error(psnr) for psnr in (fine[2], coarse[0][2])]
        name = os.path.basename(codec)
        lines.append(f"| [{name}](architectures/{name}.json) | {errors[0]:.2f} | {errors[1]:.2f} | {coarse[0][0]:.3f} | {coarse[1][0]:.3f} |")
        if found := re.search(r"evidence lower bound is ([0-9.]+) nats", open(os.path.join(codec, "README.md")).read()):
            bounds.append(f"The negative evidence lower bound of {name} is {found[1]} nats a digit, on the training digits that were held back.")
    return lines + [""] + bounds


def variant(base, **autoencoder):
    """A recipe like one of this folder, with other members of its autoencoder."""
    recipe = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), base)))
    recipe["autoencoder"].update(autoencoder)
    return recipe


def sweep(program, folder, work):
    """Squared errors by numbers in the code."""
    data, test = mnist(folder, work)
    lines = ["| numbers | principal components | dense |", "| --- | --- | --- |"]
    for numbers in (1, 2, 4, 8, 16, 32, 64, 256, 784):
        recipes = {
            f"linear-{numbers}": variant("digits-linear-30.json", code=numbers),
            f"dense-{numbers}": variant("digits-dense-30.json", layers=[max(256, numbers), numbers]),
        }
        codecs = [trained(program, name, recipe, data, work) for name, recipe in recipes.items()]
        errors = [squared_error(encode(program, codec, test, 100, "prior", work)[2]) for codec in codecs]
        lines.append(f"| {numbers} | {errors[0]:.2f} | {errors[1]:.2f} |")
    return lines


def garments(program, folder, work):
    """Of Fashion-MNIST's first 3600 training pictures, 3000 to train on and 600 to measure."""
    with gzip.open(os.path.join(folder, "first3600-images-idx3-ubyte.gz")) as file:
        pixels = file.read()[16:]
    stacks = {}
    for name, first, count in (("train", 0, 3000), ("test", 3000, 600)):
        os.makedirs(os.path.join(work, "garments", name), exist_ok=True)
        stacks[name] = os.path.join(work, "garments", name, "images-idx3-ubyte")
        with open(stacks[name], "wb") as file:
            file.write(struct.pack(">IIII", 2051, count, 28, 28) + pixels[784 * first : 784 * (first + count)])
    lines = ["| codec | squared error a picture, quality 100 |", "| --- | --- |"]
    for recipe in recipes("garments-"):
        codec = train(program, recipe, os.path.dirname(stacks["train"]), work)
        name = os.path.basename(codec)
        lines.append(f"| [{name}](architectures/{name}.json) | {squared_error(encode(program, codec, stacks['test'], 100, 'prior', work)[2]):.2f} |")
    return lines


def binary(source, target, seed):
    """A stack whose pixels are 255 with the probability that their grey value tells, otherwise 0."""
    if not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        grey, draw = gzip.open(source).read(), random.Random(seed).random
        with open(target, "wb") as file:
            file.write(grey[:16] + bytes(255 if 255 * draw() < value else 0 for value in grey[16:]))
    return target


def exact(program, folder, work):
    grey = {part: os.path.join(folder, f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")}
    lines = ["| codec | " + " | ".join(f"{count} digits a chunk" for count in CHUNKS) + " |", "| --- |" + " --- |" * len(CHUNKS)]
    for recipe in recipes("exact-digits"):
        name = os.path.basename(recipe)[: -len(".json")]
        sources = grey
        if name.endswith("binary"):
            sources = {part: binary(grey[part], os.path.join(work, f"binary-{part}", f"{part}-images-idx3-ubyte"), part) for part in grey}
        codec = train(program, recipe, links(os.path.join(work, f"{name}-data"), [sources["train"]]), work)
        row = []
        for count in CHUNKS:
            output = os.path.join(work, "file.aec")
            how = ("-o", output, "-f", "-c", codec, "--lossless", "--chunk", str(count), "--json")
            row.append(json.loads(run(program, "encode", sources["t10k"], *how).stdout)["bit_per_sample"])
        lines.append(f"| [{name}](architectures/{name}.json) | " + " | ".join(f"{bits:.4f}" for bits in row) + " |")
    return lines


def heart(program, folder, work):
    files = [os.path.join(folder, f"{record}.{ending}") for record in TRAINING for ending in ("hea", "dat")]
    data = links(os.path.join(work, "ecg"), files)
    lines = ["| codec | bit/sample at PRDN 6.4 %, zstd | prior | at 11.2 %, zstd | prior |", "| --- | --- | --- | --- | --- |"]
    for recipe in recipes("ecg-"):
        codec = train(program, recipe, data, work)
        cells = {}
        for entropy in ("zstd", "prior"):
            points = []
            for quality in QUALITIES:
                found = [encode(program, codec, os.path.join(folder, r), quality, entropy, work, "--signals", "0") for r in TEST]
                points.append((sum(b for b, _, _ in found) / len(found), sum(p for _, p, _ in found) / len(found)))
            for wanted in (6.4, 11.2):
                cells[entropy, wanted] = at(points, wanted)
        name = os.path.basename(codec)
        row = [text(cells[entropy, wanted], 3) for wanted in (6.4, 11.2) for entropy in ("zstd", "prior")]
        lines.append(f"| [{name}](architectures/{name}.json) | {' | '.join(row)} |")
    return lines


def main():
    program, output, mnist, fashion, mitdb = sys.argv[1:]
    work = os.path.join(output, "work")
    os.makedirs(work, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    page = open(os.path.join(here, "page.md")).read()
    tables = (("{DIGITS}", digits, mnist), ("{SWEEP}", sweep, mnist), ("{EXACT}", exact, mnist), ("{GARMENTS}", garments, fashion), ("{ECG}", heart, mitdb))
    for mark, measure, folder in tables:
        if os.path.isdir(folder):
            page = page.replace(mark, "\n".join(measure(program, folder, work)))
        else:
            page = page.replace(mark, "(not measured: the recordings were not there)")
            print(f"{folder}: not there; its table is left out", flush=True)
    with open(os.path.join(output, "architectures.md"), "w") as file:
        file.write(page.replace("{TIME}", training_time(work)))


if __name__ == "__main__":
    main()
