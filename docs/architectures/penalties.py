#!/usr/bin/env python3
"""Measures what penalties on a code of digits do: activity against its target, the norm of the encoder's Jacobian, numbers near zero, with and without.

Usage: penalties.py AECODEC WORK MNIST   a folder of MNIST's IDX files.
Each 784-128-32 autoencoder is trained by `aecodec train` on the training digits with another objective; figures are means over 2000 test digits, by the weights of the
codec. Codecs that are in WORK are not trained again. Needs NumPy.
"""

import gzip
import os
import sys

import numpy as np

from measure import mnist as stacks, trained, weights

OBJECTIVES = {
    "squared error alone": {},
    "activity, rate 0.1, weight 1": {"penalties": [{"kind": "activity", "rate": 0.1, "weight": 1}]},
    "activity, rate 0.05, weight 1": {"penalties": [{"kind": "activity", "rate": 0.05, "weight": 1}]},
    "l1, weight 0.3": {"penalties": [{"kind": "l1", "weight": 0.3}]},
    "contraction, weight 0.1": {"penalties": [{"kind": "contraction", "weight": 0.1}]},
    "contraction, weight 1": {"penalties": [{"kind": "contraction", "weight": 1}]},
    "decomposition, sparsity 0.3": {"decomposition": {"sparsity": 0.3, "iterations": 8}},
}


def network(program, name, data, work):
    """Its weights and biases."""
    recipe = {
        "autoencoder": {"kind": "dense", "block": [1, 28, 28], "layers": [128, 32], "activation": "tanh", "output": "sigmoid"},
        "objective": OBJECTIVES[name], "scaling": "range", "rate": 0, "steps": 2000, "batch": 100, "secondsPerRecord": 1000,
        "priorQualities": [], "validationQualities": [50],
    }
    tensors = weights(trained(program, name.replace(", ", "-").replace(" ", "-"), recipe, data, work))

    def tensor(name):
        values, shape = tensors[name]
        return np.frombuffer(values, np.float32).reshape(shape).astype(float)

    return {f"{side}{layer}{part[0]}": tensor(f"{side}.{layer}.{part}") for side in ("encoder", "decoder") for layer in (0, 1) for part in ("weight", "bias")}


def main():
    program, work, mnist = sys.argv[1:]
    data, _ = stacks(mnist, work)
    x = np.frombuffer(gzip.open(os.path.join(mnist, "t10k-images-idx3-ubyte.gz")).read(), np.uint8, offset=16).reshape(-1, 784)[:2000] / 255
    print("| objective | squared error a digit | mean of sigmoid(code) | codes below a tenth of their RMS | Jacobian's norm |")
    print("| --- | --- | --- | --- | --- |")
    for name in OBJECTIVES:
        w = network(program, name, data, work)
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
