import Autoencoders
import Bytes
import Entropy
import Foundation
import Layers
import Signals
import Tensors
import Testing

@testable import Codecs

@Suite struct PictureFitTests {
  /// What is left of the error, for the bytes.
  private func cost(_ encoded: EncodedChunk, _ samples: [[Int32]], _ layout: PictureLayout) -> Double {
    let error = PictureCodecs.error(encoded.decoded, samples, layout)
    return error * Double(encoded.payload.count)
  }

  @Test(arguments: [1, 3, 4], [6, 8]) func whatIsFittedIsDecoded(components: Int, effort: Int) throws {
    let layout = PictureCodecs.layout(75, 50, components: components, maximum: 65535)
    let (samples, package) = (PictureCodecs.samples(layout), try PictureCodecs.package(hasNetwork: true, enhancer: 1e-2))
    for entropy in [EntropyChoice.prior, .zstd] {
      let encoded = try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 30, entropy: entropy, effort: effort))
      #expect(try PictureCodecs.decode(encoded.payload, layout, package) == encoded.decoded)
    }
  }

  /// By the shipped codec, whose enhancer does something.
  @Test func effortIsWorthItsTime() throws {
    let (layout, package) = (
      PictureCodecs.layout(120, 90, components: 3), try CodecPackage.load(path: packageFolder.appending(path: "codecs/photo").path)
    )
    let samples = PictureCodecs.samples(layout)
    func encoded(_ effort: Int) throws -> EncodedChunk {
      try PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 30, effort: effort))
    }
    let (plain, fitted, learned) = (try encoded(5), try encoded(7), try encoded(9))
    #expect(cost(fitted, samples, layout) < cost(plain, samples, layout))
    #expect(cost(learned, samples, layout) < cost(fitted, samples, layout))
    #expect(try PictureHead(head(learned)).enhancement == .changed && PictureHead(head(fitted)).enhancement == .plain)
    #expect(try PictureCodecs.decode(learned.payload, layout, package) == learned.decoded)
  }

  private func head(_ encoded: EncodedChunk) throws -> Int {
    var reader = ByteReader(Array(encoded.payload.dropFirst()))
    return try reader.varint(atMost: PictureHead.largest, "a head")
  }

  /// Where there is much detail the step is coarser.
  @Test func theStepGoesWithTheDetail() throws {
    let (layout, package) = (PictureCodecs.layout(64, 64, components: 3), try PictureCodecs.package(hasNetwork: false))
    var random = RandomSource(seed: 2)
    let noise = random.uniform([layout.pixels], in: -1..<1).values
    let indices = try [0, 4, 16, 64].map { amplitude in
      let samples = (0..<3).map { _ in noise.map { Int32(128 + Float(amplitude) * $0) } }
      return try PictureHead(head(PictureCodecs.encode(samples, layout, package, PictureCodecs.settings(quality: 50)))).stepIndex
    }
    #expect(indices == indices.sorted() && Set(indices).count > 2)
    // From half to twice the step of a usual picture.
    #expect(indices[3] - indices[0] <= 64)
  }

  @Test func headsComeBack() throws {
    for stepIndex in [0, 1, FrameParameters.largestStepIndex] {
      for enhancement in [PictureHead.Enhancement.none, .plain, .changed] {
        let head = PictureHead(stepIndex: stepIndex, enhancement: enhancement)
        #expect(try PictureHead(Int(head.number)) == head && head.number <= UInt64(PictureHead.largest))
      }
    }
    #expect(throws: CodecError.self) { try PictureHead(2 * (FrameParameters.largestStepIndex + 1)) }
  }

  @Test func changesComeBack() throws {
    var random = RandomSource(seed: 9)
    let enhancer = PlaneEnhancer(width: 8, blocks: 2, random: &random)
    let tensors = enhancer.tensors
    for share in [0, 20, 2] {
      let change = EnhancerChange(
        Dictionary(
          uniqueKeysWithValues: EnhancerChange.names(enhancer).map { name in
            (
              name,
              (0..<(tensors[name]?.count ?? 0)).map { _ in
                share > 0 && random.integer(below: share) == 0
                  ? Int32(random.integer(below: 2 * EnhancerChange.largest + 1) - EnhancerChange.largest) : 0
              }
            )
          }))
      let bytes = change.encoded(for: enhancer)
      #expect(try EnhancerChange(bytes, for: enhancer) == change && change.isNothing == (share == 0))
      // Hardly any changes take hardly any bytes.
      #expect(share != 0 || bytes.count < 40)
      if share == 2 { #expect(throws: (any Error).self) { try EnhancerChange(Array(bytes.prefix(bytes.count / 2)), for: enhancer) } }
    }
  }

  /// Encoder and decoder see the same on the way as in the end.
  @Test(arguments: [(75, 50), (1, 9), (64, 64), (33, 1)]) func levelsComeTogether(width: Int, height: Int) {
    let (design, subbands) = (PictureDesign.untrained, Subbands(width: width, height: height))
    var random = RandomSource(seed: 1)
    let planes = (0..<3).map { _ in
      let plane = SubbandPlane(subbands)
      plane.each { index, _ in plane.set(index, Int32(random.integer(below: 9)) - 4) }
      return plane
    }
    let synthesis = SubbandSynthesis(design, subbands, planes: 3, stepIndex: 400)
    for (k, plane) in planes.enumerated() { synthesis.take(0, of: plane, k) }
    synthesis.begin()
    for level in (0..<Subbands.levels).reversed() {
      let extents = (LiftingTransform.extent(width, level: level + 1), LiftingTransform.extent(height, level: level + 1))
      #expect(synthesis.extents == extents)
      // Its margin repeats its ends.
      synthesis.withMargin(1) { samples in
        #expect(samples[-2] == samples[0] && samples[-synthesis.stride] == samples[0])
        #expect(samples[(extents.1 - 1) * synthesis.stride + extents.0 + 1] == samples[(extents.1 - 1) * synthesis.stride + extents.0 - 1])
      }
      for (k, plane) in planes.enumerated() {
        for (index, band) in subbands.bands.enumerated() where band.level == level && !band.isApproximation { synthesis.take(index, of: plane, k) }
      }
      synthesis.merge(level: level)
    }
    #expect(synthesis.planes == SubbandSynthesis.planes(design, of: planes, stepIndex: 400))
  }

  @Test func damagedChangesAreAnErrorOrOtherSamples() throws {
    let (layout, package) = (
      PictureCodecs.layout(60, 40, components: 3), try CodecPackage.load(path: packageFolder.appending(path: "codecs/photo").path)
    )
    let payload = try PictureCodecs.encode(PictureCodecs.samples(layout), layout, package, PictureCodecs.settings(quality: 40, effort: 8)).payload
    var random = RandomSource(seed: 3)
    for _ in 0..<60 {
      var damaged = payload
      damaged[1 + random.integer(below: min(60, payload.count - 1))] ^= UInt8(1 << random.integer(below: 8))
      if let decoded = try? PictureCodecs.decode(damaged, layout, package) {
        #expect(decoded.count == 3 && decoded.allSatisfy { $0.count == layout.pixels && $0.allSatisfy { (0...255).contains($0) } })
      }
    }
  }
}
