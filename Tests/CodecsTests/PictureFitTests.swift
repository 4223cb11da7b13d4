import Bytes
import Codecs
import Foundation
import Signals
import Tensors
import Testing

@Suite struct PictureFitTests {
  /// The squared error, and a tenth of the squared step for each bit.
  private func cost(_ encoded: EncodedChunk, _ samples: [[Int32]], _ layout: PictureLayout, andBytes more: Int = 0) throws -> Double {
    let (error, step) = (PictureCodecs.error(encoded.decoded, samples, layout), exp2(Double(try head(encoded).stepIndex) / 32) / 1024)
    return 3 * (error * error * Double(layout.pixels) + 0.1 * step * step * Double(8 * (encoded.payload.count + more)))
  }

  @Test(arguments: [1, 3, 4], [6, 8]) func whatIsFittedIsDecoded(components: Int, effort: Int) throws {
    let layout = PictureCodecs.layout(75, 50, components: components, maximum: 65535)
    let (samples, package) = (PictureCodecs.samples(layout), try PictureCodecs.package(hasNetwork: true, enhancer: 1e-2))
    for entropy in [EntropyChoice.prior, .zstd] {
      let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 30, entropy: entropy, effort: effort))
      #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
    }
  }

  /// By the shipped codec, whose enhancer does something; what it gains on a painted scene is less than on photographs.
  @Test func choosingAnewIsWorthItsTime() throws {
    let reader = try SignalFile.open(packageFolder.appending(path: "samples/scene.png").path)
    let layout = try #require(reader.info.picture)
    let (samples, package) = (try reader.readAll(), try CodecPackage.load(path: packageFolder.appending(path: "codecs/photo").path))
    let (plain, fitted) = try (encoded(samples, layout, package, effort: 5), encoded(samples, layout, package, effort: 7))
    #expect(try head(fitted).stepIndex == head(plain).stepIndex && !head(fitted).isChanged)
    #expect(try cost(fitted, samples, layout) < 0.997 * cost(plain, samples, layout))
  }

  /// Where the enhancer does not help, effort does no harm: blocks of full colours, grey, and one row.
  @Test(arguments: [(96, 64, 3), (96, 64, 1), (90, 1, 3)], [20.0, 60]) func effortCostsNothing(size: (Int, Int, Int), quality: Double) throws {
    let (layout, package) = (
      PictureCodecs.layout(size.0, size.1, components: size.2), try CodecPackage.load(path: packageFolder.appending(path: "codecs/photo").path)
    )
    let samples = (0..<layout.components).map { c in
      (0..<layout.pixels).map { k in Int32((k % layout.width / 12 * 5 + k / layout.width / 9 * 3 + c) % 3 == 0 ? 255 : 0) }
    }
    // Heads are not judged: a few bytes.
    let least = try cost(encoded(samples, layout, package, effort: 5, quality: quality), samples, layout, andBytes: 4)
    for effort in [6, 7] {
      let encoded = try encoded(samples, layout, package, effort: effort, quality: quality)
      #expect(try cost(encoded, samples, layout) <= least)
      #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
    }
  }

  /// Fitted files are the same on all machines, whatever the number of threads: of two windows.
  @Test(arguments: [6, 8]) func bitsDependOnNeitherInstructionsNorThreads(effort: Int) throws {
    let (layout, package) = (PictureCodecs.layout(240, 160, components: 3), try CodecPackage.load(path: Vectors.codecFolder("photo-signs").path))
    let (samples, jobs) = (PictureCodecs.samples(layout), Threads.jobs)
    defer { Threads.jobs = jobs }
    var found: Set<[UInt8]> = []
    try onEveryPath { path in
      // Each path takes a second or two.
      Threads.jobs = 1 + Int(path)
      let fitted = try encoded(samples, layout, package, effort: effort, quality: 75)
      #expect(fitted.payload.count > 1000)
      found.insert(fitted.payload)
    }
    #expect(found.count == 1)
  }

  private func encoded(_ samples: [[Int32]], _ layout: PictureLayout, _ package: CodecPackage, effort: Int, quality: Double = 60) throws
    -> EncodedChunk
  {
    try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: quality, effort: effort))
  }

  /// What the first number of a chunk says.
  private func head(_ encoded: EncodedChunk) throws -> (stepIndex: Int, isChanged: Bool) {
    var reader = ByteReader(Array(encoded.payload.dropFirst()))
    let number = try reader.varint(atMost: 2 * 1858, "a head")
    return (number % 1858 / 2, number >= 1858)
  }

  /// Where there is much detail the step is coarser.
  @Test func theStepGoesWithTheDetail() throws {
    let (layout, package) = (PictureCodecs.layout(64, 64, components: 3), try PictureCodecs.package(hasNetwork: false))
    var random = RandomSource(seed: 2)
    let noise = random.uniform([layout.pixels], in: -1..<1).values
    let indices = try [0, 4, 16, 64].map { amplitude in
      let samples = (0..<3).map { _ in noise.map { Int32(128 + Float(amplitude) * $0) } }
      return try head(PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 50))).stepIndex
    }
    #expect(indices == indices.sorted() && Set(indices).count > 2)
    // From half to twice the step of a usual picture.
    #expect(indices[3] - indices[0] <= 64)
  }
}
