import Layers
import Tensors

/// A network in training: its optimiser, how far it is, and the best that it was on held-back recordings.
final class Descent<Network: Layer> {
  let network: Network
  private let adam: Adam
  private(set) var step = 0
  /// Of all training; nil as long as it is not known.
  var totalSteps: Int?
  /// The weights that did best on held-back recordings, their score there, and the steps that led to them; the untrained network, which changes
  /// nothing, has 1.
  private(set) var best: [String: Tensor] = [:]
  private(set) var bestScore = 1.0
  private(set) var bestStep = 0
  /// The step whose loss was not finite, with which training ended.
  private(set) var divergedAt: Int?
  /// Mean of the last losses; an untrained network has 1.
  private(set) var loss = 1.0

  init(_ network: Network, weightDecay: Double, totalSteps: Int?) {
    self.network = network
    adam = Adam(network.namedParameters, weightDecay: Float(weightDecay))
    self.totalSteps = totalSteps
  }

  var isFinished: Bool { divergedAt != nil || (totalSteps.map { step >= $0 } ?? false) }

  /// Ends training: the loss of this step is not finite.
  func diverge() { divergedAt = step }

  /// Goes one step against the gradient of `loss`; false, and training ends with the weights as they are, if that is not finite.
  /// - Parameters:
  ///   - plain: the loss of the untrained network, which `loss` is shown in proportion to.
  ///   - clip: the most that the gradient's norm counts.
  ///   - place: in the schedule; the steps taken so far where it is nil.
  func descend(_ loss: Variable, plain: Double = 1, clip: Double, _ schedule: Schedule, at place: Int? = nil) -> Bool {
    loss.backward()
    let norm = adam.clipGradients(norm: Float(clip))
    guard loss.value.scalar.isFinite, norm.isFinite else {
      diverge()
      return false
    }
    adam.step(learningRate: schedule.rate(at: place ?? step))
    step += 1
    self.loss += (Double(loss.value.scalar) / max(plain, 1e-9) - self.loss) / Double(min(step, 100))
    return true
  }

  /// Keeps the present weights if their score on held-back recordings is the lowest so far.
  func keep(score: Double) { if score < bestScore { (best, bestScore, bestStep) = (network.tensors, score, step) } }

  /// What a resumed run needs.
  var state: TrainingState.Network {
    var tensors: [String: Tensor] = [:]
    for (prefix, part) in [("current", network.tensors), ("best", best), ("optimiser", adam.state)] {
      for (name, tensor) in part { tensors["\(prefix).\(name)"] = tensor }
    }
    return TrainingState.Network(
      step: step, totalSteps: totalSteps, bestScore: bestScore, bestStep: bestStep, divergedAt: divergedAt, loss: loss, tensors: tensors)
  }

  /// Goes on where a run stopped, if it did.
  /// - Throws: `TrainingError.state` if what was saved is of another network.
  func resume(_ saved: TrainingState.Network?, in folder: CodecFolder) throws {
    guard let saved else { return }
    do { try load(saved) } catch let error as LayerError {
      throw TrainingError.state("\(folder.path): the state of the training is damaged (\(error)); begin anew with -f")
    }
  }

  /// - Throws: `LayerError`.
  private func load(_ state: TrainingState.Network) throws {
    func part(_ prefix: String) -> [String: Tensor] {
      Dictionary(uniqueKeysWithValues: state.tensors.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
    try network.load(part("current."))
    try adam.load(state: part("optimiser."))
    best = part("best.")
    (step, totalSteps, bestScore, loss) = (state.step, state.totalSteps, state.bestScore, state.loss)
    (bestStep, divergedAt) = (state.bestStep, state.divergedAt)
  }
}
