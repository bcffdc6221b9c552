#include "store/boot.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 36 };

static int digit(char c)
{
    static const char hex[] = "0123456789abcdef";
    const char *at = c ? strchr(hex, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - hex) : -1;
}

bool boot_id_parse(const char *text, uint8_t out[BOOT_ID])
{
    int n = 0;
    memset(out, 0, BOOT_ID);
    for (int i = 0; i < TEXT; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
            continue;
        }
        int value = digit(text[i]);
        if (value < 0)
            return false;
        out[n / 2] = (uint8_t)(out[n / 2] << 4 | value);
        n++;
    }
    return text[TEXT] == 0 || text[TEXT] == '\n';
}

int boot_id_read(uint8_t out[BOOT_ID])
{
    char text[TEXT + 2] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    memset(out, 0, BOOT_ID);
    if (!file)
        return ERROR_IO;
    bool read = fgets(text, sizeof text, file) != NULL && boot_id_parse(text, out);
    fclose(file);
    if (!read)
        memset(out, 0, BOOT_ID);
    return read ? 0 : ERROR_IO;
}
