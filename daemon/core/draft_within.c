// How long the texts of a command may be.
#include "core/draft.h"

#include "base/error.h"
#include "base/text.h"

bool draft_within(struct draft *draft, const struct text_bound *bounds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct text_bound *bound = &bounds[i];
        if (!bound->text || text_characters(bound->text) <= bound->most)
            continue;
        draft_refuse(draft, ERROR_TOO_LONG, bound->field, bound->name,
                     arena_printf(draft->arena, "%u", bound->most));
        return false;
    }
    return true;
}

bool draft_within_attachments(struct draft *draft, const struct attachment *attachments, size_t count,
                              const char *field)
{
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        const struct text_bound bounds[] = {{attachments[i].media_type, field, "media_type", 80},
                                            {attachments[i].uri, field, "uri", 500},
                                            {attachments[i].phase, field, "phase", 40}};
        good = draft_within(draft, bounds, sizeof bounds / sizeof bounds[0]);
    }
    return good;
}
