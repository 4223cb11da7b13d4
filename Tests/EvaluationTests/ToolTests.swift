import Evaluation
import Foundation
import Signals
import Testing

/// Outside tools: those that are installed, and shell scripts in their place.
@Suite struct Tools {
  /// A folder with programs, removed afterwards.
  final class Programs {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aecodec-tools-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Another process writes the file: a child that is started meanwhile would hold it open, and a file that is written to cannot be run.
    func add(_ name: String, _ script: String) throws {
      let write = Process()
      write.executableURL = URL(filePath: "/bin/sh")
      let path = folder.appending(path: name).path
      write.arguments = ["-c", #"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#, "sh", path, script]
      try write.run()
      write.waitUntilExit()
      try #require(write.terminationStatus == 0)
    }
  }

  static func tool(_ name: String) throws -> OutsideTool { try #require(OutsideTool.all.first { $0.name == name }) }

  static let info = SignalInfo(raw: .s16le, rate: 360, channels: 2)
  static let leads: [[Int32]] = [3, -700].map { offset -> [Int32] in (0..<1003).map { k -> Int32 in Int32(offset + (k * 37) % 301) } }

  static func isThere(_ name: String) -> Bool { (try? InstalledTool(tool(name))) != nil }

  @Test(.enabled(if: Tools.isThere("zfp"), "needs zfp")) func zfpGetsWorse() throws { try itGetsWorse("zfp") }
  @Test(.enabled(if: Tools.isThere("opus"), "needs opus-tools")) func opusGetsWorse() throws { try itGetsWorse("opus") }
  @Test(.enabled(if: Tools.isThere("lame"), "needs lame")) func lameGetsWorse() throws { try itGetsWorse("lame") }

  /// From its first setting to its last; one channel and two.
  private func itGetsWorse(_ name: String) throws {
    let tool = try Tools.tool(name)
    let installed = try InstalledTool(tool)
    for channels in 1...2 {
      let leads = (0..<channels).map { c -> [Int32] in
        (0..<20_000).map { k -> Int32 in
          let wave = 3000 * sin(0.02 * Double(k))
          return Int32(wave) + Int32((k * 37 + c) % 301)
        }
      }
      let info = SignalInfo(raw: .s16le, rate: tool.rates?.last ?? 360, channels: channels)
      let file = MeasuredFile(name: "waves", info, leads, [.tool(installed)]) { _ in }
      #expect(file.failed.isEmpty, "\(file.failed)")
      #expect(file.points.map(\.setting) == tool.settings && file.points.allSatisfy { $0.encodeSeconds > 0 && $0.decodeSeconds > 0 })
      let (best, worst) = (try #require(file.points.first), try #require(file.points.last))
      #expect(best.bytes > worst.bytes && (best.prdn ?? 100) < (worst.prdn ?? 0) && (best.prdn ?? 100) < 30, "\(best) \(worst)")
    }
    #expect(installed.version.contains(where: \.isNumber) && installed.description.contains(installed.version))
  }

  @Test(.enabled(if: Tools.isThere("flac"), "needs flac"), arguments: [16, 24, 32])
  func flacIsExact(bits: Int) throws { try wideSamplesAreTakenOrRefused("flac", bits: bits, most: 24) }
  @Test(.enabled(if: Tools.isThere("xz"), "needs xz-utils"), arguments: [16, 24, 32])
  func xzIsExact(bits: Int) throws { try wideSamplesAreTakenOrRefused("xz", bits: bits, most: 32) }
  @Test(.enabled(if: Tools.isThere("bzip2"), "needs bzip2"), arguments: [16, 24, 32])
  func bzip2IsExact(bits: Int) throws { try wideSamplesAreTakenOrRefused("bzip2", bits: bits, most: 32) }

  /// Full scale, one channel and three, lengths that fill no block.
  private func wideSamplesAreTakenOrRefused(_ name: String, bits: Int, most: Int) throws {
    let installed = try InstalledTool(try Tools.tool(name))
    let (low, high) = (Int32.min >> Int32(32 - bits), Int32.max >> Int32(32 - bits))
    for (count, channels) in [(1, 1), (2, 3), (17, 1), (1000, 3)] {
      let leads = (0..<channels).map { c -> [Int32] in (0..<count).map { k -> Int32 in (k + c) % 2 == 0 ? low : high } }
      let file = MeasuredFile(name: "", SignalInfo(raw: .s32le, rate: 257, channels: channels), leads, [.tool(installed)]) { _ in }
      if bits > most {
        #expect(file.points.isEmpty && file.failed.map(\.setting) == [nil] && file.failed[0].reason.contains("more than \(most) bits"))
      } else {
        #expect(file.failed.isEmpty && file.points.map(\.maximumError) == [0], "\(file.failed)")
      }
    }
  }

  @Test func whatAToolCannotTakeIsSaidOnce() throws {
    let programs = try Programs()
    for name in ["opusenc", "opusdec", "flac"] { try programs.add(name, "echo \(name) 7.5") }
    let opus = try InstalledTool(Tools.tool("opus"), path: programs.folder.path)
    let file = MeasuredFile(name: "ecg", Tools.info, Tools.leads, [.tool(opus)]) { _ in }
    #expect(file.points.isEmpty && file.failed.map(\.setting) == [nil])
    #expect(file.failed[0].reason.contains("360 samples a second") && file.failed[0].reason.contains("8000"))
    let flac = try InstalledTool(Tools.tool("flac"), path: programs.folder.path)
    let nine = MeasuredFile(name: "nine", SignalInfo(raw: .s16le, rate: 360, channels: 9), Array(repeating: Tools.leads[0], count: 9), [.tool(flac)])
    {
      _ in
    }
    #expect(nine.failed.map(\.reason) == ["cannot take 9 channels, only 8"])
  }

  @Test func aMissingToolNamesItsPackage() throws {
    let programs = try Programs()
    #expect {
      try InstalledTool(Tools.tool("xz"), path: programs.folder.path)
    } throws: {
      "\($0)" == "xz is not installed; it is in Debian's package xz-utils"
    }
    try programs.add("opusenc", "exit 0")
    #expect {
      try InstalledTool(Tools.tool("opus"), path: programs.folder.path)
    } throws: {
      "\($0)".contains("opusdec") && "\($0)".contains("opus-tools")
    }
  }

  /// The version comes from the first line with a number; the setting and the files reach the program.
  @Test func commandsAreFilledIn() throws {
    let programs = try Programs()
    // Encodes to its own arguments, decodes to 2 x 1008 floats that are zero.
    try programs.add(
      "zfp",
      """
      case " $* " in
      "  ") echo "usage:"; echo "zfp 9.9" ;;
      *" -i "*) while [ $# -gt 0 ]; do [ "$1" = -z ] && out="$2"; all="$all $1"; shift; done; echo "$all" > "$out" ;;
      *) exec /usr/bin/head -c 8064 /dev/zero > "$6" ;;
      esac
      """)
    let zfp = try InstalledTool(Tools.tool("zfp"), path: programs.folder.path)
    #expect(zfp.version == "zfp 9.9")
    let file = MeasuredFile(name: "waves", Tools.info, Tools.leads, [.tool(zfp)]) { _ in }
    #expect(file.failed.isEmpty, "\(file.failed)")
    #expect(file.points.map(\.maximumError) == Array(repeating: 700, count: zfp.tool.settings.count), "zeros came back")
    #expect(zfp.description.contains("{tolerance}"))
  }

  static let failures: [(script: String, seconds: Double, reason: String)] = [
    ("echo no thanks >&2; exit 3", 60, "xz failed with status 3: no thanks"), ("kill -9 $$", 60, "xz was ended by signal 9"),
    ("echo short", 60, "gave back 6 bytes of samples in the place of 4012"), ("exec sleep 1000", 0.2, "xz did not end within 0.2 s"),
    ("exec >&- 2>&-; exec sleep 1000", 0.2, "xz did not end within 0.2 s"),
  ]

  @Test(arguments: failures.indices)
  func aToolThatFailsIsAFailedPoint(number: Int) throws {
    let programs = try Programs()
    try programs.add("xz", Tools.failures[number].script)
    let xz = try InstalledTool(Tools.tool("xz"), path: programs.folder.path, timeout: Tools.failures[number].seconds)
    let file = MeasuredFile(name: "waves", Tools.info, Tools.leads, [.tool(xz), .peer(WaveletPeer())]) { _ in }
    #expect(file.failed.count == 1 && file.failed[0].coder == "xz" && file.failed[0].setting == 0)
    #expect(file.failed[0].reason == Tools.failures[number].reason)
    #expect(file.points.count == WaveletPeer().settings.count, "the next coder goes on")
  }
}
