#include "key_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "file.h"
#include "intl.h"

static const char *path_of(struct tool *tool)
{
    const char *own = settings_config_directory(&tool->arena);
    if (tool->settings.key_file)
        return tool->settings.key_file;
    return own ? arena_printf(&tool->arena, "%s/keys", own) : NULL;
}

static bool unusable(const char *why)
{
    fprintf(stderr, _("whistle: the key file cannot be used: %s\n"), why);
    return false;
}

static bool load(const char *path, bool must, struct keyring **keys)
{
    struct keyring_fault fault;
    int rc = keyring_load(path, must, keys, &fault);
    return rc == 0 || unusable(*fault.text ? fault.text : error_sentence(rc));
}

// ---- for calls ----------------------------------------------------------------------------------

static bool has_key(const struct keyring *keys, const char *principal, int64_t at_ms)
{
    return keyring_good_from(keys, principal, 0, at_ms) < keyring_count(keys);
}

bool key_file_for_calls(struct tool *tool, const char **path)
{
    const char *file = path_of(tool), *principal = text_or_empty(tool->settings.principal);
    bool asked_for = tool->settings.key_file != NULL;
    struct keyring *keys = NULL;
    *path = NULL;
    if (!file)
        return true;
    if (!load(file, asked_for, &keys))
        return false;
    bool good = has_key(keys, principal, (int64_t)time(NULL) * 1000);
    bool to_be_sealed = asked_for || has_key(keys, principal, INT64_MIN); // and then nothing ever goes plain
    keyring_destroy(keys);
    if (good)
        *path = file;
    else if (to_be_sealed)
        fprintf(stderr, _("whistle: %s has no good key of %s\n"), file, principal);
    return good || !to_be_sealed;
}

// ---- as text ------------------------------------------------------------------------------------

bool key_file_open(struct key_file *f, struct tool *tool)
{
    *f = (struct key_file){.path = path_of(tool), .text = tool_text("")};
    if (!f->path)
        return unusable("$HOME");
    if (!load(f->path, false, &f->keys))
        return false;
    if (access(f->path, F_OK) != 0 && errno == ENOENT)
        return true;
    char *text = file_read(&tool->arena, f->path, &f->length);
    f->text = text ? text : f->text;
    return text != NULL;
}

void key_file_close(struct key_file *f)
{
    if (f->length)
        sodium_memzero(f->text, f->length);
    keyring_destroy(f->keys);
}

static bool takes_word(const char **at, const char *end, const char *word)
{
    *at += strspn(*at, " \t");
    size_t length = strcspn(*at, " \t\r\n#");
    bool same = *at + length <= end && (!word || (length == strlen(word) && strncmp(*at, word, length) == 0));
    *at += length;
    return same;
}

struct key_line key_file_find(const struct key_file *f, const char *principal, const char *id)
{
    const char *line = f->text, *end = f->text + f->length;
    while (line < end) {
        const char *feed = memchr(line, '\n', (size_t)(end - line)), *next = feed ? feed + 1 : end;
        const char *at = line;
        if (takes_word(&at, next, principal) && takes_word(&at, next, id))
            return (struct key_line){(size_t)(line - f->text), (size_t)(next - f->text)};
        line = next;
    }
    return (struct key_line){f->length, f->length};
}

struct key_line key_file_cut(struct key_file *f, const char *principal)
{
    struct key_line first = key_file_find(f, principal, NULL), line = first;
    while (line.begin < f->length) {
        size_t cut = line.end - line.begin;
        memmove(f->text + line.begin, f->text + line.end, f->length - line.end);
        f->length -= cut;
        sodium_memzero(f->text + f->length, cut);
        line = key_file_find(f, principal, NULL);
    }
    return (struct key_line){first.begin, first.begin};
}

static bool write_down(const char *path, const struct buffer *text)
{
    const char *slash = strrchr(path, '/');
    char directory[4096] = ".";
    if (slash)
        snprintf(directory, sizeof directory, "%.*s", (int)(slash - path + (slash == path)), path);
    if (!text->failed && file_make_directory(directory) &&
        file_write_durably(directory, slash ? slash + 1 : path, text->bytes, text->length))
        return true;
    fprintf(stderr, _("cannot write %s\n"), path);
    return false;
}

// What the daemon would not read is not written either.
static bool is_sound(const char *path, const struct buffer *text)
{
    struct keyring *keys = NULL;
    struct keyring_fault fault = {0};
    int rc = keyring_parse(path, (const char *)text->bytes, text->length, &keys, &fault);
    keyring_destroy(keys);
    return rc == 0 || unusable(*fault.text ? fault.text : error_sentence(rc));
}

bool key_file_replace(const struct key_file *f, struct key_line place, const char *line)
{
    bool gap = place.begin && f->text[place.begin - 1] != '\n';
    struct buffer text;
    buffer_init(&text);
    buffer_append(&text, f->text, place.begin);
    buffer_text(&text, gap ? "\n" : "");
    buffer_text(&text, line);
    buffer_append(&text, f->text + place.end, f->length - place.end);
    bool done = is_sound(f->path, &text) && write_down(f->path, &text);
    if (text.capacity)
        sodium_memzero(text.bytes, text.capacity);
    buffer_fini(&text);
    return done;
}
