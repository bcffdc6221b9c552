// layer: core, with: city.c
// Permissions: how everybody stands to a case, what that allows for each verb, whose feeds may be read.
#include "city.h"

#include "core/permit.h"

static const char office[] = "420902001001", street[] = "420902001";

static const struct principal *who(const struct city *city, const char *code)
{
    const struct principal *principal = principal_find(&city->rules.principals, code);
    assert_non_null(principal);
    return principal;
}

static uint32_t relation(struct city *city, const char *code)
{
    uint32_t area = area_find(&city->rules.areas, "420902001001");
    return permit_relation(&city->rules, who(city, code), city_case(city), area);
}

static void everybody_stands_to_a_case_as_roles_area_and_summonses_say(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint32_t relation;
    } table[] = {
        {"420902001001", RELATION_OFFICE | RELATION_CHARGE | RELATION_ABOVE},
        {"420902001", RELATION_ABOVE},
        {"420902002", RELATION_NONE},
        {"420902001002", RELATION_NONE},
        {"centre", RELATION_ABOVE | RELATION_SUPERVISOR},
        {"supervise", RELATION_SUPERVISOR},
        {"cg", RELATION_LEAD},
        {"zd1", RELATION_ASSIST},
        {"jj", RELATION_NONE},
        {"observer", RELATION_OBSERVER},
        {"import", RELATION_OBSERVER},
        {"gov", RELATION_OBSERVER},
    };
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(relation(&city, table[i].code), table[i].relation);
    done(city_act(&city, office, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    assert_int_equal(relation(&city, street), RELATION_CHARGE | RELATION_ABOVE);
    assert_int_equal(relation(&city, office), RELATION_OFFICE | RELATION_ABOVE);
    city_close(&city);
}

static void who_only_observes_does_not_act_for_the_unit_it_names(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){0}));
    struct principal screen = *who(&city, "cg");
    screen.duties = 1u << DUTY_OBSERVER;
    uint32_t area = area_find(&city.rules.areas, "420902001001");
    assert_int_equal(permit_relation(&city.rules, &screen, city_case(&city), area), RELATION_OBSERVER);
    assert_false(permit_feed(&city.rules, &screen, "cg"));
    city_close(&city);
}

// ---- the table, against the one of config/README.md ---------------------------------------------

enum { RELATIONS = 10 };

static const char letters[RELATIONS + 1] = "OCLABSWKJM"; // in the order of the bits

// By operation, role and relation; as the document says.
typedef bool matrix[OPERATION_COUNT][PERMIT_ROLES][RELATIONS];

static unsigned operation_of(const char *line)
{
    char name[32];
    if (sscanf(line, "| `%31[^`]`", name) != 1)
        return 0;
    for (unsigned operation = 1; operation < OPERATION_COUNT; operation++)
        if (strcmp(permit_name(operation), name) == 0)
            return operation;
    return 0;
}

// A cell has letters with blanks between, or a dash.
static void read_cells(char *line, bool cells[PERMIT_ROLES][RELATIONS])
{
    char *rest = NULL;
    strtok_r(line, "|", &rest); // the operation
    for (unsigned role = 0; role < PERMIT_ROLES; role++) {
        const char *cell = strtok_r(NULL, "|", &rest);
        assert_non_null(cell);
        for (unsigned r = 0; r < RELATIONS; r++)
            cells[role][r] = strchr(cell, letters[r]) != NULL;
        for (const char *c = cell; *c; c++)
            assert_true(strchr(" \xe2\x80\x93", *c) || strchr(letters, *c)); // nothing else stands there
    }
}

static void read_document(matrix out)
{
    char line[1024];
    unsigned read = 0;
    bool inside = false;
    FILE *file = fopen(PERMIT_DOCUMENT, "r");
    assert_non_null(file);
    memset(out, 0, sizeof(matrix));
    while (fgets(line, sizeof line, file)) {
        inside = inside ||
                 strstr(line, "| operation | office | unit | supervisor | observer | operator | import |");
        unsigned operation = inside ? operation_of(line) : 0;
        if (inside && line[0] != '|')
            break;
        if (operation)
            read_cells(line, out[operation]);
        read += operation != 0;
    }
    fclose(file);
    assert_int_equal(read, OPERATION_COUNT - 1); // none is forgotten, and none told twice
}

// How many cells of a table are not as the document says; permit() itself is asked where it is the core's
// own.
static unsigned differences(const uint16_t *table, bool said[OPERATION_COUNT][PERMIT_ROLES][RELATIONS])
{
    unsigned count = 0;
    for (unsigned operation = 0; operation < OPERATION_COUNT; operation++)
        for (unsigned role = 0; role < PERMIT_ROLES; role++)
            for (unsigned r = 0; r < RELATIONS; r++) {
                bool may = table[operation * PERMIT_ROLES + role] >> r & 1;
                if (table == permit_table[0])
                    assert_int_equal(permit(operation, 1u << role, 1u << r), may);
                count += may != said[operation][role][r];
            }
    return count;
}

static void each_cell_is_as_the_document_says(void **state)
{
    (void)state;
    static matrix said;
    read_document(said);
    assert_int_equal(RELATION_END, 1 << RELATIONS);
    assert_int_equal(differences(permit_table[0], said), 0);
    for (unsigned operation = 0; operation < OPERATION_COUNT; operation++)
        for (unsigned role = 0; role < PERMIT_ROLES; role++)
            assert_int_equal(permit_table[operation][role] >> RELATIONS, 0);
    assert_false(permit(0, UINT32_MAX, UINT32_MAX));
    assert_false(permit(OPERATION_COUNT, UINT32_MAX, UINT32_MAX));
    assert_false(permit(VERB_COMMENT, 0, UINT32_MAX) || permit(VERB_COMMENT, UINT32_MAX, 0));
}

static void a_change_of_any_cell_is_seen(void **state)
{
    (void)state;
    static matrix said;
    static uint16_t changed[OPERATION_COUNT][PERMIT_ROLES];
    read_document(said);
    for (unsigned operation = 0; operation < OPERATION_COUNT; operation++)
        for (unsigned role = 0; role < PERMIT_ROLES; role++)
            for (unsigned r = 0; r < RELATIONS; r++) {
                memcpy(changed, permit_table, sizeof changed);
                changed[operation][role] ^= (uint16_t)(1u << r);
                assert_int_equal(differences(changed[0], said), 1);
            }
}

// What the table is for, in words.
static void departments_never_judge_the_office(void **state)
{
    (void)state;
    uint32_t unit = 1u << DUTY_UNIT, any = RELATION_END - 1;
    static const enum verb judging[] = {VERB_EVALUATE, VERB_CALL_BACK, VERB_CLOSE,    VERB_REOPEN,
                                        VERB_CANCEL,   VERB_SUPERVISE, VERB_REASSIGN, VERB_CHANGE_LIMIT};
    for (size_t i = 0; i < sizeof judging / sizeof judging[0]; i++)
        assert_false(permit(judging[i], unit, any));
    for (unsigned role = DUTY_OBSERVER; role <= DUTY_IMPORT; role++)
        for (unsigned operation = OPERATION_CONTACT; operation <= OPERATION_MEMBERS; operation++)
            assert_false(permit(operation, 1u << role, any)); // who only looks on sees nothing personal
}

static void a_feed_is_its_own_unit_s_its_contacts_and_a_leader_s(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    const struct principal *cg = who(&city, "cg");
    assert_true(permit_feed(&city.rules, cg, "cg") && permit_feed(&city.rules, cg, "cg/A"));
    assert_false(permit_feed(&city.rules, cg, "cg2") || permit_feed(&city.rules, cg, "c") ||
                 permit_feed(&city.rules, cg, "jj") || permit_feed(&city.rules, cg, "") ||
                 permit_feed(&city.rules, cg, NULL) || permit_feed(&city.rules, cg, "leader/QW01"));
    struct principal leader = {.code = "QW01", .unit = UNIT_NONE, .duties = 1u << DUTY_OBSERVER};
    assert_true(permit_feed(&city.rules, &leader, "leader/QW01"));
    assert_false(permit_feed(&city.rules, &leader, "leader/QW02") || permit_feed(&city.rules, &leader, "cg"));
    assert_false(permit_feed(&city.rules, who(&city, "observer"), "cg"));
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_stands_to_a_case_as_roles_area_and_summonses_say),
        cmocka_unit_test(who_only_observes_does_not_act_for_the_unit_it_names),
        cmocka_unit_test(each_cell_is_as_the_document_says),
        cmocka_unit_test(a_change_of_any_cell_is_seen),
        cmocka_unit_test(departments_never_judge_the_office),
        cmocka_unit_test(a_feed_is_its_own_unit_s_its_contacts_and_a_leader_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
