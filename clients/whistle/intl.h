// The language of what people see: gettext, the field's words, and refusals.
//
// Catalogues are looked for in $WHISTLE_LOCALE_DIR, beside the program (a build tree), in ../share/locale
// from it, and where they were meant to be installed. Words and refusals are translated from their stable
// English, so that clients/po holds every sentence that can be shown.
#pragma once

#include <libintl.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "core/words.h"

#define _(text)            gettext(text)
#define N_(text)           text
#define NC_(context, text) text // to be shown with intl_in_context

void intl_start(void);

// A word of the field as the reader writes it: "in hand", 处置中. A value that is not known is "unknown".
// Never NULL.
const char *intl_word(enum word_list list, int value);

// A refusal's sentence in the reader's language with its arguments in place. A code that this program does
// not know shows `english`, the daemon's own sentence.
void intl_refusal(struct buffer *out, const char *code, char *const *arguments, size_t count,
                  const char *english);

// The English or translated or Chinese name of a word, or its stable name; -1 for none of them.
int intl_word_value(enum word_list list, const char *text);

// The same of a clock's stage and of how it stopped; "" for none, "?" for what this program does not know.
const char *intl_stage(int stage);
int intl_stage_value(const char *text);
const char *intl_stop(int stop);

// A limit as the daemon writes it, "2 working-days", as the reader does; anything else as it is. The text
// lives in `arena` or is `limit`.
const char *intl_limit(struct arena *arena, const char *limit);

// A kind of fact of the books ("not_solved"), or the stage of a limit, as the reader writes it; and an
// exclusion of a rate. What is not known is as it is; never NULL.
const char *intl_fact(const char *fact);
const char *intl_exclusion(const char *exclusion);

// The translation of `text` in `context`, or `text`.
const char *intl_in_context(const char *context, const char *text);
