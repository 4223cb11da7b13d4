/// Context mixing for binary decisions, as in the PAQ family of compressors (Mahoney, "Adaptive weighing of context models", 2005), in integers:
/// adaptive counters in several contexts are stretched, weighted by how much they have seen, mixed by weights that learn online,
/// and refined by an adaptive map.
///
/// To code a symbol: set the contexts (`setContext`, `setSelector`, `setRefinement`, and `setSignal` before each decision), then call `code` for
/// each decision with its node. With a `CostMeter` nothing changes; with a coder that learns, the model adapts.
///
/// All of the state is one flat array of integers (`state`): counters of each input, [context][node]; weight sets of each selector,
/// [value][node][input, signal, constant, count]; refinement maps, [context][node][point]. Models trained offline start from it.
public final class MixingModel {
  public let shape: MixingShape

  @usableFromInline let memory: UnsafeMutablePointer<Int32>
  /// Per input: where the counters of its present context start, how the context is checked, and the limit.
  @usableFromInline let counterBase: UnsafeMutablePointer<Int>
  @usableFromInline let counterStart: UnsafeMutablePointer<Int>
  @usableFromInline let contextCount: UnsafeMutablePointer<Int>
  @usableFromInline let limits: UnsafeMutablePointer<Int32>
  @usableFromInline let weightBase: UnsafeMutablePointer<Int>
  @usableFromInline let weightStart: UnsafeMutablePointer<Int>
  @usableFromInline let selectorCount: UnsafeMutablePointer<Int>
  /// The mixer's inputs, stretched; the last one is the constant.
  @usableFromInline let stretched: UnsafeMutablePointer<Int32>
  /// Per selector: probability in 1/65536 that its mixer gave.
  @usableFromInline let outputs: UnsafeMutablePointer<Int>
  /// 0: refinement base, 1: refinement entry used last (-1: none).
  @usableFromInline let registers: UnsafeMutablePointer<Int>
  @usableFromInline let rates: UnsafeMutablePointer<Int32>
  /// The tables of `Logistic`.
  @usableFromInline let stretch: UnsafeMutablePointer<Int16>
  @usableFromInline let squash: UnsafeMutablePointer<UInt16>
  @usableFromInline let confidence: UnsafeMutablePointer<Int32>
  @usableFromInline let isRefined: Bool
  @usableFromInline let inputCount: Int
  @usableFromInline let width: Int
  @usableFromInline let selectorsInUse: Int
  @usableFromInline let nodes: Int
  @usableFromInline let refinementStart: Int

  /// A model that knows nothing: counters at one half, the shape's weights, identity maps.
  public init(_ shape: MixingShape) {
    shape.validate()
    self.shape = shape
    (stretch, squash, confidence) = (Logistic.tables.stretch, Logistic.tables.squash, Logistic.tables.confidence)
    isRefined = shape.refinements > 0
    inputCount = shape.inputs.count
    width = shape.width
    selectorsInUse = shape.selectors.count
    nodes = shape.nodes
    func allocate<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
      let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
      pointer.initialize(from: values, count: values.count)
      return pointer
    }
    let counters = shape.counterOffsets
    let weights = shape.weightOffsets
    counterBase = allocate(Array(counters.dropLast()))
    counterStart = allocate(Array(counters.dropLast()))
    contextCount = allocate(shape.inputs.map(\.contexts))
    limits = allocate(shape.inputs.map { Int32($0.limit) })
    weightBase = allocate(Array(weights.dropLast()))
    weightStart = allocate(Array(weights.dropLast()))
    selectorCount = allocate(shape.selectors)
    stretched = allocate([Int32](repeating: 0, count: shape.width - 1) + [256])
    outputs = allocate([Int](repeating: 32768, count: shape.selectors.count))
    registers = allocate([weights.last!, -1])
    rates = allocate((0..<256).map { Int32(shape.lastRate) + Int32((shape.firstRate - shape.lastRate) * 24 / (24 + $0)) })
    refinementStart = weights.last!
    memory = allocate(MixingModel.freshState(shape))
  }

  /// A model that starts where another stopped. The state must have `shape.stateCount` integers.
  public convenience init(_ shape: MixingShape, state: [Int32]) {
    self.init(shape)
    self.state = state
  }

  deinit {
    memory.deallocate()
    for pointer in [counterBase, counterStart, contextCount, weightBase, weightStart, selectorCount, outputs, registers] { pointer.deallocate() }
    for pointer in [limits, stretched, rates] { pointer.deallocate() }
  }

  /// The state of a model that knows nothing.
  public static func freshState(_ shape: MixingShape) -> [Int32] {
    var state = [Int32](repeating: Int32(bitPattern: BitCounter.fresh.packed), count: shape.counterOffsets.last!)
    state.reserveCapacity(shape.stateCount)
    let weights =
      [Int32](repeating: shape.inputWeight, count: shape.inputs.count) + [Int32](repeating: shape.signalWeight, count: shape.signals) + [0, 0]
    for _ in 0..<shape.selectors.reduce(0, +) * shape.nodes { state += weights }
    let map = (0..<MixingShape.refinementPoints).map { Int32(Logistic.squash(($0 - 12) * 256) * 16) }
    for _ in 0..<shape.refinements * shape.nodes { state += map }
    return state
  }

  /// Everything that the model has learned. Any integers are accepted: a state from a damaged file codes badly, nothing worse.
  public var state: [Int32] {
    get { Array(UnsafeBufferPointer(start: memory, count: shape.stateCount)) }
    set {
      precondition(newValue.count == shape.stateCount, "a state of another shape")
      memory.update(from: newValue, count: newValue.count)
      for index in stride(from: shape.counterOffsets.last!, to: refinementStart, by: 1) {
        memory[index] = min(max(memory[index], -(1 << 24)), 1 << 24)
      }
      for index in refinementStart..<shape.stateCount { memory[index] = min(max(memory[index], 0), 1 << 20) }
    }
  }

  /// An independent model in the same state. Contexts are to be set anew.
  public func copy() -> MixingModel { MixingModel(shape, state: state) }

  /// Sets the context of an input, 0 ..< contexts.
  @inlinable @inline(__always)
  public func setContext(_ input: Int, _ value: Int) {
    precondition(value >= 0 && input >= 0 && input < inputCount && value < contextCount[input], "a context outside its shape")
    counterBase[input] = counterStart[input] &+ value &* nodes
  }

  /// Sets the value of a weight-set selector.
  @inlinable @inline(__always)
  public func setSelector(_ selector: Int, _ value: Int) {
    precondition(value >= 0 && selector >= 0 && selector < selectorsInUse && value < selectorCount[selector], "a selector outside its shape")
    weightBase[selector] = weightStart[selector] &+ value &* nodes &* (width &+ 1)
  }

  /// Sets the context of the refinement.
  @inlinable @inline(__always)
  public func setRefinement(_ value: Int) {
    precondition(value >= 0 && value < shape.refinements, "a refinement context outside its shape")
    registers[0] = refinementStart &+ value &* nodes &* MixingShape.refinementPoints
  }

  /// Gives the mixer a stretched probability of its own, -`Logistic.limit` ... `Logistic.limit`.
  @inlinable @inline(__always)
  public func setSignal(_ signal: Int, _ value: Int) {
    precondition(signal >= 0 && signal < width &- 1 &- inputCount, "a signal outside the shape")
    stretched[inputCount &+ signal] = Int32(truncatingIfNeeded: min(max(value, -Logistic.limit), Logistic.limit))
  }

  /// Codes a decision: predicts it, hands it to the coder, and learns it if the coder learns. Gives the bit.
  @inlinable
  public func code<Coder: BinaryCoder>(_ bit: Int, node: Int, _ coder: inout Coder) -> Int {
    let probability = predict(node)
    let coded = coder.code(bit, probability: probability)
    if Coder.learns { update(coded, node) }
    return coded
  }

  /// The probability of a one that `code` would give this decision, 4/65536 to 65532/65536: for those who decide by it whether to code at all.
  @inlinable @inline(__always)
  public func probability(node: Int) -> UInt32 { predict(node) }

  /// Learns how a decision came out, right after `probability` told of it.
  @inlinable @inline(__always)
  public func learn(_ bit: Int, node: Int) { update(bit, node) }

  /// The probability of a one, 4/65536 to 65532/65536.
  @usableFromInline
  func predict(_ node: Int) -> UInt32 {
    precondition(node >= 0 && node < nodes, "a node outside the shape")
    for input in 0..<inputCount {
      let counter = UInt32(bitPattern: memory[counterBase[input] &+ node])
      let value = Int32(stretch[Int(counter >> 16)]) &* confidence[Int(counter & 1023)]
      stretched[input] = value >> 8
    }
    var total = 0
    for selector in 0..<selectorsInUse {
      let weights = memory + (weightBase[selector] &+ node &* (width &+ 1))
      var sum = 0
      for k in 0..<width { sum &+= Int(weights[k]) &* Int(stretched[k]) }
      let value = min(max(sum >> 16, -Logistic.limit), Logistic.limit)
      outputs[selector] = Int(squash[value &+ Logistic.limit])
      total &+= value
    }
    let value = selectorsInUse == 1 ? total : total / selectorsInUse
    var probability = selectorsInUse == 1 ? outputs[0] : Int(squash[value &+ Logistic.limit])
    registers[1] = -1
    if isRefined {
      let position = value &+ 3072
      let entry = registers[0] &+ node &* MixingShape.refinementPoints &+ position >> 8
      let fraction = position & 255
      let refined = (Int(memory[entry]) &* (256 &- fraction) &+ Int(memory[entry &+ 1]) &* fraction) >> 12
      probability = (probability &+ refined &+ 1) >> 1
      registers[1] = entry &+ fraction >> 7
    }
    return UInt32(truncatingIfNeeded: min(max(probability, 4), 65532))
  }

  /// Learns the decision that was predicted last.
  @usableFromInline
  func update(_ bit: Int, _ node: Int) {
    for selector in 0..<selectorsInUse {
      let weights = memory + (weightBase[selector] &+ node &* (width &+ 1))
      let count = weights[width]
      if count < 255 { weights[width] = count &+ 1 }
      let error = (((bit != 0 ? 65535 : 0) &- outputs[selector]) &* Int(rates[Int(count & 255)])) >> 4
      for k in 0..<width {
        let moved = Int(weights[k]) &+ (Int(stretched[k]) &* error &+ 32768) >> 16
        weights[k] = Int32(truncatingIfNeeded: min(max(moved, -(1 << 24)), 1 << 24))
      }
    }
    for input in 0..<inputCount {
      let index = counterBase[input] &+ node
      let counter = BitCounter(packed: UInt32(bitPattern: memory[index]))
      memory[index] = Int32(bitPattern: counter.updated(bit, limit: limits[input]).packed)
    }
    if registers[1] >= 0 {
      let entry = registers[1]
      memory[entry] &+= ((bit != 0 ? 65535 << 4 : 0) &- memory[entry]) >> 6
    }
  }
}
