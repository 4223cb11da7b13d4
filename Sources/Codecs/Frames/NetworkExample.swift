import Layers
import Tensors

/// What was coded of a chunk and what the network beside the prior knew of it.
public struct NetworkExample: Sendable {
  struct Decision: Sendable {
    let kind: NetworkRecord.Kind
    /// Among the outputs of its kind.
    let slot: UInt8
    /// The frame, or for codes their row.
    let row: Int32
    /// The models' probability of a one, stretched, in 1/256.
    let stretched: Int16
    let bit: UInt8
  }

  /// Features: frames × `FrameFeatures.frameCount`, frames × `leadCount`, rows × `codeCount`.
  var frames: [Float] = []
  var leads: [Float] = []
  var codes: [Float] = []
  /// The frame of each row of codes.
  var codeFrames: [Int32] = []
  var decisions: [Decision] = []
  /// By frame: its first row of codes, its first decision.
  var codeStarts: [Int] = []
  var decisionStarts: [Int] = []

  public internal(set) var frameCount = 0

  /// Bytes of memory, roughly.
  public var memory: Int { 4 * (frames.count + leads.count + codes.count) + 8 * decisions.count }
}

extension FrameNetwork {
  /// A part of an example: so many frames from `start` on, or as many as there are.
  public struct Window: Sendable {
    let example: NetworkExample
    let start: Int

    public init(_ example: NetworkExample, start: Int) { (self.example, self.start) = (example, start) }
  }

  /// Code length of the decisions in some windows, in nats a frame; the network remembers nothing at their start.
  /// - Parameters:
  ///   - steps: frames of a window.
  ///   - tape: for gradients; nil to measure only.
  /// - Returns: the loss, nil if there is no decision, and what it is without the network.
  public func loss(_ windows: [Window], steps: Int, on tape: Tape?) -> (moved: Variable, plain: Double)? {
    let (f, l, c) = (FrameFeatures.frameCount, FrameFeatures.leadCount, FrameFeatures.codeCount)
    let batch = windows.count
    var (x, s) = ([Float](repeating: 0, count: batch * steps * f), [Float](repeating: 0, count: batch * steps * l))
    var (codes, rows) = ([Float](), [Int]())
    var places: [NetworkRecord.Kind: [Int]] = [:]
    var stretched: [NetworkRecord.Kind: [Float]] = [:]
    var bits: [NetworkRecord.Kind: [Float]] = [:]
    var total = 0
    for (b, window) in windows.enumerated() {
      let example = window.example
      let end = min(window.start + steps, example.frameCount)
      guard window.start < end else { continue }
      let count = end - window.start
      total += count
      x.replaceSubrange(b * steps * f..<(b * steps + count) * f, with: example.frames[window.start * f..<end * f])
      s.replaceSubrange(b * steps * l..<(b * steps + count) * l, with: example.leads[window.start * l..<end * l])
      let firstRow = example.codeStarts[window.start]
      let endRow = end < example.frameCount ? example.codeStarts[end] : example.codeFrames.count
      let shift = rows.count - firstRow
      codes += example.codes[firstRow * c..<endRow * c]
      rows += example.codeFrames[firstRow..<endRow].map { b * steps + Int($0) - window.start }
      let endDecision = end < example.frameCount ? example.decisionStarts[end] : example.decisions.count
      for decision in example.decisions[example.decisionStarts[window.start]..<endDecision] {
        let row = Int(decision.row)
        let place =
          switch decision.kind {
          case .side: (b * steps + row - window.start) * Slot.sideCount
          case .last: (b * steps + row - window.start) * Slot.lastCount
          case .code: (row + shift) * Slot.codeCount
          }
        places[decision.kind, default: []].append(place + Int(decision.slot))
        stretched[decision.kind, default: []].append(Float(decision.stretched) / 256)
        bits[decision.kind, default: []].append(Float(decision.bit))
      }
    }
    func constant(_ values: [Float], _ shape: [Int]) -> Variable {
      let tensor = Tensor(values, shape: shape)
      return tape.map { $0.constant(tensor) } ?? Variable(tensor)
    }
    guard total > 0, places[.side] != nil else { return nil }
    let z = remember(constant(x, [batch, steps, f]))
    let looked = concatenate([z, constant(s, [batch, steps, l])], axis: 2)
    let leadOut = leadOutputs(looked).reshaped([batch * steps, Slot.lastCount + FrameNetwork.codeSize])
    var (moved, plain) = ([Variable](), 0.0)
    func add(_ kind: NetworkRecord.Kind, _ outputs: Variable) {
      guard let own = places[kind], let base = stretched[kind], let ones = bits[kind] else { return }
      let before = constant(base, [own.count, 1])
      let targets = constant(ones, [own.count, 1])
      plain += Double(before.binaryCrossEntropy(targets: targets).sum().value.scalar)
      moved.append((outputs.reshaped([outputs.value.count, 1]).rows(own) + before).binaryCrossEntropy(targets: targets).sum())
    }
    add(.side, sideOutputs(z))
    add(.last, leadOut.slice(0..<Slot.lastCount, axis: 1))
    if !rows.isEmpty {
      let condition = leadOut.slice(Slot.lastCount..<Slot.lastCount + FrameNetwork.codeSize, axis: 1).rows(rows)
      add(.code, codeOutputs(constant(codes, [rows.count, c]), condition))
    }
    let sum = moved.dropFirst().reduce(moved[0]) { $0 + $1 }
    return (sum * (1 / Float(total)), plain / Double(total))
  }
}
