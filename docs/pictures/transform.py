#!/usr/bin/env python3
"""Trains lifting factors, colours and quantiser steps of the transform of pictures by rate and distortion, from CDF 9/7 and ITU-R BT.601 on, with a small convolutional prior that is trained along.
Prints them, and bits a pixel and squared errors on squares that are held back.

Usage: transform.py PICTURES [STEPS [PARTS]]     a folder; parts of "lifting colours steps", all if none is named, "none" for the fixed transform; PyTorch, NumPy, Pillow

Rates are those of coefficients with uniform noise while the transform is trained; behind that, and for the fixed transform, the prior learns rounded coefficients for as many steps again."""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

LEVELS, CROP, UNITS = 5, 160, 40


def lift(low, high, factor, toHigh, d):
    n = low.shape[d]
    if toHigh:
        return low, high + factor * (low + torch.cat([low.narrow(d, 1, n - 1), low.narrow(d, n - 1, 1)], d))
    return low + factor * (torch.cat([high.narrow(d, 0, 1), high.narrow(d, 0, n - 1)], d) + high), high


class Transform(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.lifting = nn.Parameter(torch.tensor([-1.5861343, -0.05298012, 0.8829111, 0.44350685, 1.1496044]), "lifting" in parts)
        self.colours = nn.Parameter(torch.tensor([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]]), "colours" in parts)
        self.steps = nn.Parameter(torch.log(torch.tensor([1, 1, 1.1]))[:, None].repeat(1, 1 + 3 * LEVELS), "steps" in parts)

    def split(self, x, d):
        low, high = (x[:, :, 0::2], x[:, :, 1::2]) if d == 2 else (x[..., 0::2], x[..., 1::2])
        for k in range(4):
            low, high = lift(low, high, self.lifting[k], k % 2 == 0, d)
        return low * self.lifting[4], high / self.lifting[4]

    def merge(self, low, high, d):
        low, high = low / self.lifting[4], high * self.lifting[4]
        for k in reversed(range(4)):
            low, high = lift(low, high, -self.lifting[k], k % 2 == 0, d)
        return torch.stack([low, high], d + 1).flatten(d, d + 1)

    def analyse(self, x):
        plane, bands = torch.einsum("kc,bchw->bkhw", torch.linalg.inv(self.colours), x), []
        for _ in range(LEVELS):
            low, high = self.split(plane, 3)
            (plane, b), (a, c) = self.split(low, 2), self.split(high, 2)
            bands.append(torch.stack([a, b, c], 2))
        return [plane[:, :, None]] + bands[::-1]

    def synthesise(self, bands):
        plane = bands[0][:, :, 0]
        for b in bands[1:]:
            plane = self.merge(self.merge(plane, b[:, :, 1], 2), self.merge(b[:, :, 0], b[:, :, 2], 2), 3)
        return torch.einsum("ck,bkhw->bchw", self.colours, plane)

    def widths(self, level, step):
        own = self.steps[:, :1] if level == 0 else self.steps[:, 3 * level - 2 : 3 * level + 1]
        return torch.exp(own)[None, :, :, None, None] * step[:, None, None, None, None]


squash = lambda q: torch.sign(q) * torch.log1p(q.abs())


class Prior(nn.Module):
    """Sees 7 x 7 of a level before a place, 3 x 3 of the level before, and of each band what is around in the bands before it."""

    def __init__(self):
        super().__init__()
        self.step, self.level = nn.Linear(1, UNITS), nn.Embedding(LEVELS + 1, UNITS)
        self.here, self.parent = nn.Conv2d(9, UNITS, 7, padding=3), nn.Conv2d(9, 4 * UNITS, 3, padding=1)
        mask = torch.zeros(7, 7)
        mask[:3], mask[3, :3] = 1, 1
        self.register_buffer("causal", mask)
        self.body = nn.Sequential(nn.SiLU(), nn.Conv2d(UNITS, UNITS, 1), nn.SiLU(), nn.Conv2d(UNITS, UNITS, 1), nn.SiLU(), nn.Conv2d(UNITS, 27, 1))
        self.signed, self.plain = nn.Parameter(torch.zeros(18, 9, 3, 3)), nn.Parameter(torch.zeros(18, 9, 3, 3))
        self.register_buffer("lower", torch.tril(torch.ones(9, 9), -1).repeat_interleave(2, 0)[:, :, None, None])

    def cost(self, q, x, parent, level, step):
        z = squash(q)
        h = F.conv2d(z, self.here.weight * self.causal, self.here.bias, padding=3) + (self.step(step[:, None]) + self.level.weight[level])[:, :, None, None]
        if parent is not None:
            h = h + F.pixel_shuffle(self.parent(squash(parent)), 2)
        o = self.body(h).unflatten(1, (9, 3))
        r = (F.conv2d(z, self.signed * self.lower, padding=1) + F.conv2d(z.abs(), self.plain * self.lower, padding=1)).unflatten(1, (9, 2))
        mean, scale, zero = o[:, :, 0] + r[:, :, 0], torch.exp((o[:, :, 1] + r[:, :, 1]).clamp(-4, 7)), torch.sigmoid(o[:, :, 2])
        p = (1 - zero) * (torch.sigmoid((x - mean + 0.5) / scale) - torch.sigmoid((x - mean - 0.5) / scale)) + zero * F.relu(1 - x.abs())
        return -torch.log2(p.clamp_min(2**-20))

    def forward(self, rounded, coded, step):
        total, parent = 0, None
        for level, (q, x) in enumerate(zip(rounded, coded)):
            q, x = q.flatten(1, 2), x.flatten(1, 2)
            if level == 0:
                q, x = (F.pad(v, (0, 0, 0, 0, 0, 6)) for v in (q, x))
            bits = self.cost(q, x, parent if level > 1 else None, level, step)
            total, parent = total + bits[:, : 3 if level == 0 else 9].sum((1, 2, 3)), q
        return total


def measure(transform, prior, x, step, soft):
    """Squared error a pixel of all three colours, and bits a pixel."""
    bands = transform.analyse(x)
    widths = [transform.widths(level, step) for level in range(len(bands))]
    scaled = [c / w for c, w in zip(bands, widths)]
    rounded = [a + (torch.sign(a) * torch.floor(a.abs() + 0.4) - a).detach() for a in scaled]
    decoded = transform.synthesise([q * w for q, w in zip(rounded, widths)])
    coded = [a + torch.rand_like(a) - 0.5 for a in scaled] if soft else [q.detach() for q in rounded]
    error = ((decoded - x) ** 2)[:, :, 16:-16, 16:-16].mean((2, 3)).sum(1)
    return error, prior([q if soft else q.detach() for q in rounded], coded, (torch.log(step) - 3) / 0.7) / x[0, 0].numel()


def main():
    folder, steps, parts = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1500, sys.argv[3:] or ["lifting", "colours", "steps"]
    torch.manual_seed(1)
    random, squares = np.random.default_rng(1), []
    for path in sorted(p for p in Path(folder).rglob("*") if p.suffix in (".jpg", ".png")):
        picture = np.array(Image.open(path).convert("RGB"))
        for _ in range(6):
            y, x = (random.integers(d - 255) for d in picture.shape[:2])
            squares.append(picture[y : y + 256, x : x + 256].transpose(2, 0, 1))
    squares = torch.from_numpy(np.stack(squares))
    held, trained = squares[::17].float() - 128, [k for k in range(len(squares)) if k % 17]
    transform, prior = Transform(parts), Prior()
    learned = [p for p in transform.parameters() if p.requires_grad]
    for soft in ([True] if learned else []) + [False]:
        optimiser = torch.optim.Adam([{"params": prior.parameters(), "lr": 2e-3}] + ([{"params": learned, "lr": 1e-3}] if soft else []))
        rates = [group["lr"] for group in optimiser.param_groups]
        for k in range(steps):
            for group, rate in zip(optimiser.param_groups, rates):
                group["lr"] = rate * min(1, k / 100 + 0.01) * (0.49 * (1 + np.cos(np.pi * k / steps)) + 0.02)
            y, x = random.integers(256 - CROP, size=2)
            batch = squares[random.choice(trained, 6)][:, :, y : y + CROP, x : x + CROP].float() - 128
            batch = batch.flip(3) if random.random() < 0.5 else batch.transpose(2, 3)
            step = torch.exp(torch.rand(6) * np.log(10) + np.log(5))
            error, bits = measure(transform, prior, batch, step, soft)
            optimiser.zero_grad()
            # A tenth of a squared step is what a bit is worth to the codec, too.
            (error / step**2 + 0.1 * bits).mean().backward()
            torch.nn.utils.clip_grad_norm_(prior.parameters(), 1.0)
            optimiser.step()
        for p in learned:
            p.requires_grad_(False)
    print("lifting", transform.lifting.tolist(), "colours", transform.colours.tolist(), "steps", torch.exp(transform.steps).tolist())
    with torch.no_grad():
        for step in (6, 9, 14, 20, 30, 45):
            parts = [measure(transform, prior, x, torch.full((len(x),), float(step)), False) for x in held.split(9)]
            error, bits = (torch.cat(p).mean().item() for p in zip(*parts))
            print(f"step {step}: {bits:.4f} bit/pixel, squared error {error / 3:.3f}", flush=True)


if __name__ == "__main__":
    main()
