// How a connection is read: its greeting, then frame after frame, in turns.
//
// Reading stops where the peer is over a limit, is paused, or had its turn and has more; what it sends then
// waits in its own socket. Who had its turn waits in the server's line `yielded` for the next one; who is
// below half of its limits again joins that line, too.
#pragma once

#include "sp/sp_conn.h"

// Greets the peer and begins to read it.
void sp_reading_begin(struct sp_conn *c);

// Reading stops for so long; a connection that has not begun begins then.
void sp_reading_pause(struct sp_conn *c, uint64_t ms);

// Part of the work of a touch.
void sp_reading_settle(struct sp_conn *c);

// For the first of the line: it is read again, unless something else keeps it from that by now.
void sp_reading_take_turn(struct sp_conn *c);

// The connection is being closed: it stands in no line any more.
void sp_reading_end(struct sp_conn *c);
