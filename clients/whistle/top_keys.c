// What the keys of `whistle top` do: in the day, in a case, in a prompt.
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "intl.h"
#include "top.h"
#include "top_screen.h"

enum { PAGE = 10, FAR = 1 << 20, CONTROL_L = 12 };

// Rows that a key moves by; 0: it is no such key.
static long step_of(int key)
{
    switch (key) {
    case TOP_KEY_UP:
    case 'k':
        return -1;
    case TOP_KEY_DOWN:
    case 'j':
        return 1;
    case TOP_KEY_PAGE_UP:
        return -PAGE;
    case TOP_KEY_PAGE_DOWN:
    case ' ':
        return PAGE;
    case TOP_KEY_HOME:
    case 'g':
        return -FAR;
    case TOP_KEY_END:
    case 'G':
        return FAR;
    default:
        return 0;
    }
}

// ---- prompts ------------------------------------------------------------------------------------

static void type(struct top *t, int key)
{
    char bytes[16];
    int length = snprintf(bytes, sizeof bytes, "%lc", (wint_t)key);
    size_t used = strlen(t->typed);
    if (key >= ' ' && length > 0 && used + (size_t)length < sizeof t->typed)
        memcpy(t->typed + used, bytes, (size_t)length + 1);
}

static void untype(struct top *t)
{
    size_t used = strlen(t->typed);
    while (used && (t->typed[used - 1] & 0xc0) == 0x80)
        used--;
    t->typed[used ? used - 1 : 0] = 0;
}

// What is typed filters as it is typed.
static void key_of_filter(struct top *t, int key)
{
    if (key == TOP_KEY_ENTER || key == TOP_KEY_ESCAPE)
        t->prompt = TOP_NO_PROMPT;
    if (key == TOP_KEY_ESCAPE)
        *t->typed = 0;
    else if (key == TOP_KEY_BACKSPACE)
        untype(t);
    else if (key > 0)
        type(t, key);
    top_model_filter(&t->model, t->typed);
}

static void key_of_urge(struct top *t, int key)
{
    t->prompt = TOP_NO_PROMPT;
    if (key == 'y' || key == 'Y')
        top_urge(t, t->urged);
    else
        top_say(t, "%s", _("not urged"));
}

// One urge at a time, so that each has its outcome told.
static void ask_urge(struct top *t, const char *number)
{
    if (!number) {
        top_say(t, "%s", _("no case is selected"));
        return;
    }
    if (talk_is_out(&t->talk, TALK_ACT)) {
        top_say(t, _("%s: the urge before has no answer yet"), t->urged);
        return;
    }
    snprintf(t->urged, sizeof t->urged, "%s", number);
    t->prompt = TOP_URGING;
}

// ---- the day ------------------------------------------------------------------------------------

// A silent unit has no case of its own to open: those that it is late with are looked for.
static void enter(struct top *t)
{
    const Whistle__V1__CaseRow *row = top_model_selected(&t->model);
    const Whistle__V1__Silence *unit = top_model_selected_unit(&t->model);
    if (row)
        top_open_case(t, row->number);
    if (!unit)
        return;
    top_model_filter(&t->model, *unit->unit_name ? unit->unit_name : unit->unit);
    top_model_section(&t->model, TOP_LATE);
}

static void turn_section(struct top *t, int by)
{
    int next = ((int)t->model.section + by + TOP_SECTIONS) % TOP_SECTIONS;
    top_model_section(&t->model, (enum top_section)next);
}

static void key_of_day(struct top *t, int key)
{
    const Whistle__V1__CaseRow *row = top_model_selected(&t->model);
    if (step_of(key))
        top_model_move(&t->model, step_of(key));
    else if (key >= '1' && key < '1' + TOP_SECTIONS)
        top_model_section(&t->model, (enum top_section)(key - '1'));
    else if (key == TOP_KEY_TAB || key == TOP_KEY_BACK_TAB)
        turn_section(t, key == TOP_KEY_TAB ? 1 : -1);
    else if (key == TOP_KEY_ENTER)
        enter(t);
    else if (key == 'u')
        ask_urge(t, row ? row->number : NULL);
    else if (key == TOP_KEY_ESCAPE)
        top_model_filter(&t->model, "");
    else if (key == 'q')
        t->quit = true;
    if (key != '/')
        return;
    t->prompt = TOP_FILTERING;
    snprintf(t->typed, sizeof t->typed, "%s", t->model.filter);
}

// ---- a case -------------------------------------------------------------------------------------

// Beyond the last line the page brings it back.
static void scroll_case(struct top *t, long by)
{
    if (by < 0 && t->case_first < (size_t)-by)
        t->case_first = 0;
    else
        t->case_first += (size_t)by;
}

static void key_of_case(struct top *t, int key)
{
    if (step_of(key))
        scroll_case(t, step_of(key));
    else if (key == 'u')
        ask_urge(t, t->number);
    else if (key == 'q' || key == TOP_KEY_ESCAPE || key == TOP_KEY_BACKSPACE)
        top_close_case(t);
}

// ---- all ----------------------------------------------------------------------------------------

static bool key_of_all(struct top *t, int key)
{
    if (key == 'r')
        top_ask_now(t);
    else if (key == '?')
        t->help = !t->help;
    else if (key == CONTROL_L)
        top_screen_spoilt();
    else
        return false;
    return true;
}

void top_key(struct top *t, int key)
{
    t->changed = true;
    if (key == TOP_KEY_GONE)
        t->quit = true;
    if (key < 0 && (key == TOP_KEY_GONE || key == TOP_KEY_RESIZED || key == TOP_KEY_OTHER))
        return;
    *t->message = 0;
    if (t->prompt == TOP_FILTERING)
        key_of_filter(t, key);
    else if (t->prompt == TOP_URGING)
        key_of_urge(t, key);
    else if (key_of_all(t, key))
        return;
    else if (*t->number)
        key_of_case(t, key);
    else
        key_of_day(t, key);
}
