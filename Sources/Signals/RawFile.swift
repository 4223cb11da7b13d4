/// Reads headerless samples, interleaved, from a file or a stream.
final class RawReader: SignalReader {
  let info: SignalInfo
  private let source: PackedSource

  /// Throws `SignalError` if a file of known size is empty or ends inside a sample frame.
  init(_ file: InputFile, encoding: RawEncoding, rate: Double, channels: Int) throws {
    let frameBytes = channels * encoding.packing.groupBytes
    if let size = file.size {
      guard size > 0 else { throw SignalError.malformed("\(file.name): this file is empty; give one with samples") }
      guard size % frameBytes == 0 else {
        throw SignalError.malformed(
          "\(file.name): its \(size) bytes are no multiple of \(frameBytes) (\(channels) channels of \(encoding.rawValue)); check --raw and --channels"
        )
      }
    }
    let length = file.size.map { $0 / frameBytes }
    info = SignalInfo(raw: encoding, rate: rate, channels: channels, length: length)
    source = PackedSource(file, packing: encoding.packing, channels: channels, frames: length)
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: info.channels.count)
    return try source.read(maxSamples, into: &result, at: Array(result.indices)) == 0 ? [] : result
  }
}

/// Packs interleaved integers into a file with constant memory.
final class PackedSink {
  let file: AtomicFile
  private let packing: Packing
  private let channels: Int
  private var samples: UnsafeMutableBufferPointer<Int32>
  private var bytes: UnsafeMutableRawBufferPointer
  /// Samples of an incomplete group, at the front of `samples`.
  private var carried = 0
  private let blockFrames: Int

  init(_ file: AtomicFile, packing: Packing, channels: Int) {
    self.file = file
    self.packing = packing
    self.channels = channels
    blockFrames = max(1, 24576 / channels)
    let groups = blockFrames * channels / packing.groupSamples + 2
    samples = .allocate(capacity: groups * packing.groupSamples)
    bytes = .allocate(byteCount: groups * packing.groupBytes, alignment: 16)
  }

  deinit {
    samples.deallocate()
    bytes.deallocate()
  }

  /// Appends the channels `positions` of `input`, each of `count` samples. Throws `SignalError.io`.
  func write(_ input: [[Int32]], at positions: [Int], count: Int) throws {
    var done = 0
    while done < count {
      let frames = min(blockFrames, count - done)
      for (c, position) in positions.enumerated() {
        let target = samples.baseAddress! + carried
        input[position].withUnsafeBufferPointer { source in
          let source = source.baseAddress! + done
          if channels == 1 {
            target.update(from: source, count: frames)
          } else {
            for i in 0..<frames { target[i * channels + c] = source[i] }
          }
        }
      }
      carried += frames * channels
      try pack(groups: carried / packing.groupSamples)
      done += frames
    }
  }

  private func pack(groups: Int) throws {
    packing.pack(samples.baseAddress!, groups: groups, into: bytes.baseAddress!)
    try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<(groups * packing.groupBytes)]))
    let used = groups * packing.groupSamples
    for k in used..<max(used, carried) { samples[k - used] = samples[k] }
    carried -= used
  }

  /// Writes the last, incomplete group. Throws `SignalError.io`.
  func finish() throws {
    guard carried > 0 else { return }
    for k in carried..<packing.groupSamples { samples[k] = 0 }
    packing.pack(samples.baseAddress!, groups: 1, into: bytes.baseAddress!)
    try file.write(UnsafeRawBufferPointer(rebasing: bytes[..<packing.byteCount(carried)!]))
    carried = 0
  }
}

/// Writes headerless samples, interleaved.
final class RawWriter: SignalWriter {
  private let sink: PackedSink
  private let check: SampleCheck
  private let positions: [Int]
  private let overwrite: Bool

  init(_ file: AtomicFile, encoding: RawEncoding, channels: Int, overwrite: Bool) {
    sink = PackedSink(file, packing: encoding.packing, channels: channels)
    check = SampleCheck(ranges: Array(repeating: encoding.packing.range, count: channels), file: file.path)
    positions = Array(0..<channels)
    self.overwrite = overwrite
  }

  func write(_ samples: [[Int32]]) throws {
    try sink.write(samples, at: positions, count: try check.count(samples))
  }

  func finish() throws {
    do {
      try sink.finish()
      try sink.file.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { sink.file.abort() }
}
