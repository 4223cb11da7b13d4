/// The last samples of a channel, the newest first: a window that slides down a buffer and is moved back up when it reaches the bottom.
/// Its owner calls `deallocate`; a structure of pointers, like all that a sample passes through, so that nothing is counted there.
struct SoundHistory {
  private let span: Int
  private let capacity: Int
  private let buffer: UnsafeMutablePointer<Double>
  private var position: Int

  /// - Parameter span: samples that can be looked at; those before the first are 0.
  init(span: Int) {
    self.span = span
    capacity = span + 4096
    buffer = CascadeKernels.zeros(capacity)
    position = capacity - span
  }

  func deallocate() { buffer.deallocate() }

  /// The newest sample, those before it behind it.
  @inline(__always)
  var newest: UnsafePointer<Double> { UnsafePointer(buffer + position) }

  @inline(__always)
  mutating func append(_ value: Double) {
    if position == 0 {
      position = capacity - span
      (buffer + position).update(from: buffer, count: span)
    }
    position &-= 1
    buffer[position] = value
  }
}
