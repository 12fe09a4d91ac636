/* prune.h: leaves out what cannot be on the frontier of a cost and any of the times of a point, or misses a limit on
 * one.
 *
 * For a server, a number of servers n and a batch b, times t and a cost C are found that no mapping stays below. Where
 * a known mapping, which has been answered with and keeps the limits, is below all that are compared by more than
 * rounding, or a limit is below a time, every mapping of (n, b) is strictly beaten, or misses it, and none need be
 * looked at. What is left is evaluated as ever, so its figures are the same. A mapping that is left out is beaten by
 * one that is not, so the frontier is that of all mappings, with its order and its ties, and the frontier of parts'
 * frontiers is that of the whole.
 *
 * Proof of t and C. Servers of one family (packages, chips, links, formats, constants) differ in FLOP/s F, memory
 * bandwidth B, memory, price and idle power. With a micro-batch m, a layer takes
 *
 *     t(m) >= q(m) + sum over classes of products of max(c(m)/F, l(m)/B)
 *
 * q(m): the same layer of a chip with infinite F and B: links, and all that is fixed. c, l: FLOPs and bytes of a class,
 * from a chip of 1 FLOP/s and 1 B/s; the larger of two sums is no more than the sum of the larger ones. A term that the
 * model gains is in q, or makes the bound less tight; it must not make a layer with products faster than its products
 * and its links one after the other, as an overlap does. Experts have an even load here: that of chance is no less, but
 * falls as micro-batches grow. Stages are sums over their layers, a pass through all stages and the interval of the
 * slowest are sums of layers, or the larger of sums, plus what they take without layers. Time t(m) rises with m, time
 * of a request t(m)/m falls over the divisors of a batch. So, with P(m) the pass, I(m) the interval, Iq(m) that of any
 * one stage q, which I is no less than and P has in it, and k = b/m micro-batches,
 *
 *     prefill   P(m) + (k - 1) I(m)   >= (P - Iq)(m) + k Iq(m)     >= P(1) + Iq(b) - Iq(1)
 *     TTFT      P(m) + (k - 1)/2 I(m) >= (P - Iq/2)(m) + k/2 Iq(m) >= P(1) + (Iq(b) - Iq(1))/2    the mean of a batch
 *     TPOT      max(P(m), k I(m))                                  >= max(P(1), I(b))
 *     generate  P(m) + (steps - 1) max(P(m), k I(m))               >= P(1) + (steps - 1) max(P(1), I(b))
 *     energy    k j(m)                                             >= the least that any divisor of b takes
 *
 * each with the lower bounds of t in place of t, since P and P - Iq rise with it. t are the least over the places of n
 * that have room for b, C is the price of time times the least of prefill + generate, plus the price of energy times
 * the least energy; at a demand the same with the time of whole systems (objectives.h), which rises with it. Energy is
 * that of an infinitely fast chip.
 *
 * No term falls when F or B does, and with more memory there are more places. So the bounds of the fastest chip with
 * the most memory of a cell, whose F, B and memory have the same leading bits, hold for all servers in it. And C rises
 * with the price of a server: for each n there is a price above which all batches are left out, found once for a cell
 * and met by most of its servers. It falls as more is known, so one that was found before holds. Cells are nested; what
 * is left by the smallest is bounded by the server's own figures, and then by micro-batch, each with its own times and
 * energy.
 *
 * Where this does not hold, cc_prune_fault says so: one phase alone, no energy model, systolic arrays, sub-systems,
 * halves of a micro-batch that overlap, collectives that products hide. */
#ifndef CC_MODEL_SEARCH_PRUNE_H
#define CC_MODEL_SEARCH_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/search/known.h"
#include "model/search/least_times.h"
#include "model/search/model_shape.h"
#include "model/search/objectives.h"
#include "model/search/search.h"
#include "model/serving/cost.h"
#include "model/serving/serving.h"

/* Servers of one shape, whatever they serve: what each family of them has in common. Large (50 KB). Zeroed there are
 * none. */
enum { CC_FAMILIES_MAX = 64 };
struct cc_families {
    uint64_t generation; /* changes when all are forgotten: there were too many, or their tables too large */
    size_t count, latest;
    uint64_t served;   /* servers since then */
    size_t bytes;      /* of the tables of all pruners: */
    size_t most_bytes; /* beyond this they do not grow, and are forgotten when they have served long enough */
    struct cc_serving key[CC_FAMILIES_MAX];
};

/* The family of a server (cc_serving_without_model). */
size_t cc_family_of(struct cc_families *families, const struct cc_serving *serving);

/* Prices of a cell: servers of a family whose FLOP/s, bandwidth and memory have the same leading bits. By number of
 * servers, that of a server-second above which all that they could answer with is left out. */
struct cc_prune_price {
    float usd_per_s;
    uint32_t found; /* the version of what was known, and one; 0: not found yet */
};

/* Figures of a server that are not of its family: of a chip, memory of a package, prices of one server. */
struct cc_figures {
    double flops, bytes_per_s, memory;
    struct cc_prices unit;
};

/* Of one model, workload and list of pipeline depths. Large (200 KB). Zeroed, cc_prune_set_up makes it ready. */
struct cc_pruner {
    struct cc_objectives objectives;
    struct cc_known known;
    struct cc_families *families;
    uint64_t generation; /* of the families that the shapes are of */
    const struct cc_batches *batches;
    struct cc_ends ends;
    const int64_t *depths;
    size_t depth_count;
    bool used[CC_TIMES];                            /* compared or limited */
    struct cc_model_shape *shapes[CC_FAMILIES_MAX]; /* by family; NULL: none yet */
    size_t family;                                  /* of the current server, */
    struct cc_model_shape *shape;
    struct cc_figures figures;
    double usd_per_j;
    const int64_t *counts; /* all numbers of servers that systems may have, ascending; */
    size_t count_count;    /* 0: they depend on the server */
    struct cc_arena arena;
    size_t cells;
    uint64_t *cell_key;           /* 0: empty */
    uint64_t fine_met, fine_made; /* of the cells of the finest level, those in a sample */
    struct cc_prune_price *price; /* by cell and number of servers */
    bool *open;                   /* by number of servers: it has to be looked at */
};

/* Why servers like this one cannot be bounded, with a model or without; NULL: they can. */
const char *cc_prune_fault(const struct cc_serving *serving);

/* All are referred to until cc_prune_end; `depths` are those of cc_space_open, and batches have their contents whenever
 * the pruner is used. */
void cc_prune_set_up(struct cc_pruner *pruner, const struct cc_objectives *objectives, struct cc_families *families,
                     const struct cc_batches *batches, const int64_t *depths, size_t depth_count);

/* Lists all numbers of servers that systems may have, ascending, to which it refers. False when memory has run out. */
bool cc_prune_list_counts(struct cc_pruner *pruner, const int64_t *counts, size_t count_count) CC_MUST_CHECK;

/* A server of the family with the model, whose own figures are 0; NULL: none yet. One is added; false when memory has
 * run out. */
const struct cc_serving *cc_prune_model_of(struct cc_pruner *pruner, size_t family);
bool cc_prune_add_family(struct cc_pruner *pruner, size_t family, const struct cc_serving *serving) CC_MUST_CHECK;

/* Makes a server without a fault the current one. */
void cc_prune_begin(struct cc_pruner *pruner, size_t family, const struct cc_figures *figures);

/* Whether of the numbers of servers that are listed, from `first` on, all is left out, and some certainly has room for
 * a batch. If not, pruner->open says which have to be looked at. */
bool cc_prune_server(struct cc_pruner *pruner, size_t first);

/* Prospects of the batches on a number of servers; where that is not open, of none but those that may have room or not.
 */
struct cc_prospect {
    bool fits;               /* some batch certainly has a place with room for it */
    bool any;                /* some batch has to be evaluated, */
    bool batch[CC_AXIS_MAX]; /* this one */
};
void cc_prune_batches(struct cc_pruner *pruner, int64_t num_servers, bool open, struct cc_prospect *prospect);

/* Whether what the depths of the space take at least for its current batch is left out. */
bool cc_prune_beats(const struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices);

/* Takes note of a mapping of the current batch that has been answered with. */
void cc_prune_learn(struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices,
                    const struct cc_choice *choice);

/* Forgets everything, and gives its memory back. */
void cc_prune_end(struct cc_pruner *pruner);

#endif
