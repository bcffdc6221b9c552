#include "sim.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy_file(int from, int to, const char *name)
{
    struct stat status;
    int source = openat(from, name, O_RDONLY | O_CLOEXEC);
    int target = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(source >= 0 && target >= 0 && fstat(source, &status) == 0, "%s cannot be copied", name);
    for (off_t left = status.st_size; left > 0;) {
        ssize_t sent = sendfile(target, source, NULL, (size_t)left);
        MUST(sent > 0, "%s cannot be copied", name);
        left -= sent;
    }
    close(source);
    close(target);
}

void files_copy(const char *from, const char *to)
{
    MUST(mkdir(to, 0700) == 0, "no directory %s", to);
    DIR *source = opendir(from);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(source && target >= 0, "%s cannot be copied", from);
    for (const struct dirent *entry; (entry = readdir(source));)
        if (entry->d_name[0] != '.')
            copy_file(dirfd(source), target, entry->d_name);
    closedir(source);
    close(target);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void files_remove(const char *path)
{
    MUST(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, "%s cannot be removed", path);
}
