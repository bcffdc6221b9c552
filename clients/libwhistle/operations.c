// Each operation as a function: a Request around one message, and whistle_call.
#include "handle.h"

static int call(struct whistle *w, const uint8_t *id, Whistle__V1__Request *request,
                Whistle__V1__Reply **reply)
{
    if (id)
        request->id = (ProtobufCBinaryData){ID_BYTES, (uint8_t *)(uintptr_t)id};
    return whistle_call(w, request, reply);
}

// The generated structs are not const-correct; the library only reads what it is given.
#define REQUEST(OP, member, message)                                                                         \
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;                                               \
    request.op_case = WHISTLE__V1__REQUEST__OP_##OP;                                                         \
    request.member = (void *)(uintptr_t)(message)

int whistle_submit(struct whistle *w, const uint8_t id[16], const Whistle__V1__Whistle *whistle,
                   Whistle__V1__Reply **reply)
{
    Whistle__V1__Submit submit = WHISTLE__V1__SUBMIT__INIT;
    submit.whistle = (void *)(uintptr_t)whistle;
    REQUEST(SUBMIT, submit, &submit);
    return call(w, id, &request, reply);
}

int whistle_preview(struct whistle *w, const Whistle__V1__Whistle *whistle, Whistle__V1__Reply **reply)
{
    Whistle__V1__Preview preview = WHISTLE__V1__PREVIEW__INIT;
    preview.whistle = (void *)(uintptr_t)whistle;
    REQUEST(PREVIEW, preview, &preview);
    return call(w, NULL, &request, reply);
}

int whistle_act(struct whistle *w, const uint8_t id[16], const Whistle__V1__Act *act,
                Whistle__V1__Reply **reply)
{
    REQUEST(ACT, act, act);
    return call(w, id, &request, reply);
}

int whistle_show(struct whistle *w, const char *number, unsigned with, Whistle__V1__Reply **reply)
{
    Whistle__V1__Show show = WHISTLE__V1__SHOW__INIT;
    show.number = (void *)(uintptr_t)number;
    show.history = (with & WHISTLE_WITH_HISTORY) != 0;
    show.personal = (with & WHISTLE_WITH_PERSONAL) != 0;
    REQUEST(SHOW, show, &show);
    return call(w, NULL, &request, reply);
}

int whistle_list(struct whistle *w, const Whistle__V1__List *list, Whistle__V1__Reply **reply)
{
    REQUEST(LIST, list, list);
    return call(w, NULL, &request, reply);
}

int whistle_catalog(struct whistle *w, const Whistle__V1__Catalog *catalog, Whistle__V1__Reply **reply)
{
    REQUEST(CATALOG, catalog, catalog);
    return call(w, NULL, &request, reply);
}

int whistle_rates(struct whistle *w, const Whistle__V1__Rates *rates, Whistle__V1__Reply **reply)
{
    REQUEST(RATES, rates, rates);
    return call(w, NULL, &request, reply);
}

int whistle_facts(struct whistle *w, const Whistle__V1__Facts *facts, Whistle__V1__Reply **reply)
{
    REQUEST(FACTS, facts, facts);
    return call(w, NULL, &request, reply);
}

int whistle_points(struct whistle *w, const Whistle__V1__Points *points, Whistle__V1__Reply **reply)
{
    REQUEST(POINTS, points, points);
    return call(w, NULL, &request, reply);
}

int whistle_digest(struct whistle *w, const Whistle__V1__Digest *digest, Whistle__V1__Reply **reply)
{
    REQUEST(DIGEST, digest, digest);
    return call(w, NULL, &request, reply);
}

int whistle_recount(struct whistle *w, const Whistle__V1__Recount *recount, Whistle__V1__Reply **reply)
{
    REQUEST(RECOUNT, recount, recount);
    return call(w, NULL, &request, reply);
}

int whistle_fetch(struct whistle *w, const Whistle__V1__Fetch *fetch, Whistle__V1__Reply **reply)
{
    REQUEST(FETCH, fetch, fetch);
    return call(w, NULL, &request, reply);
}

int whistle_ack(struct whistle *w, const Whistle__V1__Ack *ack, Whistle__V1__Reply **reply)
{
    REQUEST(ACK, ack, ack);
    return call(w, NULL, &request, reply);
}
