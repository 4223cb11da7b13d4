import Bytes
import Foundation
import Signals
import Testing

/// A gzip member.
private func packed(_ bytes: [UInt8]) -> [UInt8] {
  var trailer = ByteWriter()
  trailer.append(littleEndian: crc32(bytes))
  trailer.append(littleEndian: UInt32(bytes.count))
  // The zlib stream has two bytes before and four behind the same deflate data.
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + deflated(bytes).dropFirst(2).dropLast(4) + trailer.bytes
}

/// An IDX file of unsigned bytes with such sizes in its header.
private func idx(_ sizes: [Int], _ samples: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } } + samples
}

private func bytes(_ count: Int) -> [UInt8] { noise([0...255], count: count)[0].map { UInt8($0) } }

/// Stacks of pictures in IDX files.
@Suite struct StackTests {
  static let shapes = [[1], [70_000], [3, 5], [300, 28, 28], [1, 1, 1], [2, 300, 400], [7, 4, 6, 3]]

  @Test(arguments: shapes, [false, true])
  func stacksComeBack(sizes: [Int], isPacked: Bool) throws {
    let scratch = try Scratch()
    let samples = bytes(sizes.reduce(1, *))
    let file = idx(sizes, samples)
    let reader = try SignalFile.open(try scratch.write("x", isPacked ? packed(file) : file))
    let info = reader.info
    #expect(info.stack?.extents == Array(sizes.dropFirst()) && info.unitSamples == samples.count / sizes[0])
    #expect(info.rate == Double(info.unitSamples) && info.length == samples.count && info.channels.count == 1)
    #expect(info.bitDepth == 8 && info.sampleRange(0) == 0...255)
    #expect(try reader.readAll() == [samples.map { Int32($0) }])
    #expect(try reader.read(1) == [])
    // Written from its description, in pieces that cut items.
    let described = try SignalInfo(serialized: info.serialized()[...])
    #expect(described == info)
    try copy(try SignalFile.open(scratch.path + "/x"), to: try SignalFile.create(scratch.path + "/y", info: described))
    #expect(try scratch.read("y") == file)
    // A part has the number of items that it has.
    let writer = try SignalFile.create(scratch.path + "/z", info: info)
    try writer.write([samples.prefix(info.unitSamples).map { Int32($0) }])
    try writer.finish()
    #expect(try scratch.read("z") == idx([1] + sizes.dropFirst(), Array(samples.prefix(info.unitSamples))))
  }

  @Test func aStreamIsReadOnce() throws {
    let scratch = try Scratch()
    for file in [idx([30, 28, 28], bytes(30 * 784)), packed(idx([30, 28, 28], bytes(30 * 784)))] {
      let path = scratch.path + "/pipe\(file.count)"
      mkfifo(path, 0o600)
      Thread.detachNewThread { try? FileHandle(forWritingAtPath: path)?.write(contentsOf: Data(file)) }
      let reader = try SignalFile.open(path)
      #expect(reader.info.length == 30 * 784)
      #expect(try reader.readAll() == [bytes(30 * 784).map { Int32($0) }])
    }
  }

  @Test func membersOfAPackedFileFollowEachOther() throws {
    let scratch = try Scratch()
    let file = idx([2, 200, 300], bytes(120_000))
    let path = try scratch.write("x.gz", [0, 1, 16, 17, 40_000, 120_016].adjacent.flatMap { packed(Array(file[$0..<$1])) })
    #expect(try SignalFile.open(path).readAll() == [bytes(120_000).map { Int32($0) }])
  }

  /// What is wrong with a file, and a word that the message must have.
  static let damaged: [(file: [UInt8], tells: String)] = [
    (idx([2, 3, 3], bytes(17)), "states 2 pictures of 3x3 and holds 1"), (idx([2, 3, 3], []), "holds 0"),
    (idx([2, 3, 3], bytes(19)), "1 bytes follow"),
    (Array(idx([2, 3, 3], []).dropLast()), "inside its header"), ([0, 0, 8, 3], "inside its header"), (idx([0, 28, 28], []), "is empty (0x28x28)"),
    (idx([5, 0, 28], []), "is empty (5x0x28)"), (idx([5, 28, 0], []), "is empty"), (idx([0], []), "is empty"),
    (idx([1, 2, 2, 2, 2], bytes(16)), "5 dimensions"), (idx([1, 1 << 20, 2], bytes(100)), "1048576x2 have more than"),
    (idx([1, (1 << 32) - 1, (1 << 32) - 1, (1 << 32) - 1], bytes(100)), "have more than"),
    (idx([(1 << 32) - 1, 1 << 10, 1 << 10], bytes(100)), "limit of 2^48"), (idx([(1 << 32) - 1, 28, 28], bytes(100)), "holds 0"),
    ([0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0], "type 0x0D"),
  ]

  @Test(arguments: damaged, [false, true])
  func damagedFilesAreRefused(damage: (file: [UInt8], tells: String), isPacked: Bool) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x-idx3-ubyte", isPacked ? packed(damage.file) : damage.file)
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path).readAll() }
    // Of a packed file the end alone tells by how many bytes it is too long.
    let tells = isPacked ? damage.tells.replacing("1 bytes follow", with: "more bytes follow") : damage.tells
    #expect(error?.exitCode == 65 && error!.description.hasPrefix(path + ": ") && error!.description.contains(tells), "\(String(describing: error))")
  }

  @Test func damageOfPackedBytesIsFound() throws {
    let scratch = try Scratch()
    let whole = packed(idx([3, 28, 28], bytes(3 * 784)))
    func refusal(_ bytes: [UInt8]) throws -> String {
      let path = try scratch.write("x.gz", bytes)
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(path).readAll() }
      #expect(error?.exitCode == 65)
      return error?.description ?? ""
    }
    for cut in [2, 9, 10, 30, whole.count / 2, whole.count - 8, whole.count - 1] {
      #expect(try refusal(Array(whole.prefix(cut))).contains("compressed bytes end too early"), "\(cut)")
    }
    #expect(try refusal(whole + [7]).contains("other bytes follow"))
    #expect(try refusal(whole + packed([7])).contains("more bytes follow"))
    // The CRC-32 and the length in the trailer, and a method that is not known.
    for k in [whole.count - 8, whole.count - 4, 2] {
      var bytes = whole
      bytes[k] ^= 1
      #expect(try refusal(bytes).contains("compressed bytes are damaged"), "byte \(k)")
    }
    #expect(try refusal(packed(Array("1,2\n3,4\n".utf8))).contains("no IDX file inside"))
  }

  @Test func whatTheFormatCannotHoldIsRefused() throws {
    let scratch = try Scratch()
    let info = SignalInfo(stack: try #require(StackLayout(extents: [2, 2])))
    let (path, value) = (scratch.path + "/x", try SignalFile.create(scratch.path + "/x", info: info))
    #expect(throws: SignalError.self) { try value.write([[1, 2, 256]]) }
    value.abort()
    let cut = try SignalFile.create(path, info: info)
    try cut.write([[1, 2, 3, 4, 5]])
    let error = #expect(throws: SignalError.self) { try cut.finish() }
    #expect(error?.exitCode == 65 && error!.description.contains("1 samples behind 1 picture of 2x2"))
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.create(path + ".gz", info: info) }?.exitCode == 73)
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.create("-", info: info) }?.exitCode == 73)
    #expect(scratch.names == [])
  }

  @Test func otherFormatsTakeTheSamples() throws {
    let scratch = try Scratch()
    let info = SignalInfo(stack: try #require(StackLayout(extents: [5, 4])))
    let samples = noise([0...255], count: 60)
    for (name, format, size) in [("x.raw", OutputFormat.raw, 60), ("x.csv", .csv, nil), ("x.wav", .wav, nil), ("r", .wfdb, nil)] {
      let writer = try SignalFile.create(scratch.path + "/" + name, info: info, format: format)
      try writer.write(samples)
      try writer.finish()
      var options = InputOptions(rate: 20)
      if format == .raw { options.raw = .u8 }
      #expect(try SignalFile.open(scratch.path + "/" + name, options: options).readAll() == samples, "\(name)")
      if let size { #expect(try scratch.read(name).count == size) }
    }
  }

  @Test func layoutsAreLimited() {
    for extents in [[], [1], [1 << 20], [1024, 1024], [28, 28, 3]] { #expect(StackLayout(extents: extents)?.extents == extents) }
    for extents in [[0], [-1], [28, 0], [(1 << 20) + 1], [1024, 1025], [Int.max, Int.max], [2, 2, 2, 2]] {
      #expect(StackLayout(extents: extents) == nil)
    }
    // One, two and no extents, three that are too large together, too many, none where one is promised; a length that is too large, more bytes.
    for wrong: [UInt8] in [
      [0x14, 0, 0], [0x24, 28, 0, 0], [0x34, 0x80, 0x80, 4, 0x80, 0x80, 4, 2, 0], [0x44, 1, 1, 1, 1, 0], [0x14], [0x24, 28], [0x14, 28],
      [0x14, 28, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x14, 28, 0, 0],
    ] { #expect(throws: BytesError.self, "\(wrong)") { _ = try SignalInfo(serialized: wrong[...]) } }
    #expect(SignalInfo(stack: StackLayout(extents: [28, 28])!).serialized() == [0x24, 28, 28, 0])
  }

  @Test func namesOfStacks() {
    for name in ["train-images-idx3-ubyte", "a/t10k-images.idx3-ubyte.gz", "X.IDX", "x.idx.gz", "rgb-idx4-ubyte"] {
      #expect(SignalFile.isStack(name))
    }
    for name in ["train-labels-idx1-ubyte", "x.gz", "idx", "x.csv", "x-idx3-ubyte.aec", "x-idx5-ubyte"] { #expect(!SignalFile.isStack(name)) }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: data.path + "/mnist"), "needs ../shared/data/mnist"))
  func databaseFiles() throws {
    let reader = try SignalFile.open(data.path + "/mnist/t10k-images-idx3-ubyte.gz")
    #expect(reader.info.stack?.described(10_000) == "10000 pictures of 28x28" && reader.info.length == 7_840_000)
    var (count, sum) = (0, 0)
    while case let part = try reader.read(100_000), let samples = part.first {
      (count, sum) = (count + samples.count, samples.reduce(sum) { $0 + Int($1) })
    }
    // The mean of the test digits is known to be 0.1325 of white.
    #expect(count == 7_840_000 && abs(Double(sum) / Double(count) / 255 - 0.1325) < 5e-5)
    let labels = try SignalFile.open(data.path + "/mnist/t10k-labels-idx1-ubyte.gz")
    #expect(try labels.info.stack?.extents == [] && labels.readAll()[0].prefix(5) == [7, 2, 1, 0, 4])
  }
}

extension Array {
  /// Each element and the next one.
  fileprivate var adjacent: [(Element, Element)] { [(Element, Element)](zip(self, dropFirst())) }
}
