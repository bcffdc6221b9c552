// Whistles put into a store without anybody who decides.
#pragma once

#include "store/store.h"

// A filed whistle, as decide() would write it down, taken into the open batch.
int file_one(struct store *store, const char *source_no, int64_t at_ms);

// A batch of them, with the source numbers S<from> and on.
void file_some(struct store *store, int from, int count);
