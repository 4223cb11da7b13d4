import Glibc

/// Which of what coders made of a file is shown beside the original.
enum ShownChoice {
  /// Of the first coder all `qualities`; of others that lose something, in the order of their settings, those whose files come nearest to these in size.
  static func settings(of coders: [Coder], first: Coder, _ file: MeasuredFile, _ qualities: [Double]) -> [(Coder, Double)] {
    let sizes = qualities.compactMap { file.point(first, $0)?.bytes }
    return coders.filter { !$0.isLossless }.flatMap { coder in
      (coder.name == first.name ? qualities : settings(coder, file, near: sizes)).map { (coder, $0) }
    }
  }

  private static func settings(_ coder: Coder, _ file: MeasuredFile, near sizes: [Int]) -> [Double] {
    let points = file.points.filter { $0.coder == coder.name }
    let nearest = sizes.compactMap { size in
      points.min { abs(log(Double($0.bytes) / Double(size))) < abs(log(Double($1.bytes) / Double(size))) }?.setting
    }
    return coder.settings.filter(nearest.contains)
  }
}
