// What report.json says, ready to be shown.
const $ = (id) => document.getElementById(id);
const report = JSON.parse(document.querySelector("script.report").textContent);

// Whether the files are pictures or sounds; what rate, distortion and speed are then.
const isOfPictures = report.kind === "pictures";
const isOfSounds = report.kind === "sounds";
const rate = {
  pictures: { key: "bit_per_pixel", name: "bit/pixel" }, sounds: { key: "kbit_per_second", name: "kbit/s" },
}[report.kind] ?? { key: "bit_per_sample", name: "bit/sample" };
const distortion = report.distortion ?? { key: "prdn", name: "PRDN", unit: "%" };
const speed = isOfPictures
  ? { encode: "encode_megapixels_per_second", decode: "decode_megapixels_per_second", unit: " Mpixel/s", words: "Mpixel/s" }
  : { encode: "encode_times_real_time", decode: "decode_times_real_time", unit: "×", words: "× real time" };

for (const point of report.files.flatMap((file) => file.points)) {
  for (const key of ["sensitivity", "ppv", "jitter_ms"]) point[key] = point.r_peaks?.[key];
  if (point.third_octaves) point.level_error = Math.max(...Object.values(point.third_octaves).map(Math.abs));
}

// Coders that took no file have nothing to show; why is said where failures are.
const present = report.coders.filter((coder) => report.files.some((file) => file.points.some((point) => point.coder === coder.coder)));
// Those with curves, which others are rated against.
const rated = Object.keys(present.find((coder) => Object.keys(coder.bd_rate ?? {}).length > 0)?.bd_rate ?? {})
  .filter((name) => present.some((coder) => coder.coder === name));
// Ours have the first colours, the peers others, so that they are told apart at a glance; shape and dashes say the same without colour.
const ownColours = [0, 7, 5, 6];
const peerColours = [1, 2, 3, 4, 6, 5];
const dashes = ["", "7 4", "2 3", "10 3 2 3", "4 2", "12 4"];
const coders = present.map((figures, index) => {
  const isPeer = Object.hasOwn(report.versions, figures.coder);
  const isLossless = figures.lossless === true;
  const alike = present.slice(0, index).filter((other) => (other.lossless === true) === isLossless);
  const number = alike.filter((other) => Object.hasOwn(report.versions, other.coder) === isPeer).length;
  return {
    name: figures.coder, figures, isPeer, isLossless, shape: alike.length, isShown: true,
    word: figures.setting === "quality" || (!isPeer && !figures.lossless) ? "quality" : "setting",
    colour: `var(--c${isPeer ? peerColours[number % peerColours.length] : ownColours[number % ownColours.length]})`,
    dash: isPeer ? dashes[1 + (number % (dashes.length - 1))] : "",
  };
});
const lossy = coders.filter((coder) => !coder.isLossless);

const metrics = [
  { key: "pesq", name: "PESQ", unit: "", decimals: 2, isDistortion: true, most: 4.65 },
  { key: "visqol", name: "ViSQOL", unit: "", decimals: 2, isDistortion: true, most: 5 },
  { key: "stoi", name: "STOI", unit: "", decimals: 3, isDistortion: true, most: 1 },
  { key: "log_mel", name: "Log-mel distance", unit: "dB", isLowBetter: true, isDistortion: true },
  { key: "si_sdr", name: "SI-SDR", unit: "dB", isDistortion: true },
  { key: "level_error", name: "Level, worst third of an octave", unit: "dB", isLowBetter: true, isDistortion: true },
  { key: "prdn", name: "PRDN", unit: "%", isLog: true, isLowBetter: true, isDistortion: true },
  { key: "snr", name: "SNR", unit: "dB", isDistortion: true },
  { key: "psnr", name: "PSNR", unit: "dB", isDistortion: true },
  { key: "ms_ssim", name: "MS-SSIM", unit: "", decimals: 4, isDistortion: true, most: 1 },
  { key: "ms_ssim_db", name: "MS-SSIM in dB", unit: "dB", isDistortion: true },
  { key: "item_error", name: "Squared error of an item", unit: "of samples 0 to 1", isLog: true, isLowBetter: true, isDistortion: true },
  { key: "max_error", name: "Maximum error", unit: "steps", isLog: true, isLowBetter: true, isDistortion: true },
  { key: "prd_with_offset", name: "PRD with offset", unit: "%", isLog: true, isLowBetter: true, isDistortion: true },
  { key: "sensitivity", name: "R-peaks: sensitivity", column: "Sens. %", unit: "%", most: 100, decimals: 2, isBeats: true },
  { key: "ppv", name: "R-peaks: positive predictive value", column: "PPV %", unit: "%", most: 100, decimals: 2, isBeats: true },
  { key: "jitter_ms", name: "R-peaks: jitter", column: "Jitter ms", unit: "ms", decimals: 2, isLowBetter: true, isBeats: true },
  { key: speed.encode, name: "Encoding", unit: speed.words, isLog: true, isSpeed: true },
  { key: speed.decode, name: "Decoding", unit: speed.words, isLog: true, isSpeed: true },
  { key: "peak_memory", name: "Peak memory", unit: "MiB", isLog: true, isLowBetter: true, isSpeed: true, scale: 1 / 1048576 },
];

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const metricOf = (key) => metrics.find((metric) => metric.key === key);
const valueOf = (metric, point) => (isNumber(point[metric.key]) ? point[metric.key] * (metric.scale ?? 1) : null);
const metricsInUse = (test) =>
  metrics.filter((metric) => test(metric) && report.files.some((file) => file.points.some((point) => isNumber(point[metric.key]))));

// Folders that all files share say nothing.
const sharedFolder = (() => {
  const names = report.files.map((file) => file.file);
  if (names.length < 2) return names.length ? names[0].slice(0, names[0].lastIndexOf("/") + 1) : "";
  let shared = names[0].slice(0, names[0].lastIndexOf("/") + 1);
  // Of an absolute and a relative name not even the first slash is shared.
  while (!names.every((name) => name.startsWith(shared))) shared = shared.slice(0, shared.slice(0, -1).lastIndexOf("/") + 1);
  return shared;
})();
const shortName = (name) => (name.startsWith(sharedFolder) && name.length > sharedFolder.length ? name.slice(sharedFolder.length) : name);

const settingsOf = (coder) => [...new Set(report.files.flatMap((file) => pointsOf(file, coder).map((point) => point.setting)))];
const pointsOf = (file, coder) => file.points.filter((point) => point.coder === coder && isNumber(point.bytes));
const pointOf = (file, coder, setting) => pointsOf(file, coder).find((point) => point.setting === setting);
// Coders that make a file of each picture are measured on some pictures of a large stack.
const isPartial = (file, point) => point.measured_samples < file.samples;
const partly = () => {
  const names = coders.filter((coder) => report.files.some((file) => pointsOf(file, coder.name).some((point) => isPartial(file, point))));
  return names.length ? ` Measured on some pictures of each stack, evenly spread: ${names.map((coder) => coder.name).join(", ")}.` : "";
};
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// The curve of a coder: rate and metric of one file, or their means over all files that have both, setting by setting. Without any error there is no
// distortion to be drawn: such points stand at the edge.
function curve(metric, coder, file) {
  const files = file ? [file] : report.files;
  return settingsOf(coder).flatMap((setting) => {
    const points = files.map((each) => pointOf(each, coder, setting)).filter(Boolean);
    const exact = metric.isDistortion && points.length > 0 && points.every((point) => point.max_error === 0);
    const usable = exact ? points : points.filter((point) => isNumber(valueOf(metric, point)));
    if (usable.length === 0) return [];
    const y = exact ? null : mean(usable.map((point) => valueOf(metric, point)));
    const isAtEdge = exact || (metric.isLog && y <= 0);
    return [{ x: mean(usable.map((point) => point[rate.key])), y: isAtEdge ? null : y, setting, count: usable.length, points: usable }];
  });
}

const grouped = (size) => size.toLocaleString("en").replaceAll(",", "\u202f");
// About three digits.
function short(value) {
  if (!isNumber(value)) return "–";
  const size = Math.abs(value);
  const text = size >= 1000 ? grouped(Math.round(size)) : Number(size.toPrecision(3)).toString();
  return (value < 0 && text !== "0" ? "−" : "") + text;
}
// Three digits, the last ones kept: for columns.
const three = (value) => (isNumber(value) && Math.abs(value) < 1000 ? value.toPrecision(3).replace("-", "−") : short(value));
const fixed = (value, decimals) => {
  if (!isNumber(value)) return "–";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
};
// Numbers along a linear axis, told apart.
function tickTexts(ticks) {
  const decimals = ticks.length > 1 ? Math.max(0, Math.ceil(-Math.log10(ticks[1] - ticks[0]) - 1e-9)) : 0;
  return ticks.map((tick) => (decimals ? fixed(tick, decimals) : (tick < 0 ? "−" : "") + grouped(Math.abs(tick))));
}
const signed = (value, decimals) => (value > 0 ? "+" : "") + fixed(value, decimals);
const count = (number, noun) => `${short(number)} ${noun}${number === 1 ? "" : "s"}`;
function clock(seconds, decimals = 0) {
  const parts = Math.round(seconds * 10 ** decimals);
  const whole = Math.floor(parts / 10 ** decimals);
  const two = (number) => String(number).padStart(2, "0");
  const rest = decimals ? "." + String(parts % 10 ** decimals).padStart(decimals, "0") : "";
  return (whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}` : Math.floor(whole / 60)) + ":" + two(whole % 60) + rest;
}
function withUnit(metric, value) {
  if (value === null) return "no error";
  const unit = metric.unit === "%" ? "\u202f%" : metric.unit && ` ${metric.unit}`;
  return (metric.decimals ? fixed(value, metric.decimals) : short(value)) + unit;
}

// Elements by their parts; text never becomes markup.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "text", "rect"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
function fill(select, options, chosen) {
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  if (chosen !== undefined) select.value = chosen;
}
const shapes = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`, (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `M0 ${-1.25 * r}L${1.2 * r} ${0.9 * r}H${-1.2 * r}z`, (r) => `M0 ${-1.35 * r}L${1.35 * r} 0L0 ${1.35 * r}L${-1.35 * r} 0z`,
  (r) => `M0 ${1.25 * r}L${1.2 * r} ${-0.9 * r}H${-1.2 * r}z`,
  (r) => {
    const [a, b] = [0.6 * r, 0.8 * r];
    return `M${-r} ${-b / 2}h${a}v${-a}h${b}v${a}h${a}v${b}h${-a}v${a}h${-b}v${-a}h${-a}z`;
  },
];
const shapeOf = (coder, radius) => shapes[coder.shape % shapes.length](radius);
const swatch = (coder) =>
  make("svg", { width: 34, height: 14, viewBox: "0 0 34 14", "aria-hidden": "true" },
    make("path", { d: "M1 7H33", style: `stroke:${coder.colour};fill:none;stroke-width:2.25`, "stroke-dasharray": coder.dash || null }),
    make("path", { d: shapeOf(coder, 4.5), transform: "translate(17 7)", style: `fill:${coder.colour}` }));
