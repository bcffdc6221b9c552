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

enum {
    O = RELATION_OFFICE,
    C = RELATION_CHARGE,
    L = RELATION_LEAD,
    A = RELATION_ASSIST,
    B = RELATION_ABOVE,
    S = RELATION_SUPERVISOR
};

static void each_verb_is_for_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        enum verb verb;
        uint32_t may;
    } table[] = {
        {VERB_ACCEPT, L | A},
        {VERB_REPORT, L | A},
        {VERB_DECLINE, L | A},
        {VERB_RESOLVE, L | A},
        {VERB_ANSWER, L | A},
        {VERB_COMMENT, O | C | L | A | B | S},
        {VERB_DELIVERED, O | C | L | A | B | S},
        {VERB_UNDELIVERED, O | C | L | A | B | S},
        {VERB_URGE, O | C | B | S},
        {VERB_SUPERVISE, S},
        {VERB_REASSIGN, S},
        {VERB_HAND_UP, C},
        {VERB_ADD_UNIT, O | C | S},
        {VERB_SETTLE, O},
        {VERB_EVALUATE, O},
        {VERB_CANCEL, O | S},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (uint32_t bit = 1; bit <= RELATION_OBSERVER; bit <<= 1)
            assert_int_equal(permit_verb(table[i].verb, bit), (table[i].may & bit) != 0);
    assert_int_equal(sizeof table / sizeof table[0], VERB_UNDELIVERED); // none is forgotten
    assert_false(permit_verb(0, UINT32_MAX));
    assert_false(permit_verb((enum verb)99, UINT32_MAX));
}

static void the_contact_is_for_those_who_handle_the_case(void **state)
{
    (void)state;
    assert_true(permit_contact(O, true) && permit_contact(C, true) && permit_contact(S, true));
    assert_true(permit_contact(L, false) && permit_contact(A, false));
    assert_false(permit_contact(L, true) || permit_contact(A, true));
    assert_false(permit_contact(B, false) || permit_contact(RELATION_OBSERVER, false) ||
                 permit_contact(RELATION_NONE, false));
    assert_true(permit_why_personal(WHY_LEAD) && permit_why_personal(WHY_ASSIST) &&
                permit_why_personal(WHY_OFFICE) && permit_why_personal(WHY_SUPERVISOR));
    assert_false(permit_why_personal(WHY_TOLD) || permit_why_personal(0));
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
        cmocka_unit_test(each_verb_is_for_those_of_the_table),
        cmocka_unit_test(the_contact_is_for_those_who_handle_the_case),
        cmocka_unit_test(a_feed_is_its_own_unit_s_its_contacts_and_a_leader_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
