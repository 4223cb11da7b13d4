# Draws the first column of two tables, one over the other, as SVG.
# usage: awk -v title=TEXT -v count=SAMPLES -f plot.awk ORIGINAL.csv DECODED.csv
BEGIN { FS = "[,;\t]" }
FNR == 1 { file++ }
/^[-+0-9.]/ {
  n = ++length_of[file]
  if (n > count) next
  value[file, n] = $1
  if (n == 1 && file == 1) low = high = $1
  if ($1 < low) low = $1
  if ($1 > high) high = $1
}
function line(file, colour, width,   k, n, x, y, points) {
  n = length_of[file] < count ? length_of[file] : count
  for (k = 1; k <= n; k++) {
    x = 10 + 1180 * (k - 1) / (n > 1 ? n - 1 : 1)
    y = 380 - 340 * (value[file, k] - low) / (high > low ? high - low : 1)
    points = points sprintf("%.1f,%.1f ", x, y)
  }
  printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"%s\"/>\n", colour, width, points
}
END {
  print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 400\" font-family=\"sans-serif\" font-size=\"16\">"
  print "<rect width=\"1200\" height=\"400\" fill=\"white\"/>"
  printf "<text x=\"10\" y=\"24\">%s</text>\n", title
  line(1, "#999999", 3)
  line(2, "#cc2222", 1.2)
  print "</svg>"
}
