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

INLINE long rank_body(long n, const float *restrict keys, const int32_t *restrict places, float key, int32_t place) {
  int32_t rank = 0;
  for (long j = 0; j < n; j++) rank += (keys[j] < key) | ((keys[j] == key) & (places[j] < place));
  return rank;
}

INLINE long collect_some(long from, long to, const float *keys, float low, float high, int32_t first, struct ck_found *found, long count) {
  for (long j = from; j < to; j++)
    if (keys[j] >= low && keys[j] < high) found->keys[count] = keys[j], found->places[count++] = first + (int32_t)j;
  return count;
}

INLINE void collect_body(long n, const float *keys, const float *least, float low, float high, int32_t first, struct ck_found *found) {
  for (long from = 0; from < n; from += CK_LEAST) {
    if (least[from / CK_LEAST] >= high) continue;
    const long to = n - from < CK_LEAST ? n : from + CK_LEAST;
    found->below += count_body(to - from, keys + from, low);
    found->count = collect_some(from, to, keys, low, high, first, found, found->count);
  }
}

#if CK_X86
#include <immintrin.h>

CK_TARGET_AVX2 static void ck_collect_avx2(long n, const float *keys, const float *least, float low, float high, int32_t first,
                                           struct ck_found *found) {
  const __m256 bottom = _mm256_set1_ps(low), top = _mm256_set1_ps(high);
  long count = found->count, below = 0;
  for (long from = 0; from < n; from += CK_LEAST) {
    if (least[from / CK_LEAST] >= high) continue;
    const long to = n - from < CK_LEAST ? n : from + CK_LEAST;
    long j = from;
    for (; j + 8 <= to; j += 8) {
      const __m256 key = _mm256_loadu_ps(keys + j), under = _mm256_cmp_ps(key, bottom, _CMP_LT_OQ);
      below += __builtin_popcount((unsigned)_mm256_movemask_ps(under));
      for (int left = _mm256_movemask_ps(_mm256_andnot_ps(under, _mm256_cmp_ps(key, top, _CMP_LT_OQ))); left; left &= left - 1) {
        const long i = j + __builtin_ctz((unsigned)left);
        found->keys[count] = keys[i], found->places[count++] = first + (int32_t)i;
      }
    }
    below += count_body(to - j, keys + j, low);
    count = collect_some(j, to, keys, low, high, first, found, count);
  }
  found->count = count, found->below += below;
}

CK_TARGET_AVX512 static void ck_collect_avx512(long n, const float *keys, const float *least, float low, float high, int32_t first,
                                               struct ck_found *found) {
  const __m512 bottom = _mm512_set1_ps(low), top = _mm512_set1_ps(high);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  long count = found->count, below = 0;
  for (long from = 0; from < n; from += CK_LEAST) {
    if (least[from / CK_LEAST] >= high) continue;
    const long to = n - from < CK_LEAST ? n : from + CK_LEAST;
    for (long j = from; j < to; j += 16) {
      const __mmask16 some = to - j < 16 ? (__mmask16)((1u << (to - j)) - 1) : 0xffff;
      const __m512 key = _mm512_maskz_loadu_ps(some, keys + j);
      const __mmask16 under = _mm512_mask_cmp_ps_mask(some, key, bottom, _CMP_LT_OQ);
      const __mmask16 within = (__mmask16)(_mm512_mask_cmp_ps_mask(some, key, top, _CMP_LT_OQ) & ~under);
      below += __builtin_popcount(under);
      if (!within) continue;
      // Whole vectors are stored: the arrays have room for that.
      _mm512_storeu_ps(found->keys + count, _mm512_maskz_compress_ps(within, key));
      const __m512i places = _mm512_add_epi32(_mm512_set1_epi32(first + (int32_t)j), lanes);
      _mm512_storeu_si512(found->places + count, _mm512_maskz_compress_epi32(within, places));
      count += __builtin_popcount(within);
    }
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

// The first place of a value that is there.
INLINE long place_of(long n, const int32_t *values, int32_t value) {
  long place = 0;
  for (; place + 32 <= n; place += 32) {
    int32_t any = 0;
    for (int i = 0; i < 32; i++) any |= values[place + i] == value;
    if (any) break;
  }
  while (values[place] != value) place++;
  return place;
}

INLINE long separate_body(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, int32_t *left,
                          int32_t *result) {
  int32_t least = INT32_MAX, taken_keys[64];
  for (long j = 0; j < n; j++) {
    left[j] = pattern(keys[j]);
    least = left[j] < least ? left[j] : least;
  }
  long taken = 0;
  if (wanted > 64) wanted = 64;
  while (taken < wanted && least != INT32_MAX) {
    const int32_t position = positions[place_of(n, left, least)];
    taken_keys[taken] = least;
    result[taken++] = position;
    least = INT32_MAX;
    for (long j = 0; j < n; j++) {
      const int32_t apart = positions[j] - position, key = (apart < 0 ? -apart : apart) <= separation ? INT32_MAX : left[j];
      left[j] = key;
      least = key < least ? key : least;
    }
  }
  // Those beyond the nearest came last.
  while (taken > 0 && n > nearest) {
    int32_t rank = 0;
    for (long j = 0; j < n; j++) rank += pattern(keys[j]) < taken_keys[taken - 1];
    if (rank < nearest) {
      for (long j = 0; j < n && positions[j] != result[taken - 1]; j++) rank += pattern(keys[j]) == taken_keys[taken - 1];
      if (rank < nearest) break;
    }
    taken--;
  }
  return taken;
}

#define VARIANT(SUFFIX, TARGET)                                                                                                              \
  TARGET static long ck_count_below_##SUFFIX(long n, const float *keys, float bound) { return count_body(n, keys, bound); }                  \
  TARGET static long ck_rank_##SUFFIX(long n, const float *keys, const int32_t *places, float key, int32_t place) {                          \
    return rank_body(n, keys, places, key, place);                                                                                           \
  }                                                                                                                                          \
  TARGET static float ck_select_##SUFFIX(long n, const float *keys, long rank) { return select_body(n, keys, rank); }                        \
  TARGET static long ck_separate_##SUFFIX(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, \
                                          int32_t *left, int32_t *result) {                                                                  \
    return separate_body(n, keys, positions, separation, nearest, wanted, left, result);                                                     \
  }
#define COLLECT(SUFFIX)                                                                                                                      \
  static void ck_collect_##SUFFIX(long n, const float *keys, const float *least, float low, float high, int32_t first,                       \
                                  struct ck_found *found) {                                                                                  \
    collect_body(n, keys, least, low, high, first, found);                                                                                   \
  }
CK_EVERY_PATH(VARIANT)
COLLECT(scalar)
#if CK_ARM
COLLECT(neon)
#endif

long ck_count_below(long n, const float *keys, float bound) { CK_SELECT_RETURN(ck_count_below, (n, keys, bound)); }

long ck_rank(long n, const float *keys, const int32_t *places, float key, int32_t place) {
  CK_SELECT_RETURN(ck_rank, (n, keys, places, key, place));
}

void ck_collect(long n, const float *keys, const float *least, float low, float high, int32_t first, struct ck_found *found) {
  CK_SELECT(ck_collect, (n, keys, least, low, high, first, found));
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
