#include "sieve.h"

#include <math.h>

enum {
    PAIRS_MOST = 256, /* that are compared one by one rather than divided */
    FEW = 12,         /* points that are put in order one by one, and compared in pairs */
};

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

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
    if (a->next != b->next || from + 2 >= objectives)
        return a->next < b->next;
    return compare_in_turn(a->member->objective, b->member->objective, from + 2, objectives) < 0;
}

/* Merges two halves. `dominated`, unless it is NULL, is marked for points of the second that one of the first is as
 * good as in both objectives: of those in order, the least `next` so far decides. */
static inline void merge(struct point *list, size_t middle, size_t count, struct point *room, size_t from,
                         size_t objectives, bool *dominated)
{
    double least = INFINITY;
    memcpy(room, list, middle * sizeof *list);
    size_t to = 0, first = 0, second = middle;
    while (first < middle && second < count) {
        const bool take = comes_before(&list[second], &room[first], from, objectives);
        const struct point *next = take ? &list[second++] : &room[first++];
        if (dominated != NULL && take && least <= next->next)
            dominated[next->place] = true;
        if (dominated != NULL && !take)
            least = smaller(least, next->next);
        list[to++] = *next;
    }
    for (; dominated != NULL && first == middle && second < count; second++)
        if (least <= list[second].next)
            dominated[list[second].place] = true;
    memcpy(list + to, room + first, (middle - first) * sizeof *list);
}

void merge_halves(struct point *list, size_t middle, size_t count, struct point *room, size_t from, size_t objectives)
{
    if (middle > 0 && middle < count && comes_before(&list[middle], &list[middle - 1], from, objectives))
        merge(list, middle, count, room, from, objectives, NULL);
}

static void insert_in_turn(struct point *list, size_t count, size_t from, size_t objectives)
{
    for (size_t i = 1; i < count; i++) {
        const struct point point = list[i];
        size_t to = i;
        for (; to > 0 && comes_before(&point, &list[to - 1], from, objectives); to--)
            list[to] = list[to - 1];
        list[to] = point;
    }
}

static void sort_by_keys(struct point *list, size_t count, struct point *room, size_t from, size_t objectives)
{
    const size_t middle = count / 2;
    if (count <= FEW) {
        insert_in_turn(list, count, from, objectives);
        return;
    }
    sort_by_keys(list, middle, room, from, objectives);
    sort_by_keys(list + middle, count - middle, room, from, objectives);
    merge_halves(list, middle, count, room, from, objectives);
}

static inline void set_keys(struct point *point, size_t from, size_t objectives)
{
    const double *objective = point->member->objective;
    point->key = objective[from];
    point->next = from + 1 < objectives ? objective[from + 1] : 0;
}

void sort_in_turn(struct point *list, size_t count, struct point *room, size_t from, size_t objectives)
{
    for (size_t i = 0; i < count; i++)
        set_keys(&list[i], from, objectives);
    sort_by_keys(list, count, room, from, objectives);
}

/* Two sets of points that are set against each other: of `worse` are marked those to which one of `better` is at least
 * as good in all objectives that are left. */
struct contest {
    struct point *better;
    size_t betters;
    struct point *worse;
    size_t worses;
    struct point *room; /* for half of the larger set */
    bool *dominated;
};

/* Two objectives are left, both sets in order by the first of them. */
static void sweep(const struct contest *c)
{
    double least = INFINITY;
    for (size_t i = 0, better = 0; i < c->worses; i++) {
        const struct point *worse = &c->worse[i];
        for (; better < c->betters && c->better[better].key <= worse->key; better++)
            least = smaller(least, c->better[better].next);
        if (least <= worse->next)
            c->dominated[worse->place] = true;
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
    for (size_t i = 0; i < c->worses; i++) {
        bool *dominated = &c->dominated[c->worse[i].place];
        for (size_t k = 0; k < c->betters && !*dominated; k++)
            *dominated = covers(c->better[k].member->objective, c->worse[i].member->objective, from, objectives);
    }
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

static void hold(struct contest c, size_t from, size_t objectives);

/* All of `better` are at least as good in objective `from` as all of `worse`: what is left decides. */
static void hold_by_next(struct contest c, size_t from, size_t objectives)
{
    sort_in_turn(c.better, c.betters, c.room, from + 1, objectives);
    sort_in_turn(c.worse, c.worses, c.room, from + 1, objectives);
    hold(c, from + 1, objectives);
}

/* Holds the contest in the objectives that are left, `from` and those behind it. Both sets are in order by `from`,
 * which is their key, and come out in another. They are divided at a median; where many are equal to it, no point is
 * below it or all of one side are. */
static void hold(struct contest c, size_t from, size_t objectives)
{
    if (c.betters == 0 || c.worses == 0)
        return;
    if (from + 2 == objectives) {
        sweep(&c);
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
    const struct contest first = {c.better, betters, c.worse, worses, c.room, c.dominated};
    const struct contest second = {c.better + betters, c.betters - betters, c.worse + worses, c.worses - worses, c.room,
                                   c.dominated};
    const struct contest across = {c.better, betters, second.worse, second.worses, c.room, c.dominated};
    hold(first, from, objectives);
    hold(second, from, objectives);
    hold_by_next(across, from, objectives);
}

/* Of a few points in order, those that one before them dominates. */
static void compare_in_order(const struct point *list, size_t count, size_t objectives, bool *dominated)
{
    for (size_t i = 1; i < count; i++) {
        bool *mark = &dominated[list[i].place];
        for (size_t k = 0; k < i && !*mark; k++)
            *mark = list[k].key <= list[i].key && list[k].next <= list[i].next &&
                    covers(list[k].member->objective, list[i].member->objective, 3, objectives);
    }
}

/* Leaves the points in order from objective 1 on, which are their keys. */
static void divide(struct point *list, size_t count, struct point *room, size_t objectives, bool *dominated)
{
    const size_t middle = count / 2;
    if (count <= FEW) {
        compare_in_order(list, count, objectives, dominated);
        insert_in_turn(list, count, 1, objectives);
        return;
    }
    divide(list, middle, room, objectives, dominated);
    divide(list + middle, count - middle, room, objectives, dominated);
    if (objectives == 3) {
        merge(list, middle, count, room, 1, objectives, dominated);
        return;
    }
    hold((struct contest){list, middle, list + middle, count - middle, room, dominated}, 1, objectives);
    sort_in_turn(list, count, room, 1, objectives);
}

void sieve(struct point *list, size_t count, struct point *room, size_t objectives, bool *dominated)
{
    for (size_t i = 0; i < count; i++) {
        if (i + MEMBERS_AHEAD < count)
            member_fetch(list[i + MEMBERS_AHEAD].member);
        set_keys(&list[i], 1, objectives);
    }
    divide(list, count, room, objectives, dominated);
}
