#include "city.h"

#include "base/text.h"

// ---- places and people --------------------------------------------------------------------------

enum { CITY, DISTRICT, STREET1, STREET2, C11, C12, C21, C22, AREAS };

static const struct {
    const char *code, *level;
    uint32_t parent;
    const char *office, *leader;
} places[AREAS] = {
    [CITY] = {"420900", "city", AREA_NONE, NULL, NULL},
    [DISTRICT] = {"420902", "district", CITY, "centre", "leader/QW01"},
    [STREET1] = {"420902001", "street", DISTRICT, "420902001", "leader/QW02"},
    [STREET2] = {"420902002", "street", DISTRICT, "420902002", NULL},
    [C11] = {"420902001001", "community", STREET1, "420902001001", NULL},
    [C12] = {"420902001002", "community", STREET1, "420902001002", NULL},
    [C21] = {"420902002001", "community", STREET2, "420902002001", NULL},
    [C22] = {"420902002002", "community", STREET2, NULL, NULL},
};

static const struct {
    const char *code;
    enum unit_type type;
    uint32_t area;
    const char *superior, *role;
    uint32_t contacts;
    uint32_t duties;
} offices[] = {
    {"gov", UNIT_CENTRE, DISTRICT, NULL, NULL, 2, 1u << DUTY_OBSERVER},
    {"centre", UNIT_CENTRE, DISTRICT, "gov", "desk", 2,
     1u << DUTY_OFFICE | 1u << DUTY_UNIT | 1u << DUTY_SUPERVISOR},
    {"supervise", UNIT_DEPARTMENT, DISTRICT, "gov", "supervisor", 2, 1u << DUTY_UNIT | 1u << DUTY_SUPERVISOR},
    {"420902001", UNIT_STREET, STREET1, NULL, "street", 2, 1u << DUTY_OFFICE},
    {"420902002", UNIT_STREET, STREET2, NULL, "street", 2, 1u << DUTY_OFFICE},
    {"420902001001", UNIT_COMMUNITY, C11, "420902001", "community", 1, 1u << DUTY_OFFICE},
    {"420902001002", UNIT_COMMUNITY, C12, "420902001", "community", 1, 1u << DUTY_OFFICE},
    {"420902002001", UNIT_COMMUNITY, C21, "420902002", "community", 1, 1u << DUTY_OFFICE},
    {"cg", UNIT_DEPARTMENT, DISTRICT, "gov", "law", 2, 1u << DUTY_UNIT},
    {"scj", UNIT_DEPARTMENT, DISTRICT, "gov", "market", 2, 1u << DUTY_UNIT},
    {"jj", UNIT_DEPARTMENT, DISTRICT, "gov", "traffic", 2, 1u << DUTY_UNIT},
    {"yj", UNIT_DEPARTMENT, DISTRICT, "gov", "rescue", 2, 1u << DUTY_UNIT},
    {"xf", UNIT_TEAM, DISTRICT, "yj", "fire", 2, 1u << DUTY_UNIT},
    {"water", UNIT_ENTERPRISE, DISTRICT, "cg", "water", 1, 1u << DUTY_UNIT},
    {"zd1", UNIT_BRANCH, STREET1, "cg", "squad", 2, 1u << DUTY_UNIT},
    {"river", UNIT_TEAM, STREET2, "cg", "rivers", 0, 1u << DUTY_UNIT},
    {"joint1", UNIT_TEAM, STREET1, "420902001", "standing", 1, 1u << DUTY_UNIT},
    {"zd2", UNIT_BRANCH, STREET1, "jj", "post", 1, 1u << DUTY_UNIT},
    {"zd3", UNIT_BRANCH, STREET1, "scj", "stall", 0, 1u << DUTY_UNIT},
    {"school", UNIT_RESIDENT, C11, NULL, "school", 0, 1u << DUTY_UNIT},
};

enum { UNITS = sizeof offices / sizeof offices[0], PRINCIPALS = UNITS + 2 };

static const char *const contact_codes[] = {"A", "B"};

static void map(struct strmap *codes, const char *code, uint32_t index)
{
    assert_int_equal(strmap_add(codes, code, index), 0);
}

static void make_contacts(struct city *city, struct unit *unit, uint32_t count)
{
    unit->contacts = arena_array(&city->arena, count + 1, sizeof *unit->contacts);
    unit->contact_count = count;
    for (uint32_t i = 0; i < count; i++)
        unit->contacts[i] = (struct contact){
            .code = contact_codes[i],
            .name = arena_printf(&city->arena, "%s of %s", contact_codes[i], unit->code),
            .phone = "1",
            .recipient = arena_printf(&city->arena, "%s/%s", unit->code, contact_codes[i]),
        };
}

static void make_units(struct city *city)
{
    struct unit_table *table = &city->rules.units;
    table->units = arena_array(&city->arena, UNITS, sizeof *table->units);
    table->count = UNITS;
    for (uint32_t i = 0; i < UNITS; i++) {
        table->units[i] = (struct unit){.code = offices[i].code,
                                        .name = offices[i].code,
                                        .type = offices[i].type,
                                        .area = offices[i].area,
                                        .superior = UNIT_NONE,
                                        .host = UNIT_NONE};
        table->units[i].roles = arena_memdup(&city->arena, &offices[i].role, sizeof offices[i].role);
        table->units[i].role_count = offices[i].role != NULL;
        make_contacts(city, &table->units[i], offices[i].contacts);
        map(&table->by_code, offices[i].code, i);
    }
    for (uint32_t i = 0; i < UNITS; i++) {
        table->units[i].superior = unit_find(table, offices[i].superior);
        table->units[i].host = UNIT_NONE;
    }
    table->units[unit_find(table, "zd2")].host = unit_find(table, "joint1");
    table->units[unit_find(table, "zd3")].host = unit_find(table, "joint1");
}

// Of the pool "vanguard": two of the school and one of zd1 in the first community, one of zd1 in the second
// of that street, one of river in the other street.
static void make_members(struct city *city)
{
    static const struct {
        const char *code, *unit;
        uint32_t area;
        const char *skill;
    } people[] = {
        {"m1", "school", C11, NULL}, {"m2", "school", C11, "electric"}, {"m3", "zd1", C11, NULL},
        {"m4", "zd1", C12, NULL},    {"m5", "river", C21, "electric"},
    };
    enum { MEMBERS = sizeof people / sizeof people[0] };
    static const char *pools[] = {"vanguard"};
    struct member_table *table = &city->rules.members;
    table->members = arena_array(&city->arena, MEMBERS, sizeof *table->members);
    table->count = MEMBERS;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        table->members[i] = (struct member){
            .code = people[i].code,
            .recipient = arena_printf(&city->arena, "member/%s", people[i].code),
            .unit = unit_find(&city->rules.units, people[i].unit),
            .area = people[i].area,
            .pools = pools,
            .pool_count = 1,
            .skills = arena_memdup(&city->arena, &people[i].skill, sizeof people[i].skill),
            .skill_count = people[i].skill != NULL,
        };
        map(&table->by_code, people[i].code, i);
    }
}

static void make_areas(struct city *city)
{
    struct area_tree *tree = &city->rules.areas;
    tree->areas = arena_array(&city->arena, AREAS, sizeof *tree->areas);
    tree->count = AREAS;
    for (uint32_t i = 0; i < AREAS; i++) {
        tree->areas[i] = (struct area){.code = places[i].code,
                                       .name = places[i].code,
                                       .level = places[i].level,
                                       .parent = places[i].parent,
                                       .office = unit_find(&city->rules.units, places[i].office)};
        tree->areas[i].leaders = arena_memdup(&city->arena, &places[i].leader, sizeof places[i].leader);
        tree->areas[i].leader_count = places[i].leader != NULL;
        map(&tree->by_code, places[i].code, i);
    }
}

// Offices and supervisors see their own area; departments act on what they are called to.
static void make_principals(struct city *city)
{
    struct principal_table *table = &city->rules.principals;
    table->principals = arena_array(&city->arena, PRINCIPALS, sizeof *table->principals);
    table->count = PRINCIPALS;
    for (uint32_t i = 0; i < UNITS; i++)
        table->principals[i] = (struct principal){
            .code = offices[i].code, .duties = offices[i].duties, .area = offices[i].area, .unit = i};
    table->principals[UNITS] = (struct principal){
        .code = "observer", .duties = 1u << DUTY_OBSERVER, .area = DISTRICT, .unit = UNIT_NONE};
    table->principals[UNITS + 1] = (struct principal){
        .code = "import", .duties = 1u << DUTY_IMPORT, .area = DISTRICT, .unit = UNIT_NONE};
    for (uint32_t i = 0; i < PRINCIPALS; i++)
        map(&table->by_code, table->principals[i].code, i);
}

// scj's A is away on the 12th and 13th; of xf B is on duty on the 16th.
static void make_roster(struct city *city)
{
    struct unit *scj = &city->rules.units.units[unit_find(&city->rules.units, "scj")];
    struct unit *xf = &city->rules.units.units[unit_find(&city->rules.units, "xf")];
    scj->roster = arena_array(&city->arena, 1, sizeof *scj->roster);
    scj->roster[0] = (struct duty_line){"A", at("2026-02-12 08:00"), at("2026-02-14 00:00"), true};
    scj->roster_count = 1;
    xf->roster = arena_array(&city->arena, 1, sizeof *xf->roster);
    xf->roster[0] = (struct duty_line){"B", at("2026-02-16 00:00"), at("2026-02-17 00:00"), false};
    xf->roster_count = 1;
}

// ---- rules --------------------------------------------------------------------------------------

static struct limit hours(int64_t count)
{
    return limit_of(MEASURE_WORKING_HOURS, count);
}

static struct limit days(int64_t count)
{
    return limit_of(MEASURE_WORKING_DAYS, count);
}

static void make_categories(struct city *city)
{
    static struct condition garbage[] = {
        {.code = "1", .text = "fresh", .limits = {.of[STAGE_RESOLVE] = {MEASURE_WORKING_DAYS, LIMIT_UNIT}}},
        {.code = "2", .text = "old", .limits = {.of[STAGE_RESOLVE] = {MEASURE_WORKING_DAYS, 5 * LIMIT_UNIT}}},
    };
    static const struct category table[] = {
        {.code = "01", .name = "streets", .parent = CATEGORY_NONE},
        {.code = "0102",
         .name = "garbage",
         .parent = 0,
         .conditions = garbage,
         .condition_count = 2,
         .leaf = true,
         .similar_m = 50,
         .similar_ms = 24 * HOUR_MS},
        {.code = "0105", .name = "gas", .parent = 0, .leaf = true},
        {.code = "0201", .name = "river", .parent = CATEGORY_NONE, .leaf = true, .standard = "CJ/T 214"},
        {.code = "0301", .name = "small matter", .parent = CATEGORY_NONE, .leaf = true},
        {.code = "0999", .name = "nobody's", .parent = CATEGORY_NONE, .leaf = true},
    };
    struct category_table *categories = &city->rules.categories;
    categories->count = sizeof table / sizeof table[0];
    categories->categories = arena_memdup(&city->arena, table, sizeof table);
    for (uint32_t i = 0; i < categories->count; i++)
        map(&categories->by_code, table[i].code, i);
    city->rules.category_standard = "GB/T 30428.2-2013";
}

static const struct address to_unit[] = {{ADDRESS_UNIT, 0, NULL}, {ADDRESS_CONTACT, 1, NULL}};
static const struct address to_b[] = {{ADDRESS_CONTACT, 2, NULL}};
static const struct address to_above[] = {{ADDRESS_BLOCK, 1, NULL}, {ADDRESS_LINE, 1, NULL}};
static const struct address to_block[] = {{ADDRESS_BLOCK, 1, NULL}};
static const struct address to_supervisor[] = {{ADDRESS_ROLE, 0, "supervisor"}, {ADDRESS_LEADER, 0, NULL}};
static const struct address to_desk[] = {{ADDRESS_DESK, 0, NULL}};
static const struct address to_fire[] = {{ADDRESS_NAMED, 0, "xf"}};

#define TO(list)               .to = list, .to_count = sizeof(list) / sizeof(list)[0]
#define AFTER(measure_, count) .when = RUNG_AFTER_DUE, .by = {MEASURE_##measure_, (count)}

static const struct rung standard[] = {
    {.id = 1, .when = RUNG_SHARE, .share = 800, .acts = ACT_TELL, TO(to_unit)},
    {.id = 2, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL | ACT_CALL, .urgent = true, TO(to_b)},
    {.id = 3, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL, TO(to_above)},
    {.id = 4,
     AFTER(WORKING_HOURS, 4 * LIMIT_UNIT),
     .acts = ACT_HAND_UP,
     .in_hours = true,
     TO(to_block),
     .limit = {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT},
     .ladder = "charge"},
    {.id = 5,
     AFTER(WORKING_HOURS, 8 * LIMIT_UNIT),
     .acts = ACT_SUPERVISE,
     .in_hours = true,
     TO(to_supervisor),
     .limit = {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT},
     .ladder = "answer"},
};
static const struct rung joint[] = {
    {.id = 2, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL | ACT_CALL, .urgent = true, TO(to_b)},
    {.id = 3, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL, TO(to_above)},
    {.id = 4,
     AFTER(EMERGENCY_HOURS, LIMIT_UNIT / 2),
     .acts = ACT_SUPERVISE,
     TO(to_supervisor),
     .limit = {MEASURE_EMERGENCY_HOURS, LIMIT_UNIT / 2},
     .ladder = "answer"},
};
static const struct rung emergency[] = {
    {.id = 1, .when = RUNG_SHARE, .share = 500, .acts = ACT_TELL, .urgent = true, TO(to_unit)},
    {.id = 2, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL | ACT_CALL, .urgent = true, TO(to_b)},
    {.id = 3,
     AFTER(EMERGENCY_HOURS, LIMIT_UNIT / 6),
     .every = {MEASURE_EMERGENCY_HOURS, LIMIT_UNIT / 6},
     .cap = 3,
     .acts = ACT_TELL,
     .urgent = true,
     TO(to_above)},
    {.id = 4, AFTER(EMERGENCY_HOURS, LIMIT_UNIT / 2), .acts = ACT_CALL, .urgent = true, TO(to_fire)},
};
static const struct rung desk[] = {
    {.id = 1, .when = RUNG_SHARE, .share = 800, .acts = ACT_TELL, TO(to_desk)},
    {.id = 2, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL, TO(to_supervisor)},
};
static const struct rung answer[] = {
    {.id = 1, .when = RUNG_SHARE, .share = 1000, .acts = ACT_TELL, .urgent = true, TO(to_above)},
};
static const struct rung charge[] = {
    {.id = 1,
     .when = RUNG_SHARE,
     .share = 1000,
     .acts = ACT_HAND_UP,
     TO(to_block),
     .limit = {MEASURE_WORKING_HOURS, 4 * LIMIT_UNIT},
     .ladder = "charge"},
};

#define LADDER(name)                                                                                         \
    {                                                                                                        \
#name, name, sizeof name / sizeof name[0]                                                            \
    }

static void make_ladders(struct city *city)
{
    static struct ladder ladders[] = {LADDER(standard), LADDER(joint),  LADDER(emergency),
                                      LADDER(desk),     LADDER(answer), LADDER(charge)};
    struct rules *rules = &city->rules;
    rules->ladders = ladders;
    rules->ladder_count = sizeof ladders / sizeof ladders[0];
    for (uint32_t i = 0; i < rules->ladder_count; i++)
        assert_int_equal(ladder_check(&ladders[i], NULL), 0);
    rules->default_ladder = "standard";
    rules->emergency_ladder = "emergency";
    rules->ladder_of[STAGE_ARBITRATE] = "desk";
}

static struct rule_call *calls(struct city *city, const char *const *codes, uint32_t *count)
{
    struct rule_call *made = arena_array(&city->arena, 8, sizeof *made);
    for (*count = 0; codes[*count]; ++*count) {
        uint32_t unit = unit_find(&city->rules.units, codes[*count]);
        made[*count] = (struct rule_call){.role = *count ? ROLE_ASSIST : ROLE_LEAD,
                                          .unit = unit,
                                          .serving = unit == UNIT_NONE ? codes[*count] : NULL};
    }
    return made;
}

static void make_rules(struct city *city)
{
    static const uint32_t garbage[] = {1}, gas[] = {2}, river[] = {3}, small[] = {4};
    static const char *const joint_calls[] = {"cg", "scj", "jj", "xf", "water", NULL};
    static const char *const garbage_calls[] = {"cg", "squad", NULL}, *const gas_calls[] = {"xf", "water",
                                                                                            NULL};
    static const char *const river_calls[] = {"rivers", NULL}, *const small_calls[] = {"community", NULL};
    struct rule table[] = {
        {.id = "R1", .natures = 1u << NATURE_CONSULTATION | 1u << NATURE_THANKS, .registers = true},
        {.id = "R2",
         .kinds = 1u << KIND_JOINT,
         .limits =
             {.of =
                  {[STAGE_ACCEPT] = hours(1), [STAGE_REPORT] = limit_minutes(30), [STAGE_RESOLVE] = days(2)}},
         .ladder = "joint"},
        {.id = "R3", .categories = garbage, .category_count = 1},
        {.id = "R4", .categories = gas, .category_count = 1, .limits = {.of[STAGE_RESOLVE] = hours(2)}},
        {.id = "R5", .categories = river, .category_count = 1},
        {.id = "R6", .categories = small, .category_count = 1},
        {.id = "R7", .kinds = 1u << KIND_CALLUP, .pool = "vanguard", .places = 2},
    };
    const char *const *lists[] = {NULL,        joint_calls, garbage_calls, gas_calls,
                                  river_calls, small_calls, NULL};
    struct routing *routing = &city->rules.routing;
    routing->count = sizeof table / sizeof table[0];
    routing->rules = arena_memdup(&city->arena, table, sizeof table);
    for (uint32_t i = 0; i < routing->count; i++) {
        routing->rules[i].file = "rules.yaml";
        routing->rules[i].line = i + 1;
        if (lists[i])
            routing->rules[i].calls = calls(city, lists[i], &routing->rules[i].call_count);
    }
}

static void make_defaults(struct city *city)
{
    static struct reason decline[] = {{"D01", "not our area"}, {"D02", "not our duty"}};
    static struct reason hand_up[] = {{"H01", "beyond us"}};
    static struct reason cancel[] = {{"C01", "gone"}, {"C02", "a mistake"}};
    static struct reason resolve[] = {{"S01", "done"}, {"S02", "for the time being"}};
    struct rules *rules = &city->rules;
    rules->decline_reasons = (struct reason_list){decline, 2};
    rules->hand_up_reasons = (struct reason_list){hand_up, 1};
    rules->cancel_reasons = (struct reason_list){cancel, 2};
    rules->resolve_reasons = (struct reason_list){resolve, 2};
    rules->default_owner = UNIT_NONE;
    rules->desk = unit_find(&rules->units, "centre");
    rules->limits = (struct stage_limits){.of = {[STAGE_ACCEPT] = hours(1),
                                                 [STAGE_REPORT] = hours(4),
                                                 [STAGE_RESOLVE] = days(5),
                                                 [STAGE_ARBITRATE] = hours(2),
                                                 [STAGE_FILL] = hours(2)}};
    rules->return_limit = hours(4);
    rules->supervise_limit = hours(4);
    rules->max_declines = 2;
    rules->calendars = arena_array(&city->arena, 1, sizeof *rules->calendars);
    rules->calendars[0] = city_calendar(MODE_HOURS);
    rules->calendar_count = 1;
    assert_int_equal(calendar_check(&rules->calendars[0]), 0);
}

// ---- the view -----------------------------------------------------------------------------------

static struct casefile *by_number(void *ctx, const char *number)
{
    struct city *city = ctx;
    for (size_t i = 0; i < city->case_count; i++)
        if (text_same(city->cases[i]->number, number))
            return city->cases[i];
    return NULL;
}

static struct casefile *by_id(void *ctx, uint64_t id)
{
    struct city *city = ctx;
    for (size_t i = 0; i < city->case_count; i++)
        if (city->cases[i]->id == id)
            return city->cases[i];
    return NULL;
}

static const char *by_source(void *ctx, const char *source, const char *source_no)
{
    struct city *city = ctx;
    for (size_t i = 0; i < city->case_count; i++)
        if (text_same(city->cases[i]->whistle->source, source) &&
            text_same(city->cases[i]->whistle->source_no, source_no))
            return city->cases[i]->number;
    return NULL;
}

static uint32_t day_count(void *ctx, int32_t day)
{
    struct city *city = ctx;
    uint32_t count = 0;
    for (size_t i = 0; i < city->case_count; i++)
        count += calendar_day_number(&city->rules.calendars[0], city->cases[i]->filed_ms) == day;
    return count;
}

static uint64_t next_seq(void *ctx)
{
    return ((struct city *)ctx)->next_seq;
}

static struct candidate candidate_of(const struct casefile *file)
{
    const struct position *position = file->whistle->position;
    bool given_up = file->state == CASE_CANCELLED || file->state == CASE_REJECTED;
    bool repeated = text_same(file->whistle->source, SOURCE_REPEATED);
    struct candidate candidate = {
        .id = file->id,
        .number = file->number,
        .title = file->whistle->title ? file->whistle->title : "",
        .filed_ms = file->filed_ms,
        .open = case_is_open(file->state),
        .raised = repeated && !given_up,
        .counts = !repeated && !given_up && file->state != CASE_REGISTERED && file->state != CASE_MERGED &&
                  file->state != CASE_AWAITING_APPROVAL,
        .category = file->whistle->category,
        .area = file->whistle->area,
        .placed = position != NULL,
    };
    if (position)
        candidate.position = *position;
    return candidate;
}

static bool is_near(const struct near_query *query, const struct casefile *file)
{
    const struct position *there = file->whistle->position;
    if (query->position && there)
        return position_distance_m(query->position, there) <= query->metres;
    return text_same(query->area, file->whistle->area);
}

static size_t near(void *ctx, const struct near_query *query, struct candidate *out, size_t max)
{
    struct city *city = ctx;
    size_t count = 0;
    for (size_t i = city->case_count; i-- > 0 && count < max;)
        if (!city->cases[i]->history && city->cases[i]->filed_ms >= query->since_ms &&
            text_same(city->cases[i]->category_class, query->category_class) &&
            is_near(query, city->cases[i]))
            out[count++] = candidate_of(city->cases[i]);
    return count;
}

static size_t precedents(void *ctx, const char *category, const char *area, struct precedent *out, size_t max)
{
    struct city *city = ctx;
    size_t count = 0;
    for (size_t i = city->precedent_count; i-- > 0 && count < max;)
        if (text_same(city->precedents[i].category, category) &&
            area_path_within(area, city->precedents[i].area))
            out[count++] = city->precedents[i];
    return count;
}

static struct city_notices *notices_of(struct city *city, const char *recipient)
{
    size_t i = 0;
    while (i < CITY_RECIPIENTS - 1 && city->notices[i].recipient &&
           !text_same(city->notices[i].recipient, recipient))
        i++;
    city->notices[i].recipient = recipient;
    return &city->notices[i];
}

static uint32_t notices(void *ctx, const char *recipient, int64_t *since_ms)
{
    const struct city_notices *found = notices_of(ctx, recipient);
    *since_ms = found->since_ms;
    return found->told;
}

// As the store counts them.
static void count_notices(struct city *city, const struct event *event)
{
    for (size_t i = 0; event->kind == EVENT_RUNG && i < event->recipient_count; i++) {
        struct city_notices *found = notices_of(city, event->recipients[i].code);
        if (event->at_ms - found->since_ms >= DIGEST_WINDOW_MS)
            *found = (struct city_notices){found->recipient, event->at_ms, 0};
        found->told += !event->recipients[i].digested;
    }
}

static struct city_told *told_of(struct city *city, uint64_t case_id, uint64_t seq, const char *recipient)
{
    for (size_t i = 0; i < city->told_count; i++)
        if (city->told[i].case_id == case_id && city->told[i].seq == seq &&
            text_same(city->told[i].recipient, recipient))
            return &city->told[i];
    return NULL;
}

static enum reach reach(void *ctx, uint64_t case_id, uint64_t seq, const char *recipient)
{
    const struct city_told *found = told_of(ctx, case_id, seq, recipient);
    return !found ? REACH_NONE : found->unreached ? REACH_FAILED : REACH_TOLD;
}

// As the store keeps feeds.
static void keep_told(struct city *city, const struct event *event)
{
    struct city_told *found = event->kind == EVENT_UNDELIVERED
                                  ? told_of(city, event->case_id, event->about_seq, event->target)
                                  : NULL;
    if (found)
        found->unreached = true;
    for (size_t i = 0; i < event->recipient_count; i++) {
        city->told =
            arena_grow(&city->arena, city->told, city->told_count, &city->told_room, sizeof *city->told);
        assert_non_null(city->told);
        if (!event->recipients[i].digested)
            city->told[city->told_count++] =
                (struct city_told){event->case_id, event->seq, event->recipients[i].code, false};
    }
}

static const struct view_ops ops = {
    .by_number = by_number,
    .by_id = by_id,
    .by_source = by_source,
    .day_count = day_count,
    .next_seq = next_seq,
    .notices = notices,
    .reach = reach,
    .near = near,
    .precedents = precedents,
};

void city_open(struct city *city, const char *now)
{
    *city = (struct city){.next_seq = 1, .now_ms = at(now), .view = {&ops, city}};
    arena_init(&city->arena, 0);
    strmap_init(&city->rules.areas.by_code);
    strmap_init(&city->rules.units.by_code);
    strmap_init(&city->rules.categories.by_code);
    strmap_init(&city->rules.principals.by_code);
    strmap_init(&city->rules.serving);
    strmap_init(&city->rules.members.by_code);
    make_units(city);
    make_areas(city);
    make_members(city);
    make_principals(city);
    make_roster(city);
    make_categories(city);
    make_ladders(city);
    make_rules(city);
    make_defaults(city);
    assert_int_equal(rules_finish(&city->rules, &city->arena), 0);
}

void city_open_by(struct city *city, const struct rules *rules, int64_t now_ms)
{
    *city = (struct city){
        .next_seq = 1, .now_ms = now_ms, .rules = *rules, .borrowed = true, .view = {&ops, city}};
    arena_init(&city->arena, 0);
}

void city_close(struct city *city)
{
    if (!city->borrowed)
        rules_fini(&city->rules);
    arena_fini(&city->arena);
}

// ---- what happens -------------------------------------------------------------------------------

static void keep_precedent(struct city *city, const struct casefile *file, const struct event *event)
{
    assert_true(city->precedent_count < CITY_PRECEDENTS);
    city->precedents[city->precedent_count++] = (struct precedent){.number = file->number,
                                                                   .at_ms = event->at_ms,
                                                                   .category = file->whistle->category,
                                                                   .area = file->area,
                                                                   .ruling = event->ruling,
                                                                   .to = event->target};
}

// One case, from what it was to what the events made of it.
static void take_case(struct city *city, const struct decision *decision, const struct actor *actor,
                      uint64_t id)
{
    struct casefile *before = by_id(city, id), *after;
    const struct casefile *promised = NULL;
    after = before ? case_copy(&city->arena, before) : arena_alloc(&city->arena, sizeof *after);
    for (size_t i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        if (event->case_id != id)
            continue;
        promised = decision_case(decision, event);
        assert_int_equal(case_apply(&city->arena, after, event, actor), 0);
        assert_int_equal(event->next_due_ms, after->next_due_ms);
        if (event->ruling)
            keep_precedent(city, after, event);
        const char *broken = case_check(after);
        if (broken)
            fail_msg("%s", broken);
    }
    assert_int_equal(after->last_seq, promised->last_seq);
    assert_int_equal(after->state, promised->state);
    for (size_t i = 0; i < city->case_count; i++)
        if (city->cases[i] == before)
            city->cases[i] = after;
    if (!before) {
        assert_true(city->case_count < CITY_CASES);
        city->cases[city->case_count++] = after;
    }
}

static void take(struct city *city, const struct decision *decision, const struct actor *actor)
{
    for (size_t i = 0; i < decision->event_count; i++) {
        bool first = true;
        assert_int_equal(decision->events[i].seq, city->next_seq + i);
        count_notices(city, &decision->events[i]);
        keep_told(city, &decision->events[i]);
        if (city->watch)
            city->watch(city->watcher, &decision->events[i]);
        for (size_t j = 0; j < i; j++)
            first &= decision->events[j].case_id != decision->events[i].case_id;
        if (first)
            take_case(city, decision, actor, decision->events[i].case_id);
    }
    city->next_seq += decision->event_count;
}

struct decision *city_run(struct city *city, const struct command *command)
{
    city->command = *command;
    int code = decide(&city->arena, &city->rules, &city->view, &city->command, city->now_ms, &city->decision);
    assert_int_equal(code, city->decision.code);
    assert_true(code == 0 || city->decision.event_count == 0);
    if (city->decision.event_count)
        take(city, &city->decision, &command->actor);
    return &city->decision;
}

static struct command command_of(struct city *city, enum command_kind kind, const char *principal)
{
    const struct principal *who = principal_find(&city->rules.principals, principal);
    assert_non_null(who);
    return (struct command){.kind = kind,
                            .principal = who,
                            .located = AREA_NONE,
                            .personal = city->personal,
                            .actor = {.principal = principal, .agent_name = "Zhou", .staff_no = "7"}};
}

struct decision *city_submit(struct city *city, const char *principal, struct whistle whistle)
{
    struct command command = command_of(city, COMMAND_SUBMIT, principal);
    whistle.kind = whistle.kind ? whistle.kind : KIND_ISSUE;
    whistle.category = whistle.category ? whistle.category : "0102";
    whistle.area = whistle.area ? whistle.area : "420902001001";
    command.whistle = arena_memdup(&city->arena, &whistle, sizeof whistle);
    return city_run(city, &command);
}

struct decision *city_call_up(struct city *city, struct whistle whistle)
{
    whistle.kind = KIND_CALLUP;
    whistle.category = "0999";
    return city_submit(city, "420902001001", whistle);
}

struct decision *city_act(struct city *city, const char *principal, struct act act)
{
    struct command command = command_of(city, COMMAND_ACT, principal);
    command.act = act;
    if (!act.number)
        command.act.number = city_case(city)->number;
    return city_run(city, &command);
}

struct decision *city_verb(struct city *city, const char *principal, enum verb verb)
{
    return city_act(city, principal, (struct act){.verb = verb});
}

struct decision *city_tick(struct city *city, uint64_t case_id)
{
    const struct casefile *file = by_id(city, case_id);
    struct command command = {
        .kind = COMMAND_TICK, .case_id = case_id, .due_ms = file ? file->next_due_ms : city->now_ms};
    return city_run(city, &command);
}

static struct casefile *first_due(const struct city *city)
{
    struct casefile *first = NULL;
    for (size_t i = 0; i < city->case_count; i++) {
        struct casefile *file = city->cases[i];
        if (file->next_due_ms && case_is_open(file->state) &&
            (!first || file->next_due_ms < first->next_due_ms))
            first = file;
    }
    return first;
}

size_t city_until(struct city *city, const char *time)
{
    int64_t until_ms = at(time);
    size_t rungs = 0;
    assert_true(until_ms >= city->now_ms);
    for (struct casefile *file; (file = first_due(city)) && file->next_due_ms <= until_ms;) {
        city->now_ms = file->next_due_ms > city->now_ms ? file->next_due_ms : city->now_ms;
        done(city_tick(city, file->id));
        assert_true(city->decision.event_count > 0);
        rungs += city->decision.event_count;
    }
    city->now_ms = until_ms;
    return rungs;
}

struct casefile *city_case(struct city *city)
{
    assert_true(city->case_count > 0);
    return city->cases[city->case_count - 1];
}

const struct summons *city_summons(struct city *city, const char *unit)
{
    const struct casefile *file = city_case(city);
    for (size_t i = file->summons_count; i-- > 0;)
        if (text_same(file->summons[i].unit, unit))
            return &file->summons[i];
    fail_msg("%s was not called", unit);
    return NULL;
}

const struct clock *city_clock(struct city *city, enum stage stage, const char *unit)
{
    const struct casefile *file = city_case(city);
    for (size_t i = file->clock_count; i-- > 0;)
        if (file->clocks[i].stage == stage && text_same(file->clocks[i].unit, unit))
            return &file->clocks[i];
    return NULL;
}

const struct event *city_event(struct city *city)
{
    assert_true(city->decision.event_count > 0);
    return &city->decision.events[city->decision.event_count - 1];
}

bool city_told(const struct event *event, const char *recipient, enum why why)
{
    for (size_t i = 0; i < event->recipient_count; i++)
        if (text_same(event->recipients[i].code, recipient))
            return event->recipients[i].why == why;
    return false;
}

bool city_told_any(const struct event *event, const char *recipient)
{
    for (size_t i = 0; i < event->recipient_count; i++)
        if (text_same(event->recipients[i].code, recipient))
            return true;
    return false;
}

void assert_int_equal_named(int got, int want, const char *file, int line)
{
    if (got == want)
        return;
    print_error("got %s\n", error_name(got));
    _assert_int_equal((uintmax_t)(intmax_t)got, (uintmax_t)(intmax_t)want, file, line);
}

void city_refused(const struct decision *decision, int error, const char *field, const char *file, int line)
{
    if (decision->code != error || !text_same(decision->field, field))
        print_error("got %s, field %s; not %s, field %s\n", error_name(decision->code),
                    text_or_empty(decision->field), error_name(error), text_or_empty(field));
    _assert_int_equal((uintmax_t)(intmax_t)decision->code, (uintmax_t)(intmax_t)error, file, line);
    _assert_true(text_same(decision->field, field), "field", file, line);
}

const struct casefile *city_first_due(const struct city *city)
{
    const struct casefile *first = NULL;
    for (size_t i = 0; i < city->case_count; i++) {
        const struct casefile *file = city->cases[i];
        if (file->next_due_ms && (!first || file->next_due_ms < first->next_due_ms))
            first = file;
    }
    return first;
}
