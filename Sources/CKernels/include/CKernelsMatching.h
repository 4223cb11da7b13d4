// Integer and elementwise kernels of the memory: template matching on decoded samples, order by distance, and the frame transform. Integer
// results do not depend on the path; the float kernels here work element by element in index order, so theirs do not either.
#pragma once
#include <stdint.h>

// --- Distances ----------------------------------------------------------------------------------------------------------------------
// keys[j] = (accumulate ? keys[j] : 0) + (float)d for j < n, d the sum over i < taps of (p[j + i] - anchors[j] - window[i])^2, which must lie
// in 0 ..< 2^32. taps is even; pairs[j] holds p[j] (low half) and p[j + 1] (high half) of the levels p; energies[j] is the sum over i < taps
// of (p[j + i] - anchors[j])^2. least[b] is the least of the keys from CK_LEAST b on, CK_LEAST of them or as many as there are.
enum { CK_LEAST = 64 };
void ck_distances(long n, int taps, const int16_t *window, const int32_t *pairs, const int16_t *anchors, const int32_t *energies, float *keys,
                  float *least, int accumulate);

// --- Order of keys that are not negative --------------------------------------------------------------------------------------------
// The number of keys below the bound.
long ck_count_below(long n, const float *keys, float bound);
// The number of keys below a key at a place, or equal and at an earlier place.
long ck_rank(long n, const float *keys, const int32_t *places, float key, int32_t place);
// What was collected, behind one another, and how many keys were below all that. The arrays have room for 16 more than can be found.
struct ck_found {
  float *keys;
  int32_t *places;
  long count, below;
};
// Adds to what was found: keys[j] with low <= keys[j] < high and first + j, by ascending j. `least` is as ck_distances makes it.
void ck_collect(long n, const float *keys, const float *least, float low, float high, int32_t first, struct ck_found *found);
// The key that `rank` others would precede if they were sorted; 0 <= rank < n.
float ck_select(long n, const float *keys, long rank);
// Sorts, with a scratch of n keys.
void ck_sort(long n, float *keys, float *scratch);
// Of the `nearest` least keys (the first of equal ones), each whose position is more than `separation` from all those taken before it, by
// ascending keys, up to `wanted` and to 64: their positions, which differ. Returns how many. `left` is a scratch of n.
long ck_separate(long n, const float *keys, const int32_t *positions, int32_t separation, long nearest, long wanted, int32_t *left,
                 int32_t *result);

// --- Frames -------------------------------------------------------------------------------------------------------------------------
// y[k] = (accumulate ? y[k] : 0) + sum over i < rows of x[i] * matrix[i * columns + k], in index order, where x[i] is not zero; products are
// rounded before they are added.
void ck_project(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate);
// mean[i] = (float)(sum over positions p of samples[p + i] - samples[p - 1]) * share, the sum in integers, for i < n.
void ck_mean(long n, long count, const int32_t *samples, const int64_t *positions, float share, float *mean);
// Of the values (float)(samples[p + i] - samples[p - 1], modulo 2^32) * unit over positions p: mean[i] = sum * share and
// variance[i] = max(0, sum of squares * share - mean[i]^2), sums in the order of positions.
void ck_expect(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float share, float *mean, float *variance);
// samples[i] = last + change[i], kept within +-10^10 (-10^10 for what is not a number) and rounded, halves to even; then kept within
// lowest ... highest.
void ck_place(long n, const float *change, int32_t last, int32_t lowest, int32_t highest, int32_t *samples);
// Quantises difference = target - copy - innovation: codes[k] = 0 where |difference| < dead_zone, elsewhere the whole part of
// |difference| + rounding, at most `largest`, with the sign of the difference. Adds codes to the innovation and the squared errors that remain
// to *distortion, as 16 chains (element i in chain i mod 16) that are added in order. Returns a guess of the bits: 5 + 2 min(|code|, 4) each, where not below dead_zone.
float ck_quantise(long n, const float *target, const float *copy, float dead_zone, float rounding, int32_t largest, float *innovation,
                  int32_t *codes, float *distortion);

// --- Matches beside a frame ---------------------------------------------------------------------------------------------------------
enum { CK_MATCHES = 16 };
// values[k * n + i] = (float)(samples[p + i] - samples[p - 1], modulo 2^32) * unit for the count positions p and i < n.
void ck_follow(long n, long count, const int32_t *samples, const int64_t *positions, float unit, float *values);
// distances[k] = (sum over i < n of (values[i * CK_MATCHES + k] - frame[i])^2) * share for k < CK_MATCHES, in index order.
void ck_nearness(long n, const float *values, const float *frame, float share, float *distances);
// mean[i] = sum over k < count of weights[k] * values[k * n + i], in index order.
void ck_blend(long n, long count, const float *values, const float *weights, float *mean);
