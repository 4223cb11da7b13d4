// How a kernel runs on the best instructions of the machine. To add one, say `f`:
//   1. declare `f` in include/CKernels.h;
//   2. write `f_scalar` in plain C: it is the reference, and what machines without SIMD run;
//   3. write `CK_TARGET_AVX2 static ... f_avx2(...)`, `CK_TARGET_AVX512 ... f_avx512` and `CK_TARGET_NEON ... f_neon`, each inside
//      `#if CK_X86` or `#if CK_ARM`. With vector_size types (or a loop that the compiler vectorises) one body serves them all:
//      put it into a macro (CK_EVERY_PATH makes all of them) or into a
//      `static inline __attribute__((always_inline))` function without vector types in its signature;
//   4. `void f(long n) { CK_SELECT(f, (n)); }`, or `return CK_SELECT...` by way of CK_SELECT_RETURN for a result.
// The float kernels of this room go by way of one table of functions per path (table.h) because they share a template.
// Integer kernels give the same results in any order; float kernels keep to the rule in CKernels.h.
#pragma once
#include "CKernels.h"

#if defined(__x86_64__)
#define CK_X86 1
#define CK_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define CK_TARGET_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define CK_SELECT_(F, ARGS, RETURN)                      \
  switch (ck_simd_path()) {                              \
    case CK_AVX512: RETURN F##_avx512 ARGS; break;       \
    case CK_AVX2: RETURN F##_avx2 ARGS; break;           \
    default: RETURN F##_scalar ARGS; break;              \
  }
#elif defined(__aarch64__)
#define CK_ARM 1
#define CK_TARGET_NEON
#define CK_SELECT_(F, ARGS, RETURN)                      \
  switch (ck_simd_path()) {                              \
    case CK_NEON: RETURN F##_neon ARGS; break;           \
    default: RETURN F##_scalar ARGS; break;              \
  }
#else
#define CK_SELECT_(F, ARGS, RETURN) RETURN F##_scalar ARGS
#endif
// VARIANT(SUFFIX, TARGET) for every path that this machine's architecture has.
#if CK_X86
#define CK_EVERY_PATH(VARIANT) VARIANT(scalar, ) VARIANT(avx2, CK_TARGET_AVX2) VARIANT(avx512, CK_TARGET_AVX512)
#elif CK_ARM
#define CK_EVERY_PATH(VARIANT) VARIANT(scalar, ) VARIANT(neon, CK_TARGET_NEON)
#else
#define CK_EVERY_PATH(VARIANT) VARIANT(scalar, )
#endif
#define CK_SELECT(F, ARGS) CK_SELECT_(F, ARGS, )
#define CK_SELECT_RETURN(F, ARGS) CK_SELECT_(F, ARGS, return)
