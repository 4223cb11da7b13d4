// The scalar path: the plain meaning of every kernel, one fmaf after the other. The other paths are held to it bit for bit.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "table.h"
#define W 1
#include "elementwise.h"
#include "recurrent.h"

static void gemm(long m, long n, long k, const float *a, long a_row, long a_col, const float *b, long b_row, long b_col, float *c, long ldc,
                 int accumulate) {
  for (long i = 0; i < m; i++)
    for (long j = 0; j < n; j++) {
      float chain = accumulate ? c[i * ldc + j] : 0;
      for (long t = 0; t < k; t++) chain = __builtin_fmaf(a[i * a_row + t * a_col], b[t * b_row + j * b_col], chain);
      c[i * ldc + j] = chain;
    }
}

static void gemm_packed(long m, long n, long k, const float *a, long a_row, long a_col, const float *packed, float *c, long ldc, int accumulate) {
  for (long j = 0; j < n; j += CK_PANEL, packed += CK_PANEL * k)
    gemm(m, ck_min(CK_PANEL, n - j), k, a, a_row, a_col, packed, CK_PANEL, 1, c + j, ldc, accumulate);
}

static void pack(const struct ck_conv *s, const float *w, float *packed) {
  memcpy(packed, w, sizeof(float) * s->out_channels * (s->in_channels / s->groups) * s->kernel_h * s->kernel_w);
}

static void conv(const struct ck_conv *s, const float *x, const float *w, const float *bias, float *y, long from, long to) {
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, columns = ck_conv_columns(s);
  long segments = (s->out_w + columns - 1) / columns;
  for (long unit = from; unit < to; unit++) {
    long first = unit % segments * columns, row = unit / segments % s->out_h, b = unit / segments / s->out_h;
    for (long o = 0; o < s->out_channels; o++)
      for (long column = first; column < ck_min(first + columns, s->out_w); column++) {
        float chain = bias ? bias[o] : 0;
        for (long c = 0; c < in; c++)
          for (long p = 0; p < s->kernel_h; p++)
            for (long q = 0; q < s->kernel_w; q++) {
              long i = row * s->stride_h + p * s->dilation_h - s->pad_h, j = column * s->stride_w + q * s->dilation_w - s->pad_w;
              int inside = i >= 0 && i < s->in_h && j >= 0 && j < s->in_w;
              float value = inside ? x[((b * s->in_channels + o / out * in + c) * s->in_h + i) * s->in_w + j] : 0;
              chain = __builtin_fmaf(w[((o * in + c) * s->kernel_h + p) * s->kernel_w + q], value, chain);
            }
        y[((b * s->out_channels + o) * s->out_h + row) * s->out_w + column] = chain;
      }
  }
}

static void conv_transposed(const struct ck_conv *s, const float *y, const float *w, const float *bias, float *x, long from, long to) {
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups, columns = ck_conv_transposed_columns(s) * s->stride_w;
  long segments = (s->in_w + columns - 1) / columns;
  for (long unit = from; unit < to; unit++) {
    long first = unit % segments * columns, row = unit / segments % s->in_h, b = unit / segments / s->in_h;
    for (long c = 0; c < s->in_channels; c++)
      for (long column = first; column < ck_min(first + columns, s->in_w); column++) {
        float chain = bias ? bias[c] : 0;
        long group = c / in;
        for (long o = group * out; o < (group + 1) * out; o++)
          for (long p = 0; p < s->kernel_h; p++)
            for (long q = 0; q < s->kernel_w; q++) {
              long i = row + s->pad_h - p * s->dilation_h, j = column + s->pad_w - q * s->dilation_w;
              if (i % s->stride_h || j % s->stride_w) continue;
              int inside = i >= 0 && i / s->stride_h < s->out_h && j >= 0 && j / s->stride_w < s->out_w;
              float value = inside ? y[((b * s->out_channels + o) * s->out_h + i / s->stride_h) * s->out_w + j / s->stride_w] : 0;
              chain = __builtin_fmaf(w[((o * in + c % in) * s->kernel_h + p) * s->kernel_w + q], value, chain);
            }
        x[((b * s->in_channels + c) * s->in_h + row) * s->in_w + column] = chain;
      }
  }
}

static void conv_weights(const struct ck_conv *s, const float *x, const float *dy, float *dw, float *scratch, long from, long to) {
  (void)scratch;
  long in = s->in_channels / s->groups, out = s->out_channels / s->groups;
  for (long o = from; o < to; o++)
    for (long c = 0; c < in; c++)
      for (long p = 0; p < s->kernel_h; p++)
        for (long q = 0; q < s->kernel_w; q++) {
          float chain = 0;
          for (long b = 0; b < s->batch; b++)
            for (long row = 0; row < s->out_h; row++)
              for (long column = 0; column < s->out_w; column++) {
                long i = row * s->stride_h + p * s->dilation_h - s->pad_h, j = column * s->stride_w + q * s->dilation_w - s->pad_w;
                int inside = i >= 0 && i < s->in_h && j >= 0 && j < s->in_w;
                float value = inside ? x[((b * s->in_channels + o / out * in + c) * s->in_h + i) * s->in_w + j] : 0;
                chain = __builtin_fmaf(dy[((b * s->out_channels + o) * s->out_h + row) * s->out_w + column], value, chain);
              }
          dw[((o * in + c) * s->kernel_h + p) * s->kernel_w + q] = chain;
        }
}

const struct ck_table ck_table_scalar = {
    gemm, gemm_packed, pack, pack, conv, conv_transposed, conv_weights, unary, unary_gradient, binary, axpy, multiply_add, sum, dot, add_rows,
    softmax, normalise, normalise_gradient, gru, gru_gradient, lstm, lstm_gradient, adam_step,
};
