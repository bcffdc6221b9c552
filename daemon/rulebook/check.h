// What `whistled check DIR` proves beyond a rulebook that loads: that it works for this city, this year.
#pragma once

#include "keys/keyring.h"
#include "rulebook/rulebook.h"

// Adds to `report` (which may hold the load's warnings already) and sorts it:
//   coverage   every leaf category in every leaf area has an owner or the default one (vacuum, nobody_serves)
//   rules      each can match (shadowed)
//   ladders    each rung reaches somebody for each unit that may stand on it (empty_rung)
//   units      each that may be called has a contact and a principal (no_contact, no_principal)
//   pools      each has members wherever its rule calls them, as many as are needed (no_member, few_members)
//   limits     accept and report end before resolve (limit_order)
//   calendars  `year` is loaded (else an error) and the next one (else a warning: it may not be published
//   yet) outlines   siblings do not overlap, children leave no gap in their parent
// 0, ERROR_BAD_RULEBOOK when there are errors, ERROR_NO_MEMORY.
int rulebook_check(const struct rulebook *book, int year, struct rulebook_report *report)
    __attribute__((warn_unused_result));

// Adds what a keyring lacks, as of `now_ms` (Unix time), and sorts: principals that can be believed neither
// by a key nor as a user of this machine (no_key); those whose last key ends within a month (key_ending);
// keys of nobody (key_of_nobody). A ring without keys is that of a machine which nobody else speaks to:
// nothing.
void rulebook_check_keys(const struct rulebook *book, const struct keyring *keys, int64_t now_ms,
                         struct rulebook_report *report);
