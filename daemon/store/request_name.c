#include "store/request_name.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

enum {
    REQUEST_LEFT_OUT = 1 << 1 | 1 << 2,  // id, sent_ms
    ENVELOPE_LEFT_OUT = 1 << 5 | 1 << 6, // id, salt
    ENVELOPE_PLAIN = 8,
};

struct field {
    uint32_t number;
    struct blob whole;
    struct blob content; // of a field that has a length, else empty
};

static bool read_varint(struct blob *rest, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && rest->length; shift += 7) {
        uint8_t byte = *rest->bytes++;
        rest->length--;
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

// The length of what follows a field's key; false where it is none that is known.
static bool content_length(struct blob *rest, uint64_t kind, uint64_t *out)
{
    struct blob behind = *rest;
    switch (kind) {
    case 0: {
        uint64_t value;
        bool good = read_varint(&behind, &value);
        *out = rest->length - behind.length;
        return good;
    }
    case 1:
        *out = 8;
        return true;
    case 2:
        return read_varint(rest, out);
    case 5:
        *out = 4;
        return true;
    default:
        return false;
    }
}

// Takes the next field off; what cannot be read as one is taken whole, as a field of no number.
static struct field next_field(struct blob *bytes)
{
    struct blob rest = *bytes;
    uint64_t key, length;
    struct field field = {.whole = *bytes};
    if (read_varint(&rest, &key) && content_length(&rest, key & 7, &length) && length <= rest.length) {
        field.number = (uint32_t)(key >> 3 > UINT32_MAX ? 0 : key >> 3);
        field.content = (struct blob){rest.bytes, (key & 7) == 2 ? (size_t)length : 0};
        field.whole.length = bytes->length - rest.length + (size_t)length;
    }
    bytes->bytes += field.whole.length;
    bytes->length -= field.whole.length;
    return field;
}

static bool is_left_out(const struct field *field, unsigned left_out)
{
    return field->number < 32 && (left_out >> field->number & 1);
}

static void add_request(crypto_generichash_state *hash, struct blob request)
{
    while (request.length) {
        struct field field = next_field(&request);
        if (!is_left_out(&field, REQUEST_LEFT_OUT))
            crypto_generichash_update(hash, field.whole.bytes, field.whole.length);
    }
}

void request_name(const char *principal, struct blob request, uint8_t out[REQUEST_NAME])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, REQUEST_NAME);
    crypto_generichash_update(&hash, (const uint8_t *)principal, strlen(principal) + 1);
    add_request(&hash, request);
    crypto_generichash_final(&hash, out, REQUEST_NAME);
}

void request_name_sealed(struct blob envelope, uint8_t out[REQUEST_NAME])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, REQUEST_NAME);
    crypto_generichash_update(&hash, (const uint8_t *)"", 1); // no principal has this name
    while (envelope.length) {
        struct field field = next_field(&envelope);
        if (field.number == ENVELOPE_PLAIN && field.content.length)
            add_request(&hash, field.content);
        else if (!is_left_out(&field, ENVELOPE_LEFT_OUT))
            crypto_generichash_update(&hash, field.whole.bytes, field.whole.length);
    }
    crypto_generichash_final(&hash, out, REQUEST_NAME);
}
