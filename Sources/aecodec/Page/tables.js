// Tables: those that sort by any column, and what stands in them.

// columns: [{name, value(row), show(row), isText, hint}]; the first one heads its rows. Rows without a value stay at the end either way.
class SortedTable {
  constructor(host, label) {
    this.host = host;
    this.label = label;
    Object.assign(host, { tabIndex: 0, role: "region", ariaLabel: label });
    this.sort = null;
  }

  show(columns, rows) {
    Object.assign(this, { columns, rows });
    this.body = make("tbody");
    this.heads = columns.map((column, k) => {
      if (!column.value) return make("th", { scope: "col" }, make("span", { class: "unseen" }, column.name));
      const button = make("button", { type: "button", title: column.hint ?? null }, column.name);
      button.addEventListener("click", () => {
        const isDescending = this.sort?.column === k ? !this.sort.isDescending : !(column.isText || column.startsLow);
        this.sort = { column: k, isDescending };
        this.fill();
      });
      return make("th", { scope: "col" }, button);
    });
    const caption = make("caption", { class: "unseen" }, `${this.label}; the buttons in its head sort it`);
    this.host.replaceChildren(make("table", {}, caption, make("thead", {}, make("tr", {}, ...this.heads)), this.body));
    this.fill();
  }

  fill() {
    const { column, isDescending } = this.sort ?? {};
    this.heads.forEach((head, k) => {
      head.removeAttribute("aria-sort");
      if (k === column) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
    });
    const rows = column === undefined ? this.rows : this.rows.toSorted((a, b) => this.compare(a, b));
    this.body.replaceChildren(
      ...rows.map((row) =>
        make("tr", {}, ...this.columns.map((each, k) => (k === 0 ? make("th", { scope: "row" }, each.show(row)) : make("td", {}, each.show(row)))))));
  }

  compare(a, b) {
    const { value, isText } = this.columns[this.sort.column];
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = isText ? x.localeCompare(y, "en", { numeric: true }) : x - y;
    return this.sort.isDescending ? -order : order;
  }
}

const coderCell = (coder) => make("span", {}, swatch(coder), " ", coder.name);
const rangeText = (bd, { key, name, unit } = distortion) => `${name} ${short(bd[`${key}_from`])}–${short(bd[`${key}_to`])}${unit && `\u202f${unit}`}`;
const second = report.second_distortion && {
  ...report.second_distortion, rates: `bd_rate_${report.second_distortion.key.replace(/_db$/, "")}`, words: report.second_distortion.name.replace(/ in dB$/, ""),
};

const coderColumn = { name: "Coder", isText: true, value: (coder) => coder.name, show: coderCell };
const speedColumns = [[speed.encode, "encoding"], [speed.decode, "decoding"]].map(([key, name]) => ({
  name, value: (coder) => coder.figures[key] ?? null,
  show: (coder) => (isNumber(coder.figures[key]) ? `${short(coder.figures[key])}${speed.unit}` : "–"),
}));

// Coders that give back every sample, over the files that all of them took.
function showLossless() {
  const exact = coders.filter((coder) => coder.isLossless && settingsOf(coder.name).length > 0);
  $("lossless").hidden = exact.length === 0;
  const point = (file, coder) => pointsOf(file, coder.name)[0];
  const files = report.files.filter((file) => exact.every((coder) => point(file, coder)));
  const average = (coder) => (files.length ? mean(files.map((file) => point(file, coder)[rate.key])) : null);
  const isWhole = (coder) => files.length > 0 && !files.some((file) => isPartial(file, point(file, coder)));
  const bytes = (coder) => (isWhole(coder) ? files.reduce((sum, file) => sum + point(file, coder).bytes, 0) : null);
  const beside = (coder) => (isNumber(bytes(coder)) && isNumber(bytes(exact[0])) ? 100 * (bytes(coder) / bytes(exact[0]) - 1) : null);
  const besideText = (coder) => (isNumber(beside(coder)) ? `${signed(beside(coder), 1)}\u202f%` : "–");
  new SortedTable($("lossless-table"), "Nothing lost").show([
    coderColumn, { name: rate.name, startsLow: true, value: average, show: (coder) => three(average(coder)) },
    { name: "bytes", startsLow: true, value: bytes, show: (coder) => short(bytes(coder)) },
    { name: `beside ${exact[0]?.name}`, startsLow: true, value: beside, show: besideText }, ...speedColumns,
  ], exact);
  $("lossless-note").textContent = `Every sample comes back as it was. Mean rate over ${count(files.length, "file")} that all of them took.${partly()}`;
}

function showRates() {
  const columns = rated.map((peer) => ({
    name: `against ${peer}`, startsLow: true, value: (coder) => coder.figures.bd_rate?.[peer]?.percent ?? null,
    show: (coder) => {
      if (coder.name === peer) return "–";
      const [bd, similar] = [coder.figures.bd_rate?.[peer], second && coder.figures[second.rates]?.[peer]];
      const files = coder.figures.bd_rate_files?.[peer] ?? report.files.length;
      const range = bd ? rangeText(bd) + (files === report.files.length ? "" : `, ${count(files, "file")}`) : "nothing in common";
      const hint = similar && { title: rangeText(similar, second) };
      const more = similar ? [make("small", hint, `by ${second.words} ${signed(similar.percent, 1)}\u202f%`)] : [];
      return make("span", {}, bd ? `${signed(bd.percent, 1)}\u202f%` : "–", make("small", {}, range), ...more);
    },
  }));
  new SortedTable($("bd-table"), "Rate at equal distortion").show([coderColumn, ...columns, ...speedColumns], lossy);
  $("bd-note").textContent =
    `Bjøntegaard rate: below 0, the coder needs so much less than the peer for the same ${distortion.name}, on average over the range below each `
    + `figure. ${report.definitions?.bd_rate ?? ""}. Speeds are over all points, ${isOfPictures ? "megapixels a second" : "times real time"}.`;
}

const table = { files: new SortedTable($("files-table"), "Files") };

function startFiles() {
  fill($("files-coder"), coders.map((coder) => [coder.name, coder.name]));
  $("files-coder").addEventListener("change", () => {
    fillSettings();
    showFiles();
  });
  $("files-setting").addEventListener("change", showFiles);
  fillSettings();
  showFiles();
}

function fillSettings() {
  const coder = $("files-coder").value;
  const settings = settingsOf(coder);
  const shown = signals.find((signal) => signal.coder === coder)?.setting;
  const { word, figures } = coders.find((each) => each.name === coder);
  $("files-setting").title = figures.setting ?? "";
  const middle = settings[Math.floor(settings.length / 2)];
  fill($("files-setting"), settings.map((setting) => [setting, `${word} ${short(setting)}`]), settings.includes(shown) ? shown : middle);
}

function showFiles() {
  const coder = $("files-coder").value;
  const setting = Number($("files-setting").value);
  const rows = report.files.map((file) => ({ file, point: pointOf(file, coder, setting) ?? {}, rates: file.bd_rate?.[coder] ?? {} }));
  const figure = (key, name, show = short) => {
    const value = (row) => (isNumber(row.point[key]) ? row.point[key] : null);
    return { name, hint: report.definitions?.[key], value, show: (row) => (value(row) === null ? "–" : show(value(row))) };
  };
  const columns = [
    { name: "File", isText: true, value: (row) => row.file.file, show: (row) => make("span", { title: row.file.file }, shortName(row.file.file)) },
    { name: "Show it", show: (row) => lookButton(row.file) }, ...shapeColumns, figure("bytes", "Bytes"),
    figure(rate.key, rate.name, three), figure("cr11", "CR", three), figure("prdn", "PRDN %", three),
    figure("item_error", "Error of an item", three), figure("psnr", "PSNR dB", (value) => fixed(value, isOfPictures ? 2 : 1)),
    figure("ms_ssim", "MS-SSIM", (value) => fixed(value, 4)), figure("pesq", "PESQ", (value) => fixed(value, 2)),
    figure("visqol", "ViSQOL", (value) => fixed(value, 2)), figure("stoi", "STOI", (value) => fixed(value, 3)), figure("log_mel", "Log mel dB", three),
    figure("si_sdr", "SI-SDR dB", (value) => fixed(value, 1)), figure("level_error", "Worst level dB", three),
    figure("snr", "SNR dB", (value) => fixed(value, 1)), figure("max_error", "Max. error"),
    figure(speed.encode, isOfPictures ? "Enc. Mpixel/s" : "Enc. ×"), figure(speed.decode, isOfPictures ? "Dec. Mpixel/s" : "Dec. ×"),
    ...rated.map((peer) => ({
      name: `vs ${peer} %`, startsLow: true, hint: report.definitions?.bd_rate, value: (row) => row.rates[peer]?.percent ?? null,
      show: (row) => (row.rates[peer] ? make("span", { title: rangeText(row.rates[peer]) }, signed(row.rates[peer].percent, 1)) : "–"),
    })),
    ...metricsInUse((metric) => metric.isBeats).map((metric) => figure(metric.key, metric.column, (value) => fixed(value, 2))),
  ].filter((column) => !column.value || column.isText || rows.some((row) => column.value(row) !== null));
  table.files.show(columns, rows);
}

// What a file is.
const shapeColumns = isOfPictures
  ? [
      { name: "Pixels", value: (row) => row.file.pixels, show: (row) => `${row.file.width} × ${row.file.height}` },
      { name: "Components", value: (row) => row.file.components, show: (row) => short(row.file.components) },
    ]
  : [
      { name: isOfSounds ? "Channels" : "Leads", value: (row) => row.file.leads, show: (row) => short(row.file.leads) },
      { name: "Hz", value: (row) => row.file.rate, show: (row) => short(row.file.rate) },
      { name: "Length", value: (row) => row.file.seconds, show: (row) => clock(row.file.seconds) },
    ];

function lookButton(file) {
  const [shown, viewing, section, canvas] = isOfPictures
    ? [pictures, comparer, "picture", "compare"] : isOfSounds ? [sounds, listener, "sound", "spectrograms"] : [signals, viewer, "signal", "trace"];
  const index = shown.findIndex((each) => each.file === file.file);
  if (index < 0) return "";
  const button = make("button", { type: "button", "aria-label": `${isOfSounds ? "Listen to" : "Look at"} ${shortName(file.file)}` }, isOfSounds ? "Listen" : "Look");
  button.addEventListener("click", () => {
    viewing.open(index);
    $(section).scrollIntoView();
    $(canvas).focus({ preventScroll: true });
  });
  return button;
}

// All files together: matched peaks over all peaks, so that files count by their beats.
function showBeats() {
  const rows = lossy.flatMap((coder) =>
    settingsOf(coder.name).flatMap((setting) => {
      const points = report.files.map((file) => pointOf(file, coder.name, setting)).filter((point) => point?.r_peaks);
      if (points.length === 0) return [];
      const sum = (value) => points.reduce((total, point) => total + value(point), 0);
      const [original, decoded] = [sum((point) => point.r_peaks.original), sum((point) => point.r_peaks.decoded)];
      const matched = sum((point) => Math.round((point.r_peaks.original * (point.r_peaks.sensitivity ?? 0)) / 100));
      const average = (values) => (values.some(isNumber) ? mean(values.filter(isNumber)) : null);
      const part = (whole) => (whole > 0 ? (100 * matched) / whole : null);
      const jitter = average(points.map((point) => point.r_peaks.jitter_ms));
      const [rate, prdn] = ["bit_per_sample", "prdn"].map((key) => average(points.map((point) => point[key])));
      const [missed, extra] = [original - matched, decoded - matched];
      return [{ coder, setting, rate, prdn, original, missed, extra, sensitivity: part(original), ppv: part(decoded), jitter }];
    }));
  $("beats").hidden = rows.length === 0;
  if (rows.length === 0) return;
  const number = (key, name, text = short, startsLow = false) => {
    return { name, startsLow, value: (row) => row[key], show: (row) => (row[key] === null ? "–" : text(row[key])) };
  };
  const percent = (value) => `${fixed(value, 2)}\u202f%`;
  new SortedTable($("beats-table"), "R-peaks").show([
    { name: "Coder", isText: true, value: (row) => row.coder.name, show: (row) => coderCell(row.coder) }, number("setting", "Setting"),
    number("rate", "bit/sample", three), number("prdn", "PRDN %", three), number("sensitivity", "Sensitivity", percent),
    number("ppv", "Pos. predictive value", percent), number("missed", "Missed"), number("extra", "Extra"),
    number("jitter", "Jitter ms", (value) => fixed(value, 2), true),
  ], rows);
  $("beats-note").textContent =
    `${count(Math.max(...rows.map((row) => row.original)), "R-peak")} of the originals, looked for again in what was decoded; sensitivity and `
    + `positive predictive value over all beats, jitter the mean over files. In detail: ${report.definitions?.r_peaks ?? ""}.`;
}
