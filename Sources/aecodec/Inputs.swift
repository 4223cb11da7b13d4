import Glibc

/// One piece of work: an input and where its result goes.
struct Task {
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
      guard kind(input) == S_IFDIR else {
        tasks.append(Task(input: input, output: options.output ?? options.outputDir.map { join($0, name(lastComponent(input))) }))
        continue
      }
      guard options.recursive else { throw Failure(.noInput, "\(input): this is a folder; take all in it with -r") }
      var found: [String] = []
      try walk(input, "", &found)
      for path in Set(found.compactMap(wanted)).sorted() {
        tasks.append(Task(input: join(input, path), output: join(options.outputDir ?? input, folder(path) + name(lastComponent(path)))))
      }
    }
    return tasks
  }

  /// Adds the paths of all files below a folder, relative to it, in their order; hidden ones not.
  private static func walk(_ root: String, _ relative: String, _ found: inout [String]) throws {
    let path = relative.isEmpty ? root : join(root, relative)
    guard let folder = opendir(path) else {
      throw Failure(.noInput, "\(path): cannot be read: \(String(cString: strerror(errno))); check its rights")
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      let below = relative.isEmpty ? name : "\(relative)/\(name)"
      switch kind(join(root, below), follow: false) {
      case S_IFDIR: try walk(root, below, &found)
      case S_IFREG, S_IFLNK: if kind(join(root, below)) == S_IFREG { found.append(below) }
      default: break
      }
    }
  }

  /// The file type of `st_mode`; nil if there is nothing.
  static func kind(_ path: String, follow: Bool = true) -> mode_t? {
    var status = stat()
    return (follow ? stat(path, &status) : lstat(path, &status)) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Whether two paths are the same existing file.
  static func isSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino
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

  /// What stands behind the last "/".
  static func lastComponent(_ path: String) -> String { String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }

  /// What stands before it, with the "/"; empty if there is none.
  static func folder(_ path: String) -> String { String(path.dropLast(lastComponent(path).count)) }

  /// Without an ending, if it has it.
  static func dropping(_ ending: String, from name: String) -> String? {
    name.hasSuffix(ending) && name.count > ending.count ? String(name.dropLast(ending.count)) : nil
  }

  /// Runs all tasks and goes on past failures; says how many there were.
  /// - Throws: the failure itself if there was one task only.
  static func run(_ tasks: [Task], _ body: (Task) throws -> Void) throws {
    var failed = 0
    for task in tasks {
      do {
        try body(task)
      } catch {
        let failure = Failure(error, file: task.input == "-" ? "standard input" : task.input)
        if tasks.count == 1 { throw failure }
        if let message = failure.message { complain(message) }
        failed += 1
      }
    }
    if failed > 0 { throw Failure(.mixed, "\(failed) of \(tasks.count) files failed") }
  }
}
