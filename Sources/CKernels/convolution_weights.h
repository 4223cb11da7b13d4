// The gradient of a convolution with respect to its weights: a product over positions, with x and dy turned so that channels are
// neighbours. Two ways with the same chains: vectors across input channels, or, where those are few, across output channels.
#pragma once
#include "convolution.h"

enum { POSITIONS = 128, OUT_BLOCK = 192 };

// to[m*pitch + c] = x[c][(first + m)*step + shift] for m < count, c < channels; zero outside the row and in the padding of the pitch.
static void turn_input(const struct ck_conv *s, const float *row, long channels, long first, long step, long shift, long count, float *to, long pitch) {
  long plane = (long)s->in_h * s->in_w, from = ck_min(count, ck_max(0, -floor_divide(shift, step) - first));
  long until = ck_max(from, ck_min(count, floor_divide(s->in_w - 1 - shift, step) - first + 1));
  if (!row || from || until < count || channels < pitch) memset(to, 0, sizeof(float) * count * pitch);
  if (!row) return;
  if (step == 1) return turn(channels, until - from, row + first + from + shift, plane, to + from * pitch, pitch);
  for (long c = 0; c < channels; c++)
    for (long m = from; m < until; m++) to[m * pitch + c] = row[c * plane + (first + m) * step + shift];
}

struct weights_job {
  const struct ck_conv *s;
  const float *x, *dy;
  float *scratch;
  long group, out_from, out_count, in, taps, channels_from, channels;
};

// One row segment of one sample: adds its positions to the chains of every tap, for output channels x a block of input channels.
static void across_input(const struct weights_job *job, long b, long row, long first, long n, float *tile) {
  const struct ck_conv *s = job->s;
  long kh = s->kernel_h, kw = s->kernel_w, sw = s->stride_w, cp = (job->in + CK_PANEL - 1) / CK_PANEL * CK_PANEL;
  long pitch = (job->channels + 15) / 16 * 16, turned = (job->out_count + 15) / 16 * 16, wide = (n - 1) * sw + (kw - 1) * s->dilation_w + 1;
  long panels = panel_count(job->out_count), out_plane = (long)s->out_h * s->out_w;
  float gradient[POSITIONS * OUT_BLOCK];
  int32_t offsets[POSITIONS];
  turn(job->out_count, n, job->dy + (b * s->out_channels + job->out_from) * out_plane + row * s->out_w + first, out_plane, gradient, turned);
  int shared = wide <= n * kw && wide * pitch <= CK_TILE;
  for (long m = 0; m < n; m++) offsets[m] = (int32_t)(m * (shared ? sw : 1) * pitch);
  for (long p = 0; p < kh; p++) {
    long i = row * s->stride_h + p * s->dilation_h - s->pad_h;
    const float *source = i >= 0 && i < s->in_h
        ? job->x + ((b * s->in_channels + job->group * job->in + job->channels_from) * s->in_h + i) * s->in_w : 0;
    if (shared) turn_input(s, source, job->channels, first * sw, 1, -s->pad_w, wide, tile, pitch);
    for (long q = 0; q < kw; q++) {
      if (!shared) turn_input(s, source, job->channels, first, sw, q * s->dilation_w - s->pad_w, n, tile, pitch);
      for (long k = 0; k < panels; k++) {
        long o = panel_start(job->out_count, panels, k), rows = panel_start(job->out_count, panels, k + 1) - o;
        float *c = job->scratch + ((job->out_from + o) * job->taps + p * kw + q) * cp + job->channels_from;
        block(rows, (job->channels + W - 1) / W * W, n, gradient + o, turned, tile + (shared ? q * s->dilation_w * pitch : 0), offsets, c,
              job->taps * cp, 1);
      }
    }
  }
}

// The same with rows = (input channel, tap) and vectors across output channels.
static void across_output(const struct weights_job *job, long b, long row, long first, long n, float *tile) {
  const struct ck_conv *s = job->s;
  long kh = s->kernel_h, kw = s->kernel_w, out = s->out_channels / s->groups, op = (out + CK_PANEL - 1) / CK_PANEL * CK_PANEL;
  long turned = (job->out_count + 15) / 16 * 16, all = job->in * job->taps, out_plane = (long)s->out_h * s->out_w;
  float gradient[POSITIONS * OUT_BLOCK];
  int32_t offsets[POSITIONS];
  if (job->out_count < turned) memset(gradient, 0, sizeof(float) * n * turned);
  turn(job->out_count, n, job->dy + (b * s->out_channels + job->out_from) * out_plane + row * s->out_w + first, out_plane, gradient, turned);
  for (long m = 0; m < n; m++) offsets[m] = (int32_t)(m * turned);
  for (long r = 0; r < all;) {
    long rows = ck_min(MAX_ROWS, all - r);
    for (long k = 0; k < rows; k++) {
      long c = (r + k) / job->taps, p = (r + k) % job->taps / kw, q = (r + k) % kw, i = row * s->stride_h + p * s->dilation_h - s->pad_h;
      const float *source = job->x + ((b * s->in_channels + job->group * job->in + c) * s->in_h + i) * s->in_w;
      gather(i >= 0 && i < s->in_h ? source : 0, s->in_w, first, s->stride_w, q * s->dilation_w - s->pad_w, n, tile);
      for (long m = 0; m < n; m++) tile[POSITIONS + m * rows + k] = tile[m];
    }
    float *c = job->scratch + (job->group * all + r) * op + job->out_from - job->group * out;
    block(rows, job->out_count, n, tile + POSITIONS, rows, gradient, offsets, c, op, 1);
    r += rows;
  }
  (void)kh;
}

static void conv_weights(const struct ck_conv *s, const float *x, const float *dy, float *dw, float *scratch, long from, long to) {
  _Alignas(64) float tile[CK_TILE];
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, taps = (long)s->kernel_h * s->kernel_w;
  long cp = (in + CK_PANEL - 1) / CK_PANEL * CK_PANEL, op = (out + CK_PANEL - 1) / CK_PANEL * CK_PANEL, few = in < 8;
  for (long o0 = from, count; o0 < to; o0 += count) {
    long g = o0 / out;
    count = ck_min(OUT_BLOCK, ck_min(to, (g + 1) * out) - o0);
    if (few)
      for (long r = g * in * taps; r < (g + 1) * in * taps; r++) memset(scratch + r * op + o0 - g * out, 0, sizeof(float) * count);
    else
      memset(scratch + o0 * taps * cp, 0, sizeof(float) * count * taps * cp);
    for (long c0 = 0; c0 < in; c0 += 256) {
      struct weights_job job = {s, x, dy, scratch, g, o0, count, in, taps, few ? 0 : c0, few ? in : ck_min(256, in - c0)};
      for (long b = 0; b < s->batch; b++)
        for (long row = 0; row < s->out_h; row++)
          for (long first = 0; first < s->out_w; first += POSITIONS) {
            long n = ck_min(POSITIONS, s->out_w - first);
            few ? across_output(&job, b, row, first, n, tile) : across_input(&job, b, row, first, n, tile);
          }
    }
    for (long o = o0; o < o0 + count; o++)
      for (long c = 0; c < in; c++)
        for (long t = 0; t < taps; t++)
          dw[(o * in + c) * taps + t] = few ? scratch[((g * in + c) * taps + t) * op + o - g * out] : scratch[(o * taps + t) * cp + c];
  }
}
