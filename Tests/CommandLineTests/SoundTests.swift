import Foundation
import TestSupport
import Testing

/// Sound files through the program.
@Suite struct SoundTests {
  private func wave(_ samples: Data, tag: UInt16 = 1, channels: UInt16 = 1, rate: UInt32 = 8000, bits: UInt16 = 16, size: UInt32? = nil) -> Data {
    var data = Data("RIFF".utf8)
    func add<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    add(size ?? UInt32(36 + samples.count))
    data += Data("WAVEfmt ".utf8)
    add(UInt32(16))
    for value in [tag, channels] { add(value) }
    for value in [rate, rate &* UInt32(channels * bits / 8)] { add(value) }
    for value in [channels * bits / 8, bits] { add(value) }
    data += Data("data".utf8)
    add(size ?? UInt32(samples.count))
    return data + samples
  }

  private func floats(_ count: Int, _ value: (Int) -> Float) -> Data {
    Data((0..<count).flatMap { k in withUnsafeBytes(of: value(k).bitPattern.littleEndian) { Array($0) } })
  }

  @Test func wavComesBack() throws {
    let place = try Workplace()
    let files = [
      wave(beats(3000, channels: 1)), wave(Data([1, 2])), wave(Data()), wave(noise(66 * 33), channels: 33), wave(noise(500), rate: 1),
      wave(beats(3000, channels: 2), channels: 2, rate: 10_000_000), wave(Data(repeating: 0x7F, count: 3000), bits: 8),
      wave(floats(4000) { sinf(Float($0) / 9) }, tag: 3, bits: 32), wave(floats(4000) { Float($0 % 300) / 32768 }, tag: 3, bits: 32),
      wave(floats(400) { $0 % 7 == 3 ? .nan : $0 % 7 == 5 ? -.infinity : Float($0) }, tag: 3, bits: 32),
    ]
    for (k, file) in files.enumerated() {
      try place.write(file, "x.wav")
      try place.need("encode", "x.wav", "-o", "x.aec", "-f", "--lossless")
      try place.need("decode", "x.aec", "-o", "y.wav", "-f")
      let back = try place.bytes("y.wav")
      // Floating point has a count of samples in the header.
      #expect(k < 7 ? back == file : back.suffix(file.count - 44) == file.dropFirst(44) && back.count == file.count + 12, "file \(k)")
      #expect(try place.bytes("x.aec").count <= file.count + 64)
    }
  }

  @Test func pipes() throws {
    let place = try Workplace()
    let samples = beats(20_000, channels: 2)
    try place.write(wave(samples, channels: 2), "x.wav")
    try place.need("encode", "x.wav", "--lossless")
    // From a program that did not know the size, to one that reads a pipe.
    try place.need("encode", "-", "-o", "p.aec", "--lossless", stdin: wave(samples, channels: 2, size: .max))
    #expect(try place.bytes("p.aec") == place.bytes("x.wav.aec"))
    #expect(try place.need("decode", "p.aec", "-o", "-").out == wave(samples, channels: 2))
    #expect(try place.need("decode", "-", "-o", "-", stdin: place.bytes("p.aec")).out == wave(samples, channels: 2, size: .max))
    try place.need("decode", "-", "-o", "q.wav", stdin: place.bytes("p.aec"))
    try place.need("encode", "q.wav", "--lossless")
    #expect(try place.bytes("q.wav.aec") == place.bytes("x.wav.aec"))
    // FLAC takes a file to read from, and to write to.
    try place.need("decode", "p.aec", "-o", "x.flac")
    try place.need("encode", "x.flac", "--lossless")
    try place.need("encode", "-", "-o", "f.aec", "--lossless", stdin: place.bytes("x.flac"))
    #expect(try place.bytes("f.aec") == place.bytes("x.flac.aec"))
    #expect(try place.run("decode", "f.aec", "-o", "-").code == 73)
    #expect(try place.need("decode", "f.aec", "-o", "-", "--format", "wav").out == wave(samples, channels: 2))
    #expect(try place.run("encode", "-", "-o", "z.aec", stdin: Data("text".utf8)).code == 65)
  }

  /// Broadcast data, an iXML document, cue points with their names: to a WAV file and back, through pipes, and where they do not go along.
  @Test func chunksComeBack() throws {
    let place = try Workplace()
    func chunk(_ name: String, _ bytes: Data) -> Data {
      let size = Data((0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) })
      return Data(name.utf8) + size + bytes + Data(repeating: 0, count: bytes.count % 2)
    }
    let (bext, cue) = (chunk("bext", Data(repeating: 7, count: 602)), chunk("cue ", Data(repeating: 1, count: 28)))
    let before = bext + chunk("iXML", Data("<BWFXML></BWFXML>".utf8)) + cue
    let after = chunk("LIST", Data("adtl".utf8) + chunk("labl", Data([1, 0, 0, 0, 0x41, 0])))
    func file(_ before: Data, _ after: Data, size: UInt32? = nil) -> Data {
      let plain = wave(beats(3000, channels: 1), size: size)
      var file = plain.prefix(36) + before + plain[36...] + after
      for k in 0..<4 where size == nil { file[4 + k] = UInt8(truncatingIfNeeded: (file.count - 8) >> (8 * k)) }
      return file
    }
    try place.write(file(before, after), "x.wav")
    #expect(try !place.need("encode", "x.wav", "--lossless").err.contains("left out"))
    #expect(try !place.need("decode", "x.wav.aec", "-o", "y.wav").err.contains("left out"))
    #expect(try place.bytes("y.wav") == file(before, after))
    let info = String(decoding: try place.need("info", "x.wav.aec").out, as: UTF8.self)
    #expect(info.contains("kept with the samples: bext (602 B), iXML (17 B), cue (28 B), LIST adtl (18 B)"))
    // Into a pipe, of known and of unknown length: all of it before the samples then.
    #expect(try place.need("decode", "x.wav.aec", "-o", "-").out == file(before, after))
    let streamed = try place.need("decode", "-", "-o", "-", stdin: place.bytes("x.wav.aec")).out
    #expect(streamed == file(before + after, Data(), size: .max))
    try place.need("encode", "-", "-o", "s.aec", "--lossless", stdin: streamed)
    #expect(try place.need("decode", "s.aec", "-o", "-").out == file(before + after, Data()))
    // What comes behind the samples in a pipe is too late, and is said to be.
    let late = try place.need("encode", "-", "-o", "p.aec", "--lossless", stdin: file(before, after))
    #expect(late.err.contains("aecodec: standard input: chunks behind the samples are left out, being too late in a pipe;"))
    #expect(try place.need("decode", "p.aec", "-o", "-").out == file(before, Data()))
    // Another kind of file, a part.
    let flac = try place.need("decode", "x.wav.aec", "-o", "x.flac").err
    #expect(flac.contains("aecodec: x.flac: FLAC files do not hold the sound's bext, iXML, cue and LIST adtl, left out here;"))
    let part = try place.need("decode", "x.wav.aec", "-o", "part.wav", "--from", "s0", "--to", "s3000")
    #expect(try place.bytes("part.wav") == file(before, after) && !part.err.contains("left out"))
    let cut = try place.need("decode", "x.wav.aec", "-o", "part.wav", "-f", "--from", "s1000")
    #expect(cut.err.contains("aecodec: part.wav: chunks left out: bext, iXML, cue and LIST adtl; they may speak of places"))
    #expect(try place.bytes("part.wav") == wave(beats(3000, channels: 1).dropFirst(2000)))
    #expect(try place.need("encode", "x.wav", "-t", "s1000", "-o", "t.aec", "--lossless").err.contains("chunks left out: bext"))
    // What is left of a damaged file has them.
    try place.write(try place.bytes("x.wav.aec").dropLast(3), "d.aec")
    #expect(try place.run("decode", "d.aec", "-o", "d.wav", "--keep-going").code == 65)
    #expect(try place.bytes("d.wav") == file(before, after))
  }

  @Test func refusals() throws {
    let place = try Workplace()
    let tone = { (k: Int) in 0.3 * sinf(Float(k) / 9) }
    let files: [(Data, [String], String)] = [
      (wave(floats(900) { $0 == 777 ? .nan : tone($0) }, tag: 3, bits: 32), [], "sample 777 of channel 0 is no number"),
      (wave(floats(900) { $0 == 776 ? .infinity : tone($0) }, tag: 3, channels: 2, bits: 32), [], "sample 388 of channel 0 is infinite"),
      (wave(floats(900) { _ in 1e6 }, tag: 3, bits: 32), [], "more than 256 times full scale"),
      (wave(beats(900, channels: 1)).dropLast(100), ["--lossless"], "cut short"),
      (wave(beats(900, channels: 1)).prefix(30), ["--lossless"], "cut short"),
      (wave(beats(900, channels: 1), rate: 0), ["--lossless"], "no format"),
    ]
    for (file, options, message) in files {
      try place.write(file, "x.wav")
      let outcome = try place.run(["encode", "x.wav", "-o", "x.aec", "-c", place.codec] + options)
      #expect(outcome.code == 65 && outcome.err.hasPrefix("aecodec: x.wav: ") && outcome.err.contains(message), "\(outcome.err)")
      #expect(!FileManager.default.fileExists(atPath: place.path("x.aec").path))
    }
  }

  @Test func floatsComeBackFromLossyFiles() throws {
    let place = try Workplace()
    let file = wave(floats(8000) { 1.5 * sinf(Float($0) / 40) }, tag: 3, bits: 32)
    try place.write(file, "x.wav")
    try place.need("encode", "x.wav", "-o", "x.aec", "-c", place.codec, "--max-error", "50lsb")
    try place.need("decode", "x.aec", "-o", "y.wav", "-c", place.codec)
    let back = try place.bytes("y.wav")
    #expect(back.count == file.count + 12 && back[20] == 3)
    let pairs = zip(numbers(file.dropFirst(44)), numbers(back.dropFirst(56)))
    // Half a step more by quantising to 24 bits.
    #expect(pairs.allSatisfy { abs(Double($0) - Double($1)) <= 50.5 / 8_388_608 })
    try place.need("decode", "x.aec", "-o", "y.raw", "--format", "raw", "-c", place.codec)
    #expect(try place.bytes("y.raw").count == 3 * 8000)
    let info = String(decoding: try place.need("info", "x.aec").out, as: UTF8.self)
    #expect(info.contains("source: wav of 32 bits, floating point"))
  }

  private func numbers(_ data: Data) -> [Float] {
    let bytes = Array(data)
    return (0..<bytes.count / 4).map { k in Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[4 * k + $1]) << (8 * UInt32($1)) }) }
  }
}
