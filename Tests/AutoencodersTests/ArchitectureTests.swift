import Autoencoders
import Bytes
import Layers
import Tensors
import Testing

/// What holds for every kind of autoencoder.
@Suite(.serialized) struct ArchitectureTests {
  @Test(arguments: Example.all) func extentsAndNamesAreThoseThatTheConfigurationTells(_ example: Example) throws {
    let configuration = try configuration(example.text)
    let autoencoder = try example.make()
    #expect(autoencoder.tensors.mapValues(\.shape) == configuration.expectedShapes)
    #expect(autoencoder.namedParameters.count == configuration.expectedShapes.count, "no name twice")
    #expect(configuration.parameterCount == autoencoder.tensors.values.reduce(0) { $0 + $1.count })
    #expect(autoencoder.blockShape == configuration.block && autoencoder.codeShape == configuration.codeShape)
    let codes = autoencoder.encode(Variable(numbers([2, 3, autoencoder.blockSize])))
    #expect(codes.shape == [2, 3, autoencoder.codeSize])
    #expect(autoencoder.decode(codes).shape == [2, 3, autoencoder.blockSize])
  }

  @Test(arguments: Example.all) func aConfigurationIsWrittenAsItIsRead(_ example: Example) throws {
    let json = try configuration(example.text).json
    let again = try AutoencoderConfiguration(try JSONParser.parse(Array(json.lines.utf8)))
    let shapes = try configuration(example.text).expectedShapes
    #expect(again.json == json && again.expectedShapes == shapes)
  }

  @Test(arguments: Example.all) func gradientsAreThoseOfFiniteDifferences(_ example: Example) throws {
    let autoencoder = try example.make()
    let x = numbers([2, 2, autoencoder.blockSize])
    func loss(_ x: Variable) -> Variable {
      let error = (autoencoder.decode(autoencoder.encode(x)) - x).squared()
      guard let filling = autoencoder as? any PatchFilling else { return error }
      // What stands for hidden patches takes part as well.
      let blocks = x.reshaped([4, -1])
      return error + (filling.fill(blocks, visible: [[0, 2], [1, 3], [2, 3], [0, 1]]) - blocks).squared().reshaped(x.shape)
    }
    loss(Tape().constant(x)).sum().backward()
    let step: Float = 0x1p-8
    var compared = 0
    for (name, parameter) in autoencoder.namedParameters.map({ ($0.name, $0.parameter) }) {
      let gradient = try #require(parameter.gradient, "\(name) has no gradient")
      for i in stride(from: 0, to: gradient.count, by: 1 + gradient.count / 12) {
        func moved(_ by: Float) -> Double {
          let before = parameter.value
          defer { parameter.value = before }
          parameter.value.withMutableValues { $0[i] += by }
          return loss(Variable(x)).value.values.reduce(0) { $0 + Double($1) }
        }
        let (coarse, fine) = ((moved(2 * step) - moved(-2 * step)) / Double(4 * step), (moved(step) - moved(-step)) / Double(2 * step))
        // Where a kink lies between, the slope depends on the step: there is no gradient to compare with.
        guard abs(coarse - fine) < 0.002 * (1 + abs(fine)) else { continue }
        let found = Double(gradient.values[i])
        #expect(abs(found - fine) < 0.004 * (1 + abs(found)), "\(name), element \(i)")
        compared += 1
      }
    }
    #expect(compared > 20)
  }

  /// Bits must not depend on what is worked on beside a sequence, nor, where blocks are seen alone, beside a block.
  @Test(arguments: Example.all) func aSequenceAmongOthersHasTheBitsOfOneAlone(_ example: Example) throws {
    let autoencoder = try example.make()
    let (size, sequences, blocks) = (autoencoder.blockSize, 3, 4)
    let x = numbers([sequences, blocks, size])
    let codes = autoencoder.encode(Variable(x)).value
    let decoded = autoencoder.decode(Variable(codes)).value
    for s in 0..<sequences {
      let one = Variable(x).slice(s..<s + 1, axis: 0)
      #expect(autoencoder.encode(one).value == Variable(codes).slice(s..<s + 1, axis: 0).value)
      #expect(autoencoder.decode(Variable(codes).slice(s..<s + 1, axis: 0)).value == Variable(decoded).slice(s..<s + 1, axis: 0).value)
    }
    guard !example.text.contains("frames") else {
      // The decoder is causal: its first blocks do not depend on later ones.
      let first = autoencoder.decode(Variable(codes).slice(0..<2, axis: 1)).value
      #expect(first == Variable(decoded).slice(0..<2, axis: 1).value)
      return
    }
    for b in 0..<blocks {
      let one = Variable(codes).slice(b..<b + 1, axis: 1)
      #expect(autoencoder.decode(one).value == Variable(decoded).slice(b..<b + 1, axis: 1).value)
      #expect(autoencoder.encode(Variable(x).slice(b..<b + 1, axis: 1)).value == one.value)
    }
  }

  @Test(arguments: Example.all) func everyPathAndNumberOfThreadsGivesTheSameBits(_ example: Example) throws {
    let (path, jobs) = (SIMDPath.current, Threads.jobs)
    defer {
      _ = path.use()
      Threads.jobs = jobs
    }
    let autoencoder = try example.make()
    let x = Variable(numbers([2, 3, autoencoder.blockSize]))
    #expect(SIMDPath.scalar.use())
    Threads.jobs = 1
    let codes = autoencoder.encode(x)
    let decoded = autoencoder.decode(codes).value
    for path in SIMDPath.allCases where path.use() {
      for jobs in [1, 3] {
        Threads.jobs = jobs
        #expect(autoencoder.encode(x).value == codes.value && autoencoder.decode(codes).value == decoded, "\(path), \(jobs) threads")
      }
    }
  }

  @Test(arguments: Example.all) func trainingLowersTheError(_ example: Example) throws {
    var random = RandomSource(seed: 9)
    let autoencoder = try configuration(example.text).make(random: &random)
    let x = numbers([4, 2, autoencoder.blockSize])
    let adam = Adam(autoencoder.namedParameters)
    var errors: [Float] = []
    for _ in 0..<150 {
      let tape = Tape()
      let input = tape.constant(x)
      let loss = autoencoder.decode(autoencoder.encode(input)).squaredError(input)
      errors.append(loss.value.scalar)
      loss.backward()
      adam.step(learningRate: 0.01)
    }
    #expect(errors[149] < 0.7 * errors[0], "\(errors[0]) to \(errors[149])")
  }
}
