// The sample city that targets work in: its rulebook, loaded once.
#pragma once

#include "input.h"
#include "rulebook/rulebook.h"

// The rulebook config/city. Kept for the life of the process.
const struct rulebook *town_book(void);

// One of its principals, by a byte or two.
const struct principal *town_principal(struct input *in);
