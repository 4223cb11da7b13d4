// exp, log, tanh and their kin for vectors of W floats, as polynomials of + - * / fma with a fixed order of operations.
// The coefficients of exp, log and tanh are those of S. Moshier's Cephes library (single precision). Errors: 2 ulp or less.
// Needs W; defines V (floats), I (integers).
#pragma once

typedef float V __attribute__((vector_size(W * 4), aligned(4)));
typedef int32_t I __attribute__((vector_size(W * 4), aligned(4)));

#define FMA(A, B, C) __builtin_elementwise_fma((V)(A), (V)(B), (V)(C))
#define LOAD(P) (*(const V *)(P))
#define STORE(P, X) (*(V *)(P) = (X))
#define SPLAT(X) ((float)(X) - (V){})

static inline V select_(I mask, V a, V b) { return (V)((mask & (I)a) | (~mask & (I)b)); }
static inline V load_part(const float *p, size_t n) {
  V v = {};
  for (size_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}
static inline void store_part(float *p, V v, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = v[i];
}

static inline V abs_(V x) { return (V)((I)x & 0x7fffffff); }
static inline V max0(V x) { return select_(x > (V){}, x, (V){}); }

static inline V exp_(V x) {
  const float magic = 0x1.8p23f;  // adding it rounds to the nearest integer, which then stands in the low bits
  x = select_(x < -87.33f, SPLAT(-87.33f), x);
  x = select_(x > 87.33f, SPLAT(87.33f), x);
  V t = FMA(x, SPLAT(0x1.715476p0f), SPLAT(magic));
  V n = t - magic;
  V r = FMA(n, SPLAT(-0.693359375f), x);
  r = FMA(n, SPLAT(2.12194440e-4f), r);
  V p = SPLAT(1.9875691500e-4f);
  p = FMA(p, r, SPLAT(1.3981999507e-3f));
  p = FMA(p, r, SPLAT(8.3334519073e-3f));
  p = FMA(p, r, SPLAT(4.1665795894e-2f));
  p = FMA(p, r, SPLAT(1.6666665459e-1f));
  p = FMA(p, r, SPLAT(5.0000001201e-1f));
  p = FMA(p, r * r, r) + 1.0f;
  I scale = ((I)t - 0x4b400000 + 127) << 23;
  return p * (V)scale;
}

static inline V log_(V x) {
  x = select_(x > 0x1p-126f, x, SPLAT(0x1p-126f));  // what is no number, too: its bits depend on path and machine
  I bits = (I)x;
  I exponent = (bits >> 23) - 126;
  V m = (V)((bits & 0x007fffff) | 0x3f000000);  // [0.5, 1)
  I low = m < 0x1.6a09e6p-1f;
  exponent += low;  // -1 where true
  m = select_(low, m + m, m) - 1.0f;
  V e = __builtin_convertvector(exponent, V), z = m * m;
  V p = SPLAT(7.0376836292e-2f);
  p = FMA(p, m, SPLAT(-1.1514610310e-1f));
  p = FMA(p, m, SPLAT(1.1676998740e-1f));
  p = FMA(p, m, SPLAT(-1.2420140846e-1f));
  p = FMA(p, m, SPLAT(1.4249322787e-1f));
  p = FMA(p, m, SPLAT(-1.6668057665e-1f));
  p = FMA(p, m, SPLAT(2.0000714765e-1f));
  p = FMA(p, m, SPLAT(-2.4999993993e-1f));
  p = FMA(p, m, SPLAT(3.3333331174e-1f));
  p = p * m * z;
  p = FMA(e, SPLAT(-2.12194440e-4f), p);
  p = FMA(z, SPLAT(-0.5f), p);
  return FMA(e, SPLAT(0.693359375f), m + p);
}

static inline V sigmoid_(V x) { return 1.0f / (exp_(-x) + 1.0f); }

static inline V tanh_(V x) {
  V a = abs_(x), z = x * x;
  V p = SPLAT(-5.70498872745e-3f);
  p = FMA(p, z, SPLAT(2.06390887954e-2f));
  p = FMA(p, z, SPLAT(-5.37397155531e-2f));
  p = FMA(p, z, SPLAT(1.33314422036e-1f));
  p = FMA(p, z, SPLAT(-3.33332819422e-1f));
  V small = FMA(p * z, x, x);
  V large = 1.0f - 2.0f / (exp_(a + a) + 1.0f);
  large = (V)((I)large | ((I)x & (int32_t)0x80000000));
  return select_(a < 0.625f, small, large);
}

// log(1 + exp(x)); log(u) is corrected for what u = 1 + e lost of e.
static inline V softplus_(V x) {
  V e = exp_(-abs_(x)), u = e + 1.0f;
  return max0(x) + (log_(u) + (e - (u - 1.0f)) / u);
}

static inline V round_(V x) {
  V r = (abs_(x) + 0x1p23f) - 0x1p23f;
  r = (V)((I)r | ((I)x & (int32_t)0x80000000));
  return select_(abs_(x) < 0x1p22f, r, x);
}
