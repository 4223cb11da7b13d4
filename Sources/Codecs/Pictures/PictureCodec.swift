import Autoencoders
import Bytes
import Entropy
import Signals

/// Codes bands of rows of a picture: planes of colour are transformed into subbands, quantised, and coded by the prior or by zstd. Alpha is kept exactly.
///
/// Payload: twice the index of the quantiser step as a varint, and 1 more if the enhancer works on what is decoded; alpha, if there is one, coded pixel by pixel,
/// its length first; then the coefficients.
struct PictureCodec: Sendable {
  let design: PictureDesign
  private let codec: CodecPackage
  private let colours: PictureColours
  /// Beside the prior's models, one of its own for each caller.
  private var network: SubbandNetwork? { try? SubbandNetwork.stored(in: codec.weights) }
  private var enhancer: PlaneEnhancer? { design.enhancer(codec.weights) }

  /// Pixels of a chunk.
  private static let mostPixels = 1 << 24
  /// Numbers of a plane of coefficients with their margins.
  private static let mostPlaces = 1 << 26
  /// Squared quantiser steps that a bit is worth; found on training pictures.
  private static let price: Float = 0.1

  /// Nil if the codec is none of pictures.
  /// - Throws: `CodecError.unsuitable` if the signal is no picture.
  init?(_ codec: CodecPackage, _ info: SignalInfo) throws {
    guard case .pictures(let design) = codec.design else { return nil }
    guard let layout = info.picture else {
      throw CodecError.unsuitable("the codec \(codec.name) is for pictures, and this is none; choose another codec with -c")
    }
    (self.design, self.codec) = (design, codec)
    colours = PictureColours(design, layout)
  }

  struct Encoded {
    /// Payloads of the two stages; nil where a stage was not asked for.
    var prior: [UInt8]?
    var zstd: [UInt8]?
    var decoded: [[Int32]]
  }

  /// - Parameter chunk: components × samples, whole rows.
  /// - Throws: `CodecError.limit`.
  func encode(_ chunk: [[Int32]], quality: Double, entropy: EntropyChoice, effort: Int) throws -> Encoded {
    let pass = try pass(chunk, quality: quality, effort: effort)
    let planes = planes(of: pass.planes, stepIndex: pass.stepIndex)
    var (decoded, isEnhanced) = (colours.samples(planes), false)
    if let enhancer {
      // A picture unlike all that the enhancer has seen may be better off without it.
      let enhanced = colours.samples(corrected(planes, by: enhancer, stepIndex: pass.stepIndex))
      isEnhanced = PictureCodec.error(enhanced, chunk) < PictureCodec.error(decoded, chunk)
      if isEnhanced { decoded = enhanced }
    }
    var head = ByteWriter()
    head.append(varint: UInt64(2 * pass.stepIndex + (isEnhanced ? 1 : 0)))
    let alpha = colours.hasAlpha ? chunk.suffix(1) : []
    if !alpha.isEmpty {
      guard let coded = PixelCoder.encode(Array(alpha), width: colours.width, bound: [0], effort: effort) else {
        throw CodecError.limit("rows of \(colours.width) pixels with alpha are more than a codec of pictures takes; encode with --lossless")
      }
      head.append(counted: coded)
    }
    let codes = entropy == .prior ? [] : pass.planes.flatMap(\.coefficients)
    return Encoded(
      prior: entropy == .zstd ? nil : head.bytes + pass.coder.finish(),
      zstd: entropy == .prior ? nil : head.bytes + BlockStreams.encode(codes, sequences: 1, channels: 1, positions: codes.count),
      decoded: decoded + alpha)
  }

  /// The sum of squared differences of colours.
  private static func error(_ decoded: [[Int32]], _ chunk: [[Int32]]) -> Double {
    zip(decoded, chunk).reduce(0) { sum, pair in
      zip(pair.0, pair.1).reduce(sum) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    }
  }

  /// Coefficients as they were chosen and coded.
  struct Pass {
    let stepIndex: Int
    let planes: [SubbandPlane]
    /// In quantiser steps, by plane in the layout of `LiftingTransform`.
    let coefficients: [[Float]]
    var coder = RansEncoder()
    let model: SubbandModel
  }

  /// Chooses coefficients by what they cost the prior, whichever stage will code them.
  /// - Parameter states: of the prior's models; nil for those of the codec.
  /// - Throws: `CodecError.limit`.
  func pass(
    _ chunk: [[Int32]], quality: Double, effort: Int, states: [String: [Int32]]? = nil, examples: SubbandCollector? = nil
  ) throws -> Pass {
    let subbands = try subbands(sampleCount: chunk[0].count)
    let stepIndex = FrameParameters.index(ofStep: PictureDesign.step(quality: quality) * 256)
    var coefficients = colours.planes(chunk)
    for k in coefficients.indices {
      design.transform.analyse(&coefficients[k], width: subbands.width, height: subbands.height, levels: Subbands.levels)
      toSteps(&coefficients[k], subbands, plane: k, step: PictureCodec.step(stepIndex))
    }
    var pass = Pass(
      stepIndex: stepIndex, planes: coefficients.map { _ in SubbandPlane(subbands) }, coefficients: coefficients,
      model: SubbandModel(states: states ?? codec.pictureStates, network: network))
    let wanted = SubbandPass.Wanted(coefficients: coefficients, price: effort >= 3 ? PictureCodec.price : 0)
    try SubbandPass(planes: pass.planes, model: pass.model, stepIndex: stepIndex).run(wanted, &pass.coder, examples: examples) { _ in true }
    return pass
  }

  /// - Throws: `CodecError`, `BytesError`, `EntropyError`, `SampleCoderError` on damage.
  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> [[Int32]] {
    let subbands = try subbands(sampleCount: sampleCount)
    let head = try reader.varint(atMost: 2 * FrameParameters.largestStepIndex + 1, "a quantiser step")
    let (stepIndex, isEnhanced) = (head / 2, head % 2 != 0)
    let enhancer = isEnhanced ? enhancer : nil
    guard !isEnhanced || enhancer != nil else { throw CodecError.malformed("a picture needs an enhancer that the codec \(codec.name) does not have") }
    var alpha: [[Int32]] = []
    if colours.hasAlpha {
      let coded = try reader.counted(atMost: reader.remaining, "the alpha of a picture")
      alpha = try PixelCoder.decode(coded, width: colours.width, components: 1, sampleCount: sampleCount)
    }
    let rest = try reader.take(reader.remaining)
    let planes = (0..<colours.components).map { _ in SubbandPlane(subbands) }
    if stage == .prior {
      var coder = RansDecoder(rest)
      let model = SubbandModel(states: codec.pictureStates, network: network)
      try SubbandPass(planes: planes, model: model, stepIndex: stepIndex).run(nil, &coder) { !$0.isExhausted }
      guard coder.isComplete else { throw EntropyError.damaged("the coefficients of a picture") }
    } else {
      let count = planes.count * sampleCount
      let codes = try BlockStreams.decode(rest, count: count, sequences: 1, channels: 1, positions: count)
      for (k, plane) in planes.enumerated() { plane.coefficients = Array(codes[k * sampleCount..<(k + 1) * sampleCount]) }
    }
    var decoded = self.planes(of: planes, stepIndex: stepIndex)
    if let enhancer { decoded = corrected(decoded, by: enhancer, stepIndex: stepIndex) }
    return colours.samples(decoded) + alpha
  }

  /// - Throws: `CodecError`.
  private func subbands(sampleCount: Int) throws -> Subbands {
    guard sampleCount % colours.width == 0 else { throw CodecError.malformed("a chunk of a picture ends within a row") }
    guard sampleCount <= PictureCodec.mostPixels else {
      throw CodecError.limit("a chunk of \(sampleCount) pixels is more than a codec of pictures takes; encode with --chunk and fewer rows")
    }
    let subbands = Subbands(width: colours.width, height: sampleCount / colours.width)
    guard SubbandPlane.places(subbands) <= PictureCodec.mostPlaces else {
      throw CodecError.limit("rows of \(colours.width) pixels are more than a codec of pictures takes; encode with --lossless or --max-error")
    }
    return subbands
  }

  /// Planes as they are before the enhancer, [rows, width] each, in 1/255 of the samples' range about its middle.
  func planes(of quantised: [SubbandPlane], stepIndex: Int) -> [[Float]] {
    let step = PictureCodec.step(stepIndex)
    return quantised.enumerated().map { k, plane in
      let subbands = plane.subbands
      var values = [Float](repeating: 0, count: subbands.width * subbands.height)
      for (b, band) in subbands.bands.enumerated() {
        let first = k * PictureDesign.bands + b
        let (width, shifts) = (
          step * design.steps[first], (0..<PictureDesign.magnitudes).map { design.shifts[PictureDesign.magnitudes * first + $0] }
        )
        for y in 0..<band.height {
          let from = plane.start(b) + y * SubbandPlane.stride(band)
          let width = width * PictureCodec.edge(y, band)
          for x in 0..<band.width where plane.magnitudes[from + x] != 0 {
            let magnitude = Int(plane.magnitudes[from + x])
            let value = (Float(magnitude) + shifts[min(magnitude, PictureDesign.magnitudes) - 1]) * width
            values[(band.top + y) * subbands.width + band.left + x] = plane.values[from + x] < 0 ? -value : value
          }
        }
      }
      design.transform.synthesise(&values, width: subbands.width, height: subbands.height, levels: Subbands.levels)
      return values
    }
  }

  /// Planes of colour as they are, in the same units.
  func originalPlanes(_ chunk: [[Int32]]) -> [[Float]] { colours.planes(chunk) }

  private func corrected(_ planes: [[Float]], by enhancer: PlaneEnhancer, stepIndex: Int) -> [[Float]] {
    var planes = planes
    enhancer.correct(
      &planes, width: colours.width, height: planes[0].count / colours.width, step: PictureCodec.step(stepIndex), level: PictureCodec.level(stepIndex)
    )
    return planes
  }

  /// Coefficients of a plane in quantiser steps.
  private func toSteps(_ values: inout [Float], _ subbands: Subbands, plane: Int, step: Float) {
    for (b, band) in subbands.bands.enumerated() {
      let inverse = 1 / (step * design.steps[plane * PictureDesign.bands + b])
      for y in 0..<band.height {
        let row = (band.top + y) * subbands.width + band.left
        let inverse = inverse / PictureCodec.edge(y, band)
        for x in row..<row + band.width { values[x] *= inverse }
      }
    }
  }

  /// Steps of the first and the last row of a band are finer: beyond the end of a chunk the transform sees a mirror, which is a worse guess than the rows
  /// that are there, and errors there would show as a seam.
  private static func edge(_ y: Int, _ band: Subbands.Band) -> Float { y == 0 || y == band.height - 1 ? 0.8 : 1 }

  /// In 1/255 of the samples' range.
  static func step(_ index: Int) -> Float { FrameParameters.steps[index] / 256 }
  /// The logarithm to base 2 of a step, as the enhancer takes it in: about 0 in the middle.
  static func level(_ index: Int) -> Float { Float(index) / 32 - 14 }
}
