// layer: service, with: town.c ../unit/city.c ../unit/truths.c
// Lives of cases under the sample rulebook: requests as they come out of an envelope, by whoever the bytes
// say, and time between them. A request is bytes that the fuzzer made, or is written from its choices so that
// it means something; both are checked, decoded, and decided as the daemon does it. What is refused has
// changed nothing, what is done somebody was permitted to do, its events alone tell the case again, and the
// truths of every case hold.
#include "../unit/truths.h"
#include "town.h"

#include "base/civil.h"
#include "base/text.h"
#include "codec/messages.h"
#include "codec/wire.h"
#include "core/permit.h"
#include "engine/answer.h"
#include "service/intake.h"

enum { STEPS = 60, CASES = 6, TICKS = 50, REQUEST_BYTES = 1 << 20 };

static const int64_t first_ms = INT64_C(1767196800000); // 2026-01-01 00:00 in Shanghai

struct life {
    struct city city;
    struct told told;
    struct input in;
    struct casefile *at; // the case in hand; NULL: there is none yet
};

// ---- what the daemon does with a request --------------------------------------------------------

static const struct casefile *case_named(struct life *life, const struct command *command)
{
    const struct view *view = &life->city.view;
    return command->act.number ? view->ops->by_number(view->ctx, command->act.number) : NULL;
}

static void was_permitted(struct life *life, const struct command *command, const struct casefile *before)
{
    const struct rules *rules = &life->city.rules;
    const struct principal *principal = command->principal;
    if (command->kind == COMMAND_ACT) {
        uint32_t area = area_find(&rules->areas, area_path_code(before->area));
        MUST(permit_case(command->act.verb, rules, principal, before, area));
        return;
    }
    uint32_t area = area_find(&rules->areas, life->city.decision.file->whistle->area);
    MUST(permit(OPERATION_SUBMIT, principal->duties, permit_by_area(rules, principal, area, NULL)));
}

// The answer can be written, and read by whoever asked.
static void can_be_answered(struct life *life, struct arena *arena)
{
    static const struct ulid id = {{1}};
    const struct city *city = &life->city;
    struct wire_fault fault;
    struct blob reply;
    MUST(answer_decision(arena, &id, &city->decision, 1, city->now_ms, &reply) == 0);
    MUST(wire_check(&whistle__v1__reply__descriptor, reply.bytes, reply.length, &fault) == 0);
    MUST(codec_unpack(arena, &whistle__v1__reply__descriptor, reply.bytes, reply.length));
}

static void decide_it(struct life *life, const struct command *command)
{
    struct city *city = &life->city;
    const struct casefile *before = case_named(life, command);
    struct blob bytes = {NULL, 0};
    if (before)
        bytes = truths_encoded(city, &codec_casefile, before);
    const struct decision *decision = city_run(city, command);
    MUST(decision->code != ERROR_INTERNAL && decision->code != ERROR_NO_MEMORY);
    can_be_answered(life, &city->arena);
    if (decision->code) {
        MUST(case_named(life, command) == before);
        if (before)
            truths_same(bytes, truths_encoded(city, &codec_casefile, before));
        return;
    }
    if (decision->event_count)
        was_permitted(life, command, before);
    truths_of_decision(city, &life->told);
    truths_of_cases(city);
}

// From the bytes of a message to a command, as the service does it. What was taken lives as long as the city.
static int take_in(struct work *work, const struct principal *principal, struct blob message)
{
    static const uint8_t salt[16];
    const ProtobufCMessageDescriptor *descriptor = &whistle__v1__request__descriptor;
    struct wire_fault fault;
    uint8_t *exact = exact_copy(message);
    const Whistle__V1__Request *request = NULL;
    int rc = wire_check(descriptor, exact, message.length, &fault);
    if (!rc)
        request = (const void *)codec_unpack(&work->arena, descriptor, exact, message.length);
    free(exact);
    if (!rc && !request)
        rc = arena_failed(&work->arena) ? ERROR_NO_MEMORY : ERROR_MALFORMED;
    return rc ? rc : intake_work(work, request, principal, town_book(), salt);
}

// What the message holds has to outlive the work: it is written into the city's arena once more.
static void *kept(struct life *life, const struct codec_message *message, const void *core)
{
    struct blob bytes = truths_encoded(&life->city, message, core);
    void *copy = arena_alloc(&life->city.arena, message->size);
    MUST(codec_decode(&life->city.arena, message, bytes, copy) == 0);
    return copy;
}

static void keep_command(struct life *life, struct command *command, const struct principal *principal)
{
    struct arena *arena = &life->city.arena;
    struct actor *actor = &command->actor;
    command->principal = principal;
    actor->principal = principal->code;
    actor->agent_name = arena_strdup(arena, actor->agent_name);
    actor->staff_no = arena_strdup(arena, actor->staff_no);
    if (command->kind == COMMAND_ACT)
        command->act = *(struct act *)kept(life, &codec_act, &command->act);
    else
        command->whistle = kept(life, &codec_whistle, command->whistle);
    for (size_t i = 0; i < command->flag_count; i++)
        command->flags[i] = arena_strdup(arena, command->flags[i]);
    command->flags = arena_memdup(arena, command->flags, command->flag_count * sizeof *command->flags);
}

static int ask(struct life *life, const struct principal *principal, struct blob message)
{
    struct work *work = work_create(WORK_COMMAND, REQUEST_BYTES);
    MUST(work);
    int rc = take_in(work, principal, message);
    if (!rc) {
        struct command command = work->command;
        keep_command(life, &command, principal);
        work_destroy(work);
        decide_it(life, &command);
        return 0;
    }
    MUST(rc == ERROR_MALFORMED || rc == ERROR_BAD_TEXT || rc == ERROR_NO_MEMORY || rc == ERROR_REFUSED);
    work_destroy(work);
    return rc;
}

// ---- requests that mean something ---------------------------------------------------------------

static const char *one_of(struct life *life, const char *const *texts, size_t count)
{
    uint8_t which = take_byte(&life->in);
    return texts[which % count];
}
#define ONE_OF(life, ...)                                                                                    \
    one_of((life), (const char *const[]){__VA_ARGS__},                                                       \
           sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

static uint8_t below(struct life *life, uint8_t bound)
{
    return take_byte(&life->in) % bound;
}

static int64_t some_time(struct life *life)
{
    static const int64_t spans[] = {0, MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS, 400 * DAY_MS};
    uint8_t which = take_byte(&life->in);
    int64_t span = spans[which % 6];
    return span ? life->city.now_ms + (which & 128 ? -span : span) : 0;
}

static struct casefile *some_case(struct life *life)
{
    const struct city *city = &life->city;
    return city->case_count ? city->cases[take_byte(&life->in) % city->case_count] : NULL;
}

// One that is called, or one of the city's.
static const char *some_unit(struct life *life)
{
    const struct casefile *file = life->at;
    const struct unit_table *units = &life->city.rules.units;
    uint8_t which = take_byte(&life->in);
    if (file && file->summons_count && which < 128)
        return file->summons[which % file->summons_count].unit;
    return which == 128 ? "" : which == 129 ? "nobody" : units->units[which % units->count].code;
}

static const char *some_member(struct life *life)
{
    const struct member_table *members = &life->city.rules.members;
    return members->members[take_byte(&life->in) % members->count].code;
}

static const char *some_reason(struct life *life)
{
    const struct rules *rules = &life->city.rules;
    const struct reason_list *const lists[] = {
        &rules->decline_reasons,     &rules->hand_up_reasons,     &rules->cancel_reasons,
        &rules->resolve_reasons,     &rules->petition_reasons[0], &rules->petition_reasons[1],
        &rules->petition_reasons[2], &rules->petition_reasons[3], &rules->reject_reasons,
        &rules->close_reasons,       &rules->reopen_reasons,      &rules->unreasonable_reasons};
    uint8_t which = take_byte(&life->in);
    const struct reason_list *list = lists[which % (sizeof lists / sizeof lists[0])];
    return which >= 240 ? "nonsense" : list->count ? list->reasons[which / 16 % list->count].code : "";
}

// Whoever would do it, mostly: the office, the desk, who is in charge, who is called; else anybody.
static const struct principal *some_principal(struct life *life)
{
    const struct principal_table *table = &life->city.rules.principals;
    const struct casefile *file = life->at;
    uint8_t which = take_byte(&life->in);
    const char *code = !file ? "420902001001" : which < 40 ? file->office : which < 80 ? file->charge : NULL;
    if (file && which >= 80 && which < 200 && file->summons_count) {
        const struct summons *summons = &file->summons[which % file->summons_count];
        code = summons->handler && which & 64 ? summons->handler : summons->unit;
    }
    const struct principal *principal = code ? principal_find(table, code) : NULL;
    if (which >= 200 && which < 230)
        principal = principal_find(table, "centre");
    return principal ? principal : town_principal(&life->in);
}

static int pack_and_ask(struct life *life, const struct principal *principal, Whistle__V1__Request *request)
{
    Whistle__V1__Agent agent = WHISTLE__V1__AGENT__INIT;
    struct blob bytes;
    agent.name = (char *)"Zhou";
    request->agent = &agent;
    MUST(codec_pack(&life->city.arena, &request->base, &bytes) == 0);
    return ask(life, principal, bytes);
}

static void whistle(struct life *life)
{
    Whistle__V1__Whistle whistle = WHISTLE__V1__WHISTLE__INIT;
    Whistle__V1__Position position = WHISTLE__V1__POSITION__INIT;
    Whistle__V1__Personal personal = WHISTLE__V1__PERSONAL__INIT;
    Whistle__V1__Submit submit = WHISTLE__V1__SUBMIT__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    uint8_t parts = take_byte(&life->in);
    const struct casefile *twin = parts & 1 ? life->at : NULL; // of the same place and kind
    whistle.kind = below(life, 7);
    whistle.category = (char *)(twin ? twin->whistle->category
                                     : ONE_OF(life, "0102", "0103", "0105", "0201", "0301", "0401", "0503",
                                              "0108", "0203", "0406", "01", "9999"));
    whistle.area = (char *)(twin ? twin->whistle->area
                                 : ONE_OF(life, "420902001001", "420902001002", "420902001", "420902002001",
                                          "420902100001", "420902", "", "1"));
    whistle.nature = below(life, 8);
    whistle.severity = below(life, 6);
    whistle.title = (char *)ONE_OF(life, "", "楼道堆放杂物", "煤气味很大", "积水");
    if (parts & 2) {
        position.latitude = 30.9 + take_byte(&life->in) / 100.0;
        position.longitude = 113.9;
        position.datum = below(life, 6);
        whistle.position = &position;
    }
    if (parts & 4) {
        personal.name = (char *)"张三";
        personal.text = (char *)ONE_OF(life, "", "有人触电", "煤气泄漏", "请尽快");
        whistle.personal = &personal;
    }
    whistle.confidential = parts & 8;
    whistle.appointed_ms = parts & 16 ? some_time(life) : 0;
    whistle.reported_ms = parts & 32 ? some_time(life) : 0;
    if (parts & 64) {
        whistle.source = (char *)"12345";
        whistle.source_no = (char *)ONE_OF(life, "1", "2", "");
    }
    whistle.places = parts & 128 ? below(life, 5) : 0;
    submit.whistle = &whistle;
    request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    request.submit = &submit;
    (void)!pack_and_ask(life, some_principal(life), &request);
}

static void act(struct life *life)
{
    Whistle__V1__Act act = WHISTLE__V1__ACT__INIT;
    Whistle__V1__Request request = WHISTLE__V1__REQUEST__INIT;
    const struct casefile *other = some_case(life);
    uint8_t parts = take_byte(&life->in);
    enum verb verb = (enum verb)below(life, VERB_ERASE + 3);
    act.verb = (Whistle__V1__Verb)verb;
    act.number = (char *)(life->at ? life->at->number : "260101-0001-0");
    act.unit = (char *)(parts & 1 ? some_unit(life) : "");
    bool member = verb >= VERB_CLAIM && verb <= VERB_WITHDRAW;
    act.target = (char *)(!(parts & 2) ? "" : member ? some_member(life) : some_unit(life));
    act.reason = (char *)(parts & 4 ? some_reason(life) : "");
    act.text = (char *)(parts & 8 ? "" : "说明");
    act.person = (char *)(parts & 8 ? "" : "王工");
    act.head_count = below(life, 5);
    act.role = below(life, 4);
    act.verdict = below(life, 4);
    act.satisfied = below(life, 5);
    if (parts & 16)
        act.due_ms = some_time(life);
    if (parts & 32) {
        act.eta_ms = some_time(life);
        act.arrived_ms = some_time(life);
        act.tries = below(life, 4);
        act.means = (char *)ONE_OF(life, "", "sms", "phone");
    }
    if (parts & 64) {
        act.limit = (char *)ONE_OF(life, "1工作日", "2 working-hours", "3自然日", "天", "much", "0 minutes");
        act.stage = below(life, STAGE_COUNT + 2);
        act.seq = life->at ? life->at->id + below(life, 8) : 0;
    }
    if (parts & 128 && other)
        act.other = (char *)other->number;
    request.op_case = WHISTLE__V1__REQUEST__OP_ACT;
    request.act = &act;
    (void)!pack_and_ask(life, some_principal(life), &request);
}

// ---- time ---------------------------------------------------------------------------------------

static void tick(struct life *life, const struct casefile *file)
{
    struct city *city = &life->city;
    MUST(city_tick(city, file->id)->code == 0);
    MUST(city->decision.event_count > 0); // each tick moves the due time, or the engine would never end
    truths_of_events(city, &life->told);
    truths_of_cases(city);
}

// Mostly each due time is kept; sometimes the daemon slept, sometimes the clock is set back.
static void pass_time(struct life *life)
{
    static const int64_t spans[] = {SECOND_MS,   MINUTE_MS, 20 * MINUTE_MS, HOUR_MS,
                                    5 * HOUR_MS, DAY_MS,    4 * DAY_MS,     -HOUR_MS};
    struct city *city = &life->city;
    uint8_t how = take_byte(&life->in);
    int64_t until_ms = city->now_ms + spans[how % 8] * (1 + how / 64);
    const struct casefile *file;
    for (int i = 0; i < TICKS && (file = city_first_due(city)) && file->next_due_ms <= until_ms; i++) {
        city->now_ms = how & 8                            ? until_ms
                       : file->next_due_ms > city->now_ms ? file->next_due_ms
                                                          : city->now_ms;
        tick(life, file);
    }
    city->now_ms = until_ms;
}

// ---- a life -------------------------------------------------------------------------------------

static void step(struct life *life)
{
    uint8_t what = take_byte(&life->in);
    bool room = life->city.case_count < CASES;
    if (what & 16 || !life->at)
        life->at = some_case(life);
    else // it may have changed
        life->at = life->city.view.ops->by_id(life->city.view.ctx, life->at->id);
    switch (what % 8) {
    case 0:
        if (room)
            whistle(life);
        break;
    case 1:
        if (room) {
            const struct principal *principal = some_principal(life);
            (void)!ask(life, principal, take_run(&life->in));
        }
        break;
    case 2:
    case 3:
        pass_time(life);
        break;
    default:
        act(life);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct life life;
    setenv("CMOCKA_TEST_ABORT", "1", 1); // an assertion that fails says so, and where
    life.told.count = 0;
    life.at = NULL;
    life.in = (struct input){bytes, length};
    int64_t minutes = (int64_t)take_number(&life.in, 3) % (360 * 24 * 60);
    city_open_by(&life.city, rulebook_rules(town_book()), first_ms + minutes * MINUTE_MS);
    for (int i = 0; i < STEPS && life.in.left; i++)
        step(&life);
    truths_told_again(&life.city, &life.told);
    city_close(&life.city);
    return 0;
}
