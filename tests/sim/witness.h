// Somebody who reads the journal as it grows and remembers where it was: each record once, in order, never
// another one in its place.
//
// A request is on record once, is one that somebody sent, and says what its client was answered; a rung fires
// once; a number is given once. At the end a second witness reads everything again from the first record.
#pragma once

#include "store/journal.h"
#include "table.h"

struct sim;

struct witness {
    struct journal_position at; // everything before it was read
    struct table requests, rungs, numbers;
};

// From the first record on.
void witness_begin(struct sim *sim);
void witness_end(struct sim *sim);

// Reads on, to the head. Nothing may fail meanwhile (disk_hold).
void witness_follow(struct sim *sim);

// The store was opened again: what was read before is still there.
void witness_return(struct sim *sim);

// A start has cut what was torn, or a batch was refused: behind the last record nothing stands. Whoever opens
// the journal, to read it only, finds the same end. What stood there would come back one day: a whole record
// that follows what is written before it, or one that follows nothing and passes for damage, and so does any
// byte of it once the next segment is begun. And what is personal in it, nobody would ever erase.
void witness_last(struct sim *sim);
