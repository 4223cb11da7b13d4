import Bytes
import Entropy
import Testing

/// The stack of symbols, and the distributions that are put on it.
@Suite struct StackTests {
  private struct Symbol: Equatable {
    let start: UInt32
    let width: UInt32
    let bits: Int
  }

  /// Symbols of random shares; many of them rare.
  private static func symbols(_ count: Int, _ random: inout Random) -> [Symbol] {
    (0..<count).map { _ in
      let bits = Int.random(in: 1...31, using: &random)
      let all = UInt32(1) << UInt32(bits)
      let width = UInt32.random(in: 0...3, using: &random) == 0 ? 1 : UInt32.random(in: 1..<all, using: &random)
      return Symbol(start: UInt32.random(in: 0...all - width, using: &random), width: width, bits: bits)
    }
  }

  @Test func whatWasPutOnLastComesOffFirst() throws {
    var random = Random(state: 3)
    let symbols = Self.symbols(20_000, &random)
    var stack = SymbolStack()
    for symbol in symbols { stack.push(start: symbol.start, width: symbol.width, bits: symbol.bits) }
    var other = try SymbolStack(stack.bytes[...])
    #expect(!other.isAtStock)
    for symbol in symbols.reversed() {
      let top = other.top(bits: symbol.bits)
      #expect(top >= symbol.start && top - symbol.start < symbol.width)
      other.pop(start: symbol.start, width: symbol.width, bits: symbol.bits)
    }
    #expect(other.isAtStock && !other.isExhausted)
  }

  /// What bits-back coding does: symbols come off that nobody put on, and go back where they came from.
  @Test func whatComesOffTheStockGoesBackToIt() throws {
    var random = Random(state: 4)
    var stack = SymbolStack()
    var log: [(symbol: Symbol, isTaken: Bool)] = []
    for symbol in Self.symbols(3000, &random) {
      let isTaken = Int.random(in: 0..<3, using: &random) > 0
      guard isTaken else {
        stack.push(start: symbol.start, width: symbol.width, bits: symbol.bits)
        log.append((symbol, false))
        continue
      }
      // Whichever of equal parts is on top.
      let width = UInt32(1) << UInt32(symbol.bits - 1)
      let found = Symbol(start: stack.top(bits: symbol.bits) / width * width, width: width, bits: symbol.bits)
      stack.pop(start: found.start, width: width, bits: symbol.bits)
      log.append((found, true))
    }
    var other = try SymbolStack(stack.bytes[...])
    for (symbol, isTaken) in log.reversed() {
      if isTaken {
        other.push(start: symbol.start, width: symbol.width, bits: symbol.bits)
      } else {
        let top = other.top(bits: symbol.bits)
        #expect(top >= symbol.start && top - symbol.start < symbol.width)
        other.pop(start: symbol.start, width: symbol.width, bits: symbol.bits)
      }
    }
    #expect(other.isAtStock)
  }

  @Test(arguments: [1, 100, 4096, 65_000, 65_535] as [UInt32]) func streamsHaveTheIdealLength(width: UInt32) {
    let count = 50_000
    var stack = SymbolStack()
    for _ in 0..<count { stack.push(start: 65_536 - width, width: width, bits: 16) }
    var meter = CostMeter()
    for _ in 0..<count { _ = meter.code(1, probability: width) }
    #expect(abs(Double(stack.bytes.count) - Double(meter.cost) / 4096 / 8) < 12 + 0.001 * Double(meter.cost) / 4096 / 8)
  }

  @Test func damagedStreamsAreSeen() throws {
    #expect(throws: EntropyError.self) { try SymbolStack([][...]) }
    #expect(throws: EntropyError.self) { try SymbolStack([0x70, 0, 0, 0, 0, 0, 0][...]) }
    #expect(throws: EntropyError.self) { try SymbolStack([0x70, 0, 0, 0, 0, 0, 0, 0, 1][...]) }
    #expect(throws: EntropyError.self) { try SymbolStack(Array(repeating: 0, count: 8)[...]) }
    #expect(throws: EntropyError.self) { try SymbolStack(Array(repeating: 255, count: 8)[...]) }
    var stack = try SymbolStack([0x70, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4][...])
    for _ in 0..<100 { stack.pop(start: 0, width: 1, bits: 20) }
    #expect(stack.isExhausted && !stack.isAtStock)
  }

  @Test(arguments: [true, false]) func tablesAreThoseOfTheirDistributions(isNormal: Bool) {
    let table = isNormal ? CumulativeTable.normal : .logistic
    // Places in 1/65536 and shares: of the normal distribution at 0, 1, 1.96 and -3; of the logistic at 0, ln 3, 5 and -10.
    let known: [(Int, Double)] =
      isNormal
      ? [(0, 0.5), (65_536, 0.841_344_75), (128_451, 0.975_002_1), (-196_608, 0.001_349_898)]
      : [(0, 0.5), (71_999, 0.75), (327_680, 0.993_307_149), (-655_360, 0.000_045_397_87)]
    for (place, share) in known {
      let found = Double(table(place)) * 0x1p-31
      #expect(abs(found - share) < 1e-5 && abs(found / share - 1) < 1e-3, "\(place): \(found) and \(share)")
    }
    #expect(table(-3_000_000) == 0 && table(3_000_000) == CumulativeTable.one)
    var last: UInt64 = 0
    for place in stride(from: -1_700_000, through: 1_700_000, by: 97) {
      let share = table(place)
      #expect(share >= last && share <= CumulativeTable.one)
      last = share
    }
    for place in stride(from: -200_000, through: 200_000, by: 1733) { #expect(abs(table.argument(table(place)) - place) < 40) }
  }
}
