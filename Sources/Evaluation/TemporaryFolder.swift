import Bytes
import Container
import Glibc
import Signals
import Synchronization

/// A folder for files that only pass through; it goes, with all in it, when nobody holds it any more.
final class TemporaryFolder: Sendable {
  let path: String
  /// Those that are there, for an interruption.
  private static let present = Mutex<Set<String>>([])

  /// - Throws: `ToolError` if it cannot be made.
  init() throws {
    var template = temporaryTemplate()
    path = try TemporaryFolder.present.withLock { present in
      guard mkdtemp(&template) != nil else {
        throw ToolError("no temporary folder can be made: \(String(cString: strerror(errno))); set TMPDIR to a folder with space")
      }
      let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      present.insert(path)
      return path
    }
  }

  deinit {
    TemporaryFolder.present.withLock { _ = $0.remove(path) }
    TemporaryFolder.remove(path)
  }

  /// Removes all that are there; for the thread that handles an interruption, which then ends the process.
  static func removeAll() { present.withLock { for path in $0 { remove(path) } } }

  /// Only files are made in it.
  private static func remove(_ path: String) {
    if let folder = opendir(path) {
      var names: [String] = []
      while let entry = readdir(folder) {
        names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
      }
      closedir(folder)
      for name in names where name != "." && name != ".." { unlink("\(path)/\(name)") }
    }
    rmdir(path)
  }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// - Throws: `ToolError`.
  func write(_ bytes: [UInt8], _ name: String) throws {
    let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw TemporaryFolder.failure(path(name)) }
    defer { close(file) }
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + sent, bytes.count - sent) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw TemporaryFolder.failure(path(name)) }
      sent += count
    }
  }

  private static func failure(_ path: String) -> ToolError {
    ToolError("\(path): writing failed: \(String(cString: strerror(errno))); set TMPDIR to a folder with space")
  }

  func has(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

  /// A file that a program wrote.
  /// - Throws: `SystemError`; `ToolError` if it is larger than a file of a report may be.
  func read(_ name: String) throws -> [UInt8] {
    let file = try OpenFile(path: path(name))
    guard file.count <= 1 << 31 else { throw ToolError("wrote more than 2 GiB; take a part of the signal with -t/--to") }
    return try file.read(at: 0, count: file.count)
  }
}

/// What is wrong with an outside tool, in a sentence.
public struct ToolError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
