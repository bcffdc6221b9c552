// The rulebooks of the simulated city: its own, and variants with other calendars and limits. Each is loaded
// once, when it is first needed, and shared by all lives of the process.
#pragma once

#include "rulebook/rulebook.h"

enum { SHELF_BOOKS = 12 };

struct shelf {
    const char *directory;
    uint32_t streets; // whose communities are kept; 0: all
    struct rulebook *variants[SHELF_BOOKS];
};

void shelf_init(struct shelf *shelf, const char *directory, uint32_t streets);
void shelf_fini(struct shelf *shelf);

// A reference of the caller's own. Variant 0 is the city's own book.
struct rulebook *shelf_get(struct shelf *shelf, unsigned variant);
