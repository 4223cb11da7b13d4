import Bytes
import Codecs
import Signals

/// The beginning of a sound, and what coders made of it, as WAV.
public struct ShownSound: Sendable {
  /// What a coder made of it at a setting.
  public struct Version: Sendable {
    public let coder: String
    public let setting: Double
    public let wave: [UInt8]
  }

  /// Samples of each channel that are heard.
  public let samples: Range<Int>
  public let original: [UInt8]
  public let versions: [Version]

  /// Channels that are heard at most: more would be mixed by what plays them.
  public static let mostChannels = 2

  /// Nil for what is no sound.
  ///
  /// Of the first coder each quality is heard; of others that lose something, the settings whose files come nearest to those in size.
  /// - Parameters:
  ///   - samples: channels × samples, of one length.
  ///   - file: the same signal, measured.
  ///   - atMost: bytes of all versions together.
  public init?(_ samples: [[Int32]], _ info: SignalInfo, _ file: MeasuredFile, _ coders: [Coder], qualities: [Double], atMost bytes: Int) {
    guard SoundMeter.takes(info), let first = coders.first else { return nil }
    let choices = ShownChoice.settings(of: coders, first: first, file, qualities)
    let channels = min(info.channels.count, ShownSound.mostChannels)
    let length = min(samples[0].count, max(1, bytes / (2 * channels * (choices.count + 1))))
    self.samples = 0..<length
    func wave(_ signal: [[Int32]]) -> [UInt8] {
      WaveFile.bytes(signal.prefix(channels).map { $0[..<length] }, bits: info.bitDepth(0), rate: Int(info.rate))
    }
    original = wave(samples)
    versions = choices.compactMap { coder, setting in
      // What fails here has failed among the points and is told there.
      guard let files = try? coder.encode(samples, info, setting: setting, isAlone: false).value,
        let decoded = try? coder.decode(files, like: samples, info, isAlone: false).value, decoded.map(\.count) == samples.map(\.count)
      else { return nil }
      return Version(coder: coder.name, setting: setting, wave: wave(decoded))
    }
  }
}

/// Sound in a file that all browsers play.
package enum WaveFile {
  /// 16 bits a sample, rounded.
  /// - Parameters:
  ///   - samples: channels × samples, of one length.
  ///   - bits: that they have.
  package static func bytes(_ samples: [ArraySlice<Int32>], bits: Int, rate: Int) -> [UInt8] {
    let (channels, count) = (samples.count, samples[0].count)
    var writer = ByteWriter()
    func text(_ text: String) { writer.append(contentsOf: text.utf8) }
    text("RIFF")
    writer.append(littleEndian: UInt32(36 + 2 * channels * count))
    text("WAVEfmt ")
    writer.append(littleEndian: UInt32(16))
    writer.append(littleEndian: UInt16(1))
    writer.append(littleEndian: UInt16(channels))
    writer.append(littleEndian: UInt32(rate))
    writer.append(littleEndian: UInt32(rate * channels * 2))
    writer.append(littleEndian: UInt16(2 * channels))
    writer.append(littleEndian: UInt16(16))
    text("data")
    writer.append(littleEndian: UInt32(2 * channels * count))
    for k in 0..<count {
      for channel in samples {
        let sample = Int64(channel[channel.startIndex + k])
        let value = bits <= 16 ? sample << Int64(16 - bits) : (sample + 1 << Int64(bits - 17)) >> Int64(bits - 16)
        writer.append(littleEndian: UInt16(bitPattern: Int16(clamping: value)))
      }
    }
    return writer.bytes
  }
}
