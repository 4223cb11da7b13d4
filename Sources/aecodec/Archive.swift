import Container
import Glibc
import Tool

/// An `.aec` file to be read at any place; standard input, which cannot, is read into memory first.
struct Archive: RandomAccessBytes, Sendable {
  /// The most bytes of standard input that are held.
  private static let heldBytes = 1 << 30
  private let base: any RandomAccessBytes & Sendable

  var count: Int { base.count }

  func read(at offset: Int, count: Int) throws -> [UInt8] { try base.read(at: offset, count: count) }

  /// - Throws: `Failure`, `SystemError`.
  init(_ path: String) throws {
    guard path == "-" else {
      do {
        base = try OpenFile(path: path)
      } catch let error as SystemError where error.code == ESPIPE {
        base = try Archive.hold(SequentialFile(path))
      }
      return
    }
    base = try Archive.hold(SequentialFile(path))
  }

  private static func hold(_ source: SequentialFile) throws -> BytesInMemory {
    var bytes: [UInt8] = []
    while case let part = try source.read(atMost: 1 << 20), !part.isEmpty {
      bytes += part
      guard bytes.count <= heldBytes else {
        throw Failure(.data, "standard input: more than 1 GiB for something to be looked up in it; save it as a file")
      }
    }
    return BytesInMemory(bytes)
  }
}

/// An `.aec` file or standard input, read from front to back.
final class SequentialFile: ByteSource {
  /// How many bytes were read.
  let counter = ByteCounter()
  private let source: DescriptorSource
  private let descriptor: Int32

  final class ByteCounter { var value = 0 }

  /// - Throws: `SystemError`.
  init(_ path: String) throws {
    descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    source = DescriptorSource(descriptor: descriptor)
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  func read(atMost count: Int) throws -> [UInt8] {
    let bytes = try source.read(atMost: count)
    counter.value += bytes.count
    return bytes
  }
}
