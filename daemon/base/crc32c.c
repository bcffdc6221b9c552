#include "base/crc32c.h"

#include <string.h>

// Four bits at a time: a table of sixteen entries needs no set-up and stays in the cache.
static const uint32_t nibble[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_table(uint32_t crc, const uint8_t *at, size_t length)
{
    while (length-- > 0) {
        crc ^= *at++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

// SSE 4.2 has the polynomial in hardware.
__attribute__((target("sse4.2"))) static uint32_t by_machine(uint32_t crc, const uint8_t *at, size_t length)
{
    uint64_t wide = crc, word;
    for (; length >= sizeof word; length -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    for (crc = (uint32_t)wide; length > 0; length--)
        crc = _mm_crc32_u8(crc, *at++);
    return crc;
}

static uint32_t update(uint32_t crc, const uint8_t *at, size_t length)
{
    return __builtin_cpu_supports("sse4.2") ? by_machine(crc, at, length) : by_table(crc, at, length);
}
#else
static uint32_t update(uint32_t crc, const uint8_t *at, size_t length)
{
    return by_table(crc, at, length);
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
    return ~update(~crc, bytes, length);
}
