// What holds for every path: how packed matrices are laid out and how convolutions are cut into units.
#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "table.h"

size_t ck_packed_size(long n, long k) { return (size_t)((n + CK_PANEL - 1) / CK_PANEL * CK_PANEL * k); }

void ck_pack(long n, long k, const float *b, long b_row, long b_col, float *packed) {
  for (long j0 = 0; j0 < n; j0 += CK_PANEL, packed += CK_PANEL * k) {
    long columns = ck_min(CK_PANEL, n - j0);
    if (columns < CK_PANEL) memset(packed, 0, sizeof(float) * CK_PANEL * k);
    if (b_col == 1)
      for (long i = 0; i < k; i++) memcpy(packed + i * CK_PANEL, b + i * b_row + j0, sizeof(float) * columns);
    else
      for (long j = 0; j < columns; j++) {
        const float *column = b + (j0 + j) * b_col;
        for (long i = 0; i < k; i++) packed[i * CK_PANEL + j] = column[i * b_row];
      }
  }
}

static long window(const struct ck_conv *s, long columns) {
  long halo = (long)(s->kernel_w - 1) * s->dilation_w / s->stride_w + 1;
  return (long)s->kernel_h * s->stride_w * ck_pitch((columns + CK_PANEL - 1) / CK_PANEL * CK_PANEL + halo);
}
static long transposed_window(const struct ck_conv *s, long columns) {
  long halo = (long)(s->kernel_w - 1) * s->dilation_w / s->stride_w + 2;
  return (long)s->kernel_h * ck_pitch((columns + CK_PANEL - 1) / CK_PANEL * CK_PANEL + 16 + halo);
}

long ck_conv_columns(const struct ck_conv *s) {
  long columns = ck_min(CK_COLUMNS, (s->out_w + CK_PANEL - 1) / CK_PANEL * CK_PANEL);
  while (columns > CK_PANEL && window(s, columns) > CK_TILE / 4) columns = columns / 2 / CK_PANEL * CK_PANEL;
  return ck_max(columns, CK_PANEL);
}
// Columns of each of the stride_w phases of x.
long ck_conv_transposed_columns(const struct ck_conv *s) {
  long phase = (s->in_w + s->stride_w - 1) / s->stride_w;
  long columns = ck_min(CK_COLUMNS, (phase + CK_PANEL - 1) / CK_PANEL * CK_PANEL);
  while (columns > CK_PANEL && transposed_window(s, columns) > CK_TILE / 4) columns = columns / 2 / CK_PANEL * CK_PANEL;
  return ck_max(columns, CK_PANEL);
}

int ck_conv_valid(const struct ck_conv *s) {
  if (s->batch < 1 || s->groups < 1 || s->in_channels < 1 || s->out_channels < 1 || s->in_h < 1 || s->in_w < 1 || s->out_h < 1) return 0;
  if (s->out_w < 1 || s->kernel_h < 1 || s->kernel_w < 1 || s->stride_h < 1 || s->stride_w < 1 || s->dilation_h < 1) return 0;
  if (s->dilation_w < 1 || s->in_channels % s->groups || s->out_channels % s->groups || s->pad_h < 0 || s->pad_w < 0) return 0;
  if (s->stride_h > 1024 || s->stride_w > 1024 || s->kernel_h > CK_TAPS || s->kernel_w > CK_TAPS) return 0;
  if ((long)s->kernel_h * s->kernel_w > CK_TAPS || s->dilation_w > CK_TILE) return 0;
  return window(s, CK_PANEL) <= CK_TILE && transposed_window(s, CK_PANEL) <= CK_TILE;
}

long ck_conv_units(const struct ck_conv *s) {
  long columns = ck_conv_columns(s);
  return (long)s->batch * s->out_h * ((s->out_w + columns - 1) / columns);
}
long ck_conv_transposed_units(const struct ck_conv *s) {
  long columns = ck_conv_transposed_columns(s) * s->stride_w;
  return (long)s->batch * s->in_h * ((s->in_w + columns - 1) / columns);
}
size_t ck_conv_scratch(const struct ck_conv *s) {
  long in = s->in_channels / s->groups, taps = (long)s->kernel_h * s->kernel_w;
  long first = s->out_channels * taps * ((in + CK_PANEL - 1) / CK_PANEL * CK_PANEL);
  long second = s->groups * taps * in * ((s->out_channels / s->groups + CK_PANEL - 1) / CK_PANEL * CK_PANEL);
  return (size_t)ck_max(first, second);
}
