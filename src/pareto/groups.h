/* groups.h: one frontier for each group of records, found by the values that make the group. */
#ifndef PARETO_GROUPS_H
#define PARETO_GROUPS_H

#include "frontier.h"

struct group {
    struct frontier frontier;
    struct group *next; /* in the order in which the groups first appeared */
};

struct groups;

/* Frontiers of so many objectives, or the best `top`, as in frontier.h. NULL when memory has run out. */
struct groups *groups_new(size_t objectives, size_t top);
void groups_free(struct groups *groups);

/* The group of that key, made if it is not there yet; NULL when memory has run out. */
struct group *groups_get(struct groups *groups, struct cc_text key);

struct group *groups_first(const struct groups *groups);

#endif
