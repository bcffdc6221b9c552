// Whistles that could not be delivered, each under its id, in $XDG_STATE_HOME/whistle/spool.
//
// A file ID.whistle holds an Envelope (principal, id, and the Request as it was sent). Its id is kept, so
// that one that arrived although no answer came is not done twice. What the daemon refused for good becomes
// ID.refused.
#pragma once

#include "tool.h"

// True when an outcome says nothing about the whistle: it is to be kept and tried again.
bool spool_is_passing(int result, const Whistle__V1__Reply *reply);

// Keeps a submit, safely on disk when it returns true; false after a message.
bool spool_keep(struct tool *tool, const uint8_t id[16], const Whistle__V1__Whistle *whistle);
