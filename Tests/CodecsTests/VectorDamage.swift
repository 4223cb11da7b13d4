import Bytes
import Codecs
import Container
import Entropy
import Testing

/// The golden files that must be refused: made from those that are valid.
extension VectorMaker {
  /// A chunk of a file: type, length, payload, checksum.
  private func chunk(_ type: Character, _ payload: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(type.asciiValue!)
    writer.append(counted: payload)
    writer.append(littleEndian: crc32(writer.bytes))
    return writer.bytes
  }

  /// A file whose first data chunk, or another one, is changed, all checksums of the container right.
  private func rewritten(_ file: [UInt8], chunk number: Int = 0, _ change: (inout DataChunk) -> Void) throws -> [UInt8] {
    var (header, chunks) = try Vectors.chunks(file)
    change(&chunks[number])
    let result = Collector<UInt8>()
    var writer = try ContainerWriter(header: header, sink: { result.all += $0 })
    for chunk in chunks {
      try writer.append(packetStart: chunk.packetStart, sampleCount: chunk.sampleCount, hash: chunk.hash, payload: Array(chunk.payload))
    }
    try writer.finish()
    return result.all
  }

  /// - Parameter wide: a valid file of more leads than a synthesis may have.
  func damaged(_ valid: [String: [UInt8]], wide: [UInt8], _ codec: CodecPackage) throws -> [(name: String, bytes: [UInt8])] {
    let (prior, runs) = (try #require(valid["prior-1-lead"]), try #require(valid["runs-1-lead"]))
    let (stored, coded) = (try #require(valid["stored-noise-s8"]), try #require(valid["lossless-s24"]))
    let (enhanced, packets) = (try #require(valid["enhanced"]), try #require(valid["packets"]))
    let (synthesis, synthesisPackets) = (try #require(valid["synthesis-prior"]), try #require(valid["synthesis-packets"]))
    let embedding = try #require(valid["codec-in-the-file"])
    let (blocks, blockRuns) = (try #require(valid["blocks-prior"]), try #require(valid["blocks-zstd"]))
    let (bitsBack, binary) = (try #require(valid["bits-back-levels"]), try #require(valid["bits-back-binary"]))
    let (pixels, colours) = (try #require(valid["pixels"]), try #require(valid["pixels-colours"]))
    let (photo, photoRuns) = (try #require(valid["photo-prior"]), try #require(valid["photo-zstd"]))
    let (fitted, alpha) = (try #require(valid["photo-fitted"]), try #require(valid["photo-alpha-16"]))
    let (speech, speechRuns) = (try #require(valid["speech-prior"]), try #require(valid["speech-zstd"]))
    let sound = try #require(valid["sound-stereo"])
    func flipped(_ at: Int) -> [UInt8] {
      var bytes = prior
      bytes[at] ^= 1
      return bytes
    }
    /// Replaces the head of a chunk of frames: method, step, levels and flag, memory.
    func head(_ file: [UInt8], _ change: @escaping (inout [UInt64]) -> Void) throws -> [UInt8] {
      try rewritten(file) { chunk in
        var reader = ByteReader(chunk.payload)
        guard let method = try? reader.byte(), var fields = try? (0..<3).map({ _ in try reader.varint() }),
          let rest = try? reader.take(reader.remaining)
        else { return }
        change(&fields)
        var writer = ByteWriter()
        writer.append(method)
        for field in fields { writer.append(varint: field) }
        writer.append(contentsOf: rest)
        chunk.payload = writer.bytes[...]
      }
    }
    /// What stands before the codec chunk, its payload, and what stands behind it.
    func codecParts() throws -> (front: [UInt8], payload: [UInt8], back: [UInt8]) {
      var reader = ByteReader(embedding[9...])
      _ = try reader.take(try reader.varint(atMost: 1000, "the length of the header") + 4)
      let front = Array(embedding[..<reader.position])
      _ = try reader.byte()
      let payload = Array(try reader.counted(atMost: 1 << 16, "a codec"))
      return (front, payload, Array(embedding[(reader.position + 4)...]))
    }
    let (front, codecPayload, back) = try codecParts()
    let other = Zstd.compress([0] + codec.weights.serialized())
    var reader = ByteReader(prior[9...])
    let length = try reader.varint(atMost: 1000, "the length of the header")
    let headerEnd = reader.position + length + 4
    let (header, data) = (prior[8..<headerEnd], prior[headerEnd...])
    return [
      ("empty", []),
      ("no-signature", Array("MIT-BIH record 100".utf8)),
      ("text-mode", Array(prior[..<4]) + [10] + prior[6...]),
      ("cut-in-signature", Array(prior[..<6])),
      ("cut-in-header", Array(prior[..<20])),
      ("cut-in-data", Array(prior[..<(prior.count / 2)])),
      ("cut-in-trailer", Array(prior.dropLast())),
      ("more-behind", prior + [0]),
      ("wrong-header-checksum", flipped(14)),
      ("wrong-data-checksum", flipped(prior.count / 2)),
      ("unknown-critical-chunk", Array(prior[..<headerEnd]) + chunk("X", [1, 2, 3]) + Array(data)),
      ("two-headers", Array(prior[..<headerEnd]) + Array(header) + Array(data)),
      ("version-2", Array(prior[..<8]) + chunk("H", [2, 0, 0, 0])),
      ("data-before-header", Array(prior[..<8]) + Array(data) + Array(header)),
      ("unknown-method", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 77 }),
      ("no-payload", try rewritten(prior) { $0.payload = [] }),
      ("wrong-hash", try rewritten(prior) { $0.hash[3] ^= 1 }),
      ("prior-cut", try rewritten(prior) { $0.payload = $0.payload.dropLast(9) }),
      ("prior-longer", try rewritten(prior) { $0.payload += [1, 2, 3] }),
      ("prior-other-symbols", try rewritten(prior) { $0.payload[$0.payload.startIndex + 400] ^= 0x55 }),
      ("prior-fewer-samples", try rewritten(prior) { $0.sampleCount -= 200 }),
      ("prior-read-as-zstd", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 3 }),
      ("prior-read-as-runs", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 6 }),
      ("runs-cut", try rewritten(runs) { $0.payload = $0.payload.dropLast(400) }),
      ("runs-damaged", try rewritten(runs) { $0.payload[$0.payload.startIndex + 300] ^= 0x55 }),
      ("runs-longer", try rewritten(runs) { $0.payload += [0] }),
      ("step-out-of-range", try head(prior) { $0[0] = 5000 }),
      ("levels-out-of-range", try head(prior) { $0[1] = 99 }),
      ("memory-of-no-length", try head(prior) { $0[2] = 0 }),
      ("enhancer-forgotten", try head(enhanced) { $0[1] &= ~1 }),
      ("unknown-flag", try head(prior) { $0[1] += 128 }),
      ("synthesis-of-a-codec-without", try head(prior) { $0[1] |= 64 }),
      ("synthesis-forgotten", try head(synthesis) { $0[1] &= ~64 }),
      ("synthesis-of-65-leads", try head(wide) { $0[1] |= 64 }),
      ("synthesis-levels-out-of-range", try head(synthesis) { $0[1] = 64 + 34 }),
      ("synthesis-cut", try rewritten(synthesis) { $0.payload = $0.payload.dropLast(9) }),
      ("synthesis-packet-with-its-flag", try rewritten(synthesisPackets, chunk: 1) { $0.payload[$0.payload.startIndex + 1] |= 64 }),
      ("blocks-cut", try rewritten(blocks) { $0.payload = $0.payload.dropLast(9) }),
      ("blocks-longer", try rewritten(blocks) { $0.payload += [1, 2, 3] }),
      ("blocks-step-out-of-range", try rewritten(blocks) { $0.payload.replaceSubrange($0.payload.indices.prefix(3), with: [8, 0xA1, 7]) }),
      ("blocks-zstd-cut", try rewritten(blockRuns) { $0.payload = $0.payload.dropLast(9) }),
      ("blocks-with-a-codec-of-frames", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 8 }),
      ("frames-with-a-codec-of-blocks", try rewritten(blocks) { $0.payload[$0.payload.startIndex] = 2 }),
      ("bits-back-cut", try rewritten(bitsBack) { $0.payload = $0.payload.dropLast(4) }),
      ("bits-back-longer", try rewritten(bitsBack) { $0.payload += [1, 2, 3, 4] }),
      ("bits-back-no-stack", try rewritten(bitsBack) { $0.payload = $0.payload.prefix(9) }),
      ("bits-back-buckets-out-of-range", try rewritten(bitsBack) { $0.payload[$0.payload.startIndex + 1] = 17 }),
      ("bits-back-other-words", try rewritten(bitsBack) { $0.payload[$0.payload.startIndex + 40] ^= 0x55 }),
      ("bits-back-fewer-samples", try rewritten(binary) { $0.sampleCount -= 36 }),
      ("bits-back-with-a-codec-of-frames", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 10 }),
      ("pixels-cut", try rewritten(pixels) { $0.payload = $0.payload.dropLast(9) }),
      ("pixels-longer", try rewritten(pixels) { $0.payload += [1, 2, 3] }),
      ("pixels-fewer-rows", try rewritten(colours) { $0.sampleCount -= 61 }),
      ("pixels-other-symbols", try rewritten(pixels) { $0.payload[$0.payload.startIndex + 60] ^= 0x55 }),
      ("pixels-unknown-level", try rewritten(pixels) { $0.payload[$0.payload.startIndex + 1] = 4 }),
      ("pixels-palette-of-one-colour", try rewritten(colours) { $0.payload[$0.payload.startIndex + 2] = 1 }),
      ("pixels-of-no-picture", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 13 }),
      ("photo-cut", try rewritten(photo) { $0.payload = $0.payload.dropLast(9) }),
      ("photo-longer", try rewritten(photo) { $0.payload += [1, 2, 3] }),
      ("photo-other-symbols", try rewritten(photo) { $0.payload[$0.payload.startIndex + 200] ^= 0x55 }),
      ("photo-step-out-of-range", try rewritten(photo) { $0.payload.replaceSubrange($0.payload.indices.prefix(3), with: [11, 0xFF, 0xFF, 0x7F]) }),
      ("photo-no-row", try rewritten(photo, chunk: 1) { $0.sampleCount -= 1 }),
      ("photo-zstd-cut", try rewritten(photoRuns) { $0.payload = $0.payload.dropLast(9) }),
      ("photo-changes-forgotten", try rewritten(fitted) { $0.payload[$0.payload.startIndex + 3] ^= 0x55 }),
      ("photo-alpha-cut", try rewritten(alpha) { $0.payload = $0.payload.prefix(20) }),
      ("photo-with-a-codec-of-frames", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 11 }),
      ("frames-with-a-codec-of-pictures", try rewritten(photo) { $0.payload[$0.payload.startIndex] = 2 }),
      ("sound-cut", try rewritten(sound) { $0.payload = $0.payload.dropLast(9) }),
      ("sound-longer", try rewritten(sound) { $0.payload += [1, 2, 3] }),
      ("sound-other-symbols", try rewritten(sound) { $0.payload[$0.payload.startIndex + 400] ^= 0x55 }),
      ("speech-cut", try rewritten(speech) { $0.payload = $0.payload.dropLast(9) }),
      ("speech-longer", try rewritten(speech) { $0.payload += [1, 2, 3] }),
      ("speech-other-symbols", try rewritten(speech) { $0.payload[$0.payload.startIndex + 20] ^= 0x55 }),
      ("speech-quality-out-of-range", try rewritten(speech) { $0.payload[$0.payload.startIndex + 1] = 113 }),
      ("speech-too-many-groups", try rewritten(speech) { $0.payload[$0.payload.startIndex + 2] = 200 }),
      ("speech-unknown-kind-of-channel", try rewritten(speech) { $0.payload[$0.payload.startIndex + 3] = 3 }),
      ("speech-gain-out-of-range", try rewritten(speech) { $0.payload[$0.payload.startIndex + 4] = 151 }),
      ("speech-fewer-samples", try rewritten(speech, chunk: 2) { $0.sampleCount -= 320 }),
      ("speech-zstd-cut", try rewritten(speechRuns) { $0.payload = $0.payload.dropLast(9) }),
      ("speech-zstd-longer", try rewritten(speechRuns) { $0.payload += [0] }),
      ("speech-with-a-codec-of-frames", try rewritten(prior) { $0.payload[$0.payload.startIndex] = 15 }),
      ("speech-read-as-pictures", try rewritten(speech) { $0.payload[$0.payload.startIndex] = 11 }),
      ("stored-cut", try rewritten(stored) { $0.payload = $0.payload.dropLast() }),
      ("stored-longer", try rewritten(stored) { $0.payload += [0] }),
      ("samples-cut", try rewritten(coded) { $0.payload = $0.payload.dropLast(100) }),
      ("packet-that-follows-nothing", try rewritten(packets) { $0.payload[$0.payload.startIndex] = 4 }),
      ("packet-with-unknown-flags", try rewritten(packets, chunk: 1) { $0.payload[$0.payload.startIndex + 1] |= 2 }),
      ("packet-of-another-stage", try rewritten(packets, chunk: 1) { $0.payload[$0.payload.startIndex] = 5 }),
      ("packet-of-another-layout", try rewritten(packets, chunk: 1) { $0.payload[$0.payload.startIndex] = 7 }),
      ("codec-damaged", front + chunk("c", codecPayload.dropLast(9) + codecPayload.suffix(8)) + back),
      ("codec-of-another-id", front + chunk("c", other) + back),
      ("codec-twice", front + chunk("c", codecPayload) + chunk("c", codecPayload) + back),
      ("codec-larger-than-the-limit", front + chunk("c", Zstd.compress(Array(repeating: 0, count: 17 << 20))) + back),
      ("more-samples-than-the-limit", try rewritten(prior) { $0.sampleCount = 1 << 27 }),
    ]
  }
}
