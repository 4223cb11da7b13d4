extension Recording {
  /// Samples cut into chunks as `chunks(_:seconds:)` cuts them; those that are longer than `most` are cut again, into parts of about one length.
  /// - Parameter most: samples of a channel, whole items of a stack.
  func chunks(_ samples: [[Int32]], seconds: Double, most: Int) -> [[[Int32]]] {
    chunks(samples, seconds: seconds).flatMap { chunk -> [[[Int32]]] in
      let (count, unit) = (chunk[0].count, info.unitSamples)
      guard count > most else { return [chunk] }
      let parts = (count + most - 1) / most
      let length = ((count + unit - 1) / unit + parts - 1) / parts * unit
      return stride(from: 0, to: count, by: length).map { start in chunk.map { Array($0[start..<min(count, start + length)]) } }
    }
  }
}
