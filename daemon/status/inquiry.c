#include "status/inquiry.h"

#include "base/error.h"
#include "base/text.h"
#include "service/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 64 * 1024 * 1024 };

void inquiry_init(struct inquiry *inquiry, const struct status_options *options)
{
    struct engine *engine = service_engine(options->service);
    *inquiry = (struct inquiry){.options = options, .argument = ""};
    arena_init(&inquiry->arena, ARENA_BYTES);
    buffer_init(&inquiry->out);
    inquiry->book = engine_book(engine);
    inquiry->rules = rulebook_rules(inquiry->book);
    inquiry->zone = rules_calendar(inquiry->rules, NULL)->zone;
    inquiry->now_ms = engine_now(engine);
    inquiry->machine_ms = engine_machine_now();
}

void inquiry_fini(struct inquiry *inquiry)
{
    rulebook_unref(inquiry->fresh);
    keyring_destroy(inquiry->fresh_keys);
    rulebook_unref(inquiry->book);
    buffer_fini(&inquiry->out);
    arena_fini(&inquiry->arena);
}

// ---- answers ----------------------------------------------------------------------------------------------

json_t *answer_begin(void)
{
    return json_pack("{s:s}", "code", error_name(0));
}

static int dump_piece(const char *bytes, size_t length, void *out)
{
    buffer_append(out, bytes, length);
    return 0;
}

int answer_end(struct inquiry *inquiry, json_t *root,
               void (*text)(struct inquiry *inquiry, const json_t *root))
{
    if (!root)
        return ERROR_NO_MEMORY;
    int rc = 0;
    if (!inquiry->json)
        text(inquiry, root);
    else
        rc = json_dump_callback(root, dump_piece, &inquiry->out, JSON_COMPACT);
    json_decref(root);
    return rc || inquiry->out.failed ? ERROR_NO_MEMORY : 0;
}

static void refusal_text(struct inquiry *inquiry, const json_t *root)
{
    buffer_printf(&inquiry->out, "error %s: %s\n", json_string_value(json_object_get(root, "code")),
                  json_string_value(json_object_get(root, "text")));
}

int answer_refuse_with(struct inquiry *inquiry, int code, const char *sentence, json_t *more)
{
    buffer_clear(&inquiry->out);
    json_t *root = json_pack("{s:s, s:s}", "code", error_name(code), "text", sentence);
    if (more && json_object_update(root, more)) {
        json_decref(root);
        root = NULL;
    }
    json_decref(more);
    if (answer_end(inquiry, root, refusal_text)) {
        buffer_fini(&inquiry->out); // it may be used again; what was half written is gone
        buffer_text(&inquiry->out, inquiry->json ? "{\"code\":\"no_memory\"}" : "error no_memory\n");
    }
    return 0;
}

// The error's sentence with its arguments in their places.
static const char *sentence_of(struct inquiry *inquiry, int code, const char *const arguments[2])
{
    struct buffer made;
    buffer_init(&made);
    for (const char *at = error_sentence(code); *at; at++)
        if (at[0] == '{' && (at[1] == '0' || at[1] == '1') && at[2] == '}') {
            buffer_text(&made, text_or_empty(arguments[at[1] - '0']));
            at += 2;
        } else {
            buffer_append(&made, at, 1);
        }
    const char *kept = arena_strdup(&inquiry->arena, buffer_string(&made));
    buffer_fini(&made);
    return kept ? kept : "";
}

int answer_refuse(struct inquiry *inquiry, int code, const char *argument0, const char *argument1)
{
    const char *const arguments[2] = {argument0, argument1};
    return answer_refuse_with(inquiry, code, sentence_of(inquiry, code, arguments), NULL);
}

// ---- what the looks share ---------------------------------------------------------------------------------

bool inquiry_number(const struct inquiry *inquiry, uint64_t otherwise, uint64_t max, uint64_t *out)
{
    const char *text = inquiry->argument;
    size_t digits = strspn(text, "0123456789");
    *out = *text ? strtoull(text, NULL, 10) : otherwise;
    return !text[digits] && digits < 10 && *out >= 1 && *out <= max;
}

const char *inquiry_area_name(const struct inquiry *inquiry, const char *path)
{
    const struct area_tree *areas = &inquiry->rules->areas;
    uint32_t area = area_find(areas, area_path_code(path));
    return area == AREA_NONE ? "" : text_or_empty(areas->areas[area].name);
}

const char *inquiry_category_name(const struct inquiry *inquiry, const char *code)
{
    const struct category_table *categories = &inquiry->rules->categories;
    uint32_t category = category_find(categories, code);
    return category == CATEGORY_NONE ? "" : text_or_empty(categories->categories[category].name);
}

const char *inquiry_unit_name(const struct inquiry *inquiry, const char *code)
{
    const struct unit_table *units = &inquiry->rules->units;
    uint32_t unit = code ? unit_find(units, code) : UNIT_NONE;
    return unit == UNIT_NONE ? "" : text_or_empty(units->units[unit].name);
}

void inquiry_note(const struct inquiry *inquiry, enum care_kind kind, const struct care_run *run)
{
    struct store_error error = {0};
    struct care *care = inquiry->options->care;
    if (care && care_note(care, kind, run, &error))
        log_line(LOG_WARNING, "when this was will not be known after a restart: %s", error.text);
}

const char *inquiry_hex(struct inquiry *inquiry, const uint8_t bytes[32])
{
    char *text = arena_alloc(&inquiry->arena, 65);
    return text ? sodium_bin2hex(text, 65, bytes, 32) : "";
}
