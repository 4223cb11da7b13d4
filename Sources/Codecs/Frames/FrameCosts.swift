import Entropy

/// What the codes of a candidate cost, one by one, so that a change of one of them tells what it saves without a look at all others.
final class FrameCosts {
  /// What one code costs in 1/4096 bit, and what stands before it in its lead.
  struct Cell {
    var cost = 0
    var run = FrameModel.Run()
  }
  /// leads × coefficients
  fileprivate let cells: UnsafeMutablePointer<Cell>
  /// Predicted spectra: leads × coefficients.
  fileprivate let predictions: UnsafeMutablePointer<Float>
  /// How many codes each lead has, and what it costs to say so.
  fileprivate var ends: [(end: Int, cost: Int)]
  /// What a trial changes.
  fileprivate var newCells: [(place: Int, cell: Cell)] = []
  fileprivate var newEnds: [(lead: Int, end: Int, cost: Int)] = []
  fileprivate var column: [(innovation: Float, prediction: Float)]

  init(count: Int, leadCount: Int) {
    cells = .allocate(capacity: count)
    cells.initialize(repeating: Cell(), count: count)
    predictions = .allocate(capacity: count)
    predictions.initialize(repeating: 0, count: count)
    ends = Array(repeating: (0, 0), count: leadCount)
    column = Array(repeating: (0, 0), count: leadCount)
  }

  deinit {
    cells.deallocate()
    predictions.deallocate()
  }
}

/// The encoder's rate-distortion-optimised quantisation.
extension FrameSearch {
  /// Leads beyond which codes stay as they are: with several leads a change spreads to those predicted from it, and a trial looks at all of them.
  private static let mostRefinedLeads = 16

  /// Bits that lowering a code of 4 or more saves at most, nearly.
  private static let mostSaved: Float = 4

  /// A candidate with its codes lowered one by one, from the highest frequency of the last lead down, where bits saved outweigh the error.
  func refine(_ candidate: FrameCandidate) -> FrameCandidate {
    guard leadCount <= FrameSearch.mostRefinedLeads else { return candidate }
    let best = duplicate(candidate)
    for lead in 0..<leadCount {
      prediction.set(lead, best.copySpectra, best.innovation, state)
      (costs.predictions + lead * coefficients).update(from: prediction.spectrum, count: coefficients)
      let end = model.end(best.codes + lead * coefficients)
      costs.ends[lead] = (end, endCost(lead, end, best))
      var run = FrameModel.Run()
      for k in 0..<end {
        let before = run
        costs.cells[lead * coefficients + k] = .init(cost: cost(lead, k, end, &run, best), run: before)
      }
    }
    for place in stride(from: count - 1, through: 0, by: -1) where best.codes[place] != 0 { lower(place, best) }
    return best
  }

  private func context(_ lead: Int, _ candidate: FrameCandidate) -> FrameModel.LeadContext {
    context(lead, candidate, prediction: costs.predictions + lead * coefficients)
  }

  private func endCost(_ lead: Int, _ end: Int, _ candidate: FrameCandidate) -> Int {
    var meter = CostMeter()
    _ = model.codeEnd(end, context(lead, candidate), &meter)
    return meter.cost
  }

  private func cost(_ lead: Int, _ k: Int, _ end: Int, _ run: inout FrameModel.Run, _ candidate: FrameCandidate) -> Int {
    var meter = CostMeter()
    _ = model.codeCoefficient(candidate.codes[lead * coefficients + k], at: k, end: end, &run, context(lead, candidate), &meter)
    return meter.cost
  }

  /// Lowers a code if that pays.
  private func lower(_ place: Int, _ candidate: FrameCandidate) {
    let (lead, k) = (place / coefficients, place % coefficients)
    let old = candidate.codes[place]
    candidate.codes[place] = old > 0 ? old - 1 : old + 1
    let errors = spread(from: lead, k, candidate)
    // Large codes never save much; where they cannot, nobody counts their bits.
    let isHopeless = abs(old) > 3 && errors > price * FrameSearch.mostSaved
    let growth = isHopeless ? errors : errors + price * Float(changes(lead, k, candidate)) / 4096
    if growth < 0 {
      candidate.distortion += errors
      candidate.cost += growth
      for (place, cell) in costs.newCells { costs.cells[place] = cell }
      for (lead, end, cost) in costs.newEnds { costs.ends[lead] = (end, cost) }
    } else {
      candidate.codes[place] = old
      for other in lead..<leadCount {
        candidate.innovation[other * coefficients + k] = costs.column[other].innovation
        costs.predictions[other * coefficients + k] = costs.column[other].prediction
      }
    }
  }

  /// Innovations and predictions of a coefficient in a lead and those behind it, after a change of its code. Returns by how much the squared errors grow.
  private func spread(from first: Int, _ k: Int, _ candidate: FrameCandidate) -> Float {
    var growth: Float = 0
    for lead in first..<leadCount {
      let place = lead * coefficients + k
      costs.column[lead] = (candidate.innovation[place], costs.predictions[place])
      let cross = state.crossLead(lead, at: k, innovation: candidate.innovation)
      let wanted = target[place] - candidate.copySpectra[place]
      let before = wanted - candidate.innovation[place]
      candidate.innovation[place] = cross + Float(candidate.codes[place])
      costs.predictions[place] = candidate.copySpectra[place] + cross
      let after = wanted - candidate.innovation[place]
      growth += after * after - before * before
    }
    return growth
  }

  /// Finds the costs that a change of a code alters: its own and those of the next codes while they see it, and in later leads what its zero and the
  /// predictions change. Returns by how much all bits grow, in 1/4096.
  private func changes(_ lead: Int, _ k: Int, _ candidate: FrameCandidate) -> Int {
    costs.newCells.removeAll(keepingCapacity: true)
    costs.newEnds.removeAll(keepingCapacity: true)
    let base = lead * coefficients
    let isZero = candidate.codes[base + k] == 0
    let oldEnd = costs.ends[lead].end
    var growth = 0
    func renew(_ lead: Int, _ k: Int, _ end: Int, _ run: inout FrameModel.Run) {
      let place = lead * coefficients + k
      let before = run
      let cell = FrameCosts.Cell(cost: cost(lead, k, end, &run, candidate), run: before)
      growth += cell.cost - costs.cells[place].cost
      costs.newCells.append((place, cell))
    }
    func renewEnd(_ lead: Int, _ end: Int) {
      let cost = endCost(lead, end, candidate)
      growth += cost - costs.ends[lead].cost
      costs.newEnds.append((lead, end, cost))
    }
    if isZero && k == oldEnd - 1 {
      let end = model.end(candidate.codes + base)
      renewEnd(lead, end)
      for gone in end..<oldEnd { growth -= costs.cells[base + gone].cost }
      let first = model.firstThatSees(end: end, insteadOf: oldEnd)
      if first < end {
        var run = costs.cells[base + first].run
        for j in first..<end { renew(lead, j, end, &run) }
      }
      if lead + 1 < leadCount { renewEnd(lead + 1, costs.ends[lead + 1].end) }
    } else {
      var run = costs.cells[base + k].run
      var j = k
      repeat {
        renew(lead, j, oldEnd, &run)
        j += 1
      } while j < oldEnd && run != costs.cells[base + j].run
    }
    for other in lead + 1..<max(lead + 1, leadCount) {
      let reach = isZero && other == lead + 1 ? 1 : 0
      let end = costs.ends[other].end
      for j in max(0, k - reach)..<max(0, k - reach, min(k + reach + 1, end)) {
        var run = costs.cells[other * coefficients + j].run
        renew(other, j, end, &run)
      }
    }
    return growth
  }
}
