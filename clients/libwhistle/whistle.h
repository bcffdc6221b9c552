// libwhistle: the client side of whistled, over nanomsg, for C and C++.
//
//     struct whistle_options options = WHISTLE_OPTIONS_INIT;
//     options.address = "tcp://10.1.2.3:7420";
//     options.principal = "shuyuan";
//     struct whistle *w;
//     if (whistle_open(&options, &w) != WHISTLE_OK) ...
//     Whistle__V1__Whistle report = WHISTLE__V1__WHISTLE__INIT;
//     report.category = (char *)"0301";  report.area = (char *)"420902002";  report.title = (char *)"...";
//     Whistle__V1__Reply *reply;
//     if (whistle_submit(w, NULL, &report, &reply) == WHISTLE_OK)
//         puts(reply->receipt->number);
//     else
//         fprintf(stderr, "%s: %s\n", whistle_code(w), whistle_text(w));
//     whistle_reply_free(reply);
//     whistle_close(w);
//
// Messages are the structs that protobuf-c generates from proto/whistle.proto (the wire contract; its
// comments are the reference of every field). Their texts are safe to print: control characters and
// ill-formed UTF-8, which no daemon sends, are "?" whoever answered. Tabs and line feeds stay in the `text`
// of a resident and of an act, nowhere else.
//
// Ownership. What is passed in stays the caller's and is not changed; it must live until the call returns
// (for whistle_begin: until whistle_begin returns). A reply belongs to the caller from the moment it is
// handed out and is given back with whistle_reply_free, whatever became of the handle in between.
//
// Retries. Each request has an id of 16 bytes (a ULID). The daemon answers the same id with the same answer
// and never does it twice, for 48 hours. The library sends a request again under its id until an answer comes
// or `deadline_ms` is over; after WHISTLE_NO_ANSWER the caller may go on with the same id as long.
//
// Keys. With a `keyring` every message is sealed (proto/README.md, suite 1). It is a file of lines `PRINCIPAL
// KEY-ID KEY [until=DATE]`, the daemon's own form, that belongs to who runs the program (or to root) and is
// closed to everybody else (0600); `whistle key` makes and changes it. The principal's first key in it that
// has not ended is used. A daemon that does not know that one is asked again with the next, so that a new key
// may stand in front before the daemon has it; once it has answered under a key, none behind that is used any
// more (`known_keys`). Until then whoever sits between can have the older one used, so that a key that leaked
// is replaced, not kept behind a new one. Else he can hold messages up, and no more: an answer that is not
// sealed is taken only where it asks for patience or for another key, or says that the message is too large,
// and whistle_is_unsealed tells of it; anything else counts as none at all.
//
// Threads. A handle belongs to one thread at a time; different handles are independent. nanomsg runs a worker
// thread of its own: fork() without exec() leaves a child in which no function here may be called.
#ifndef WHISTLE_H
#define WHISTLE_H

#include <stddef.h>
#include <stdint.h>

#include "whistle.pb-c.h"

#ifdef __cplusplus
extern "C" {
#endif

struct whistle;
struct whistle_subscription;

enum whistle_result {
    WHISTLE_OK = 0,
    WHISTLE_REFUSED = -1,   // the daemon said no: whistle_code, and the reply is handed out
    WHISTLE_NO_ANSWER = -2, // none came in time; whether it was done is not known. Try again with the same id
    WHISTLE_TOO_LARGE = -3, // the request is larger than `max_request`; nothing was sent
    WHISTLE_BAD_ADDRESS = -4, // not tcp://HOST:PORT or ipc://PATH, or no socket could be made
    WHISTLE_BAD_REPLY = -5,   // what came back cannot be read, is larger than `max_reply`, or was not sealed
                              // although the request was; whether it was done is not known
    WHISTLE_NO_MEMORY = -6,
    WHISTLE_BAD_USE = -7, // an argument that cannot be, begin twice, finish without begin
    WHISTLE_NOTHING = -8, // whistle_finish, whistle_next: nothing within the time given
    WHISTLE_BAD_KEY = -9, // the key file cannot be used, or has no good key of the principal
};

// Zero means the default in each number. Strings are copied by whistle_open.
struct whistle_options {
    size_t size;            // sizeof(struct whistle_options), so that fields can be added
    const char *address;    // "tcp://host:port", "ipc:///path"
    const char *principal;  // who speaks; the rulebook's name of an organisation or a program
    const char *agent_name; // the person who acts; NULL: not said
    const char *staff_no;
    uint32_t attempt_ms;  // without an answer for so long: a new connection, the same id (5,000)
    uint32_t deadline_ms; // of one call, all attempts together (30,000)
    uint32_t max_request; // bytes of one message (65,536)
    uint32_t max_reply;   // bytes of one answer (1,048,576)
    const char *keyring;  // a file of keys, read by whistle_open; NULL: plain, which a daemon believes of its
                          // own machine's users alone
    const char *known_keys; // a file that remembers which keys the daemon has answered under, made when
                            // needed; NULL: remembered as long as the handle lives
};

#define WHISTLE_OPTIONS_INIT                                                                                 \
    {                                                                                                        \
        sizeof(struct whistle_options), NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL                       \
    }

// Makes a handle; connecting goes on in the background, so that a daemon which is away is no error here.
// BAD_ADDRESS, BAD_USE (no address or principal), BAD_KEY, NO_MEMORY; *out is NULL then.
int whistle_open(const struct whistle_options *options, struct whistle **out);

// Can whistle_open use this file for the principal? OK; BAD_KEY, and `why` (of `room` bytes) has the
// sentence, as "FILE:LINE: what is wrong"; NO_MEMORY.
int whistle_check_keyring(const char *keyring, const char *principal, char *why, size_t room);

// Frees the handle. What was begun and not finished may or may not be done. NULL is allowed.
void whistle_close(struct whistle *w);

// Whose name stands on what follows; NULL: not said. NO_MEMORY.
int whistle_set_agent(struct whistle *w, const char *name, const char *staff_no);

// A new id: 48 bits of Unix milliseconds, 80 random bits.
void whistle_make_id(uint8_t id[16]);

// ---- requests -----------------------------------------------------------------------------------

// Sends `request` and waits for its answer. Its `id` may be empty (the library makes one: whistle_last_id) or
// the caller's; `sent_ms` is set by the library, `agent` where it is NULL.
// OK: `*reply` holds the result. REFUSED: `*reply` holds code, arguments and field. Otherwise it is NULL.
// Refusals that only ask for patience (busy, draining, storage_full) are waited out within `deadline_ms`, and
// what came twice (replayed) is sealed anew. `refused` means that the daemon believes none of the keys, and
// it as well as `too_large` may be what somebody between says: what must arrive is kept and tried again.
// BAD_KEY: all keys have ended meanwhile.
int whistle_call(struct whistle *w, const Whistle__V1__Request *request, Whistle__V1__Reply **reply);

// The same in two halves, so that one thread can keep several handles busy. Begin sends; finish waits at most
// `wait_ms` (WHISTLE_NOTHING: ask again) and never longer than the request's deadline.
int whistle_begin(struct whistle *w, const Whistle__V1__Request *request);
int whistle_finish(struct whistle *w, uint32_t wait_ms, Whistle__V1__Reply **reply);

enum whistle_with {
    WHISTLE_WITH_HISTORY = 1,  // what happened to it
    WHISTLE_WITH_PERSONAL = 2, // the resident whole, for who handles the case; it is put on record who asked
};

// One operation each; `id` NULL makes a new one. Results and errors as whistle_call. The member of the reply
// that is set on success stands behind each.
int whistle_submit(struct whistle *w, const uint8_t id[16], const Whistle__V1__Whistle *whistle,
                   Whistle__V1__Reply **reply); // receipt
int whistle_preview(struct whistle *w, const Whistle__V1__Whistle *whistle,
                    Whistle__V1__Reply **reply); // receipt
int whistle_act(struct whistle *w, const uint8_t id[16], const Whistle__V1__Act *act,
                Whistle__V1__Reply **reply); // receipt
// `with`: 0, or what is wanted beside the case, of enum whistle_with.
int whistle_show(struct whistle *w, const char *number, unsigned with, Whistle__V1__Reply **reply); // show
int whistle_list(struct whistle *w, const Whistle__V1__List *list, Whistle__V1__Reply **reply);     // list
int whistle_catalog(struct whistle *w, const Whistle__V1__Catalog *catalog,
                    Whistle__V1__Reply **reply);                                                   // catalog
int whistle_rates(struct whistle *w, const Whistle__V1__Rates *rates, Whistle__V1__Reply **reply); // rates
int whistle_facts(struct whistle *w, const Whistle__V1__Facts *facts, Whistle__V1__Reply **reply); // facts
int whistle_points(struct whistle *w, const Whistle__V1__Points *points,
                   Whistle__V1__Reply **reply); // points
int whistle_digest(struct whistle *w, const Whistle__V1__Digest *digest,
                   Whistle__V1__Reply **reply); // digest
int whistle_recount(struct whistle *w, const Whistle__V1__Recount *recount,
                    Whistle__V1__Reply **reply); // recount
// A long poll: the time-outs of this call grow by `fetch->wait_ms`. `fetch->personal` is WITH_PERSONAL here.
int whistle_fetch(struct whistle *w, const Whistle__V1__Fetch *fetch, Whistle__V1__Reply **reply); // feed
int whistle_ack(struct whistle *w, const Whistle__V1__Ack *ack, Whistle__V1__Reply **reply);       // acked

// Frees a reply; NULL is allowed.
void whistle_reply_free(Whistle__V1__Reply *reply);

// About the last call on this handle; valid until the next. The code is the daemon's stable one
// ("unknown_area"), or "ok", "no_answer", "too_large", "bad_address", "bad_reply", "no_memory", "bad_use",
// "nothing", "bad_key".
const char *whistle_code(const struct whistle *w);
// An English sentence, with its arguments in place.
const char *whistle_text(const struct whistle *w);
// The 16 bytes under which the last request was sent.
const uint8_t *whistle_last_id(const struct whistle *w);
// 1 when the last answer was not sealed although the request was: a refusal that anybody between may have
// written, and so never final. Else 0.
int whistle_is_unsealed(const struct whistle *w);
// How many times the last request was sent.
unsigned whistle_last_tries(const struct whistle *w);

// ---- the public feed ----------------------------------------------------------------------------

// Listens to notices of areas whose code begins with `area` ("" for all). A notice is a hint, never an
// authority: it is not authenticated and may be lost. BAD_ADDRESS, BAD_USE, NO_MEMORY.
int whistle_subscribe(const char *address, const char *area, struct whistle_subscription **out);

// The next notice within `wait_ms`, to be freed with whistle_notice_free. Heartbeats have seq 0.
// NOTHING; BAD_REPLY (skipped, go on); NO_MEMORY.
int whistle_next(struct whistle_subscription *s, uint32_t wait_ms, Whistle__V1__Notice **notice);

// How many notices are known to be lost, by the gaps in their count. With an area filter every notice of
// another area is a gap too, so that the figure means something only for "".
uint64_t whistle_lost(const struct whistle_subscription *s);

void whistle_notice_free(Whistle__V1__Notice *notice);
void whistle_unsubscribe(struct whistle_subscription *s);

// ---- JSON ---------------------------------------------------------------------------------------

enum { WHISTLE_JSON_LOCAL_TIMES = 1 };

// Any message as one line of JSON: names as in the .proto, enums by their names without prefix in lower case,
// bytes in hex, what is not set left out. With WHISTLE_JSON_LOCAL_TIMES each `x_ms` is followed by `x` in ISO
// 8601 with the offset of the process's zone. A time that stands still (INT64_MAX) is null. The text is the
// caller's, to be freed with free(); NULL: out of memory.
char *whistle_json(const ProtobufCMessage *message, unsigned flags);

#ifdef __cplusplus
}
#endif

#endif
