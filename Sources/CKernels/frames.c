// Kernels of frames: the transform, and means of what the memory holds.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "CKernelsMatching.h"
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

// So many columns are held in registers over all rows.
INLINE void project_columns(int width, long rows, long columns, const float *restrict matrix, const float *restrict x, float *restrict y,
                            int accumulate) {
  float sums[64];
  for (int k = 0; k < width; k++) sums[k] = accumulate ? y[k] : 0;
  for (long i = 0; i < rows; i++) {
    const float value = x[i], *row = matrix + i * columns;
    if (value == 0) continue;
    for (int k = 0; k < width; k++) sums[k] += value * row[k];
  }
  for (int k = 0; k < width; k++) y[k] = sums[k];
}

INLINE void project_body(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate) {
  long k = 0;
  for (; k + 64 <= columns; k += 64) project_columns(64, rows, columns, matrix + k, x, y + k, accumulate);
  for (; k + 48 <= columns; k += 48) project_columns(48, rows, columns, matrix + k, x, y + k, accumulate);
  for (; k + 32 <= columns; k += 32) project_columns(32, rows, columns, matrix + k, x, y + k, accumulate);
  for (; k + 16 <= columns; k += 16) project_columns(16, rows, columns, matrix + k, x, y + k, accumulate);
  for (; k + 8 <= columns; k += 8) project_columns(8, rows, columns, matrix + k, x, y + k, accumulate);
  for (; k < columns; k++) project_columns(1, rows, columns, matrix + k, x, y + k, accumulate);
}

INLINE void mean_body(long n, long count, const int32_t *restrict samples, const int64_t *restrict positions, float share, float *restrict mean) {
  for (long from = 0; from < n; from += 64) {
    const long some = n - from < 64 ? n - from : 64;
    int64_t sums[64] = {0};
    for (long k = 0; k < count; k++) {
      const int32_t *p = samples + positions[k] + from;
      const int64_t anchor = samples[positions[k] - 1];
      for (long i = 0; i < some; i++) sums[i] += p[i] - anchor;
    }
    for (long i = 0; i < some; i++) mean[from + i] = (float)sums[i] * share;
  }
}

INLINE void expect_body(long n, long count, const int32_t *restrict samples, const int64_t *restrict positions, float unit, float share,
                        float *restrict mean, float *restrict variance) {
  for (long i = 0; i < n; i++) mean[i] = 0, variance[i] = 0;
  for (long k = 0; k < count; k++) {
    const int32_t *p = samples + positions[k];
    const uint32_t anchor = (uint32_t)p[-1];
    for (long i = 0; i < n; i++) {
      const float value = (float)(int32_t)((uint32_t)p[i] - anchor) * unit;
      mean[i] += value;
      variance[i] += value * value;
    }
  }
  for (long i = 0; i < n; i++) {
    const float centre = mean[i] * share, spread = variance[i] * share - centre * centre;
    mean[i] = centre;
    variance[i] = spread > 0 ? spread : 0;
  }
}

INLINE void place_body(long n, const float *restrict change, int32_t last, int32_t lowest, int32_t highest, int32_t *restrict samples) {
  for (long i = 0; i < n; i++) {
    float value = change[i];
    value = value > -1e10f ? (value < 1e10f ? value : 1e10f) : -1e10f;
    // Adding and taking away 2^23 rounds to the nearest integer, halves to even; from 2^23 on there are no fractions.
    const float size = value < 0 ? -value : value, whole = size < 0x1p23f ? (size + 0x1p23f) - 0x1p23f : size;
    const int64_t sample = last + (int64_t)(value < 0 ? -whole : whole);
    samples[i] = (int32_t)(sample < lowest ? lowest : sample > highest ? highest : sample);
  }
}

INLINE void quantise_some(const float *restrict target, const float *restrict copy, float dead_zone, float rounding, int32_t largest,
                          float *restrict innovation, int32_t *restrict codes, float *restrict errors, float *restrict bits) {
  for (int i = 0; i < 16; i++) {
    const float wanted = target[i] - copy[i], difference = wanted - innovation[i], size = difference < 0 ? -difference : difference;
    const float moved = size + rounding;
    const int32_t whole = (int32_t)(moved < 1e8f ? moved : 1e8f), magnitude = size >= dead_zone ? (whole < largest ? whole : largest) : 0;
    codes[i] = difference < 0 ? -magnitude : magnitude;
    innovation[i] += (float)codes[i];
    const float error = wanted - innovation[i];
    errors[i] += error * error;
    bits[i] += size >= dead_zone ? (float)(5 + 2 * (magnitude < 4 ? magnitude : 4)) : 0;
  }
}

// Sums run as 16 chains, element i in chain i mod 16, which are added in order.
INLINE float quantise_body(long n, const float *restrict target, const float *restrict copy, float dead_zone, float rounding, int32_t largest,
                           float *restrict innovation, int32_t *restrict codes, float *restrict distortion) {
  float errors[16] = {0}, bits[16] = {0};
  long from = 0;
  for (; from + 16 <= n; from += 16)
    quantise_some(target + from, copy + from, dead_zone, rounding, largest, innovation + from, codes + from, errors, bits);
  if (from < n) {
    const size_t size = sizeof(float) * (size_t)(n - from);
    float t[16] = {0}, c[16] = {0}, x[16] = {0};
    int32_t found[16];
    memcpy(t, target + from, size), memcpy(c, copy + from, size), memcpy(x, innovation + from, size);
    quantise_some(t, c, dead_zone, rounding, largest, x, found, errors, bits);
    memcpy(innovation + from, x, size), memcpy(codes + from, found, size);
  }
  float total = 0;
  for (int i = 0; i < 16; i++) total += bits[i], *distortion += errors[i];
  return total;
}

#define VARIANT(SUFFIX, TARGET)                                                                                                             \
  TARGET static void ck_project_##SUFFIX(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate) {         \
    project_body(rows, columns, matrix, x, y, accumulate);                                                                                 \
  }                                                                                                                                        \
  TARGET static void ck_mean_##SUFFIX(long n, long count, const int32_t *samples, const int64_t *positions, float share, float *mean) {     \
    mean_body(n, count, samples, positions, share, mean);                                                                                  \
  }                                                                                                                                        \
  TARGET static void ck_place_##SUFFIX(long n, const float *change, int32_t last, int32_t lowest, int32_t highest, int32_t *samples) {      \
    place_body(n, change, last, lowest, highest, samples);                                                                                 \
  }                                                                                                                                        \
  TARGET static float ck_quantise_##SUFFIX(long n, const float *target, const float *copy, float dead_zone, float rounding, int32_t largest, \
                                           float *innovation, int32_t *codes, float *distortion) {                                         \
    return quantise_body(n, target, copy, dead_zone, rounding, largest, innovation, codes, distortion);                                    \
  }                                                                                                                                        \
  TARGET static void ck_expect_##SUFFIX(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float share,     \
                                        float *mean, float *variance) {                                                                    \
    expect_body(n, count, samples, positions, unit, share, mean, variance);                                                                \
  }
CK_EVERY_PATH(VARIANT)

void ck_project(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate) {
  CK_SELECT(ck_project, (rows, columns, matrix, x, y, accumulate));
}

void ck_mean(long n, long count, const int32_t *samples, const int64_t *positions, float share, float *mean) {
  CK_SELECT(ck_mean, (n, count, samples, positions, share, mean));
}

void ck_expect(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float share, float *mean, float *variance) {
  CK_SELECT(ck_expect, (n, count, samples, positions, unit, share, mean, variance));
}

void ck_place(long n, const float *change, int32_t last, int32_t lowest, int32_t highest, int32_t *samples) {
  CK_SELECT(ck_place, (n, change, last, lowest, highest, samples));
}

float ck_quantise(long n, const float *target, const float *copy, float dead_zone, float rounding, int32_t largest, float *innovation,
                  int32_t *codes, float *distortion) {
  CK_SELECT_RETURN(ck_quantise, (n, target, copy, dead_zone, rounding, largest, innovation, codes, distortion));
}
