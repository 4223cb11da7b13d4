#!/usr/bin/env python3
"""The negative evidence lower bound of a codec like digits-variational on MNIST's test digits, in nats a digit, by NumPy from its weights.

Usage: evidence.py CODEC t10k-images-idx3-ubyte.gz   the codec's folder; its body is dense with two layers, its likelihood Bernoulli.
"""

import gzip
import json
import sys

import numpy as np


def tensors(path):
    raw = open(path, "rb").read()
    start = 8 + int.from_bytes(raw[:8], "little")
    found = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name.startswith("autoencoder."):
            first, end = entry["data_offsets"]
            found[name[len("autoencoder.") :]] = np.frombuffer(raw[start + first : start + end], "<f4").reshape(entry["shape"])
    return found


def main():
    codec, digits = sys.argv[1:]
    t = tensors(f"{codec}/model.safetensors")
    x = np.frombuffer(gzip.open(digits).read()[16:], np.uint8).reshape(-1, 784) / np.float32(255)

    def dense(h, name):
        return h @ t[f"{name}.weight"] + t[f"{name}.bias"]

    def active(h):
        return np.where(h > 0, h, 0.01 * h)

    hidden = active(dense(active(dense(x, "body.encoder.0")), "body.encoder.1"))
    mean, variance = np.split(dense(hidden, "posterior"), 2, axis=1)
    divergence = 0.5 * (mean**2 + np.exp(variance) - 1 - variance).sum(1).mean()
    drawn = mean + np.exp(variance / 2) * np.random.default_rng(0).standard_normal(mean.shape)
    logits = dense(active(dense(active(dense(drawn, "expand")), "body.decoder.0")), "body.decoder.1")
    samples = (np.maximum(logits, 0) - logits * x + np.log1p(np.exp(-np.abs(logits)))).sum(1).mean()
    print(f"{samples + divergence:.2f} nats a digit, of which the divergence is {divergence:.2f}")


if __name__ == "__main__":
    main()
