// One fact as cells of a table or of CSV. Texts live in the arena or in the row.
#pragma once

#include "facts.h"

enum { FACT_CELLS = 12, FACT_CSV_CELLS = 19 };

// The heads of the table, and how many columns it has: that of cases or that of the ledger.
size_t facts_row_heads(const struct facts *f, const char *cells[FACT_CELLS]);

void facts_row_cells(const struct facts *f, const Whistle__V1__FactRow *row, const char *cells[FACT_CELLS]);

// Names of columns are for programs: stable, not translated.
void facts_row_csv_heads(const char *cells[FACT_CSV_CELLS]);

void facts_row_csv(const struct facts *f, const Whistle__V1__FactRow *row, const char *cells[FACT_CSV_CELLS]);
