// Where the daemon is and who asks: from a file, the environment, and the command line, the later wins.
//
// Files: ~/.config/whistle.yaml ($XDG_CONFIG_HOME), else /etc/whistle.yaml; one mapping of the names below.
#pragma once

#include <stdbool.h>

#include "base/arena.h"

struct settings {
    const char *url;        // url, WHISTLE_URL, --url
    const char *principal;  // principal, WHISTLE_PRINCIPAL, --principal
    const char *agent_name; // agent-name, WHISTLE_AGENT_NAME, --agent-name
    const char *staff_no;   // staff-no, WHISTLE_STAFF_NO, --staff-no
    const char *timeout;    // timeout, WHISTLE_TIMEOUT, --timeout: seconds of one request
    const char *area;       // area, WHISTLE_AREA: preset of a new whistle
    const char *status;     // status-socket, WHISTLE_STATUS
    const char *key_file;   // key-file, WHISTLE_KEY_FILE, --key-file: see key_file.h
    const char *zone;       // zone, WHISTLE_ZONE: shows times in this zone, not in the city's
};

// Fills `s` from the file and the environment; texts live in `arena`. False after a message about a file that
// cannot be read.
bool settings_load(struct settings *s, struct arena *arena);

// Where things are kept between runs: $XDG_STATE_HOME/whistle or ~/.local/state/whistle, made when it is not
// there. NULL after a message.
const char *settings_state_directory(struct arena *arena);

// The file there that remembers which keys the daemon has answered under. NULL, without a message, where
// there is no place for it.
const char *settings_known_keys(struct arena *arena);

// Where the user's own choices are kept: $XDG_CONFIG_HOME/whistle or ~/.config/whistle, which may not be
// there yet. NULL: there is no home.
const char *settings_config_directory(struct arena *arena);
