#include "rulebook/atlas.h"

#include "base/error.h"
#include "base/text.h"

#include <geos_c.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outline {
    uint32_t area;
    struct mark at;
    GEOSGeometry *shape;                  // owned
    const GEOSPreparedGeometry *prepared; // owned
};

struct atlas {
    pthread_mutex_t mutex; // of everything below, once it is built
    GEOSContextHandle_t geos;
    GEOSSTRtree *tree; // of pointers into `outlines`
    struct outline *outlines;
    size_t count;
    size_t capacity;
    char message[200]; // GEOS's last word
};

static void on_message(const char *message, void *context)
{
    struct atlas *atlas = context;
    snprintf(atlas->message, sizeof atlas->message, "%s", message);
}

// ---- GeoJSON → GEOS -----------------------------------------------------------------------------

static bool read_point(json_t *point, double *x, double *y)
{
    json_t *first = json_array_get(point, 0);
    json_t *second = json_array_get(point, 1);
    *x = json_number_value(first);
    *y = json_number_value(second);
    return json_is_number(first) && json_is_number(second) && fabs(*x) <= 180 && fabs(*y) <= 90;
}

static GEOSGeometry *read_ring(struct atlas *atlas, json_t *ring)
{
    size_t count = json_array_size(ring);
    if (count < 4 || count > UINT32_MAX)
        return NULL;
    GEOSCoordSequence *points = GEOSCoordSeq_create_r(atlas->geos, (unsigned)count, 2);
    bool good = points != NULL;
    for (size_t i = 0; i < count && good; i++) {
        double x, y;
        good = read_point(json_array_get(ring, i), &x, &y) &&
               GEOSCoordSeq_setXY_r(atlas->geos, points, (unsigned)i, x, y);
    }
    if (good)
        return GEOSGeom_createLinearRing_r(atlas->geos, points);
    if (points)
        GEOSCoordSeq_destroy_r(atlas->geos, points);
    return NULL;
}

static void destroy_all(struct atlas *atlas, GEOSGeometry **shapes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        GEOSGeom_destroy_r(atlas->geos, shapes[i]);
}

typedef GEOSGeometry *read_part(struct atlas *atlas, json_t *json);

// The geometries of a JSON array; false (and none) where one of them cannot be made.
static bool read_all(struct atlas *atlas, json_t *list, read_part *read, GEOSGeometry ***out, size_t *count)
{
    size_t wanted = json_array_size(list);
    *count = 0;
    *out = wanted ? calloc(wanted, sizeof **out) : NULL;
    for (size_t i = 0; *out && i < wanted; i++) {
        GEOSGeometry *shape = read(atlas, json_array_get(list, i));
        if (!shape)
            break;
        (*out)[(*count)++] = shape;
    }
    if (wanted && *count == wanted)
        return true;
    if (*out)
        destroy_all(atlas, *out, *count);
    free(*out);
    return false;
}

static GEOSGeometry *read_polygon(struct atlas *atlas, json_t *rings)
{
    GEOSGeometry **all;
    size_t count;
    if (!read_all(atlas, rings, read_ring, &all, &count))
        return NULL;
    GEOSGeometry *polygon = GEOSGeom_createPolygon_r(atlas->geos, all[0], all + 1, (unsigned)count - 1);
    free(all);
    return polygon;
}

static GEOSGeometry *read_multi(struct atlas *atlas, json_t *polygons)
{
    GEOSGeometry **all;
    size_t count;
    if (!read_all(atlas, polygons, read_polygon, &all, &count))
        return NULL;
    GEOSGeometry *multi = GEOSGeom_createCollection_r(atlas->geos, GEOS_MULTIPOLYGON, all, (unsigned)count);
    free(all);
    return multi;
}

static GEOSGeometry *read_geometry(struct atlas *atlas, json_t *geometry)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    json_t *coordinates = json_object_get(geometry, "coordinates");
    if (text_same(type, "Polygon"))
        return read_polygon(atlas, coordinates);
    return text_same(type, "MultiPolygon") ? read_multi(atlas, coordinates) : NULL;
}

// ---- features → outlines ------------------------------------------------------------------------

// jansson keeps no places: the feature is where its code stands as a string, else at the top.
static struct mark feature_mark(const struct source *source, const char *code)
{
    char quoted[128];
    snprintf(quoted, sizeof quoted, "\"%s\"", text_or_empty(code));
    const char *found = code ? strstr(source->text, quoted) : NULL;
    return (struct mark){.source = source, .offset = found ? (uint32_t)(found + 1 - source->text) : 0};
}

// By structure and without what collapses to lines: a collection of polygons and lines would be asked a
// hundred times more slowly, since GEOS prepares polygons only.
static GEOSGeometry *make_valid(struct atlas *atlas, GEOSGeometry *shape)
{
    GEOSMakeValidParams *params = GEOSMakeValidParams_create_r(atlas->geos);
    GEOSGeometry *repaired = NULL;
    if (params) {
        GEOSMakeValidParams_setMethod_r(atlas->geos, params, GEOS_MAKE_VALID_STRUCTURE);
        GEOSMakeValidParams_setKeepCollapsed_r(atlas->geos, params, 0);
        repaired = GEOSMakeValidWithParams_r(atlas->geos, shape, params);
        GEOSMakeValidParams_destroy_r(atlas->geos, params);
    }
    GEOSGeom_destroy_r(atlas->geos, shape);
    return repaired;
}

// An invalid outline is named with the reason and the place of the fault, and repaired.
static GEOSGeometry *repair(struct atlas *atlas, GEOSGeometry *shape, struct mark at,
                            struct rulebook_report *report)
{
    char *reason = NULL;
    GEOSGeometry *place = NULL;
    if (GEOSisValidDetail_r(atlas->geos, shape, 0, &reason, &place) == 1)
        return shape;
    double x = 0, y = 0;
    if (place) {
        GEOSGeomGetX_r(atlas->geos, place, &x);
        GEOSGeomGetY_r(atlas->geos, place, &y);
        GEOSGeom_destroy_r(atlas->geos, place);
    }
    report_add(report, FINDING_OUTLINE_INVALID, at, "%s at %.6f, %.6f; repaired for look-ups",
               reason ? reason : "not valid", x, y);
    if (reason)
        GEOSFree_r(atlas->geos, reason);
    return make_valid(atlas, shape);
}

static int add_outline(struct atlas *atlas, uint32_t area, struct mark at, GEOSGeometry *shape)
{
    if (atlas->count == atlas->capacity) {
        size_t capacity = atlas->capacity ? 2 * atlas->capacity : 64;
        struct outline *outlines = realloc(atlas->outlines, capacity * sizeof *outlines);
        if (!outlines) {
            GEOSGeom_destroy_r(atlas->geos, shape);
            return ERROR_NO_MEMORY;
        }
        atlas->outlines = outlines;
        atlas->capacity = capacity;
    }
    struct outline *outline = &atlas->outlines[atlas->count++];
    *outline = (struct outline){.area = area, .at = at, .shape = shape};
    outline->prepared = GEOSPrepare_r(atlas->geos, shape);
    return outline->prepared ? 0 : ERROR_NO_MEMORY;
}

static bool has_outline(const struct atlas *atlas, uint32_t area)
{
    for (size_t i = 0; i < atlas->count; i++)
        if (atlas->outlines[i].area == area)
            return true;
    return false;
}

static const char *feature_code(json_t *feature)
{
    return json_string_value(json_object_get(json_object_get(feature, "properties"), "code"));
}

static int read_feature(struct atlas *atlas, json_t *feature, const struct source *source,
                        const struct area_tree *areas, struct rulebook_report *report)
{
    const char *code = feature_code(feature);
    struct mark at = feature_mark(source, code);
    uint32_t area = area_find(areas, code);
    if (!code)
        report_add(report, FINDING_OUTLINE, at, "a feature has no code: properties.code, as a string");
    else if (area == AREA_NONE)
        report_add(report, FINDING_UNKNOWN_REFERENCE, at, "there is no area 辖区 %s", code);
    else if (has_outline(atlas, area))
        report_add(report, FINDING_DUPLICATE, at, "%s has an outline already", code);
    if (!code || area == AREA_NONE || has_outline(atlas, area))
        return 0;
    GEOSGeometry *shape = read_geometry(atlas, json_object_get(feature, "geometry"));
    if (shape)
        shape = repair(atlas, shape, at, report);
    if (shape)
        return add_outline(atlas, area, at, shape);
    report_add(report, FINDING_OUTLINE, at,
               "%s needs a Polygon or MultiPolygon of closed rings of degrees, longitude first", code);
    return 0;
}

static int read_features(struct atlas *atlas, json_t *root, const struct source *source,
                         const struct area_tree *areas, struct rulebook_report *report)
{
    json_t *features = json_object_get(root, "features");
    int error = 0;
    if (!json_is_array(features))
        report_add(report, FINDING_OUTLINE, source_mark(source, 1, 1), "this is no FeatureCollection");
    for (size_t i = 0; i < json_array_size(features) && !error; i++)
        error = read_feature(atlas, json_array_get(features, i), source, areas, report);
    return error;
}

static int grow_tree(struct atlas *atlas)
{
    atlas->tree = GEOSSTRtree_create_r(atlas->geos, 10);
    if (!atlas->tree)
        return ERROR_NO_MEMORY;
    for (size_t i = 0; i < atlas->count; i++)
        GEOSSTRtree_insert_r(atlas->geos, atlas->tree, atlas->outlines[i].shape, &atlas->outlines[i]);
    return 0;
}

static struct atlas *atlas_new(void)
{
    struct atlas *atlas = calloc(1, sizeof *atlas);
    if (!atlas)
        return NULL;
    pthread_mutex_init(&atlas->mutex, NULL);
    atlas->geos = GEOS_init_r();
    if (!atlas->geos) {
        atlas_destroy(atlas);
        return NULL;
    }
    GEOSContext_setErrorMessageHandler_r(atlas->geos, on_message, atlas);
    return atlas;
}

int atlas_create(struct atlas **out, const struct source *source, const struct area_tree *areas,
                 struct rulebook_report *report)
{
    json_error_t fault;
    *out = NULL;
    json_t *root = json_loadb(source->text, source->length, JSON_REJECT_DUPLICATES, &fault);
    if (!root) {
        report_add(report, FINDING_SYNTAX, source_mark(source, fault.line, fault.column), "%s", fault.text);
        return 0;
    }
    *out = atlas_new();
    int error = *out ? read_features(*out, root, source, areas, report) : ERROR_NO_MEMORY;
    if (!error)
        error = grow_tree(*out);
    json_decref(root);
    return error;
}

void atlas_destroy(struct atlas *atlas)
{
    if (!atlas)
        return;
    if (atlas->tree)
        GEOSSTRtree_destroy_r(atlas->geos, atlas->tree);
    for (size_t i = 0; i < atlas->count; i++) {
        if (atlas->outlines[i].prepared)
            GEOSPreparedGeom_destroy_r(atlas->geos, atlas->outlines[i].prepared);
        GEOSGeom_destroy_r(atlas->geos, atlas->outlines[i].shape);
    }
    free(atlas->outlines);
    if (atlas->geos)
        GEOS_finish_r(atlas->geos);
    pthread_mutex_destroy(&atlas->mutex);
    free(atlas);
}

// ---- look-ups -----------------------------------------------------------------------------------

struct placing {
    struct atlas *atlas;
    const struct area_tree *areas;
    const GEOSGeometry *point;
    uint32_t area; // the deepest so far
};

// Equal depths go by table order, so that a point on a border always falls the same way.
static void on_candidate(void *item, void *context)
{
    struct placing *placing = context;
    const struct outline *outline = item;
    const struct area *areas = placing->areas->areas;
    bool deeper = placing->area == AREA_NONE || areas[outline->area].depth > areas[placing->area].depth ||
                  (areas[outline->area].depth == areas[placing->area].depth && outline->area < placing->area);
    if (deeper && GEOSPreparedIntersects_r(placing->atlas->geos, outline->prepared, placing->point) == 1)
        placing->area = outline->area;
}

uint32_t atlas_place(struct atlas *atlas, const struct area_tree *areas, double latitude, double longitude)
{
    if (!atlas || !atlas->count || !(fabs(latitude) <= 90) || !(fabs(longitude) <= 180))
        return AREA_NONE;
    struct placing placing = {.atlas = atlas, .areas = areas, .area = AREA_NONE};
    pthread_mutex_lock(&atlas->mutex);
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(atlas->geos, longitude, latitude);
    placing.point = point;
    if (point)
        GEOSSTRtree_query_r(atlas->geos, atlas->tree, point, on_candidate, &placing);
    GEOSGeom_destroy_r(atlas->geos, point);
    pthread_mutex_unlock(&atlas->mutex);
    return placing.area;
}

// ---- check --------------------------------------------------------------------------------------

static double area_of(struct atlas *atlas, const GEOSGeometry *shape)
{
    double size = 0;
    return shape && GEOSArea_r(atlas->geos, shape, &size) ? size : 0;
}

struct overlapping {
    struct atlas *atlas;
    const struct area_tree *areas;
    const struct outline *one;
    double least_share;
    struct rulebook_report *report;
};

static bool are_siblings(const struct overlapping *o, const struct outline *other)
{
    const struct area *areas = o->areas->areas;
    return other > o->one && areas[other->area].parent == areas[o->one->area].parent;
}

static void on_neighbour(void *item, void *context)
{
    struct overlapping *o = context;
    const struct outline *other = item;
    if (!are_siblings(o, other) ||
        GEOSPreparedIntersects_r(o->atlas->geos, o->one->prepared, other->shape) != 1)
        return;
    GEOSGeometry *common = GEOSIntersection_r(o->atlas->geos, o->one->shape, other->shape);
    double smaller = fmin(area_of(o->atlas, o->one->shape), area_of(o->atlas, other->shape));
    double share = smaller > 0 ? area_of(o->atlas, common) / smaller : 0;
    if (share > o->least_share)
        report_add(o->report, FINDING_OUTLINE_OVERLAP, other->at,
                   "%s and %s overlap by %.1f %% of the smaller", o->areas->areas[o->one->area].name,
                   o->areas->areas[other->area].name, share * 100);
    GEOSGeom_destroy_r(o->atlas->geos, common);
}

// What the parent has and none of its children; nothing where no child has an outline.
static void check_gap(struct atlas *atlas, const struct area_tree *areas, const struct outline *parent,
                      double least_share, struct rulebook_report *report)
{
    GEOSGeometry *rest = NULL;
    for (size_t i = 0; i < atlas->count; i++) {
        if (areas->areas[atlas->outlines[i].area].parent != parent->area)
            continue;
        GEOSGeometry *less =
            GEOSDifference_r(atlas->geos, rest ? rest : parent->shape, atlas->outlines[i].shape);
        GEOSGeom_destroy_r(atlas->geos, rest);
        rest = less;
        if (!rest)
            return;
    }
    double whole = area_of(atlas, parent->shape);
    double share = whole > 0 ? area_of(atlas, rest) / whole : 0;
    if (share > least_share)
        report_add(report, FINDING_OUTLINE_GAP, parent->at, "%.1f %% of %s lie in none of its areas",
                   share * 100, areas->areas[parent->area].name);
    GEOSGeom_destroy_r(atlas->geos, rest);
}

void atlas_check(struct atlas *atlas, const struct area_tree *areas, double least_share,
                 struct rulebook_report *report)
{
    if (!atlas)
        return;
    pthread_mutex_lock(&atlas->mutex);
    for (size_t i = 0; i < atlas->count; i++) {
        const struct outline *outline = &atlas->outlines[i];
        struct overlapping overlapping = {atlas, areas, outline, least_share, report};
        GEOSSTRtree_query_r(atlas->geos, atlas->tree, outline->shape, on_neighbour, &overlapping);
        check_gap(atlas, areas, outline, least_share, report);
    }
    pthread_mutex_unlock(&atlas->mutex);
}
