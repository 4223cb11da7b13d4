// The samples of each shown file, decoded when they are first looked at.
const signals = [...document.querySelectorAll("script.signal")].map((element) => JSON.parse(element.textContent));
const blockLength = 64;

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A lead's part: signed varints (LEB128 of zigzag), up to 33 bits wide: the first sample, differences, then the errors.
function unpacked(bytes, length) {
  const [original, decoded] = [new Int32Array(length), new Int32Array(length)];
  let position = 0;
  const next = () => {
    let [value, weight, byte] = [0, 1, 0];
    do {
      byte = bytes[position++];
      value += (byte & 127) * weight;
      weight *= 128;
    } while (byte > 127);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  for (let k = 0, last = 0; k < length; k++) original[k] = last += next();
  for (let k = 0; k < length; k++) decoded[k] = original[k] + next();
  return { original, decoded, blocks: blocks(original, decoded) };
}

// Lowest and highest original, decoded and error of each block, for when there are many samples to a pixel.
function blocks(original, decoded) {
  const number = Math.ceil(original.length / blockLength);
  const result = { original: extremes(number), decoded: extremes(number), error: extremes(number) };
  for (let k = 0; k < original.length; k++) {
    const block = Math.floor(k / blockLength);
    include(result.original, block, original[k]);
    include(result.decoded, block, decoded[k]);
    include(result.error, block, decoded[k] - original[k]);
  }
  return result;
}

const extremes = (number) => ({ low: new Float64Array(number).fill(Infinity), high: new Float64Array(number).fill(-Infinity) });
function include(extremes, index, value) {
  if (value < extremes.low[index]) extremes.low[index] = value;
  if (value > extremes.high[index]) extremes.high[index] = value;
}

// Lowest and highest of a part's samples from index `from` up to `to`.
function between(part, name, from, to) {
  let [low, high] = [Infinity, -Infinity];
  const { low: lows, high: highs } = part.blocks[name];
  const { original, decoded } = part;
  const take = (k) => {
    const value = name === "error" ? decoded[k] - original[k] : part[name][k];
    if (value < low) low = value;
    if (value > high) high = value;
  };
  let k = from;
  for (; k < to && k % blockLength; k++) take(k);
  for (; k + blockLength <= to; k += blockLength) {
    low = Math.min(low, lows[k / blockLength]);
    high = Math.max(high, highs[k / blockLength]);
  }
  for (; k < to; k++) take(k);
  return [low, high];
}

// Each lead's parts: [{from, to, original, decoded, blocks}], kept once they are there.
const held = new Map();
function samplesOf(signal, lead) {
  const key = `${signals.indexOf(signal)} ${lead}`;
  if (!held.has(key)) {
    held.set(key, Promise.all(signal.parts.map(async (part) => {
      return { from: part.from, to: part.from + part.count, ...unpacked(await inflated(part.leads[lead]), part.count) };
    })));
  }
  return held.get(key);
}
