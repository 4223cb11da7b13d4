import CSpng

/// What a PNG file says of its picture beside the pixels.
struct PNGMetadata {
  private(set) var metadata = PictureLayout.Metadata()
  private(set) var isAnimated = false
  /// What of it is not kept, in words.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - chunks: those of the file, where it can be read out of order.
  ///   - failure: makes an error of a code of libspng.
  /// - Throws: that error where the file is damaged before its pixels.
  init(_ context: OpaquePointer, _ chunks: PNGChunks?, failure: (Int32) -> any Error) throws {
    var kept: Set<String> = []
    /// Whether a chunk is there, by what asking for it came to. The first question reads all before the pixels; later ones do not tell what is wrong.
    func has(_ name: String, _ code: Int32) throws -> Bool {
      guard code == 0 || code == SPNG_ECHUNKAVAIL.rawValue else { throw failure(code) }
      if code == 0 { kept.insert(name) }
      return code == 0
    }
    var profile = spng_iccp()
    if try has("iCCP", spng_get_iccp(context, &profile)), let data = profile.profile {
      if profile.profile_len <= PictureLayout.mostProfileBytes {
        metadata.profile = Array(UnsafeRawBufferPointer(start: data, count: profile.profile_len))
      } else {
        notes.append(PictureLayout.Metadata.tooLarge(profile.profile_len))
      }
    }
    var (gamma, intent) = (UInt32(0), UInt8(0))
    if try has("gAMA", spng_get_gama_int(context, &gamma)) { metadata.gamma = gamma }
    if try has("sRGB", spng_get_srgb(context, &intent)) { metadata.intent = intent }
    var points = spng_chrm_int()
    if try has("cHRM", spng_get_chrm_int(context, &points)) {
      metadata.chromaticities = [
        points.white_point_x, points.white_point_y, points.red_x, points.red_y, points.green_x, points.green_y, points.blue_x, points.blue_y,
      ]
    }
    var exif = spng_exif()
    if try has("eXIf", spng_get_exif(context, &exif)), let data = exif.data {
      metadata.orientation = Exif.orientation(Array(UnsafeRawBufferPointer(start: data, count: exif.length)))
    } else if let block = chunks?.lateExif {
      kept.insert("eXIf")
      metadata.orientation = Exif.orientation(block)
    }
    for chunk in PNGMetadata.unknownChunks(context) {
      let name = withUnsafeBytes(of: chunk.type) { String(decoding: $0, as: UTF8.self) }
      if name == "acTL" { isAnimated = true }
      guard name == "cICP", metadata.codePoints == nil, chunk.length == 4, let data = chunk.data else { continue }
      kept.insert(name)
      metadata.codePoints = Array(UnsafeRawBufferPointer(start: data, count: 4))
    }
    for name in (chunks?.names ?? []).subtracting(kept).sorted() {
      notes.append("its chunk \(name), which says how it is to be looked at, is left out: it is damaged, out of place or not known here")
    }
  }

  /// Chunks before the pixels that libspng does not know.
  private static func unknownChunks(_ context: OpaquePointer) -> [spng_unknown_chunk] {
    var count = UInt32(0)
    guard spng_get_unknown_chunks(context, nil, &count) == 0, count > 0 else { return [] }
    var chunks = [spng_unknown_chunk](repeating: spng_unknown_chunk(), count: Int(count))
    return spng_get_unknown_chunks(context, &chunks, &count) == 0 ? chunks : []
  }
}
