#include "frontier.h"

#include <stdint.h>
#include <stdlib.h>

struct source *source_new(const struct cc_record *record, const struct cc_points *points)
{
    struct source *source = malloc(sizeof *source);
    if (source == NULL)
        return NULL;
    *source = (struct source){cc_frame_new(record, points), 1};
    if (source->frame != NULL)
        return source;
    free(source);
    return NULL;
}

void source_release(struct source *source)
{
    if (source == NULL || --source->members > 0)
        return;
    cc_frame_free(source->frame);
    free(source);
}

struct cc_text member_row(const struct member *member, size_t objectives)
{
    return (struct cc_text){(const char *)(member->objective + objectives), member->row_len};
}

static struct member *member_new(const double *objective, size_t objectives, struct source *source, struct cc_text row)
{
    struct member *member = malloc(sizeof *member + objectives * sizeof *objective + row.len);
    if (member == NULL)
        return NULL;
    member->source = source;
    source->members++;
    memcpy(member->objective, objective, objectives * sizeof *objective);
    member->row_len = row.len;
    if (row.len > 0)
        memcpy(member->objective + objectives, row.s, row.len);
    return member;
}

static void member_free(struct member *member)
{
    source_release(member->source);
    free(member);
}

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
            member_free(frontier->list[i]);
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
    const size_t size = frontier->size == 0 ? 1 : frontier->size * 2;
    struct member **list = realloc(frontier->list, size * sizeof(struct member *));
    if (list == NULL)
        return false;
    frontier->list = list;
    frontier->size = size;
    return true;
}

bool frontier_add(struct frontier *frontier, size_t place, const double *objective, size_t objectives, size_t top,
                  struct source *source, struct cc_text row)
{
    struct member *member = make_room(frontier) ? member_new(objective, objectives, source, row) : NULL;
    if (member == NULL)
        return false;
    if (top == 0)
        drop_dominated(frontier, place, objective, objectives);
    memmove(frontier->list + place + 1, frontier->list + place, (frontier->count - place) * sizeof(struct member *));
    frontier->list[place] = member;
    frontier->count++;
    if (top != 0 && frontier->count > top)
        member_free(frontier->list[--frontier->count]);
    return true;
}

void frontier_free(struct frontier *frontier)
{
    for (size_t i = 0; i < frontier->count; i++)
        member_free(frontier->list[i]);
    free(frontier->list);
}
