/// Memory that begins where a cache line does, so that no aligned vector lies across two.
public enum AlignedMemory {
  /// As many copies of a value of a trivial type; the caller deallocates them.
  public static func allocate<Value: BitwiseCopyable>(_ value: Value, count: Int) -> UnsafeMutablePointer<Value> {
    let count = max(1, count)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Value>.stride, alignment: 64)
    return memory.initializeMemory(as: Value.self, repeating: value, count: count)
  }
}
