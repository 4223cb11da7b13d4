#if canImport(Glibc)
  import Glibc
#endif

/// Reads pictures that are all alike as a stack, one file after the other.
final class FolderReader: SignalReader {
  let info: SignalInfo
  private let paths: [String]
  private let picture: PictureLayout
  /// The pictures opened so far, and the one that is read.
  private var opened = 0
  private var source: (any RowSource)?
  private var row: [UInt16]
  /// Rows and samples of a row that were passed on of the picture that is read.
  private var (rows, used) = (0, 0)
  /// What opened pictures say and is not kept: the first of them, and how many there are.
  private var lost: [String: (first: Int, count: Int)] = [:]

  /// - Parameter paths: at least one, all with different last components.
  /// Throws `SignalError`.
  init(_ paths: [String]) throws {
    self.paths = paths
    let first = try PictureFile.source(paths[0], spreadsBits: true)
    self.picture = first.layout
    let picture = first.layout
    let names = paths.map { PictureFolder.written(String($0[($0.lastIndex(of: "/").map($0.index(after:)) ?? $0.startIndex)...]), picture) }
    guard paths.count <= PictureFolder.mostNames, let folder = PictureFolder(picture: picture, names: names) else {
      var known = Set<[UInt8]>()
      for (path, name) in zip(paths, names) {
        guard PictureFolder.isLegal(name) else {
          throw SignalError.unsupported(
            "\(path): a stack cannot have a picture of this name: it is hidden, too long or has control characters; rename it")
        }
        guard known.insert(Array(name.utf8)).inserted else {
          throw SignalError.unsupported("\(path): a stack cannot have two pictures of the name \(name); rename one")
        }
      }
      throw SignalError.limit(
        "\(paths[0]): is one of more pictures than a stack may have (\(PictureFolder.mostNames), or 8 MiB of names that do not count up); make several"
      )
    }
    guard let layout = StackLayout(folder) else {
      throw SignalError.limit(
        "\(paths[0]): pictures of a stack have at most \(StackLayout.mostSamples) samples, and this one has \(picture.described); encode each by itself"
      )
    }
    info = SignalInfo(stack: layout, items: paths.count)
    row = Array(repeating: 0, count: picture.width * picture.components)
    begin(first)
  }

  /// The pictures of some files and folders: all those right in a folder, by their names. Throws `SignalError`.
  static func paths(_ inputs: [String]) throws -> [String] {
    try inputs.flatMap { input -> [String] in
      guard InputFile.isFolder(input) else { return [input] }
      let names = try PictureFolder.names(in: input)
      guard !names.isEmpty else {
        throw SignalError.missing("\(input): there are no pictures right in this folder (PNG, JPEG, TIFF, PNM); give one with some")
      }
      return names.map { input.hasSuffix("/") ? input + $0 : "\(input)/\($0)" }
    }
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    var samples: [Int32] = []
    while samples.count < maxSamples {
      if used == row.count {
        if rows == picture.height {
          guard opened < paths.count else { break }
          try open()
        }
        try source?.read(into: &row)
        (rows, used) = (rows + 1, 0)
      }
      let part = min(row.count - used, maxSamples - samples.count)
      row.withUnsafeBufferPointer { row in samples.append(contentsOf: row[used..<used + part].lazy.map { Int32($0) }) }
      used += part
    }
    return samples.isEmpty ? [] : [samples]
  }

  func skip(_ samples: Int) throws {
    var rest = samples
    let size = picture.height * row.count
    // Whole pictures are passed over where one begins, and so the one opened first where none was begun.
    let isAtPicture = used == row.count && (rows == picture.height || rows == 0)
    if isAtPicture, rest >= size {
      let next = rows == 0 ? opened - 1 : opened
      let passed = min(rest / size, paths.count - next)
      opened = next + passed
      (source, rows, used) = (nil, picture.height, row.count)
      rest -= passed * size
    }
    while rest > 0, let count = try read(min(rest, 1 << 16)).first?.count { rest -= count }
  }

  private func open() throws {
    let path = paths[opened]
    let next = try PictureFile.source(path, spreadsBits: true)
    guard next.layout.with(kind: .png) == picture.with(kind: .png) else {
      let (own, other) = (next.layout.described, picture.described)
      let difference = own == other ? "has another colour profile or space, orientation or gamma than" : "has \(own), and \(other) have"
      throw SignalError.malformed(
        "\(path): \(difference) \(paths[0]), the first of the stack; the pictures of a stack must be alike: leave it out, or convert it")
    }
    begin(next)
  }

  /// Goes on with the rows of the next picture.
  private func begin(_ next: any RowSource) {
    for note in next.notes { lost[note, default: (opened, 0)].count += 1 }
    (source, opened, rows, used) = (next, opened + 1, 0, row.count)
  }

  /// Each once, with the first picture that says it.
  var notes: [String] {
    lost.sorted { ($0.value.first, $0.key) < ($1.value.first, $1.key) }.map { note, place in
      let more = place.count > 1 ? " and \(place.count - 1) more" : ""
      return paths.count > 1 ? "\(paths[place.first])\(more): \(note)" : note
    }
  }
}

extension PictureFolder {
  /// The names of the pictures right in a folder, in their order; hidden ones not. Throws `SignalError` where one cannot be read, or its name not be kept.
  static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      throw SignalError.missing("\(path): this folder cannot be read: \(systemMessage(errno)); check its rights")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      let name = String(decoding: bytes, as: UTF8.self)
      guard !name.hasPrefix("."), PictureFile.kind(ofName: name) != nil else { continue }
      guard name.utf8.elementsEqual(bytes) else {
        throw SignalError.unsupported("\(path)/\(name): the name of this picture is not UTF-8 and cannot be kept; rename it")
      }
      guard !InputFile.isFolder("\(path)/\(name)") else { continue }
      guard InputFile.exists("\(path)/\(name)") else { throw SignalError.missing("\(path)/\(name): this picture cannot be found; remove the link") }
      names.append(name)
    }
    return names.sorted(by: NameRuns.precedes)
  }
}
