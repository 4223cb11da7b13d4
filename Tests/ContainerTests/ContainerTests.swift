import Bytes
import Container
import Testing

@Suite struct RoundTrips {
  @Test(arguments: [[], [1], [99], [100], [100, 1], [100, 100], [100, 100, 100, 37]])
  func filesComeBack(counts: [Int]) throws {
    let chunks = samples(counts)
    let bytes = try file(chunks, chunkLength: 100)
    for piece in [1, 7, 1 << 20] {
      let (found, read) = try readAll(bytes, piece: piece)
      #expect(found == header(chunkLength: 100))
      #expect(read == chunks)
    }
    let index = try ContainerIndex(BytesInMemory(bytes))
    #expect(!index.isRebuilt)
    #expect(index.totalSamples == counts.reduce(0, +))
    #expect(readAtRandom(index) == chunks)
    #expect(index.entries.indices.map { index.sampleRange($0).count } == counts)
  }

  @Test func aFileOfOneChunkNeedsNoChunkLength() throws {
    let chunks = samples([12345])
    let bytes = try file(chunks, chunkLength: 0)
    #expect(try readAll(bytes).1 == chunks)
    let index = try ContainerIndex(BytesInMemory(bytes))
    #expect(readAtRandom(index) == chunks)
    #expect(index.sampleRange(0) == 0..<12345)
  }

  @Test func theCodecMayBeMissing() throws {
    let plain = ContainerHeader(codec: nil, chunkLength: 5, metadata: [1], metadataIsCompressed: true)
    #expect(try readAll(file(samples([5]), chunkLength: 5, header: plain)).0 == plain)
  }

  @Test func theFixedCostOfASmallFileIsAtMost64Bytes() throws {
    let payload = 1000
    let bytes = try file(samples([3600], payloadBytes: payload), chunkLength: 0)
    #expect(bytes.count - payload <= 64)
  }

  @Test func aPayloadMayBeEmpty() throws {
    let chunks = samples([3], payloadBytes: 0)
    #expect(try readAll(file(chunks, chunkLength: 3)).1 == chunks)
  }
}

@Suite struct Refusals {
  let bytes: [UInt8]
  let chunks: [Sample]

  init() throws {
    chunks = samples([100, 100, 60], payloadBytes: 12)
    bytes = try file(chunks, chunkLength: 100)
  }

  @Test func everyFlippedBitIsFound() {
    for at in bytes.indices {
      for bit in 0..<8 {
        var bad = bytes
        bad[at] ^= 1 << bit
        #expect(throws: ContainerError.self, "bit \(bit) of byte \(at)") { try readAll(bad) }
      }
    }
  }

  @Test func everyCutIsFound() {
    for length in 0..<bytes.count {
      #expect(throws: ContainerError.self, "cut at \(length)") { try readAll(Array(bytes[..<length])) }
    }
  }

  @Test func bytesBehindTheEndAreFound() {
    #expect(throws: ContainerError.self) { try readAll(bytes + [0]) }
    #expect(throws: ContainerError.self) { try readAll(bytes + bytes) }
    #expect(throws: ContainerError.self) { try readAll(bytes + bytes.suffix(1)) }
  }

  @Test func chunksOutOfPlaceAreFound() throws {
    let table = try ContainerIndex(BytesInMemory(bytes)).entries.map { try #require($0) }
    let parts = table.map { Array(bytes[$0.offset..<$0.offset + $0.bytes]) }
    let front = Array(bytes[..<table[0].offset])
    let back = Array(bytes[(table[2].offset + table[2].bytes)...])
    let joined = { (order: [Int]) in front + order.flatMap { parts[$0] } + back }
    #expect(joined([0, 1, 2]) == bytes)
    for order in [[1, 0, 2], [0, 1], [0, 2], [1, 2], [0, 0, 2], [0, 1, 1], [0, 1, 2, 2], [0, 2, 1], []] {
      #expect(throws: ContainerError.self, "\(order)") { try readAll(joined(order)) }
    }
    #expect(throws: ContainerError.self) { try readAll(front + front[8...] + joined([0, 1, 2])[front.count...]) }
  }

  @Test func textAndOtherFilesAreNamed() {
    let asText = bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    for bad in [[], Array("dear codec".utf8), asText, bytes.map { $0 & 0x7F }] {
      #expect {
        try readAll(bad)
      } throws: { error in
        if case .notAnAecFile = error as? ContainerError { true } else { false }
      }
    }
  }

  /// The file with a chunk of this type and payload put in before its data.
  func with(type: Character, payload: [UInt8] = [1, 2, 3]) throws -> [UInt8] {
    let start = try #require(try ContainerIndex(BytesInMemory(bytes)).entries[0]).offset
    var chunk = ByteWriter()
    chunk.append(type.asciiValue!)
    chunk.append(counted: payload)
    chunk.append(littleEndian: crc32(chunk.bytes))
    return Array(bytes[..<start]) + chunk.bytes + bytes[start...]
  }

  @Test func unknownChunksAreSkippedIfAncillaryAndRefusedIfCritical() throws {
    let ancillary = try with(type: "x")
    #expect(try readAll(ancillary).1 == chunks)
    let index = try ContainerIndex(BytesInMemory(ancillary))
    #expect(!index.isRebuilt)
    #expect(readAtRandom(index) == chunks)
    let critical = try with(type: "X")
    #expect(throws: ContainerError.unsupported("a chunk of type 'X' that this program does not know: use a newer one")) { try readAll(critical) }
    #expect(throws: ContainerError.unsupported("a chunk of type 'X' that this program does not know: use a newer one")) {
      try ContainerIndex(BytesInMemory(critical))
    }
  }

  @Test func aNewerVersionIsRefused() throws {
    var frame = ByteWriter()
    frame.append(UInt8(ascii: "H"))
    frame.append(counted: [2, 0, 0])
    frame.append(littleEndian: crc32(frame.bytes))
    #expect {
      try readAll(containerSignature + frame.bytes)
    } throws: { error in
      if case .unsupported = error as? ContainerError { true } else { false }
    }
  }

  @Test func limitsAreAnErrorOfTheirOwn() throws {
    var limits: [ContainerLimits] = Array(repeating: ContainerLimits(), count: 4)
    limits[0].headerBytes = 8
    limits[1].chunkBytes = 15
    limits[2].samplesPerChunk = 99
    limits[3].totalSamples = 259
    for limit in limits {
      #expect(
        performing: { try readAll(bytes, limits: limit) },
        throws: { error in
          if case .limit = error as? ContainerError { true } else { false }
        })
    }
  }
}
