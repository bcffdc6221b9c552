// How a connection begins: it is let in (sp_door.h), greeted, and read.
#pragma once

#include "sp/sp_conn.h"

// Takes over a connected socket. Refusals are counted, and the socket is closed at once.
void sp_arrive(struct sp_server *s, const struct sp_role *role, int fd, const struct sp_address *from);
