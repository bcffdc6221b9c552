#include "rulebook/yaml.h"

#include "base/text.h"
#include "rulebook/suggest.h"

#include <libfyaml.h>
#include <string.h>

static struct fy_diag *quiet_diag(void)
{
    struct fy_diag_cfg config;
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&config);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static void report_syntax(struct yaml *yaml, struct fy_diag *diag)
{
    void *at = NULL;
    uint32_t before = yaml->report->errors;
    for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &at));)
        report_add(yaml->report, FINDING_SYNTAX, source_mark(yaml->source, error->line, error->column), "%s",
                   error->msg);
    if (yaml->report->errors == before)
        report_add(yaml->report, FINDING_SYNTAX, source_mark(yaml->source, 1, 1), "this is not YAML");
}

static struct mark token_mark(struct yaml *yaml, struct fy_token *token, struct mark otherwise)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark || mark->input_pos > yaml->source->length)
        return otherwise;
    return (struct mark){.source = yaml->source, .offset = (uint32_t)mark->input_pos};
}

// libfyaml gives no place for a list or a mapping: it is where its first scalar is, or where `otherwise`
// says.
static struct mark node_mark(struct yaml *yaml, struct fy_node *node, struct mark otherwise)
{
    while (node) {
        void *at = NULL;
        if (fy_node_is_scalar(node))
            return token_mark(yaml, fy_node_get_scalar_token(node), otherwise);
        if (fy_node_is_mapping(node))
            node = fy_node_pair_key(fy_node_mapping_iterate(node, &at));
        else
            node = fy_node_sequence_iterate(node, &at);
    }
    return otherwise;
}

static struct yaml_node yaml_at(struct yaml *yaml, struct fy_node *node, struct mark otherwise)
{
    return (struct yaml_node){.node = node, .at = node_mark(yaml, node, otherwise)};
}

// A second document would be dropped without a word.
static void refuse_second(struct yaml *yaml)
{
    struct fy_document *second = fy_parse_load_document(yaml->parser);
    if (!second)
        return;
    struct yaml_node root = yaml_at(yaml, fy_document_root(second), source_mark(yaml->source, 1, 1));
    report_add(yaml->report, FINDING_SYNTAX, root.at, "a second document begins here; one file holds one");
    fy_parse_document_destroy(yaml->parser, second);
}

// Blanks and comments, and nothing else: no document, and no fault either.
static bool says_nothing(const char *text)
{
    text += strspn(text, " \t\r\n");
    while (*text == '#') {
        text += strcspn(text, "\n");
        text += strspn(text, " \t\r\n");
    }
    return *text == '\0';
}

bool yaml_init(struct yaml *yaml, const struct source *source, struct arena *arena,
               struct rulebook_report *report)
{
    *yaml = (struct yaml){.source = source, .arena = arena, .report = report};
    struct fy_diag *diag = quiet_diag();
    struct fy_parse_cfg config = {
        .flags = FYPCF_QUIET | FYPCF_RESOLVE_DOCUMENT | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = diag,
    };
    yaml->parser = diag ? fy_parser_create(&config) : NULL;
    if (yaml->parser && fy_parser_set_string(yaml->parser, source->text, source->length) == 0)
        yaml->document = fy_parse_load_document(yaml->parser);
    if (!yaml->document && !says_nothing(source->text))
        report_syntax(yaml, diag);
    if (yaml->document) {
        yaml->root = yaml_at(yaml, fy_document_root(yaml->document), source_mark(source, 1, 1));
        refuse_second(yaml);
    }
    if (diag)
        fy_diag_destroy(diag);
    return yaml->root.node != NULL;
}

void yaml_fini(struct yaml *yaml)
{
    if (yaml->document)
        fy_parse_document_destroy(yaml->parser, yaml->document);
    if (yaml->parser)
        fy_parser_destroy(yaml->parser);
    yaml->parser = NULL;
    yaml->document = NULL;
}

bool yaml_is_scalar(struct yaml_node node)
{
    return node.node && fy_node_is_scalar(node.node);
}

static bool wrong_type(struct yaml *yaml, struct yaml_node node, const char *expected)
{
    report_add(yaml->report, FINDING_WRONG_TYPE, node.at, "%s is expected here", expected);
    return false;
}

// An empty scalar counts as not given.
static bool read_cell(struct yaml *yaml, struct yaml_node node, struct cell *out)
{
    if (!fy_node_is_scalar(node.node))
        return wrong_type(yaml, node, "a single value");
    size_t length = 0;
    const char *text = fy_node_get_scalar(node.node, &length);
    *out = (struct cell){.at = node.at};
    if (!text || length == 0)
        return true;
    if (!text_is_clean(text, length, true)) {
        report_add(yaml->report, FINDING_BAD_TEXT, node.at, "the value holds control characters");
        return false;
    }
    out->text = arena_strndup(yaml->arena, text, length);
    return true;
}

bool yaml_list(struct yaml *yaml, struct yaml_node node, struct yaml_nodes *out)
{
    *out = (struct yaml_nodes){0};
    if (!node.node || !fy_node_is_sequence(node.node))
        return wrong_type(yaml, node, "a list");
    int count = fy_node_sequence_item_count(node.node);
    out->items = arena_array(yaml->arena, count > 0 ? (size_t)count : 1, sizeof *out->items);
    void *at = NULL;
    for (struct fy_node *item; out->items && (item = fy_node_sequence_iterate(node.node, &at));)
        out->items[out->count++] = yaml_at(yaml, item, node.at);
    return true;
}

bool yaml_map(struct yaml *yaml, struct yaml_node node, struct yaml_nodes *out)
{
    *out = (struct yaml_nodes){0};
    if (!node.node || !fy_node_is_mapping(node.node))
        return wrong_type(yaml, node, "a mapping (key: value)");
    int count = fy_node_mapping_item_count(node.node);
    size_t room = count > 0 ? (size_t)count : 1;
    out->items = arena_array(yaml->arena, room, sizeof *out->items);
    out->keys = arena_array(yaml->arena, room, sizeof *out->keys);
    void *at = NULL;
    bool good = out->items && out->keys;
    for (struct fy_node_pair *pair; good && (pair = fy_node_mapping_iterate(node.node, &at));) {
        struct yaml_node key = yaml_at(yaml, fy_node_pair_key(pair), node.at);
        good = (key.node || wrong_type(yaml, key, "a key")) && read_cell(yaml, key, &out->keys[out->count]);
        if (good && !out->keys[out->count].text)
            good = wrong_type(yaml, key, "a key");
        out->items[out->count] = yaml_at(yaml, fy_node_pair_value(pair), key.at);
        out->count += good;
    }
    return good;
}

bool yaml_cells(struct yaml *yaml, struct yaml_node node, struct cells *out)
{
    *out = (struct cells){.at = node.at};
    struct yaml_nodes list = {.items = &node, .count = 1};
    if (fy_node_is_mapping(node.node))
        return wrong_type(yaml, node, "a value or a list of values");
    if (fy_node_is_sequence(node.node) && !yaml_list(yaml, node, &list))
        return false;
    out->items = arena_array(yaml->arena, list.count + 1, sizeof *out->items);
    bool good = out->items != NULL;
    for (uint32_t i = 0; i < list.count && out->items; i++) {
        good = read_cell(yaml, list.items[i], &out->items[out->count]) && good;
        out->count += out->items[out->count].text != NULL;
    }
    return good;
}

static bool read_pairs(struct yaml *yaml, struct yaml_node node, struct yaml_pairs *out)
{
    struct yaml_nodes map;
    *out = (struct yaml_pairs){.at = node.at};
    if (!yaml_map(yaml, node, &map))
        return false;
    out->items = arena_array(yaml->arena, map.count + 1, sizeof *out->items);
    bool good = out->items != NULL;
    for (uint32_t i = 0; i < map.count && out->items; i++) {
        struct yaml_pair *pair = &out->items[out->count++];
        pair->key = map.keys[i];
        if (map.items[i].node)
            good = yaml_cells(yaml, map.items[i], &pair->values) && good;
    }
    return good;
}

static bool read_field(struct yaml *yaml, struct yaml_node node, struct mark key, const struct field *field,
                       void *draft)
{
    void *place = (char *)draft + field->offset;
    if (field->type == FIELD_CELL)
        return read_cell(yaml, node, place);
    if (field->type == FIELD_PAIRS)
        return read_pairs(yaml, node, place);
    if (field->type == FIELD_MAP)
        return yaml_read(yaml, node, field->fields, draft);
    if (field->type == FIELD_NODE) {
        *(struct yaml_node *)place = node;
        return true;
    }
    bool good = yaml_cells(yaml, node, place);
    ((struct cells *)place)->at = key;
    return good;
}

static const char *field_key(const void *context, uint32_t index)
{
    return ((const struct field *)context)[index].key;
}

static uint32_t field_count(const struct field *fields)
{
    uint32_t count = 0;
    while (fields[count].key)
        count++;
    return count;
}

static const struct field *field_find(const struct field *fields, const char *key)
{
    for (; fields->key; fields++)
        if (text_same(fields->key, key))
            return fields;
    return NULL;
}

static bool unknown_key(struct yaml *yaml, struct cell key, const struct field *fields)
{
    const char *near = suggest_nearest(text_or_empty(key.text), field_key, fields, field_count(fields));
    report_add(yaml->report, FINDING_UNKNOWN_KEY, key.at, "there is no key %s here%s%s%s",
               text_or_empty(key.text), near ? "; did you mean " : "", text_or_empty(near), near ? "?" : "");
    return false;
}

static bool has_key(const struct yaml_nodes *map, const char *key)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (text_same(map->keys[i].text, key))
            return map->items[i].node != NULL;
    return false;
}

bool yaml_read(struct yaml *yaml, struct yaml_node node, const struct field *fields, void *draft)
{
    struct yaml_nodes map;
    if (!yaml_map(yaml, node, &map))
        return false;
    bool good = true;
    for (uint32_t i = 0; i < map.count; i++) {
        const struct field *field = field_find(fields, map.keys[i].text);
        if (!field)
            good = unknown_key(yaml, map.keys[i], fields);
        else if (map.items[i].node)
            good = read_field(yaml, map.items[i], map.keys[i].at, field, draft) && good;
    }
    for (; fields->key; fields++)
        if (fields->required && !has_key(&map, fields->key)) {
            report_add(yaml->report, FINDING_MISSING_KEY, node.at, "the key %s is missing", fields->key);
            good = false;
        }
    return good;
}
