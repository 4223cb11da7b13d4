import Synchronization
import Tensors

/// The results of `body` for 0 ..< count, in order, computed by all threads of `Threads`; each takes the next as soon as it is free.
/// - Throws: the error of the lowest number that failed.
func parallelMap<Output>(_ count: Int, _ body: (Int) throws -> Output) throws -> [Output] {
  let results = UnsafeMutablePointer<Result<Output, any Error>?>.allocate(capacity: max(1, count))
  results.initialize(repeating: nil, count: count)
  defer {
    results.deinitialize(count: count)
    results.deallocate()
  }
  let next = Atomic<Int>(0)
  Threads.parallelFor(min(Threads.jobs, count)) { _ in
    while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < count {
      results[index] = Result { try body(index) }
    }
  }
  return try (0..<count).compactMap { try results[$0]?.get() }
}
