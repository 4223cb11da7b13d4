import Bytes
import Foundation
import Signals

/// Pictures in files of every kind: PNG, JPEG, TIFF, PNM.
struct PictureEntry: Entry {
  static let name = "picture"
  private let pictures: [[UInt8]]
  private let folder: URL

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    let kept = samples.deletingLastPathComponent().appending(path: "Tests/Vectors/pictures")
    var pictures = try ["rgb.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.tif", "grey16.tif", "tiled16.tif", "white16.tif", "planes.tif"].map
    {
      Array(try Data(contentsOf: kept.appending(path: $0)))
    }
    for (kind, components, maximum) in [
      (PictureLayout.FileKind.png, 1, 255), (.png, 4, 65535), (.pnm, 3, 255), (.pnm, 1, 1), (.pam, 2, 1000), (.tiff, 3, 255),
    ] {
      var metadata = PictureLayout.Metadata()
      if kind == .png { (metadata.orientation, metadata.profile) = (3, Array(repeating: 7, count: 300)) }
      guard
        let layout = PictureLayout(kind: kind, width: 13, height: 9, components: components, maximum: maximum, metadata: metadata)
      else { preconditionFailure("a small picture") }
      let path = folder.appending(path: "made").path
      let writer = try SignalFile.create(path, info: SignalInfo(picture: layout), overwrite: true)
      try writer.write((0..<components).map { c in (0..<117).map { Int32(($0 * (7 + c) + $0 / 13) % (maximum + 1)) } })
      try writer.finish()
      pictures.append(Array(try Data(contentsOf: URL(filePath: path))))
    }
    self.pictures = pictures + [Array("P2 3 2 9\n0 1 2\n3 4 9\n".utf8), Array("P1 3 2 010\n110".utf8)]
  }

  func run(_ dice: inout Dice) throws -> Bool {
    let k = dice.below(pictures.count)
    var mutator = Mutator()
    mutator.words = ["P5", "P7\n", "#", "65535", "WIDTH", "DEPTH 4", "ENDHDR\n", "-1", "99999999999999"]
    var bytes = mutator.mutate(pictures[k], with: pictures[dice.below(pictures.count)], &dice)
    // Behind a wrong checksum nothing of a PNG is reached.
    if dice.below(4) > 0 { bytes = PictureEntry.mended(bytes) }
    try write(bytes, folder.appending(path: "x"))
    try readSome(try SignalFile.open(folder.appending(path: "x").path, options: InputOptions(picturesAreItems: dice.one(in: 4))))
    return true
  }

  /// A PNG with right checksums, as far as its chunks can be told apart; other files as they are.
  private static func mended(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return bytes }
    var (bytes, place) = (bytes, 8)
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let sum = crc32(Array(bytes[place + 4..<place + 8 + length]))
      for k in 0..<4 { bytes[place + 8 + length + k] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(k))) }
      place += 12 + length
    }
    return bytes
  }
}
