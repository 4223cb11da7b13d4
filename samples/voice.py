"""Makes voice.wav: an artificial voice, a glottal pulse train through formants with some noise. Nobody spoke it. Python with numpy; always the same file."""
import wave
from pathlib import Path

import numpy as np

RATE, SECONDS = 16000, 6
# First three formants in Hz of five vowels, and a hiss (0: unvoiced).
SOUNDS = [(730, 1090, 2440), (270, 2290, 3010), (0, 0, 0), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)]


def resonator(x, frequency, width):
    """A second-order resonance whose frequency may change from sample to sample."""
    y = np.zeros_like(x)
    r = np.exp(-np.pi * width / RATE)
    a = 2 * r * np.cos(2 * np.pi * frequency / RATE)
    for n in range(len(x)):
        y[n] = (1 - r) * x[n] + a[n] * y[n - 1] * (n > 0) - r * r * y[n - 2] * (n > 1)
    return y


def main():
    rng = np.random.default_rng(7)
    n = RATE * SECONDS
    order = [rng.integers(len(SOUNDS)) for _ in range(SECONDS * 4)]
    ends = np.cumsum(rng.uniform(0.12, 0.34, len(order)))
    t = np.arange(n) / RATE
    sound = np.searchsorted(ends, t).clip(0, len(order) - 1)
    smooth = np.hanning(961) / np.hanning(961).sum()
    formants = [np.convolve([SOUNDS[order[s]][k] or 1500 + 900 * k for s in sound], smooth, "same").clip(200, 3800) for k in range(3)]
    voiced = np.convolve([1.0 if SOUNDS[order[s]][0] else 0.0 for s in sound], smooth, "same")
    pitch = 125 + 25 * np.sin(2 * np.pi * 0.4 * t) + 12 * np.sin(2 * np.pi * 1.7 * t) - 4 * t
    phase = np.cumsum(pitch / RATE)
    glottis = (np.diff(np.floor(phase), prepend=0) > 0) * voiced * 9
    breath = rng.normal(0, 1, n) * (0.02 + 0.35 * (1 - voiced))
    hiss = np.diff(breath, prepend=0) * 1.5
    x = sum(resonator(glottis * 0.9**k + 0.4 * breath, f, 60 + 40 * k) for k, f in enumerate(formants)) + hiss * (1 - voiced) * 0.6
    pauses = np.ones(n)
    for start in (1.7, 4.1):
        pauses *= 1 - ((t > start) & (t < start + 0.35))
    x = np.convolve(x * pauses, [0.25, 0.5, 0.25], "same")
    x = x / np.sqrt(np.mean(x * x)) * 1800 + rng.normal(0, 3, n)
    with wave.open(str(Path(__file__).with_name("voice.wav")), "wb") as file:
        file.setparams((1, 2, RATE, n, "NONE", ""))
        file.writeframes(np.round(x).clip(-32768, 32767).astype("<i2").tobytes())


main()
