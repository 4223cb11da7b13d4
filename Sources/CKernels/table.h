// The float kernels of one path. reference.c fills one in plain C; template.h fills one for each vector width.
#pragma once
#include "dispatch.h"

struct ck_table {
  void (*gemm)(long, long, long, const float *, long, long, const float *, long, long, float *, long, int);
  void (*gemm_packed)(long, long, long, const float *, long, long, const float *, float *, long, int);
  void (*conv_pack)(const struct ck_conv *, const float *, float *);
  void (*conv_transposed_pack)(const struct ck_conv *, const float *, float *);
  void (*conv)(const struct ck_conv *, const float *, const float *, const float *, float *, long, long);
  void (*conv_transposed)(const struct ck_conv *, const float *, const float *, const float *, float *, long, long);
  void (*conv_weights)(const struct ck_conv *, const float *, const float *, float *, float *, long, long);
  void (*unary)(int, size_t, const float *, float *, float);
  void (*unary_gradient)(int, size_t, const float *, const float *, const float *, float *, float);
  void (*binary)(int, size_t, const float *, int, const float *, int, float *);
  void (*axpy)(size_t, float, const float *, float *);
  void (*multiply_add)(size_t, const float *, const float *, float *);
  float (*sum)(size_t, const float *);
  float (*dot)(size_t, const float *, const float *);
  void (*add_rows)(size_t, size_t, const float *, size_t, float *);
  void (*softmax)(size_t, size_t, const float *, float *, const int32_t *, float *);
  void (*normalise)(size_t, size_t, const float *, float *, float *, float);
  void (*normalise_gradient)(size_t, size_t, const float *, const float *, const float *, float *);
  void (*gru)(size_t, size_t, const float *, size_t, const float *, const float *, size_t, float *, size_t, float *, size_t);
  void (*gru_gradient)(size_t, size_t, const float *, size_t, const float *, size_t, const float *, float *, float *, size_t, float *);
  void (*lstm)(size_t, size_t, const float *, size_t, const float *, const float *, size_t, float *, size_t, float *, size_t, float *, size_t);
  void (*lstm_gradient)(size_t, size_t, const float *, size_t, const float *, size_t, const float *, float *, float *, size_t);
  void (*adam_step)(size_t, const struct ck_adam *, const float *, float *, float *, float *);
};

extern const struct ck_table ck_table_scalar;
#if CK_X86
extern const struct ck_table ck_table_avx2, ck_table_avx512;
#elif CK_ARM
extern const struct ck_table ck_table_neon;
#endif

// --- Shapes, common to all paths ---
enum {
  CK_PANEL = 32,          // columns of a packed panel
  CK_TILE = 48 * 1024,    // floats of input that a convolution holds at once
  CK_TAPS = 4096,         // taps (channels x kernel) that it takes in one go
  CK_COLUMNS = 512        // output columns of one unit
};
static inline long ck_min(long a, long b) { return a < b ? a : b; }
static inline long ck_max(long a, long b) { return a > b ? a : b; }
// Rows of a tile are an odd number of cache lines apart, so that they do not fall on one another in the cache.
static inline long ck_pitch(long columns) { return ((columns + 15) / 16 | 1) * 16; }
// Output columns of a unit: as many as leave room for one channel's window.
long ck_conv_columns(const struct ck_conv *s);
long ck_conv_transposed_columns(const struct ck_conv *s);
