// Reads a mapping file into specs; every error names its place.
#include <libfyaml.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "intl.h"
#include "mapping_spec.h"

struct load {
    struct arena *arena;
    const char *path;
    int errors;
};

__attribute__((format(printf, 3, 4))) static void complain(struct load *l, struct fy_node *node,
                                                           const char *format, ...)
{
    const struct fy_mark *mark = NULL;
    struct fy_token *token = fy_node_is_scalar(node) ? fy_node_get_scalar_token(node) : NULL;
    if (token)
        mark = fy_token_start_mark(token);
    va_list args;
    va_start(args, format);
    if (mark)
        fprintf(stderr, "%s:%d:%d: ", l->path, mark->line + 1, mark->column + 1);
    else
        fprintf(stderr, "%s: ", l->path);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    l->errors++;
}

// A scalar's text; NULL for what is none.
static const char *text_of(struct load *l, struct fy_node *node)
{
    size_t length;
    const char *text = node ? fy_node_get_scalar(node, &length) : NULL;
    return text ? arena_strndup(l->arena, text, length) : NULL;
}

// One text, or each of a list.
static const char **texts_of(struct load *l, struct fy_node *node, size_t *count)
{
    bool list = fy_node_is_sequence(node);
    *count = list ? (size_t)fy_node_sequence_item_count(node) : 1;
    const char **texts = arena_array(l->arena, *count, sizeof *texts);
    for (size_t i = 0; texts && i < *count; i++) {
        texts[i] = text_of(l, list ? fy_node_sequence_get_by_index(node, (int)i) : node);
        if (!texts[i]) {
            complain(l, node, "%s", _("a text is expected"));
            texts[i] = "";
        }
    }
    return texts;
}

// ---- maps ---------------------------------------------------------------------------------------

static void add_pair(struct load *l, struct spec *spec, const char *from, const char *to)
{
    const char **values =
        arena_grow(l->arena, spec->values, spec->n_values, &spec->values_room, sizeof *values);
    if (!values)
        return;
    spec->values = values; // also where nothing is added: the list has moved
    if (strmap_add(&spec->map, from, (uint32_t)spec->n_values) != 0)
        return; // the first of two equal keys counts
    values[spec->n_values++] = to;
}

struct map_rows {
    struct load *load;
    struct spec *spec;
};

static bool add_row(void *context, const struct csv_row *row)
{
    struct map_rows *rows = context;
    if (row->count >= 2)
        add_pair(rows->load, rows->spec, row->fields[0], arena_strdup(rows->load->arena, row->fields[1]));
    return true;
}

static void load_map_file(struct load *l, struct spec *spec, const char *name)
{
    const char *slash = strrchr(l->path, '/');
    const char *path = *name == '/' || !slash
                           ? name
                           : arena_printf(l->arena, "%.*s%s", (int)(slash + 1 - l->path), l->path, name);
    struct csv_file file;
    struct map_rows rows = {l, spec};
    if (!csv_open(&file, l->arena, path, NULL) || !csv_each(&file, ',', add_row, &rows))
        l->errors++;
}

static void take_map(struct load *l, struct spec *spec, struct fy_node *node)
{
    void *at = NULL;
    spec->has_map = true;
    if (fy_node_is_scalar(node)) {
        load_map_file(l, spec, text_of(l, node));
        return;
    }
    for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(node, &at));) {
        const char *from = text_of(l, fy_node_pair_key(pair)), *to = text_of(l, fy_node_pair_value(pair));
        if (from && to)
            add_pair(l, spec, from, to);
        else
            complain(l, fy_node_pair_key(pair), "%s", _("a text is expected"));
    }
}

// ---- one spec -----------------------------------------------------------------------------------

static void take_columns(struct load *l, struct spec *spec, struct fy_node *node)
{
    const char **names = texts_of(l, node, &spec->n_columns);
    spec->columns = arena_array(l->arena, spec->n_columns, sizeof *spec->columns);
    for (size_t i = 0; names && spec->columns && i < spec->n_columns; i++)
        spec->columns[i].name = names[i];
}

static void take_in(struct load *l, struct spec *spec, struct fy_node *node)
{
    size_t count;
    const char **texts = texts_of(l, node, &count);
    for (size_t i = 0; texts && i < count; i++)
        add_pair(l, spec, texts[i], "");
}

static void take_key(struct load *l, struct spec *spec, struct fy_node *key_node, struct fy_node *node)
{
    const char *key = text_of(l, key_node);
    if (!key)
        complain(l, key_node, "%s", _("a text is expected"));
    else if (strcmp(key, "column") == 0 || strcmp(key, "columns") == 0)
        take_columns(l, spec, node);
    else if (strcmp(key, "join") == 0)
        spec->join = text_of(l, node);
    else if (strcmp(key, "map") == 0)
        take_map(l, spec, node);
    else if (strcmp(key, "in") == 0)
        take_in(l, spec, node);
    else if (strcmp(key, "default") == 0)
        spec->standard = text_of(l, node);
    else if (strcmp(key, "keep") == 0)
        spec->keep = fy_node_compare_text(node, "true", 4);
    else if (strcmp(key, "cut") == 0)
        spec->cut = text_of(l, node) ? strtoul(text_of(l, node), NULL, 10) : 0;
    else if (strcmp(key, "format") == 0)
        spec->formats = texts_of(l, node, &spec->n_formats);
    else
        complain(l, key_node, _("%s is not known here"), key);
}

static void take_spec(struct load *l, struct spec *spec, struct fy_node *node)
{
    void *at = NULL;
    spec->join = " ";
    strmap_init(&spec->map);
    spec->constant = text_of(l, node);
    if (spec->constant)
        return;
    if (!fy_node_is_mapping(node))
        complain(l, node, "%s", _("a text, or {column: …} is expected"));
    for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(node, &at));)
        take_key(l, spec, fy_node_pair_key(pair), fy_node_pair_value(pair));
    if (spec->n_columns == 0 || !spec->join)
        complain(l, node, _("%s: which column?"), spec->name);
}

static struct spec *take_specs(struct load *l, struct fy_node *node, size_t *count, bool fields)
{
    void *at = NULL;
    if (!fy_node_is_mapping(node))
        complain(l, node, "%s", _("a mapping is expected"));
    struct spec *specs = arena_array(l->arena, (size_t)fy_node_mapping_item_count(node) + 1, sizeof *specs);
    for (struct fy_node_pair *pair; specs && (pair = fy_node_mapping_iterate(node, &at)); (*count)++) {
        specs[*count].name = text_of(l, fy_node_pair_key(pair));
        if (!specs[*count].name || (fields && !draft_knows(specs[*count].name)))
            complain(l, fy_node_pair_key(pair), _("%s is not a field of a whistle"), specs[*count].name);
        take_spec(l, &specs[*count], fy_node_pair_value(pair));
    }
    return specs;
}

static struct spec *take_skips(struct load *l, struct fy_node *node, size_t *count)
{
    *count = fy_node_is_sequence(node) ? (size_t)fy_node_sequence_item_count(node) : 0;
    struct spec *specs = arena_array(l->arena, *count + 1, sizeof *specs);
    for (size_t i = 0; specs && i < *count; i++) {
        specs[i].name = "skip";
        take_spec(l, &specs[i], fy_node_sequence_get_by_index(node, (int)i));
    }
    if (!*count)
        complain(l, node, "%s", _("a list is expected"));
    return specs;
}

// ---- the file -----------------------------------------------------------------------------------

static void take_section(struct load *l, struct mapping *m, struct fy_node *key_node, struct fy_node *node)
{
    const char *key = text_of(l, key_node), *text = text_of(l, node);
    if (strcmp(key ? key : "", "fields") == 0)
        m->fields = take_specs(l, node, &m->n_fields, true);
    else if (strcmp(key ? key : "", "attributes") == 0)
        m->attributes = take_specs(l, node, &m->n_attributes, false);
    else if (strcmp(key ? key : "", "skip") == 0)
        m->skips = take_skips(l, node, &m->n_skips);
    else if (strcmp(key ? key : "", "zone") == 0)
        m->zone = text;
    else if (strcmp(key ? key : "", "encoding") == 0)
        m->encoding = text;
    else if (strcmp(key ? key : "", "delimiter") == 0 && text && strlen(text) == 1)
        m->delimiter = *text;
    else
        complain(l, key_node, _("%s is not known here"), key ? key : "?");
}

static bool has_field(const struct mapping *m, const char *name)
{
    for (size_t i = 0; i < m->n_fields; i++)
        if (m->fields[i].name && strcmp(m->fields[i].name, name) == 0)
            return true;
    return false;
}

static void require(struct load *l, const struct mapping *m, struct fy_node *root)
{
    static const char *const needed[] = {"source", "category", "title"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!has_field(m, needed[i]))
            complain(l, root, _("fields: %s is missing"), needed[i]);
}

struct mapping *mapping_load(struct arena *arena, const char *path)
{
    struct load l = {.arena = arena, .path = path};
    struct mapping *m = arena_alloc(arena, sizeof *m);
    struct fy_document *document = m ? file_yaml(arena, path) : NULL;
    if (!document)
        return NULL;
    m->delimiter = ',';
    struct fy_node *root = fy_document_root(document);
    void *at = NULL;
    if (!fy_node_is_mapping(root))
        complain(&l, root, "%s", _("a mapping is expected"));
    for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(root, &at));)
        take_section(&l, m, fy_node_pair_key(pair), fy_node_pair_value(pair));
    require(&l, m, root);
    fy_document_destroy(document);
    if (l.errors == 0)
        return m;
    mapping_free(m);
    return NULL;
}

static void free_maps(struct spec *specs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strmap_fini(&specs[i].map);
}

void mapping_free(struct mapping *m)
{
    if (!m)
        return;
    free_maps(m->fields, m->n_fields);
    free_maps(m->attributes, m->n_attributes);
    free_maps(m->skips, m->n_skips);
}
