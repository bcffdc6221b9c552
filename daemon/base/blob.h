// A run of bytes that belongs to somebody else (an arena, a message).
#pragma once

#include <stddef.h>
#include <stdint.h>

struct blob {
    const uint8_t *bytes;
    size_t length;
};
