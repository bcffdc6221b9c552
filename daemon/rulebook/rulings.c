#include "rulebook/rulings.h"

#include "base/error.h"
#include "base/text.h"
#include "core/area.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

// ---- reading ------------------------------------------------------------------------------------

static const char *text_of(struct arena *arena, const json_t *row, const char *key)
{
    return text_or_empty(arena_strdup(arena, text_or_empty(json_string_value(json_object_get(row, key)))));
}

static const char *code_of(struct arena *arena, const json_t *row, const char *key)
{
    const char *text = text_of(arena, row, key);
    return *text ? text : NULL;
}

static bool read_row(struct arena *arena, const json_t *row, struct told_ruling *out)
{
    int ruling = word_value(WORDS_RULING, text_of(arena, row, "ruling"));
    int role = word_value(WORDS_ROLE, text_of(arena, row, "role"));
    *out = (struct told_ruling){
        .precedent = {.number = text_of(arena, row, "number"),
                      .at_ms = json_integer_value(json_object_get(row, "at_ms")),
                      .category = text_of(arena, row, "category"),
                      .area = text_of(arena, row, "area"),
                      .ruling = ruling > 0 ? (enum ruling)ruling : 0,
                      .from = code_of(arena, row, "from"),
                      .to = code_of(arena, row, "to"),
                      .reason = code_of(arena, row, "reason")},
        .day = text_of(arena, row, "day"),
        .category_name = text_of(arena, row, "category_name"),
        .area_name = text_of(arena, row, "area_name"),
        .from_name = text_of(arena, row, "from_name"),
        .to_name = text_of(arena, row, "to_name"),
        .reason_text = text_of(arena, row, "reason_text"),
        .role = role > 0 ? (enum role)role : 0,
    };
    return *out->precedent.number && *out->precedent.category && *out->precedent.area && ruling > 0;
}

static int read_rows(struct arena *arena, const json_t *rows, struct told_rulings *out)
{
    const json_t *row;
    size_t i;
    out->items = arena_array(arena, json_array_size(rows) + 1, sizeof *out->items);
    if (!out->items)
        return ERROR_NO_MEMORY;
    json_array_foreach(rows, i, row)
    {
        if (!read_row(arena, row, &out->items[out->count++]))
            return ERROR_MALFORMED;
    }
    return arena_failed(arena) ? ERROR_NO_MEMORY : 0;
}

int rulings_read(const char *json, struct arena *arena, struct told_rulings *out, const char **refusal)
{
    json_t *root = json_loads(json, 0, NULL);
    const char *code = json_string_value(json_object_get(root, "code"));
    const json_t *rows = json_object_get(root, "precedents");
    int rc = ERROR_MALFORMED;
    *out = (struct told_rulings){.partial = json_is_true(json_object_get(root, "partial"))};
    *refusal = "";
    if (text_same(code, error_name(0)) && json_is_array(rows)) {
        rc = read_rows(arena, rows, out);
    } else if (code && !text_same(code, error_name(0))) {
        *refusal = text_of(arena, root, "text");
        rc = ERROR_REFUSED;
    }
    json_decref(root);
    return rc;
}

// ---- proposing ----------------------------------------------------------------------------------

// The rulings of one category in one area, newest first.
struct place {
    const struct told_ruling *const *rulings;
    size_t count;
    const struct told_ruling *newest; // that names a lead; NULL: none does
};

struct proposing {
    struct buffer *out;
    bool chinese;
};

static const char *say(const struct proposing *p, const char *english, const char *chinese)
{
    return p->chinese ? chinese : english;
}

static size_t depth(const char *path)
{
    size_t slashes = 0;
    for (; *path; path++)
        slashes += *path == '/';
    return slashes;
}

// By category; areas below before those above; what was newer before what was older.
static int compare(const void *left, const void *right)
{
    const struct told_ruling *a = *(const struct told_ruling *const *)left,
                             *b = *(const struct told_ruling *const *)right;
    int order = strcmp(a->precedent.category, b->precedent.category);
    size_t above = depth(a->precedent.area), below = depth(b->precedent.area);
    if (!order && above != below)
        order = above > below ? -1 : 1;
    if (!order)
        order = strcmp(a->precedent.area, b->precedent.area);
    return order ? order : a < b ? -1 : a > b;
}

static bool same_place(const struct told_ruling *a, const struct told_ruling *b)
{
    return text_same(a->precedent.category, b->precedent.category) &&
           text_same(a->precedent.area, b->precedent.area);
}

static bool names_lead(const struct told_ruling *told)
{
    return told->precedent.ruling != RULING_EXCUSE && told->precedent.to && told->role != ROLE_ASSIST;
}

static bool is_known(const struct told_ruling *told)
{
    return *told->category_name && *told->area_name && *told->to_name;
}

// Names come from tables that people fill: nothing of them may end the comment.
static void comment(const struct proposing *p, const char *text)
{
    for (; *text; text++) {
        char character = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
        buffer_append(p->out, &character, 1);
    }
}

// "区城市管理执法局 (cg)"
static void comment_unit(const struct proposing *p, const char *name, const char *code)
{
    comment(p, *name ? name : code);
    if (*name)
        buffer_printf(p->out, " (%s)", code);
}

static void comment_ruling(const struct proposing *p, const struct told_ruling *told)
{
    const struct precedent *ruled = &told->precedent;
    buffer_printf(p->out, "#   %s %s: ", ruled->number, told->day);
    if (ruled->from) {
        comment_unit(p, told->from_name, ruled->from);
        buffer_printf(p->out, "%s%s%s", say(p, " declined", "退单"), ruled->reason ? " " : "",
                      text_or_empty(ruled->reason));
        buffer_text(p->out, *told->reason_text ? " " : "");
        comment(p, told->reason_text);
    } else {
        buffer_text(p->out, say(p, "no unit was found", "无单位承办"));
    }
    buffer_text(p->out, " → ");
    if (ruled->to)
        comment_unit(p, told->to_name, ruled->to);
    else
        buffer_text(p->out, say(p, "nobody in its place", "免派"));
}

// What a ruling is worth to the proposal of its place.
static const char *worth(const struct proposing *p, const struct place *place, const struct told_ruling *told)
{
    if (told->precedent.ruling == RULING_EXCUSE)
        return say(p, " (no rule)", " (不成规则)");
    if (!names_lead(told))
        return say(p, " (an assist: no rule)", " (协办单位,不成规则)");
    if (!text_same(told->precedent.to, place->newest->precedent.to))
        return say(p, " (dropped: ruled otherwise since)", " (已被后来的裁定取代)");
    return told->precedent.ruling == RULING_UPHOLD ? say(p, " (upheld)", " (维持派单)") : "";
}

// A code as a scalar of YAML.
static void scalar(const struct proposing *p, const char *code)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    bool quoted = !*code || *code == '-' || *code == '.' || code[strspn(code, plain)];
    if (!quoted) {
        buffer_text(p->out, code);
        return;
    }
    buffer_text(p->out, "\"");
    for (; *code; code++)
        buffer_printf(p->out, *code == '"' || *code == '\\' ? "\\%c" : "%c", *code);
    buffer_text(p->out, "\"");
}

static void propose(const struct proposing *p, const struct told_ruling *told, unsigned nth)
{
    const struct precedent *ruled = &told->precedent;
    char id[160];
    snprintf(id, sizeof id, "P-%s-%u", ruled->category, nth);
    buffer_text(p->out, "- id: ");
    scalar(p, id);
    buffer_text(p->out, "\n  when: {category: ");
    scalar(p, ruled->category);
    buffer_text(p->out, ", area: ");
    scalar(p, area_path_code(ruled->area));
    buffer_text(p->out, "}\n  lead: ");
    scalar(p, ruled->to);
    buffer_text(p->out, "\n");
}

// Whether a rule was proposed.
static bool write_place(const struct proposing *p, const struct place *place, unsigned nth)
{
    const struct told_ruling *first = place->rulings[0];
    bool proposed = place->newest && is_known(place->newest);
    buffer_printf(p->out, "\n# %s ", first->precedent.category);
    comment(p, first->category_name);
    buffer_printf(p->out, " · %s ", area_path_code(first->precedent.area));
    comment(p, first->area_name);
    buffer_text(p->out, "\n");
    for (size_t i = 0; i < place->count; i++) {
        comment_ruling(p, place->rulings[i]);
        buffer_printf(p->out, "%s\n", worth(p, place, place->rulings[i]));
    }
    if (proposed)
        propose(p, place->newest, nth);
    else if (place->newest)
        buffer_printf(p->out, "#   %s\n",
                      say(p,
                          "no rule: the rulebook does not know the category, the area or the unit any more",
                          "不成规则:规则库中已无该类别、辖区或单位"));
    return proposed;
}

static void write_all(const struct proposing *p, const struct told_ruling *const *sorted, size_t count)
{
    unsigned nth = 1;
    for (size_t i = 0, next; i < count; i = next) {
        struct place place = {.rulings = &sorted[i]};
        if (i && !text_same(sorted[i]->precedent.category, sorted[i - 1]->precedent.category))
            nth = 1;
        for (next = i; next < count && same_place(sorted[i], sorted[next]); next++)
            if (!place.newest && names_lead(sorted[next]))
                place.newest = sorted[next];
        place.count = next - i;
        nth += write_place(p, &place, nth);
    }
}

void rulings_propose(const struct told_rulings *rulings, bool chinese, struct buffer *out)
{
    struct proposing p = {.out = out, .chinese = chinese};
    const struct told_ruling **sorted = calloc(rulings->count + 1, sizeof *sorted);
    if (!sorted) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < rulings->count; i++)
        sorted[i] = &rulings->items[i];
    qsort(sorted, rulings->count, sizeof *sorted, compare);
    buffer_text(
        out,
        say(&p,
            "# What the desk ruled, as proposed rules for rules.yaml. The first rule that matches wins:\n"
            "# put each where it belongs, below what must go before it (words, emergencies, questions).\n",
            "# 裁定先例整理成的建议规则,供并入 rules.yaml。规则自上而下,先匹配者生效:\n"
            "# 请把每条放到合适的位置,列于须先判断的规则(关键词、应急、咨询等)之后。\n"));
    if (rulings->partial)
        buffer_text(out, say(&p, "# There are more rulings than the daemon tells at once.\n",
                             "# 裁定数量超出一次可列出的上限。\n"));
    if (!rulings->count)
        buffer_text(out, say(&p, "# There are no rulings.\n", "# 尚无裁定。\n"));
    write_all(&p, sorted, rulings->count);
    free(sorted);
}
