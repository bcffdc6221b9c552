#include "filters.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "file.h"
#include "intl.h"

#define FILE_NAME "filters.yaml"

enum { NAME_MAX_CHARACTERS = 40 };

bool filters_is_name(const char *name)
{
    static const char marks[] = "-_.";
    const char *at = name;
    if (!text_is_clean(name, strlen(name), false) || text_characters(name) > NAME_MAX_CHARACTERS ||
        *name == '-')
        return false;
    while (*at) {
        uint32_t c = text_next(&at);
        bool digit = c >= '0' && c <= '9', letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool blank = c == 0xa0 || (c >= 0x2000 && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x3000 ||
                     c == 0xfeff;
        if (blank || (c < 0x80 && !digit && !letter && !strchr(marks, (int)c)))
            return false;
    }
    return *name != 0;
}

// ---- reading ------------------------------------------------------------------------------------

static const char *text_of(struct filters *f, struct fy_node *node)
{
    size_t length;
    const char *text = fy_node_is_scalar(node) ? fy_node_get_scalar(node, &length) : NULL;
    return text ? arena_strndup(&f->tool->arena, text, length) : NULL;
}

static bool complain(const struct filters *f, const char *name, const char *option, const char *what)
{
    fprintf(stderr, "%s: %s: %s: %s\n", f->path, name, option ? option : "?", what);
    return false;
}

static bool take_value(struct filters *f, struct kept *kept, const char *option, struct fy_node *node)
{
    const char *value = text_of(f, node);
    if (!option || !value)
        return complain(f, kept->name, option, _("a text is expected"));
    const char *wrong = filter_put(&kept->filter, option, value);
    return wrong ? complain(f, kept->name, option, wrong) : true;
}

static bool take_option(struct filters *f, struct kept *kept, struct fy_node_pair *pair)
{
    const char *option = text_of(f, fy_node_pair_key(pair));
    struct fy_node *value = fy_node_pair_value(pair);
    bool good = true;
    if (!fy_node_is_sequence(value))
        return take_value(f, kept, option, value);
    for (int i = 0; good && i < fy_node_sequence_item_count(value); i++)
        good = take_value(f, kept, option, fy_node_sequence_get_by_index(value, i));
    return good;
}

static struct kept *add(struct filters *f, const char *name)
{
    struct kept *kept = arena_grow(&f->tool->arena, f->kept, f->count, &f->capacity, sizeof *kept);
    if (!kept)
        return NULL;
    f->kept = kept;
    kept = &f->kept[f->count++];
    kept->name = name;
    filter_init(&kept->filter, &f->tool->arena);
    return kept;
}

static bool take_filter(struct filters *f, struct fy_node_pair *pair)
{
    const char *name = text_of(f, fy_node_pair_key(pair));
    struct fy_node *node = fy_node_pair_value(pair);
    void *at = NULL;
    bool good = true;
    if (!name || !filters_is_name(name))
        return complain(f, name ? name : "?", "@", _("not a name for a filter"));
    struct kept *kept = fy_node_is_mapping(node) ? add(f, name) : NULL;
    if (!kept)
        return complain(f, name, "@", _("a mapping is expected"));
    for (struct fy_node_pair *inner; good && (inner = fy_node_mapping_iterate(node, &at));)
        good = take_option(f, kept, inner);
    return good;
}

static bool take_document(struct filters *f, struct fy_document *document)
{
    struct fy_node *root = fy_document_root(document);
    void *at = NULL;
    bool good = fy_node_is_mapping(root);
    if (!good)
        fprintf(stderr, _("%s: a mapping is expected\n"), f->path);
    for (struct fy_node_pair *pair; good && (pair = fy_node_mapping_iterate(root, &at));)
        good = take_filter(f, pair);
    return good;
}

// Is there nothing but blanks and remarks? For libfyaml that is no document.
static bool says_nothing(const char *text)
{
    for (; *text; text += strcspn(text, "\n")) {
        text += strspn(text, " \r\n");
        if (*text && *text != '#')
            return false;
    }
    return true;
}

static bool read_file(struct filters *f)
{
    if (access(f->path, F_OK) != 0)
        return true;
    size_t length;
    const char *text = file_read(&f->tool->arena, f->path, &length);
    if (!text || says_nothing(text))
        return text != NULL;
    struct fy_document *document = file_yaml(&f->tool->arena, f->path);
    bool good = document && take_document(f, document);
    fy_document_destroy(document);
    return good;
}

// ---- opening ------------------------------------------------------------------------------------

// The lock is the directory's: the file itself is replaced.
static bool hold(struct filters *f)
{
    if (file_make_directory(f->directory))
        f->lock = open(f->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->lock >= 0 && flock(f->lock, LOCK_EX) == 0)
        return true;
    fprintf(stderr, _("cannot keep anything in %s: %s\n"), f->directory, strerror(errno));
    return false;
}

bool filters_open(struct filters *f, struct tool *tool, bool change)
{
    *f = (struct filters){.tool = tool, .lock = -1, .directory = settings_config_directory(&tool->arena)};
    if (!f->directory) {
        if (change)
            fprintf(stderr, _("cannot keep anything in %s: %s\n"), "$HOME", strerror(ENOENT));
        return !change;
    }
    f->path = arena_printf(&tool->arena, "%s/" FILE_NAME, f->directory);
    return (!change || hold(f)) && read_file(f);
}

void filters_close(struct filters *f)
{
    if (f->lock >= 0)
        close(f->lock);
    f->lock = -1;
}

// ---- one filter ---------------------------------------------------------------------------------

static size_t index_of(const struct filters *f, const char *name)
{
    size_t i = 0;
    while (i < f->count && strcmp(f->kept[i].name, name) != 0)
        i++;
    return i;
}

const struct filter *filters_find(const struct filters *f, const char *name)
{
    size_t i = index_of(f, name);
    return i < f->count ? &f->kept[i].filter : NULL;
}

void filters_put(struct filters *f, const char *name, const struct filter *filter)
{
    size_t i = index_of(f, name);
    struct kept *kept = i < f->count ? &f->kept[i] : add(f, name);
    if (kept)
        kept->filter = *filter;
}

bool filters_remove(struct filters *f, const char *name)
{
    size_t i = index_of(f, name);
    if (i == f->count)
        return false;
    f->count--;
    memmove(&f->kept[i], &f->kept[i + 1], (f->count - i) * sizeof f->kept[i]);
    return true;
}

// ---- writing ------------------------------------------------------------------------------------

// Between single quotes YAML changes nothing but a quote.
static void put_text(struct buffer *out, const char *text)
{
    buffer_text(out, "'");
    for (; *text; text++)
        buffer_append(out, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    buffer_text(out, "'");
}

static void put_states(struct buffer *out, const struct filter *filter)
{
    const char *separator = "  state: [";
    for (size_t i = 0; i < filter->count; i++) {
        if (strcmp(filter->entries[i].option, "state") != 0)
            continue;
        buffer_printf(out, "%s%s", separator, filter->entries[i].value);
        separator = ", ";
    }
    if (*separator == ',')
        buffer_text(out, "]\n");
}

static void put_filter(struct buffer *out, const struct kept *kept)
{
    const struct filter *filter = &kept->filter;
    put_text(out, kept->name);
    buffer_text(out, ":\n");
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_entry *entry = &filter->entries[i];
        if (strcmp(entry->option, "state") == 0)
            continue;
        buffer_printf(out, "  %s: ", entry->option);
        if (entry->value)
            put_text(out, entry->value);
        else
            buffer_text(out, "true");
        buffer_text(out, "\n");
    }
    put_states(out, filter);
}

bool filters_write(struct filters *f)
{
    struct buffer out;
    buffer_init(&out);
    buffer_text(&out, "# whistle list @NAME\n");
    for (size_t i = 0; i < f->count; i++)
        put_filter(&out, &f->kept[i]);
    bool good = !out.failed && !arena_failed(&f->tool->arena) &&
                file_write_durably(f->directory, FILE_NAME, out.bytes, out.length);
    if (!good)
        fprintf(stderr, _("cannot write %s: %s\n"), f->path, strerror(errno));
    buffer_fini(&out);
    return good;
}
