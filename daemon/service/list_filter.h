// Which cases a list is about.
//
// The words of `search` are parted by blanks, also by the full-width one that an input method types; each
// must occur in the title. A to Z are the same as a to z; nothing else is folded.
#pragma once

#include "service/list_token.h"
#include "service/query.h"

enum { LIST_SEARCH_MAX = 200 }; // bytes; a title has 40 characters

struct list_filter {
    struct query *query;
    const Whistle__V1__List *list;
    const char *unit;  // whose summonses; NULL: everybody's
    uint32_t area;     // AREA_NONE: everywhere
    bool by_due;       // open cases only, by their earliest due time; else all, as they were filed
    bool bounded;      // only what falls due before:
    int64_t before_ms; // the earlier one of the bounds
};

// Reads the request. A refusal is in the reply, and `*refused` tells of it. 0 or ERROR_NO_MEMORY.
int list_filter_init(struct list_filter *filter, struct query *query, bool *refused);

// Does the title of this case hold the words? It is looked up in the stored bytes, and nothing else of them
// is: most cases need not be decoded.
bool list_filter_finds(const struct list_filter *filter, struct blob stored);

// Whether the case is wanted, but for its words.
bool list_filter_wants(const struct list_filter *filter, const struct casefile *file);

// What makes two filters the same for a token. Of a bound in time only whether there is one: "within two
// hours" is another moment at each page, and a case that a later bound lets in lies further on in the walk.
int list_filter_digest(const struct list_filter *filter, uint8_t digest[LIST_DIGEST]);
