import Codes
import Foundation
import Tensors

/// Files of codes, in NumPy's format and as text, and of labels.
struct CodeEntry: Entry {
  static let name = "codes"
  private let files: [[UInt8]]
  private let folder: URL

  init(_ corpus: Corpus, samples: URL, folder: URL) throws {
    self.folder = folder
    files = [
      NumpyArray.serialized(Tensor((0..<12).map { Float($0) / 3 }, shape: [4, 3])), Array("1,2.5,-3e4\n4,5,6\n".utf8), Array("a\nb\n1,c\nd\n".utf8),
      [0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4],
    ]
  }

  func run(_ dice: inout Dice) throws -> Bool {
    let mutator = Mutator(words: ["nan", "-inf", "1e39", "(", "999999999999", "'<f8'", "True", "0", "", "-1", "(4,)", "'shape'"])
    let bytes = mutator.mutate(files[dice.below(files.count)], with: files[dice.below(files.count)], &dice)
    let path = folder.appending(path: dice.one(in: 3) ? "x.csv" : "x.npy").path
    try write(bytes, URL(filePath: path))
    guard dice.one(in: 3) else { return try CodeFile.read(path).values.allSatisfy(\.isFinite) }
    return try Labels(path, count: 4).classes.indices.count == 4
  }
}
