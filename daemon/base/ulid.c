#include "base/ulid.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct ulid ulid_make(int64_t now_ms, const uint8_t random[10])
{
    struct ulid id;
    for (int i = 0; i < 6; i++)
        id.bytes[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, random, 10);
    return id;
}

int64_t ulid_time_ms(const struct ulid *id)
{
    uint64_t time = 0;
    for (int i = 0; i < 6; i++)
        time = time << 8 | id->bytes[i];
    return (int64_t)time;
}

// The 128 bits stand behind two zero bits, so that 26 × 5 = 130 bits divide evenly.
void ulid_format(const struct ulid *id, char text[ULID_TEXT + 1])
{
    uint32_t window = 0;
    int bits = 2, at = 0;
    for (int i = 0; i < 16; i++) {
        window = window << 8 | id->bytes[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text[at++] = alphabet[window >> bits & 31];
        }
    }
    text[at] = 0;
}

static int value_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

bool ulid_parse(const char *text, struct ulid *out)
{
    uint32_t window = 0;
    int bits = -2, at = 0;
    for (int i = 0; i < ULID_TEXT; i++) {
        int value = value_of(text[i]);
        if (value < 0 || (i == 0 && value > 7))
            return false;
        window = window << 5 | (uint32_t)value;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out->bytes[at++] = (uint8_t)(window >> bits);
        }
    }
    return text[ULID_TEXT] == 0;
}
