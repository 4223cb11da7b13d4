import CSndfile

#if canImport(Glibc)
  import Glibc
#endif

/// A sound file open for writing through libsndfile: FLAC, AIFF and W64.
final class SoundSink {
  private var handle: OpaquePointer?
  private let name: String
  private let channels: Int
  private let layout: SoundLayout
  private var integers: [Int32] = []
  private var doubles: [Double] = []
  private var written = 0

  /// AIFF has 32-bit sizes; some room is left for all but the samples.
  private static let mostBytesOfAIFF = Int(UInt32.max) - 1 << 20

  /// Makes a file at the descriptor of `output`, which the caller commits after `close`. Throws `SignalError`.
  init(_ output: AtomicFile, layout: SoundLayout, rate: Int, channels: Int) throws {
    (name, self.layout, self.channels) = (output.path, layout, channels)
    guard let kind = [SoundLayout.Container.flac: SF_FORMAT_FLAC, .aiff: SF_FORMAT_AIFF, .w64: SF_FORMAT_W64][layout.container] else {
      preconditionFailure("\(layout.container) is not written by libsndfile")
    }
    let small = layout.container == .w64 ? SF_FORMAT_PCM_U8 : SF_FORMAT_PCM_S8
    let width =
      layout.floatForm != nil
      ? (layout.bits == 32 ? SF_FORMAT_FLOAT : SF_FORMAT_DOUBLE)
      : [8: small, 16: SF_FORMAT_PCM_16, 24: SF_FORMAT_PCM_24][layout.bits] ?? SF_FORMAT_PCM_32
    var header = SF_INFO()
    header.samplerate = Int32(clamping: rate)
    header.channels = Int32(clamping: channels)
    header.format = Int32(truncatingIfNeeded: Int(kind) | Int(width))
    guard sf_format_check(&header) != 0, rate > 0 else {
      let what = layout.floatForm == nil ? "\(layout.bits) bits" : "\(layout.bits)-bit floating point"
      throw SignalError.unsupported(
        "\(name): \(layout.container) files cannot hold \(channels) channels of \(what) at \(rate) Hz; use another format")
    }
    handle = sf_open_fd(dup(output.rawDescriptor), Int32(SFM_WRITE), &header, Int32(SF_TRUE))
    guard handle != nil else {
      throw SignalError.cannotCreate("\(name): \(clip(String(cString: sf_strerror(nil)))); use another format")
    }
    describe()
  }

  deinit { if let handle { sf_close(handle) } }

  /// Texts and loudspeakers go before the samples. What a kind of file has no place for is left out.
  private func describe() {
    // The chunk of peaks has the time in it: the same samples would make other files.
    sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    for (tag, text) in layout.tags.sorted(by: { $0.key < $1.key }) { sf_set_string(handle, tag.sndfile, text) }
    guard let speakers = layout.speakers, speakers.nonzeroBitCount == channels, speakers >> 18 == 0 else { return }
    var map = SoundChannelMap.positions.enumerated().filter { speakers >> UInt32($0.offset) & 1 != 0 }.map { $0.element[0] }
    sf_command(handle, Int32(SFC_SET_CHANNEL_MAP_INFO), &map, Int32(4 * map.count))
  }

  /// Appends `count` samples of the channels at `positions`. Throws `SignalError.io`.
  func write(_ input: [[Int32]], at positions: [Int], count: Int) throws {
    let most = SoundFile.blockFrames(channels)
    if integers.isEmpty { integers = Array(repeating: 0, count: most * channels) }
    written += count * channels * layout.bits / 8
    guard layout.container != .aiff || written <= SoundSink.mostBytesOfAIFF else {
      throw SignalError.unsupported("\(name): AIFF files cannot be larger than 4 GiB; choose wav or flac")
    }
    var done = 0
    while done < count {
      let frames = min(most, count - done)
      for (c, position) in positions.enumerated() {
        input[position].withUnsafeBufferPointer { source in
          integers.withUnsafeMutableBufferPointer { target in for i in 0..<frames { target[i * channels + c] = source[done + i] } }
        }
      }
      guard writeBlock(frames) == frames else {
        throw SignalError.io("\(name): writing failed: \(clip(String(cString: sf_strerror(handle)))); check the free space")
      }
      done += frames
    }
  }

  private func writeBlock(_ frames: Int) -> Int {
    let count = frames * channels
    guard let form = layout.floatForm else {
      let shift = Int32(32 - layout.bits)
      integers.withUnsafeMutableBufferPointer { block in for i in 0..<count { block[i] <<= shift } }
      return Int(sf_writef_int(handle, integers, sf_count_t(frames)))
    }
    if layout.bits == 32 {
      let floats = integers[..<count].map { Float(bitPattern: UInt32(bitPattern: form.bits($0))) }
      return Int(sf_writef_float(handle, floats, sf_count_t(frames)))
    }
    return Int(sf_writef_double(handle, integers[..<count].map(form.number), sf_count_t(frames)))
  }

  /// Completes the file. Throws `SignalError.io`.
  func close() throws {
    guard let handle else { return }
    // Libsndfile writes nothing at all then, not even the header.
    guard written > 0 || layout.container != .flac else {
      throw SignalError.unsupported("\(name): FLAC files without samples are not written; choose wav")
    }
    self.handle = nil
    guard sf_close(handle) == 0 else { throw SignalError.io("\(name): writing failed; check the free space") }
  }
}

/// Writes sound files of every kind that is written.
final class SoundWriter: SignalWriter {
  private enum Sink {
    case wave(WaveSink)
    case library(SoundSink)
  }
  private let output: AtomicFile
  private let sink: Sink
  private let check: SampleCheck
  private let overwrite: Bool

  init(_ output: AtomicFile, info: SignalInfo, layout: SoundLayout, overwrite: Bool) throws {
    guard info.rate == info.rate.rounded(), info.rate >= 1, info.rate <= Double(UInt32.max) else {
      throw SignalError.unsupported("\(output.path): sound files have whole rates, not \(info.rate) Hz; use another format")
    }
    (self.output, self.overwrite) = (output, overwrite)
    let (rate, channels) = (Int(info.rate), info.channels.count)
    let layout = layout.with(container: layout.container.written)
    if layout.container.holdsChunks {
      sink = .wave(try WaveSink(output, layout: layout, rate: rate, channels: channels, frames: info.length))
    } else {
      sink = .library(try SoundSink(output, layout: layout, rate: rate, channels: channels))
    }
    let range = SignalInfo(rate: 1, channels: [Channel()], format: .sound(layout), length: nil, comments: []).sampleRange(0)
    check = SampleCheck(ranges: Array(repeating: range, count: channels), file: output.path)
  }

  func write(_ samples: [[Int32]]) throws {
    let count = try check.count(samples)
    switch sink {
    case .wave(let sink): try sink.write(samples, count: count)
    case .library(let sink): try sink.write(samples, at: Array(samples.indices), count: count)
    }
  }

  func finish() throws {
    do {
      switch sink {
      case .wave(let sink): try sink.finish()
      case .library(let sink): try sink.close()
      }
      try output.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { output.abort() }
}

/// Floating-point samples as 24-bit integers, for formats that have no others.
final class IntegersWriter: SignalWriter {
  private let base: any SignalWriter
  private let form: FloatForm

  init(_ base: any SignalWriter, from form: FloatForm) { (self.base, self.form) = (base, form) }

  func write(_ samples: [[Int32]]) throws { try base.write(samples.map { $0.map(form.integer) }) }
  func finish() throws { try base.finish() }
  func abort() { base.abort() }
}
