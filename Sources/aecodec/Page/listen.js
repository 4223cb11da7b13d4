// Two versions of a sound: their spectrograms above each other, and both played at once, of which one is heard, so that switching leaves no gap.
const sounds = [...document.querySelectorAll("script.sound")].map((element) => JSON.parse(element.textContent));
const judged = ["pesq", "visqol", "stoi", "log_mel"];

// The samples of a WAV file as this program writes it: 16 bits, a head of 44 bytes.
function unpackedWave(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const [channels, rate, length] = [view.getUint16(22, true), view.getUint32(24, true), view.getUint32(40, true) / (2 * view.getUint16(22, true))];
  const sample = (c) => (_, k) => view.getInt16(44 + 2 * (k * channels + c), true) / 32768;
  return { rate, length, channels: Array.from({ length: channels }, (_, c) => Float32Array.from({ length }, sample(c))) };
}

class Listener extends Sides {
  constructor() {
    super(["a", "b"]);
    this.canvas = $("spectrograms");
    Object.assign(this, { heard: 0, position: 0, playing: null, held: new Map() });
  }

  start() {
    fill($("sound-file"), sounds.map((sound, k) => [k, shortName(sound.file)]));
    $("sound-file").addEventListener("change", () => this.open(Number($("sound-file").value)));
    this.startSides();
    $("play").addEventListener("click", () => this.toggle());
    $("switch").addEventListener("click", () => this.hear(1 - this.heard));
    this.canvas.addEventListener("pointerdown", (event) => this.seekTo(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    return this.open(0);
  }

  open(index) {
    this.pause();
    $("sound-file").value = index;
    this.held = new Map();
    this.position = 0;
    this.openSides(sounds[index]);
    this.showPlayers();
    return this.load();
  }

  // A player for each version.
  showPlayers() {
    const player = (name, wave) => {
      const audio = make("audio", { controls: "", preload: "none", src: `data:audio/wav;base64,${wave}`, "aria-label": name });
      audio.addEventListener("play", () => {
        this.pause();
        for (const other of document.querySelectorAll("#players audio")) if (other !== audio) other.pause();
      });
      return make("li", {}, make("span", {}, name), audio);
    };
    const name = (version) => `${version.coder}, ${this.settingText(version)}`;
    $("players").replaceChildren(player("original", this.shown.original), ...this.shown.versions.map((each) => player(name(each), each.wave)));
  }

  wave(version) {
    const text = version ? version.wave : this.shown.original;
    if (!this.held.has(text)) this.held.set(text, unpackedWave(text));
    return this.held.get(text);
  }

  load() {
    const wasPlaying = this.playing !== null;
    this.pause();
    this.waves = this.sides.map((version) => this.wave(version));
    this.describe();
    this.draw();
    if (wasPlaying) this.play();
  }

  describe() {
    const [a, b] = this.sides.map((version) => this.described(version, judged));
    $("sound-figures").textContent = `A: ${a}. B: ${b}.`;
    const { rate: sampleRate, length } = this.waves[0];
    const whole = report.files.find((file) => file.file === this.shown.file);
    const isPart = whole && whole.samples > length;
    const isSome = sounds.length < report.files.length;
    const held = [
      ...(isSome ? [`${sounds.length} of ${count(report.files.length, "file")}`] : []),
      ...(isPart ? [`the first ${short(length / sampleRate)} s of this one`] : []),
    ];
    $("sound-limit").textContent =
      (held.length ? `This page holds ${held.join(", and ")}, so that it stays small. Figures are of the whole file. ` : "")
      + `Of peers there are the settings whose files come nearest in size to those of ${this.shown.versions[0]?.coder ?? "ours"}.`;
  }

  get seconds() { return this.waves[0].length / this.waves[0].rate; }

  // Where it plays, in seconds.
  get now() {
    if (!this.playing) return this.position;
    return Math.max(0, Math.min(this.seconds, this.context.currentTime - this.playing.begin));
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    for (const audio of document.querySelectorAll("#players audio")) audio.pause();
    this.context ??= new AudioContext();
    this.context.resume();
    if (this.position >= this.seconds - 0.01) this.position = 0;
    const when = this.context.currentTime + 0.02;
    const voices = this.waves.map((wave, side) => {
      const buffer = this.context.createBuffer(wave.channels.length, wave.length, wave.rate);
      wave.channels.forEach((channel, c) => buffer.copyToChannel(channel, c));
      const [source, gain] = [new AudioBufferSourceNode(this.context, { buffer }), new GainNode(this.context, { gain: side === this.heard ? 1 : 0 })];
      source.connect(gain).connect(this.context.destination);
      source.start(when, this.position);
      return { source, gain };
    });
    this.playing = { voices, begin: when - this.position };
    voices[0].source.addEventListener("ended", () => {
      if (this.playing?.voices === voices) this.pause();
    });
    this.follow();
  }

  pause() {
    if (!this.playing) return;
    this.position = this.now >= this.seconds - 0.01 ? 0 : this.now;
    for (const { source } of this.playing.voices) source.stop();
    this.playing = null;
    this.draw();
  }

  // Fades within some milliseconds, so that it does not click.
  hear(side) {
    this.heard = side;
    this.playing?.voices.forEach(({ gain }, k) => gain.gain.setTargetAtTime(k === side ? 1 : 0, this.context.currentTime, 0.004));
    this.draw();
  }

  seek(seconds) {
    const wasPlaying = this.playing !== null;
    this.pause();
    this.position = Math.max(0, Math.min(this.seconds, seconds));
    if (wasPlaying) this.play();
    this.draw();
  }

  seekTo(event) {
    const { left, right } = this.area(this.canvas.clientWidth);
    this.seek(((event.offsetX - left) / (right - left)) * this.seconds);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      " ": () => this.toggle(), x: () => this.hear(1 - this.heard), ArrowLeft: () => this.seek(this.now - 1), ArrowRight: () => this.seek(this.now + 1),
      Home: () => this.seek(0), a: () => this.hear(0), b: () => this.hear(1),
    };
    if (!actions[event.key]) return;
    actions[event.key]();
    event.preventDefault();
  }

  follow() {
    this.draw();
    if (this.playing) requestAnimationFrame(() => this.follow());
  }

  area(width) { return { left: margin.left, right: width - margin.right }; }

  draw = onceAFrame(() => {
    if (!this.waves) return;
    this.drawPanels(begin(this.canvas));
    this.say();
  });

  // The picture of a version at a width, kept.
  image(wave, columns) {
    if (wave.image?.width !== columns) wave.image = spectrogram(wave.channels[0], wave.rate, columns);
    return wave.image;
  }

  drawPanels(pen) {
    const { context, width, height, colour } = pen;
    const { left, right } = this.area(width);
    const gap = 30;
    const panel = Math.floor((height - 22 - gap - 24) / 2);
    context.textBaseline = "middle";
    for (const [side, wave] of this.waves.entries()) {
      const top = 22 + side * (panel + gap);
      context.imageSmoothingEnabled = true;
      context.drawImage(this.image(wave, Math.max(2, Math.min(1200, Math.round(right - left)))), left, top, right - left, panel);
      const isHeard = side === this.heard;
      context.textAlign = "left";
      context.fillStyle = colour(isHeard ? "--ink" : "--soft");
      const version = this.sides[side];
      const name = version ? `${version.coder}, ${short(version.setting)}` : "original";
      context.fillText(`${this.names[side].toUpperCase()}: ${name}${isHeard ? " (heard)" : ""}`, left, top - 10);
      context.textAlign = "right";
      context.fillStyle = colour("--soft");
      const highest = wave.rate / 2000;
      for (const tick of linearTicks(0, highest, 4)) context.fillText(`${short(tick)} kHz`, left - 6, top + panel * (1 - tick / highest));
    }
    const bottom = 22 + 2 * panel + gap;
    context.textAlign = "center";
    context.fillStyle = colour("--soft");
    const x = (seconds) => left + (seconds / this.seconds) * (right - left);
    const ticks = linearTicks(0, this.seconds, Math.max(2, width / 130));
    const texts = tickTexts(ticks);
    for (const [k, tick] of ticks.entries()) context.fillText(`${texts[k]} s`, Math.min(x(tick), right - 12), bottom + 13);
    context.fillStyle = "#fff";
    context.fillRect(Math.round(x(this.now)), 22, 1.5, bottom - 22);
  }

  say() {
    const text = this.playing ? "Pause" : "Play";
    if ($("play").textContent !== text) $("play").textContent = text;
    $("switch").textContent = `Hear ${this.names[1 - this.heard].toUpperCase()}`;
    const time = `${this.names[this.heard].toUpperCase()} at ${clock(this.now, 1)}`;
    if ($("sound-time").textContent !== time) $("sound-time").textContent = time;
    const names = this.sides.map((version) => (version ? `${version.coder} at ${short(version.setting)}` : "original"));
    this.canvas.setAttribute("aria-label", `Spectrograms of ${shortName(this.shown.file)}: A ${names[0]}, above B ${names[1]}`);
    Object.assign(this.canvas.dataset, { heard: this.names[this.heard], seconds: this.now.toFixed(3), playing: this.playing ? "yes" : "no", ready: "yes" });
  }
}
