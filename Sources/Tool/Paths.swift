import Glibc

/// What the file system says of a path, and its parts.
package enum Paths {
  /// The file type of `st_mode`; nil if there is nothing.
  package static func kind(_ path: String, follow: Bool = true) -> mode_t? {
    var status = stat()
    return (follow ? stat(path, &status) : lstat(path, &status)) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Whether two paths are the same existing file.
  package static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Whether files written to two paths would be one: the same that exists, or the same name in the same folder.
  package static func wouldBeSame(_ a: String, _ b: String) -> Bool {
    func folder(_ path: String) -> String {
      let own = path.dropLast(lastComponent(path).count)
      return own.isEmpty ? "." : String(own)
    }
    return a == b || isSame(a, b) || lastComponent(a) == lastComponent(b) && isSame(folder(a), folder(b))
  }

  /// What stands behind the last "/".
  package static func lastComponent(_ path: String) -> String { String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }
}
