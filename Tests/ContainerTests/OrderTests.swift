import Bytes
import Container
import Testing

/// A reader from the front and one that comes by the seek table refuse the same files, for the same reason.
@Suite struct OrderTests {
  /// A file of three data chunks with one more chunk in it; seek table and trailer are right.
  private func altered(with type: Character, before place: Int, needsCodec: Bool, checksum: UInt32? = nil, packets: Bool = false) throws -> [UInt8] {
    var reader = ByteReader(try plain(needsCodec: needsCodec, packets: packets))
    var parts: [(type: UInt8, payload: [UInt8])] = []
    _ = try reader.take(containerSignature.count)
    while parts.last?.type != UInt8(ascii: "E") {
      parts.append((try reader.byte(), Array(try reader.counted(atMost: 1 << 20, "a payload"))))
      _ = try reader.take(4)
    }
    let end = ByteReader(parts[parts.count - 1].payload)
    parts.insert((type.asciiValue!, parts[0].payload), at: place)
    var (bytes, starts, tail) = (containerSignature, [Int](), 0)
    for (k, part) in parts.enumerated() {
      var payload = part.payload
      if part.type == UInt8(ascii: "E") {
        var (total, table) = (end, ByteWriter())
        table.append(varint: try total.varint())
        for (a, b) in zip(starts, starts.dropFirst()) { table.append(varint: UInt64(b - a)) }
        payload = table.bytes
      }
      if part.type == UInt8(ascii: "D") {
        // Packets of one data chunk have its index.
        let before = parts[..<k].last { $0.type == part.type }
        if before.map({ $0.payload[0] >> 2 != payload[0] >> 2 }) ?? true { starts.append(bytes.count) }
      }
      var chunk = ByteWriter()
      chunk.append(part.type)
      chunk.append(counted: payload)
      chunk.append(littleEndian: k == place ? checksum ?? crc32(chunk.bytes) : crc32(chunk.bytes))
      bytes += chunk.bytes
      tail = chunk.bytes.count
    }
    var trailer = ByteWriter()
    trailer.append(varint: UInt64(tail))
    return bytes + trailer.bytes.reversed()
  }

  private func plain(needsCodec: Bool, packets: Bool) throws -> [UInt8] {
    final class Sink { var bytes: [UInt8] = [] }
    let sink = Sink()
    let header = ContainerHeader(codec: needsCodec ? codec : nil, chunkLength: 100, metadata: [9])
    var writer = try ContainerWriter(header: header) { sink.bytes += $0 }
    for chunk in samples([100, 100, 60]) {
      for start in packets ? [0, 20] : [0] {
        let count = !packets ? chunk.count : start == 0 ? 20 : chunk.count - 20
        try writer.append(packetStart: packets ? start : nil, sampleCount: count, hash: chunk.hash, payload: chunk.payload)
      }
    }
    try writer.finish()
    return sink.bytes
  }

  /// What a reader says: nothing if it reads everything.
  private func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  private func check(_ bytes: [UInt8], _ what: String) -> String? {
    let front = refusal { _ = try readAll(bytes) }
    let table = refusal {
      let index = try ContainerIndex(BytesInMemory(bytes))
      #expect(!index.isRebuilt, "\(what)")
      for (k, entry) in index.entries.enumerated() { for part in (entry?.parts ?? []).indices { _ = try index.chunk(k, part: part) } }
      if let place = try index.codec() { #expect(!place.isEmpty) }
    }
    #expect(front == table, "\(what)")
    return front
  }

  @Test(arguments: ["c", "x", "X", "H"] as [Character], [false, true]) func readersAgree(type: Character, packets: Bool) throws {
    for needsCodec in [false, true] {
      for place in 1...(packets ? 7 : 4) {
        let what = "\(type) before \(place), \(needsCodec)"
        let found = check(try altered(with: type, before: place, needsCodec: needsCodec, packets: packets), what)
        let isAllowed = type == "x" || type == "c" && needsCodec && place == 1
        #expect((found == nil) == isAllowed, "\(what): \(found ?? "accepted")")
      }
    }
  }

  @Test func aScanSaysWhatIsMisplaced() throws {
    for (type, place, text) in [("c", 3, "a codec at byte"), ("X", 2, "a chunk of type 'X'"), ("H", 2, "a second header")]
      as [(Character, Int, String)]
    {
      let bytes = try altered(with: type, before: place, needsCodec: true)
      let index = try ContainerIndex(scanning: BytesInMemory(bytes))
      #expect(index.problems.count == 1 && index.problems[0].contains(text), "\(index.problems)")
      #expect(readAtRandom(index).allSatisfy { $0 != nil })
      // Where the table is gone as well, only a reader that was told to go on does so.
      #expect(throws: ContainerError.self) { try ContainerIndex(BytesInMemory(Array(bytes.dropLast()))) }
    }
  }

  @Test func aDamagedCodecIsRefusedByBoth() throws {
    let bytes = try altered(with: "c", before: 1, needsCodec: true, checksum: 12345)
    let front = refusal { _ = try readAll(bytes) }
    #expect(front?.hasPrefix("the checksum of the chunk at byte") == true)
    #expect(refusal { _ = try ContainerIndex(BytesInMemory(bytes)) } == front)
  }

  @Test func anEndBeforeTheEndAndALongTrailerAreRefusedByBoth() throws {
    // A file without samples, and another one's end chunk before its own.
    let header = ContainerHeader(codec: nil, chunkLength: 100, metadata: [9])
    let empty = try file([], chunkLength: 100, header: header)
    let endBytes = Int(empty[empty.count - 1])
    let end = empty[(empty.count - 1 - endBytes)..<(empty.count - 1)]
    let twice = Array(empty[..<end.startIndex]) + end + end + [UInt8(endBytes)]
    #expect(throws: ContainerError.self) { try readAll(twice) }
    #expect(throws: Never.self) { try readAll(empty) }
    #expect(try ContainerIndex(BytesInMemory(twice)).isRebuilt && !ContainerIndex(BytesInMemory(empty)).isRebuilt)
    let long = empty.dropLast() + [0, UInt8(endBytes) | 0x80]
    #expect(throws: ContainerError.self) { try readAll(Array(long)) }
    #expect(try ContainerIndex(BytesInMemory(Array(long))).isRebuilt)
  }
}
