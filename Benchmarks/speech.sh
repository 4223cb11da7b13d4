#!/bin/sh
# Throughput of the codec of speech on five minutes of the sample voice, on one core: times real time by processor seconds (user and system), the best of three runs; and peak memory.
# usage: speech.sh PROGRAM CODEC    (takes GNU time)
set -eu
program=$1 codec=$2 seconds=300
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

for k in $(seq 50); do tail -c +45 "$(dirname "$0")/../samples/voice.wav"; done > "$folder/x.raw"

# row NAME ARGUMENTS...
row() {
  name=$1
  shift
  for k in 1 2 3; do
    /usr/bin/time -f '%U %S %M' -o "$folder/time" "$program" "$@" -f -j 1 -c "$codec" > /dev/null 2>&1
    cat "$folder/time"
  done | awk -v name="$name" -v s="$seconds" '{ cpu = $1 + $2; if (NR == 1 || cpu < best) best = cpu; if ($3 > peak) peak = $3 }
    END { printf "| %s | %.0f | %.0f MB |\n", name, s / best, peak / 1000 }'
}

echo "| | times real time | memory |"
echo "| --- | --- | --- |"
for quality in 0 20 50 100; do
  row "encode, quality $quality" encode --raw s16le --rate 16000 "$folder/x.raw" -o "$folder/x.aec" -q $quality
  row "decode, quality $quality" decode "$folder/x.aec" -o "$folder/y.raw"
done
