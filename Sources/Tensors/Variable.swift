import CKernels

/// A weight that training changes: its value, and the gradient that `Variable.backward()` adds to and an optimiser takes.
public final class Parameter {
  public var value: Tensor
  /// Sum of the gradients since an optimiser last took them; nil where there were none.
  public var gradient: Tensor?

  public init(_ value: Tensor) { self.value = value }
}

/// Remembers what was computed, so that `Variable.backward()` can go back over it. One tape serves one step of training:
///
/// ```swift
/// let conv = Parameter(weights)                                  // [32, 1, 7]
/// let tape = Tape()
/// let x = tape.constant(batch)                                   // [8, 1, 2048]
/// let y = conv1d(x, weight: tape.use(conv), padding: 3).silu()   // [8, 32, 2048]
/// let loss = (y - target).squared().mean()
/// loss.backward()                                                // conv.gradient is there
/// adam.step()                                                    // and used up
/// ```
///
/// Without a tape nothing is remembered: `conv1d(Variable(batch), weight: Variable(conv.value))` only computes, with the same kernels and the same bits.
/// A tape that remembers something is freed by `backward()` only; where nothing is to be learned, take none, or `Tape(learning: [])`.
/// A tape is not for several threads at a time; the operations share their work among `Threads.jobs` threads themselves.
public final class Tape {
  typealias Backward = (_ gradient: Tensor, _ tape: Tape) -> Void

  private var steps: [Backward?] = []
  private var gradients: [Tensor?] = []
  private var leaves: [(parameter: Parameter, index: Int)] = []
  private var used: [ObjectIdentifier: Variable] = [:]
  private var finished = false
  private let learned: Set<ObjectIdentifier>?

  /// For gradients of everything.
  public init() { learned = nil }

  /// For gradients of some parameters, and of inputs; all other parameters are constants, whose gradients take no time.
  public init(learning parameters: [Parameter]) { learned = Set(parameters.map(ObjectIdentifier.init)) }

  /// An input that needs no gradient; what is computed from it and from parameters is recorded.
  public func constant(_ value: Tensor) -> Variable { Variable(value: value, tape: self, index: -1) }

  /// An input whose gradient `gradient(of:)` gives after `backward()`.
  public func variable(_ value: Tensor) -> Variable {
    steps.append(nil)
    gradients.append(nil)
    return Variable(value: value, tape: self, index: steps.count - 1)
  }

  /// A parameter as a variable; using it several times adds up its gradients.
  public func use(_ parameter: Parameter) -> Variable {
    if let variable = used[ObjectIdentifier(parameter)] { return variable }
    if let learned, !learned.contains(ObjectIdentifier(parameter)) { return constant(parameter.value) }
    let variable = variable(parameter.value)
    leaves.append((parameter, variable.index))
    used[ObjectIdentifier(parameter)] = variable
    return variable
  }

  /// The gradient of an input made by `variable(_:)`, after `backward()`; zeros where nothing depended on it.
  public func gradient(of variable: Variable) -> Tensor {
    precondition(variable.tape === self && variable.index >= 0, "not a variable of this tape")
    return gradients[variable.index] ?? Tensor(zeros: variable.shape)
  }

  func record(_ value: Tensor, _ backward: @escaping Backward) -> Variable {
    steps.append(backward)
    gradients.append(nil)
    return Variable(value: value, tape: self, index: steps.count - 1)
  }

  /// Adds `gradient` to that of `variable`; constants take none.
  func add(_ gradient: @autoclosure () -> Tensor, to variable: Variable) {
    guard variable.index >= 0 else { return }
    let gradient = gradient()
    precondition(gradient.shape == variable.shape, "gradient of shape \(gradient.shape) for \(variable.shape)")
    guard gradients[variable.index] != nil else {
      gradients[variable.index] = gradient
      return
    }
    gradients[variable.index]?.accumulate(gradient)
  }

  func run(from variable: Variable) {
    precondition(!finished, "backward() has been over this tape already")
    finished = true
    used = [:]  // lets go of the parameters' values, so that an optimiser can change them in place
    gradients[variable.index] = Tensor(repeating: 1, shape: variable.shape)
    for index in stride(from: variable.index, through: 0, by: -1) {
      guard let step = steps[index] else { continue }
      steps[index] = nil  // frees what the step kept
      guard let gradient = gradients[index] else { continue }
      gradients[index] = nil
      step(gradient, self)
    }
    steps = []  // what did not lead to `variable`: it holds this tape
    for leaf in leaves {
      guard let gradient = gradients[leaf.index] else { continue }
      if leaf.parameter.gradient == nil { leaf.parameter.gradient = gradient } else { leaf.parameter.gradient?.accumulate(gradient) }
    }
  }
}

/// A tensor in a computation. The operations are methods, operators and the functions of this module; see `Tape` for an example.
public struct Variable {
  public let value: Tensor
  let tape: Tape?
  let index: Int

  init(value: Tensor, tape: Tape?, index: Int) { (self.value, self.tape, self.index) = (value, tape, index) }

  /// A constant outside any tape: operations on it compute, and remember nothing.
  public init(_ value: Tensor) { self.init(value: value, tape: nil, index: -1) }

  public var shape: [Int] { value.shape }

  /// A parameter for a computation with this variable: on its tape, if it has one.
  public func use(_ parameter: Parameter) -> Variable { tape?.use(parameter) ?? Variable(parameter.value) }

  /// Computes the gradients of this single number with respect to everything it was computed from, adds them to the parameters and leaves them
  /// on the tape. Once per tape.
  public func backward() {
    precondition(value.count == 1, "backward() starts from a single number, not from shape \(shape)")
    guard let tape, index >= 0 else { return }
    tape.run(from: self)
  }
}

/// The result of an operation on `inputs`: recorded if any of them wants a gradient.
func record(_ value: Tensor, _ inputs: [Variable], _ backward: @escaping Tape.Backward) -> Variable {
  let tape = inputs.lazy.compactMap(\.tape).first
  precondition(inputs.allSatisfy { $0.tape == nil || $0.tape === tape }, "variables of two tapes in one operation")
  guard let tape, inputs.contains(where: { $0.index >= 0 }) else { return Variable(value: value, tape: tape, index: -1) }
  return tape.record(value, backward)
}

extension Tensor {
  /// self += other, of the same shape.
  mutating func accumulate(_ other: Tensor) {
    makeUnique()
    let (to, from) = (pointer, other.pointer)
    Threads.parallelFor(count, grain: elementGrain) { ck_axpy($0.count, 1, from + $0.lowerBound, to + $0.lowerBound) }
  }
}

/// Elements below which another thread does not pay.
let elementGrain = 16384
