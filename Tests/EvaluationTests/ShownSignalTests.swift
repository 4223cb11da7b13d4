import Bytes
import CZlib
import Codecs
import Evaluation
import Signals
import Testing

@Suite struct ShownSignals {
  /// Gives back what it was told to.
  private struct Told: Peer {
    let decoded: [[Int32]]
    let name = "told"
    let description = "for tests"
    let settings = [1.0]
    func encode(_ samples: [[Int32]], setting: Double) -> [UInt8] { [] }
    func decode(_ bytes: [UInt8]) -> [[Int32]] { decoded }
  }

  private let rate = 100.0

  private func wave(_ count: Int, leads: Int) -> [[Int32]] {
    (0..<leads).map { lead -> [Int32] in
      let (step, size) = (7 * (lead + 3), lead % 2 == 0 ? 1 : 10)
      return (0..<count).map { k -> Int32 in Int32(size * (k * step % 201 - 100)) }
    }
  }

  private func shown(_ samples: [[Int32]], _ decoded: [[Int32]], atMost values: Int = 1 << 20) throws -> ShownSignal {
    let info = SignalInfo(raw: .s16le, rate: rate, channels: samples.count)
    return try ShownSignal(samples, info, .peer(Told(decoded: decoded)), setting: 1, atMost: values)
  }

  /// Original and decoded samples of a packed lead.
  private func unpacked(_ stream: [UInt8], count: Int) throws -> (original: [Int32], decoded: [Int32]) {
    var bytes = [UInt8](repeating: 0, count: 10 * count)
    var length = UInt(bytes.count)
    try #require(uncompress(&bytes, &length, stream, UInt(stream.count)) == Z_OK)
    var reader = ByteReader(Array(bytes.prefix(Int(length))))
    var (original, last) = ([Int32](), Int64(0))
    for _ in 0..<count {
      last += try reader.signedVarint()
      original.append(Int32(last))
    }
    let decoded = try original.map { Int32(Int64($0) + (try reader.signedVarint())) }
    #expect(reader.remaining == 0)
    return (original, decoded)
  }

  @Test func theSamplesComeBack() throws {
    let samples = [[0, .max, .min, 7, -1], [1, 2, 3, 4, 5]] as [[Int32]]
    let decoded = [[.max, .min, .max, 7, 0], [1, 2, 4, 4, 5]] as [[Int32]]
    let signal = try shown(samples, decoded)
    #expect(signal.parts.map(\.samples) == [0..<5] && signal.leads == [0, 1])
    for lead in 0..<2 {
      let back = try unpacked(signal.parts[0].packed[lead], count: 5)
      #expect(back.original == samples[lead] && back.decoded == decoded[lead])
    }
  }

  @Test func theWorstStretchIsTheOneWithTheLargestErrorForItsLead() throws {
    let samples = wave(5000, leads: 2)
    var decoded = samples
    // The second lead is ten times as large: an error of 60 is less there than one of 20 in the first.
    for k in 1000..<1200 { decoded[1][k] += 60 }
    for k in 3000..<3200 { decoded[0][k] += 20 }
    let worst = try #require(try shown(samples, decoded).worst)
    #expect(worst.lead == 0 && worst.samples == 3000..<3200)
    // Deviation of numbers spread evenly over -100 to 100.
    #expect(abs(worst.relativeError - 20 / 58.0) < 0.01)
  }

  @Test func longSignalsAreCutButForTheWorstStretch() throws {
    let samples = wave(9000, leads: 12)
    var decoded = samples
    for k in 7000..<7010 { decoded[11][k] += 90 }
    let signal = try shown(samples, decoded, atMost: 3000)
    #expect(signal.leads == [0, 1, 11], "the one with the worst stretch is there")
    #expect(signal.parts.count == 2 && signal.parts[0].samples == 0..<1000)
    let worst = try #require(signal.worst)
    #expect(worst.lead == 11 && worst.samples.clamped(to: 7000..<7010) == 7000..<7010 && worst.samples.count == 200)
    #expect(signal.parts[1].samples == worst.samples.lowerBound - 400..<worst.samples.upperBound + 400)
    for part in signal.parts {
      let back = try unpacked(part.packed[2], count: part.samples.count)
      #expect(back.original == Array(samples[11][part.samples]) && back.decoded == Array(decoded[11][part.samples]))
    }
  }

  @Test func whatSurroundsTheWorstStretchJoinsTheBeginning() throws {
    let samples = wave(5000, leads: 1)
    var decoded = samples
    for k in 1200..<1210 { decoded[0][k] += 50 }
    let signal = try shown(samples, decoded, atMost: 1000)
    let worst = try #require(signal.worst)
    #expect(signal.parts.map(\.samples) == [0..<worst.samples.upperBound + 400])
  }

  @Test func withoutErrorNothingIsWorst() throws {
    let samples = wave(400, leads: 1)
    #expect(try shown(samples, samples).worst == nil)
    #expect(try shown([[5, 5, 5]], [[5, 6, 5]]).worst == nil, "a lead that does not move has no scale")
  }

  @Test func anotherLengthIsAnError() {
    #expect(throws: CodecError.self) { try shown([[1, 2, 3]], [[1, 2]]) }
  }
}
