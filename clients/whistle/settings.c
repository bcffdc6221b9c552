#include "settings.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "intl.h"

#define DEFAULT_URL    "ipc:///run/whistled/whistle.ipc"
#define DEFAULT_STATUS "/run/whistled/status.sock"

static const struct {
    const char *key;
    const char *variable;
    size_t offset;
} names[] = {
    {"url", "WHISTLE_URL", offsetof(struct settings, url)},
    {"principal", "WHISTLE_PRINCIPAL", offsetof(struct settings, principal)},
    {"agent-name", "WHISTLE_AGENT_NAME", offsetof(struct settings, agent_name)},
    {"staff-no", "WHISTLE_STAFF_NO", offsetof(struct settings, staff_no)},
    {"timeout", "WHISTLE_TIMEOUT", offsetof(struct settings, timeout)},
    {"area", "WHISTLE_AREA", offsetof(struct settings, area)},
    {"status-socket", "WHISTLE_STATUS", offsetof(struct settings, status)},
    {"key-file", "WHISTLE_KEY_FILE", offsetof(struct settings, key_file)},
    {"zone", "WHISTLE_ZONE", offsetof(struct settings, zone)},
};

enum { NAMES = sizeof names / sizeof names[0] };

static bool set(struct settings *s, const char *key, const char *value)
{
    for (size_t i = 0; i < NAMES; i++) {
        if (strcmp(names[i].key, key) != 0)
            continue;
        *(const char **)(void *)((char *)s + names[i].offset) = value;
        return true;
    }
    return false;
}

static bool take_pair(struct settings *s, struct arena *arena, struct fy_node_pair *pair, const char *path)
{
    size_t key_length, value_length;
    const char *key = fy_node_get_scalar(fy_node_pair_key(pair), &key_length);
    const char *value = fy_node_get_scalar(fy_node_pair_value(pair), &value_length);
    char *name = key ? arena_strndup(arena, key, key_length) : NULL;
    if (name && value && set(s, name, arena_strndup(arena, value, value_length)))
        return true;
    fprintf(stderr, _("%s: the setting %s is not known\n"), path, name ? name : "?");
    return false;
}

static bool take_document(struct settings *s, struct arena *arena, struct fy_document *document,
                          const char *path)
{
    struct fy_node *root = fy_document_root(document);
    bool good = fy_node_is_mapping(root);
    if (!good)
        fprintf(stderr, _("%s: a mapping is expected\n"), path);
    void *at = NULL;
    for (struct fy_node_pair *pair; good && (pair = fy_node_mapping_iterate(root, &at));)
        good = take_pair(s, arena, pair, path);
    return good;
}

static bool load_file(struct settings *s, struct arena *arena, const char *path)
{
    struct fy_document *document = file_yaml(arena, path);
    if (!document)
        return false;
    bool good = take_document(s, arena, document, path);
    fy_document_destroy(document);
    return good;
}

static const char *home_file(struct arena *arena, const char *variable, const char *below, const char *name)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && *base)
        return arena_printf(arena, "%s/%s", base, name);
    return home && *home ? arena_printf(arena, "%s/%s/%s", home, below, name) : NULL;
}

bool settings_load(struct settings *s, struct arena *arena)
{
    *s = (struct settings){.url = DEFAULT_URL, .status = DEFAULT_STATUS};
    const char *own = home_file(arena, "XDG_CONFIG_HOME", ".config", "whistle.yaml");
    const char *path = own && access(own, R_OK) == 0 ? own : "/etc/whistle.yaml";
    if (access(path, R_OK) == 0 && !load_file(s, arena, path))
        return false;
    for (size_t i = 0; i < NAMES; i++) {
        const char *value = getenv(names[i].variable);
        if (value && *value)
            set(s, names[i].key, value);
    }
    return true;
}

const char *settings_config_directory(struct arena *arena)
{
    return home_file(arena, "XDG_CONFIG_HOME", ".config", "whistle");
}

static const char *state_path(struct arena *arena)
{
    return home_file(arena, "XDG_STATE_HOME", ".local/state", "whistle");
}

const char *settings_state_directory(struct arena *arena)
{
    const char *path = state_path(arena);
    if (!path || !file_make_directory(path)) {
        fprintf(stderr, _("cannot keep anything in %s: %s\n"), path ? path : "$HOME", strerror(errno));
        return NULL;
    }
    return path;
}

const char *settings_known_keys(struct arena *arena)
{
    const char *path = state_path(arena);
    return path && file_make_directory(path) ? arena_printf(arena, "%s/known-keys", path) : NULL;
}
