import Tensors

/// The extents of the network for speech, all in samples of 16 kHz, frames of 20 ms or numbers of a layer.
public enum SpeechShape {
  /// Samples in a second.
  public static let rate = 16_000
  /// Samples of a frame, and coefficients of its lapped transform.
  public static let frame = 320
  /// Numbers in the latent of a frame.
  public static let latents = 32
  /// Levels of quality that have weights of their own; what lies between two of them is interpolated.
  public static let levels = 8
  /// Samples that a spectrum is taken of.
  public static let window = 512
  /// How often in a frame one is.
  public static let spectraPerFrame = 2
  /// Frequencies of a spectrum, from 0 to 8 kHz.
  public static let bins = window / 2 + 1
  /// Samples from one spectrum to the next.
  package static let hop = frame / spectraPerFrame
  /// Units of the layers with a position for each frame, and of those with one for each spectrum.
  static let width = 256
  static let fineWidth = 192
  /// Samples are companded to this power before they are quantised: what is loud is quantised more coarsely.
  static let companding: Float = 0.65

  /// How many pitches there are: three octaves.
  public static let pitches = 144
  /// How many of them to an octave.
  public static let pitchesPerOctave = 48
  /// In Hz.
  public static let lowestPitch = 60.0

  /// Symbols of a frame: the step of the pitch from the frame before, the latent, and the coefficients.
  public static let symbols = 1 + latents + frame
  /// They are coded in groups, each of which is told all that the groups before it say: their sizes.
  public static let groups = [1] + repeatElement(8, count: 4) + repeatElement(8, count: 8) + repeatElement(16, count: 8) + repeatElement(32, count: 4)
  /// Where each group begins among the symbols of a frame, and where the last one ends.
  public static let groupStarts = groups.reduce(into: [0]) { starts, size in starts.append(starts[starts.count - 1] + size) }
  /// Groups that there always are: those before the coefficients.
  public static let headGroups = 5

  /// How much each level counts, [items, levels], for qualities from 0 to `levels` - 1: the two around each share it linearly.
  package static func weights(_ qualities: [Float]) -> Tensor {
    Tensor(shape: [qualities.count, levels]) { out in
      for (i, quality) in qualities.enumerated() {
        let lower = min(max(0, Int(quality)), levels - 2)
        let share = min(max(quality - Float(lower), 0), 1)
        out[i * levels + lower] = 1 - share
        out[i * levels + lower + 1] = share
      }
    }
  }
}

extension Variable {
  /// Rows of a table [levels, numbers] mixed as `weights` [items, levels] say: [items, 1, numbers].
  func mixed(_ table: Parameter) -> Variable {
    let rows = linear(self, weight: use(table))
    return rows.reshaped([shape[0], 1, table.value.shape[1]])
  }
}
