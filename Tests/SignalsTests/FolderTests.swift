import Bytes
import Foundation
import Signals
import Testing

/// Folders of pictures as stacks.
@Suite struct FolderTests {
  private func picture(_ width: Int, _ height: Int, components: Int = 1, maximum: Int = 255) throws -> SignalInfo {
    SignalInfo(picture: try #require(PictureLayout(kind: .png, width: width, height: height, components: components, maximum: maximum)))
  }

  /// Writes pictures, and returns what a stack of them is: pixel by pixel.
  private func make(_ names: [String], _ info: SignalInfo, in scratch: Scratch) throws -> [Int32] {
    try FileManager.default.createDirectory(atPath: scratch.path + "/in", withIntermediateDirectories: true)
    var all: [Int32] = []
    for (k, name) in names.enumerated() {
      let samples = noise(info.channels.indices.map(info.sampleRange), count: info.length ?? 0, seed: UInt64(k + 1))
      _ = try written(samples, info, "\(scratch.path)/in/\(name)", OutputFormat(ofName: name, info: info))
      for i in samples[0].indices { for channel in samples { all.append(channel[i]) } }
    }
    return all
  }

  @Test(arguments: [(1, 255), (3, 255), (2, 255), (4, 255), (1, 65535), (3, 65535)])
  func foldersComeBack(components: Int, maximum: Int) throws {
    let scratch = try Scratch()
    // In the order of their numbers, whatever the kinds of the files.
    let names = ["a.png", "b 2.png", "b 9.tif", "b 10.pam", "c.png"]
    let all = try make(names, picture(7, 5, components: components, maximum: maximum), in: scratch)
    _ = try scratch.write("in/notes.txt", "no picture")
    _ = try scratch.write("in/.hidden.png", "no picture")
    let reader = try SignalFile.open(scratch.path + "/in")
    let info = reader.info
    #expect(info.stack?.folder?.names == names && info.stack?.extents == [5, 7] + (components == 1 ? [] : [components]))
    #expect(info.length == all.count && info.unitSamples == 35 * components && info.sampleRange(0) == 0...Int32(maximum))
    #expect(try reader.readAll() == [all])
    let described = try SignalInfo(serialized: info.serialized()[...])
    #expect(described == info)
    try copy(try SignalFile.openStack([scratch.path + "/in/"]), to: try SignalFile.create(scratch.path + "/out/", info: described))
    #expect(scratch.names == ["in", "out"])
    #expect(try SignalFile.open(scratch.path + "/out").readAll() == [all])
    for name in names { #expect(try SignalFile.open("\(scratch.path)/out/\(name)").info == SignalFile.open("\(scratch.path)/in/\(name)").info) }
    // A part has the names that it is of.
    let part = info.part(35 * components..<105 * components)
    #expect(part.stack?.folder?.names == ["b 2.png", "b 9.tif"])
    // Passing over, from the start of a picture and from inside one.
    let skipping = try SignalFile.open(scratch.path + "/in")
    try skipping.skip(36 * components)
    #expect(try skipping.read(3) == [Array(all[36 * components..<36 * components + 3])])
    try skipping.skip(100 * components)
    #expect(try skipping.readAll() == [Array(all[(136 * components + 3)...])])
    try skipping.skip(1)
  }

  @Test func namesThatCountUpTakeFewBytes() throws {
    let scratch = try Scratch()
    let names = (95..<130).map { "digit \($0).png" } + ["x.png", "x2.png"]
    _ = try make(names, picture(1, 1), in: scratch)
    let info = try SignalFile.open(scratch.path + "/in").info
    #expect(info.stack?.folder?.names == names)
    #expect(info.serialized().count < 45)
    #expect(try SignalInfo(serialized: info.serialized()[...]) == info)
  }

  @Test func picturesThatAreNotAlikeAreRefused() throws {
    let scratch = try Scratch()
    let first = try make(["a.png", "b.png"], picture(4, 3), in: scratch)
    for (other, tells) in [
      (try picture(3, 4), "has 3x4 pixels"), (try picture(4, 3, components: 3), "RGB of 8 bits"), (try picture(4, 3, maximum: 65535), "16 bits"),
    ] {
      _ = try written(noise(other.channels.indices.map(other.sampleRange), count: 12), other, scratch.path + "/in/c.png")
      let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path + "/in").readAll() }
      #expect(error?.exitCode == 65 && error?.description.contains("in/c.png: \(tells.hasPrefix("has") ? tells : "has 4x3 pixels")") == true)
      #expect(
        error?.description.contains(tells) == true && error?.description.contains("a.png, the first of the stack") == true,
        "\(String(describing: error))")
    }
    try FileManager.default.createDirectory(atPath: scratch.path + "/empty", withIntermediateDirectories: true)
    let empty = #expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path + "/empty") }
    #expect(empty?.exitCode == 66 && empty?.description.contains("no pictures") == true)
    let twice = #expect(throws: SignalError.self) { _ = try SignalFile.openStack([scratch.path + "/in/a.png", scratch.path + "/in/a.png"]) }
    #expect(twice?.exitCode == 65)
    // An existing folder with something in it stays as it is.
    let info = try SignalFile.openStack([scratch.path + "/in/a.png"]).info
    #expect(#expect(throws: SignalError.self) { _ = try SignalFile.create(scratch.path + "/in", info: info, overwrite: true) }?.exitCode == 73)
    let writer = try SignalFile.create(scratch.path + "/new", info: info)
    try writer.write([Array(first[..<5])])
    #expect(throws: SignalError.self) { try writer.finish() }
    #expect(scratch.names == ["empty", "in"])
  }

  @Test func stacksOfFilesBecomeFolders() throws {
    let scratch = try Scratch()
    let info = SignalInfo(stack: try #require(StackLayout(extents: [3, 4])), items: 12)
    let samples = noise([0...255], count: 144)
    let writer = try SignalFile.create(scratch.path + "/out", info: info, format: .png)
    try writer.write(samples)
    try writer.finish()
    let reader = try SignalFile.open(scratch.path + "/out")
    #expect(reader.info.stack?.folder?.names == (0..<12).map { ($0 < 10 ? "00000" : "0000") + "\($0).png" })
    #expect(try reader.readAll() == samples)
    // And back.
    try copy(try SignalFile.open(scratch.path + "/out"), to: try SignalFile.create(scratch.path + "/x.idx", info: reader.info, format: .idx))
    #expect(try SignalFile.open(scratch.path + "/x.idx").info == info)
    #expect(
      #expect(throws: SignalError.self) {
        _ = try SignalFile.create(scratch.path + "/n", info: SignalInfo(stack: try #require(StackLayout(extents: [3]))), format: .png)
      }?.exitCode == 65)
  }

  @Test func namesFromOutsideStayInTheFolder() throws {
    // One run of one name.
    func description(_ name: String) -> [UInt8] { [0x46, 0, 1, 1, 1, UInt8(name.utf8.count)] + Array(name.utf8) }
    #expect(try SignalInfo(serialized: description("x.png")[...]).stack?.folder?.names == ["x.png"])
    for name in ["../x.png", "/x.png", "a/x.png", "..", ".x.png", "x", "x.jpg", "", "x\u{1}.png", "x\n.png"] {
      #expect(throws: BytesError.self, "\(name)") { _ = try SignalInfo(serialized: description(name)[...]) }
    }
    for wrong: [UInt8] in [
      description("x.png") + description("x.png").suffix(7), [0x46, 0, 1, 1, 0, 5] + Array("x.png".utf8),
      [0x46, 0, 1, 1, 2, 5] + Array("x.png".utf8),
      [0x46, 0, 1, 1, 0xFF, 0xFF, 0xFF, 0x7F, 5] + Array("1.png".utf8),
    ] { #expect(throws: BytesError.self) { _ = try SignalInfo(serialized: wrong[...]) } }
  }

  /// Two ways to write an é are two names; the same number of a run is found by its bytes.
  @Test func namesKeepTheirBytes() throws {
    let scratch = try Scratch()
    let names = ["e\u{301} 1.png", "\u{e9} 2.png"]
    _ = try make(names, picture(2, 2), in: scratch)
    let info = try SignalFile.open(scratch.path + "/in").info
    #expect(try SignalInfo(serialized: info.serialized()[...]).stack?.folder?.names.map { Array($0.utf8) } == names.map { Array($0.utf8) })
  }

  @Test func whatHasNoAlphaGetsAnotherName() throws {
    let scratch = try Scratch()
    let own = try picture(3, 2, components: 4)
    let all = try make(["a.png", "b.pam"], own, in: scratch)
    try FileManager.default.moveItem(atPath: scratch.path + "/in/b.pam", toPath: scratch.path + "/in/b.pnm")
    let reader = try SignalFile.open(scratch.path + "/in")
    #expect(reader.info.stack?.folder?.names == ["a.png", "b.pnm.png"])
    try copy(reader, to: try SignalFile.create(scratch.path + "/out", info: reader.info))
    #expect(try SignalFile.open(scratch.path + "/out").readAll() == [all])
  }

  /// What pictures say and is not kept is told once, whichever of them says it, and of those that were read.
  @Test func whatIsLostOfAnyPictureIsNamed() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/in", withIntermediateDirectories: true)
    for (name, lost) in [("a", []), ("b", ["cLLI"]), ("c", ["mDCV", "cLLI"]), ("d", ["cLLI"])] {
      let maker = PNGMaker(width: 2, height: 2, extra: lost.map { ($0, [0, 0, 0, 0]) })
      _ = try scratch.write("in/\(name).png", maker.file { _, _, _ in 0 })
    }
    let reader = try SignalFile.open(scratch.path + "/in")
    #expect(reader.notes == [])
    _ = try reader.read(5)
    #expect(reader.notes.count == 1 && reader.notes[0].hasPrefix("\(scratch.path)/in/b.png: its chunk cLLI, "), "\(reader.notes)")
    _ = try reader.readAll()
    let wanted = ["b.png and 2 more: its chunk cLLI, ", "c.png: its chunk mDCV, "]
    #expect(reader.notes.count == 2, "\(reader.notes)")
    for (note, wanted) in zip(reader.notes, wanted) { #expect(note.hasPrefix("\(scratch.path)/in/\(wanted)"), "\(note)") }
    // Of one picture its name says nothing.
    #expect(try SignalFile.openStack([scratch.path + "/in/b.png"]).notes.first?.hasPrefix("its chunk cLLI, ") == true)
  }

  @Test func noPictureOfAFolderIsLeftOutSilently() throws {
    let scratch = try Scratch()
    _ = try make(["a.png"], picture(2, 2), in: scratch)
    try FileManager.default.createSymbolicLink(atPath: scratch.path + "/in/b.png", withDestinationPath: "nothing.png")
    let error = #expect(throws: SignalError.self) { _ = try SignalFile.open(scratch.path + "/in") }
    #expect(error?.exitCode == 66 && error?.description.contains("in/b.png: this picture cannot be found") == true)
  }
}
