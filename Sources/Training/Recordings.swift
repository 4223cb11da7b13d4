import Bytes
import Glibc
import Signals
import Tensors

/// A recording to train on or to measure with.
struct Recording: Sendable {
  /// What `SignalFile.open` takes.
  let path: String
  /// The last component of the folder that was given, and the path below it.
  let name: String
  let info: SignalInfo
  /// Where in the file it begins, and samples of each channel.
  var start = 0
  let length: Int

  var seconds: Double { Double(length) / info.rate }

  /// At most so many seconds from a random place.
  /// - Throws: `SignalError`.
  func excerpt(seconds: Double, _ random: inout RandomSource) throws -> [[Int32]] {
    let count = min(length, max(1, Int(seconds * info.rate)))
    // Pictures of a stack are not cut.
    let unit = info.unitSamples
    let start = self.start + (length > count ? random.integer(below: (length - count) / unit + 1) * unit : 0)
    let reader = try SignalFile.open(path)
    try reader.skip(start)
    let samples = try reader.read(count)
    guard samples.first?.count == count else { throw TrainingError.data("\(path): changed while it was in use; begin again") }
    return samples
  }

  /// An excerpt cut into the encoder's chunks, of all leads or of one.
  func visit(_ recipe: Recipe, _ random: inout RandomSource) throws -> (info: SignalInfo, chunks: [[[Int32]]]) {
    let all = try excerpt(seconds: recipe.secondsPerRecord, &random)
    let isSingle = all.count > 1 && Double(random.uniform()) < recipe.singleLeads
    let leads = isSingle ? [random.integer(below: all.count)] : Array(all.indices)
    return (info.selecting(leads), chunks(leads.map { all[$0] }, seconds: recipe.chunkSeconds))
  }

  /// Samples cut into the encoder's chunks; a rest of less than a second belongs to the chunk before it.
  func chunks(_ samples: [[Int32]], seconds: Double) -> [[[Int32]]] {
    let (count, length) = (samples[0].count, max(1, Int(seconds * info.rate)))
    var starts = Array(stride(from: 0, to: count, by: length))
    if starts.count > 1, Double(count - starts[starts.count - 1]) < info.rate { starts.removeLast() }
    return starts.indices.map { k in
      let end = k + 1 < starts.count ? starts[k + 1] : count
      return samples.map { Array($0[starts[k]..<end]) }
    }
  }
}

/// All recordings in some folders, a part of them held back.
struct Recordings: Sendable {
  private(set) var training: [Recording] = []
  private(set) var validation: [Recording] = []
  /// Why files were left out.
  private(set) var problems: [String] = []

  /// A stack of pictures is taken in pieces of so many, each a recording of its own, so that some of one file can be held back; a folder of pictures, which is
  /// often all that there is, in ten pieces or more.
  private static let picturesAtOnce = 1000

  /// Reasons why files were left out that an error tells, where too few are left.
  private static let toldProblems = 3

  /// The shortest recording taken, in seconds.
  private static let shortest = 2.0

  /// Finds all recordings below the folders, in the order of their names, and reads each once.
  /// - Parameters:
  ///   - share: of the recordings that is held back, chosen by the random numbers; at least one.
  ///   - pictures: nothing but pictures is taken, each by itself.
  ///   - refusing: why a recording is not wanted; nil where it is.
  /// - Throws: `TrainingError.data` if a folder cannot be read or there are less than two recordings.
  init(
    folders: [String], share: Double, pictures: Bool = false, refusing: (SignalInfo) -> String? = { _ in nil }, _ random: RandomSource,
    isInterrupted: () -> Bool
  ) throws {
    var all: [Recording] = []
    var known = Set<String>()
    for folder in folders {
      var files: [String] = []
      try Recordings.walk(folder, "", &files)
      let root = folder.split(separator: "/").last.map(String.init) ?? folder
      for (file, isFolder) in pictures ? files.filter(SignalFile.isPicture).sorted().map({ ($0, false) }) : Recordings.recordings(files) {
        if isInterrupted() { throw TrainingError.interrupted }
        let path = file.isEmpty ? folder : folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
        guard known.insert(Recordings.resolved(path)).inserted else { continue }
        do {
          let reader = try SignalFile.open(path)
          if let reason = refusing(reader.info) {
            problems.append("\(path): \(reason): not used")
            continue
          }
          var length = 0
          while case let part = try reader.read(1 << 16), let count = part.first?.count, count > 0 { length += count }
          guard Double(length) >= Recordings.shortest * reader.info.rate else {
            problems.append("\(path): shorter than \(Int(Recordings.shortest)) s: not used")
            continue
          }
          let unit = reader.info.unitSamples
          let atOnce = isFolder ? min(Recordings.picturesAtOnce, max(1, length / unit / 10)) : Recordings.picturesAtOnce
          let piece = reader.info.stack != nil ? atOnce * unit : length
          for start in stride(from: 0, to: length, by: piece) {
            all.append(
              Recording(
                path: path, name: file.isEmpty ? root : "\(root)/\(file)", info: reader.info, start: start, length: min(piece, length - start)))
          }
        } catch let error as SignalError {
          // One picture that is not like the others in a folder of pictures is a mistake; a file that is no recording, or a plot beside recordings, is not.
          if isFolder, !files.contains(where: { Recordings.isRecording($0) && Recordings.folder(of: $0) == file }) {
            throw TrainingError.data(error.description)
          }
          problems.append("\(error): not used")
        }
      }
    }
    guard all.count >= 2 else {
      let more = problems.count - Recordings.toldProblems
      let reasons = Array(problems.prefix(Recordings.toldProblems)) + (more > 0 ? ["and \(more) more"] : [])
      let told = reasons.isEmpty ? "" : "; what is there: \(reasons.joined(separator: "; "))"
      throw TrainingError.data(
        "\(folders.joined(separator: ", ")): \(all.isEmpty ? "no recording" : "only one recording") there, and one is held back to measure with; "
          + "give folders with more of them\(told)")
    }
    // The records with the smallest numbers are held back.
    var numbers = random
    let order = all.indices.map { (number: numbers.next(), index: $0) }.sorted { $0 < $1 }
    let count = min(all.count - 1, max(1, Int((share * Double(all.count)).rounded())))
    let held = Set(order.prefix(count).map(\.index))
    training = all.indices.filter { !held.contains($0) }.map { all[$0] }
    validation = all.indices.filter { held.contains($0) }.map { all[$0] }
  }

  /// Of a recipe and these recordings: what a run that is gone on with must have begun with.
  func fingerprint(_ recipe: JSONValue) -> String {
    let list = (training + validation).map { "\($0.name) \($0.info.channels.count) \($0.length)" }
    return sha256(Array((recipe.lines + list.joined(separator: "\n")).utf8)).map { String($0, radix: 16) }.joined(separator: ".")
  }

  /// What is opened of files below a folder: recordings, and in the place of pictures the folders that they are right in, each of which is a stack.
  private static func recordings(_ files: [String]) -> [(file: String, isFolder: Bool)] {
    let stacks = Set(files.filter(SignalFile.isPicture).map(folder))
    return (files.filter(isRecording).map { ($0, false) } + stacks.map { ($0, true) }).sorted { $0.file < $1.file }
  }

  private static func folder(of file: String) -> String { file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "" }

  private static func isRecording(_ path: String) -> Bool {
    SignalFile.isStack(path) || SignalFile.isSound(path) || [".hea", ".csv", ".tsv"].contains { path.lowercased().hasSuffix($0) }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Adds the paths of all files below a folder, relative to it; hidden ones not. Links to files are followed, links to folders below it are not.
  private static func walk(_ root: String, _ relative: String, _ found: inout [String]) throws {
    let path = relative.isEmpty ? root : "\(root)/\(relative)"
    guard let folder = opendir(path) else {
      throw TrainingError.data("\(path): cannot be read: \(String(cString: strerror(errno))); give a folder of recordings")
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      let below = relative.isEmpty ? name : "\(relative)/\(name)"
      var (own, target) = (stat(), stat())
      guard lstat("\(root)/\(below)", &own) == 0, stat("\(root)/\(below)", &target) == 0 else { continue }
      if own.st_mode & S_IFMT == S_IFDIR { try walk(root, below, &found) }
      if target.st_mode & S_IFMT == S_IFREG { found.append(below) }
    }
  }
}
