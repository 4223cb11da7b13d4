import Bytes
import Codecs
import Container
import Glibc
import Signals
import Synchronization

/// Finds codecs by name or path.
package enum CodecLookup {
  /// The folders in which names are looked up, in this order.
  package static var folders: [String] {
    var folders = ["codecs"]
    // Those of the program's package (.build/<platform>/release/aecodec), and share/aecodec/codecs beside bin/aecodec of an installation.
    if let program = realpath("/proc/self/exe", nil) {
      defer { free(program) }
      var folder = Substring(String(cString: program))
      for _ in 0..<4 {
        guard let slash = folder.lastIndex(of: "/") else { break }
        folder = folder[..<slash]
        folders += [folder + "/codecs", folder + "/share/aecodec/codecs"]
      }
    }
    if let more = getenv("AECODEC_CODECS") { folders += String(cString: more).split(separator: ":").map(String.init) }
    return folders + ["/usr/share/aecodec/codecs"]
  }

  /// The paths of all codecs that can be found by name.
  package static func all() -> [String] {
    var paths: [String] = []
    for folder in folders {
      guard let list = opendir(folder) else { continue }
      defer { closedir(list) }
      var names: [String] = []
      while let entry = readdir(list) {
        names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
      }
      paths += names.sorted().filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }.filter(isCodec)
    }
    var seen: [String] = []
    return paths.filter { path in
      if seen.contains(where: { Paths.isSame($0, path) }) { return false }
      seen.append(path)
      return true
    }
  }

  private static func isCodec(_ path: String) -> Bool { Paths.kind("\(path)/config.json") == S_IFREG }

  /// The kinds of codecs that this program encodes by, besides those whose configuration describes an autoencoder.
  private static let kinds = ["ecg"]

  /// The name of the codec where nothing is said: for pictures, for sound, and for recordings of other kinds.
  package static func standardName(isPicture: Bool, isSound: Bool = false) -> String { isPicture ? "photo" : isSound ? "speech" : "ecg" }

  /// The name of the codec for a signal.
  package static func standardName(for info: SignalInfo) -> String {
    standardName(isPicture: info.picture != nil, isSound: info.isSound)
  }

  /// The codec that an encoder is told to use, or the one for the signal; an empty one where nothing is told and none is needed.
  /// - Throws: as `encoder`.
  package static func encoder(_ nameOrPath: String?, for info: SignalInfo, bound: ErrorBound) throws -> CodecPackage {
    if nameOrPath == nil, bound != .none { return .empty }
    let name = nameOrPath ?? standardName(for: info)
    return try chosen.withLock { chosen in
      if let codec = chosen[name] { return codec }
      let codec = try encoder(name)
      chosen[name] = codec
      return codec
    }
  }

  /// Codecs that encoders chose, by name or path: many small files need the same one.
  private static let chosen = Mutex<[String: CodecPackage]>([:])

  /// The codec that an encoder is told to use.
  /// - Throws: `Failure`, `CodecError`; also for a codec of a kind that this program does not know.
  package static func encoder(_ nameOrPath: String) throws -> CodecPackage {
    let codec = try load(nameOrPath)
    if let kind = try codec.kind(), !codec.isOfBlocks, !codec.isOfPictures, !codec.isOfSpeech, !kinds.contains(kind) {
      throw Failure(
        .unavailable,
        "codec \(nameOrPath) is of kind \"\(kind)\", and this program encodes by codecs of kind \(kinds.joined(separator: ", ")); choose another")
    }
    return codec
  }

  /// A codec by name or path.
  /// - Throws: `Failure`, `CodecError`.
  private static func load(_ nameOrPath: String) throws -> CodecPackage {
    if nameOrPath.contains("/") || isCodec(nameOrPath) {
      guard Paths.kind(nameOrPath) != nil else {
        throw Failure(.unavailable, "\(nameOrPath): there is no such codec; give the path of a codec's folder")
      }
      return try CodecPackage.load(path: nameOrPath)
    }
    guard let path = folders.map({ "\($0)/\(nameOrPath)" }).first(where: isCodec) else {
      throw Failure(.unavailable, "codec \(nameOrPath): not found; see aecodec codecs, or give the path of its folder with -c")
    }
    return try CodecPackage.load(path: path)
  }

  /// Codecs that files were found to need, by id: many small files need the same one.
  private static let loaded = Mutex<[[UInt8]: CodecPackage]>([:])

  /// The codec that a file was encoded with, told from others of its name by its id.
  /// - Parameter given: what the user says, to be tried instead of what can be found.
  /// - Throws: `Failure` if it is not there.
  package static func find(_ reference: CodecReference, given: String?) throws -> CodecPackage {
    try loaded.withLock { loaded in
      if let codec = loaded[reference.id] { return codec }
      let codec = try search(reference, given: given)
      loaded[reference.id] = codec
      return codec
    }
  }

  private static func search(_ reference: CodecReference, given: String?) throws -> CodecPackage {
    let wanted = "codec \(reference.name) (id \(hexadecimal(reference.id)))"
    if let given {
      let codec = try load(given)
      guard codec.reference.id == reference.id else {
        throw Failure(.unavailable, "the file needs \(wanted), but \(given) has id \(hexadecimal(codec.id.prefix(8))); give the right one with -c")
      }
      return codec
    }
    let paths = all()
    // The name first: reading a codec to learn its id costs time.
    let ordered = paths.filter { Paths.lastComponent($0) == reference.name } + paths.filter { Paths.lastComponent($0) != reference.name }
    var other: CodecPackage?
    for path in ordered {
      guard let codec = try? CodecPackage.load(path: path) else { continue }
      if codec.reference.id == reference.id { return codec }
      if codec.name == reference.name { other = other ?? codec }
    }
    if let other {
      throw Failure(
        .unavailable,
        "the file needs \(wanted), but the codec of that name here has id \(hexadecimal(other.id.prefix(8))); give the right one with -c")
    }
    throw Failure(.unavailable, "the file needs \(wanted), which is not there; give the path of its folder with -c, or see aecodec codecs")
  }
}
