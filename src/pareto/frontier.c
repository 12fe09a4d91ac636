#include "frontier.h"

#include <stdlib.h>

#include <utlist.h>

enum { FAN = 16 };

/* FAN entries at most, at least one. An entry of a leaf is a point, which is box and first point in one. */
struct node {
    size_t count;
    bool leaf;
    union {
        struct node *child[FAN];
        struct member *member[FAN];
    } below;
    double corner[]; /* FAN entries: a point in a leaf, else low, high and first */
};

struct frontier frontier_of(size_t objectives, size_t top)
{
    const bool in_turn = top != 0 || objectives <= 2;
    return (struct frontier){objectives, top, in_turn ? compare_in_turn : compare_interleaved, NULL, 0};
}

/* Numbers of an entry. */
static size_t entry_width(const struct frontier *f, bool leaf)
{
    return leaf ? f->objectives : 3 * f->objectives;
}

static const double *low(const struct frontier *f, const struct node *node, size_t i)
{
    return node->corner + i * entry_width(f, node->leaf);
}

static const double *high(const struct frontier *f, const struct node *node, size_t i)
{
    return low(f, node, i) + (node->leaf ? 0 : f->objectives);
}

static const double *first(const struct frontier *f, const struct node *node, size_t i)
{
    return low(f, node, i) + (node->leaf ? 0 : 2 * f->objectives);
}

static struct node *node_new(const struct frontier *f, bool leaf)
{
    struct node *node = malloc(sizeof *node + FAN * entry_width(f, leaf) * sizeof(double));
    if (node != NULL) {
        node->count = 0;
        node->leaf = leaf;
    }
    return node;
}

/* Frees a node and all points below it; how many these were. */
static size_t node_free(struct node *node)
{
    size_t points = 0;
    for (size_t i = 0; i < node->count; i++) {
        if (!node->leaf) {
            points += node_free(node->below.child[i]);
            continue;
        }
        member_free(node->below.member[i]);
        points++;
    }
    free(node);
    return points;
}

void frontier_free(struct frontier *frontier)
{
    if (frontier->root != NULL)
        node_free(frontier->root);
}

/* Moves `count` entries, within a node or between two of the same level. */
static void move_entries(const struct frontier *f, struct node *to, size_t at, struct node *from, size_t start,
                         size_t count)
{
    const size_t width = entry_width(f, to->leaf);
    memmove(&to->below.child[at], &from->below.child[start], count * sizeof to->below.child[0]);
    memmove(to->corner + at * width, from->corner + start * width, count * width * sizeof(double));
}

/* Widens entry i of an inner node to hold another box, or a point. */
static void widen(const struct frontier *f, struct node *node, size_t i, const double *box_low, const double *box_high)
{
    double *const own_low = node->corner + i * entry_width(f, false), *const own_high = own_low + f->objectives;
    for (size_t k = 0; k < f->objectives; k++) {
        if (box_low[k] < own_low[k])
            own_low[k] = box_low[k];
        if (box_high[k] > own_high[k])
            own_high[k] = box_high[k];
    }
}

/* Makes entry i of an inner node say what is below it. */
static void measure(const struct frontier *f, struct node *node, size_t i)
{
    const struct node *child = node->below.child[i];
    double *entry = node->corner + i * entry_width(f, false);
    const size_t size = f->objectives * sizeof *entry;
    memcpy(entry, low(f, child, 0), size);
    memcpy(entry + f->objectives, high(f, child, 0), size);
    memcpy(entry + 2 * f->objectives, first(f, child, 0), size);
    for (size_t k = 1; k < child->count; k++)
        widen(f, node, i, low(f, child, k), high(f, child, k));
}

/* Takes a new point into entry i of an inner node. */
static void take_in(const struct frontier *f, struct node *node, size_t i, const double *point)
{
    widen(f, node, i, point, point);
    if (f->order(point, first(f, node, i), f->objectives) < 0)
        memcpy(node->corner + i * entry_width(f, false) + 2 * f->objectives, point, f->objectives * sizeof *point);
}

/* How many entries begin no later than the point. */
static size_t entries_before(const struct frontier *f, const struct node *node, const double *point)
{
    size_t from = 0, to = node->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (f->order(first(f, node, middle), point, f->objectives) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Some point below is dominant where the box is: `low` has each objective from some point below, so if it is not the point itself,
 * one below is better. */
static bool has_dominant(const struct frontier *f, const struct node *node, const double *point)
{
    for (size_t i = 0; i < node->count; i++) {
        if (!covers(low(f, node, i), point, f->objectives))
            continue;
        if (covers(high(f, node, i), point, f->objectives)) {
            if (!equals(low(f, node, i), point, f->objectives))
                return true;
        } else if (has_dominant(f, node->below.child[i], point)) {
            return true;
        }
    }
    return false;
}

/* The last point in the order. */
static const double *last_point(const struct frontier *f)
{
    const struct node *node = f->root;
    while (!node->leaf)
        node = node->below.child[node->count - 1];
    return low(f, node, node->count - 1);
}

bool frontier_takes(const struct frontier *frontier, const double *objective)
{
    if (frontier->root == NULL)
        return true;
    if (frontier->top == 0)
        return !has_dominant(frontier, frontier->root, objective);
    return frontier->count < frontier->top ||
           frontier->order(objective, last_point(frontier), frontier->objectives) < 0;
}

/* Joins neighbours that fill half a node together, so that what has been thinned out does not keep its memory. */
static void join_children(const struct frontier *f, struct node *node)
{
    size_t kept = 0;
    for (size_t i = 1; i < node->count; i++) {
        struct node *child = node->below.child[i], *before = node->below.child[kept];
        if (before->count + child->count > FAN / 2) {
            move_entries(f, node, ++kept, node, i, 1);
            continue;
        }
        move_entries(f, before, before->count, child, 0, child->count);
        before->count += child->count;
        measure(f, node, kept);
        free(child);
    }
    node->count = kept + 1;
}

static size_t drop_dominated(const struct frontier *f, struct node *node, const double *point);

/* Drops what is dominated below entry i; how many points these were. `left`: whether others are left there. */
static size_t drop_in_entry(const struct frontier *f, struct node *node, size_t i, const double *point, bool *left)
{
    *left = true;
    if (!covers(point, high(f, node, i), f->objectives))
        return 0;
    *left = !covers(point, low(f, node, i), f->objectives) || equals(point, low(f, node, i), f->objectives);
    if (node->leaf) {
        if (!*left)
            member_free(node->below.member[i]);
        return *left ? 0 : 1;
    }
    struct node *child = node->below.child[i];
    if (!*left)
        return node_free(child);
    const size_t dropped = drop_dominated(f, child, point);
    *left = child->count > 0;
    if (!*left)
        free(child);
    else if (dropped > 0)
        measure(f, node, i);
    return dropped;
}

/* Drops the points below a node that a point dominates; how many these were. */
static size_t drop_dominated(const struct frontier *f, struct node *node, const double *point)
{
    size_t kept = 0, dropped = 0;
    for (size_t i = 0; i < node->count; i++) {
        bool left;
        dropped += drop_in_entry(f, node, i, point, &left);
        if (left && kept != i)
            move_entries(f, node, kept, node, i, 1);
        kept += left;
    }
    node->count = kept;
    if (!node->leaf && dropped > 0 && kept > 0)
        join_children(f, node);
    return dropped;
}

static void drop_last(const struct frontier *f, struct node *node)
{
    const size_t i = node->count - 1;
    if (node->leaf) {
        member_free(node->below.member[i]);
        node->count--;
        return;
    }
    struct node *child = node->below.child[i];
    drop_last(f, child);
    if (child->count > 0) {
        measure(f, node, i);
        return;
    }
    free(child);
    node->count--;
}

/* Puts the second half of the full child i into a new one beside it. False when memory has run out. */
static bool split_child(const struct frontier *f, struct node *node, size_t i)
{
    struct node *child = node->below.child[i];
    struct node *beside = node_new(f, child->leaf);
    if (beside == NULL)
        return false;
    beside->count = child->count / 2;
    child->count -= beside->count;
    move_entries(f, beside, 0, child, child->count, beside->count);
    move_entries(f, node, i + 2, node, i + 1, node->count - i - 1);
    node->below.child[i + 1] = beside;
    node->count++;
    measure(f, node, i);
    measure(f, node, i + 1);
    return true;
}

/* Makes a first leaf, or a new root above a full one. */
static bool make_root(struct frontier *f)
{
    if (f->root != NULL && f->root->count < FAN)
        return true;
    struct node *root = node_new(f, f->root == NULL);
    if (root == NULL)
        return false;
    if (f->root != NULL) {
        root->below.child[0] = f->root;
        root->count = 1;
        measure(f, root, 0);
    }
    f->root = root;
    return true;
}

/* Puts a point behind those that are equal. Full nodes are split on the way down, where there is room above. */
static bool insert(struct frontier *f, struct member *member)
{
    if (!make_root(f))
        return false;
    struct node *node = f->root;
    while (!node->leaf) {
        size_t i = entries_before(f, node, member->objective);
        i -= i > 0;
        if (node->below.child[i]->count == FAN) {
            if (!split_child(f, node, i))
                return false;
            i += f->order(first(f, node, i + 1), member->objective, f->objectives) <= 0;
        }
        take_in(f, node, i, member->objective);
        node = node->below.child[i];
    }
    const size_t i = entries_before(f, node, member->objective);
    move_entries(f, node, i + 1, node, i, node->count - i);
    node->below.member[i] = member;
    memcpy(node->corner + i * f->objectives, member->objective, f->objectives * sizeof(double));
    node->count++;
    f->count++;
    return true;
}

bool frontier_add(struct frontier *frontier, struct member *member)
{
    if (!insert(frontier, member))
        return false;
    if (frontier->top == 0) {
        frontier->count -= drop_dominated(frontier, frontier->root, member->objective);
    } else if (frontier->count > frontier->top) {
        drop_last(frontier, frontier->root);
        frontier->count--;
    }
    while (!frontier->root->leaf && frontier->root->count == 1) {
        struct node *root = frontier->root;
        frontier->root = root->below.child[0];
        free(root);
    }
    return true;
}

/* Links the points below a node behind one another, before those of `next`; returns the first. */
static struct member *link_points(struct node *node, struct member *next)
{
    for (size_t i = node->count; i-- > 0;) {
        if (!node->leaf) {
            next = link_points(node->below.child[i], next);
            continue;
        }
        node->below.member[i]->next = next;
        next = node->below.member[i];
    }
    return next;
}

struct member *frontier_in_turn(struct frontier *frontier)
{
    struct member *points = frontier->root == NULL ? NULL : link_points(frontier->root, NULL);
#define IN_TURN(a, b) compare_in_turn((a)->objective, (b)->objective, frontier->objectives)
    if (frontier->order != compare_in_turn)
        LL_SORT(points, IN_TURN);
#undef IN_TURN
    return points;
}
