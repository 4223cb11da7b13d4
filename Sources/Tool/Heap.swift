import CMalloc

/// How the C library keeps memory that was freed.
package enum Heap {
  /// Blocks from this size on are mapped by themselves, and go back to the system as soon as they are freed.
  private static let mappedFrom: Int32 = 1 << 18

  /// To be called before any thread begins. Left to itself, the C library keeps ever larger freed blocks, in a heap for each thread: peak memory then
  /// grows with the number of chunks that went by (7 to 9 MB from 10 minutes to 2 hours of two leads; so 2 to 3 MB). Takes 3 % of the time.
  package static func settle() { _ = mallopt(M_MMAP_THRESHOLD, mappedFrom) }
}
