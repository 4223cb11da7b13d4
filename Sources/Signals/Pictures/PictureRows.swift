/// Gives the rows of a picture from the top, with constant memory where the file allows it.
protocol RowSource: AnyObject {
  var layout: PictureLayout { get }
  /// What the file says of the picture and is not kept, in words.
  var notes: [String] { get }

  /// Reads the next row into `row`: pixels from the left, in each its components. Called `layout.height` times at most. Throws `SignalError`, with
  /// the last row also for what is wrong behind it.
  func read(into row: inout [UInt16]) throws
}

extension RowSource {
  var notes: [String] { [] }
}

/// Takes the rows of a picture from the top.
protocol RowSink: AnyObject {
  /// Writes the next row; `layout.height` rows must be written before `finish`. Throws `SignalError`.
  func write(_ row: [UInt16]) throws

  /// Completes the file's bytes; its name is given by the owner of the file. Throws `SignalError`.
  func finish() throws
}

/// A picture as a signal: a channel for each component, row after row.
final class PictureReader: SignalReader {
  let info: SignalInfo
  var notes: [String] { source.notes }
  private let source: any RowSource
  private var row: [UInt16]
  /// Pixels of the row that were passed on, and pixels that were not read from the source.
  private var used: Int
  private var rest: Int

  init(_ source: any RowSource) {
    self.source = source
    let layout = source.layout
    info = SignalInfo(picture: layout)
    row = Array(repeating: 0, count: layout.width * layout.components)
    (used, rest) = (layout.width, layout.pixels)
  }

  func read(_ maxSamples: Int) throws -> [[Int32]] {
    let (width, components) = (source.layout.width, source.layout.components)
    let wanted = min(maxSamples, rest + width - used)
    guard wanted > 0 else { return [] }
    var result = (0..<components).map { _ in [Int32](repeating: 0, count: wanted) }
    var filled = 0
    while filled < wanted {
      if used == width {
        try source.read(into: &row)
        (used, rest) = (0, rest - width)
      }
      let part = min(width - used, wanted - filled)
      for c in 0..<components {
        result[c].withUnsafeMutableBufferPointer { target in
          row.withUnsafeBufferPointer { source in
            for k in 0..<part { target[filled + k] = Int32(source[(used + k) * components + c]) }
          }
        }
      }
      (used, filled) = (used + part, filled + part)
    }
    return result
  }
}

/// Writes a signal as a picture.
final class PictureWriter: SignalWriter {
  private let file: AtomicFile
  private let sink: any RowSink
  private let layout: PictureLayout
  private let check: SampleCheck
  private let overwrite: Bool
  private var row: [UInt16]
  /// Pixels of the row that are there, and rows that were written.
  private var filled = 0
  private var rows = 0

  /// - Parameter layout: of the picture, in the kind that is written.
  init(_ file: AtomicFile, layout: PictureLayout, overwrite: Bool) throws {
    (self.file, self.layout, self.overwrite) = (file, layout, overwrite)
    sink = try PictureFile.sink(file, layout)
    check = SampleCheck(ranges: Array(repeating: 0...Int32(layout.maximum), count: layout.components), file: file.path)
    row = Array(repeating: 0, count: layout.width * layout.components)
  }

  func write(_ samples: [[Int32]]) throws {
    let count = try check.count(samples)
    guard count <= layout.pixels - rows * layout.width - filled else {
      throw SignalError.malformed("\(file.path): there are more rows than the \(layout.height) of the picture; get a sound copy of the file")
    }
    var done = 0
    while done < count {
      let part = min(layout.width - filled, count - done)
      for (c, channel) in samples.enumerated() {
        row.withUnsafeMutableBufferPointer { target in
          channel.withUnsafeBufferPointer { source in
            for k in 0..<part { target[(filled + k) * layout.components + c] = UInt16(truncatingIfNeeded: source[done + k]) }
          }
        }
      }
      (filled, done) = (filled + part, done + part)
      guard filled == layout.width else { continue }
      try sink.write(row)
      (filled, rows) = (0, rows + 1)
    }
  }

  func finish() throws {
    do {
      guard rows == layout.height, filled == 0 else {
        throw SignalError.malformed(
          "\(file.path): only \(rows) of the picture's \(layout.height) rows are there; decode with --keep-going, or to raw")
      }
      try sink.finish()
      try file.commit(overwrite: overwrite)
    } catch {
      abort()
      throw error
    }
  }

  func abort() { file.abort() }
}
