#include "cursor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

void cursor_fetched(struct cursor *c, uint32_t epoch, uint64_t next_after)
{
    c->epoch = epoch;
    if (next_after > c->fetched)
        c->fetched = next_after;
}

void cursor_done(struct cursor *c, uint64_t upto)
{
    if (upto > c->done)
        c->done = upto;
}

bool cursor_is_behind(const struct cursor *c)
{
    return c->done > c->acknowledged;
}

void cursor_reset(struct cursor *c)
{
    *c = (struct cursor){0};
}

void cursor_acknowledge(struct tool *tool, struct cursor *c, const char *recipient, const char *consumer)
{
    Whistle__V1__Ack ack = WHISTLE__V1__ACK__INIT;
    Whistle__V1__Reply *reply;
    ack.recipient = tool_text(recipient);
    ack.consumer = tool_text(consumer);
    ack.epoch = c->epoch;
    ack.upto = c->done;
    if (whistle_ack(tool_handle(tool), &ack, &reply) == WHISTLE_OK)
        c->acknowledged = c->done;
    whistle_reply_free(reply);
}

static const char *file_name(struct tool *tool, const char *area, const char *consumer)
{
    char *name = arena_printf(&tool->arena, "watch-%s-%s", area, consumer);
    for (char *at = name; at && *at; at++)
        *at = isalnum((unsigned char)*at) || *at == '-' ? *at : '_';
    return name;
}

void cursor_save(struct tool *tool, struct cursor *c, const char *area, const char *consumer)
{
    char text[64];
    struct arena kept = tool_scratch_begin(tool);
    const char *directory = settings_state_directory(&tool->arena);
    int length = snprintf(text, sizeof text, "%" PRIu32 " %" PRIu64 "\n", c->epoch, c->done);
    if (directory && file_write_durably(directory, file_name(tool, area, consumer), text, (size_t)length))
        c->acknowledged = c->done;
    tool_scratch_end(tool, kept);
}

void cursor_load(struct tool *tool, struct cursor *c, const char *area, const char *consumer)
{
    const char *directory = settings_state_directory(&tool->arena);
    const char *path =
        directory ? arena_printf(&tool->arena, "%s/%s", directory, file_name(tool, area, consumer)) : NULL;
    size_t length;
    char *text = path && access(path, R_OK) == 0 ? file_read(&tool->arena, path, &length) : NULL;
    if (text && sscanf(text, "%" SCNu32 " %" SCNu64, &c->epoch, &c->done) == 2)
        c->fetched = c->acknowledged = c->done;
}
