#pragma STDC FP_CONTRACT OFF
#include "CKernelsMatching.h"

#include <string.h>

#include "dispatch.h"

// One body per kernel; the compiler vectorises it for each target. Sliding products have bodies of their own: they need the pairwise
// multiply-add of 16-bit numbers.
#define INLINE static inline __attribute__((always_inline))

INLINE void slide_tail(long from, long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  for (long j = from; j < n; j++) {
    uint32_t sum = 0;
    for (int i = 0; i < taps; i += 2) {
      uint32_t pair = (uint32_t)pairs[j + i];
      sum += (uint32_t)(window[i] * (int16_t)(pair & 0xffff)) + (uint32_t)(window[i + 1] * (int16_t)(pair >> 16));
    }
    dots[j] = (int32_t)sum;
  }
}

static void ck_slide_scalar(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  slide_tail(0, n, taps, window, pairs, dots);
}

#if CK_X86
#include <immintrin.h>

CK_TARGET_AVX2 static void ck_slide_avx2(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  long j = 0;
  for (; j + 32 <= n; j += 32) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (int i = 0; i < taps; i += 2) {
      int32_t two;
      memcpy(&two, window + i, 4);
      const __m256i w = _mm256_set1_epi32(two), *q = (const __m256i *)(pairs + j + i);
      a = _mm256_add_epi32(a, _mm256_madd_epi16(w, _mm256_loadu_si256(q)));
      b = _mm256_add_epi32(b, _mm256_madd_epi16(w, _mm256_loadu_si256(q + 1)));
      c = _mm256_add_epi32(c, _mm256_madd_epi16(w, _mm256_loadu_si256(q + 2)));
      d = _mm256_add_epi32(d, _mm256_madd_epi16(w, _mm256_loadu_si256(q + 3)));
    }
    __m256i *out = (__m256i *)(dots + j);
    _mm256_storeu_si256(out, a), _mm256_storeu_si256(out + 1, b), _mm256_storeu_si256(out + 2, c), _mm256_storeu_si256(out + 3, d);
  }
  slide_tail(j, n, taps, window, pairs, dots);
}

CK_TARGET_AVX512 static void ck_slide_avx512(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  long j = 0;
  for (; j + 64 <= n; j += 64) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (int i = 0; i < taps; i += 2) {
      int32_t two;
      memcpy(&two, window + i, 4);
      const __m512i w = _mm512_set1_epi32(two);
      const int32_t *q = pairs + j + i;
      a = _mm512_add_epi32(a, _mm512_madd_epi16(w, _mm512_loadu_si512(q)));
      b = _mm512_add_epi32(b, _mm512_madd_epi16(w, _mm512_loadu_si512(q + 16)));
      c = _mm512_add_epi32(c, _mm512_madd_epi16(w, _mm512_loadu_si512(q + 32)));
      d = _mm512_add_epi32(d, _mm512_madd_epi16(w, _mm512_loadu_si512(q + 48)));
    }
    _mm512_storeu_si512(dots + j, a), _mm512_storeu_si512(dots + j + 16, b);
    _mm512_storeu_si512(dots + j + 32, c), _mm512_storeu_si512(dots + j + 48, d);
  }
  slide_tail(j, n, taps, window, pairs, dots);
}
#elif CK_ARM
#include <arm_neon.h>

static void ck_slide_neon(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  long j = 0;
  for (; j + 8 <= n; j += 8) {
    int32x4_t a = vdupq_n_s32(0), b = a;
    for (int i = 0; i < taps; i += 2) {
      const int32x4_t p = vld1q_s32(pairs + j + i), q = vld1q_s32(pairs + j + i + 4);
      a = vmlal_n_s16(vmlal_n_s16(a, vmovn_s32(p), window[i]), vshrn_n_s32(p, 16), window[i + 1]);
      b = vmlal_n_s16(vmlal_n_s16(b, vmovn_s32(q), window[i]), vshrn_n_s32(q, 16), window[i + 1]);
    }
    vst1q_s32(dots + j, a), vst1q_s32(dots + j + 4, b);
  }
  slide_tail(j, n, taps, window, pairs, dots);
}
#endif

INLINE void match_body(long n, const int32_t *restrict dots, const int16_t *restrict anchors, const int32_t *restrict energies, int32_t energy,
                       int32_t sum, float *restrict keys, int accumulate) {
  for (long j = 0; j < n; j++) {
    const uint32_t cross = (uint32_t)dots[j] - (uint32_t)anchors[j] * (uint32_t)sum;
    const float distance = (float)((uint32_t)energy + (uint32_t)energies[j] - 2 * cross);
    keys[j] = accumulate ? keys[j] + distance : distance;
  }
}

INLINE long count_body(long n, const float *keys, float bound) {
  long count = 0;
  for (long from = 0; from < n; from += 1 << 20) {  // in stretches that a 32-bit counter holds
    const long to = n - from < (1 << 20) ? n : from + (1 << 20);
    int32_t part = 0;
    for (long j = from; j < to; j++) part += keys[j] < bound;
    count += part;
  }
  return count;
}

INLINE long collect_body(long n, const float *keys, float bound, int32_t *indices, long limit) {
  long count = 0, j = 0;
  for (; j + 64 <= n; j += 64) {  // most blocks hold none
    int32_t any = 0;
    for (int i = 0; i < 64; i++) any |= keys[j + i] < bound;
    if (!any) continue;
    for (int i = 0; i < 64; i++)
      if (keys[j + i] < bound) {
        if (count < limit) indices[count] = (int32_t)(j + i);
        count++;
      }
  }
  for (; j < n; j++)
    if (keys[j] < bound) {
      if (count < limit) indices[count] = (int32_t)j;
      count++;
    }
  return count;
}

INLINE void project_body(long rows, long columns, const float *restrict matrix, const float *restrict x, float *restrict y, int accumulate) {
  if (!accumulate) memset(y, 0, sizeof(float) * (size_t)columns);
  for (long i = 0; i < rows; i++) {
    const float value = x[i];
    if (value == 0) continue;
    for (long k = 0; k < columns; k++) y[k] += value * matrix[i * columns + k];
  }
}

#define VARIANT(SUFFIX, TARGET)                                                                                                             \
  TARGET static void ck_match_##SUFFIX(long n, const int32_t *dots, const int16_t *anchors, const int32_t *energies, int32_t energy,       \
                                       int32_t sum, float *keys, int accumulate) {                                                         \
    if (accumulate) match_body(n, dots, anchors, energies, energy, sum, keys, 1);                                                          \
    else match_body(n, dots, anchors, energies, energy, sum, keys, 0);                                                                     \
  }                                                                                                                                        \
  TARGET static long ck_count_below_##SUFFIX(long n, const float *keys, float bound) { return count_body(n, keys, bound); }                \
  TARGET static long ck_collect_below_##SUFFIX(long n, const float *keys, float bound, int32_t *indices, long limit) {                     \
    return collect_body(n, keys, bound, indices, limit);                                                                                   \
  }                                                                                                                                        \
  TARGET static void ck_project_##SUFFIX(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate) {         \
    project_body(rows, columns, matrix, x, y, accumulate);                                                                                 \
  }
VARIANT(scalar, )
#if CK_X86
VARIANT(avx2, CK_TARGET_AVX2)
VARIANT(avx512, CK_TARGET_AVX512)
#elif CK_ARM
VARIANT(neon, )
#endif

void ck_slide(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) { CK_SELECT(ck_slide, (n, taps, window, pairs, dots)); }

void ck_match(long n, const int32_t *dots, const int16_t *anchors, const int32_t *energies, int32_t energy, int32_t sum, float *keys,
              int accumulate) {
  CK_SELECT(ck_match, (n, dots, anchors, energies, energy, sum, keys, accumulate));
}

long ck_count_below(long n, const float *keys, float bound) { CK_SELECT_RETURN(ck_count_below, (n, keys, bound)); }

long ck_collect_below(long n, const float *keys, float bound, int32_t *indices, long limit) {
  CK_SELECT_RETURN(ck_collect_below, (n, keys, bound, indices, limit));
}

void ck_project(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate) {
  CK_SELECT(ck_project, (rows, columns, matrix, x, y, accumulate));
}
