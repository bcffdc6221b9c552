#include "rulebook/check.h"

#include "base/error.h"
#include "rulebook/atlas.h"
#include "rulebook/check_units.h"
#include "rulebook/coverage.h"

static const double LEAST_SHARE = 0.01; // of an outline: borders are drawn by hand

static int check_all(const struct rulebook *book, int year, struct rulebook_report *report)
{
    static int (*const proofs[])(const struct rulebook *, struct rulebook_report *) = {
        coverage_check, shadow_check, units_check, ladders_check, pools_check,
    };
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) {
        int error = proofs[i](book, report);
        if (error)
            return error;
    }
    limits_check(book, report);
    years_check(book, year, report);
    atlas_check(book->atlas, &book->rules.areas, LEAST_SHARE, report);
    return 0;
}

int rulebook_check(const struct rulebook *book, int year, struct rulebook_report *report)
{
    int error = check_all(book, year, report);
    rulebook_report_sort(report);
    if (error)
        return error;
    return report->errors ? ERROR_BAD_RULEBOOK : 0;
}
