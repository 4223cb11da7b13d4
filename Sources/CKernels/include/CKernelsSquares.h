// Least squares over few inputs, solved again and again: sums of products of inputs and target, and weights from them.
//
// A vector x has n inputs, the target at place n, and zeros up to `pitch`, a multiple of CK_SQUARES_LANES above n. A sum of products is a matrix of pitch x pitch, of
// which row k holds columns from k rounded down to CK_SQUARES_LANES on; others are never read. Elements stand for themselves: every product is
// rounded, then added, so that all paths give the same bits.
#pragma once

enum { CK_SQUARES_LANES = 8 };
// a[k][j] += (weight * x[k]) * x[j] for k < rows.
void ck_squares_add(long rows, long pitch, const float *x, float weight, float *a);
// sum[i] = (near[i] * close + next[i] * far) + sum[i].
void ck_squares_gather(long count, const float *near, float close, const float *next, float far, float *sum);
// sum[i] = (sum[i] + (after[i] - before[i])) * keep.
void ck_squares_keep(long count, const float *before, const float *after, float keep, float *sum);
// Weights w of n inputs by which (a + ridge on the diagonal) w = a's column n, through Gaussian elimination row by row without pivoting; `factor` is a scratch
// of n x pitch. Returns 0 where the matrix is not positive definite; the weights are then not touched.
int ck_squares_solve(long n, long pitch, const float *a, float ridge, float *factor, float *weights);
// The same in doubles.
int ck_squares_solve_wide(long n, long pitch, const double *a, double ridge, double *factor, double *weights);
