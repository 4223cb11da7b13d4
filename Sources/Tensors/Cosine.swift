/// cos(pi * p / q) by a Taylor series in Double of + - * /: the same bits on every machine. q positive.
package func cosine(_ p: Int, over q: Int) -> Double {
  var p = abs(p) % (2 * q)
  if p > q { p = 2 * q - p }
  if 2 * p > q { return -cosine(q - p, over: q) }
  let x = Double.pi * Double(p) / Double(q)
  let square = x * x
  var sum = 1.0
  for n in stride(from: 24, to: 0, by: -2) { sum = 1 - square / Double(n * (n - 1)) * sum }
  return sum
}
