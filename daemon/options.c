#include "options.h"

#include "base/error.h"
#include "places.h"
#include "status/status.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_PUBLISH = 256,
    KEY_STATUS,
    KEY_STATUS_GROUP,
    KEY_CITY_CLOCK,
    KEY_INSECURE,
    KEY_KEYRING,
    KEY_LIMIT
};

static const struct argp_option run_options[] = {
    {"data", 'd', "DIR", 0, "the store (default /var/lib/whistled)", 0},
    {"rules", 'r', "DIR", 0, "the rulebook (default /etc/whistled)", 0},
    {"listen", 'l', "URL", 0, "requests, several times (default ipc:///run/whistled/whistle.ipc)", 0},
    {"publish", KEY_PUBLISH, "URL", 0, "public feed, several times (default ipc:///run/whistled/notices.ipc)",
     0},
    {"status", KEY_STATUS, "PATH", 0, "status socket (default /run/whistled/status.sock)", 0},
    {"status-group", KEY_STATUS_GROUP, "GROUP", 0,
     "who may use it beside root and this user (default: nobody)", 0},
    {"keyring", KEY_KEYRING, "FILE", 0, "keys of principals (default: keyring in the rulebook's directory)",
     0},
    {"insecure", KEY_INSECURE, NULL, 0, "believe plain messages over tcp", 0},
    {"limit", KEY_LIMIT, "NAME=VALUE", 0, "sets a limit, several times; `list' shows them all", 0},
    {"city-clock", KEY_CITY_CLOCK, "TIME,xRATE", 0, "a demonstration on a clock of its own, empty store only",
     0},
    {0},
};

static error_t add_address(struct argp_state *state, const char **list, int *count, const char *value)
{
    if (*count == OPTIONS_ADDRESSES)
        argp_error(state, "more than %d addresses", OPTIONS_ADDRESSES);
    list[(*count)++] = value;
    return 0;
}

static void list_limits(void)
{
    const struct limit_entry *entry;
    for (size_t i = 0; (entry = limits_entry(i)); i++)
        printf("%-26s %10llu  %llu to %llu  %s\n", entry->name, (unsigned long long)entry->standard,
               (unsigned long long)entry->least, (unsigned long long)entry->most, entry->help);
}

static error_t set_limit(struct argp_state *state, struct limits *limits, const char *value)
{
    const struct limit_entry *entry;
    if (strcmp(value, "list") == 0) {
        list_limits();
        exit(EXIT_SUCCESS);
    }
    int rc = limits_set(limits, value, &entry);
    if (rc == ERROR_NOT_FOUND)
        argp_error(state, "--limit %s: there is no such limit; --limit list shows them all", value);
    else if (rc)
        argp_error(state, "--limit %s: a number from %llu to %llu is wanted", value,
                   (unsigned long long)entry->least, (unsigned long long)entry->most);
    return 0;
}

static error_t parse_run(int key, char *value, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->confine;
        return 0;
    case 'd':
        o->data = value;
        return 0;
    case 'r':
        o->rules = value;
        return 0;
    case 'l':
        return add_address(state, o->listen, &o->listen_count, value);
    case KEY_PUBLISH:
        return add_address(state, o->publish, &o->publish_count, value);
    case KEY_STATUS:
        o->status = value;
        return 0;
    case KEY_STATUS_GROUP:
        return places_group(value, &o->status_group) ? EINVAL : 0;
    case KEY_CITY_CLOCK:
        o->city_clock = value;
        return 0;
    case KEY_KEYRING:
        o->keyring = value;
        return 0;
    case KEY_LIMIT:
        return set_limit(state, &o->limits, value);
    case KEY_INSECURE:
        o->insecure = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool options_read(struct options *options, int argc, char **argv)
{
    static const struct argp_child children[] = {{&confine_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {run_options, parse_run, NULL, "Runs the daemon.", children, NULL, NULL};
    static char beside[4096];
    *options = (struct options){.data = "/var/lib/whistled",
                                .rules = "/etc/whistled",
                                .status = "/run/whistled/status.sock",
                                .status_group = STATUS_GROUP_NONE};
    limits_init(&options->limits);
    if (argp_parse(&argp, argc, argv, 0, NULL, options))
        return false;
    options->keyring_must = options->keyring != NULL;
    snprintf(beside, sizeof beside, "%s/keyring", options->rules);
    if (!options->keyring)
        options->keyring = beside;
    return true;
}
