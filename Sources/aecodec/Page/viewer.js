// Goes to any stretch of any shown file, by mouse, touch, keyboard and buttons.
class Viewer {
  constructor() {
    this.canvas = $("trace");
    this.trace = new Trace(this.canvas, $("overview"));
    this.pointers = new Map();
    // The sample whose values are told; they are spoken if the keyboard chose it.
    Object.assign(this, { cursor: null, isSpoken: false });
    this.view = { from: 0, to: 1 };
    this.fewest = 8;
  }

  start() {
    fill($("signal-file"), signals.map((signal, k) => [k, shortName(signal.file)]));
    $("signal-file").addEventListener("change", () => this.open(Number($("signal-file").value)));
    $("signal-lead").addEventListener("change", () => this.choose(Number($("signal-lead").value)));
    const actions = {
      worst: () => this.worst(), "zoom-in": () => this.zoom(0.5), "zoom-out": () => this.zoom(2), "pan-left": () => this.pan(-0.5),
      "pan-right": () => this.pan(0.5), everything: () => this.go(0, this.signal.samples),
    };
    for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
    $("from").addEventListener("change", () => this.goToTime($("from").value));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("dblclick", (event) => this.zoom(event.shiftKey ? 2 : 0.5, this.sampleAt(event.offsetX)));
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"]) {
      this.canvas.addEventListener(name, (event) => this[name](event));
      if (name !== "pointerleave") $("overview").addEventListener(name, (event) => this.overview(event));
    }
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    return this.open(0);
  }

  open(index) {
    this.signal = signals[index];
    $("signal-file").value = index;
    fill($("signal-lead"), this.signal.leads.map((lead, k) => [k, lead.name ? `${lead.name} (${lead.index + 1})` : `${lead.index + 1}`]), 0);
    $("worst").disabled = !this.signal.worst;
    this.describe();
    // Ten seconds where there is room, so that beats can be told apart.
    const seconds = Math.max(2, Math.min(10, Math.floor(this.canvas.clientWidth / 100)));
    this.go(0, Math.min(this.signal.samples, Math.round(seconds * this.signal.rate)), false);
    return this.choose(0);
  }

  async choose(lead) {
    $("signal-lead").value = lead;
    const signal = this.signal;
    this.lead = signal.leads[lead];
    $("peaks-key").hidden = !signal.peaks || this.lead.index !== 0;
    this.parts = null;
    delete this.canvas.dataset.ready;
    const parts = await samplesOf(signal, lead);
    // Somebody may have chosen another one meanwhile.
    if (this.signal !== signal || this.lead !== signal.leads[lead]) return;
    this.parts = parts;
    this.canvas.dataset.ready = "yes";
    this.draw();
  }

  describe() {
    const { signal } = this;
    const { worst, rate } = signal;
    const file = report.files.find((each) => each.file === signal.file);
    const point = pointOf(file, signal.coder, signal.setting);
    const texts = [`${signal.coder} at quality ${short(signal.setting)}`];
    if (point) {
      const figures = ["prdn", "snr"].map(metricOf).map((metric) => `${metric.name} ${withUnit(metric, valueOf(metric, point))}`);
      texts[0] += `: ${[`${short(point.bit_per_sample)} bit/sample`, ...figures].join(", ")}`;
    }
    if (worst) {
      const { name } = signal.leads.find((lead) => lead.index === worst.lead);
      const place = `from ${clock(worst.from / rate, 1)}${name ? ` of ${name}` : ""}`;
      texts.push(`Worst ${short(worst.count / rate)} s: ${place}, error ${short(100 * worst.error)}\u202f% of the lead's standard deviation`);
    }
    $("signal-figures").textContent = `${texts.join(". ")}.`;
    $("signal-limit").textContent = this.limits(file);
  }

  // What of the file the page holds; nothing to say if it is all.
  limits(file) {
    const { parts, leads, rate, samples } = this.signal;
    const isWhole = parts[0].count === samples;
    if (isWhole && leads.length === file.leads) return "";
    const some = leads.length < file.leads ? `${leads.length} of ${file.leads} leads` : "all leads";
    const long = isWhole ? "all of their length" : `the first ${clock(parts[0].count / rate)} of ${clock(samples / rate)}`;
    const around = parts[1] ? ` and ${clock(parts[1].count / rate)} around the worst stretch` : "";
    return `This page holds ${some}, ${long}${around}, so that it stays small.`;
  }

  // Samples from and to, kept within the file and not closer than a few samples.
  go(from, to, isDrawn = true) {
    const all = this.signal.samples;
    const size = Math.min(all, Math.max(Math.min(this.fewest, all), to - from));
    const start = Math.max(0, Math.min(all - size, from));
    this.view = { from: start, to: start + size };
    this.isSpoken = false;
    if (isDrawn) this.draw();
  }

  get samplesPerPixel() { return (this.view.to - this.view.from) / (this.canvas.clientWidth - margin.left - margin.right); }
  sampleAt(px) { return this.view.from + (px - margin.left) * this.samplesPerPixel; }

  point(sample, isSpoken = false) {
    Object.assign(this, { cursor: sample, isSpoken });
    this.draw();
  }

  // One pixel on, or one sample.
  step(direction) {
    const { from, to } = this.view;
    const start = this.cursor === null || this.cursor < from || this.cursor >= to ? Math.floor((from + to) / 2) : this.cursor;
    const sample = Math.max(0, Math.min(this.signal.samples - 1, start + direction * Math.max(1, Math.round(this.samplesPerPixel))));
    if (sample < from || sample >= to) this.pan(direction / 2);
    this.point(sample, true);
  }

  zoom(factor, at = (this.view.from + this.view.to) / 2) {
    const { from, to } = this.view;
    this.go(at - (at - from) * factor, at + (to - at) * factor);
  }

  pan(part) {
    const size = this.view.to - this.view.from;
    this.go(this.view.from + part * size, this.view.to + part * size);
  }

  worst() {
    const { worst, leads } = this.signal;
    if (!worst) return;
    this.go(worst.from - worst.count, worst.from + 2 * worst.count, false);
    this.choose(leads.findIndex((lead) => lead.index === worst.lead));
  }

  // Seconds, m:ss or h:mm:ss.
  goToTime(text) {
    const parts = text.trim().split(":").map(Number);
    const seconds = parts.reduce((sum, part) => 60 * sum + part, 0);
    const size = this.view.to - this.view.from;
    if (text.trim() !== "" && Number.isFinite(seconds)) this.go(seconds * this.signal.rate, seconds * this.signal.rate + size);
    else this.draw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const size = this.view.to - this.view.from;
    const actions = {
      ArrowLeft: () => this.pan(event.shiftKey ? -1 : -0.2), ArrowRight: () => this.pan(event.shiftKey ? 1 : 0.2), PageUp: () => this.pan(-1),
      PageDown: () => this.pan(1), "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), Home: () => this.go(0, size),
      End: () => this.go(this.signal.samples - size, this.signal.samples), w: () => this.worst(), W: () => this.worst(),
      0: () => this.go(0, this.signal.samples), ",": () => this.step(-1), ".": () => this.step(1),
    };
    if (!actions[event.key]) return;
    actions[event.key]();
    event.preventDefault();
  }

  // A wheel alone scrolls the page, as everywhere.
  wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.01), this.sampleAt(event.offsetX));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.pan((event.deltaX || event.deltaY) / this.canvas.clientWidth);
    } else {
      return;
    }
    event.preventDefault();
  }

  pointerdown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event.offsetX);
    this.canvas.classList.add("held");
    this.point(Math.round(this.sampleAt(event.offsetX)));
  }

  // One pointer drags; two keep the samples under them where they are.
  pointermove(event) {
    if (!this.pointers.has(event.pointerId)) {
      this.point(Math.round(this.sampleAt(event.offsetX)));
      return;
    }
    const before = [...this.pointers.values()].map((px) => this.sampleAt(px));
    const old = [...this.pointers.values()];
    this.pointers.set(event.pointerId, event.offsetX);
    const now = [...this.pointers.values()];
    this.point(null);
    if (now.length === 1) {
      const moved = (now[0] - old[0]) * this.samplesPerPixel;
      this.go(this.view.from - moved, this.view.to - moved);
    } else if (Math.abs(now[1] - now[0]) > 8) {
      const perPixel = (before[1] - before[0]) / (now[1] - now[0]);
      if (perPixel <= 0) return;
      const from = before[0] - (now[0] - margin.left) * perPixel;
      this.go(from, from + ((this.view.to - this.view.from) / this.samplesPerPixel) * perPixel);
    }
  }

  pointerup(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) this.canvas.classList.remove("held");
  }

  pointercancel(event) { this.pointerup(event); }

  // What a finger has touched stays named.
  pointerleave(event) {
    if (event.pointerType !== "touch") this.point(null);
  }

  overview(event) {
    if (event.type === "pointerdown") $("overview").setPointerCapture(event.pointerId);
    if (event.buttons === 0 || event.type === "pointerup") return;
    const middle = (event.offsetX / $("overview").clientWidth) * this.signal.samples;
    const size = this.view.to - this.view.from;
    this.go(middle - size / 2, middle + size / 2);
  }

  draw = onceAFrame(() => {
    if (!this.parts) return;
    this.trace.draw(this.signal, this.lead, this.parts, this.view, this.cursor);
    this.trace.drawOverview(this.signal, this.lead, this.parts, this.view);
    this.say();
  });

  say() {
    const { rate } = this.signal;
    const [from, to] = [this.view.from / rate, this.view.to / rate];
    const decimals = to - from > 600 ? 0 : to - from > 2 ? 1 : 3;
    const stretch = `${clock(from, decimals)} to ${clock(to, decimals)}`;
    const values = this.isSpoken ? valuesAt(this.signal, this.lead, this.parts, this.cursor) : null;
    const text = values ? values.join(", ") : stretch;
    if (document.activeElement !== $("from")) $("from").value = clock(from, decimals);
    if ($("range").textContent !== text) $("range").textContent = text;
    const lead = this.lead.name || `lead ${this.lead.index + 1}`;
    this.canvas.setAttribute("aria-label", `${lead} of ${shortName(this.signal.file)}, original and decoded, ${stretch}`);
    Object.assign(this.canvas.dataset, { from: from.toFixed(6), to: to.toFixed(6) });
  }
}
