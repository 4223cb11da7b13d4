import Glibc
import Synchronization

/// A program run to its end.
enum ChildProcess {
  struct Result {
    /// The exit status, or the negative number of the signal that ended it.
    let status: Int32
    /// The first 64 KiB of what it said: standard error, and standard output too where that does not go to a file.
    let text: String
    /// By the clock on the wall.
    let seconds: Double
    let isOverTime: Bool
  }

  /// Those that run. Held while one is started, so that no other inherits the end of its pipe.
  private static let running = Mutex<Set<pid_t>>([])

  /// Ends all that run; for the thread that handles an interruption, which then ends the process.
  static func endAll() { running.withLock { for id in $0 { kill(id, SIGKILL) } } }

  /// What the environment says.
  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The path of a program that is installed; nil if it is not.
  /// - Parameter path: folders with colons between them, as in `PATH`, which is taken if nothing is said.
  static func program(_ name: String, path: String?) -> String? {
    let folders = (path ?? variable("PATH") ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { folder -> String in "\(folder)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// Runs a program without input, with no signal blocked or ignored, in the language of computers.
  /// - Parameters:
  ///   - path: of the executable.
  ///   - output: the file for its standard output; nil if that belongs to what it says.
  ///   - timeout: seconds after which it is ended.
  /// - Throws: `ToolError` if it cannot be started.
  static func run(_ path: String, _ arguments: [String], output: String?, timeout: Double) throws -> Result {
    let clock = ContinuousClock()
    let begin = clock.now
    let (id, pipe) = try start(path, arguments, output: output)
    defer { close(pipe) }
    let left = { timeout - (clock.now - begin) / .seconds(1) }
    let text = listen(pipe, left: left)
    var isOverTime = false
    while true {
      if let status = reap(id) {
        return Result(
          status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F), text: text, seconds: (clock.now - begin) / .seconds(1),
          isOverTime: isOverTime)
      }
      if left() <= 0, !isOverTime {
        isOverTime = true
        running.withLock { if $0.contains(id) { kill(id, SIGKILL) } }
      }
      // It has closed its end of the pipe and is about to end, as a rule at once.
      usleep(500)
    }
  }

  /// Starts a program whose words come through a pipe.
  private static func start(_ path: String, _ arguments: [String], output: String?) throws -> (id: pid_t, pipe: Int32) {
    try running.withLock { running in
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw ToolError("\(path): cannot be started: \(String(cString: strerror(errno)))") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      defer { close(ends[1]) }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      if let output {
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      } else {
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      }
      posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      var (none, all) = (sigset_t(), sigset_t())
      sigemptyset(&none)
      sigfillset(&all)
      posix_spawnattr_setsigmask(&attributes, &none)
      posix_spawnattr_setsigdefault(&attributes, &all)
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
      let variables = ["PATH", "HOME", "TMPDIR"].compactMap { name in variable(name).map { "\(name)=\($0)" } } + ["LC_ALL=C"]
      let words = ([path] + arguments).map { strdup($0) } + [nil]
      let environment = variables.map { strdup($0) } + [nil]
      defer { for text in words + environment { free(text) } }
      var id = pid_t()
      let code = posix_spawn(&id, path, &actions, &attributes, words, environment)
      guard code == 0 else {
        close(ends[0])
        throw ToolError("\(path): cannot be started: \(String(cString: strerror(code)))")
      }
      running.insert(id)
      return (id, ends[0])
    }
  }

  /// What comes through a pipe until its other end is closed or no time is left.
  private static func listen(_ pipe: Int32, left: () -> Double) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let time = left(), time > 0 {
      var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, Int32(min(time * 1000, 1e6)) + 1)
      if ready <= 0 { continue }
      let count = read(pipe, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      text += buffer[..<min(count, (1 << 16) - text.count)]
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// How a child ended; nil if it still runs.
  private static func reap(_ id: pid_t) -> Int32? {
    running.withLock { running in
      var status: Int32 = 0
      guard waitpid(id, &status, WNOHANG) != 0 else { return nil }
      running.remove(id)
      return status
    }
  }
}
