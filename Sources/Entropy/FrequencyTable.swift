/// What can be wrong with bytes given to an entropy decoder, or with a table.
public enum EntropyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes are not what an encoder wrote; the text says in what way.
  case damaged(String)
  /// Decoding would exceed the caller's limit.
  case limit(String)

  public var description: String {
    switch self {
    case .damaged(let what): "\(what): the data is damaged; get another copy of it"
    case .limit(let what): "\(what); raise the limit if the data is to be trusted"
    }
  }
}

/// A static distribution over the symbols 0 ..< count for rANS, in integer frequencies whose sum is a power of two.
public struct FrequencyTable: Sendable, Equatable {
  /// Frequencies; their sum is `1 << bits`.
  public let frequencies: [UInt32]
  /// Binary logarithm of the total, 1 to 16.
  public let bits: Int
  private let starts: [UInt32]
  private let symbols: [UInt16]

  /// Takes frequencies as they are. Throws `EntropyError.damaged` if their sum is not `1 << bits`, or there are more than 65,536.
  public init(frequencies: [UInt32], bits: Int) throws {
    guard (1...16).contains(bits), frequencies.count <= 65536, frequencies.reduce(0, { $0 + UInt64($1) }) == 1 << UInt64(bits) else {
      throw EntropyError.damaged("a frequency table's sum is not the power of two it promises")
    }
    self.frequencies = frequencies
    self.bits = bits
    var starts: [UInt32] = []
    var symbols: [UInt16] = []
    symbols.reserveCapacity(1 << bits)
    for (symbol, frequency) in frequencies.enumerated() {
      starts.append(UInt32(symbols.count))
      for _ in 0..<frequency { symbols.append(UInt16(symbol)) }
    }
    self.starts = starts
    self.symbols = symbols
  }

  /// Scales counts to a total of `1 << bits`. A symbol that was counted keeps at least one; with `smoothed` every symbol does.
  public init(counts: [Int], bits: Int, smoothed: Bool = false) {
    precondition((1...16).contains(bits) && !counts.isEmpty && counts.allSatisfy { $0 >= 0 }, "counts must not be negative or none")
    let used = counts.map { smoothed ? max($0, 1) : $0 }
    let sum = used.reduce(0, +)
    let total = 1 << bits
    precondition(sum > 0 && used.count { $0 > 0 } <= total, "as many symbols as counts, at most 1 << bits of them")
    var scaled = used.map { $0 == 0 ? 0 : max(1, Int((Double($0) / Double(sum) * Double(total)).rounded())) }
    // Give or take one where it changes the code length least, until the sum is right.
    var difference = total - scaled.reduce(0, +)
    while difference != 0 {
      let step = difference.signum()
      let eligible = scaled.indices.filter { used[$0] > 0 && scaled[$0] + step > 0 }
      let best = eligible.max { Double(used[$0]) / Double(scaled[$0]) * Double(step) < Double(used[$1]) / Double(scaled[$1]) * Double(step) }!
      scaled[best] += step
      difference -= step
    }
    // The sum is right by the loop above.
    try! self.init(frequencies: scaled.map { UInt32($0) }, bits: bits)
  }

  /// Puts a symbol, whose frequency must not be zero, into the stream.
  public func encode(_ symbol: Int, into encoder: inout RansEncoder) {
    let shift = UInt32(16 - bits)
    encoder.encode(start: starts[symbol] << shift, width: frequencies[symbol] << shift)
  }

  /// Reads a symbol; any bytes give a symbol of the table.
  public func decode(from decoder: inout RansDecoder) -> Int {
    let shift = UInt32(16 - bits)
    let symbol = Int(symbols[Int(decoder.slot >> shift)])
    decoder.advance(start: starts[symbol] << shift, width: frequencies[symbol] << shift)
    return symbol
  }

  /// The code length of a symbol in 1/4096 bit; its frequency must not be zero.
  public func cost(_ symbol: Int) -> Int { Int(Logistic.cost(frequencies[symbol] << UInt32(16 - bits))) }
}
