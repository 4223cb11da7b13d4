import Autoencoders
import Layers
import Tensors

/// Fits what is coded of a picture to that picture, as high efforts do: coefficients are chosen again and again, each time against what is left of the error
/// behind the enhancer; and, at the highest ones, changes of the enhancer's weights are learned that the chunk carries (overfitting, as in Ladune et al.,
/// "COOL-CHIC: Coordinate-based low complexity hierarchical image codec", 2023, from weights that are good for all pictures).
struct PictureFit {
  let codec: PictureCodec
  /// How often the whole picture is gone over in a round, in which weights change less and less, and how many rounds there are, each from the best so far.
  let sweeps: Int
  let rounds: Int
  let learnsWeights: Bool

  struct Found {
    var pass: PictureCodec.Pass
    var change: EnhancerChange?
  }

  /// What a changed weight costs in bits, about, and how fast weights change; found on training pictures.
  private static let (bits, rate): (Float, Float) = (6, 0.3)

  /// Nil where the effort asks for nothing of that.
  init?(_ codec: PictureCodec, effort: Int) {
    guard effort >= 6 else { return nil }
    self.codec = codec
    (sweeps, rounds) = [(1, 1), (3, 1), (10, 1), (10, 4)][min(effort, 9) - 6]
    learnsWeights = effort >= 8
  }

  /// - Parameters:
  ///   - first: coefficients as they are chosen without looking at the enhancer.
  ///   - original: planes of the picture.
  ///   - enhancer: left as it was.
  ///   - progress: told the share that is done.
  /// - Returns: the pass and the changes of least cost among all that were seen.
  /// - Throws: `CodecError`.
  func run(_ first: PictureCodec.Pass, original: [[Float]], _ enhancer: PlaneEnhancer, progress: (Double) -> Void) throws -> Found {
    let (weights, bitPrice) = (codec.colours.weights, codec.bitPrice(first.stepIndex))
    let fitting = PlaneFitting(
      wanted: original, width: codec.colours.width, colours: codec.colours.matrix, step: PictureCodec.step(first.stepIndex),
      level: PictureCodec.level(first.stepIndex))
    // Each window pays its share for the changes.
    let windows = fitting.windows(enhancer)

    var (best, least) = (Found(pass: first, change: nil), Double.infinity)
    for round in 0..<rounds {
      let learner =
        learnsWeights ? WeightLearner(enhancer, from: best.change, steps: sweeps * windows, bitPrice: bitPrice / Float(windows)) : nil
      defer { learner?.restore() }
      var pass = best.pass
      for sweep in 0...sweeps {
        let change = learner?.change
        // The last sweep only measures.
        let learning = sweep == sweeps ? nil : learner
        let (error, slopes) = fitting.sweep(enhancer, pass.decoded, learning: learning?.learned ?? []) { learning?.descend() }
        let bytes = pass.byteCount + (change?.encoded(for: enhancer).count ?? 0)
        let cost = error + Double(8 * bytes) * Double(bitPrice)
        if cost < least { (least, best) = (cost, Found(pass: pass, change: change)) }
        progress(Double(round * (sweeps + 1) + sweep + 1) / Double(rounds * (sweeps + 1)))
        guard sweep < sweeps else { break }
        // Against the slope of the error, as far as it takes to come to its bottom if the enhancer handed on what it is given.
        pass = try codec.pass(nextTo: pass, moved: zip(slopes, weights).map { slopes, weight in slopes.map { $0 * (-0.5 / weight) } })
      }
    }
    return best
  }

  /// Learns changes of an enhancer's weights by gradients; weights that are hardly worth their bits stay as they are.
  private final class WeightLearner {
    private let enhancer: PlaneEnhancer
    private let base: [String: Tensor]
    /// Changes in units, before they are rounded.
    private let changes: [NamedParameter]
    private let adam: Adam
    private let parameters: [String: Parameter]
    private let steps: Int
    private let bitPrice: Float

    /// - Parameter start: the changes to begin with.
    init(_ enhancer: PlaneEnhancer, from start: EnhancerChange?, steps: Int, bitPrice: Float) {
      (self.enhancer, base, self.steps, self.bitPrice) = (enhancer, enhancer.tensors, steps, bitPrice)
      changes = EnhancerChange.names(enhancer).map { name in
        let shape = enhancer.tensors[name]?.shape ?? []
        let values = start?.values[name].map { Tensor($0.map(Float.init), shape: shape) } ?? Tensor(zeros: shape)
        return NamedParameter(name: name, parameter: Parameter(values))
      }
      adam = Adam(changes, beta2: 0.98)
      parameters = Dictionary(uniqueKeysWithValues: enhancer.namedParameters.map { ($0.name, $0.parameter) })
      set(start)
    }

    /// Those parameters of the enhancer that it changes.
    var learned: [Parameter] { changes.compactMap { parameters[$0.name] } }

    /// Rounded; nil if that is nothing.
    var change: EnhancerChange? {
      let change = EnhancerChange(
        Dictionary(
          uniqueKeysWithValues: changes.map { entry in
            (entry.name, entry.parameter.value.values.map { Int32(bounded($0.magnitude + 0.4, Float(EnhancerChange.largest))) * ($0 < 0 ? -1 : 1) })
          }))
      return change.isNothing ? nil : change
    }

    /// A step by the gradients that the enhancer's parameters have.
    func descend() {
      for entry in changes {
        guard let gradient = parameters[entry.name]?.gradient else { continue }
        let values = zip(gradient.values, entry.parameter.value.values).map { slope, value in
          // Bits as log(1 + 2 |v|), so that a change of one unit has the price of a change.
          let price = PictureFit.bits * bitPrice * 2 / (1.098_612_3 * (1 + 2 * value.magnitude))
          return slope * EnhancerChange.unit + (value > 0 ? price : value < 0 ? -price : 0)
        }
        entry.parameter.gradient = Tensor(values, shape: gradient.shape)
      }
      adam.step(learningRate: PictureFit.rate * min(1, 1.2 * max(0, 1 - Float(adam.steps + 1) / Float(steps))))
      set(change)
    }

    func restore() { set(nil) }

    private func set(_ change: EnhancerChange?) {
      for (name, tensor) in change?.applied(to: base) ?? base { parameters[name]?.value = tensor }
    }
  }
}
