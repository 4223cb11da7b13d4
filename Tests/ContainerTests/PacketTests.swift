import Container
import Testing

/// Data chunks in packets.
@Suite struct Packets {
  final class Sink { var bytes: [UInt8] = [] }

  /// Three data chunks of 100, 100 and 60 samples: packets of 40, 40, 20; whole; packets of 30, 30.
  private let wanted = [(0, 0, 40), (0, 40, 40), (0, 80, 20), (1, nil, 100), (2, 0, 30), (2, 30, 30)] as [(Int, Int?, Int)]
  private let bytes: [UInt8]

  init() throws {
    let sink = Sink()
    var noise = Noise(seed: 3)
    var writer = try ContainerWriter(header: header(chunkLength: 100)) { sink.bytes += $0 }
    for (_, start, count) in wanted { try writer.append(packetStart: start, sampleCount: count, hash: noise.bytes(8), payload: noise.bytes(25)) }
    try writer.finish()
    bytes = sink.bytes
  }

  private func read(_ bytes: [UInt8]) throws -> [DataChunk] {
    var reader = try ContainerReader(Trickle(bytes: bytes[...], piece: 7))
    var chunks: [DataChunk] = []
    while let chunk = try reader.next() { chunks.append(chunk) }
    return chunks
  }

  private func isWanted(_ chunks: [DataChunk]) -> Bool {
    chunks.elementsEqual(wanted) { $0.index == $1.0 && $0.packetStart == $1.1 && $0.sampleCount == $1.2 }
  }

  @Test func comeBackInOrder() throws {
    #expect(isWanted(try read(bytes)))
    for index in [try ContainerIndex(BytesInMemory(bytes)), try ContainerIndex(scanning: BytesInMemory(bytes))] {
      #expect(index.entries.map { $0?.sampleCount } == [100, 100, 60] && index.totalSamples == 260 && index.problems.isEmpty)
      let parts = try index.entries.indices.flatMap { k in try (0..<(index.entries[k]?.parts.count ?? 0)).map { try index.chunk(k, part: $0) } }
      #expect(isWanted(parts))
    }
  }

  @Test func aDamagedPacketCostsItselfAndTheRestOfItsChunk() throws {
    let table = try ContainerIndex(BytesInMemory(bytes)).entries
    let hit = try #require(table[0]).parts[1]
    for at in hit {
      var bad = bytes
      bad[at] ^= 0x80
      #expect(throws: ContainerError.self) { try read(bad) }
      let index = try ContainerIndex(scanning: BytesInMemory(bad))
      #expect(index.entries.map { $0?.sampleCount } == [40, 100, 60] && index.totalSamples == 260 && !index.problems.isEmpty, "byte \(at)")
    }
    for length in hit.lowerBound..<hit.upperBound {
      let index = try ContainerIndex(BytesInMemory(Array(bytes[..<length])))
      #expect(index.entries.map { $0?.sampleCount } == [40] && index.knownSamples == 40)
    }
  }

  @Test func packetsThatDoNotFollowEachOtherAreRefused() throws {
    let table = try ContainerIndex(BytesInMemory(bytes)).entries
    let (first, last) = (try #require(table[0]).parts, try #require(table[2]).parts)
    let swapped = Array(bytes[..<first[1].lowerBound] + bytes[first[2]] + bytes[first[1]] + bytes[first[2].upperBound...])
    let missing = Array(bytes[..<first[1].lowerBound] + bytes[first[1].upperBound...])
    let foreign = Array(bytes[..<first[1].lowerBound] + bytes[last[1]] + bytes[first[1].upperBound...])
    for bad in [swapped, missing, foreign] { #expect(throws: ContainerError.self) { try read(bad) } }
  }
}
