import CKernels
import Foundation
import Tensors
import Testing

/// The kernels on shapes drawn at random, edges and all, against the scalar reference.
@Suite(.serialized) struct KernelTests {
  private let paths = SIMDPath.allCases.filter { $0 != .scalar }

  /// Runs `body` on the scalar path and on every other; the bits must be the same.
  private func compare(_ what: String, _ body: () -> [[Float]]) {
    let before = SIMDPath.current
    defer { _ = before.use() }
    _ = SIMDPath.scalar.use()
    let expected = body().map { $0.map(\.bitPattern) }
    for path in paths where path.use() { #expect(body().map { $0.map(\.bitPattern) } == expected, "\(path): \(what)") }
  }

  private func draw(_ count: Int, _ random: inout RandomSource) -> [Float] { random.uniform([count], in: -1..<1).values }

  @Test func matrixProducts() {
    var random = RandomSource(seed: 21)
    for _ in 0..<120 {
      let (m, n, k) = (1 + random.integer(below: 50), 1 + random.integer(below: 150), random.integer(below: 400))
      let (a, b, start) = (draw(m * k, &random), draw(k * n, &random), draw(m * n, &random))
      let (turnA, turnB, accumulate) = (random.integer(below: 2) == 1, random.integer(below: 2) == 1, Int32(random.integer(below: 2)))
      compare("[\(m), \(k)] x [\(k), \(n)], turned \(turnA) \(turnB)") {
        var (c, d) = (start, start)
        let (aSteps, bSteps) = (turnA ? (1, m) : (k, 1), turnB ? (1, k) : (n, 1))
        ck_gemm(m, n, k, a, aSteps.0, aSteps.1, b, bSteps.0, bSteps.1, &c, n, accumulate)
        var packed = [Float](repeating: 0, count: ck_packed_size(n, k))
        ck_pack(n, k, b, bSteps.0, bSteps.1, &packed)
        ck_gemm_packed(m, n, k, a, aSteps.0, aSteps.1, packed, &d, n, accumulate)
        #expect(c == d)
        return [c]
      }
    }
  }

  @Test func convolutions() {
    var random = RandomSource(seed: 22)
    func pick(_ range: ClosedRange<Int>) -> Int32 { Int32(range.lowerBound + random.integer(below: range.count)) }
    for round in 0..<150 {
      var s = ck_conv()
      s.batch = pick(1...2)
      s.groups = pick(1...3)
      s.in_channels = s.groups * pick(1...20)
      s.out_channels = s.groups * pick(1...30)
      (s.kernel_h, s.kernel_w) = (pick(0...1) == 0 ? 1 : pick(1...4), pick(1...9))
      (s.stride_h, s.stride_w) = (pick(1...2), pick(0...1) == 0 ? 1 : pick(1...9))
      (s.dilation_h, s.dilation_w, s.pad_h, s.pad_w) = (pick(1...2), pick(1...3), pick(0...3), pick(0...9))
      (s.out_h, s.out_w) = (s.kernel_h == 1 ? 1 : pick(1...4), pick(1...(round % 15 == 0 ? 1200 : 60)))
      (s.in_h, s.in_w) = (s.kernel_h == 1 ? pick(1...2) : pick(1...8), pick(1...Int(s.out_w * s.stride_w) + 10))
      #expect(ck_conv_valid(&s) == 1)
      let (inputs, outputs) = (Int(s.batch * s.in_channels * s.in_h * s.in_w), Int(s.batch * s.out_channels * s.out_h * s.out_w))
      let weights = Int(s.out_channels * (s.in_channels / s.groups) * s.kernel_h * s.kernel_w)
      let (x, y, w) = (draw(inputs, &random), draw(outputs, &random), draw(weights, &random))
      let (biasIn, biasOut) = (draw(Int(s.in_channels), &random), draw(Int(s.out_channels), &random))
      compare("\(s)") {
        var packed = [Float](repeating: 0, count: weights + Int(CK_PACKED_HEADER))
        var (newY, newX, newW) = ([Float](repeating: .nan, count: outputs), [Float](repeating: .nan, count: inputs), w)
        ck_conv_pack(&s, w, &packed)
        let units = ck_conv_units(&s)
        ck_conv(&s, x, packed, biasOut, &newY, 0, units / 2)
        ck_conv(&s, x, packed, biasOut, &newY, units / 2, units)
        ck_conv_transposed_pack(&s, w, &packed)
        let turned = ck_conv_transposed_units(&s)
        ck_conv_transposed(&s, y, packed, biasIn, &newX, 0, turned / 2)
        ck_conv_transposed(&s, y, packed, biasIn, &newX, turned / 2, turned)
        var scratch = [Float](repeating: 0, count: ck_conv_scratch(&s))
        let half = Int(s.out_channels) / 2
        ck_conv_weights(&s, x, y, &newW, &scratch, 0, half)
        ck_conv_weights(&s, x, y, &newW, &scratch, half, Int(s.out_channels))
        return [newY, newX, newW]
      }
    }
  }

  @Test(arguments: [1, 15, 63, 64, 65, 1000])
  func sumsAndRows(count: Int) {
    var random = RandomSource(seed: UInt64(count))
    let (a, b) = (draw(3 * count, &random), draw(3 * count, &random))
    compare("\(count)") {
      var (rows, probabilities, normal, scales, gradient) = (b, a, a, [Float](repeating: 0, count: 3), b)
      ck_add_rows(3, count, a, count, &rows)
      ck_softmax(3, count, a, &probabilities, nil, nil)
      ck_normalise(3, count, a, &normal, &scales, 1e-5)
      ck_normalise_gradient(3, count, normal, scales, b, &gradient)
      return [[ck_sum(count, a), ck_dot(count, a, b)], rows, probabilities, normal, scales, gradient]
    }
  }

  private static func functions() -> [(String, ck_unary_op, ClosedRange<Double>, (Double) -> Double)] {
    [
      ("exp", CK_EXP, -87...87, { exp($0) }), ("log", CK_LOG, 1e-30...1e30, { log($0) }), ("tanh", CK_TANH, -10...10, { tanh($0) }),
      ("sigmoid", CK_SIGMOID, -80...80, { 1 / (1 + exp(-$0)) }), ("silu", CK_SILU, -80...80, { $0 / (1 + exp(-$0)) }),
      ("softplus", CK_SOFTPLUS, -80...80, { $0 > 30 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) }),
    ]
  }

  @Test func pulses() {
    var random = RandomSource(seed: 23)
    for n in [1, 63, 320, 1000] {
      let (hertz, slope, start) = (60 + 400 * Double(draw(1, &random)[0].magnitude), 0.01 * Double(draw(1, &random)[0]), Double(n % 2) / 4)
      compare("\(n) samples from \(hertz) Hz") {
        var y = [Float](repeating: .nan, count: n)
        let last = ck_pulses(n, hertz, slope, 16_000, 7900, start, &y)
        var phase = start
        for i in 0..<n {
          let pitch = hertz + slope * Double(i)
          phase = (phase + pitch / 16_000).truncatingRemainder(dividingBy: 1)
          let sum = (1...Int(7900 / pitch)).reduce(0.0) { $0 + cos(2 * .pi * Double($1) * phase) } * (pitch / 8000).squareRoot()
          #expect(abs(Double(y[i]) - sum) < 1e-5)
        }
        #expect(abs(last - phase) < 1e-12)
        return [y, [Float(last)]]
      }
    }
  }

  @Test func functionsAreAccurateToThreeUnitsInTheLastPlace() {
    for (name, op, range, exact) in KernelTests.functions() {
      var worst = 0.0
      for i in 0...200_000 {
        let part = Double(i) / 200_000
        let wide = range.lowerBound > 0 ? range.lowerBound * pow(range.upperBound / range.lowerBound, part) : nil
        var x = Float(wide ?? range.lowerBound + part * (range.upperBound - range.lowerBound))
        var y: Float = 0
        ck_unary(Int32(op.rawValue), 1, &x, &y, 0)
        let truth = exact(Double(x))
        worst = max(worst, abs(Double(y) - truth) / Double(Float(truth).ulp))
      }
      #expect(worst < 3, "\(name) is off by \(worst) ulp")
    }
  }

  @Test func functionsSaturateAndNeverLeaveTheNormalNumbers() {
    for (_, op, _, _) in KernelTests.functions() {
      for x: Float in [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 90, -90, 1e30, -1e30, .infinity, -.infinity] {
        var (x, y) = (x, Float.nan)
        ck_unary(Int32(op.rawValue), 1, &x, &y, 0)
        #expect(!y.isNaN)
        if op == CK_EXP || op == CK_SIGMOID || op == CK_SOFTPLUS { #expect(y.isNormal || x == .infinity) }
      }
    }
  }

  /// The bits themselves, the same on x86-64 and aarch64: whatever changes them changes what every old file decodes to.
  @Test func bitsAreThoseOfTheFormat() {
    var state: UInt64 = 1
    let x = (0..<100_003).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 40) - 1 << 23) * 0x1p-19
    }
    var hash: UInt64 = 14_695_981_039_346_656_037
    for op in [CK_EXP, CK_LOG, CK_TANH, CK_SIGMOID, CK_SILU, CK_SOFTPLUS] {
      var y = x
      ck_unary(Int32(op.rawValue), x.count, x, &y, 0)
      for value in y { hash = (hash ^ UInt64(value.bitPattern)) &* 1_099_511_628_211 }
    }
    #expect(String(hash, radix: 16) == "26d730c340237c46")
  }
}

@Suite struct ThreadTests {
  @Test(arguments: [1, 2, 5])
  func everyIndexIsVisitedOnce(jobs: Int) {
    let before = Threads.jobs
    Threads.jobs = jobs
    defer { Threads.jobs = before }
    for count in [0, 1, 7, 1000] {
      // Every turn of the inner loop has a place of its own: where the outer loop found the pool in use by another test, the inner one may get it.
      let visits = UnsafeMutablePointer<Int>.allocate(capacity: 2 * count + 1)
      visits.initialize(repeating: 0, count: 2 * count + 1)
      Threads.parallelFor(count, grain: 3) { outer in
        for i in outer { Threads.parallelFor(2) { for j in $0 { visits[2 * i + j] += 1 } } }
      }
      #expect((0..<2 * count).allSatisfy { visits[$0] == 1 } && visits[2 * count] == 0)
      visits.deallocate()
    }
  }
}

@Suite struct TensorTests {
  @Test func copiesAreValues() {
    let a = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    var b = a
    b[1, 2] = 9
    #expect(a[1, 2] == 6 && b[1, 2] == 9 && a.reshaped([3, -1]).shape == [3, 2])
    #expect(a.permuted([1, 0]).values == [1, 4, 2, 5, 3, 6])
    #expect(Tensor([Float.nan]) == Tensor([Float.nan]) && Tensor([0]) != Tensor([-0.0]))
  }

  @Test func gradientsOfAParameterAddUpOverUsesAndTapes() {
    let w = Parameter(Tensor([2, 3]))
    for _ in 0..<2 {
      let tape = Tape()
      let x = tape.constant(Tensor([1, 10]))
      (x * x.use(w) + x.use(w)).sum().backward()
    }
    #expect(w.gradient == Tensor([4, 22]))
  }

  @Test func randomNumbersFollowFromSeedAndPosition() {
    var (a, b) = (RandomSource(seed: 9), RandomSource(seed: 9))
    _ = a.uniform([10], in: 0..<1)
    var c = RandomSource(seed: a.seed, position: a.position)
    #expect(a.next() == c.next() && b.next() != b.stream(1).seed)
    #expect(RandomSource(seed: 9).stream(1) != RandomSource(seed: 9).stream(2))
    let many = b.normal([20_000]).values
    let mean = many.reduce(0, +) / 20_000
    #expect(abs(mean) < 0.03 && abs(many.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.04)
  }
}
