import Bytes
import Evaluation
import Signals

/// What programs read of a report on sounds.
extension ReportContents {
  var soundDefinitions: [(String, String)] {
    [
      ("kbit_per_second", "8 bytes of the file / seconds / 1000"), ("bit_per_sample", "8 bytes of the file / (samples x channels)"),
      ("pesq", "wide-band PESQ (ITU-T P.862.2) at 16 kHz, mean over channels; by the Python package pesq"),
      (
        "visqol",
        "MOS-LQO of ViSQOL (Chinen et al. 2020), speech mode at 16 kHz, audio mode at 48 kHz where the rate is 32 kHz or more, mean over channels; by the Python "
          + "package visqol-python"
      ), ("stoi", "short-time objective intelligibility (Taal, Hendriks, Heusdens, Jensen 2011) at 10 kHz, mean over channels"),
      (
        "log_mel",
        "mean |difference of log power| in dB over frames of 64 ms and 80 mel bands up to 20 kHz, power of less than -90 dB below full scale as -90 dB, mean over "
          + "channels"
      ),
      (
        "si_sdr", "10 log10(|a x|^2 / |a x - y|^2) in dB, a = <x, y> / |x|^2, x and y less their means (Le Roux et al. 2019), mean over channels"
      ),
      (
        "third_octaves",
        "level of y less that of x over the whole file in dB, in thirds of an octave around so many Hz, mean over channels; what is told of several files is the mean "
          + "over files, and of several bands the one that is farthest off"
      ), ("max_error", "largest |x - y| of all channels, in steps of the samples"), ("times_real_time", "seconds of sound / seconds"),
    ] + commonDefinitions
  }

  static func soundFigures(_ point: Measurement) -> [(String, JSONValue)] {
    let sound = point.sound
    return [
      ("coder", .text(point.coder)), ("setting", .number(point.setting)), ("bytes", .integer(point.bytes)),
      ("kbit_per_second", .number(point.kilobitsPerSecond)), ("bit_per_sample", .number(point.bitsPerSample)), ("pesq", number(sound?.pesq)),
      ("visqol", number(sound?.visqol)), ("stoi", number(sound?.stoi)), ("log_mel", number(sound?.logMel)), ("si_sdr", number(sound?.siSDR)),
      ("max_error", .integer(Int(point.maximumError))), ("encode_seconds", .number(point.encodeSeconds)),
      ("decode_seconds", .number(point.decodeSeconds)), ("encode_times_real_time", .number(point.signalSeconds / point.encodeSeconds)),
      ("decode_times_real_time", .number(point.signalSeconds / point.decodeSeconds)), ("peak_memory", integer(point.peakMemory)),
    ]
  }

  static func levels(_ point: Measurement) -> [(String, JSONValue)] {
    (point.sound?.levels ?? []).map { (String($0.frequency), .number($0.difference)) }
  }

  /// For each setting of a coder: how far off the level is, in dB, in the third of an octave where the mean over files is farthest off.
  func worstLevels(_ coder: Coder) -> [Double] {
    coder.settings.compactMap { setting in
      let levels = files.filter { $0.isComplete(coder) }.compactMap { $0.point(coder, setting)?.sound?.levels }
      let means = Dictionary(grouping: levels.joined(), by: \.frequency).mapValues { band in finiteMean(band.map(\.difference)) ?? 0 }
      return means.values.map(abs).max()
    }
  }
}
