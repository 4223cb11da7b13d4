// Everything one SIMD path has, for the W, MAX_ROWS and TABLE of the file that includes it.
#pragma once
#include "elementwise.h"
#include "recurrent.h"
#include "matrix.h"
#include "convolution.h"
#include "convolution_weights.h"

const struct ck_table TABLE = {
    gemm, gemm_packed, conv_pack, conv_transposed_pack, conv, conv_transposed, conv_weights, unary, unary_gradient, binary, axpy, multiply_add,
    sum, dot, add_rows, softmax, normalise, normalise_gradient, gru, gru_gradient, lstm, lstm_gradient, adam_step,
};
