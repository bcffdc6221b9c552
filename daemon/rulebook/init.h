// init: a rulebook for one's own district, made from its table of codes.
//
// The table has the columns code, level, name, parent (代码, 层级, 名称, 上级); others are passed over. Each
// street and community gets its office, the district a centre that is its desk; with starter categories of
// GB/T 30428.2, ladders, the holidays that are known here, and principals. Comments in the files say how a
// department is added. The result loads and passes check; what is left to do (persons to call) are its
// warnings.
#pragma once

#include "rulebook/rulebook.h"

#include <stdbool.h>

// Makes the files in memory; everything belongs to `arena`. `zone` NULL: Asia/Shanghai. `year` is the one
// whose calendar must be there. What is wrong with the table is in `report`. ERROR_BAD_RULEBOOK,
// ERROR_NO_MEMORY.
int rulebook_init_files(struct arena *arena, const struct rulebook_file *codes, const char *zone, int year,
                        struct rulebook_file **files, size_t *count, struct rulebook_report *report)
    __attribute__((warn_unused_result));

// Reads the table at `codes`, makes the directory `dir` and writes the files there; none is overwritten. The
// new rulebook is loaded and checked into `report`. As above, and ERROR_IN_USE when `dir` holds one of the
// files, ERROR_IO (named in the report).
int rulebook_init(const char *dir, const char *codes, const char *zone, int year,
                  struct rulebook_report *report) __attribute__((warn_unused_result));
