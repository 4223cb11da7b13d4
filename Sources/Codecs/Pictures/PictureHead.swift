/// What the first number of a chunk of a picture says.
struct PictureHead: Equatable {
  enum Enhancement: Int { case none, plain, changed }

  let stepIndex: Int
  let enhancement: Enhancement
  static let largest = 2 * (FrameParameters.largestStepIndex + 1) + 2 * FrameParameters.largestStepIndex + 1

  /// Twice the index, 1 more if the enhancer works on what is decoded, and beyond all these numbers if it has changes of its own.
  var number: UInt64 {
    UInt64(2 * stepIndex + (enhancement == .none ? 0 : 1) + (enhancement == .changed ? 2 * (FrameParameters.largestStepIndex + 1) : 0))
  }

  init(stepIndex: Int, enhancement: Enhancement) { (self.stepIndex, self.enhancement) = (stepIndex, enhancement) }

  /// - Throws: `CodecError.malformed`.
  init(_ number: Int) throws {
    let (isChanged, rest) = number.quotientAndRemainder(dividingBy: 2 * (FrameParameters.largestStepIndex + 1))
    guard isChanged == 0 || rest % 2 != 0 else { throw CodecError.malformed("a picture has changes of an enhancer that it does not use") }
    self.init(stepIndex: rest / 2, enhancement: isChanged != 0 ? .changed : rest % 2 != 0 ? .plain : .none)
  }
}
