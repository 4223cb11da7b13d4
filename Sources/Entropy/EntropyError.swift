/// What can be wrong with bytes given to an entropy decoder, or with a table.
public enum EntropyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The bytes are not what an encoder wrote; the text says in what way.
  case damaged(String)
  /// Decoding would exceed the caller's limit.
  case limit(String)

  public var description: String {
    switch self {
    case .damaged(let what): "\(what): the data is damaged; get another copy of it"
    case .limit(let what): "\(what); raise the limit if the data is to be trusted"
    }
  }
}
