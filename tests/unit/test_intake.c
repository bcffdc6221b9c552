// layer: service
// From a request to work: what is personal is set apart, and a retry has the hash of the first try.
#include "service/intake.h"

#include "base/error.h"
#include "codec/codec.h"
#include "journal.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct rulebook *book;

static int load(void **state)
{
    struct rulebook_report report;
    (void)state;
    rulebook_report_init(&report);
    int rc = rulebook_load("config/city", &book, &report);
    rulebook_report_fini(&report);
    return rc;
}

static int unload(void **state)
{
    (void)state;
    rulebook_unref(book);
    return 0;
}

struct asked {
    Whistle__V1__Request request;
    Whistle__V1__Agent agent;
    Whistle__V1__Submit submit;
    Whistle__V1__Whistle whistle;
    Whistle__V1__Personal personal;
    Whistle__V1__Position position;
    Whistle__V1__Act act;
    const struct principal *principal;
};

static void ask(struct asked *a)
{
    whistle__v1__request__init(&a->request);
    whistle__v1__agent__init(&a->agent);
    whistle__v1__submit__init(&a->submit);
    whistle__v1__whistle__init(&a->whistle);
    whistle__v1__personal__init(&a->personal);
    whistle__v1__position__init(&a->position);
    whistle__v1__act__init(&a->act);
    a->principal = principal_find(&rulebook_rules(book)->principals, "420902001001");
    a->request.agent = &a->agent;
    a->agent.name = "周敏";
    a->request.op_case = WHISTLE__V1__REQUEST__OP_SUBMIT;
    a->request.submit = &a->submit;
    a->submit.whistle = &a->whistle;
    a->whistle.category = "0102";
    a->whistle.area = "420902001001";
    a->whistle.title = "垃圾";
    a->personal.name = "张三";
    a->personal.text = "楼下有煤气味";
}

static struct work *take(struct asked *a, int expected)
{
    static const uint8_t random[16] = {7};
    struct work *work = work_create(WORK_COMMAND, 1 << 20);
    assert_int_equal(intake_work(work, &a->request, a->principal, book, random), expected);
    return work;
}

static void what_is_personal_is_set_apart(void **state)
{
    struct asked a;
    (void)state;
    ask(&a);
    a.whistle.personal = &a.personal;
    struct work *work = take(&a, 0);
    assert_int_equal(work->command.personal, PERSONAL_CONTACT | PERSONAL_TEXT);
    const Whistle__Journal__V1__Private *private =
        (const void *)codec_unpack(&work->arena, &whistle__journal__v1__private__descriptor,
                                   work->private_part.bytes, work->private_part.length);
    assert_non_null(private);
    assert_string_equal(private->personal->name, "张三");
    assert_int_equal(private->salt.len, 16);
    assert_int_equal(private->salt.data[0], 7);
    assert_true(work->command.flag_count > 0); // the word for gas
    assert_string_equal(work->principal, "420902001001");
    work_destroy(work);
    a.whistle.personal = NULL;
    work = take(&a, 0);
    assert_int_equal(work->private_part.length, 0);
    assert_int_equal(work->command.personal, 0);
    work_destroy(work);
}

// Found: it lay in the public part, which nothing erases, and its hash would have confirmed any guess.
static void what_tells_of_the_place_is_set_apart(void **state)
{
    struct asked a;
    (void)state;
    ask(&a);
    a.whistle.on_behalf_of = "其女";
    a.whistle.position = &a.position;
    a.position.latitude = 30.9;
    a.position.longitude = 113.9;
    struct work *work = take(&a, 0);
    assert_int_equal(work->command.personal, PERSONAL_PLACE);
    const Whistle__Journal__V1__Private *private =
        (const void *)codec_unpack(&work->arena, &whistle__journal__v1__private__descriptor,
                                   work->private_part.bytes, work->private_part.length);
    assert_non_null(private);
    assert_string_equal(private->place->on_behalf_of, "其女");
    assert_true(private->place->position->latitude == work->command.whistle->position->latitude);
    assert_string_equal(private->place->title, "");
    work_destroy(work);
}

static void a_retry_has_the_same_hash_and_another_operation_has_not(void **state)
{
    struct asked a;
    uint8_t first[WORK_HASH];
    (void)state;
    ask(&a);
    struct work *work = take(&a, 0);
    memcpy(first, work->operation_hash, sizeof first);
    work_destroy(work);
    a.request.sent_ms = 77;
    work = take(&a, 0);
    assert_memory_equal(first, work->operation_hash, sizeof first);
    assert_int_equal(work->sent_ms, 77);
    work_destroy(work);
    a.whistle.severity = 2;
    work = take(&a, 0);
    assert_memory_not_equal(first, work->operation_hash, sizeof first);
    work_destroy(work);
}

static void hash_of(struct asked *a, const char *phone, uint8_t out[WORK_HASH])
{
    a->whistle.personal = &a->personal;
    a->personal.phone = (char *)phone;
    struct work *work = take(a, 0);
    memcpy(out, work->operation_hash, WORK_HASH);
    work_destroy(work);
}

// Found: the hash stays in the public part, and whoever had all but the phone could find that by trying; of
// few candidates also by the one byte that was left of it later.
static void what_stays_of_an_erased_phone_confirms_no_guess(void **state)
{
    enum { GUESSES = 512 };
    struct asked a;
    uint8_t hash[WORK_HASH], guess[WORK_HASH];
    (void)state;
    ask(&a);
    hash_of(&a, "13800008000", hash);
    for (unsigned i = 0; i < GUESSES; i++) {
        char phone[16];
        snprintf(phone, sizeof phone, "1380000%04u", i);
        hash_of(&a, phone, guess);
        assert_memory_equal(hash, guess, sizeof hash);
    }
}

static void a_position_gives_no_area_where_there_is_no_earth(void **state)
{
    static const double odd[] = {0.0 / 1, 1e308, -1e308, 91, -181, __builtin_nan(""), __builtin_inf()};
    struct asked a;
    (void)state;
    ask(&a);
    a.whistle.position = &a.position;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (int datum = 0; datum < 7; datum++) {
            a.position = (Whistle__V1__Position)WHISTLE__V1__POSITION__INIT;
            a.position.latitude = odd[i];
            a.position.longitude = odd[sizeof odd / sizeof odd[0] - 1 - i];
            a.position.datum = (Whistle__V1__Datum)datum;
            struct work *work = take(&a, 0);
            assert_int_equal(work->command.located, AREA_NONE);
            work_destroy(work);
        }
}

static void a_request_without_its_operation_is_malformed(void **state)
{
    struct asked a;
    (void)state;
    ask(&a);
    a.submit.whistle = NULL;
    work_destroy(take(&a, ERROR_MALFORMED));
    a.request.op_case = WHISTLE__V1__REQUEST__OP__NOT_SET;
    work_destroy(take(&a, ERROR_MALFORMED));
}

static void a_person_of_an_act_is_personal(void **state)
{
    struct asked a;
    (void)state;
    ask(&a);
    a.request.op_case = WHISTLE__V1__REQUEST__OP_ACT;
    a.request.act = &a.act;
    a.act.verb = WHISTLE__V1__VERB__VERB_ACCEPT;
    struct work *work = take(&a, 0);
    assert_int_equal(work->command.personal, 0);
    work_destroy(work);
    a.act.phone = "139";
    work = take(&a, 0);
    assert_int_equal(work->command.personal, PERSONAL_PERSON);
    assert_true(work->private_part.length > 16);
    work_destroy(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_personal_is_set_apart),
        cmocka_unit_test(what_tells_of_the_place_is_set_apart),
        cmocka_unit_test(a_retry_has_the_same_hash_and_another_operation_has_not),
        cmocka_unit_test(what_stays_of_an_erased_phone_confirms_no_guess),
        cmocka_unit_test(a_position_gives_no_area_where_there_is_no_earth),
        cmocka_unit_test(a_request_without_its_operation_is_malformed),
        cmocka_unit_test(a_person_of_an_act_is_personal),
    };
    return cmocka_run_group_tests_name("intake", tests, load, unload);
}
