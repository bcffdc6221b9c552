#include "service/limits.h"

#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct limit_entry entries[] = {
#define X(name, standard, least, most, help) {#name, standard, least, most, help},
    SP_LIMITS(X) SERVICE_LIMITS(X)
#undef X
};

static const size_t offsets[] = {
#define X(name, standard, least, most, help) offsetof(struct limits, edge.name),
    SP_LIMITS(X)
#undef X
#define X(name, standard, least, most, help) offsetof(struct limits, service.name),
        SERVICE_LIMITS(X)
#undef X
};

enum { COUNT = sizeof entries / sizeof entries[0] };

static uint64_t *place(struct limits *limits, size_t index)
{
    return (uint64_t *)((char *)limits + offsets[index]);
}

void limits_init(struct limits *limits)
{
    for (size_t i = 0; i < COUNT; i++)
        *place(limits, i) = entries[i].standard;
}

const struct limit_entry *limits_entry(size_t index)
{
    return index < COUNT ? &entries[index] : NULL;
}

uint64_t limits_value(const struct limits *limits, size_t index)
{
    return *(const uint64_t *)((const char *)limits + offsets[index]);
}

static bool read_number(const char *text, uint64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return !errno && !*end;
}

int limits_set(struct limits *limits, const char *text, const struct limit_entry **entry)
{
    size_t length = strcspn(text, "=");
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t value;
        if (strlen(entries[i].name) != length || strncmp(entries[i].name, text, length) != 0)
            continue;
        *entry = &entries[i];
        if (!text[length] || !read_number(text + length + 1, &value) || value < entries[i].least ||
            value > entries[i].most)
            return ERROR_BAD_VALUE;
        *place(limits, i) = value;
        return 0;
    }
    return ERROR_NOT_FOUND;
}
