"""Makes the sample recordings of this folder: artificial ECGs.

The model is that of P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Transactions on Biomedical Engineering 50(3), 2003: a point runs around a circle in (x, y), once a
beat, and z is pulled up and down by one Gaussian for each of the waves P, Q, R, S, T as the point passes its angle. Added here:
ectopic beats (another set of waves for one round), several leads (another set of amplitudes each), muscle noise, mains hum.

Needs numpy. Usage: python3 make.py [FOLDER]
"""
import sys
from dataclasses import dataclass
from pathlib import Path
import numpy as np

ANGLES = np.radians([-70, -15, 0, 15, 100])        # of P, Q, R, S, T at 60 beats a minute (table I of the paper)
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
NORMAL = np.array([1.2, -5.0, 30.0, -7.5, 0.75])   # amplitudes
ECTOPIC_ANGLES = np.radians([-70, -38, 0, 42, 105])
ECTOPIC_WIDTHS = np.array([0.25, 0.22, 0.30, 0.28, 0.45])
ECTOPIC = np.array([0.0, -0.5, 4.6, -2.8, -0.8])     # no P, a wide QRS, T the other way


def beat_intervals(rng, seconds, heart_rate, deviation, ectopic):
    """Intervals between beats in seconds, and which beats are ectopic: RR variability with the two peaks of its spectrum at 0.1 Hz
    (blood pressure) and 0.25 Hz (breathing), power ratio 0.5; an ectopic beat comes early and is followed by a pause."""
    rate, count = 4.0, 1 << 11
    f = np.fft.rfftfreq(count, 1 / rate)
    spectrum = 0.5 * np.exp(-0.5 * ((f - 0.1) / 0.01) ** 2) / 0.01 + np.exp(-0.5 * ((f - 0.25) / 0.01) ** 2) / 0.01
    series = np.fft.irfft(np.sqrt(spectrum) * np.exp(2j * np.pi * rng.random(len(f))), count)
    mean = 60 / heart_rate
    series = mean + series * (deviation * mean / heart_rate / series.std())
    intervals, kinds, t = [], [], 0.0
    while t < seconds + 2:
        early = bool(kinds) and not kinds[-1] and len(kinds) > 3 and rng.random() < ectopic
        interval = series[int(t * rate) % count]
        if kinds and kinds[-1]: interval *= 1.38        # the pause
        if early: interval *= 0.66
        intervals.append(interval)
        kinds.append(early)
        t += interval
    return np.array(intervals), np.array(kinds)


@dataclass
class Lead:
    """How a lead sees the waves: a factor for each of P, Q, R, S, T, and one for ectopic beats."""
    name: str
    waves: tuple
    ectopic: float = 1.0


def model(rng, leads, rate, seconds, heart_rate=72, deviation=3.0, ectopic=0.0, breathing=0.25, wander=0.06):
    """Potentials in mV, leads x samples, without noise: the three coupled equations by Runge-Kutta of fourth order. And the beats: the
    samples nearest to where the point passes the angle of R, and whether they are ectopic."""
    intervals, kinds = beat_intervals(rng, seconds, heart_rate, deviation, ectopic)
    factor = np.sqrt(heart_rate / 60)                   # waves move together when the heart beats faster
    shift = np.array([np.sqrt(factor), factor, 1, factor, np.sqrt(factor)])
    angles, widths = np.stack([ANGLES, ECTOPIC_ANGLES]) * shift, np.stack([WIDTHS, ECTOPIC_WIDTHS]) * factor
    a = np.stack([NORMAL * np.array([lead.waves for lead in leads]), ECTOPIC * np.array([[lead.ectopic] * 5 for lead in leads])])

    def slope(state, t, beat):
        x, y, z = state[0], state[1], state[2:]
        omega, kind = 2 * np.pi / intervals[beat], int(kinds[beat])
        alpha = 1 - np.hypot(x, y)
        d = np.arctan2(y, x) - angles[kind]
        d -= 2 * np.pi * np.round(d / (2 * np.pi))
        # omega / 2 pi keeps the waves' size when the point runs faster or slower.
        pull = -(a[kind] * d * np.exp(-0.5 * (d / widths[kind]) ** 2)).sum(1) * omega / (2 * np.pi)
        rest = 0.005 * np.sin(2 * np.pi * breathing * t)
        return np.concatenate([[alpha * x - omega * y, alpha * y + omega * x], pull - (z - rest)])

    count, h = int(seconds * rate), 1 / rate
    out = np.zeros((count + int(2 * rate), len(leads)))
    state, beat, before, beats = np.concatenate([[-1.0, 0.0], np.zeros(len(leads))]), 0, -np.pi, []
    for i in range(len(out)):                           # the first two seconds settle
        out[i] = state[2:]
        t = i * h
        k1 = slope(state, t, beat)
        k2 = slope(state + h / 2 * k1, t + h / 2, beat)
        k3 = slope(state + h / 2 * k2, t + h / 2, beat)
        k4 = slope(state + h * k3, t + h, beat)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        angle = np.arctan2(state[1], state[0])
        if angle < before - np.pi: beat = min(beat + 1, len(intervals) - 1)
        if before < 0 <= angle < 1: beats.append((round(i + 1 - angle / (angle - before)) - int(2 * rate), bool(kinds[beat])))
        before = angle
    z = out[-count:].T
    # The paper scales to -0.4 ... 1.2 mV; one scale for all leads keeps their relation.
    z = z * (1.6 / np.ptp(z[np.argmax(np.ptp(z, axis=1))]))
    t = np.arange(count) / rate
    slow = np.cumsum(rng.standard_normal((len(leads), count)), axis=1)
    slow = np.array([np.convolve(s - np.linspace(s[0], s[-1], count), np.ones(int(rate)) / int(rate), "same") for s in slow])
    slow *= wander / (slow.std(axis=1, keepdims=True) + 1e-9)
    potentials = z + slow + wander * np.sin(2 * np.pi * breathing * t + rng.random((len(leads), 1)))
    return potentials, [(sample, kind) for sample, kind in beats if 0 <= sample < count]


def noise(rng, shape, rate, muscle, mains):
    """Muscle noise (Gaussian, 20 Hz up, in bursts) and 50 Hz hum that comes and goes, in mV."""
    count = shape[1]
    f = np.fft.rfftfreq(count, 1 / rate)
    spectrum = np.fft.rfft(rng.standard_normal(shape), axis=1) * (f > 20) / (1 + (f / 90) ** 2)
    t = np.arange(count) / rate
    bursts = 0.6 + 0.8 * np.clip(np.sin(2 * np.pi * t / 23 + rng.random((shape[0], 1)) * 6), 0, 1) ** 2
    emg = np.fft.irfft(spectrum, count, axis=1)
    emg *= muscle / emg.std(axis=1, keepdims=True) * bursts
    return emg + mains * (1 + 0.5 * np.sin(2 * np.pi * t / 17)) * np.sin(2 * np.pi * 50 * t)


def pack212(samples):
    """Interleaved 12-bit samples, an even number, two in three bytes."""
    a, b = samples[0::2] & 0xFFF, samples[1::2] & 0xFFF
    return np.stack([a & 0xFF, a >> 8 | b >> 8 << 4, b & 0xFF], 1).astype(np.uint8).tobytes()


def write(folder, name, rate, names, samples, form, gain, resolution, zero, comments):
    """A WFDB record of integer samples, leads x samples."""
    flat = samples.T.reshape(-1)
    (folder / f"{name}.dat").write_bytes(pack212(flat) if form == 212 else flat.astype("<i2").tobytes())
    lines = [f"{name} {len(names)} {rate} {samples.shape[1]}"]
    for lead, s in zip(names, samples):
        checksum = (int(s.sum()) + 32768) % 65536 - 32768
        lines.append(f"{name}.dat {form} {gain}/mV {resolution} {zero} {s[0]} {checksum} 0 {lead}")
    (folder / f"{name}.hea").write_text("\n".join(lines + [f"# {c}" for c in comments]) + "\n")


def annotate(folder, name, beats):
    """A WFDB annotation file (MIT format): N (1) for normal beats, V (5) for ectopic ones."""
    words, last = [], 0
    for sample, ectopic in beats:
        if sample - last > 1023: words += [59 << 10, sample - last >> 16, sample - last & 0xFFFF]
        words.append((5 if ectopic else 1) << 10 | (sample - last if sample - last <= 1023 else 0))
        last = sample
    (folder / f"{name}.atr").write_bytes(np.array([*words, 0], "<u2").tobytes())


def digital(mv, gain, zero, bits):
    """Converter output: rounded, limited to its range."""
    low = zero - (1 << (bits - 1))
    return np.clip(np.round(mv * gain).astype(int) + zero, low, low + (1 << bits) - 1)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    told = "Artificial: model of McSharry, Clifford, Tarassenko, Smith (2003), made by make.py"

    rng = np.random.default_rng(1)
    mv, beats = model(rng, [Lead("MLII", (1, 1, 1, 1, 1))], 360, 120, heart_rate=68, deviation=3)
    mv += noise(rng, mv.shape, 360, 0.012, 0.006)
    write(folder, "ecg1", 360, ["MLII"], digital(mv, 200, 1024, 11), 212, 200, 11, 1024, [told])
    annotate(folder, "ecg1", beats)

    rng = np.random.default_rng(2)
    leads = [Lead("ECG1", (1, 0.8, 1, 1, 1.1)), Lead("ECG2", (0.6, 0.4, 0.35, 2.6, 0.8), -0.8)]
    mv, beats = model(rng, leads, 250, 120, heart_rate=78, deviation=4, ectopic=0.07, wander=0.09)
    mv += noise(rng, mv.shape, 250, 0.015, 0.004)
    write(folder, "ecg2", 250, [lead.name for lead in leads], digital(mv, 200, 0, 12), 212, 200, 12, 0, [told, "With ectopic beats"])
    annotate(folder, "ecg2", beats)

    rng = np.random.default_rng(3)
    chest = [Lead("V1", (0.5, 0, 0.22, 3.2, -0.6)), Lead("V2", (0.6, 0, 0.45, 4.2, 1.2)), Lead("V3", (0.6, 0.1, 0.75, 3.0, 1.7)),
             Lead("V4", (0.7, 0.5, 1.15, 1.6, 1.6)), Lead("V5", (0.7, 0.9, 1.1, 0.7, 1.2)), Lead("V6", (0.7, 1.0, 0.85, 0.3, 0.9))]
    leads = [Lead("I", (0.7, 0.9, 0.6, 0.5, 0.8)), Lead("II", (1, 0.7, 0.9, 0.7, 1.0)), *chest]
    mv, beats = model(rng, leads, 500, 10, heart_rate=64, deviation=2, wander=0.03)
    mv += noise(rng, mv.shape, 500, 0.008, 0.003)
    one, two, *rest = digital(mv, 1000, 0, 16)
    # Einthoven and Goldberger, as carts compute them from the two measured leads.
    limb = [one, two, two - one, -((one + two) >> 1), one - (two >> 1), two - (one >> 1)]
    names = ["I", "II", "III", "aVR", "aVL", "aVF", *(lead.name for lead in chest)]
    write(folder, "ecg12", 500, names, np.array([*limb, *rest]), 16, 1000, 16, 0, [told])
    annotate(folder, "ecg12", beats)

    rng = np.random.default_rng(4)
    mv = model(rng, [Lead("ECG", (1, 1, 1, 1, 1))], 250, 10, heart_rate=75)[0][0] + noise(rng, (1, 2500), 250, 0.01, 0.005)[0]
    (folder / "ecg.csv").write_text(f"# {told}\n# Sampling rate: 250 Hz; unit: mV\nECG\n" + "".join(f"{v:.3f}\n" for v in mv + 0.0))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
