// Prints `name milliseconds` for each measurement, the best of many runs. Arguments: number of threads, seconds per measurement.
// `run` beside this file sets it against PyTorch.
import Autoencoders
import Layers
import Tensors

Threads.jobs = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1 : 1
let patience = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 1 : 1
let clock = ContinuousClock()

func measure(_ name: String, _ body: () -> Void) {
  body()
  let start = clock.now
  var best = Duration.seconds(1000)
  repeat { best = min(best, clock.measure(body)) } while clock.now - start < .seconds(patience)
  print(name, Double(best.components.attoseconds) * 1e-15 + Double(best.components.seconds) * 1e3)
}

var random = RandomSource(seed: 1)

let (a, b) = (Variable(random.normal([768, 1024])), Variable(random.normal([1024, 1024])))
measure("matmul-768x1024x1024") { _ = matmul(a, b) }

/// The residual blocks of the ECG enhancer at full rate: 32 channels, kernels of 7.
struct Net: Layer {
  var blocks: [[Conv1d]] = []
  init(random: inout RandomSource) {
    for _ in 0..<4 {
      blocks.append((0..<2).map { _ in Conv1d(inputChannels: 32, outputChannels: 32, kernelSize: 7, padding: 3, random: &random) })
    }
  }
  func callAsFunction(_ x: Variable) -> Variable { blocks.reduce(x) { h, block in h + block[1](block[0](h).silu()) } }
}
let net = Net(random: &random)
let single = net.blocks[0][0]
for batch in [1, 8] {
  let x = random.normal([batch, 32, 8192])
  measure("conv-32-7-batch\(batch)-forward") { _ = single(Variable(x)) }
  measure("conv-32-7-batch\(batch)-both") {
    let tape = Tape()
    single(tape.variable(x)).sum().backward()
  }
  measure("net-batch\(batch)-forward") { _ = net(Variable(x)) }
  measure("net-batch\(batch)-both") {
    let tape = Tape()
    net(tape.constant(x)).squared().mean().backward()
  }
}

let prior = Prior(random: &random)
let adam = Adam(prior.namedParameters)
let codes = Tensor(
  random.normal([48, 64, 64], scale: 3).values.enumerated().map { i, x in (x / Float(1 + i % 64 / 4)).rounded() }, shape: [48, 64, 64])
let signs = Tensor(codes.values.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }, shape: codes.shape)
let z = (Variable(signs) * (Variable(codes).abs() + 1).log()).value
let levels = (0..<48).map { $0 % 6 }
measure("gru-prior-training-step") {
  let tape = Tape()
  prior(q: tape.constant(codes), z: tape.constant(z), levels: levels).backward()
  adam.clipGradients(norm: 1)
  adam.step(learningRate: 1e-3)
}

// The network of the codec of pictures on a picture of Kodak's.
let enhancer = PlaneEnhancer(width: 32, blocks: 4, random: &random)
let (width, height) = (768, 512)
var planes = (0..<PlaneEnhancer.planes).map { _ in random.normal([width * height], scale: 50).values }
measure("picture-enhancer-768x512") { enhancer.correct(&planes, width: width, height: height, step: 8, level: 0) }
