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
static double *doubles(long n, double reach) {
  double *x = allocate(sizeof(double) * (size_t)n);
  for (long i = 0; i < n; i++) x[i] = (double)(int32_t)draw() * 0x1p-31 * reach;
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
static void add_doubles(const double *x, long n) { add(x, sizeof(double) * (size_t)n); }
// Whether something is a number must not depend on the machine; which bits it has if it is none may.
static void add_numbers(const float *x, long n) {
  for (long i = 0; i < n; i++) {
    const float number = x[i] == x[i] ? x[i] : __builtin_nanf("");
    add_floats(&number, 1);
  }
}

static void matrix(void) {
  const long m = pick(1, 40), n = pick(1, 130), k = pick(1, 200);
  float *a = floats(m * k, 1), *b = floats(k * n, 1), *c = floats(m * n, 1), *packed = zeros((long)ck_packed_size(n, k));
  ck_gemm(m, n, k, a, k, 1, b, n, 1, c, n, 1), add_floats(c, m * n);
  ck_gemm(m, n, k, a, 1, m, b, 1, k, c, n, 0), add_floats(c, m * n);
  ck_pack(n, k, b, n, 1, packed);
  ck_gemm_packed(m, n, k, a, k, 1, packed, c, n, 0), add_floats(c, m * n);
  ck_gemm_packed(m, n, k, a, 1, m, packed, c, n, 1), add_floats(c, m * n);
}

static void convolve(struct ck_conv s) {
  s.in_channels *= s.groups, s.out_channels *= s.groups;
  s.in_h = s.out_h * s.stride_h + (int)pick(0, 3), s.in_w = s.out_w * s.stride_w + (int)pick(0, 8);
  if (!ck_conv_valid(&s)) abort();
  const long in = (long)s.batch * s.in_channels * s.in_h * s.in_w, out = (long)s.batch * s.out_channels * s.out_h * s.out_w;
  const long weights = (long)s.out_channels * (s.in_channels / s.groups) * s.kernel_h * s.kernel_w;
  float *x = floats(in, 1), *y = floats(out, 1), *w = floats(weights, 1), *bias_in = floats(s.in_channels, 1), *bias_out = floats(s.out_channels, 1);
  float *packed = zeros(weights + CK_PACKED_HEADER), *new_y = zeros(out), *new_x = zeros(in), *scratch = zeros((long)ck_conv_scratch(&s));
  ck_conv_pack(&s, w, packed);
  ck_conv(&s, x, packed, pick(0, 1) ? bias_out : 0, new_y, 0, ck_conv_units(&s)), add_floats(new_y, out);
  ck_conv_transposed_pack(&s, w, packed);
  ck_conv_transposed(&s, y, packed, pick(0, 1) ? bias_in : 0, new_x, 0, ck_conv_transposed_units(&s)), add_floats(new_x, in);
  ck_conv_weights(&s, x, y, w, scratch, 0, s.out_channels), add_floats(w, weights);
}

static void convolution(void) {
  convolve((struct ck_conv){
      .batch = 2, .groups = (int)pick(1, 2), .in_channels = (int)pick(1, 20), .out_channels = (int)pick(1, 30), .out_h = 1,
      .out_w = (int)pick(1, 150), .kernel_h = 1, .kernel_w = (int)pick(1, 16), .stride_h = 1, .stride_w = (int)pick(1, 8), .dilation_h = 1,
      .dilation_w = (int)pick(1, 3), .pad_w = (int)pick(0, 8)});
}

static void planes(void) {
  convolve((struct ck_conv){
      .batch = 1, .groups = (int)pick(1, 2), .in_channels = (int)pick(1, 5), .out_channels = (int)pick(1, 14), .out_h = (int)pick(1, 9),
      .out_w = (int)pick(1, 40), .kernel_h = (int)pick(1, 6), .kernel_w = (int)pick(1, 6), .stride_h = (int)pick(1, 3),
      .stride_w = (int)pick(1, 3), .dilation_h = (int)pick(1, 2), .dilation_w = (int)pick(1, 2), .pad_h = (int)pick(0, 3),
      .pad_w = (int)pick(0, 3)});
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
  ck_softmax((size_t)rows, (size_t)columns, dx, dx, 0, 0), add_floats(dx, rows * columns);
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

static void pulses(void) {
  const long n = pick(1, 330);
  float *y = zeros(n);
  const double hertz = (double)pick(50, 500), slope = (double)pick(-40, 40) / (double)n, start = (double)pick(0, 999) / 1000;
  const double last = ck_pulses(n, hertz, slope, 16000, 7900, start, y);
  add_floats(y, n), add_doubles(&last, 1);
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
  // The same in doubles; with the ridge taken off that there is, some are not positive definite.
  double *wide = doubles(size, 0), *wide_factor = doubles(size, 0), *wide_weights = doubles(n, 1);
  for (long i = 0; i < size; i++) wide[i] = (double)a[i] * (1 + 0x1p-40 * (double)(int32_t)draw());
  const int found = ck_squares_solve_wide(n, pitch, wide, pick(0, 4) ? 0.7 : -1e4, wide_factor, wide_weights);
  add(&found, sizeof found), add_doubles(wide_weights, n);
}

static void fourier(void) {
  const long n = 1L << pick(2, 12), rows = pick(1, 19), step = pick(1, n + 5), length = (rows - 1) * step + n;
  // Any numbers for the turns: not every machine's cosine has the same bits.
  float *x = floats(length, pick(0, 1) ? 1 : 1e9f), *window = floats(n, 1), *turns = floats(n + 2, 1), inner = (float)pick(1, 2);
  float *spectra = zeros(rows * (n + 2)), *y = zeros(rows * n);
  ck_fourier(rows, n, x, step, window, turns, inner, spectra), add_floats(spectra, rows * (n + 2));
  ck_fourier_transposed(rows, n, spectra, turns, inner, y), add_floats(y, rows * n);
}

static void sound(void) {
  struct ck_sound_filter filters[4];
  const long count = pick(1, 4), shown = 9;
  // Of samples of 32 bits, too.
  const float reach = pick(0, 1) ? 300 : 0x1p32f;
  for (long k = 0; k < count; k++) {
    const long taps = CK_SOUND_CHAINS * (pick(0, 3) ? pick(1, 20) : 64);
    filters[k] = (struct ck_sound_filter){.taps = taps, .weights = floats(taps, 1), .window = floats(taps + CK_SOUND_CHAINS + shown, reach)};
  }
  for (long t = 0; t < shown; t++) {
    for (long k = 0; k < count; k++) filters[k].gain = *floats(1, 0.1f) / reach;
    ck_sound_adapt(count, filters);
    for (long k = 0; k < count; k++) add_floats(&filters[k].prediction, 1), filters[k].window++;
  }
  for (long k = 0; k < count; k++) add_floats(filters[k].weights, filters[k].taps);

  struct ck_sound_part parts[4];
  long n = 0;
  for (long k = 0; k < count; k++) {
    parts[k].n = CK_SQUARES_LANES * pick(0, 6), parts[k].numbers = doubles(parts[k].n, (double)reach), parts[k].factor = *doubles(1, (double)reach);
    n += parts[k].n;
  }
  double *weights = doubles(n, 2), *sums = doubles(n, 0x1p70), *after = doubles(n, 0);
  const double dot = ck_sound_dot(count, parts, weights);
  ck_sound_correlate(count, parts, 0.998, sums, after), add_doubles(&dot, 1), add_doubles(after, n);
}

// A cumulative distribution: all in the first class, all in the last, or with borders of all kinds.
static void distribution(uint16_t *row) {
  const long kind = pick(0, 9);
  row[0] = 0;
  for (int c = 1; c < CK_SOUND_CLASSES; c++) {
    const long rest = 65535 - row[c - 1];
    row[c] = (uint16_t)(kind == 0 ? 65535 : kind == 1 ? 0 : row[c - 1] + pick(0, kind < 4 ? rest : kind < 6 ? rest / 8 : rest < 4000 ? rest : 4000));
  }
}

static void mixture(void) {
  enum { ROWS = 21 };
  uint16_t *table = allocate(sizeof(uint16_t) * ROWS * CK_SOUND_CLASSES), weights[CK_SOUND_ROWS], bounds[CK_SOUND_CLASSES];
  for (int k = 0; k < ROWS; k++) distribution(table + k * CK_SOUND_CLASSES);
  static const float keeps[] = {0, 0.5f, 0.98f, 1};
  const float keep = keeps[pick(0, 3)];
  float shares[CK_SOUND_ROWS];
  // At first all alike, or one alone.
  const int alone = (int)pick(-8, CK_SOUND_ROWS - 1);
  for (int k = 0; k < CK_SOUND_ROWS; k++) {
    shares[k] = alone < 0 ? 1.0f / CK_SOUND_ROWS : k == alone;
    weights[k] = alone < 0 ? 65528 / CK_SOUND_ROWS : k == alone ? 65535 : 0;
  }
  for (int t = 0; t < 40; t++) {
    int32_t rows[CK_SOUND_ROWS];
    for (int k = 0; k < CK_SOUND_ROWS; k++) rows[k] = (int32_t)pick(0, ROWS - 1) * CK_SOUND_CLASSES;
    ck_sound_mix(table, rows, weights, bounds), add(bounds, sizeof bounds);
    const uint32_t border = bounds[pick(1, CK_SOUND_CLASSES - 1)], places[] = {0, 65535, border, border - 1, draw() & 65535};
    int found = 0;
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) found = ck_sound_find(bounds, places[k]), add(&found, sizeof found);
    ck_sound_learn(table, rows, found, keep, shares, weights), add_floats(shares, CK_SOUND_ROWS), add(weights, sizeof weights);
  }
}

// Infinities, denormal numbers, and what is no number, with all kinds of bits. The last two signal, as only weights can: the first operation quiets them, and one that
// merely compares need not take them alike everywhere (max0 is fmaxnm on ARM).
static float *wilds(long n, int signals) {
  static const uint32_t patterns[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000, 0x80800000, 0x00800001,
                                      0x3f000000, 0xbf800000, 0x42aeac50, 0xc2aeac50, 0x4b000000, 0x4f000000, 0xcf000000, 0x7f7fffff,
                                      0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0xffffffff, 0x7f800001, 0xffabcdef};
  float *x = zeros(n);
  for (long i = 0; i < n; i++) memcpy(x + i, patterns + pick(0, i % 3 ? 11 : signals ? 23 : 21), 4);
  return x;
}

// What foreign weights may lead to.
static void wild(void) {
  const long rows = pick(1, 9), size = pick(1, 40), n = rows * size;
  float *x = wilds(4 * n, 0), *weights = wilds(4 * n, 1), *y = zeros(4 * n), *state = zeros(n), *next = zeros(n), *losses = zeros(rows);
  for (int op = CK_EXP; op <= CK_ROUND; op++) ck_unary(op, (size_t)(4 * n), x, y, 0.3f), add_numbers(y, 4 * n);
  for (int op = CK_ADD; op <= CK_DIVIDE; op++) ck_binary(op, (size_t)n, x, 1, weights, 1, y), add_numbers(y, n);
  int32_t *targets = allocate(sizeof(int32_t) * (size_t)rows), *whole = allocate(sizeof(int32_t) * (size_t)n);
  for (long i = 0; i < rows; i++) targets[i] = (int32_t)pick(0, size - 1);
  ck_softmax((size_t)rows, (size_t)size, x, y, targets, losses), add_numbers(y, n), add_numbers(losses, rows);
  ck_normalise((size_t)rows, (size_t)size, x, y, losses, 1e-5f), add_numbers(y, n), add_numbers(losses, rows);
  ck_gru((size_t)rows, (size_t)size, x, 3 * (size_t)size, floats(3 * n, 1), state, (size_t)size, next, (size_t)size, 0, 0), add_numbers(next, n);
  ck_lstm((size_t)rows, (size_t)size, x, 4 * (size_t)size, floats(4 * n, 1), state, (size_t)size, state, (size_t)size, next, (size_t)size, 0, 0);
  add_numbers(state, n), add_numbers(next, n);
  ck_gemm(rows, size, 4, floats(4 * rows, 1), 4, 1, weights, size, 1, y, size, 0), add_numbers(y, n);
  ck_project(rows, size, weights, floats(rows, 1), y, 0), add_numbers(y, size);
  ck_place(n, x, (int32_t)draw(), INT32_MIN + 1, INT32_MAX - 1, whole), add(whole, sizeof(int32_t) * (size_t)n);
  float distortion = 0;
  const float bits = ck_quantise(n, x, zeros(n), 0.66f, 0.38f, 7, next, whole, &distortion);
  add_numbers(&bits, 1), add_numbers(&distortion, 1), add_numbers(next, n), add(whole, sizeof(int32_t) * (size_t)n);
}

int main(void) {
  static const char *const paths[] = {"scalar", "avx2", "avx512", "neon"};
  fprintf(stderr, "%s\n", paths[ck_simd_path()]);
  static const struct {
    const char *name;
    void (*run)(void);
  } kernels[] = {{"matrix", matrix}, {"convolution", convolution}, {"elementwise", elementwise}, {"sums", sums},
                 {"recurrent", recurrent}, {"adam", adam}, {"matching", matching}, {"frames", frames}, {"synthesis", synthesis},
                 {"project", project}, {"squares", squares}, {"planes", planes}, {"fourier", fourier}, {"sound", sound},
                 {"mixture", mixture}, {"pulses", pulses}, {"wild", wild}};
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
