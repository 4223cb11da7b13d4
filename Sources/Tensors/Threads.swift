import Glibc
import Synchronization

/// The threads that kernels share their work among. Results never depend on their number.
public enum Threads {
  /// How many threads work at once, the caller among them; 1 (the start) uses none besides the caller.
  public static var jobs: Int {
    get { jobCount.load(ordering: .relaxed) }
    set {
      precondition(newValue >= 1 && newValue <= 1024, "jobs must be 1 to 1024")
      jobCount.store(newValue, ordering: .relaxed)
    }
  }

  /// Runs `body` over `0..<count`, cut into one range of nearly equal length per thread, none shorter than `grain` if it can be helped.
  /// The calls run at the same time, so each must write to its own places only. Within a running body, and while another
  /// thread uses the pool, everything runs on the calling thread.
  public static func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    let parts = min(jobs, count / max(1, grain))
    guard parts > 1, Pool.shared.run(parts, { part in body(count * part / parts..<count * (part + 1) / parts) }) else {
      if count > 0 { body(0..<count) }
      return
    }
  }

  private static let jobCount = Atomic<Int>(1)
}

/// Workers that wait for a task, which they share with the thread that brought it.
private final class Pool: @unchecked Sendable {
  static let shared = Pool()

  private let busy = Atomic<Bool>(false)
  private let generation = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Written while `busy` is held and all workers wait; read by workers after `generation` says so.
  private var task: ((Int) -> Void)?
  private var parts = 0
  private var workers = 0

  /// Turns of waiting before a thread sleeps: about 20 microseconds.
  private static let patience = 2000

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  /// Calls `body` with 0..<parts, each on a thread of its own; false, and nothing done, if the pool is in use.
  func run(_ parts: Int, _ body: (Int) -> Void) -> Bool {
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
    defer { busy.store(false, ordering: .releasing) }
    while workers < parts - 1 {
      guard start(workers + 1) else { return false }
      workers += 1
    }
    withoutActuallyEscaping(body) { body in
      task = body
      self.parts = parts
      pending.store(workers, ordering: .relaxed)
      pthread_mutex_lock(mutex)
      generation.add(1, ordering: .releasing)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      body(0)
      var turns = 0
      while pending.load(ordering: .acquiring) > 0 {
        turns += 1
        if turns > Pool.patience { sched_yield() }
      }
      task = nil
    }
    return true
  }

  private final class Seat {
    let index: Int
    let seen: Int
    init(index: Int, seen: Int) { (self.index, self.seen) = (index, seen) }
  }

  private func start(_ index: Int) -> Bool {
    let seat = Unmanaged.passRetained(Seat(index: index, seen: generation.load(ordering: .relaxed)))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)  // the kernels keep their tiles on the stack
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        let seat = Unmanaged<Seat>.fromOpaque(argument).takeRetainedValue()
        Pool.shared.work(seat.index, seen: seat.seen)
      }, seat.toOpaque())
    if failed != 0 { seat.release() }
    return failed == 0
  }

  private func work(_ index: Int, seen: Int) -> Never {
    var seen = seen
    while true {
      var turns = 0
      while generation.load(ordering: .acquiring) == seen {
        turns += 1
        if turns <= Pool.patience { continue }
        pthread_mutex_lock(mutex)
        while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
        pthread_mutex_unlock(mutex)
      }
      seen += 1
      if index < parts { task?(index) }
      pending.subtract(1, ordering: .releasing)
    }
  }
}
