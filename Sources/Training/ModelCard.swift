import Bytes

/// What every codec says of itself: `config.json` and `README.md`. The same for the same recipe and recordings, wherever they lie.
struct ModelCard {
  let name: String
  let recipe: any CodecRecipe
  let recordings: Recordings
  /// The last components of the folders' paths.
  let folders: [String]
  /// They hold pictures, which have no length in time.
  var arePictures = false

  /// - Parameter members: what codecs of this kind have besides.
  func config(kind: String, _ members: [(String, JSONValue)] = []) -> JSONValue {
    let trained: [(String, JSONValue)] = [
      (arePictures ? "pictures" : "recordings", .integer(recordings.training.count)), ("heldBack", .integer(recordings.validation.count)),
      ("recipe", recipe.described),
    ]
    var all: [(String, JSONValue)] = [("format", .integer(1)), ("kind", .text(kind))]
    all += members
    all.append(("trained", .object(trained)))
    return .object(all)
  }

  /// - Parameters:
  ///   - codec: what it is, as "A codec of pictures".
  ///   - notes: lines in front of the results, each part with an empty one behind it.
  ///   - results: lines.
  func text(_ codec: String, notes: [String] = [], results: [String]) -> String {
    var lines = ["# \(name)", "", "\(codec), made by `aecodec train`.", ""]
    if !recipe.about.isEmpty { lines += [recipe.about, ""] }
    if !recipe.license.isEmpty { lines += ["Licence: \(recipe.license)", ""] }
    lines += notes + ["## Results", ""] + results
    lines += ["", "## Data", ""] + recordings.described(folders, pictures: arePictures)
    lines += ["", "## Recipe", "", "```json", recipe.described.lines, "```"]
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Numbers as text.
enum Decimal {
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return String(value) }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let (whole, rest) = Int((abs(value) * Double(scale)).rounded()).quotientAndRemainder(dividingBy: scale)
    let digits = String(rest)
    let sign = value < 0 && whole + rest > 0 ? "-" : ""
    return decimals == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(repeating: "0", count: decimals - digits.count))\(digits)"
  }

  static func short(_ value: Double) -> String { value == value.rounded() ? fixed(value, 0) : String(value) }
}
