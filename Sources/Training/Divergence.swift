/// Training that ended early because a loss was not finite. The codec is finished nevertheless, with the best that there was; its card says so, and
/// once it is written an error does.
struct Divergence {
  /// Whose loss: "step 12", or "step 12 of the enhancer".
  let place: String
  /// What goes into the codec: "the network of step 10".
  let kept: String
  /// Members of the recipe that should be lower.
  let remedy: String

  /// What is told when it happens.
  var note: String { "the loss of \(place) is not finite: training stops there, and \(kept) is kept" }

  /// Lines of a model card.
  var lines: [String] { ["**Unstable**: the loss of \(place) was not finite: training stopped there, \(kept) is kept.", ""] }

  /// - Parameter path: of the codec, which is written.
  func error(_ path: String) -> TrainingError {
    .diverged(
      "\(path): the loss of \(place) was not finite, and the codec was written with \(kept); lower \(remedy) in the recipe and train anew with -f")
  }
}

extension Descent {
  /// Why training ended early; nil if it did not.
  /// - Parameters:
  ///   - name: of the network, where a codec has several.
  ///   - remedy: members of the recipe that should be lower.
  func divergence(of name: String? = nil, lower remedy: String) -> Divergence? {
    divergedAt.map { step in
      Divergence(
        place: "step \(step)" + (name.map { " of \($0)" } ?? ""), kept: best.isEmpty ? "the untrained network" : "the network of step \(bestStep)",
        remedy: remedy)
    }
  }
}
