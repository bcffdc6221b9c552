// How the rows of a city's own table become whistles: a YAML file.
//
//     zone: Asia/Shanghai              # of times without an offset
//     delimiter: ","
//     encoding: gb18030                # else found out
//     fields:                          # names as in draft.h
//       source: 深圳坪山民生诉求
//       source-no: {column: REC_ID}    # without it: a hash of the row
//       kind: issue                    # a constant
//       category: {column: SUB_TYPE_NAME, map: categories.csv}
//       area: {columns: [STREET_NAME, COMMUNITY_NAME], join: /, map: {龙田街道/老坑社区: "440310001001"}}
//       title: {column: SUB_TYPE_NAME, cut: 40, default: 其他}
//       reported: {column: CREATE_TIME, format: "%Y-%m-%d %H:%M:%S"}
//     attributes:
//       queue: {column: queue}
//     skip:                            # rows that are left out
//       - {column: STREET_NAME, in: ["-", ""]}
//
// `map` is a mapping, or a CSV file of two columns beside the YAML file. What it does not hold is an error,
// unless there is a `default`, or `keep: true` takes the text itself. `format` is strptime's, or a list of
// such that are tried in turn; without it times are ISO 8601.
#pragma once

#include "csv_rows.h"
#include "draft.h"

struct mapping;

// Reads a mapping; its texts live in `arena`. NULL after messages with file:line:column.
struct mapping *mapping_load(struct arena *arena, const char *path);

// Lets its maps go; NULL is allowed.
void mapping_free(struct mapping *m);

const char *mapping_zone(const struct mapping *m);     // NULL: not said
const char *mapping_encoding(const struct mapping *m); // NULL: to be found out
char mapping_delimiter(const struct mapping *m);

// Finds the columns by the file's head. False after a message for each one that is not there.
bool mapping_bind(struct mapping *m, const struct csv_row *head);

enum mapped { MAPPED, MAPPED_SKIP, MAPPED_WRONG };

// Fills `draft` from a row (whose texts must live as long as the draft). MAPPED_WRONG: `*why` is a sentence.
enum mapped mapping_apply(const struct mapping *m, const struct csv_row *row, struct draft *draft,
                          const char **why);
