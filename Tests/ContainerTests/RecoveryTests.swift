import Container
import Testing

@Suite struct Recovery {
  let bytes: [UInt8]
  let chunks: [Sample]
  let table: [ContainerIndex<BytesInMemory>.Entry]

  init() throws {
    chunks = samples([100, 100, 100, 60], payloadBytes: 30)
    bytes = try file(chunks, chunkLength: 100)
    table = try ContainerIndex(BytesInMemory(bytes)).entries.map { try #require($0) }
  }

  /// What is left of a file that was cut or changed, by a scan.
  func scanned(_ bytes: [UInt8]) throws -> ContainerIndex<BytesInMemory> { try ContainerIndex(scanning: BytesInMemory(bytes)) }

  @Test func aScanFindsWhatTheTableSays() throws {
    let index = try scanned(bytes)
    #expect(index.entries == table)
    #expect(index.totalSamples == 360)
    #expect(index.problems == [])
  }

  @Test func aShortChunkBeforeTheLastIsNotBelieved() throws {
    // The second chunk from a file in which it is the last, and short.
    let other = try file(samples([100, 30], payloadBytes: 30), chunkLength: 100)
    let short = try #require(ContainerIndex(BytesInMemory(other)).entries[1])
    var mixed = bytes
    mixed.replaceSubrange(table[1].offset..<table[1].offset + table[1].bytes, with: other[short.offset..<short.offset + short.bytes])
    let index = try scanned(mixed)
    #expect(index.entries.map { $0 == nil } == [false, true, false, false])
    #expect(index.totalSamples == 360 && index.problems.count == 1)
    for (k, entry) in index.entries.enumerated() { #expect(entry == nil || entry?.sampleCount == index.sampleRange(k).count) }
  }

  @Test func aWrongByteCostsOneChunkAtMost() throws {
    for at in table[0].offset..<bytes.count {
      var bad = bytes
      bad[at] ^= 0xFF
      let index = try scanned(bad)
      let left = readAtRandom(index)
      let hit = table.firstIndex { $0.offset <= at && at < $0.offset + $0.bytes }
      for k in chunks.indices {
        #expect((k < left.count ? left[k] : nil) == (k == hit ? nil : chunks[k]), "byte \(at), chunk \(k)")
      }
      #expect(index.totalSamples == (hit == nil ? index.totalSamples : 360))
      // Where the table still stands, reading through it finds the damage when it comes to the chunk.
      #expect((try? ContainerIndex(BytesInMemory(bad)))?.entries.isEmpty == false)
    }
  }

  @Test func aCutLeavesAllChunksBeforeIt() throws {
    for length in table[0].offset...bytes.count - 1 {
      let index = try ContainerIndex(BytesInMemory(Array(bytes[..<length])))
      let whole = table.count { $0.offset + $0.bytes <= length }
      #expect(index.isRebuilt)
      #expect(readAtRandom(index).prefix(whole).elementsEqual(chunks.prefix(whole).map(Optional.some)))
    }
  }

  @Test func bytesPutInOrTakenOutCostOneChunk() throws {
    var noise = Noise(seed: 3)
    for _ in 0..<200 {
      let at = table[1].offset + 2 + noise.below(table[1].bytes - 4)
      let more = Array(bytes[..<at]) + noise.bytes(1 + noise.below(50)) + bytes[at...]
      let less = Array(bytes[..<at]) + bytes[(at + 1)...]
      for bad in [more, less] {
        #expect(try readAtRandom(scanned(bad)) == [chunks[0], nil, chunks[2], chunks[3]])
      }
    }
  }

  @Test func chunksInAnotherOrderAreFoundAndNamed() throws {
    let swapped =
      Array(bytes[..<table[1].offset]) + bytes[table[2].offset..<table[2].offset + table[2].bytes] + bytes[table[1].offset..<table[2].offset]
      + bytes[table[3].offset...]
    let index = try scanned(swapped)
    #expect(readAtRandom(index) == chunks)
    #expect(!index.problems.isEmpty)
  }

  @Test func aDamagedSignatureDoesNotHideTheRest() throws {
    let index = try scanned([0] + bytes.dropFirst())
    #expect(readAtRandom(index) == chunks)
    #expect(!index.problems.isEmpty)
  }

  @Test func noiseIsRefused() {
    var noise = Noise(seed: 8)
    for length in [0, 1, 8, 100, 3000] {
      let bad = noise.bytes(length)
      #expect(throws: ContainerError.self) { try readAll(bad) }
      #expect(throws: ContainerError.self) { try ContainerIndex(BytesInMemory(bad)) }
    }
  }

  @Test func noMutationIsReadAsAnotherFile() throws {
    var noise = Noise(seed: 21)
    for _ in 0..<20000 {
      var bad = bytes
      for _ in 0...noise.below(3) {
        let at = noise.below(bad.count)
        switch noise.below(4) {
        case 0: bad[at] = noise.byte()
        case 1: bad.removeSubrange(at..<min(bad.count, at + 1 + noise.below(20)))
        case 2: bad.insert(contentsOf: noise.bytes(1 + noise.below(20)), at: at)
        default: bad.replaceSubrange(at..<bad.count, with: bad[noise.below(bad.count)...])
        }
        if bad.isEmpty { bad = [0] }
      }
      if let read = try? readAll(bad) { #expect(read.1 == chunks) }
      if let index = try? ContainerIndex(BytesInMemory(bad)) {
        for (k, found) in readAtRandom(index).enumerated() where found != nil { #expect(found == chunks[k]) }
      }
    }
  }
}
