#include "filter.h"

#include <string.h>

#include "base/text.h"
#include "intl.h"
#include "times.h"

enum { ENTRIES_MAX = 32 };

enum value_kind { FLAG, TEXT, STATE, SPAN };

static const struct known {
    const char *name;
    enum value_kind kind;
    size_t offset; // in the request
} known[] = {
    {"mine", FLAG, offsetof(Whistle__V1__List, mine)},
    {"unit", TEXT, offsetof(Whistle__V1__List, unit)},
    {"area", TEXT, offsetof(Whistle__V1__List, area)},
    {"category", TEXT, offsetof(Whistle__V1__List, category)},
    {"search", TEXT, offsetof(Whistle__V1__List, search)},
    {"state", STATE, offsetof(Whistle__V1__List, states)},
    {"open", FLAG, offsetof(Whistle__V1__List, open_only)},
    {"overdue", FLAG, offsetof(Whistle__V1__List, overdue)},
    {"due-within", SPAN, offsetof(Whistle__V1__List, due_before_ms)},
};

static const struct known *find(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

void filter_init(struct filter *f, struct arena *arena)
{
    *f = (struct filter){.arena = arena};
}

// ---- putting together ---------------------------------------------------------------------------

// The entry that a new one takes the place of: the same state, or the same option.
static struct filter_entry *entry_like(struct filter *f, const struct known *option, const char *value)
{
    for (size_t i = 0; i < f->count; i++) {
        struct filter_entry *entry = &f->entries[i];
        if (strcmp(entry->option, option->name) == 0 &&
            (option->kind != STATE || strcmp(entry->value, value) == 0))
            return entry;
    }
    return NULL;
}

static const char *put(struct filter *f, const struct known *option, const char *value)
{
    struct filter_entry *entry = entry_like(f, option, value);
    if (!entry) {
        if (f->count == ENTRIES_MAX)
            return _("too many");
        struct filter_entry *entries =
            arena_grow(f->arena, f->entries, f->count, &f->capacity, sizeof *entries);
        if (!entries)
            return NULL;
        f->entries = entries;
        entry = &f->entries[f->count++];
    }
    *entry = (struct filter_entry){option->name, option->kind == FLAG ? NULL : value};
    return NULL;
}

// What is wrong with a value, or NULL.
static const char *fault_of(const struct known *option, const char *value)
{
    int64_t span;
    if (option->kind == FLAG)
        return !value || strcmp(value, "true") == 0 ? NULL : _("no such word");
    if (!text_is_clean(value, strlen(value), false))
        return _("not a clean text");
    if (option->kind == STATE && intl_word_value(WORDS_CASE_STATE, value) < 0)
        return _("no such word");
    return option->kind == SPAN && !times_parse_span(value, &span) ? _("not a span of time") : NULL;
}

const char *filter_put(struct filter *f, const char *name, const char *value)
{
    const struct known *option = find(name);
    const char *fault = option ? fault_of(option, value) : _("no such word");
    if (fault)
        return fault;
    // the stable word: it may be read again in another language
    bool state = option->kind == STATE;
    return put(f, option,
               state ? word_name(WORDS_CASE_STATE, intl_word_value(WORDS_CASE_STATE, value)) : value);
}

void filter_add(struct filter *f, const struct filter *other)
{
    for (size_t i = 0; i < other->count; i++)
        (void)put(f, find(other->entries[i].option), other->entries[i].value);
}

// ---- asking -------------------------------------------------------------------------------------

static void *field(Whistle__V1__List *list, const struct known *option)
{
    return (char *)list + option->offset;
}

static bool apply_span(struct tool *tool, Whistle__V1__List *list, const char *value)
{
    int64_t span = 0;
    if (!tool_city_now(tool))
        return false;
    times_parse_span(value, &span);
    list->due_before_ms = tool->now_ms + span;
    return true;
}

static bool apply(const struct filter_entry *entry, struct tool *tool, Whistle__V1__List *list)
{
    const struct known *option = find(entry->option);
    switch (option->kind) {
    case FLAG:
        *(protobuf_c_boolean *)field(list, option) = 1;
        return true;
    case TEXT:
        *(char **)field(list, option) = tool_text(entry->value);
        return true;
    case STATE:
        list->states[list->n_states++] = (Whistle__V1__CaseState)word_value(WORDS_CASE_STATE, entry->value);
        return true;
    default:
        return apply_span(tool, list, entry->value);
    }
}

bool filter_apply(const struct filter *f, struct tool *tool, Whistle__V1__List *list)
{
    list->states = arena_array(f->arena, f->count + 1, sizeof *list->states);
    bool good = list->states != NULL;
    for (size_t i = 0; i < f->count && good; i++)
        good = apply(&f->entries[i], tool, list);
    return good;
}

// ---- as it is typed -----------------------------------------------------------------------------

static bool is_plain(char c)
{
    static const char marks[] = "_@%+=:,./-";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (unsigned char)c >= 0x80 || (c && strchr(marks, c));
}

const char *filter_shell_word(struct arena *arena, const char *word)
{
    struct buffer out;
    const char *at = word;
    while (is_plain(*at))
        at++;
    if (*word && !*at)
        return word;
    buffer_init(&out);
    buffer_text(&out, "'");
    for (at = word; *at; at++)
        buffer_append(&out, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
    buffer_text(&out, "'");
    const char *quoted = arena_strdup(arena, buffer_string(&out));
    buffer_fini(&out);
    return quoted ? quoted : "";
}

const char *filter_text(const struct filter *f)
{
    const char *text = "";
    for (size_t i = 0; i < f->count; i++) {
        const struct filter_entry *entry = &f->entries[i];
        text =
            arena_printf(f->arena, "%s%s--%s%s%s", text, i ? " " : "", entry->option, entry->value ? " " : "",
                         entry->value ? filter_shell_word(f->arena, entry->value) : "");
    }
    return text ? text : "";
}
