import ArgumentParser
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec map`
struct Map: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Draws the codes of pictures, beats or windows as a map to look at.",
    usage: "aecodec map INPUT -o MAP.html -c CODEC [--labels FILE] [--method codes|pca|tsne]",
    discussion: """
      A point an item, and what it stands for under the pointer. Codes of two numbers are places on a plane, above what the decoder makes of it; larger ones are \
      projected: by t-SNE, whose neighbours are neighbours in the code space and whose distances between far groups mean nothing, or on their two principal \
      components. The output is one file that needs nothing else: a page (.html), or a drawing (.svg).
      """)

  @Argument(help: "A signal, or an .aec file made by the codec.")
  var input: String

  @Option(name: [.short, .long], help: "The map: .html or .svg.")
  var output: String

  @Flag(name: [.short, .customLong("force")], help: "Overwrite an existing file.")
  var force = false

  @Option(
    help: ArgumentHelp("Colours by label, one for each item of the input: IDX (packed or not), or a text with a line an item.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("How codes become places. (default: codes where they have two numbers, else tsne)", valueName: "codes|pca|tsne"))
  var method: MapMethod?

  @Option(help: ArgumentHelp("Only the first so many items; at most \(TSNE.mostItems) by tsne, \(Map.mostItems) else.", valueName: "count"))
  var items: Int?

  @Option(help: ArgumentHelp("About how many neighbours count in t-SNE. (default: \(Wording.short(TSNE().perplexity)))", valueName: "count"))
  var perplexity: Double?

  @Option(help: "Of the places that t-SNE begins with. (default: 1)")
  var seed: UInt64?

  @OptionGroup var codec: CodecOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  private static let mostItems = 20_000

  func validate() throws {
    if ![".html", ".svg"].contains(where: output.lowercased().hasSuffix) {
      throw ValidationError("-o/--output: \(output) ends neither in .html nor in .svg; choose one")
    }
    if input == "-" { throw ValidationError("-: a map is drawn of a file; give its name") }
    if let items, items < 1 { throw ValidationError("--items: \(items) is not at least 1") }
    if let perplexity, !(perplexity >= 2 && perplexity <= 1000) { throw ValidationError("--perplexity: \(perplexity) is not from 2 to 1000") }
  }

  func run() throws {
    Threads.jobs = jobs.count
    try Inputs.checkOutput(output, overwrite: force)
    let package = try ItemInputs.codec(codec)
    let reader = ItemInputs(reader: ItemReader(codec: package, keepsNumbers: true), source: source, limits: limits.limits)
    let all = try reader.items(input)
    let names = try labels.map { try Labels($0, count: all.count) }
    let method = try chosen(all)
    let count = min(items ?? all.count, all.count)
    let codes = Map.first(count, of: all.codes)
    let numbers = all.numbers.map { Map.first(count, of: $0) } ?? codes
    let blocks = try BlockCodes(package, info: all.info)
    // The codes themselves lie above what the decoder makes of the plane.
    if method == .codes { try ItemInputs.refuseSequential(blocks, package, "--method codes", advice: "choose pca or tsne") }
    let progress = Progress(output, total: TSNE().steps, isShown: true)
    let places: Tensor
    switch method {
    case .codes: places = codes
    case .pca: places = Projection.components(codes)
    case .tsne:
      var embedding = TSNE()
      (embedding.perplexity, embedding.seed) = (perplexity ?? embedding.perplexity, seed ?? embedding.seed)
      places = embedding.places(codes, progress: progress.update)
    }
    progress.end()
    let kept = names.map { Labels(Array($0.names.prefix(count))) }
    let page = MapPage(
      title: "\(Paths.lastComponent(input)) by \(package.name)", method: method, places: places, labels: kept, numbers: numbers, blocks: blocks,
      grid: method == .codes)
    let file = try AtomicFile(path: output)
    defer { file.abort() }
    try file.write(Array((output.lowercased().hasSuffix(".svg") ? page.svg() : page.html()).utf8))
    try file.commit(overwrite: force)
    var told = "\(output) : \(Wording.count(count, "item")) by \(method.described)"
    if let kept, count > 1 {
      // What can be said of a map in one number.
      let near = Neighbours(places).nearest(places, 1, itself: Array(0..<count))
      let share = Neighbours.agreement(near, queries: kept.names, items: kept.names)
      told += ", \(Wording.fixed(100 * share, 1)) % beside one of their label"
    }
    writeError("\(told)\n")
  }

  /// The method, if it can be had of these codes.
  private func chosen(_ all: Items) throws -> MapMethod {
    let (width, count) = (all.codes.shape[1], min(items ?? all.count, all.count))
    let method = self.method ?? (width == 2 ? .codes : .tsne)
    if method != .tsne, let name = perplexity != nil ? "--perplexity" : seed != nil ? "--seed" : nil {
      throw Failure(.usage, "\(name): only t-SNE has one, and this map is by \(method.described); leave it out, or choose --method tsne")
    }
    let most = method == .tsne ? TSNE.mostItems : Map.mostItems
    guard method != .codes || width == 2 else {
      throw Failure(.usage, "--method codes: a code has \(width) numbers, and a map two; choose pca or tsne")
    }
    guard method != .pca || width <= Projection.mostColumns else {
      throw Failure(.data, "--method pca: a code has \(width) numbers, and \(Projection.mostColumns) are the most for it; choose tsne")
    }
    guard count <= most else {
      throw Failure(.usage, "\(input): has \(count) items, and a map by \(method.described) \(most) at most; take the first with --items \(most)")
    }
    return method
  }

  private static func first(_ count: Int, of rows: Tensor) -> Tensor {
    let width = rows.shape[1]
    return rows.withValues { Tensor($0[..<(count * width)], shape: [count, width]) }
  }
}

/// How codes become places on a map.
enum MapMethod: String, ExpressibleByArgument {
  case codes, pca, tsne

  var described: String {
    switch self {
    case .codes: "the codes themselves"
    case .pca: "principal components"
    case .tsne: "t-SNE"
    }
  }
}
