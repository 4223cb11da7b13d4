#pragma STDC FP_CONTRACT OFF
#include "dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static const struct ck_table *const tables[] = {
    [CK_SCALAR] = &ck_table_scalar,
#if CK_X86
    [CK_AVX2] = &ck_table_avx2,
    [CK_AVX512] = &ck_table_avx512,
#elif CK_ARM
    [CK_NEON] = &ck_table_neon,
#endif
};

static int available(int path) {
  switch (path) {
    case CK_SCALAR: return 1;
#if CK_X86
    case CK_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CK_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
#elif CK_ARM
    case CK_NEON: return 1;
#endif
    default: return 0;
  }
}

static _Atomic int chosen = -1;

int ck_simd_path(void) {
  int path = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (path >= 0) return path;
  static const char *const names[] = {"scalar", "avx2", "avx512", "neon"};
  const char *wanted = getenv("AECODEC_SIMD");
  path = CK_SCALAR;
  for (int p = CK_SCALAR; p <= CK_NEON; p++)
    if (available(p)) path = p;
  for (int p = CK_SCALAR; wanted && p <= CK_NEON; p++)
    if (!strcmp(wanted, names[p]) && available(p)) path = p;
  atomic_store_explicit(&chosen, path, memory_order_relaxed);
  return path;
}

int ck_set_simd_path(int path) {
  if (!available(path)) return 0;
  atomic_store(&chosen, path);
  return 1;
}

static const struct ck_table *active(void) { return tables[ck_simd_path()]; }

void ck_gemm(long m, long n, long k, const float *a, long a_row, long a_col, const float *b, long b_row, long b_col, float *c, long ldc,
             int accumulate) {
  active()->gemm(m, n, k, a, a_row, a_col, b, b_row, b_col, c, ldc, accumulate);
}
void ck_gemm_packed(long m, long n, long k, const float *a, long a_row, long a_col, const float *packed, float *c, long ldc, int accumulate) {
  active()->gemm_packed(m, n, k, a, a_row, a_col, packed, c, ldc, accumulate);
}
// The first float of packed weights names the path whose layout they have, so that a change of path in between does no harm.
static const struct ck_table *mark(float *packed) {
  int path = ck_simd_path();
  *packed = (float)path;
  return tables[path];
}
void ck_conv_pack(const struct ck_conv *s, const float *w, float *packed) { mark(packed)->conv_pack(s, w, packed + CK_PACKED_HEADER); }
void ck_conv_transposed_pack(const struct ck_conv *s, const float *w, float *packed) {
  mark(packed)->conv_transposed_pack(s, w, packed + CK_PACKED_HEADER);
}
void ck_conv(const struct ck_conv *s, const float *x, const float *packed, const float *bias, float *y, long from, long to) {
  tables[(int)*packed]->conv(s, x, packed + CK_PACKED_HEADER, bias, y, from, to);
}
void ck_conv_transposed(const struct ck_conv *s, const float *y, const float *packed, const float *bias, float *x, long from, long to) {
  tables[(int)*packed]->conv_transposed(s, y, packed + CK_PACKED_HEADER, bias, x, from, to);
}
void ck_conv_weights(const struct ck_conv *s, const float *x, const float *dy, float *dw, float *scratch, long from, long to) {
  active()->conv_weights(s, x, dy, dw, scratch, from, to);
}
void ck_unary(int op, size_t n, const float *x, float *y, float parameter) { active()->unary(op, n, x, y, parameter); }
void ck_unary_gradient(int op, size_t n, const float *x, const float *y, const float *dy, float *dx, float parameter) {
  active()->unary_gradient(op, n, x, y, dy, dx, parameter);
}
void ck_binary(int op, size_t n, const float *a, int a_step, const float *b, int b_step, float *y) {
  active()->binary(op, n, a, a_step, b, b_step, y);
}
void ck_axpy(size_t n, float factor, const float *x, float *y) { active()->axpy(n, factor, x, y); }
void ck_multiply_add(size_t n, const float *a, const float *b, float *y) { active()->multiply_add(n, a, b, y); }
float ck_sum(size_t n, const float *x) { return active()->sum(n, x); }
float ck_dot(size_t n, const float *a, const float *b) { return active()->dot(n, a, b); }
void ck_add_rows(size_t rows, size_t columns, const float *x, size_t ld, float *y) { active()->add_rows(rows, columns, x, ld, y); }
void ck_softmax(size_t rows, size_t columns, const float *x, float *y, const int32_t *targets, float *losses) {
  active()->softmax(rows, columns, x, y, targets, losses);
}
void ck_normalise(size_t rows, size_t columns, const float *x, float *y, float *scales, float epsilon) {
  active()->normalise(rows, columns, x, y, scales, epsilon);
}
void ck_normalise_gradient(size_t rows, size_t columns, const float *y, const float *scales, const float *dy, float *dx) {
  active()->normalise_gradient(rows, columns, y, scales, dy, dx);
}
void ck_gru(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *h, size_t h_ld, float *next,
            size_t next_ld, float *saved, size_t saved_ld) {
  active()->gru(rows, size, input, input_ld, recurrent, h, h_ld, next, next_ld, saved, saved_ld);
}
void ck_gru_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *h, size_t h_ld, const float *d_next,
                     float *d_input, float *d_recurrent, size_t gates_ld, float *d_h) {
  active()->gru_gradient(rows, size, saved, saved_ld, h, h_ld, d_next, d_input, d_recurrent, gates_ld, d_h);
}
void ck_lstm(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *c, size_t c_ld, float *cell,
             size_t cell_ld, float *next, size_t next_ld, float *saved, size_t saved_ld) {
  active()->lstm(rows, size, input, input_ld, recurrent, c, c_ld, cell, cell_ld, next, next_ld, saved, saved_ld);
}
void ck_lstm_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *c, size_t c_ld, const float *d_next,
                      float *d_cell, float *d_gates, size_t gates_ld) {
  active()->lstm_gradient(rows, size, saved, saved_ld, c, c_ld, d_next, d_cell, d_gates, gates_ld);
}
void ck_adam_step(size_t n, const struct ck_adam *s, const float *gradient, float *m, float *v, float *w) {
  active()->adam_step(n, s, gradient, m, v, w);
}
