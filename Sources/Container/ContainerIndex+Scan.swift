// Where there is no seek table to trust: chunks are looked for at every byte.
extension ContainerIndex {
  /// Finds the chunks by a scan of the whole file.
  /// - Throws: `ContainerError` if there is no header, and what the file throws.
  public init(scanning file: File, limits: ContainerLimits = ContainerLimits()) throws {
    self.file = file
    self.limits = limits
    isRebuilt = true
    var scanner = ChunkScanner(file, limits: limits)
    guard let found = try scanner.next([ChunkType.header]) else {
      // Nothing to start from: say what a reader from the front says.
      _ = try ContainerReader(SequentialBytes(file), limits: limits)
      throw ContainerError.malformed("the file has no header")
    }
    header = try ContainerHeader(payload: found.payload, limits: limits)
    if try found.offset != containerSignature.count || file.read(at: 0, count: found.offset) != containerSignature {
      problems.append("the signature is damaged")
    }
    entries = []
    var order = -1
    var packeted: Set<Int> = []
    var rules = ChunkOrder(header)
    while let found = try scanner.next([ChunkType.data, ChunkType.end, ChunkType.codec, ChunkType.header]) {
      do {
        _ = try rules.role(of: found.type, at: found.offset)
      } catch let error as ContainerError {
        misplaced = misplaced ?? error
        problems.append(error.description)
      }
      if found.type == ChunkType.codec { codecPlace = codecPlace ?? (found.offset, found.bytes) }
      if found.type == ChunkType.end {
        guard let end = try? EndChunk(payload: found.payload, chunkLength: header.chunkLength, limits: limits), totalSamples == nil else {
          problems.append("an end chunk at byte \(found.offset) does not fit")
          continue
        }
        totalSamples = end.totalSamples
        continue
      }
      guard found.type == ChunkType.data else { continue }
      guard let chunk = try? DataChunk(bytes: found.payload, chunkLength: header.chunkLength, limits: limits) else {
        problems.append("a data chunk at byte \(found.offset) does not fit the header")
        continue
      }
      // A gap costs an entry a chunk: more of them than the file has bytes cannot have been written.
      guard chunk.index <= file.count else {
        problems.append("the data chunk at byte \(found.offset) says it is chunk \(chunk.index)")
        continue
      }
      if chunk.index < order { problems.append("data chunk \(chunk.index) lies behind chunk \(order)") }
      order = max(order, chunk.index)
      let place = found.offset..<found.offset + found.bytes
      if let packetStart = chunk.packetStart, packetStart > 0 {
        guard entries.indices.contains(chunk.index), packeted.contains(chunk.index), entries[chunk.index]?.sampleCount == packetStart else {
          problems.append("a packet of data chunk \(chunk.index) does not follow another: what comes before its sample \(packetStart) is missing")
          continue
        }
        entries[chunk.index]?.parts.append(place)
        entries[chunk.index]?.sampleCount += chunk.sampleCount
        continue
      }
      while entries.count <= chunk.index { entries.append(nil) }
      if entries[chunk.index] == nil {
        entries[chunk.index] = Entry(parts: [place], sampleCount: chunk.sampleCount)
        if chunk.packetStart != nil { packeted.insert(chunk.index) }
      } else {
        problems.append("data chunk \(chunk.index) is there more than once")
      }
    }
    fitToTotal(fileBytes: file.count, packeted)
    for (index, entry) in entries.enumerated().dropLast() {
      guard let entry, entry.sampleCount != header.chunkLength else { continue }
      // Of packets those before a gap can be decoded.
      if packeted.contains(index) { continue }
      problems.append("data chunk \(index) is short, but not the last")
      entries[index] = nil
    }
  }

  /// Makes the entries as many as the end chunk says.
  private mutating func fitToTotal(fileBytes: Int, _ packeted: Set<Int>) {
    guard let total = totalSamples else {
      problems.append("the end of the file is missing or damaged: how long the signal was is not known")
      return
    }
    let count = EndChunk.chunkCount(totalSamples: total, chunkLength: header.chunkLength)
    let last = count - 1
    guard count <= max(fileBytes, entries.count), entries.count <= count,
      entries.count < count || last < 0
        || entries[last].map({ entry in
          let rest = total - last * header.chunkLength
          return packeted.contains(last) ? entry.sampleCount <= rest : entry.sampleCount == rest
        }) ?? true
    else {
      problems.append("the end chunk does not fit the data chunks")
      totalSamples = nil
      return
    }
    while entries.count < count { entries.append(nil) }
  }
}
