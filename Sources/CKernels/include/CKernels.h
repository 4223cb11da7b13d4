// The float32 kernels under Tensors. One rule holds for all of them: every output element is one chain of fused multiply-adds in index
// order, starting from zero or from what the output holds; SIMD runs across outputs, never along a chain. So every path (scalar fmaf,
// AVX2, AVX-512, NEON) and every way of sharing the work among threads gives the same bits. Sums of many numbers into one run as
// CK_LANES chains (element i belongs to chain i mod CK_LANES), which are then added pairwise, halves upon halves.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CKernelsFourier.h"
#include "CKernelsMatching.h"
#include "CKernelsSound.h"
#include "CKernelsSquares.h"

#define CK_LANES 64

// --- Which instructions run ---------------------------------------------------------------------------------------------------------
enum ck_path { CK_SCALAR = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_NEON = 3 };
// The path in use: the best this machine has, or the one that the environment variable AECODEC_SIMD (scalar, avx2, avx512, neon)
// names; a name that this machine cannot follow is ignored.
int ck_simd_path(void);
// Forces a path, for tests; 0 where the machine does not have it.
int ck_set_simd_path(int path);

// --- Matrix product -----------------------------------------------------------------------------------------------------------------
// c[i*ldc + j] = (accumulate ? c : 0) + sum over k of a[i*a_row + k*a_col] * b[k*b_row + j*b_col]
void ck_gemm(long m, long n, long k, const float *a, long a_row, long a_col, const float *b, long b_row, long b_col, float *c, long ldc,
             int accumulate);
// b laid out once for many products: panels of 32 columns, zeros behind the last. Takes ck_packed_size(n, k) floats.
size_t ck_packed_size(long n, long k);
void ck_pack(long n, long k, const float *b, long b_row, long b_col, float *packed);
void ck_gemm_packed(long m, long n, long k, const float *a, long a_row, long a_col, const float *packed, float *c, long ldc, int accumulate);

// --- Convolution --------------------------------------------------------------------------------------------------------------------
// x [batch, in_channels, in_h, in_w], y [batch, out_channels, out_h, out_w], w [out_channels, in_channels/groups, kernel_h, kernel_w];
// position (i, j) of y and tap (p, q) meet x at (i*stride_h + p*dilation_h - pad_h, j*stride_w + q*dilation_w - pad_w), zero outside x.
struct ck_conv {
  int batch, groups, in_channels, out_channels;
  int in_h, in_w, out_h, out_w;
  int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
};
// 1 where the kernels can run this shape: extents positive, and one channel's window fits the tile.
int ck_conv_valid(const struct ck_conv *s);
// Weights laid out for the two kernels below: as many floats as w has, and CK_PACKED_HEADER more.
#define CK_PACKED_HEADER 16
void ck_conv_pack(const struct ck_conv *s, const float *w, float *packed);
void ck_conv_transposed_pack(const struct ck_conv *s, const float *w, float *packed);
// Both work on units [from, to) out of ck_conv_units or ck_conv_transposed_units, so that threads can share them.
long ck_conv_units(const struct ck_conv *s);
long ck_conv_transposed_units(const struct ck_conv *s);
// y from x; each chain starts from bias[o] (or zero where bias is null) and runs over (channel, kernel row, kernel column).
void ck_conv(const struct ck_conv *s, const float *x, const float *packed, const float *bias, float *y, long from, long to);
// x from y: the gradient with respect to the input, and the forward pass of a transposed convolution (bias [in_channels] or null).
// Chains run over (output channel, kernel row, kernel column).
void ck_conv_transposed(const struct ck_conv *s, const float *y, const float *packed, const float *bias, float *x, long from, long to);
// dw for output channels [from, to); chains run over (batch, output row, output column). scratch: ck_conv_scratch(s) floats, shared.
size_t ck_conv_scratch(const struct ck_conv *s);
void ck_conv_weights(const struct ck_conv *s, const float *x, const float *dy, float *dw, float *scratch, long from, long to);

// --- Element by element -------------------------------------------------------------------------------------------------------------
// exp takes its argument into -87.33...87.33, so that neither result nor reciprocal is denormal or infinite; log takes anything below 2^-126
// for 2^-126.
enum ck_unary_op {
  CK_EXP, CK_LOG, CK_TANH, CK_SIGMOID, CK_SILU, CK_SOFTPLUS, CK_RELU, CK_LEAKY_RELU, CK_SQUARE, CK_ABS, CK_SQRT, CK_RECIPROCAL,
  CK_SCALE, CK_OFFSET, CK_CLAMP_MIN, CK_CLAMP_MAX, CK_ROUND
};
// y = op(x); `parameter` is the slope of leaky ReLU, the factor, the offset or the bound. x and y may be the same.
void ck_unary(int op, size_t n, const float *x, float *y, float parameter);
// dx = dy * op'(x), given x and y = op(x). CK_ROUND passes gradients straight through.
void ck_unary_gradient(int op, size_t n, const float *x, const float *y, const float *dy, float *dx, float parameter);
enum ck_binary_op { CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE };
// y[i] = a[i * a_step] op b[i * b_step]; steps are 0 or 1.
void ck_binary(int op, size_t n, const float *a, int a_step, const float *b, int b_step, float *y);
// y[i] = fma(factor, x[i], y[i])
void ck_axpy(size_t n, float factor, const float *x, float *y);
// y[i] = fma(a[i], b[i], y[i])
void ck_multiply_add(size_t n, const float *a, const float *b, float *y);

// --- Sums (CK_LANES chains each) ----------------------------------------------------------------------------------------------------
float ck_sum(size_t n, const float *x);
float ck_dot(size_t n, const float *a, const float *b);
// y[j] = y[j] + sum over rows of x[i*ld + j], in row order.
void ck_add_rows(size_t rows, size_t columns, const float *x, size_t ld, float *y);

// --- Rows of a matrix [rows, columns] -----------------------------------------------------------------------------------------------
// y = softmax of each row; losses[i] = log sum exp of row i minus x[i, targets[i]] where targets is not null.
void ck_softmax(size_t rows, size_t columns, const float *x, float *y, const int32_t *targets, float *losses);
// y = (x - mean) / sqrt(variance + epsilon), and 1/sqrt(...) of each row in scales.
void ck_normalise(size_t rows, size_t columns, const float *x, float *y, float *scales, float epsilon);
void ck_normalise_gradient(size_t rows, size_t columns, const float *y, const float *scales, const float *dy, float *dx);

// --- Recurrent cells, one step for `rows` sequences of `size` units -----------------------------------------------------------------
// GRU: gates r, z, n. input [rows, 3*size] at row stride input_ld, recurrent [rows, 3*size] dense, both with their biases.
// r = sigmoid(ir + hr), z = sigmoid(iz + hz), n = tanh(fma(r, hn, in)), next = fma(z, h - n, n).
// saved [rows, 4*size] at saved_ld, or null: r, z, n, hn, for the gradient.
void ck_gru(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *h, size_t h_ld, float *next,
            size_t next_ld, float *saved, size_t saved_ld);
// From d next: d_input and d_recurrent [rows, 3*size] at gates_ld, and the direct part of d h, written.
void ck_gru_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *h, size_t h_ld, const float *d_next,
                     float *d_input, float *d_recurrent, size_t gates_ld, float *d_h);
// LSTM: gates i, f, g, o in `gates` [rows, 4*size] at gates_ld, with `recurrent` [rows, 4*size] dense to be added.
// cell = fma(f, c, i * g), next = o * tanh(cell). saved [rows, 5*size]: i, f, g, o, tanh(cell), or null.
void ck_lstm(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *c, size_t c_ld, float *cell,
             size_t cell_ld, float *next, size_t next_ld, float *saved, size_t saved_ld);
// From d next and d_cell (in: from the step after; out: d c), d gates [rows, 4*size] at gates_ld.
void ck_lstm_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *c, size_t c_ld, const float *d_next,
                      float *d_cell, float *d_gates, size_t gates_ld);

// --- Optimiser ----------------------------------------------------------------------------------------------------------------------
// Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019):
// m += (1-b1)(g-m), v += (1-b2)(g*g-v), w -= rate * (m*c1 / (sqrt(v*c2) + epsilon) + decay * w), g = factor * gradient.
struct ck_adam { float rate, beta1, beta2, epsilon, decay, factor, correction1, correction2; };
void ck_adam_step(size_t n, const struct ck_adam *s, const float *gradient, float *m, float *v, float *w);

// --- Speech -------------------------------------------------------------------------------------------------------------------------
// A train of pulses, the sum of cos(2 pi k phase) over the harmonics k up to `highest` Hz times sqrt(2 pitch / rate), in doubles: the pitch of
// sample i is hertz + slope * i, above 0 and below the rate, and the phase, in turns, is what it was plus pitch / rate, less 1 from 1 on. Returns
// the last phase.
double ck_pulses(long n, double hertz, double slope, double rate, double highest, double phase, float *y);
