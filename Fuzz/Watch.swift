import Foundation
import Synchronization

/// The line that a crash writes: which case it was. A handler of signals may do no more than write it, so it is made before the case runs.
private enum CrashNote {
  nonisolated(unsafe) static let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 1)
  static let count = Atomic<Int>(0)

  static func set(_ text: String) {
    count.store(0, ordering: .relaxed)
    let utf8 = Array(text.utf8.prefix(bytes.count))
    bytes.copyBytes(from: utf8)
    count.store(utf8.count, ordering: .relaxed)
  }

  static func install() {
    set("")
    // An overflow of the stack leaves no room for a handler but on another one.
    var stack = stack_t(ss_sp: .allocate(byteCount: 1 << 16, alignment: 16), ss_flags: 0, ss_size: 1 << 16)
    sigaltstack(&stack, nil)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_ONSTACK
      action.__sigaction_handler.sa_handler = { number in
        _ = write(1, CrashNote.bytes.baseAddress, CrashNote.count.load(ordering: .relaxed))
        raise(number)
      }
      sigaction(number, &action, nil)
    }
  }
}

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
  private let number = Atomic<Int>(0)
  private let start = Atomic<Int>(Watch.now(CLOCK_MONOTONIC))
  private let computed = Atomic<Int>(Watch.now(CLOCK_PROCESS_CPUTIME_ID))
  private let slowest = Atomic<Int>(0)
  private let slowestNumber = Atomic<Int>(0)

  /// Milliseconds on a clock.
  private static func now(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// Milliseconds that the slowest case so far has computed, and its number.
  var slowestCase: (milliseconds: Int, number: Int) { (slowest.load(ordering: .relaxed), slowestNumber.load(ordering: .relaxed)) }

  init(entry: String, seed: UInt64) {
    (self.entry, self.seed) = (entry, seed)
    CrashNote.install()
    var limit = rlimit(rlim_cur: rlim_t(Watch.addressBytes), rlim_max: rlim_t(Watch.addressBytes))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    Thread.detachNewThread { [self] in
      while true {
        sleep(1)
        let late = Watch.now(CLOCK_MONOTONIC) - start.load(ordering: .relaxed) > Watch.seconds.waiting * 1000
        if late || Watch.now(CLOCK_PROCESS_CPUTIME_ID) - computed.load(ordering: .relaxed) > Watch.seconds.computing * 1000 {
          fail("takes too long", number.load(ordering: .relaxed))
        }
      }
    }
  }

  /// Called before each case.
  func begin(_ case: Int) {
    CrashNote.set(told("crashes", `case`) + "\n")
    number.store(`case`, ordering: .relaxed)
    start.store(Watch.now(CLOCK_MONOTONIC), ordering: .relaxed)
    computed.store(Watch.now(CLOCK_PROCESS_CPUTIME_ID), ordering: .relaxed)
  }

  /// Called after each case.
  func end(_ case: Int) {
    let taken = Watch.now(CLOCK_PROCESS_CPUTIME_ID) - computed.load(ordering: .relaxed)
    if taken > slowest.load(ordering: .relaxed) {
      slowest.store(taken, ordering: .relaxed)
      slowestNumber.store(`case`, ordering: .relaxed)
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // The peak of `getrusage` counts what the process held that started this one, so it only says when to look closer.
    guard usage.ru_maxrss > Watch.residentBytes / 1024, let peak = Watch.peakKilobytes, peak > Watch.residentBytes / 1024 else { return }
    fail("has taken \(peak / 1024) MiB, more than \(Watch.residentBytes >> 20)", `case`)
  }

  /// The most memory that this program has held.
  private static var peakKilobytes: Int? {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }
  }

  private func told(_ what: String, _ case: Int) -> String {
    "Fuzz: \(entry) \(seed) \(`case`) \(what); run it again with --replay \(entry) \(seed) \(`case`)"
  }

  private func fail(_ what: String, _ case: Int) -> Never {
    tell(told(what, `case`))
    _exit(1)
  }
}

/// Writes a line to standard output at once: the process may end at any time.
func tell(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}
