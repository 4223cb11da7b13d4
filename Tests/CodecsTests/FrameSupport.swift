import Bytes
import CKernels
import Codecs
import Container
import Foundation
import Layers
import Signals
import Tensors

/// The package's folder.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Codecs to test with.
enum TestCodec {
  /// Nothing learned.
  static let empty = CodecPackage(name: "empty", weights: Safetensors(tensors: [:]))

  /// The codec of the golden files: a small enhancer, and a prior that knows nothing.
  static let tiny = try? CodecPackage.load(path: packageFolder.appending(path: "Tests/Vectors/codecs/tiny").path)

  /// The codec that is shipped.
  static let shipped = try? CodecPackage.load(path: packageFolder.appending(path: "codecs/ecg").path)

  /// An enhancer whose output layer, zero at first, is random of a size.
  static func weights(seed: UInt64, width: Int, blocks: Int, size: Float) -> Safetensors {
    var random = RandomSource(seed: seed)
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in Enhancer(width: width, blocks: blocks, random: &random).tensors { tensors["enhancer." + name] = tensor }
    if let output = tensors["enhancer.output.weight"] { tensors["enhancer.output.weight"] = random.normal(output.shape, scale: size) }
    return Safetensors(tensors: tensors)
  }
}

/// Samples made by lead and time, by name.
enum TestSamples {
  static let kinds = ["beats", "noise", "constant", "steps", "full scale", "quiet with a spike", "sums of leads"]

  /// - Parameter bits: the range that "noise" and "full scale" fill.
  static func make(_ kind: String, leads: Int, count: Int, bits: Int, period: Int = 300) -> [[Int32]] {
    var random = RandomSource(seed: UInt64(count + leads))
    let (low, high) = (Int(-1) << (bits - 1), (1 << (bits - 1)) - 1)
    func within(_ value: Int) -> Int32 { Int32(min(max(value, low), high)) }
    let size = max(1, high / 8)
    func beat(_ time: Int, _ shift: Int) -> Int {
      let phase = (time + shift) % period * 300 / period
      return (phase < 20 ? phase : phase < 40 ? 40 - phase : phase > 100 && phase < 160 ? 4 : 0) * size / 20
    }
    var result = (0..<leads).map { lead in
      (0..<count).map { time -> Int32 in
        switch kind {
        case "beats": within(beat(time, 7 * lead) / (1 + lead % 3) + random.integer(below: max(1, size / 16)) - high / 20)
        case "noise": within(low + random.integer(below: high - low + 1))
        case "constant": within(size + lead)
        case "steps": within((time / 200 * 7919 + lead) % max(2, high))
        case "full scale": (time / 50 + lead) % 2 == 0 ? Int32(low) : Int32(high)
        case "quiet with a spike": time % 2501 == 2500 ? Int32(high) : within(random.integer(below: 3))
        default: within(beat(time, 31 * lead) + random.integer(below: max(1, size / 16)))
        }
      }
    }
    if kind == "sums of leads" {
      for lead in 2..<max(2, leads) { result[lead] = zip(result[lead - 1], result[lead - 2]).map { within(Int($0 - $1)) } }
    }
    return result
  }
}

/// A file in memory.
struct HeldFile: ByteSource {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func read(atMost count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}

/// Takes what threads hand over one after the other.
final class Collector<Element> { var all: [Element] = [] }

/// Encodes a signal in memory into a file in memory.
func encodeFile(
  _ reader: any SignalReader, _ codec: CodecPackage, _ settings: EncodeSettings, chunk: Double? = nil, packet: Double? = nil,
  embedsCodec: Bool = false, jobs: Int = 1
) throws -> (bytes: [UInt8], report: EncodeReport) {
  let file = Collector<UInt8>()
  let encoder = FileEncoder(codec: codec, settings: settings, chunkSeconds: chunk, packetSeconds: packet, embedsCodec: embedsCodec, jobs: jobs)
  let report = try encoder.encode(reader, sink: { file.all += $0 })
  return (file.all, report)
}

/// Decodes a file in memory.
func decodeFile(_ bytes: [UInt8], _ codec: CodecPackage, jobs: Int = 1) throws -> (info: SignalInfo, samples: [[Int32]]) {
  var decoder = try StreamDecoder(HeldFile(bytes)) { _ in codec }
  let result = Collector<[[Int32]]>()
  _ = try decoder.decode(jobs: jobs) { result.all.append($0) }
  return (decoder.info, decoder.info.channels.indices.map { channel in result.all.flatMap { $0[channel] } })
}

extension EncodeSettings {
  init(quality: Double = 50, effort: Int = 1, entropy: EntropyChoice = .auto) {
    self.init()
    (self.quality, self.effort, self.entropy) = (quality, effort, entropy)
  }
}

/// Runs something on each SIMD path of this machine; other tests get the same results on any path.
func onEveryPath(_ body: (Int32) throws -> Void) rethrows {
  let before = ck_simd_path()
  defer { _ = ck_set_simd_path(before) }
  for path in Int32(0)...3 where ck_set_simd_path(path) != 0 { try body(path) }
}
