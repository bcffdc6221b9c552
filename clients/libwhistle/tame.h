// Texts of what came in are made safe to print.
#pragma once

#include <protobuf-c/protobuf-c.h>

// Each text in the message, at any depth, is clean afterwards (base/text.h; lines are allowed): the daemon
// refuses other text, and who only pretends to be one shall not write to the reader's terminal.
void tame_message(ProtobufCMessage *message);
