#include "sieve.h"

enum { PAIRS_MOST = 256 }; /* that are compared one by one rather than divided */

int compare_in_turn(const double *a, const double *b, size_t from, size_t objectives)
{
    for (size_t i = from; i < objectives; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool comes_before(const struct point *a, const struct point *b, size_t from, size_t objectives)
{
    if (a->key != b->key)
        return a->key < b->key;
    return compare_in_turn(a->member->objective, b->member->objective, from + 1, objectives) < 0;
}

void merge_halves(struct point *list, size_t middle, size_t count, struct point *room, size_t from, size_t objectives)
{
    if (middle == 0 || middle == count || !comes_before(&list[middle], &list[middle - 1], from, objectives))
        return;
    memcpy(room, list, middle * sizeof *list);
    size_t to = 0, first = 0, second = middle;
    while (first < middle && second < count) {
        const bool take = comes_before(&list[second], &room[first], from, objectives);
        list[to++] = take ? list[second++] : room[first++];
    }
    memcpy(list + to, room + first, (middle - first) * sizeof *list);
}

static void sort_by_keys(struct point *list, size_t count, struct point *room, size_t from, size_t objectives)
{
    const size_t middle = count / 2;
    if (count < 2)
        return;
    sort_by_keys(list, middle, room, from, objectives);
    sort_by_keys(list + middle, count - middle, room, from, objectives);
    merge_halves(list, middle, count, room, from, objectives);
}

void sort_in_turn(struct point *list, size_t count, struct point *room, size_t from, size_t objectives)
{
    for (size_t i = 0; i < count; i++)
        list[i].key = list[i].member->objective[from];
    sort_by_keys(list, count, room, from, objectives);
}

/* Two sets of points that are set against each other: of `worse` are marked those to which one of `better` is at least as good in
 * all objectives that are left. */
struct contest {
    struct point *better;
    size_t betters;
    struct point *worse;
    size_t worses;
    struct point *room; /* for as many as the larger has */
};

/* An objective, or what is equal for all when there is none left. */
static double objective_of(const struct member *member, size_t i, size_t objectives)
{
    return i < objectives ? member->objective[i] : 0;
}

/* Up to two objectives left, both sets in order by the first of them. */
static void sweep(const struct contest *c, size_t from, size_t objectives)
{
    double least = INFINITY;
    for (size_t i = 0, better = 0; i < c->worses; i++) {
        struct member *worse = c->worse[i].member;
        const double limit = objective_of(worse, from, objectives);
        for (; better < c->betters && objective_of(c->better[better].member, from, objectives) <= limit; better++)
            least = fmin(least, objective_of(c->better[better].member, from + 1, objectives));
        worse->dominated |= least <= objective_of(worse, from + 1, objectives);
    }
}

static bool covers(const double *a, const double *b, size_t from, size_t objectives)
{
    for (size_t i = from; i < objectives; i++)
        if (a[i] > b[i])
            return false;
    return true;
}

static void compare_pairs(const struct contest *c, size_t from, size_t objectives)
{
    for (size_t i = 0; i < c->worses; i++)
        for (size_t k = 0; k < c->betters && !c->worse[i].member->dominated; k++)
            c->worse[i].member->dominated =
                covers(c->better[k].member->objective, c->worse[i].member->objective, from, objectives);
}

/* Of points in order: how many have a key below the limit, or not above it. */
static size_t count_below(const struct point *list, size_t count, double limit, bool with_limit)
{
    size_t from = 0, to = count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const double value = list[middle].key;
        if (value < limit || (with_limit && value == limit))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void hold(struct contest contest, size_t from, size_t objectives);

/* The points that are better at least as good in objective `from`, whatever it is: the next one decides. */
static void hold_by_next(struct contest c, size_t from, size_t objectives)
{
    sort_in_turn(c.better, c.betters, c.room, from + 1, objectives);
    sort_in_turn(c.worse, c.worses, c.room, from + 1, objectives);
    hold(c, from + 1, objectives);
}

/* Both sets are in order from objective `from` on, which is their key; they come out in another order. */
static void hold(struct contest c, size_t from, size_t objectives)
{
    if (c.betters == 0 || c.worses == 0)
        return;
    if (from + 2 >= objectives) {
        sweep(&c, from, objectives);
        return;
    }
    if (c.betters * c.worses <= PAIRS_MOST) {
        compare_pairs(&c, from, objectives);
        return;
    }
    const double limit = c.betters > c.worses ? c.better[c.betters / 2].key : c.worse[c.worses / 2].key;
    const bool with_limit = c.better[0].key >= limit && c.worse[0].key >= limit;
    const size_t betters = count_below(c.better, c.betters, limit, with_limit);
    const size_t worses = count_below(c.worse, c.worses, limit, with_limit);
    if (betters == c.betters && worses == c.worses) {
        hold_by_next(c, from, objectives);
        return;
    }
    hold((struct contest){c.better, betters, c.worse, worses, c.room}, from, objectives);
    hold((struct contest){c.better + betters, c.betters - betters, c.worse + worses, c.worses - worses, c.room}, from,
         objectives);
    hold_by_next((struct contest){c.better, betters, c.worse + worses, c.worses - worses, c.room}, from, objectives);
}

/* Leaves the points in order from objective 1 on. */
static void divide(struct point *list, size_t count, struct point *room, size_t objectives)
{
    const size_t middle = count / 2;
    if (count > 1) {
        divide(list, middle, room, objectives);
        divide(list + middle, count - middle, room, objectives);
        hold((struct contest){list, middle, list + middle, count - middle, room}, 1, objectives);
    }
    sort_in_turn(list, count, room, 1, objectives);
}

void sieve(struct point *list, size_t count, struct point *room, size_t objectives)
{
    double least = INFINITY;
    if (objectives > 2)
        divide(list, count, room, objectives);
    for (size_t i = 0; i < count && objectives <= 2; i++) {
        const double second = objective_of(list[i].member, 1, objectives);
        list[i].member->dominated = least <= second;
        least = fmin(least, second);
    }
}
