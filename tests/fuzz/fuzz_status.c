// layer: status, with: town_store.c
// Lines to the status socket, over a store that has lived, with the service and its engine running as in the
// daemon. Each line is answered once; a text answer ends with an empty line, and a JSON answer is one line of
// JSON that names its code.
#include "town_store.h"

#include "input.h"

#include "base/error.h"
#include "base/text.h"
#include "status/command.h"

enum { LINES = 8 };

struct desk {
    uv_loop_t loop;
    struct service *service;
    struct status_options options;
    struct asker asker;
    bool stopped;
};

static struct desk desk;

static void on_fatal(void *context, int error)
{
    (void)context;
    MUST(error == 0);
}

static void on_drain(void *context)
{
    (void)context;
}

static int on_log_level(void *context, const char *level)
{
    (void)context;
    return strcmp(level, "debug") == 0 ? 0 : ERROR_BAD_VALUE;
}

static void on_stopped(void *context)
{
    ((struct desk *)context)->stopped = true;
}

// Before the store is closed, which its engine works on.
static void go_home(void)
{
    service_stop(desk.service, on_stopped, &desk);
    while (!desk.stopped)
        uv_run(&desk.loop, UV_RUN_ONCE);
    uv_run(&desk.loop, UV_RUN_DEFAULT);
    service_destroy(desk.service);
    MUST(uv_loop_close(&desk.loop) == 0);
}

static void open_desk(void)
{
    static struct rulebook_report report;
    struct service_options service = {.loop = &desk.loop, .on_fatal = on_fatal, .store = town_store()};
    limits_init(&service.limits);
    if (desk.service)
        return;
    rulebook_report_init(&report);
    MUST(uv_loop_init(&desk.loop) == 0);
    MUST(rulebook_load(FUZZ_ROOT "/config/city", &service.book, &report) == 0);
    rulebook_report_fini(&report);
    service.last_ms = town_now();
    // A city where it is always this moment: nothing falls due, and the same line has the same answer.
    service.clock = (struct city_clock){true, engine_machine_now(), town_now(), 0};
    MUST(service_start(&service, &desk.service) == 0);
    desk.options = (struct status_options){.loop = &desk.loop,
                                           .service = desk.service,
                                           .group = STATUS_GROUP_NONE,
                                           .rulebook = FUZZ_ROOT "/config/city",
                                           .keyring = "",
                                           .clock = service.clock,
                                           .on_drain = on_drain,
                                           .on_log_level = on_log_level};
    asker_init(&desk.asker, &desk.options);
    atexit(go_home);
}

// ---- an answer ----------------------------------------------------------------------------------

struct heard {
    bool json, empty;
    int answers;
};

static bool ends_with(const char *text, size_t length, const char *end)
{
    return length >= strlen(end) && memcmp(text + length - strlen(end), end, strlen(end)) == 0;
}

static void hear(void *context, struct buffer *out)
{
    struct heard *heard = context;
    const char *text = buffer_string(out);
    heard->answers++;
    MUST(!out->failed && strlen(text) == out->length);
    MUST((out->length == 0) == heard->empty);
    if (!heard->json && !heard->empty)
        MUST(ends_with(text, out->length, "\n\n"));
    if (!heard->json)
        return;
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    MUST(root && json_is_string(json_object_get(root, "code")));
    MUST(strchr(text, '\n') == text + out->length - 1);
    json_decref(root);
}

static bool asks_for_json(const char *line)
{
    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t\r\n");
    return length == 4 && memcmp(line, "json", 4) == 0;
}

// A line that is no text is refused in words, before anybody looks what it asks for.
static struct heard expected(const char *line, struct blob bytes)
{
    bool whole = bytes.length == strlen(line);
    size_t length = bytes.length;
    while (whole && length && strchr(" \t\r\n", line[length - 1]))
        length--;
    bool clean = whole && text_is_clean(line, length, true);
    return (struct heard){.json = clean && asks_for_json(line), .empty = whole && length == 0};
}

static void say(struct blob bytes)
{
    char *line = text_copy(bytes);
    uint8_t *exact = exact_copy(bytes);
    struct heard heard = expected(line, bytes);
    desk.asker.drain = false;
    MUST(command_run(&desk.asker, (const char *)exact, bytes.length, hear, &heard));
    free(exact); // it was copied
    while (!heard.answers)
        uv_run(&desk.loop, UV_RUN_ONCE);
    MUST(heard.answers == 1 && desk.asker.running == 0);
    free(line);
}

// What stands before a line feed, as a session cuts it.
static struct blob take_line(struct input *in)
{
    const uint8_t *end = in->left ? memchr(in->at, '\n', in->left) : NULL;
    size_t length = end ? (size_t)(end - in->at) : in->left;
    struct blob line = take_bytes(in, length);
    (void)take_byte(in);
    return line.length < STATUS_MAX_LINE ? line : (struct blob){line.bytes, STATUS_MAX_LINE - 1};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input in = {bytes, length};
    open_desk();
    for (int i = 0; i < LINES && in.left; i++)
        say(take_line(&in));
    return 0;
}
