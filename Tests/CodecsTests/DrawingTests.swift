import Autoencoders
import Codecs
import Codes
import Layers
import Tensors
import Testing

/// New items from variational codecs, drawn some at a time.
@Suite struct DrawingTests {
  /// The samples of a part of 64 are one draw of the autoencoder.
  @Test(arguments: VariationalCodecs.all) func partsHaveTheirOwnRandomNumbers(autoencoder: String) throws {
    let blocks = try BlockCodes(VariationalCodecs.codec(autoencoder), info: VariationalCodecs.pictures)
    let network = try #require(blocks.network as? any GenerativeAutoencoder)
    let drawn = DecodedCodes.drawn(network, blocks, count: 100, seed: 9, means: false)
    var (codes, numbers) = ([Float](), [Float]())
    for (part, count) in [64, 36].enumerated() {
      var own = RandomSource(seed: 9).stream(UInt64(part))
      let some = network.drawCodes(count: count, random: &own)
      codes += some.values
      numbers += network.drawSamples(codes: some, random: &own).values
    }
    #expect(drawn.codes.values == codes && drawn.numbers.values == numbers)
  }

  /// 256 units for each of 8192 samples: so many blocks as 64 do not pass together.
  @Test func wideAutoencodersDrawFewAtATime() throws {
    let wide = """
      {"kind": "variational", "block": [1, 8192], "body": {"kind": "dense", "layers": [2]}, "latents": 2, "likelihood": "logistic",
       "context": {"radius": 1, "units": 256, "features": 1}}
      """
    let blocks = try BlockCodes(VariationalCodecs.codec(wide), info: VariationalCodecs.pictures)
    let network = NotingNetwork(blocks)
    let drawn = DecodedCodes.drawn(network, blocks, count: 70, seed: 9, means: false)
    #expect(network.counts == [32, 32, 6] && drawn.codes.shape == [70, 2] && drawn.numbers.shape == [70, 8192])
    // Every block is that of its code.
    #expect((0..<70).allSatisfy { drawn.numbers[$0, 8191] == drawn.codes[$0, 0] })
  }
}

/// Draws blocks that are the first number of their code all over, and notes how many at a time.
private final class NotingNetwork: GenerativeAutoencoder {
  let blockShape: [Int]
  let codeShape: [Int]
  private(set) var counts: [Int] = []

  init(_ blocks: BlockCodes) { (blockShape, codeShape) = (blocks.blockShape, blocks.codeShape) }

  func encode(_ x: Variable) -> Variable { x }
  func decode(_ codes: Variable) -> Variable { codes }
  func drawCodes(count: Int, random: inout RandomSource) -> Tensor { random.normal([1, count, codeSize]) }
  func drawSamples(codes: Tensor, random: inout RandomSource) -> Tensor {
    counts.append(codes.shape[1])
    let (size, values) = (blockSize, codes.values)
    return Tensor((0..<codes.shape[1] * size).map { values[$0 / size * codeSize] }, shape: [1, codes.shape[1], size])
  }
}
