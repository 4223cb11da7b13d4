import Foundation
import Synchronization

/// Sees to it that no case takes too long or too much memory, and that the case which ends the process can be run again.
final class Watch: Sendable {
  /// Seconds that a case may compute, and that it may take in all on a busy machine.
  static let seconds = (computing: 20, waiting: 600)
  /// Bytes of address space; an allocation beyond ends the process.
  static let addressBytes = 6 << 30
  /// Bytes that the process may ever hold.
  static let residentBytes = 512 << 20

  private let entry: String
  private let seed: UInt64
  private let note: Int32
  private let number = Atomic<Int>(0)
  private let start = Atomic<Int>(Watch.now(CLOCK_MONOTONIC))
  private let computed = Atomic<Int>(Watch.now(CLOCK_PROCESS_CPUTIME_ID))

  private static func now(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec
  }

  /// - Parameter file: where the case that runs is noted.
  init(entry: String, seed: UInt64, file: URL) {
    (self.entry, self.seed) = (entry, seed)
    note = open(file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var limit = rlimit(rlim_cur: rlim_t(Watch.addressBytes), rlim_max: rlim_t(Watch.addressBytes))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    Thread.detachNewThread { [self] in
      while true {
        sleep(1)
        let late = Watch.now(CLOCK_MONOTONIC) - start.load(ordering: .relaxed) > Watch.seconds.waiting
        if late || Watch.now(CLOCK_PROCESS_CPUTIME_ID) - computed.load(ordering: .relaxed) > Watch.seconds.computing {
          fail("takes too long", number.load(ordering: .relaxed))
        }
      }
    }
  }

  deinit { close(note) }

  /// Called before each case.
  func begin(_ case: Int) {
    let text = Array("\(entry) \(seed) \(`case`)\n".utf8)
    pwrite(note, text, text.count, 0)
    number.store(`case`, ordering: .relaxed)
    start.store(Watch.now(CLOCK_MONOTONIC), ordering: .relaxed)
    computed.store(Watch.now(CLOCK_PROCESS_CPUTIME_ID), ordering: .relaxed)
  }

  /// Called after each case.
  func end(_ case: Int) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    if usage.ru_maxrss > Watch.residentBytes / 1024 {
      fail("has taken \(usage.ru_maxrss / 1024) MiB, more than \(Watch.residentBytes >> 20)", `case`)
    }
  }

  private func fail(_ what: String, _ case: Int) -> Never {
    tell("Fuzz: \(entry) \(seed) \(`case`) \(what); run it again with --replay \(entry) \(seed) \(`case`)")
    _exit(1)
  }
}

/// Writes a line to standard output at once: the process may end at any time.
func tell(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}
