#include "groups.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct keyed_group {
    struct group group; /* first, so that a group leads back to this */
    UT_hash_handle hh;
    char key[];
};

struct groups {
    size_t objectives, top;
    struct keyed_group *table;
    struct group *first, *last;
};

struct groups *groups_new(size_t objectives, size_t top)
{
    struct groups *groups = malloc(sizeof *groups);
    if (groups != NULL)
        *groups = (struct groups){.objectives = objectives, .top = top};
    return groups;
}

void groups_free(struct groups *groups)
{
    struct keyed_group *at, *next;
    HASH_ITER(hh, groups->table, at, next)
    {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): `next` was taken before `at` was freed */
        HASH_DEL(groups->table, at);
        frontier_free(&at->group.frontier);
        free(at);
    }
    free(groups);
}

struct group *groups_get(struct groups *groups, struct cc_text key)
{
    struct keyed_group *found;
    HASH_FIND(hh, groups->table, key.s, key.len, found);
    if (found != NULL)
        return &found->group;
    found = calloc(1, sizeof *found + key.len);
    if (found == NULL)
        return NULL;
    found->group.frontier.objectives = groups->objectives;
    found->group.frontier.top = groups->top;
    if (key.len > 0)
        memcpy(found->key, key.s, key.len);
    HASH_ADD_KEYPTR(hh, groups->table, found->key, key.len, found);
    if (found->hh.tbl == NULL) {
        free(found);
        return NULL;
    }
    if (groups->last != NULL)
        groups->last->next = &found->group;
    else
        groups->first = &found->group;
    groups->last = &found->group;
    return &found->group;
}

struct group *groups_first(const struct groups *groups)
{
    return groups->first;
}
