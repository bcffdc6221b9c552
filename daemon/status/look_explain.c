// explain NUMBER: why a case went where it went, by the rulebook of the day on which it was placed: its rule,
// its units and its due times as they were when it was filed, and what had been ruled before.
#include "status/asked_case.h"
#include "status/look.h"
#include "status/rulings.h"
#include "status/stored_book.h"

#include "base/error.h"
#include "base/text.h"
#include "rulebook/explain.h"
#include "rulebook/explain_due.h"

#include <string.h>

// Whether another one is in force is what people look for first.
static void print_head(const struct due_explainer *e, const struct asked_case *asked, const char *digest,
                       const char *in_force)
{
    bool same = strcmp(digest, in_force) == 0;
    explain_label(e, "case", "案件");
    buffer_printf(e->out, "%s  %s\n", asked->file->number,
                  e->chinese ? word_chinese(WORDS_CASE_STATE, (int)asked->file->state)
                             : word_name(WORDS_CASE_STATE, (int)asked->file->state));
    explain_label(e, "rulebook", "规则库");
    buffer_printf(e->out, "%s  %s\n", digest,
                  same ? (e->chinese ? "现行" : "in force")
                       : (e->chinese ? "已不再现行" : "not in force any more"));
    if (same)
        return;
    explain_label(e, "in force", "现行");
    buffer_printf(e->out, "%s\n", in_force);
}

// The whistle as it was taken. What the daemon raised itself it explains as what an office would have
// whistled: nobody may use that source.
static int make_query(struct inquiry *inquiry, const struct casefile *file, struct explain_query *query)
{
    struct rulings rulings;
    int rc = rulings_gather(inquiry, file->whistle->category, file->filed_ms, &rulings);
    struct precedent *precedents =
        rc ? NULL : arena_array(&inquiry->arena, rulings.count + 1, sizeof *precedents);
    if (!precedents)
        return rc ? rc : ERROR_NO_MEMORY;
    for (size_t i = 0; i < rulings.count; i++)
        precedents[i] = *rulings.items[i];
    *query = (struct explain_query){
        .whistle = *file->whistle,
        .filed = true,
        .approved = file->summons_count > 0,
        .flags = file->flags,
        .flag_count = (uint32_t)file->flag_count,
        .office = file->office,
        .precedents = precedents,
        .precedent_count = rulings.count,
        .at_ms = file->filed_ms,
    };
    query->whistle.source = query->whistle.source_no = NULL;
    return 0;
}

static void write_text(struct inquiry *inquiry, const json_t *root)
{
    buffer_text(&inquiry->out, json_string_value(json_object_get(root, "explanation")));
}

static int answer(struct inquiry *inquiry, const struct asked_case *asked, const struct rulebook *book,
                  const struct explain_query *query)
{
    struct buffer text;
    struct due_explainer explainer = {
        .rules = rulebook_rules(book), .out = &text, .arena = &inquiry->arena, .chinese = asked->chinese};
    const char *digest = inquiry_hex(inquiry, rulebook_rules(book)->digest),
               *in_force = inquiry_hex(inquiry, inquiry->rules->digest);
    buffer_init(&text);
    print_head(&explainer, asked, digest, in_force);
    // A refusal explains too: it is in the text.
    int rc = rulebook_explain(book, query, asked->chinese, &text);
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:b, s:I, s:s}", "code", error_name(0), "number", asked->file->number,
                  "rulebook", digest, "in_force", strcmp(digest, in_force) == 0, "filed_ms",
                  (json_int_t)asked->file->filed_ms, "explanation", buffer_string(&text));
    bool failed = text.failed || rc == ERROR_NO_MEMORY;
    buffer_fini(&text);
    if (!failed)
        return answer_end(inquiry, root, write_text);
    json_decref(root);
    return ERROR_NO_MEMORY;
}

static int refuse_book(struct inquiry *inquiry, int code, struct blob digest)
{
    const char *hex = digest.length == DIGEST_BYTES ? inquiry_hex(inquiry, digest.bytes) : "of no digest";
    const char *sentence =
        arena_printf(&inquiry->arena, "the rulebook %s, which placed the case, %s", hex,
                     code == ERROR_NOT_FOUND ? "is not kept" : "cannot be read by this daemon any more");
    if (code == ERROR_NOT_FOUND || code == ERROR_BAD_RULEBOOK)
        return answer_refuse_with(inquiry, code, text_or_empty(sentence), NULL);
    return code;
}

int look_explain(struct inquiry *inquiry)
{
    struct asked_case asked;
    struct explain_query query;
    struct rulebook *book;
    int rc = asked_case_find(inquiry, false, &asked);
    if (rc || !asked.file)
        return rc;
    struct blob digest = asked.file->rule ? asked.file->rule->rulebook : (struct blob){0};
    rc = stored_book(inquiry, digest, &book);
    if (rc)
        return refuse_book(inquiry, rc, digest);
    rc = make_query(inquiry, asked.file, &query);
    if (!rc)
        rc = answer(inquiry, &asked, book, &query);
    rulebook_unref(book);
    return rc;
}
