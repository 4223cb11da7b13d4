/// Prediction of leads from each other: each lead's spectrum as a weighted sum of those of the leads before it, the weights by recursive least
/// squares (ridge regression with forgetting) over the decoded spectra of the frames so far.
///
/// Doubles with + - * / in a fixed order only: the same weights on every machine.
public struct CrossLead: Sendable {
  /// Leads beyond this one are not predicted: the cost grows with the cube.
  public static let maximumLeads = 32

  public let leadCount: Int
  /// Sums of products of leads, row by row, and the number of coefficients that they hold.
  private var products: [Double]
  private var weight = 0.0
  /// Weights of lead l on leads 0 ..< l, at l × leadCount.
  private var weights: [Float]

  public init(leadCount: Int) {
    self.leadCount = min(leadCount, CrossLead.maximumLeads)
    products = Array(repeating: 0, count: self.leadCount * self.leadCount)
    weights = Array(repeating: 0, count: self.leadCount * self.leadCount)
  }

  /// The weight of lead `source` in the prediction of a later lead.
  public func weight(of source: Int, in lead: Int) -> Float {
    lead < leadCount && source < lead ? weights[lead * leadCount + source] : 0
  }

  /// Learns from the decoded spectra of one frame.
  /// - Parameters:
  ///   - spectra: leads × coefficients, each lead in units of its quantiser step.
  ///   - count: how many coefficients to take.
  public mutating func learn(_ spectra: [[Float]], count: Int) {
    guard leadCount > 1 else { return }
    let forgetting = 0.97
    for k in products.indices { products[k] *= forgetting }
    weight = weight * forgetting + Double(count)
    for a in 0..<leadCount {
      for b in 0...a {
        var sum = 0.0
        for k in 0..<count { sum += Double(spectra[a][k]) * Double(spectra[b][k]) }
        products[a * leadCount + b] += sum
      }
    }
    // Quantisation noise of about a tenth of a squared step in every coefficient: weights must not amplify it.
    for lead in 1..<leadCount { solve(lead, ridge: 0.1 * weight) }
  }

  /// Solves the normal equations of one lead by Cholesky's decomposition.
  private mutating func solve(_ lead: Int, ridge: Double) {
    var lower = [Double](repeating: 0, count: lead * lead)
    var solution = [Double](repeating: 0, count: lead)
    for i in 0..<lead {
      for j in 0...i {
        var sum = products[i * leadCount + j]
        if i == j { sum += ridge }
        for k in 0..<j { sum -= lower[i * lead + k] * lower[j * lead + k] }
        if i == j {
          guard sum > 0 else { return }  // too close to singular: the old weights stay
          lower[i * lead + i] = sum.squareRoot()
        } else {
          lower[i * lead + j] = sum / lower[j * lead + j]
        }
      }
    }
    for i in 0..<lead {
      var sum = products[lead * leadCount + i]
      for k in 0..<i { sum -= lower[i * lead + k] * solution[k] }
      solution[i] = sum / lower[i * lead + i]
    }
    for i in stride(from: lead - 1, through: 0, by: -1) {
      var sum = solution[i]
      for k in i + 1..<max(i + 1, lead) { sum -= lower[k * lead + i] * solution[k] }
      solution[i] = sum / lower[i * lead + i]
    }
    for i in 0..<lead { weights[lead * leadCount + i] = Float(solution[i]) }
  }
}
