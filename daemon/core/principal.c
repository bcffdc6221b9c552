#include "core/principal.h"

#include <stddef.h>

const struct principal *principal_find(const struct principal_table *table, const char *code)
{
    uint32_t index = strmap_find(&table->by_code, code);
    return index == STRMAP_NONE ? NULL : &table->principals[index];
}
