// Convolution and transposed convolution for vectors of W floats. A tile of input rows with their halo stands in memory so that every tap
// reads W neighbouring columns at an offset of its own: rows are split into stride_w phases (column m of phase f is input column
// m*stride_w + f), padding becomes zeros, and the micro-kernel of the matrix product takes the offsets as its rows of b.
#pragma once
#include "matrix.h"

static inline long floor_divide(long a, long b) { return a / b - (a % b < 0); }

// to[m] = row[(first + m) * step + shift] for m in 0..<count, zero outside 0..<width; row null: all zero.
static void gather(const float *row, long width, long first, long step, long shift, long count, float *to) {
  long from = row ? ck_min(count, ck_max(0, -floor_divide(shift, step) - first)) : count;
  long until = ck_max(from, ck_min(count, floor_divide(width - 1 - shift, step) - first + 1));
  memset(to, 0, sizeof(float) * from);
  if (step == 1)
    memcpy(to + from, row ? row + first + from + shift : to, row ? sizeof(float) * (until - from) : 0);
  else
    for (long m = from; m < until; m++) to[m] = row[(first + m) * step + shift];
  memset(to + until, 0, sizeof(float) * (count - until));
}

static void conv_pack(const struct ck_conv *s, const float *w, float *packed) {
  long out = s->out_channels / s->groups, k = (long)(s->in_channels / s->groups) * s->kernel_h * s->kernel_w, panels = panel_count(out);
  for (long g = 0; g < s->groups; g++)
    for (long p = 0; p < panels; p++) {
      long i = panel_start(out, panels, p), from = (g * out + i) * k;
      pack_rows(panel_start(out, panels, p + 1) - i, k, w + from, k, 1, packed + from);
    }
}

static void conv(const struct ck_conv *s, const float *x, const float *packed, const float *bias, float *y, long from, long to) {
  _Alignas(64) float tile[CK_TILE];
  int32_t offsets[CK_TAPS];
  char used[1024] = {0};
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, kh = s->kernel_h, kw = s->kernel_w, taps = kh * kw;
  long sw = s->stride_w, columns = ck_conv_columns(s), segments = (s->out_w + columns - 1) / columns, panels = panel_count(out);
  long halo = (kw - 1) * s->dilation_w / sw + 1, plane = (long)s->out_h * s->out_w;
  for (long q = 0; q < kw; q++) used[q * s->dilation_w % sw] = 1;
  for (long unit = from; unit < to; unit++) {
    long first = unit % segments * columns, row = unit / segments % s->out_h, b = unit / segments / s->out_h;
    long n = ck_min(columns, s->out_w - first), length = (n + 15) / 16 * 16 + halo, pitch = ck_pitch(length);
    long chunk = ck_min(ck_min(in, CK_TILE / (kh * sw * pitch)), CK_TAPS / taps);
    for (long g = 0; g < s->groups; g++) {
      float *corner = y + (b * s->out_channels + g * out) * plane + row * s->out_w + first;
      if (bias)
        for (long o = 0; o < out; o++)
          for (long j = 0; j < n; j++) corner[o * plane + j] = bias[g * out + o];
      for (long c0 = 0; c0 < in; c0 += chunk) {
        long channels = ck_min(chunk, in - c0);
        for (long c = 0; c < channels; c++)
          for (long p = 0; p < kh; p++) {
            long i = row * s->stride_h + p * s->dilation_h - s->pad_h;
            const float *source = x + ((b * s->in_channels + g * in + c0 + c) * s->in_h + i) * s->in_w;
            for (long f = 0; f < sw; f++)
              if (used[f])
                gather(i >= 0 && i < s->in_h ? source : 0, s->in_w, first, sw, f - s->pad_w, length, tile + ((c * kh + p) * sw + f) * pitch);
            for (long q = 0; q < kw; q++) {
              long at = q * s->dilation_w;
              offsets[(c * kh + p) * kw + q] = (int32_t)(((c * kh + p) * sw + at % sw) * pitch + at / sw);
            }
          }
        for (long p = 0; p < panels; p++) {
          long o = panel_start(out, panels, p), rows = panel_start(out, panels, p + 1) - o;
          block(rows, n, channels * taps, packed + (g * out + o) * in * taps + c0 * taps * rows, rows, tile, offsets, corner + o * plane, plane,
                bias || c0);
        }
      }
    }
  }
}

// Taps of a kernel of `size` that meet phase f: how many, and the first of them at or after `from` (size where there is none).
static inline long next_tap(long size, long dilation, long stride, long f, long from) {
  while (from < size && from * dilation % stride != f) from++;
  return from;
}
static inline long tap_count(long size, long dilation, long stride, long f) {
  long count = 0;
  for (long t = next_tap(size, dilation, stride, f, 0); t < size; t = next_tap(size, dilation, stride, f, t + 1)) count++;
  return count;
}

// Order: group, row phase, column phase, panel of input channels, then (output channel, kernel row, kernel column) of that phase.
static void conv_transposed_pack(const struct ck_conv *s, const float *w, float *packed) {
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, kh = s->kernel_h, kw = s->kernel_w, panels = panel_count(in);
  for (long g = 0; g < s->groups; g++)
    for (long fh = 0; fh < s->stride_h; fh++)
      for (long fw = 0; fw < s->stride_w; fw++)
        for (long p = 0; p < panels; p++)
          for (long o = g * out; o < (g + 1) * out; o++)
            for (long t = next_tap(kh, s->dilation_h, s->stride_h, fh, 0); t < kh; t = next_tap(kh, s->dilation_h, s->stride_h, fh, t + 1))
              for (long q = next_tap(kw, s->dilation_w, s->stride_w, fw, 0); q < kw; q = next_tap(kw, s->dilation_w, s->stride_w, fw, q + 1))
                for (long c = panel_start(in, panels, p); c < panel_start(in, panels, p + 1); c++)
                  *packed++ = w[((o * in + c) * kh + t) * kw + q];
}

static void conv_transposed(const struct ck_conv *s, const float *y, const float *packed, const float *bias, float *x, long from, long to) {
  _Alignas(64) float tile[CK_TILE], phase[MAX_ROWS * CK_COLUMNS];
  int32_t offsets[CK_TAPS];
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, kh = s->kernel_h, kw = s->kernel_w, taps = kh * kw;
  long sh = s->stride_h, sw = s->stride_w, columns = ck_conv_transposed_columns(s) * sw, segments = (s->in_w + columns - 1) / columns;
  long halo = (kw - 1) * s->dilation_w / sw, plane = (long)s->in_h * s->in_w, panels = panel_count(in);
  for (long unit = from; unit < to; unit++) {
    long first = unit % segments * columns, row = unit / segments % s->in_h, b = unit / segments / s->in_h;
    long n = ck_min(columns, s->in_w - first), fh = (row + s->pad_h) % sh, tile_rows = tap_count(kh, s->dilation_h, sh, fh), before = 0;
    for (long f = 0; f < fh; f++) before += tap_count(kh, s->dilation_h, sh, f);
    // Column m of y (before the taps' shifts) meets columns m*sw + f - pad_w of x.
    long low = (first + s->pad_w) / sw, high = (first + n - 1 + s->pad_w) / sw, length = (high - low + 16) / 16 * 16 + halo + 1;
    long pitch = ck_pitch(length), chunk = ck_min(ck_min(out, CK_TILE / (ck_max(1, tile_rows) * pitch)), CK_TAPS / taps);
    for (long g = 0; g < s->groups; g++) {
      float *corner = x + (b * s->in_channels + g * in) * plane + row * s->in_w;
      for (long o0 = 0; o0 < out; o0 += chunk) {
        long channels = ck_min(chunk, out - o0), r = 0;
        for (long o = 0; o < channels; o++)
          for (long p = next_tap(kh, s->dilation_h, sh, fh, 0); p < kh; p = next_tap(kh, s->dilation_h, sh, fh, p + 1), r++) {
            long i = (row + s->pad_h) / sh - p * s->dilation_h / sh;
            const float *source = y + ((b * s->out_channels + g * out + o0 + o) * s->out_h + i) * s->out_w;
            gather(i >= 0 && i < s->out_h ? source : 0, s->out_w, low - halo, 1, 0, length, tile + r * pitch);
          }
        const float *weights = packed + (g * out * taps + before * out * kw) * in;
        for (long f = 0; f < sw; f++) {
          long column = first + ((f - (first + s->pad_w) % sw) + sw) % sw, count = (first + n - column + sw - 1) / sw, k = 0;
          long tile_taps = tile_rows * tap_count(kw, s->dilation_w, sw, f);
          for (r = 0; r < channels * tile_rows; r++)
            for (long q = next_tap(kw, s->dilation_w, sw, f, 0); q < kw; q = next_tap(kw, s->dilation_w, sw, f, q + 1))
              offsets[k++] = (int32_t)(r * pitch + (column + s->pad_w) / sw - low + halo - q * s->dilation_w / sw);
          for (long p = 0; count > 0 && p < panels; p++) {
            long c = panel_start(in, panels, p), rows = panel_start(in, panels, p + 1) - c, ld = sw == 1 ? plane : CK_COLUMNS;
            float *direct = corner + c * plane + column, *to = sw == 1 ? direct : phase;
            if (!o0 && bias)
              for (long i = 0; i < rows; i++)
                for (long j = 0; j < count; j++) to[i * ld + j] = bias[g * in + c + i];
            if (o0 && sw > 1)
              for (long i = 0; i < rows; i++)
                for (long j = 0; j < count; j++) to[i * ld + j] = direct[i * plane + j * sw];
            block(rows, count, k, weights + c * out * tile_taps + o0 * tile_taps * rows, rows, tile, offsets, to, ld, bias || o0);
            if (sw > 1)
              for (long i = 0; i < rows; i++)
                for (long j = 0; j < count; j++) direct[i * plane + j * sw] = to[i * ld + j];
          }
          weights += in * out * tile_taps;
        }
      }
    }
  }
}
