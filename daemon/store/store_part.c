// A state that is ahead of its journal, or beside it.
//
// What it was told may have been answered. A journal that ends before the state's place has lost its end, or
// is an older copy: nobody can tell which, so it is not opened (journal_options.known_seq). One that goes on
// beside it, with other records, is the truth all the same: the state is dropped and built anew. But nothing
// that the lost records gave may be given again, so a new epoch begins: its places are others, and case
// numbers go on behind a jump at the daemon's start (engine/epoch.h). It begins before the state goes, so
// that a crash in between leaves what proves it.
#include "store/store_state.h"

#include "base/error.h"

#include <string.h>

// Whether another record than the state's last stands before its place, or none can.
static bool is_beside(struct store *store, const struct state_position *position)
{
    struct journal_position there;
    if (memcmp(position->journal_id, journal_id(store->journal), JOURNAL_ID) != 0)
        return true;
    return journal_seek(store->journal, position->at.next_seq, &there, NULL) == 0 &&
           (there.next_seq != position->at.next_seq ||
            memcmp(there.chain, position->at.chain, RECORD_CHAIN) != 0);
}

int store_part(struct store *store, const struct state_position *position, int64_t now_ms, bool *parted,
               struct store_error *error)
{
    struct journal_position head;
    *parted = is_beside(store, position);
    if (!*parted)
        return 0;
    journal_head(store->journal, &head);
    uint64_t epoch = position->at.epoch > head.epoch ? position->at.epoch : head.epoch;
    int rc = journal_begin_epoch(store->journal, journal_epoch_after(epoch, now_ms));
    if (rc && error)
        *error = *journal_error(store->journal);
    return rc;
}
