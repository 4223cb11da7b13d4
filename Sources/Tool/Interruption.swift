import Glibc
import Signals

/// What happens on SIGINT, SIGTERM and SIGHUP: no partial file stays, and the exit status says which signal it was.
package enum Interruption {
  /// Blocks the signals in all threads to come and waits for them in one of its own, where everything is allowed (a handler may do very little).
  package static func install() {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        AtomicFile.removeAll()
        complain("interrupted; unfinished output was removed")
        _exit(128 + number)
      }, nil)
  }
}
