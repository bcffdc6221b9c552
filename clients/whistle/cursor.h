// How far a feed was fetched and how far it is done with.
//
// Of a recipient's feed the daemon remembers the latter (Ack); a watch over an area has no cursor there, so
// it is kept in $XDG_STATE_HOME/whistle.
#pragma once

#include "tool.h"

struct cursor {
    uint32_t epoch;
    uint64_t fetched; // ask behind this
    uint64_t done;    // all up to here is done
    uint64_t acknowledged;
};

void cursor_fetched(struct cursor *c, uint32_t epoch, uint64_t next_after);
void cursor_done(struct cursor *c, uint64_t upto);
bool cursor_is_behind(const struct cursor *c);

// Begins again at what the daemon remembers.
void cursor_reset(struct cursor *c);

// Tells the daemon. That it fails is no matter: a lost one only repeats a delivery.
void cursor_acknowledge(struct tool *tool, struct cursor *c, const char *recipient, const char *consumer);

void cursor_save(struct tool *tool, struct cursor *c, const char *area, const char *consumer);
void cursor_load(struct tool *tool, struct cursor *c, const char *area, const char *consumer);
