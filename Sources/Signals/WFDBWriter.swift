/// Writes a WFDB record in the formats of its layout: the signal files as samples come, the header with initial values and checksums at the end.
final class WFDBWriter: SignalWriter {
  private enum Sink {
    case packed(PackedSink)
    case sound(SoundSink)
  }
  private struct Part {
    var sink: Sink
    var output: AtomicFile
    var file: WFDBFile
    var positions: [Int]
  }
  private let info: SignalInfo
  private let layout: WFDBLayout
  private let record: String
  private let header: String
  private let overwrite: Bool
  private let check: SampleCheck
  private var parts: [Part] = []
  private var length = 0
  private var initial: [Int32]
  private var sums: [UInt32]

  /// `path`: the record's, without `.hea`. Throws `SignalError.cannotCreate`.
  init(record path: String, info: SignalInfo, layout: WFDBLayout, overwrite: Bool) throws {
    let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    record = String(path[cut...])
    header = path + ".hea"
    (self.info, self.layout, self.overwrite) = (info, layout, overwrite)
    check = SampleCheck(ranges: info.channels.indices.map(info.sampleRange), file: path)
    initial = Array(repeating: 0, count: info.channels.count)
    sums = Array(repeating: 0, count: info.channels.count)
    guard !record.isEmpty, record.utf8.allSatisfy({ isRecordByte($0) }) else {
      throw SignalError.cannotCreate("\(path): no name of a WFDB record; use letters, digits, - and _ only")
    }
    try AtomicFile.check(header, overwrite: overwrite)
    do {
      for (k, file) in layout.files.enumerated() {
        let positions = info.channels.indices.filter { layout.fileOfChannel[$0] == k }
        guard !positions.isEmpty else { continue }
        try AtomicFile.check(path + file.suffix, overwrite: overwrite)
        let output = try AtomicFile(path: path + file.suffix)
        if let packing = file.format.packing {
          try output.write(prefix(file, signals: positions.count, length: info.length ?? 0))
          parts.append(
            Part(sink: .packed(PackedSink(output, packing: packing, channels: positions.count)), output: output, file: file, positions: positions))
        } else {
          // WFDB tools give FLAC files this rate, whatever the record's.
          let sound = try SoundSink(
            output, layout: SoundLayout(container: .flac, bits: file.format.bits), rate: 96000, channels: positions.count)
          parts.append(Part(sink: .sound(sound), output: output, file: file, positions: positions))
        }
      }
    } catch {
      abort()
      throw error
    }
  }

  /// The bytes before the samples.
  private func prefix(_ file: WFDBFile, signals: Int, length: Int) -> [UInt8] {
    if file.prefix.count == file.offset { return file.prefix }
    let matlab = WFDBLayout.matlabHeader(file.format, signals: signals, length: length) ?? []
    return matlab.count == file.offset ? matlab : Array(repeating: 0, count: min(file.offset, WFDBLayout.longestPrefix))
  }

  func write(_ samples: [[Int32]]) throws {
    let count = try check.count(samples)
    guard count > 0 else { return }
    for c in samples.indices {
      if length == 0 { initial[c] = samples[c][0] }
      samples[c].withUnsafeBufferPointer { buffer in
        var sum: UInt32 = 0
        for s in buffer { sum &+= UInt32(bitPattern: s) }
        sums[c] &+= sum
      }
    }
    for part in parts {
      switch part.sink {
      case .packed(let sink): try sink.write(samples, at: part.positions, count: count)
      case .sound(let sound): try sound.write(samples, at: part.positions, count: count)
      }
    }
    length += count
  }

  func finish() throws {
    let headerFile = try? AtomicFile(path: header)
    do {
      guard let headerFile else { throw SignalError.cannotCreate("\(header): cannot create; check the folder") }
      for part in parts {
        switch part.sink {
        case .packed(let sink):
          try sink.finish()
          if part.file.offset > 0, length != info.length {
            try part.output.replace(at: 0, with: prefix(part.file, signals: part.positions.count, length: length))
          }
        case .sound(let sound): try sound.close()
        }
      }
      let checksums = sums.map { Int16(truncatingIfNeeded: $0) }
      let text = WFDBHeader.text(info, layout: layout, record: record, length: length, initial: initial, checksums: checksums)
      try headerFile.write(Array(text.utf8))
      try AtomicFile.commit(parts.map(\.output) + [headerFile], overwrite: overwrite)
    } catch {
      headerFile?.abort()
      abort()
      throw error
    }
  }

  func abort() { for part in parts { part.output.abort() } }
}

private func isRecordByte(_ byte: UInt8) -> Bool {
  UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "_")
    || byte == UInt8(ascii: "-")
}
