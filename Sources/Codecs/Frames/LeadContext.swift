/// What codes are coded in the light of.
extension FrameModel {
  /// What the codes of one lead of a frame are coded in the light of.
  struct LeadContext {
    let lead: Int
    /// The lead's predicted spectrum, in quantiser steps.
    let prediction: UnsafePointer<Float>
    /// Codes of the lead before this one, if there is one.
    let earlier: UnsafePointer<Int32>?
    let frame: FrameContext
    /// Mode of the frame: 0, 1, or 2 for all means.
    let kind: Int
    let rankClass: Int

    init(lead: Int, prediction: UnsafePointer<Float>, earlier: UnsafePointer<Int32>?, mode: Int, rank: Int, frame: FrameContext) {
      (self.lead, self.prediction, self.earlier, self.frame) = (lead, prediction, earlier, frame)
      kind = min(mode, 2)
      rankClass = mode == FrameSymbols.copyMode ? min(FrameSymbols.bucket(rank), 23) : 0
    }
  }

  /// What the codes before a coefficient say of it.
  struct Run: Equatable {
    var neighbours = 0
    var signBefore = 1
  }
}
