// explain: what the rulebook would do with a whistle, and why.
//
// The whistle is put to the daemon's own `decide` over a store that is empty but for what was ruled before,
// so that what is printed is what would happen: the rule and its line, the units with the person who would be
// called, every due time with the way it was counted, the rungs behind it, the precedents, and for the rules
// above what they ask that this whistle is not.
#pragma once

#include "base/buffer.h"
#include "core/view.h"
#include "rulebook/rulebook.h"

// What to explain: a whistle as an office would submit it, with texts that the rulebook looks for words in.
struct explain_query {
    struct whistle whistle;   // area or position, category, kind (0: issue), …
    const char *const *texts; // searched for words beside the title; may be NULL
    size_t text_count;
    // A whistle that was filed: what was found in its texts stands in `flags`, and nothing is searched.
    bool filed;
    bool approved; // it went out: approval is not asked for again
    const char *const *flags;
    uint32_t flag_count;
    const char *office;                 // that whistles; NULL, or unknown: that of the area
    const struct precedent *precedents; // that may be cited, newest first
    size_t precedent_count;
    int64_t at_ms; // when it would be received
    bool due_only; // only its rule and its due times
};

// Appends the explanation; `chinese` picks the language. A whistle that would be refused is explained by the
// refusal, and its error returned. ERROR_NO_MEMORY.
int rulebook_explain(const struct rulebook *book, const struct explain_query *query, bool chinese,
                     struct buffer *out);
