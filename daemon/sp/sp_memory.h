// What is done when more than memory_mib is held. Nobody new is let in, who holds much is not read
// (sp_conn.c), and here: who holds most is cut.
#pragma once

struct sp_server;

// Cuts subscribers, then others that leave answers lying, the biggest first, until it will be enough: the
// memory is given back when libuv has closed them. Called every tick_ms.
void sp_memory_relieve(struct sp_server *s);
