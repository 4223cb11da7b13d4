import Glibc
import Signals
import Synchronization

/// What happens on SIGINT, SIGTERM and SIGHUP: no partial file stays, and the exit status says which signal it was.
package enum Interruption {
  /// Whether the work itself sees to the first signal; a second one ends the program in any case.
  private static let isAwaited = Atomic<Bool>(false)
  private static let received = Atomic<Int32>(0)
  private static let lastWork = Mutex<[@Sendable () -> Void]>([])

  /// The signal that came, for work that called `takeOver`; 0 if none did.
  package static var signal: Int32 { received.load(ordering: .relaxed) }

  /// From now on the work asks for `signal`, saves and ends by itself.
  package static func takeOver() { isAwaited.store(true, ordering: .relaxed) }

  /// What is to be done, beside the removal of unfinished files, before a signal ends the program.
  package static func atEnd(_ work: @escaping @Sendable () -> Void) { lastWork.withLock { $0.append(work) } }

  /// Blocks the signals in all threads to come and waits for them in one of its own, where everything is allowed (a handler may do very little).
  /// A reader that went away and a file that may not grow are errors of a write from now on, not signals.
  package static func install() {
    for number in [SIGPIPE, SIGXFSZ] { Glibc.signal(number, SIG_IGN) }
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        Interruption.handle()
        return nil
      }, nil)
  }

  private static func handle() {
    var number = wait()
    if isHandled(number) { number = wait() }
    AtomicFile.removeAll()
    for work in lastWork.withLock({ $0 }) { work() }
    complain("interrupted; unfinished output was removed")
    _exit(128 + number)
  }

  /// The next of the signals.
  private static func wait() -> Int32 {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
    var number: Int32 = 0
    while sigwait(&set, &number) != 0 {}
    return number
  }

  /// Whether the work sees to a signal; it is told of it.
  private static func isHandled(_ number: Int32) -> Bool {
    received.store(number, ordering: .relaxed)
    return isAwaited.load(ordering: .relaxed)
  }
}
