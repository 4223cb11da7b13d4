import Bytes
import Container
import Glibc
import Layers
import Signals
import Tensors

/// The output of training: a codec's folder, and below it, until training is finished, what a resumed run needs.
struct CodecFolder: Sendable {
  let path: String

  private var statePath: String { "\(path)/training/state.safetensors" }

  /// Whether there is a codec, and whether its training can go on.
  var hasCodec: Bool { exists("\(path)/config.json") || exists("\(path)/model.safetensors") }
  var hasState: Bool { exists(statePath) }

  private func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0
  }

  /// Whether an earlier run is to be gone on with.
  /// - Throws: `TrainingError.output` if there is a codec that nobody said may be overwritten.
  func goesOn(resume: Bool, overwrite: Bool) throws -> Bool {
    if resume && hasState { return true }
    guard overwrite || !hasCodec && !hasState else {
      throw TrainingError.output(
        resume
          ? "\(path): the training of this codec is finished; train it anew with -f"
          : "\(path): there is a codec already; go on with --resume if it is unfinished, overwrite it with -f, or choose another folder")
    }
    return false
  }

  /// Makes the folder and those above it.
  /// - Throws: `TrainingError.output`.
  func make() throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/").map(String.init) + ["training"] {
      made += part + "/"
      guard mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw TrainingError.output("\(made): cannot be made: \(String(cString: strerror(errno))); choose another folder")
      }
    }
  }

  /// Writes a codec, each file whole or not at all.
  /// - Throws: `SignalError`.
  func write(config: JSONValue, weights: Safetensors, card: String) throws {
    try write("\(path)/model.safetensors", weights.serialized())
    try write("\(path)/config.json", Array((config.lines + "\n").utf8))
    try write("\(path)/README.md", Array(card.utf8))
  }

  private func write(_ path: String, _ bytes: [UInt8]) throws {
    let file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit(overwrite: true)
  }

  /// - Throws: `SignalError`.
  func write(state: Safetensors) throws { try write(statePath, state.serialized()) }

  /// Where an earlier run stopped.
  /// - Parameter fingerprint: of the recipe and the recordings that it must have begun with.
  /// - Throws: `TrainingError.state`.
  func readState(fingerprint: String) throws -> TrainingState {
    let state = try TrainingState(readState())
    guard state.fingerprint == fingerprint else {
      throw TrainingError.state("\(path): this training began with another recipe or other recordings; give the same ones, or begin anew with -f")
    }
    return state
  }

  /// - Throws: `TrainingError.state`.
  private func readState() throws -> Safetensors {
    do {
      let file = try OpenFile(path: statePath)
      guard file.count <= 1 << 32 else { throw TrainingError.state("\(statePath): larger than any state; begin anew with -f") }
      return try Safetensors(serialized: file.read(at: 0, count: file.count))
    } catch let error as SystemError {
      throw TrainingError.state("\(statePath): cannot be read: \(error); check its rights")
    } catch let error as BytesError {
      throw TrainingError.state("\(statePath): damaged (\(error)); begin anew with -f")
    }
  }

  /// Removes what only a resumed run needs.
  func removeState() {
    unlink(statePath)
    rmdir("\(path)/training")
  }
}

/// Where training stands, as it is saved.
struct TrainingState {
  /// Of the recipe and the recordings: a run can go on with the same ones only.
  var fingerprint: String
  /// Recordings, each at one quality, that the prior has learned; with a synthesis all of them twice, without it and with it.
  var priorPosition = 0
  /// States of the prior's models as the last recording left them, and what all recordings together made of them.
  var prior: [String: [Int32]] = [:]
  var average = PriorAverage()
  /// The round of the synthesis that is being trained, nil between rounds, and those that are finished.
  var synthesis: Network?
  var rounds = SynthesisRounds()
  /// The training of the networks beside the prior (that of signs is of pictures) and of the enhancer; nil before it began.
  var network: Network?
  var signs: Network?
  var enhancer: Network?
  /// The training of an autoencoder layer by layer; nil where there is none, and after it.
  var pretraining: Network?

  struct Network {
    var step: Int
    var totalSteps: Int?
    var bestScore: Double
    var bestStep: Int
    /// The step that training ended with because its loss was not finite.
    var divergedAt: Int?
    var loss: Double
    var tensors: [String: Tensor]
  }

  var serialized: Safetensors {
    var metadata = ["fingerprint": fingerprint, "prior position": String(priorPosition)]
    var tensors: [String: Tensor] = [:]
    for (name, part) in [("synthesis", synthesis), ("network", network), ("signs", signs), ("enhancer", enhancer), ("pretraining", pretraining)] {
      guard let part else { continue }
      metadata["\(name) step"] = String(part.step)
      metadata["\(name) total steps"] = part.totalSteps.map(String.init)
      metadata["\(name) best score"] = String(part.bestScore.bitPattern)
      metadata["\(name) best step"] = String(part.bestStep)
      metadata["\(name) diverged at"] = part.divergedAt.map(String.init)
      metadata["\(name) loss"] = String(part.loss.bitPattern)
      for (key, tensor) in part.tensors { tensors["\(name).\(key)"] = tensor }
    }
    metadata["rounds diverged at"] = rounds.divergedAt.map(String.init)
    for (round, network) in rounds.networks.enumerated() {
      metadata["round \(round) score"] = String(rounds.scores[round].bitPattern)
      for (key, tensor) in network { tensors["round\(round).\(key)"] = tensor }
    }
    var integers: [String: [Int32]] = [:]
    for (name, part) in parts { for (key, values) in part { integers["\(name).\(key)"] = values } }
    return Safetensors(tensors: tensors, integers: integers, metadata: metadata)
  }

  /// Everything that is an array of integers.
  private var parts: KeyValuePairs<String, [String: [Int32]]> { ["prior": prior, "mean": average.means, "weight": average.weights] }

  init(fingerprint: String) { self.fingerprint = fingerprint }

  /// - Throws: `TrainingError.state`.
  init(_ file: Safetensors) throws {
    let damaged = TrainingError.state("the state of the training is damaged; begin anew with -f")
    guard let fingerprint = file.metadata["fingerprint"], let position = file.metadata["prior position"].flatMap({ Int($0) }), position >= 0 else {
      throw damaged
    }
    self.fingerprint = fingerprint
    priorPosition = position
    func part(_ name: String) -> [String: [Int32]] {
      let own = file.integers.filter { $0.key.hasPrefix(name + ".") }
      return Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
    }
    prior = part("prior")
    average = PriorAverage(means: part("mean"), weights: part("weight"))
    guard prior.allSatisfy({ average.means[$0.key]?.count == $0.value.count && average.weights[$0.key]?.count == $0.value.count }) else {
      throw damaged
    }
    func network(_ name: String) throws -> Network? {
      guard let text = file.metadata["\(name) step"] else { return nil }
      guard let step = Int(text), step >= 0, let score = file.metadata["\(name) best score"].flatMap({ UInt64($0) }),
        let loss = file.metadata["\(name) loss"].flatMap({ UInt64($0) })
      else { throw damaged }
      let own = file.tensors.filter { $0.key.hasPrefix(name + ".") }
      return Network(
        step: step, totalSteps: file.metadata["\(name) total steps"].flatMap { Int($0) }, bestScore: Double(bitPattern: score),
        bestStep: file.metadata["\(name) best step"].flatMap { Int($0) } ?? 0,
        divergedAt: file.metadata["\(name) diverged at"].flatMap { Int($0) }, loss: Double(bitPattern: loss),
        tensors: Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) }))
    }
    (synthesis, self.network, enhancer) = (try network("synthesis"), try network("network"), try network("enhancer"))
    (signs, pretraining) = (try network("signs"), try network("pretraining"))
    rounds.divergedAt = file.metadata["rounds diverged at"].flatMap { Int($0) }
    while let text = file.metadata["round \(rounds.networks.count) score"] {
      guard let score = UInt64(text) else { throw damaged }
      let prefix = "round\(rounds.networks.count)."
      let own = file.tensors.filter { $0.key.hasPrefix(prefix) }
      rounds.networks.append(Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
      rounds.scores.append(Double(bitPattern: score))
    }
  }
}
