// How many files the process may have open, and that its peers leave some for itself.
#pragma once

#include "sp/sp_limits.h"

// As many as the system allows; and no more connections than leave room for the store, the status socket and
// what a reload or a backup opens: `limits` is lowered, and that is said. To be called before confine_calls.
void descriptors_prepare(struct sp_limits *limits);
