/// What a PNM file says before its samples: P1 to P6, and P7 (PAM), as in the manual pages pnm(5) and pam(5) of Netpbm.
struct PNMHeader {
  /// The digit behind the `P`.
  let form: Int
  let width: Int
  let height: Int
  let components: Int
  let maximum: Int

  /// Samples are written as decimal numbers.
  var isText: Bool { form <= 3 }
  /// Samples are bits, and 1 is black.
  var isBitmap: Bool { form == 1 || form == 4 }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

  /// Reads a header up to the byte before the first sample. Throws `SignalError`.
  init(_ bytes: ByteStream, name: String) throws {
    func wrong(_ what: String) -> SignalError { .malformed("\(name): is no sound PNM file: \(what); get a sound copy of the file") }
    guard try bytes.next() == UInt8(ascii: "P"), let digit = try bytes.next(), 0x31...0x37 ~= digit else {
      throw wrong("it does not begin with P1 to P7")
    }
    form = Int(digit) - 0x30
    if form < 7 {
      width = try bytes.number("the width")
      height = try bytes.number("the height")
      maximum = form == 1 || form == 4 ? 1 : try bytes.number("the highest sample")
      components = form == 3 || form == 6 ? 3 : 1
    } else {
      var fields: [String: Int] = [:]
      while true {
        let line = try bytes.line()
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard let key = words.first, !key.hasPrefix("#") else { continue }
        if key == "ENDHDR" { break }
        if key == "TUPLTYPE" {
          let type = words.dropFirst().joined(separator: " ").replacing("_ALPHA", with: "")
          guard ["BLACKANDWHITE", "GRAYSCALE", "RGB"].contains(type) else {
            throw SignalError.unsupported("\(name): has samples of the type \(clip(type)), and grey, RGB and alpha are read; convert it")
          }
        }
        if ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL"].contains(key) {
          guard words.count == 2, let value = Int(words[1]), value >= 0, fields.updateValue(value, forKey: String(key)) == nil else {
            throw wrong("\"\(clip(line))\" is no line of its header")
          }
        }
      }
      guard let width = fields["WIDTH"], let height = fields["HEIGHT"], let depth = fields["DEPTH"], let maximum = fields["MAXVAL"] else {
        throw wrong("its header lacks one of WIDTH, HEIGHT, DEPTH and MAXVAL")
      }
      guard (1...4).contains(depth) else {
        throw SignalError.unsupported("\(name): has \(depth) samples a pixel, and 1 to 4 are read; take it apart")
      }
      (self.width, self.height, components, self.maximum) = (width, height, depth, maximum)
    }
    guard (1...65535).contains(maximum) else { throw wrong("its highest sample is \(maximum), not from 1 to 65535") }
  }

  /// The header of a picture with such samples: P4 where there are two levels of grey, P5 or P6, and P7 for a PAM file. Nil where PNM has no form for it.
  static func bytes(_ layout: PictureLayout) -> [UInt8]? {
    let (width, height, maximum) = (layout.width, layout.height, layout.maximum)
    if layout.kind == .pam {
      let type = ["GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"][layout.components - 1]
      return Array(
        "P7\nWIDTH \(width)\nHEIGHT \(height)\nDEPTH \(layout.components)\nMAXVAL \(maximum)\nTUPLTYPE \(type)\nENDHDR\n".utf8)
    }
    switch layout.components {
    case 1: return Array((maximum == 1 ? "P4\n\(width) \(height)\n" : "P5\n\(width) \(height)\n\(maximum)\n").utf8)
    case 3: return Array("P6\n\(width) \(height)\n\(maximum)\n".utf8)
    default: return nil
    }
  }
}

/// Bytes one by one, for headers and numbers written as text.
final class ByteStream {
  private let file: HeadedFile
  private let name: String
  private var block: [UInt8] = Array(repeating: 0, count: 1 << 16)
  private var (position, end) = (0, 0)
  private static let longestLine = 1000

  init(_ file: HeadedFile, name: String) { (self.file, self.name) = (file, name) }

  private func fill() throws -> Bool {
    (position, end) = (0, try block.withUnsafeMutableBytes { try file.read(into: $0) })
    return end > 0
  }

  /// Nil at the end. Throws `SignalError.io`.
  func next() throws -> UInt8? {
    if position == end, !(try fill()) { return nil }
    defer { position += 1 }
    return block[position]
  }

  var cut: SignalError { .malformed("\(name): is cut short; get the whole file") }

  /// Fills a buffer. Throws `SignalError` if fewer bytes come.
  func read(into buffer: inout [UInt8]) throws {
    var filled = 0
    while filled < buffer.count {
      if position == end, !(try fill()) { throw cut }
      let part = min(end - position, buffer.count - filled)
      buffer.replaceSubrange(filled..<filled + part, with: block[position..<position + part])
      (position, filled) = (position + part, filled + part)
    }
  }

  /// The byte that begins the next word; spaces and comments are passed over.
  func nextOfWord() throws -> UInt8 {
    while true {
      guard let byte = try next() else { throw cut }
      if byte == UInt8(ascii: "#") {
        while let other = try next(), other != 0x0A, other != 0x0D {}
      } else if !PNMHeader.isSpace(byte) {
        return byte
      }
    }
  }

  /// A decimal number and one byte behind it, or the end. Throws `SignalError`.
  func number(_ what: String) throws -> Int {
    var (value, byte): (Int, UInt8?) = (0, try nextOfWord())
    while let digit = byte, !PNMHeader.isSpace(digit) {
      guard 0x30...0x39 ~= digit, value < 1 << 40 else {
        throw SignalError.malformed("\(name): is no sound PNM file: \(what) is no number; get a sound copy of the file")
      }
      value = value * 10 + Int(digit) - 0x30
      byte = try next()
    }
    return value
  }

  /// Up to the line's end. Throws `SignalError`.
  func line() throws -> String {
    var line: [UInt8] = []
    while let byte = try next() {
      if byte == 0x0A {
        // What is left of the line that gives the form is empty.
        return String(decoding: line, as: UTF8.self)
      }
      line.append(byte)
      guard line.count <= ByteStream.longestLine else {
        throw SignalError.malformed("\(name): is no sound PNM file: a line of its header is too long; get a sound copy of the file")
      }
    }
    throw cut
  }
}
