/// Reads interleaved integers of one file with constant memory, in any packing.
final class PackedSource {
  let file: InputFile
  private let packing: Packing
  private let channels: Int
  /// Samples of all channels still to come; nil where only the end of the file tells.
  private var remaining: Int?
  private var bytes: UnsafeMutableRawBufferPointer
  /// Unpacked samples; the first `carried` are those of the last group that the frames before did not need.
  private var samples: UnsafeMutableBufferPointer<Int32>
  private var carried = 0
  private let blockFrames: Int
  private let mayEndInside: Bool

  /// `frames`: how many the file has, nil if unknown. The file stands at the first sample.
  /// `mayEndInside`: whether samples that are not whole at the end of a file of unknown length are left out rather than refused.
  init(_ file: InputFile, packing: Packing, channels: Int, frames: Int?, mayEndInside: Bool = false) {
    self.mayEndInside = mayEndInside
    self.file = file
    self.packing = packing
    self.channels = channels
    remaining = frames.map { $0 * channels }
    blockFrames = max(1, 24576 / channels)
    let groups = blockFrames * channels / packing.groupSamples + 2
    bytes = .allocate(byteCount: groups * packing.groupBytes, alignment: 16)
    samples = .allocate(capacity: groups * packing.groupSamples + packing.groupSamples)
  }

  deinit {
    bytes.deallocate()
    samples.deallocate()
  }

  /// Appends up to `count` frames to the arrays in `output` at `positions` (one for each channel of the file); returns how many came: fewer only
  /// at the end. Throws `SignalError`.
  func read(_ count: Int, into output: inout [[Int32]], at positions: [Int]) throws -> Int {
    var done = 0
    while done < count {
      let wanted = min(blockFrames, count - done)
      let frames = try fill(wanted)
      let source = UnsafePointer(samples.baseAddress!)
      for (c, position) in positions.enumerated() {
        let start = output[position].count
        output[position].append(contentsOf: repeatElement(0, count: frames))
        output[position].withUnsafeMutableBufferPointer { buffer in
          guard frames > 0 else { return }
          let target = buffer.baseAddress! + start
          if channels == 1 {
            target.update(from: source, count: frames)
          } else {
            for i in 0..<frames { target[i] = source[i * channels + c] }
          }
        }
      }
      let used = frames * channels
      for k in used..<max(used, carried) { samples[k - used] = samples[k] }
      carried = max(0, carried - used)
      done += frames
      if frames < wanted { break }
    }
    return done
  }

  /// Unpacks so many frames to the front of `samples`; `carried` becomes the number of samples there. Returns how many whole frames there are.
  private func fill(_ frames: Int) throws -> Int {
    let missing = min(frames * channels - carried, remaining.map { $0 - carried } ?? Int.max)
    if missing > 0 {
      let groups = (missing + packing.groupSamples - 1) / packing.groupSamples
      // Where the length is known the last group may be cut short in the file.
      let wanted = remaining == nil ? groups * packing.groupBytes : min(groups * packing.groupBytes, packing.byteCount(remaining! - carried)!)
      let count = try file.read(into: .init(rebasing: bytes[..<wanted]))
      if count < wanted, remaining != nil {
        throw SignalError.io("\(file.name): became shorter while it was read; encode a copy of it")
      }
      for k in count..<max(count, groups * packing.groupBytes) { bytes[k] = 0 }
      packing.unpack(bytes.baseAddress!, groups: groups, into: samples.baseAddress! + carried)
      if count < wanted, count % packing.groupBytes != 0, !mayEndInside { throw partial() }
      carried += count < wanted ? packing.sampleCount(count) : groups * packing.groupSamples
      if let remaining { carried = min(carried, remaining) }
    }
    let whole = min(frames, carried / channels)
    if whole < frames, remaining == nil, carried % channels != 0, !mayEndInside { throw partial() }
    if let remaining { self.remaining = remaining - whole * channels }
    return whole
  }

  private func partial() -> SignalError {
    .malformed("\(file.name): ends inside a sample of \(channels) channels; check the sample format, the number of channels and the file")
  }
}
