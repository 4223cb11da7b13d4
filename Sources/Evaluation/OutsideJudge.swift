import Bytes

/// A measure of sound that other people's programs compute: a line of a table, and all that is known of it. They are packages of Python.
public struct OutsideJudge: Sendable {
  /// What it is called in figures, and in words.
  public let name: String
  public let title: String
  /// The package from PyPI, and what of it is asked for where that matters.
  let package: String
  let extra: String
  /// What it needs, by the names that programs import.
  let modules: String
  /// A program that is given the files of original and decoded samples, 32-bit floats as parts of full scale, and their rate, and says the score.
  let program: String
  /// The rate in Hz that signals are brought to; nil for signals that it does not take.
  let rate: @Sendable (Int) -> Int?

  /// All that are known.
  public static let all = [
    OutsideJudge(
      name: "pesq", title: "PESQ", package: "pesq", extra: "", modules: "pesq",
      program: "from pesq import pesq, PesqError; score = pesq(rate, x, y, 'wb', on_error=PesqError.RETURN_VALUES); "
        + "score = None if score < 0 else score",
      // Wide band is 16 kHz.
      rate: { $0 >= 16000 ? 16000 : nil }),
    OutsideJudge(
      // Without the lattice that maps similarity to a score its own rule of thumb scores speech one point too high.
      name: "visqol", title: "ViSQOL", package: "visqol-python", extra: "[lattice]", modules: "visqol, ai_edge_litert",
      program:
        "from visqol import VisqolApi; v = VisqolApi(); v.create(mode='speech' if rate == 16000 else 'audio'); "
        + "score = v.measure_from_arrays(x.astype(float), y.astype(float), rate).moslqo",
      // Speech mode at 16 kHz; what has the band of music goes to the other.
      rate: { $0 < 16000 ? nil : $0 < 32000 ? 16000 : 48000 }),
  ]
}

/// An outside judge that is there, with its version.
public struct InstalledJudge: Sendable {
  public let judge: OutsideJudge
  public let version: String
  private let python: String
  private let timeout: Double

  public var name: String { judge.name }
  /// The name in words.
  public var title: String { judge.title }
  /// What it is, in a line.
  public var description: String { "\(judge.package) \(version) (Python)" }

  /// Looks for Python and the package.
  /// - Parameters:
  ///   - path: folders with colons between them, as in `PATH`, which is taken if nothing is said.
  ///   - timeout: seconds after which a run is ended.
  /// - Throws: `ToolError` that says how to get what is missing.
  public init(_ judge: OutsideJudge, path: String? = nil, timeout: Double = 600) throws {
    guard let python = ChildProcess.program("python3", path: path) else {
      throw ToolError("python3 is not installed, which runs the package \(judge.package); it is in Debian's package python3")
    }
    let said = try ChildProcess.run(
      python, ["-c", "import importlib.metadata as m, \(judge.modules); print(m.version('\(judge.package)'))"], output: nil, timeout: min(timeout, 60)
    )
    guard said.status == 0, let version = said.text.split(separator: "\n").last else {
      throw ToolError("the Python package \(judge.package) is not installed; get it with: python3 -m pip install \"\(judge.package)\(judge.extra)\"")
    }
    (self.judge, self.python, self.timeout, self.version) = (judge, python, timeout, String(version))
  }

  /// The score of a channel; nil where it takes no such signal, or finds nothing to judge.
  /// - Parameters:
  ///   - original: samples as parts of full scale.
  ///   - decoded: as many.
  ///   - rate: in Hz.
  /// - Throws: `ToolError` if the program fails.
  package func score(original: [Double], decoded: [Double], rate: Int) throws -> Double? {
    guard let wanted = judge.rate(rate) else { return nil }
    let resampling = Resampling(from: rate, to: wanted)
    let folder = try TemporaryFolder()
    for (samples, name) in [(original, "original"), (decoded, "decoded")] {
      var writer = ByteWriter()
      for sample in resampling(samples) { writer.append(littleEndian: Float(max(-1, min(1, sample))).bitPattern) }
      try folder.write(writer.bytes, name)
    }
    let program = """
      import sys, warnings, numpy
      warnings.filterwarnings('ignore')
      rate = int(sys.argv[3])
      x, y = (numpy.fromfile(name, '<f4') for name in sys.argv[1:3])
      \(judge.program)
      print('score', score)
      """
    let result = try ChildProcess.run(
      python, ["-c", program, folder.path("original"), folder.path("decoded"), String(wanted)], output: nil, timeout: timeout)
    guard !result.isOverTime else { throw ToolError("\(name) did not end within \(ToolSamples.number(timeout)) s") }
    let lines = result.text.split(separator: "\n")
    guard result.status == 0, let line = lines.last(where: { $0.hasPrefix("score ") }) else {
      throw ToolError("\(name) failed with status \(result.status)\(lines.last.map { ": \($0)" } ?? "")")
    }
    return Double(line.dropFirst(6)).flatMap { $0.isFinite ? $0 : nil }
  }
}
