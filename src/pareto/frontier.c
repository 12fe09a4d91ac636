#include "frontier.h"

#include <stdint.h>
#include <stdlib.h>

/* Order by the first objective, then by the next ... */
static int compare(const double *a, const double *b, size_t objectives)
{
    for (size_t i = 0; i < objectives; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
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

/* Index of the first point that comes behind one with these objectives. */
static size_t upper_bound(const struct frontier *frontier, const double *objective, size_t objectives)
{
    size_t low = 0, high = frontier->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare(frontier->list[middle]->objective, objective, objectives) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t frontier_place(const struct frontier *frontier, const double *objective, size_t objectives, size_t top)
{
    const size_t place = upper_bound(frontier, objective, objectives);
    if (top != 0)
        return place < top ? place : SIZE_MAX;
    /* in two dimensions the point in front has the best second objective of all that are in front */
    const size_t first = objectives <= 2 && place > 0 ? place - 1 : 0;
    for (size_t i = place; i-- > first;)
        if (dominates(frontier->list[i]->objective, objective, objectives))
            return SIZE_MAX;
    return place;
}

/* Drops the points behind `from` that are dominated. In two dimensions they stand side by side. */
static void drop_dominated(struct frontier *frontier, size_t from, const double *objective, size_t objectives)
{
    size_t kept = from, i = from;
    for (; i < frontier->count; i++) {
        if (dominates(objective, frontier->list[i]->objective, objectives)) {
            free(frontier->list[i]);
            continue;
        }
        if (objectives <= 2)
            break;
        frontier->list[kept++] = frontier->list[i];
    }
    if (kept != i)
        memmove(frontier->list + kept, frontier->list + i, (frontier->count - i) * sizeof(struct member *));
    frontier->count -= i - kept;
}

static bool make_room(struct frontier *frontier)
{
    if (frontier->count < frontier->size)
        return true;
    const size_t size = frontier->size == 0 ? 16 : frontier->size * 2;
    struct member **list = realloc(frontier->list, size * sizeof(struct member *));
    if (list == NULL)
        return false;
    frontier->list = list;
    frontier->size = size;
    return true;
}

bool frontier_add(struct frontier *frontier, size_t place, const double *objective, size_t objectives, size_t top,
                  struct cc_text record)
{
    struct member *member = malloc(sizeof *member + record.len);
    if (member == NULL || !make_room(frontier)) {
        free(member);
        return false;
    }
    memset(member->objective, 0, sizeof member->objective);
    memcpy(member->objective, objective, objectives * sizeof *objective);
    member->len = record.len;
    memcpy(member->bytes, record.s, record.len);
    if (top == 0)
        drop_dominated(frontier, place, objective, objectives);
    memmove(frontier->list + place + 1, frontier->list + place, (frontier->count - place) * sizeof(struct member *));
    frontier->list[place] = member;
    frontier->count++;
    if (top != 0 && frontier->count > top)
        free(frontier->list[--frontier->count]);
    return true;
}

void frontier_free(struct frontier *frontier)
{
    for (size_t i = 0; i < frontier->count; i++)
        free(frontier->list[i]);
    free(frontier->list);
}
