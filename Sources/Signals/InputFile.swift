#if canImport(Glibc)
  import Glibc
#endif

/// A file opened for reading, by its descriptor; closed when the last reference goes, unless the descriptor was given by the caller.
final class InputFile {
  /// What messages call it.
  let name: String
  private let descriptor: Int32
  private let owned: Bool
  /// The size in bytes of a regular file; nil for pipes and terminals.
  let size: Int?
  /// Bytes that were read and given back.
  private var head: ArraySlice<UInt8> = []

  /// Opens a file. Throws `SignalError.missing`.
  init(path: String) throws {
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    owned = true
    guard descriptor >= 0 else {
      throw SignalError.missing("\(path): \(systemMessage(errno)); give the name of a file that can be read")
    }
    size = InputFile.regularSize(descriptor)
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw SignalError.missing("\(path): this is a folder; give the name of a file in it")
    }
  }

  /// Reads from a descriptor that stays open.
  init(descriptor: Int32, name: String) {
    self.name = name
    self.descriptor = descriptor
    owned = false
    // A file redirected to standard input may have been read from before, so its size says nothing.
    size = nil
  }

  /// All that is left of a pipe in a file without a name, for libraries that seek. Throws `SignalError`.
  init(copying pipe: InputFile) throws {
    name = pipe.name
    var path = temporaryTemplate()
    descriptor = mkstemp(&path)
    owned = true
    size = nil
    guard descriptor >= 0 else {
      throw SignalError.cannotCreate("\(name): cannot be kept in a temporary file: \(systemMessage(errno)); say with TMPDIR where there is room")
    }
    unlink(path)
    let copy = AtomicFile(descriptor: descriptor, name: "the temporary file of \(name)")
    while case let bytes = try pipe.read(upTo: 1 << 20), !bytes.isEmpty { try copy.write(bytes) }
    try seek(to: 0)
  }

  /// The descriptor for libraries that read by themselves.
  var rawDescriptor: Int32 { descriptor }

  deinit { if owned { close(descriptor) } }

  private static func regularSize(_ descriptor: Int32) -> Int? {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Whether something readable has this name and is no folder.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// Whether a folder has this name.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Fills the buffer; fewer bytes come only at the end of the file. Throws `SignalError.io`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = min(head.count, buffer.count)
    if filled > 0 {
      buffer.copyBytes(from: head.prefix(filled))
      head = head.dropFirst(filled)
    }
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw SignalError.io("\(name): reading failed: \(systemMessage(errno)); check the disk or the connection")
      }
    }
    return filled
  }

  /// At most so many bytes from here on.
  func read(upTo limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    while bytes.count < limit {
      let wanted = min(limit - bytes.count, block.count)
      let count = try block.withUnsafeMutableBytes { try read(into: .init(rebasing: $0[..<wanted])) }
      bytes.append(contentsOf: block[..<count])
      if count < wanted { break }
    }
    return bytes
  }

  /// Gives back bytes that were just read, of a file that cannot seek.
  func unread(_ bytes: [UInt8]) { head = bytes + head }

  /// Goes to a byte counted from the file's start. Throws `SignalError.io`.
  func seek(to offset: Int) throws {
    head = []
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw SignalError.io("\(name): going to byte \(offset) failed: \(systemMessage(errno)); check the disk")
    }
  }
}
