import Autoencoders
import Bytes
import Entropy
import Signals

/// Codes bands of rows of a picture: planes of colour are transformed into subbands, quantised, and coded by the prior or by zstd. Alpha is kept exactly.
///
/// Payload: the index of the quantiser step and what the enhancer does as a varint (`PictureHead`); changes of the enhancer, if there are any, and alpha, if there is one,
/// coded pixel by pixel, each with its length first; then the coefficients.
struct PictureCodec: ChunkwiseCodec {
  static let kind = ChunkKind.pictures
  let design: PictureDesign
  private let codec: CodecPackage
  let colours: PictureColours
  let unit: Double
  /// Beside the prior's models, one of its own for each caller.
  private var networks: SubbandNetworks { (try? SubbandNetworks(codec.weights)) ?? SubbandNetworks() }
  private var enhancer: PlaneEnhancer? { design.enhancer(codec.weights) }

  /// Pixels of a chunk.
  private static let mostPixels = 1 << 24
  /// Numbers of a plane of coefficients with their margins.
  private static let mostPlaces = 1 << 25
  /// Squared quantiser steps that a bit is worth; found on training pictures.
  static let price: Float = 0.1

  /// Nil if the codec is none of pictures.
  /// - Throws: `CodecError.unsuitable` if the signal is no picture.
  init?(_ codec: CodecPackage, _ info: SignalInfo) throws {
    guard case .pictures(let design) = codec.design else { return nil }
    guard let layout = info.picture else {
      throw CodecError.unsuitable("the codec \(codec.name) is for pictures, and this is none; choose another codec with -c")
    }
    (self.design, self.codec) = (design, codec)
    colours = PictureColours(design, layout)
    unit = Double(info.unitSamples)
  }

  func canEncode(_ sampleCount: Int) -> Bool { true }

  func relativeStep(_ chunk: [[Int32]], after last: Double?) -> Double? {
    guard let subbands = try? subbands(sampleCount: chunk[0].count) else { return nil }
    let own = PictureCodec.relativeStep(analysed([colours.planes(chunk)[0]], subbands)[0], subbands)
    return last.map { min(max(own, $0 / PictureCodec.mostChange), $0 * PictureCodec.mostChange) } ?? own
  }

  func encode(
    _ chunk: [[Int32]], _ settings: EncodeSettings, relativeStep: Double?, progress: (Double) -> Void
  ) throws -> StagedChunk {
    let (quality, entropy, effort) = (settings.quality, settings.entropy, settings.effort)
    let first = try pass(chunk, quality: quality, effort: effort, relativeStep: relativeStep)
    var choices = [Choice(pass: first, change: nil, isEnhanced: false, decoded: colours.samples(first.decoded))]
    if let enhancer {
      func enhanced(_ pass: Pass, _ change: EnhancerChange?) throws -> Choice {
        try change.map { try enhancer.load($0.applied(to: enhancer.tensors)) }
        let decoded = colours.samples(corrected(pass.decoded, by: enhancer, stepIndex: pass.stepIndex))
        return Choice(pass: pass, change: change, isEnhanced: true, decoded: decoded)
      }
      choices.append(try enhanced(first, nil))
      // A picture unlike all that the enhancer has seen may be better off without it.
      if let fit = PictureFit(self, effort: effort), cost(choices[1], chunk) < cost(choices[0], chunk) {
        let found = try fit.run(first, original: colours.planes(chunk), enhancer, progress: progress)
        choices.append(try enhanced(found.pass, found.change))
      }
    }
    let best = choices.dropFirst().reduce(choices[0]) { cost($1, chunk) < cost($0, chunk) ? $1 : $0 }
    let pass = best.pass
    var head = ByteWriter()
    head.append(varint: PictureHead(stepIndex: pass.stepIndex, enhancement: best.change != nil ? .changed : best.isEnhanced ? .plain : .none).number)
    if let change = best.change, let enhancer { head.append(counted: change.encoded(for: enhancer)) }
    let alpha = colours.hasAlpha ? chunk.suffix(1) : []
    if !alpha.isEmpty {
      guard let coded = PixelCoder.encode(Array(alpha), width: colours.width, bound: [0], effort: effort) else {
        throw CodecError.limit("rows of \(colours.width) pixels with alpha are more than a codec of pictures takes; encode with --lossless")
      }
      head.append(counted: coded)
    }
    let codes = entropy == .prior ? [] : pass.planes.flatMap(\.coefficients)
    return StagedChunk(
      prior: entropy == .zstd ? nil : head.bytes + pass.coder.finish(),
      zstd: entropy == .prior ? nil : head.bytes + BlockStreams.encode(codes, sequences: 1, channels: 1, positions: codes.count),
      decoded: best.decoded + alpha)
  }

  /// What a chunk may become.
  private struct Choice {
    let pass: Pass
    let change: EnhancerChange?
    let isEnhanced: Bool
    let decoded: [[Int32]]
  }

  /// The squared error of colours, and what the bits are worth.
  private func cost(_ choice: Choice, _ chunk: [[Int32]]) -> Double {
    let error = zip(choice.decoded, chunk).reduce(0.0) { sum, pair in
      zip(pair.0, pair.1).reduce(sum) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    }
    let scale = 255 / Double(colours.maximum)
    let bytes = choice.pass.byteCount + (choice.change.flatMap { change in enhancer.map { change.encoded(for: $0).count } } ?? 0)
    return error * scale * scale + Double(8 * bytes) * Double(bitPrice(choice.pass.stepIndex))
  }

  /// What a bit is worth in squared error of all colours together, in 1/255 of the samples' range.
  func bitPrice(_ stepIndex: Int) -> Float {
    let step = PictureCodec.step(stepIndex)
    return PictureCodec.price * step * step * colours.weights[0]
  }

  /// Coefficients as they were chosen and coded.
  struct Pass {
    let stepIndex: Int
    let planes: [SubbandPlane]
    /// In quantiser steps, by plane in the layout of `LiftingTransform`.
    let coefficients: [[Float]]
    var coder = RansEncoder()
    let model: SubbandModel
    fileprivate let synthesis: SubbandSynthesis

    /// Planes as they are before the enhancer, [rows, width] each, in 1/255 of the samples' range about its middle.
    var decoded: [[Float]] { synthesis.planes }
    /// What the coefficients take by the prior.
    var byteCount: Int { coder.finish().count }
  }

  /// Chooses coefficients by what they cost the prior, whichever stage will code them.
  /// - Parameters:
  ///   - relativeStep: to that of the quality; nil for what the chunk alone asks for.
  ///   - states: of the prior's models; nil for those of the codec.
  /// - Throws: `CodecError.limit`.
  func pass(
    _ chunk: [[Int32]], quality: Double, effort: Int, relativeStep: Double? = nil, states: [String: [Int32]]? = nil, examples: SubbandCollector? = nil
  ) throws -> Pass {
    let subbands = try subbands(sampleCount: chunk[0].count)
    let coefficients = analysed(colours.planes(chunk), subbands)
    let step = PictureDesign.step(quality: quality) * (relativeStep ?? PictureCodec.relativeStep(coefficients[0], subbands))
    let stepIndex = FrameParameters.index(ofStep: step * 256)
    return try pass(
      inSteps(coefficients, subbands, stepIndex), subbands, stepIndex, price: effort >= 3 ? PictureCodec.price : 0, states: states, examples: examples
    )
  }

  /// Chooses coefficients next to those of another pass.
  /// - Parameter planes: how far planes are to be moved.
  /// - Throws: `CodecError.limit`.
  func pass(nextTo pass: Pass, moved planes: [[Float]]) throws -> Pass {
    let subbands = pass.planes[0].subbands
    var aims = inSteps(analysed(planes, subbands), subbands, pass.stepIndex)
    for (k, plane) in pass.planes.enumerated() { plane.each { index, place in aims[k][place] += Float(plane.values[index]) } }
    return try self.pass(aims, subbands, pass.stepIndex, price: PictureCodec.price)
  }

  private func analysed(_ planes: [[Float]], _ subbands: Subbands) -> [[Float]] {
    planes.map { plane in
      var plane = plane
      design.transform.analyse(&plane, width: subbands.width, height: subbands.height, levels: Subbands.levels)
      return plane
    }
  }

  private func pass(
    _ coefficients: [[Float]], _ subbands: Subbands, _ stepIndex: Int, price: Float, states: [String: [Int32]]? = nil,
    examples: SubbandCollector? = nil
  ) throws -> Pass {
    let model = SubbandModel(states: states ?? codec.pictureStates, networks: networks)
    let isLookedAt = model.looksAround || examples != nil
    var pass = Pass(
      stepIndex: stepIndex, planes: coefficients.map { _ in SubbandPlane(subbands) }, coefficients: coefficients, model: model,
      synthesis: SubbandSynthesis(design, subbands, planes: coefficients.count, stepIndex: stepIndex, isLookedAt: isLookedAt))
    let wanted = SubbandPass.Wanted(coefficients: coefficients, price: price)
    try SubbandPass(planes: pass.planes, model: pass.model, stepIndex: stepIndex, synthesis: pass.synthesis)
      .run(wanted, &pass.coder, examples: examples) { _ in true }
    return pass
  }

  func decode(_ reader: inout ByteReader, stage: SymbolStage, sampleCount: Int) throws -> [[Int32]] {
    let subbands = try subbands(sampleCount: sampleCount)
    let head = try PictureHead(reader.varint(atMost: PictureHead.largest, "a quantiser step"))
    let stepIndex = head.stepIndex
    let enhancer = head.enhancement == .none ? nil : enhancer
    guard head.enhancement == .none || enhancer != nil else {
      throw CodecError.malformed("a picture needs an enhancer that the codec \(codec.name) does not have")
    }
    if head.enhancement == .changed, let enhancer {
      let change = try EnhancerChange(Array(reader.counted(atMost: reader.remaining, "the changes of an enhancer")), for: enhancer)
      try enhancer.load(change.applied(to: enhancer.tensors))
    }
    var alpha: [[Int32]] = []
    if colours.hasAlpha {
      let coded = try reader.counted(atMost: reader.remaining, "the alpha of a picture")
      alpha = try PixelCoder.decode(coded, width: colours.width, components: 1, sampleCount: sampleCount)
    }
    let rest = try reader.take(reader.remaining)
    let planes = (0..<colours.components).map { _ in SubbandPlane(subbands) }
    var decoded: [[Float]]
    if stage == .prior {
      var coder = RansDecoder(rest)
      let model = SubbandModel(states: codec.pictureStates, networks: networks)
      let synthesis = SubbandSynthesis(design, subbands, planes: planes.count, stepIndex: stepIndex, isLookedAt: model.looksAround)
      try SubbandPass(planes: planes, model: model, stepIndex: stepIndex, synthesis: synthesis).run(nil, &coder) { !$0.isExhausted }
      decoded = synthesis.planes
      guard coder.isComplete else { throw EntropyError.damaged("the coefficients of a picture") }
    } else {
      let count = planes.count * sampleCount
      let codes = try BlockStreams.decode(rest, count: count, sequences: 1, channels: 1, positions: count)
      for (k, plane) in planes.enumerated() { plane.coefficients = Array(codes[k * sampleCount..<(k + 1) * sampleCount]) }
      decoded = SubbandSynthesis.planes(design, of: planes, stepIndex: stepIndex)
    }
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

  /// Planes of colour as they are, in the same units.
  func originalPlanes(_ chunk: [[Int32]]) -> [[Float]] { colours.planes(chunk) }

  private func corrected(_ planes: [[Float]], by enhancer: PlaneEnhancer, stepIndex: Int) -> [[Float]] {
    var planes = planes
    enhancer.correct(
      &planes, width: colours.width, height: planes[0].count / colours.width, step: PictureCodec.step(stepIndex), level: PictureCodec.level(stepIndex)
    )
    return planes
  }

  /// Coefficients in quantiser steps.
  private func inSteps(_ coefficients: [[Float]], _ subbands: Subbands, _ stepIndex: Int) -> [[Float]] {
    var coefficients = coefficients
    for k in coefficients.indices {
      for (b, band) in subbands.bands.enumerated() {
        let inverse = 1 / (PictureCodec.step(stepIndex) * design.steps[k * PictureDesign.bands + b])
        for y in 0..<band.height {
          let row = (band.top + y) * subbands.width + band.left
          let inverse = inverse / PictureCodec.edge(y, band)
          for x in row..<row + band.width { coefficients[k][x] *= inverse }
        }
      }
    }
    return coefficients
  }

  /// The step of a picture relative to that of one as busy as most: errors show less where there is much detail. In proportion to the root of the amplitude of fine details; adaptive
  /// quantisation in video encoders does the like.
  /// - Parameter luma: its coefficients.
  private static func relativeStep(_ luma: [Float], _ subbands: Subbands) -> Double {
    var (sum, count) = (0.0, 0)
    for band in subbands.bands where band.level < 2 {
      for y in 0..<band.height {
        let row = (band.top + y) * subbands.width + band.left
        for x in row..<row + band.width { sum += Double(luma[x].magnitude) }
      }
      count += band.width * band.height
    }
    guard count > 0 else { return 1 }
    return min(max((sum / Double(count) / usualDetail).squareRoot(), 0.5), 2)
  }
  /// By how much it changes at most from a chunk to the next: half a decibel of error, which no one sees where they meet.
  private static let mostChange = 1.06
  /// Of training pictures, the geometric mean.
  private static let usualDetail = 4.8

  /// Steps of the first and the last row of a band are finer: beyond the end of a chunk the transform sees a mirror, which is a worse guess than the rows
  /// that are there, and errors there would show as a seam.
  static func edge(_ y: Int, _ band: Subbands.Band) -> Float { y == 0 || y == band.height - 1 ? 0.8 : 1 }

  /// In 1/255 of the samples' range.
  static func step(_ index: Int) -> Float { FrameParameters.steps[index] / 256 }
  /// The logarithm to base 2 of a step, as the enhancer takes it in: about 0 in the middle.
  static func level(_ index: Int) -> Float { Float(index) / 32 - 14 }
}
