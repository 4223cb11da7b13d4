// Two of a picture's versions under a divider: the original and what coders made of it, or how far these are from it.
const pictures = [...document.querySelectorAll("script.picture")].map((element) => JSON.parse(element.textContent));

// A canvas with the pixels of a PNG.
async function unpackedPicture(text) {
  const image = new Image();
  image.src = `data:image/png;base64,${text}`;
  await image.decode();
  const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas;
}

// Absolute differences of each colour, so many times as large.
function magnifiedError(original, version, factor) {
  const { width, height } = original;
  const [x, y] = [original, version].map((canvas) => canvas.getContext("2d").getImageData(0, 0, width, height).data);
  const error = new ImageData(width, height);
  for (let k = 0; k < x.length; k++) error.data[k] = k % 4 === 3 ? 255 : factor * Math.abs(x[k] - y[k]);
  const canvas = make("canvas", { width, height });
  canvas.getContext("2d").putImageData(error, 0, 0);
  return canvas;
}

class Comparer extends Sides {
  constructor() {
    super(["left", "right"]);
    this.canvas = $("compare");
    this.pointers = new Map();
    this.divider = 0.5;
    this.view = { scale: 1, x: 0, y: 0 };
  }

  start() {
    fill($("picture-file"), pictures.map((picture, k) => [k, shortName(picture.file)]));
    $("picture-file").addEventListener("change", () => this.open(Number($("picture-file").value)));
    this.startSides();
    const actions = { closer: () => this.zoom(2), farther: () => this.zoom(0.5), whole: () => this.fit(), exchange: () => this.exchange() };
    for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
    $("divider").addEventListener("input", () => this.divide(Number($("divider").value) / 100));
    for (const id of ["errors", "magnified"]) $(id).addEventListener("change", () => this.load());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("dblclick", (event) => this.zoom(event.shiftKey ? 0.5 : 2, event.offsetX, event.offsetY));
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
      this.canvas.addEventListener(name, (event) => this[name](event));
    }
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    return this.open(0);
  }

  open(index) {
    this.openSides(pictures[index]);
    $("picture-file").value = index;
    this.held = new Map();
    this.fit();
    return this.load();
  }

  get picture() { return this.shown; }

  // The pixels of a PNG, unpacked once for as long as the picture is shown.
  pixels(text) {
    if (!this.held.has(text)) this.held.set(text, unpackedPicture(text));
    return this.held.get(text);
  }

  async load() {
    const [picture, sides] = [this.picture, [...this.sides]];
    const factor = $("errors").checked ? Number($("magnified").value) : 0;
    delete this.canvas.dataset.ready;
    this.describe(factor);
    const original = await this.pixels(picture.original);
    const versions = await Promise.all(sides.map((version) => (version ? this.pixels(version.png) : original)));
    // Somebody may have chosen another one meanwhile.
    if (this.picture !== picture || this.sides.some((version, side) => version !== sides[side])) return;
    this.images = versions.map((version) => (factor ? magnifiedError(original, version, factor) : version));
    this.canvas.dataset.ready = "yes";
    this.draw();
  }

  describe(factor) {
    const texts = this.sides.map((version) => this.described(version, ["psnr", "ms_ssim"]));
    $("picture-figures").textContent = `Left: ${texts[0]}. Right: ${texts[1]}. `
      + (factor ? `Shown is the error: the absolute difference from the original in each colour, ${factor}× magnified.` : "");
    const { width, height, top, left, file } = this.picture;
    const whole = report.files.find((each) => each.file === file);
    const isPart = whole && (whole.width !== width || whole.height !== height);
    const isSome = pictures.length < report.files.length;
    const size = `${width} × ${height} pixels in the middle of this one, from column ${left} and row ${top} of ${whole?.width} × ${whole?.height}`;
    const held = [...(isSome ? [`${pictures.length} of ${count(report.files.length, "picture")}`] : []), ...(isPart ? [size] : [])];
    $("picture-limit").textContent =
      (held.length ? `This page holds ${held.join(", and ")}, so that it stays small. Figures are of the whole picture. ` : "")
      + `Of peers there are the settings whose files come nearest in size to those of ${this.picture.versions[0]?.coder ?? "ours"}.`;
  }

  fit() {
    const { width, height } = this.picture;
    const scale = Math.min(this.canvas.clientWidth / width, this.canvas.clientHeight / height);
    // Whole pixels where they fit.
    this.look(scale >= 1 ? Math.floor(scale) : scale, width / 2, height / 2);
  }

  // So many pixels of the page for one of the picture, whose point x, y is in the middle.
  look(scale, x, y) {
    const { width, height } = this.picture;
    const kept = Math.max(0.05, Math.min(32, scale));
    this.view = { scale: kept, x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) };
    this.draw();
  }

  // Keeps what is at a place of the canvas there.
  zoom(factor, px = this.canvas.clientWidth / 2, py = this.canvas.clientHeight / 2) {
    const { scale, x, y } = this.view;
    const after = Math.max(0.05, Math.min(32, scale * factor));
    const [dx, dy] = [px - this.canvas.clientWidth / 2, py - this.canvas.clientHeight / 2];
    this.look(after, x + dx / scale - dx / after, y + dy / scale - dy / after);
  }

  pan(dx, dy) { this.look(this.view.scale, this.view.x - dx / this.view.scale, this.view.y - dy / this.view.scale); }

  divide(part) {
    this.divider = Math.max(0, Math.min(1, part));
    this.draw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.15 * this.canvas.clientWidth;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const actions = {
      ArrowLeft: () => this.divide(this.divider - 0.02), ArrowRight: () => this.divide(this.divider + 0.02), Home: () => this.divide(0),
      End: () => this.divide(1), "+": () => this.zoom(2), "=": () => this.zoom(2), "-": () => this.zoom(0.5), 0: () => this.fit(),
      x: () => this.exchange(), e: () => $("errors").click(),
    };
    const action = event.shiftKey && moves[event.key] ? () => this.pan(...moves[event.key]) : actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  }

  // A wheel alone scrolls the page, as everywhere.
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    this.zoom(Math.exp(Math.max(-60, Math.min(60, -event.deltaY)) * 0.01), event.offsetX, event.offsetY);
    event.preventDefault();
  }

  // A pointer near the divider drags it, also elsewhere if all of the picture is seen; otherwise the picture.
  pointerdown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    const { clientWidth, clientHeight } = this.canvas;
    const isWhole = this.picture.width * this.view.scale <= clientWidth + 1 && this.picture.height * this.view.scale <= clientHeight + 1;
    this.drags = isWhole || Math.abs(event.offsetX - this.divider * clientWidth) < 24;
    if (this.drags && this.pointers.size === 1) this.divide(event.offsetX / clientWidth);
  }

  pointermove(event) {
    if (!this.pointers.has(event.pointerId)) return;
    const before = [...this.pointers.values()];
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    const now = [...this.pointers.values()];
    if (now.length === 2) {
      const apart = ([a, b]) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
      const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      const [old, place] = [middle(before), middle(now)];
      this.pan(place[0] - old[0], place[1] - old[1]);
      this.zoom(apart(now) / apart(before), ...place);
    } else if (this.drags) {
      this.divide(event.offsetX / this.canvas.clientWidth);
    } else {
      this.pan(now[0][0] - before[0][0], now[0][1] - before[0][1]);
    }
  }

  pointerup(event) { this.pointers.delete(event.pointerId); }
  pointercancel(event) { this.pointerup(event); }

  draw = onceAFrame(() => {
    if (!this.images) return;
    const pen = begin(this.canvas);
    this.drawSides(pen);
    this.drawDivider(pen);
    this.say();
  });

  drawSides({ context, width, height, colour }) {
    const { scale, x, y } = this.view;
    const [left, top] = [Math.round(width / 2 - x * scale), Math.round(height / 2 - y * scale)];
    const at = this.divider * width;
    context.imageSmoothingEnabled = scale < 1.5;
    for (const [side, image] of this.images.entries()) {
      context.save();
      context.beginPath();
      context.rect(side ? at : 0, 0, side ? width - at : at, height);
      context.clip();
      context.drawImage(image, left, top, image.width * scale, image.height * scale);
      const text = this.sides[side] ? `${this.sides[side].coder}, ${short(this.sides[side].setting)}` : "original";
      const size = context.measureText(text).width + 12;
      context.fillStyle = colour("--raised");
      context.fillRect(side ? width - size - 6 : 6, 6, size, 20);
      context.fillStyle = colour("--ink");
      context.textBaseline = "middle";
      context.textAlign = side ? "right" : "left";
      context.fillText(text, side ? width - 12 : 12, 16);
      context.restore();
    }
  }

  drawDivider({ context, width, height, colour }) {
    const at = Math.round(this.divider * width);
    context.fillStyle = colour("--ink");
    context.fillRect(at - 2, 0, 4, height);
    context.fillStyle = colour("--raised");
    context.fillRect(at - 1, 0, 2, height);
    context.beginPath();
    context.arc(at, height / 2, 13, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = colour("--ink");
    context.stroke();
    context.fillStyle = colour("--ink");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("◂ ▸", at, height / 2);
  }

  say() {
    const { scale } = this.view;
    const [part, size] = [`${Math.round(100 * this.divider)}\u202f%`, `${short(100 * scale)}\u202f%`];
    $("divider").value = 100 * this.divider;
    $("divider").setAttribute("aria-valuetext", part);
    if ($("picture-size").textContent !== size) $("picture-size").textContent = size;
    const names = this.sides.map((version) => (version ? `${version.coder} at ${short(version.setting)}` : "original"));
    const error = $("errors").checked ? "errors of " : "";
    const sides = `${names[0]} left of the divider at ${part}, ${names[1]} right of it`;
    this.canvas.setAttribute("aria-label", `${shortName(this.picture.file)}: ${error}${sides}`);
    Object.assign(this.canvas.dataset, { divider: this.divider.toFixed(4), scale: scale.toFixed(4), x: this.view.x.toFixed(2) });
  }
}
