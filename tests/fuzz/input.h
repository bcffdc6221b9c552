// The bytes that a fuzzer made, taken piece by piece; past their end everything is zero, so that each input
// means something. And MUST, which holds in every build and says what broke.
#pragma once

#include "base/blob.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The target: one input from start to end. It leaves nothing behind that another one could see.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define MUST(holds) ((holds) ? (void)0 : input_broken(#holds, __FILE__, __LINE__))

static inline void input_broken(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
    abort();
}

struct input {
    const uint8_t *at;
    size_t left;
};

static inline struct blob take_bytes(struct input *in, size_t most)
{
    struct blob taken = {in->at, most < in->left ? most : in->left};
    in->at += taken.length;
    in->left -= taken.length;
    return taken;
}

static inline uint8_t take_byte(struct input *in)
{
    struct blob byte = take_bytes(in, 1);
    return byte.length ? byte.bytes[0] : 0;
}

// Big-endian, as many bytes of it as there are.
static inline uint64_t take_number(struct input *in, size_t bytes)
{
    uint64_t number = 0;
    while (bytes--)
        number = number << 8 | take_byte(in);
    return number;
}

// Behind its length of two bytes.
static inline struct blob take_run(struct input *in)
{
    return take_bytes(in, (size_t)take_number(in, 2));
}

// A copy that ends with its last byte, so that whoever reads on is seen. To be freed.
static inline uint8_t *exact_copy(struct blob bytes)
{
    uint8_t *copy = malloc(bytes.length ? bytes.length : 1);
    MUST(copy);
    return bytes.length ? memcpy(copy, bytes.bytes, bytes.length) : copy;
}

// The same as a text, up to its first NUL.
static inline char *text_copy(struct blob bytes)
{
    char *text = strndup((const char *)bytes.bytes, bytes.length);
    MUST(text);
    return text;
}
