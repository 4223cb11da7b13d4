import Autoencoders
import Bytes
import Foundation
import Tensors
import Testing

@Suite struct ConfigurationTests {
  /// A text, and words that its error must have.
  struct Bad: Sendable, CustomStringConvertible {
    let text: String
    let words: [String]
    init(_ text: String, _ words: String...) { (self.text, self.words) = (text, words) }
    var description: String { text }
  }

  private static let layer = #"{"channels": 8, "kernel": 4, "stride": 4}"#
  private static func conv(_ rest: String) -> String { #"{"kind": "conv", "block": [1, 64], "# + rest + "}" }

  static let bad: [Bad] = [
    Bad("[]", "object"),
    Bad("{}", "\"kind\"", "missing", "\"linear\"", "\"recurrent\""),
    Bad(#"{"kind": "perceptron", "block": [1, 4], "code": 1}"#, "\"kind\"", "perceptron", "\"dense\""),
    Bad(#"{"kind": 3, "block": [1, 4], "code": 1}"#, "\"kind\"", "text"),
    Bad(#"{"kind": "linear", "code": 1}"#, "\"block\"", "missing", "[channels, length]"),
    Bad(#"{"kind": "linear", "block": [4], "code": 1}"#, "\"block\"", "list of 2 to 3"),
    Bad(#"{"kind": "linear", "block": [1, 0], "code": 1}"#, "\"block[1]\"", "whole number from 1"),
    Bad(#"{"kind": "linear", "block": [1, 4.5], "code": 1}"#, "\"block[1]\"", "whole number"),
    Bad(#"{"kind": "linear", "block": [1, 1e300], "code": 1}"#, "\"block[1]\"", "whole number"),
    Bad(#"{"kind": "linear", "block": [1048576, 1048576, 1048576], "code": 1}"#, "\"block\"", "numbers in all"),
    Bad(#"{"kind": "linear", "block": [1, 4]}"#, "\"code\"", "missing", "at most 4"),
    Bad(#"{"kind": "linear", "block": [1, 4], "code": 5}"#, "\"code\"", "1 to 4"),
    Bad(#"{"kind": "linear", "block": [1, 4], "code": 2, "colour": 1}"#, "\"colour\"", "unknown", "\"code\""),
    Bad(#"{"kind": "linear", "block": [1, 1048576], "code": 1000}"#, "parameters", "67108864"),
    Bad(#"{"kind": "dense", "block": [1, 4]}"#, "\"layers\"", "missing"),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": []}"#, "\"layers\"", "list of 1 to 64"),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": [3, -2]}"#, "\"layers[1]\"", "whole number"),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": [17]}"#, "17 numbers", "smaller code"),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": [2], "activation": "step"}"#, "\"activation\"", "\"silu\""),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": [2], "output": "tanh"}"#, "\"output\"", "\"sigmoid\""),
    Bad(#"{"kind": "dense", "block": [1, 4], "layers": [2], "tied": 1}"#, "\"tied\"", "true or false"),
    Bad(#"{"kind": "dense", "block": [1, 16384], "layers": [16384, 16384, 3]}"#, "parameters"),
    Bad(conv(#""code": 2"#), "\"layers\"", "missing"),
    Bad(conv(#""layers": [\#(layer)]"#), "\"code\"", "\"bottleneck\""),
    Bad(conv(#""layers": [\#(layer)], "code": 2, "bottleneck": 2"#), "\"code\"", "not both"),
    Bad(conv(#""layers": [3], "code": 2"#), "\"layers[0]\"", "object"),
    Bad(conv(#""layers": [{"channels": 8}], "code": 2"#), "\"layers[0].kernel\"", "missing"),
    Bad(conv(#""layers": [\#(layer), {"channels": 8, "kernel": 2, "strid": 2}], "code": 2"#), "\"layers[1].strid\"", "unknown", "\"stride\""),
    Bad(conv(#""layers": [{"channels": 8, "kernel": 3, "stride": 4}], "code": 2"#), "\"layers[0].kernel\"", "stride of 4"),
    Bad(conv(#""layers": [{"channels": 8, "kernel": 3, "stride": 4, "pooling": "max"}], "code": 2"#), "\"layers[0].kernel\"", "\"repeat\""),
    Bad(conv(#""layers": [{"channels": 8, "kernel": 3, "stride": 2, "pooling": "none"}], "code": 2"#), "\"layers[0].pooling\"", "stride of 2"),
    Bad(conv(#""layers": [{"channels": 8, "kernel": 3, "pooling": "mean"}], "code": 2"#), "\"layers[0].stride\"", "\"mean\""),
    Bad(conv(#""layers": [\#(layer), \#(layer), \#(layer), \#(layer)], "code": 2"#), "\"layers[3].stride\"", "256", "extents"),
    Bad(conv(#""layers": [\#(layer)], "code": 2, "unpooling": "switches""#), "\"unpooling\"", "where the maxima stood"),
    Bad(conv(#""layers": [\#(layer)], "code": 5, "start": "dct""#), "\"code\"", "4"),
    Bad(conv(#""layers": [\#(layer)], "bottleneck": 5, "start": "dct""#), "\"start\"", "bottleneck"),
    Bad(conv(#""layers": [\#(layer)], "code": 2, "output": "sigmoid", "start": "mdct""#), "\"start\"", "sigmoid"),
    Bad(conv(#""layers": [{"channels": 8, "kernel": 3, "stride": 3}], "code": 2, "start": "mdct""#), "\"start\"", "even"),
    Bad(conv(#""layers": [{"channels": 4096, "kernel": 64}, {"channels": 4096, "kernel": 64}], "code": 2"#), "parameters", "limit"),
    Bad(
      #"{"kind": "conv", "block": [1, 1048576], "layers": [{"channels": 64, "kernel": 3}], "code": 2}"#, "layer makes", "limit"),
    Bad(#"{"kind": "recurrent", "block": [1, 8], "units": 4, "code": 2}"#, "\"form\"", "missing", "\"frames\""),
    Bad(#"{"kind": "recurrent", "form": "frames", "block": [1, 8], "units": 4, "code": 9}"#, "\"code\"", "1 to 8"),
    Bad(#"{"kind": "recurrent", "form": "frames", "block": [1, 8], "units": 0, "code": 2}"#, "\"units\"", "1 to 4096"),
    Bad(#"{"kind": "recurrent", "form": "frames", "block": [1, 8], "units": 4, "code": 2, "cell": "rnn"}"#, "\"cell\"", "\"gru\"", "\"lstm\""),
    Bad(#"{"kind": "recurrent", "form": "frames", "block": [1, 8], "units": 4, "code": 2, "step": 2}"#, "\"step\"", "unknown"),
    Bad(
      #"{"kind": "variational", "block": [1, 8], "body": {"kind": "dense", "layers": [3]}, "latents": 2, "likelihood": "softmax", "levels": 257}"#,
      "\"levels\"", "2 to 256"),
    Bad(
      #"{"kind": "variational", "block": [3, 256, 256], "body": {"kind": "dense", "layers": [1]}, "latents": 2, "likelihood": "softmax"}"#,
      "\"levels\"", "16777216", "\"block\""),
    Bad(
      #"{"kind": "variational", "block": [1, 8], "body": {"kind": "dense", "layers": [3]}, "latents": 2, "likelihood": "softmax", "components": 2}"#,
      "\"components\"", "unknown"),
    Bad(#"{"kind": "masked", "block": [1, 8], "code": 2}"#, "\"patch\"", "missing", "[length]"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [3], "code": 2}"#, "\"patch\"", "8", "evenly"),
    Bad(#"{"kind": "masked", "block": [1, 8, 8], "patch": [4], "code": 2}"#, "\"patch\"", "[rows, columns]"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [8], "code": 2}"#, "\"patch\"", "1 patches", "2 to 4096"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [2]}"#, "\"code\"", "missing"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [2], "code": 2, "width": 10}"#, "\"width\"", "multiple", "4"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [2], "code": 2, "decoderWidth": 6}"#, "\"decoderWidth\"", "multiple"),
    Bad(#"{"kind": "masked", "block": [1, 8], "patch": [2], "code": 9}"#, "the code has 36 numbers"),
    Bad(#"{"kind": "masked", "block": [1, 4096], "patch": [1], "code": 1, "heads": 2}"#, "layer makes", "limit"),
    Bad(#"{"kind": "recurrent", "form": "sequence", "block": [1, 8], "step": 3, "layers": [4]}"#, "\"step\"", "divide", "8"),
  ]

  @Test(arguments: bad) func whatDoesNotAddUpIsNamed(_ bad: Bad) {
    do {
      let configuration = try configuration(bad.text)
      Issue.record("taken: \(configuration.json)")
    } catch let error as AutoencoderError {
      for word in bad.words { #expect(error.description.contains(word), "\(error)") }
    } catch {
      Issue.record("\(error)")
    }
  }

  /// The configurations that docs/AUTOENCODERS.md shows.
  @Test func shownConfigurationsAreValid() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let lines = try String(contentsOf: folder.appending(path: "docs/AUTOENCODERS.md"), encoding: .utf8).split(separator: "\n")
    let shown = lines.filter { $0.hasPrefix("{\"kind\"") }
    #expect(shown.count >= 6)
    for line in shown {
      let configuration = try configuration(String(line))
      #expect(configuration.codeShape.reduce(1, *) <= configuration.widest, "\(line)")
    }
  }

  /// Every combination of sizes at its bounds is taken or refused, and computed without a trap.
  @Test func sizesAtTheirBoundsDoNotOverflow() {
    let sizes = [1, 256, 4096, 16384, 1_048_576]
    for channels in sizes {
      for extent in sizes {
        for kernel in [1, 16, 512] {
          for stride in [1, 16, 256] {
            let layer = #"{"channels": \#(channels), "kernel": \#(kernel), "stride": \#(stride), "blocks": 16}"#
            let layers = Array(repeating: layer, count: 16).joined(separator: ",")
            for end in [#""code": \#(channels)"#, #""bottleneck": \#(channels)"#, #""code": 2, "start": "mdct""#] {
              for block in ["\(channels), \(extent)", "\(channels), \(extent), \(extent)"] {
                for text in [layers, layer] {
                  do {
                    let taken = try configuration(#"{"kind": "conv", "block": [\#(block)], "layers": [\#(text)], \#(end)}"#)
                    #expect(taken.parameterCount <= 1 << 26)
                  } catch {
                    #expect(error is AutoencoderError)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Whatever geometry is taken also runs, also at the bounds of kernels and strides.
  @Test(arguments: ["1, 300", "2, 257", "1, 20, 33", "1, 16, 16"]) func everyTakenGeometryRuns(block: String) throws {
    var taken = 0
    for kernel in [1, 2, 5, 16, 32, 512] {
      for stride in [1, 2, 3, 16, 256] {
        for pooling in ["none", "strided", "max", "mean"] {
          for rest in [
            #""code": 1"#, #""code": 1, "unpooling": "repeat""#, #""bottleneck": 3"#, #""code": 2, "start": "dct""#, #""code": 2, "start": "mdct""#,
          ] {
            let layer = #"{"channels": 2, "kernel": \#(kernel), "stride": \#(stride), "pooling": "\#(pooling)", "blocks": 1}"#
            let text = #"{"kind": "conv", "block": [\#(block)], "layers": [\#(layer), {"channels": 1, "kernel": 3}], \#(rest)}"#
            guard let configuration = try? configuration(text) else { continue }
            var random = RandomSource(seed: 1)
            let autoencoder = configuration.make(random: &random)
            let codes = autoencoder.encode(Variable(numbers([1, 2, autoencoder.blockSize])))
            #expect(codes.shape == [1, 2, configuration.codeShape.reduce(1, *)], "\(text)")
            #expect(autoencoder.decode(codes).shape == [1, 2, autoencoder.blockSize], "\(text)")
            taken += 1
          }
        }
      }
    }
    #expect(taken > 80)
  }
}
