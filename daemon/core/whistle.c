#include "core/whistle.h"

#include <math.h>
#include <stddef.h>

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

void whistle_put_back(struct whistle *whistle, const struct whistle *apart)
{
    whistle->position = apart->position;
    whistle->on_behalf_of = apart->on_behalf_of;
    whistle->meeting_point = apart->meeting_point;
    whistle->attachments = apart->attachments;
    whistle->attachment_count = apart->attachment_count;
    whistle->attributes = apart->attributes;
    whistle->attribute_count = apart->attribute_count;
    whistle->unknown = apart->unknown;
}

void whistle_take_apart(struct whistle *whistle, struct whistle *apart)
{
    *apart = (struct whistle){.kind = 0};
    whistle_put_back(apart, whistle);
    whistle_put_back(whistle, &(struct whistle){.kind = 0});
}
