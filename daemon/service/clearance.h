// What of a case its reader is given, by how he stands to it (core/permit.h): the rest is left out or masked.
#pragma once

#include "core/permit.h"
#include "service/query.h"

struct clearance {
    bool contact; // name, phone, address of the resident, whole
    bool text;    // the resident's text, whole
    bool masked;  // name and phone masked, where they are not given whole
    bool place;   // what tells of place and papers: position, meeting point, attachments, attributes …
    bool words;   // what was written with acts, and who came
    bool members; // who claimed a place of an open call; whoever speaks for a member knows that one
};

// For who stands so; `whole`: he asks for what is personal, which goes on record.
struct clearance clearance_of(const struct principal *principal, uint32_t relation,
                              const struct casefile *file, bool whole);

// The resident's part as far as it is cleared, in the query's arena. NULL: nothing of it is. What is given
// whole is noted for the record (query_note_view).
Whistle__V1__Personal *clearance_personal(struct query *query, uint64_t case_id,
                                          const Whistle__V1__Personal *personal, struct clearance clearance);

// Whether the reader may know which member this is.
bool clearance_knows_member(const struct query *query, struct clearance clearance, const char *code);

// Leaves out of a message what is not cleared. Of a claim by a member who is not known its state stays, so
// that all see how many came.
void clearance_redact_case(const struct query *query, Whistle__V1__Case *file, struct clearance clearance);
void clearance_redact_happening(const struct query *query, Whistle__V1__Happening *happening,
                                struct clearance clearance);
