import Autoencoders
import Bytes
import Layers
import Tensors

/// What the weights of a codec of pictures say besides its prior: the colours, the transform and the quantiser.
struct PictureDesign: Sendable {
  static let kind = "picture"

  /// From planes to red, green and blue: [3][3], a row for each of the three.
  let colours: [Float]
  let transform: LiftingTransform
  /// Quantiser steps relative to that of the quality, [plane][band].
  let steps: [Float]
  /// What is added to magnitudes of 1, 2, and more, in steps: [plane][band][3].
  let shifts: [Float]
  /// The networks that are beside the prior's models.
  let networks: Set<SubbandNetwork.Kind>

  /// Bands of a plane.
  static let bands = 1 + 3 * Subbands.levels
  /// Planes of colours; grey pictures have the first alone.
  static let planes = SubbandModel.planes
  /// Magnitudes that have shifts of their own.
  static let magnitudes = 3
  /// The quantiser step of quality 50 in 1/255 of the range of samples.
  private static let middleStep = 20.0

  /// Tensors by name.
  static let shapes = [
    "picture.colours": [planes, planes], "picture.lifting": [5], "picture.steps": [planes, bands], "picture.shifts": [planes, bands, magnitudes],
  ]

  /// The quantiser step of a quality from 0 to 100, in 1/255 of the range of samples.
  static func step(quality: Double) -> Double { FramePlanner.relativeStep(quality: quality) / FramePlanner.relativeStep(quality: 50) * middleStep }

  /// What training makes: the CDF 9/7 wavelet, and steps that spread the error evenly over red, green and blue.
  /// - Parameters:
  ///   - colours: an orthogonal matrix but for its scale; nil for luma and two differences of colour (ITU-R BT.601).
  ///   - shifts: zeros where nil.
  init(colours: [Float]?, shifts: [Float]? = nil, networks: Set<SubbandNetwork.Kind>) {
    let planeSteps: [Float] = colours == nil ? [1, 1, 1.1] : [1, 1, 1]
    self.colours = colours ?? [1, 0, 1.402, 1, -0.344_136, -0.714_136, 1, 1.772, 0]
    transform = .biorthogonal
    steps = planeSteps.flatMap { Array(repeating: $0, count: PictureDesign.bands) }
    self.shifts = shifts ?? Array(repeating: 0, count: PictureDesign.planes * PictureDesign.bands * PictureDesign.magnitudes)
    self.networks = networks
  }

  /// - Throws: `LayerError` where a tensor is missing or has another shape, `BytesError` where numbers cannot be.
  init(_ weights: Safetensors) throws {
    func values(_ name: String) throws -> [Float] {
      guard let tensor = weights.tensors[name], let shape = PictureDesign.shapes[name] else { throw LayerError.missing(name) }
      guard tensor.shape == shape else { throw LayerError.shape(name, expected: shape, found: tensor.shape) }
      return tensor.values
    }
    let stored = try SubbandNetworks(weights)
    networks = stored.kinds
    let enhancer = try PlaneEnhancer.stored(in: weights.tensors, prefix: PictureDesign.enhancerPrefix)
    let known = Set(stored.tensors.keys).union(enhancer?.tensors.keys.map { PictureDesign.enhancerPrefix + $0 } ?? [])
    guard weights.tensors.keys.allSatisfy({ PictureDesign.shapes[$0] != nil || known.contains($0) }) else {
      throw BytesError.malformed("there are tensors that this program does not know")
    }
    (colours, steps, shifts) = try (values("picture.colours"), values("picture.steps"), values("picture.shifts"))
    let lifting = try values("picture.lifting")
    guard (colours + lifting).allSatisfy({ $0.magnitude <= 16 }), lifting[4] >= 0.125, PictureDesign.inverse(colours) != nil else {
      throw BytesError.malformed(
        "the colours' matrix must have an inverse, its numbers and the lifting factors be from -16 to 16, the scale at least 0.125")
    }
    guard steps.allSatisfy({ (1e-3...1e3).contains($0) }), shifts.allSatisfy({ $0.magnitude <= 0.5 }) else {
      throw BytesError.malformed("the quantiser's steps must be from 0.001 to 1000, and its shifts from -0.5 to 0.5")
    }
    transform = LiftingTransform(factors: Array(lifting[..<4]), scale: lifting[4])
    let models = SubbandModel.shapes(networks)
    for (name, shape) in models {
      guard let state = weights.integers["prior." + name], state.count != shape.stateCount else { continue }
      throw BytesError.malformed("the state of the prior's \(name) has \(state.count) numbers, not \(shape.stateCount)")
    }
    guard weights.integers.keys.allSatisfy({ key in models.contains { "prior." + $0.name == key } }) else {
      throw BytesError.malformed("there are states of models that this program does not know")
    }
  }

  /// With states of the prior's models, the network beside them, and the enhancer.
  func weights(states: [String: [Int32]], networks: SubbandNetworks = SubbandNetworks(), enhancer: PlaneEnhancer? = nil) -> Safetensors {
    func tensor(_ name: String, _ values: [Float]) -> (String, Tensor) { (name, Tensor(values, shape: PictureDesign.shapes[name] ?? [])) }
    let networks =
      Array(networks.tensors) + (enhancer?.tensors ?? [:]).map { (PictureDesign.enhancerPrefix + $0.key, $0.value) }
    return Safetensors(
      tensors: Dictionary(
        uniqueKeysWithValues: networks + [
          tensor("picture.colours", colours), tensor("picture.lifting", transform.factors + [transform.scale]), tensor("picture.steps", steps),
          tensor("picture.shifts", shifts),
        ]), integers: Dictionary(uniqueKeysWithValues: states.map { ("prior." + $0.key, $0.value) }))
  }

  /// The enhancer in a codec's weights; nil if there is none.
  func enhancer(_ weights: Safetensors) -> PlaneEnhancer? { try? PlaneEnhancer.stored(in: weights.tensors, prefix: PictureDesign.enhancerPrefix) }
  private static let enhancerPrefix = "enhancer."

  /// From red, green and blue to planes, for encoders.
  var planesOfColours: [Float] { PictureDesign.inverse(colours) ?? [1, 0, 0, 0, 1, 0, 0, 0, 1] }

  /// Of a matrix of three rows; nil if it has none worth the name.
  private static func inverse(_ m: [Float]) -> [Float]? {
    func minor(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double { Double(m[a]) * Double(m[d]) - Double(m[b]) * Double(m[c]) }
    let adjugate = [
      minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5), -minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5), minor(3, 4, 6, 7),
      -minor(0, 1, 6, 7), minor(0, 1, 3, 4),
    ]
    let determinant = Double(m[0]) * adjugate[0] + Double(m[1]) * adjugate[3] + Double(m[2]) * adjugate[6]
    guard determinant.magnitude > 1e-4 else { return nil }
    return adjugate.map { Float($0 / determinant) }
  }
}
