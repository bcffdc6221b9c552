// Words in texts → flags: "煤气味" in a whistle's text raises the flag `gas`, which rules may ask for.
//
// One pattern of all words answers the common case, that nothing is there; only then each flag's own is
// asked. Patterns are PCRE2's, in UTF mode, not case-sensitive, compiled by the JIT where it may (a daemon
// under MemoryDenyWriteExecute=yes may not, without a word: finder_has_jit), with a match limit.
#pragma once

#include "base/arena.h"
#include "rulebook/report.h"
#include "rulebook/yaml.h"

#include <stdbool.h>
#include <stdint.h>

struct finder;

// One flag a key, with its patterns as values. Patterns that do not compile are reported. The flags' names
// belong to the pairs. 0 or ERROR_NO_MEMORY.
int finder_create(struct finder **out, struct arena *arena, const struct yaml_pairs *pairs,
                  struct rulebook_report *report) __attribute__((warn_unused_result));

// NULL is allowed.
void finder_destroy(struct finder *finder);

uint32_t finder_count(const struct finder *finder);
const char *finder_flag(const struct finder *finder, uint32_t index);
bool finder_has_jit(const struct finder *finder);

// Sets found[i] for each flag that is in the text, and leaves the others. 0 or ERROR_NO_MEMORY. Safe from any
// thread.
int finder_search(const struct finder *finder, const char *text, bool *found)
    __attribute__((warn_unused_result));
