// A whistle 哨: what an office submits, as the core sees it. The personal part never enters the core,
// but for what tells of the place: of the rest only its presence is known (enum personal_part).
#pragma once

#include "base/blob.h"
#include "core/words.h"

#include <stdbool.h>
#include <stdint.h>

enum { TITLE_MAX_CHARACTERS = 40, SHA256_BYTES = 32 };

#define SOURCE_REPEATED                                                                                      \
    "repeated" // of whistles that the daemon raises for a repeated point, and of no others

// What the private part of a record holds; bits of `struct event.personal`.
enum personal_part {
    PERSONAL_CONTACT = 1, // name, phone, address of the resident
    PERSONAL_TEXT = 2,    // free text
    PERSONAL_PERSON = 4,  // who accepted or is on site
    PERSONAL_PLACE = 8,   // what whistle_take_apart takes; of an act its position and files
};

struct position {
    double latitude;  // degrees
    double longitude; // degrees
    enum datum datum; // 0: WGS84
};

// Neither NaN nor beyond the poles or the date line.
bool position_is_on_earth(const struct position *position);

// Metres between two positions of one datum: good to a percent within a city.
double position_distance_m(const struct position *a, const struct position *b);

struct attachment {
    struct blob sha256; // SHA256_BYTES
    uint64_t bytes;
    const char *media_type;
    const char *uri;
    const char *phase; // "before", "after", …
};

struct attribute {
    const char *name;
    const char *value;
};

// Texts are clean UTF-8 and may be NULL for "not given". Everything belongs to the arena of its message.
struct whistle {
    enum kind kind;
    const char *category;
    const char *category_standard;
    const char *condition;
    enum nature nature;
    uint32_t severity; // 1 gravest … 4; 0 unset
    const char *area;
    struct position *position; // NULL: none; WGS84 once it was taken in, whatever it came in
    const char *title;
    bool confidential;
    const char *source;
    const char *source_no;
    const char *on_behalf_of;
    int64_t appointed_ms;
    const char *meeting_point;
    struct attachment *attachments;
    size_t attachment_count;
    struct attribute *attributes;
    size_t attribute_count;
    int64_t reported_ms;
    uint32_t places;     // call-up: how many are needed; 0: as the rule says
    const char *skill;   // call-up: that they must have; NULL: any
    struct blob unknown; // fields of a newer client, kept as they came
};

// Moves to `apart` what tells where, for whom and with what: position, meeting point, on behalf of whom,
// files, attributes, what a newer client sent. It is kept with what is personal, and erased with it.
void whistle_take_apart(struct whistle *whistle, struct whistle *apart);
void whistle_put_back(struct whistle *whistle, const struct whistle *apart);

// The rule that answered, so that a decision can be traced to a line of a file.
struct rule_ref {
    const char *id;
    const char *file;
    uint32_t line;
    struct blob rulebook; // digest
};
