#include "core/whistle.h"

#include <math.h>

bool position_is_on_earth(const struct position *position)
{
    return fabs(position->latitude) <= 90 && fabs(position->longitude) <= 180;
}

double position_distance_m(const struct position *a, const struct position *b)
{
    const double metres_a_degree = 111320.0, radians_a_degree = 0.017453292519943295;
    double north = (a->latitude - b->latitude) * metres_a_degree;
    double east = (a->longitude - b->longitude) * metres_a_degree * cos(a->latitude * radians_a_degree);
    return sqrt(north * north + east * east);
}
