import ArgumentParser
import Codecs
import Evaluation
import Glibc
import Signals
import Synchronization
import Tool

/// `aecodec report`
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Measures rate and distortion of codecs beside what people use.",
    usage: "aecodec report --codec CODEC... --against PEERS FILES-OR-FOLDERS... -o FOLDER",
    discussion: """
      Every file is encoded and decoded at every quality with every entropy stage and effort, and with every peer, on one thread. Files that cannot be \
      read and points that cannot be had are named and left out; the exit status is 1 then. The folder gets report.json, report.csv and report.html, a \
      page that shows them, and signals beside what the first way of the first codec makes of them, or pictures beside what all make of them. \
      Pictures are measured apart from other signals; in folders a codec for pictures takes them, and others take the rest. Where all files are sound, it is \
      measured as one hears it: by STOI, log mel spectra, level in thirds of an octave, and by PESQ and ViSQOL where these are installed.
      """)

  @Argument(help: "Files, records (name with or without .hea), pictures, and folders with all below them.")
  var inputs: [String] = []

  @Option(name: [.short, .long], help: ArgumentHelp("The folder for the report.", valueName: "folder"))
  var output: String

  @Flag(name: [.short, .customLong("force")], help: "Overwrite an older report.")
  var force = false

  @Option(
    name: [.short, .customLong("codec")],
    help: ArgumentHelp(
      "A codec: a name or the path of its folder; may be given several times. (default: \(CodecLookup.standardName(isPicture: true)) if there are pictures only, \(CodecLookup.standardName(isPicture: false, isSound: true)) if there is sound only, otherwise \(CodecLookup.standardName(isPicture: false)))",
      valueName: "name|path"))
  var codecs: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      What to compare with, with commas: built in \(Report.builtIn.joined(separator: ", ")); where installed \(Report.outside { $0.layout != .pictures }); \
      for pictures and stacks of them \(Report.outside { $0.layout == .pictures }), for stacks each twice: a file for each picture, and pictures side by \
      side in one. (default: \(Report.builtIn.joined(separator: ",")); for pictures \(ReportKind.pictures.peers.joined(separator: ",")), for sounds \(ReportKind.sounds.peers.joined(separator: ",")))
      """,
      valueName: "a,b"))
  var against: ValueList<String>?

  @Option(
    help: ArgumentHelp(
      "What else scores sounds, with commas: \(OutsideJudge.all.map(\.name).joined(separator: ", ")), which are packages of Python, or none. (default: all)",
      valueName: "a,b"))
  var judges: ValueList<String>?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("Qualities, 0 to 100, with commas. (default: 15,30,45,60,75,90; for pictures 5 too)", valueName: "a,b"))
  var quality: ValueList<Double>?

  @Option(help: ArgumentHelp("Entropy stages, with commas: auto, zstd, prior. (default: zstd,prior; for pictures and sounds auto)", valueName: "a,b"))
  var entropy: ValueList<EntropyChoice>?

  @Option(name: .shortAndLong, help: ArgumentHelp("Efforts, 1 (fastest) to 9 (smallest), with commas.", valueName: "a,b"))
  var effort: ValueList<Int> = ValueList([EncodeSettings().effort])

  @Option(
    help: ArgumentHelp(
      "The quality whose signal is shown, one of -q. (default: the one in the middle; for pictures and sounds three)", valueName: "quality"))
  var show: Double?

  @Option(
    help: ArgumentHelp(
      "The PRDN in percent over which BD-rates go (default: all that two curves have in common); for pictures the PSNR in dB (default: 27,36), for sounds PESQ, or the log-mel distance in dB where PESQ is not installed",
      valueName: "from,to"))
  var range: ValueList<Double>?

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    help: "Files measured at once; more than one take time from each other, and memory is not told then.")
  var jobs = 1

  @OptionGroup var source: SourceOptions

  private static let builtIn = Peers.all.map(\.name)

  private static func outside(_ isWanted: (OutsideTool) -> Bool) -> String {
    OutsideTool.all.filter(isWanted).map(\.name).joined(separator: ", ")
  }

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("no input: give files, records or folders") }
    if inputs.contains("-") { throw ValidationError("-: standard input can be read only once; give files") }
    if output.isEmpty || output == "-" { throw ValidationError("-o/--output: a report is a folder; give its name") }
    let peers = Report.builtIn + OutsideTool.all.map(\.name)
    if let wrong = against?.values.first(where: { !peers.contains($0) }) {
      throw ValidationError("--against: there is no peer \"\(wrong)\"; choose from \(peers.joined(separator: ", "))")
    }
    let known = OutsideJudge.all.map(\.name)
    if let wrong = judges?.values.first(where: { !known.contains($0) }), judges?.values != ["none"] {
      throw ValidationError("--judges: there is no \"\(wrong)\"; choose from \(known.joined(separator: ", ")), or none alone")
    }
    if let wrong = quality?.values.first(where: { !(0...100).contains($0) }) { throw ValidationError("-q/--quality: \(wrong) is not from 0 to 100") }
    if let wrong = effort.values.first(where: { !(1...9).contains($0) }) { throw ValidationError("-e/--effort: \(wrong) is not from 1 to 9") }
    if let values = range?.values, values.count != 2 || !(values[0] > 0 && values[0] < values[1]) {
      throw ValidationError(
        "--range: give two different PRDN in percent, PSNR in dB for pictures, or PESQ for sounds, the smaller one first, such as 4,16")
    }
    if !(1...1024).contains(jobs) { throw ValidationError("-j/--jobs: \(jobs) is not from 1 to 1024") }
  }

  /// What to compare with; missing tools are named.
  private func peers(_ kind: ReportKind, leavingOut missing: inout [(peer: String, reason: String)]) -> [Coder] {
    (against?.values ?? kind.peers).flatMap { name -> [Coder] in
      if let peer = Peers.all.first(where: { $0.name == name }) { return [.peer(peer)] }
      do {
        return try OutsideTool.all.filter { $0.name == name }
          .flatMap { tool in try tool.arrangements(isWhole: kind == .pictures).map { .tool(try InstalledTool(tool, $0)) } }
      } catch {
        missing.append((name, "\(error)"))
        return []
      }
    }
  }

  /// The judges of sound that are there; others are named.
  private func installedJudges(_ kind: ReportKind, leavingOut missing: inout [(peer: String, reason: String)]) -> [InstalledJudge] {
    (kind == .sounds ? OutsideJudge.all : []).filter { judges?.values.contains($0.name) ?? true }.compactMap { judge in
      do {
        return try InstalledJudge(judge)
      } catch {
        missing.append((judge.name, "\(error)"))
        return nil
      }
    }
  }

  private func standardCodec() throws -> String {
    let others = try Inputs.files(inputs) { SignalFile.isPicture($0) ? nil : source.recording($0) }
    let pictures = try Inputs.files(inputs) { SignalFile.isPicture($0) ? $0 : nil }
    guard !others.isEmpty else { return CodecLookup.standardName(isPicture: !pictures.isEmpty) }
    return CodecLookup.standardName(isPicture: false, isSound: try ReportKind(of: others, source) == .sounds)
  }

  /// The codecs, told apart by their names.
  private func packages() throws -> [CodecPackage] {
    let packages = try (codecs.isEmpty ? [standardCodec()] : codecs).map(CodecLookup.encoder)
    for (index, package) in packages.enumerated() where packages[..<index].contains(where: { $0.name == package.name }) {
      throw Failure(.usage, "-c/--codec: two codecs are named \(package.name), and a report tells them apart by their names; rename a folder")
    }
    return packages
  }

  func run() throws {
    let packages = try packages()
    // In a folder only what the codec is for.
    let names = try Inputs.files(inputs) { SignalFile.isPicture($0) == packages[0].isOfPictures ? source.recording($0) : nil }
    guard !names.isEmpty else {
      let noun = packages[0].isOfPictures ? "picture" : "recording"
      throw Failure(.noInput, "\(inputs.joined(separator: ", ")): no \(noun) there; give files or folders with some")
    }
    let kind = try ReportKind(of: names, source)
    let qualities = (quality?.values ?? kind.qualities).sorted()
    if let show, !qualities.contains(show) { throw Failure(.usage, "--show: \(show) is none of the qualities; add it to -q/--quality") }
    Interruption.atEnd { InstalledTool.abandonAll() }
    var contents = ReportContents(kind, codecs: packages, jobs: jobs, range: range.map { $0.values[0]...$0.values[1] } ?? kind.range)
    contents.peers = peers(kind, leavingOut: &contents.leftOut)
    contents.meter = SoundMeter(judges: installedJudges(kind, leavingOut: &contents.leftOut))
    for package in packages {
      contents.own += (entropy?.values ?? kind.entropies).flatMap { entropy in
        effort.values.map { Coder.codec(package, entropy, effort: $0, qualities: qualities) }
      }
      // Those that lose nothing are to be compared with the like.
      if contents.peers.contains(where: \.isLossless) { contents.own += effort.values.map { .exactCodec(package, effort: $0) } }
    }
    let files = ReportFiles(folder: output, overwrite: force)
    try files.check()
    let failure = try measure(names, ShownParts(names: names, qualities: qualities, chosen: show), files, &contents)
    try files.write(contents)
    try say(contents.table)
    try say("written: \(files.paths.joined(separator: ", "))")
    if let failure { throw failure }
  }

  /// Measures all files into `contents`.
  /// - Returns: what is to be told in the end where something failed.
  /// - Throws: the failure, if nothing could be measured.
  private func measure(_ names: [String], _ shown: ShownParts, _ files: ReportFiles, _ contents: inout ReportContents) throws -> Failure? {
    let coders = contents.coders
    // And one more, for the page.
    let pointsPerFile = coders.reduce(1) { $0 + $1.settings.count }
    let progress = ReportProgress(total: names.count * pointsPerFile)
    defer { progress.end() }
    let (source, isAlone, kind) = (source, jobs == 1, contents.kind)
    let meter = kind == .sounds ? contents.meter : nil
    var measured: [Result<MeasuredFile, Failure>] = []
    let workers = OrderedWorkers<String, Result<MeasuredFile, Failure>>(threads: jobs) { name in
      do {
        let (info, samples) = try Report.signal(name, source)
        var file = MeasuredFile(name: name, info, samples, coders, meter: meter, isAlone: isAlone) { progress.add($0) }
        try shown.add(samples, info, coders, kind, to: &file)
        progress.add(1)
        return .success(file)
      } catch {
        progress.add(pointsPerFile)
        return .failure(Failure(error, file: name))
      }
    } deliver: { result in
      // Without a folder there would be nothing to measure for.
      if case .success = result { try files.makeFolder() }
      measured.append(result)
    }
    defer { workers.stop() }
    for name in names { try workers.submit(name) }
    try workers.finish()
    progress.end()
    for (name, result) in zip(names, measured) {
      switch result {
      case .success(let file): contents.files.append(file)
      case .failure(let failure):
        if names.count == 1 { throw failure }
        if let message = failure.message { complain(message) }
        contents.failed.append((name, failure.message ?? ""))
      }
    }
    let failures = [
      contents.failed.isEmpty ? nil : "\(contents.failed.count) of \(names.count) files failed",
      contents.failedPoints == 0 ? nil : "\(Wording.count(contents.failedPoints, "point")) could not be measured",
    ].compactMap(\.self)
    guard !failures.isEmpty else { return nil }
    let failure = Failure(.mixed, failures.joined(separator: ", "))
    if contents.files.isEmpty { throw failure }
    return failure
  }

  /// The most samples times leads of a signal that is held in memory.
  private static let mostValues = 1 << 27

  private static func signal(_ path: String, _ source: SourceOptions) throws -> (SignalInfo, [[Int32]]) {
    let reader = try source.open(path)
    var samples = reader.info.channels.map { _ in [Int32]() }
    while case let part = try reader.read(1 << 16), let count = part.first?.count, count > 0 {
      guard (samples[0].count + count) * samples.count <= Report.mostValues else {
        throw Failure(.data, "\(path): more than \(Report.mostValues) values, too many to be measured in memory; take a part with -t/--to")
      }
      for k in samples.indices { samples[k] += part[k] }
    }
    guard !samples[0].isEmpty else { throw Failure(.data, "\(path): has no samples: there is nothing to measure; leave it out") }
    return (reader.info, samples)
  }
}

/// The line that says how far a report is, for threads.
private final class ReportProgress: Sendable {
  private let state: Mutex<(progress: Progress, done: Int)>

  init(total: Int) { state = Mutex((Progress("report", total: total, isShown: true, showsTimeLeft: true), 0)) }

  func add(_ points: Int) {
    state.withLock { state in
      state.done += points
      state.progress.update(state.done)
    }
  }

  func end() { state.withLock { $0.progress.end() } }
}
