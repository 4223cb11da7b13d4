import Bytes
import Prediction

/// What the head of a chunk of frames says: quantiser steps, levels and extent of the memory.
struct FrameParameters: Equatable, Sendable {
  struct Lead: Equatable, Sendable {
    /// The sample value that stands before the first frame and in the middle of the memory's levels.
    var offset: Int32
    /// The lead's quantiser step in quarter octaves above the chunk's.
    var stepOffset: Int
  }

  /// The chunk's quantiser step: 2^(index / 32) / 4 lsb.
  var stepIndex: Int
  /// A level of the memory is 2^exponent / 32 of the lead's quantiser step.
  var levelExponent: Int
  /// How many frames back the memory is searched.
  var memoryFrames: Int
  /// Whether the enhancer works on what was decoded.
  var isEnhanced = false
  /// Whether the synthesis corrects each frame before it is remembered.
  var isSynthesised = false
  var leads: [Lead]

  static let largestStepIndex = 32 * 29
  static let largestLevelExponent = 16
  static let largestMemory = 1 << 20
  private static let synthesisFlag = 64

  /// Quantiser steps by index, from products of doubles in a fixed order.
  static let steps: [Float] = {
    // 2^(1/32) by five square roots of two.
    let ratio = 2.0.squareRoot().squareRoot().squareRoot().squareRoot().squareRoot()
    var octave: [Double] = [0.25]
    for _ in 1..<32 { octave.append(octave.last! * ratio) }
    return (0...largestStepIndex).map { index in
      var value = octave[index % 32]
      for _ in 0..<index / 32 { value *= 2 }
      return Float(value)
    }
  }()

  /// The index of the step nearest to a value, from below.
  static func index(ofStep step: Double) -> Int {
    var (low, high) = (0, largestStepIndex)
    while low < high {
      let middle = (low + high + 1) / 2
      if Double(steps[middle]) <= step { low = middle } else { high = middle - 1 }
    }
    return low
  }

  func step(_ lead: Int) -> Float {
    FrameParameters.steps[min(max(stepIndex + 8 * leads[lead].stepOffset, 0), FrameParameters.largestStepIndex)]
  }

  /// The quantiser step in levels of the memory; the same for every lead.
  var stepInLevels: Float { Float(32) / Float(1 << levelExponent) }

  func scale(_ lead: Int) -> LevelScale {
    let factor = (65536.0 * Double(stepInLevels) / Double(step(lead))).rounded(.toNearestOrEven)
    return LevelScale(offset: leads[lead].offset, factor: Int64(min(max(factor, 1), Double(1 << 28))))
  }

  func write(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(stepIndex))
    writer.append(varint: UInt64(levelExponent << 1 | (isEnhanced ? 1 : 0) | (isSynthesised ? FrameParameters.synthesisFlag : 0)))
    writer.append(varint: UInt64(memoryFrames))
    for lead in leads {
      writer.append(signedVarint: Int64(lead.offset))
      if leads.count > 1 { writer.append(signedVarint: Int64(lead.stepOffset)) }
    }
  }

  /// - Throws: `BytesError`.
  init(from reader: inout ByteReader, leadCount: Int) throws {
    stepIndex = try reader.varint(atMost: FrameParameters.largestStepIndex, "a quantiser step")
    let flags = try reader.varint()
    isSynthesised = flags & UInt64(FrameParameters.synthesisFlag) != 0
    let rest = isSynthesised ? flags - UInt64(FrameParameters.synthesisFlag) : flags
    let largest = FrameParameters.largestLevelExponent << 1 | 1
    guard rest <= UInt64(largest) else { throw BytesError.malformed("a memory's exponent is \(flags), more than \(largest)") }
    (levelExponent, isEnhanced) = (Int(rest >> 1), rest & 1 != 0)
    memoryFrames = try reader.varint(atMost: FrameParameters.largestMemory, "a memory's length")
    guard memoryFrames > 0 else { throw BytesError.malformed("a memory has no length") }
    leads = []
    for _ in 0..<leadCount {
      let offset = try reader.signedVarint()
      let stepOffset = leadCount > 1 ? try reader.signedVarint() : 0
      guard let offset = Int32(exactly: offset), (-256...256).contains(stepOffset) else {
        throw BytesError.malformed("a lead's offset or step is out of range")
      }
      leads.append(Lead(offset: offset, stepOffset: Int(stepOffset)))
    }
  }

  init(stepIndex: Int, levelExponent: Int, memoryFrames: Int, leads: [Lead]) {
    self.stepIndex = stepIndex
    self.levelExponent = levelExponent
    self.memoryFrames = memoryFrames
    self.leads = leads
  }
}
