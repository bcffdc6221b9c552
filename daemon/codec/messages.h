// The tables of the codec: one for each core struct that travels or is stored.
#pragma once

#include "codec/codec.h"

extern const struct codec_message codec_position;
extern const struct codec_message codec_attachment;
extern const struct codec_message codec_attribute;
extern const struct codec_message codec_whistle;
extern const struct codec_message codec_rule_ref;
extern const struct codec_message codec_summons;
extern const struct codec_message codec_limit;
extern const struct codec_message codec_pause;
extern const struct codec_message codec_extension;
extern const struct codec_message codec_address;
extern const struct codec_message codec_rung;
extern const struct codec_message codec_clock_rung;
extern const struct codec_message codec_clock;
extern const struct codec_message codec_recipient;
extern const struct codec_message codec_cursor_move;
extern const struct codec_message codec_event;
extern const struct codec_message codec_casefile;
extern const struct codec_message codec_act;
extern const struct codec_message codec_called;
extern const struct codec_message codec_duplicate;
extern const struct codec_message codec_precedent;
extern const struct codec_message codec_closing;
extern const struct codec_message codec_claim;
extern const struct codec_message codec_open_call;
extern const struct codec_message codec_joined;
extern const struct codec_message codec_petition;
extern const struct codec_message codec_step;
// All of them, ended by NULL, for the test that holds them to the .proto files.
extern const struct codec_message *const codec_messages[];
