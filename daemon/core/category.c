#include "core/category.h"

#include "base/text.h"

#include <stddef.h>

uint32_t category_find(const struct category_table *table, const char *code)
{
    return strmap_find(&table->by_code, code);
}

const struct condition *category_condition(const struct category *category, const char *code)
{
    if (!code || !*code)
        return category->condition_count ? &category->conditions[0] : NULL;
    for (uint32_t i = 0; i < category->condition_count; i++)
        if (text_same(category->conditions[i].code, code))
            return &category->conditions[i];
    return NULL;
}
