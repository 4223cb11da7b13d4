import Bytes
import Codecs
import Codes
import Tensors

/// A map of items: a drawing that holds all it needs, by itself or in a page.
struct MapPage {
  let title: String
  let method: MapMethod
  /// [items, 2]
  let places: Tensor
  let labels: Labels?
  /// What the items look like [items, numbers of a block].
  let numbers: Tensor
  let blocks: BlockCodes
  /// Whether what codes decode to is drawn below: places are codes then.
  let grid: Bool

  /// Of the drawing, and of the plane in it.
  private static let (width, height, margin) = (1000.0, 1000.0, 20.0)
  /// Decodings in a row of the grid.
  private static let gridSide = 24
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#6b5bb5", "#c2302e", "#7a8a00", "#555f66",
  ]

  func html() throws -> String {
    // The template is cut before anything is put into it: titles may hold what looks like a mark.
    var template = String(decoding: PackageResources.map_html, as: UTF8.self)[...]
    var text = ""
    for (mark, contents) in [("TITLE", MapPage.escaped(title)), ("HEADING", MapPage.escaped(title)), ("ABOUT", about), ("MAP", try svg())] {
      let parts = template.split(separator: "<!--\(mark)-->", maxSplits: 1, omittingEmptySubsequences: false)
      precondition(parts.count == 2, "map.html has a mark for \(mark)")
      text += parts[0] + contents
      template = parts[1]
    }
    return text + template
  }

  private var about: String {
    let count = Wording.count(places.shape[0], "item")
    let below = grid ? ", above what the decoder makes of the plane" : ""
    let choice = labels == nil ? "" : "; choose a label to see its items alone"
    return MapPage.escaped("\(count) by \(method.described)\(below). Point at one to see it\(choice).")
  }

  func svg() throws -> String {
    let thumbnails = Thumbnails(blocks, numbers: numbers)
    let images = thumbnails.images(numbers)
    let across = max(1, Int(Double(images.count).squareRoot().rounded(.up)))
    let sheet = try MapPage.data(TileImage(sheet: images, across: across))
    let frame = self.frame
    return try """
    <svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 \(Int(MapPage.width + (labels == nil ? 0 : 150))) \(Int(MapPage.height))" \
    role="img" aria-label="\(MapPage.escaped(title)): a map of \(places.shape[0]) items">
    <style>\(String(decoding: PackageResources.map_css, as: UTF8.self))</style>
    \(grid ? decodings(thumbnails, frame) : "")<g class="points">
    \(points(frame))</g>
    \(legend)<g class="shown" visibility="hidden"><rect/><svg preserveAspectRatio="xMidYMid meet" viewBox="0 0 \(thumbnails.columns) \(thumbnails.rows)">\
    <image class="sheet" width="\(across * thumbnails.columns)" height="\((images.count + across - 1) / across * thumbnails.rows)" \
    data-across="\(across)" href="\(sheet)"/></svg><text></text></g>
    <script>//<![CDATA[
    \(String(decoding: PackageResources.map_js, as: UTF8.self))//]]></script>
    </svg>
    """
  }

  /// The part of the plane that is drawn, somewhat more than the places take.
  private var frame: (low: (Double, Double), size: (Double, Double)) {
    let values = places.values.map(Double.init)
    func range(_ axis: Int) -> (Double, Double) {
      let own = stride(from: axis, to: values.count, by: 2).map { values[$0] }
      let (low, high) = (own.min() ?? 0, own.max() ?? 1)
      let room = max(0.04 * (high - low), 1e-6)
      return (low - room, high - low + 2 * room)
    }
    var (x, y) = (range(0), range(1))
    // Two numbers of a code may be of any scale; places of a projection are of one.
    if !grid {
      let size = max(x.1, y.1)
      (x, y) = ((x.0 - (size - x.1) / 2, size), (y.0 - (size - y.1) / 2, size))
    }
    return ((x.0, y.0), (x.1, y.1))
  }

  private func points(_ frame: (low: (Double, Double), size: (Double, Double))) -> String {
    let classes = labels?.classes
    let (plane, values) = (MapPage.width - 2 * MapPage.margin, places.values)
    let radius = Wording.fixed(max(2, min(7, 160 / Double(max(1, places.shape[0])).squareRoot())), 1)
    let groups = (0..<max(1, classes?.names.count ?? 1)).map { group -> String in
      let own = (0..<places.shape[0]).filter { (classes?.indices[$0] ?? 0) == group }
      let circles = own.map { k -> String in
        let x = MapPage.margin + plane * (Double(values[2 * k]) - frame.low.0) / frame.size.0
        let y = MapPage.margin + plane * (1 - (Double(values[2 * k + 1]) - frame.low.1) / frame.size.1)
        return "<circle cx=\"\(Wording.fixed(x, 1))\" cy=\"\(Wording.fixed(y, 1))\" r=\"\(radius)\" data-item=\"\(k)\"/>"
      }
      let name = classes.map { " data-label=\"\(MapPage.escaped($0.names[group]))\"" } ?? ""
      return "<g fill=\"\(MapPage.colour(group, of: classes?.names.count ?? 1))\"\(name)>\(circles.joined(separator: "\n"))</g>\n"
    }
    return groups.joined()
  }

  /// Labels with their colours, as many as there is room for.
  private var legend: String {
    guard let names = labels?.classes.names else { return "" }
    let entries = names.prefix(40).enumerated().map { k, name in
      let y = 40 + 24 * k
      let shown = name.count > 14 ? "\(name.prefix(13))…" : name
      return "<g class=\"key\" tabindex=\"0\" role=\"button\" aria-pressed=\"false\" data-label=\"\(MapPage.escaped(name))\">"
        + "<rect x=\"1004\" y=\"\(y - 12)\" width=\"140\" height=\"24\"/><circle cx=\"1018\" cy=\"\(y)\" r=\"7\" "
        + "fill=\"\(MapPage.colour(k, of: names.count))\"/><text x=\"1034\" y=\"\(y)\">\(MapPage.escaped(shown))</text></g>"
    }
    return "<g class=\"legend\">\(entries.joined(separator: "\n"))</g>\n"
  }

  /// What the decoder makes of places on the plane, below the points.
  private func decodings(_ thumbnails: Thumbnails, _ frame: (low: (Double, Double), size: (Double, Double))) throws -> String {
    let side = MapPage.gridSide
    let codes = Tensor(shape: [side * side, 2]) { out in
      for row in 0..<side {
        for column in 0..<side {
          out[2 * (row * side + column)] = Float(frame.low.0 + frame.size.0 * (Double(column) + 0.5) / Double(side))
          out[2 * (row * side + column) + 1] = Float(frame.low.1 + frame.size.1 * (1 - (Double(row) + 0.5) / Double(side)))
        }
      }
    }
    let sheet = TileImage(sheet: thumbnails.images(DecodedCodes.numbers(codes, blocks)), across: side)
    let plane = Int(MapPage.width - 2 * MapPage.margin)
    return try """
    <image class="decodings" x="\(Int(MapPage.margin))" y="\(Int(MapPage.margin))" width="\(plane)" height="\(plane)" preserveAspectRatio="none" \
    href="\(MapPage.data(sheet))"/>

    """
  }

  private static func data(_ image: TileImage) throws -> String { "data:image/png;base64,\(base64(try image.png()))" }

  /// Colours that can be told apart where there are few labels, hues around the circle where there are many.
  private static func colour(_ index: Int, of count: Int) -> String {
    count <= colours.count ? colours[index] : "hsl(\(index * 360 / count) 65% \(index % 2 == 0 ? 42 : 58)%)"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
  }
}
