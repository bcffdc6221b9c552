// layer: engine sp, with: town.c
// What people and files write in one line: limits, periods, times, numbers, ids, addresses, clocks, zones.
// The first byte chooses which; what was read and has a form of its own is read back from it as the same.
#include "town.h"

#include "base/civil.h"
#include "base/text.h"
#include "base/ulid.h"
#include "core/ladder.h"
#include "core/number.h"
#include "core/period.h"
#include "core/rates.h"
#include "core/span.h"
#include "engine/city_clock.h"
#include "rulebook/datum.h"
#include "rulebook/moment.h"
#include "rulebook/rulings.h"
#include "rulebook/zone.h"
#include "sp/sp_address.h"
#include "store/boot.h"
#include "store/segment.h"

static const int64_t now_ms = INT64_C(1770940800000); // 2026-02-13

static const struct calendar *calendar(void)
{
    return rules_calendar(rulebook_rules(town_book()), NULL);
}

static void read_limit(const char *text)
{
    static const struct limit_words words = {MEASURE_WORKING_DAYS, MEASURE_WORKING_HOURS};
    struct limit limit, again;
    char written[LIMIT_TEXT];
    struct walk walk = {0};
    int64_t end_ms;
    if (limit_parse(text, &words, &limit))
        return;
    MUST(limit_is_valid(limit));
    MUST(limit_parse(limit_format(limit, written), NULL, &again) == 0 && limit_same(limit, again));
    MUST(limit_parse(limit_format_zh(limit, written), NULL, &again) == 0 && limit_same(limit, again));
    if (span_end(calendar(), limit, now_ms, &end_ms, &walk) == 0)
        MUST(end_ms >= now_ms);
}

static void read_period(const char *text)
{
    struct arena arena;
    struct period period, again;
    if (!period_parse(text, &period))
        return;
    arena_init(&arena, 0);
    MUST(period.first_day <= period.last_day && period.last_day - period.first_day < PERIOD_MAX_DAYS);
    MUST(period_parse(period_text(&arena, period), &again));
    MUST(again.first_day == period.first_day && again.last_day == period.last_day);
    MUST(period_from_ms(period, calendar()->zone) < period_to_ms(period, calendar()->zone));
    MUST(period_before(period).last_day == period.first_day - 1);
    arena_fini(&arena);
}

static void read_moment(const char *text)
{
    char written[MOMENT_TEXT];
    int64_t at_ms;
    if (!moment_parse(calendar()->zone, text, &at_ms))
        return;
    MUST(*moment_format(calendar()->zone, at_ms, at_ms & 1, written));
    MUST(*moment_span(at_ms, written));
}

static void read_number(const char *text)
{
    struct number number, again;
    char written[NUMBER_TEXT];
    if (number_parse(text, &number))
        return;
    MUST(number_format(number, written) == 0 && number_parse(written, &again) == 0);
    MUST(again.day == number.day && again.count == number.count);
}

static void read_ulid(const char *text)
{
    struct ulid id, again;
    char written[ULID_TEXT + 1];
    if (!ulid_parse(text, &id))
        return;
    ulid_format(&id, written);
    MUST(ulid_parse(written, &again) && memcmp(&id, &again, sizeof id) == 0);
    MUST(ulid_time_ms(&id) >= 0);
}

static void read_date(const char *text)
{
    struct civil_date date;
    if (!civil_parse(text, &date))
        return;
    struct civil_date again = civil_from_days(civil_to_days(date));
    MUST(civil_is_valid(date) && again.year == date.year && again.month == date.month &&
         again.day == date.day);
}

static void read_address(const char *text)
{
    struct sp_address address, again;
    char written[SP_ADDRESS_TEXT];
    const char *reason;
    if (sp_address_parse(text, &address, &reason))
        return;
    sp_address_format(&address, written);
    MUST(sp_address_parse(written, &again, &reason) == 0 && again.transport == address.transport);
}

static void read_rung_address(const char *text)
{
    struct arena arena;
    struct address address, again;
    arena_init(&arena, 0);
    if (address_parse(&arena, text, &address) == 0) {
        MUST(address_parse(&arena, address_format(&arena, &address), &again) == 0);
        MUST(again.kind == address.kind && again.level == address.level &&
             text_same(again.name, address.name));
    }
    arena_fini(&arena);
}

static void read_clock(const char *text)
{
    struct city_clock clock;
    if (city_clock_parse(text, now_ms, &clock))
        MUST(city_clock_wait(&clock, now_ms, city_clock_now(&clock, now_ms + DAY_MS)) >= 0);
}

static void read_small_ones(const char *text)
{
    uint8_t boot[BOOT_ID];
    struct rate_count count;
    uint64_t seq;
    (void)boot_id_parse(text, boot);
    (void)segment_name_parse(text, &seq);
    (void)count_parse(text, &count);
}

static void read_rulings(const char *text)
{
    struct arena arena;
    struct told_rulings told;
    const char *refusal;
    struct buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    if (rulings_read(text, &arena, &told, &refusal) == 0)
        rulings_propose(&told, true, &out);
    buffer_fini(&out);
    arena_fini(&arena);
}

// ---- bytes that are no text ---------------------------------------------------------------------

static void read_zone(struct blob bytes)
{
    struct arena arena;
    struct zone zone;
    const char *why;
    arena_init(&arena, 64 << 20);
    if (zone_decode(&arena, "Fuzz/Zone", bytes.bytes, bytes.length, &zone, &why) == 0)
        for (int64_t at_ms = -40 * 366 * DAY_MS; at_ms < 160 * 366 * DAY_MS; at_ms += 97 * DAY_MS)
            MUST(zone_reached(&zone, zone_local(&zone, at_ms)) <= at_ms);
    arena_fini(&arena);
}

static void read_characters(struct blob bytes)
{
    char *text = text_copy(bytes);
    if (text_is_utf8(text, strlen(text))) {
        size_t characters = text_characters(text), half = text_prefix(text, characters / 2);
        MUST(text_is_utf8(text, half) && text_prefix(text, characters) == strlen(text));
        MUST(text_columns(text) <= 2 * characters);
    }
    for (const char *at = text; *at;)
        (void)text_next(&at);
    free(text);
}

static void place(struct blob bytes)
{
    double at[2] = {0, 0};
    struct input in = {bytes.bytes, bytes.length};
    enum datum datum = (enum datum)(take_byte(&in) % 5);
    struct blob rest = take_bytes(&in, sizeof at);
    memcpy(at, rest.bytes, rest.length);
    struct position position = {at[0], at[1], datum};
    if (!position_is_on_earth(&position))
        return;
    datum_to_wgs84(datum, &at[0], &at[1]);
    MUST(position_is_on_earth(&(struct position){at[0], at[1], DATUM_WGS84}));
    (void)rulebook_place(town_book(), at[0], at[1], DATUM_WGS84);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static void (*const readers[])(const char *) = {
        read_limit,   read_period,       read_moment, read_number,     read_ulid,   read_date,
        read_address, read_rung_address, read_clock,  read_small_ones, read_rulings};
    static void (*const decoders[])(struct blob) = {read_zone, read_characters, place};
    enum { TEXTS = sizeof readers / sizeof readers[0], ALL = TEXTS + sizeof decoders / sizeof decoders[0] };
    struct input in = {bytes, length};
    size_t which = take_byte(&in) % ALL;
    struct blob rest = take_bytes(&in, in.left);
    if (which < TEXTS) {
        char *text = text_copy(rest);
        readers[which](text);
        free(text);
    } else {
        uint8_t *exact = exact_copy(rest);
        decoders[which - TEXTS]((struct blob){exact, rest.length});
        free(exact);
    }
    return 0;
}
