import Codecs
import Layers
import Tensors

/// Squares cut from decoded pictures, and what they were, for an enhancer to learn from.
struct PictureCrops {
  /// Pixels to a side of what is kept, and of what a step of training takes of it.
  static let side = 128
  static let taken = 96
  private static let planes = 3
  /// Of whole crops, in bytes.
  static let memory = 2 * planes * side * side * MemoryLayout<Int16>.size
  /// Kept numbers are in 1/64 of the planes' units: finer than what can be seen, in half the memory.
  private static let scale: Float = 64

  /// What is the same for a picture: the quantiser's step, its logarithm, and the error without an enhancer.
  private struct Origin {
    let step: Float
    let level: Float
    let error: Float
  }
  private var decoded: [Int16] = []
  private var original: [Int16] = []
  private var origins: [Origin] = []

  var count: Int { origins.count }

  /// Cuts crops from random places of a picture; pictures smaller than a crop have zeros behind them.
  mutating func add(_ example: PictureExaminer.Example, width: Int, count: Int, _ random: inout RandomSource) {
    let (side, height) = (PictureCrops.side, example.decoded[0].count / width)
    for _ in 0..<count {
      // Squares of 2x2 pixels stay whole.
      let (left, top) = (2 * random.integer(below: max(0, width - side) / 2 + 1), 2 * random.integer(below: max(0, height - side) / 2 + 1))
      for k in 0..<PictureCrops.planes {
        for y in 0..<side {
          for x in 0..<side {
            let at = top + y < height && left + x < width ? (top + y) * width + left + x : nil
            decoded.append(PictureCrops.kept(at.map { example.decoded[k][$0] } ?? 0))
            original.append(PictureCrops.kept(at.map { example.original[k][$0] } ?? 0))
          }
        }
      }
      origins.append(Origin(step: example.step, level: example.level, error: max(example.error, 1e-3)))
    }
  }

  private static func kept(_ value: Float) -> Int16 { Int16(min(max(value * scale, -32_000), 32_000).rounded()) }

  /// Crops for the network, and what is wrong with them.
  struct Batch {
    /// [batch, 3, side, side]
    let decoded: Tensor
    /// The logarithm of the step: [batch, 1, side, side]
    let level: Tensor
    /// Quantiser steps: [batch, 1, 1, 1]
    let step: Tensor
    /// What was lost: [batch, 3, side, side]
    let lost: Tensor
    /// One over the picture's error: [batch, 1, 1, 1]
    let weight: Tensor
  }

  /// Random crops as they are, mirrored, or with rows for columns.
  func batch(_ size: Int, _ random: RandomSource) -> Batch {
    var random = random
    let drawn = (0..<size).map { _ in (crop: random.integer(below: count), place: random.next()) }
    return batch(drawn.map(\.crop), side: PictureCrops.taken) { drawn[$0].place }
  }

  /// Whole crops as they are.
  func batch(_ crops: [Int]) -> Batch { batch(crops, side: PictureCrops.side) { _ in 0 } }

  private func batch(_ crops: [Int], side: Int, place: (Int) -> UInt64) -> Batch {
    let (planes, plane) = (PictureCrops.planes, side * side)
    let free = UInt64((PictureCrops.side - side) / 2)
    var (x, lost) = ([Float](repeating: 0, count: crops.count * planes * plane), [Float](repeating: 0, count: crops.count * planes * plane))
    let inverse = 1 / PictureCrops.scale
    for (b, crop) in crops.enumerated() {
      let bits = place(b)
      let (left, top) = free == 0 ? (0, 0) : (2 * Int(bits >> 8 % free), 2 * Int(bits >> 24 % free))
      let (isMirrored, isTurned, isTransposed) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0)
      // A mirrored crop begins at an odd pixel, so that its squares are the picture's, and the wavelet's phase is.
      let columns = (0..<side).map { isMirrored ? left + side - $0 : left + $0 }
      let rows = (0..<side).map { isTurned ? top + side - $0 : top + $0 }
      for k in 0..<planes {
        let base = (crop * planes + k) * PictureCrops.side * PictureCrops.side
        for y in 0..<side {
          for i in 0..<side {
            let at = base + rows[isTransposed ? i : y] * PictureCrops.side + columns[isTransposed ? y : i]
            let to = (b * planes + k) * plane + y * side + i
            x[to] = Float(decoded[at]) * inverse
            lost[to] = Float(Int32(original[at]) - Int32(decoded[at])) * inverse
          }
        }
      }
    }
    let own = crops.map { origins[$0] }
    let one = { (values: [Float]) in Tensor(values, shape: [crops.count, 1, 1, 1]) }
    let level = Tensor(own.flatMap { Array(repeating: $0.level, count: plane) }, shape: [crops.count, 1, side, side])
    let shape = [crops.count, planes, side, side]
    return Batch(
      decoded: Tensor(x, shape: shape), level: level, step: one(own.map(\.step)), lost: Tensor(lost, shape: shape),
      weight: one(own.map { 1 / $0.error }))
  }
}
