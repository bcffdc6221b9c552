// A whistle that is being put together from texts: by options, by questions, by the columns of a file.
//
// Fields have the names of the command line's options: kind category category-standard condition nature
// severity area lat lon datum title name phone address text confidential source source-no on-behalf-of
// appointed meeting-point reported places skill. Texts are kept, not copied: they live as long as the draft.
// Only `text` has lines; what a spreadsheet has on several is one line in any other field.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "whistle.h"

struct draft {
    struct arena *arena;
    Whistle__V1__Whistle whistle; // points into the rest of this struct: do not move it
    Whistle__V1__Personal personal;
    Whistle__V1__Position position;
    size_t attributes_room;
    size_t attachments_room;
};

void draft_init(struct draft *d, struct arena *arena);

// True when there is a field of this name.
bool draft_knows(const char *field);

// Sets a field from its text. NULL, or a sentence that says why the text cannot be (in the reader's
// language). `now_ms`: the city's clock, for times like 2h.
const char *draft_set(struct draft *d, const char *field, const char *value, int64_t now_ms);

// Sets "reported" or "appointed" to a time that is known already.
void draft_set_time(struct draft *d, const char *field, int64_t ms);

// Adds an attribute; false when memory ran out.
bool draft_attribute(struct draft *d, const char *name, const char *value);

// Adds a file by its digest, size and file: address; "before:" or "after:" in front of the path says when it
// was taken. False after a message.
bool draft_attach(struct draft *d, const char *path);

// The same for an act, whose list of attachments is given.
bool attach_file(struct arena *arena, const char *path, Whistle__V1__Attachment ***list, size_t *count,
                 size_t *room);
