import Bytes
import Codecs
import Evaluation
import Foundation
import Signals
import Testing

/// Outside tools for pictures, on stacks: those that are installed, and shell scripts in their place.
@Suite struct PictureTools {
  /// Blots on black, which differ from picture to picture.
  private static func stack(_ count: Int, extents: [Int]) throws -> (info: SignalInfo, samples: [[Int32]]) {
    let layout = try #require(StackLayout(extents: extents))
    let (rows, columns, colours) = (extents[0], extents[1], extents.count == 3 ? extents[2] : 1)
    var samples: [Int32] = []
    for item in 0..<count {
      for row in 0..<rows {
        for column in 0..<columns {
          let (x, y) = (column - columns / 2, row - rows / 2 + item % 5 - 2)
          let value = max(0, 255 - (20 + 3 * (item % 7)) * (x * x + y * y) / 4)
          for colour in 0..<colours { samples.append(Int32(value / (1 + (colour + item) % 3))) }
        }
      }
    }
    return (SignalInfo(stack: layout, items: count), [samples])
  }

  private static func names(lossless: Bool) -> [String] {
    OutsideTool.all.filter { $0.layout == .pictures && $0.isLossless == lossless }.map(\.name)
  }

  private static func installed(_ name: String, path: String? = nil) throws -> [InstalledTool] {
    let tool = try Tools.tool(name)
    return try tool.arrangements(isWhole: false).map { try InstalledTool(tool, $0, path: path) }
  }

  static func isThere(_ names: [String]) -> Bool { names.allSatisfy { name in (try? installed(name)) != nil } }

  /// Grey and RGB, also where several pictures do not fill a sheet.
  @Test(
    .enabled(if: isThere(names(lossless: true)), "needs optipng, netpbm, webp and libjxl-tools"), arguments: names(lossless: true),
    [[13, 7], [12, 9, 1], [8, 11, 3]])
  func everyPictureComesBack(name: String, extents: [Int]) throws {
    let (info, samples) = try Self.stack(7, extents: extents)
    let tools = try Self.installed(name)
    #expect(tools.map(\.name) == ["\(name) files", "\(name) tiles"])
    let file = MeasuredFile(name: "blots", info, samples, tools.map { .tool($0) }) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    #expect(file.points.map(\.maximumError) == [0, 0] && file.points.allSatisfy { $0.samples == samples[0].count && $0.encodeSeconds > 0 })
    #expect(file.points.count == 2 && file.points[1].bytes < file.points[0].bytes, "one header in the place of seven")
    #expect(file.points.allSatisfy { $0.peaks == nil }, "pictures have no heartbeats")
  }

  @Test(
    .enabled(if: isThere(names(lossless: false)), "needs libjpeg-turbo-progs, libopenjp2-tools, webp, libavif-bin, netpbm and libjxl-tools"),
    arguments: names(lossless: false), [[28, 28], [20, 24, 3]])
  func picturesGetWorse(name: String, extents: [Int]) throws {
    let (info, samples) = try Self.stack(9, extents: extents)
    let coders = try Self.installed(name).map { Coder.tool($0) }
    let file = MeasuredFile(name: "blots", info, samples, coders) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    for coder in coders {
      let points = file.points.filter { $0.coder == coder.name }
      #expect(points.map(\.setting) == coder.settings)
      let (best, worst) = (try #require(points.first), try #require(points.last))
      #expect(best.bytes > worst.bytes && (best.psnr ?? 99) > (worst.psnr ?? 99) && (best.psnr ?? 99) > 30, "\(best) \(worst)")
      let items = Double(samples[0].count / 9)
      #expect(abs((worst.itemError ?? 0) - items * pow(10, -(worst.psnr ?? 0) / 10)) < 1e-9)
    }
  }

  /// Programs in the place of optipng's that keep the picture as it is, and note how often they ran.
  private func copier(_ programs: Tools.Programs) throws {
    try programs.add("optipng", #"[ "$1" = --version ] && { echo OptiPNG version 0.1; exit; }; echo x >> "${0%/*}/runs"; exec /bin/cp "$5" "$4""#)
    try programs.add("pngtopnm", #"exec /bin/cat "$1""#)
  }

  /// A few of many, from the first to near the last; side by side all of them, on as many sheets as it takes.
  @Test func someOfManyPicturesBecomeFiles() throws {
    let programs = try Tools.Programs()
    try copier(programs)
    let (info, samples) = try Self.stack(1000, extents: [2, 3])
    let tools = try Self.installed("png", path: programs.folder.path)
    let file = MeasuredFile(name: "blots", info, samples, tools.map { .tool($0) }) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    try #require(file.points.count == 2)
    #expect(file.points.map(\.samples) == [200 * 6, 6000] && file.points.map(\.maximumError) == [0, 0])
    let header = "P5\n3 2\n255\n".utf8.count
    #expect(file.points[0].bytes == 200 * (header + 6) && file.points[0].bitsPerSample == Double(8 * (header + 6)) / 6)
    // 26 pictures side by side are as many columns as 39 below each other are rows.
    #expect(file.points[1].bytes == "P5\n78 78\n255\n".utf8.count + 78 * 78)
    let runs = try String(contentsOf: programs.folder.appending(path: "runs"), encoding: .utf8)
    #expect(runs.count { $0 == "x" } == 201)
    #expect(tools[0].description.contains("200 pictures") && tools[1].description.contains("4096 x 4096"))
  }

  @Test func largePicturesTakeSeveralSheets() throws {
    let programs = try Tools.Programs()
    try copier(programs)
    let (info, samples) = try Self.stack(13, extents: [1000, 1040])
    let tile = try #require(try Self.installed("png", path: programs.folder.path).last)
    let file = MeasuredFile(name: "blots", info, samples, [.tool(tile)]) { _ in }
    // Four below each other and three side by side; one is left.
    let sizes = ["P5\n3120 4000\n255\n", "P5\n1040 1000\n255\n"].map(\.utf8.count)
    #expect(file.failed.isEmpty && file.points.map(\.bytes) == [sizes[0] + 12_480_000 + sizes[1] + 1_040_000], "\(file.failed)")
    #expect(file.points.map(\.maximumError) == [0])
  }

  static let refusals: [(script: String, reason: String)] = [
    (
      "echo nonsense",
      "gave back no picture: out.ppm: does not begin as a PNG, JPEG, TIFF or PNM file does; give a picture of one of these kinds"
    ), (#"printf "P5\n4 2\n255\n12345678""#, "gave back a picture of 4 x 2 in the place of 3 x 2"),
    (#"printf "P5\n3 2\n255\n12345""#, "gave back no picture: out.ppm: is cut short; get the whole file"),
    (#"printf "P6\n0 2\n255\n12345""#, "gave back no picture: out.ppm: has no pixels (0x2); give a picture with some"),
    (#"printf "P5\n3 2\n65535\n123456789012""#, "gave back no grey or RGB picture of 8 bits"),
    (
      #"printf "P5\n999999 999999\n255\n12345""#,
      "gave back no picture: out.ppm: 999999x999999 pixels of 1 samples are more than the limit of 2^30 samples, or 2^24 pixels a row; cut it into parts"
    ),
  ]

  @Test(arguments: refusals.indices) func whatIsNoPictureIsAFailedPoint(number: Int) throws {
    let programs = try Tools.Programs()
    try copier(programs)
    try programs.add("pngtopnm", Self.refusals[number].script)
    let (info, samples) = try Self.stack(1, extents: [2, 3])
    let file = MeasuredFile(name: "blots", info, samples, [.tool(try Self.installed("png", path: programs.folder.path)[0])]) { _ in }
    #expect(file.failed.map(\.reason) == [Self.refusals[number].reason])
  }

  /// Of fewer bits, with comments, black and white, or in colours that are grey.
  @Test(arguments: [
    #"P5 # a comment\n3\n# another\n 2 3\n\000\001\002\003\001\003"#, #"P4\n3 2\n\240\000"#,
    #"P6\n3 2\n3\n\000\000\000\001\001\001\002\002\002\003\003\003\001\001\001\003\003\003"#,
  ]) func picturesOfFewerBitsAreScaled(text: String) throws {
    let programs = try Tools.Programs()
    try copier(programs)
    try programs.add("pngtopnm", "printf '\(text)'")
    let info = SignalInfo(stack: try #require(StackLayout(extents: [2, 3])), items: 1)
    let samples: [Int32] = text.hasPrefix("P4") ? [0, 255, 0, 255, 255, 255] : [0, 85, 170, 255, 85, 255]
    let file = MeasuredFile(name: "blots", info, [samples], [.tool(try Self.installed("png", path: programs.folder.path)[0])]) { _ in }
    #expect(file.failed.isEmpty && file.points.map(\.maximumError) == [0], "\(file.failed)")
  }

  @Test func signalsAndRowsAreNoPictures() throws {
    let programs = try Tools.Programs()
    try copier(programs)
    let tools = try Self.installed("png", path: programs.folder.path).map { Coder.tool($0) }
    let rows = SignalInfo(stack: try #require(StackLayout(extents: [6])), items: 2)
    let layered = SignalInfo(stack: try #require(StackLayout(extents: [2, 3, 2])), items: 1)
    for (info, samples) in [(Tools.info, Tools.leads), (rows, [[Int32](repeating: 7, count: 12)]), (layered, [[Int32](repeating: 7, count: 12)])] {
      let file = MeasuredFile(name: "no pictures", info, samples, tools) { _ in }
      #expect(file.points.isEmpty && file.failed.map(\.setting) == [nil, nil])
      #expect(file.failed.allSatisfy { $0.reason == "takes stacks of grey or RGB pictures only" })
    }
  }

  @Test func aMissingHelperNamesItsPackage() throws {
    let programs = try Tools.Programs()
    try programs.add("optipng", "exit 0")
    #expect {
      try Self.installed("png", path: programs.folder.path)
    } throws: {
      "\($0)" == "pngtopnm is not installed; it is in Debian's package netpbm"
    }
  }

  /// The samples of a stack are bytes to what packs bytes.
  @Test(.enabled(if: Tools.isThere("xz") && Tools.isThere("bzip2"), "needs xz-utils and bzip2")) func bytesOfAStackStayBytes() throws {
    var random = SystemRandomNumberGenerator()
    let samples = (0..<6000).map { _ in Int32(UInt8.random(in: 0...255, using: &random)) }
    let info = SignalInfo(stack: try #require(StackLayout(extents: [10, 10])), items: 60)
    let coders = try ["xz", "bzip2"].map { Coder.tool(try InstalledTool(Tools.tool($0))) }
    let file = MeasuredFile(name: "noise", info, [samples], coders) { _ in }
    #expect(file.failed.isEmpty && file.points.allSatisfy { $0.maximumError == 0 && (6000..<6700).contains($0.bytes) }, "\(file.points)")
  }
}
