import CChild
import Foundation

/// A program that a test runs. It inherits three descriptors and no other, so that pipes and files of tests that run at the same time stay theirs;
/// no signal is ignored or blocked in it, and its environment is the same everywhere.
package struct Child {
  /// The id of the process.
  package let id: pid_t

  /// Starts a program.
  /// - Parameters:
  ///   - folder: where it runs.
  ///   - input: an open descriptor; nil for no input at all.
  ///   - output, error: open descriptors; nil for what nobody reads.
  /// - Throws: `CocoaError` if it cannot be started.
  package init(
    _ program: URL, _ arguments: [String], in folder: URL, environment: [String: String] = [:], input: Int32? = nil, output: Int32? = nil,
    error: Int32? = nil
  ) throws {
    var all = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]
    let inherited = ProcessInfo.processInfo.environment
    for name in ["AECODEC_SIMD", "TMPDIR"] { all[name] = inherited[name] }
    all.merge(environment) { $1 }
    func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] { texts.map { strdup($0) } + [nil] }
    let (words, settings) = (strings([program.path] + arguments), strings(all.map { "\($0.key)=\($0.value)" }))
    defer { for text in words + settings { free(text) } }
    var started = pid_t()
    guard child_start(&started, program.path, words, settings, folder.path, [input ?? -1, output ?? -1, error ?? -1]) == 0 else {
      throw CocoaError(.executableNotLoadable)
    }
    id = started
  }

  /// Waits for the end: the exit status, or the negative number of the signal that ended it.
  package func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
  }

  /// Whether it still runs; its end is still there to be waited for.
  package var isRunning: Bool {
    var end = siginfo_t()
    return waitid(P_PID, id_t(id), &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_signo == 0
  }

  package func send(_ signal: Int32) { kill(id, signal) }
}

/// The two ends of a pipe; what is still open is closed in the end.
package final class ChildPipe {
  private var ends: [Int32] = [-1, -1]

  package init() throws {
    guard child_pipe(&ends) == 0 else { throw CocoaError(.fileReadUnknown) }
  }

  deinit {
    closeReading()
    closeWriting()
  }

  package var reading: Int32 { ends[0] }
  package var writing: Int32 { ends[1] }

  package func closeReading() { close(0) }
  package func closeWriting() { close(1) }

  private func close(_ end: Int) {
    if ends[end] >= 0 { Foundation.close(ends[end]) }
    ends[end] = -1
  }
}

/// What a finished program gave.
package struct Outcome {
  /// The exit status, or the negative number of the signal that ended it.
  package let code: Int32
  package let out: Data
  package let err: String
}

extension Outcome {
  /// Runs a program to its end: input from a pipe, output into files, so that nobody waits for anybody.
  package init(_ program: URL, _ arguments: [String], in folder: URL, environment: [String: String] = [:], stdin: Data = Data()) throws {
    // A program that ends before it has read all of its input is none of the tests' business.
    _ = signal(SIGPIPE, SIG_IGN)
    let (input, output, error) = (try ChildPipe(), try HiddenFile(), try HiddenFile())
    let child = try Child(
      program, arguments, in: folder, environment: environment, input: input.reading, output: output.descriptor, error: error.descriptor)
    input.closeReading()
    try? FileHandle(fileDescriptor: input.writing, closeOnDealloc: false).write(contentsOf: stdin)
    input.closeWriting()
    code = child.wait()
    out = try output.read()
    err = String(decoding: try error.read(), as: UTF8.self)
  }
}

/// A file without a name in the temporary folder.
package final class HiddenFile {
  package let descriptor: Int32

  package init() throws {
    descriptor = child_hidden_file(FileManager.default.temporaryDirectory.path)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  deinit { close(descriptor) }

  /// All that was written to it.
  package func read() throws -> Data {
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    try file.seek(toOffset: 0)
    return try file.readToEnd() ?? Data()
  }
}

/// A program that was built beside these tests.
package func built(_ name: String) -> URL {
  let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
  let beside = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
  return FileManager.default.isExecutableFile(atPath: beside.path) ? beside : root.appending(path: ".build/release/\(name)")
}
