import Codecs
import Container
import Signals
import Tensors

/// The blocks of a signal as items to look at: lead by lead, in each from the first block to the last.
public struct Items {
  /// Codes [items, numbers of a code].
  public let codes: Tensor
  /// What the autoencoder saw of them [items, numbers of a block]; none where they were not wanted.
  public let numbers: Tensor?
  public let info: SignalInfo
  public var count: Int { codes.shape[0] }

  /// The names of the pictures that the items are, where these are files of a folder.
  public var names: [String]? { info.stack?.folder.flatMap { $0.names.count == count ? $0.names : nil } }

  /// Numbers of all items together that are held in memory.
  static let mostNumbers = 1 << 28

  /// Refuses more of several files together than fits the memory.
  /// - Throws: `SignalError.limit`.
  public static func check(numbers count: Int, name: String) throws {
    guard count <= mostNumbers else {
      throw SignalError.limit("\(name): there are more codes by now than fit the memory; take fewer files at a time")
    }
  }
}

/// Reads signals, and files made of them, as items.
public struct ItemReader {
  private let codec: CodecPackage
  private let quality: Double?
  private let keepsNumbers: Bool

  /// - Parameters:
  ///   - quality: codes are those that a file of this quality holds; nil for codes that are not quantised.
  ///   - keepsNumbers: whether samples are wanted beside the codes.
  public init(codec: CodecPackage, quality: Double? = nil, keepsNumbers: Bool = false) {
    (self.codec, self.quality, self.keepsNumbers) = (codec, quality, keepsNumbers)
  }

  /// The items of a signal, cut into chunks as an encoder does where it is told nothing.
  /// - Throws: `SignalError`; `CodecError` for a codec of frames.
  public func items(of reader: any SignalReader, name: String) throws -> Items {
    let blocks = try BlockCodes(codec, info: reader.info)
    var collector = Collector(blocks, keepsNumbers: keepsNumbers)
    let length = try blocks.chunkLength()
    while case let chunk = try reader.read(length), !chunk.isEmpty {
      let numbers = try blocks.numbers(chunk, blocks.levels(chunk))
      let codes = blocks.encoded(numbers)
      try collector.append(quality.map { blocks.quantised(codes, quality: $0) } ?? codes, numbers, name: name)
    }
    return try collector.items(name: name)
  }

  /// The items of an `.aec` file: the codes that it holds, and what they decode to; where exact samples took fewer bytes, the codes of these.
  /// - Throws: `ContainerError`; `CodecError` for a codec of frames, or another than that of the file.
  public func items<File: RandomAccessBytes & Sendable>(in index: ContainerIndex<File>, name: String, limits: ContainerLimits) throws -> Items {
    if let reference = index.header.codec, reference.id != codec.reference.id {
      throw CodecError.codecMissing(
        "\(name): holds codes of codec \(reference.name), not of the \(codec.name) that was given; give that codec with -c")
    }
    // Otherwise rows would be missing without a word.
    guard !index.isRebuilt else { throw ContainerError.malformed("the file is damaged (\(index.problems.joined(separator: "; ")))") }
    let decoder = try IndexedDecoder(index, limits: limits) { _ in codec }
    guard decoder.info.picture == nil else {
      throw SignalError.unsupported(
        "\(name): is one whole picture, and items are small ones that are all alike; make a stack of them with encode --stack")
    }
    let blocks = try BlockCodes(codec, info: decoder.info)
    var collector = Collector(blocks, keepsNumbers: keepsNumbers)
    for number in index.entries.indices {
      let range = index.sampleRange(number)
      var samples = decoder.info.channels.map { _ in [Int32]() }
      // What passes has the hashes of what was encoded.
      _ = try decoder.decode(range, jobs: 1, fillsGaps: false) { part in for c in part.indices { samples[c] += part[c] } }
      var start = 0
      for part in 0..<(index.entries[number]?.parts.count ?? 0) {
        let chunk = try index.chunk(number, part: part)
        let own = samples.map { Array($0[start..<min($0.count, start + chunk.sampleCount)]) }
        start += chunk.sampleCount
        let numbers = try blocks.numbers(own, blocks.levels(own))
        try collector.append(blocks.stored(chunk.payload, sampleCount: chunk.sampleCount) ?? blocks.encoded(numbers), numbers, name: name)
      }
    }
    return try collector.items(name: name)
  }
}

/// Puts together what comes chunk by chunk, of all leads at a time.
private struct Collector {
  private let blocks: BlockCodes
  private let keepsNumbers: Bool
  /// By lead.
  private var codes: [[Float]]
  private var numbers: [[Float]]
  private var count = 0

  init(_ blocks: BlockCodes, keepsNumbers: Bool) {
    (self.blocks, self.keepsNumbers) = (blocks, keepsNumbers)
    codes = blocks.info.channels.map { _ in [] }
    numbers = codes
  }

  mutating func append(_ codes: Tensor, _ numbers: Tensor, name: String) throws {
    count += codes.shape[0] * codes.shape[1]
    guard count <= Items.mostNumbers / (keepsNumbers ? blocks.codeSize + blocks.blockSize : blocks.codeSize) else {
      throw SignalError.limit("\(name): has more blocks than fit the memory; take a part of it, or one of its signals")
    }
    Collector.add(codes, to: &self.codes)
    if keepsNumbers { Collector.add(numbers, to: &self.numbers) }
  }

  private static func add(_ tensor: Tensor, to leads: inout [[Float]]) {
    let own = tensor.count / leads.count
    tensor.withValues { values in for lead in leads.indices { leads[lead] += values[lead * own..<(lead + 1) * own] } }
  }

  func items(name: String) throws -> Items {
    guard count > 0 else { throw SignalError.malformed("\(name): has no samples, and so no codes; leave it out") }
    return Items(
      codes: Tensor(codes.flatMap(\.self), shape: [count, blocks.codeSize]),
      numbers: keepsNumbers ? Tensor(numbers.flatMap(\.self), shape: [count, blocks.blockSize]) : nil, info: blocks.info)
  }
}
