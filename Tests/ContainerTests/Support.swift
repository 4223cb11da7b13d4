import Container

/// Bytes that look random and are always the same.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func byte() -> UInt8 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 24)
  }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in byte() } }

  mutating func below(_ limit: Int) -> Int { (Int(byte()) << 16 | Int(byte()) << 8 | Int(byte())) % limit }
}

/// A source that gives its bytes in pieces, as a pipe does.
struct Trickle: ByteSource {
  var bytes: ArraySlice<UInt8>
  var piece: Int

  mutating func read(atMost count: Int) -> [UInt8] {
    defer { bytes = bytes.dropFirst(min(count, piece)) }
    return Array(bytes.prefix(min(count, piece)))
  }
}

struct Sample: Equatable {
  var count: Int
  var hash: [UInt8]
  var payload: [UInt8]
}

func samples(_ counts: [Int], payloadBytes: Int = 40) -> [Sample] {
  var noise = Noise(seed: 5)
  return counts.map { Sample(count: $0, hash: noise.bytes(8), payload: noise.bytes(payloadBytes)) }
}

let codec = CodecReference(name: "ecg", id: [1, 2, 3, 4, 5, 6, 7, 8])

func header(chunkLength: Int) -> ContainerHeader {
  ContainerHeader(codec: codec, chunkLength: chunkLength, metadata: [9, 8, 7, 6, 5, 4, 3, 2, 1])
}

/// A whole file.
func file(_ chunks: [Sample], chunkLength: Int, header given: ContainerHeader? = nil) throws -> [UInt8] {
  final class Sink { var bytes: [UInt8] = [] }
  let sink = Sink()
  var writer = try ContainerWriter(header: given ?? header(chunkLength: chunkLength)) { sink.bytes += $0 }
  for chunk in chunks { try writer.append(sampleCount: chunk.count, hash: chunk.hash, payload: chunk.payload) }
  try writer.finish()
  precondition(writer.byteCount == sink.bytes.count)
  return sink.bytes
}

/// What a strict reader makes of a file.
func readAll(_ bytes: [UInt8], piece: Int = 1 << 20, limits: ContainerLimits = ContainerLimits()) throws -> (ContainerHeader, [Sample]) {
  var reader = try ContainerReader(Trickle(bytes: bytes[...], piece: piece), limits: limits)
  var chunks: [Sample] = []
  while let chunk = try reader.next() { chunks.append(Sample(count: chunk.sampleCount, hash: chunk.hash, payload: Array(chunk.payload))) }
  return (reader.header, chunks)
}

/// What is found by seek table or scan: nil for what is missing.
func readAtRandom(_ index: ContainerIndex<BytesInMemory>) -> [Sample?] {
  index.entries.indices.map { k in
    (try? index.chunk(k)).map { Sample(count: $0.sampleCount, hash: $0.hash, payload: Array($0.payload)) }
  }
}
