import CKernels
import Tensors

/// Adam (Kingma and Ba 2015), with decoupled weight decay where `weightDecay` is not 0 (AdamW, Loshchilov and Hutter 2019).
public final class Adam {
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  public let weightDecay: Float
  /// Steps taken.
  public private(set) var steps = 0

  private let parameters: [NamedParameter]
  private var means: [Tensor]
  private var squares: [Tensor]
  private var factor: Float = 1
  // beta^steps, kept as running products: no power function decides any bits.
  private var power1: Float = 1
  private var power2: Float = 1

  public init(_ parameters: [NamedParameter], beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0) {
    (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
    self.parameters = parameters
    means = parameters.map { Tensor(zeros: $0.parameter.value.shape) }
    squares = means
  }

  /// The Euclidean norm of all gradients together.
  public func gradientNorm() -> Float {
    var square: Float = 0
    for entry in parameters { square += entry.parameter.gradient?.squaredNorm() ?? 0 }
    return square.squareRoot()
  }

  /// Scales the gradients of the coming step down to `norm` if together they are longer. Returns their norm before.
  @discardableResult
  public func clipGradients(norm: Float) -> Float {
    let found = gradientNorm()
    factor = found > norm ? norm / found : 1
    return found
  }

  /// Changes every parameter that has a gradient, and takes the gradients.
  public func step(learningRate: Float) {
    steps += 1
    power1 *= beta1
    power2 *= beta2
    let settings = ck_adam(
      rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: weightDecay, factor: factor, correction1: 1 / (1 - power1),
      correction2: 1 / (1 - power2))
    for (i, entry) in parameters.enumerated() {
      guard let gradient = entry.parameter.gradient else { continue }
      entry.parameter.gradient = nil
      withUnsafePointer(to: settings) { settings in
        gradient.withValues { g in
          means[i].withMutableValues { m in
            squares[i].withMutableValues { v in
              entry.parameter.value.withMutableValues { w in
                guard
                  let (g, m, v, w) = g.baseAddress.flatMap({ g in
                    m.baseAddress.flatMap { m in v.baseAddress.flatMap { v in w.baseAddress.map { w in (g, m, v, w) } } }
                  })
                else { return }
                Threads.parallelFor(gradient.count, grain: 16384) { range in
                  let j = range.lowerBound
                  ck_adam_step(range.count, settings, g + j, m + j, v + j, w + j)
                }
              }
            }
          }
        }
      }
    }
    factor = 1
  }

  /// All that a resumed run needs besides the parameters, by names that go with theirs: `NAME.adam.mean`, `NAME.adam.square` and `adam.steps`.
  public var state: [String: Tensor] {
    var state = ["adam.steps": Tensor([Float(steps & 0xFFFF), Float(steps >> 16), power1, power2])]
    for (i, entry) in parameters.enumerated() {
      state["\(entry.name).adam.mean"] = means[i]
      state["\(entry.name).adam.square"] = squares[i]
    }
    return state
  }

  /// Goes on from a saved state.
  public func load(state: [String: Tensor]) throws {
    func find(_ name: String, _ shape: [Int]) throws -> Tensor {
      guard let tensor = state[name] else { throw LayerError.missing(name) }
      guard tensor.shape == shape else { throw LayerError.shape(name, expected: shape, found: tensor.shape) }
      return tensor
    }
    let counters = try find("adam.steps", [4]).values
    let loaded = try parameters.map { entry in
      let shape = entry.parameter.value.shape
      return (try find("\(entry.name).adam.mean", shape), try find("\(entry.name).adam.square", shape))
    }
    (means, squares) = (loaded.map(\.0), loaded.map(\.1))
    guard let low = Int(exactly: counters[0]), let high = Int(exactly: counters[1]), low >= 0, high >= 0, high < 1 << 24 else {
      throw LayerError.missing("adam.steps")
    }
    steps = low + high << 16
    (power1, power2) = (counters[2], counters[3])
  }
}

/// Learning rates: a linear warm-up to `peak`, then half a cosine down to `floor` times it.
public struct Schedule: Sendable {
  public let peak: Float
  public let warmUp: Int
  public let total: Int
  public let floor: Float

  public init(peak: Float, warmUp: Int, total: Int, floor: Float = 0.02) {
    precondition(warmUp >= 0 && total > 0, "a schedule needs steps")
    (self.peak, self.warmUp, self.total, self.floor) = (peak, warmUp, total, floor)
  }

  /// The rate of step 0, 1, ...
  public func rate(at step: Int) -> Float {
    if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
    let x = min(1, Float(step - warmUp) / Float(max(1, total - warmUp)))
    return peak * (floor + (1 - floor) * (0.5 + 0.5 * cosine(halfTurns: x)))
  }
}

/// cos(pi * x) for x in 0...1 as the sine of its distance from a quarter turn (a Taylor polynomial, error below 4e-7): the same bits everywhere.
private func cosine(halfTurns x: Float) -> Float {
  let a = Float.pi * (0.5 - x)
  let s = a * a
  var p: Float = -2.5052108e-8
  for c: Float in [2.7557319e-6, -1.9841270e-4, 8.3333333e-3, -1.6666667e-1, 1] { p = c.addingProduct(p, s) }
  return a * p
}
