"""The network inside the loop of frames: docs/PAYLOADS.md, "Synthesis". Arrays have the leads first, then what the name says."""
import numpy as np

from arithmetic import F, basis, exponential, fma, in_order, limit, natural_logarithm, project, silu

POINTS, SIGNALS, POSITIONS = 96, 7, 24


def ld(x):
    return natural_logarithm(limit(x, 1e9)) * F(1.442695)


class Grid:
    """Frames of any length on 96 points, and back."""

    def __init__(self, frame):
        self.identity = frame == POINTS
        if self.identity:
            return
        common = min(frame, POINTS)
        samples, points, product = basis(frame, common), basis(POINTS, common), np.zeros((frame, POINTS))
        for k in range(common):
            product = product + samples[:, k, None] * points[None, :, k]
        scale = np.sqrt(POINTS / frame)
        self.there = (product * scale).astype(F)
        self.back = np.ascontiguousarray((product / scale).astype(F).T)

    def points(self, samples):
        return samples if self.identity else project(self.there, samples, np.zeros((*samples.shape[:-1], POINTS), F))

    def samples(self, points):
        return points if self.identity else project(self.back, points, np.zeros((*points.shape[:-1], self.back.shape[1]), F))


class Network:
    """The layers; `window` is leads × signals × 192, `features` leads × 11."""

    def __init__(self, tensors):
        self.tensors = tensors
        bias = tensors["signals.bias"] + tensors["features.bias"]
        self.start = tensors["place"][0] + bias[:, None]
        self.blocks = 0
        while f"blocks.{self.blocks}.0.weight" in tensors:
            self.blocks += 1

    @staticmethod
    def chain(weight, columns, h):
        """h takes in one product after the other: weight [outputs], columns [leads × positions] of each."""
        for w, x in zip(weight, columns):
            h = fma(w[:, None], x.reshape(1, -1), h)
        return h

    def corrections(self, window, features):
        leads, weights = len(window), self.tensors
        width = len(self.start)
        f = self.chain(weights["features.weight"][:, :, 0].T, features.T, np.zeros((width, leads), F))
        h = (self.start[:, None, :] + f[:, :, None]).reshape(width, leads * POSITIONS)
        padded = np.pad(window, ((0, 0), (0, 0), (4, 4)))
        for half in (range(8), range(8, 16)):
            places = [(signal, tap) for signal in range(SIGNALS) for tap in half]
            weight = [weights["signals.weight"][:, signal, tap] for signal, tap in places]
            h = self.chain(weight, [padded[:, signal, tap : tap + 8 * POSITIONS - 7 : 8] for signal, tap in places], h)
        for block in range(self.blocks):
            inner = np.repeat(weights[f"blocks.{block}.0.bias"][:, None], h.shape[1], 1)
            inner = self.convolution(f"blocks.{block}.0.weight", silu(h), inner, leads)
            h = self.convolution(f"blocks.{block}.1.weight", silu(inner), h + weights[f"blocks.{block}.1.bias"][:, None], leads)
        taps = self.chain(weights["output.weight"][:, 0, :], silu(h), np.zeros((16, leads * POSITIONS), F)).reshape(16, leads, POSITIONS)
        taps = np.pad(taps, ((0, 0), (0, 0), (0, 1)))
        place = np.arange(POINTS) + 4
        late, early = taps[place % 8 + 8, :, 11 + place // 8], taps[place % 8, :, 12 + place // 8]
        return limit((late + early) + weights["output.bias"], 64).T

    def convolution(self, name, x, h, leads):
        padded = np.pad(x.reshape(-1, leads, POSITIONS), ((0, 0), (0, 0), (3, 3)))
        for tap in range(7):
            h = self.chain(self.tensors[name][:, :, tap].T, padded[:, :, tap : tap + POSITIONS], h)
        return h


class Synthesis:
    """What it sees of a chunk, and what it says of each frame."""

    def __init__(self, tensors, frame, steps, offsets, rate):
        leads = len(steps)
        self.network, self.grid = Network(tensors), Grid(frame)
        self.steps, self.units = np.array(steps, F), (F(1) / np.array(steps, F))
        self.offsets, self.speed = np.array(offsets), ld(F(rate) / F(360)) / F(2)
        # The frame before: its signals (signal 0: the decoded samples), and the sample before it.
        self.before, self.anchors = np.zeros((leads, SIGNALS, POINTS), F), np.zeros(leads, np.int64)
        self.count, self.sums, self.squares = 0, np.zeros(leads), np.zeros(leads)

    def correct(self, residual, copy, last, known, features):
        """Corrections of a frame in steps, leads × samples. known: what followed the matches (leads × matches × samples), its mean and variance."""
        units, points = self.units[:, None], self.grid.points
        values, expected, spread = known
        frame = points(residual)
        now = np.zeros_like(self.before)
        now[:, 3] = limit((frame - points(copy)) * units, 8)
        frame = frame * units
        now[:, 0] = limit(frame * F(0.25), 64)
        if values.shape[1]:
            now[:, 1] = limit(points(expected) - frame, 8)
            now[:, 2] = limit(points(np.sqrt(spread)), 8)
            now[:, 4:6] = self.blends(points(values), frame)
        self.now = now
        if self.count == 0:
            return np.zeros_like(residual)
        window = np.concatenate([self.before, now], axis=2)
        shift = (self.anchors - last).astype(F)[:, None]
        window[:, 0, :POINTS] = limit((self.before[:, 0] + shift) * units * F(0.25), 64)
        mean = self.sums / self.count
        deviation = np.sqrt(np.maximum(0, self.squares / self.count - mean * mean)).astype(F)
        size = ld(self.steps / np.maximum(deviation, F(0.25))) / F(2)
        told = np.array([[*features, own, self.speed] for own in size], F)
        now[:, 6] = self.network.corrections(window, told)
        return self.grid.samples(now[:, 6])

    @staticmethod
    def blends(values, frame):
        """Means of the matches, with weights that fall with the distance from the frame, less it."""
        difference = values - frame[:, None]
        distance = in_order(difference * difference) * (F(1) / F(POINTS))
        beyond, result = distance - distance.min(axis=1, keepdims=True), []
        for reach in (F(0.03), F(0.2)):
            weights = exponential(-np.minimum(beyond / reach, F(60)))
            mean = np.zeros_like(frame)
            for k in range(values.shape[1]):
                mean = mean + weights[:, k, None] * values[:, k]
            result.append(limit(mean * (F(1) / in_order(weights))[:, None] - frame, 8))
        return np.stack(result, axis=1)

    def remember(self, samples, last):
        """Takes in the frame as it was decoded: leads × samples, and the sample before it."""
        self.now[:, 0] = self.grid.points((samples - last[:, None]).astype(F))
        own = (samples - self.offsets[:, None]).astype(np.float64)
        self.sums, self.squares = self.sums + in_order(own), self.squares + in_order(own * own)
        self.before, self.anchors, self.count = self.now, last.copy(), self.count + samples.shape[1]
