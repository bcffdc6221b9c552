#include "status/stored_book.h"

#include "base/error.h"
#include "codec/codec.h"
#include "journal.pb-c.h"

#include <string.h>

typedef Whistle__Journal__V1__RulebookFiles Files;

static struct rulebook_file *list_files(struct arena *arena, const Files *kept)
{
    struct rulebook_file *files = arena_array(arena, kept->n_files + 1, sizeof *files);
    for (size_t i = 0; files && i < kept->n_files; i++)
        files[i] = (struct rulebook_file){.name = kept->files[i]->name,
                                          .bytes = {kept->files[i]->bytes.data, kept->files[i]->bytes.len}};
    return files;
}

// The bytes are those of the record; a rulebook may be larger than an answer, hence an arena of its own.
static int load(struct arena *arena, struct blob record, struct rulebook **out)
{
    const Files *kept = (const void *)codec_unpack(arena, &whistle__journal__v1__rulebook_files__descriptor,
                                                   record.bytes, record.length);
    struct rulebook_file *files = kept ? list_files(arena, kept) : NULL;
    struct rulebook_report report;
    if (!files)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_CORRUPT;
    rulebook_report_init(&report);
    int rc = rulebook_load_files(files, kept->n_files, out, &report);
    rulebook_report_fini(&report);
    return rc;
}

static bool has_digest(const struct rulebook *book, struct blob digest)
{
    return digest.length == DIGEST_BYTES &&
           memcmp(rulebook_rules(book)->digest, digest.bytes, DIGEST_BYTES) == 0;
}

int stored_book(struct inquiry *inquiry, struct blob digest, struct rulebook **out)
{
    struct arena arena;
    *out = NULL;
    if (has_digest(inquiry->book, digest)) {
        *out = rulebook_ref(inquiry->book);
        return 0;
    }
    struct blob record = {0};
    if (digest.length == DIGEST_BYTES)
        record = db_get(&inquiry->reader.txn, DB_RULEBOOKS, digest.bytes, digest.length);
    if (!record.bytes)
        return inquiry->reader.txn.error ? inquiry->reader.txn.error : ERROR_NOT_FOUND;
    arena_init(&arena, 0);
    int rc = load(&arena, record, out);
    arena_fini(&arena);
    if (!rc && !has_digest(*out, digest)) {
        rulebook_unref(*out);
        *out = NULL;
        rc = ERROR_CORRUPT;
    }
    return rc;
}
