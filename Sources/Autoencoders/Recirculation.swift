import Layers
import Tensors

/// Recirculation (Hinton and McClelland, "Learning representations by recirculation", 1988): a layer and its mirror learn from differences of activities in time, without
/// a gradient that goes back through them. x makes h, h makes x' (mostly still x), x' makes h'; then the mirror moves by (x - x') h, and the layer by (h - h') x'.
///
/// It approximates the gradient of the squared error where layer and mirror are nearly each other's transposed, which learning brings about.
enum Recirculation {
  /// How much of an activity stays when it comes round again.
  static let regression: Float = 0.75

  /// A number on `tape` that has the value of the squared error of x decoded against `target` [..., size], the mean over samples of a sum, and as gradient the rule's
  /// step turned round, a mean over samples too.
  static func loss(of autoencoder: DenseAutoencoder, layer index: Int, _ x: Tensor, target: Tensor, on tape: Tape) -> Variable {
    // Activities are given: the rule goes back through none of them.
    let wanted = Variable(target)
    let hidden = autoencoder.encode(Variable(x), layer: index)
    let decoded = autoencoder.decode(hidden, layer: index)
    let back = regression * wanted + (1 - regression) * decoded
    let again = regression * hidden + (1 - regression) * autoencoder.encode(back, layer: index)
    let mirror = (autoencoder.decoderSums(tape.constant(hidden.value), layer: index) * (back - wanted)).perBlock()
    let layer = (autoencoder.encoder[index](tape.constant(back.value)) * (again - hidden)).perBlock()
    let (step, error) = (mirror + layer, (decoded - wanted).squared().perBlock())
    return step + (error - Variable(step.value))
  }
}
