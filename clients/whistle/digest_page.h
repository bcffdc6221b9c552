// The daily page 日报 as plain text: what is due, late and silent, what happened, the figures of the day.
//
// Made to be read in an e-mail: UTF-8, lines without control characters, nothing that depends on a terminal.
#pragma once

#include <stdio.h>

#include "tool.h"

// Of another day than the city's today only what happened is told.
void digest_page_print(struct tool *tool, const Whistle__V1__DigestView *view,
                       const Whistle__V1__Digest *asked, FILE *out);
