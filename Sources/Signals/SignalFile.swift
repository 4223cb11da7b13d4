import Bytes

/// What the caller says about an input; all that is not said is found out from the file.
public struct InputOptions: Sendable {
  /// Sample encoding of headerless input.
  public var raw: RawEncoding?
  /// Sampling rate in Hz, for headerless input and tables.
  public var rate: Double?
  /// Number of channels of headerless input.
  public var channels = 1
  /// Channels to take, each by number from 0 or by name; nil for all.
  public var selection: [String]?
  /// Whether a picture is taken as a stack of one, as those are that learn from small pictures.
  public var picturesAreItems = false
  /// Whether tables may have missing values: cells that are empty or say so (`NaN`, `NA`, `N/A`, `null`, `none`, in any case) are read as
  /// `SignalInfo.missingValue`. Otherwise they are refused.
  public var keepsMissing = false
  /// Whether floating-point samples come in a form that keeps all their bits, which only exact codecs can do something with (`FloatForm`); otherwise
  /// they are quantised to 24 bits.
  public var keepsFloats = false
  public var limits = SignalLimits()

  public init(raw: RawEncoding? = nil, rate: Double? = nil, channels: Int = 1, selection: [String]? = nil, picturesAreItems: Bool = false) {
    (self.raw, self.rate, self.channels, self.selection, self.picturesAreItems) = (raw, rate, channels, selection, picturesAreItems)
  }
}

/// Opens and creates signals' files of every kind.
public enum SignalFile {
  /// Opens an input: a WFDB record with or without `.hea`, `.dat` or `.mat`; a table (`.csv`, `.txt`, `.tsv`); sound (WAV, RF64, W64, AIFF, FLAC, Ogg
  /// Vorbis and Opus, MP3); a stack of pictures (IDX, packed by gzip or not, or a folder of pictures that are all alike); pictures (PNG, JPEG, TIFF, PNM);
  /// with `options.raw` headerless samples. `-` is standard input: headerless samples, sound, or a table. Throws `SignalError`.
  public static func open(_ path: String, options: InputOptions = InputOptions()) throws -> any SignalReader {
    try selected(openAll(path, options), path, options)
  }

  /// Opens pictures that are all alike as one stack: files, and all those right in folders. Throws `SignalError`.
  public static func openStack(_ paths: [String]) throws -> any SignalReader { try FolderReader(FolderReader.paths(paths)) }

  private static func selected(_ reader: any SignalReader, _ path: String, _ options: InputOptions) throws -> any SignalReader {
    guard reader.info.channels.count <= options.limits.channels else {
      throw SignalError.limit(
        "\(path): \(reader.info.channels.count) channels are more than the limit of \(options.limits.channels); check the number")
    }
    guard let selection = options.selection else { return reader }
    let indices = try reader.info.channelIndices(selection, file: path)
    guard !indices.isEmpty, Set(indices).count == indices.count else {
      throw SignalError.noSuchChannel("\(path): the selection of signals is empty or names one twice; name each once")
    }
    return indices == Array(reader.info.channels.indices) ? reader : SelectingReader(reader, indices: indices)
  }

  private static func openAll(_ path: String, _ options: InputOptions) throws -> any SignalReader {
    let file = { path == "-" ? InputFile(descriptor: 0, name: "standard input") : try InputFile(path: path) }
    if let rate = options.rate, !(rate > 0 && rate <= 1e9) {
      throw SignalError.unsupported("\(path): a sampling rate of \(rate) Hz; give one above 0")
    }
    if let encoding = options.raw {
      guard let rate = options.rate else { throw SignalError.malformed("\(path): headerless samples state no sampling rate; give it with --rate") }
      guard options.channels > 0, options.channels <= options.limits.channels else {
        throw SignalError.limit("\(path): \(options.channels) channels; give a number from 1 to \(options.limits.channels)")
      }
      return try RawReader(try file(), encoding: encoding, rate: rate, channels: options.channels)
    }
    if path == "-" {
      let input = try file()
      let head = try input.read(upTo: 16)
      input.unread(head)
      if SoundLayout.Container(ofHead: head) != nil { return try sound(input, options) }
      guard options.rate != nil else {
        throw SignalError.malformed(
          "standard input: is no sound file, and says nothing of its kind: give --raw and --rate (and --channels), or --rate for a table")
      }
      return try CSVReader(input, rate: options.rate, keepsMissing: options.keepsMissing, limits: options.limits)
    }
    let (stem, ending) = split(path)
    switch ending {
    case "hea": return try WFDBReader(record: stem, limits: options.limits)
    case "dat", "mat":
      guard InputFile.exists(stem + ".hea") else {
        if !InputFile.exists(path) { _ = try file() }
        throw SignalError.missing("\(stem).hea: this header of \(path) is not there; put it beside, or say what the file holds with --raw")
      }
      return try WFDBReader(record: stem, limits: options.limits)
    case "csv", "tsv", "txt": return try CSVReader(try file(), rate: options.rate, keepsMissing: options.keepsMissing, limits: options.limits)
    default: break
    }
    if isSound(path), InputFile.exists(path) || !InputFile.exists(path + ".hea") { return try sound(try file(), options) }
    if PictureFile.kind(ofName: path) != nil, InputFile.exists(path) || !InputFile.exists(path + ".hea") {
      return try picture(path, options)
    }
    return try guess(path, options)
  }

  private static func sound(_ file: InputFile, _ options: InputOptions) throws -> any SignalReader {
    try SoundReader(SoundReader.source(file), keepsFloats: options.keepsFloats, limits: options.limits)
  }

  private static func picture(_ path: String, _ options: InputOptions) throws -> any SignalReader {
    options.picturesAreItems ? try FolderReader([path]) : PictureReader(try PictureFile.source(path))
  }

  /// Whether a file in a folder is, by its name, a stack of pictures.
  public static func isStack(_ path: String) -> Bool { IDXHeader.isPictureName(path) }

  /// Whether a file in a folder is, by its name, a picture.
  public static func isPicture(_ path: String) -> Bool { PictureFile.kind(ofName: path) != nil }

  /// Whether a file in a folder is, by its name, sound.
  public static func isSound(_ path: String) -> Bool { SoundLayout.Container(ofName: path) != nil }

  /// Input of which the name does not tell what it is.
  private static func guess(_ path: String, _ options: InputOptions) throws -> any SignalReader {
    if InputFile.exists(path + ".hea") { return try WFDBReader(record: path, limits: options.limits) }
    guard InputFile.exists(path) else {
      if InputFile.isFolder(path) { return try openStack([path]) }
      throw SignalError.missing("\(path): neither this file nor \(path).hea is there; give the name of a file or record")
    }
    let file = try InputFile(path: path)
    let head = try file.read(upTo: 512)
    if SoundLayout.Container(ofHead: head) != nil {
      try file.seek(to: 0)
      return try sound(file, options)
    }
    if PictureFile.kind(ofHead: head) != nil { return try picture(path, options) }
    if IDXHeader.begins(head) || head.starts(with: GzipDecoder.signature) { return try IDXReader(UnpackedFile(file, head: head)) }
    guard file.size != nil, !head.isEmpty, head.allSatisfy({ $0 >= 0x20 || 0x09...0x0D ~= $0 }) else {
      throw SignalError.unsupported("\(path): no kind of file that is known; say what it holds with --raw, --rate and --channels")
    }
    try file.seek(to: 0)
    return try CSVReader(file, rate: options.rate, keepsMissing: options.keepsMissing, limits: options.limits)
  }

  /// Creates an output for a signal: in its own format, or converted to `format`. For WFDB `path` is the record, with or without `.hea`, `.dat` or
  /// `.mat`; a stack that came from a folder becomes a new folder; `-` is standard output (raw, csv, wav, PNG and PNM). Nothing has the final name until
  /// `finish`. Throws `SignalError`.
  public static func create(_ path: String, info: SignalInfo, format: OutputFormat? = nil, overwrite: Bool = false) throws -> any SignalWriter {
    if let format { try refuse(format, of: info, path) }
    if format == nil, info.picture != nil, let kind = PictureFile.kind(ofName: path), !PictureFile.writes(kind) {
      throw SignalError.cannotCreate("\(path): JPEG files are not written; choose a name that ends in .png")
    }
    if let stack = info.stack, format == .png || format == nil && stack.folder != nil {
      guard path != "-" else { throw SignalError.cannotCreate("standard output: cannot hold a folder of pictures; choose raw or csv") }
      return try FolderWriter(path, layout: stack)
    }
    if format == nil, case .sound(let layout) = info.format, let named = SoundLayout.Container(ofName: path), named.isLossy {
      throw SignalError.cannotCreate("\(path): \(named) files are not written; choose a name that ends in .\(layout.container.written)")
    }
    let converted = format.map(info.converted) ?? info.format
    // The integers that stand for floating-point numbers mean nothing elsewhere.
    if case .sound(let layout) = info.format, let form = layout.floatForm, converted != info.format, !converted.isFloat {
      var integers = layout
      integers.type = .integer(bits: FloatForm.depth)
      return IntegersWriter(try create(path, info: info.with(.sound(integers)), format: format, overwrite: overwrite), from: form)
    }
    if case .wfdb(let layout) = converted {
      guard path != "-" else { throw SignalError.cannotCreate("standard output: cannot hold the files of a WFDB record; choose another format") }
      var stem = path
      for ending in [".hea", ".dat", ".mat"] where path.hasSuffix(ending) { stem = String(path.dropLast(4)) }
      let described = format == .wfdb ? info.describedForWFDB : info
      return try WFDBWriter(record: stem, info: described.with(.wfdb(layout)), layout: layout, overwrite: overwrite)
    }
    if path != "-" { try AtomicFile.check(path, overwrite: overwrite) }
    let file = try path == "-" ? AtomicFile(descriptor: 1, name: "standard output") : AtomicFile(path: path)
    do {
      switch converted {
      case .raw(let encoding): return RawWriter(file, encoding: encoding, channels: info.channels.count, overwrite: overwrite)
      case .csv(let layout): return try CSVWriter(file, info: info, layout: layout, overwrite: overwrite)
      case .sound(let layout):
        guard file.isNew || layout.container.written.holdsChunks else {
          throw SignalError.cannotCreate("\(file.path): \(layout.container) files need a file; choose wav, raw or csv with --format")
        }
        return try SoundWriter(file, info: info, layout: layout, overwrite: overwrite)
      case .stack(let layout):
        guard path != "-" else { throw SignalError.cannotCreate("standard output: IDX files need a file; choose raw or csv") }
        guard !path.lowercased().hasSuffix(".gz") else {
          throw SignalError.cannotCreate("\(path): IDX files are written unpacked; choose a name without .gz")
        }
        return try IDXWriter(file, layout: layout, overwrite: overwrite)
      case .picture(let layout):
        guard layout.kind != .tiff || file.isNew else {
          throw SignalError.cannotCreate("\(file.path): TIFF files need a file; choose png or pam with --format")
        }
        return try PictureWriter(file, layout: PictureFile.converted(layout, to: layout.kind), overwrite: overwrite)
      case .wfdb: preconditionFailure("handled above")
      }
    } catch {
      file.abort()
      throw error
    }
  }

  /// Throws `SignalError` where a signal cannot be written in a format at all.
  private static func refuse(_ format: OutputFormat, of info: SignalInfo, _ path: String) throws {
    if format == .idx {
      guard let stack = info.stack else { throw SignalError.unsupported("\(path): IDX files are for stacks of pictures; choose another format") }
      guard stack.maximum == 255 else {
        throw SignalError.unsupported("\(path): samples up to \(stack.maximum) are not written to IDX files, 255 is the most; choose png or raw")
      }
    } else if format.picture != nil, info.picture == nil, format != .png || info.stack == nil {
      throw SignalError.unsupported(
        "\(path): \(format.rawValue) is for \(info.stack == nil ? "pictures" : "one picture, and stacks take png"); choose another format")
    }
  }

  /// The name before the last dot of a path's last component, and what follows it in lower case.
  private static func split(_ path: String) -> (stem: String, ending: String) {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return (path, "") }
    return (String(path[..<dot]), path[path.index(after: dot)...].lowercased())
  }
}
