// Rulings of the desk 裁定, as a running daemon's status socket tells them: to be cited by explain, and to be
// proposed as rules, so that the next case of the kind needs no ruling.
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "core/view.h"

// One ruling with its names; a name is "" where the rulebook in force does not know the code any more.
struct told_ruling {
    struct precedent precedent;
    const char *day; // of the city: "2026-02-13"
    const char *category_name;
    const char *area_name;
    const char *from_name;
    const char *to_name;
    const char *reason_text;
    enum role role; // as what the unit was called; 0: not known
};

struct told_rulings {
    struct told_ruling *items; // newest first
    size_t count;
    bool partial; // the daemon had more than it tells
};

// Reads the answer to `json precedents …`. Everything belongs to the arena. ERROR_MALFORMED, ERROR_NO_MEMORY;
// where the daemon refused, ERROR_REFUSED with its sentence in `*refusal`.
int rulings_read(const char *json, struct arena *arena, struct told_rulings *out, const char **refusal)
    __attribute__((warn_unused_result));

// Appends them as proposed rules in the form of rules.yaml, ready to be pasted: one for each category and
// area, with the cases that it rests on as comments. The newest ruling of a place is what is proposed, an
// older one that says otherwise is dropped, and said to be. What names no lead (an assist was excused or
// replaced) and what the rulebook does not know any more stands there as a comment alone. Areas below stand
// before those that hold them, since the first rule that matches wins.
void rulings_propose(const struct told_rulings *rulings, bool chinese, struct buffer *out);
