// whistle key: the keys of this machine, made and changed without an interruption.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "intl.h"
#include "key_file.h"
#include "table.h"

enum { FINGERPRINT = 8, LINE_SIZE = KEY_PRINCIPAL_SIZE + KEY_ID_SIZE + 2 * SUITE_KEY + 32, DATE_SIZE = 11 };

struct key {
    struct tool *tool; // first, for tool_parse_init
    const char *words[2];
    unsigned count;
    const char *id;
    bool secret;
    bool leaked;
    bool json;
    struct key_file file;
};

enum { KEY_ID = 0x100, KEY_SECRET, KEY_LEAKED, KEY_JSON };

static const struct argp_option options[] = {
    {"id", KEY_ID, N_("ID"), 0, N_("the new key's id, by which the operator tells keys apart"), 1},
    {"secret", KEY_SECRET, NULL, 0, N_("show the keys themselves, as lines of a keyring"), 1},
    {"leaked", KEY_LEAKED, NULL, 0, N_("rotate: in place of the keys before, which somebody else may have"),
     1},
    {"json", KEY_JSON, NULL, 0, N_("print each key as a line of JSON"), 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct key *k = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        tool_parse_init(state);
        return 0;
    case KEY_ID:
        k->id = arg;
        return 0;
    case KEY_SECRET:
        k->secret = true;
        return 0;
    case KEY_LEAKED:
        k->leaked = true;
        return 0;
    case KEY_JSON:
        k->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (k->count == 2)
            return ARGP_ERR_UNKNOWN;
        k->words[k->count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// ---- telling ------------------------------------------------------------------------------------

// By which two people can tell over the phone that they have the same key: BLAKE2b-256, its first four bytes.
static void fingerprint(const struct seal_key *key, char out[FINGERPRINT + 1])
{
    uint8_t hash[crypto_generichash_BYTES];
    crypto_generichash(hash, sizeof hash, key->bytes, sizeof key->bytes, NULL, 0);
    sodium_bin2hex(out, FINGERPRINT + 1, hash, FINGERPRINT / 2);
}

// The last day on which the key is good; "" for one without an end.
static void last_day(const struct seal_key *key, char out[DATE_SIZE])
{
    time_t before = (time_t)(key->until_ms / 1000) - 1;
    struct tm day;
    out[0] = '\0';
    if (key->until_ms != INT64_MAX && localtime_r(&before, &day))
        strftime(out, DATE_SIZE, "%F", &day);
}

static void format_line(const struct seal_key *key, char out[LINE_SIZE])
{
    char hex[2 * SUITE_KEY + 1], day[DATE_SIZE];
    sodium_bin2hex(hex, sizeof hex, key->bytes, sizeof key->bytes);
    last_day(key, day);
    snprintf(out, LINE_SIZE, "%s %s %s%s%s\n", key->principal, key->id, hex, *day ? " until=" : "", day);
    sodium_memzero(hex, sizeof hex);
}

static void put_line(const struct seal_key *key)
{
    char line[LINE_SIZE];
    format_line(key, line);
    fputs(line, stdout);
    sodium_memzero(line, sizeof line);
}

static void put_json_text(const char *name, const char *text, size_t length)
{
    printf("\"%s\":\"", name);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20)
            printf("\\u%04x", (unsigned)text[i]);
        else
            printf(text[i] == '"' || text[i] == '\\' ? "\\%c" : "%c", text[i]);
    }
    putchar('"');
}

static void put_json(const struct seal_key *key, bool secret)
{
    char day[DATE_SIZE], print[FINGERPRINT + 1], line[LINE_SIZE];
    last_day(key, day);
    fingerprint(key, print);
    putchar('{');
    put_json_text("principal", key->principal, strlen(key->principal));
    printf(",\"id\":\"%s\",\"fingerprint\":\"%s\"", key->id, print);
    if (*day)
        printf(",\"until\":\"%s\"", day);
    if (secret) {
        format_line(key, line);
        putchar(',');
        put_json_text("line", line, strcspn(line, "\n"));
        sodium_memzero(line, sizeof line);
    }
    puts("}");
}

static void put_table(struct tool *tool, const struct keyring *keys)
{
    struct table table;
    table_init(&table, &tool->arena, 4);
    TABLE_ROW(&table, _("principal"), _("key"), _("fingerprint"), _("until"));
    for (size_t i = 0; i < keyring_count(keys); i++) {
        const struct seal_key *key = keyring_at(keys, i);
        char day[DATE_SIZE], print[FINGERPRINT + 1];
        last_day(key, day);
        fingerprint(key, print);
        TABLE_ROW(&table, key->principal, key->id, arena_strdup(&tool->arena, print),
                  *day ? arena_strdup(&tool->arena, day) : "-");
    }
    table_print(&table, stdout, 0);
}

static bool show(struct key *k)
{
    const struct keyring *keys = k->file.keys;
    size_t count = keyring_count(keys);
    if (!count)
        fprintf(stderr, _("whistle: there is no key in %s; whistle key new makes one\n"), k->file.path);
    if (count && !k->json && !k->secret)
        put_table(k->tool, keys);
    for (size_t i = 0; i < count && (k->json || k->secret); i++)
        if (k->json)
            put_json(keyring_at(keys, i), k->secret);
        else
            put_line(keyring_at(keys, i));
    return count > 0;
}

// ---- changing -----------------------------------------------------------------------------------

static bool has(const struct key *k, const char *id)
{
    return keyring_find(k->file.keys, k->tool->settings.principal, id, 0) != NULL;
}

// The machine's name and the day, so that the operator's list tells which key is whose and how old.
static const char *usual_id(const struct key *k)
{
    char host[24] = "", day[9] = "";
    time_t now = time(NULL);
    struct tm today;
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    if (localtime_r(&now, &today))
        strftime(day, sizeof day, "%Y%m%d", &today);
    host[19] = '\0';
    const char *first = key_id_is_good(host) ? host : "key", *id = NULL;
    for (unsigned i = 1; i < 100 && (!id || has(k, id)); i++)
        id = arena_printf(&k->tool->arena, i == 1 ? "%s-%s" : "%s-%s.%u", first, day, i);
    return text_or_empty(id);
}

static bool may_be_made(struct key *k)
{
    const char *principal = k->tool->settings.principal;
    k->id = k->id ? k->id : usual_id(k);
    if (!*principal || strlen(principal) >= KEY_PRINCIPAL_SIZE || strpbrk(principal, " \t\r\n#"))
        tool_usage(k->tool, _("%s cannot be the name of a principal"), principal);
    else if (!key_id_is_good(k->id))
        tool_usage(k->tool, _("--id: 1 to %d letters, digits and - _ ."), KEY_ID_SIZE - 1);
    else if (has(k, k->id))
        tool_usage(k->tool, _("there is a key %s already"), k->id);
    else
        return true;
    return false;
}

static bool is_there(const struct key *k, struct key_line line)
{
    return line.begin < k->file.length;
}

static bool make(struct key *k, struct key_line place)
{
    struct seal_key key = {.until_ms = INT64_MAX};
    char line[LINE_SIZE];
    if (!may_be_made(k))
        return false;
    strcpy(key.principal, k->tool->settings.principal);
    strcpy(key.id, k->id);
    randombytes_buf(key.bytes, sizeof key.bytes);
    format_line(&key, line);
    bool made = key_file_replace(&k->file, place, line);
    if (made && k->json)
        put_json(&key, true);
    else if (made)
        fputs(line, stdout);
    sodium_memzero(line, sizeof line);
    sodium_memzero(&key, sizeof key);
    return made;
}

static bool make_first(struct key *k)
{
    const char *principal = k->tool->settings.principal;
    struct key_line line = key_file_find(&k->file, principal, NULL);
    if (is_there(k, line)) {
        tool_usage(k->tool, _("%s has a key already; whistle key rotate puts a new one in front"), principal);
        return false;
    }
    if (!make(k, line))
        return false;
    if (!k->json)
        fprintf(stderr,
                _("It is kept in %s. The line belongs into the daemon's keyring: give it to the operator by "
                  "hand or over an encrypted connection, never by mail or chat. It is good once the operator "
                  "has added it and reloaded (systemctl reload whistled).\n"),
                k->file.path);
    return true;
}

static void tell_after_rotation(const struct key *k)
{
    fprintf(stderr,
            _("It stands first in %s; until the daemon knows it, the one before is used. Give the line to "
              "the operator as before, who adds it to the keyring, puts until=DATE behind the old one, "
              "and reloads. After that day whistle key forget ID removes the old one here.\n"),
            k->file.path);
}

static void tell_after_leak(const struct key *k)
{
    fprintf(stderr,
            _("It stands in %s in place of those before, which are used no more. Give the line to the "
              "operator as before and at once: he takes the old ones out of the keyring, adds it, and "
              "reloads. Until then the daemon believes nothing from here, and whistles are kept.\n"),
            k->file.path);
}

static bool rotate(struct key *k)
{
    const char *principal = k->tool->settings.principal;
    struct key_line line = key_file_find(&k->file, principal, NULL);
    if (!is_there(k, line)) {
        tool_usage(k->tool, _("%s has no key yet; whistle key new makes one"), principal);
        return false;
    }
    line.end = line.begin;
    if (!make(k, k->leaked ? key_file_cut(&k->file, principal) : line))
        return false;
    if (!k->json && k->leaked)
        tell_after_leak(k);
    else if (!k->json)
        tell_after_rotation(k);
    return true;
}

static bool forget(struct key *k)
{
    const char *principal = k->tool->settings.principal, *id = k->words[1];
    struct key_line line = key_file_find(&k->file, principal, id);
    size_t own = 0;
    for (size_t i = 0; i < keyring_count(k->file.keys); i++)
        own += strcmp(keyring_at(k->file.keys, i)->principal, principal) == 0;
    if (!is_there(k, line))
        tool_usage(k->tool, _("%s has no key %s"), principal, id);
    else if (own < 2)
        tool_usage(k->tool, _("%s is the only key of %s; without it everything would be sent unsealed"), id,
                   principal);
    else
        return key_file_replace(&k->file, line, "");
    return false;
}

// ---- the command --------------------------------------------------------------------------------

static const struct action {
    const char *name;
    unsigned words;
    bool (*run)(struct key *k);
} actions[] = {{"new", 1, make_first}, {"show", 1, show}, {"rotate", 1, rotate}, {"forget", 2, forget}};

static const struct action *find(const struct key *k)
{
    for (size_t i = 0; k->count && i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, k->words[0]) == 0 && actions[i].words == k->count)
            return &actions[i];
    return NULL;
}

int command_key(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = N_("new\nshow\nrotate [--leaked]\nforget ID"),
        .doc =
            N_("The keys with which messages are sealed, so that the daemon believes them from another "
               "machine.\v"
               "new makes the first key of the principal, rotate another one in front of it, forget removes "
               "one; show lists them. What is printed by new and rotate is secret.")};
    struct key k = {.tool = tool};
    if (!tool_parse(tool, &argp, argc, argv, &k))
        return EXIT_USAGE;
    const struct action *action = find(&k);
    if (!action)
        return tool_usage(tool, "%s", _("new, show, rotate, or forget ID?"));
    if (action->run != show && !tool->settings.principal)
        return tool_usage(tool, "%s", _("whose key? --principal NAME"));
    bool done = key_file_open(&k.file, tool) && action->run(&k);
    key_file_close(&k.file);
    return done ? EXIT_DONE : EXIT_FAILED;
}
