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

  let stride: Int
  private let window: Int
  private let scales: [LevelScale]
  private let pairs: UnsafeMutablePointer<Int32>
  private let anchors: UnsafeMutablePointer<Int16>
  private let energiesBefore: UnsafeMutablePointer<Int32>
  private let energiesAfter: UnsafeMutablePointer<Int32>
  private let dots: UnsafeMutablePointer<Int32>
  /// Distances of the present template, by place.
  let keys: UnsafeMutablePointer<Float>
  /// Distances of a frame being encoded, by place; infinite where there is no position.
  let frameKeys: UnsafeMutablePointer<Float>
  let found: UnsafeMutablePointer<Int32>
  /// Every so many-th key after `recall`, sorted: a rough picture of all of them.
  private(set) var sample: [Float] = []
  /// How many positions a key of the sample stands for.
  private(set) var sampleStep = 1

  /// - Parameters:
  ///   - capacity: samples a lead that will be remembered; a multiple of the frame.
  ///   - scales: how samples of each lead become levels.
  ///   - reachBack: how many samples back positions are searched.
  public init(geometry: MemoryGeometry, capacity: Int, scales: [LevelScale], reachBack: Int) {
    precondition(capacity > 0 && capacity % geometry.frame == 0 && !scales.isEmpty && reachBack > 0)
    self.geometry = geometry
    self.capacity = capacity
    self.scales = scales
    leadCount = scales.count
    window = reachBack
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
    energiesAfter = allocate(places * scales.count, 0)
    dots = allocate(stride, 0)
    keys = allocate(places, .infinity)
    frameKeys = allocate(places, .infinity)
    found = allocate(places, 0)
  }

  deinit {
    for lead in 0..<leadCount { samples[lead].deallocate() }
    samples.deallocate()
    pairs.deallocate()
    anchors.deallocate()
    energiesBefore.deallocate()
    energiesAfter.deallocate()
    dots.deallocate()
    keys.deallocate()
    frameKeys.deallocate()
    found.deallocate()
  }

  /// Whether there is anything to copy from.
  public var isReady: Bool { positionCount > 0 }

  /// The first position that can be copied from: a whole template lies before it.
  var firstPosition: Int { max(geometry.frame, (count - window) / geometry.decimation * geometry.decimation) }
  /// One past the last position: a whole frame lies behind it.
  var endPosition: Int { count - geometry.frame + 1 }
  /// The number of positions that can be copied from.
  public var positionCount: Int { max(0, endPosition - firstPosition) }

  /// The position of a place.
  func position(ofPlace place: Int) -> Int { place % stride * geometry.decimation + place / stride }

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

  /// The level of a sample that is already decoded.
  @inline(__always)
  private func level(_ lead: Int, _ time: Int) -> Int32 {
    Int32(Int16(truncatingIfNeeded: pairs[(lead * geometry.decimation + time % geometry.decimation) * stride + time / geometry.decimation]))
  }

  private func remember(_ lead: Int) {
    let (d, frame) = (geometry.decimation, geometry.frame)
    let base = lead * d * stride
    let scale = scales[lead]
    for time in count..<count + frame {
      let value = Int32(scale.level(samples[lead][time])) & 0xFFFF
      let slot = base + time % d * stride + time / d
      pairs[slot] = value
      if time >= d { pairs[slot - 1] = (pairs[slot - 1] & 0xFFFF) | (value << 16) }
    }
    // Positions whose frame has just become whole, and those up to the end for their anchors.
    for position in max(1, count)...count + frame {
      let place = base + position % d * stride + position / d
      anchors[place] = Int16(truncatingIfNeeded: level(lead, position - 1))
    }
    for position in max(frame, count - frame + 1)..<max(frame, count + 1) {
      let place = base + position % d * stride + position / d
      let anchor = Int32(anchors[place])
      var before: Int32 = 0
      var after: Int32 = 0
      for tap in 0..<geometry.taps {
        let a = Int32(Int16(truncatingIfNeeded: pairs[place - geometry.taps + tap])) - anchor
        let b = Int32(Int16(truncatingIfNeeded: pairs[place + tap])) - anchor
        before &+= a &* a
        after &+= b &* b
      }
      energiesBefore[place] = before
      energiesAfter[place] = after
    }
  }

  /// Orders all positions by the distance of their templates from the one before the next frame.
  public func recall() {
    var window = [Int16](repeating: 0, count: geometry.taps)
    for lead in 0..<leadCount {
      let last = level(lead, count - 1)
      for tap in 0..<geometry.taps {
        window[tap] = Int16(truncatingIfNeeded: level(lead, count - geometry.frame + tap * geometry.decimation) - last)
      }
      match(lead, window, shift: geometry.taps, energies: energiesBefore, into: keys)
    }
    sampleStep = max(1, positionCount / 160)
    sample = sampled(keys, every: sampleStep)
    sample.sort()
  }

  func sampled(_ keys: UnsafeMutablePointer<Float>, every step: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(positionCount / step + geometry.decimation)
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      for slot in Swift.stride(from: slots.lowerBound, to: slots.upperBound, by: step) { result.append(keys[phase * stride + slot]) }
    }
    return result
  }

  /// Measures the distance of a frame from what stands at every position; the encoder's part of the search.
  /// - Parameter frame: leads × samples to be encoded next.
  func compare(_ frame: [[Int32]]) {
    var window = [Int16](repeating: 0, count: geometry.taps)
    for lead in 0..<leadCount {
      let last = level(lead, count - 1)
      let scale = scales[lead]
      for tap in 0..<geometry.taps { window[tap] = Int16(truncatingIfNeeded: Int32(scale.level(frame[lead][tap * geometry.decimation])) - last) }
      match(lead, window, shift: 0, energies: energiesAfter, into: frameKeys)
    }
  }

  private func match(_ lead: Int, _ window: [Int16], shift: Int, energies: UnsafePointer<Int32>, into keys: UnsafeMutablePointer<Float>) {
    var energy: Int32 = 0
    var sum: Int32 = 0
    for value in window {
      energy &+= Int32(value) &* Int32(value)
      sum &+= Int32(value)
    }
    for phase in 0..<geometry.decimation {
      let slots = slots(ofPhase: phase)
      guard !slots.isEmpty else { continue }
      let base = (lead * geometry.decimation + phase) * stride + slots.lowerBound
      ck_slide(slots.count, Int32(geometry.taps), window, pairs + base - shift, dots)
      ck_match(
        slots.count, dots, anchors + base, energies + base, energy, sum, keys + phase * stride + slots.lowerBound, lead > 0 ? 1 : 0)
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
