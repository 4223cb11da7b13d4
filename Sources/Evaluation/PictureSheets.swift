import Signals

/// How pictures become files for a tool that takes pictures.
public enum PictureArrangement: Sendable {
  /// The signal is one picture and becomes one file.
  case whole
  /// Each picture is a file, as for a reader of single ones; some pictures of a large stack stand for all.
  case files
  /// Pictures side by side, as many as fit into a large one: each file has its header once, and neighbours help each other.
  case tiles

  /// The ways in which a signal goes to a tool that takes pictures.
  /// - Parameter isWhole: whether the signal is one picture; a stack otherwise.
  public static func all(isWhole: Bool) -> [PictureArrangement] { isWhole ? [.whole] : [.files, .tiles] }
}

/// Pictures on sheets, each of which becomes a file: those of a stack, or a picture as a sheet of its own. The sheets are as square as may be, and black
/// where no picture is left.
struct PictureSheets {
  let rows: Int
  let columns: Int
  let colours: Int
  let arrangement: PictureArrangement

  /// The longest side of a sheet of tiles; WebP ends at 16383, and nothing is gained beyond some megapixels.
  static let longestSide = 4096
  /// How many pictures stand for a stack where each is a file: programs are started for each of them at each setting.
  static let mostFiles = 200

  /// Nil for what is no stack of grey or RGB pictures of 8 bits, or no such picture.
  init?(_ info: SignalInfo, _ arrangement: PictureArrangement) {
    self.arrangement = arrangement
    switch arrangement {
    case .whole:
      guard let picture = info.picture, [1, 3].contains(picture.components), picture.maximum == 255 else { return nil }
      (rows, columns, colours) = (picture.height, picture.width, picture.components)
    case .files, .tiles:
      guard let stack = info.stack, stack.maximum == 255, case let extents = stack.extents,
        extents.count == 2 || extents.count == 3 && [1, 3].contains(extents[2])
      else { return nil }
      (rows, columns, colours) = (extents[0], extents[1], extents.count == 3 ? extents[2] : 1)
    }
  }

  /// What signals these are, in words.
  static func described(_ arrangement: PictureArrangement) -> String {
    arrangement == .whole ? "grey or RGB pictures of 8 bits without alpha" : "stacks of grey or RGB pictures"
  }

  var itemSamples: Int { rows * columns * colours }
  /// A picture has a lead for each colour; in a stack they are interleaved in one.
  private var leads: Int { arrangement == .whole ? colours : 1 }

  /// Whether so many samples in each lead are whole pictures.
  func areWhole(_ samples: [[Int32]]) -> Bool { samples.count == leads && samples[0].count * leads % itemSamples == 0 }

  /// The samples of which files are made: some pictures, evenly spread, or all.
  func part(of samples: [[Int32]]) -> [[Int32]] {
    let count = samples[0].count / itemSamples
    guard arrangement == .files, count > PictureSheets.mostFiles else { return samples }
    return [
      (0..<PictureSheets.mostFiles).flatMap { k in
        let item = k * count / PictureSheets.mostFiles
        return samples[0][item * itemSamples..<(item + 1) * itemSamples]
      }
    ]
  }

  private func interleaved(_ samples: [[Int32]]) -> [Int32] {
    if leads == 1 { return samples[0] }
    return [Int32](unsafeUninitializedCapacity: samples[0].count * leads) { result, count in
      for (c, lead) in samples.enumerated() {
        for k in lead.indices { result[k * leads + c] = lead[k] }
      }
      count = result.count
    }
  }

  private func separated(_ samples: [Int32]) -> [[Int32]] {
    if leads == 1 { return [samples] }
    return (0..<leads).map { c in stride(from: c, to: samples.count, by: leads).map { samples[$0] } }
  }

  private var mostAcross: Int { max(1, PictureSheets.longestSide / columns) }
  private var mostDown: Int { max(1, PictureSheets.longestSide / rows) }
  private var mostOnSheet: Int { arrangement == .tiles ? mostAcross * mostDown : 1 }

  /// How many pictures lie side by side on a sheet of so many.
  private func across(_ count: Int) -> Int {
    let square = Int((Double(count * rows) / Double(columns)).squareRoot().rounded(.up))
    return min(max(square, (count + mostDown - 1) / mostDown, 1), mostAcross, max(1, count))
  }

  /// The first picture of each sheet, and how many there are.
  private func pieces(_ count: Int) -> [(first: Int, count: Int)] {
    stride(from: 0, to: count, by: mostOnSheet).map { ($0, min(mostOnSheet, count - $0)) }
  }

  /// For each picture of a sheet and each of its rows: where it begins among the samples, and where on the sheet.
  private func forEachRow(_ piece: (first: Int, count: Int), _ body: (_ sample: Int, _ value: Int) -> Void) {
    let across = across(piece.count)
    for k in 0..<piece.count {
      for row in 0..<rows {
        body((piece.first + k) * itemSamples + row * columns * colours, ((k / across * rows + row) * across + k % across) * columns * colours)
      }
    }
  }

  /// - Parameter samples: of whole pictures, 0 to 255.
  func sheets(of samples: [[Int32]]) -> [Picture] {
    let samples = interleaved(samples)
    return pieces(samples.count / itemSamples).map { piece in
      let across = across(piece.count)
      let down = (piece.count + across - 1) / across
      var values = [UInt8](repeating: 0, count: down * across * itemSamples)
      forEachRow(piece) { sample, value in
        for k in 0..<columns * colours { values[value + k] = UInt8(clamping: samples[sample + k]) }
      }
      return Picture(rows: down * rows, columns: across * columns, colours: colours, values: values)
    }
  }

  /// So many samples in each lead from their sheets.
  /// - Throws: `ToolError` if a sheet has another size.
  func samples(_ sheets: [Picture], count: Int) throws -> [[Int32]] {
    var samples = [Int32](repeating: 0, count: count * leads)
    for (piece, sheet) in zip(pieces(samples.count / itemSamples), sheets) {
      let across = across(piece.count)
      let down = (piece.count + across - 1) / across
      guard sheet.columns == across * columns, sheet.rows == down * rows else {
        throw ToolError("gave back a picture of \(sheet.columns) x \(sheet.rows) in the place of \(across * columns) x \(down * rows)")
      }
      let picture = sheet.with(colours: colours)
      forEachRow(piece) { sample, value in
        for k in 0..<columns * colours { samples[sample + k] = Int32(picture.values[value + k]) }
      }
    }
    return separated(samples)
  }
}
