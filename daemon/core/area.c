#include "core/area.h"

#include <string.h>

uint32_t area_find(const struct area_tree *tree, const char *code)
{
    return strmap_find(&tree->by_code, code);
}

bool area_is_within(const struct area_tree *tree, uint32_t area, uint32_t ancestor)
{
    if (ancestor == AREA_NONE)
        return true;
    while (area != AREA_NONE && area != ancestor)
        area = tree->areas[area].parent;
    return area == ancestor;
}

bool area_is_leaf(const struct area_tree *tree, uint32_t area)
{
    for (uint32_t i = area + 1; i < tree->count; i++) // children stand behind their parent
        if (tree->areas[i].parent == area)
            return false;
    return true;
}

uint32_t area_above(const struct area_tree *tree, uint32_t area, uint32_t levels)
{
    while (area != AREA_NONE && levels-- > 0)
        area = tree->areas[area].parent;
    return area;
}

bool area_tree_finish(struct area_tree *tree, struct arena *arena)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        struct area *area = &tree->areas[i];
        bool root = area->parent == AREA_NONE;
        area->depth = root ? 0 : tree->areas[area->parent].depth + 1;
        area->path =
            root ? area->code : arena_printf(arena, "%s/%s", tree->areas[area->parent].path, area->code);
        if (!area->path)
            return false;
    }
    return true;
}

bool area_path_within(const char *path, const char *ancestor)
{
    size_t length = strlen(ancestor);
    return strncmp(path, ancestor, length) == 0 && (path[length] == 0 || path[length] == '/');
}

const char *area_path_code(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}
