// Kernels of the least squares that predict pictures and sound. Element by element, products rounded before they are added, so that the path does not matter.
#pragma STDC FP_CONTRACT OFF
#include "CKernelsSquares.h"
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * CK_SQUARES_LANES), aligned(4)));
typedef double wide __attribute__((vector_size(8 * CK_SQUARES_LANES), aligned(8)));
INLINE long first(long row) { return row / CK_SQUARES_LANES * CK_SQUARES_LANES; }

INLINE void add_body(long rows, long pitch, const float *restrict x, float weight, float *restrict a) {
  for (long k = 0; k < rows; k++) {
    const float factor = weight * x[k];
    for (long j = first(k); j < pitch; j += CK_SQUARES_LANES) *(vector *)(a + k * pitch + j) += factor * *(const vector *)(x + j);
  }
}

INLINE void gather_body(long count, const float *restrict near, float close, const float *restrict next, float far, float *restrict sum) {
  for (long i = 0; i < count; i++) sum[i] = near[i] * close + next[i] * far + sum[i];
}

INLINE void keep_body(long count, const float *restrict before, const float *restrict after, float keep, float *restrict sum) {
  for (long i = 0; i < count; i++) sum[i] = (sum[i] + (after[i] - before[i])) * keep;
}

// Of floats and of doubles.
#define SOLVE(NAME, REAL, VECTOR)                                                                                                           \
  INLINE int NAME(long n, long pitch, const REAL *restrict a, REAL ridge, REAL *restrict f, REAL *restrict w) {                             \
    for (long k = 0; k < n; k++) {                                                                                                          \
      for (long j = first(k); j < pitch; j += CK_SQUARES_LANES) *(VECTOR *)(f + k * pitch + j) = *(const VECTOR *)(a + k * pitch + j);      \
      f[k * pitch + k] += ridge;                                                                                                            \
    }                                                                                                                                       \
    for (long k = 0; k < n; k++) {                                                                                                          \
      const REAL *row = f + k * pitch, pivot = row[k];                                                                                      \
      if (!(pivot > 1e-9f)) return 0;                                                                                                       \
      const REAL inverse = 1 / pivot;                                                                                                       \
      for (long i = k + 1; i < n; i++) {                                                                                                    \
        const REAL factor = row[i] * inverse;                                                                                               \
        REAL *other = f + i * pitch;                                                                                                        \
        for (long j = first(i); j < pitch; j += CK_SQUARES_LANES) *(VECTOR *)(other + j) -= factor * *(const VECTOR *)(row + j);            \
      }                                                                                                                                     \
    }                                                                                                                                       \
    for (long k = 0; k < n; k++) w[k] = f[k * pitch + n];                                                                                   \
    for (long k = n - 1; k >= 0; k--) {                                                                                                     \
      const REAL value = w[k] / f[k * pitch + k];                                                                                           \
      w[k] = value;                                                                                                                         \
      for (long i = 0; i < k; i++) w[i] -= f[i * pitch + k] * value;                                                                        \
    }                                                                                                                                       \
    return 1;                                                                                                                               \
  }
SOLVE(solve_body, float, vector)
SOLVE(solve_wide_body, double, wide)

#define VARIANT(SUFFIX, TARGET)                                                                                                         \
  TARGET static void ck_squares_add_##SUFFIX(long rows, long pitch, const float *x, float weight, float *a) {                           \
    add_body(rows, pitch, x, weight, a);                                                                                                \
  }                                                                                                                                     \
  TARGET static void ck_squares_gather_##SUFFIX(long count, const float *near, float close, const float *next, float far, float *sum) { \
    gather_body(count, near, close, next, far, sum);                                                                                    \
  }                                                                                                                                     \
  TARGET static void ck_squares_keep_##SUFFIX(long count, const float *before, const float *after, float keep, float *sum) {            \
    keep_body(count, before, after, keep, sum);                                                                                         \
  }                                                                                                                                     \
  TARGET static int ck_squares_solve_##SUFFIX(long n, long pitch, const float *a, float ridge, float *f, float *w) {                    \
    return solve_body(n, pitch, a, ridge, f, w);                                                                                        \
  }                                                                                                                                     \
  TARGET static int ck_squares_solve_wide_##SUFFIX(long n, long pitch, const double *a, double ridge, double *f, double *w) {           \
    return solve_wide_body(n, pitch, a, ridge, f, w);                                                                                   \
  }
CK_EVERY_PATH(VARIANT)

void ck_squares_add(long rows, long pitch, const float *x, float weight, float *a) { CK_SELECT(ck_squares_add, (rows, pitch, x, weight, a)); }

void ck_squares_gather(long count, const float *near, float close, const float *next, float far, float *sum) {
  CK_SELECT(ck_squares_gather, (count, near, close, next, far, sum));
}

void ck_squares_keep(long count, const float *before, const float *after, float keep, float *sum) {
  CK_SELECT(ck_squares_keep, (count, before, after, keep, sum));
}

int ck_squares_solve(long n, long pitch, const float *a, float ridge, float *factor, float *weights) {
  CK_SELECT_RETURN(ck_squares_solve, (n, pitch, a, ridge, factor, weights));
}

int ck_squares_solve_wide(long n, long pitch, const double *a, double ridge, double *factor, double *weights) {
  CK_SELECT_RETURN(ck_squares_solve_wide, (n, pitch, a, ridge, factor, weights));
}
