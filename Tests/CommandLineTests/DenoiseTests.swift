import Foundation
import TestSupport
import Testing

/// Recordings and pictures through a codec without a quantiser.
@Suite struct Denoising {
  let place: Workplace

  init() throws { place = try Workplace() }

  /// A codec that loses nothing shows what blending does by itself: nothing, also where chunks meet.
  @Test func whatLosesNothingChangesNothing() throws {
    try place.trainWindows("whole", numbers: 64)
    try place.need("denoise", "ecg12", "-c", "whole", "-o", "out/ecg12")
    let (before, after) = (int16(try place.bytes("ecg12.dat")), int16(try place.bytes("out/ecg12.dat")))
    #expect(zip(before, after).allSatisfy { abs($0 - $1) <= 1 } && before.count == after.count)
    let headers = try [place.bytes("ecg12.hea"), place.bytes("out/ecg12.hea")].map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
    #expect(headers[0].count == headers[1].count && headers[0][0] == headers[1][0] && headers[0].last == headers[1].last)
    // Three chunks of 300 seconds, the last with a part of a block.
    try place.write(beats(72_345, channels: 2), "x.raw")
    try place.need("denoise", "x.raw", "--raw", "s16le", "--rate", "100", "--channels", "2", "-c", "whole", "-o", "y.raw", "-j", "1")
    let (x, y) = (int16(try place.bytes("x.raw")), int16(try place.bytes("y.raw")))
    #expect(x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= 1 })
    try place.need("denoise", "x.raw", "--raw", "s16le", "--rate", "100", "--channels", "2", "-c", "whole", "-o", "z.raw", "-j", "2")
    #expect(try place.bytes("z.raw") == place.bytes("y.raw"))
  }

  /// Few numbers for a block leave edges in what is decoded, and none in what is denoised.
  @Test func blocksLeaveNoEdges() throws {
    try place.trainWindows("coarse", numbers: 4)
    try place.need("codes", "ecg1", "-c", "coarse", "-o", "codes.npy")
    try place.need("decode", "--from-codes", "codes.npy", "--like", "ecg1", "-c", "coarse", "--format", "raw", "-o", "decoded.raw")
    try place.need("encode", "ecg1", "--lossless", "-e", "1", "-c", place.codec, "-o", "exact.aec")
    try place.need("decode", "exact.aec", "-c", place.codec, "--format", "raw", "-o", "exact.raw")
    try place.need("denoise", "exact.raw", "--raw", "s16le", "--rate", "360", "-c", "coarse", "-o", "denoised.raw")
    /// Jumps where blocks meet, as a multiple of those elsewhere.
    func edges(_ name: String) throws -> Double {
      let x = int16(try place.bytes(name))
      var (at, elsewhere) = ((0.0, 0.0), (0.0, 0.0))
      for k in 1..<x.count {
        let jump = pow(Double(x[k] - x[k - 1]), 2)
        if k % 64 == 0 { at = (at.0 + jump, at.1 + 1) } else { elsewhere = (elsewhere.0 + jump, elsewhere.1 + 1) }
      }
      return at.0 / at.1 / (elsewhere.0 / elsewhere.1)
    }
    let (before, after) = (try edges("decoded.raw"), try edges("denoised.raw"))
    #expect(before > 2 && after < 1.3, "\(before), \(after)")
  }

  @Test func picturesGoThroughOneByOne() throws {
    try place.trainPictures("linear", numbers: 12)
    try place.write(Glyphs.part(of: Glyphs.file(), 30, from: 300), "few")
    let told = try place.need("denoise", "few", "-c", "linear", "-o", "clean").err
    #expect(told.contains("few => clean (30 pictures of 28x28"), "\(told)")
    try place.need("codes", "few", "-c", "linear", "-o", "few.npy")
    try place.need("decode", "--from-codes", "few.npy", "-c", "linear", "-o", "decoded")
    #expect(try place.bytes("clean") == place.bytes("decoded"))
    for (arguments, code, word) in [
      ("denoise few -c linear", Int32(64), "--output"), ("denoise few -c \(place.codec) -o o", 69, "frames"), ("denoise few -o o", 64, "--codec"),
      ("denoise few -c linear -o few -f", 73, "few"), ("denoise few -c linear -o clean", 73, "clean"),
      ("denoise nosuch -c linear -o o", 66, "nosuch"),
      ("denoise ecg1 -c linear -o ecg1 -f", 73, "ecg1"),
    ] {
      let outcome = try place.run(arguments.split(separator: " ").map(String.init))
      #expect(outcome.code == code && outcome.err.contains(word), "\(arguments): \(outcome.code) \(outcome.err)")
    }
  }
}
