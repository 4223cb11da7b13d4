#!/bin/sh
# Encodes and decodes the samples with the shipped codecs, and draws what became of them.
# usage: demo.sh PROGRAM CODECS FOLDER
set -eu
program=$1 codecs=$2 out=$3
codec=$codecs/ecg
samples=$(dirname "$0")
mkdir -p "$out"

for name in ecg1 ecg2 ecg12 ecg.csv; do
  rate=""
  case $name in *.csv) rate="--rate 250" ;; esac
  for quality in 30 50 80; do
    printf 'q %s  ' "$quality" >&2
    "$program" encode "$samples/$name" $rate -c "$codec" -q "$quality" -o "$out/$name-q$quality.aec" -f
  done
  "$program" decode "$out/$name-q50.aec" -c "$codec" -o "$out/${name%.csv}" --format wfdb -f

  # Original and decoded signal as tables, side by side in a drawing.
  "$program" encode "$samples/$name" $rate -c "$codec" --lossless -o "$out/$name-lossless.aec" -f
  "$program" decode "$out/$name-lossless.aec" -c "$codec" --format csv -o "$out/original.csv" -f 2>/dev/null
  "$program" decode "$out/$name-q50.aec" -c "$codec" --format csv -o "$out/decoded.csv" -f 2>/dev/null
  awk -v title="$name, quality 50: original (grey) and decoded (red)" -v count=2000 -f "$samples/plot.awk" \
    "$out/original.csv" "$out/decoded.csv" > "$out/$name.svg"
  rm "$out/original.csv" "$out/decoded.csv"
  echo "drawn: $out/$name.svg"
done

# A stack of drawn digits, by codecs that have learned handwritten ones: with loss and without, then all of them by their codes.
glyphs=$samples/glyphs-images-idx3-ubyte
for quality in 10 30 80; do
  printf 'q %s  ' "$quality" >&2
  "$program" encode "$glyphs" -c "$codecs/digits" -q "$quality" -o "$out/glyphs-q$quality.aec" -f
done
"$program" decode "$out/glyphs-q30.aec" -c "$codecs/digits" -o "$out/glyphs-images-idx3-ubyte" -f
"$program" encode "$glyphs" -c "$codecs/digits-lossless" --lossless -o "$out/glyphs-lossless.aec" -f
"$program" map "$glyphs" -c "$codecs/digits" --labels "$samples/glyphs-labels-idx1-ubyte" -o "$out/glyphs.html" -f
echo "drawn: $out/glyphs.html"

# A picture by the codec that is taken where none is named: with loss, and pixel by pixel without.
for quality in 20 40 60; do
  printf 'q %s  ' "$quality" >&2
  "$program" encode "$samples/scene.png" -q "$quality" -o "$out/scene-q$quality.aec" -f
done
"$program" decode "$out/scene-q40.aec" -o "$out/scene.png" -f
"$program" encode "$samples/scene.png" --lossless -o "$out/scene-lossless.aec" -f
echo "decoded at quality 40: $out/scene.png"

# A voice, by the codec that is taken for sound.
for quality in 0 20 50; do
  printf 'q %s  ' "$quality" >&2
  "$program" encode "$samples/voice.wav" -q "$quality" -o "$out/voice-q$quality.aec" -f
done
"$program" decode "$out/voice-q20.aec" -o "$out/voice.wav" -f
"$program" encode "$samples/voice.wav" --lossless -o "$out/voice-lossless.aec" -f
echo "decoded at quality 20: $out/voice.wav"
