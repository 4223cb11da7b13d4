import Autoencoders
import Bytes

/// What a chunk of speech says before its symbols.
package struct SpeechHead: Equatable {
  /// Of the quality, 0 ... 112: sixteenths of a level.
  var quality: Int
  /// How many groups of symbols are coded; those of the others are zero.
  var groups: Int
  /// By how much the signal was made louder, in dB.
  var gain: Int
  var channels: [Channel]

  package enum Channel: Equatable {
    /// All samples are zero.
    case silent
    /// - Parameter edges: what the first and the last sample lack, in 1/512 of full scale.
    case coded(edges: [Int])
  }

  static let qualitiesPerLevel = 16
  static let qualities = 0...(SpeechShape.levels - 1) * qualitiesPerLevel
  static let gains = -60...90
  static let edges = -127...127

  /// 0 ... levels - 1
  var level: Float { Float(quality) / Float(SpeechHead.qualitiesPerLevel) }

  /// The index of a quality from 0 to 100.
  package static func index(quality: Double) -> Int {
    Int((min(max(quality, 0), 100) / 100 * Double(qualities.upperBound)).rounded())
  }

  package func write(to writer: inout ByteWriter) {
    writer.append(UInt8(quality))
    writer.append(UInt8(groups))
    writer.append(UInt8(gain - SpeechHead.gains.lowerBound))
    for channel in channels {
      switch channel {
      case .silent: writer.append(0)
      case .coded(let edges):
        writer.append(edges.allSatisfy { $0 == 0 } ? 1 : 2)
        if edges.contains(where: { $0 != 0 }) { for edge in edges { writer.append(UInt8(bitPattern: Int8(edge))) } }
      }
    }
  }

  package init(quality: Int, groups: Int, gain: Int, channels: [Channel]) {
    (self.quality, self.groups, self.gain, self.channels) = (quality, groups, gain, channels)
  }

  /// - Throws: `BytesError`, `CodecError.malformed`.
  package init(from reader: inout ByteReader, channels count: Int) throws {
    quality = Int(try reader.byte())
    groups = Int(try reader.byte())
    gain = Int(try reader.byte()) + SpeechHead.gains.lowerBound
    guard SpeechHead.qualities.contains(quality), (SpeechShape.headGroups...SpeechShape.groups.count).contains(groups),
      SpeechHead.gains.contains(gain)
    else { throw CodecError.malformed("a chunk of speech has a quality, a width or a gain that cannot be") }
    channels = []
    for _ in 0..<count {
      switch try reader.byte() {
      case 0: channels.append(.silent)
      case 1: channels.append(.coded(edges: [0, 0]))
      case 2:
        let edges = [Int(Int8(bitPattern: try reader.byte())), Int(Int8(bitPattern: try reader.byte()))]
        guard edges.allSatisfy(SpeechHead.edges.contains), edges != [0, 0] else {
          throw CodecError.malformed("a chunk of speech has edges that cannot be")
        }
        channels.append(.coded(edges: edges))
      default: throw CodecError.malformed("a channel of speech is neither silent nor coded")
      }
    }
  }
}
