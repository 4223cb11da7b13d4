/// Reads and writes the text of a WFDB header, as header(5) of the WFDB Applications Guide has it.
enum WFDBHeader {
  /// A parsed header: the record's description and, for each signal file, its name in the record's folder.
  struct Parsed {
    var info: SignalInfo
    var fileNames: [String]
  }

  /// Parses a header; `file` is for messages, `record` the record's name by its file. Throws `SignalError`.
  static func parse(_ text: String, file: String, record: String, limits: SignalLimits) throws -> Parsed {
    var comments: [String] = []
    var lines: [Substring] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let line = trim(line)
      if line.first == "#" {
        comments.append(String(line.dropFirst()))
      } else if !line.isEmpty {
        lines.append(line)
      }
    }
    guard comments.count <= SignalInfo.mostComments else {
      throw SignalError.limit("\(file): has more than \(SignalInfo.mostComments) comment lines; remove some")
    }
    guard let first = lines.first else { throw SignalError.malformed("\(file): this header is empty; get the whole file") }
    let fields = first.split(whereSeparator: isBlank)
    guard fields.count >= 2 else {
      throw SignalError.malformed("\(file): the first line lacks the number of signals; check that this is a WFDB header")
    }
    if fields[0].contains("/") {
      throw SignalError.unsupported("\(file): records of several segments are not read; give the segments one by one")
    }
    guard isNatural(fields[1]), let count = Int(fields[1]) else {
      throw SignalError.malformed("\(file): \"\(clip(fields[1]))\" is no number of signals; check that this is a WFDB header")
    }
    if count > limits.channels {
      throw SignalError.limit("\(file): states \(count) signals, more than the limit of \(limits.channels); check the header")
    }
    if count == 0 { throw SignalError.unsupported("\(file): a record without signals; give one that has some") }
    guard lines.count - 1 == count else {
      throw SignalError.malformed("\(file): states \(count) signals but describes \(lines.count - 1); correct the header")
    }
    var layout = WFDBLayout(rateText: "", baseTime: "", baseDate: "", files: [], fileOfChannel: [])
    var rate = 250.0  // as header(5) says where none is stated
    if fields.count > 2 {
      layout.rateText = String(fields[2])
      guard let value = number(WFDBLayout.split(layout.rateText).rate), value > 0, value <= 1e9 else {
        throw SignalError.malformed("\(file): \"\(clip(fields[2]))\" is no sampling rate; correct the header")
      }
      rate = value
    }
    var length: Int?
    if fields.count > 3 {
      guard isNatural(fields[3]), let value = Int(fields[3]), value < 1 << 48 else {
        throw SignalError.malformed("\(file): \"\(clip(fields[3]))\" is no number of samples; correct the header")
      }
      length = value == 0 ? nil : value
    }
    if fields.count > 4 { layout.baseTime = String(fields[4]) }
    layout.baseDate = fields.dropFirst(5).joined(separator: " ")

    var names: [String] = []
    var channels: [Channel] = []
    for line in lines.dropFirst() {
      let (name, formatText, channel) = try signal(line, file: file)
      let format = try format(formatText, file: file)
      if let index = names.firstIndex(of: name) {
        guard layout.files[index].formatText == formatText else {
          throw SignalError.malformed("\(file): gives two formats to the signal file \(clip(name)); correct the header")
        }
        layout.fileOfChannel.append(index)
      } else {
        layout.fileOfChannel.append(names.count)
        names.append(name)
        layout.files.append(WFDBFile(suffix: "", formatText: formatText, format: format.format, offset: format.offset, prefix: []))
      }
      channels.append(channel)
    }
    for (k, suffix) in suffixes(names, record: record).enumerated() { layout.files[k].suffix = suffix }
    return Parsed(info: SignalInfo(rate: rate, channels: channels, format: .wfdb(layout), length: length, comments: comments), fileNames: names)
  }

  /// One signal's line: file, format and the channel.
  private static func signal(_ line: Substring, file: String) throws -> (name: String, format: String, channel: Channel) {
    func bad(_ what: String, _ text: some StringProtocol) -> SignalError {
      .malformed("\(file): \"\(clip(text))\" is no \(what); correct the line \"\(clip(line))\"")
    }
    var rest = line
    func next() -> Substring {
      rest = rest.drop(while: isBlank)
      let field = rest.prefix { !isBlank($0) }
      rest = rest[field.endIndex...].drop(while: isBlank)
      return field
    }
    let (name, format) = (next(), next())
    guard !name.isEmpty, !format.isEmpty else { throw bad("description of a signal", line) }
    guard name != "-", name != "~", name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
      throw SignalError.unsupported(
        "\(file): the signal file \"\(clip(name))\" is not in the record's folder; put it there and name it in the header")
    }
    var channel = Channel()
    if let start = rest.first, start.isASCII, start.isNumber || "+-.".contains(start) {
      let field = next()
      let gain = field.prefix { $0 != "(" && $0 != "/" }
      guard number(gain) != nil else { throw bad("gain", field) }
      channel.gainText = String(gain)
      var tail = field[gain.endIndex...]
      if tail.first == "(" {
        let baseline = tail.dropFirst().prefix { $0 != ")" }
        guard isInteger(baseline), tail[baseline.endIndex...].first == ")" else { throw bad("baseline", field) }
        channel.baselineText = String(baseline)
        tail = tail[baseline.endIndex...].dropFirst()
      }
      if let slash = tail.first {
        guard slash == "/", tail.count > 1 else { throw bad("unit", field) }
        channel.unitsText = String(tail.dropFirst())
      }
      // Resolution, zero, initial value, checksum, block size: a description may take the place of those missing.
      while channel.statedNumbers < 5, isInteger(rest.prefix { !isBlank($0) }) {
        let field = next()
        switch channel.statedNumbers {
        case 0:
          guard let bits = Int(field), (0...64).contains(bits) else { throw bad("converter resolution", field) }
          channel.resolutionText = String(field)
        case 1: channel.zeroText = String(field)
        case 4: channel.blockSizeText = String(field)
        default: break
        }
        channel.statedNumbers += 1
      }
    }
    channel.name = String(rest)
    return (String(name), String(format), channel)
  }

  /// `212`, `16+24`, `16x1:0+24`: the format and the bytes before the first sample.
  static func format(_ text: String, file: String) throws -> (format: WFDBFormat, offset: Int) {
    var rest = text[...]
    func digits(after mark: Character?) -> Int? {
      if let mark {
        guard rest.first == mark else { return -1 }
        rest = rest.dropFirst()
      }
      let field = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest[field.endIndex...]
      return Int(field)
    }
    guard let number = digits(after: nil), let frame = digits(after: "x"), let skew = digits(after: ":"), let offset = digits(after: "+"),
      rest.isEmpty, offset < 1 << 40
    else { throw SignalError.malformed("\(file): \"\(clip(text))\" is no signal format; correct the header") }
    if frame > 1 { throw SignalError.unsupported("\(file): signals of several samples per frame are not read; convert the record to one rate") }
    if skew > 0 { throw SignalError.unsupported("\(file): skewed signals are not read; convert the record to one without skew") }
    guard let format = WFDBFormat(rawValue: number) else {
      let known = WFDBFormat.allCases.map { String($0.rawValue) }.joined(separator: ", ")
      throw SignalError.unsupported("\(file): format \(number) is not read; convert the record to one of \(known)")
    }
    if format.packing == nil, offset > 0 {
      throw SignalError.unsupported("\(file): a FLAC signal file with an offset is not read; convert the record to one without")
    }
    return (format, max(0, offset))
  }

  /// What to append to a record's name for each signal file.
  private static func suffixes(_ names: [String], record: String) -> [String] {
    var result: [String] = []
    for name in names {
      var suffix = name.hasPrefix(record) ? String(name.dropFirst(record.count)) : ""
      if !isSuffix(suffix) || result.contains(suffix) {
        let dot = name.lastIndex(of: ".")
        let ending = dot.map { String(name[$0...]) } ?? ""
        suffix = isSuffix(ending) ? ending : ".dat"
        var number = 2
        let base = suffix
        while result.contains(suffix) {
          suffix = "_\(number)\(base)"
          number += 1
        }
      }
      result.append(suffix)
    }
    return result
  }

  /// Whether a signal file's name may end so: letters, digits, `_`, `-` and a dot, and not the header's own ending.
  static func isSuffix(_ text: String) -> Bool {
    !text.isEmpty && text != ".hea" && text.utf8.count <= 64
      && text.utf8.allSatisfy {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "_-.".utf8.contains($0)
      }
  }

  /// The header's text for a record of this name, with what only the samples tell.
  static func text(_ info: SignalInfo, layout: WFDBLayout, record: String, length: Int, initial: [Int32], checksums: [Int16]) -> String {
    var text = "\(record) \(info.channels.count) \(layout.rateText.isEmpty ? "250" : layout.rateText) \(length)"
    for field in [layout.baseTime, layout.baseDate] where !field.isEmpty { text += " " + field }
    text += "\n"
    for (c, channel) in info.channels.enumerated() {
      let file = layout.files[layout.fileOfChannel[c]]
      text += "\(record)\(file.suffix) \(file.formatText)"
      if !channel.gainText.isEmpty {
        text += " " + channel.gainText
        if !channel.baselineText.isEmpty { text += "(\(channel.baselineText))" }
        if !channel.unitsText.isEmpty { text += "/" + channel.unitsText }
        let numbers = [channel.resolutionText, channel.zeroText, String(initial[c]), String(checksums[c]), channel.blockSizeText]
        for number in numbers.prefix(channel.statedNumbers) { text += " " + number }
      }
      if !channel.name.isEmpty { text += " " + channel.name }
      text += "\n"
    }
    for comment in info.comments { text += "#\(comment)\n" }
    return text
  }
}

/// A decimal number in plain notation, with an exponent or not; nil for anything else, such as `nan`.
func number(_ text: some StringProtocol) -> Double? {
  guard text.utf8.count <= 64, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "+-.eE".utf8.contains($0) }) else { return nil }
  return Double(text).flatMap { $0.isFinite ? $0 : nil }
}

/// Digits only.
func isNatural(_ text: some StringProtocol) -> Bool {
  !text.isEmpty && text.utf8.count <= 18 && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
}

/// Digits, perhaps behind a minus sign.
func isInteger(_ text: some StringProtocol) -> Bool { isNatural(text.first == "-" ? String(text.dropFirst()) : String(text)) }

/// At most 40 characters of a text, for messages.
func clip(_ text: some StringProtocol) -> String {
  String(text.prefix(40).map { $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ? $0 : "?" })
}

private func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

private func trim(_ line: Substring) -> Substring {
  var line = line.drop(while: isBlank)
  while let last = line.last, isBlank(last) { line.removeLast() }
  return line
}
