#include "descriptors.h"

#include "service/log.h"

#include <sys/resource.h>

enum {
    OWN = 128
}; // about 25 in quiet, 32 sessions of the status socket, the files of a rulebook or a backup

void descriptors_prepare(struct sp_limits *limits)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files))
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) || getrlimit(RLIMIT_NOFILE, &files))
        return;
    uint64_t most = files.rlim_cur > 2 * OWN ? files.rlim_cur - OWN : files.rlim_cur / 2;
    if (limits->max_connections <= most)
        return;
    log_line(LOG_WARNING, "max_connections=%llu is lowered to %llu: open files are limited to %llu",
             (unsigned long long)limits->max_connections, (unsigned long long)most,
             (unsigned long long)files.rlim_cur);
    limits->max_connections = most;
}
