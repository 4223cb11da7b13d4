import CSndfile

/// A sound file open for reading or writing through libsndfile, in integers of its own width.
final class SoundFile {
  private var handle: OpaquePointer?
  let name: String
  let channels: Int
  /// Samples of each channel, as the file states.
  let frames: Int
  let rate: Int
  let container: SoundLayout.Container?
  /// 8, 16, 24 or 32; nil where the file does not store integers.
  let bits: Int?
  private var block: [Int32] = []
  private static let blockFrames = 8192

  /// Opens a file for reading. Throws `SignalError`.
  init(reading path: String) throws {
    name = path
    _ = try InputFile(path: path)
    var header = SF_INFO()
    handle = sf_open(path, Int32(SFM_READ), &header)
    guard handle != nil else {
      throw SignalError.malformed("\(path): \(clip(String(cString: sf_strerror(nil)))); give a sound file that is whole")
    }
    (channels, rate) = (Int(header.channels), Int(header.samplerate))
    // A FLAC stream of unknown length states the largest number there is.
    frames = header.frames < 1 << 48 ? max(0, Int(header.frames)) : 0
    switch Int(header.format) & Int(SF_FORMAT_TYPEMASK) {
    case Int(SF_FORMAT_WAV), Int(SF_FORMAT_WAVEX): container = .wav
    case Int(SF_FORMAT_FLAC): container = .flac
    case Int(SF_FORMAT_AIFF): container = .aiff
    default: container = nil
    }
    switch Int(header.format) & Int(SF_FORMAT_SUBMASK) {
    case Int(SF_FORMAT_PCM_S8), Int(SF_FORMAT_PCM_U8): bits = 8
    case Int(SF_FORMAT_PCM_16): bits = 16
    case Int(SF_FORMAT_PCM_24): bits = 24
    case Int(SF_FORMAT_PCM_32): bits = 32
    default: bits = nil
    }
    // libsndfile takes a cut file for a shorter one, and tells only in its log.
    var log = [CChar](repeating: 0, count: 4096)
    sf_command(handle, Int32(SFC_GET_LOG_INFO), &log, Int32(log.count))
    let text = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for line in text.split(separator: "\n") where line.contains("should be") && ["data", "SSND"].contains(where: line.drop { $0 == " " }.hasPrefix) {
      throw SignalError.malformed("\(path): is cut short; get the whole file")
    }
  }

  /// Makes a file at the descriptor of `output`, which the caller commits after `close`. Throws `SignalError`.
  init(writing output: AtomicFile, container: SoundLayout.Container, bits: Int, rate: Int, channels: Int) throws {
    (name, self.container, self.bits, self.rate, self.channels) = (output.path, container, bits, rate, channels)
    frames = 0
    let type = [SoundLayout.Container.wav: SF_FORMAT_WAV, .flac: SF_FORMAT_FLAC, .aiff: SF_FORMAT_AIFF][container]!
    let small = container == .wav ? SF_FORMAT_PCM_U8 : SF_FORMAT_PCM_S8
    let width = [8: small, 16: SF_FORMAT_PCM_16, 24: SF_FORMAT_PCM_24, 32: SF_FORMAT_PCM_32][bits] ?? SF_FORMAT_PCM_32
    var header = SF_INFO()
    header.samplerate = Int32(clamping: rate)
    header.channels = Int32(clamping: channels)
    header.format = Int32(truncatingIfNeeded: Int(type) | Int(width))
    guard sf_format_check(&header) != 0, rate > 0 else {
      throw SignalError.unsupported("\(name): \(container) files cannot hold \(channels) channels of \(bits) bits at \(rate) Hz; use another format")
    }
    handle = sf_open_fd(output.rawDescriptor, Int32(SFM_WRITE), &header, 0)
    guard handle != nil else {
      throw SignalError.cannotCreate("\(name): \(clip(String(cString: sf_strerror(nil)))); use another format")
    }
  }

  deinit { if let handle { sf_close(handle) } }

  /// Appends up to `count` samples of each channel to the arrays at `positions`; returns how many came: fewer only at the end.
  func read(_ count: Int, into output: inout [[Int32]], at positions: [Int]) throws -> Int {
    guard let bits, let handle else { return 0 }
    if block.isEmpty { block = Array(repeating: 0, count: SoundFile.blockFrames * channels) }
    let shift = Int32(32 - bits)
    var done = 0
    while done < count {
      let wanted = min(SoundFile.blockFrames, count - done)
      let came = max(0, min(wanted, Int(sf_readf_int(handle, &block, sf_count_t(wanted)))))
      for (c, position) in positions.enumerated() {
        let start = output[position].count
        output[position].append(contentsOf: repeatElement(0, count: came))
        output[position].withUnsafeMutableBufferPointer { target in
          block.withUnsafeBufferPointer { source in for i in 0..<came { target[start + i] = source[i * channels + c] >> shift } }
        }
      }
      done += came
      if came < wanted { break }
    }
    guard sf_error(handle) == 0 else {
      throw SignalError.malformed("\(name): \(clip(String(cString: sf_strerror(handle)))); get the whole file")
    }
    return done
  }

  /// Appends `count` samples of the channels at `positions`. Throws `SignalError.io`.
  func write(_ input: [[Int32]], at positions: [Int], count: Int) throws {
    if block.isEmpty { block = Array(repeating: 0, count: SoundFile.blockFrames * channels) }
    let shift = Int32(32 - (bits ?? 32))
    var done = 0
    while done < count {
      let frames = min(SoundFile.blockFrames, count - done)
      for (c, position) in positions.enumerated() {
        input[position].withUnsafeBufferPointer { source in
          block.withUnsafeMutableBufferPointer { target in for i in 0..<frames { target[i * channels + c] = source[done + i] << shift } }
        }
      }
      guard Int(sf_writef_int(handle, block, sf_count_t(frames))) == frames else {
        throw SignalError.io("\(name): writing failed: \(clip(String(cString: sf_strerror(handle)))); check the free space")
      }
      done += frames
    }
  }

  /// Completes the file. Throws `SignalError.io`.
  func close() throws {
    guard let handle else { return }
    self.handle = nil
    guard sf_close(handle) == 0 else { throw SignalError.io("\(name): writing failed; check the free space") }
  }
}

/// Reads WAV, FLAC and AIFF files of integer samples.
final class SoundReader: SignalReader {
  let info: SignalInfo
  private let file: SoundFile
  private var done = 0

  init(_ path: String, limits: SignalLimits) throws {
    file = try SoundFile(reading: path)
    guard let container = file.container else {
      throw SignalError.unsupported("\(path): this kind of sound file is not read; convert it to WAV, FLAC or AIFF")
    }
    guard let bits = file.bits else {
      throw SignalError.unsupported("\(path): its samples are no integers; convert it to 16 or 24 bits")
    }
    guard file.channels > 0, file.channels <= limits.channels, file.rate > 0 else {
      throw SignalError.limit("\(path): has \(file.channels) channels at \(file.rate) Hz, outside the limits; check the file")
    }
    guard file.frames > 0 else { throw SignalError.malformed("\(path): has no samples or does not state how many; convert it anew") }
    info = SignalInfo(
      rate: Double(file.rate), channels: Array(repeating: Channel(), count: file.channels),
      format: .sound(SoundLayout(container: container, bits: bits)), length: file.frames, comments: [])
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    var result = [[Int32]](repeating: [], count: info.channels.count)
    let wanted = min(maxSamples, info.length! - done)
    let came = try file.read(wanted, into: &result, at: Array(result.indices))
    done += came
    guard came == wanted else {
      throw SignalError.malformed("\(file.name): ends after \(done) samples of each channel, but states \(info.length!); get the whole file")
    }
    return came == 0 ? [] : result
  }
}

/// Writes WAV, FLAC and AIFF files.
final class SoundWriter: SignalWriter {
  private let output: AtomicFile
  private let file: SoundFile
  private let check: SampleCheck
  private let overwrite: Bool

  init(_ output: AtomicFile, info: SignalInfo, layout: SoundLayout, overwrite: Bool) throws {
    guard info.rate == info.rate.rounded(), info.rate < 1e9 else {
      throw SignalError.unsupported("\(output.path): sound files have whole rates, not \(info.rate) Hz; use another format")
    }
    (self.output, self.overwrite) = (output, overwrite)
    file = try SoundFile(writing: output, container: layout.container, bits: layout.bits, rate: Int(info.rate), channels: info.channels.count)
    let range = SignalInfo(rate: 1, channels: [Channel()], format: .sound(layout), length: nil, comments: []).sampleRange(0)
    check = SampleCheck(ranges: Array(repeating: range, count: info.channels.count), file: output.path)
  }

  func write(_ samples: [[Int32]]) throws {
    try file.write(samples, at: Array(samples.indices), count: try check.count(samples))
  }

  func finish() throws {
    do {
      try file.close()
      try output.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { output.abort() }
}
