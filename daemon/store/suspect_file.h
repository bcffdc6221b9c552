// The file of one suspect in DIR/poison: what is known of it as text, an empty line, and its bytes.
#pragma once

#include "store/suspects.h"

// Writes and syncs it under its name, in place of what was there. Blocks. ERROR_STORAGE_FULL, ERROR_IO,
// ERROR_NO_MEMORY.
int suspect_file_write(int directory, const struct suspect *suspect, struct blob bytes,
                       struct store_error *error) __attribute__((warn_unused_result));

// Reads what is known of the suspect in the file `name`. False when it is no such file.
bool suspect_file_read(int directory, const char *name, struct suspect *out);

// Removes it, if it is there, and syncs the directory. Blocks. ERROR_IO.
int suspect_file_remove(int directory, const struct suspect *suspect) __attribute__((warn_unused_result));
