// Runs every kernel on fixed pseudo-random inputs and prints a hash of its outputs, a line each: the same on every machine and path.
// The path is the one that AECODEC_SIMD names; the first line, which says which one it was, goes to standard error.
#pragma STDC FP_CONTRACT OFF
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static uint64_t state;
static uint32_t draw(void) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return (uint32_t)(state >> 16);
}
static long pick(long low, long high) { return low + (long)(draw() % (uint32_t)(high - low + 1)); }

// Arrays live until the next kernel.
static void *arrays[256];
static int array_count;
static void *allocate(size_t bytes) {
  void *p = calloc(bytes + 64, 1);
  if (!p || array_count == 256) abort();
  return arrays[array_count++] = p;
}
static float *zeros(long n) { return allocate(sizeof(float) * (size_t)n); }
static float *floats(long n, float reach) {
  float *x = zeros(n);
  for (long i = 0; i < n; i++) x[i] = ((float)(int32_t)(draw() << 8 >> 8) / 8388608.0f - 1.0f) * reach;
  return x;
}
static int16_t *shorts(long n, int reach) {
  int16_t *x = allocate(sizeof(int16_t) * (size_t)n);
  for (long i = 0; i < n; i++) x[i] = (int16_t)pick(-reach, reach);
  return x;
}

static uint64_t hash;
static void add(const void *bytes, size_t count) {
  const unsigned char *p = bytes;
  for (size_t i = 0; i < count; i++) hash = (hash ^ p[i]) * UINT64_C(1099511628211);
}
static void add_floats(const float *x, long n) { add(x, sizeof(float) * (size_t)n); }

static void matrix(void) {
  const long m = pick(1, 40), n = pick(1, 130), k = pick(1, 200);
  float *a = floats(m * k, 1), *b = floats(k * n, 1), *c = floats(m * n, 1), *packed = zeros((long)ck_packed_size(n, k));
  ck_gemm(m, n, k, a, k, 1, b, n, 1, c, n, 1), add_floats(c, m * n);
  ck_gemm(m, n, k, a, 1, m, b, 1, k, c, n, 0), add_floats(c, m * n);
  ck_pack(n, k, b, n, 1, packed);
  ck_gemm_packed(m, n, k, a, k, 1, packed, c, n, 0), add_floats(c, m * n);
  ck_gemm_packed(m, n, k, a, 1, m, packed, c, n, 1), add_floats(c, m * n);
}

static void convolution(void) {
  struct ck_conv s = {.batch = 2, .groups = (int)pick(1, 2), .out_h = 1, .out_w = (int)pick(1, 150), .in_h = 1};
  s.in_channels = s.groups * (int)pick(1, 20), s.out_channels = s.groups * (int)pick(1, 30);
  s.kernel_h = 1, s.kernel_w = (int)pick(1, 16), s.stride_h = 1, s.stride_w = (int)pick(1, 8);
  s.dilation_h = 1, s.dilation_w = (int)pick(1, 3), s.pad_w = (int)pick(0, 8);
  s.in_w = s.out_w * s.stride_w + (int)pick(0, 8);
  if (!ck_conv_valid(&s)) abort();
  const long in = (long)s.batch * s.in_channels * s.in_w, out = (long)s.batch * s.out_channels * s.out_w;
  const long weights = (long)s.out_channels * (s.in_channels / s.groups) * s.kernel_w;
  float *x = floats(in, 1), *y = floats(out, 1), *w = floats(weights, 1), *bias_in = floats(s.in_channels, 1), *bias_out = floats(s.out_channels, 1);
  float *packed = zeros(weights + CK_PACKED_HEADER), *new_y = zeros(out), *new_x = zeros(in), *scratch = zeros((long)ck_conv_scratch(&s));
  ck_conv_pack(&s, w, packed);
  ck_conv(&s, x, packed, bias_out, new_y, 0, ck_conv_units(&s)), add_floats(new_y, out);
  ck_conv_transposed_pack(&s, w, packed);
  ck_conv_transposed(&s, y, packed, bias_in, new_x, 0, ck_conv_transposed_units(&s)), add_floats(new_x, in);
  ck_conv_weights(&s, x, y, w, scratch, 0, s.out_channels), add_floats(w, weights);
}

static void elementwise(void) {
  const long n = pick(1, 300);
  float *x = floats(n, 12), *b = floats(n, 3), *y = zeros(n), *dy = floats(n, 1), *dx = zeros(n);
  for (int op = CK_EXP; op <= CK_ROUND; op++) {
    float *from = zeros(n);
    // What these take, and what a reciprocal has no infinity for.
    for (long i = 0; i < n; i++) from[i] = op == CK_LOG || op == CK_SQRT || op == CK_RECIPROCAL ? x[i] * x[i] + 0.01f : x[i];
    ck_unary(op, (size_t)n, from, y, 0.3f), add_floats(y, n);
    ck_unary_gradient(op, (size_t)n, from, y, dy, dx, 0.3f), add_floats(dx, n);
  }
  for (long i = 0; i < n; i++) b[i] += b[i] < 0 ? -1.0f : 1.0f;
  for (int op = CK_ADD; op <= CK_DIVIDE; op++)
    for (int step = 0; step < 4; step++) ck_binary(op, (size_t)n, x, step & 1, b, step >> 1, y), add_floats(y, n);
  ck_axpy((size_t)n, 0.7f, x, y), add_floats(y, n);
  ck_multiply_add((size_t)n, x, b, y), add_floats(y, n);
}

static void sums(void) {
  const long n = pick(1, 1000), rows = pick(1, 20), columns = pick(1, 70);
  float *x = floats(n, 1), *b = floats(n, 1), *wide = floats(rows * columns, 5), *y = zeros(rows * columns), *dx = zeros(rows * columns);
  const float results[2] = {ck_sum((size_t)n, x), ck_dot((size_t)n, x, b)};
  add_floats(results, 2);
  float *total = floats(columns, 1), *losses = zeros(rows), *scales = zeros(rows);
  ck_add_rows((size_t)rows, (size_t)columns, wide, (size_t)columns, total), add_floats(total, columns);
  int32_t *targets = allocate(sizeof(int32_t) * (size_t)rows);
  for (long i = 0; i < rows; i++) targets[i] = (int32_t)pick(0, columns - 1);
  ck_softmax((size_t)rows, (size_t)columns, wide, y, targets, losses), add_floats(y, rows * columns), add_floats(losses, rows);
  ck_normalise((size_t)rows, (size_t)columns, wide, y, scales, 1e-5f), add_floats(y, rows * columns), add_floats(scales, rows);
  ck_normalise_gradient((size_t)rows, (size_t)columns, y, scales, wide, dx), add_floats(dx, rows * columns);
}

static void recurrent(void) {
  const size_t rows = (size_t)pick(1, 9), size = (size_t)pick(1, 70), all = rows * size;
  float *input = floats((long)(4 * all), 2), *hidden = floats((long)(4 * all), 2), *h = floats((long)all, 1), *next = zeros((long)all);
  float *saved = zeros((long)(5 * all)), *cell = zeros((long)all), *d = floats((long)all, 1), *d_in = zeros((long)(4 * all));
  float *d_hidden = zeros((long)(4 * all)), *d_h = zeros((long)all);
  ck_gru(rows, size, input, 3 * size, hidden, h, size, next, size, saved, 4 * size), add_floats(next, (long)all), add_floats(saved, (long)(4 * all));
  ck_gru_gradient(rows, size, saved, 4 * size, h, size, d, d_in, d_hidden, 3 * size, d_h);
  add_floats(d_in, (long)(3 * all)), add_floats(d_hidden, (long)(3 * all)), add_floats(d_h, (long)all);
  ck_lstm(rows, size, input, 4 * size, hidden, h, size, cell, size, next, size, saved, 5 * size);
  add_floats(cell, (long)all), add_floats(next, (long)all), add_floats(saved, (long)(5 * all));
  ck_lstm_gradient(rows, size, saved, 5 * size, h, size, d, cell, d_in, 4 * size), add_floats(cell, (long)all), add_floats(d_in, (long)(4 * all));
}

static void adam(void) {
  const long n = pick(1, 200);
  const struct ck_adam s = {.rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .decay = 0.01f, .factor = 0.5f,
                            .correction1 = 10.0f, .correction2 = 1000.0f};
  float *gradient = floats(n, 1), *m = floats(n, 0.1f), *v = floats(n, 0.1f), *w = floats(n, 1);
  for (long i = 0; i < n; i++) v[i] *= v[i];
  ck_adam_step((size_t)n, &s, gradient, m, v, w), add_floats(m, n), add_floats(v, n), add_floats(w, n);
}

static void matching(void) {
  const long n = pick(1, 500);
  const int taps = 2 * (int)pick(4, 32);
  int16_t *window = shorts(taps, 2047), *samples = shorts(n + taps + 1, 2047), *anchors = shorts(n, 2047);
  int32_t *pairs = allocate(sizeof(int32_t) * (size_t)(n + taps)), *energies = allocate(sizeof(int32_t) * (size_t)n);
  for (long j = 0; j < n + taps; j++) pairs[j] = (int32_t)((uint32_t)(uint16_t)samples[j] | (uint32_t)(uint16_t)samples[j + 1] << 16);
  for (long j = 0; j < n; j++) {
    energies[j] = 0;
    for (int i = 0; i < taps; i++) energies[j] += (samples[j + i] - anchors[j]) * (samples[j + i] - anchors[j]);
  }
  float *keys = zeros(n), *scratch = zeros(n), *least = zeros(n / CK_LEAST + 1);
  for (int lead = 0; lead < 3; lead++) ck_distances(n, taps, window, pairs, anchors, energies, keys, least, lead > 0), add_floats(keys, n);
  add_floats(least, (n + CK_LEAST - 1) / CK_LEAST);
  struct ck_found found = {zeros(n + 16), allocate(sizeof(int32_t) * (size_t)(n + 16)), 0, 0};
  int32_t *left = allocate(sizeof(int32_t) * (size_t)n), *positions = allocate(sizeof(int32_t) * (size_t)n);
  int32_t separate[64];
  for (long j = 0; j < n; j++) positions[j] = (int32_t)(j * 7 % n);
  for (int round = 0; round < 4; round++) {
    const float one = keys[pick(0, n - 1)], other = keys[pick(0, n - 1)];
    found.count = found.below = 0;
    ck_collect(n, keys, least, one < other ? one : other, one < other ? other : one, 5, &found);
    const long counts[4] = {ck_count_below(n, keys, one), found.count, found.below, ck_rank(n, keys, positions, other, (int32_t)n)};
    const float selected = ck_select(n, keys, pick(0, n - 1));
    const long taken = ck_separate(n, keys, positions, (int32_t)pick(0, 40), pick(1, n), 64, left, separate);
    add(counts, sizeof counts), add(found.places, sizeof(int32_t) * (size_t)found.count), add_floats(found.keys, found.count);
    add_floats(&selected, 1), add(separate, sizeof(int32_t) * (size_t)taken);
  }
  ck_sort(n, keys, scratch), add_floats(keys, n);
}

static void frames(void) {
  const long n = pick(1, 300), matches = pick(1, 16);
  int32_t *samples = allocate(sizeof(int32_t) * (size_t)(4 * n)), *codes = allocate(sizeof(int32_t) * (size_t)n);
  int64_t *positions = allocate(sizeof(int64_t) * (size_t)matches);
  for (long i = 0; i < 4 * n; i++) samples[i] = (int32_t)(draw() << 16 ^ draw());
  for (long k = 0; k < matches; k++) positions[k] = pick(1, 3 * n);
  float *mean = zeros(n), *variance = zeros(n), *target = floats(n, 5), *copy = floats(n, 5), *innovation = floats(n, 1), distortion = 1;
  ck_mean(n, matches, samples, positions, 0.3f, mean), add_floats(mean, n);
  ck_expect(n, matches, samples, positions, 0.01f, 0.3f, mean, variance), add_floats(mean, n), add_floats(variance, n);
  const float bits = ck_quantise(n, target, copy, 0.66f, 0.38f, 7, innovation, codes, &distortion);
  add_floats(&bits, 1), add_floats(&distortion, 1), add_floats(innovation, n), add(codes, sizeof(int32_t) * (size_t)n);
  ck_place(n, floats(n, 1e5f), 7, -50000, 60000, samples), add(samples, sizeof(int32_t) * (size_t)n);
}

static void synthesis(void) {
  const long n = pick(1, 300), matches = pick(1, CK_MATCHES);
  int32_t *samples = allocate(sizeof(int32_t) * (size_t)(4 * n));
  int64_t *positions = allocate(sizeof(int64_t) * (size_t)matches);
  for (long i = 0; i < 4 * n; i++) samples[i] = (int32_t)(draw() << 16 ^ draw());
  for (long k = 0; k < matches; k++) positions[k] = pick(1, 3 * n);
  float *values = zeros(n * matches), *mean = zeros(n), distances[CK_MATCHES];
  ck_follow(n, matches, samples, positions, 0.01f, values), add_floats(values, n * matches);
  ck_nearness(n, floats(n * CK_MATCHES, 3), floats(n, 3), 0.3f, distances), add_floats(distances, CK_MATCHES);
  ck_blend(n, matches, floats(n * matches, 3), floats(matches, 1), mean), add_floats(mean, n);
}

static void project(void) {
  const long rows = pick(1, 96), columns = pick(1, 192);
  float *matrix = floats(rows * columns, 1), *x = floats(rows, 100), *y = floats(columns, 1);
  for (long i = 0; i < rows; i += 3) x[i] = 0;
  ck_project(rows, columns, matrix, x, y, 1), add_floats(y, columns);
  ck_project(rows, columns, matrix, x, y, 0), add_floats(y, columns);
}

static void squares(void) {
  const long n = pick(1, 40), pitch = (n + CK_SQUARES_LANES) / CK_SQUARES_LANES * CK_SQUARES_LANES, size = n * pitch;
  float *a = zeros(size), *sum = floats(size, 1), *factor = zeros(size), *weights = zeros(n);
  for (long k = 0; k < 2 * n; k++) {
    float *x = floats(pitch, 9);
    for (long i = n + 1; i < pitch; i++) x[i] = 0;
    ck_squares_add(n, pitch, x, 0.3f + (float)k, a);
  }
  const int solved = ck_squares_solve(n, pitch, a, 0.5f, factor, weights);
  add(&solved, sizeof solved), add_floats(a, size), add_floats(weights, n);
  ck_squares_gather(size, a, 0.6f, factor, 0.2f, sum), add_floats(sum, size);
  ck_squares_keep(size, a, factor, 0.8f, sum), add_floats(sum, size);
}

int main(void) {
  static const char *const paths[] = {"scalar", "avx2", "avx512", "neon"};
  fprintf(stderr, "%s\n", paths[ck_simd_path()]);
  static const struct {
    const char *name;
    void (*run)(void);
  } kernels[] = {{"matrix", matrix}, {"convolution", convolution}, {"elementwise", elementwise}, {"sums", sums},
                 {"recurrent", recurrent}, {"adam", adam}, {"matching", matching}, {"frames", frames}, {"synthesis", synthesis},
                 {"project", project}, {"squares", squares}};
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
    hash = UINT64_C(14695981039346656037), state = UINT64_C(88172645463325252) + k;
    for (int round = 0; round < 60; round++) {
      kernels[k].run();
      while (array_count > 0) free(arrays[--array_count]);
    }
    printf("%s %016llx\n", kernels[k].name, (unsigned long long)hash);
  }
  return 0;
}
