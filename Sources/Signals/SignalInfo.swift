/// Everything about a signal but its samples.
public struct SignalInfo: Sendable, Equatable {
  /// Samples per second in each channel; of a stack, samples of an item; of a picture, of a row.
  public internal(set) var rate: Double
  public internal(set) var channels: [Channel]
  /// What the source file stored.
  public internal(set) var format: SampleFormat
  /// Samples in each channel, where known before the end.
  public var length: Int?
  /// Free text of the header, without the leading `#`.
  public internal(set) var comments: [String]
  /// What of the source it does not hold, in words for the user, to stand behind the file's name and a colon. It is not serialised.
  public internal(set) var notes: [String] = []

  init(rate: Double, channels: [Channel], format: SampleFormat, length: Int?, comments: [String]) {
    self.rate = rate
    self.channels = channels
    self.format = format
    self.length = length
    self.comments = comments
  }

  /// A headerless signal of so many channels at a positive rate in Hz.
  public init(raw encoding: RawEncoding, rate: Double, channels: Int, length: Int? = nil) {
    precondition(rate > 0 && rate.isFinite && channels > 0)
    self.init(rate: rate, channels: Array(repeating: Channel(), count: channels), format: .raw(encoding), length: length, comments: [])
  }

  /// Whether it is for listening: a sound file, or raw samples, at least 8000 a second.
  public var isSound: Bool {
    switch format {
    case .sound: true
    case .raw: rate >= 8000
    case .wfdb, .csv, .stack, .picture: false
    }
  }

  /// Bits in which the source stores a sample of a channel.
  public func storageBits(_ channel: Int) -> Int {
    switch format {
    case .raw(let encoding): encoding.packing.bits
    case .wfdb(let layout): layout.files[layout.fileOfChannel[channel]].format.bits
    case .csv: 32
    // No sample is more than 32 bits here.
    case .sound(let layout): min(layout.bits, 32)
    case .stack(let layout): Int.bitWidth - layout.maximum.leadingZeroBitCount
    case .picture(let layout): layout.bits
    }
  }

  /// Bits that the samples of a channel need at most: the converter's resolution if the header states it, else the storage's bits.
  public func bitDepth(_ channel: Int) -> Int {
    let (resolution, storage) = (channels[channel].resolution, storageBits(channel))
    if case .sound(let layout) = format { return layout.depth }
    return resolution > 0 && resolution < storage ? resolution : storage
  }

  /// The largest `bitDepth` of all channels.
  public var bitDepth: Int { channels.indices.map { bitDepth($0) }.max() ?? 0 }

  /// What the errors of a channel are held against: white of pictures and stacks, 2^bits − 1 of other converters.
  public func peak(_ channel: Int) -> Double {
    switch format {
    case .picture, .stack: Double(sampleRange(channel).upperBound)
    case .raw, .wfdb, .csv, .sound: Double((1 << min(max(bitDepth(channel), 1), 32)) - 1)
    }
  }

  /// How many channels, the first ones, count in means of errors: all but the alpha of a picture.
  public var judgedChannels: Int { picture.map { $0.components < 3 ? 1 : 3 } ?? channels.count }

  /// The lowest and highest value that the source's format can store in a channel. WFDB formats keep the lowest for missing samples; it occurs in data.
  public func sampleRange(_ channel: Int) -> ClosedRange<Int32> {
    switch format {
    case .raw(let encoding): encoding.packing.range
    case .csv: Int32.min...Int32.max
    case .stack(let layout): 0...Int32(layout.maximum)
    case .picture(let layout): 0...Int32(layout.maximum)
    case .sound(let layout): Packing.signedRange(layout.floatForm == nil ? layout.bits : 32)
    case .wfdb: Packing.signedRange(storageBits(channel))
    }
  }

  /// The value that stands for a missing sample in the source's format; nil if it has none.
  public func missingValue(_ channel: Int) -> Int32? {
    switch format {
    case .wfdb: sampleRange(channel).lowerBound
    case .csv(let layout): layout.missing == nil ? nil : sampleRange(channel).lowerBound
    case .raw, .sound, .stack, .picture: nil
    }
  }

  /// The lowest and highest value that a sample which is there can have.
  public func knownRange(_ channel: Int) -> ClosedRange<Int32> {
    let range = sampleRange(channel)
    return missingValue(channel) == nil ? range : range.lowerBound + 1...range.upperBound
  }

  /// The signal with only these channels, in this order. Of a picture as many components as there are channels are left: one is grey.
  public func selecting(_ indices: [Int]) -> SignalInfo {
    precondition(!indices.isEmpty && indices.allSatisfy(channels.indices.contains))
    var result = self
    result.channels = indices.map { channels[$0] }
    switch format {
    case .raw, .stack: break
    case .sound(let layout):
      result.format = .sound(layout.selecting(indices, of: channels.count))
      if indices != Array(channels.indices) { result.leaveOutChunks() }
    case .picture(let layout): result.format = .picture(layout.with(components: indices.count))
    case .csv(var layout):
      layout.decimals = indices.map { layout.decimals[$0] }
      result.format = .csv(layout)
    case .wfdb(var layout):
      let files = indices.map { layout.fileOfChannel[$0] }
      var kept: [Int] = []
      for file in files where !kept.contains(file) { kept.append(file) }
      layout.fileOfChannel = files.map { kept.firstIndex(of: $0)! }
      layout.files = kept.map { layout.files[$0] }
      result.format = .wfdb(layout)
    }
    return result
  }

  /// The channels that texts name: each a number from 0 or a name, as WFDB tools take them. Throws `SignalError.noSuchChannel`; `file` is for the message.
  public func channelIndices(_ selection: [String], file: String) throws -> [Int] {
    try selection.map { text in
      if let number = Int(text), channels.indices.contains(number) { return number }
      if let index = channels.firstIndex(where: { $0.name == text }) { return index }
      let known = channels.enumerated().prefix(16).map { $1.name.isEmpty ? "\($0)" : "\($0) (\($1.name))" }
      throw SignalError.noSuchChannel(
        "\(file): has no signal \"\(text)\"; choose from \(known.joined(separator: ", "))\(channels.count > 16 ? ", ..." : "")")
    }
  }
}
