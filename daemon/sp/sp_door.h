// Who is let in, and who has to leave for it.
//
// A connection on which nobody was believed yet (sp_believe) has the lower rank: whoever has only said eight
// bytes keeps no place from others. Where there is none for a newcomer, of the address that has the most of
// them the oldest leaves; so who comes from few connections keeps his. A quarter of max_connections is left
// to ipc, so that the machine's own users come in whatever the network does. Subscribers, whom nobody has to
// believe, have a number of their own, at most half of all, and make room for each other where one address
// has more than its share.
#pragma once

#include "sp/sp_conn.h"

// True when there is a place for a newcomer, who has the rank of none yet. May close another connection. A
// refusal is counted.
bool sp_door_open(struct sp_server *s, const struct sp_role *role, const struct sp_peer *peer,
                  const struct sp_account *address);
