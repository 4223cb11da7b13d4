"""Payloads of methods 3, 5, 6 and 7: frames, symbols by zstd. See docs/PAYLOADS.md, "Frames"."""
import math

import numpy as np
import zstandard

import enhancer
import synthesis
from arithmetic import F, basis, in_order, project

GAINS = [np.float32(g) for g in ("0.6", "0.7", "0.8", "0.9", "1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7")]


def geometry(rate):
    wanted = max(8, round(min(1024.0, rate * (96.0 / 360))))
    decimation = (wanted + 63) // 64
    taps = max(8, 2 * ((wanted + decimation) // (2 * decimation)))
    return taps * decimation, taps, decimation


def steps_table():
    ratio = 2.0
    for _ in range(5):
        ratio = math.sqrt(ratio)
    octave = [0.25]
    for _ in range(31):
        octave.append(octave[-1] * ratio)
    return [F(octave[k % 32] * 2.0 ** (k // 32)) for k in range(32 * 29 + 1)]


class CrossLead:
    def __init__(self, leads):
        self.leads = min(leads, 32)
        self.products = np.zeros((self.leads, self.leads))
        self.weights = np.zeros((self.leads, self.leads), F)
        self.weight = 0.0

    def learn(self, spectra, count):
        self.products *= 0.97
        self.weight = self.weight * 0.97 + float(count)
        wide = spectra[:, :count].astype(np.float64)
        for a in range(self.leads):
            for b in range(a + 1):
                self.products[a, b] += np.add.accumulate(wide[a] * wide[b])[-1]
        for lead in range(1, self.leads):
            self.solve(lead, 0.1 * self.weight)

    def solve(self, lead, ridge):
        lower, solution = [[0.0] * lead for _ in range(lead)], [0.0] * lead
        for i in range(lead):
            for j in range(i + 1):
                total = float(self.products[i, j])
                if i == j:
                    total += ridge
                for k in range(j):
                    total -= lower[i][k] * lower[j][k]
                if i == j:
                    if not total > 0:
                        return
                    lower[i][i] = math.sqrt(total)
                else:
                    lower[i][j] = total / lower[j][j]
        for i in range(lead):
            total = float(self.products[lead, i])
            for k in range(i):
                total -= lower[i][k] * solution[k]
            solution[i] = total / lower[i][i]
        for i in reversed(range(lead)):
            total = solution[i]
            for k in range(i + 1, lead):
                total -= lower[k][i] * solution[k]
            solution[i] = total / lower[i][i]
        for i in range(lead):
            self.weights[lead, i] = F(solution[i])


class Memory:
    def __init__(self, rate, leads, capacity, factors, offsets, window):
        self.frame, self.taps, self.decimation = geometry(rate)
        self.samples = np.zeros((leads, capacity), np.int64)
        self.levels = np.zeros((leads, capacity), np.int64)
        self.factors, self.offsets, self.window, self.count = factors, offsets, window, 0

    def advance(self):
        span = slice(self.count, self.count + self.frame)
        for lead, (factor, offset) in enumerate(zip(self.factors, self.offsets)):
            scaled = ((self.samples[lead, span] - offset) * factor + 32768) >> 16
            self.levels[lead, span] = np.clip(scaled, -2047, 2047)
        self.count += self.frame

    def order(self):
        """All positions that can be copied from, the best match first."""
        d, n = self.decimation, self.count
        back = n - self.window
        first = max(self.frame, back // d * d if back > 0 else 0)
        positions = np.arange(first, max(first, n - self.frame + 1))
        if len(positions) == 0:
            return positions
        keys = None
        for levels in self.levels:
            distance = np.zeros(len(positions), np.int64)
            anchors = levels[positions - 1]
            for tap in range(self.taps):
                window = levels[n - self.frame + tap * d] - levels[n - 1]
                difference = levels[positions - self.frame + tap * d] - anchors - window
                distance += difference * difference
            keys = distance.astype(F) if keys is None else keys + distance.astype(F)
        self.least = keys.min()
        return positions[np.lexsort((positions // d, positions % d, keys))]

    def separate(self, ordered):
        kept = []
        for position in ordered[:400]:
            if all(abs(other - position) > self.frame // 4 for other in kept):
                kept.append(position)
                if len(kept) == 16:
                    break
        return kept


class EndedCodes:
    """Section 4.1: one zstd frame of all segments, codes up to the last that is not zero."""

    def __init__(self, reader, frames, leads, coefficients, need):
        self.coefficients, self.need = coefficients, need
        self.end_width = 1 if coefficients <= 255 else 2
        copies, codes, large = reader.varint(), reader.varint(), reader.varint()
        content = zstandard.ZstdDecompressor().decompress(reader.counted())
        parts, place = [], 0
        for size in (frames, copies, self.end_width * frames * leads, codes, large):
            parts.append(type(reader)(content[place : place + size]))
            place += size
        need(place == len(content), "the symbols have another length")
        self.heads, self.buckets, self.ends, self.codes, self.large = parts

    def next(self):
        end = self.ends.u8() | (self.ends.u8() << 8 if self.end_width == 2 else 0)
        self.need(end <= self.coefficients, "more codes than coefficients")
        own = np.zeros(self.coefficients, F)
        for k in range(end):
            zigzag = self.codes.u8()
            if zigzag == 255:
                zigzag = self.large.varint()
                self.need(zigzag <= 65552, "a code that is too large")
            own[k] = zigzag >> 1 ^ -(zigzag & 1)
        return own

    def finished(self):
        return self.ends.rest + self.codes.rest + self.large.rest == 0


class RunCodes:
    """Section 4: a zstd frame for each segment, codes as runs of zeros and values."""

    def __init__(self, reader, frames, leads, coefficients, need):
        self.coefficients, self.need = coefficients, need
        copies, codes, large = reader.varint(), reader.varint(), reader.varint()
        need(codes <= frames * leads * (coefficients + 1) and large <= 5 * codes, "segments that are too long")
        decompressor = zstandard.ZstdDecompressor(format=zstandard.FORMAT_ZSTD1_MAGICLESS)
        parts = []
        for size in (frames, copies, codes, large):
            content = decompressor.decompress(reader.counted(), max_output_size=size) if size else b""
            need(len(content) == size, "a segment has another length")
            parts.append(type(reader)(content))
        self.heads, self.buckets, self.codes, self.large = parts

    def next(self):
        own, k = np.zeros(self.coefficients, F), 0
        while (symbol := self.codes.u8()) != 248:
            self.need(symbol < 248, "a symbol that does not exist")
            run, value = symbol >> 3, symbol & 7
            if run == 30:
                run += self.large.varint()
            if value == 7:
                value += self.large.varint()
            k += run + 1
            self.need(k <= self.coefficients and value < 65552, "more codes than coefficients")
            own[k - 1] = (value + 1) >> 1 ^ -((value + 1) & 1)
        return own

    def finished(self):
        return self.codes.rest + self.large.rest == 0


class Frames:
    """A chunk of frames, decoded packet by packet: its parameters, its memory, and what runs on."""

    def __init__(self, reader, signal, capacity, need, weights):
        """weights: the codec's tensors; None if it is not at hand."""
        self.signal, self.need, self.weights = signal, need, weights
        # Of each frame what the enhancer is told: surprise, spread, what was added (leads × samples), features.
        self.trace = []
        leads = len(signal["channels"])
        step_index = reader.varint()
        flags = reader.varint()
        memory_frames = reader.varint()
        exponent, self.enhanced, synthesised = flags >> 1 & 31, flags & 1, flags >> 6
        self.step_in_levels = F(32) / F(1 << exponent)
        need(step_index <= 32 * 29 and exponent <= 16 and flags < 128 and 0 < memory_frames <= 1 << 20, "parameters out of range")
        offsets, self.steps = [], []
        table = steps_table()
        for _ in range(leads):
            offsets.append(reader.svarint())
            own = reader.svarint() if leads > 1 else 0
            need(-(1 << 31) <= offsets[-1] < 1 << 31 and abs(own) <= 256, "a lead's parameters are out of range")
            self.steps.append(table[min(max(step_index + 8 * own, 0), 32 * 29)])
        factors = [min(max(round(65536.0 * float(F(32) / F(1 << exponent)) / float(step)), 1), 1 << 28) for step in self.steps]
        frame, _, _ = geometry(signal["rate"])
        self.memory = Memory(signal["rate"], leads, max(1, -(-capacity // frame)) * frame, factors, offsets, memory_frames * frame)
        self.analysis = basis(frame, frame).astype(F)
        self.inverse = np.ascontiguousarray(self.analysis.T)
        self.cross_lead = CrossLead(leads)
        self.last = np.array(offsets, np.int64)
        need(not synthesised or leads <= 64, "a synthesis of too many leads")
        # None: nothing is corrected; False: the network is not at hand.
        self.synthesis = None
        if synthesised:
            own = self.network("synthesis")
            self.synthesis = own is not None and synthesis.Synthesis(own, frame, self.steps, offsets, signal["rate"])

    def network(self, name):
        """Tensors of one of the codec's networks, which must be there if the codec is at hand; None if it is not."""
        if self.weights is None:
            return None
        own = {key[len(name) + 1 :]: tensor for key, tensor in self.weights.items() if key.startswith(name + ".")}
        self.need(own, f"the codec has no {name}")
        return own

    def decode(self, reader, count, method, bits, undecodable):
        """The next `count` samples of each lead."""
        memory, need = self.memory, self.need
        leads, frame, start = len(self.steps), memory.frame, memory.count
        frames, coefficients = -(-count // frame), frame
        symbols = (EndedCodes if method in (3, 5) else RunCodes)(reader, frames, leads, coefficients, need)
        heads, buckets = symbols.heads, symbols.buckets
        rest = bits(reader.take(reader.rest))
        if self.synthesis is False:
            raise undecodable("the synthesis")
        network = self.network("enhancer") if self.enhanced else None
        if self.enhanced and network is None:
            raise undecodable("the enhancer")

        for _ in range(frames):
            head = heads.u8()
            mode, gain = head & 7, head >> 3
            need(mode < 6 and gain < len(GAINS), "a mode or gain that does not exist")
            ordered = memory.order()
            separate = memory.separate(ordered)
            if mode == 1:
                bucket = buckets.u8()
                need(bucket < 24, "a rank beyond every memory")
                rank = rest.next(bucket) + (1 << bucket) - 1
                need(rank < len(ordered), "a copy from where there is nothing")
                positions = [ordered[rank]]
            elif mode > 1:
                need(len(separate) >= 1 << (mode - 1), "a mean of more matches than there are")
                positions = separate[: 1 << (mode - 1)]
            else:
                positions = []

            copy = np.zeros((leads, frame), F)
            copy_spectra = np.zeros((leads, coefficients), F)
            innovation = np.zeros((leads, coefficients), F)
            for lead in range(leads):
                step = self.steps[lead]
                if positions:
                    samples = memory.samples[lead]
                    total = sum(samples[p : p + frame] - samples[p - 1] for p in positions)
                    copy[lead] = (total.astype(F) * (F(1) / F(len(positions)))) * GAINS[gain]
                    copy_spectra[lead] = project(self.analysis, copy[lead], np.zeros(coefficients, F)) * (F(1) / step)
                cross = np.zeros(coefficients, F)
                for source in range(min(lead, 32) if lead < self.cross_lead.leads else 0):
                    weight = self.cross_lead.weights[lead, source]
                    if weight != 0:
                        cross = cross + weight * innovation[source]
                own = symbols.next()
                innovation[lead] = cross + own

            values, expected, spread, known = self.outlook(separate)
            rank_feature = F(math.floor(math.log2(rank + 1))) / F(12) - F(1) if mode == 1 else F(0)
            features = [F(mode == 0), F(mode == 1), F(mode > 1), *(F(value) / F(8) - F(1) for value in known), rank_feature]
            steps, inverse = np.array(self.steps)[:, None], (F(1) / np.array(self.steps))[:, None]
            residual = project(self.inverse, innovation * steps, copy)
            if self.synthesis:
                told = features + [F(mode) / F(5), F(gain - 4) / F(4)]
                residual = residual + self.synthesis.correct(residual, copy, self.last, (values, expected, spread), told) * steps
            self.trace.append((expected - residual * inverse, spread, (residual - copy) * inverse, features + [F(1)]))
            change = np.rint(np.clip(np.where(np.isnan(residual), F(-1e10), residual), F(-1e10), F(1e10))).astype(np.int64)
            low, high = np.array(self.signal["ranges"]).T[:, :, None]
            samples = np.clip(self.last[:, None] + change, low, high)
            memory.samples[:, memory.count : memory.count + frame] = samples
            if self.synthesis:
                self.synthesis.remember(samples, self.last)
            self.last = samples[:, -1].copy()
            if leads > 1:
                self.cross_lead.learn((copy_spectra + innovation)[:32], min(64, coefficients))
            memory.advance()
        need(heads.rest + buckets.rest == 0 and symbols.finished() and rest.finished(), "more symbols than frames")
        if self.enhanced:
            return enhancer.enhance(network, self, start, start + count, self.signal)
        return memory.samples[:, start : start + count]

    def outlook(self, separate):
        """What followed the separate matches, in steps, leads × matches × samples, its mean and its variance; match, disagreement, energy."""
        memory = self.memory
        leads, frame = len(self.steps), memory.frame
        values = np.zeros((leads, len(separate), frame), F)
        expected, spread = np.zeros((leads, frame), F), np.zeros((leads, frame), F)
        if not separate:
            return values, expected, spread, (0, 0, 0)
        share, inverse = F(1) / F(len(separate)), (F(1) / np.array(self.steps))[:, None]
        for k, p in enumerate(separate):
            # Differences have 32 bits.
            values[:, k] = (memory.samples[:, p : p + frame] - memory.samples[:, p - 1, None]).astype(np.int32).astype(F) * inverse
            expected = expected + values[:, k]
            spread = spread + values[:, k] * values[:, k]
        expected = expected * share
        spread = np.maximum(F(0), spread * share - expected * expected)
        energy, variance = in_order((expected * expected).ravel()), in_order(spread.ravel())
        unit = self.step_in_levels * self.step_in_levels * F(leads) * F(memory.taps)
        return values, expected, spread, enhancer.classes(energy / F(leads * frame), variance / F(leads * frame), memory.least / unit)
