// Kernels of the coder of sound. Products are rounded before they are added and sums have fixed chains, so that the path does not matter.
#pragma STDC FP_CONTRACT OFF
#include "CKernelsSound.h"

#include "CKernelsSquares.h"
#include "dispatch.h"

#if CK_X86
// Sums this short gain nothing from wider registers: Zen 4 takes 10 % longer with them.
#undef CK_TARGET_AVX512
#define CK_TARGET_AVX512 CK_TARGET_AVX2
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float chains __attribute__((vector_size(4 * CK_SOUND_CHAINS), aligned(4)));
typedef double lanes __attribute__((vector_size(8 * CK_SQUARES_LANES), aligned(8)));

INLINE void adapt_body(long filters, struct ck_sound_filter *restrict filter) {
  for (long k = 0; k < filters; k++) {
    const long n = filter[k].taps;
    float *restrict weights = filter[k].weights;
    const float *restrict window = filter[k].window;
    const float gain = filter[k].gain;
    chains sum = {0}, here = *(const chains *)window;
    for (long i = 0; i < n; i += CK_SOUND_CHAINS) {
      const chains w = *(const chains *)(weights + i) + gain * here, after = *(const chains *)(window + i + CK_SOUND_CHAINS);
      *(chains *)(weights + i) = w;
      // One place on: loads that are not aligned cost more than this.
      sum += w * __builtin_shufflevector(here, after, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
      here = after;
    }
    float part[CK_SOUND_CHAINS];
    *(chains *)part = sum;
    for (int half = CK_SOUND_CHAINS / 2; half > 0; half /= 2)
      for (int i = 0; i < half; i++) part[i] += part[i + half];
    filter[k].prediction = part[0];
  }
}

INLINE double dot_body(long parts, const struct ck_sound_part *restrict part, const double *restrict weights) {
  double total = 0;
  for (long k = 0; k < parts; weights += part[k].n, k++) {
    const double *restrict numbers = part[k].numbers;
    lanes sum = {0};
    for (long i = 0; i < part[k].n; i += CK_SQUARES_LANES) sum += *(const lanes *)(weights + i) * *(const lanes *)(numbers + i);
    double some[CK_SQUARES_LANES];
    *(lanes *)some = sum;
    for (int half = CK_SQUARES_LANES / 2; half > 0; half /= 2)
      for (int i = 0; i < half; i++) some[i] += some[i + half];
    total += some[0];
  }
  return total;
}

INLINE void correlate_body(long parts, const struct ck_sound_part *restrict part, double keep, const double *restrict before,
                           double *restrict after) {
  for (long k = 0; k < parts; before += part[k].n, after += part[k].n, k++) {
    const double *restrict numbers = part[k].numbers, factor = part[k].factor;
    for (long i = 0; i < part[k].n; i += CK_SQUARES_LANES)
      *(lanes *)(after + i) = keep * *(const lanes *)(before + i) + factor * *(const lanes *)(numbers + i);
  }
}

INLINE void mix_body(const uint16_t *restrict table, const int32_t *restrict rows, const uint16_t *restrict weights, uint16_t *restrict bounds) {
  uint16_t sums[CK_SOUND_CLASSES] = {0};
  for (int k = 0; k < CK_SOUND_ROWS; k++) {
    const uint16_t *row = table + rows[k];
    const uint16_t weight = weights[k];
    for (int c = 0; c < CK_SOUND_CLASSES; c++) sums[c] += (uint16_t)(((uint32_t)weight * row[c]) >> 16);
  }
  for (int c = 0; c < CK_SOUND_CLASSES; c++) bounds[c] = (uint16_t)(((uint32_t)(65536 - 8 * CK_SOUND_CLASSES) * sums[c]) >> 16) + (uint16_t)(8 * c);
}

INLINE int find_body(const uint16_t *restrict bounds, uint32_t place) {
  uint16_t count = 0;
  for (int c = 0; c < CK_SOUND_CLASSES; c++) count += bounds[c] <= (uint16_t)place;
  return count - 1;
}

INLINE void learn_body(const uint16_t *restrict table, const int32_t *restrict rows, int class, float keep, float *restrict shares,
                       uint16_t *restrict weights) {
  float found[CK_SOUND_ROWS], part[CK_SOUND_ROWS];
  for (int k = 0; k < CK_SOUND_ROWS; k++) {
    const uint16_t *row = table + rows[k];
    const int above = class + 1 < CK_SOUND_CLASSES ? row[class + 1] : 65536;
    found[k] = (float)(above - row[class] + 16);
  }
  for (int k = 0; k < CK_SOUND_ROWS; k++) part[k] = found[k] = found[k] * shares[k];
  for (int half = CK_SOUND_ROWS / 2; half > 0; half /= 2)
    for (int k = 0; k < half; k++) part[k] += part[k + half];
  const float factor = keep / part[0], rest = (1 - keep) / CK_SOUND_ROWS;
  for (int k = 0; k < CK_SOUND_ROWS; k++) {
    shares[k] = found[k] * factor + rest;
    weights[k] = (uint16_t)(int32_t)(shares[k] * 65528.0f);
  }
}

#define VARIANT(SUFFIX, TARGET)                                                                                                              \
  TARGET static void ck_sound_adapt_##SUFFIX(long filters, struct ck_sound_filter *filter) { adapt_body(filters, filter); }                 \
  TARGET static double ck_sound_dot_##SUFFIX(long parts, const struct ck_sound_part *part, const double *weights) {                         \
    return dot_body(parts, part, weights);                                                                                                  \
  }                                                                                                                                         \
  TARGET static void ck_sound_correlate_##SUFFIX(long parts, const struct ck_sound_part *part, double keep, const double *before,           \
                                                 double *after) {                                                                           \
    correlate_body(parts, part, keep, before, after);                                                                                       \
  }                                                                                                                                         \
  TARGET static void ck_sound_mix_##SUFFIX(const uint16_t *table, const int32_t *rows, const uint16_t *weights, uint16_t *bounds) {         \
    mix_body(table, rows, weights, bounds);                                                                                                 \
  }                                                                                                                                         \
  TARGET static int ck_sound_find_##SUFFIX(const uint16_t *bounds, uint32_t place) { return find_body(bounds, place); }                     \
  TARGET static void ck_sound_learn_##SUFFIX(const uint16_t *table, const int32_t *rows, int class, float keep, float *shares,              \
                                             uint16_t *weights) {                                                                           \
    learn_body(table, rows, class, keep, shares, weights);                                                                                  \
  }
CK_EVERY_PATH(VARIANT)

void ck_sound_adapt(long filters, struct ck_sound_filter *filter) { CK_SELECT(ck_sound_adapt, (filters, filter)); }

double ck_sound_dot(long parts, const struct ck_sound_part *part, const double *weights) { CK_SELECT_RETURN(ck_sound_dot, (parts, part, weights)); }

void ck_sound_correlate(long parts, const struct ck_sound_part *part, double keep, const double *before, double *after) {
  CK_SELECT(ck_sound_correlate, (parts, part, keep, before, after));
}

void ck_sound_mix(const uint16_t *table, const int32_t *rows, const uint16_t *weights, uint16_t *bounds) {
  CK_SELECT(ck_sound_mix, (table, rows, weights, bounds));
}

int ck_sound_find(const uint16_t *bounds, uint32_t place) { CK_SELECT_RETURN(ck_sound_find, (bounds, place)); }

void ck_sound_learn(const uint16_t *table, const int32_t *rows, int class, float keep, float *shares, uint16_t *weights) {
  CK_SELECT(ck_sound_learn, (table, rows, class, keep, shares, weights));
}
