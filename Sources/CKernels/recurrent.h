// The gates of GRU and LSTM and their gradients, for vectors of W floats; W = 1 is the scalar reference.
#pragma once
#include "functions.h"

#define ROWS for (size_t row = 0; row < rows; row++)
#define UNITS for (size_t j = 0, left = size; j < size; j += W, left = size - j)
#define GET(P) (left >= W ? LOAD((P) + j) : load_part((P) + j, left))
#define PUT(P, X) (left >= W ? (void)STORE((P) + j, X) : store_part((P) + j, X, left))

static void gru(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *h, size_t h_ld, float *next,
                size_t next_ld, float *saved, size_t saved_ld) {
  ROWS {
    const float *in = input + row * input_ld, *re = recurrent + row * 3 * size, *old = h + row * h_ld;
    float *new = next + row * next_ld, *keep = saved ? saved + row * saved_ld : 0;
    UNITS {
      V r = sigmoid_(GET(in) + GET(re)), z = sigmoid_(GET(in + size) + GET(re + size)), hn = GET(re + 2 * size);
      V n = tanh_(FMA(r, hn, GET(in + 2 * size)));
      PUT(new, FMA(z, GET(old) - n, n));
      if (keep) PUT(keep, r), PUT(keep + size, z), PUT(keep + 2 * size, n), PUT(keep + 3 * size, hn);
    }
  }
}

static void gru_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *h, size_t h_ld, const float *d_next,
                         float *d_input, float *d_recurrent, size_t gates_ld, float *d_h) {
  ROWS {
    const float *keep = saved + row * saved_ld, *old = h + row * h_ld, *dy = d_next + row * size;
    float *di = d_input + row * gates_ld, *dr = d_recurrent + row * gates_ld, *dh = d_h + row * size;
    UNITS {
      V r = GET(keep), z = GET(keep + size), n = GET(keep + 2 * size), hn = GET(keep + 3 * size), d = GET(dy);
      V dn = d * (1.0f - z) * FMA(-n, n, SPLAT(1));
      V dz = d * (GET(old) - n) * (z * (1.0f - z));
      V dr_ = dn * hn * (r * (1.0f - r));
      PUT(di, dr_), PUT(di + size, dz), PUT(di + 2 * size, dn);
      PUT(dr, dr_), PUT(dr + size, dz), PUT(dr + 2 * size, dn * r);
      PUT(dh, d * z);
    }
  }
}

static void lstm(size_t rows, size_t size, const float *input, size_t input_ld, const float *recurrent, const float *c, size_t c_ld, float *cell,
                 size_t cell_ld, float *next, size_t next_ld, float *saved, size_t saved_ld) {
  ROWS {
    const float *in = input + row * input_ld, *re = recurrent + row * 4 * size, *old = c + row * c_ld;
    float *memory = cell + row * cell_ld, *new = next + row * next_ld, *keep = saved ? saved + row * saved_ld : 0;
    UNITS {
      V i = sigmoid_(GET(in) + GET(re)), f = sigmoid_(GET(in + size) + GET(re + size));
      V g = tanh_(GET(in + 2 * size) + GET(re + 2 * size)), o = sigmoid_(GET(in + 3 * size) + GET(re + 3 * size));
      V m = FMA(f, GET(old), i * g), t = tanh_(m);
      PUT(memory, m), PUT(new, o * t);
      if (keep) PUT(keep, i), PUT(keep + size, f), PUT(keep + 2 * size, g), PUT(keep + 3 * size, o), PUT(keep + 4 * size, t);
    }
  }
}

static void lstm_gradient(size_t rows, size_t size, const float *saved, size_t saved_ld, const float *c, size_t c_ld, const float *d_next,
                          float *d_cell, float *d_gates, size_t gates_ld) {
  ROWS {
    const float *keep = saved + row * saved_ld, *old = c + row * c_ld, *dy = d_next + row * size;
    float *dm = d_cell + row * size, *dg = d_gates + row * gates_ld;
    UNITS {
      V i = GET(keep), f = GET(keep + size), g = GET(keep + 2 * size), o = GET(keep + 3 * size), t = GET(keep + 4 * size), d = GET(dy);
      V m = FMA(d * o, FMA(-t, t, SPLAT(1)), GET(dm));
      PUT(dg, m * g * (i * (1.0f - i)));
      PUT(dg + size, m * GET(old) * (f * (1.0f - f)));
      PUT(dg + 2 * size, m * i * FMA(-g, g, SPLAT(1)));
      PUT(dg + 3 * size, d * t * (o * (1.0f - o)));
      PUT(dm, m * f);
    }
  }
}
#undef GET
#undef PUT
#undef ROWS
#undef UNITS
