// The PUB side: one message to every subscriber.
#pragma once

#include "sp/sp_server.h"

struct sp_role;
extern const struct sp_role sp_pub_role;

// Copies the message once and queues it for all subscribers; each filters by prefix on its own side. None is
// ever skipped: a subscriber with more than max_subscriber_bytes to take is disconnected and counted, and
// sees the gap in the sequence when it is back. 0, or ERROR_NO_MEMORY when it went to nobody (who could not
// be given their part for want of memory are disconnected likewise).
int sp_publish(struct sp_server *s, const void *bytes, size_t length) __attribute__((warn_unused_result));
