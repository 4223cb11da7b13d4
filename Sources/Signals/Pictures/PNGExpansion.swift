import CSpng

/// The samples that a row of a PNG file stands for: those of palettes as 8 bits, a transparent colour as alpha, grey beside it as 8 bits at least.
struct PNGExpansion {
  /// Samples of a pixel as it is stored.
  let storedSamples: Int
  /// Components of a pixel as it is given on.
  let components: Int
  /// The sample that stands for white.
  let maximum: Int
  private let bits: Int
  /// Of a sample that is given on, by that which is stored.
  private let factor: UInt16
  /// Components of each entry of the palette; entries that are not there are black.
  private let palette: [[UInt16]]?
  /// The stored samples of pixels that are transparent.
  private let transparent: [UInt16]?

  /// - Parameter spreadsBits: whether grey of less than 8 bits is spread over 8 in any case.
  init(_ context: OpaquePointer, _ header: spng_ihdr, spreadsBits: Bool) {
    bits = Int(header.bit_depth)
    var transparency = spng_trns()
    let hasTransparency = spng_get_trns(context, &transparency) == 0
    var entries = spng_plte()
    switch UInt32(header.color_type) {
    case SPNG_COLOR_TYPE_INDEXED.rawValue where spng_get_plte(context, &entries) == 0:
      (storedSamples, components, transparent) = (1, hasTransparency ? 4 : 3, nil)
      let colours = withUnsafeBytes(of: entries.entries) { Array($0.bindMemory(to: spng_plte_entry.self).prefix(Int(min(256, entries.n_entries)))) }
      let alphas = withUnsafeBytes(of: transparency.type3_alpha) { Array($0.prefix(Int(min(256, transparency.n_type3_entries)))) }
      palette = (0..<256).map { k in
        let colour = k < colours.count ? [colours[k].red, colours[k].green, colours[k].blue] : [0, 0, 0]
        return (colour + (hasTransparency ? [k < alphas.count ? alphas[k] : 255] : [])).map { UInt16($0) }
      }
    case SPNG_COLOR_TYPE_TRUECOLOR.rawValue:
      (storedSamples, components, palette) = (3, hasTransparency ? 4 : 3, nil)
      transparent = hasTransparency ? [transparency.red, transparency.green, transparency.blue] : nil
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA.rawValue: (storedSamples, components, palette, transparent) = (4, 4, nil, nil)
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue: (storedSamples, components, palette, transparent) = (2, 2, nil, nil)
    default:
      (storedSamples, components, palette) = (1, hasTransparency ? 2 : 1, nil)
      transparent = hasTransparency ? [transparency.gray] : nil
    }
    // What has alpha is written with 8 bits or 16.
    let top = (1 << bits) - 1
    maximum = bits < 8 && (palette != nil || transparent != nil || spreadsBits) ? 255 : top
    factor = palette == nil ? UInt16(maximum / top) : 1
  }

  /// Expands a row of so many pixels that begins at byte `start`. 16-bit samples are in the machine's order.
  func expand(_ bytes: [UInt8], from start: Int, width: Int, into row: inout [UInt16]) {
    let alpha: UInt16 = bits == 16 ? 65535 : 255
    let mask = UInt16((1 << min(bits, 8)) - 1)
    bytes.withUnsafeBytes { source in
      func stored(_ k: Int) -> UInt16 {
        switch bits {
        case 16: return source.loadUnaligned(fromByteOffset: start + 2 * k, as: UInt16.self)
        case 8: return UInt16(source[start + k])
        default: return UInt16(source[start + k * bits / 8]) >> UInt16(8 - bits - k * bits % 8) & mask
        }
      }
      row.withUnsafeMutableBufferPointer { target in
        if palette == nil, transparent == nil {
          for k in 0..<width * components { target[k] = stored(k) &* factor }
          return
        }
        for pixel in 0..<width {
          let place = pixel * components
          if let palette {
            let entry = palette[Int(stored(pixel))]
            for c in 0..<components { target[place + c] = entry[c] }
          } else if let transparent {
            var isTransparent = true
            for c in 0..<storedSamples {
              let value = stored(pixel * storedSamples + c)
              isTransparent = isTransparent && value == transparent[c]
              target[place + c] = value &* factor
            }
            target[place + storedSamples] = isTransparent ? 0 : alpha
          }
        }
      }
    }
  }
}
