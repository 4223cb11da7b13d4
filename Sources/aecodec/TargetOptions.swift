import ArgumentParser
import Codecs
import Signals
import Tool

/// What the encoder aims at: a quality, a bound, or a figure to be reached.
struct TargetOptions: ParsableArguments {
  @Option(
    name: [.customShort("q", allowingJoined: true), .long],
    help: ArgumentHelp("Quality, 0 (smallest) to 100 (best). (default: 50)", valueName: "0..100"))
  var quality: Double?

  @Flag(help: "Give back every sample exactly.")
  var lossless = false

  @Option(help: ArgumentHelp("No sample changes by more than this, in converter steps (3lsb) or in the signal's unit (25uV).", valueName: "error"))
  var maxError: ErrorAmount?

  @Option(help: ArgumentHelp("Reach this mean PRDN.", valueName: "percent"))
  var prdn: Double?

  @Option(help: ArgumentHelp("Reach this PSNR; the peak is white, or 2^bits - 1 of a converter.", valueName: "dB"))
  var psnr: Double?

  @Option(help: ArgumentHelp("At most so many bits a second, of the whole file.", valueName: "bit/s"))
  var bitrate: Double?

  @Option(
    help: ArgumentHelp("A file of at most so many bytes; 60k are 60000, and 1.5M are 1500000.", valueName: "bytes"),
    transform: { try ByteAmount($0).bytes })
  var targetSize: Int?

  @Flag(help: "Fail (exit 65) if --prdn, --psnr, --bitrate or --target-size is not reached.")
  var strict = false

  func validate() throws {
    let given = [
      ("-q/--quality", quality != nil), ("--lossless", lossless), ("--max-error", maxError != nil), ("--prdn", prdn != nil), ("--psnr", psnr != nil),
      ("--bitrate", bitrate != nil), ("--target-size", targetSize != nil),
    ].filter(\.1).map(\.0)
    if given.count > 1 { throw ValidationError("\(given.joined(separator: " and ")) exclude each other: give one") }
    if let quality, !(0...100).contains(quality) { throw ValidationError("-q/--quality: \(quality) is not from 0 to 100") }
    let positive = [("--prdn", prdn, 1e6), ("--psnr", psnr, 1e3), ("--bitrate", bitrate, 1e12), ("--target-size", targetSize.map(Double.init), 1e15)]
    for case (let name, let value?, let most) in positive where !(value > 0 && value <= most) {
      throw ValidationError("\(name): \(value) is not above 0 and at most \(most)")
    }
    if strict, prdn == nil, psnr == nil, bitrate == nil, targetSize == nil {
      throw ValidationError("--strict is for --prdn, --psnr, --bitrate and --target-size: give one of them")
    }
  }

  /// The figure to be reached by a search; nil if none is.
  var searched: EncodeTarget? {
    if let prdn { return .prdn(prdn) }
    if let psnr { return .psnr(psnr) }
    if let bitrate { return .bitrate(bitrate) }
    return targetSize.map { .size($0) }
  }

  /// The bound for each channel of a signal.
  func bound(_ info: SignalInfo) throws -> ErrorBound {
    if lossless { return .lossless }
    guard let maxError else { return .none }
    return .maximum(try info.channels.map { try maxError.steps($0) })
  }
}

/// A number of bytes as the user gives it: in thousands with a k, in millions with an M.
struct ByteAmount {
  let bytes: Int

  /// - Throws: `ValidationError`.
  init(_ text: String) throws {
    let factor = text.hasSuffix("k") ? 1e3 : text.hasSuffix("M") ? 1e6 : 1
    let number = factor > 1 ? text.dropLast() : text[...]
    // Only thousands and millions have fractions.
    guard number.utf8.allSatisfy({ 0x30...0x39 ~= $0 || factor > 1 && $0 == 0x2E }), let value = Double(number) else {
      throw ValidationError("give a number of bytes such as 60000, 60k or 1.5M")
    }
    bytes = Int(min(value * factor, 1e16).rounded())
  }
}

/// An error as the user gives it: a number and `lsb`, a voltage, or the signal's own unit.
struct ErrorAmount: ExpressibleByArgument, Equatable {
  private let value: Double
  private let unit: String

  init?(argument: String) {
    let number = argument.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
    unit = argument.dropFirst(number.count).drop { $0 == " " }.description
    guard !unit.isEmpty, let value = Double(number), value >= 0, value.isFinite else { return nil }
    self.value = value
  }

  private static let volts = ["nV": 1e-9, "uV": 1e-6, "µV": 1e-6, "μV": 1e-6, "mV": 1e-3, "V": 1.0]

  /// The largest whole number of converter steps within the amount.
  /// - Throws: `Failure` if the channel is not in such a unit.
  func steps(_ channel: Channel) throws -> Int32 {
    var steps = value
    if unit != "lsb" {
      let factor: Double
      if unit == channel.units {
        factor = 1
      } else if let from = ErrorAmount.volts[unit], let to = ErrorAmount.volts[channel.units] {
        factor = from / to
      } else {
        let name = channel.name.isEmpty ? "a signal" : "signal \(channel.name)"
        throw Failure(.usage, "--max-error: \"\(unit)\" is no unit of \(name), which is in \(channel.units); use lsb, or choose with --signals")
      }
      guard channel.isCalibrated else {
        throw Failure(.usage, "--max-error: the signal has no gain, so that \"\(unit)\" means nothing; use lsb")
      }
      // 25 uV at 200 steps a mV are 5 steps, whatever the last bit of the product says.
      steps = value * factor * abs(channel.gain) * (1 + 1e-12)
    }
    return Int32(min(steps.rounded(.down), Double(Int32.max)))
  }
}
