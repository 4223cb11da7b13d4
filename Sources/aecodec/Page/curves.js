// The two charts and the legend they share.
const charts = { curves: new Chart($("curves-chart"), "Distortion against rate"), speed: new Chart($("speed-chart"), "Speed against rate") };

function startCurves() {
  fill($("curves-metric"), metricsInUse((metric) => !metric.isSpeed).map((metric) => [metric.key, metric.name]));
  fill($("curves-file"), [["", `all files (mean of ${report.files.length})`], ...report.files.map((file, k) => [k, shortName(file.file)])]);
  fill($("speed-metric"), metricsInUse((metric) => metric.isSpeed).map((metric) => [metric.key, metric.name.toLowerCase()]));
  for (const id of ["curves-metric", "curves-file", "curves-each", "speed-metric"]) $(id).addEventListener("change", drawCurves);
  $("legend").replaceChildren(...lossy.map(legendButton));
  drawCurves();
}

function legendButton(coder) {
  const button = make("button", { type: "button", "aria-pressed": "true" }, swatch(coder), coder.name);
  button.addEventListener("click", () => {
    coder.isShown = !coder.isShown;
    button.setAttribute("aria-pressed", coder.isShown);
    drawCurves();
  });
  return button;
}

const chosenFile = () => ($("curves-file").value === "" ? null : report.files[Number($("curves-file").value)]);

function drawCurves() {
  const metric = metricOf($("curves-metric").value);
  const speeds = metricOf($("speed-metric").value);
  const file = chosenFile();
  $("curves-each-label").hidden = file !== null || report.files.length < 2;
  if (metric) drawChart(charts.curves, metric, file, !file && $("curves-each").checked);
  if (speeds) drawChart(charts.speed, speeds, null, false);
  $("curves-note").textContent = metric ? `${metric.isLowBetter ? "Lower" : "Higher"} and further left is better. ${meaning(metric)}${partly()}` : "";
  $("speed-note").textContent =
    `${speeds?.isLowBetter ? "Lower" : "Higher"} is better. Means over all files; each point is one setting, on one thread, by the clock on the wall.`;
}

const meaning = (metric) => {
  const text = report.definitions?.[metric.isBeats ? "r_peaks" : metric.key === "level_error" ? "third_octaves" : metric.key];
  return text ? `${metric.isBeats ? "R-peaks" : metric.name}: ${text}.` : "";
};

function drawChart(chart, metric, file, withEach) {
  const shown = lossy.filter((coder) => coder.isShown);
  const faint = (withEach ? report.files : [])
    .flatMap((each) => shown.map((coder) => ({ coder, points: curve(metric, coder.name, each), isFaint: true })));
  const series = shown.map((coder) => ({ coder, points: curve(metric, coder.name, file), isFaint: false }));
  const about = [metric.unit, metric.isLog && "logarithmic"].filter(Boolean).join(", ");
  const axes = {
    x: { label: `${rate.name}, logarithmic` },
    y: { ...metric, label: metric.name + (about ? ` (${about})` : "") },
  };
  chart.show([...faint, ...series].filter((each) => each.points.length > 0), axes, (each, point) => tipRows(each.coder, metric, file, point));
}

function tipRows(coder, metric, file, point) {
  const known = (key) => {
    const values = point.points.map((each) => valueOf(metricOf(key), each)).filter(isNumber);
    return values.length ? withUnit(metricOf(key), mean(values)) : null;
  };
  const quality = isOfPictures ? ["psnr", "ms_ssim"] : isOfSounds ? [...judged, "level_error"] : ["prdn", "snr", "max_error"];
  const more = [...quality, speed.encode, speed.decode].filter((key) => key !== metric.key);
  const ratio = isOfPictures || isOfSounds ? [] : [["CR, 11 bit", short(1 / mean(point.points.map((each) => 1 / each.cr11)))]];
  return [
    [coder.word, short(point.setting)], ["rate", `${short(point.x)} ${rate.name}`], ...ratio,
    ...(point.points.length === 1 ? [["bytes", short(point.points[0].bytes)]] : []), [metric.name, withUnit(metric, point.y)],
    ...more.map((key) => [metricOf(key).name, known(key)]).filter(([, text]) => text), ...(file ? [] : [["mean of", count(point.count, "file")]]),
  ];
}
