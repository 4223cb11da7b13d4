import Entropy
import Tensors

/// Runs the network beside the prior over a chunk, or notes what it would be trained on, or both.
final class NetworkRunner {
  private let network: FrameNetwork?
  /// What was coded, for training; nil if it is not wanted.
  private(set) var record: NetworkRecord?
  private let coefficients: Int
  /// The frame before, and the codes of its first lead with a zero behind them.
  private var previous: FrameSymbols
  private var before: [Int32]
  private var state = Tensor(zeros: [1, FrameNetwork.size])
  private var seen = Variable(Tensor(zeros: [1, 2 * FrameNetwork.size]))
  private var side: [Int] = []
  private var last: [Int] = []
  /// The frame that is being coded: what is known of it, its mode, rank and gain.
  private var outlook: FrameOutlook?
  private var current = FrameSymbols(codes: [])
  private var condition = Variable(Tensor(zeros: [1, FrameNetwork.codeSize]))

  init(network: FrameNetwork?, records: Bool, coefficients: Int) {
    (self.network, self.coefficients) = (network, coefficients)
    record = records ? NetworkRecord() : nil
    previous = FrameSymbols(codes: [Int32](repeating: 0, count: FrameOutlook.coefficients))
    before = [Int32](repeating: 0, count: FrameOutlook.coefficients + 1)
  }

  /// Looks at the next frame.
  func begin(_ outlook: FrameOutlook, _ context: FrameContext) {
    self.outlook = outlook
    let x = FrameFeatures.frame(outlook, context, previous: previous)
    record?.begin(x)
    guard let network else { return }
    let e = network.input(Variable(Tensor(x, shape: [1, x.count]))).silu()
    state = network.memory.step(e.value, h: state)
    seen = concatenate([Variable(state), e], axis: 1)
    side = NetworkRunner.stretched(network.sideOutputs(seen))
  }

  /// Takes in mode, rank and gain of the frame.
  func take(_ symbols: FrameSymbols) { (current.mode, current.rank, current.gain) = (symbols.mode, symbols.rank, symbols.gain) }

  /// Looks at the first lead, its copy being known.
  func beginLead(prediction: UnsafePointer<Float>) {
    guard let outlook else { return }
    let x = FrameFeatures.lead(outlook, current, prediction: prediction, coefficients: coefficients)
    record?.beginLead(x)
    guard let network else { return }
    let outputs = network.leadOutputs(concatenate([seen, Variable(Tensor(x, shape: [1, x.count]))], axis: 1))
    last = NetworkRunner.stretched(outputs.slice(0..<FrameNetwork.Slot.lastCount, axis: 1))
    condition = outputs.slice(FrameNetwork.Slot.lastCount..<outputs.shape[1], axis: 1)
  }

  /// Takes in the codes of a frame: of its first lead, and perhaps others behind them.
  func end(_ codes: UnsafePointer<Int32>) {
    for k in 0..<min(coefficients, FrameOutlook.coefficients) { before[k] = codes[k] }
    (previous.mode, previous.rank, previous.gain) = (current.mode, current.rank, current.gain)
    previous.codes = Array(before.dropLast())
  }

  /// How far the network moves decisions of the frame, from `slot` on.
  func sideMove(_ slot: Int, count: Int = 1) -> NetworkMove {
    NetworkMove(kind: .side, slot: slot, offsets: side.isEmpty ? [] : Array(side[slot..<slot + count]), record: record)
  }

  func lastMove(_ node: Int) -> NetworkMove { NetworkMove(kind: .last, slot: node, offsets: last.isEmpty ? [] : [last[node]], record: record) }

  /// How far it moves the decisions of one code.
  struct CodeMoves {
    let magnitude: NetworkMove
    let sign: NetworkMove
  }

  /// How far it moves those of code k of the first lead: the magnitude's, then the sign's; nil beyond the coefficients that it looks at.
  func codeMoves(_ k: Int, _ codes: UnsafePointer<Int32>, end: Int, prediction: Float) -> CodeMoves? {
    guard k < FrameOutlook.coefficients, let outlook else { return nil }
    let x = FrameFeatures.code(k, codes, before: before, end: end, prediction: prediction, outlook, current)
    record?.addCode(x)
    var outputs: [Int] = []
    if let network { outputs = NetworkRunner.stretched(network.codeOutputs(Variable(Tensor(x, shape: [1, x.count])), condition)) }
    let first = k == end - 1 ? 1 : 0
    let sign = FrameNetwork.Slot.sign
    return CodeMoves(
      magnitude: NetworkMove(
        kind: .code, slot: first, offsets: outputs.isEmpty ? [] : Array(outputs[first..<sign]), record: record, limit: sign - first),
      sign: NetworkMove(kind: .code, slot: sign, offsets: outputs.isEmpty ? [] : [outputs[sign]], record: record)
    )
  }

  /// Outputs in 1/256, whole.
  private static func stretched(_ outputs: Variable) -> [Int] {
    outputs.value.values.map { Int(bounded($0 * 256, Float(Logistic.limit)).rounded(.toNearestOrEven)) }
  }
}

/// How far the decisions that come next are moved.
struct NetworkMove {
  let kind: NetworkRecord.Kind
  let slot: Int
  /// In 1/256 of the stretched domain; decisions beyond them are not moved.
  let offsets: [Int]
  let record: NetworkRecord?
  /// How many decisions are the network's.
  var limit = 1
}

/// A coder behind the network: moves each probability, then hands it on.
struct MovedCoder<Base: BinaryCoder>: BinaryCoder {
  static var learns: Bool { Base.learns }
  let base: UnsafeMutablePointer<Base>
  let move: NetworkMove
  private var next = 0

  init(base: UnsafeMutablePointer<Base>, move: NetworkMove) { (self.base, self.move) = (base, move) }

  mutating func code(_ bit: Int, probability: UInt32) -> Int {
    defer { next += 1 }
    let value = Logistic.stretch(Int(probability))
    let moved = next < move.offsets.count ? UInt32(Logistic.squash(value + move.offsets[next])) : probability
    let coded = base.pointee.code(bit, probability: min(max(moved, 4), 65532))
    if next < move.limit { move.record?.add(move.kind, slot: move.slot + next, stretched: value, bit: coded) }
    return coded
  }
}

/// What the network of a chunk is trained on.
final class NetworkRecord {
  enum Kind: UInt8, Sendable { case side, last, code }

  private(set) var example = NetworkExample()

  func begin(_ x: [Float]) {
    example.codeStarts.append(example.codeFrames.count)
    example.decisionStarts.append(example.decisions.count)
    example.frames += x
    example.leads += [Float](repeating: 0, count: FrameFeatures.leadCount)
    example.frameCount += 1
  }

  func beginLead(_ x: [Float]) { example.leads.replaceSubrange(example.leads.count - x.count..<example.leads.count, with: x) }

  func addCode(_ x: [Float]) {
    example.codes += x
    example.codeFrames.append(Int32(example.frameCount - 1))
  }

  func add(_ kind: Kind, slot: Int, stretched: Int, bit: Int) {
    let row = kind == .code ? example.codeFrames.count - 1 : example.frameCount - 1
    example.decisions.append(.init(kind: kind, slot: UInt8(slot), row: Int32(row), stretched: Int16(stretched), bit: UInt8(bit)))
  }
}
