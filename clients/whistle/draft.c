#include "draft.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "intl.h"
#include "times.h"
#include "tool.h"

void draft_init(struct draft *d, struct arena *arena)
{
    memset(d, 0, sizeof *d);
    d->arena = arena;
    whistle__v1__whistle__init(&d->whistle);
    whistle__v1__personal__init(&d->personal);
    whistle__v1__position__init(&d->position);
}

enum shape { TEXT, PERSONAL, WORD, NUMBER, DEGREES, FLAG, TIME };

#define WHISTLE(member)   offsetof(Whistle__V1__Whistle, member)
#define OF_PERSON(member) offsetof(Whistle__V1__Personal, member)
#define PLACE(member)     offsetof(Whistle__V1__Position, member)

static const struct field {
    const char *name;
    enum shape shape;
    size_t offset;
    int limit; // the word list, the largest number, or the largest degrees
} fields[] = {
    {"kind", WORD, WHISTLE(kind), WORDS_KIND},
    {"category", TEXT, WHISTLE(category), 0},
    {"category-standard", TEXT, WHISTLE(category_standard), 0},
    {"condition", TEXT, WHISTLE(condition), 0},
    {"nature", WORD, WHISTLE(nature), WORDS_NATURE},
    {"severity", NUMBER, WHISTLE(severity), 4},
    {"area", TEXT, WHISTLE(area), 0},
    {"lat", DEGREES, PLACE(latitude), 90},
    {"lon", DEGREES, PLACE(longitude), 180},
    {"datum", WORD, PLACE(datum), WORDS_DATUM},
    {"title", TEXT, WHISTLE(title), 0},
    {"name", PERSONAL, OF_PERSON(name), 0},
    {"phone", PERSONAL, OF_PERSON(phone), 0},
    {"address", PERSONAL, OF_PERSON(address), 0},
    {"text", PERSONAL, OF_PERSON(text), 0},
    {"confidential", FLAG, WHISTLE(confidential), 0},
    {"source", TEXT, WHISTLE(source), 0},
    {"source-no", TEXT, WHISTLE(source_no), 0},
    {"on-behalf-of", TEXT, WHISTLE(on_behalf_of), 0},
    {"appointed", TIME, WHISTLE(appointed_ms), 0},
    {"meeting-point", TEXT, WHISTLE(meeting_point), 0},
    {"reported", TIME, WHISTLE(reported_ms), 0},
    {"places", NUMBER, WHISTLE(places), 100000},
    {"skill", TEXT, WHISTLE(skill), 0},
};

static const struct field *find(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

bool draft_knows(const char *field)
{
    return find(field) != NULL;
}

// Where the field is; the message it belongs to is then part of the whistle.
static void *place_of(struct draft *d, const struct field *field)
{
    if (field->shape == PERSONAL) {
        d->whistle.personal = &d->personal;
        return (char *)&d->personal + field->offset;
    }
    if (field->shape == DEGREES || (field->shape == WORD && field->limit == WORDS_DATUM)) {
        d->whistle.position = &d->position;
        return (char *)&d->position + field->offset;
    }
    return (char *)&d->whistle + field->offset;
}

static const char *set_word(void *at, const char *value, enum word_list list)
{
    int number = intl_word_value(list, value);
    if (number < 0)
        return _("no such word");
    memcpy(at, &number, sizeof number);
    return NULL;
}

static const char *set_number(void *at, const char *value, int limit)
{
    char *end;
    long number = strtol(value, &end, 10);
    if (end == value || *end || number < 0 || number > limit)
        return _("not a number in range");
    uint32_t small = (uint32_t)number;
    memcpy(at, &small, sizeof small);
    return NULL;
}

static const char *set_degrees(void *at, const char *value, int limit)
{
    char *end;
    double degrees = strtod(value, &end);
    if (end == value || *end || !(fabs(degrees) <= limit))
        return _("not degrees in range");
    memcpy(at, &degrees, sizeof degrees);
    return NULL;
}

static const char *set_flag(void *at, const char *value)
{
    static const char *const yes[] = {"1", "true", "yes", "y", "Y", "是", "TRUE", "Yes"};
    protobuf_c_boolean flag = 0;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        flag |= strcmp(value, yes[i]) == 0;
    memcpy(at, &flag, sizeof flag);
    return NULL;
}

static const char *set_time(void *at, const char *value, int64_t now_ms)
{
    int64_t ms;
    if (!times_parse(value, now_ms, &ms))
        return _("not a time");
    memcpy(at, &ms, sizeof ms);
    return NULL;
}

static char *one_line(struct arena *arena, const char *value)
{
    static const char breaks[] = "\r\n\t";
    char *text = value[strcspn(value, breaks)] ? arena_strdup(arena, value) : tool_text(value);
    for (char *at = text; at && *(at += strcspn(at, breaks));)
        *at = ' ';
    return text ? text : tool_text("");
}

const char *draft_set(struct draft *d, const char *name, const char *value, int64_t now_ms)
{
    const struct field *field = find(name);
    if (!field)
        return _("no such field");
    void *at = place_of(d, field);
    switch (field->shape) {
    case WORD:
        return set_word(at, value, (enum word_list)field->limit);
    case NUMBER:
        return set_number(at, value, field->limit);
    case DEGREES:
        return set_degrees(at, value, field->limit);
    case FLAG:
        return set_flag(at, value);
    case TIME:
        return set_time(at, value, now_ms);
    case TEXT:
    case PERSONAL:
        break;
    }
    char *text = strcmp(name, "text") == 0 ? tool_text(value) : one_line(d->arena, value);
    memcpy(at, &text, sizeof text);
    return NULL;
}

void draft_set_time(struct draft *d, const char *name, int64_t ms)
{
    const struct field *field = find(name);
    if (field && field->shape == TIME)
        memcpy(place_of(d, field), &ms, sizeof ms);
}

bool draft_attribute(struct draft *d, const char *name, const char *value)
{
    Whistle__V1__Whistle *w = &d->whistle;
    Whistle__V1__Attribute *added = arena_alloc(d->arena, sizeof *added);
    Whistle__V1__Attribute **list =
        arena_grow(d->arena, w->attributes, w->n_attributes, &d->attributes_room, sizeof *list);
    if (!added || !list)
        return false;
    whistle__v1__attribute__init(added);
    added->name = tool_text(name);
    added->value = one_line(d->arena, value);
    list[w->n_attributes++] = added;
    w->attributes = list;
    return true;
}

static const char *media_type_of(const char *path)
{
    static const char *const types[][2] = {
        {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".png", "image/png"},       {".mp4", "video/mp4"},
        {".mp3", "audio/mpeg"}, {".amr", "audio/amr"},   {".pdf", "application/pdf"}, {".txt", "text/plain"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

// "before:FILE" and "after:FILE" say when it was taken.
static const char *phase_of(const char **path)
{
    static const char *const phases[] = {"before", "after"};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        size_t length = strlen(phases[i]);
        if (strncmp(*path, phases[i], length) != 0 || (*path)[length] != ':')
            continue;
        *path += length + 1;
        return phases[i];
    }
    return "";
}

bool attach_file(struct arena *arena, const char *path, Whistle__V1__Attachment ***list, size_t *count,
                 size_t *room)
{
    unsigned char *digest = arena_alloc(arena, 32);
    Whistle__V1__Attachment *added = arena_alloc(arena, sizeof *added);
    Whistle__V1__Attachment **grown = arena_grow(arena, *list, *count, room, sizeof **list);
    const char *phase = phase_of(&path);
    char full[PATH_MAX];
    size_t size;
    if (!digest || !added || !grown || !file_sha256(path, digest, &size))
        return false;
    whistle__v1__attachment__init(added);
    added->sha256 = (ProtobufCBinaryData){32, digest};
    added->bytes = size;
    added->media_type = tool_text(media_type_of(path));
    added->uri = arena_printf(arena, "file://%s", realpath(path, full) ? full : path);
    added->phase = tool_text(phase);
    grown[(*count)++] = added;
    *list = grown;
    return true;
}

bool draft_attach(struct draft *d, const char *path)
{
    return attach_file(d->arena, path, &d->whistle.attachments, &d->whistle.n_attachments,
                       &d->attachments_room);
}
