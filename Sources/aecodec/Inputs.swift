import Codecs
import Glibc
import Signals
import Tool

/// One piece of work: an input and where its result goes.
struct Task: Sendable {
  let input: String
  /// Nil if it follows from the input's name.
  let output: String?
}

/// Finds the files that the user means.
enum Inputs {
  /// The inputs one by one; folders only with `recursive`.
  /// - Parameters:
  ///   - wanted: the input in a folder that a file's path stands for (a header stands for its record), or nil.
  ///   - name: the output's name for an input's name, both without folders.
  /// - Throws: `Failure`.
  static func tasks(
    _ inputs: [String], _ options: OutputOptions, wanted: (String) -> String?, name: (String) -> String
  ) throws -> [Task] {
    var tasks: [Task] = []
    for input in inputs {
      guard Paths.kind(input) == S_IFDIR else {
        tasks.append(Task(input: input, output: options.path(for: inputs) ?? options.outputDir.map { join($0, name(Paths.lastComponent(input))) }))
        continue
      }
      guard options.recursive else { throw Failure(.noInput, "\(input): this is a folder; take all in it with -r") }
      for path in try below(input, wanted: wanted) {
        tasks.append(Task(input: join(input, path), output: join(options.outputDir ?? input, folder(path) + name(Paths.lastComponent(path)))))
      }
    }
    try refuseClashes(tasks, name: name)
    return tasks
  }

  /// The inputs, and in the place of each folder all that is wanted below it; each once.
  /// - Parameter wanted: the input in a folder that a file's path stands for, or nil.
  /// - Throws: `Failure`.
  static func files(_ inputs: [String], wanted: (String) -> String?) throws -> [String] {
    var files: [String] = []
    for input in inputs {
      let found = Paths.kind(input) == S_IFDIR ? try below(input, wanted: wanted).map { join(input, $0) } : [input]
      for file in found where !files.contains(file) { files.append(file) }
    }
    return files
  }

  private static func below(_ folder: String, wanted: (String) -> String?) throws -> [String] {
    var (found, unreadable) = ([String](), [String]())
    try walk(folder, "", &found, &unreadable)
    return Set(found.compactMap(wanted) + unreadable).sorted()
  }

  /// Two inputs must not become one output.
  private static func refuseClashes(_ tasks: [Task], name: (String) -> String) throws {
    var inputs: [String: String] = [:]
    for task in tasks where task.input != "-" {
      let output = task.output ?? folder(task.input) + name(Paths.lastComponent(task.input))
      if let other = inputs.updateValue(task.input, forKey: output) {
        throw Failure(.usage, "\(other) and \(task.input) would both become \(output); leave out one, or encode them into different folders")
      }
    }
  }

  /// Refuses a folder in the place of an output file.
  static func refuseFolder(_ path: String) throws {
    if path.hasSuffix("/") || Paths.kind(path) == S_IFDIR {
      throw Failure(.cannotCreate, "\(path): this is a folder; give the name of a file in it, or use --output-dir")
    }
  }

  /// Refuses an output, other than standard output, that is a folder, or is there and not to be replaced: for before the work.
  static func checkOutput(_ path: String, overwrite: Bool) throws {
    guard path != "-" else { return }
    try refuseFolder(path)
    try AtomicFile.check(path, overwrite: overwrite)
  }

  /// Adds the paths of all files below a folder, relative to it, in their order; hidden ones not. Folders below it that cannot be read are told apart:
  /// they fail by themselves, as a file that cannot be read does, and the rest goes on.
  private static func walk(_ root: String, _ relative: String, _ found: inout [String], _ unreadable: inout [String]) throws {
    let path = relative.isEmpty ? root : join(root, relative)
    guard let folder = opendir(path) else {
      if !relative.isEmpty { return unreadable.append(relative) }
      throw Failure(.noInput, "\(path): cannot be read: \(String(cString: strerror(errno))); check its rights")
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      let below = relative.isEmpty ? name : "\(relative)/\(name)"
      switch Paths.kind(join(root, below), follow: false) {
      case S_IFDIR: try walk(root, below, &found, &unreadable)
      case S_IFREG, S_IFLNK: if Paths.kind(join(root, below)) == S_IFREG { found.append(below) }
      default: break
      }
    }
  }

  /// Makes the folder of a path, and those above it.
  static func makeFolder(of path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in folder(path).split(separator: "/") {
      made += part + "/"
      guard mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw Failure(.cannotCreate, "\(made): cannot be made: \(String(cString: strerror(errno))); choose another folder")
      }
    }
  }

  static func join(_ folder: String, _ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

  /// What stands before it, with the "/"; empty if there is none.
  static func folder(_ path: String) -> String { String(path.dropLast(Paths.lastComponent(path).count)) }

  /// Without an ending, if it has it.
  static func dropping(_ ending: String, from name: String) -> String? {
    name.hasSuffix(ending) && name.count > ending.count ? String(name.dropLast(ending.count)) : nil
  }

  /// Runs all tasks and goes on past failures; says how many there were. Where there are many files, each has one thread and several are worked on
  /// at once; otherwise they come one after the other, each with all threads.
  /// - Parameter body: does one task, with so many threads, and shows progress of its own or not.
  /// - Throws: the failure itself if there was one task only.
  static func run(_ tasks: [Task], jobs: Int, _ body: (Task, Work) throws -> Void) throws {
    let isMany = jobs > 1 && tasks.count >= 2 * jobs
    let counter = FailureCounter()
    let progress = Progress("files", total: tasks.count, isShown: isMany)
    try withoutActuallyEscaping(body) { body in
      // The verbs do not change while they run: their options may be read by all threads.
      nonisolated(unsafe) let body = body
      let workers = OrderedWorkers<Task, Failure?>(threads: isMany ? jobs : 1) { task in
        do {
          try body(task, isMany ? Work(jobs: 1, showsProgress: false) : Work(jobs: jobs, showsProgress: true))
          return nil
        } catch {
          return Failure(error, file: task.input == "-" ? "standard input" : task.input)
        }
      } deliver: { failure in
        counter.done += 1
        progress.update(counter.done)
        guard let failure else { return }
        if tasks.count == 1 { throw failure }
        if let message = failure.message { complain(message) }
        counter.failed += 1
      }
      defer { workers.stop() }
      for task in tasks { try workers.submit(task) }
      try workers.finish()
    }
    progress.end()
    if counter.failed > 0 { throw Failure(.mixed, "\(counter.failed) of \(tasks.count) files failed") }
  }

  private final class FailureCounter {
    var done = 0
    var failed = 0
  }
}

/// What one task may use.
struct Work {
  let jobs: Int
  let showsProgress: Bool
}
