// A key of the state as people read it: numbers in decimal, times in milliseconds, ids in hex.
#pragma once

#include "store/db.h"

enum { KEY_TEXT = 128 }; // bytes with the NUL; a longer text is cut

// "1771000000000 0 17" for an entry of `due`. What is not shaped like a key of that table ends in hex.
void key_describe(enum db_table table, struct blob key, char out[KEY_TEXT]);
