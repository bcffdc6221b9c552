#include "engine/notice.h"

#include "base/error.h"
#include "base/text.h"
#include "codec/codec.h"
#include "whistle.pb-c.h"

#include <string.h>

// The area that may be told: at most community, and no finer than the category's cap.
static const char *public_area(const struct rules *rules, const struct casefile *file)
{
    uint32_t area = area_find(&rules->areas, area_path_code(file->area));
    uint32_t category = category_find(&rules->categories, file->whistle->category);
    enum place_cap cap =
        category == CATEGORY_NONE ? PLACE_CAP_STREET : rules->categories.categories[category].place;
    if (cap == PLACE_CAP_NONE || area == AREA_NONE)
        return "";
    static const char *const levels[] = {"community", "street", "district", "city"};
    bool may = false;
    while (area != AREA_NONE && !may) { // levels may be missing, and a city may have words of its own below
        for (size_t i = cap == PLACE_CAP_STREET; i < sizeof levels / sizeof levels[0]; i++)
            may = may || text_same(rules->areas.areas[area].level, levels[i]);
        area = may ? area : rules->areas.areas[area].parent;
    }
    return area == AREA_NONE ? "" : rules->areas.areas[area].code;
}

static int payload(struct arena *arena, const char *area, const Whistle__V1__Notice *notice, struct blob *out)
{
    size_t head = strlen(area) + 2, length = whistle__v1__notice__get_packed_size(notice);
    uint8_t *bytes = arena_alloc(arena, head + length);
    if (!bytes)
        return ERROR_NO_MEMORY;
    memcpy(bytes, area, head - 2);
    bytes[head - 2] = '/';
    whistle__v1__notice__pack(notice, bytes + head);
    *out = (struct blob){bytes, head + length};
    return 0;
}

static bool is_public(const struct event *event)
{
    return event->case_id && !event->history && event->kind != EVENT_COMMENTED &&
           event->kind != EVENT_DELIVERED && event->kind != EVENT_UNDELIVERED &&
           event->kind != EVENT_ERASED &&
           (!event->petition || event->state); // what a unit asks of its supervisor is between the two
}

int notice_make(struct arena *arena, const struct rules *rules, const struct casefile *file,
                const struct event *event, uint32_t epoch, bool demo, struct blob *out)
{
    *out = (struct blob){0};
    if (!is_public(event))
        return 0;
    const char *area = public_area(rules, file);
    Whistle__V1__Notice notice = WHISTLE__V1__NOTICE__INIT;
    notice.epoch = epoch;
    notice.seq = event->seq;
    notice.at_ms = event->at_ms;
    notice.number = (char *)text_or_empty(file->number);
    notice.state = (Whistle__V1__CaseState)file->state;
    notice.kind = (Whistle__V1__EventKind)event->kind;
    notice.category = (char *)text_or_empty(file->whistle->category);
    notice.area = (char *)area;
    notice.unit = (char *)text_or_empty(event->unit);
    notice.due_ms = file->promised_ms;
    notice.demo = demo;
    return payload(arena, area, &notice, out);
}

int notice_heartbeat(struct arena *arena, uint32_t epoch, uint64_t head_seq, struct blob head_chain,
                     int64_t now_ms, bool demo, struct blob *out)
{
    Whistle__V1__Notice notice = WHISTLE__V1__NOTICE__INIT;
    notice.epoch = epoch;
    notice.head_seq = head_seq;
    notice.head_chain = (ProtobufCBinaryData){head_chain.length, (uint8_t *)head_chain.bytes};
    notice.at_ms = now_ms;
    notice.demo = demo;
    return payload(arena, "", &notice, out);
}

size_t notice_offset(struct blob blob)
{
    const uint8_t *nul = memchr(blob.bytes, 0, blob.length);
    return nul ? (size_t)(nul - blob.bytes) + 1 : blob.length;
}
