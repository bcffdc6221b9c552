#include "keys/keyring.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/strmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_SIZE = KEY_PRINCIPAL_SIZE + KEY_ID_SIZE, WORDS_MAX = 4, LINE_SIZE = 512 };

struct keyring {
    struct seal_key *keys; // guarded memory, not part of a core dump; the first is nobody's
    size_t count;          // with nobody's
    struct strmap by_name; // "principal/id"
};

// Where a fault is told, and what of.
struct place {
    struct keyring_fault *fault;
    const char *name;
    unsigned line; // 0: of the file as a whole
};

static int complain(const struct place *at, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(const struct place *at, const char *format, ...)
{
    char *text = at->fault->text;
    va_list arguments;
    int length = at->line ? snprintf(text, KEYRING_FAULT, "%s:%u: ", at->name, at->line)
                          : snprintf(text, KEYRING_FAULT, "%s: ", at->name);
    va_start(arguments, format);
    if (length < KEYRING_FAULT)
        vsnprintf(text + length, (size_t)(KEYRING_FAULT - length), format, arguments);
    va_end(arguments);
    return ERROR_BAD_VALUE;
}

// An id has no slash, so the last one of a name parts it.
static const char *name_of(char name[NAME_SIZE], const char *principal, const char *id)
{
    snprintf(name, NAME_SIZE, "%s/%s", principal, id);
    return name;
}

bool key_id_is_good(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(id);
    return length > 0 && length < KEY_ID_SIZE && strspn(id, letters) == length;
}

// ---- a line -------------------------------------------------------------------------------------

static bool read_until(const char *word, int64_t *until_ms)
{
    static const char before[] = "until=";
    struct civil_date date;
    const char *text = word + sizeof before - 1;
    if (strncmp(word, before, sizeof before - 1) != 0 || !civil_parse(text, &date) || text[10])
        return false;
    struct tm day = {.tm_year = date.year - 1900, .tm_mon = date.month - 1, .tm_mday = date.day + 1};
    day.tm_isdst = -1;
    *until_ms = (int64_t)mktime(&day) * SECOND_MS;
    return true;
}

static bool read_bytes(const char *word, uint8_t bytes[SUITE_KEY])
{
    size_t length = 0;
    const char *end = NULL;
    int rc = sodium_hex2bin(bytes, SUITE_KEY, word, strlen(word), NULL, &length, &end);
    return rc == 0 && length == SUITE_KEY && *end == '\0';
}

static int read_words(char *words[WORDS_MAX], size_t count, const struct place *at, struct seal_key *key)
{
    if (count < 3 || count > WORDS_MAX)
        return complain(at, "a line has a principal, a key id, a key and, if need be, until=DATE");
    if (strlen(words[0]) >= sizeof key->principal)
        return complain(at, "the principal has more than %d characters", KEY_PRINCIPAL_SIZE - 1);
    if (!key_id_is_good(words[1]))
        return complain(at, "a key id has 1 to %d letters, digits and - _ .", KEY_ID_SIZE - 1);
    if (!read_bytes(words[2], key->bytes))
        return complain(at, "the key is not %d hexadecimal digits", 2 * SUITE_KEY);
    key->until_ms = INT64_MAX;
    if (count == WORDS_MAX && !read_until(words[3], &key->until_ms))
        return complain(at, "the end of a key is until=YYYY-MM-DD");
    strcpy(key->principal, words[0]);
    strcpy(key->id, words[1]);
    return 0;
}

// Two principals with one key could speak for each other.
static int enter(struct keyring *ring, const struct place *at)
{
    const struct seal_key *key = &ring->keys[ring->count];
    char name[NAME_SIZE];
    for (size_t i = 1; i < ring->count; i++)
        if (memcmp(ring->keys[i].bytes, key->bytes, SUITE_KEY) == 0)
            return complain(at, "the key is the same as that of %s", ring->keys[i].principal);
    int rc = strmap_add(&ring->by_name, name_of(name, key->principal, key->id), (uint32_t)ring->count);
    if (rc == ERROR_IN_USE)
        return complain(at, "%s has a key %s already", key->principal, key->id);
    ring->count += rc == 0;
    return rc;
}

static int read_line(struct keyring *ring, char *text, const struct place *at)
{
    char *words[WORDS_MAX + 1], *rest = NULL;
    size_t count = 0;
    text[strcspn(text, "#\r")] = '\0';
    for (char *word = strtok_r(text, " \t", &rest); word && count <= WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest))
        words[count++] = word;
    if (count == 0)
        return 0;
    int rc = read_words(words, count, at, &ring->keys[ring->count]);
    return rc ? rc : enter(ring, at);
}

// ---- all of them --------------------------------------------------------------------------------

static int read_lines(struct keyring *ring, const char *bytes, size_t length, struct place *at)
{
    char text[LINE_SIZE];
    const char *end = bytes + length;
    int rc = 0;
    while (!rc && bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t size = (size_t)((feed ? feed : end) - bytes);
        at->line++;
        if (size >= sizeof text || memchr(bytes, '\0', size)) {
            rc = complain(at, "the line is too long, or no text");
            break;
        }
        memcpy(text, bytes, size);
        text[size] = '\0';
        rc = read_line(ring, text, at);
        bytes += size + (feed != NULL);
    }
    sodium_memzero(text, sizeof text);
    return rc;
}

static size_t lines_in(const char *bytes, size_t length)
{
    size_t count = 2; // nobody's, and what stands behind the last line feed
    for (size_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

static void add_nobody(struct keyring *ring)
{
    ring->keys[0] = (struct seal_key){.id = "none"};
    randombytes_buf(ring->keys[0].bytes, SUITE_KEY);
    ring->count = 1;
}

int keyring_parse(const char *name, const char *bytes, size_t length, struct keyring **out,
                  struct keyring_fault *fault)
{
    struct place at = {.fault = fault, .name = name};
    *out = NULL;
    fault->text[0] = '\0';
    struct keyring *ring = sodium_init() < 0 ? NULL : calloc(1, sizeof *ring);
    if (!ring)
        return ERROR_NO_MEMORY;
    strmap_init(&ring->by_name);
    ring->keys = sodium_allocarray(lines_in(bytes, length), sizeof *ring->keys);
    if (ring->keys)
        add_nobody(ring);
    int rc = ring->keys ? read_lines(ring, bytes, length, &at) : ERROR_NO_MEMORY;
    if (rc) {
        keyring_destroy(ring);
        return rc;
    }
    sodium_mprotect_readonly(ring->keys);
    *out = ring;
    return 0;
}

static int check_file(int fd, const struct place *at, bool anybodys, size_t *size)
{
    struct stat file;
    if (fstat(fd, &file))
        return ERROR_IO;
    if (!S_ISREG(file.st_mode))
        return complain(at, "it is no regular file");
    if (!anybodys && file.st_uid != geteuid() && file.st_uid != 0)
        return complain(at, "it belongs to user %u, not to user %u", file.st_uid, geteuid());
    if (file.st_mode & (S_IRWXG | S_IRWXO))
        return complain(at, "its mode is %04o: others may read it; chmod 0600", file.st_mode & 07777);
    if (file.st_size > KEYRING_MAX_BYTES)
        return complain(at, "it has more than %d bytes", KEYRING_MAX_BYTES);
    *size = (size_t)file.st_size;
    return 0;
}

static bool read_whole(int fd, char *bytes, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static int load_from(int fd, const struct place *at, bool anybodys, struct keyring **out)
{
    size_t size = 0;
    int rc = sodium_init() < 0 ? ERROR_INTERNAL : check_file(fd, at, anybodys, &size);
    char *bytes = rc ? NULL : sodium_malloc(size + 1);
    if (!rc && !bytes)
        rc = ERROR_NO_MEMORY;
    if (!rc)
        rc = read_whole(fd, bytes, size) ? keyring_parse(at->name, bytes, size, out, at->fault) : ERROR_IO;
    sodium_free(bytes);
    return rc;
}

static int load(const char *path, bool must, bool anybodys, struct keyring **out, struct keyring_fault *fault)
{
    const struct place at = {.fault = fault, .name = path};
    *out = NULL;
    fault->text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && !must)
        return keyring_parse(path, "", 0, out, fault);
    int rc = fd < 0 ? ERROR_IO : load_from(fd, &at, anybodys, out);
    if (rc == ERROR_IO)
        complain(&at, "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

int keyring_load(const char *path, bool must, struct keyring **out, struct keyring_fault *fault)
{
    return load(path, must, false, out, fault);
}

int keyring_look(const char *path, struct keyring **out, struct keyring_fault *fault)
{
    return load(path, false, true, out, fault);
}

void keyring_destroy(struct keyring *ring)
{
    if (!ring)
        return;
    strmap_fini(&ring->by_name);
    sodium_free(ring->keys); // which wipes
    free(ring);
}

size_t keyring_count(const struct keyring *ring)
{
    return ring->count - 1;
}

const struct seal_key *keyring_at(const struct keyring *ring, size_t index)
{
    return &ring->keys[index + 1];
}

const struct seal_key *keyring_find(const struct keyring *ring, const char *principal, const char *id,
                                    int64_t now_ms)
{
    char name[NAME_SIZE];
    bool named = strlen(principal) < KEY_PRINCIPAL_SIZE && strlen(id) < KEY_ID_SIZE;
    uint32_t index = named ? strmap_find(&ring->by_name, name_of(name, principal, id)) : STRMAP_NONE;
    const struct seal_key *key = index == STRMAP_NONE ? NULL : &ring->keys[index];
    return key && now_ms < key->until_ms ? key : NULL;
}

size_t keyring_good_from(const struct keyring *ring, const char *principal, size_t index, int64_t now_ms)
{
    for (; index < keyring_count(ring); index++) {
        const struct seal_key *key = keyring_at(ring, index);
        if (strcmp(key->principal, principal) == 0 && now_ms < key->until_ms)
            break;
    }
    return index;
}

const struct seal_key *keyring_nobody(const struct keyring *ring)
{
    return &ring->keys[0];
}
