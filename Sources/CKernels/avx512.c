#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "table.h"
#if CK_X86
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define W 16
#define MAX_ROWS 12
#define TABLE ck_table_avx512
#include "template.h"
#pragma clang attribute pop
#endif
