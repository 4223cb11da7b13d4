import Foundation
import Testing
import Training

@Suite struct RecipeTests {
  private func recipe(_ text: String) throws -> Recipe { try Recipe(json: Array(text.utf8), name: "r.json") }

  @Test func emptyIsStandard() throws { #expect(try recipe("{}") == Recipe()) }

  @Test func keysAreTaken() throws {
    let found = try recipe(
      """
      {"seed": 7, "priorQualities": [10, 20.5], "enhancerSteps": 5, "width": 16, "about": "a \\"b\\" \\u00e9\\ud83d\\ude00", "learningRate": 2e-3}
      """)
    var wanted = Recipe()
    (wanted.seed, wanted.priorQualities, wanted.length, wanted.width) = (7, [10, 20.5], .steps(5), 16)
    (wanted.about, wanted.learningRate) = ("a \"b\" é😀", 0.002)
    #expect(found == wanted)
    #expect(try recipe("{\"minutes\": 2.5}").length == .minutes(2.5))
  }

  @Test func shippedRecipeIsValid() throws {
    let path = URL(fileURLWithPath: Workplace.samples).deletingLastPathComponent().appendingPathComponent("codecs/ecg/train.json")
    _ = try Recipe(json: Array(try Data(contentsOf: path)), name: path.path)
  }

  /// Each with what the message must name.
  @Test(arguments: [
    ("", "line 1"), ("[]", "object"), ("{", "line 1"), ("{\"seed\": 1,\n}", "line 2"), ("{\"seed\": 1} x", "line 1"), ("{\"seed\" 1}", "\":\""),
    ("{\"sede\": 1}", "\"sede\""), ("{\"seed\": 1, \"seed\": 2}", "\"seed\""), ("{\"seed\": 1.5}", "\"seed\""), ("{\"seed\": -1}", "\"seed\""),
    ("{\"seed\": \"1\"}", "\"seed\""), ("{\"seed\": nan}", "nan"), ("{\"width\": 1e9}", "\"width\""), ("{\"crop\": 1001}", "\"crop\""),
    ("{\"priorQualities\": 5}", "\"priorQualities\""), ("{\"priorQualities\": [5, 101]}", "\"priorQualities\""),
    ("{\"exampleQualities\": [60, 20]}", "\"exampleQualities\""), ("{\"exampleQualities\": [60]}", "\"exampleQualities\""),
    ("{\"minutes\": 1, \"enhancerSteps\": 1}", "\"minutes\""), ("{\"kind\": \"speech\"}", "\"kind\""), ("{\"about\": 1}", "\"about\""),
    ("{\"about\": \"x}", "line 1"), ("{\"about\": \"\\q\"}", "escape"), ("{\"about\": \"\\ud800\"}", "escape"),
    (String(repeating: "[", count: 64), "deeply"),
  ])
  func wrongRecipesAreRefused(text: String, named: String) {
    do {
      _ = try recipe(text)
      Issue.record("taken: \(text.prefix(60))")
    } catch TrainingError.recipe(let message) {
      #expect(message.hasPrefix("r.json: ") && message.contains(named), "\(message)")
    } catch {
      Issue.record("\(error)")
    }
  }
}
