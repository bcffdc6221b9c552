#include "store/store_error.h"

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int store_error_set(struct store_error *error, int code, const char *format, ...)
{
    if (!error)
        return code;
    va_list args;
    va_start(args, format);
    error->code = code;
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}

static int code_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERROR_STORAGE_FULL;
    case ENOMEM:
        return ERROR_NO_MEMORY;
    case EMFILE:
    case ENFILE:
        return ERROR_BUSY;
    default:
        return ERROR_IO;
    }
}

int store_error_errno(struct store_error *error, const char *call, const char *name)
{
    int number = errno;
    char words[96];
    return store_error_set(error, code_of_errno(number), "%s %s: %s", call, name,
                           strerror_r(number, words, sizeof words));
}
