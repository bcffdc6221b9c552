#include "service/log.h"

#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

static atomic_int gravest = LOG_INFO;

void log_line(enum log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;
    if ((int)level > atomic_load(&gravest))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_tame(line, strlen(line), false);
    fprintf(stderr, "<%d>%s\n", (int)level, line);
}

int log_set_level(const char *name)
{
    static const struct {
        int level;
        const char *name;
    } levels[] = {
#define X(id, level, name) {level, name},
        LOG_LEVELS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i].name, name) == 0) {
            atomic_store(&gravest, levels[i].level);
            return 0;
        }
    return ERROR_BAD_VALUE;
}
