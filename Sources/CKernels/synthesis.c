// Kernels of the synthesis: what followed the separate matches, held against a frame.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "CKernelsMatching.h"
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

INLINE void follow_body(long n, long count, const int32_t *restrict samples, const int64_t *restrict positions, float unit, float *restrict values) {
  for (long k = 0; k < count; k++) {
    const int32_t *p = samples + positions[k];
    const uint32_t anchor = (uint32_t)p[-1];
    for (long i = 0; i < n; i++) values[k * n + i] = (float)(int32_t)((uint32_t)p[i] - anchor) * unit;
  }
}

// The matches stand side by side, so that each has its own chain.
INLINE void nearness_body(long n, const float *restrict values, const float *restrict frame, float share, float *restrict distances) {
  float sums[CK_MATCHES] = {0};
  for (long i = 0; i < n; i++) {
    const float x = frame[i], *row = values + i * CK_MATCHES;
    for (int k = 0; k < CK_MATCHES; k++) {
      const float difference = row[k] - x;
      sums[k] += difference * difference;
    }
  }
  for (int k = 0; k < CK_MATCHES; k++) distances[k] = sums[k] * share;
}

INLINE void blend_body(long n, long count, const float *restrict values, const float *restrict weights, float *restrict mean) {
  for (long i = 0; i < n; i++) mean[i] = 0;
  for (long k = 0; k < count; k++)
    for (long i = 0; i < n; i++) mean[i] += weights[k] * values[k * n + i];
}

#define VARIANT(SUFFIX, TARGET)                                                                                                          \
  TARGET static void ck_follow_##SUFFIX(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float *values) { \
    follow_body(n, count, samples, positions, unit, values);                                                                             \
  }                                                                                                                                      \
  TARGET static void ck_nearness_##SUFFIX(long n, const float *values, const float *frame, float share, float *distances) {              \
    nearness_body(n, values, frame, share, distances);                                                                                   \
  }                                                                                                                                      \
  TARGET static void ck_blend_##SUFFIX(long n, long count, const float *values, const float *weights, float *mean) {                     \
    blend_body(n, count, values, weights, mean);                                                                                         \
  }
CK_EVERY_PATH(VARIANT)

void ck_follow(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float *values) {
  CK_SELECT(ck_follow, (n, count, samples, positions, unit, values));
}

void ck_nearness(long n, const float *values, const float *frame, float share, float *distances) {
  CK_SELECT(ck_nearness, (n, values, frame, share, distances));
}

void ck_blend(long n, long count, const float *values, const float *weights, float *mean) {
  CK_SELECT(ck_blend, (n, count, values, weights, mean));
}
