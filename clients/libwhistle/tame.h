// Texts of what came in are made safe to print.
#pragma once

#include <protobuf-c/protobuf-c.h>

// Each text in the message, at any depth, is clean afterwards (base/text.h; lines and what cannot be seen
// are allowed in what a resident or a unit tells, nowhere else): the daemon refuses other text, and who only
// pretends to be one shall not write to the reader's terminal.
void tame_message(ProtobufCMessage *message);
