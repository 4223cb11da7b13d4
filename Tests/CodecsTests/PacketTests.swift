import Codecs
import Container
import Foundation
import Signals
import Testing

/// Chunks in packets: the same samples from front to back, from the index, on any number of threads, and up to a cut.
@Suite struct PacketTests {
  private let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
  private let samples = TestSamples.make("beats", leads: 2, count: 9000, bits: 12)
  private let codec = TestCodec.tiny ?? TestCodec.empty

  private func encode(_ settings: EncodeSettings, packet: Double?) throws -> (bytes: [UInt8], report: EncodeReport, pieces: Int) {
    let (file, pieces) = (Collector<UInt8>(), Collector<Int>())
    let encoder = FileEncoder(codec: codec, settings: settings, chunkSeconds: 10, packetSeconds: packet, jobs: 2)
    let report = try encoder.encode(HeldReader(samples, info)) { bytes in
      file.all += bytes
      pieces.all.append(bytes.count)
    }
    return (file.all, report, pieces.all.count)
  }

  private func decode(_ bytes: [UInt8], jobs: Int) throws -> [[Int32]] {
    let all = Collector<[[Int32]]>()
    var decoder = try StreamDecoder(SequentialBytes(BytesInMemory(bytes))) { _ in codec }
    let count = try decoder.decode(jobs: jobs) { all.all.append($0) }
    #expect(count == samples[0].count)
    return samples.indices.map { c in all.all.flatMap { $0[c] } }
  }

  private static let settings: [EncodeSettings] = {
    var lossless = EncodeSettings(effort: 1)
    lossless.bound = .lossless
    return [EncodeSettings(quality: 50, effort: 2), EncodeSettings(quality: 70, effort: 1, entropy: .zstd), EncodeSettings(quality: 20), lossless]
  }()

  @Test(arguments: settings.indices)
  func packetsDecodeTheSameEveryWay(number: Int) throws {
    let settings = PacketTests.settings[number]
    let (bytes, report, pieces) = try encode(settings, packet: 2)
    #expect(pieces > 10, "every packet is written by itself")
    let decoded = try decode(bytes, jobs: 1)
    #expect(try decode(bytes, jobs: 3) == decoded)
    let largest = zip(samples.joined(), decoded.joined()).map { abs(Int64($0) - Int64($1)) }.max()
    #expect(largest == report.distortion.maximumError)
    if settings.bound == .lossless { #expect(decoded == samples) }

    let indexed = try IndexedDecoder(try ContainerIndex(BytesInMemory(bytes)), findCodec: { _ in codec })
    for range in [0..<9000, 3500..<3700, 700..<8100] {
      let part = Collector<[[Int32]]>()
      #expect(try indexed.decode(range, jobs: 2, fillsGaps: false) { part.all.append($0) }.isEmpty)
      for c in samples.indices { #expect(part.all.flatMap { $0[c] }.elementsEqual(decoded[c][range])) }
    }
  }

  @Test func aPacketTakesUpTheMemoryOfThoseBeforeIt() throws {
    let settings = EncodeSettings(quality: 50, effort: 2, entropy: .prior)
    let separate = Collector<UInt8>()
    _ = try FileEncoder(codec: codec, settings: settings, chunkSeconds: 2, jobs: 1).encode(HeldReader(samples, info)) { separate.all += $0 }
    let (packets, whole) = (try encode(settings, packet: 2).bytes.count, try encode(settings, packet: nil).bytes.count)
    #expect(whole < packets && packets < separate.all.count, "\(whole), \(packets), \(separate.all.count)")
  }

  /// Beats and a constant, which exact samples code better, in turns: frames begin anew 16 times in a chunk, and no more.
  @Test func framesBeginAnewSoManyTimes() throws {
    let beats = TestSamples.make("beats", leads: 1, count: 4800, bits: 12)[0]
    let turns: [Int32] = (0..<4800).map { time in (time / 96).isMultiple(of: 2) ? beats[time] : 7 }
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let file = Collector<UInt8>()
    let encoder = FileEncoder(
      codec: codec, settings: EncodeSettings(quality: 60, effort: 1), chunkSeconds: 20, packetSeconds: 0.2, jobs: 1)
    let report = try encoder.encode(HeldReader([turns], info)) { file.all += $0 }
    var reader = try ContainerReader(SequentialBytes(BytesInMemory(file.all)))
    var beginnings = 0
    while let packet = try reader.next() { beginnings += packet.payload.first == 2 ? 1 : 0 }
    #expect(beginnings == 16)
    let all = Collector<[[Int32]]>()
    var decoder = try StreamDecoder(SequentialBytes(BytesInMemory(file.all))) { _ in codec }
    _ = try decoder.decode(jobs: 1) { all.all.append($0) }
    let decoded: [Int32] = all.all.flatMap { $0[0] }
    let largest: Int64? = zip(turns, decoded).map { abs(Int64($0) - Int64($1)) }.max()
    #expect(largest == report.distortion.maximumError)
  }

  @Test func whatStandsBeforeADamageIsKept() throws {
    let bytes = try encode(EncodeSettings(quality: 50, effort: 2), packet: 2).bytes
    let decoded = try decode(bytes, jobs: 1)
    let index = try ContainerIndex(BytesInMemory(bytes))
    let place = try #require(index.entries[1]).parts[2]
    var bad = bytes
    bad[place.upperBound - 20] ^= 4
    let indexed = try IndexedDecoder(try ContainerIndex(scanning: BytesInMemory(bad)), findCodec: { _ in codec })
    let part = Collector<[[Int32]]>()
    let lost = try indexed.decode(0..<9000, jobs: 1, fillsGaps: true) { part.all.append($0) }
    // Two packets of 8 frames of 96 samples precede it in its chunk.
    let gap = 3600 + 2 * 768..<7200
    #expect(lost.map(\.samples) == [gap])
    for c in samples.indices {
      let found = part.all.flatMap { $0[c] }
      let held = Array(repeating: decoded[c][gap.lowerBound - 1], count: gap.count)
      #expect(found == decoded[c][..<gap.lowerBound] + held + decoded[c][gap.upperBound...])
    }
  }
}
