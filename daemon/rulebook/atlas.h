// Outlines of areas, and which area a position lies in.
//
// Outlines come from areas.geojson: a FeatureCollection of Polygons and MultiPolygons in WGS84 (RFC 7946),
// each with the area's code in properties.code. An invalid one is reported with GEOS's reason and repaired
// for look-ups. GEOS builds its indices at the first question, so one mutex guards them all (a look-up takes
// microseconds).
#pragma once

#include "core/area.h"
#include "core/words.h"
#include "rulebook/report.h"

struct atlas;

// Reads the source; areas of the tree that have no outline are no fault. 0 (then `*out` may be NULL: nothing
// usable) or ERROR_NO_MEMORY.
int atlas_create(struct atlas **out, const struct source *source, const struct area_tree *areas,
                 struct rulebook_report *report) __attribute__((warn_unused_result));

// NULL is allowed.
void atlas_destroy(struct atlas *atlas);

// The deepest area that holds the position (WGS84, degrees), or AREA_NONE. Borders count as inside.
uint32_t atlas_place(struct atlas *atlas, const struct area_tree *areas, double latitude, double longitude);

// Reports outlines of one level that overlap, and parents that their children leave gaps in, when more than
// `least_share` of the smaller outline (of the parent) is concerned.
void atlas_check(struct atlas *atlas, const struct area_tree *areas, double least_share,
                 struct rulebook_report *report);
