"""Makes the stack of pictures of this folder: handwriting that nobody wrote, and what each picture shows.

Each of ten glyphs is a few strokes through control points (Catmull-Rom curves). A picture takes one of them, moves its points, slants, scales, turns
and shifts it, and draws it with a pen of some width whose edge is one pixel soft: what belongs together varies as in a family of digits.

Needs numpy. Usage: python3 glyphs.py [FOLDER]
"""
import struct
import sys
from pathlib import Path
import numpy as np

SIZE, COUNT = 28, 360
# Strokes in a square of -1 to 1, y downwards; a stroke that ends where it began is closed.
GLYPHS = [
    [[(0, -0.9), (-0.6, -0.4), (-0.6, 0.4), (0, 0.9), (0.6, 0.4), (0.6, -0.4), (0, -0.9)]],
    [[(-0.3, -0.6), (0.1, -0.9), (0.1, 0), (0.1, 0.9)]],
    [[(-0.5, -0.5), (0, -0.9), (0.5, -0.5), (0, 0.2), (-0.6, 0.9), (0, 0.8), (0.6, 0.9)]],
    [[(-0.5, -0.8), (0.2, -0.9), (0.5, -0.5), (0, -0.05), (0.6, 0.4), (0.1, 0.9), (-0.5, 0.7)]],
    [[(0.2, -0.9), (-0.3, -0.2), (-0.6, 0.3), (0, 0.3), (0.6, 0.3)], [(0.3, -0.2), (0.25, 0.4), (0.2, 0.9)]],
    [[(0.5, -0.9), (-0.4, -0.85), (-0.45, -0.1), (0.2, -0.2), (0.55, 0.3), (0.1, 0.9), (-0.5, 0.75)]],
    [[(0.4, -0.9), (-0.3, -0.3), (-0.5, 0.5), (0, 0.9), (0.5, 0.5), (0.1, 0.05), (-0.45, 0.4)]],
    [[(-0.6, -0.8), (0, -0.8), (0.6, -0.85), (0.2, 0), (-0.1, 0.9)]],
    [[(0, 0), (-0.5, -0.5), (0, -0.9), (0.5, -0.5), (0, 0), (-0.55, 0.5), (0, 0.9), (0.55, 0.5), (0, 0)]],
    [[(0.45, -0.4), (-0.1, 0), (-0.5, -0.45), (0, -0.9), (0.45, -0.4), (0.4, 0.2), (0.2, 0.9)]],
]


def curve(points, steps=12):
    """Points along the Catmull-Rom curve through control points."""
    closed = np.allclose(points[0], points[-1])
    before, after = (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    p = np.vstack([before, points, after])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = [0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
             for a, b, c, d in zip(p, p[1:], p[2:], p[3:])]
    return np.vstack([*parts, points[-1:]])


def distance(line):
    """From the centre of each pixel to a line of many points: SIZE x SIZE."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(float)
    pixels = np.stack([x, y], -1)[:, :, None]
    a, b = line[:-1], line[1:]
    along = ((pixels - a) * (b - a)).sum(-1) / np.maximum(((b - a) ** 2).sum(-1), 1e-9)
    nearest = a + np.clip(along, 0, 1)[..., None] * (b - a)
    return np.sqrt(((pixels - nearest) ** 2).sum(-1)).min(-1)


def picture(rng, glyph):
    """One drawing of a glyph, 0 to 255."""
    turn, slant = rng.normal(0, 0.08), rng.normal(0.12, 0.18)
    scale = np.array([rng.normal(7.2, 0.7), rng.normal(8.8, 0.6)])
    shift = (SIZE - 1) / 2 + rng.normal(0, 0.6, 2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[1, -slant], [0, 1]])
    width = np.clip(rng.normal(1.15, 0.35), 0.5, 2.2)
    away = np.full((SIZE, SIZE), np.inf)
    for stroke in GLYPHS[glyph]:
        points = np.array(stroke, float)
        moved = points + rng.normal(0, 0.06, points.shape)
        if stroke[0] == stroke[-1]: moved[-1] = moved[0]
        away = np.minimum(away, distance(curve(moved) @ turned.T * scale + shift))
    return np.round(255 * np.clip(width + 0.5 - away, 0, 1)).astype(np.uint8)


def main(folder):
    rng = np.random.default_rng(28)
    labels = rng.integers(0, len(GLYPHS), COUNT)
    pictures = np.array([picture(rng, label) for label in labels])
    (folder / "glyphs-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, COUNT, SIZE, SIZE) + pictures.tobytes())
    (folder / "glyphs-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, COUNT) + labels.astype(np.uint8).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
