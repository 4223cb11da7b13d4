import CSndfile

#if canImport(Glibc)
  import Glibc
#endif

/// A sound file open for reading through libsndfile, in integers of its own width or in floating point.
///
/// What a lossy file decodes to, and samples of other compressed forms (A-law, ADPCM and the like), become 16-bit integers.
final class SoundFile: SoundSource {
  private var handle: OpaquePointer?
  /// Libsndfile reads from its descriptor.
  private let file: InputFile
  let shape: SoundShape
  /// 8, 16, 24 or 32; nil where the file does not store integers.
  let bits: Int?
  /// The channel of the file for each channel that is given: in the order of WAV files, which decoders of surround sound need not have.
  private let order: [Int]
  private var integers: [Int32] = []
  private var floats: [Float] = []

  var name: String { file.name }

  static let blockFrames = 8192
  /// The most values in a block, for files of very many channels.
  static func blockFrames(_ channels: Int) -> Int { max(1, min(blockFrames, (1 << 18) / max(1, channels))) }

  /// Opens a file. Throws `SignalError`.
  convenience init(reading path: String) throws { try self.init(reading: InputFile(path: path)) }

  /// Opens a file in which one can seek, standing at its beginning. Throws `SignalError`.
  init(reading file: InputFile) throws {
    self.file = file
    var header = SF_INFO()
    // Of a file that it refuses, libsndfile closes the descriptor, whatever it is told: it gets one of its own.
    handle = sf_open_fd(dup(file.rawDescriptor), Int32(SFM_READ), &header, Int32(SF_TRUE))
    guard let handle else {
      let reason = clip(String(cString: sf_strerror(nil)))
      if let missing = try SoundFile.unreadable(file) {
        throw SignalError.unsupported("\(file.name): the libsndfile installed here (\(SoundFile.version)) reads no \(missing); install a newer one")
      }
      throw SignalError.malformed("\(file.name): \(reason); give a sound file that is whole")
    }
    let (kind, form) = (Int(header.format) & Int(SF_FORMAT_TYPEMASK), Int(header.format) & Int(SF_FORMAT_SUBMASK))
    guard let container = SoundFile.container(kind, form) else {
      sf_close(handle)
      throw SignalError.unsupported("\(file.name): this kind of sound file is not read; convert it to WAV, FLAC or AIFF")
    }
    let stored = SoundFile.integerBits[form]
    bits = stored
    let isFloat = form == Int(SF_FORMAT_FLOAT) || form == Int(SF_FORMAT_DOUBLE)
    let channels = Int(header.channels)
    let map = SoundFile.speakers(handle, channels: channels) ?? (container.isLossy ? SoundChannelMap.vorbis[channels] : nil)
    let isOrdered = map.map { zip($0, $0.dropFirst()).allSatisfy { $0 < $1 } } ?? false
    order = container.isLossy ? map.map { map in map.indices.sorted { map[$0] < map[$1] } } ?? Array(0..<channels) : Array(0..<channels)
    // A FLAC stream of unknown length states the largest number there is; what MP3 files state need not be so.
    let frames = Int(header.frames)
    let isStated = !container.isLossy && 0..<1 << 48 ~= frames && (frames > 0 || container != .flac)
    shape = SoundShape(
      rate: Int(header.samplerate), channels: channels, frames: isStated ? frames : nil, container: container,
      bits: isFloat ? (form == Int(SF_FORMAT_FLOAT) ? 32 : 64) : stored ?? 16, isFloat: isFloat,
      speakers: isOrdered || container.isLossy ? map.map { $0.reduce(0) { $0 | UInt32(1) << UInt32($1) } } : nil, tags: SoundFile.tags(handle))
    try refuseCut()
  }

  deinit { if let handle { sf_close(handle) } }

  // MARK: What a file says

  private static let integerBits: [Int: Int] = [
    Int(SF_FORMAT_PCM_S8): 8, Int(SF_FORMAT_PCM_U8): 8, Int(SF_FORMAT_PCM_16): 16, Int(SF_FORMAT_PCM_24): 24, Int(SF_FORMAT_PCM_32): 32,
  ]

  private static func container(_ kind: Int, _ form: Int) -> SoundLayout.Container? {
    switch kind {
    case Int(SF_FORMAT_WAV), Int(SF_FORMAT_WAVEX): .wav
    case Int(SF_FORMAT_RF64): .rf64
    case Int(SF_FORMAT_W64): .w64
    case Int(SF_FORMAT_FLAC): .flac
    case Int(SF_FORMAT_AIFF): .aiff
    case Int(SF_FORMAT_MPEG): .mp3
    case Int(SF_FORMAT_OGG): form == Int(SF_FORMAT_VORBIS) ? .vorbis : form == Int(SF_FORMAT_OPUS) ? .opus : nil
    default: nil
    }
  }

  /// The bit of each channel's loudspeaker in a WAV file; nil where the file does not say, or names one twice.
  private static func speakers(_ handle: OpaquePointer, channels: Int) -> [Int]? {
    var map = [Int32](repeating: 0, count: channels)
    guard sf_command(handle, Int32(SFC_GET_CHANNEL_MAP_INFO), &map, Int32(4 * channels)) != 0 else { return nil }
    let bits = map.compactMap { position in SoundChannelMap.positions.firstIndex { $0.contains(position) } }
    return bits.count == channels && Set(bits).count == channels ? bits : nil
  }

  private static func tags(_ handle: OpaquePointer) -> [SoundTag: String] {
    var tags: [SoundTag: String] = [:]
    for tag in SoundTag.allCases {
      guard let text = sf_get_string(handle, tag.sndfile) else { continue }
      tags[tag] = SoundTag.text((0...SoundTag.mostBytes).lazy.map { UInt8(bitPattern: text[$0]) })
    }
    return tags
  }

  /// The kind of a file that this libsndfile was built without; nil if that is not what is wrong.
  private static func unreadable(_ file: InputFile) throws -> String? {
    try file.seek(to: 0)
    let head = try file.read(upTo: 4)
    let isMP3 = head.starts(with: "ID3".utf8) || head.count == 4 && head[0] == 0xFF && head[1] & 0xE0 == 0xE0
    let kinds: [(name: String, format: Int, isIt: Bool)] = [
      ("MP3", Int(SF_FORMAT_MPEG), isMP3), ("Ogg", Int(SF_FORMAT_OGG), head.starts(with: "OggS".utf8)),
      ("FLAC", Int(SF_FORMAT_FLAC), head.starts(with: "fLaC".utf8)),
    ]
    guard let kind = kinds.first(where: \.isIt) else { return nil }
    var count: Int32 = 0
    sf_command(nil, Int32(SFC_GET_FORMAT_MAJOR_COUNT), &count, 4)
    let isKnown = (0..<max(0, count)).contains { k in
      var known = SF_FORMAT_INFO()
      known.format = k
      return sf_command(nil, Int32(SFC_GET_FORMAT_MAJOR), &known, Int32(MemoryLayout<SF_FORMAT_INFO>.size)) == 0 && Int(known.format) == kind.format
    }
    return isKnown ? nil : kind.name
  }

  private static var version: String { String(cString: sf_version_string()) }

  /// Libsndfile takes a cut file for a shorter one, and tells only in its log.
  private func refuseCut() throws {
    var log = [CChar](repeating: 0, count: 4096)
    sf_command(handle, Int32(SFC_GET_LOG_INFO), &log, Int32(log.count))
    let text = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for line in text.split(separator: "\n") where line.contains("should be") && ["data", "SSND"].contains(where: line.drop { $0 == " " }.hasPrefix) {
      throw SignalError.malformed("\(name): is cut short; get the whole file")
    }
  }

  // MARK: Samples

  func read(_ count: Int, into output: inout [[Int32]]) throws -> Int { try read(count, into: &output, at: Array(output.indices)) }

  /// Appends up to `count` samples of each channel to the arrays at `positions`; returns how many came: fewer only at the end. Throws `SignalError`.
  func read(_ count: Int, into output: inout [[Int32]], at positions: [Int]) throws -> Int {
    let channels = shape.channels
    let most = SoundFile.blockFrames(channels)
    if integers.isEmpty { integers = Array(repeating: 0, count: most * channels) }
    if bits == nil, floats.isEmpty { floats = Array(repeating: 0, count: most * channels) }
    var done = 0
    while done < count {
      let wanted = min(most, count - done)
      let came = readBlock(wanted)
      for (c, position) in positions.enumerated() {
        let (start, from) = (output[position].count, order[c])
        output[position].append(contentsOf: repeatElement(0, count: came))
        output[position].withUnsafeMutableBufferPointer { target in
          integers.withUnsafeBufferPointer { source in for i in 0..<came { target[start + i] = source[i * channels + from] } }
        }
      }
      done += came
      if came < wanted { break }
    }
    try checkError()
    return done
  }

  /// The next frames as integers of the file's width or bits of floating-point numbers; returns how many.
  private func readBlock(_ frames: Int) -> Int {
    if let bits {
      let came = max(0, min(frames, Int(sf_readf_int(handle, &integers, sf_count_t(frames)))))
      let shift = Int32(32 - bits)
      integers.withUnsafeMutableBufferPointer { block in for i in 0..<came * shape.channels { block[i] >>= shift } }
      return came
    }
    let came = max(0, min(frames, Int(sf_readf_float(handle, &floats, sf_count_t(frames)))))
    for i in 0..<came * shape.channels {
      integers[i] = shape.isFloat ? Int32(bitPattern: floats[i].bitPattern) : SoundFile.integer(floats[i])
    }
    return came
  }

  /// 16 bits of what a decoder computed; beyond full scale the largest.
  private static func integer(_ number: Float) -> Int32 {
    number.isNaN ? 0 : Int32(max(-32768, min(32767, (number * 32768).rounded(.toNearestOrEven))))
  }

  func readDoubles(_ count: Int) throws -> [[Double]] {
    let channels = shape.channels
    var result = [[Double]](repeating: [], count: channels)
    var block = [Double](repeating: 0, count: SoundFile.blockFrames(channels) * channels)
    var done = 0
    while done < count {
      let wanted = min(block.count / channels, count - done)
      let came = max(0, min(wanted, Int(sf_readf_double(handle, &block, sf_count_t(wanted)))))
      for c in 0..<channels { for i in 0..<came { result[c].append(block[i * channels + c]) } }
      done += came
      if came < wanted { break }
    }
    try checkError()
    return result
  }

  private func checkError() throws {
    guard sf_error(handle) == 0 else {
      throw SignalError.malformed("\(name): \(clip(String(cString: sf_strerror(handle)))); get the whole file")
    }
  }
}

/// The numbers that libsndfile has for loudspeakers, in the order of the bits of WAVE_FORMAT_EXTENSIBLE.
enum SoundChannelMap {
  /// The loudspeakers of Vorbis and Opus files of so many channels, as bits, in the files' order (Vorbis I specification, section 4.3.9; RFC 7845,
  /// section 5.1.1.2), of which libsndfile says nothing.
  static let vorbis: [Int: [Int]] = [
    3: [0, 2, 1], 4: [0, 1, 4, 5], 5: [0, 2, 1, 4, 5], 6: [0, 2, 1, 4, 5, 3], 7: [0, 2, 1, 9, 10, 8, 3], 8: [0, 2, 1, 9, 10, 4, 5, 3],
  ]

  /// The first of each are those that are written.
  static let positions = [
    [SF_CHANNEL_MAP_FRONT_LEFT, SF_CHANNEL_MAP_LEFT], [SF_CHANNEL_MAP_FRONT_RIGHT, SF_CHANNEL_MAP_RIGHT],
    [SF_CHANNEL_MAP_FRONT_CENTER, SF_CHANNEL_MAP_CENTER, SF_CHANNEL_MAP_MONO], [SF_CHANNEL_MAP_LFE], [SF_CHANNEL_MAP_REAR_LEFT],
    [SF_CHANNEL_MAP_REAR_RIGHT], [SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER], [SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER], [SF_CHANNEL_MAP_REAR_CENTER],
    [SF_CHANNEL_MAP_SIDE_LEFT], [SF_CHANNEL_MAP_SIDE_RIGHT], [SF_CHANNEL_MAP_TOP_CENTER], [SF_CHANNEL_MAP_TOP_FRONT_LEFT],
    [SF_CHANNEL_MAP_TOP_FRONT_CENTER], [SF_CHANNEL_MAP_TOP_FRONT_RIGHT], [SF_CHANNEL_MAP_TOP_REAR_LEFT], [SF_CHANNEL_MAP_TOP_REAR_CENTER],
    [SF_CHANNEL_MAP_TOP_REAR_RIGHT],
  ].map { (names: [Int]) in names.map { Int32($0) } }
}

extension SoundTag {
  /// Libsndfile's number of it.
  var sndfile: Int32 {
    switch self {
    case .title: Int32(SF_STR_TITLE)
    case .copyright: Int32(SF_STR_COPYRIGHT)
    case .software: Int32(SF_STR_SOFTWARE)
    case .artist: Int32(SF_STR_ARTIST)
    case .comment: Int32(SF_STR_COMMENT)
    case .date: Int32(SF_STR_DATE)
    case .album: Int32(SF_STR_ALBUM)
    case .license: Int32(SF_STR_LICENSE)
    case .track: Int32(SF_STR_TRACKNUMBER)
    case .genre: Int32(SF_STR_GENRE)
    }
  }
}
