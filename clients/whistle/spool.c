#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ulid.h"
#include "file.h"
#include "intl.h"
#include "receipt.h"

#define SUFFIX ".whistle"

bool spool_is_passing(int result, const Whistle__V1__Reply *reply)
{
    static const char *const passing[] = {"busy",     "draining", "storage_full", "no_memory",
                                          "internal", "refused",  "clock_skew",   "too_large"};
    if (result != WHISTLE_REFUSED)
        return result == WHISTLE_NO_ANSWER || result == WHISTLE_BAD_REPLY;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (strcmp(reply->code, passing[i]) == 0)
            return true;
    return false;
}

static const char *spool_directory(struct tool *tool)
{
    const char *state = settings_state_directory(&tool->arena);
    const char *path = state ? arena_printf(&tool->arena, "%s/spool", state) : NULL;
    if (path && file_make_directory(path))
        return path;
    if (path)
        fprintf(stderr, _("cannot keep anything in %s: %s\n"), path, strerror(errno));
    return NULL;
}

static const char *name_of(struct tool *tool, const uint8_t id[16])
{
    struct ulid ulid;
    char text[ULID_TEXT + 1];
    memcpy(ulid.bytes, id, sizeof ulid.bytes);
    ulid_format(&ulid, text);
    return arena_printf(&tool->arena, "%s" SUFFIX, text);
}

static bool write_request(struct tool *tool, const char *directory, Whistle__V1__Request *request)
{
    Whistle__V1__Envelope envelope = WHISTLE__V1__ENVELOPE__INIT;
    size_t inner = whistle__v1__request__get_packed_size(request);
    uint8_t *bytes = arena_alloc(&tool->arena, inner);
    envelope.version = 1;
    envelope.principal = tool_text(tool->settings.principal ? tool->settings.principal : "");
    envelope.id = request->id;
    envelope.body_case = WHISTLE__V1__ENVELOPE__BODY_PLAIN;
    envelope.plain = (ProtobufCBinaryData){inner, bytes};
    uint8_t *whole =
        bytes ? arena_alloc(&tool->arena, whistle__v1__envelope__get_packed_size(&envelope)) : NULL;
    if (!whole)
        return false;
    whistle__v1__request__pack(request, bytes);
    size_t length = whistle__v1__envelope__pack(&envelope, whole);
    return file_write_durably(directory, name_of(tool, request->id.data), whole, length);
}

bool spool_keep(struct tool *tool, const uint8_t id[16], const Whistle__V1__Whistle *whistle)
{
    const char *directory = spool_directory(tool);
    Whistle__V1__Submit submit = WHISTLE__V1__SUBMIT__INIT;
    Whistle__V1__Agent agent = WHISTLE__V1__AGENT__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    if (!directory)
        return false;
    agent.name = tool_text(tool->settings.agent_name ? tool->settings.agent_name : "");
    agent.staff_no = tool_text(tool->settings.staff_no ? tool->settings.staff_no : "");
    request.agent = tool->settings.agent_name || tool->settings.staff_no ? &agent : NULL;
    request.id = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)id};
    request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    request.submit = &submit;
    submit.whistle = (void *)(uintptr_t)whistle;
    if (write_request(tool, directory, &request))
        return true;
    fprintf(stderr, _("cannot keep anything in %s: %s\n"), directory, strerror(errno));
    return false;
}

// ---- whistle send -------------------------------------------------------------------------------

// An id older than the daemon remembers is refused without being looked at. A new one is safe, since every
// whistle of this tool has a source and number of its own.
static int deliver(struct whistle *w, Whistle__V1__Request *request, Whistle__V1__Reply **reply)
{
    int result = whistle_call(w, request, reply);
    if (result != WHISTLE_REFUSED || strcmp((*reply)->code, "stale_id") != 0)
        return result;
    whistle_reply_free(*reply);
    ProtobufCBinaryData old = request->id;
    request->id = (ProtobufCBinaryData){0, NULL};
    result = whistle_call(w, request, reply);
    request->id = old;
    return result;
}

static void put_aside(struct tool *tool, const char *path)
{
    const char *aside =
        arena_printf(&tool->arena, "%.*s.refused", (int)(strlen(path) - strlen(SUFFIX)), path);
    if (rename(path, aside) == 0)
        printf("  %s\n", aside);
}

static bool send_request(struct tool *tool, struct whistle *w, Whistle__V1__Request *request,
                         const char *path)
{
    Whistle__V1__Reply *reply;
    int result = deliver(w, request, &reply);
    tool_heard(tool, reply);
    bool done = result == WHISTLE_OK && reply->result_case == WHISTLE__V1__REPLY__RESULT_RECEIPT;
    if (done) {
        receipt_print(tool, reply->receipt, false);
        unlink(path);
    } else {
        printf("%s: %s\n", path, tool_why(tool, w, reply));
        if (!spool_is_passing(result, reply))
            put_aside(tool, path);
    }
    whistle_reply_free(reply);
    return done;
}

static bool send_envelope(struct tool *tool, const Whistle__V1__Envelope *envelope, const char *path)
{
    Whistle__V1__Request *request =
        envelope->body_case == WHISTLE__V1__ENVELOPE__BODY_PLAIN
            ? whistle__v1__request__unpack(NULL, envelope->plain.len, envelope->plain.data)
            : NULL;
    if (!request) {
        printf(_("%s: cannot be read\n"), path);
        return false;
    }
    struct settings before = tool->settings;
    tool->settings.principal = envelope->principal;
    struct whistle *w = tool_connect(tool);
    bool done = w && send_request(tool, w, request, path);
    whistle_close(w);
    tool->settings = before;
    whistle__v1__request__free_unpacked(request, NULL);
    return done;
}

static bool send_file(struct tool *tool, const char *path)
{
    size_t length;
    char *bytes = file_read(&tool->arena, path, &length);
    if (!bytes)
        return false;
    Whistle__V1__Envelope *envelope = whistle__v1__envelope__unpack(NULL, length, (const uint8_t *)bytes);
    if (!envelope) {
        printf(_("%s: cannot be read\n"), path);
        return false;
    }
    bool done = send_envelope(tool, envelope, path);
    whistle__v1__envelope__free_unpacked(envelope, NULL);
    return done;
}

static int is_kept(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && strcmp(dot, SUFFIX) == 0;
}

static error_t parse_send(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    tool_parse_init(state);
    return 0;
}

int command_send(struct tool *tool, int argc, char **argv)
{
    const struct argp argp = {.parser = parse_send,
                              .doc = N_("Delivers the whistles that were kept, in order.")};
    struct dirent **names;
    struct tool *input[] = {tool};
    const char *directory = tool_parse(tool, &argp, argc, argv, input) ? spool_directory(tool) : NULL;
    int count = directory ? scandir(directory, &names, is_kept, alphasort) : -1;
    int sent = 0;
    for (int i = 0; i < count; i++) {
        sent += send_file(tool, arena_printf(&tool->arena, "%s/%s", directory, names[i]->d_name));
        free(names[i]);
    }
    if (count < 0)
        return EXIT_FAILED;
    free(names);
    printf(_("delivered %d, kept %d\n"), sent, count - sent);
    return sent == count ? EXIT_DONE : EXIT_FAILED;
}
