/// Equally large items one after the other, each of unsigned samples with the last extent running fastest: pictures, rows, or single numbers.
public struct StackLayout: Sendable, Equatable {
  /// The most extents of an item.
  public static let mostExtents = 3
  /// The most samples of an item.
  public static let mostSamples = 1 << 20

  /// Of an item, such as rows, columns, colours; none where an item is a single number.
  public let extents: [Int]
  /// Where the items are the pictures of a folder.
  public let folder: PictureFolder?

  /// Samples of 8 bits. Nil for more than `mostExtents` extents, one that is not positive, or more than `mostSamples` samples.
  public init?(extents: [Int]) { self.init(extents: extents, folder: nil) }

  private init?(extents: [Int], folder: PictureFolder?) {
    guard extents.count <= StackLayout.mostExtents else { return nil }
    var samples = 1
    for extent in extents {
      guard extent >= 1, extent <= StackLayout.mostSamples / samples else { return nil }
      samples *= extent
    }
    (self.extents, self.folder) = (extents, folder)
  }

  /// The pictures of a folder; nil for more than `mostSamples` samples each.
  public init?(_ folder: PictureFolder) {
    let picture = folder.picture
    self.init(extents: [picture.height, picture.width] + (picture.components == 1 ? [] : [picture.components]), folder: folder)
  }

  /// Samples of an item.
  public var itemSamples: Int { extents.reduce(1, *) }

  /// The highest sample; the lowest is 0.
  public var maximum: Int { folder?.picture.maximum ?? 255 }

  /// The layout of some of the items only.
  func part(_ items: Range<Int>) -> StackLayout {
    guard let folder, case let names = folder.names,
      let part = PictureFolder(
        picture: folder.picture, names: Array(names[items.clamped(to: names.indices)]))
    else { return self }
    return StackLayout(part) ?? self
  }

  /// What an item is as a picture in a file; nil if it is none.
  var picture: PictureLayout? {
    if let folder { return folder.picture }
    guard extents.count >= 2 else { return nil }
    return PictureLayout(
      kind: .png, width: extents[1], height: extents[0], components: extents.count == 3 ? extents[2] : 1, maximum: maximum)
  }

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

  /// Samples of a channel that belong together: those of an item of a stack, of a row of a picture, one of other signals.
  public var unitSamples: Int { stack?.itemSamples ?? picture?.width ?? 1 }
}
