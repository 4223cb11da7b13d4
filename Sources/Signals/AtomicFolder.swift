import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of output files that appears whole or not at all: made beside its target under a temporary name, then synced and renamed.
final class AtomicFolder {
  /// The folder that will appear, without a slash behind it.
  let path: String
  let temporary: String
  /// Of the files in it.
  private var names: [String] = []
  private var isDone = false

  /// Makes the temporary folder. An empty folder may have the name already. Throws `SignalError.cannotCreate`.
  init(path given: String) throws {
    var path = given
    while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
    self.path = path
    try AtomicFolder.check(path)
    let cut = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    let name = "\(path[..<cut]).\(path[cut...]).\(getpid())-\(serial.wrappingAdd(1, ordering: .relaxed).newValue).tmp"
    temporary = name
    let isMade = unfinished.withLock { names in
      guard mkdir(name, 0o777) == 0 else { return false }
      names.insert(name)
      return true
    }
    guard isMade else {
      isDone = true
      throw SignalError.cannotCreate("\(path): cannot create: \(systemMessage(errno)); check that the folder exists and may be written to")
    }
  }

  deinit { abort() }

  /// Throws `SignalError.cannotCreate` if something other than an empty folder has this name.
  static func check(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR, let folder = opendir(path) else {
      throw SignalError.cannotCreate("\(path): exists already, and a folder of pictures is to be made; choose another name")
    }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    if count > 2 { throw SignalError.cannotCreate("\(path): this folder is not empty; choose another name, or remove what is in it") }
  }

  /// Creates a file in the folder. Throws `SignalError.cannotCreate`.
  func file(_ name: String) throws -> AtomicFile {
    names.append(name)
    return try AtomicFile(in: self, name: name)
  }

  /// Brings files and folder to the disk and gives the folder its name; its files were closed. Throws `SignalError`.
  func commit() throws {
    // All at the end: a disk then writes many files at a time.
    for name in names { try sync("\(temporary)/\(name)") }
    try sync(temporary)
    try unfinished.withLock { names in
      // In the place of an empty folder too.
      guard rename(temporary, path) == 0 else {
        throw SignalError.cannotCreate("\(path): cannot take its name: \(systemMessage(errno)); choose another name")
      }
      names.remove(temporary)
    }
    isDone = true
  }

  private func sync(_ name: String) throws {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw SignalError.io("\(path): writing failed: \(systemMessage(errno)); check the free space")
    }
  }

  /// Removes what was written; does nothing after `commit`.
  func abort() {
    guard !isDone else { return }
    isDone = true
    unfinished.withLock { names in if names.remove(temporary) != nil { AtomicFolder.remove(temporary) } }
  }

  /// Removes a folder and the files right in it.
  static func remove(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
