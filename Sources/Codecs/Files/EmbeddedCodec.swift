import Bytes
import Container
import Entropy
import Layers

/// The payload of a codec chunk: the bytes of the codec's `config.json`, counted, then those of its `model.safetensors`, in one zstd frame.
enum EmbeddedCodec {
  static func encode(_ codec: CodecPackage) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.append(counted: codec.files.config)
    writer.append(contentsOf: codec.files.weights)
    let limit = ContainerLimits().codecBytes
    guard writer.bytes.count <= limit else {
      throw CodecError.limit("codec \(codec.name) has \(writer.bytes.count) bytes, more than the \(limit) of one in a file: leave it out of the file")
    }
    return Zstd.compress(writer.bytes)
  }

  /// The codec that a file holds.
  /// - Parameter reference: what the header says of it; its id decides.
  /// - Throws: `ContainerError` if it is damaged, too large, or another than the file names.
  static func decode(_ payload: [UInt8], _ reference: CodecReference, limits: ContainerLimits) throws -> CodecPackage {
    do {
      var reader = ByteReader(try Zstd.decompress(payload, limit: limits.codecBytes))
      let config = Array(try reader.counted(atMost: reader.remaining, "the config of a codec"))
      let codec = try CodecPackage(name: reference.name, config: config, weights: Array(try reader.take(reader.remaining)))
      guard codec.reference.id == reference.id else {
        throw ContainerError.malformed("the codec in the file is not the one that the file needs")
      }
      return codec
    } catch EntropyError.limit(let text) {
      throw ContainerError.limit("the codec in the file: \(text)")
    } catch let error as ContainerError {
      throw error
    } catch {
      throw ContainerError.malformed("the codec in the file is damaged: \(error)")
    }
  }
}
