import Glibc
import Tool

/// Monotonic time in seconds.
func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A line on standard error that says how far the work is: only on a terminal, and only for work of more than half a second.
/// Used by one thread at a time.
final class Progress {
  private let label: String
  private let total: Int?
  private let isShown: Bool
  private let showsTimeLeft: Bool
  private let start = now()
  private var next: Double
  private var wasDrawn = false

  /// - Parameters:
  ///   - total: what `update` comes to in the end (samples of each channel, files), if known.
  ///   - showsTimeLeft: for long work, all of whose parts take about the same time.
  init(_ label: String, total: Int?, isShown: Bool, showsTimeLeft: Bool = false) {
    self.showsTimeLeft = showsTimeLeft
    self.label = label
    self.total = total
    self.isShown = isShown && isatty(2) == 1
    next = now() + 0.5
  }

  func update(_ done: Int) {
    guard isShown, case let time = now(), time >= next else { return }
    next = time + 0.1
    wasDrawn = true
    let part = total.map { $0 > 0 ? "\(min(100, 100 * done / $0)) %" : "" } ?? "\(done)"
    var left = ""
    if showsTimeLeft, let total, done > 0 {
      left = ", \(Wording.time((time - start) * Double(max(0, total - done)) / Double(done))) left"
    }
    writeError("\r\u{1B}[K\(label): \(part)\(left)")
  }

  /// Removes the line.
  func end() {
    if wasDrawn { writeError("\r\u{1B}[K") }
    wasDrawn = false
  }
}
