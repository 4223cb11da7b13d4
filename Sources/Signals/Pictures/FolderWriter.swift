/// Writes a stack of pictures as files in a new folder.
final class FolderWriter: SignalWriter {
  private let folder: AtomicFolder
  private let layout: StackLayout
  private let picture: PictureLayout
  /// The pictures' names; numbers where the stack has none.
  private let names: [String]?
  private let check: SampleCheck
  /// Samples of the picture that is not complete.
  private var held: [Int32] = []
  private var count = 0

  /// Throws `SignalError`.
  init(_ path: String, layout: StackLayout) throws {
    guard let picture = layout.picture else {
      throw SignalError.unsupported("\(path): the items of this stack are no pictures (\(layout.described(1))); choose another format")
    }
    (self.layout, self.picture) = (layout, picture)
    names = layout.folder?.names
    folder = try AtomicFolder(path: path)
    check = SampleCheck(ranges: [0...Int32(layout.maximum)], file: path)
  }

  func write(_ samples: [[Int32]]) throws {
    _ = try check.count(samples)
    held += samples[0]
    let size = layout.itemSamples
    var start = 0
    while held.count - start >= size {
      try writePicture(held[start..<start + size])
      start += size
    }
    if start > 0 { held.removeFirst(start) }
  }

  private func writePicture(_ samples: ArraySlice<Int32>) throws {
    if let names, count >= names.count {
      throw SignalError.malformed("\(folder.path): there are more pictures than the \(names.count) that the stack has names for; decode to raw")
    }
    let name = names.map { $0[count] } ?? PictureFolder.name(number: count)
    let file = try folder.file(name)
    do {
      let sink = try PictureFile.sink(file, PictureFile.converted(picture, to: PictureFile.kind(ofName: name) ?? .png))
      let width = picture.width * picture.components
      for row in 0..<picture.height {
        let start = samples.startIndex + row * width
        try sink.write(samples[start..<start + width].map { UInt16(truncatingIfNeeded: $0) })
      }
      try sink.finish()
      try file.close()
    } catch {
      file.abort()
      throw error
    }
    count += 1
  }

  func finish() throws {
    do {
      guard held.isEmpty, names == nil || count == names?.count else {
        throw SignalError.malformed(
          "\(folder.path): the stack ends behind \(layout.described(count)) of \(names?.count ?? 0); decode with --keep-going, or to raw")
      }
      try folder.commit()
    } catch {
      abort()
      throw error
    }
  }

  func abort() { folder.abort() }
}
