// Connections that are not read for a while, each until its own time: looked at together every tick they all
// came back at once, four times a second, and whoever asked just then waited for all of them.
#pragma once

#include "sp/sp_state.h"

void sp_pauses_init(struct sp_server *s);

// False when it is paused for at least so long already.
bool sp_pauses_add(struct sp_conn *c, uint64_t ms);

// Of a connection that is closed; one that is not paused is fine.
void sp_pauses_drop(struct sp_conn *c);
