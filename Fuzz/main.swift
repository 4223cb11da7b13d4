import Bytes
import Codecs
import Container
import Entropy
import Foundation
import Layers
import Signals

// Runs damaged inputs through every way into the program. A case is known by its entry, its seed and its number.

let entries: [any Entry.Type] = [
  ContainerEntry.self, PayloadEntry.self, CodecEntry.self, DescriptionEntry.self, WFDBEntry.self, CSVEntry.self, StackEntry.self, PictureEntry.self,
  SoundEntry.self, CodeEntry.self,
]
let usage = """
  Fuzz ENTRY CASES [SEED [FIRST]]     runs so many cases, from number FIRST on
  Fuzz --replay ENTRY SEED CASE       runs one case again
  Entries: \(entries.map { $0.name }.joined(separator: ", "))
  """

/// The errors that callers are told to expect of untrusted bytes.
func isExpected(_ error: any Error) -> Bool {
  error is ContainerError || error is CodecError || error is BytesError || error is EntropyError || error is SampleCoderError || error is LayerError
    || error is SignalError
}

func run(_ entry: any Entry.Type, cases: Range<Int>, seed: UInt64) throws {
  let samples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "samples")
  let temporary = FileManager.default.isWritableFile(atPath: "/dev/shm") ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
  let folder = temporary.appending(path: "aecodec-fuzz-\(getpid())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let prepared = try entry.init(try Corpus(samples: samples), samples: samples, folder: folder)
  let watch = Watch(entry: entry.name, seed: seed)
  var accepted = 0
  for number in cases {
    watch.begin(number)
    var dice = Dice(seed, UInt64(number))
    do {
      if try prepared.run(&dice) { accepted += 1 }
    } catch  where isExpected(error) {
      if cases.count == 1 { tell("refused: \(error)") }
    } catch {
      tell("Fuzz: \(entry.name) \(seed) \(number): an error of another kind: \(error)")
      exit(1)
    }
    watch.end(number)
  }
  let slowest = watch.slowestCase
  tell("\(entry.name): \(cases.count) cases of seed \(seed), \(accepted) accepted, the slowest (\(slowest.number)) \(slowest.milliseconds) ms")
}

var arguments = Array(CommandLine.arguments.dropFirst())
let replays = arguments.first == "--replay"
if replays { arguments.removeFirst() }
guard let name = arguments.first, let entry = entries.first(where: { $0.name == name }), case let numbers = arguments.dropFirst().map({ Int($0) }),
  (1...3).contains(numbers.count), numbers.allSatisfy({ $0 != nil && $0! >= 0 }), !replays || numbers.count == 2
else {
  tell(usage)
  exit(64)
}
let values = numbers.compactMap { $0 }
let seed = UInt64(replays ? values[0] : values.count > 1 ? values[1] : 1)
let first = replays ? values[1] : values.count > 2 ? values[2] : 0
try run(entry, cases: first..<first + (replays ? 1 : values[0]), seed: seed)
