import Layers
import Tensors

/// A network for speech at 16 kHz, for all rates: what the pitch and a latent cannot say of a voice it codes as coefficients of a lapped transform,
/// how far up depends on the quality. The decoder makes the rest of pulses and noise.
public struct SpeechNetwork: Layer {
  /// What both sides know of a pitch: [144, 256].
  let pitch: Parameter
  /// From a signal to latents and coefficients before they are rounded.
  public let encoder: SpeechEncoder
  /// The steps that they are rounded by.
  public let quantiser: SpeechQuantiser
  /// From what was rounded to a signal.
  public let decoder: SpeechDecoder
  /// What is expected of the symbols, for the entropy coder.
  public let prior: SpeechPrior

  /// An untrained network.
  public init(random: inout RandomSource) {
    pitch = Parameter(random.normal([SpeechShape.pitches, SpeechShape.width]))
    encoder = SpeechEncoder(random: &random)
    quantiser = SpeechQuantiser(random: &random)
    decoder = SpeechDecoder(random: &random)
    prior = SpeechPrior(random: &random)
  }

  /// A network of a codec's tensors.
  /// - Throws: `LayerError` where one is missing or has another shape.
  public init(_ tensors: [String: Tensor]) throws {
    var random = RandomSource.zeros
    self.init(random: &random)
    try load(tensors)
  }

  /// Symbols of one signal, frame after frame of 20 ms, for one quality.
  public struct Codes: Equatable, Sendable {
    /// [frames], 0 ..< 144: places in `SpeechSource.frequencies`.
    public var pitches: [Int]
    /// [frames * 32], a frame after the other.
    public var latents: [Int32]
    /// [frames * 320], a frame after the other, low frequencies first.
    public var coefficients: [Int32]

    /// Codes of as many frames as there are pitches.
    public init(pitches: [Int], latents: [Int32], coefficients: [Int32]) {
      (self.pitches, self.latents, self.coefficients) = (pitches, latents, coefficients)
    }

    /// How many there are.
    public var frames: Int { pitches.count }

    /// Coefficients of a frame up to the last one that is not zero in all of them, 0 ... 320.
    public var width: Int {
      var width = 0
      for start in stride(from: 0, to: coefficients.count, by: SpeechShape.frame) {
        var own = SpeechShape.frame
        while own > width, coefficients[start + own - 1] == 0 { own -= 1 }
        width = own
      }
      return width
    }
  }

  /// Codes of a signal; no magnitude is above `largest`.
  /// - Parameters:
  ///   - x: whole frames [frames * 320] at 16 kHz, full scale 1.
  ///   - pitches: one for each frame, 0 ..< 144.
  ///   - periodicity: of each frame, about 0 ... 1.
  ///   - quality: 0 ... levels - 1.
  public func encode(_ x: [Float], pitches: [Int], periodicity: [Float], quality: Float) -> Codes {
    let frames = pitches.count
    precondition(x.count == frames * SpeechShape.frame && periodicity.count == frames, "\(x.count) samples for \(frames) frames")
    let weights = Variable(SpeechShape.weights([quality]))
    let found = encoder(
      Variable(Tensor(x, shape: [1, x.count])), pitch: known(pitches, items: 1, on: weights),
      periodicity: Variable(Tensor(periodicity, shape: [1, frames])), weights: weights, quantiser)
    let latents = found.latent.roundedStraightThrough()
    let steps = quantiser.stepSizes(weights, latent: latents / quantiser.scales(weights))
    let coefficients = SpeechEncoder.rounded(SpeechEncoder.companded(found.coefficients, inSteps: steps.reciprocal()) * found.gains)
    return Codes(pitches: pitches, latents: SpeechNetwork.symbols(latents.value), coefficients: SpeechNetwork.symbols(coefficients.value))
  }

  /// The largest magnitude of a symbol.
  public static let largest = 1 << 14

  private static func symbols(_ tensor: Tensor) -> [Int32] {
    tensor.withValues { $0.map { Int32(min(max($0.isNaN ? 0 : $0, Float(-largest)), Float(largest))) } }
  }

  /// The signal of codes, as many frames: [frames * 320] at 16 kHz, full scale 1. The same bits on every machine.
  /// - Parameters:
  ///   - quality: that of the encoder, 0 ... levels - 1.
  ///   - stream: of the noise.
  public func decode(_ codes: Codes, quality: Float, stream: UInt64) -> [Float] {
    let frames = codes.frames
    let weights = Variable(SpeechShape.weights([quality]))
    let latent = Variable(Tensor(codes.latents.map(Float.init), shape: [1, frames, SpeechShape.latents])) / quantiser.scales(weights)
    let samples = frames * SpeechShape.frame
    // In whole vectors.
    let width = max(1, (codes.width + 15) / 16) * 16
    let coefficients = Tensor(shape: [1, frames, width]) { out in
      for t in 0..<frames {
        for k in 0..<width { out[t * width + k] = Float(codes.coefficients[t * SpeechShape.frame + k]) }
      }
    }
    return decoder(
      latent: latent, codes: Variable(coefficients), steps: quantiser.stepSizes(weights, latent: latent).slice(0..<width, axis: 2),
      pitch: known(codes.pitches, items: 1, on: weights),
      pulses: Variable(Tensor(SpeechSource.pulses(codes.pitches), shape: [1, samples])),
      noise: Variable(Tensor(SpeechSource.noise(samples, stream: stream), shape: [1, samples])), weights: weights
    ).value.values
  }

  /// What is known of pitches, [items, frames, 256].
  func known(_ pitches: [Int], items: Int, on x: Variable) -> Variable {
    x.use(pitch).rows(pitches).reshaped([items, pitches.count / items, SpeechShape.width])
  }
}
