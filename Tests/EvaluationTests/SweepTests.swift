import Codecs
import Evaluation
import Signals
import Testing

@Suite struct Sweeps {
  static let untrained = CodecPackage(name: "untrained", weights: .init(tensors: [:]))

  @Test func everyCoderGivesAPointForEachSetting() throws {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
    let samples: [[Int32]] = [0, 50].map { offset in
      (0..<3600).map { k -> Int32 in offset + (k % 290 < 30 ? 400 : 10 * Int32(k % 7)) }
    }
    let own = Coder.codec(Sweeps.untrained, .zstd, effort: 1, qualities: [20, 50, 80])
    let peer = Coder.peer(WaveletPeer())
    var count = 0
    let file = MeasuredFile(name: "beats", info, samples, [own, peer]) { count += $0 }
    #expect(count == file.points.count && count == 3 + peer.settings.count && file.failed.isEmpty)
    #expect(file.points.prefix(3).allSatisfy { $0.coder == own.name } && file.points.dropFirst(3).allSatisfy { $0.coder == "wavelet" })
    for point in file.points {
      #expect(point.samples == 3600 && point.leads.count == 2 && point.bytes > 0 && point.encodeSeconds > 0 && point.decodeSeconds > 0)
      #expect((point.peaks?.original ?? 0) > 0 && point.peaks?.original == file.points[0].peaks?.original)
    }
    #expect(file.curve(own).count == 3 && file.curve(own)[0].distortion > file.curve(own)[2].distortion)
    let points = file.points.filter { $0.coder == own.name }
    #expect(file.curve(own).map(\.rate) == points.map(\.bitsPerSample))
    let comparison = Comparison(own, against: [peer], [file])
    #expect(comparison.bdRates.map(\.peer) == ["wavelet"] && comparison.bdRates[0].files == 1)
    #expect((comparison.encodeSpeed ?? 0) > 0 && (comparison.decodeSpeed ?? 0) > 0)
    #expect(comparison.bdRates[0].rate == BDRate(of: file.curve(own), against: file.curve(peer)))
  }

  /// A peer that cannot do one setting, loses a sample at another, and fails on signals that begin with 13.
  struct Moody: Peer {
    let name = "moody"
    let description = "fails now and then"
    let settings = [1.0, 2, 3]

    struct Refusal: Error, CustomStringConvertible { var description: String { "no mood for it" } }

    func encode(_ samples: [[Int32]], setting: Double) throws -> [UInt8] {
      if setting == 2 || samples[0][0] == 13 { throw Refusal() }
      return [UInt8(setting)] + samples[0].map { UInt8($0 & 0xFC) }
    }

    func decode(_ bytes: [UInt8]) throws -> [[Int32]] { [bytes.dropFirst(bytes[0] == 3 ? 2 : 1).map { Int32($0) }] }
  }

  @Test func whatFailsIsNamedAndTheRestGoesOn() throws {
    let info = SignalInfo(raw: .s16le, rate: 10, channels: 1)
    let lead = (0..<100).map { Int32($0) }
    let coders = [Coder.peer(Moody()), .peer(WaveletPeer())]
    var count = 0
    let file = MeasuredFile(name: "some", info, [lead], coders) { count += $0 }
    #expect(count == 3 + coders[1].settings.count && file.points.count == count - 2)
    #expect(file.failed.map(\.coder) == ["moody", "moody"] && file.failed.map(\.setting) == [2, 3])
    #expect(file.failed[0].reason == "no mood for it" && file.failed[1].reason.contains("1 x 99 samples"))
    #expect(!file.isComplete(coders[0]) && file.isComplete(coders[1]))
    #expect(file.points.allSatisfy { $0.peaks == nil })
  }

  /// A file that one of two coders has not all points of counts in neither of the curves that are compared.
  @Test func meansGoOverTheSameFiles() {
    let info = SignalInfo(raw: .s16le, rate: 360, channels: 1)
    let (wavelet, pca, moody) = (Coder.peer(WaveletPeer()), Coder.peer(PrincipalPeer()), Coder.peer(Moody()))
    let files = [5, 13].map { seed in
      MeasuredFile(name: "\(seed)", info, [(0..<500).map { Int32(seed + $0 * seed % 97) }], [wavelet, pca, moody]) { _ in }
    }
    let comparison = Comparison(wavelet, against: [wavelet, pca, moody], files)
    #expect(comparison.bdRates.map(\.files) == [2, 2, 0] && comparison.bdRates[2].rate == nil)
    #expect(comparison.bdRates[1].rate == BDRate(of: Comparison.curve(wavelet, files), against: Comparison.curve(pca, files)))
  }
}
