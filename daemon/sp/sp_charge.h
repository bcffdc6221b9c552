// What a connection costs, in the account of who pays for it (sp_account.h): its address, until somebody is
// believed on it, and he from then on.
#pragma once

#include "sp/sp_conn.h"

bool sp_conn_is_subscriber(const struct sp_conn *c);

// After what it holds has changed, or it was closed: then it is not charged any more.
void sp_charge(struct sp_conn *c);

// It is there (1), or not any more (-1).
void sp_charge_place(struct sp_conn *c, uint64_t one);

// Somebody was believed on it: from here on it is his. Without memory it stays where it is.
void sp_charge_to(struct sp_conn *c, const char *principal);
