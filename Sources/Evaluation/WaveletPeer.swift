import Bytes
import Entropy

/// The classical peer: CDF 9/7 wavelet, a quantiser with a dead zone, zstd; each lead in one go.
///
/// A lead is a `LeadHeader` and the codes, band after band from the coarsest.
public struct WaveletPeer: Peer {
  public let name = "wavelet"
  public let description =
    "CDF 9/7, 6 levels, symmetric extension; dead zone 0.62, rounding by 0.08 towards zero; one byte a code, zstd \(Zstd.libraryVersion) level 19, "
    + "one frame a lead; samples only, no header"
  public let settings = PeerCodes.settings

  private static let levels = 6

  public init() {}

  public func encode(_ samples: [[Int32]], setting: Double) -> [UInt8] { PeerCodes.file(samples, setting: setting, WaveletPeer.encode) }

  public func decode(_ bytes: [UInt8]) throws -> [[Int32]] { try PeerCodes.leads(bytes, WaveletPeer.decodeLead) }

  /// One lead with a quantiser's step in steps of the converter.
  public func encode(lead: [Int32], step: Double) -> [UInt8] {
    var writer = ByteWriter()
    WaveletPeer.encode(lead, LeadHeader(lead, step: step), into: &writer)
    return writer.bytes
  }

  private static func encode(_ lead: [Int32], _ header: LeadHeader, into writer: inout ByteWriter) {
    let bands = WaveletTransform.analyse(lead.map { Double(Int64($0) - header.level) }, levels: levels)
    header.write(to: &writer)
    writer.append(counted: PeerCodes.packed(bands.joined().map { PeerCodes.quantised($0, step: Double(header.step)) }))
  }

  private static func decodeLead(_ reader: inout ByteReader) throws -> [Int32] {
    let header = try LeadHeader(from: &reader)
    let codes = try PeerCodes.unpacked(try reader.counted(atMost: reader.remaining, "a frame"), count: header.count)
    var start = 0
    let bands = WaveletTransform.lengths(header.count, levels: levels).map { length in
      defer { start += length }
      return codes[start..<start + length].map { Double($0) * Double(header.step) }
    }
    return header.samples(WaveletTransform.synthesise(bands))
  }
}
