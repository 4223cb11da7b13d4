import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Temporary files, and folders, not yet in their place.
let unfinished = Mutex<Set<String>>([])
let serial = Atomic<Int>(0)

/// An output file that appears whole or not at all: written beside its target under a temporary name, then synced and renamed.
///
/// A target that is a device or a pipe is written to directly.
public final class AtomicFile {
  /// The file that will appear.
  public let path: String
  private var descriptor: Int32
  /// The name written to; nil where bytes go to the target directly.
  private let temporary: String?
  private let owned: Bool
  /// Whether somebody may be waiting for bytes at the other end of a pipe.
  private let isDirect: Bool
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 18

  /// Creates the temporary file. Throws `SignalError.cannotCreate`.
  public init(path: String) throws {
    self.path = path
    owned = true
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw SignalError.cannotCreate("\(path): this is a folder; give the name of a file in it")
      }
      (temporary, isDirect) = (nil, true)
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      let cut = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
      let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
      let name = "\(path[..<cut]).\(path[cut...]).\(getpid())-\(number).tmp"
      descriptor = unfinished.withLock { names in
        let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor >= 0 { names.insert(name) }
        return descriptor
      }
      (temporary, isDirect) = (name, false)
    }
    guard descriptor >= 0 else {
      throw SignalError.cannotCreate("\(path): cannot create: \(systemMessage(errno)); check that the folder exists and may be written to")
    }
  }

  /// A file under its own name, in a folder that has not taken its name yet. Throws `SignalError.cannotCreate`.
  init(in folder: AtomicFolder, name: String) throws {
    path = "\(folder.path)/\(name)"
    (temporary, owned, isDirect) = (nil, true, false)
    // Not where an interruption has removed the folder.
    descriptor = unfinished.withLock { names in
      names.contains(folder.temporary) ? open("\(folder.temporary)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) : -1
    }
    guard descriptor >= 0 else { throw SignalError.cannotCreate("\(path): cannot create: \(systemMessage(errno)); check the free space") }
  }

  /// Writes to a descriptor that stays open, such as standard output; nothing is renamed or removed.
  public init(descriptor: Int32, name: String) {
    path = name
    self.descriptor = descriptor
    (temporary, isDirect) = (nil, true)
    owned = false
  }

  deinit { abort() }

  /// The descriptor for libraries that write by themselves.
  var rawDescriptor: Int32 { descriptor }

  /// Whether it is a new file of its own, in which any place can be written.
  var isNew: Bool { !isDirect }

  /// Throws `SignalError.cannotCreate` if something has this name already and is not to be replaced.
  public static func check(_ path: String, overwrite: Bool) throws {
    var status = stat()
    if !overwrite, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFLNK {
      throw SignalError.cannotCreate("\(path): exists already; overwrite it with -f or choose another name")
    }
  }

  /// Appends bytes. Throws `SignalError.io`.
  public func write(_ bytes: some Collection<UInt8>) throws {
    let done: Void? = try bytes.withContiguousStorageIfAvailable { try write(UnsafeRawBufferPointer($0)) }
    if done == nil { try Array(bytes).withUnsafeBytes { try write($0) } }
  }

  /// Appends bytes. Throws `SignalError.io`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    if isDirect { return try send(bytes) }
    if buffer.count + bytes.count > AtomicFile.bufferSize { try flush() }
    if bytes.count >= AtomicFile.bufferSize { return try send(bytes) }
    if buffer.capacity == 0 { buffer.reserveCapacity(AtomicFile.bufferSize) }
    buffer.append(contentsOf: bytes)
  }

  /// Hands all bytes written so far to the system. Throws `SignalError.io`.
  public func flush() throws {
    try buffer.withUnsafeBytes { try send($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Replaces bytes written before; the end of the file stays where it is. Throws `SignalError.io`.
  public func replace(at offset: Int, with bytes: [UInt8]) throws {
    try flush()
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress! + sent, bytes.count - sent, off_t(offset + sent)) }
      if count >= 0 { sent += count } else if errno != EINTR { throw failure() }
    }
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws {
    var sent = 0
    while sent < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
      if count >= 0 { sent += count } else if errno != EINTR { throw failure() }
    }
  }

  private func failure() -> SignalError {
    let code = errno
    let advice =
      switch code {
      case EPIPE: "the program at the other end ended before this one"
      case EFBIG: "the disk has room, but a limit on the size of files stands against it; see ulimit -f"
      default: "check the free space"
      }
    return .io("\(path): writing failed: \(systemMessage(code)); \(advice)")
  }

  /// Closes a file of a folder, whose `commit` brings it to the disk. Throws `SignalError.io`.
  func close() throws {
    try flush()
    let code = Glibc.close(descriptor)
    descriptor = -1
    guard code == 0 else { throw failure() }
  }

  /// Brings all bytes written so far to the disk: afterwards there is room for them. Throws `SignalError.io`.
  public func sync() throws {
    try flush()
    guard temporary != nil, descriptor >= 0 else { return }
    guard fsync(descriptor) == 0 else { throw failure() }
  }

  /// Syncs the file and gives it its name; without `overwrite` an existing file stays and the call throws `SignalError.cannotCreate`.
  public func commit(overwrite: Bool) throws { try AtomicFile.commit([self], overwrite: overwrite) }

  /// Syncs files that belong together and gives them their names, the last file being the one by which the others are understood.
  ///
  /// Whenever this is cut off, the last name never stands beside files that it does not belong to: what had it before goes first, the new file comes
  /// last. An interruption (`removeAll`) waits until all is done; after an error all is as it was.
  /// - Throws: `SignalError`; without `overwrite` also where one of the files exists.
  public static func commit(_ files: [AtomicFile], overwrite: Bool) throws {
    // No file takes its name, and perhaps the place of an older one, before there is room for all of them.
    for file in files { try file.sync() }
    let open = files.filter { $0.owned && $0.descriptor >= 0 }
    let renamed = open.filter { $0.temporary != nil }
    for file in renamed { try check(file.path, overwrite: overwrite) }
    try unfinished.withLock { names in
      var done: [AtomicFile] = []
      var aside: [AtomicFile] = []
      do {
        // One file alone takes the place of another in one step.
        if overwrite, renamed.count > 1 {
          for file in renamed.reversed() where try file.putOldAside() { aside.append(file) }
        }
        for file in renamed {
          try file.takeName(overwrite: overwrite)
          done.append(file)
        }
      } catch {
        for file in done { unlink(file.path) }
        for file in aside.reversed() { rename(file.nameAside, file.path) }
        throw error
      }
      for file in aside { unlink(file.nameAside) }
      for file in renamed { if let temporary = file.temporary { names.remove(temporary) } }
    }
    for file in open {
      let code = Glibc.close(file.descriptor)
      file.descriptor = -1
      guard code == 0 else { throw file.failure() }
    }
  }

  /// Where the older file of this name is while others take their names.
  private var nameAside: String { (temporary ?? path) + ".old" }

  /// Moves the older file of this name out of the way; false if there is none.
  private func putOldAside() throws -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw SignalError.cannotCreate("\(path): this is a folder; choose another name") }
    guard rename(path, nameAside) == 0 else { throw nameFailure() }
    return true
  }

  private func takeName(overwrite: Bool) throws {
    guard let temporary else { return }
    // Between the check and the rename another process may have made the file: a hard link fails then, a rename would not.
    if overwrite ? rename(temporary, path) == 0 : link(temporary, path) == 0 && unlink(temporary) == 0 { return }
    let hasNoLinks = [EPERM, EOPNOTSUPP, ENOSYS].contains(errno)
    guard !overwrite, hasNoLinks, rename(temporary, path) == 0 else { throw nameFailure() }
  }

  private func nameFailure() -> SignalError { .cannotCreate("\(path): cannot take its name: \(systemMessage(errno)); choose another name") }

  /// Closes and removes what was written; does nothing after `commit`.
  public func abort() {
    guard owned, descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
    if let temporary { unfinished.withLock { names in if names.remove(temporary) != nil { unlink(temporary) } } }
  }

  /// Removes every temporary file of the process; for the thread that handles an interruption, which then ends the process.
  public static func removeAll() {
    unfinished.withLock { names in
      for name in names { if unlink(name) != 0 { AtomicFolder.remove(name) } }
      names.removeAll()
    }
  }
}
