// Draws a stretch of a lead: original and decoded over each other, the error below, R-peaks above; and the whole file in a strip.
const margin = { left: 54, right: 8 };

class Trace {
  constructor(canvas, overview) {
    Object.assign(this, { canvas, overview });
  }

  // view: {from, to} in samples of the file. cursor: the sample whose values are told, or null.
  draw(signal, lead, parts, view, cursor) {
    const pen = begin(this.canvas);
    const { width, height, context } = pen;
    const gutter = margin.left;
    const right = width - margin.right;
    const panels = { top: 22, middle: Math.round(height * 0.68), error: Math.round(height * 0.74), bottom: height - 24 };
    const x = (sample) => gutter + ((sample - view.from) / (view.to - view.from)) * (right - gutter);
    const samplesPerPixel = (view.to - view.from) / (right - gutter);
    const { gain, baseline } = lead;
    const seen = parts
      .map((part) => [part, Math.max(0, Math.floor(view.from) - part.from - 1), Math.min(part.to, Math.ceil(view.to) + 2) - part.from])
      .filter(([part, first, end]) => end > first && part.from + first < view.to);
    const extent = (names) => seen.flatMap(([part, first, end]) => names.flatMap((name) => between(part, name, first, end)));
    const signalRange = padded(extent(["original", "decoded"]).map((value) => (value - baseline) / gain), false);
    const errorRange = padded(extent(["error"]).map((value) => value / gain), true);
    const y = (range, top, bottom) => (value) => bottom - ((value - range.low) / (range.high - range.low)) * (bottom - top);
    const ySignal = y(signalRange, panels.top, panels.middle);
    const yError = y(errorRange, panels.error, panels.bottom);

    context.textBaseline = "middle";
    times(pen, signal.rate, view, x, panels);
    levels(pen, linearTicks(signalRange.low, signalRange.high, 5), ySignal);
    levels(pen, [errorRange.low / 2, 0, errorRange.high / 2], yError);
    context.fillStyle = pen.colour("--soft");
    context.textAlign = "left";
    context.fillText(lead.units ?? "steps", 4, 10);
    const perPixel = (range, top, bottom) => (range.high - range.low) / (bottom - top);
    const magnified = perPixel(signalRange, panels.top, panels.middle) / perPixel(errorRange, panels.error, panels.bottom);
    context.textAlign = "right";
    context.fillText(`error, magnified ${short(Number(magnified.toPrecision(2)))}×`, right, panels.error + 6);

    context.save();
    context.beginPath();
    context.rect(gutter, 0, right - gutter, height);
    context.clip();
    gaps(pen, parts, view, x, panels);
    for (const [part, first, end] of seen) {
      const line = (name, toValue, toY, colour, thick) => {
        context.strokeStyle = pen.colour(colour);
        context.lineWidth = thick;
        stroke(context, part, name, first, end, (k) => x(part.from + k), (value) => toY(toValue(value)), samplesPerPixel);
      };
      const value = (sample) => (sample - baseline) / gain;
      line("original", value, ySignal, "--original", samplesPerPixel > 12 ? 1 : 4);
      line("decoded", value, ySignal, "--c0", samplesPerPixel > 12 ? 1 : 1.5);
      line("error", (error) => error / gain, yError, "--error", 1);
    }
    const lit = signal.worst && signal.worst.lead === lead.index ? signal.worst : null;
    if (lit) band(pen, x(lit.from), x(lit.from + lit.count), panels);
    if (signal.peaks && lead.index === 0 && samplesPerPixel * 12 < signal.rate) this.drawPeaks(pen, signal, view, x);
    const values = cursor === null ? null : valuesAt(signal, lead, parts, cursor);
    if (values) this.drawValues(pen, values, x(cursor), panels);
    context.restore();
  }

  // Peaks of both as triangles: filled where both have one, hollow where only one has.
  drawPeaks(pen, signal, view, x) {
    const { context } = pen;
    const window = 0.15 * signal.rate;
    const visible = (times) => times.filter((time) => time >= view.from - window && time <= view.to + window);
    const [original, decoded] = [visible(signal.peaks.original), visible(signal.peaks.decoded)];
    const isNear = (time, others) => others.some((other) => Math.abs(other - time) <= window);
    const triangle = (time, colour, isFull) => {
      context.beginPath();
      context.moveTo(x(time) - 5, 6);
      context.lineTo(x(time) + 5, 6);
      context.lineTo(x(time), 15);
      context.closePath();
      context.strokeStyle = context.fillStyle = pen.colour(colour);
      context.lineWidth = 1.5;
      if (isFull) context.fill();
      else context.stroke();
    };
    for (const time of decoded) triangle(time, isNear(time, original) ? "--c0" : "--error", isNear(time, original));
    for (const time of original) if (!isNear(time, decoded)) triangle(time, "--ink", false);
  }

  drawValues(pen, values, px, panels) {
    const { context, width } = pen;
    context.strokeStyle = pen.colour("--soft");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(px) + 0.5, panels.top - 4);
    context.lineTo(Math.round(px) + 0.5, panels.bottom);
    context.stroke();
    const [time, , , error] = values;
    const whole = values.join("   ");
    const text = context.measureText(whole).width < width - margin.left - margin.right - 12 ? whole : `${time}   ${error}`;
    const size = context.measureText(text).width + 12;
    const middle = (panels.middle + panels.error) / 2;
    context.fillStyle = pen.colour("--raised");
    context.fillRect(width - margin.right - size, middle - 9, size, 18);
    context.fillStyle = pen.colour("--ink");
    context.textAlign = "right";
    context.fillText(text, width - margin.right - 6, middle);
  }

  // The whole file: what the page has of it, and where one looks.
  drawOverview(signal, lead, parts, view) {
    const pen = begin(this.overview);
    const { width, height, context } = pen;
    const x = (sample) => (sample / signal.samples) * width;
    gaps(pen, parts, { from: 0, to: signal.samples }, x, { top: 0, bottom: height });
    const all = parts.flatMap((part) => between(part, "original", 0, part.to - part.from));
    const [low, high] = [Math.min(...all), Math.max(...all, Math.min(...all) + 1)];
    context.lineWidth = 1;
    context.strokeStyle = pen.colour("--original");
    for (const part of parts) {
      const y = (value) => 3 + (1 - (value - low) / (high - low)) * (height - 6);
      stroke(context, part, "original", 0, part.to - part.from, (k) => x(part.from + k), y, signal.samples / width);
    }
    if (signal.worst) {
      context.fillStyle = pen.colour("--error");
      context.fillRect(x(signal.worst.from) - 1.5, 0, Math.max(3, x(signal.worst.count)), height);
    }
    context.fillStyle = pen.colour("--c0");
    context.globalAlpha = 0.18;
    const from = Math.min(x(view.from), width - 3);
    const size = Math.max(3, x(view.to) - x(view.from));
    context.fillRect(from, 0, size, height);
    context.globalAlpha = 1;
    context.strokeStyle = pen.colour("--c0");
    context.strokeRect(from + 0.5, 0.5, size - 1, height - 1);
  }
}

// Time, original, decoded and error of a sample, in words; null where the page does not have it.
function valuesAt(signal, lead, parts, sample) {
  const part = parts.find((each) => sample >= each.from && sample < each.to);
  if (!part) return null;
  const [original, decoded] = ["original", "decoded"].map((name) => (part[name][sample - part.from] - lead.baseline) / lead.gain);
  const decimals = lead.gain === 1 ? 0 : Math.max(0, Math.ceil(Math.log10(lead.gain)));
  const error = `error ${signed(decoded - original, decimals)} ${lead.units ?? "steps"}`;
  return [clock(sample / signal.rate, 3), `original ${fixed(original, decimals)}`, `decoded ${fixed(decoded, decimals)}`, error];
}

// A drawing that is put off to the next frame, and done once for all who ask until then.
function onceAFrame(draw) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw();
    });
  };
}

// A canvas of the size in which it stands, cleared, and colours of the page's style as they are now.
const probe = document.body.appendChild(make("span", { hidden: "" }));
function begin(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  context.lineJoin = "round";
  const known = {};
  const colour = (name) => {
    if (!known[name]) {
      probe.style.color = `var(${name})`;
      known[name] = getComputedStyle(probe).color;
    }
    return known[name];
  };
  return { context, width, height, colour };
}

// A range with round numbers and some room, so that it does not change with every pixel one moves.
function padded(values, isSymmetric) {
  const finite = values.filter(Number.isFinite);
  let [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [-1, 1];
  if (isSymmetric) {
    const size = niceStep(Math.max(Math.abs(low), Math.abs(high), 1e-6));
    return { low: -size, high: size };
  }
  const step = niceStep(Math.max((high - low) / 10, 1e-6));
  [low, high] = [Math.floor(low / step - 0.4) * step, Math.ceil(high / step + 0.4) * step];
  return { low, high };
}

// A line through samples, or from the lowest to the highest of each pixel where many fall together.
function stroke(context, part, name, first, end, x, y, samplesPerPixel) {
  context.beginPath();
  if (samplesPerPixel > 3) {
    const last = Math.ceil(x(end - 1));
    const perPixel = x(first + 1) - x(first);
    for (let px = Math.floor(x(first)); px <= last; px++) {
      const from = Math.max(first, Math.floor(first + (px - x(first)) / perPixel));
      const [low, high] = between(part, name, from, Math.min(end, Math.max(from + 1, Math.floor(first + (px + 1 - x(first)) / perPixel) + 1)));
      if (low > high) continue;
      context.lineTo(px + 0.5, y(low) + 0.5);
      context.lineTo(px + 0.5, y(high) - 0.5);
    }
  } else {
    for (let k = first; k < end; k++) context.lineTo(x(k), y(name === "error" ? part.decoded[k] - part.original[k] : part[name][k]));
  }
  context.stroke();
}

function times(pen, rate, view, x, panels) {
  const { context, width } = pen;
  const seconds = (view.to - view.from) / rate;
  const least = seconds / Math.max(2, width / 110);
  const step = least > 5 ? [10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600].find((each) => each >= least) ?? 86400 : niceStep(least);
  const decimals = Math.max(0, Math.min(4, Math.ceil(-Math.log10(step) - 1e-9)));
  context.textAlign = "center";
  for (let k = Math.ceil(view.from / rate / step); k * step * rate <= view.to; k++) {
    const px = Math.round(x(k * step * rate)) + 0.5;
    context.fillStyle = pen.colour("--faint");
    context.fillRect(px - 0.5, panels.top, 1, panels.middle - panels.top);
    context.fillRect(px - 0.5, panels.error, 1, panels.bottom - panels.error);
    context.fillStyle = pen.colour("--soft");
    if (px > margin.left && px < width - 20) context.fillText(clock(k * step, decimals), px, panels.bottom + 13);
  }
}

function levels(pen, ticks, y) {
  const { context, width } = pen;
  context.textAlign = "right";
  const texts = tickTexts(ticks);
  for (const [k, tick] of ticks.entries()) {
    const py = Math.round(y(tick)) + 0.5;
    context.fillStyle = pen.colour(tick === 0 ? "--line" : "--faint");
    context.fillRect(margin.left, py - 0.5, width - margin.left - margin.right, 1);
    context.fillStyle = pen.colour("--soft");
    context.fillText(texts[k], margin.left - 7, py);
  }
}

function band(pen, from, to, panels) {
  pen.context.fillStyle = pen.colour("--error");
  pen.context.globalAlpha = 0.09;
  pen.context.fillRect(from, panels.top, Math.max(2, to - from), panels.bottom - panels.top);
  pen.context.globalAlpha = 1;
}

// What the page does not hold.
function gaps(pen, parts, view, x, panels) {
  const { context } = pen;
  const edges = [view.from, ...parts.flatMap((part) => [part.from, part.to]), view.to];
  for (let k = 0; k < edges.length; k += 2) {
    const [from, to] = [Math.max(edges[k], view.from), Math.min(edges[k + 1], view.to)];
    if (to - from < 1) continue;
    context.fillStyle = pen.colour("--faint");
    context.fillRect(x(from), panels.top, x(to) - x(from), panels.bottom - panels.top);
    const text = "not in this page";
    if (x(to) - x(from) < context.measureText(text).width + 10) continue;
    context.fillStyle = pen.colour("--soft");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, (x(from) + x(to)) / 2, (panels.top + panels.bottom) / 2);
  }
}
