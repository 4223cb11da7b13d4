import Bytes

/// What the head of a chunk of blocks says: the quantiser step, and how the samples of each lead become the numbers that an autoencoder sees.
struct BlockParameters: Equatable, Sendable {
  struct Lead: Equatable, Sendable {
    /// The sample value that becomes 0, and how many steps of the converter become 1.
    var offset: Int32
    var scaleIndex: Int
  }

  /// The quantiser step of codes: `FrameParameters.steps[index]` / 2^16.
  var stepIndex: Int
  /// By lead; empty where all samples are scaled by the range of their format.
  var leads: [Lead]

  var step: Float { FrameParameters.steps[stepIndex] / 65536 }

  static func index(ofStep step: Double) -> Int { FrameParameters.index(ofStep: step * 65536) }

  func write(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(stepIndex))
    for lead in leads {
      writer.append(signedVarint: Int64(lead.offset))
      writer.append(varint: UInt64(lead.scaleIndex))
    }
  }

  init(stepIndex: Int, leads: [Lead]) { (self.stepIndex, self.leads) = (stepIndex, leads) }

  /// - Throws: `BytesError`.
  init(from reader: inout ByteReader, leadCount: Int) throws {
    stepIndex = try reader.varint(atMost: FrameParameters.largestStepIndex, "a quantiser step")
    leads = []
    for _ in 0..<leadCount {
      guard let offset = Int32(exactly: try reader.signedVarint()) else { throw BytesError.malformed("a lead's offset is out of range") }
      leads.append(Lead(offset: offset, scaleIndex: try reader.varint(atMost: FrameParameters.largestStepIndex, "a lead's scale")))
    }
  }
}
