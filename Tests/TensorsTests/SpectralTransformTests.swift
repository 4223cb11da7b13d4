import Foundation
import Tensors
import Testing

@Suite struct SpectralTransformTests {
  /// A signal [batch, length].
  private func noise(_ batch: Int, _ length: Int) -> Tensor {
    var random = RandomSource(seed: 5)
    return random.uniform([batch, length], in: -1..<1)
  }

  @Test(arguments: [4, 16, 512, 4096])
  func spectraAreSumsOfTurningVectors(_ size: Int) {
    let (hop, length) = (size * 3 / 4, size + size / 2 + 1)
    let x = noise(1, length)
    for edges in [SpectralTransform.Edges.none, .zeros, .mirrored] {
      let transform = SpectralTransform(size: size, hop: hop, edges: edges)
      let spectra = transform.spectra(of: Variable(x)).value
      let margin = edges == .none ? 0 : size / 2
      #expect(spectra.shape == [1, (length + 2 * margin - size) / hop + 1, size + 2])
      func sample(_ i: Int) -> Double {
        switch edges {
        case .mirrored where i < 0: Double(x[0, -i])
        case .mirrored where i >= length: Double(x[0, 2 * length - 2 - i])
        default: i >= 0 && i < length ? Double(x[0, i]) : 0
        }
      }
      for frame in 0..<spectra.shape[1] {
        for k in stride(from: 0, through: size / 2, by: max(1, size / 16)) {
          var (re, im) = (0.0, 0.0)
          for t in 0..<size {
            let windowed = sample(frame * hop + t - margin) * (0.5 - 0.5 * cos(2 * .pi * Double(t) / Double(size)))
            let angle = 2 * Double.pi * Double(k * t % size) / Double(size)
            re += windowed * cos(angle)
            im -= windowed * sin(angle)
          }
          let tolerance = 1e-6 * Double(size).squareRoot() * 4
          #expect(abs(Double(spectra[0, frame, k]) - re) < tolerance && abs(Double(spectra[0, frame, size / 2 + 1 + k]) - im) < tolerance)
        }
      }
    }
  }

  @Test(arguments: [(512, 160, 1000), (512, 160, 1119), (64, 32, 1), (256, 64, 0), (1024, 256, 5000)])
  func theSignalComesBack(_ size: Int, _ hop: Int, _ length: Int) {
    let (transform, x) = (SpectralTransform(size: size, hop: hop), noise(2, length))
    let back = transform.signal(from: transform.spectra(of: Variable(x)), length: length).value
    #expect(back.shape == x.shape)
    #expect(zip(back.values, x.values).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  /// The first frames have the bits that they have among all; frames that are not given count as zero.
  @Test func someFramesWillDo() {
    let (transform, x) = (SpectralTransform(size: 512, hop: 160), Variable(noise(2, 3000)))
    let all = transform.spectra(of: x)
    let some = transform.spectra(of: x, frames: 12)
    #expect(some.value == all.slice(0..<12, axis: 1).value)
    let filled = concatenate([some, Variable(Tensor(zeros: [2, all.shape[1] - 12, 514]))], axis: 1)
    #expect(transform.signal(from: some, length: 3000).value == transform.signal(from: filled, length: 3000).value)
  }

  /// A frame has the same bits alone, among others, and in a batch.
  @Test func aSpectrumDoesNotDependOnThoseBesideIt() {
    let x = noise(3, 2000)
    let transform = SpectralTransform(size: 128, hop: 40, edges: .none)
    let all = transform.spectra(of: Variable(x)).value
    for (item, frame) in [(0, 0), (1, 11), (2, 46)] {
      let alone = Tensor(x.values[(item * 2000 + frame * 40)..<(item * 2000 + frame * 40 + 128)], shape: [1, 128])
      let first = (item * all.shape[1] + frame) * 130
      #expect(transform.spectra(of: Variable(alone)).value.values == Array(all.values[first..<first + 130]))
    }
  }
}
