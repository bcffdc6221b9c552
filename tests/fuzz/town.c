#include "town.h"

#include <sodium.h>

static struct rulebook *book;

const struct rulebook *town_book(void)
{
    struct rulebook_report report;
    if (book)
        return book;
    rulebook_report_init(&report);
    MUST(rulebook_load(FUZZ_ROOT "/config/city", &book, &report) == 0);
    rulebook_report_fini(&report);
    return book;
}

const struct principal *town_principal(struct input *in)
{
    static const char *const often[] = {"centre", "420902001001", "420902001", "cg", "zd1", "observer"};
    const struct principal_table *table = &rulebook_rules(town_book())->principals;
    uint8_t which = take_byte(in);
    if (which < sizeof often / sizeof often[0])
        return principal_find(table, often[which]);
    return &table->principals[which % table->count];
}
