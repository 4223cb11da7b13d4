import Tensors

/// Attention of every place of a sequence to all its places: x [batch, places, width] to the same shape. See `attention` for the formula.
public struct SelfAttention: Layer {
  public let queries: Dense
  public let keys: Dense
  public let values: Dense
  /// From all heads' results side by side.
  public let output: Dense
  public let heads: Int

  public init(width: Int, heads: Int, random: inout RandomSource) {
    precondition(heads > 0 && width % heads == 0, "\(heads) heads do not divide a width of \(width)")
    queries = Dense(inputs: width, outputs: width, random: &random)
    keys = Dense(inputs: width, outputs: width, random: &random)
    values = Dense(inputs: width, outputs: width, random: &random)
    output = Dense(inputs: width, outputs: width, random: &random)
    self.heads = heads
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    output(attention(queries: queries(x), keys: keys(x), values: values(x), heads: heads))
  }
}

/// A layer of a transformer, normalised in front of its parts (Vaswani et al. 2017; Xiong et al. 2020): attention, then two dense layers with SiLU between
/// them for each place by itself, both added to what comes in. x [batch, places, width] to the same shape.
public struct TransformerLayer: Layer {
  public let attentionNorm: LayerNorm
  public let attention: SelfAttention
  public let feedNorm: LayerNorm
  public let up: Dense
  public let down: Dense

  /// - Parameter hidden: units of the dense part.
  public init(width: Int, heads: Int, hidden: Int, random: inout RandomSource) {
    attentionNorm = LayerNorm(size: width)
    attention = SelfAttention(width: width, heads: heads, random: &random)
    feedNorm = LayerNorm(size: width)
    up = Dense(inputs: width, outputs: hidden, random: &random)
    down = Dense(inputs: hidden, outputs: width, random: &random)
  }

  public func callAsFunction(_ x: Variable) -> Variable {
    let y = x + attention(attentionNorm(x))
    return y + down(up(feedNorm(y)).silu())
  }
}
