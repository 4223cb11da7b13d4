// Curves in SVG: a logarithmic axis of rate, a linear or logarithmic one of what is measured; points are named under the pointer or by keyboard.
class Chart {
  // series: [{coder, points: [{x, y, ...}], isFaint}]; y null: at the edge where there is no error. tip(series, point): rows [name, text].
  constructor(host, label) {
    this.host = host;
    this.svg = make("svg", { tabindex: 0, role: "group", "aria-roledescription": "chart", "aria-label": label });
    this.tip = make("div", { class: "tip", role: "status", hidden: "" });
    host.append(this.svg, this.tip);
    this.label = label;
    this.series = [];
    new ResizeObserver(() => host.clientWidth !== this.width && this.draw()).observe(host);
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerdown", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.choose(null));
    this.svg.addEventListener("blur", () => this.choose(null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  show(series, axes, tip) {
    Object.assign(this, { series, axes, tipRows: tip, chosen: null });
    this.draw();
  }

  draw() {
    if (!this.axes) return;
    this.width = this.host.clientWidth;
    const width = Math.max(260, this.width);
    const height = Math.round(Math.min(430, Math.max(270, width * 0.48)));
    const box = { left: 58, right: width - 18, top: 34, bottom: height - 46 };
    const points = this.series.flatMap((series) => series.points);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren();
    this.marks = [];
    this.choose(null);
    if (points.length === 0) {
      this.svg.append(make("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "Nothing to draw: choose a coder above"));
      return;
    }
    const x = axis(points.map((point) => point.x), true, box.left, box.right, width / 110);
    const y = axis(points.map((point) => point.y).filter((value) => value !== null), this.axes.y.isLog, box.bottom, box.top, 6, this.axes.y.most);
    const edge = this.axes.y.isLowBetter ? box.bottom : box.top;
    const place = (point) => [x.at(point.x), point.y === null ? edge : y.at(point.y)];
    const texts = this.axes.y.isLog ? y.ticks.map(short) : tickTexts(y.ticks);
    for (const tick of x.ticks) {
      this.svg.append(make("line", { class: "grid", x1: x.at(tick), x2: x.at(tick), y1: box.top, y2: box.bottom }));
      this.svg.append(make("text", { x: x.at(tick), y: box.bottom + 18, "text-anchor": "middle" }, short(tick)));
    }
    for (const [k, tick] of y.ticks.entries()) {
      this.svg.append(make("line", { class: "grid", x1: box.left, x2: box.right, y1: y.at(tick), y2: y.at(tick) }));
      this.svg.append(make("text", { x: box.left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, texts[k]));
    }
    this.svg.append(make("text", { class: "axis", x: box.right, y: height - 9, "text-anchor": "end" }, this.axes.x.label));
    this.svg.append(make("text", { class: "axis", x: 12, y: 20 }, this.axes.y.label));
    for (const series of this.series) {
      const corners = series.points.toSorted((a, b) => a.x - b.x).map(place);
      const path = corners.map(([px, py], k) => `${k ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
      const style = `stroke:${series.coder.colour}`;
      this.svg.append(make("path", { class: series.isFaint ? "each" : "curve", d: path, style, "stroke-dasharray": series.coder.dash || null }));
    }
    for (const series of this.series.filter((each) => !each.isFaint)) {
      for (const point of series.points.toSorted((a, b) => a.x - b.x)) {
        const [px, py] = place(point);
        const transform = `translate(${px.toFixed(1)} ${py.toFixed(1)})`;
        const element = make("path", { class: "mark", d: shapeOf(series.coder, 5), transform, style: `fill:${series.coder.colour}` });
        this.svg.append(element);
        this.marks.push({ series, point, px, py, element });
      }
    }
  }

  point(event) {
    const bounds = this.svg.getBoundingClientRect();
    const scale = this.svg.viewBox.baseVal.width / bounds.width;
    const [px, py] = [(event.clientX - bounds.left) * scale, (event.clientY - bounds.top) * scale];
    const distance = (mark) => Math.hypot(mark.px - px, mark.py - py);
    const nearest = this.marks?.reduce((best, mark) => (!best || distance(mark) < distance(best) ? mark : best), null);
    this.choose(nearest && distance(nearest) < 60 ? nearest : null);
  }

  key(event) {
    if (!this.marks?.length) return;
    const now = this.chosen ? this.marks.indexOf(this.chosen) : -1;
    const lines = this.series.filter((each) => !each.isFaint && each.points.length > 0);
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const step = event.key === "ArrowRight" ? 1 : -1;
      this.choose(this.marks[now < 0 ? 0 : (now + step + this.marks.length) % this.marks.length]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const line = now < 0 ? 0 : lines.indexOf(this.chosen.series) + (event.key === "ArrowDown" ? 1 : -1);
      const wanted = lines[(line + lines.length) % lines.length];
      const near = (mark) => Math.abs(mark.px - (this.chosen?.px ?? 0));
      this.choose(this.marks.filter((mark) => mark.series === wanted).reduce((best, mark) => (near(mark) < near(best) ? mark : best)));
    } else if (event.key === "Escape") {
      this.choose(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  choose(mark) {
    this.chosen?.element.classList.remove("on");
    this.chosen = mark;
    this.tip.hidden = !mark;
    if (!mark) return;
    mark.element.classList.add("on");
    const { colour, name } = mark.series.coder;
    const rows = this.tipRows(mark.series, mark.point).map(([key, text]) => make("tr", {}, make("th", { scope: "row" }, key), make("td", {}, text)));
    this.tip.replaceChildren(make("b", { style: `color:${colour}` }, name), make("table", {}, make("tbody", {}, ...rows)));
    const scale = this.svg.getBoundingClientRect().width / this.svg.viewBox.baseVal.width;
    const [left, top] = [mark.px * scale, mark.py * scale];
    const [width, height] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const beside = left + 14 + width > this.host.clientWidth ? left - width - 14 : left + 14;
    this.tip.style.left = `${Math.max(4, Math.min(beside, this.host.clientWidth - width - 4))}px`;
    this.tip.style.top = `${Math.max(4, Math.min(top - height / 2, this.host.clientHeight - height - 4))}px`;
  }
}

// A scale from values to pixels, with round numbers along it; `most`: what no value is above.
function axis(values, isLog, from, to, wanted, most = Infinity) {
  const all = values.length ? values : [1, 10];
  let [low, high] = [Math.min(...all), Math.max(...all)];
  const span = isLog ? Math.max(Math.log(high / low), 0.2) : Math.max(high - low, Math.abs(high) * 0.002, 1e-9);
  [low, high] = isLog ? [low * Math.exp(-0.06 * span), high * Math.exp(0.06 * span)] : [low - 0.06 * span, Math.min(high + 0.06 * span, most)];
  const part = isLog ? (value) => Math.log(value / low) / Math.log(high / low) : (value) => (value - low) / (high - low);
  return { at: (value) => from + (to - from) * part(value), ticks: isLog ? logTicks(low, high, wanted) : linearTicks(low, high, wanted) };
}

function linearTicks(low, high, wanted) {
  const step = niceStep((high - low) / Math.max(2, wanted));
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

function niceStep(least) {
  const decade = 10 ** Math.floor(Math.log10(least));
  return decade * [1, 2, 5, 10].find((factor) => factor * decade >= least * 0.999);
}

function logTicks(low, high, wanted) {
  const choices = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]].map((factors) => {
    const ticks = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
      for (const factor of factors) {
        const tick = Number((factor * 10 ** decade).toPrecision(3));
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks;
  });
  const fitting = choices.filter((ticks) => ticks.length >= 2 && ticks.length <= Math.max(4, wanted));
  return fitting.at(-1) ?? linearTicks(low, high, Math.min(4, wanted));
}
