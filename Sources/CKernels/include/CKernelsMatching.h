// Integer and elementwise kernels of the memory: template matching on decoded samples, and the frame transform. Integer results do not depend
// on the path; the float kernels here work element by element in index order, so theirs do not either.
#pragma once
#include <stdint.h>

// dots[j] = sum over i < taps of window[i] * p[j + i], for j < n, modulo 2^32; taps is even; pairs[j] holds p[j] (low half) and p[j + 1] (high half).
void ck_slide(long n, int taps, const int16_t *window, const int32_t *pairs, int32_t *dots);
// keys[j] = (accumulate ? keys[j] : 0) + (float)d, d = energy + energies[j] - 2 * (dots[j] - anchors[j] * sum), which must lie in 0 ..< 2^32:
// the squared distance between the window and the stretch at j, each less its anchor.
void ck_match(long n, const int32_t *dots, const int16_t *anchors, const int32_t *energies, int32_t energy, int32_t sum, float *keys, int accumulate);
// The number of keys below the bound.
long ck_count_below(long n, const float *keys, float bound);
// Writes the indices of keys below the bound, ascending, at most `limit` of them; returns how many there are.
long ck_collect_below(long n, const float *keys, float bound, int32_t *indices, long limit);
// y[k] = (accumulate ? y[k] : 0) + sum over i < rows of x[i] * matrix[i * columns + k], in index order, products rounded before they are added.
void ck_project(long rows, long columns, const float *matrix, const float *x, float *y, int accumulate);
