import Bytes
import Evaluation
import Signals

/// The page of a report: one HTML file that needs nothing else, made of the files in `Page/`.
struct ReportPage {
  private let contents: ReportContents

  /// How many samples of all files and leads together the page holds at most, the surroundings of the worst stretches apart: about 6 MB of text for ECG.
  static let mostValues = 3 << 20
  /// How many bytes of sound the page holds at most.
  static let mostSoundBytes = 24 << 20
  /// One module together, in this order: each may name what stands before it.
  private static let scripts = [
    PackageResources.figures_js, PackageResources.chart_js, PackageResources.curves_js, PackageResources.tables_js, PackageResources.samples_js,
    PackageResources.trace_js, PackageResources.viewer_js, PackageResources.sides_js, PackageResources.compare_js, PackageResources.spectrogram_js,
    PackageResources.listen_js, PackageResources.levels_js, PackageResources.page_js,
  ]

  init(_ contents: ReportContents) { self.contents = contents }

  var html: String {
    // The template is cut before anything is put into it: names of files may hold what looks like a mark.
    var template = String(decoding: PackageResources.page_html, as: UTF8.self)[...]
    var text = ""
    for (mark, contents) in [("STYLE", style), ("DATA", data), ("SCRIPT", script)] {
      let parts = template.split(separator: "<!--\(mark)-->", maxSplits: 1, omittingEmptySubsequences: false)
      precondition(parts.count == 2, "page.html has a mark for \(mark)")
      text += parts[0] + contents
      template = parts[1]
    }
    return text + template
  }

  private var style: String { "<style>\n\(String(decoding: PackageResources.page_css, as: UTF8.self))</style>" }

  private var script: String {
    "<script type=\"module\">\n\(ReportPage.scripts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n"))</script>"
  }

  private var data: String {
    let signals = contents.files.compactMap { file in file.shown.map { ReportPage.element("signal", ReportPage.json($0, file)) } }
    let pictures = contents.files.compactMap { file in file.picture.map { ReportPage.element("picture", ReportPage.json($0, file)) } }
    let sounds = contents.files.compactMap { file in file.sound.map { ReportPage.element("sound", ReportPage.json($0, file)) } }
    return ([ReportPage.element("report", contents.json)] + signals + pictures + sounds).joined(separator: "\n")
  }

  /// Text in a script ends where HTML says, whatever JSON says: no "<" is left in it.
  private static func element(_ name: String, _ value: JSONValue) -> String {
    let text = value.description.replacing("<", with: "\\u003c").replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
    return "<script type=\"application/json\" class=\"\(name)\">\(text)</script>"
  }

  private static func json(_ signal: ShownSignal, _ file: MeasuredFile) -> JSONValue {
    let leads = signal.leads.map { index -> JSONValue in
      let channel = file.info.channels[index]
      return .object([
        ("index", .integer(index)), ("name", .text(channel.name)),
        // Where no gain is stated, samples are shown as they are.
        ("units", channel.isCalibrated ? .text(channel.units) : .null), ("gain", .number(channel.isCalibrated ? channel.gain : 1)),
        ("baseline", .integer(channel.isCalibrated ? channel.baseline : 0)),
      ])
    }
    let parts = signal.parts.map { part in
      JSONValue.object([
        ("from", .integer(part.samples.lowerBound)), ("count", .integer(part.samples.count)),
        ("leads", .array(part.packed.map { .text(base64($0)) })),
      ])
    }
    return .object([
      ("file", .text(file.name)), ("rate", .number(file.info.rate)), ("samples", .integer(file.samples)), ("coder", .text(signal.coder)),
      ("setting", .number(signal.setting)), ("leads", .array(leads)), ("parts", .array(parts)),
      (
        "worst",
        signal.worst.map {
          .object([
            ("lead", .integer($0.lead)), ("from", .integer($0.samples.lowerBound)), ("count", .integer($0.samples.count)),
            ("error", .number($0.relativeError)),
          ])
        } ?? .null
      ), ("peaks", signal.peaks.map { .object([("original", ReportPage.times($0.original)), ("decoded", ReportPage.times($0.decoded))]) } ?? .null),
    ])
  }

  private static func json(_ picture: ShownPicture, _ file: MeasuredFile) -> JSONValue {
    let versions = picture.versions.map { version in
      JSONValue.object([("coder", .text(version.coder)), ("setting", .number(version.setting)), ("png", .text(base64(version.png)))])
    }
    return .object([
      ("file", .text(file.name)), ("top", .integer(picture.rows.lowerBound)), ("left", .integer(picture.columns.lowerBound)),
      ("height", .integer(picture.rows.count)), ("width", .integer(picture.columns.count)), ("original", .text(base64(picture.original))),
      ("versions", .array(versions)),
    ])
  }

  private static func json(_ sound: ShownSound, _ file: MeasuredFile) -> JSONValue {
    let versions = sound.versions.map { version in
      JSONValue.object([("coder", .text(version.coder)), ("setting", .number(version.setting)), ("wave", .text(base64(version.wave)))])
    }
    return .object([
      ("file", .text(file.name)), ("samples", .integer(sound.samples.count)), ("original", .text(base64(sound.original))),
      ("versions", .array(versions)),
    ])
  }

  /// Tenths of samples will do.
  private static func times(_ values: [Double]) -> JSONValue { .array(values.map { .number(($0 * 10).rounded() / 10) }) }
}
