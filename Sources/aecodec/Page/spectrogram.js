// Spectrograms: the power of a sound over time and frequency, drawn from its samples.

// Colours of power, from silence to full scale; those of matplotlib's "magma", by a few of its stops.
const heat = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129], [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135], [252, 253, 191]];
function heatOf(part) {
  const place = Math.max(0, Math.min(1, part)) * (heat.length - 1);
  const [k, rest] = [Math.min(Math.floor(place), heat.length - 2), place - Math.min(Math.floor(place), heat.length - 2)];
  return heat[k].map((value, c) => value + rest * (heat[k + 1][c] - value));
}

// Squared magnitudes of size / 2 + 1 bins of `size` samples, a power of two; re is changed.
function powerSpectrum(re) {
  const size = re.length;
  const im = new Float64Array(size);
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let length = 2; length <= size; length *= 2) {
    const [half, angle] = [length / 2, (-2 * Math.PI) / length];
    for (let p = 0; p < half; p++) {
      const [c, s] = [Math.cos(angle * p), Math.sin(angle * p)];
      for (let i = p; i < size; i += length) {
        const [x, y] = [re[i + half] * c - im[i + half] * s, re[i + half] * s + im[i + half] * c];
        [re[i + half], im[i + half]] = [re[i] - x, im[i] - y];
        [re[i], im[i]] = [re[i] + x, im[i] + y];
      }
    }
  }
  return Float64Array.from({ length: size / 2 + 1 }, (_, k) => re[k] ** 2 + im[k] ** 2);
}

// A canvas with a column for each of so many moments and a row for each bin, high frequencies at the top. Frames of about 32 ms; 90 dB from black to white.
function spectrogram(samples, rate, columns) {
  let size = 64;
  while (size < 4096 && size * 1.4 < rate * 0.032) size *= 2;
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const [bins, scale] = [size / 2 + 1, (4 / size) ** 2];
  const image = new ImageData(columns, bins);
  for (let column = 0; column < columns; column++) {
    const start = Math.round(((column + 0.5) / columns) * samples.length - size / 2);
    const power = powerSpectrum(window.map((w, i) => w * (samples[start + i] ?? 0)));
    for (let k = 0; k < bins; k++) {
      const [r, g, b] = heatOf(1 + (10 * Math.log10(power[k] * scale + 1e-12)) / 90);
      image.data.set([r, g, b, 255], 4 * ((bins - 1 - k) * columns + column));
    }
  }
  const canvas = make("canvas", { width: columns, height: bins });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
