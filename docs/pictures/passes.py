#!/usr/bin/env python3
"""What it costs to decode coefficients of pictures in few parallel passes: code lengths of a small network that sees around a coefficient what is decoded before it, by order of decoding,
beside the files of the shipped prior, for the same coefficients (rounded, effort 1).

Usage: passes.py PROGRAM CODEC TRAINING TEST [STEPS]     folders of pictures; PyTorch, NumPy, Pillow, zstandard

Orders: one after the other (raster); 4 passes a band (both coordinates even, both odd, the row even, the rest); 2 passes (a checkerboard); 1 pass. In all of them bands come one after the
other, and parent, orientations and colours before are seen from all sides."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

FACTORS, SCALE, LEVELS = [-1.5861343, -0.05298012, 0.8829111, 0.44350685], 1.1496044, 5
PLANES = np.linalg.inv(np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]))
STEPS = [1, 1, 1.1]
OWN = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if (dy, dx) != (0, 0)]
SQUARE = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def split(x, axis):
    x = np.moveaxis(x, axis, 0)
    low, high = x[0::2].copy(), x[1::2].copy()
    for k, factor in enumerate(FACTORS):
        if k % 2 == 0:
            high += factor * (low + np.concatenate([low[1:], low[-1:]]))
        else:
            low += factor * (np.concatenate([high[:1], high[:-1]]) + high)
    return np.moveaxis(low * SCALE, 0, axis), np.moveaxis(high / SCALE, 0, axis)


def shifted(q, places):
    padded, (h, w) = np.pad(q, 2), q.shape
    return np.stack([padded[2 + dy : 2 + dy + h, 2 + dx : 2 + dx + w] for dy, dx in places], -1)


def examples(rgb, step):
    """Of all coefficients: what is around [n, 24 + 45], plane, orientation, level, row and column's parity [n, 5], the coefficient [n]."""
    plane = np.einsum("kc,hwc->khw", PLANES, rgb.astype(np.float64) - 128)
    levels = []
    for _ in range(LEVELS):
        low, high = split(plane, 2)
        (plane, b), (a, c) = split(low, 1), split(high, 1)
        levels.append((a, b, c))
    quantised = lambda c, k: (np.sign(c) * np.floor(np.abs(c) / (step * STEPS[k]) + 0.4)).astype(np.int16)
    found = []

    def emit(k, orientation, level, own, others):
        h, w = own.shape
        around = [np.zeros((h, w, 9), np.int16) if o is None else o for o in others]
        x = np.concatenate([shifted(own, OWN)] + around, -1).clip(-127, 127).astype(np.int8)
        y, column = np.mgrid[:h, :w]
        place = np.stack([np.full((h, w), v) for v in (k, orientation, level)] + [y & 1, column & 1], -1).astype(np.int8)
        found.append((x.reshape(h * w, -1), place.reshape(h * w, -1), own.reshape(-1)))

    top = [quantised(plane[k], k) for k in range(3)]
    for k in range(3):
        emit(k, 3, LEVELS, top[k], [None] * 3 + [shifted(top[j], SQUARE) if j < k else None for j in (0, 1)])
    before = None
    for level in reversed(range(LEVELS)):
        bands = [[quantised(levels[level][o][k], k) for o in range(3)] for k in range(3)]
        for k in range(3):
            for o in range(3):
                parent = None if before is None else shifted(before[k][o], SQUARE).repeat(2, 0).repeat(2, 1)
                others = [shifted(bands[k][j], SQUARE) if j < o else None for j in (0, 1)]
                colours = [shifted(bands[j][o], SQUARE) if j < k else None for j in (0, 1)]
                emit(k, o, level, bands[k][o], [parent] + others + colours)
        before = bands
    return [np.concatenate(parts) for parts in zip(*found)]


def phase(order, y, x):
    if order == "2 passes":
        return (y + x) % 2
    return {"4 passes": [[0, 2], [3, 1]]}.get(order, [[0, 0], [0, 0]])[y % 2][x % 2]


def seen(order):
    """Which of the 24 around are decoded before, by the parities of row and column."""
    mask = torch.zeros(2, 2, 24)
    for y in (0, 1):
        for x in (0, 1):
            for k, (dy, dx) in enumerate(OWN):
                mask[y, x, k] = (dy, dx) < (0, 0) if order == "raster" else phase(order, y + dy, x + dx) < phase(order, y, x)
    return mask


class Network(torch.nn.Module):
    def __init__(self, order, units=64):
        super().__init__()
        self.mask, self.isRaster = seen(order), order == "raster"
        self.layers = torch.nn.Sequential(torch.nn.Linear(161, units), torch.nn.SiLU(), torch.nn.Linear(units, units), torch.nn.SiLU(), torch.nn.Linear(units, 9))
        self.tail = torch.nn.Parameter(torch.full((3, 4), 0.3))

    def bits(self, x, place, step, target):
        x, place = x.float(), place.long()
        x = torch.cat([x[:, :24] * self.mask[place[:, 3], place[:, 4]], x[:, 24:]], 1)
        parity = F.one_hot(place[:, 3] * 2 + place[:, 4], 4).float() * (not self.isRaster)
        kind = [F.one_hot(place[:, 0] * 4 + place[:, 1], 12).float(), F.one_hot(place[:, 2], 6).float(), parity, ((torch.log(step) - 3) * 0.7)[:, None]]
        o = self.layers(torch.cat([torch.log1p(x.abs()), x / (2 + x.abs())] + kind, 1))
        m, k = target.abs().long(), torch.arange(8)[None]
        bits = (F.binary_cross_entropy_with_logits(o[:, :8], (m[:, None] > k).float(), reduction="none") * (m[:, None] >= k)).sum(1)
        bits = bits + F.softplus(torch.where(target < 0, -o[:, 8], o[:, 8])) * (m > 0)
        mean = 8 * torch.exp(F.softplus(self.tail[place[:, 0], place[:, 1]]))
        bits = bits + ((m - 8).clamp_min(0) / (mean + 1) * 1.44 + torch.log(mean + 1)) * (m >= 8)
        return bits / np.log(2)


def training(folder, random):
    """Coefficients of random squares at random steps; those with nothing around them are taken more rarely, and count more."""
    parts = []
    for path in sorted(p for p in Path(folder).rglob("*") if p.suffix in (".jpg", ".png")):
        picture = np.array(Image.open(path).convert("RGB"))
        for _ in range(6):
            y, x = (random.integers(d - 255) for d in picture.shape[:2])
            step = float(np.exp(random.uniform(np.log(4), np.log(70))))
            around, place, target = examples(picture[y : y + 256, x : x + 256], step)
            share = np.where((around != 0).any(1) | (target != 0), 0.025 * min(1, 3 * step / 70 + 0.15), 0.0008)
            taken = random.random(len(target)) < share
            parts.append((around[taken], place[taken], np.full(taken.sum(), step, np.float32), target[taken], (1 / share[taken]).astype(np.float32)))
    return [torch.from_numpy(np.concatenate(p)) for p in zip(*parts)]


def files(program, codec, folder):
    """Quality, step and bits a pixel of whole files at effort 1, and the same coefficients."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "SecondDecoder"))
    import container

    with tempfile.TemporaryDirectory() as place:
        for path in sorted(Path(folder).glob("*.png"))[:8]:
            picture = Image.open(path).convert("RGB")
            picture = picture.crop((0, 0, picture.width // 32 * 32, picture.height // 32 * 32))
            picture.save(f"{place}/x.png")
            for quality in (15, 35, 55):
                subprocess.run([program, "encode", f"{place}/x.png", "-c", codec, "-q", str(quality), "-e", "1", "-f", "-o", f"{place}/x.aec"], check=True, stderr=subprocess.DEVNULL)
                _, chunks, _ = container.read_file(Path(f"{place}/x.aec").read_bytes())
                assert len(chunks) == 1
                reader = container.Reader(chunks[0]["payload"])
                reader.u8()
                step = 2 ** (reader.varint() % 1858 // 2 / 32) / 4 / 256
                yield quality, step, 8 * len(chunks[0]["payload"]), picture.width * picture.height, examples(np.array(picture), step)


def main():
    program, codec, data, test = sys.argv[1:5]
    steps = int(sys.argv[5]) if len(sys.argv) > 5 else 6000
    around, place, step, target, weight = training(data, np.random.default_rng(3))
    measured = list(files(program, codec, test))
    for order in ("raster", "4 passes", "2 passes", "1 pass"):
        torch.manual_seed(0)
        network = Network(order)
        optimiser = torch.optim.Adam(network.parameters())
        for k in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = 3e-3 * min(1, k / 100 + 0.01) * (0.49 * (1 + np.cos(np.pi * k / steps)) + 0.02)
            i = torch.randint(len(target), (8192,))
            loss = (network.bits(around[i], place[i], step[i], target[i]) * weight[i]).sum() / weight[i].sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
        for quality in (15, 35, 55):
            own, real, pixels = 0, 0, 0
            for q, s, size, count, coefficients in measured:
                if q == quality:
                    x, p, t = (torch.from_numpy(a) for a in coefficients)
                    with torch.no_grad():
                        own += sum(network.bits(*part, torch.full((len(part[0]),), s), u).sum().item() for *part, u in zip(x.split(200_000), p.split(200_000), t.split(200_000)))
                    real, pixels = real + size, pixels + count
            print(f"{order}, quality {quality}: {own / pixels:.4f} bit/pixel, files {real / pixels:.4f}, {100 * (own / real - 1):+.1f} %", flush=True)


if __name__ == "__main__":
    main()
