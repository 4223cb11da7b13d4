import Synchronization

/// Floats in memory, aligned to cache lines. Freed memory is kept for the next tensor of its size, since a training step asks for the same
/// sizes again and again.
final class Storage: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let bucket: Int

  /// Memory with unspecified contents.
  init(count: Int) {
    precondition(count >= 0 && count < 1 << 40, "tensor size out of range")
    self.count = count
    bucket = FreeList.bucket(count)
    pointer = FreeList.shared.take(bucket)
  }

  deinit { FreeList.shared.give(pointer, bucket) }
}

/// Freed blocks by size. Sizes are rounded up to eighths of a power of two, at least 32 floats.
private final class FreeList: Sendable {
  static let shared = FreeList()
  /// Beyond the most that was in use at once, so many floats are kept (128 MiB); what is freed then goes back to the system. So a training step finds again
  /// all that the last one took, however much it is.
  static let slack = 1 << 25

  private struct Lists {
    var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
    /// Floats that are kept, in use, and the most that were in use at once.
    var (kept, used, mostUsed) = (0, 0, 0)
  }
  private struct State: @unchecked Sendable { var lists = Lists() }
  private let state = Mutex(State())

  static func bucket(_ count: Int) -> Int {
    guard count > 32 else { return 32 }
    let step = 1 << max(4, Int.bitWidth - 1 - (count - 1).leadingZeroBitCount - 3)
    return (count + step - 1) / step * step
  }

  func take(_ bucket: Int) -> UnsafeMutablePointer<Float> {
    let address = state.withLock { state -> UInt? in
      state.lists.used += bucket
      state.lists.mostUsed = max(state.lists.mostUsed, state.lists.used)
      guard let block = state.lists.blocks[bucket]?.popLast() else { return nil }
      state.lists.kept -= bucket
      return UInt(bitPattern: block)
    }
    let raw =
      address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) } ?? .allocate(byteCount: bucket * MemoryLayout<Float>.stride, alignment: 64)
    return raw.bindMemory(to: Float.self, capacity: bucket)
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, _ bucket: Int) {
    let address = UInt(bitPattern: pointer)
    let kept = state.withLock { state in
      state.lists.used -= bucket
      let fits = state.lists.kept + state.lists.used + bucket <= state.lists.mostUsed + FreeList.slack
      guard fits, let block = UnsafeMutableRawPointer(bitPattern: address) else { return false }
      state.lists.blocks[bucket, default: []].append(block)
      state.lists.kept += bucket
      return true
    }
    if !kept { pointer.deallocate() }
  }
}
