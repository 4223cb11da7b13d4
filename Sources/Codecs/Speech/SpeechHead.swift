import Autoencoders
import Bytes

/// What a chunk of speech says before its symbols (docs/PAYLOADS.md, section 12).
package struct SpeechHead: Equatable {
  /// Of the quality, 0 ... 112: sixteenths of a level.
  var quality: Int
  /// How many groups of symbols are coded; those of the others are zero.
  var groups: Int
  /// In their order.
  package var channels: [Channel]

  /// What is said of a channel.
  package enum Channel: Equatable {
    /// All samples are zero.
    case silent
    /// - Parameters:
    ///   - gain: by how much the signal was made louder, in dB.
    ///   - edges: what the first and the last sample lack, in 1/128 of full scale, as loud as it was made.
    case coded(gain: Int, edges: [Int])
  }

  static let qualitiesPerLevel = 16
  static let qualities = 0...(SpeechShape.levels - 1) * qualitiesPerLevel
  static let gains = -60...90
  static let edges = -127...127

  /// 0 ... levels - 1
  var level: Float { Float(quality) / Float(SpeechHead.qualitiesPerLevel) }

  /// The index of a quality, 0 ... 112; one beyond 0 ... 100 counts as the nearer end.
  package static func index(quality: Double) -> Int {
    Int((min(max(quality, 0), 100) / 100 * Double(qualities.upperBound)).rounded())
  }

  /// Writes it, two bytes and one to four for each channel.
  package func write(to writer: inout ByteWriter) {
    writer.append(UInt8(quality))
    writer.append(UInt8(groups))
    for channel in channels {
      switch channel {
      case .silent: writer.append(0)
      case .coded(let gain, let edges):
        writer.append(edges.allSatisfy { $0 == 0 } ? 1 : 2)
        writer.append(UInt8(gain - SpeechHead.gains.lowerBound))
        if edges.contains(where: { $0 != 0 }) { for edge in edges { writer.append(UInt8(bitPattern: Int8(edge))) } }
      }
    }
  }

  /// A head of such fields, which must be legal.
  package init(quality: Int, groups: Int, channels: [Channel]) {
    (self.quality, self.groups, self.channels) = (quality, groups, channels)
  }

  /// Reads what `write(to:)` wrote.
  /// - Parameter count: the signal's channels.
  /// - Throws: `BytesError` where the bytes end early, `CodecError.malformed` where a field is not legal.
  package init(from reader: inout ByteReader, channels count: Int) throws {
    quality = Int(try reader.byte())
    groups = Int(try reader.byte())
    guard SpeechHead.qualities.contains(quality), (SpeechShape.headGroups...SpeechShape.groups.count).contains(groups) else {
      throw CodecError.malformed("a chunk of speech has a quality or a width that cannot be")
    }
    channels = []
    for _ in 0..<count {
      let kind = try reader.byte()
      guard kind > 0 else {
        channels.append(.silent)
        continue
      }
      let gain = Int(try reader.byte()) + SpeechHead.gains.lowerBound
      let edges = kind == 2 ? [Int(Int8(bitPattern: try reader.byte())), Int(Int8(bitPattern: try reader.byte()))] : [0, 0]
      guard kind <= 2, SpeechHead.gains.contains(gain), edges.allSatisfy(SpeechHead.edges.contains), kind == 1 || edges != [0, 0] else {
        throw CodecError.malformed("a channel of speech has a kind, a gain or edges that cannot be")
      }
      channels.append(.coded(gain: gain, edges: edges))
    }
  }
}
