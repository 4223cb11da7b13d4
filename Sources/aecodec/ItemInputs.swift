import ArgumentParser
import Codecs
import Codes
import Container
import Signals
import Tool

/// Inputs of the verbs that look at codes: signals, and `.aec` files of the codec.
struct ItemInputs {
  let reader: ItemReader
  let source: SourceOptions
  let limits: ContainerLimits

  /// Which codec; there is none that everybody would mean.
  /// - Throws: `Failure`, `CodecError`, also for a codec of frames.
  static func codec(_ options: CodecOptions) throws -> CodecPackage {
    guard let name = options.codec else { throw Failure(.usage, "no codec: name one of blocks with -c/--codec; its folder will do") }
    let codec = try CodecLookup.encoder(name)
    // Says so before anything is read if it has no codes.
    _ = try BlockCodes(codec, info: SignalInfo(raw: .u8, rate: 1, channels: 1))
    return codec
  }

  /// Codes that depend on each other are not decoded one by one.
  /// - Parameters:
  ///   - what: would do so.
  ///   - advice: what to do instead.
  /// - Throws: `Failure` where the codec's do.
  static func refuseSequential(_ blocks: BlockCodes, _ codec: CodecPackage, _ what: String, advice: String) throws {
    guard !blocks.network.isSequential else {
      throw Failure(.usage, "\(what): codes of \(codec.name) depend on those before them in their lead; \(advice)")
    }
  }

  /// The items of a file.
  /// - Throws: `Failure` that names it.
  func items(_ path: String) throws -> Items {
    do {
      guard path.hasSuffix(".aec") else { return try reader.items(of: source.open(path, picturesAreItems: true), name: path) }
      return try reader.items(in: ContainerIndex(try Archive(path), limits: limits), name: path, limits: limits)
    } catch {
      throw Failure(error, file: path)
    }
  }

  /// What of a folder's files is taken: of pictures the folder that they are in, as a stack.
  func wanted(_ path: String) -> String? {
    if path.hasSuffix(".aec") { return path }
    if source.raw == nil, SignalFile.isPicture(path) { return Inputs.folder(path) }
    return source.recording(path)
  }

  /// The files that the user means, in the order of their names where a folder is given.
  /// - Throws: `Failure` if there are none.
  func files(_ inputs: [String]) throws -> [String] {
    let files = try Inputs.files(inputs, wanted: wanted)
    guard !files.isEmpty else { throw Failure(.noInput, "\(inputs.joined(separator: ", ")): no signal there; give files or folders with some") }
    return files
  }
}

/// An item as the user names it: `FILE:INDEX`, counted from 0, or a file for all of its items, or the only one.
struct ItemName {
  let file: String
  let index: Int?

  /// A file whose name ends like an index is taken as a file if it is there.
  init(_ text: String) {
    if Paths.kind(text) == nil, let colon = text.lastIndex(of: ":"), let index = Int(text[text.index(after: colon)...]), index >= 0 {
      (file, self.index) = (String(text[..<colon]), index)
    } else {
      (file, index) = (text, nil)
    }
  }

  /// The one item that is wanted.
  /// - Throws: `Failure` where none is named, or there are not so many.
  func single(_ items: Items) throws -> Int {
    guard let index = index ?? (items.count == 1 ? 0 : nil) else {
      throw Failure(.usage, "\(file): which item? write \(file):0 for the first of its \(items.count)")
    }
    guard index < items.count else {
      throw Failure(.usage, "\(file):\(index): there is no such item; \(file) has \(Wording.count(items.count, "item")), counted from 0")
    }
    return index
  }
}
