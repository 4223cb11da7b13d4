#!/bin/sh
# Times of encode, decode and verify on the sample signals repeated, by length of the chunks and number of jobs; peak memory by length.
# usage: throughput.sh PROGRAM CODEC
set -eu
program=$1 codec=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

# 30 minutes of two leads at 250 Hz, 16 bit.
"$program" encode "$(dirname "$0")/../samples/ecg2" --lossless -c "$codec" -o "$folder/one.aec" 2>/dev/null
"$program" decode "$folder/one.aec" -c "$codec" --format raw -o "$folder/one.raw" 2>/dev/null
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cat "$folder/one.raw"; done > "$folder/x.raw"
bytes=$(wc -c < "$folder/x.raw")
raw="--raw s16le --rate 250 --channels 2"

# seconds COMMAND...: wall time
seconds() {
  start=$(date +%s.%N)
  "$@" > /dev/null 2>&1
  end=$(date +%s.%N)
  awk -v a="$start" -v b="$end" 'BEGIN { printf "%.4f", b - a }'
}

row() { awk -v w="$1" -v c="$2" -v j="$3" -v s="$4" -v b="$bytes" 'BEGIN { printf "%-8s %8s %5s %9.3f s %9.1f MB/s %9.0f x real time\n", w, c, j, s, b / s / 1e6, b / 1000 / s }'; }

printf '%-8s %8s %5s\n' verb chunk jobs
for chunk in 30 300; do
  for jobs in 1 2; do
    row encode "$chunk s" $jobs "$(seconds "$program" encode "$folder/x.raw" $raw -c "$codec" --chunk $chunk -j $jobs -f -o "$folder/x.aec")"
    row decode "$chunk s" $jobs "$(seconds "$program" decode "$folder/x.aec" -c "$codec" -j $jobs -f -o "$folder/y.raw")"
    row verify "$chunk s" $jobs "$(seconds "$program" verify "$folder/x.aec" -c "$codec" -j $jobs)"
  done
done

# GNU time, where it is there, tells the peak memory.
if [ -x /usr/bin/time ]; then
  for times in 1 8; do
    for k in $(seq $times); do cat "$folder/x.raw"; done > "$folder/long.raw"
    for verb in encode decode; do
      case $verb in
        encode) set -- encode "$folder/long.raw" $raw -c "$codec" -f -o "$folder/long.aec" ;;
        decode) set -- decode "$folder/long.aec" -c "$codec" -f -o "$folder/y.raw" ;;
      esac
      /usr/bin/time -f %M -o "$folder/peak" "$program" "$@" 2>/dev/null
      echo "$verb of $((times * 30)) minutes: peak memory $(cat "$folder/peak") kB"
    done
  done
fi
