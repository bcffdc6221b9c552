#include "store/segment_list.h"

#include "base/error.h"
#include "store/segment.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void segment_list_init(struct segment_list *list)
{
    *list = (struct segment_list){0};
}

void segment_list_fini(struct segment_list *list)
{
    free(list->firsts);
    segment_list_init(list);
}

int segment_list_reserve(struct segment_list *list)
{
    if (list->count < list->capacity)
        return 0;
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    uint64_t *moved = reallocarray(list->firsts, capacity, sizeof *moved);
    if (!moved)
        return ERROR_NO_MEMORY;
    list->firsts = moved;
    list->capacity = capacity;
    return 0;
}

void segment_list_add(struct segment_list *list, uint64_t first_seq)
{
    if (list->count && list->firsts[list->count - 1] == first_seq)
        return;
    assert(list->count < list->capacity);
    assert(!list->count || list->firsts[list->count - 1] < first_seq);
    list->firsts[list->count++] = first_seq;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int read_names(struct segment_list *list, DIR *dir, struct store_error *error)
{
    uint64_t first_seq;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            return errno ? store_error_errno(error, "readdir", "journal") : 0;
        if (!segment_name_parse(entry->d_name, &first_seq))
            continue;
        if (segment_list_reserve(list))
            return store_error_set(error, ERROR_NO_MEMORY, "no memory for the list of segments");
        list->firsts[list->count++] = first_seq;
    }
}

int segment_list_load(struct segment_list *list, int directory, struct store_error *error)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int rc = store_error_errno(error, "opendir", "journal");
        if (fd >= 0)
            close(fd);
        return rc;
    }
    int rc = read_names(list, dir, error);
    closedir(dir);
    if (!rc && list->count)
        qsort(list->firsts, list->count, sizeof *list->firsts, compare);
    return rc;
}

int segment_list_prepend(struct segment_list *list, const struct segment_list *older, size_t *added)
{
    size_t before = (size_t)(segment_list_find(older, list->firsts[0] - 1) + 1);
    *added = before;
    if (!before)
        return 0;
    uint64_t *all = reallocarray(list->firsts, list->count + before, sizeof *all);
    if (!all)
        return ERROR_NO_MEMORY;
    memmove(all + before, all, list->count * sizeof *all);
    memcpy(all, older->firsts, before * sizeof *all);
    *list = (struct segment_list){all, list->count + before, list->count + before};
    return 0;
}

ptrdiff_t segment_list_find(const struct segment_list *list, uint64_t seq)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->firsts[middle] <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return (ptrdiff_t)low - 1;
}
