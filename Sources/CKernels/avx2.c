#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "table.h"
#if CK_X86
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define W 8
#define MAX_ROWS 6
#define TABLE ck_table_avx2
#include "template.h"
#pragma clang attribute pop
#endif
