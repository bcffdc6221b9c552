// status, metrics, pulse: the readings, rendered one way or the other.
#include "status/look.h"

#include "base/error.h"
#include "service/stall.h"
#include "status/gather.h"

static int write_json(struct inquiry *inquiry, const struct readings *readings)
{
    json_t *root = answer_begin(), *told = render_facts_json(readings);
    if (!root || !told || json_object_update(root, told)) {
        json_decref(root);
        root = NULL;
    }
    json_decref(told);
    return answer_end(inquiry, root, NULL);
}

static int write_either(struct inquiry *inquiry, const struct readings *readings)
{
    if (inquiry->json)
        return write_json(inquiry, readings);
    render_facts_text(readings, inquiry->zone, &inquiry->out);
    return 0;
}

int look_status(struct inquiry *inquiry)
{
    struct readings readings;
    int rc = gather_readings(inquiry, &readings);
    if (rc)
        return rc;
    return write_either(inquiry, &readings);
}

int look_pulse(struct inquiry *inquiry)
{
    struct readings readings;
    uint64_t seconds;
    if (!inquiry_number(inquiry, STALL_SECONDS, STALL_SECONDS, &seconds))
        return answer_refuse(inquiry, ERROR_BAD_VALUE, "the seconds", inquiry->argument);
    int rc = gather_pulse(inquiry, (unsigned)seconds, &readings);
    return rc ? rc : write_either(inquiry, &readings);
}

int look_metrics(struct inquiry *inquiry)
{
    struct readings readings;
    int rc = gather_readings(inquiry, &readings);
    if (rc)
        return rc;
    if (inquiry->json)
        return write_json(inquiry, &readings);
    render_facts_metrics(&readings, &inquiry->out);
    return 0;
}
