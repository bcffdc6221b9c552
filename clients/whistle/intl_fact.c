#include "intl_fact.h"

#include <string.h>

#include "intl.h"

struct word {
    const char *name;   // on the wire
    const char *spoken; // in English
};

static const struct word facts[] = {
    {"filed", NC_("fact", "filed")},
    {"placed", NC_("fact", "placed")},
    {"registered", NC_("fact", "registered")},
    {"rejected", NC_("fact", "rejected")},
    {"cancelled", NC_("fact", "cancelled")},
    {"merged", NC_("fact", "merged")},
    {"closed", NC_("fact", "closed")},
    {"reopened", NC_("fact", "reopened")},
    {"settled", NC_("fact", "settled")},
    {"called", NC_("fact", "called")},
    {"accepted", NC_("fact", "accepted")},
    {"reported", NC_("fact", "reported")},
    {"done", NC_("fact", "done")},
    {"declined", NC_("fact", "declined")},
    {"misdispatched", NC_("fact", "misdispatched")},
    {"rework", NC_("fact", "rework")},
    {"solved", NC_("fact", "solved")},
    {"not_solved", NC_("fact", "not solved")},
    {"resident_solved", NC_("fact", "solved, says the resident")},
    {"resident_not_solved", NC_("fact", "not solved, says the resident")},
    {"satisfied", NC_("fact", "satisfied")},
    {"basically", NC_("fact", "basically satisfied")},
    {"dissatisfied", NC_("fact", "dissatisfied")},
    {"unreached", NC_("fact", "not reached")},
    {"urged", NC_("fact", "urged")},
    {"rung", NC_("fact", "rung")},
    {"supervised", NC_("fact", "supervised")},
    {"handed_up", NC_("fact", "handed up")},
    {"extended", NC_("fact", "extended")},
    {"paused", NC_("fact", "paused")},
    {"suspended", NC_("fact", "suspended")},
    {"exempted", NC_("fact", "exempted")},
    {"fed_back", NC_("fact", "fed back")},
    {"passed", NC_("fact", "passed")},
    {"failed", NC_("fact", "failed")},
    {"claimed", NC_("fact", "claimed")},
    {"checked_in", NC_("fact", "checked in")},
    {"repeated", NC_("fact", "repeated")},
    {"case", NC_("fact", "case limit")},
};

static const struct word exclusions[] = {
    {"appeal", NC_("exclusion", "appeal granted")},
    {"misdispatched", NC_("exclusion", "misdispatched")},
    {"unreasonable", NC_("exclusion", "unreasonable")},
};

static const char *spoken(const struct word *words, size_t count, const char *context, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].name, name) == 0)
            return intl_in_context(context, words[i].spoken);
    return NULL;
}

const char *intl_fact(const char *fact)
{
    const char *word = spoken(facts, sizeof facts / sizeof facts[0], "fact", fact);
    int stage = word ? -1 : intl_stage_value(fact);
    return word ? word : stage > 0 ? intl_stage(stage) : fact;
}

const char *intl_exclusion(const char *exclusion)
{
    const char *word = spoken(exclusions, sizeof exclusions / sizeof exclusions[0], "exclusion", exclusion);
    return word ? word : exclusion;
}
