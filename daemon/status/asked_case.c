#include "status/asked_case.h"

#include "base/error.h"
#include "core/number.h"
#include "rulebook/moment.h"

#include <string.h>

static bool take_word(const char **text, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*text, word, length) != 0 || ((*text)[length] != ' ' && (*text)[length] != 0))
        return false;
    *text += length;
    *text += strspn(*text, " ");
    return true;
}

// 0, or the error that the answer is to name.
static int read_argument(struct inquiry *inquiry, bool timed, struct asked_case *out)
{
    const char *text = inquiry->argument;
    struct number number;
    *out = (struct asked_case){.chinese = take_word(&text, "zh"), .at_ms = inquiry->now_ms};
    size_t length = strcspn(text, " ");
    out->number = arena_strndup(&inquiry->arena, text, length);
    text += length + strspn(text + length, " ");
    if (!out->number)
        return ERROR_NO_MEMORY;
    if (!*out->number)
        return ERROR_MISSING;
    if (number_parse(out->number, &number))
        return ERROR_BAD_NUMBER;
    return *text && !(timed && moment_parse(inquiry->zone, text, &out->at_ms)) ? ERROR_BAD_VALUE : 0;
}

int asked_case_find(struct inquiry *inquiry, bool timed, struct asked_case *out)
{
    const struct view *view = &inquiry->reader.view;
    int rc = read_argument(inquiry, timed, out);
    if (rc)
        return answer_refuse(inquiry, rc, rc == ERROR_MISSING ? "the case number" : inquiry->argument,
                             timed ? "a time" : "a case number");
    out->file = view->ops->by_number(view->ctx, out->number);
    if (out->file)
        return 0;
    rc = inquiry->reader.txn.error;
    return rc ? rc : answer_refuse(inquiry, ERROR_UNKNOWN_CASE, out->number, NULL);
}
