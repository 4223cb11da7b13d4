// What stands around the figures, and the order in which everything begins.
function showAbout() {
  const total = (key) => report.files.reduce((sum, file) => sum + file[key], 0);
  const hours = isOfPictures ? 0 : total("seconds") / 3600;
  const length = hours >= 1 ? `${short(hours)} h of signal` : `${clock(hours * 3600)} min of signal`;
  const files = isOfPictures
    ? `${count(report.files.length, "picture")}, ${short(total("pixels") / 1e6)} megapixels` : `${count(report.files.length, "file")}, ${length}`;
  const peers = coders.filter((coder) => coder.isPeer).map((coder) => coder.name);
  const names = peers.length ? ` beside ${peers.join(", ")}` : "";
  const own = report.codecs.map((codec) => codec.name).join(", ");
  $("about").textContent = `${report.codecs.length > 1 ? "Codecs" : "Codec"} ${own}${names}: ${files}.`;
  document.title = `${own}: rate and distortion`;
}

// Against each peer that of our ways which needs least; then how fast that is.
function showHeadline() {
  const tiles = rated.flatMap((peer) => {
    const own = lossy.filter((coder) => !coder.isPeer && coder.figures.bd_rate?.[peer]);
    if (own.length === 0) return [];
    const best = own.reduce((a, b) => (b.figures.bd_rate[peer].percent < a.figures.bd_rate[peer].percent ? b : a));
    const bd = best.figures.bd_rate[peer];
    const percent = Math.abs(bd.percent) >= 10 ? signed(bd.percent, 0) : signed(bd.percent, 1);
    const text = `rate against ${peer} at equal ${rangeText(bd).replace(" ", ", ")}`;
    return [{ figure: `${percent}\u202f%`, text, coder: best }];
  }).slice(0, isOfPictures ? 5 : 3);
  for (const coder of [...new Set(tiles.map((tile) => tile.coder))].slice(0, 1)) {
    const [encode, decode] = [coder.figures[speed.encode], coder.figures[speed.decode]];
    const [unit, words] = isOfPictures ? ["", "megapixels a second encoding"] : ["×", "real time encoding"];
    if (isNumber(encode)) tiles.push({ figure: `${short(encode)}${unit}`, text: `${words}, ${short(decode)}${unit} decoding, on one thread`, coder });
  }
  const item = (tile) => make("li", {}, make("strong", {}, tile.figure), make("span", {}, tile.text), make("span", {}, tile.coder.name));
  $("headline").replaceChildren(...tiles.map(item));
  $("headline").hidden = tiles.length === 0;
}

// Files that failed; coders that are not there; and for each reason that took points of a coder its settings and files.
function showFailures() {
  const failed = report.files.flatMap((file) => (file.failed ?? []).map((each) => ({ ...each, file: shortName(file.file) })));
  const groups = [...Map.groupBy(failed, (each) => `${each.coder}\n${each.reason}`).values()];
  const lines = [
    ...(report.failed ?? []).map((each) => `${each.file}: ${withoutPrefix(each.reason, each.file)}`),
    ...(report.left_out ?? []).map((each) => `${each.coder} was left out: ${each.reason}`),
    ...groups.map((group) => {
      const settings = [...new Set(group.map((each) => each.setting))].filter((setting) => setting !== null);
      const files = [...new Set(group.map((each) => each.file))];
      const more = files.length > 4 ? ` and ${files.length - 3} more` : "";
      const where = files.length === report.files.length && files.length > 1 ? "all files" : files.slice(0, more ? 3 : 4).join(", ") + more;
      return `${group[0].coder}${settings.length ? ` at ${settings.map(short).join(", ")}` : ""}, ${where}: ${group[0].reason}`;
    }),
  ];
  const box = $("failures");
  box.hidden = lines.length === 0;
  box.replaceChildren(make("h2", {}, "Not everything could be measured"), make("ul", {}, ...lines.map((line) => make("li", {}, line))));
}
const withoutPrefix = (text, prefix) => (text.startsWith(`${prefix}: `) ? text.slice(prefix.length + 2) : text);

function showMaking() {
  // As a shell would take it again.
  const quoted = (word) => (/^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  $("command").textContent = report.command.map(quoted).join(" ");
  const entries = (object) => Object.entries(object).flatMap(([name, text]) => [make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, text)]);
  $("versions").replaceChildren(...entries(report.versions), ...entries(report.judges ?? {}), ...report.codecs.flatMap((codec) => entries({ codec: `${codec.name}, id ${codec.id}` })));
  $("definitions").replaceChildren(...entries(report.definitions ?? {}));
}

function startTheme(redraw) {
  const radios = [...document.querySelectorAll("#theme input")];
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    radios.forEach((radio) => { radio.checked = radio.value === theme; });
    redraw();
  };
  // Pages from a disk may not be allowed to remember.
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { kept = null; }
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      apply(radio.value);
      try { localStorage.setItem("theme", radio.value); } catch { kept = null; }
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  if (["light", "dark"].includes(kept)) apply(kept);
}

const viewer = new Viewer();
const comparer = new Comparer();
const listener = new Listener();
showAbout();
showHeadline();
showFailures();
showMaking();
startCurves();
showRates();
showLossless();
showBeats();
showLevels();
startFiles();
if (signals.length > 0) await viewer.start();
else $("signal").hidden = true;
if (pictures.length > 0) {
  $("picture").hidden = false;
  document.querySelector(".skip").href = "#picture";
  await comparer.start();
}
if (sounds.length > 0) {
  $("sound").hidden = false;
  document.querySelector(".skip").href = "#sound";
  listener.start();
}
startTheme(() => {
  viewer.draw();
  comparer.draw();
  listener.draw();
});
document.documentElement.dataset.ready = "yes";
