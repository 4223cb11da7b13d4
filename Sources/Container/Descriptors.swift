import Glibc

/// What the operating system answered to a read or a write.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// `errno`.
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public var description: String { String(cString: strerror(code)) }
}

/// Reads an open file descriptor from front to back; a pipe gives what it has.
public struct DescriptorSource: ByteSource, Sendable {
  private let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }

  public func read(atMost count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      var got: Int
      repeat { got = Glibc.read(descriptor, buffer.baseAddress, count) } while got < 0 && errno == EINTR
      guard got >= 0 else { throw SystemError(code: errno) }
      used = got
    }
  }
}

/// An open regular file, read at any place by any thread. Closed with the last reference.
public final class OpenFile: RandomAccessBytes, Sendable {
  public let count: Int
  public let descriptor: Int32

  /// Opens a file for reading.
  /// - Throws: `SystemError`; `EISDIR` for a folder, `ESPIPE` for what has no places (a pipe, a terminal).
  public init(path: String) throws {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw SystemError(code: errno) }
    var status = stat()
    let answer = fstat(opened, &status)
    let code = answer != 0 ? errno : status.st_mode & S_IFMT == S_IFDIR ? EISDIR : status.st_mode & S_IFMT == S_IFREG ? 0 : ESPIPE
    guard code == 0 else {
      close(opened)
      throw SystemError(code: code)
    }
    descriptor = opened
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  public func read(at offset: Int, count: Int) throws -> [UInt8] {
    let wanted = max(0, min(count, self.count - offset))
    guard wanted > 0, offset >= 0 else { return [] }
    return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, used in
      while used < wanted {
        let got = pread(descriptor, buffer.baseAddress! + used, wanted - used, off_t(offset + used))
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw SystemError(code: errno) }
        if got == 0 { break }
        used += got
      }
    }
  }
}
