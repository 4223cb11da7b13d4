import Bytes
import Foundation
import Signals

/// Sound files: WAV and RF64 by our own reader, the others by the wrapper of libsndfile; to be read exactly, and quantised.
struct SoundEntry: Entry {
  static let name = "sound"
  private let files: [[UInt8]]
  private let folder: URL

  /// Sound of 16 bits with texts, and chunks on both sides of the samples.
  static let described: [UInt8] =
    [0xC3, 120, 2, 0, 0, 1, 0, 0, 1, 0x54, 10] + Array("bext".utf8) + [5, 1, 2, 3, 4, 5, 11] + Array("LIST".utf8) + [4] + Array("adtl".utf8)
    + [11] + Array("cue ".utf8) + [0]

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    var files: [[UInt8]] = []
    // Plain integers in each kind of file.
    for (format, encoding) in [
      (OutputFormat.wav, RawEncoding.s8), (.wav, .s16le), (.wav, .s24le), (.rf64, .s16le), (.aiff, .s16le), (.w64, .s24le), (.flac, .s16le),
    ] {
      files.append(try SoundEntry.file(SignalInfo(raw: encoding, rate: 8000, channels: 2), format, folder))
    }
    // Floating point in each form, loudspeakers and texts, as descriptions have them: 60 samples a second.
    let texts: [UInt8] = [4, 0, 2, 0x48, 0x69, 3, 1, 0x58]
    for (container, type) in [(UInt8(0), UInt8(4)), (0, 5), (0, 7), (2, 6), (3, 9), (4, 8), (0, 0)] {
      let description: [UInt8] = [0xC3, 120, 2, 0, container, type] + texts
      files.append(try SoundEntry.file(try SignalInfo(serialized: description[...]), nil, folder))
    }
    files.append(try SoundEntry.file(try SignalInfo(serialized: SoundEntry.described[...]), nil, folder))
    let kept = samples.deletingLastPathComponent().appending(path: "Tests/Vectors/sound")
    files += try ["tone.ogg", "tone.opus", "tone.mp3"].map { Array(try Data(contentsOf: kept.appending(path: $0))) }
    self.files = files
  }

  private static func file(_ info: SignalInfo, _ format: OutputFormat?, _ folder: URL) throws -> [UInt8] {
    let path = folder.appending(path: "made").path
    let writer = try SignalFile.create(path, info: info, format: format, overwrite: true)
    try writer.write((0..<2).map { c in (0..<100).map { Int32(($0 * (7 + c)) % 200 - 100) } })
    try writer.finish()
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  func run(_ dice: inout Dice) throws -> Bool {
    var mutator = Mutator()
    mutator.words = [
      "RIFF", "RF64", "WAVE", "data", "fmt ", "ds64", "LIST", "INFO", "INAM", "bext", "cue ", "JUNK", "SSND", "COMM", "\u{0}\u{0}\u{0}\u{0}",
      "\u{7F}\u{7F}",
    ]
    let bytes = mutator.mutate(files[dice.below(files.count)], with: files[dice.below(files.count)], &dice)
    let path = folder.appending(path: "x.wav")
    try write(bytes, path)
    var options = InputOptions()
    options.keepsFloats = dice.one(in: 2)
    try readSome(try SignalFile.open(path.path, options: options))
    return true
  }
}
