#include "ask.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "intl.h"

enum { SHOWN = 20 };

const char *ask_line(struct tool *tool, const char *question, const char *preset)
{
    char *line = NULL;
    size_t room = 0;
    if (preset && *preset)
        printf("%s [%s]: ", question, preset);
    else
        printf("%s: ", question);
    fflush(stdout);
    ssize_t length = getline(&line, &room, stdin);
    while (length > 0 && isspace((unsigned char)line[length - 1]))
        length--;
    const char *answer = length < 0 ? NULL : arena_strndup(&tool->arena, line, (size_t)length);
    free(line);
    return answer && !*answer && preset ? preset : answer;
}

bool ask_yes(struct tool *tool, const char *question)
{
    const char *answer = ask_line(tool, question, NULL);
    // TRANSLATORS: the letters that mean yes
    return answer && *answer && (strchr("yY", *answer) || strncmp(answer, _("yes"), strlen(answer)) == 0);
}

// A choice among `count`: its index, or -1 when input ended. One alone is chosen without asking.
static int ask_choice(struct tool *tool, const char *question, size_t count)
{
    while (count > 1) {
        const char *answer = ask_line(tool, question, "1");
        if (!answer)
            return -1;
        long chosen = strtol(answer, NULL, 10);
        if (chosen >= 1 && (size_t)chosen <= count)
            return (int)chosen - 1;
    }
    return count == 1 ? 0 : -1;
}

static Whistle__V1__Reply *catalog(struct tool *tool, const Whistle__V1__Catalog *asked)
{
    Whistle__V1__Reply *reply;
    struct whistle *w = tool_handle(tool);
    if (w && whistle_catalog(w, asked, &reply) == WHISTLE_OK &&
        reply->result_case == WHISTLE__V1__REPLY__RESULT_CATALOG) {
        tool_heard(tool, reply);
        return reply;
    }
    if (w)
        tool_failed(tool, reply);
    return NULL;
}

// ---- category and condition ---------------------------------------------------------------------

static bool choose_condition(struct tool *tool, struct draft *draft,
                             const Whistle__V1__CategoryView *category)
{
    for (size_t i = 0; category->n_conditions > 1 && i < category->n_conditions; i++)
        printf("  %zu  %s  %s\n", i + 1, category->conditions[i]->text, category->conditions[i]->limit);
    if (category->n_conditions == 0)
        return true;
    int chosen = ask_choice(tool, _("Which condition"), category->n_conditions);
    if (chosen < 0)
        return false;
    draft->whistle.condition = arena_strdup(&tool->arena, category->conditions[chosen]->code);
    return true;
}

static bool choose_category(struct tool *tool, struct draft *draft, const Whistle__V1__CatalogView *view)
{
    size_t count = view->n_categories < SHOWN ? view->n_categories : SHOWN;
    for (size_t i = 0; i < count; i++)
        printf("  %zu  %s  %s  (%s)\n", i + 1, view->categories[i]->code, view->categories[i]->name,
               view->categories[i]->class_name);
    if (view->n_categories > count || view->more)
        printf("  %s\n", _("and more; a longer text finds fewer"));
    int chosen = ask_choice(tool, _("Which category (number)"), count);
    if (chosen < 0)
        return false;
    draft->whistle.category = arena_strdup(&tool->arena, view->categories[chosen]->code);
    return choose_condition(tool, draft, view->categories[chosen]);
}

static bool ask_category(struct tool *tool, struct draft *draft)
{
    while (!*draft->whistle.category) {
        const char *text = ask_line(tool, _("What is it about (part of a name, or a code)"), NULL);
        Whistle__V1__Catalog asked = WHISTLE__V1__CATALOG__INIT;
        if (!text)
            return false;
        if (isdigit((unsigned char)*text))
            asked.category = tool_text(text);
        else
            asked.search = tool_text(text);
        Whistle__V1__Reply *reply = catalog(tool, &asked);
        if (!reply)
            return false;
        bool found = reply->catalog->n_categories > 0;
        bool chosen = found && choose_category(tool, draft, reply->catalog);
        whistle_reply_free(reply);
        if (!found)
            printf("  %s\n", _("nothing is called so"));
        else if (!chosen)
            return false;
    }
    return true;
}

// ---- area ---------------------------------------------------------------------------------------

static const char *show_areas(struct tool *tool, const char *area)
{
    Whistle__V1__Catalog asked = WHISTLE__V1__CATALOG__INIT;
    asked.area = tool_text(area);
    Whistle__V1__Reply *reply = catalog(tool, &asked);
    if (!reply)
        return NULL;
    const char *own = arena_strdup(&tool->arena, reply->catalog->area_of_asker);
    for (size_t i = 0; i < reply->catalog->n_areas; i++)
        printf("  %s  %s\n", reply->catalog->areas[i]->code, reply->catalog->areas[i]->name);
    whistle_reply_free(reply);
    return own;
}

static bool ask_area(struct tool *tool, struct draft *draft)
{
    if (*draft->whistle.area || draft->whistle.position)
        return true;
    const char *preset = tool->settings.area ? tool->settings.area : "";
    const char *own = show_areas(tool, preset);
    if (!own)
        return false;
    const char *area = ask_line(tool, _("Which area (code)"), *preset ? preset : own);
    draft->whistle.area = tool_text(area);
    return area != NULL;
}

// ---- all of it ----------------------------------------------------------------------------------

static bool ask_field(struct tool *tool, struct draft *draft, const char *field, const char *question,
                      const char *preset)
{
    const char *wrong;
    do {
        const char *answer = ask_line(tool, question, preset);
        if (!answer)
            return false;
        wrong = *answer ? draft_set(draft, field, answer, tool->now_ms) : NULL;
        if (wrong)
            printf("  %s\n", wrong);
    } while (wrong);
    return true;
}

bool ask_whistle(struct tool *tool, struct draft *draft)
{
    return (draft->whistle.kind ||
            ask_field(tool, draft, "kind", _("Kind"), intl_word(WORDS_KIND, KIND_ISSUE))) &&
           ask_category(tool, draft) && ask_area(tool, draft) &&
           (*draft->whistle.title ||
            ask_field(tool, draft, "title", _("Title, nothing personal (up to 40 characters)"), NULL)) &&
           ask_field(tool, draft, "text", _("The full text"), NULL) &&
           ask_field(tool, draft, "address", _("Exact address"), NULL) &&
           ask_field(tool, draft, "name", _("Name of the resident"), NULL) &&
           ask_field(tool, draft, "phone", _("Phone"), NULL);
}
