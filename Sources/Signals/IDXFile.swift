/// Reads IDX files of unsigned bytes, plain or packed by gzip.
final class IDXReader: SignalReader {
  let info: SignalInfo
  private let source: UnpackedFile
  private let header: IDXHeader
  private var done = 0
  private var block = [UInt8](repeating: 0, count: 1 << 16)

  /// Throws `SignalError`, also where a plain file does not have the size that its header gives.
  init(_ source: UnpackedFile) throws {
    self.source = source
    header = try IDXHeader(source)
    info = SignalInfo(stack: header.layout, items: header.items)
    guard let size = source.size else { return }
    let wanted = header.byteCount + header.samples
    if size < wanted { throw cut(at: size - header.byteCount) }
    if size > wanted { throw excess("\(size - wanted) bytes follow") }
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let wanted = min(maxSamples, header.samples - done)
    guard wanted > 0 else { return [] }
    var samples: [Int32] = []
    while samples.count < wanted {
      let part = min(wanted - samples.count, block.count)
      let count = try block.withUnsafeMutableBytes { try source.read(into: .init(rebasing: $0[..<part])) }
      guard count == part else { throw cut(at: done + samples.count + count) }
      samples.append(contentsOf: block[..<part].lazy.map { Int32($0) })
    }
    done += wanted
    if done == header.samples, !(try source.read(upTo: 1)).isEmpty { throw excess("more bytes follow") }
    return [samples]
  }

  private func cut(at samples: Int) -> SignalError {
    .malformed(
      "\(source.name): is cut short: states \(header.layout.described(header.items)) and holds \(samples / header.layout.itemSamples); get the whole file"
    )
  }

  private func excess(_ what: String) -> SignalError {
    .malformed(
      "\(source.name): \(what) the \(header.layout.described(header.items)) that its header states; check that the file is what it should be")
  }
}

/// Writes IDX files of unsigned bytes.
final class IDXWriter: SignalWriter {
  private let sink: PackedSink
  private let check: SampleCheck
  private let layout: StackLayout
  private let overwrite: Bool
  private var samples = 0

  /// Throws `SignalError.io`.
  init(_ file: AtomicFile, layout: StackLayout, overwrite: Bool) throws {
    (self.layout, self.overwrite) = (layout, overwrite)
    sink = PackedSink(file, packing: .u8, channels: 1)
    check = SampleCheck(ranges: [Packing.u8.range], file: file.path)
    // The number of items is known in the end.
    try file.write(IDXHeader(items: 0, layout: layout).bytes!)
  }

  func write(_ input: [[Int32]]) throws {
    let count = try check.count(input)
    try sink.write(input, at: [0], count: count)
    samples += count
  }

  func finish() throws {
    do {
      try sink.finish()
      let (items, rest) = samples.quotientAndRemainder(dividingBy: layout.itemSamples)
      guard rest == 0 else {
        throw SignalError.malformed(
          "\(sink.file.path): the signal ends inside an item, \(rest) samples behind \(layout.described(items)); decode to raw")
      }
      guard let header = IDXHeader(items: items, layout: layout).bytes else {
        throw SignalError.unsupported("\(sink.file.path): \(layout.described(items)) are more than an IDX file can count; decode to raw")
      }
      try sink.file.replace(at: 0, with: header)
      try sink.file.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { sink.file.abort() }
}
