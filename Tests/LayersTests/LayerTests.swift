import Bytes
import Layers
import Tensors
import Testing

@Suite struct RecurrentTests {
  @Test(arguments: [1, 2, 9, 13])
  func stepsGiveTheBitsOfTheSequenceAtEveryBatchSize(batch: Int) {
    var random = RandomSource(seed: 8)
    let (gru, lstm) = (GRU(inputs: 7, size: 19, random: &random), LSTM(inputs: 7, size: 19, random: &random))
    let x = random.normal([batch, 6, 7])
    let (whole, wholeLSTM) = (gru(Variable(x)).value, lstm(Variable(x)).value)
    var (h, g, cell) = (Tensor(zeros: [batch, 19]), Tensor(zeros: [batch, 19]), Tensor(zeros: [batch, 19]))
    for t in 0..<6 {
      let now = Variable(x).slice(t..<t + 1, axis: 1).reshaped([batch, 7]).value
      h = gru.step(now, h: h)
      (g, cell) = lstm.step(now, h: g, cell: cell)
      #expect(Variable(whole).slice(t..<t + 1, axis: 1).reshaped([batch, 19]).value == h)
      #expect(Variable(wholeLSTM).slice(t..<t + 1, axis: 1).reshaped([batch, 19]).value == g)
    }
    let one = gru(Variable(x).slice(0..<1, axis: 0)).value
    #expect(one == Variable(whole).slice(0..<1, axis: 0).value)
  }

  @Test func embeddingAndLayerNormLearn() {
    var random = RandomSource(seed: 4)
    struct Network: Layer {
      let embedding: Embedding
      let norm: LayerNorm
      let head: Dense
    }
    let network = Network(
      embedding: Embedding(count: 5, size: 8, random: &random), norm: LayerNorm(size: 8), head: Dense(inputs: 8, outputs: 5, random: &random))
    let adam = Adam(network.namedParameters)
    var last: Float = 0
    for _ in 0..<80 {
      let tape = Tape()
      let anchor = tape.constant(Tensor(0))
      let loss = network.head(network.norm(network.embedding([0, 1, 2, 3, 4], on: anchor))).crossEntropy(targets: [1, 2, 3, 4, 0]).mean()
      loss.backward()
      adam.step(learningRate: 0.03)
      last = loss.value.scalar
    }
    #expect(last < 0.05)
    #expect(network.namedParameters.map(\.name) == ["embedding.table", "norm.scale", "norm.shift", "head.weight", "head.bias"])
  }
}

@Suite struct AdamTests {
  @Test func stepIsTheOneComputedByHand() {
    let parameter = Parameter(Tensor([1, -2]))
    let adam = Adam([NamedParameter(name: "w", parameter: parameter)], weightDecay: 0.1)
    parameter.gradient = Tensor([3, 4])
    #expect(adam.clipGradients(norm: 1) == 5)
    adam.step(learningRate: 0.01)
    // The first step goes by rate * sign(gradient) whatever the gradient's size, and decays by rate * decay.
    #expect(abs(parameter.value[0] - (1 - 0.01 - 0.001)) < 1e-6 && abs(parameter.value[1] - (-2 - 0.01 + 0.002)) < 1e-6)
    #expect(parameter.gradient == nil)
    parameter.gradient = Tensor([0.6, 0.8])
    adam.step(learningRate: 0.01)
    // Same gradient again: mean and square stay in proportion, so the step is the same.
    #expect(abs(parameter.value[0] - (0.989 * 0.999 - 0.01)) < 1e-6)
    adam.step(learningRate: 1)
    #expect(abs(parameter.value[0] - (0.989 * 0.999 - 0.01)) < 1e-6, "a parameter without a gradient stays")
  }

  @Test func scheduleWarmsUpAndFallsAlongACosine() {
    let schedule = Schedule(peak: 2, warmUp: 4, total: 104, floor: 0.1)
    #expect(schedule.rate(at: 0) == 0.5 && schedule.rate(at: 3) == 2)
    #expect(abs(schedule.rate(at: 4) - 2) < 1e-6 && abs(schedule.rate(at: 54) - 1.1) < 1e-5 && abs(schedule.rate(at: 104) - 0.2) < 1e-6)
    #expect(abs(schedule.rate(at: 29) - 2 * (0.1 + 0.9 * 0.853_553_4)) < 1e-5 && schedule.rate(at: 5000) == schedule.rate(at: 104))
  }
}

@Suite struct SafetensorsTests {
  private var file: Safetensors {
    Safetensors(
      tensors: ["b": Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), "a \"quoted\" ü\n": Tensor(7), "empty": Tensor(zeros: [0, 4])],
      metadata: ["format": "pt", "note": "tab\t"])
  }

  @Test func roundTrip() throws {
    let bytes = file.serialized()
    #expect(try Safetensors(serialized: bytes) == file)
    #expect(bytes == file.serialized())
    #expect(try Safetensors(serialized: Safetensors(tensors: [:]).serialized()).tensors.isEmpty)
  }

  private func bytes(_ header: String, data: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + Array(repeating: 0, count: data)
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    " { \"a\" : { \"shape\" : [ 2 ] , \"data_offsets\":[0,8], \"dtype\":\"F\\u00332\" } } \n",
  ])
  func otherWritersAreUnderstood(header: String) throws {
    #expect(try Safetensors(serialized: bytes(header, data: 8)).tensors == ["a": Tensor([0, 0])])
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1e1],"data_offsets":[0,8]}}"#, #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, #"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[999999999999999,999999999999999,999999999999999],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[0,999999999999999],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#, #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}x"#, #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, "", "[]", "{",
    #"{"\ud800":1}"#,
    #"{"__metadata__":{"a":1}}"#, #"{"a":{"dtype":"F32","shape":[2,1,1,1,1,1,1,1,1],"data_offsets":[0,8]}}"#,
  ])
  func damagedHeadersAreRefused(header: String) {
    #expect(throws: BytesError.self) { try Safetensors(serialized: bytes(header, data: 8)) }
  }

  @Test func everyShorterFileAndEveryChangedHeaderByteIsRefusedOrRead() {
    let whole = file.serialized()
    for length in 0..<whole.count { #expect(throws: BytesError.self) { try Safetensors(serialized: whole[..<length]) } }
    for i in 0..<whole.count {
      for change in [0x01, 0x20, 0x80, 0xFF] as [UInt8] {
        var changed = whole
        changed[i] ^= change
        _ = try? Safetensors(serialized: changed)
      }
    }
    #expect(throws: BytesError.self) { try Safetensors(serialized: Array(repeating: 0xFF, count: 64)) }
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    var random = RandomSource(seed: 1)
    let dense = Dense(inputs: 2, outputs: 3, random: &random)
    let before = dense.tensors
    #expect(throws: LayerError.missing("bias")) { try dense.load(["weight": Tensor(zeros: [2, 3])]) }
    #expect(throws: LayerError.shape("bias", expected: [3], found: [2])) {
      try dense.load(["weight": Tensor(zeros: [2, 3]), "bias": Tensor(zeros: [2])])
    }
    #expect(dense.tensors == before)
  }
}
