#include "intl.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "core/clock.h"
#include "core/fact.h"

#define DOMAIN "whistle"

enum { WORD_ROOM = 40 }; // bytes of a word of the field

static bool try_directory(const char *directory)
{
    if (access(directory, X_OK) != 0)
        return false;
    bindtextdomain(DOMAIN, directory);
    return true;
}

static bool beside_program(const char *below)
{
    char path[4096], full[4200];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return false;
    path[length] = 0;
    char *slash = strrchr(path, '/');
    *slash = 0;
    snprintf(full, sizeof full, "%s/%s", path, below);
    return try_directory(full);
}

void intl_start(void)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); // JSON and CSV are for programs
    const char *given = getenv("WHISTLE_LOCALE_DIR");
    if (!(given && try_directory(given)) && !beside_program("locale") && !beside_program("../share/locale"))
        bindtextdomain(DOMAIN, WHISTLE_LOCALE_DIR);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    textdomain(DOMAIN);
}

const char *intl_in_context(const char *context, const char *text)
{
    char key[256];
    snprintf(key, sizeof key, "%s\004%s", context, text);
    const char *found = gettext(key);
    return found == key ? text : found;
}

static const char *const contexts[] = {
    [WORDS_KIND] = "kind",
    [WORDS_NATURE] = "nature",
    [WORDS_CASE_STATE] = "case state",
    [WORDS_SUMMONS_STATE] = "summons state",
    [WORDS_ROLE] = "role",
    [WORDS_VERDICT] = "verdict",
    [WORDS_SATISFACTION] = "satisfaction",
    [WORDS_RULING] = "ruling",
    [WORDS_WAITS] = "waits",
    [WORDS_CLAIM_STATE] = "claim state",
    [WORDS_VERB] = "verb",
    [WORDS_EVENT_KIND] = "event kind",
    [WORDS_WHY] = "why",
    [WORDS_UNIT_TYPE] = "unit type",
    [WORDS_DUTY] = "duty",
    [WORDS_DATUM] = "datum",
    [WORDS_PLACE_CAP] = "place cap",
};

// "in_hand" is for programs; people, and translators, read "in hand".
static const char *spoken(char text[WORD_ROOM], const char *name)
{
    snprintf(text, WORD_ROOM, "%s", name);
    for (char *at = text; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    return text;
}

const char *intl_word(enum word_list list, int value)
{
    static char texts[sizeof contexts / sizeof contexts[0]][64][WORD_ROOM];
    char *text = texts[list][value >= 0 && value < 64 ? value : 0];
    return intl_in_context(contexts[list], spoken(text, word_name(list, value)));
}

const char *intl_stage(int stage)
{
    bool known = stage > 0 && stage < STAGE_COUNT;
    return known ? intl_in_context("stage", stage_name((enum stage)stage)) : stage ? "?" : "";
}

int intl_stage_value(const char *text)
{
    for (int i = 1; i < STAGE_COUNT; i++)
        if (strcmp(stage_name((enum stage)i), text) == 0 || strcmp(stage_zh((enum stage)i), text) == 0 ||
            strcmp(intl_stage(i), text) == 0)
            return i;
    return -1;
}

const char *intl_stop(int stop)
{
    static const char *const names[] = {
#define X(id, value, name, zh) [value] = name,
        CLOCK_STOPS(X)
#undef X
    };
    static char texts[sizeof names / sizeof names[0]][WORD_ROOM];
    if (stop <= 0 || (size_t)stop >= sizeof names / sizeof names[0])
        return stop ? "?" : "";
    return intl_in_context("clock stop", spoken(texts[stop], names[stop]));
}

const char *intl_fact(const char *fact)
{
    static const char *const names[] = {
#define X(id, value, name, zh) [value] = name,
        FACTS(X)
#undef X
    };
    static char texts[sizeof names / sizeof names[0]][WORD_ROOM];
    enum fact_kind kind = fact_from_name(fact);
    if (kind == FACT_LIMIT)
        return intl_in_context("fact", "case limit");
    if (kind > FACT_LIMIT)
        return intl_stage((int)kind - FACT_LIMIT);
    return kind ? intl_in_context("fact", spoken(texts[kind], names[kind])) : fact;
}

const char *intl_exclusion(const char *exclusion)
{
    for (enum exclusion e = EXCLUDED_APPEAL; e <= EXCLUDED_UNREASONABLE; e++)
        if (strcmp(exclusion_name(e), exclusion) == 0)
            return intl_in_context("exclusion", exclusion_name(e));
    return exclusion;
}

const char *intl_limit(struct arena *arena, const char *limit)
{
    const char *blank = strrchr(limit, ' ');
    if (!blank)
        return limit;
    char *unit = arena_strdup(arena, blank + 1);
    for (char *at = unit; at && *at; at++)
        *at = *at == '-' ? ' ' : *at;
    return unit ? arena_printf(arena, "%.*s %s", (int)(blank - limit), limit, intl_in_context("limit", unit))
                : limit;
}

int intl_word_value(enum word_list list, const char *text)
{
    int value = word_value(list, text);
    for (int i = 0; value < 0 && i < 64; i++)
        if (strcmp(intl_word(list, i), text) == 0 && strcmp(word_name(list, i), "unknown") != 0)
            value = i;
    return value;
}

static const char *sentence_of(const char *code, const char *english)
{
    int error = error_from_name(code);
    if (error)
        return intl_in_context("refusal", error_sentence(error));
    if (strcmp(code, "no_answer") == 0)
        return _("no answer from the daemon; it may or may not have been done");
    if (strcmp(code, "bad_reply") == 0)
        return _("the answer cannot be read, or did not come from the daemon");
    if (strcmp(code, "bad_key") == 0)
        return _("the key has ended; whistle key rotate makes another one");
    if (strcmp(code, "bad_address") == 0)
        return _("the address of the daemon cannot be used");
    return english;
}

// Arguments that are words of the field ("in_hand", "accept", "title") are shown as the reader writes them.
static const char *argument_text(const char *argument)
{
    static const enum word_list lists[] = {WORDS_VERB, WORDS_CASE_STATE, WORDS_SUMMONS_STATE,
                                           WORDS_CLAIM_STATE, WORDS_ROLE};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        int value = word_value(lists[i], argument);
        if (value > 0)
            return intl_word(lists[i], value);
    }
    return *argument ? gettext(argument) : "";
}

void intl_refusal(struct buffer *out, const char *code, char *const *arguments, size_t count,
                  const char *english)
{
    const char *at = sentence_of(code, english);
    for (; *at; at++) {
        bool place = at[0] == '{' && at[1] >= '0' && at[1] <= '9' && at[2] == '}';
        if (!place) {
            buffer_append(out, at, 1);
            continue;
        }
        size_t which = (size_t)(at[1] - '0');
        buffer_text(out, which < count ? argument_text(arguments[which]) : "?");
        at += 2;
    }
}
