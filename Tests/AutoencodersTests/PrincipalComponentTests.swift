import Autoencoders
import Layers
import Tensors
import Testing

@Suite struct PrincipalComponentTests {
  /// Samples of `size` numbers about a mean of their own; their deviation falls by 3/4 from one of some orthonormal directions to the next.
  private static func samples(_ count: Int, size: Int) -> Tensor {
    var random = RandomSource(seed: 12)
    let directions = Eigenvectors.of((0..<size * size).map { Double(($0 / size + 1) * ($0 % size + 1) % 7) }, size: size).map(\.vector)
    var deviation: Float = 1
    let mixing = directions.flatMap { direction -> [Float] in
      deviation *= 0.75
      return direction.map { Float($0) * deviation }
    }
    let mean = random.uniform([size], in: 0.2..<0.6)
    return (matmul(Variable(random.normal([count, size])), Variable(Tensor(mixing, shape: [size, size]))) + Variable(mean)).value
  }

  private static func error(_ autoencoder: LinearAutoencoder, _ x: Tensor) -> Double {
    let x = Variable(x)
    return Double(autoencoder.decode(autoencoder.encode(x)).squaredError(x).value.scalar) * Double(autoencoder.blockSize)
  }

  /// The cosine of the largest angle between the spans of the columns of `a` and the rows of `b`.
  private static func agreement(_ a: Tensor, _ b: Tensor) -> Double {
    let (size, count) = (a.shape[0], a.shape[1])
    var first = (0..<count).map { k in (0..<size).map { Double(a[$0, k]) } }
    var second = (0..<count).map { k in (0..<size).map { Double(b[k, $0]) } }
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    func orthonormal(_ rows: inout [[Double]]) {
      for k in rows.indices {
        for j in 0..<k {
          let along = dot(rows[k], rows[j])
          for i in 0..<size { rows[k][i] -= along * rows[j][i] }
        }
        let length = dot(rows[k], rows[k]).squareRoot()
        for i in 0..<size { rows[k][i] /= length }
      }
    }
    orthonormal(&first)
    orthonormal(&second)
    // Singular values of the product are the cosines of the principal angles (Björck and Golub 1973).
    let product = first.map { x in second.map { dot(x, $0) } }
    let gram = (0..<count * count).map { index in dot(product[index / count], product[index % count]) }
    return (Eigenvectors.of(gram, size: count).last?.value ?? 0).squareRoot()
  }

  /// The linear autoencoder trained by gradient finds the closed form's subspace: principal angles below 1 degree.
  @Test func gradientAndClosedFormSpanTheSameSubspace() throws {
    let (size, code) = (8, 3)
    let x = PrincipalComponentTests.samples(400, size: size)
    let closed = try LinearAutoencoder.principalComponents(of: x, codeSize: code)
    var random = RandomSource(seed: 2)
    let trained = LinearAutoencoder(block: [1, size], codeSize: code, random: &random)
    let adam = Adam(trained.namedParameters)
    let schedule = Schedule(peak: 0.02, warmUp: 10, total: 3000, floor: 0.001)
    for step in 0..<3000 {
      let tape = Tape()
      let input = tape.constant(x)
      trained.decode(trained.encode(input)).squaredError(input).backward()
      adam.step(learningRate: schedule.rate(at: step))
    }
    let cosine = 0.999_847_695  // of 1 degree
    #expect(PrincipalComponentTests.agreement(closed.encoder.weight.value, trained.decoder.weight.value) > cosine)
    #expect(PrincipalComponentTests.agreement(trained.encoder.weight.value, closed.decoder.weight.value) > cosine)
    let (least, found) = (PrincipalComponentTests.error(closed, x), PrincipalComponentTests.error(trained, x))
    #expect(found >= 0.999 * least && found < 1.01 * least)
  }

  /// The error is the sum of the variances left out, and nothing with all components.
  @Test func errorsAreTheVariancesLeftOut() throws {
    let size = 12
    let x = PrincipalComponentTests.samples(300, size: size)
    let whole = try LinearAutoencoder.principalComponents(of: x, codeSize: size)
    let codes = whole.encode(Variable(x)).value
    let variances = (0..<size).map { k in (0..<300).reduce(0.0) { $0 + Double(codes[$1, k]) * Double(codes[$1, k]) } / 300 }
    #expect(zip(variances, variances.dropFirst()).allSatisfy { $0 >= $1 }, "largest first")
    for code in [1, 4, 11, 12] {
      let part = try LinearAutoencoder.principalComponents(of: x, codeSize: code)
      let left = variances[code...].reduce(0, +)
      #expect(abs(PrincipalComponentTests.error(part, x) - left) < 1e-4 * variances[0], "\(code) components")
    }
  }

  @Test func fewerSamplesThanNumbersAreEnough() throws {
    let x = PrincipalComponentTests.samples(5, size: 16)
    let autoencoder = try LinearAutoencoder.principalComponents(of: x, block: [1, 4, 4], codeSize: 16)
    #expect(PrincipalComponentTests.error(autoencoder, x) < 1e-6 && autoencoder.blockShape == [1, 4, 4])
    let same = Tensor(repeating: 2, shape: [3, 4])
    #expect(PrincipalComponentTests.error(try LinearAutoencoder.principalComponents(of: same, codeSize: 1), same) == 0)
  }

  @Test func samplesThatCannotBeLearnedFromAreRefused() {
    #expect(throws: AutoencoderError.self) { try LinearAutoencoder.principalComponents(of: Tensor(zeros: [0, 4]), codeSize: 1) }
    #expect(throws: AutoencoderError.self) { try LinearAutoencoder.principalComponents(of: Tensor([1, .nan], shape: [1, 2]), codeSize: 1) }
  }
}
