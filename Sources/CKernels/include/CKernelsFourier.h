// The discrete Fourier transform of many rows of real numbers at once, n a power of two from CK_FOURIER_SMALLEST to CK_FOURIER_LARGEST.
//
// A spectrum is n / 2 + 1 real parts, then as many imaginary parts; the first and the last imaginary part are zero. turns holds cos and sin of 2 pi k / n for k <= n / 2,
// cos first, one pair behind the other. CK_FOURIER_ROWS rows run side by side, each in its own lane, every product rounded before it is added: neither the path nor
// the rows beside it change a bit of a row.
#pragma once

enum { CK_FOURIER_ROWS = 8, CK_FOURIER_SMALLEST = 4, CK_FOURIER_LARGEST = 4096 };
// Spectra [rows, n + 2] of the rows x[i * step ...] times window[n]: re[k] + i im[k] = inner * sum over t of window[t] x[t] e^(-2 pi i k t / n), where `inner` counts
// for 0 < k < n / 2 only.
void ck_fourier(long rows, long n, const float *x, long step, const float *window, const float *turns, float inner, float *spectra);
// The transpose of ck_fourier without its window, rows [rows, n] from spectra: y[t] = sum over k <= n / 2 of inner * (re[k] cos(2 pi k t / n) - im[k] sin(2 pi k t / n)),
// `inner` as above. With an `inner` of 2 it is n times the inverse.
void ck_fourier_transposed(long rows, long n, const float *spectra, const float *turns, float inner, float *y);
