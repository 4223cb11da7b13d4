import ArgumentParser
import Bytes
import Codecs
import Codes
import Signals
import Tensors
import Tool

/// `aecodec search`
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Finds the items whose codes are nearest to those of others.",
    usage: "aecodec search QUERY FILES-OR-FOLDERS... -c CODEC [-k COUNT] [--binary] [--pixels]",
    discussion: """
      QUERY is FILE:INDEX, or a file for all of its items. Every item is looked at, so the answer is exact; of equally near ones the first comes first, and an \
      item is not its own neighbour. Distances are the squared ones of codes; with --binary the numbers of bits in which they differ, after each number of a \
      code became whether it is above the median that it has among the searched items; with --pixels the squared ones of sample values as the codec scales them.

      With --evaluate and both labels, nothing is listed but how often a neighbour has the label of its query, by code and by sample values.
      """)

  @Argument(help: "What is looked for, then where: signals, .aec files made by the codec, and folders of them.")
  var inputs: [String] = []

  @Option(name: .short, help: ArgumentHelp("Neighbours of each query.", valueName: "count"))
  var k = 10

  @Flag(help: "By codes of one bit a number (semantic hashing).")
  var binary = false

  @Flag(help: "By sample values instead of codes.")
  var pixels = false

  @Option(help: ArgumentHelp("Labels of the searched items, file by file: IDX, or a text with a line an item.", valueName: "file"))
  var labels: String?

  @Option(help: ArgumentHelp("Labels of all items of the query's file.", valueName: "file"))
  var queryLabels: String?

  @Flag(help: "Print only how often neighbours share the label of their query.")
  var evaluate = false

  @Option(help: ArgumentHelp("Only the first so many of the query's items.", valueName: "count"))
  var queries: Int?

  @Option(help: ArgumentHelp("Only the first so many of the searched items.", valueName: "count"))
  var items: Int?

  @Flag(help: "Print JSON, a line a query.")
  var json = false

  @OptionGroup var codec: CodecOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var jobs: JobOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if inputs.count < 2 { throw ValidationError("give a query, and files or folders to search in") }
    if !(1...1000).contains(k) { throw ValidationError("-k: \(k) is not from 1 to 1000") }
    if binary, pixels { throw ValidationError("--binary is for codes and --pixels for sample values: give one") }
    if evaluate, labels == nil || queryLabels == nil { throw ValidationError("--evaluate needs --labels and --query-labels") }
    if evaluate, pixels { throw ValidationError("--evaluate tells of sample values too: leave out --pixels") }
    for (name, count) in [("--queries", queries), ("--items", items)] {
      if let count, count < 1 { throw ValidationError("\(name): \(count) is not at least 1") }
    }
  }

  func run() throws {
    Threads.jobs = jobs.count
    let package = try ItemInputs.codec(codec)
    let reader = ItemInputs(
      reader: ItemReader(codec: package, keepsNumbers: pixels || evaluate), source: source, limits: limits.limits)
    let files = try reader.files(Array(inputs.dropFirst()))
    let place = try SearchedItems(files, reader, labels: labels, atMost: items)
    let asked = try SearchQuery(ItemName(inputs[0]), reader, labels: queryLabels, atMost: queries, among: place)
    if evaluate { return try tellAgreement(asked, place) }
    let found: [[Neighbour]]
    if binary {
      found = BinaryCodes(place.codes).nearest(asked.codes, k, itself: asked.itself)
    } else if pixels, let (wanted, all) = asked.numbers.flatMap({ wanted in place.numbers.map { (wanted, $0) } }) {
      found = Neighbours(all).nearest(wanted, k, itself: asked.itself)
    } else {
      found = Neighbours(place.codes).nearest(asked.codes, k, itself: asked.itself)
    }
    for (query, neighbours) in zip(asked.indices.indices, found) { try tell(asked, query, neighbours, place) }
  }

  private func tell(_ asked: SearchQuery, _ query: Int, _ neighbours: [Neighbour], _ place: SearchedItems) throws {
    let name = "\(asked.file):\(asked.indices[query])"
    if json {
      let told = neighbours.map { neighbour -> JSONValue in
        var members: [(String, JSONValue)] = [
          ("item", .text(place.name(neighbour.index))), ("distance", .number(Double(neighbour.distance))),
        ]
        if let labels = place.labels { members.append(("label", .text(labels[neighbour.index]))) }
        return .object(members)
      }
      var members: [(String, JSONValue)] = [("query", .text(name))]
      if let labels = asked.labels { members.append(("label", .text(labels[query]))) }
      return try say(JSONValue.object(members + [("neighbours", .array(told))]).description)
    }
    try say(name + (asked.labels.map { "\t\($0[query])" } ?? ""))
    for neighbour in neighbours {
      let distance = binary ? String(Int(neighbour.distance)) : Wording.short(Double(neighbour.distance))
      try say("  \(distance)\t\(place.name(neighbour.index))" + (place.labels.map { "\t\($0[neighbour.index])" } ?? ""))
    }
  }

  private func tellAgreement(_ asked: SearchQuery, _ place: SearchedItems) throws {
    guard let wanted = asked.labels, let labels = place.labels, let samples = asked.numbers, let all = place.numbers else { return }
    func share(_ found: [[Neighbour]]) -> Double { Neighbours.agreement(found, queries: wanted, items: labels) }
    let codes =
      binary
      ? share(BinaryCodes(place.codes).nearest(asked.codes, k, itself: asked.itself))
      : share(Neighbours(place.codes).nearest(asked.codes, k, itself: asked.itself))
    let pixels = share(Neighbours(all).nearest(samples, k, itself: asked.itself))
    let (queries, items) = (asked.indices.count, place.codes.shape[0])
    if json {
      return try say(
        JSONValue.object([
          ("queries", .integer(queries)), ("items", .integer(items)), ("neighbours", .integer(k)), ("numbers", .integer(place.codes.shape[1])),
          ("by_code", .number(codes)), ("by_samples", .number(pixels)),
        ]).description)
    }
    try say(
      "\(Wording.count(queries, "query", plural: "queries")), \(Wording.count(k, "neighbour")) each of \(Wording.count(items, "item")): "
        + "\(Wording.fixed(100 * codes, 2)) % have the query's label by \(binary ? "bits" : "codes") of \(Wording.count(place.codes.shape[1], "number")), "
        + "\(Wording.fixed(100 * pixels, 2)) % by sample values")
  }
}

/// All items that are searched.
struct SearchedItems {
  let codes: Tensor
  let numbers: Tensor?
  let labels: [String]?
  /// Files, where the items of each begin, and their names where they are files themselves.
  private let starts: [(file: String, start: Int, names: [String]?)]

  init(_ files: [String], _ reader: ItemInputs, labels: String?, atMost limit: Int?) throws {
    var (codes, numbers, starts, count) = ([Float](), [Float](), [(file: String, start: Int, names: [String]?)](), 0)
    var (width, size) = (1, 1)
    for file in files {
      let items = try reader.items(file)
      starts.append((file, count, file.hasSuffix(".aec") || SignalFile.isPicture(file) ? nil : items.names))
      count += items.count
      width = items.codes.shape[1]
      codes += items.codes.values
      if let own = items.numbers {
        size = own.shape[1]
        numbers += own.values
      }
      try Items.check(numbers: codes.count + numbers.count, name: file)
    }
    let kept = min(limit ?? count, count)
    self.starts = starts
    self.labels = try labels.map { Array(try Labels($0, count: count).names.prefix(kept)) }
    self.codes = Tensor(codes.prefix(kept * width), shape: [kept, width])
    self.numbers = numbers.isEmpty ? nil : Tensor(numbers.prefix(kept * size), shape: [kept, size])
  }

  /// FILE:INDEX, or the file of a picture in a folder.
  func name(_ index: Int) -> String {
    guard let (file, start, names) = starts.last(where: { $0.start <= index }) else { return "\(index)" }
    return names.map { Inputs.join(file, $0[index - start]) } ?? "\(file):\(index - start)"
  }

  /// The item of a file by its index there; nil if it is not searched.
  func place(_ file: String, _ index: Int) -> Int? {
    let name = Paths.lastComponent(file)
    if let (_, start, names) = starts.first(where: { $0.names?.contains(name) == true && Paths.isSame(Inputs.join($0.file, name), file) }),
      let own = names?.firstIndex(of: name), start + own < codes.shape[0]
    {
      return start + own
    }
    guard let start = starts.first(where: { $0.file == file || Paths.isSame($0.file, file) })?.start, start + index < codes.shape[0] else {
      return nil
    }
    return start + index
  }
}

/// The items whose neighbours are looked for.
struct SearchQuery {
  let file: String
  let indices: [Int]
  let codes: Tensor
  let numbers: Tensor?
  let labels: [String]?
  /// Where each is among those that are searched, if it is.
  let itself: [Int?]

  init(_ name: ItemName, _ reader: ItemInputs, labels: String?, atMost limit: Int?, among place: SearchedItems) throws {
    let items = try reader.items(name.file)
    file = name.file
    indices = name.index == nil ? Array(0..<min(limit ?? items.count, items.count)) : [try name.single(items)]
    let (indices, first) = (indices, indices[0])
    func part(_ rows: Tensor) -> Tensor {
      let width = rows.shape[1]
      return rows.withValues { Tensor($0[first * width..<(first + indices.count) * width], shape: [indices.count, width]) }
    }
    codes = part(items.codes)
    numbers = items.numbers.map(part)
    self.labels = try labels.map { path in
      let names = try Labels(path, count: items.count).names
      return indices.map { names[$0] }
    }
    let file = file
    itself = indices.map { place.place(file, $0) }
  }
}
