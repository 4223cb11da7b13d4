// Loops of the coder of sound: adaptive filters, the sums that least squares need, and mixtures of distributions.
//
// In floats every product is rounded before it is added, sums run in CK_SOUND_CHAINS or CK_SQUARES_LANES chains (element i in chain i modulo their number)
// that are added by halves, so that all paths give the same bits.
#pragma once
#include <stdint.h>

enum { CK_SOUND_CHAINS = 16, CK_SOUND_ROWS = 8, CK_SOUND_CLASSES = 32 };

// --- Prediction ---------------------------------------------------------------------------------------------------------------------
// A filter of some taps, a multiple of CK_SOUND_CHAINS. The window has CK_SOUND_CHAINS numbers more than there are taps; of these only the first counts.
struct ck_sound_filter {
  long taps;
  float *weights;
  const float *window;
  float gain, prediction;
};
// A step of each of some filters: weights[i] += gain * window[i], then prediction = the sum of weights[i] * window[i + 1].
void ck_sound_adapt(long filters, struct ck_sound_filter *filter);
// Numbers of some inputs, the newest first; n is a multiple of CK_SQUARES_LANES.
struct ck_sound_part {
  long n;
  const double *numbers;
  double factor;
};
// The sum over the parts, one after the other, of the sum of weights and numbers; the parts' weights follow each other.
double ck_sound_dot(long parts, const struct ck_sound_part *part, const double *weights);
// after = keep * before + factor * numbers, part behind part.
void ck_sound_correlate(long parts, const struct ck_sound_part *part, double keep, const double *before, double *after);

// --- Mixtures -----------------------------------------------------------------------------------------------------------------------
// A row of `table` is a cumulative distribution over CK_SOUND_CLASSES classes: the share below each of them, in 1/65536, never falling, the first 0.
// bounds[c] = a mixture's share below class c, in 1/65536, rising by at least 8: with m the sum over the rows of (weights[k] * row[c]) / 65536, rounded down
// one by one, it is m * (65536 - 8 * CK_SOUND_CLASSES) / 65536, rounded down, + 8 c. The sum of the weights is below 65536.
void ck_sound_mix(const uint16_t *table, const int32_t *rows, const uint16_t *weights, uint16_t *bounds);
// The class whose interval a place lies in: how many of bounds[1...] are not above it.
int ck_sound_find(const uint16_t *bounds, uint32_t place);
// Bayes' rule: with p[k] the share that row k gives to the class, as f32, plus 16, shares[k] = (shares[k] * p[k]) / sum * keep + (1 - keep) / CK_SOUND_ROWS, the sum of the
// products being ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)); then weights[k] = the whole part of shares[k] * 65528.
void ck_sound_learn(const uint16_t *table, const int32_t *rows, int class, float keep, float *shares, uint16_t *weights);
