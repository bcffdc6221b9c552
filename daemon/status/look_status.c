// status, metrics, pulse: the facts, rendered one way or the other.
#include "status/look.h"

#include "base/error.h"
#include "service/stall.h"
#include "status/gather.h"

static int write_json(struct inquiry *inquiry, const struct facts *facts)
{
    json_t *root = answer_begin(), *told = render_facts_json(facts);
    if (!root || !told || json_object_update(root, told)) {
        json_decref(root);
        root = NULL;
    }
    json_decref(told);
    return answer_end(inquiry, root, NULL);
}

static int write_either(struct inquiry *inquiry, const struct facts *facts)
{
    if (inquiry->json)
        return write_json(inquiry, facts);
    render_facts_text(facts, inquiry->zone, &inquiry->out);
    return 0;
}

int look_status(struct inquiry *inquiry)
{
    struct facts facts;
    int rc = gather_facts(inquiry, &facts);
    if (rc)
        return rc;
    return write_either(inquiry, &facts);
}

int look_pulse(struct inquiry *inquiry)
{
    struct facts facts;
    uint64_t seconds;
    if (!inquiry_number(inquiry, STALL_SECONDS, STALL_SECONDS, &seconds))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the seconds", inquiry->argument);
    int rc = gather_pulse(inquiry, (unsigned)seconds, &facts);
    return rc ? rc : write_either(inquiry, &facts);
}

int look_metrics(struct inquiry *inquiry)
{
    struct facts facts;
    int rc = gather_facts(inquiry, &facts);
    if (rc)
        return rc;
    if (inquiry->json)
        return write_json(inquiry, &facts);
    render_facts_metrics(&facts, &inquiry->out);
    return 0;
}
