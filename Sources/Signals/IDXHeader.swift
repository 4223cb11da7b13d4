/// What an IDX file says of itself: two zeros, a byte that tells the type of its numbers, the number of dimensions, and these as 32-bit integers, most
/// significant byte first (the format of the MNIST database: LeCun, Cortes and Burges). The first dimension counts items.
struct IDXHeader: Equatable {
  static let unsignedBytes: UInt8 = 8
  /// Unsigned and signed bytes, 16 and 32-bit integers, floats and doubles.
  private static let types: [UInt8] = [unsignedBytes, 0x09, 0x0B, 0x0C, 0x0D, 0x0E]

  let items: Int
  let layout: StackLayout

  /// Samples of all items.
  var samples: Int { items * layout.itemSamples }

  /// Bytes before the first sample.
  var byteCount: Int { 4 + 4 * (1 + layout.extents.count) }

  /// Whether a file that begins so is meant to be IDX.
  static func begins(_ head: [UInt8]) -> Bool { head.count >= 4 && head[0] == 0 && head[1] == 0 && types.contains(head[2]) && head[3] > 0 }

  /// Whether a name is that of a stack of pictures as they are usually named: `train-images-idx3-ubyte`, `x.idx3-ubyte.gz`, `x.idx`. Labels, which
  /// have one dimension, are named otherwise.
  static func isPictureName(_ path: String) -> Bool {
    var name = path.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    return name.hasSuffix(".idx") || (2...4).contains { name.hasSuffix("idx\($0)-ubyte") }
  }

  init(items: Int, layout: StackLayout) { (self.items, self.layout) = (items, layout) }

  /// Reads a header. Throws `SignalError`; `name` is for the message.
  init(_ source: UnpackedFile) throws {
    let name = source.name
    func words(_ count: Int) throws -> [Int] {
      let bytes = try source.read(upTo: 4 * count)
      guard bytes.count == 4 * count else { throw SignalError.malformed("\(name): ends inside its header; get the whole file") }
      return stride(from: 0, to: bytes.count, by: 4).map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    }
    let magic = try words(1)[0]
    let (type, dimensions) = (UInt8(magic >> 8 & 0xFF), magic & 0xFF)
    guard magic >> 16 == 0, IDXHeader.types.contains(type), dimensions > 0 else {
      throw SignalError.unsupported("\(name): is packed by gzip and no IDX file inside; unpack it")
    }
    guard type == IDXHeader.unsignedBytes else {
      let code = String(type, radix: 16, uppercase: true)
      throw SignalError.unsupported("\(name): holds numbers of type 0x0\(code), and only unsigned bytes (0x08) are read; convert it")
    }
    guard dimensions <= 1 + StackLayout.mostExtents else {
      throw SignalError.unsupported("\(name): has \(dimensions) dimensions, and 1 to \(1 + StackLayout.mostExtents) are read; reshape it")
    }
    let sizes = try words(dimensions)
    let extents = Array(sizes.dropFirst())
    let shape = sizes.map(String.init).joined(separator: "x")
    guard !sizes.contains(0) else { throw SignalError.malformed("\(name): is empty (\(shape)); give a file with pictures") }
    guard let layout = StackLayout(extents: extents) else {
      throw SignalError.limit(
        "\(name): items of \(shape.dropFirst("\(sizes[0])x".count)) have more than \(StackLayout.mostSamples) samples; cut them into parts")
    }
    self.init(items: sizes[0], layout: layout)
    guard samples <= 1 << 48 else { throw SignalError.limit("\(name): \(shape) samples are more than the limit of 2^48; check the file") }
  }

  /// The bytes of the header; nil if there are more items than it can count.
  var bytes: [UInt8]? {
    guard items <= Int(UInt32.max) else { return nil }
    let sizes = [items] + layout.extents
    return [0, 0, IDXHeader.unsignedBytes, UInt8(sizes.count)]
      + sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
  }
}
