// Fourier transforms of real rows: a complex transform of half the length (even samples real, odd samples imaginary) by radix 2 without bit reversal (Stockham), and
// the step that tells the halves apart (Cooley, Lewis and Welch 1970).
#pragma STDC FP_CONTRACT OFF
#include "CKernelsFourier.h"
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(4 * CK_FOURIER_ROWS)));
struct numbers { lanes re, im; };

// Transforms the `half` complex numbers of a, with b as scratch; sign -1 forward, 1 back. Returns where the result stands, a or b.
INLINE struct numbers *transform(long half, struct numbers *a, struct numbers *b, const float *turns, float sign) {
  for (long length = half / 2, apart = 1; length >= 1; length /= 2, apart *= 2) {
    for (long p = 0; p < length; p++) {
      const float cosine = turns[4 * apart * p], sine = sign * turns[4 * apart * p + 1];
      for (long q = 0; q < apart; q++) {
        const struct numbers x = a[q + apart * p], y = a[q + apart * (p + length)];
        const lanes re = x.re - y.re, im = x.im - y.im;
        b[q + apart * 2 * p] = (struct numbers){x.re + y.re, x.im + y.im};
        b[q + apart * (2 * p + 1)] = (struct numbers){re * cosine - im * sine, re * sine + im * cosine};
      }
    }
    struct numbers *swapped = a;
    a = b, b = swapped;
  }
  return a;
}

// What both ways of telling the halves apart share.
struct halves { struct numbers even, odd; };
INLINE struct halves apart(struct numbers x, struct numbers y) {
  return (struct halves){{x.re + y.re, x.im - y.im}, {x.re - y.re, x.im + y.im}};
}

INLINE void forward(long rows, long n, const float *x, long step, const float *window, const float *turns, float inner, float *spectra) {
  struct numbers memory[2][CK_FOURIER_LARGEST / 2];
  const long half = n / 2;
  const float scale = 0.5f * inner;
  for (long first = 0; first < rows; first += CK_FOURIER_ROWS) {
    const long count = rows - first < CK_FOURIER_ROWS ? rows - first : CK_FOURIER_ROWS;
    for (long m = 0; m < half; m++) memory[0][m] = (struct numbers){{0}, {0}};
    for (long row = 0; row < count; row++) {
      const float *from = x + (first + row) * step;
      for (long m = 0; m < half; m++) memory[0][m].re[row] = window[2 * m] * from[2 * m], memory[0][m].im[row] = window[2 * m + 1] * from[2 * m + 1];
    }
    const struct numbers *z = transform(half, memory[0], memory[1], turns, -1);
    float *to = spectra + first * (n + 2);
    for (long row = 0; row < count; row++) {
      float *re = to + row * (n + 2), *im = re + half + 1;
      re[0] = z[0].re[row] + z[0].im[row], re[half] = z[0].re[row] - z[0].im[row];
      im[0] = 0, im[half] = 0;
    }
    for (long k = 1; k < half; k++) {
      const struct halves h = apart(z[k], z[half - k]);
      const float cosine = turns[2 * k], sine = turns[2 * k + 1];
      const lanes re = scale * (h.even.re + (cosine * h.odd.im - sine * h.odd.re)), im = scale * (h.even.im - (sine * h.odd.im + cosine * h.odd.re));
      for (long row = 0; row < count; row++) to[row * (n + 2) + k] = re[row], to[row * (n + 2) + half + 1 + k] = im[row];
    }
  }
}

INLINE void transposed(long rows, long n, const float *spectra, const float *turns, float inner, float *y) {
  struct numbers memory[2][CK_FOURIER_LARGEST / 2], x[CK_FOURIER_LARGEST / 2 + 1];
  const long half = n / 2;
  const float scale = 0.5f * inner;
  for (long first = 0; first < rows; first += CK_FOURIER_ROWS) {
    const long count = rows - first < CK_FOURIER_ROWS ? rows - first : CK_FOURIER_ROWS;
    for (long k = 0; k <= half; k++) x[k] = (struct numbers){{0}, {0}};
    for (long row = 0; row < count; row++) {
      const float *re = spectra + (first + row) * (n + 2), *im = re + half + 1;
      for (long k = 0; k <= half; k++) x[k].re[row] = re[k], x[k].im[row] = im[k];
    }
    memory[0][0] = (struct numbers){x[0].re + x[half].re, x[0].re - x[half].re};
    for (long k = 1; k < half; k++) {
      const struct halves h = apart(x[k], x[half - k]);
      const float cosine = turns[2 * k], sine = turns[2 * k + 1];
      memory[0][k].re = scale * (h.even.re - (sine * h.odd.re + cosine * h.odd.im));
      memory[0][k].im = scale * (h.even.im + (cosine * h.odd.re - sine * h.odd.im));
    }
    const struct numbers *z = transform(half, memory[0], memory[1], turns, 1);
    for (long row = 0; row < count; row++) {
      float *to = y + (first + row) * n;
      for (long m = 0; m < half; m++) to[2 * m] = z[m].re[row], to[2 * m + 1] = z[m].im[row];
    }
  }
}

#define VARIANT(SUFFIX, TARGET)                                                                                                            \
  TARGET static void ck_fourier_##SUFFIX(long rows, long n, const float *x, long step, const float *window, const float *turns, float inner, \
                                         float *spectra) {                                                                                 \
    forward(rows, n, x, step, window, turns, inner, spectra);                                                                              \
  }                                                                                                                                        \
  TARGET static void ck_fourier_transposed_##SUFFIX(long rows, long n, const float *spectra, const float *turns, float inner, float *y) {  \
    transposed(rows, n, spectra, turns, inner, y);                                                                                         \
  }
CK_EVERY_PATH(VARIANT)

void ck_fourier(long rows, long n, const float *x, long step, const float *window, const float *turns, float inner, float *spectra) {
  CK_SELECT(ck_fourier, (rows, n, x, step, window, turns, inner, spectra));
}

void ck_fourier_transposed(long rows, long n, const float *spectra, const float *turns, float inner, float *y) {
  CK_SELECT(ck_fourier_transposed, (rows, n, spectra, turns, inner, y));
}
