import Tensors
import Testing

/// A value and gradients of `operation`: of sum(result * weights) with weights that tell its elements apart.
private struct Outcome: Equatable {
  let value: Tensor
  let gradients: [Tensor]

  init(_ operation: Operation, _ inputs: [Tensor]) {
    let tape = Tape()
    let variables = inputs.map(tape.variable)
    let result = operation.apply(variables)
    value = result.value
    (result * Variable(Outcome.weights(result.shape))).sum().backward()
    gradients = variables.map(tape.gradient)
  }

  static func weights(_ shape: [Int]) -> Tensor {
    var random = RandomSource(seed: 77)
    return random.uniform(shape, in: 0.5..<1.5)
  }
}

@Suite(.serialized) struct OperationTests {
  @Test(arguments: operations.filter(\.differentiable))
  func gradientIsThatOfFiniteDifferences(_ operation: Operation) {
    let inputs = operation.inputs
    let outcome = Outcome(operation, inputs)
    let weights = Outcome.weights(outcome.value.shape).values.map(Double.init)
    func loss(_ inputs: [Tensor]) -> Double {
      zip(operation.apply(inputs.map { Variable($0) }).value.values, weights).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    let step: Float = 0x1p-7
    for (k, input) in inputs.enumerated() {
      for i in stride(from: 0, to: input.count, by: 1 + input.count / 60) {
        var (low, high) = (inputs, inputs)
        low[k].withMutableValues { $0[i] -= step }
        high[k].withMutableValues { $0[i] += step }
        let expected = (loss(high) - loss(low)) / Double(2 * step)
        let found = Double(outcome.gradients[k].values[i])
        #expect(abs(found - expected) < 0.003 * (1 + abs(expected)), "\(operation.name): input \(k), element \(i)")
      }
    }
  }

  @Test(arguments: operations)
  func everyPathAndNumberOfThreadsGivesTheBitsOfTheScalarReference(_ operation: Operation) {
    let (path, jobs) = (SIMDPath.current, Threads.jobs)
    defer {
      _ = path.use()
      Threads.jobs = jobs
    }
    #expect(SIMDPath.scalar.use())
    Threads.jobs = 1
    let reference = Outcome(operation, operation.inputs)
    for path in SIMDPath.allCases where path.use() {
      for jobs in [1, 2, 3] {
        Threads.jobs = jobs
        #expect(Outcome(operation, operation.inputs) == reference, "\(operation.name), \(path), \(jobs) threads")
      }
    }
  }

  /// Tapes that stay take the memory of all that was computed.
  @Test func tapesAreFreed() {
    weak var learned: Tape?
    weak var watched: Tape?
    do {
      let parameter = Parameter(Tensor([1, 2, 3]))
      let (tape, other) = (Tape(), Tape(learning: []))
      (learned, watched) = (tape, other)
      let loss = tape.use(parameter).squared().sum()
      // Does not lead to the loss.
      _ = loss.exp() * tape.use(parameter)
      loss.backward()
      #expect(parameter.gradient == Tensor([2, 4, 6]))
      _ = (other.constant(Tensor([1])) * other.use(parameter).squared().sum()).value
    }
    #expect(learned == nil && watched == nil)
  }
}

@Suite struct PoolingTests {
  @Test func maximaGoBackWhereTheyStood() {
    // Two windows of 2 rows and 2 columns; equals in the second, of which the first counts.
    let x = Variable(Tensor([1, -2, 5, 5, 3, 0, 5, 4], shape: [1, 1, 2, 4]))
    let (maxima, switches) = maximumPooled(x, rows: 2, columns: 2)
    #expect(maxima.value == Tensor([3, 5], shape: [1, 1, 1, 2]))
    #expect(unpooled(maxima, switches: switches).value == Tensor([0, 0, 5, 0, 3, 0, 0, 0], shape: [1, 1, 2, 4]))
    #expect(maximumPooled(unpooled(maxima, switches: switches), rows: 2, columns: 2).maxima.value == maxima.value)
  }
}
