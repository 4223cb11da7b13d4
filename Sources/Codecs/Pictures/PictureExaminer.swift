import Autoencoders
import Entropy
import Layers
import Signals

/// What training needs of codecs of pictures: what the prior learns of them, where coefficients lie in the quantiser's cells, and a codec from both.
public struct PictureExaminer: Sendable {
  private let codec: PictureCodec

  /// - Parameter package: a codec of pictures.
  /// - Throws: `CodecError.unsuitable` if the signal is no picture.
  public init(_ package: CodecPackage, info: SignalInfo) throws {
    guard let codec = try PictureCodec(package, info) else { preconditionFailure("a codec of pictures is wanted") }
    self.codec = codec
  }

  /// Codes a chunk by the prior, beginning with `states`.
  /// - Parameters:
  ///   - cells: takes in where the coefficients lie.
  ///   - examples: for the networks, to which those of this chunk are added.
  /// - Returns: the bytes that it takes, and the states that it leaves.
  /// - Throws: `CodecError`.
  public func examine(
    _ chunk: [[Int32]], quality: Double, effort: Int, states: [String: [Int32]], cells: inout PictureCells,
    examples: SubbandCollector? = nil
  ) throws -> (bytes: Int, states: [String: [Int32]]) {
    let pass = try codec.pass(chunk, quality: quality, effort: effort, states: states, examples: examples)
    cells.add(pass.planes, pass.coefficients)
    return (pass.byteCount, pass.model.states)
  }

  /// What an enhancer learns from.
  public struct Example: Sendable {
    /// As decoded without an enhancer, and as they were: three planes of rows, in 1/255 of the samples' range about its middle. Grey pictures have zeros for colours.
    public let decoded: [[Float]]
    public let original: [[Float]]
    /// Of the quantiser, and its logarithm as the enhancer takes it in.
    public let step: Float
    public let level: Float
    /// What the enhancer is to make small: a mean over samples, in squares of the planes' units.
    public let error: Float
  }

  /// A chunk as it is decoded by this codec without an enhancer.
  /// - Throws: `CodecError`.
  public func example(_ chunk: [[Int32]], quality: Double, effort: Int) throws -> Example {
    let pass = try codec.pass(chunk, quality: quality, effort: effort)
    let full = { (planes: [[Float]]) in
      planes + Array(repeating: [Float](repeating: 0, count: planes[0].count), count: PictureDesign.planes - planes.count)
    }
    let (decoded, original) = (full(pass.decoded), full(codec.originalPlanes(chunk)))
    let (m, count) = (codec.design.colours, decoded[0].count)
    var sum = 0.0
    for k in 0..<PictureDesign.planes {
      for i in 0..<count {
        let luma = m[3 * k] * (decoded[0][i] - original[0][i])
        let colour = luma + m[3 * k + 1] * (decoded[1][i] - original[1][i]) + m[3 * k + 2] * (decoded[2][i] - original[2][i])
        sum += Double(colour * colour)
      }
    }
    return Example(
      decoded: decoded, original: original, step: PictureCodec.step(pass.stepIndex), level: PictureCodec.level(pass.stepIndex),
      error: Float(sum / Double(PictureDesign.planes * count)))
  }

  /// From planes to red, green and blue: [3, 3].
  public var colours: [Float] { codec.design.colours }

  /// Entries of the states of the prior's models that are counters, by name; they come first.
  public static let counterCounts = Dictionary(
    uniqueKeysWithValues: SubbandModel.shapes([]).map { ($0.name, $0.shape.inputs.reduce(0) { $0 + $1.contexts } * $0.shape.nodes) })

  /// The weights of a codec.
  /// - Parameters:
  ///   - colours: as of `CodecPackage.init(pictures:colours:networks:)`.
  ///   - states: that the prior's models begin with.
  ///   - networks: beside them.
  ///   - cells: by which coefficients are put back where they mostly lay.
  ///   - enhancer: of what is decoded.
  public static func weights(
    colours: [Float]? = nil, states: [String: [Int32]], networks: SubbandNetworks, cells: PictureCells, enhancer: PlaneEnhancer? = nil
  ) -> Safetensors {
    PictureDesign(colours: colours, shifts: cells.shifts, networks: networks.kinds).weights(states: states, networks: networks, enhancer: enhancer)
  }
}

/// Where coefficients lie in the cells of the quantiser, by plane, band and magnitude.
public struct PictureCells: Sendable {
  private var sums = [Double](repeating: 0, count: PictureDesign.planes * PictureDesign.bands * PictureDesign.magnitudes)
  private var counts: [Int]
  /// Coefficients that a mean is believed from.
  private static let least = 100

  public init() { counts = Array(repeating: 0, count: sums.count) }

  mutating func add(_ planes: [SubbandPlane], _ coefficients: [[Float]]) {
    for (k, plane) in planes.enumerated() {
      for (b, band) in plane.subbands.bands.enumerated() {
        for y in 0..<band.height {
          let (from, at) = (plane.start(b) + y * SubbandPlane.stride(band), (band.top + y) * plane.subbands.width + band.left)
          for x in 0..<band.width where plane.magnitudes[from + x] != 0 {
            let magnitude = Int(plane.magnitudes[from + x])
            let cell = (k * PictureDesign.bands + b) * PictureDesign.magnitudes + min(magnitude, PictureDesign.magnitudes) - 1
            sums[cell] += Double(coefficients[k][at + x].magnitude) - Double(magnitude)
            counts[cell] += 1
          }
        }
      }
    }
  }

  /// Mean differences from the magnitudes, in steps.
  var shifts: [Float] { zip(sums, counts).map { $1 < PictureCells.least ? 0 : Float(min(max($0 / Double($1), -0.5), 0.5)) } }
}
