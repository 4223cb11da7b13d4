extension OutsideTool {
  /// All that are known.
  public static let all = signals + bytes + pictures

  private static let signals = [
    OutsideTool(
      // Blocks are 4 x 4: rows of four put 16 samples that follow each other into one, which takes half the bytes of a single long row.
      "zfp", package: "zfp", .floats, settings: [0.25, 0.5, 1, 2, 4, 8, 16], meaning: "tolerance / standard deviation",
      encode: "zfp -q -h -f -2 4 {rows} -a {tolerance} -i {in} -z {out}", decode: "zfp -q -h -z {in} -o {out}", version: "zfp"),
    OutsideTool(
      "opus", package: "opus-tools", .integers([16]), settings: [128, 96, 64, 48, 32, 24, 16, 12, 8, 6], meaning: "kbit/s",
      rates: [8000, 12000, 16000, 24000, 44100, 48000], mostChannels: 2,
      encode: "opusenc --quiet --raw --raw-bits 16 --raw-rate {rate} --raw-chan {channels} --bitrate {setting} {in} {out}",
      decode: "opusdec --quiet --rate {rate} {in} {out}", version: "opusenc --version"),
    OutsideTool(
      "lame", package: "lame", .integers([16]), settings: [0, 2, 4, 6, 8, 9], meaning: "-V, quality of variable bit rate",
      rates: [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000], mostChannels: 2,
      encode: "lame --quiet -r -s {kHz} --resample {kHz} -m {mode} -V {setting} {in} {out}", decode: "lame --quiet --decode -t {in} {out}",
      version: "lame --version"),
    OutsideTool(
      "vorbis", package: "vorbis-tools", .integers([16]), settings: [8, 5, 3, 1, 0, -1], meaning: "-q, quality of variable bit rate", mostChannels: 8,
      encode: "oggenc --quiet --raw --raw-bits 16 --raw-rate {rate} --raw-chan {channels} -q {setting} -o {out} {in}",
      decode: "oggdec --quiet --raw -o {out} {in}", version: "oggenc --version"),
    OutsideTool(
      "flac", package: "flac", .integers([16, 24]), mostChannels: 8,
      encode: "flac -8 --silent --no-padding --force-raw-format --endian=little --sign=signed --channels={channels} --bps={bits} "
        + "--sample-rate={rate} -o {out} {in}",
      decode: "flac -d --silent --force-raw-format --endian=little --sign=signed -o {out} {in}", version: "flac --version"),
  ]

  private static let bytes = [
    OutsideTool(
      "xz", package: "xz-utils", .integers([8, 16, 32]), encode: "xz -9e -c {in} > {out}", decode: "xz -d -c {in} > {out}", version: "xz --version"),
    OutsideTool(
      "bzip2", package: "bzip2", .integers([8, 16, 32]), encode: "bzip2 -9 -c {in} > {out}", decode: "bzip2 -d -c {in} > {out}",
      version: "bzip2 --help"),
  ]

  private static let pictures = [
    OutsideTool(
      "png", package: "optipng", .pictures, encode: "optipng -quiet -o5 -out {out}.png {in}.ppm", decode: "pngtopnm {in}.png > {out}.ppm",
      version: "optipng --version"),
    OutsideTool(
      "webp-lossless", package: "webp", .pictures, encode: "cwebp -quiet -lossless -z 9 {in}.ppm -o {out}.webp",
      decode: "dwebp -quiet -ppm {in}.webp -o {out}.ppm", version: "cwebp -version"),
    OutsideTool(
      "jpegxl-lossless", package: "libjxl-tools", .pictures, encode: "cjxl --quiet -d 0 -e 9 {in}.ppm {out}.jxl",
      decode: "djxl --quiet {in}.jxl {out}.ppm", version: "cjxl --version"),
    OutsideTool(
      "jpeg", package: "libjpeg-turbo-progs", .pictures, settings: [95, 90, 75, 50, 25, 10, 5], meaning: "-quality",
      encode: "cjpeg -quality {setting} -optimize -progressive -outfile {out}.jpg {in}.ppm", decode: "djpeg -pnm -outfile {out}.ppm {in}.jpg",
      version: "cjpeg -version"),
    OutsideTool(
      "jpeg2000", package: "libopenjp2-tools", .pictures, settings: [50, 45, 40, 35, 30, 25, 20, 15], meaning: "-q, PSNR in dB",
      encode: "opj_compress -i {in}.ppm -o {out}.j2k -I -n {levels} -q {setting}", decode: "opj_decompress -i {in}.j2k -o {out}.ppm",
      version: "opj_compress -h"),
    OutsideTool(
      "webp", package: "webp", .pictures, settings: [95, 80, 60, 40, 20, 0], meaning: "-q, quality",
      encode: "cwebp -quiet -m 6 -q {setting} {in}.ppm -o {out}.webp", decode: "dwebp -quiet -ppm {in}.webp -o {out}.ppm",
      version: "cwebp -version"),
    OutsideTool(
      "avif", package: "libavif-bin", .pictures, settings: [10, 20, 30, 40, 50, 63], meaning: "cq-level",
      encode: "pnmtopng -quiet {in}.ppm > {between}.png && "
        + "avifenc -s 4 -y {chroma} --min 0 --max 63 -a end-usage=q -a cq-level={setting} {between}.png {out}.avif",
      decode: "avifdec {in}.avif {between}.png && pngtopnm -quiet {between}.png > {out}.ppm", version: "avifenc --version"),
    OutsideTool(
      "jpegxl", package: "libjxl-tools", .pictures, settings: [0.5, 1, 2, 4, 8, 15, 25], meaning: "-d, distance",
      encode: "cjxl --quiet -d {setting} {in}.ppm {out}.jxl", decode: "djxl --quiet {in}.jxl {out}.ppm", version: "cjxl --version"),
  ]
}
