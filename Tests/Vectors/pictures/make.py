"""Makes the pictures in this folder: python3 make.py (Pillow 11, its own libjpeg and libtiff). All show the same 24 x 17 pixels, `pixels.ppm` and `pixels16.pgm`."""
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

here = Path(__file__).parent
y, x = np.mgrid[:17, :24]
rgb = np.stack([x * 10, y * 15, (x * y) % 256], 2).astype(np.uint8)
grey = (x * 10).astype(np.uint8)
grey16 = (x * 2700 + y * 101).astype(np.uint16)
(here / "pixels.ppm").write_bytes(b"P6\n24 17\n255\n" + rgb.tobytes())
(here / "pixels16.pgm").write_bytes(b"P5\n24 17\n65535\n" + grey16.astype(">u2").tobytes())

exif = Image.Exif()
exif[0x0112] = 6
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
Image.fromarray(rgb).save(here / "rgb.jpg", quality=90, exif=exif, icc_profile=profile)
Image.fromarray(rgb).save(here / "progressive.jpg", quality=90, progressive=True)
Image.fromarray(grey).save(here / "grey.jpg", quality=90)
Image.fromarray(np.dstack([rgb, grey]), "CMYK").save(here / "cmyk.jpg", quality=90)

Image.fromarray(rgb).save(here / "rgb.tif", compression="tiff_lzw", icc_profile=profile)
Image.fromarray(grey16).save(here / "grey16.tif")
Image.fromarray(grey16.astype(np.float32)).save(here / "float.tif")
Image.fromarray(rgb).save(here / "pages.tif", save_all=True, append_images=[Image.fromarray(rgb)])
Image.fromarray(np.dstack([rgb, grey]), "CMYK").save(here / "cmyk.tif")


def tiff(name, tags, data):
    """Big-endian, one directory; a tag is (number, type, values), data stand behind the directory and `None` values are offsets into it."""
    base = 8 + 2 + 12 * len(tags) + 4
    entries, extra = b"", b""
    for number, kind, values in sorted(tags):
        form = {3: "H", 4: "I"}[kind]
        packed = b"".join(struct.pack(">" + form, base + v if number in (273, 324) else v) for v in values)
        if len(packed) > 4:
            packed, extra = struct.pack(">I", base + len(data) + len(extra)), extra + packed
        entries += struct.pack(">HHI", number, kind, len(values)) + packed.ljust(4, b"\0")
    (here / name).write_bytes(b"MM\0*\0\0\0\x08" + struct.pack(">H", len(tags)) + entries + b"\0\0\0\0" + data + extra)


size = [(256, 3, [24]), (257, 3, [17]), (259, 3, [1])]
# 16 x 16 tiles, 16 bits, most significant byte first; what is beyond the picture is 7.
tiles = [np.full((16, 16), 7, np.uint16) for _ in range(4)]
for k in range(4):
    part = grey16[k // 2 * 16 : k // 2 * 16 + 16, k % 2 * 16 : k % 2 * 16 + 16]
    tiles[k][: part.shape[0], : part.shape[1]] = part
tiff(
    "tiled16.tif",
    size + [(258, 3, [16]), (262, 3, [1]), (277, 3, [1]), (322, 3, [16]), (323, 3, [16]), (324, 4, [512 * k for k in range(4)]), (325, 4, [512] * 4)],
    b"".join(t.astype(">u2").tobytes() for t in tiles))
# White is 0; two strips.
tiff(
    "white16.tif",
    size + [(258, 3, [16]), (262, 3, [0]), (277, 3, [1]), (278, 3, [10]), (273, 4, [0, 480]), (279, 4, [480, 336])],
    (65535 - grey16).astype(">u2").tobytes())
tiff(
    "planes.tif",
    size + [(258, 3, [8, 8, 8]), (262, 3, [2]), (277, 3, [3]), (278, 3, [17]), (284, 3, [2]), (273, 4, [0, 408, 816]), (279, 4, [408] * 3)],
    rgb.transpose(2, 0, 1).tobytes())
