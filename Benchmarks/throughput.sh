#!/bin/sh
# Throughput of encode, decode and verify on the sample signals repeated, by length of the chunks and number of jobs; peak memory by length of the signal.
# Prints Markdown tables; the best of three runs each, MB of 16-bit samples.
# usage: throughput.sh PROGRAM CODEC    (takes GNU time)
set -eu
program=$1 codec=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

# 30 minutes of two leads at 250 Hz: 1000 bytes are a second.
"$program" encode "$(dirname "$0")/../samples/ecg2" --lossless -c "$codec" -o "$folder/one.aec" 2>/dev/null
"$program" decode "$folder/one.aec" -c "$codec" --format raw -o "$folder/one.raw" 2>/dev/null
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cat "$folder/one.raw"; done > "$folder/x.raw"
bytes=$(wc -c < "$folder/x.raw")
raw="--raw s16le --rate 250 --channels 2"

# measure RUNS ARGUMENTS...: least wall time and least processor time in seconds, largest peak memory in kB
measure() {
  runs=$1
  shift
  for k in $(seq "$runs"); do
    /usr/bin/time -f '%e %U %S %M' -o "$folder/time" "$program" "$@" -c "$codec" > /dev/null 2>&1
    cat "$folder/time"
  done | awk '{ cpu = $2 + $3; if (NR == 1 || $1 < wall) wall = $1; if (NR == 1 || cpu < best) best = cpu; if ($4 > peak) peak = $4 } END { print wall, best, peak }'
}

speed() { awk -v s="$1" -v b="$bytes" 'BEGIN { if (s < 0.01) s = 0.01; printf " %.2f | %.0f |", b / s / 1e6, b / 1000 / s }'; }

echo "| | chunk | jobs | MB/s | times real time | MB a processor second | seconds of signal in it |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for chunk in 30 60 300; do
  for jobs in 1 2; do
    for verb in encode decode verify; do
      case $verb in
        encode) set -- encode "$folder/x.raw" $raw --chunk $chunk -f -o "$folder/x.aec" ;;
        decode) set -- decode "$folder/x.aec" -f -o "$folder/y.raw" ;;
        verify) set -- verify "$folder/x.aec" ;;
      esac
      # shellcheck disable=SC2046
      set -- $(measure 3 "$@" -j $jobs)
      echo "| $verb | $chunk s | $jobs |$(speed "$1")$(speed "$2")"
    done
  done
done

echo
echo "| minutes | encode, MB | decode | verify |"
echo "| --- | --- | --- | --- |"
for minutes in 1 10 60 360 1440; do
  parts=$((minutes / 30))
  { for k in $(seq $parts); do cat "$folder/x.raw"; done; head -c $((minutes % 30 * 60000)) "$folder/x.raw"; } > "$folder/long.raw"
  row="| $minutes |"
  for verb in encode decode verify; do
    case $verb in
      encode) set -- encode "$folder/long.raw" $raw -f -o "$folder/long.aec" ;;
      decode) set -- decode "$folder/long.aec" -f -o "$folder/y.raw" ;;
      verify) set -- verify "$folder/long.aec" ;;
    esac
    # shellcheck disable=SC2046
    set -- $(measure 1 "$@" -j 2)
    row="$row $(awk -v k="$3" 'BEGIN { printf "%.1f", k / 1024 }') |"
  done
  echo "$row"
done
