// Personal data as those see it who need no more than to recognise somebody: 张**, and the end of a phone.
#pragma once

#include "base/arena.h"

// The first character and two stars, whatever the length; "" for none. NULL when the arena gives out.
char *mask_name(struct arena *arena, const char *name);

// A star for each digit but the last four, and nothing else; with fewer than eight digits stars alone. "" for
// none.
char *mask_phone(struct arena *arena, const char *phone);
