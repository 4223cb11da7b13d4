import Bytes
import Evaluation
import Signals

/// What programs read of a report on pictures.
extension ReportContents {
  var pictureDefinitions: [(String, String)] {
    [
      ("bit_per_pixel", "8 bytes of the file / pixels"),
      (
        "psnr",
        "-10 log10(mean over grey or red, green and blue of mean squared error / peak^2) in dB, peak the picture's white, 255 as a rule; "
          + "alpha does not count; none where nothing is lost"
      ),
      (
        "ms_ssim",
        "multi-scale structural similarity (Wang, Simoncelli, Bovik 2003), mean over grey or red, green and blue; none where a side is shorter than "
          + "\(StructuralSimilarity.shortestSide) pixels"
      ), ("ms_ssim_db", "-10 log10(1 - ms_ssim)"), ("max_error", "largest |x - y| of all components"),
      ("megapixels_per_second", "of all points together"),
      (
        "bd_rate_ms_ssim",
        "as bd_rate, \(BDRate.method(.msSSIM)), over all that two curves have in common"
      ),
    ] + commonDefinitions
  }

  static func figures(_ file: MeasuredFile, _ layout: PictureLayout) -> [(String, JSONValue)] {
    [
      ("file", .text(file.name)), ("width", .integer(layout.width)), ("height", .integer(layout.height)), ("components", .integer(layout.components)),
      ("white", .integer(layout.maximum)), ("pixels", .integer(file.samples)),
    ]
  }

  static func pictureFigures(_ point: Measurement) -> [(String, JSONValue)] {
    [
      ("coder", .text(point.coder)), ("setting", .number(point.setting)), ("bytes", .integer(point.bytes)),
      ("bit_per_pixel", number(point.bitsPerPixel)), ("psnr", number(point.psnr)), ("ms_ssim", number(point.msSSIM)),
      ("ms_ssim_db", number(point.msSSIMInDecibels)), ("max_error", .integer(Int(point.maximumError))),
      ("encode_seconds", .number(point.encodeSeconds)),
      ("decode_seconds", .number(point.decodeSeconds)), ("encode_megapixels_per_second", .number(point.amount / point.encodeSeconds)),
      ("decode_megapixels_per_second", .number(point.amount / point.decodeSeconds)), ("peak_memory", integer(point.peakMemory)),
    ]
  }
}
