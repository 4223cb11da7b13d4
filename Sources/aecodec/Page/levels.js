// Sounds: how much louder or softer thirds of an octave come back, the mean over files, for each coder and setting.
function showLevels() {
  const rows = lossy.flatMap((coder) =>
    settingsOf(coder.name).flatMap((setting) => {
      const points = report.files.map((file) => pointOf(file, coder.name, setting)).filter((point) => point?.third_octaves);
      const levels = {};
      for (const band of new Set(points.flatMap((point) => Object.keys(point.third_octaves)))) {
        levels[band] = mean(points.map((point) => point.third_octaves[band]).filter(isNumber));
      }
      const worst = Math.max(...Object.values(levels).map(Math.abs));
      return Number.isFinite(worst) ? [{ coder, setting, rate: mean(points.map((point) => point[rate.key])), levels, worst }] : [];
    }));
  $("levels").hidden = rows.length === 0;
  if (rows.length === 0) return;
  const bands = [...new Set(rows.flatMap((row) => Object.keys(row.levels)))].map(Number).sort((a, b) => a - b);
  const number = (name, value, text) => ({ name, value, show: (row) => (isNumber(value(row)) ? text(value(row)) : "–") });
  new SortedTable($("levels-table"), "Level by third of an octave").show([
    { name: "Coder", isText: true, value: (row) => row.coder.name, show: (row) => coderCell(row.coder) }, number("Setting", (row) => row.setting, short),
    number(rate.name, (row) => row.rate, three), { ...number("Worst", (row) => row.worst, (value) => fixed(value, 1)), startsLow: true },
    ...bands.map((band) => number(`${short(band)} Hz`, (row) => row.levels[band] ?? null, (value) => signed(value, 1))),
  ], rows);
  $("levels-note").textContent = `In dB, decoded less original, mean over files. ${meaning({ key: "third_octaves", name: "Thirds of an octave" })}`;
}
