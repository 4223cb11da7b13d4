import Bytes
import Codecs
import Container
import Entropy
import Layers
import Signals
import Tensors
import Testing

/// Codecs of blocks give what the encoder said, whatever their autoencoder.
@Suite struct BlockTests {
  private static func settings(_ entropy: EntropyChoice, _ quality: Double = 40) -> EncodeSettings {
    EncodeSettings(quality: quality, effort: 1, entropy: entropy)
  }

  /// One and three leads; whole blocks, a part of one behind them, and less than one.
  @Test(arguments: BlockCodecs.all, ["level", "range"]) func decodedIsWhatTheEncoderSaid(autoencoder: String, scaling: String) throws {
    let codec = try BlockCodecs.codec(autoencoder, scaling: scaling)
    #expect(codec.isOfBlocks)
    for (leads, count) in [(1, 2352), (3, 1777), (1, 9), (3, 1)] {
      let info = SignalInfo(raw: .s24le, rate: 250, channels: leads)
      let samples = TestSamples.make("noise", leads: leads, count: count, bits: 24)
      var decoded: [[[Int32]]] = []
      for (entropy, method) in [(EntropyChoice.prior, UInt8(8)), (.zstd, 9)] {
        let chunk = try BlockCodecs.encode(samples, info, codec, Self.settings(entropy, 10))
        #expect(count < 10 || chunk.payload[0] == method && chunk.needsCodec, "method \(chunk.payload[0])")
        let back = try ChunkDecoder(codec: codec, info: info).decode(chunk.payload[...], sampleCount: count)
        #expect(back == chunk.decoded && back.count == leads && back.allSatisfy { $0.count == count })
        if count >= 10 { decoded.append(back) }
      }
      // The stage of the symbols does not change the samples.
      #expect(decoded.count < 2 || decoded[0] == decoded[1])
    }
  }

  @Test func higherQualitiesComeCloser() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 3000, bits: 14)
    let codec = try BlockCodecs.codec(BlockCodecs.linear.replacing("16", with: "64"))
    var errors: [Int] = []
    var sizes: [Int] = []
    for quality in [20.0, 50, 80] {
      let chunk = try BlockCodecs.encode(samples, info, codec, Self.settings(.prior, quality))
      sizes.append(chunk.payload.count)
      errors.append(zip(samples.joined(), chunk.decoded.joined()).reduce(0) { $0 + Int($1.0 - $1.1) * Int($1.0 - $1.1) })
    }
    #expect(errors[0] > errors[1] && errors[1] > 4 * errors[2] && sizes[0] < sizes[1] && sizes[1] < sizes[2], "\(errors) \(sizes)")
  }

  @Test func wholeFilesComeBack() throws {
    let codec = try BlockCodecs.codec(BlockCodecs.recurrent)
    let samples = TestSamples.make("beats", leads: 2, count: 5000, bits: 20)
    func reader() -> HeldReader { HeldReader(samples, SignalInfo(raw: .s24le, rate: 250, channels: 2)) }
    for packet in [nil, 0.7] {
      let file = try encodeFile(reader(), codec, Self.settings(.auto), chunk: 6, packet: packet)
      let (info, decoded) = try decodeFile(file.bytes, codec, jobs: 2)
      #expect(info.channels.count == 2 && decoded.count == 2 && decoded.allSatisfy { $0.count == 5000 })
    }
    var exact = Self.settings(.auto)
    exact.bound = .lossless
    let file = try encodeFile(reader(), codec, exact)
    #expect(try decodeFile(file.bytes, codec).samples == samples)
    // The codec is in the file where it is wanted there.
    let embedding = try encodeFile(reader(), codec, Self.settings(.prior), embedsCodec: true)
    var decoder = try StreamDecoder(HeldFile(embedding.bytes)) { _ in throw CodecError.codecMissing("nobody asks") }
    #expect(try decoder.decode(jobs: 1) { _ in } == 5000)
  }

  /// The kernels' paths, and the number of threads, change nothing.
  @Test(arguments: BlockCodecs.all) func sameBitsEverywhere(autoencoder: String) throws {
    let codec = try BlockCodecs.codec(autoencoder)
    let info = SignalInfo(raw: .s24le, rate: 250, channels: 2)
    let samples = TestSamples.make("beats", leads: 2, count: 6000, bits: 22)
    let wanted = try BlockCodecs.encode(samples, info, codec, Self.settings(.prior))
    #expect(wanted.payload[0] == 8)
    defer { Threads.jobs = 1 }
    try onEveryPath { path in
      for jobs in [1, 4] {
        Threads.jobs = jobs
        let chunk = try BlockCodecs.encode(samples, info, codec, Self.settings(.prior))
        #expect(chunk.payload == wanted.payload && chunk.decoded == wanted.decoded, "path \(path), \(jobs) threads")
        #expect(try ChunkDecoder(codec: codec, info: info).decode(wanted.payload[...], sampleCount: 6000) == wanted.decoded, "path \(path)")
      }
    }
  }

  @Test func whatThePriorLearnedSavesBits() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let samples = TestSamples.make("beats", leads: 1, count: 4000, bits: 14)
    let fresh = try BlockCodecs.codec(BlockCodecs.linear)
    let examiner = BlockExaminer(fresh, info: info)
    let states = BlockExaminer.settled(try examiner.examine(samples, quality: 50, states: [:]).states, channels: 16, confidence: 200)
    let learned = try BlockCodecs.codec(BlockCodecs.linear, states: states)
    let sizes = try [fresh, learned].map { try BlockCodecs.encode(samples, info, $0, Self.settings(.prior, 50)).payload.count }
    #expect(sizes[1] < sizes[0])
    let chunk = try BlockCodecs.encode(samples, info, learned, Self.settings(.prior, 50))
    #expect(try ChunkDecoder(codec: learned, info: info).decode(chunk.payload[...], sampleCount: 4000) == chunk.decoded)
  }
}
