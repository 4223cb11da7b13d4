import Evaluation
import Foundation
import Testing

@Suite struct StructuralSimilarities {
  /// Slopes, squares and a little noise.
  static func picture(_ rows: Int, _ columns: Int) -> [Int32] {
    (0..<rows * columns).map { k in
      let (r, c) = (k / columns, k % columns)
      let slope = 40 + c * 100 / columns + r * 60 / rows
      return Int32(slope + (c / 9 + r / 13) % 2 * 30 + (r * 31 + c * 17 + r * c % 13) % 9)
    }
  }

  static func coarse(_ picture: [Int32], _ step: Int32) -> [Int32] { picture.map { $0 / step * step + step / 2 } }

  private static func index(_ x: [Int32], _ y: [Int32], _ columns: Int, peak: Double = 255) throws -> Double {
    try #require(StructuralSimilarity.index(original: x, decoded: y, columns: columns, peak: peak))
  }

  /// Figures of the same pictures: `numpy` by means, variances and covariance under a window that scipy.ndimage.correlate1d applies; at even sizes
  /// `torch` by pytorch-msssim 1.0.0, whose window is of 32-bit floats (at odd ones it surrounds the picture with black).
  static let references: [(rows: Int, columns: Int, change: String, numpy: Double, torch: Double?)] = [
    (176, 208, "coarse 8", 0.9975592143609229, 0.9975592423954691), (176, 208, "coarse 32", 0.9309258056823358, 0.9309263108276106),
    (176, 208, "shifted", 0.9243530360589345, 0.9243536808904621), (176, 208, "inverse", 0, 0),
    (165, 183, "coarse 8", 0.9975560080987146, nil), (165, 183, "coarse 32", 0.9334642425196974, nil),
    (165, 183, "shifted", 0.9251245587964592, nil), (165, 183, "inverse", 0, nil),
  ]

  @Test(arguments: references.indices) func figuresAreThoseOfOtherPrograms(number: Int) throws {
    let (rows, columns, change, numpy, torch) = Self.references[number]
    let original = Self.picture(rows, columns)
    let changed: [Int32] =
      switch change {
      case "coarse 8": Self.coarse(original, 8)
      case "coarse 32": Self.coarse(original, 32)
      case "shifted": original.indices.map { original[$0 % columns == columns - 1 ? $0 : $0 + 1] }
      default: original.map { 255 - $0 }
      }
    let value = try Self.index(original, changed, columns)
    #expect(abs(value - numpy) < 1e-12, "\(value)")
    if let torch { #expect(abs(value - torch) < 1e-6, "\(value)") }
  }

  /// The same at 16 bits: numpy 0.9858260997912213, torch 0.9858262263391564.
  @Test func thePeakIsThatOfTheSamples() throws {
    let original = Self.picture(176, 208).map { $0 * 257 }
    let value = try Self.index(original, Self.coarse(original, 4096), 208, peak: 65535)
    #expect(abs(value - 0.9858260997912213) < 1e-12, "\(value)")
  }

  @Test func onlyTheSamePictureIsTheSame() throws {
    let original = Self.picture(161, 170)
    #expect(try Self.index(original, original, 170) == 1)
    var other = original
    other[81 * 170 + 80] += 20
    #expect(try Self.index(original, other, 170) < 1)
  }

  @Test func itIsTheSameBothWays() throws {
    let original = Self.picture(165, 183)
    let changed = Self.coarse(original, 24)
    #expect(try Self.index(original, changed, 183) == Self.index(changed, original, 183))
  }

  @Test func itFallsWithNoise() throws {
    let original = Self.picture(176, 208)
    var state: UInt32 = 7
    let noise = original.map { _ -> Double in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 16) / 65536 - 0.5
    }
    let values = try [0.0, 4, 16, 64, 256].map { size in
      try Self.index(original, zip(original, noise).map { $0 + Int32((size * $1).rounded()) }, 208)
    }
    #expect(values[0] == 1 && zip(values, values.dropFirst()).allSatisfy { $0 > $1 }, "\(values)")
  }

  /// A window of 11 pixels at the last of five scales.
  @Test func smallPicturesHaveNone() {
    #expect(StructuralSimilarity.shortestSide == 161)
    let small = [Int32](repeating: 9, count: 160 * 300)
    #expect(StructuralSimilarity.index(original: small, decoded: small, columns: 160, peak: 255) == nil)
    #expect(StructuralSimilarity.index(original: small, decoded: small, columns: 300, peak: 255) == nil)
    let enough = [Int32](repeating: 9, count: 161 * 161)
    #expect(StructuralSimilarity.index(original: enough, decoded: enough, columns: 161, peak: 255) == 1)
  }
}
