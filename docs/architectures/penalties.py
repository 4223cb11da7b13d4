#!/usr/bin/env python3
"""Measures what penalties on a code of digits do: activity against its target, the norm of the encoder's Jacobian, numbers near zero, with and without.

Usage: penalties.py AECODEC WORK MNIST   a folder of MNIST's IDX files.
Each 784-128-32 autoencoder is trained by `aecodec train` on the training digits with another objective; figures are means over 2000 test digits, by the weights of the
codec. Codecs that are in WORK are not trained again. Needs NumPy.
"""

import gzip
import json
import os
import subprocess
import sys

import numpy as np

OBJECTIVES = {
    "squared error alone": {},
    "activity, rate 0.1, weight 1": {"penalties": [{"kind": "activity", "rate": 0.1, "weight": 1}]},
    "activity, rate 0.05, weight 1": {"penalties": [{"kind": "activity", "rate": 0.05, "weight": 1}]},
    "l1, weight 0.3": {"penalties": [{"kind": "l1", "weight": 0.3}]},
    "contraction, weight 0.1": {"penalties": [{"kind": "contraction", "weight": 0.1}]},
    "contraction, weight 1": {"penalties": [{"kind": "contraction", "weight": 1}]},
    "decomposition, sparsity 0.3": {"decomposition": {"sparsity": 0.3, "iterations": 8}},
}


def trained(program, name, work, mnist):
    folder, data = os.path.join(work, name.replace(", ", "-").replace(" ", "-")), os.path.join(work, "data")
    if not os.path.exists(os.path.join(folder, "config.json")):
        os.makedirs(data, exist_ok=True)
        link = os.path.join(data, "train-images-idx3-ubyte.gz")
        if not os.path.exists(link):
            os.symlink(os.path.abspath(os.path.join(mnist, "train-images-idx3-ubyte.gz")), link)
        recipe = {
            "autoencoder": {"kind": "dense", "block": [1, 28, 28], "layers": [128, 32], "activation": "tanh", "output": "sigmoid"},
            "objective": OBJECTIVES[name], "scaling": "range", "rate": 0, "steps": 2000, "batch": 100, "secondsPerRecord": 1000,
            "priorQualities": [], "validationQualities": [50],
        }
        with open(os.path.join(work, "recipe.json"), "w") as file:
            json.dump(recipe, file)
        done = subprocess.run(
            [program, "train", "--config", os.path.join(work, "recipe.json"), "--data", data, "-o", folder, "-j", "1", "--resume"], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
    raw = open(os.path.join(folder, "model.safetensors"), "rb").read()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])

    def tensor(key):
        entry = header["autoencoder." + key]
        first, end = (8 + length + offset for offset in entry["data_offsets"])
        return np.frombuffer(raw[first:end], np.float32).reshape(entry["shape"]).astype(float)

    return {f"{side}{layer}{part[0]}": tensor(f"{side}.{layer}.{part}") for side in ("encoder", "decoder") for layer in (0, 1) for part in ("weight", "bias")}


def main():
    program, work, mnist = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    x = np.frombuffer(gzip.open(os.path.join(mnist, "t10k-images-idx3-ubyte.gz")).read(), np.uint8, offset=16).reshape(-1, 784)[:2000] / 255
    print("| objective | squared error a digit | mean of sigmoid(code) | codes below a tenth of their RMS | Jacobian's norm |")
    print("| --- | --- | --- | --- | --- |")
    for name in OBJECTIVES:
        w = trained(program, name, work, mnist)
        h = np.tanh(x @ w["encoder0w"] + w["encoder0b"])
        codes = h @ w["encoder1w"] + w["encoder1b"]
        back = 1 / (1 + np.exp(-(np.tanh(codes @ w["decoder0w"] + w["decoder0b"]) @ w["decoder1w"] + w["decoder1b"])))
        # The squared Frobenius norm of W0 diag(1 - h²) W1 by Gram matrices.
        inner = w["encoder0w"].T @ w["encoder0w"] * (w["encoder1w"] @ w["encoder1w"].T)
        slopes = 1 - h * h
        norm = np.einsum("ni,ij,nj->n", slopes, inner, slopes, optimize=True)
        small = (np.abs(codes) < 0.1 * np.sqrt((codes**2).mean())).mean()
        print(
            f"| {name} | {((back - x) ** 2).sum(1).mean():.2f} | {(1 / (1 + np.exp(-codes))).mean():.3f} | {100 * small:.0f} % | {np.sqrt(norm).mean():.2f} |",
            flush=True)


main()
