import Bytes
import Tensors

/// Principal components of fixed windows, the best linear autoencoder there is for a lead: each lead is cut into windows of 128 samples, the eigenvectors of
/// their covariance are found and written into the file, and each window becomes the codes of its components.
///
/// A lead is a `LeadHeader`, the number of components (varint), their vectors (128 bytes each, in units of 1/127 of the largest number, which is a
/// Float32 before them), and the codes, component after component.
public struct PrincipalPeer: Peer {
  public let name = "pca"
  public let description =
    "principal components of windows of 128 samples, found for each lead and stored with 8 bits a number; quantiser and entropy stage of the wavelet; "
    + "samples only, no header"
  public let settings = PeerCodes.settings

  private static let window = 128

  public init() {}

  public func encode(_ samples: [[Int32]], setting: Double) -> [UInt8] { PeerCodes.file(samples, setting: setting, PrincipalPeer.encode) }

  public func decode(_ bytes: [UInt8]) throws -> [[Int32]] { try PeerCodes.leads(bytes, PrincipalPeer.decodeLead) }

  private static func encode(_ lead: [Int32], _ header: LeadHeader, into writer: inout ByteWriter) {
    let windows = (lead.count + window - 1) / window
    let signal = (0..<windows * window).map { Double(lead[min($0, lead.count - 1)]) - Double(header.level) }
    // A component all of whose coefficients would fall into the dead zone is worth no bytes.
    let smallest = Double(header.step) * Double(header.step) / 16
    var vectors: [[Double]] = []
    if windows > 0 {
      let found = Eigenvectors.of(covariance(signal), size: window).prefix { $0.value > smallest }
      vectors = found.map(\.vector)
    }
    // The vectors that the decoder has, and coefficients for those.
    let peak = Float(vectors.joined().reduce(0) { max($0, abs($1)) })
    let stored = vectors.map { $0.map { Int8(($0 / Double(peak) * 127).rounded()) } }
    header.write(to: &writer)
    writer.append(varint: UInt64(stored.count))
    writer.append(littleEndian: peak.bitPattern)
    let codes = stored.flatMap { numbers -> [Int32] in
      let vector = numbers.map { Double($0) * Double(peak) / 127 }
      let energy = vector.reduce(0) { $0 + $1 * $1 }
      return (0..<windows).map { w in
        var sum = 0.0
        for k in 0..<window { sum += signal[w * window + k] * vector[k] }
        return PeerCodes.quantised(sum / energy, step: Double(header.step))
      }
    }
    for numbers in stored { writer.append(contentsOf: numbers.map { UInt8(bitPattern: $0) }) }
    writer.append(counted: PeerCodes.packed(codes))
  }

  /// Of the windows of a signal, about zero; row-major.
  private static func covariance(_ signal: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: window * window)
    sums.withUnsafeMutableBufferPointer { sums in
      signal.withUnsafeBufferPointer { signal in
        for start in stride(from: 0, to: signal.count, by: window) {
          for row in 0..<window {
            let value = signal[start + row]
            for column in 0..<window { sums[row * window + column] += value * signal[start + column] }
          }
        }
      }
    }
    return sums.map { $0 * Double(window) / Double(signal.count) }
  }

  private static func decodeLead(_ reader: inout ByteReader) throws -> [Int32] {
    let header = try LeadHeader(from: &reader)
    let components = try reader.varint(atMost: window, "the number of components")
    let scale = Double(Float(bitPattern: try reader.littleEndian(UInt32.self))) / 127
    let vectors = try (0..<components).map { _ in try reader.take(window).map { Double(Int8(bitPattern: $0)) * scale } }
    let windows = (header.count + window - 1) / window
    let codes = try PeerCodes.unpacked(try reader.counted(atMost: reader.remaining, "a frame"), count: components * windows)
    var signal = [Double](repeating: 0, count: windows * window)
    for (c, vector) in vectors.enumerated() {
      for w in 0..<windows {
        let value = Double(codes[c * windows + w]) * Double(header.step)
        guard value != 0 else { continue }
        for k in 0..<window { signal[w * window + k] += value * vector[k] }
      }
    }
    return header.samples(signal[..<header.count])
  }
}
