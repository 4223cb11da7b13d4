import CKernels

/// What was decoded so far in a chunk, searched for stretches that resemble what comes.
///
/// Before each frame, encoder and decoder call `recall`: it orders all earlier positions by how well the samples before them match the samples
/// before the frame. Everything is done in integers on decoded samples, reduced to `levels` per lead, so the order is the same on every machine.
///
/// Positions are kept by their phase: position j has phase j mod decimation and slot j / decimation, and is known by its *place*,
/// phase × stride + slot. Ties in distance are broken by place.
public final class Memory {
  /// Reduced samples lie in -reach ... reach: then squared distances of 64 taps, each less its anchor, stay below 2^32.
  public static let reach = 2047

  public let geometry: MemoryGeometry
  public let leadCount: Int
  /// Samples that fit.
  public let capacity: Int
  /// Decoded samples of each lead: [lead][time].
  public let samples: UnsafeMutablePointer<UnsafeMutablePointer<Int32>>
  /// Samples decoded so far.
  public private(set) var count = 0

  /// Distances by place, and the least of each `CK_LEAST` of them that can be copied from, phase by phase.
  struct Keys {
    let values: UnsafeMutablePointer<Float>
    let least: UnsafeMutablePointer<Float>
  }

  let stride: Int
  private let reachBack: Int
  private let scales: [LevelScale]
  private let pairs: UnsafeMutablePointer<Int32>
  private let anchors: UnsafeMutablePointer<Int16>
  private let energiesBefore: UnsafeMutablePointer<Int32>
  /// Nil in a memory that frames are not compared with.
  private let energiesAfter: UnsafeMutablePointer<Int32>?
  /// Distances of the present template, by place.
  let keys: Keys
  /// Distances of a frame being encoded, by place.
  let frameKeys: Keys
  /// What a search found; the next one overwrites it.
  let found: FoundPlaces
  /// All places whose keys are below `nearBound`, and their positions: at least as many as were asked for since `recall`.
  let near: FoundPlaces
  let nearPositions: UnsafeMutablePointer<Int32>
  var nearBound: Float = 0
  /// Every so many-th key after `recall`: a rough picture of all of them.
  let sample: UnsafeMutablePointer<Float>
  private(set) var sampleCount = 0
  /// How many positions a key of the sample stands for.
  private(set) var sampleStep = 1
  private let template: UnsafeMutablePointer<Int16>

  /// - Parameters:
  ///   - capacity: samples a lead that will be remembered; a multiple of the frame.
  ///   - scales: how samples of each lead become levels.
  ///   - reachBack: how many samples back positions are searched.
  ///   - comparesFrames: whether there will be frames to compare with, which an encoder does: it takes a third more memory.
  public init(geometry: MemoryGeometry, capacity: Int, scales: [LevelScale], reachBack: Int, comparesFrames: Bool = true) {
    precondition(capacity > 0 && capacity % geometry.frame == 0 && !scales.isEmpty && reachBack > 0)
    self.geometry = geometry
    self.capacity = capacity
    self.scales = scales
    leadCount = scales.count
    self.reachBack = reachBack
    stride = capacity / geometry.decimation + 2 * geometry.taps + 64
    let places = stride * geometry.decimation
    func allocate<T>(_ count: Int, _ value: T) -> UnsafeMutablePointer<T> {
      let pointer = UnsafeMutablePointer<T>.allocate(capacity: count)
      pointer.initialize(repeating: value, count: count)
      return pointer
    }
    samples = .allocate(capacity: scales.count)
    for lead in scales.indices { (samples + lead).initialize(to: allocate(capacity, Int32(0))) }
    pairs = allocate(places * scales.count, 0)
    anchors = allocate(places * scales.count, 0)
    energiesBefore = allocate(places * scales.count, 0)
    energiesAfter = comparesFrames ? allocate(places * scales.count, 0) : nil
    func keys(_ places: Int) -> Keys { Keys(values: allocate(places, 0), least: allocate(places / Int(CK_LEAST) + geometry.decimation, 0)) }
    self.keys = keys(places)
    frameKeys = keys(comparesFrames ? places : 0)
    found = FoundPlaces(capacity: places)
    near = FoundPlaces(capacity: places)
    nearPositions = .allocate(capacity: places)
    sample = allocate(Memory.sampleRoom + 2 * geometry.decimation, 0)
    template = allocate(geometry.taps, 0)
  }

  deinit {
    for lead in 0..<leadCount { samples[lead].deallocate() }
    samples.deallocate()
    pairs.deallocate()
    anchors.deallocate()
    energiesBefore.deallocate()
    energiesAfter?.deallocate()
    for keys in [keys, frameKeys] {
      keys.values.deallocate()
      keys.least.deallocate()
    }
    nearPositions.deallocate()
    sample.deallocate()
    template.deallocate()
  }

  /// Whether there is anything to copy from.
  public var isReady: Bool { positionCount > 0 }

  /// The first position that can be copied from: a whole template lies before it.
  var firstPosition: Int { max(geometry.frame, (count - reachBack) / geometry.decimation * geometry.decimation) }
  /// One past the last position: a whole frame lies behind it.
  var endPosition: Int { count - geometry.frame + 1 }
  /// The number of positions that can be copied from.
  public var positionCount: Int { max(0, endPosition - firstPosition) }

  /// The position of a place.
  func position(ofPlace place: Int) -> Int { place % stride * geometry.decimation + place / stride }

  /// The place of a position.
  func place(of position: Int) -> Int { position % geometry.decimation * stride + position / geometry.decimation }

  /// Slots of a phase whose positions can be copied from.
  func slots(ofPhase phase: Int) -> Range<Int> {
    let d = geometry.decimation
    let first = (firstPosition - phase + d - 1) / d
    let end = (endPosition - phase + d - 1) / d
    return first..<max(first, end)
  }

  /// Takes in the next frame, already written into `samples[lead][count ..< count + frame]`.
  public func advance() {
    precondition(count + geometry.frame <= capacity, "the memory is full")
    for lead in 0..<leadCount { remember(lead) }
    count += geometry.frame
  }

  /// Forgets the last frame again: the next one is written over it. Ranks and distances are not what they were before it.
  public func retreat() {
    precondition(count >= geometry.frame, "no frame to forget")
    count -= geometry.frame
  }

  /// The level of a sample that is already decoded.
  @inline(__always)
  private func level(_ lead: Int, _ time: Int) -> Int32 {
    Int32(Int16(truncatingIfNeeded: pairs[(lead * geometry.decimation + time % geometry.decimation) * stride + time / geometry.decimation]))
  }

  private func remember(_ lead: Int) {
    let (d, taps) = (geometry.decimation, geometry.taps)
    let scale = scales[lead]
    let samples = samples[lead]
    let newest = count / d
    for phase in 0..<d {
      let start = (lead * d + phase) * stride
      let pairs = pairs + start
      for slot in newest..<newest + taps {
        let value = Int32(scale.level(samples[slot * d + phase])) & 0xFFFF
        pairs[slot] = value
        if slot > 0 { pairs[slot - 1] = (pairs[slot - 1] & 0xFFFF) | (value << 16) }
      }
    }
    for phase in 0..<d {
      let start = (lead * d + phase) * stride
      let pairs = pairs + start
      // The anchor of a position is the sample before it: of the phase before, or of the last phase one slot earlier.
      let before = self.pairs + (phase > 0 ? start - stride : (lead * d + d - 1) * stride - 1)
      let anchors = anchors + start
      let ends = newest + taps + (phase == 0 ? 1 : 0)
      for slot in max(newest, phase == 0 ? 1 : 0)..<ends { anchors[slot] = Int16(truncatingIfNeeded: before[slot]) }
      // Positions whose frame has just become whole; sums slide along with them, modulo 2^32.
      let (energiesBefore, energiesAfter) = (energiesBefore + start, energiesAfter.map { $0 + start })
      let first = max(taps, newest - taps + (phase == 0 ? 1 : 0))
      let end = newest + (phase == 0 ? 1 : 0)
      guard first < end else { continue }
      func level(_ slot: Int) -> Int32 { Int32(Int16(truncatingIfNeeded: pairs[slot])) }
      var (sumBefore, squaresBefore, sumAfter, squaresAfter) = (Int32(0), Int32(0), Int32(0), Int32(0))
      for tap in 0..<taps {
        let (a, b) = (level(first - taps + tap), level(first + tap))
        sumBefore &+= a
        squaresBefore &+= a &* a
        sumAfter &+= b
        squaresAfter &+= b &* b
      }
      for slot in first..<end {
        let anchor = Int32(anchors[slot])
        let constant = Int32(truncatingIfNeeded: taps) &* anchor &* anchor
        energiesBefore[slot] = squaresBefore &- 2 &* anchor &* sumBefore &+ constant
        energiesAfter?[slot] = squaresAfter &- 2 &* anchor &* sumAfter &+ constant
        let (oldest, here, next) = (level(slot - taps), level(slot), level(slot + taps))
        sumBefore &+= here &- oldest
        squaresBefore &+= here &* here &- oldest &* oldest
        sumAfter &+= next &- here
        squaresAfter &+= next &* next &- here &* here
      }
    }
  }

  /// Orders all positions by the distance of their templates from the one before the next frame.
  public func recall() {
    for lead in 0..<leadCount {
      let last = level(lead, count - 1)
      for tap in 0..<geometry.taps {
        template[tap] = Int16(truncatingIfNeeded: level(lead, count - geometry.frame + tap * geometry.decimation) - last)
      }
      match(lead, shift: geometry.taps, energies: energiesBefore, into: keys)
    }
    nearBound = 0
    near.clear()
    sampleStep = max(1, positionCount / Memory.sampleSize)
    sampleCount = takeSample(keys.values, every: sampleStep, into: sample)
  }

  private static let sampleSize = 160
  /// Steps are rounded down, so that there may be nearly twice as many.
  private static let sampleRoom = 2 * sampleSize

  /// Every so many-th key of each phase. Returns how many there are.
  func takeSample(_ keys: UnsafePointer<Float>, every step: Int, into sample: UnsafeMutablePointer<Float>) -> Int {
    var count = 0
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      for slot in Swift.stride(from: slots.lowerBound, to: slots.upperBound, by: step) {
        sample[count] = keys[phase * stride + slot]
        count += 1
      }
    }
    return count
  }

  /// Measures the distance of a frame from what stands at every position; the encoder's part of the search.
  /// - Parameter frame: leads × samples to be encoded next.
  func compare(_ frame: [[Int32]]) {
    guard let energiesAfter else { preconditionFailure("a memory that frames are not compared with") }
    for lead in 0..<leadCount {
      let last = level(lead, count - 1)
      let scale = scales[lead]
      for tap in 0..<geometry.taps { template[tap] = Int16(truncatingIfNeeded: Int32(scale.level(frame[lead][tap * geometry.decimation])) - last) }
      match(lead, shift: 0, energies: energiesAfter, into: frameKeys)
    }
  }

  /// Where the least keys of a phase start.
  func leastStart(_ phase: Int) -> Int { phase * (stride / Int(CK_LEAST) + 1) }

  private func match(_ lead: Int, shift: Int, energies: UnsafePointer<Int32>, into keys: Keys) {
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      guard !slots.isEmpty else { continue }
      let base = (lead * geometry.decimation + phase) * stride + slots.lowerBound
      ck_distances(
        slots.count, Int32(geometry.taps), template, pairs + base - shift, anchors + base, energies + base,
        keys.values + phase * stride + slots.lowerBound, keys.least + leastStart(phase), lead > 0 ? 1 : 0)
    }
  }
}

/// How the samples of a lead become levels of the memory: (sample - offset) × factor / 65536, rounded, kept within `Memory.reach`.
public struct LevelScale: Sendable, Equatable {
  public let offset: Int32
  public let factor: Int64

  /// - Parameter factor: 1 ... 2^28.
  public init(offset: Int32, factor: Int64) {
    precondition((1...(1 << 28)).contains(factor))
    self.offset = offset
    self.factor = factor
  }

  @inline(__always)
  func level(_ sample: Int32) -> Int16 {
    let scaled = ((Int64(sample) - Int64(offset)) * factor + 32768) >> 16
    return Int16(truncatingIfNeeded: min(max(scaled, -Int64(Memory.reach)), Int64(Memory.reach)))
  }
}
