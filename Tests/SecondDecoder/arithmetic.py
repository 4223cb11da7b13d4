"""What several parts compute with: fused products, functions and the transform of docs/PAYLOADS.md, all rounded as it says."""
import math

import numpy as np

F = np.float32
EXP = [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]
LOG = [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1,
    3.3333331174e-1,
]
np.seterr(all="ignore")


def fma(a, b, c):
    """a × b + c of 32-bit numbers, rounded once."""
    # The product is exact in 64 bits. The sum is rounded there first: that shows only where it then lies in the middle between two 32-bit numbers.
    product = np.multiply(a, b, dtype=np.float64)
    wide = np.asarray(product + c)
    middle = wide.view(np.int64) & 0x1FFFFFFF == 0x10000000
    if middle.any():
        other = wide - product
        lost = (product - (wide - other)) + (c - other)
        wide = np.where(middle & (lost != 0), np.nextafter(wide, np.where(lost > 0, np.inf, -np.inf)), wide)
    return wide.astype(F)


def limit(a, bound):
    return np.where(a > -F(bound), np.where(a < F(bound), a, F(bound)), -F(bound)).astype(F)


def exponential(a):
    x, magic = np.clip(a, F(-87.33), F(87.33)), F(1.5 * 2**23)
    k = fma(x, F(float.fromhex("0x1.715476p0")), magic) - magic
    r = fma(k, F(2.12194440e-4), fma(k, F(-0.693359375), x))
    p = np.full_like(r, F(EXP[0]))
    for coefficient in EXP[1:]:
        p = fma(p, r, F(coefficient))
    return (fma(p, r * r, r) + F(1)) * np.exp2(k.astype(np.float64)).astype(F)


def natural_logarithm(a):
    significand, exponent = np.frexp(np.maximum(a, F(2.0**-126)))
    low = significand < F(float.fromhex("0x1.6a09e6p-1"))
    m = np.where(low, significand + significand, significand) - F(1)
    e, z = (exponent - low).astype(F), m * m
    p = np.full_like(m, F(LOG[0]))
    for coefficient in LOG[1:]:
        p = fma(p, m, F(coefficient))
    p = fma(z, F(-0.5), fma(e, F(-2.12194440e-4), p * m * z))
    return fma(e, F(0.693359375), m + p)


def silu(a):
    return a * (F(1) / (exponential(-a) + F(1)))


def cosine(numerator, denominator):
    """cos(π numerator / denominator), of an array of integers."""
    n = numerator % (2 * denominator)
    n = np.where(n > denominator, 2 * denominator - n, n)
    negative = 2 * n > denominator
    n = np.where(negative, denominator - n, n)
    x = 3.141592653589793 * n / denominator
    square, term, total = x * x, np.ones(n.shape), np.ones(n.shape)
    for k in range(1, 13):
        term = -term * square / float(2 * k * (2 * k - 1))
        total = total + term
    return np.where(negative, -total, total)


def basis(length, count):
    """The first `count` vectors of the orthonormal DCT of a length: [sample][coefficient], 64 bits."""
    i, k = np.arange(length)[:, None], np.arange(count)[None, :]
    scale = np.array([math.sqrt((1.0 if c == 0 else 2.0) / length) for c in range(count)])
    return scale * cosine((2 * i + 1) * k, 2 * length)


def project(matrix, x, y):
    """y + sum over rows of x[..., row] * matrix[row], one row after the other, in float32."""
    for row, line in enumerate(matrix):
        factor = x[..., row, None]
        y = np.where(factor != 0, y + factor * line, y)
    return y


def in_order(terms):
    """The sum over the last axis, from its first term to its last."""
    return np.add.accumulate(terms, axis=-1)[..., -1]
