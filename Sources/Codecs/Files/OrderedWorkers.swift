import Glibc

/// Threads that work on jobs at once and deliver what comes of them in the order of the jobs, each as soon as it is its turn.
///
/// At most `threads + 1` jobs are on their way, so that memory stays bounded. With one thread everything happens in `submit`.
/// Delivery never runs on two threads at the same time. After the first error, in the order of the jobs, nothing more is delivered.
/// Call `stop` when done, in whichever way.
public final class OrderedWorkers<Job: Sendable, Output: Sendable>: @unchecked Sendable {
  private let work: @Sendable (Job) throws -> Output
  private let deliver: (Output) throws -> Void
  private let capacity: Int
  private var threads: [pthread_t] = []

  // Read and written while holding `lock` only.
  private let lock = Monitor()
  private var waiting: [(number: Int, job: Job)] = []
  private var finished: [Int: Result<Output, any Error>] = [:]
  private var submitted = 0
  private var delivered = 0
  private var isDelivering = false
  private var isStopped = false
  private var failure: (any Error)?

  /// - Parameters:
  ///   - work: runs on any thread.
  ///   - deliver: runs on any thread, one call at a time.
  public init(threads count: Int, work: @escaping @Sendable (Job) throws -> Output, deliver: @escaping (Output) throws -> Void) {
    self.work = work
    self.deliver = deliver
    capacity = count + 1
    if count > 1 { threads = (0..<count).compactMap { _ in startThread { [self] in runUntilStopped() } } }
  }

  /// Hands in a job; waits while too many are on their way.
  /// - Throws: the first error of an earlier job.
  public func submit(_ job: Job) throws {
    if threads.isEmpty { return try deliver(work(job)) }
    lock.hold()
    defer { lock.release() }
    while submitted - delivered >= capacity, failure == nil { lock.wait() }
    if let failure { throw failure }
    waiting.append((submitted, job))
    submitted += 1
    lock.wakeAll()
  }

  /// Waits until everything is delivered.
  /// - Throws: the first error.
  public func finish() throws {
    lock.hold()
    defer { lock.release() }
    while delivered < submitted, failure == nil { lock.wait() }
    if let failure { throw failure }
  }

  /// Ends the threads; jobs not begun are dropped.
  public func stop() {
    lock.hold()
    isStopped = true
    lock.wakeAll()
    lock.release()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private func runUntilStopped() {
    lock.hold()
    defer { lock.release() }
    while true {
      while waiting.isEmpty, !isStopped { lock.wait() }
      if isStopped { return }
      let (number, job) = waiting.removeFirst()
      lock.release()
      let result = Result { try work(job) }
      lock.hold()
      finished[number] = result
      deliverWhatIsDue()
    }
  }

  /// Delivers in order, by one thread at a time; called and left with the lock held.
  private func deliverWhatIsDue() {
    guard !isDelivering else { return }
    isDelivering = true
    while failure == nil, !isStopped, let result = finished.removeValue(forKey: delivered) {
      lock.release()
      let outcome = Result { try deliver(result.get()) }
      lock.hold()
      if case .failure(let error) = outcome { failure = error } else { delivered += 1 }
      lock.wakeAll()
    }
    isDelivering = false
  }
}

/// A mutual exclusion with a condition to wait for.
final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func hold() { pthread_mutex_lock(mutex) }
  func release() { pthread_mutex_unlock(mutex) }
  func wait() { pthread_cond_wait(condition, mutex) }
  func wakeAll() { pthread_cond_broadcast(condition) }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread; nil if the system has none left.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  var thread = pthread_t()
  let context = Unmanaged.passRetained(ThreadBody(body))
  let code = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
      return nil
    }, context.toOpaque())
  if code != 0 { context.release() }
  return code == 0 ? thread : nil
}
