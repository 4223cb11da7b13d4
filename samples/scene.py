"""Draws scene.png: a sky with a sun over three ranges of hills, water in front, and a little noise as a camera has it. Python with numpy; the seed is fixed."""
import struct
import zlib
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 192, 128
random = np.random.default_rng(11)
y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)


def mixed(under, over, share):
    return under + (np.asarray(over, float) - under) * share[..., None]


picture = mixed(np.full((HEIGHT, WIDTH, 3), (86, 132, 190.0)), (240, 214, 180), np.clip(y / 80, 0, 1))
sun = np.hypot(x - 138, y - 34)
picture = mixed(picture, (255, 236, 170), np.exp(-((sun / 30) ** 2)) * 0.6)
picture = mixed(picture, (255, 250, 225), np.clip(10.5 - sun, 0, 1))
for base, colour, rough in [(66, (118, 130, 152), 5), (78, (84, 104, 104), 8), (92, (48, 70, 52), 11)]:
    ridge = base + sum(rough / k * np.sin(x * k * 2 * np.pi / 260 + random.uniform(0, 6.3)) for k in (1, 2, 3, 5, 8, 13))
    texture = 10 * np.sin(x / 2.3 + y / 1.7) * np.sin(y / 3.1) + 6 * random.standard_normal((HEIGHT, WIDTH))
    picture = mixed(picture, np.array(colour) + texture[..., None] * (base / 92) ** 3, np.clip(y - ridge, 0, 1))
mirror = picture[np.clip(205 - y.astype(int) + (1.5 * np.sin(y * 1.3)).astype(int), 0, HEIGHT - 1), np.clip(x + 2 * np.sin(y * 0.9), 0, WIDTH - 1).astype(int)]
picture = np.where((y > 102)[..., None], 0.75 * mirror + (4, 10, 18), picture)
picture = np.clip(picture + 1.5 * random.standard_normal(picture.shape), 0, 255).round().astype(np.uint8)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# Each row less the one above it, as PNG's filter 2 has it.
rows = np.vstack([np.zeros((1, WIDTH, 3), np.uint8), picture])
lines = np.hstack([np.full((HEIGHT, 1), 2, np.uint8), (rows[1:] - rows[:-1]).reshape(HEIGHT, -1)])
header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
(Path(__file__).parent / "scene.png").write_bytes(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"sRGB", b"\0") + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b""))
