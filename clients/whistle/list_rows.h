// The rows of `whistle list`, page by page: as a table, CSV, or JSON, one case a line.
#pragma once

#include "tool.h"

enum list_form { LIST_TABLE, LIST_CSV, LIST_JSON };

struct list_rows {
    struct tool *tool;
    enum list_form form;
    bool of_one_unit; // due times are those of one unit's clocks
    unsigned long shown;
    bool moved; // one of them had changed since the first page
};

// What stands before the first page.
void list_rows_begin(struct list_rows *r);

void list_rows_page(struct list_rows *r, const Whistle__V1__CaseList *page);

// And behind the last one.
void list_rows_end(struct list_rows *r);
