import Codecs
import Evaluation
import Foundation
import Signals
import Testing

/// Pictures that are measured one by one.
@Suite struct WholePictures {
  private static func picture(_ columns: Int, _ rows: Int, components: Int, maximum: Int = 255) throws -> (info: SignalInfo, samples: [[Int32]]) {
    let layout = try #require(PictureLayout(kind: .png, width: columns, height: rows, components: components, maximum: maximum))
    let samples = (0..<components).map { c in StructuralSimilarities.picture(rows, columns).map { $0 * Int32(maximum) / 255 - Int32(9 * c) } }
    return (SignalInfo(picture: layout), samples)
  }

  private static let lossy = ["jpeg", "jpeg2000", "webp", "avif", "jpegxl"]

  private static func installed(_ name: String, path: String? = nil) throws -> InstalledTool {
    try InstalledTool(Tools.tool(name), .whole, path: path)
  }

  private static func areThere(_ names: [String]) -> Bool { names.allSatisfy { (try? installed($0)) != nil } }

  /// A program in the place of optipng that keeps the picture as it is.
  private static func copier() throws -> Tools.Programs {
    let programs = try Tools.Programs()
    try programs.add("optipng", #"[ "$1" = --version ] && { echo OptiPNG version 0.1; exit; }; exec /bin/cp "$5" "$4""#)
    try programs.add("pngtopnm", #"exec /bin/cat "$1""#)
    return programs
  }

  /// Colours that are leads become pixels and leads again, whichever side is longer.
  @Test(arguments: [(13, 7, 1), (7, 13, 3), (31, 31, 3)]) func aPictureIsOneFile(columns: Int, rows: Int, components: Int) throws {
    let programs = try Self.copier()
    let (info, samples) = try Self.picture(columns, rows, components: components)
    let tool = try Self.installed("png", path: programs.folder.path)
    #expect(tool.name == "png" && !tool.description.contains("side by side"))
    let file = MeasuredFile(name: "slopes", info, samples, [.tool(tool)]) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    let point = try #require(file.points.first)
    #expect(point.bytes == "P5\n\(columns) \(rows)\n255\n".utf8.count + columns * rows * components)
    #expect(point.maximumError == 0 && point.samples == columns * rows && point.msSSIM == nil)
    #expect(point.bitsPerPixel == Double(8 * point.bytes) / Double(columns * rows) && point.amount == Double(columns * rows) / 1e6)
  }

  /// One that stands upright in a stack is no wider than it is.
  @Test func aPictureOfAStackHasNothingBesideIt() throws {
    let programs = try Self.copier()
    let info = SignalInfo(stack: try #require(StackLayout(extents: [30, 10])), items: 2)
    let tool = try InstalledTool(Tools.tool("png"), .files, path: programs.folder.path)
    let file = MeasuredFile(name: "two", info, [StructuralSimilarities.picture(60, 10)], [.tool(tool)]) { _ in }
    #expect(file.failed.isEmpty && file.points.map(\.bytes) == [2 * ("P5\n10 30\n255\n".utf8.count + 300)])
  }

  @Test(.enabled(if: areThere(lossy), "needs libjpeg-turbo-progs, libopenjp2-tools, webp, libavif-bin, netpbm and libjxl-tools"), arguments: lossy)
  func picturesGetWorse(name: String) throws {
    let (info, samples) = try Self.picture(176, 208, components: 3)
    let coder = Coder.tool(try Self.installed(name))
    let file = MeasuredFile(name: "slopes", info, samples, [coder]) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    #expect(file.points.map(\.setting) == coder.settings)
    let (best, worst) = (try #require(file.points.first), try #require(file.points.last))
    #expect(best.bytes > worst.bytes && (best.psnr ?? 99) > (worst.psnr ?? 99), "\(best) \(worst)")
    #expect((best.msSSIM ?? 0) > (worst.msSSIM ?? 1) && (best.msSSIM ?? 0) < 1 && (worst.msSSIM ?? 0) > 0)
    let curve = file.curve(coder, by: .msSSIM)
    #expect(curve.count == coder.settings.count && curve.first?.distortion == -10 * log10(1 - (best.msSSIM ?? 0)))
    #expect(curve.map(\.rate) == file.curve(coder, by: .psnr).map(\.rate))
  }

  /// Tools take 8 bits of grey or RGB; what ours makes of others is measured all the same, alpha left out.
  @Test func otherPicturesAreNotForTools() throws {
    let programs = try Self.copier()
    let tool = Coder.tool(try Self.installed("png", path: programs.folder.path))
    for (components, maximum) in [(4, 255), (2, 255), (1, 65535)] {
      let (info, samples) = try Self.picture(20, 10, components: components, maximum: maximum)
      let file = MeasuredFile(name: "odd", info, samples, [tool]) { _ in }
      #expect(file.failed.map(\.reason) == ["takes grey or RGB pictures of 8 bits without alpha only"])
    }
    #expect(MeasuredFile(name: "no picture", Tools.info, Tools.leads, [tool]) { _ in }.failed.map(\.setting) == [nil])
  }

  /// A peer that spoils one lead by so many steps.
  struct Spoiler: Peer {
    let name = "spoiler"
    let description = "spoils a lead"
    let settings = [0.0, 1, 2, 3]

    func encode(_ samples: [[Int32]], setting: Double) throws -> [UInt8] {
      [UInt8(setting)] + samples.flatMap { $0.map { UInt8(clamping: $0) } }
    }

    func decode(_ bytes: [UInt8]) throws -> [[Int32]] {
      let count = (bytes.count - 1) / 4
      return (0..<4).map { lead in
        bytes[1 + lead * count..<1 + (lead + 1) * count].map { Int32($0) + (lead == Int(bytes[0]) ? 10 : 0) }
      }
    }
  }

  /// The mean over colours of the squared error: 100 / 3 of 255².
  @Test func alphaDoesNotCount() throws {
    let (info, samples) = try Self.picture(180, 170, components: 4)
    let file = MeasuredFile(name: "alpha", info, samples, [.peer(Spoiler())]) { _ in }
    #expect(file.failed.isEmpty && file.points.map(\.maximumError) == [10, 10, 10, 10])
    let colour = -10 * log10(100.0 / 3 / (255 * 255))
    for point in file.points.prefix(3) { #expect(abs((point.psnr ?? 0) - colour) < 1e-9 && (point.msSSIM ?? 1) < 1) }
    #expect(file.points[3].psnr == nil && file.points[3].msSSIM == 1 && file.points[3].msSSIMInDecibels == nil)
    #expect(file.curve(.peer(Spoiler()), by: .psnr).count == 3, "without error there is no decibel")
  }

  /// Errors are held against the highest sample that a picture states: 2^bits - 1 would be 6 dB better.
  @Test func whiteIsThePeak() throws {
    let layout = try #require(PictureLayout(kind: .pam, width: 180, height: 170, components: 4, maximum: 128))
    let samples = Array(repeating: StructuralSimilarities.picture(170, 180).map { $0 * 118 / 255 }, count: 4)
    let file = MeasuredFile(name: "dim", SignalInfo(picture: layout), samples, [.peer(Spoiler())]) { _ in }
    #expect(file.failed.isEmpty && file.points.map(\.maximumError) == [10, 10, 10, 10])
    let colour = -10 * log10(100.0 / 3 / (128 * 128))
    let similarity = try #require(
      StructuralSimilarity.index(original: samples[0], decoded: samples[0].map { $0 + 10 }, columns: 180, peak: 128))
    for point in file.points.prefix(3) {
      #expect(abs((point.psnr ?? 0) - colour) < 1e-9 && abs((point.msSSIM ?? 0) - (similarity + 2) / 3) < 1e-12)
    }
  }

  /// The qualities of the first coder, and of others what is nearest in size.
  @Test func theMiddleIsShown() throws {
    let programs = try Self.copier()
    let (info, samples) = try Self.picture(600, 300, components: 3)
    let peer = Coder.peer(Coarse())
    let file = MeasuredFile(name: "slopes", info, samples, [peer]) { _ in }
    let exact = Coder.tool(try Self.installed("png", path: programs.folder.path))
    let shown = try #require(try ShownPicture(samples, info, file, [peer, exact], qualities: [2, 32]))
    #expect(shown.rows == 0..<300 && shown.columns == 44..<556)
    #expect(shown.versions.map(\.coder) == ["coarse", "coarse"] && shown.versions.map(\.setting) == [2, 32])
    let folder = programs.folder
    for (png, wanted) in [(shown.original, samples), (shown.versions[1].png, samples.map { $0.map { $0 / 32 * 32 } })] {
      let path = folder.appending(path: "shown.png").path
      try Data(png).write(to: URL(filePath: path))
      let part = wanted.map { plane in (0..<300).flatMap { plane[$0 * 600 + 44..<$0 * 600 + 556] } }
      #expect(try SignalFile.open(path).readAll() == part)
    }
    #expect(try ShownPicture(Tools.leads, Tools.info, file, [peer], qualities: [2]) == nil)
  }

  /// A peer that rounds, to less in fewer bytes.
  struct Coarse: Peer {
    let name = "coarse"
    let description = "rounds"
    let settings = [2.0, 8, 32]

    func encode(_ samples: [[Int32]], setting: Double) throws -> [UInt8] {
      [UInt8(setting)] + samples.flatMap { $0.map { UInt8($0) / UInt8(setting) } } + [UInt8](repeating: 0, count: 3 * (32 - Int(setting)))
    }

    func decode(_ bytes: [UInt8]) throws -> [[Int32]] {
      let step = Int32(bytes[0])
      let count = (bytes.count - 1 - 3 * (32 - Int(step))) / 3
      return (0..<3).map { lead in bytes[1 + lead * count..<1 + (lead + 1) * count].map { Int32($0) * step } }
    }
  }
}
