#include "frontier.h"

#include <stdlib.h>

enum { NEIGHBOURS = 32, NEW_LEAST = 8 };

void frontier_free(struct frontier *frontier)
{
    for (size_t i = 0; i < frontier->count; i++)
        member_free(frontier->list[i].member);
    free(frontier->list);
    free(frontier->room);
}

static bool dominates(const double *a, const double *b, size_t objectives)
{
    bool better = false;
    for (size_t i = 0; i < objectives; i++) {
        if (a[i] > b[i])
            return false;
        better |= a[i] < b[i];
    }
    return better;
}

/* Index of the first settled point that comes behind one with these objectives. */
static size_t upper_bound(const struct frontier *f, const double *objective)
{
    size_t from = 0, to = f->settled;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const struct point *at = &f->list[middle];
        if (at->key < objective[0] ||
            (at->key == objective[0] && compare_in_turn(at->member->objective, objective, 1, f->objectives) <= 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* A settled point near this one that dominates it, or NULL. With up to two objectives the point in front has the best second one
 * of all that are in front, so no other is needed. */
static const double *find_dominant(const struct frontier *f, const double *objective)
{
    const size_t place = upper_bound(f, objective), look = f->objectives <= 2 ? 1 : NEIGHBOURS;
    for (size_t i = place; i > 0 && place - i < look; i--)
        if (dominates(f->list[i - 1].member->objective, objective, f->objectives))
            return f->list[i - 1].member->objective;
    return NULL;
}

/* Puts a point first among the strong ones, in place of the last. It stays one that dominates when it is dropped itself. */
static void make_strong(struct frontier *f, const double *objective)
{
    f->strongs += f->strongs < STRONG_MOST;
    memmove(f->strong[1], f->strong[0], (f->strongs - 1) * sizeof f->strong[0]);
    memcpy(f->strong[0], objective, f->objectives * sizeof *objective);
}

bool frontier_takes(struct frontier *frontier, const double *objective)
{
    struct frontier *f = frontier;
    if (f->top != 0)
        return f->settled < f->top || compare_in_turn(objective, f->list[f->top - 1].member->objective, 0, f->objectives) < 0;
    for (size_t i = 0; i < f->strongs; i++)
        if (dominates(f->strong[i], objective, f->objectives))
            return false;
    const double *dominant = find_dominant(f, objective);
    if (dominant != NULL)
        make_strong(f, dominant);
    return dominant == NULL;
}

/* Room in the list for one more point, and for all of them twice to be settled in. */
static bool make_room(struct frontier *f)
{
    if (f->count < f->size)
        return true;
    const size_t size = f->size == 0 ? 1 : f->size * 2;
    struct point *list = realloc(f->list, size * sizeof *list);
    if (list != NULL)
        f->list = list;
    struct point *room = list == NULL ? NULL : realloc(f->room, 2 * size * sizeof *room);
    if (room == NULL)
        return false;
    f->room = room;
    f->size = size;
    return true;
}

bool frontier_add(struct frontier *frontier, struct member *member)
{
    if (!make_room(frontier))
        return false;
    frontier->list[frontier->count++].member = member;
    const size_t added = frontier->count - frontier->settled;
    if (added >= NEW_LEAST && added >= frontier->settled)
        frontier_settle(frontier);
    return true;
}

static bool equals_before(const struct frontier *f, size_t i)
{
    return i > 0 && compare_in_turn(f->list[i - 1].member->objective, f->list[i].member->objective, 0, f->objectives) == 0;
}

/* Marks the dominated ones of a list in order: the first of equal ones is sieved for them all. */
static void mark_dominated(struct frontier *f)
{
    struct point *distinct = f->room;
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (!equals_before(f, i))
            distinct[count++] = f->list[i];
    sieve(distinct, count, f->room + count, f->objectives);
    for (size_t i = 0; i < f->count; i++)
        if (equals_before(f, i))
            f->list[i].member->dominated = f->list[i - 1].member->dominated;
}

void frontier_settle(struct frontier *frontier)
{
    struct frontier *f = frontier;
    size_t kept = 0;
    sort_in_turn(f->list + f->settled, f->count - f->settled, f->room, 0, f->objectives);
    merge_halves(f->list, f->settled, f->count, f->room, 0, f->objectives);
    if (f->top == 0)
        mark_dominated(f);
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].member->dominated || (f->top != 0 && i >= f->top))
            member_free(f->list[i].member);
        else
            f->list[kept++] = f->list[i];
    }
    f->settled = f->count = kept;
}
