#include "inherit.h"

#include "base/error.h"
#include "base/text.h"
#include "offline.h"
#include "service/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

enum { ROLES = INHERIT_STATUS + 1 };

static const char *const role_names[ROLES] = {
#define X(id, name) [INHERIT_##id] = name,
    INHERIT_ROLES(X)
#undef X
};

static int complain(int code, const char *what)
{
    offline_complain(code, what);
    return code;
}

static int take_one(struct inherit *inherit, int fd, const char *name)
{
    char what[256];
    for (unsigned role = 0; role < ROLES; role++) {
        if (strcmp(role_names[role], name) != 0)
            continue;
        if (role == INHERIT_STATUS && inherit_find(inherit, INHERIT_STATUS))
            return complain(ERROR_TOO_MANY, "two status sockets were handed over, there is one");
        inherit->fds[inherit->count] = fd;
        inherit->roles[inherit->count++] = role;
        return 0;
    }
    snprintf(what, sizeof what,
             "the socket %s was handed over; FileDescriptorName= must be requests, notices or status", name);
    return complain(ERROR_BAD_VALUE, what);
}

int inherit_take(struct inherit *inherit)
{
    char **names = NULL;
    int rc = 0, count = sd_listen_fds_with_names(true, &names);
    *inherit = (struct inherit){0};
    if (count < 0)
        rc = complain(ERROR_BAD_VALUE, "LISTEN_FDS cannot be read");
    else if (count > INHERIT_MAX)
        rc = complain(ERROR_TOO_MANY, "more than 32 sockets were handed over");
    for (int i = 0; i < count && !rc; i++)
        rc = take_one(inherit, SD_LISTEN_FDS_START + i, names[i]);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return rc;
}

int inherit_find(const struct inherit *inherit, enum inherit_role role)
{
    for (int i = 0; i < inherit->count; i++)
        if (inherit->roles[i] == role)
            return inherit->fds[i];
    return 0;
}

bool inherit_has_tcp(const struct inherit *inherit)
{
    for (int i = 0; i < inherit->count; i++)
        if (inherit->roles[i] == INHERIT_REQUESTS && !sd_is_socket(inherit->fds[i], AF_UNIX, 0, -1))
            return true;
    return false;
}

int inherit_adopt(const struct inherit *inherit, enum inherit_role role, struct sp_server *server,
                  enum sp_protocol protocol)
{
    for (int i = 0; i < inherit->count; i++) {
        struct sp_listen_report report = {0};
        char what[512];
        if (inherit->roles[i] != role)
            continue;
        int rc = sp_server_adopt(server, protocol, inherit->fds[i], &report);
        if (rc) {
            snprintf(what, sizeof what, "%s, handed over as %s: %s", report.address, role_names[role],
                     text_or_empty(report.reason));
            return complain(rc, what);
        }
        log_line(LOG_INFO, "handed over name=%s address=%s", role_names[role], report.address);
    }
    return 0;
}
