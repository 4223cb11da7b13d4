/// A stack that is a folder of pictures, all alike.
public struct PictureFolder: Sendable, Equatable {
  /// The most pictures, bytes of all their names, and of the first names of runs (`NameRuns`), 8 more for each: these are kept.
  static let mostNames = 1 << 20
  static let mostNameBytes = 1 << 26
  static let mostRunBytes = 1 << 23

  /// What all of them are like; the kind is that of PNG.
  public let picture: PictureLayout
  /// The files' names in the folder, in the stack's order. The ending of each tells what is written.
  public let names: [String]

  /// Nil where names would not do as files beside each other, or there are too many.
  init?(picture: PictureLayout, names: [String]) {
    guard names.count <= PictureFolder.mostNames, names.reduce(0, { $0 + $1.utf8.count }) <= PictureFolder.mostNameBytes,
      names.allSatisfy({ PictureFolder.isLegal($0) && PictureFolder.written($0, picture) == $0 }), PictureFolder.areDifferent(names),
      NameRuns.runs(names).reduce(0, { $0 + $1.first.utf8.count + 8 }) <= PictureFolder.mostRunBytes
    else { return nil }
    (self.picture, self.names) = (picture.with(kind: .png), names)
  }

  /// Whether a file of this name can be made in any folder, and read again as a picture.
  static func isLegal(_ name: String) -> Bool {
    !name.hasPrefix(".") && name.utf8.count <= 255 && name.unicodeScalars.allSatisfy { $0 != "/" && $0.value >= 0x20 && $0.value != 0x7F }
      && PictureFile.kind(ofName: name).map(PictureFile.writes) == true
  }

  /// Whether no two names are the same bytes; those that only look the same are different files.
  private static func areDifferent(_ names: [String]) -> Bool { Set(names.map { Array($0.utf8) }).count == names.count }

  /// The name under which a picture is written: its own, or what is written in the place of a kind that is only read, or that has no alpha.
  static func written(_ name: String, _ picture: PictureLayout) -> String {
    guard let kind = PictureFile.kind(ofName: name), PictureFile.writes(kind), kind != .pnm || picture.components % 2 == 1 else {
      return name + ".png"
    }
    return name
  }

  /// The name of a picture that has none: its number, of six digits or more.
  static func name(number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
  }
}

/// Names as runs, each of which counts up the last number in the name before the ending: `img_0998.png`, `img_0999.png`, `img_1000.png`.
enum NameRuns {
  /// The name that follows in a run; nil for a name without a number, or with one of more than 15 digits.
  static func successor(of name: String) -> String? {
    let bytes = Array(name.utf8)
    let stem = bytes.lastIndex(of: UInt8(ascii: ".")) ?? bytes.count
    guard let last = bytes[..<stem].lastIndex(where: isDigit) else { return nil }
    let first = bytes[...last].lastIndex { !isDigit($0) }.map { $0 + 1 } ?? 0
    guard last - first < 15, let number = Int(String(decoding: bytes[first...last], as: UTF8.self)) else { return nil }
    let digits = Array(String(number + 1).utf8)
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, last + 1 - first - digits.count))
    return String(decoding: bytes[..<first] + zeros + digits + bytes[(last + 1)...], as: UTF8.self)
  }

  static func runs(_ names: [String]) -> [(count: Int, first: String)] {
    var runs: [(count: Int, first: String)] = []
    var next: String?
    for name in names {
      // Not by ==, to which names are the same that only look so.
      if let next, name.utf8.elementsEqual(next.utf8) { runs[runs.count - 1].count += 1 } else { runs.append((1, name)) }
      next = successor(of: name)
    }
    return runs
  }

  /// Whether a name comes before another: numbers in them count by their value.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (Array(a.utf8), Array(b.utf8))
    var (i, j) = (0, 0)
    while i < x.count, j < y.count {
      if isDigit(x[i]), isDigit(y[j]) {
        let (first, second) = (number(x, &i), number(y, &j))
        if first.count != second.count { return first.count < second.count }
        if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
      } else {
        if x[i] != y[j] { return x[i] < y[j] }
        (i, j) = (i + 1, j + 1)
      }
    }
    if x.count - i != y.count - j { return x.count - i < y.count - j }
    return x.lexicographicallyPrecedes(y)
  }

  /// The digits of a number from `i` on, without zeros before it.
  private static func number(_ bytes: [UInt8], _ i: inout Int) -> ArraySlice<UInt8> {
    let start = i
    while i < bytes.count, isDigit(bytes[i]) { i += 1 }
    return bytes[start..<i].drop { $0 == UInt8(ascii: "0") }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
