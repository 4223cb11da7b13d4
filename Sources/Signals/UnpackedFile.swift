import Bytes

/// The bytes of a file from the first on, unpacked where they are packed by gzip: the first two tell.
final class UnpackedFile {
  let name: String
  /// The size in bytes; nil where only the end tells it.
  let size: Int?
  private let packed: HeadedFile
  private let decoder: GzipDecoder?

  /// - Parameter head: the bytes that were read from the file already.
  init(_ file: InputFile, head: [UInt8]) {
    name = file.name
    let packed = HeadedFile(file, head)
    self.packed = packed
    let isPacked = head.starts(with: GzipDecoder.signature)
    size = isPacked ? nil : file.size
    decoder = isPacked ? GzipDecoder { try packed.read(into: $0) } : nil
  }

  /// Fills the buffer; fewer bytes come only at the end. Throws `SignalError`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let decoder else { return try packed.read(into: buffer) }
    do {
      return try decoder.read(into: buffer)
    } catch BytesError.truncated {
      throw SignalError.malformed("\(name): is cut short: its compressed bytes end too early; get the whole file")
    } catch BytesError.malformed(let text) {
      throw SignalError.malformed("\(name): \(text); get a sound copy of the file")
    }
  }

  /// At most so many bytes, a small number. Throws `SignalError`.
  func read(upTo limit: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = try bytes.withUnsafeMutableBytes { try read(into: $0) }
    return Array(bytes[..<count])
  }
}

/// Bytes that were read already, and then the rest of their file.
final class HeadedFile {
  private let file: InputFile
  private var head: ArraySlice<UInt8>

  init(_ file: InputFile, _ head: [UInt8]) { (self.file, self.head) = (file, head[...]) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(head.count, buffer.count)
    buffer.copyBytes(from: head.prefix(count))
    head = head.dropFirst(count)
    return try count + file.read(into: .init(rebasing: buffer[count...]))
  }
}
