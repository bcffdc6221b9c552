// The status socket: what the daemon does, told to its operators. A unix stream socket, one command per line.
//
//     $ echo status | socat - UNIX-CONNECT:/run/whistled/status.sock
//     $ echo json overdue 50 | socat - UNIX-CONNECT:/run/whistled/status.sock
//
// A text answer ends with an empty line, a JSON answer is one line. A line that begins with "error" says that
// the command was refused and why. Who may ask is settled by the socket's mode and group, and once
// more by who the peer is (admit.h): another one is closed without a word, and logged. Everything here
// belongs to the loop's thread; what reads the store or files runs in the uv pool on a snapshot. The process
// must ignore SIGPIPE.
#pragma once

#include "service/service.h"
#include "store/care.h"

#include <sys/types.h>

struct status;

enum {
    STATUS_MAX_LINE = 4096,        // bytes, with the line feed
    STATUS_MAX_SESSIONS = 16,      // connections; more are accepted and told so
    STATUS_IDLE_MS = 5 * 60 * 1000 // without a line, or without taking the answer
};

#define STATUS_GROUP_NONE ((gid_t)-1)

struct status_options {
    uv_loop_t *loop;
    struct service *service; // started; outlives the status
    const char *path;        // of the socket; copied
    mode_t mode;             // of the socket's file; 0: 0660, or 0600 without a group
    int adopted;             // a socket that listens already, taken over; 0: none. Its file, mode and
                             // group are left as they are, `path` is not used
    gid_t group; // of the socket's file, and whose members may ask beside root and the process's user;
                 // STATUS_GROUP_NONE: nobody's
    const char *rulebook;           // directory that `reload` reads; copied
    const char *keyring;            // file that it reads too; copied; NULL: none
    bool keyring_must;              // and that must be there
    struct store_recovery recovery; // how the store came back
    struct care *care;              // told of each backup and check; NULL: nobody is
    struct city_clock clock;        // as given to the service
    bool insecure;                  // as given to the service
    uint32_t idle_ms;               // of a connection; 0: STATUS_IDLE_MS
    // `drain`: begin the orderly stop. Called after the answer has been written; it may call status_stop.
    void (*on_drain)(void *context);
    // `check`: checks the whole store and writes a report in JSON, at least {"code", "damaged", "text",
    // "differences"}. In the pool; blocks. NULL: there is no check.
    int (*on_check)(void *context, struct buffer *report, struct store_error *error);
    // A reload has begun, or is over, whatever came of it. NULL: nobody wants to know.
    void (*on_reloading)(void *context, bool begun);
    // `log LEVEL`: 0, or ERROR_BAD_VALUE for a level that is none. NULL: the level cannot be changed.
    int (*on_log_level)(void *context, const char *level);
    void *context;
};

// Listens. A stale socket at the path is replaced if nobody answers on it; any other file is never touched.
// What was wrong is in `*reason` (static text; may be NULL). 0; ERROR_ADDRESS, ERROR_IN_USE, ERROR_NO_MEMORY.
int status_start(const struct status_options *options, struct status **out, const char **reason)
    __attribute__((warn_unused_result));

// Loads the rulebook directory anew, checks it, and puts it in force, as `reload` does; what came of it goes
// to the log (for SIGHUP). Refused, and logged so, while a reload is under way. Nothing happens for NULL, or
// while it stops.
void status_reload(struct status *status);

// Hears nobody any more, ends the connections, waits for what still runs in the pool, removes the socket's
// file and frees everything; then `stopped` is called on the loop. The store must stay open until then, and
// the service must not be destroyed before. NULL is fine: `stopped` is called at once.
void status_stop(struct status *status, void (*stopped)(void *context), void *context);
