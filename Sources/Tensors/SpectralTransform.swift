import CKernels

/// The short-time Fourier transform with a periodic Hann window, and its inverse (Griffin and Lim 1984). Both can be differentiated, and give the
/// same bits everywhere.
///
/// ```swift
/// let transform = SpectralTransform(size: 512, hop: 160)
/// let spectra = transform.spectra(of: sound)                            // [batch, samples] -> [batch, frames, 2 * 257]
/// let (re, im) = (transform.real(spectra), transform.imaginary(spectra)) // [batch, frames, 257] each
/// let back = transform.signal(from: spectra, length: samples)           // [batch, samples]
/// ```
///
/// A spectrum is `bins` real parts, then as many imaginary parts; of bins 0 and `bins` - 1 the imaginary part is zero, and does not count on the way
/// back. There is no scaling on the way there: a bin is the sum of window * samples * e^(-2 pi i k t / size).
public struct SpectralTransform: Sendable {
  /// What stands before the first sample and behind the last.
  public enum Edges: Sendable {
    /// Frames lie within the signal: frame t covers samples t * hop ..< t * hop + size.
    case none
    /// The middle of frame t is sample t * hop, and zeros stand around the signal: `torch.stft` with `center=True, pad_mode="constant"`.
    case zeros
    /// The same, but the signal is mirrored at its first and last sample: `pad_mode="reflect"`. Signals must be longer than size / 2.
    case mirrored
  }

  /// Samples of a frame, a power of two from 4 to 4096.
  public let size: Int
  /// Samples from one frame to the next, 1 to `size`.
  public let hop: Int
  /// What stands around the signal.
  public let edges: Edges
  let window: Tensor
  private let turns: Tensor

  /// A transform with tables of its own: make it once. Sizes and hops other than those above are errors of the caller.
  public init(size: Int, hop: Int, edges: Edges = .zeros) {
    precondition(
      size >= CK_FOURIER_SMALLEST && size <= CK_FOURIER_LARGEST && size & (size - 1) == 0,
      "the size of a spectral transform is a power of two, 4 to 4096")
    precondition(hop >= 1 && hop <= size, "the hop of a spectral transform is 1 to its size")
    (self.size, self.hop, self.edges) = (size, hop, edges)
    window = Tensor((0..<size).map { Float(0.5 - 0.5 * cosine(2 * $0, over: size)) })
    turns = Tensor((0...size / 2).flatMap { [Float(cosine(2 * $0, over: size)), Float(cosine(4 * $0 - size, over: 2 * size))] })
  }

  /// Frequencies, from 0 to half the sample rate.
  public var bins: Int { size / 2 + 1 }

  /// Frames of a signal of `length` samples, 0 where it is too short.
  public func frames(of length: Int) -> Int {
    let whole = length + 2 * margin
    return whole < size ? 0 : (whole - size) / hop + 1
  }

  /// x [batch, samples] to [batch, frames, 2 * bins].
  /// - Parameter count: of the first frames, if not all are wanted.
  public func spectra(of x: Variable, frames count: Int? = nil) -> Variable {
    precondition(x.shape.count == 2 && (edges != .mirrored || x.shape[1] > margin), "a signal of shape \(x.shape) for a transform of \(size)")
    let length = x.shape[1]
    let count = count ?? frames(of: length)
    precondition(count >= 0 && count <= frames(of: length), "\(count) frames of a signal that has \(frames(of: length))")
    return record(transformed(extended(x.value), frames: count, inner: 1), [x]) { gradient, tape in
      tape.add(folded(overlapped(gradient, length: length, inner: 1), length: length), to: x)
    }
  }

  /// The signal [batch, length] whose frames are nearest to spectra [batch, frames, 2 * bins] by squares: frames back from spectra, windowed, added
  /// where they overlap, and divided by the sum of the squared windows there. It undoes `spectra(of:)` for edges but `.none` and a hop of at most
  /// half the size.
  /// - Parameter length: one that has so many frames, or more: those behind count as zero.
  public func signal(from spectra: Variable, length: Int) -> Variable {
    precondition(edges != .none && hop <= size / 2, "frames that leave samples without a window have no inverse")
    precondition(
      spectra.shape.count == 3 && spectra.shape[1] <= frames(of: length) && spectra.shape[2] == 2 * bins,
      "spectra of shape \(spectra.shape) for \(length) samples by a transform of \(size) every \(hop)")
    let frames = spectra.shape[1]
    let shares = shares(length: length)
    let whole = overlapped(spectra.value, length: length, inner: 2)
    return record(cut(whole, shares), [spectra]) { gradient, tape in
      tape.add(transformed(padded(gradient, shares), frames: frames, inner: 2), to: spectra)
    }
  }

  /// The real parts [batch, frames, bins] of spectra.
  public func real(_ spectra: Variable) -> Variable { spectra.slice(0..<bins, axis: 2) }
  /// The imaginary parts [batch, frames, bins] of spectra.
  public func imaginary(_ spectra: Variable) -> Variable { spectra.slice(bins..<2 * bins, axis: 2) }
  /// The squared magnitudes [batch, frames, bins] of spectra.
  public func power(_ spectra: Variable) -> Variable { real(spectra).squared() + imaginary(spectra).squared() }

  private var margin: Int { edges == .none ? 0 : size / 2 }

  // --- Frames to spectra and back, of signals with their margins ---

  private func transformed(_ whole: Tensor, frames: Int, inner: Float) -> Tensor {
    let (batch, pitch) = (whole.shape[0], whole.shape[1])
    let result = Tensor(uninitialized: [batch, frames, 2 * bins])
    let (from, to, window, turns) = (whole.pointer, result.pointer, window.pointer, turns.pointer)
    forGroups(batch, frames) { item, range in
      ck_fourier(
        range.count, size, from + item * pitch + range.lowerBound * hop, hop, window, turns, inner,
        to + (item * frames + range.lowerBound) * 2 * bins)
    }
    return result
  }

  /// Frames from spectra, windowed and added up: [batch, length + margins], in the order of the frames.
  private func overlapped(_ spectra: Tensor, length: Int, inner: Float) -> Tensor {
    let (batch, frames, pitch) = (spectra.shape[0], spectra.shape[1], length + 2 * margin)
    let (pieces, whole) = (Tensor(uninitialized: [batch, frames, size]), Tensor(zeros: [batch, pitch]))
    let (from, to, sum, window, turns) = (spectra.pointer, pieces.pointer, whole.pointer, window.pointer, turns.pointer)
    forGroups(batch, frames) { item, range in
      let first = item * frames + range.lowerBound
      ck_fourier_transposed(range.count, size, from + first * 2 * bins, turns, inner, to + first * size)
    }
    withExtendedLifetime(pieces) {
      Threads.parallelFor(batch) { items in
        for item in items {
          for frame in 0..<frames { ck_multiply_add(size, window, to + (item * frames + frame) * size, sum + item * pitch + frame * hop) }
        }
      }
    }
    return whole
  }

  /// Calls `body` with an item of a batch and some of its frames, whole groups of those that the kernels run side by side.
  private func forGroups(_ batch: Int, _ frames: Int, _ body: (Int, Range<Int>) -> Void) {
    let width = Int(CK_FOURIER_ROWS)
    let groups = (frames + width - 1) / width
    Threads.parallelFor(batch * groups, grain: max(1, elementGrain / (4 * size))) { range in
      for index in range {
        let first = index % groups * width
        body(index / groups, first..<min(frames, first + width))
      }
    }
  }

  // --- Margins ---

  /// x [batch, length] with its margins.
  private func extended(_ x: Tensor) -> Tensor {
    let (batch, length) = (x.shape[0], x.shape[1])
    guard margin > 0 else { return x }
    let result = Tensor(zeros: [batch, length + 2 * margin])
    for item in 0..<batch {
      let (from, to) = (x.pointer + item * length, result.pointer + item * (length + 2 * margin) + margin)
      to.update(from: from, count: length)
      guard edges == .mirrored else { continue }
      for i in 1...margin { (to[-i], to[length - 1 + i]) = (from[i], from[length - 1 - i]) }
    }
    return result
  }

  /// The transpose of `extended`.
  private func folded(_ whole: Tensor, length: Int) -> Tensor {
    guard margin > 0 else { return whole }
    let batch = whole.shape[0]
    let result = Tensor(uninitialized: [batch, length])
    for item in 0..<batch {
      let (from, to) = (whole.pointer + item * (length + 2 * margin) + margin, result.pointer + item * length)
      to.update(from: from, count: length)
      guard edges == .mirrored else { continue }
      for i in 1...margin {
        to[i] += from[-i]
        to[length - 1 - i] += from[length - 1 + i]
      }
    }
    return result
  }

  /// 1 / (size * the sum of the squared windows over a sample) for each of `length` samples.
  private func shares(length: Int) -> Tensor {
    let (frames, squares) = (frames(of: length), window.values.map { Double($0) * Double($0) })
    let result = Tensor(uninitialized: [length])
    let to = result.pointer
    for i in 0..<length {
      let place = margin + i
      guard place < size || place >= frames * hop else {
        // Just so many windows lie over the sample a hop before, just so.
        to[i] = to[i - hop]
        continue
      }
      let covering = (place < size ? 0 : (place - size) / hop + 1)...min(frames - 1, place / hop)
      to[i] = Float(1 / (Double(size) * covering.reduce(0.0) { $0 + squares[place - $1 * hop] }))
    }
    return result
  }

  /// The samples within the margins, times their shares.
  private func cut(_ whole: Tensor, _ shares: Tensor) -> Tensor {
    let (batch, length) = (whole.shape[0], shares.count)
    let result = Tensor(uninitialized: [batch, length])
    for item in 0..<batch {
      ck_binary(
        Int32(CK_MULTIPLY.rawValue), length, whole.pointer + item * (length + 2 * margin) + margin, 1, shares.pointer, 1,
        result.pointer + item * length)
    }
    return result
  }

  /// The transpose of `cut`.
  private func padded(_ x: Tensor, _ shares: Tensor) -> Tensor {
    let (batch, length) = (x.shape[0], shares.count)
    let result = Tensor(zeros: [batch, length + 2 * margin])
    for item in 0..<batch {
      ck_binary(
        Int32(CK_MULTIPLY.rawValue), length, x.pointer + item * length, 1, shares.pointer, 1,
        result.pointer + item * (length + 2 * margin) + margin)
    }
    return result
  }
}
