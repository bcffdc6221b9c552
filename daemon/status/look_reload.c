// reload, the half in the pool: the rulebook directory is read and proven for the city's year.
#include "status/look.h"

#include "base/civil.h"
#include "base/error.h"
#include "rulebook/check.h"

static int year_in(const struct rulebook *book, int64_t now_ms)
{
    return civil_from_days(calendar_day_number(rules_calendar(rulebook_rules(book), NULL), now_ms)).year;
}

static json_t *report_json(const struct rulebook_report *report)
{
    struct buffer text;
    json_t *read = NULL;
    buffer_init(&text);
    if (rulebook_report_json(report, &text))
        read = json_loads(buffer_string(&text), 0, NULL);
    buffer_fini(&text);
    return read;
}

static int refuse(struct inquiry *inquiry, int code, const struct rulebook_report *report)
{
    const char *sentence = arena_printf(&inquiry->arena, "%s: %u errors; the old rulebook stays in force",
                                        inquiry->options->rulebook, report->errors);
    if (code != ERROR_BAD_RULEBOOK)
        return answer_refuse(inquiry, code, inquiry->options->rulebook, NULL);
    answer_refuse_with(inquiry, code, sentence ? sentence : "",
                       json_pack("{s:o}", "report", report_json(report)));
    if (!inquiry->json)
        rulebook_report_text(report, &inquiry->out);
    return 0;
}

// What is told once it is in force; the loop's half throws it away if that fails.
static void in_force_text(struct inquiry *inquiry, const json_t *root)
{
    buffer_printf(&inquiry->out, "ok rulebook %s is in force, with %lld keys\n",
                  json_string_value(json_object_get(root, "digest")),
                  (long long)json_integer_value(json_object_get(root, "keys")));
}

static int promise(struct inquiry *inquiry, const struct rulebook_report *report)
{
    const char *digest = inquiry_hex(inquiry, rulebook_rules(inquiry->fresh)->digest);
    json_t *root = json_pack("{s:s, s:s, s:I, s:o}", "code", error_name(0), "digest", digest, "keys",
                             (json_int_t)keyring_count(inquiry->fresh_keys), "report", report_json(report));
    int rc = answer_end(inquiry, root, in_force_text);
    if (!rc && !inquiry->json)
        rulebook_report_text(report, &inquiry->out);
    return rc;
}

static int load_rules(struct inquiry *inquiry, struct rulebook_report *report)
{
    struct rulebook *book = NULL;
    int rc = rulebook_load(inquiry->options->rulebook, &book, report);
    if (!rc)
        rc = rulebook_check(book, year_in(book, inquiry->now_ms), report);
    if (!rc)
        rulebook_check_keys(book, inquiry->fresh_keys, engine_machine_now(), report);
    if (rc)
        rulebook_unref(book);
    else
        inquiry->fresh = book;
    return rc;
}

int look_reload(struct inquiry *inquiry)
{
    const struct status_options *o = inquiry->options;
    struct keyring_fault fault;
    struct rulebook_report report;
    int rc = keyring_load(o->keyring, o->keyring_must, &inquiry->fresh_keys, &fault);
    if (rc)
        return answer_refuse_with(inquiry, rc, fault.text, NULL);
    rulebook_report_init(&report);
    rc = load_rules(inquiry, &report);
    rc = rc ? refuse(inquiry, rc, &report) : promise(inquiry, &report);
    rulebook_report_fini(&report);
    return rc;
}
