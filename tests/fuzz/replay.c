// Gives a target every file of its corpus once: what a build without libFuzzer has for a main.
//
//     fuzz_TARGET [FILE or DIRECTORY …]      without any, tests/fuzz/corpus/TARGET
#include "input.h"

#include <dirent.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 20, PATH = 512 };

static size_t replayed;

static void replay_file(const char *path)
{
    static uint8_t room[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    MUST(file);
    struct blob input = {room, fread(room, 1, sizeof room, file)};
    MUST(!ferror(file) && input.length < sizeof room);
    fclose(file);
    fprintf(stderr, "%s\n", path); // the last one told is the one that broke
    uint8_t *exact = exact_copy(input);
    LLVMFuzzerTestOneInput(exact, input.length);
    free(exact);
    replayed++;
}

static void replay_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char below[PATH];
        snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay_file(below);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void replay(const char *path)
{
    struct stat status;
    MUST(stat(path, &status) == 0);
    if (S_ISDIR(status.st_mode))
        replay_directory(path);
    else
        replay_file(path);
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++)
        replay(paths[i]);
    if (count == 1)
        replay(FUZZ_CORPUS);
    printf("%zu inputs\n", replayed);
    return replayed == 0;
}
