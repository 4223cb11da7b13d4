#!/usr/bin/env python3
"""Measures what layer-wise pre-training without labels is worth to a classifier of digits with few labels.

Usage: pretraining.py AECODEC WORK MNIST   a folder of MNIST's IDX files, with labels.
A 784-500-500 encoder of logistic units is pre-trained by `aecodec train` on the training digits: as plain autoencoders, denoising or contractive ones,
by recirculation, or not at all.
With a layer of ten classes on top all is trained by labels of 100, 600 or 6000 training digits, everywhere the same way; the error is of the 10,000 test digits.
Codecs that are in WORK are not trained again. Needs NumPy.
"""

import gzip
import os
import sys

import numpy as np

from measure import mnist as stacks, trained, weights

STEPS, RATE = 1000, 0.002
PRETRAINING = {
    "random weights": None,
    "plain": {},
    "denoising": {"corruption": {"kind": "masking", "share": 0.3}},
    "contractive": {"contraction": 0.1},
    "recirculation": {"rule": "recirculation"},
}


def pretrained(program, name, data, work):
    """Weights and biases of the two layers."""
    recipe = {
        "autoencoder": {"kind": "dense", "block": [1, 28, 28], "layers": [500, 500, 10], "activation": "sigmoid", "output": "sigmoid"},
        "scaling": "range", "rate": 0, "steps": 0, "batch": 100, "secondsPerRecord": 1000, "priorQualities": [], "validationQualities": [50],
    }
    if PRETRAINING[name] is not None:
        recipe["pretraining"] = {"steps": STEPS, "learningRate": RATE, **PRETRAINING[name]}
    tensors = weights(trained(program, name.replace(" ", "-"), recipe, data, work))
    layers = [tensors[f"encoder.{layer}.{part}"] for layer in (0, 1) for part in ("weight", "bias")]
    return [np.frombuffer(values, np.float32).reshape(shape) for values, shape in layers]


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def probabilities(parameters, x):
    first = sigmoid(x @ parameters[0] + parameters[1])
    second = sigmoid(first @ parameters[2] + parameters[3])
    scores = second @ parameters[4] + parameters[5]
    scores = np.exp(scores - scores.max(1, keepdims=True))
    return first, second, scores / scores.sum(1, keepdims=True)


def classifier(start, x, labels, random, steps=1500, batch=50, rate=1e-3):
    """All three layers by Adam; the rate falls to zero in a straight line."""
    parameters = [p.copy() for p in start] + [np.zeros((500, 10), np.float32), np.zeros(10, np.float32)]
    means, squares = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    for step in range(1, steps + 1):
        chosen = random.integers(0, len(x), batch)
        first, second, found = probabilities(parameters, x[chosen])
        top = found.copy()
        top[np.arange(batch), labels[chosen]] -= 1
        top /= batch
        middle = top @ parameters[4].T * second * (1 - second)
        bottom = middle @ parameters[2].T * first * (1 - first)
        gradients = [x[chosen].T @ bottom, bottom.sum(0), first.T @ middle, middle.sum(0), second.T @ top, top.sum(0)]
        for p, g, m, v in zip(parameters, gradients, means, squares):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            scale = rate * (1 - step / steps) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            p -= np.float32(scale) * m / (np.sqrt(v) + 1e-8)
    return parameters


def read(path, offset):
    return np.frombuffer(gzip.open(path).read(), np.uint8, offset=offset)


def main():
    program, work, mnist = sys.argv[1:]
    data, _ = stacks(mnist, work)
    images = lambda name: (read(os.path.join(mnist, name + "-images-idx3-ubyte.gz"), 16).reshape(-1, 784) / 255).astype(np.float32)
    labels = lambda name: read(os.path.join(mnist, name + "-labels-idx1-ubyte.gz"), 8)
    x, y, test, truth = images("train"), labels("train"), images("t10k"), labels("t10k")
    print("| start | " + " | ".join(f"{count} labels" for count in (100, 600, 6000)) + " |")
    print("| --- | --- | --- | --- |")
    for name in PRETRAINING:
        start = pretrained(program, name, data, work)
        cells = []
        for count in (100, 600, 6000):
            errors = []
            for draw in range(3):
                # The same digits for every start, equally many of each class.
                random = np.random.default_rng(100 * count + draw)
                chosen = np.concatenate([random.choice(np.flatnonzero(y == digit), count // 10, replace=False) for digit in range(10)])
                found = probabilities(classifier(start, x[chosen], y[chosen], random), test)[2].argmax(1)
                errors.append(100 * (found != truth).mean())
            cells.append(f"{np.mean(errors):.1f} %")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


main()
