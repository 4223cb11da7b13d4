// Element-by-element kernels, sums and row kernels for vectors of W floats; W = 1 is the scalar reference.
#pragma once
#include "functions.h"

#define MAP(...)                          \
  for (; i + W <= n; i += W) {            \
    V a = LOAD(x + i);                    \
    STORE(y + i, __VA_ARGS__);            \
  }                                       \
  if (i < n) {                            \
    V a = load_part(x + i, n - i);        \
    store_part(y + i, __VA_ARGS__, n - i); \
  }                                       \
  break

static void unary(int op, size_t n, const float *x, float *y, float parameter) {
  size_t i = 0;
  V p = SPLAT(parameter);
  switch (op) {
    case CK_EXP: MAP(exp_(a));
    case CK_LOG: MAP(log_(a));
    case CK_TANH: MAP(tanh_(a));
    case CK_SIGMOID: MAP(sigmoid_(a));
    case CK_SILU: MAP(a * sigmoid_(a));
    case CK_SOFTPLUS: MAP(softplus_(a));
    case CK_RELU: MAP(max0(a));
    case CK_LEAKY_RELU: MAP(select_(a > (V){}, a, a * p));
    case CK_SQUARE: MAP(a * a);
    case CK_ABS: MAP(abs_(a));
    case CK_SQRT: MAP(__builtin_elementwise_sqrt(a));
    case CK_RECIPROCAL: MAP(1.0f / a);
    case CK_SCALE: MAP(a * p);
    case CK_OFFSET: MAP(a + p);
    case CK_CLAMP_MIN: MAP(select_(a < p, p, a));
    case CK_CLAMP_MAX: MAP(select_(a > p, p, a));
    case CK_ROUND: MAP(round_(a));
  }
}

#define GRADIENT(...)                                                                                   \
  for (; i + W <= n; i += W) {                                                                          \
    V a = LOAD(x + i), b = LOAD(y + i), d = LOAD(dy + i);                                               \
    (void)a, (void)b;                                                                                   \
    STORE(dx + i, __VA_ARGS__);                                                                         \
  }                                                                                                     \
  if (i < n) {                                                                                          \
    V a = load_part(x + i, n - i), b = load_part(y + i, n - i), d = load_part(dy + i, n - i);           \
    (void)a, (void)b;                                                                                   \
    store_part(dx + i, __VA_ARGS__, n - i);                                                             \
  }                                                                                                     \
  break

static inline V silu_slope(V x) {
  V s = sigmoid_(x);
  return s * FMA(x, 1.0f - s, SPLAT(1));
}

static void unary_gradient(int op, size_t n, const float *x, const float *y, const float *dy, float *dx, float parameter) {
  size_t i = 0;
  V p = SPLAT(parameter), zero = {};
  switch (op) {
    case CK_EXP: GRADIENT(d * b);
    case CK_LOG: GRADIENT(d / a);
    case CK_TANH: GRADIENT(d * FMA(-b, b, SPLAT(1)));
    case CK_SIGMOID: GRADIENT(d * (b * (1.0f - b)));
    case CK_SILU: GRADIENT(d * silu_slope(a));
    case CK_SOFTPLUS: GRADIENT(d * sigmoid_(a));
    case CK_RELU: GRADIENT(select_(a > zero, d, zero));
    case CK_LEAKY_RELU: GRADIENT(select_(a > zero, d, d * p));
    case CK_SQUARE: GRADIENT(d * (a + a));
    case CK_ABS: GRADIENT(select_(a > zero, d, select_(a < zero, -d, zero)));
    case CK_SQRT: GRADIENT(d * 0.5f / b);
    case CK_RECIPROCAL: GRADIENT(-d * (b * b));
    case CK_SCALE: GRADIENT(d * p);
    case CK_OFFSET: GRADIENT(d);
    case CK_CLAMP_MIN: GRADIENT(select_(a < p, zero, d));
    case CK_CLAMP_MAX: GRADIENT(select_(a > p, zero, d));
    case CK_ROUND: GRADIENT(d);
  }
}

#define PAIR(OP)                                                                   \
  for (; i + W <= n; i += W) {                                                     \
    V u = a_step ? LOAD(a + i) : SPLAT(*a), v = b_step ? LOAD(b + i) : SPLAT(*b);  \
    STORE(y + i, u OP v);                                                          \
  }                                                                                \
  for (; i < n; i++) y[i] = a[a_step ? i : 0] OP b[b_step ? i : 0];                \
  break

static void binary(int op, size_t n, const float *a, int a_step, const float *b, int b_step, float *y) {
  size_t i = 0;
  switch (op) {
    case CK_ADD: PAIR(+);
    case CK_SUBTRACT: PAIR(-);
    case CK_MULTIPLY: PAIR(*);
    case CK_DIVIDE: PAIR(/);
  }
}

static void axpy(size_t n, float factor, const float *x, float *y) {
  size_t i = 0;
  V f = SPLAT(factor);
  for (; i + W <= n; i += W) STORE(y + i, FMA(f, LOAD(x + i), LOAD(y + i)));
  if (i < n) store_part(y + i, FMA(f, load_part(x + i, n - i), load_part(y + i, n - i)), n - i);
}

static void multiply_add(size_t n, const float *a, const float *b, float *y) {
  size_t i = 0;
  for (; i + W <= n; i += W) STORE(y + i, FMA(LOAD(a + i), LOAD(b + i), LOAD(y + i)));
  if (i < n) store_part(y + i, FMA(load_part(a + i, n - i), load_part(b + i, n - i), load_part(y + i, n - i)), n - i);
}

// CK_LANES chains over EXPR(p), from first to last; a last partial group leaves the other chains alone.
#define LANES(STEP, PART)                                        \
  V lanes[CK_LANES / W];                                         \
  for (int j = 0; j < CK_LANES / W; j++) lanes[j] = (V){};       \
  size_t i = 0;                                                  \
  for (; i + CK_LANES <= n; i += CK_LANES)                       \
    for (int j = 0; j < CK_LANES / W; j++) {                     \
      size_t p = i + (size_t)j * W;                              \
      lanes[j] = STEP;                                           \
    }                                                            \
  float all[CK_LANES];                                           \
  for (int j = 0; j < CK_LANES / W; j++) STORE(all + j * W, lanes[j]); \
  for (int j = 0; i < n; i++, j++) all[j] = PART;                \
  return halve(all)

static inline float halve(float *all) {
  for (int half = CK_LANES / 2; half; half /= 2)
    for (int j = 0; j < half; j++) all[j] += all[j + half];
  return all[0];
}
static float sum(size_t n, const float *x) { LANES(lanes[j] + LOAD(x + p), all[j] + x[i]); }
static float dot(size_t n, const float *a, const float *b) {
  LANES(FMA(LOAD(a + p), LOAD(b + p), lanes[j]), __builtin_fmaf(a[i], b[i], all[j]));
}

static void add_rows(size_t rows, size_t columns, const float *x, size_t ld, float *y) {
  size_t j = 0;
  for (; j + 4 * W <= columns; j += 4 * W) {
    V a = LOAD(y + j), b = LOAD(y + j + W), c = LOAD(y + j + 2 * W), d = LOAD(y + j + 3 * W);
    const float *p = x + j;
    for (size_t i = 0; i < rows; i++, p += ld) a += LOAD(p), b += LOAD(p + W), c += LOAD(p + 2 * W), d += LOAD(p + 3 * W);
    STORE(y + j, a), STORE(y + j + W, b), STORE(y + j + 2 * W, c), STORE(y + j + 3 * W, d);
  }
  for (; j + W <= columns; j += W) {
    V a = LOAD(y + j);
    for (size_t i = 0; i < rows; i++) a += LOAD(x + i * ld + j);
    STORE(y + j, a);
  }
  for (; j < columns; j++)
    for (size_t i = 0; i < rows; i++) y[j] += x[i * ld + j];
}

static void softmax(size_t rows, size_t columns, const float *x, float *y, const int32_t *targets, float *losses) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    float top = x[0];
    for (size_t j = 1; j < columns; j++) top = x[j] > top ? x[j] : top;
    float shifted = targets ? x[targets[r]] - top : 0;  // x and y may be the same memory
    unary(CK_OFFSET, columns, x, y, -top);
    unary(CK_EXP, columns, y, y, 0);
    float total = sum(columns, y);
    if (targets) losses[r] = log_(SPLAT(total))[0] - shifted;
    unary(CK_SCALE, columns, y, y, 1.0f / total);
  }
}

static void normalise(size_t rows, size_t columns, const float *x, float *y, float *scales, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    unary(CK_OFFSET, columns, x, y, -(sum(columns, x) / (float)columns));
    float variance = dot(columns, y, y) / (float)columns;
    scales[r] = 1.0f / __builtin_elementwise_sqrt(SPLAT(variance + epsilon))[0];
    unary(CK_SCALE, columns, y, y, scales[r]);
  }
}

static void normalise_gradient(size_t rows, size_t columns, const float *y, const float *scales, const float *dy, float *dx) {
  for (size_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
    float mean = sum(columns, dy) / (float)columns, slope = dot(columns, dy, y) / (float)columns;
    unary(CK_OFFSET, columns, dy, dx, -mean);
    axpy(columns, -slope, y, dx);
    unary(CK_SCALE, columns, dx, dx, scales[r]);
  }
}

static void adam_step(size_t n, const struct ck_adam *s, const float *gradient, float *m, float *v, float *w) {
  V one_b1 = SPLAT(1.0f - s->beta1), one_b2 = SPLAT(1.0f - s->beta2);
  for (size_t i = 0; i < n; i += W) {
    size_t left = n - i;
    int full = left >= W;
#define GET(P) (full ? LOAD((P) + i) : load_part((P) + i, left))
#define PUT(P, X) (full ? (void)STORE((P) + i, X) : store_part((P) + i, X, left))
    V g = GET(gradient) * s->factor, first = GET(m), second = GET(v), weight = GET(w);
    first = FMA(one_b1, g - first, first);
    second = FMA(one_b2, FMA(g, g, -second), second);
    V step = first * s->correction1 / (__builtin_elementwise_sqrt(second * s->correction2) + s->epsilon);
    step = FMA(SPLAT(s->decay), weight, step);
    weight = FMA(SPLAT(-s->rate), step, weight);
    PUT(m, first), PUT(v, second), PUT(w, weight);
#undef GET
#undef PUT
  }
}
