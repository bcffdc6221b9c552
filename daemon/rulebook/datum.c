#include "rulebook/datum.h"

#include <math.h>
#include <stdbool.h>

static const double PI = 3.14159265358979323846;
static const double BD09_PI = 3.14159265358979323846 * 3000.0 / 180.0;
static const double AXIS_M = 6378245.0; // Krasovsky 1940, which GCJ02 is made with
static const double ECCENTRICITY2 = 0.00669342162296594323;

static bool in_china(double latitude, double longitude)
{
    return longitude >= 72.004 && longitude <= 137.8347 && latitude >= 0.8293 && latitude <= 55.8271;
}

static double waves(double at, double first, double second, double third)
{
    return first * sin(at * PI) + second * sin(at / third * PI);
}

// The published polynomial of the shift (x east of 105°, y north of 35°), in metres on the ellipsoid.
static double shift_north(double x, double y)
{
    double base = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x));
    double ripple = (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 / 3.0;
    return base + ripple + waves(y, 20.0, 40.0, 3.0) * 2.0 / 3.0 +
           (160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y * PI / 30.0)) * 2.0 / 3.0;
}

static double shift_east(double x, double y)
{
    double base = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x));
    double ripple = (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 / 3.0;
    return base + ripple + waves(x, 20.0, 40.0, 3.0) * 2.0 / 3.0 +
           (150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI)) * 2.0 / 3.0;
}

void datum_to_gcj02(double *latitude, double *longitude)
{
    if (!in_china(*latitude, *longitude))
        return;
    double x = *longitude - 105.0;
    double y = *latitude - 35.0;
    double radians = *latitude / 180.0 * PI;
    double magic = 1 - ECCENTRICITY2 * sin(radians) * sin(radians);
    double root = sqrt(magic);
    double north = shift_north(x, y) * 180.0 / (AXIS_M * (1 - ECCENTRICITY2) / (magic * root) * PI);
    double east = shift_east(x, y) * 180.0 / (AXIS_M / root * cos(radians) * PI);
    *latitude += north;
    *longitude += east;
}

static void bd09_to_gcj02(double *latitude, double *longitude)
{
    double x = *longitude - 0.0065;
    double y = *latitude - 0.006;
    double radius = sqrt(x * x + y * y) - 0.00002 * sin(y * BD09_PI);
    double angle = atan2(y, x) - 0.000003 * cos(x * BD09_PI);
    *longitude = radius * cos(angle);
    *latitude = radius * sin(angle);
}

// The shift has no inverse in closed form; it changes so slowly that three rounds are exact to millimetres.
static void gcj02_to_wgs84(double *latitude, double *longitude)
{
    double guess_latitude = *latitude;
    double guess_longitude = *longitude;
    for (int i = 0; i < 4; i++) {
        double shifted_latitude = guess_latitude;
        double shifted_longitude = guess_longitude;
        datum_to_gcj02(&shifted_latitude, &shifted_longitude);
        guess_latitude += *latitude - shifted_latitude;
        guess_longitude += *longitude - shifted_longitude;
    }
    *latitude = guess_latitude;
    *longitude = guess_longitude;
}

void datum_to_wgs84(enum datum datum, double *latitude, double *longitude)
{
    bool shifted = datum == DATUM_GCJ02 || datum == DATUM_BD09;
    if (!shifted || !in_china(*latitude, *longitude))
        return;
    if (datum == DATUM_BD09)
        bd09_to_gcj02(latitude, longitude);
    gcj02_to_wgs84(latitude, longitude);
}
