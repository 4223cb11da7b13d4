#pragma STDC FP_CONTRACT OFF
#include <string.h>

#include "table.h"
#if CK_ARM
#define W 4
#define MAX_ROWS 12
#define TABLE ck_table_neon
#include "template.h"
#endif
