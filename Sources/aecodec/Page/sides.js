// Two versions of a file beside each other: the original, or what a coder made of it at a setting. Each side has a select of coders and one of settings, whose ids
// begin with the side's name. What extends it has load(), which shows the sides.
class Sides {
  constructor(names) {
    this.names = names;
  }

  startSides() {
    for (const [side, name] of this.names.entries()) {
      $(`${name}-coder`).addEventListener("change", () => this.chooseCoder(side, $(`${name}-coder`).value));
      $(`${name}-setting`).addEventListener("change", () => this.choose(side, this.shown.versions[Number($(`${name}-setting`).value)]));
    }
  }

  // Another file through the same coders where it has them.
  openSides(shown) {
    const before = this.sides?.map((version) => version?.coder);
    this.shown = shown;
    const coders = [...new Set(shown.versions.map((version) => version.coder))];
    for (const name of this.names) fill($(`${name}-coder`), [["", "original"], ...coders.map((coder) => [coder, coder])]);
    const first = shown.versions.filter((version) => version.coder === coders[0]);
    const middle = first[Math.floor(first.length / 2)] ?? null;
    this.sides = [null, middle];
    before?.forEach((coder, side) => { this.sides[side] = coder ? this.nearest(coder, middle) : null; });
    this.names.forEach((_, side) => this.fillSettings(side));
  }

  figures(version) {
    return version && pointOf(report.files.find((each) => each.file === this.shown.file), version.coder, version.setting);
  }

  // What a coder made of the file in about as many bytes as another version has.
  nearest(coder, version) {
    const size = this.figures(version)?.bytes ?? 0;
    const away = (each) => Math.abs((this.figures(each)?.bytes ?? 0) - size);
    const own = this.shown.versions.filter((each) => each.coder === coder);
    return own.length ? own.reduce((a, b) => (away(b) < away(a) ? b : a)) : null;
  }

  chooseCoder(side, coder) {
    return this.choose(side, coder ? this.nearest(coder, this.sides[side] ?? this.sides[1 - side]) : null);
  }

  choose(side, version) {
    this.sides[side] = version;
    this.fillSettings(side);
    return this.load();
  }

  exchange() {
    this.sides.reverse();
    this.names.forEach((_, side) => this.fillSettings(side));
    return this.load();
  }

  // What a version is, with its rate and some figures.
  described(version, keys) {
    const point = this.figures(version);
    if (!point) return version ? version.coder : "the original";
    const figures = keys.map(metricOf).filter((metric) => isNumber(point[metric.key]));
    const list = [`${short(point[rate.key])} ${rate.name}`, ...figures.map((metric) => `${metric.name} ${withUnit(metric, point[metric.key])}`)];
    return `${version.coder} at ${short(version.setting)} (${list.join(", ")})`;
  }

  fillSettings(side) {
    const [version, select] = [this.sides[side], $(`${this.names[side]}-setting`)];
    $(`${this.names[side]}-coder`).value = version?.coder ?? "";
    select.hidden = !version;
    const own = [...this.shown.versions.entries()].filter(([, each]) => each.coder === version?.coder);
    fill(select, own.map(([k, each]) => [k, this.settingText(each)]), this.shown.versions.indexOf(version));
  }

  settingText(version) {
    const word = coders.find((coder) => coder.name === version.coder)?.word ?? "setting";
    return `${word} ${short(version.setting)}: ${short(this.figures(version)?.[rate.key])} ${rate.name}`;
  }
}
