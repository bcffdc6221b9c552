// The budget of memory: memory_mib for all peers, a quarter of it for each account.
//
// Who holds more than a quarter is not read, and told that it is busy, until it takes what waits for it. So
// it takes several of them to hold more than there is: then who holds more than a little is not served, and
// who holds the most loses its connections, one account after the other, until a quarter of the budget is
// free. Who holds little is let in and served all the while.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sp_server;

// More than memory_mib is held.
bool sp_is_tight(const struct sp_server *s);

// So many bytes are no more than each may always hold.
bool sp_holds_little(const struct sp_server *s, uint64_t bytes);

// False: an account that holds so much has to wait.
bool sp_may_hold_more(const struct sp_server *s, uint64_t bytes);

// Cuts those who hold most, where more than memory_mib is held: the memory is given back when libuv has
// closed them. Called every tick_ms.
void sp_memory_relieve(struct sp_server *s);
