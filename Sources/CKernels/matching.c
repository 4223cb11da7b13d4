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

static void slide_scalar(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
  slide_tail(0, n, taps, window, pairs, dots);
}

#if CK_X86
#include <immintrin.h>

// Eight slots from j on.
#define SLIDE_EIGHT                                                                                  \
  __m256i a = _mm256_setzero_si256();                                                                \
  for (int i = 0; i < taps; i += 2) {                                                                \
    int32_t two;                                                                                     \
    memcpy(&two, window + i, 4);                                                                     \
    const __m256i p = _mm256_loadu_si256((const __m256i *)(pairs + j + i));                          \
    a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_set1_epi32(two), p));                           \
  }                                                                                                  \
  _mm256_storeu_si256((__m256i *)(dots + j), a);

CK_TARGET_AVX2 static void slide_avx2(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
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
  for (; j + 8 <= n; j += 8) { SLIDE_EIGHT }
  if (j < n && n >= 8) {  // once more some of the slots before
    j = n - 8;
    SLIDE_EIGHT
    j = n;
  }
  slide_tail(j, n, taps, window, pairs, dots);
}

CK_TARGET_AVX512 static void slide_avx512(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
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
  for (; j < n; j += 16) {
    const __mmask16 some = n - j < 16 ? (__mmask16)((1u << (n - j)) - 1) : 0xffff;
    __m512i a = _mm512_setzero_si512();
    for (int i = 0; i < taps; i += 2) {
      int32_t two;
      memcpy(&two, window + i, 4);
      a = _mm512_add_epi32(a, _mm512_madd_epi16(_mm512_set1_epi32(two), _mm512_maskz_loadu_epi32(some, pairs + j + i)));
    }
    _mm512_mask_storeu_epi32(dots + j, some, a);
  }
}
#elif CK_ARM
#include <arm_neon.h>

static void slide_neon(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots) {
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

INLINE void least_body(long n, const float *restrict keys, float *restrict least) {
  for (long from = 0; from < n; from += CK_LEAST) {
    const long to = n - from < CK_LEAST ? n : from + CK_LEAST;
    int32_t bits = INT32_MAX;  // patterns of floats that are not negative order as they do
    for (long j = from; j < to; j++) {
      int32_t key;
      memcpy(&key, keys + j, 4);
      bits = key < bits ? key : bits;
    }
    memcpy(least + from / CK_LEAST, &bits, 4);
  }
}

// In blocks, so that sliding products stay in the nearest cache.
#define BLOCK 1024
#define VARIANT(SUFFIX, TARGET)                                                                                                             \
  TARGET static void match_##SUFFIX(long n, const int32_t *dots, const int16_t *anchors, const int32_t *energies, int32_t energy,          \
                                    int32_t sum, float *keys, int accumulate) {                                                            \
    if (accumulate) match_body(n, dots, anchors, energies, energy, sum, keys, 1);                                                          \
    else match_body(n, dots, anchors, energies, energy, sum, keys, 0);                                                                     \
  }                                                                                                                                        \
  TARGET static void ck_distances_##SUFFIX(long n, int taps, const int16_t *window, const int32_t *pairs, const int16_t *anchors,          \
                                           const int32_t *energies, float *keys, float *least, int accumulate) {                           \
    uint32_t energy = 0, sum = 0;                                                                                                          \
    for (int i = 0; i < taps; i++) energy += (uint32_t)(window[i] * window[i]), sum += (uint32_t)window[i];                                \
    int32_t dots[BLOCK];                                                                                                                   \
    for (long j = 0; j < n; j += BLOCK) {                                                                                                  \
      const long count = n - j < BLOCK ? n - j : BLOCK;                                                                                    \
      slide_##SUFFIX(count, taps, window, pairs + j, dots);                                                                                \
      match_##SUFFIX(count, dots, anchors + j, energies + j, (int32_t)energy, (int32_t)sum, keys + j, accumulate);                         \
      least_body(count, keys + j, least + j / CK_LEAST);                                                                                   \
    }                                                                                                                                      \
  }
CK_EVERY_PATH(VARIANT)

void ck_distances(long n, int taps, const int16_t *window, const int32_t *pairs, const int16_t *anchors, const int32_t *energies, float *keys,
                  float *least, int accumulate) {
  CK_SELECT(ck_distances, (n, taps, window, pairs, anchors, energies, keys, least, accumulate));
}
