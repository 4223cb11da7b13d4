#if canImport(Glibc)
  import Glibc
#endif

/// What `mkstemp` and `mkdtemp` make a temporary name of: in the folder that `TMPDIR` says, or `/tmp` where that is not set or empty.
package func temporaryTemplate(in named: String? = getenv("TMPDIR").map { String(cString: $0) }) -> [CChar] {
  let folder = named.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  return Array("\(folder)/aecodec-XXXXXX".utf8CString)
}
