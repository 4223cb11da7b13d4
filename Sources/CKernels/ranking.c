// Kernels that put distances in order. Keys are floats that are not negative: their bit patterns order as they do.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "CKernelsMatching.h"
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

INLINE int32_t pattern(float key) {
  int32_t bits;
  memcpy(&bits, &key, 4);
  return bits;
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

INLINE long collect_some(long from, long to, const float *keys, float low, float high, int32_t first, struct ck_found *found, long count) {
  for (long j = from; j < to; j++)
    if (keys[j] >= low && keys[j] < high) found->keys[count] = keys[j], found->places[count++] = first + (int32_t)j;
  return count;
}

INLINE long collect_body(long n, const float *keys, float low, float high, int32_t first, struct ck_found *found) {
  long count = found->count, j = 0;
  for (; j + 32 <= n; j += 32) {  // most blocks hold none
    int32_t any = 0, below = 0;
    for (int i = 0; i < 32; i++) any |= (keys[j + i] >= low) & (keys[j + i] < high), below += keys[j + i] < low;
    found->below += below;
    if (any) count = collect_some(j, j + 32, keys, low, high, first, found, count);
  }
  found->below += count_body(n - j, keys + j, low);
  return collect_some(j, n, keys, low, high, first, found, count);
}

#if CK_X86
#include <immintrin.h>

CK_TARGET_AVX2 static void ck_collect_avx2(long n, const float *keys, float low, float high, int32_t first, struct ck_found *found) {
  const __m256 from = _mm256_set1_ps(low), to = _mm256_set1_ps(high);
  __m256i below = _mm256_setzero_si256();
  long count = found->count, j = 0;
  for (; j + 8 <= n; j += 8) {
    const __m256 key = _mm256_loadu_ps(keys + j), under = _mm256_cmp_ps(key, from, _CMP_LT_OQ);
    below = _mm256_sub_epi32(below, _mm256_castps_si256(under));
    for (int left = _mm256_movemask_ps(_mm256_andnot_ps(under, _mm256_cmp_ps(key, to, _CMP_LT_OQ))); left; left &= left - 1) {
      const long i = j + __builtin_ctz((unsigned)left);
      found->keys[count] = keys[i], found->places[count++] = first + (int32_t)i;
    }
  }
  int32_t parts[8];
  _mm256_storeu_si256((__m256i *)parts, below);
  for (int i = 0; i < 8; i++) found->below += parts[i];
  found->below += count_body(n - j, keys + j, low);
  found->count = collect_some(j, n, keys, low, high, first, found, count);
}

CK_TARGET_AVX512 static void ck_collect_avx512(long n, const float *keys, float low, float high, int32_t first, struct ck_found *found) {
  const __m512 from = _mm512_set1_ps(low), to = _mm512_set1_ps(high);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  long count = found->count, below = 0;
  for (long j = 0; j < n; j += 16) {
    const __mmask16 some = n - j < 16 ? (__mmask16)((1u << (n - j)) - 1) : 0xffff;
    const __m512 key = _mm512_maskz_loadu_ps(some, keys + j);
    const __mmask16 under = _mm512_mask_cmp_ps_mask(some, key, from, _CMP_LT_OQ);
    const __mmask16 within = (__mmask16)(_mm512_mask_cmp_ps_mask(some, key, to, _CMP_LT_OQ) & ~under);
    below += __builtin_popcount(under);
    if (!within) continue;
    // Whole vectors are stored: the arrays have room for that.
    _mm512_storeu_ps(found->keys + count, _mm512_maskz_compress_ps(within, key));
    const __m512i places = _mm512_add_epi32(_mm512_set1_epi32(first + (int32_t)j), lanes);
    _mm512_storeu_si512(found->places + count, _mm512_maskz_compress_epi32(within, places));
    count += __builtin_popcount(within);
  }
  found->count = count, found->below += below;
}
#endif

// Bisection on bit patterns: the least value that more than `rank` keys do not exceed.
INLINE float select_body(long n, const float *keys, long rank) {
  int32_t low = pattern(keys[0]), high = low;
  for (long j = 1; j < n; j++) {
    const int32_t bits = pattern(keys[j]);
    low = bits < low ? bits : low;
    high = bits > high ? bits : high;
  }
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    int32_t count = 0;
    for (long j = 0; j < n; j++) count += pattern(keys[j]) <= middle;
    if (count > rank) high = middle;
    else low = middle + 1;
  }
  float result;
  memcpy(&result, &low, 4);
  return result;
}

INLINE long separate_body(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, int32_t *left,
                          int32_t *result) {
  for (long j = 0; j < n; j++) left[j] = pattern(keys[j]);
  long taken = 0;
  while (taken < wanted) {
    int32_t least = INT32_MAX;
    for (long j = 0; j < n; j++) least = left[j] < least ? left[j] : least;
    if (least == INT32_MAX) break;
    long place = 0;
    while (left[place] != least) place++;
    int32_t rank = 0;
    for (long j = 0; j < n; j++) rank += pattern(keys[j]) < least;
    for (long j = 0; j < place; j++) rank += pattern(keys[j]) == least;
    if (rank >= nearest) break;
    const int32_t position = positions[place];
    result[taken++] = position;
    for (long j = 0; j < n; j++) {
      const int32_t apart = positions[j] - position;
      left[j] = (apart < 0 ? -apart : apart) <= separation ? INT32_MAX : left[j];
    }
  }
  return taken;
}

#define VARIANT(SUFFIX, TARGET)                                                                                                              \
  TARGET static long ck_count_below_##SUFFIX(long n, const float *keys, float bound) { return count_body(n, keys, bound); }                  \
  TARGET static float ck_select_##SUFFIX(long n, const float *keys, long rank) { return select_body(n, keys, rank); }                        \
  TARGET static long ck_separate_##SUFFIX(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, \
                                          int32_t *left, int32_t *result) {                                                                  \
    return separate_body(n, keys, positions, separation, nearest, wanted, left, result);                                                     \
  }
#define COLLECT(SUFFIX)                                                                                                                      \
  static void ck_collect_##SUFFIX(long n, const float *keys, float low, float high, int32_t first, struct ck_found *found) {                 \
    found->count = collect_body(n, keys, low, high, first, found);                                                                           \
  }
VARIANT(scalar, )
COLLECT(scalar)
#if CK_X86
VARIANT(avx2, CK_TARGET_AVX2)
VARIANT(avx512, CK_TARGET_AVX512)
#elif CK_ARM
VARIANT(neon, )
COLLECT(neon)
#endif

long ck_count_below(long n, const float *keys, float bound) { CK_SELECT_RETURN(ck_count_below, (n, keys, bound)); }

void ck_collect(long n, const float *keys, float low, float high, int32_t first, struct ck_found *found) {
  CK_SELECT(ck_collect, (n, keys, low, high, first, found));
}

float ck_select(long n, const float *keys, long rank) { CK_SELECT_RETURN(ck_select, (n, keys, rank)); }

long ck_separate(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, int32_t *left,
                 int32_t *result) {
  CK_SELECT_RETURN(ck_separate, (n, keys, positions, separation, nearest, wanted, left, result));
}

// Least significant byte first; a byte that is the same in all keys takes no pass.
void ck_sort(long n, float *keys, float *scratch) {
  uint32_t counts[4][256] = {{0}};
  for (long j = 0; j < n; j++) {
    const uint32_t bits = (uint32_t)pattern(keys[j]);
    counts[0][bits & 255]++, counts[1][bits >> 8 & 255]++, counts[2][bits >> 16 & 255]++, counts[3][bits >> 24]++;
  }
  float *from = keys, *to = scratch;
  for (int pass = 0; n && pass < 4; pass++) {
    const int shift = 8 * pass;
    if (counts[pass][(uint32_t)pattern(from[0]) >> shift & 255] == n) continue;
    uint32_t start = 0;
    for (int k = 0; k < 256; k++) {
      const uint32_t count = counts[pass][k];
      counts[pass][k] = start;
      start += count;
    }
    for (long j = 0; j < n; j++) to[counts[pass][(uint32_t)pattern(from[j]) >> shift & 255]++] = from[j];
    float *other = from;
    from = to, to = other;
  }
  if (from != keys) memcpy(keys, from, sizeof(float) * (size_t)n);
}
