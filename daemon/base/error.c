#include "base/error.h"

#include <string.h>

static const struct {
    int value;
    const char *name;
    const char *sentence;
} table[] = {{0, "ok", "ok"},
#define X(id, value, name, sentence) {value, name, sentence},
             ERRORS(X)
#undef X
};

enum { TABLE_SIZE = sizeof table / sizeof table[0] };

const char *error_name(int error)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (table[i].value == error)
            return table[i].name;
    return "internal";
}

const char *error_sentence(int error)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (table[i].value == error)
            return table[i].sentence;
    return error_sentence(ERROR_INTERNAL);
}

int error_from_name(const char *name)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        if (strcmp(table[i].name, name) == 0)
            return table[i].value;
    return 0;
}
