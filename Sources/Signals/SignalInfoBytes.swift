import Bytes

// The bytes of a `SignalInfo` (docs/FORMAT.md): a byte that tells the kind (low four bits), then
//   0 raw     high bits: encoding; rate, channels, length
//   1 wfdb    bit 4: with prefixes; text that repeats the header without file names, initial values and checksums
//   2 csv     bit 4: with a line of names; rate, channels, length, separator, each column's decimals, names, comments
//   3 sound   high bits: container * 4 + bits / 8 - 1; rate, channels, length; 12: what these bits cannot say, `SoundLayout.append`
//   4 stack   high bits: number of extents; extents, length
//   5 picture high bits: components and highest sample; `PictureLayout.append`
//   6 folder  the same of each picture, and the names: `PictureFolder.append`
// A rate is a varint of twice an integer, or 1 and a little-endian IEEE double; a length is a varint of one more, 0 if unknown.
extension SignalInfo {
  /// The compact form that goes into an .aec file. That of WFDB records is text made to be compressed with `compressionDictionary`.
  public func serialized() -> [UInt8] {
    var writer = ByteWriter()
    switch format {
    case .raw(let encoding):
      writer.append(encoding.packing.rawValue << 4)
      appendShape(&writer)
    case .sound(let layout):
      writer.append(3 | layout.flags << 4)
      appendShape(&writer)
      if layout.flags == SoundLayout.fullFlags { layout.append(to: &writer) }
    case .picture(let layout):
      writer.append(5 | layout.flags << 4)
      layout.append(to: &writer)
    case .stack(let layout):
      if let folder = layout.folder {
        writer.append(6 | folder.picture.flags << 4)
        folder.append(to: &writer)
        break
      }
      writer.append(4 | UInt8(layout.extents.count) << 4)
      for extent in layout.extents { writer.append(varint: UInt64(extent)) }
      appendLength(&writer)
    case .csv(let layout):
      writer.append(layout.namesLine ? 2 | 1 << 4 : 2)
      appendShape(&writer)
      writer.append(layout.separator)
      for decimals in layout.decimals { writer.append(varint: UInt64(decimals)) }
      if layout.namesLine { for channel in channels { writer.append(counted: Array(channel.name.utf8)) } }
      for comment in comments { writer.append(counted: Array(comment.utf8)) }
    case .wfdb(let layout):
      let prefixes = layout.files.contains { !$0.prefix.isEmpty }
      writer.append(prefixes ? 1 | 1 << 4 : 1)
      if prefixes {
        writer.append(varint: UInt64(layout.files.count))
        for file in layout.files { writer.append(counted: file.prefix) }
      }
      writer.append(contentsOf: text(layout).utf8)
    }
    return writer.bytes
  }

  private func appendShape(_ writer: inout ByteWriter) {
    if rate == rate.rounded(), rate < 1e12 {
      writer.append(varint: UInt64(rate) * 2)
    } else {
      writer.append(varint: 1)
      writer.append(littleEndian: rate.bitPattern)
    }
    writer.append(varint: UInt64(channels.count))
    appendLength(&writer)
  }

  private func appendLength(_ writer: inout ByteWriter) { writer.append(varint: UInt64((length ?? -1) + 1)) }

  /// Reads what `serialized()` made, from untrusted bytes. Throws `BytesError`.
  public init(serialized bytes: ArraySlice<UInt8>) throws {
    var reader = ByteReader(bytes)
    let head = try reader.byte()
    let high = head >> 4
    switch head & 0x0F {
    case 0:
      guard let encoding = RawEncoding.allCases.first(where: { $0.packing.rawValue == high }) else {
        throw BytesError.malformed("raw encoding \(high) is unknown")
      }
      try self.init(shape: &reader, format: .raw(encoding))
    case 1:
      try self.init(wfdb: &reader, prefixes: high & 1 != 0)
    case 2:
      try self.init(shape: &reader, format: .csv(CSVLayout(separator: 0x2C, namesLine: high & 1 != 0, decimals: [])))
      try readTable(&reader, namesLine: high & 1 != 0)
    case 3:
      try self.init(shape: &reader, format: .raw(.s8))
      format = .sound(try SoundLayout(&reader, flags: high))
    case 4:
      guard high <= StackLayout.mostExtents else { throw BytesError.malformed("an item of the stack has \(high) extents") }
      let extents = try (0..<high).map { _ in try reader.varint(atMost: StackLayout.mostSamples, "an extent") }
      guard let layout = StackLayout(extents: extents) else {
        throw BytesError.malformed("the stack has items of \(extents.map(String.init).joined(separator: "x")) samples")
      }
      self.init(stack: layout)
      length = try SignalInfo.length(&reader)
    case 5: self.init(picture: try PictureLayout(&reader, flags: high))
    case 6:
      let folder = try PictureFolder(&reader, flags: high)
      guard let layout = StackLayout(folder) else { throw BytesError.malformed("the stack has pictures of \(folder.picture.described)") }
      self.init(stack: layout, items: folder.names.count)
    default:
      throw BytesError.malformed("signal kind \(head & 0x0F) is unknown")
    }
    guard reader.remaining == 0 else { throw BytesError.malformed("\(reader.remaining) bytes follow the description of the signal") }
  }

  private init(shape reader: inout ByteReader, format: SampleFormat) throws {
    let code = try reader.varint()
    let rate = code == 1 ? Double(bitPattern: try reader.littleEndian(UInt64.self)) : Double(code / 2)
    guard rate > 0, rate <= 1e12, code == 1 || code % 2 == 0 else { throw BytesError.malformed("the sampling rate is \(rate)") }
    let count = try reader.varint(atMost: 1 << 16, "the number of channels")
    let length = try SignalInfo.length(&reader)
    guard count > 0 else { throw BytesError.malformed("the signal has no channels") }
    self.init(rate: rate, channels: Array(repeating: Channel(), count: count), format: format, length: length, comments: [])
  }

  private static func length(_ reader: inout ByteReader) throws -> Int? {
    let code = try reader.varint(atMost: 1 << 48, "the length")
    return code == 0 ? nil : code - 1
  }

  /// The most comments that a description holds.
  static let mostComments = 10_000
  private static let tooManyComments = BytesError.malformed("the description has more than \(mostComments) comments")

  private mutating func readTable(_ reader: inout ByteReader, namesLine: Bool) throws {
    let separator = try reader.byte()
    guard CSVLayout.separators.contains(separator) else { throw BytesError.malformed("the column separator is byte \(separator)") }
    let decimals = try channels.map { _ in try reader.varint(atMost: 9, "a column's decimal places") }
    for (c, places) in decimals.enumerated() {
      let name = namesLine ? try BytesError.line(reader.counted(atMost: 1 << 16, "a name")) : ""
      channels[c] = Channel(name: name, gain: CSVLayout.gain(places))
    }
    format = .csv(CSVLayout(separator: separator, namesLine: namesLine, decimals: decimals))
    while reader.remaining > 0 {
      guard comments.count < SignalInfo.mostComments else { throw SignalInfo.tooManyComments }
      comments.append(try BytesError.line(reader.counted(atMost: 1 << 20, "a comment")))
    }
  }

  // MARK: WFDB

  /// First line: number of signals, rate, length, time and date. Then a line for each signal: what its line of the header says, in an order in which
  /// the end often repeats that of the signal before and is left out, a tab, the name; the name alone if all repeats. Then the comments.
  private func text(_ layout: WFDBLayout) -> String {
    var text = "\(channels.count) \(layout.rateText.isEmpty ? "~" : layout.rateText) \(length ?? 0)"
    for field in [layout.baseTime, layout.baseDate] where !field.isEmpty { text += " " + field }
    text += "\n"
    var before: [String] = []
    for (c, channel) in channels.enumerated() {
      let file = layout.files[layout.fileOfChannel[c]]
      var fields = [channel.gainText.isEmpty ? "~" : channel.gainText, channel.unitsText.isEmpty ? "~" : "/" + channel.unitsText]
      if !channel.baselineText.isEmpty { fields[0] += "(\(channel.baselineText))" }
      fields += [file.formatText, file.suffix]
      fields += [channel.resolutionText, channel.zeroText].prefix(channel.statedNumbers)
      if channel.statedNumbers > 2 { fields.append(channel.statedNumbers == 5 ? channel.blockSizeText : channel.statedNumbers == 4 ? "c" : "i") }
      var kept = fields.count
      while kept > 0, before.count >= fields.count, fields[kept - 1] == before[kept - 1] { kept -= 1 }
      let cut = before.count > fields.count
      let changes = (fields.prefix(cut ? fields.count : kept) + (cut ? [";"] : [])).joined(separator: " ")
      if !changes.isEmpty || channel.name.contains("\t") { text += changes + "\t" }
      text += channel.name + "\n"
      before = fields
    }
    for comment in comments { text += comment + "\n" }
    return text
  }

  private init(wfdb reader: inout ByteReader, prefixes: Bool) throws {
    var stored: [[UInt8]] = []
    if prefixes {
      let count = try reader.varint(atMost: 1 << 16, "the number of signal files")
      for _ in 0..<count { stored.append(Array(try reader.counted(atMost: WFDBLayout.longestPrefix, "the bytes before the samples"))) }
    }
    let bytes = try reader.take(reader.remaining)
    // Before lines become strings, each of which takes far more than a byte.
    guard bytes.count(where: { $0 == 0x0A }) <= 1 + 1 << 16 + SignalInfo.mostComments else { throw SignalInfo.tooManyComments }
    let text = try BytesError.text(bytes)
    guard !text.contains(where: { $0.isNewline && $0 != "\n" }) else { throw BytesError.malformed("the WFDB description has lines of unknown ends") }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popLast() == "", let first = lines.popFirst() else {
      throw BytesError.malformed("the WFDB description does not end with a line's end")
    }
    let record = first.split(separator: " ")
    guard record.count >= 3, let count = Int(record[0]), count > 0, count <= 1 << 16, count <= lines.count, let length = Int(record[2]),
      (0...1 << 48).contains(length)
    else { throw BytesError.malformed("the WFDB description states no number of signals or length") }
    var layout = WFDBLayout(
      rateText: record[1] == "~" ? "" : String(record[1]), baseTime: record.count > 3 ? String(record[3]) : "",
      baseDate: record.dropFirst(4).joined(separator: " "), files: [], fileOfChannel: [])
    guard let rate = layout.rateText.isEmpty ? 250 : number(WFDBLayout.split(layout.rateText).rate), rate > 0 else {
      throw BytesError.malformed("the sampling rate is \"\(clip(layout.rateText))\"")
    }
    var channels: [Channel] = []
    var before: [Substring] = []
    for line in lines.prefix(count) {
      channels.append(try SignalInfo.channel(line, before: &before, layout: &layout))
    }
    if prefixes {
      guard stored.count == layout.files.count else { throw BytesError.malformed("the bytes before the samples are not of all signal files") }
      for (k, prefix) in stored.enumerated() {
        guard prefix.isEmpty || prefix.count == layout.files[k].offset else { throw BytesError.malformed("the bytes before the samples do not fit") }
        layout.files[k].prefix = prefix
      }
    }
    self.init(
      rate: rate, channels: channels, format: .wfdb(layout), length: length == 0 ? nil : length, comments: lines.dropFirst(count).map(String.init))
  }

  private static func channel(_ line: Substring, before: inout [Substring], layout: inout WFDBLayout) throws -> Channel {
    let tab = line.firstIndex(of: "\t")
    var fields = tab.map { line[..<$0].split(separator: " ") } ?? []
    if fields.last == ";" { fields.removeLast() } else { fields += before.dropFirst(fields.count) }
    before = fields
    let numbers = fields.dropFirst(4)
    guard (4...7).contains(fields.count), numbers.prefix(2).allSatisfy(isInteger), WFDBHeader.isSuffix(String(fields[3])) else {
      throw BytesError.malformed("\"\(clip(line))\" describes no WFDB signal")
    }
    let calibration = WFDBLayout.split(String(fields[0]))
    var channel = Channel(name: String(tab.map { line[line.index(after: $0)...] } ?? line))
    if fields[0] != "~" {
      guard number(calibration.rate) != nil, calibration.base.isEmpty || isInteger(calibration.base) else {
        throw BytesError.malformed("\"\(clip(fields[0]))\" is no gain")
      }
      channel.gainText = String(calibration.rate)
      channel.baselineText = calibration.base
    }
    if fields[1] != "~" { channel.unitsText = String(fields[1].dropFirst()) }
    channel.resolutionText = fields.count > 4 ? String(fields[4]) : ""
    channel.zeroText = fields.count > 5 ? String(fields[5]) : ""
    channel.statedNumbers = numbers.count
    if fields.count == 7, fields[6] != "i" {
      channel.statedNumbers = fields[6] == "c" ? 4 : 5
      if channel.statedNumbers == 5 { channel.blockSizeText = String(fields[6]) }
    }
    guard channel.statedNumbers < 5 || isInteger(channel.blockSizeText), !channel.gainText.isEmpty || channel.statedNumbers == 0 else {
      throw BytesError.malformed("\"\(clip(line))\" describes no WFDB signal")
    }
    if let index = layout.files.firstIndex(where: { $0.suffix == fields[3] }) {
      guard layout.files[index].formatText == fields[2] else { throw BytesError.malformed("a signal file has two formats") }
      layout.fileOfChannel.append(index)
    } else {
      guard let format = try? WFDBHeader.format(String(fields[2]), file: ""), format.offset <= WFDBLayout.longestPrefix else {
        throw BytesError.malformed("\"\(clip(fields[2]))\" is no format")
      }
      layout.fileOfChannel.append(layout.files.count)
      layout.files.append(
        WFDBFile(suffix: String(fields[3]), formatText: String(fields[2]), format: format.format, offset: format.offset, prefix: []))
    }
    return channel
  }
}

extension BytesError {
  /// UTF-8 text without NUL.
  static func text(_ bytes: ArraySlice<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw BytesError.malformed("a text is not UTF-8") }
    return text
  }

  /// UTF-8 text of one line.
  static func line(_ bytes: ArraySlice<UInt8>) throws -> String {
    let text = try text(bytes)
    guard !text.contains(where: \.isNewline) else { throw BytesError.malformed("a name or comment has several lines") }
    return text
  }
}
