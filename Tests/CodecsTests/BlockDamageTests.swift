import Bytes
import Codecs
import Container
import Entropy
import Layers
import Signals
import Tensors
import Testing

/// Damaged chunks of blocks, and codecs of blocks that are none, are refused; nothing worse happens.
@Suite struct BlockDamageTests {
  private static let info = SignalInfo(raw: .s16le, rate: 250, channels: 2)
  private static let samples = TestSamples.make("beats", leads: 2, count: 1500, bits: 15)

  private static func chunk(_ codec: CodecPackage, _ entropy: EntropyChoice) throws -> EncodedChunk {
    try BlockCodecs.encode(samples, info, codec, EncodeSettings(quality: 60, effort: 1, entropy: entropy))
  }

  @Test(arguments: [BlockCodecs.linear, BlockCodecs.conv], [EntropyChoice.prior, .zstd])
  func damagedChunksAreRefusedOrDecoded(autoencoder: String, entropy: EntropyChoice) throws {
    let codec = try BlockCodecs.codec(autoencoder)
    let (payload, decoder) = (try Self.chunk(codec, entropy).payload, try ChunkDecoder(codec: codec, info: Self.info))
    var random = RandomSource(seed: 3)
    var refused = 0
    for k in 0..<150 {
      var damaged = payload
      for _ in 0...random.integer(below: 3) {
        damaged[random.integer(below: k % 2 == 0 ? min(20, damaged.count) : damaged.count)] ^= UInt8(1 + random.integer(below: 255))
      }
      if k % 5 == 0 { damaged.removeLast(1 + random.integer(below: damaged.count - 1)) }
      if k % 7 == 0 { damaged += [UInt8(random.integer(below: 256))] }
      do {
        let found = try decoder.decode(damaged[...], sampleCount: 1500)
        #expect(found.count == 2 && found.allSatisfy { $0.count == 1500 })
      } catch {
        #expect(error is BytesError || error is EntropyError || error is CodecError || error is SampleCoderError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 50)
  }

  @Test func whatCannotBeIsRefused() throws {
    let codec = try BlockCodecs.codec(BlockCodecs.linear)
    let decoder = try ChunkDecoder(codec: codec, info: Self.info)
    let prior = try Self.chunk(codec, .prior).payload
    let zstd = try Self.chunk(codec, .zstd).payload
    func refuses(_ payload: [UInt8], _ count: Int = 1500, with decoder: ChunkDecoder, _ what: String) {
      #expect(throws: (any Error).self, "\(what)") { try decoder.decode(payload[...], sampleCount: count) }
    }
    refuses(Array(prior.dropLast(9)), with: decoder, "cut codes")
    refuses(prior + [1, 2, 3], with: decoder, "more behind the codes")
    refuses(Array(zstd.dropLast(4)), with: decoder, "a cut frame")
    refuses(zstd + [0], with: decoder, "more behind the frame")
    refuses([8], with: decoder, "nothing behind the method")
    refuses([9] + prior.dropFirst(), with: decoder, "the other stage")
    refuses([8, 0xA1, 7] + prior.dropFirst(3), with: decoder, "step 929")
    refuses(zstd, 1501 + 64, with: decoder, "more samples")
    // More than fit a chunk, before anything is allocated for them.
    for count in [1 << 24, 1 << 40] {
      #expect { try decoder.decode(prior[...], sampleCount: count) } throws: { if case CodecError.limit = $0 { true } else { false } }
    }
    // Escaped codes that nobody could have meant: a length of them beyond all codes.
    refuses([9, 100, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], with: decoder, "a length of escaped codes")

    for other in [nil, TestCodec.empty] {
      #expect { try ChunkDecoder(codec: other, info: Self.info).decode(prior[...], sampleCount: 1500) } throws: {
        "\($0)".contains("needs a codec of blocks")
      }
    }
    let frames = try BlockCodecs.encode(Self.samples, Self.info, TestCodec.empty, EncodeSettings(entropy: .prior))
    #expect(frames.payload[0] == 2)
    #expect { try decoder.decode(frames.payload[...], sampleCount: 1500) } throws: { "\($0)".contains("needs a codec of frames") }
  }

  /// What blocks whose states run on take of memory is limited by what stands between the layers.
  @Test func longSequencesThroughWideNetworksAreRefused() throws {
    let codec = try BlockCodecs.codec(#"{"kind": "recurrent", "form": "frames", "block": [1, 2], "units": 512, "code": 1}"#)
    let payload: [UInt8] = [8, 100, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16)
    #expect { try ChunkDecoder(codec: codec, info: Self.info).decode(payload[...], sampleCount: 1 << 20) } throws: {
      if case CodecError.limit = $0 { true } else { false }
    }
  }

  /// A small codec may ask for days of work.
  @Test func longBlocksThroughDeepNetworksAreRefused() throws {
    let scale = #"{"channels": 32, "kernel": 511, "blocks": 2}"#
    let codec = try BlockCodecs.codec(#"{"kind": "conv", "block": [1, 524288], "layers": [\#(scale), \#(scale)], "code": 1}"#)
    let payload: [UInt8] = [8, 100, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16)
    #expect { try ChunkDecoder(codec: codec, info: Self.info).decode(payload[...], sampleCount: 1 << 20) } throws: {
      if case CodecError.limit = $0 { true } else { false }
    }
  }

  @Test func codecsThatAreNoneAreRefused() throws {
    let (linear, weights) = (BlockCodecs.linear, try BlockCodecs.weights(BlockCodecs.linear))
    let bytes = weights.serialized()
    _ = try PackageTests.load(config: BlockCodecs.config(linear), weights: bytes)
    for config in [
      BlockCodecs.config(linear, scaling: "both"), BlockCodecs.config(linear, deviation: "0"), BlockCodecs.config(linear, deviation: "1e99"),
      BlockCodecs.config(linear, deviation: "\"1\""), BlockCodecs.config("{}"), BlockCodecs.config("7"), Array(#"{"autoencoder": null}"#.utf8),
      Array(#"{"autoencoder": \#(linear)}"#.utf8), BlockCodecs.config(BlockCodecs.dense), BlockCodecs.config(BlockCodecs.recurrent),
      BlockCodecs.config(#"{"kind": "linear", "block": [1, 1048576], "code": 16384}"#),
      BlockCodecs.config(#"{"kind": "linear", "block": [16384, 16384], "code": 1}"#),
      BlockCodecs.config(#"{"kind": "linear", "block": [1, 64], "code": 65}"#),
      BlockCodecs.config(#"{"kind": "linear", "block": [1, 64], "code": 16, "more": 1}"#),
    ] {
      PackageTests.refuses(bytes, config: config)
    }
    func refuses(_ change: (inout Safetensors) -> Void, at location: SourceLocation = #_sourceLocation) {
      var changed = weights
      change(&changed)
      PackageTests.refuses(changed.serialized(), config: BlockCodecs.config(linear), at: location)
    }
    for (name, tensor) in weights.tensors {
      refuses { $0.tensors[name] = nil }
      refuses { $0.tensors[name] = Tensor(zeros: tensor.shape.dropLast() + [tensor.shape[tensor.shape.count - 1] + 1]) }
    }
    refuses { $0.tensors["more"] = Tensor([1]) }
    refuses { $0.integers["prior.blockSign"] = [1, 2, 3] }
    refuses { $0.integers["prior.more"] = [1] }
    for value in [Float.nan, .infinity, 0, -1] {
      refuses { $0.tensors["quantiser.steps"] = Tensor([Float](repeating: 1, count: 15) + [value]) }
    }
    refuses { $0.tensors["quantiser.centres"] = Tensor([Float](repeating: .nan, count: 16)) }
  }

  /// A network may give anything.
  @Test(arguments: [Float.nan, .infinity, -3e38, .leastNonzeroMagnitude]) func wildWeightsGiveSamplesAllTheSame(value: Float) throws {
    for autoencoder in [BlockCodecs.linear, BlockCodecs.conv, BlockCodecs.recurrent] {
      for part in [0, 1] {
        var weights = try BlockCodecs.weights(autoencoder)
        for (k, name) in weights.tensors.keys.sorted().enumerated() where name.hasPrefix("autoencoder.") && k % 2 == part {
          weights.tensors[name] = weights.tensors[name].map { tensor in Tensor(tensor.values.map { _ in value }, shape: tensor.shape) }
        }
        let codec = try CodecPackage(name: "wild", config: BlockCodecs.config(autoencoder), weights: weights.serialized())
        for entropy in [EntropyChoice.prior, .zstd] {
          let chunk = try Self.chunk(codec, entropy)
          #expect(try ChunkDecoder(codec: codec, info: Self.info).decode(chunk.payload[...], sampleCount: 1500) == chunk.decoded)
        }
      }
    }
  }

  /// Any integers may stand for what the models learned.
  @Test func wildStatesCodeAllTheSame() throws {
    var random = RandomSource(seed: 8)
    let codec = try BlockCodecs.codec(BlockCodecs.linear)
    let states = try BlockExaminer(codec, info: Self.info).examine(Self.samples, quality: 50, states: [:]).states
    let wild = states.mapValues { $0.map { _ in Int32(truncatingIfNeeded: random.next()) } }
    let damaged = try BlockCodecs.codec(BlockCodecs.linear, states: wild)
    let chunk = try BlockCodecs.encode(Self.samples, Self.info, damaged, EncodeSettings(quality: 10, effort: 1, entropy: .prior))
    #expect(try ChunkDecoder(codec: damaged, info: Self.info).decode(chunk.payload[...], sampleCount: 1500) == chunk.decoded)
  }
}
