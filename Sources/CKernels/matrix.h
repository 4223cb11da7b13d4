// Matrix product for vectors of W floats: micro-kernels that hold a block of c in registers, and the packing around them.
// Needs W and MAX_ROWS (rows of c that the registers can hold beside two vectors of columns).
#pragma once
#include "functions.h"

enum { KC = 256, NC = 1024, MC_PANELS = 16, FEW = 96 };

// c[R, N*W] += a * b: row k of a at a + k*lda, row k of b at b + offsets[k]. Starts from c if `load`, else from zero.
typedef void (*micro)(long kc, const float *a, long lda, const float *b, const int32_t *offsets, float *c, long ldc, int load);
#define UNROLL _Pragma("clang loop unroll(full)")
#define MICRO(R, N)                                                                                                                     \
  static void micro_##R##_##N(long kc, const float *a, long lda, const float *b, const int32_t *offsets, float *c, long ldc, int load) { \
    V acc[R][N];                                                                                                                        \
    UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < N; j++) acc[i][j] = load ? LOAD(c + i * ldc + j * W) : (V){};         \
    for (long k = 0; k < kc; k++, a += lda) {                                                                                           \
      const float *row = b + offsets[k];                                                                                                \
      V columns[N];                                                                                                                     \
      UNROLL for (int j = 0; j < N; j++) columns[j] = LOAD(row + j * W);                                                                \
      UNROLL for (int i = 0; i < R; i++) {                                                                                              \
        V value = SPLAT(a[i]);                                                                                                          \
        UNROLL for (int j = 0; j < N; j++) acc[i][j] = FMA(value, columns[j], acc[i][j]);                                               \
      }                                                                                                                                 \
    }                                                                                                                                   \
    UNROLL for (int i = 0; i < R; i++) UNROLL for (int j = 0; j < N; j++) STORE(c + i * ldc + j * W, acc[i][j]);                        \
  }
#define MICROS(R, WIDE) MICRO(R, 1) MICRO(R, 2) MICRO(R, WIDE)
#define ENTRY(R, WIDE) {micro_##R##_1, micro_##R##_2, micro_##R##_##WIDE, WIDE}
struct micros {
  micro one, two, wide;
  int columns;  // vectors that `wide` takes: more where few rows leave registers free
};
#if MAX_ROWS == 12
MICROS(1, 8) MICROS(2, 8) MICROS(3, 8) MICROS(4, 4) MICROS(5, 4) MICROS(6, 4) MICROS(7, 3) MICROS(8, 3)
MICRO(9, 1) MICRO(9, 2) MICRO(10, 1) MICRO(10, 2) MICRO(11, 1) MICRO(11, 2) MICRO(12, 1) MICRO(12, 2)
static const struct micros micros[] = {{0}, ENTRY(1, 8), ENTRY(2, 8), ENTRY(3, 8), ENTRY(4, 4), ENTRY(5, 4), ENTRY(6, 4), ENTRY(7, 3),
                                       ENTRY(8, 3), ENTRY(9, 2), ENTRY(10, 2), ENTRY(11, 2), ENTRY(12, 2)};
#else
MICROS(1, 8) MICROS(2, 4) MICROS(3, 4) MICROS(4, 3) MICRO(5, 1) MICRO(5, 2) MICRO(6, 1) MICRO(6, 2)
static const struct micros micros[] = {{0}, ENTRY(1, 8), ENTRY(2, 4), ENTRY(3, 4), ENTRY(4, 3), ENTRY(5, 2), ENTRY(6, 2)};
#endif

// `rows` rows of c, at most MAX_ROWS, and n columns; rows of b must be readable up to the next multiple of W.
static void block(long rows, long n, long kc, const float *a, long lda, const float *b, const int32_t *offsets, float *c, long ldc, int load) {
  const struct micros *m = &micros[rows];
  long j = 0;
  for (long wide = m->columns * W; j + wide <= n; j += wide) m->wide(kc, a, lda, b + j, offsets, c + j, ldc, load);
  for (; j + 2 * W <= n; j += 2 * W) m->two(kc, a, lda, b + j, offsets, c + j, ldc, load);
  for (; j + W <= n; j += W) m->one(kc, a, lda, b + j, offsets, c + j, ldc, load);
  if (j < n) {
    float edge[MAX_ROWS * W];
    if (load)
      for (long i = 0; i < rows; i++) STORE(edge + i * W, load_part(c + i * ldc + j, (size_t)(n - j)));
    m->one(kc, a, lda, b + j, offsets, edge, W, load);
    for (long i = 0; i < rows; i++) store_part(c + i * ldc + j, LOAD(edge + i * W), (size_t)(n - j));
  }
}

// m rows are cut into panels of nearly equal height.
static inline long panel_count(long m) { return (m + MAX_ROWS - 1) / MAX_ROWS; }
static inline long panel_start(long m, long panels, long p) { return p * (m / panels) + ck_min(p, m % panels); }

typedef float V8 __attribute__((vector_size(32), aligned(4)));
// to[j*ldt + i] = from[i*ldf + j] for i < rows, j < columns
static void turn(long rows, long columns, const float *from, long ldf, float *to, long ldt) {
#define SHUFFLE(A, B, ...) __builtin_shufflevector(A, B, __VA_ARGS__)
  long i = 0;
  for (; i + 8 <= rows; i += 8) {
    long j = 0;
    for (; j + 8 <= columns; j += 8) {
      V8 r[8], t[8];
      for (int k = 0; k < 8; k++) r[k] = *(const V8 *)(from + (i + k) * ldf + j);
      for (int k = 0; k < 8; k += 2) {
        t[k] = SHUFFLE(r[k], r[k + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        t[k + 1] = SHUFFLE(r[k], r[k + 1], 1, 9, 3, 11, 5, 13, 7, 15);
      }
      for (int k = 0; k < 8; k += 4)
        for (int l = 0; l < 2; l++) {
          r[k + l] = SHUFFLE(t[k + l], t[k + l + 2], 0, 1, 8, 9, 4, 5, 12, 13);
          r[k + l + 2] = SHUFFLE(t[k + l], t[k + l + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
      for (int k = 0; k < 4; k++) {
        *(V8 *)(to + (j + k) * ldt + i) = SHUFFLE(r[k], r[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(V8 *)(to + (j + k + 4) * ldt + i) = SHUFFLE(r[k], r[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
      }
    }
    for (; j < columns; j++)
      for (int k = 0; k < 8; k++) to[j * ldt + i + k] = from[(i + k) * ldf + j];
  }
  for (; i < rows; i++)
    for (long j = 0; j < columns; j++) to[j * ldt + i] = from[i * ldf + j];
}

static void pack_rows(long rows, long kc, const float *a, long a_row, long a_col, float *to) {
  if (a_col == 1) return turn(rows, kc, a, a_row, to, rows);
  for (long k = 0; k < kc; k++, to += rows)
    for (long i = 0; i < rows; i++) to[i] = a[i * a_row + k * a_col];
}

// One block of at most KC of k; panels of packed b stand panel_pitch floats apart.
static void product(long m, long n, long kc, const float *a, long a_row, long a_col, const float *packed, long panel_pitch, float *c, long ldc,
                    int load) {
  _Alignas(64) float rows[MC_PANELS * MAX_ROWS * KC];
  int32_t offsets[KC];
  for (long k = 0; k < kc; k++) offsets[k] = (int32_t)k * CK_PANEL;
  long panels = panel_count(m);
  // Columns of a that lie as the micro-kernels want them, and are used once, stay where they are.
  int direct = a_row == 1 && n <= CK_PANEL;
  for (long p0 = 0; p0 < panels; p0 += MC_PANELS) {
    long p1 = ck_min(panels, p0 + MC_PANELS), first = panel_start(m, panels, p0);
    for (long p = p0; p < p1 && !direct; p++) {
      long i = panel_start(m, panels, p);
      pack_rows(panel_start(m, panels, p + 1) - i, kc, a + i * a_row, a_row, a_col, rows + (i - first) * kc);
    }
    for (long j = 0; j < n; j += CK_PANEL)
      for (long p = p0; p < p1; p++) {
        long i = panel_start(m, panels, p), height = panel_start(m, panels, p + 1) - i;
        block(height, ck_min(CK_PANEL, n - j), kc, direct ? a + i : rows + (i - first) * kc, direct ? a_col : height,
              packed + j / CK_PANEL * panel_pitch, offsets, c + i * ldc + j, ldc, load);
      }
  }
}

static void gemm_packed(long m, long n, long k, const float *a, long a_row, long a_col, const float *packed, float *c, long ldc, int accumulate) {
  if (!k && !accumulate)
    for (long i = 0; i < m; i++) memset(c + i * ldc, 0, sizeof(float) * n);
  for (long k0 = 0; k0 < k; k0 += KC)
    product(m, n, ck_min(KC, k - k0), a + k0 * a_col, a_row, a_col, packed + k0 * CK_PANEL, k * CK_PANEL, c, ldc, accumulate || k0);
}

// Few rows: an element of b is used too seldom to pay for packing, so b is read where it stands (measured: up to about 100 rows).
static void few_rows(long m, long n, long k, const float *a, long a_row, long a_col, const float *b, long b_row, float *c, long ldc, int load) {
  float rows[MAX_ROWS * KC], edge[KC * W];
  int32_t offsets[KC], edges[KC];
  long whole = n / W * W;
  for (long k0 = 0; k0 < k; k0 += KC, load = 1) {
    long kc = ck_min(KC, k - k0), panels = panel_count(m);
    for (long i = 0; i < kc; i++) offsets[i] = (int32_t)(i * b_row), edges[i] = (int32_t)i * W;
    if (whole < n)
      for (long i = 0; i < kc; i++) STORE(edge + i * W, load_part(b + (k0 + i) * b_row + whole, (size_t)(n - whole)));
    for (long p = 0; p < panels; p++) {
      long i = panel_start(m, panels, p), height = panel_start(m, panels, p + 1) - i;
      pack_rows(height, kc, a + i * a_row + k0 * a_col, a_row, a_col, rows);
      block(height, whole, kc, rows, height, b + k0 * b_row, offsets, c + i * ldc, ldc, load);
      if (whole < n) block(height, n - whole, kc, rows, height, edge, edges, c + i * ldc + whole, ldc, load);
    }
  }
}

static void gemm(long m, long n, long k, const float *a, long a_row, long a_col, const float *b, long b_row, long b_col, float *c, long ldc,
                 int accumulate) {
  if (!k && !accumulate)
    for (long i = 0; i < m; i++) memset(c + i * ldc, 0, sizeof(float) * n);
  if (m <= FEW && b_col == 1 && b_row < INT32_MAX / KC) return few_rows(m, n, k, a, a_row, a_col, b, b_row, c, ldc, accumulate);
  _Alignas(64) float packed[KC * NC];
  for (long j = 0; j < n; j += NC)
    for (long k0 = 0; k0 < k; k0 += KC) {
      long kc = ck_min(KC, k - k0), columns = ck_min(NC, n - j);
      ck_pack(columns, kc, b + k0 * b_row + j * b_col, b_row, b_col, packed);
      product(m, columns, kc, a + k0 * a_col, a_row, a_col, packed, kc * CK_PANEL, c + j, ldc, accumulate || k0);
    }
}
