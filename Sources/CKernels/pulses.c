// The train of pulses that voiced speech begins with. All sums and products are rounded one by one, so that every path gives the same bits.
#pragma STDC FP_CONTRACT OFF
#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = 64 };

// sin(2 pi x) for 0 <= x < 2^50 by its Taylor series.
INLINE double sine(double x) {
  // Adding 1.5 * 2^52 and taking it away rounds to the nearest integer, halves to even. Then to a quarter turn about 0.
  double y = x - ((x + 0x1.8p52) - 0x1.8p52);
  y = y > 0.25 ? 0.5 - y : y < -0.25 ? -0.5 - y : y;
  const double angle = 0x1.921fb54442d18p2 * y, square = angle * angle;
  double sum = 1;
  _Pragma("clang loop unroll(full)") for (int n = 21; n > 1; n -= 2) sum = 1 - square / (double)(n * (n - 1)) * sum;
  return angle * sum;
}

INLINE double harmonics(double phase, double hertz, double rate, double highest) {
  const double count = (double)(int32_t)(highest / hertz) + 0.5, below = sine(phase / 2);
  const double sum = __builtin_fabs(below) < 1e-6 ? count - 0.5 : (sine(count * phase) / below - 1) / 2;
  return sum * __builtin_elementwise_sqrt(2 * hertz / rate);
}

INLINE double pulses_body(long n, double hertz, double slope, double rate, double highest, double phase, float *restrict y) {
  for (long from = 0; from < n; from += BLOCK) {
    const long some = n - from < BLOCK ? n - from : BLOCK;
    double pitches[BLOCK], phases[BLOCK];
    for (long i = 0; i < some; i++) {
      pitches[i] = hertz + slope * (double)(from + i);
      phase += pitches[i] / rate;
      phase -= phase >= 1 ? 1 : 0;
      phases[i] = phase;
    }
    for (long i = 0; i < some; i++) y[from + i] = (float)harmonics(phases[i], pitches[i], rate, highest);
  }
  return phase;
}

#define VARIANT(SUFFIX, TARGET)                                                                                                             \
  TARGET static double ck_pulses_##SUFFIX(long n, double hertz, double slope, double rate, double highest, double phase, float *y) {        \
    return pulses_body(n, hertz, slope, rate, highest, phase, y);                                                                           \
  }
CK_EVERY_PATH(VARIANT)

double ck_pulses(long n, double hertz, double slope, double rate, double highest, double phase, float *y) {
  CK_SELECT_RETURN(ck_pulses, (n, hertz, slope, rate, highest, phase, y));
}
