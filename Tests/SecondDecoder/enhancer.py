"""The network behind the frames. See docs/PAYLOADS.md, "What is known before a frame" and "Enhancer"."""
import math

import numpy as np

from arithmetic import F, fma, limit, silu


def convolution(x, weight, bias, stride, before):
    count = x.shape[1] // stride
    padded = np.pad(x, ((0, 0), (before, weight.shape[2])))
    y = np.repeat(bias[:, None], count, 1)
    for channel in range(weight.shape[1]):
        for tap in range(weight.shape[2]):
            y = fma(weight[:, channel, tap][:, None], padded[channel, tap : tap + stride * count : stride], y)
    return y


def transposed(h, weight, bias):
    count = h.shape[1]
    y = np.full(8 * count + 16, bias[0], F)
    for channel in range(weight.shape[0]):
        for tap in range(weight.shape[2]):
            place = slice(tap, tap + 8 * count, 8)
            y[place] = fma(weight[channel, 0, tap], h[channel], y[place])
    return y[4 : 4 + 8 * count]


def logarithm(value):
    if not (value > 0 and np.isfinite(value)):
        return F(-20)
    mantissa, exponent = np.frexp(value)
    return limit(F(exponent - 1) + F(2) * mantissa - F(1), 20)


def classes(energy, variance, distance):
    def octave(x):
        return math.floor(math.log2(float(x)))

    def coarse(x):
        return min(max(octave(x) + 8, 0), 15) if x > 0 else 0

    fine = min(max(2 * octave(distance) + (float(distance) / 2.0 ** octave(distance) >= float(F(1.4142135))) + 10, 0), 15) if distance > 0 else 0
    return fine, coarse(variance), coarse(energy)


def inputs(frames, lead, start, end, rate):
    """Signals [4, 8 positions] and features [10, positions] of some samples of a lead."""
    x, step, n = frames.memory.samples[lead, start:end], frames.steps[lead], end - start
    frame, positions = frames.memory.frame, -(-n // 8)
    sums, i = np.concatenate([[0], np.cumsum(x)]), np.arange(n)
    low, high = np.maximum(0, i - frame // 2), np.minimum(n, i + frame // 2 + 1)
    around = ((sums[high] - sums[low]).astype(np.float64) / (high - low) - x).astype(F)
    surprise, spread, added = (np.concatenate([entry[k][lead] for entry in frames.trace])[start:end] for k in range(3))
    signals = np.zeros((4, 8 * positions), F)
    signals[0, :n] = limit(-around * (F(1) / step) * F(0.25), 64)
    signals[1:, :n] = limit(surprise, 8), limit(np.sqrt(spread), 8), limit(added, 8)
    features = np.zeros((10, positions), F)
    for p in range(positions):
        features[:8, p] = frames.trace[(start + min(8 * p + 4, n - 1)) // frame][3]
    mean, squares = float(x.sum()) / n, 0.0
    for value in x:
        squares += (float(value) - mean) * (float(value) - mean)
    features[8] = logarithm(step / max(F(math.sqrt(squares / n)), F(0.25))) * F(0.5)
    features[9] = logarithm(F(rate) / F(360))
    return signals, features


def enhance(net, frames, start, end, signal):
    """The samples from start to end of each lead, enhanced."""
    seen, result = max(0, start - 256), []

    def layer(name, x, stride=1, before=0):
        return convolution(x, net[name + ".weight"], net[name + ".bias"], stride, before)

    for lead, step in enumerate(frames.steps):
        signals, features = inputs(frames, lead, seen, end, signal["rate"])
        h = layer("signals", signals, 8, 4) + layer("features", features)
        block = 0
        while f"blocks.{block}.0.weight" in net:
            h = h + layer(f"blocks.{block}.1", silu(layer(f"blocks.{block}.0", silu(h), 1, 3)), 1, 3)
            block += 1
        change = np.rint(limit(transposed(silu(h), net["output.weight"], net["output.bias"]) * step, 1e9)).astype(np.int64)
        low, high = signal["ranges"][lead]
        result.append(np.clip(frames.memory.samples[lead, start:end] + change[start - seen : end - seen], low, high))
    return np.array(result)
