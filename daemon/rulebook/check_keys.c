// The part of check that goes over keys.
#include "rulebook/check.h"

#include "base/civil.h"
#include "base/text.h"
#include "rulebook/loader.h"
#include "rulebook/names.h"

static const int64_t MONTH_MS = 30 * DAY_MS;

// When the last key of a principal ends; INT64_MIN: it has none.
static int64_t last_end(const struct keyring *keys, const char *principal)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < keyring_count(keys); i++) {
        const struct seal_key *key = keyring_at(keys, i);
        if (text_same(key->principal, principal) && key->until_ms > last)
            last = key->until_ms;
    }
    return last;
}

static void check_principals(const struct rulebook *book, const struct keyring *keys, int64_t now_ms,
                             struct rulebook_report *report)
{
    const struct principal_table *table = &book->rules.principals;
    struct buffer mute;
    uint32_t count = 0, first = 0;
    buffer_init(&mute);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct principal *p = &table->principals[i];
        int64_t end = last_end(keys, p->code);
        if (end <= now_ms && !p->uid_count && !p->same_uid) {
            first = count ? first : i;
            names_add(&mute, p->code, "、", &count);
        } else if (end > now_ms && end - now_ms < MONTH_MS) {
            report_add(report, FINDING_KEY_ENDING, book->principal_marks[i],
                       "the last key of %s is good for %lld days 密钥将到期", p->code,
                       (long long)((end - now_ms) / DAY_MS));
        }
    }
    names_end(&mute, count);
    if (count)
        report_add(report, FINDING_NO_KEY, book->principal_marks[first],
                   "%s: neither a key nor a user of this machine, so nobody can speak for it 无密钥",
                   buffer_string(&mute));
    buffer_fini(&mute);
}

static void check_owners(const struct rulebook *book, const struct keyring *keys,
                         struct rulebook_report *report)
{
    for (size_t i = 0; i < keyring_count(keys); i++) {
        const struct seal_key *key = keyring_at(keys, i);
        if (!principal_find(&book->rules.principals, key->principal))
            report_file(report, FINDING_KEY_OF_NOBODY, "keyring", 0, 0,
                        "the key %s is of %s, whom the rulebook does not know 查无此账号", key->id,
                        key->principal);
    }
}

void rulebook_check_keys(const struct rulebook *book, const struct keyring *keys, int64_t now_ms,
                         struct rulebook_report *report)
{
    if (!keyring_count(keys))
        return;
    check_principals(book, keys, now_ms, report);
    check_owners(book, keys, report);
    rulebook_report_sort(report);
}
