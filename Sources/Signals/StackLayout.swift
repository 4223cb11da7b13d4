/// Equally large items one after the other, each of 8-bit unsigned samples with the last extent running fastest: pictures, rows, or single numbers.
public struct StackLayout: Sendable, Equatable {
  /// The most extents of an item.
  public static let mostExtents = 3
  /// The most samples of an item.
  public static let mostSamples = 1 << 20

  /// Of an item, such as rows, columns, colours; none where an item is a single number.
  public let extents: [Int]

  /// Nil for more than `mostExtents` extents, one that is not positive, or more than `mostSamples` samples.
  public init?(extents: [Int]) {
    guard extents.count <= StackLayout.mostExtents else { return nil }
    var samples = 1
    for extent in extents {
      guard extent >= 1, extent <= StackLayout.mostSamples / samples else { return nil }
      samples *= extent
    }
    self.extents = extents
  }

  /// Samples of an item.
  public var itemSamples: Int { extents.reduce(1, *) }

  /// Words for so many items: `1 picture of 28x28`.
  public func described(_ count: Int) -> String {
    let noun = extents.count >= 2 ? "picture" : extents.count == 1 ? "row" : "number"
    let shape = extents.isEmpty ? "" : " of " + extents.map(String.init).joined(separator: "x")
    return "\(count) \(noun)\(count == 1 ? "" : "s")\(shape)"
  }
}

extension SignalInfo {
  /// So many equally large items in one channel. The rate is the number of samples of an item: an item takes the place of a second.
  /// - Parameter items: nil if not known.
  public init(stack layout: StackLayout, items: Int? = nil) {
    self.init(
      rate: Double(layout.itemSamples), channels: [Channel()], format: .stack(layout), length: items.map { $0 * layout.itemSamples }, comments: [])
  }

  /// How the items of a stack lie; nil for other signals.
  public var stack: StackLayout? {
    if case .stack(let layout) = format { layout } else { nil }
  }

  /// Samples of a channel that belong together: those of an item of a stack, one of other signals.
  public var unitSamples: Int { stack?.itemSamples ?? 1 }
}
