#include "frontier.h"

#include <math.h>
#include <stdlib.h>

enum {
    NEIGHBOURS = 32,   /* that a point is compared with before it is taken in */
    VAIN_A_POINT = 16, /* searches in vain for which one more point is taken in unseen, after each, */
    UNSEEN_MOST = 63,  /* up to so many */
};

void frontier_free(struct frontier *frontier)
{
    for (size_t i = 0; i < frontier->count; i++)
        member_free(frontier->list[i].member);
    free(frontier->list);
    free(frontier->room);
    free(frontier->dominated);
}

const struct member *frontier_member(const struct frontier *frontier, size_t i)
{
    if (i + MEMBERS_AHEAD < frontier->count)
        member_fetch(frontier->list[i + MEMBERS_AHEAD].member);
    return frontier->list[i].member;
}

void frontier_drop(struct frontier *frontier, size_t i)
{
    member_free(frontier->list[i].member);
    frontier->list[i].member = NULL;
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

/* Whether a settled point comes behind one with these objectives. */
static bool comes_behind(const struct frontier *f, const struct point *point, const double *objective)
{
    if (point->key != objective[0])
        return point->key > objective[0];
    return compare_in_turn(point->member->objective, objective, 1, f->objectives) > 0;
}

/* Index of the first settled point that comes behind one with these objectives. */
static size_t upper_bound(const struct frontier *f, const double *objective)
{
    size_t from = 0, to = f->settled;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (!comes_behind(f, &f->list[middle], objective))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* A settled point near this one that dominates it, or NULL. With up to two objectives the point in front has the best
 * second one of all that are in front, so no other is needed. */
static const double *find_dominant(const struct frontier *f, const double *objective)
{
    const size_t place = upper_bound(f, objective), look = f->objectives <= 2 ? 1 : NEIGHBOURS;
    const double second = f->objectives > 1 ? objective[1] : 0;
    for (size_t i = place; i > 0 && place - i < look; i--) {
        const struct point *near = &f->list[i - 1];
        if (near->next <= second && dominates(near->member->objective, objective, f->objectives))
            return near->member->objective;
    }
    return NULL;
}

/* Puts a point first among the strong ones, in place of the last. It stays one that dominates when it is dropped
 * itself. */
static void make_strong(struct frontier *f, const double *objective)
{
    f->strongs += f->strongs < STRONG_MOST;
    memmove(f->strong[1], f->strong[0], (f->strongs - 1) * sizeof f->strong[0]);
    memcpy(f->strong[0], objective, f->objectives * sizeof *objective);
}

bool frontier_takes(struct frontier *f, const double *objective)
{
    if (f->top != 0)
        return f->settled < f->top ||
               compare_in_turn(objective, f->list[f->top - 1].member->objective, 0, f->objectives) < 0;
    for (size_t i = 0; i < f->strongs; i++)
        if (dominates(f->strong[i], objective, f->objectives))
            return false;
    if (f->unseen > 0) {
        f->unseen--;
        return true;
    }
    const double *dominant = find_dominant(f, objective);
    if (dominant != NULL) {
        make_strong(f, dominant);
        f->vain = 0;
        return false;
    }
    f->vain++;
    f->unseen = f->vain / VAIN_A_POINT < UNSEEN_MOST ? f->vain / VAIN_A_POINT : UNSEEN_MOST;
    return true;
}

/* Makes room in the list for one more point, and so much besides that settling needs no more. */
static bool make_room(struct frontier *f)
{
    if (f->count < f->size)
        return true;
    const size_t size = f->size == 0 ? 2 : f->size * 2;
    struct point *list = realloc(f->list, size * sizeof *list);
    if (list != NULL)
        f->list = list;
    struct point *room = list == NULL ? NULL : realloc(f->room, (size + size / 2) * sizeof *room);
    if (room != NULL)
        f->room = room;
    bool *dominated = room == NULL ? NULL : realloc(f->dominated, size * sizeof *dominated);
    if (dominated == NULL)
        return false;
    f->dominated = dominated;
    f->size = size;
    return true;
}

bool frontier_add(struct frontier *f, struct member *member)
{
    if (!make_room(f))
        return false;
    f->list[f->count++].member = member;
    if (f->count >= 2 * f->settled)
        frontier_settle(f);
    return true;
}

static inline bool equals_before(const struct frontier *f, size_t i)
{
    if (i == 0 || f->list[i - 1].key != f->list[i].key || f->list[i - 1].next != f->list[i].next)
        return false;
    if (f->objectives <= 2)
        return true;
    return compare_in_turn(f->list[i - 1].member->objective, f->list[i].member->objective, 0, f->objectives) == 0;
}

/* Up to two objectives: of points in order one is dominated if the best second one so far is at least as good, and it
 * is not equal to the one that has it. */
static void mark_behind(struct frontier *f)
{
    double least = INFINITY;
    for (size_t i = 0; i < f->count; i++) {
        const struct point *point = &f->list[i];
        f->dominated[i] = equals_before(f, i) ? f->dominated[i - 1] : least <= point->next;
        least = point->next < least ? point->next : least;
    }
}

/* More objectives: the first of equal ones is sieved for them all. */
static void mark_sieved(struct frontier *f)
{
    struct point *const distinct = f->room;
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++) {
        f->dominated[i] = false;
        if (equals_before(f, i))
            continue;
        distinct[count] = f->list[i];
        distinct[count++].place = i;
    }
    sieve(distinct, count, f->room + count, f->objectives, f->dominated);
    for (size_t i = 0; i < f->count; i++)
        if (equals_before(f, i))
            f->dominated[i] = f->dominated[i - 1];
}

/* Marks those of a list in order that have no place in it. */
static void mark_dominated(struct frontier *f)
{
    if (f->top != 0)
        for (size_t i = 0; i < f->count; i++)
            f->dominated[i] = i >= f->top;
    else if (f->objectives <= 2)
        mark_behind(f);
    else
        mark_sieved(f);
}

void frontier_settle(struct frontier *f)
{
    size_t kept = 0;
    sort_in_turn(f->list + f->settled, f->count - f->settled, f->room, 0, f->objectives);
    merge_halves(f->list, f->settled, f->count, f->room, 0, f->objectives);
    mark_dominated(f);
    for (size_t i = 0; i < f->count; i++) {
        if (f->dominated[i])
            member_free(f->list[i].member);
        else if (kept++ < i)
            f->list[kept - 1] = f->list[i];
    }
    f->settled = f->count = kept;
}
