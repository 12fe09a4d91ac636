#include "mappings.h"

#include <stdlib.h>

#include "model/serving/chunked.h"
#include "rows.h"

static struct cc_point given_point(const struct mapper *m, const struct cc_serving *serving,
                                   const struct cc_mapping *mapping, int64_t batch)
{
    if (serving->duty == CC_BOTH_PHASES)
        return cc_mapping_point(serving, mapping, batch, m->options->breakdown);
    if (serving->duty == CC_CHUNKED)
        return cc_mapping_chunked_point(serving, mapping, batch);
    return cc_mapping_alone_point(serving, mapping, batch);
}

/* The prescribed mapping at every batch that it can serve; why not, where it cannot. */
static void add_given(struct mapper *m, const struct cc_serving *serving, const struct cc_system_input *in,
                      int64_t num_servers, struct cc_reject *reject)
{
    for (size_t i = 0; i < m->batches.count; i++) {
        const int64_t batch = m->batches.batch[i].requests;
        const struct cc_mapping mapping = cc_mapping_given(&in->mapping, serving, num_servers, batch);
        if (!cc_mapping_check(serving, &mapping, batch, reject))
            break; /* nor can it a larger one */
        if (serving->duty == CC_CHUNKED && !cc_chunks_keep_up(serving, (double)mapping.micro_batch, reject))
            break; /* likewise */
        const struct cc_point point = given_point(m, serving, &mapping, batch);
        (void)add_mapping(m, &mapping, &point);
    }
}

struct cc_objectives objectives_of(const struct mapper *m)
{
    return pruning_objectives(&m->options->pruning, m->workload, cc_system_instances(&m->served.system));
}

/* The mappings of the current batch that are worth keeping, or all. Where dearer ones are left out, the cheapest at
 * other prices are not kept, unless a demand or a rate may make one of them the best. */
static size_t choose(struct mapper *m, struct cc_prices prices, bool pruned)
{
    if (m->options->all_mappings)
        return cc_space_all(&m->space, m->choices);
    size_t count = pruned ? cc_space_frontier(&m->space, prices, m->choices)
                          : cc_space_best(&m->space, prices, m->options->price_range, m->choices);
    if (m->options->service_levels) {
        const struct cc_objectives objectives = objectives_of(m);
        count = cc_space_add_levels(&m->space, &objectives, prices, &m->levels, m->choices, count);
    }
    if (count > 0)
        return count;
    struct cc_error error;
    cc_fail(&error, CC_BAD_DATA,
            "more than %d mappings of a batch are not beaten by any other: leave out --service-levels", CC_LEVELS_MAX);
    cc_run_fail_record(&m->run, &error);
}

static void set_choice(const struct mapper *m, const struct cc_serving *serving, const struct cc_choice *choice,
                       const struct cc_mapping *mapping, struct cc_point *point)
{
    cc_set_choice_point(point, &m->space, choice);
    if (m->options->breakdown)
        cc_point_break_down(point, serving, mapping);
}

/* Adds a row, unless the system would not keep up; whether it has. */
static bool add_choice(struct mapper *m, const struct cc_serving *serving, const struct cc_choice *choice)
{
    const struct cc_mapping mapping = cc_choice_mapping(&m->space, choice);
    if (!m->workload.has_slo) {
        set_choice(m, serving, choice, &mapping, new_row(m));
        return true;
    }
    struct cc_point point = {0};
    set_choice(m, serving, choice, &mapping, &point);
    return add_mapping(m, &mapping, &point);
}

/* A row for each of them. */
static void add_batch(struct mapper *m, const struct cc_serving *serving, struct cc_prices prices,
                      struct cc_pruner *pruner)
{
    const size_t count =
        choose(m, prices, pruner != NULL && pruner->objectives.demand_tokens_per_s == 0 && !m->workload.has_slo);
    for (size_t i = 0; i < count; i++) {
        if (add_choice(m, serving, &m->choices[i]) && pruner != NULL)
            cc_prune_learn(pruner, &m->space, prices, &m->choices[i]);
    }
}

struct cc_prices prices_for(const struct mapper *m, double num_servers)
{
    const struct served *served = &m->served;
    const struct cc_cost_basis basis = cc_cost_basis_of(&m->rates, &served->part, served->serving.energy_model,
                                                        m->workload, m->options->shared.conventions);
    return cc_prices_of(&basis, num_servers);
}

/* Opens the space of a number of servers. Returns how many batches fit. */
static size_t open_space(struct mapper *m, int64_t num_servers)
{
    const size_t batches = cc_space_open(&m->space, m->subject->depths, m->subject->depth_count, num_servers);
    if (batches == CC_SPACE_FAILED)
        fail_memory(m);
    return batches;
}

/* Adds mappings at every batch that fits; with a pruner, at those that could be on the frontier: none where it is not
 * open. */
static void add_found(struct mapper *m, const struct cc_serving *serving, int64_t num_servers, struct cc_pruner *pruner,
                      bool open)
{
    struct cc_prospect prospect;
    if (pruner != NULL) {
        cc_prune_batches(pruner, num_servers, open, &prospect);
        m->fits |= prospect.fits;
        m->passed_over |= !prospect.any;
        if (!prospect.any)
            return;
    }
    const struct cc_prices prices = prices_for(m, (double)num_servers);
    const size_t batches = open_space(m, num_servers);
    m->fits |= batches > 0;
    for (size_t batch = 0; batch < batches; batch++) {
        if (pruner != NULL && !prospect.batch[batch]) {
            m->passed_over = true;
            continue;
        }
        cc_space_take_batch(&m->space, batch);
        if (pruner == NULL || !cc_prune_beats(pruner, &m->space, prices))
            add_batch(m, serving, prices, pruner);
        else
            m->passed_over = true;
    }
}

static void add_any(void *mapper, const struct cc_alone *alone)
{
    (void)add_mapping(mapper, &alone->mapping, &alone->point);
}

struct cc_passing *passing_of(struct mapper *m, uint64_t alternative)
{
    struct cc_passing **passing = &m->subject->passings[alternative];
    if (*passing == NULL) {
        *passing = calloc(1, sizeof **passing);
        if (*passing == NULL)
            fail_memory(m);
        const struct cc_objectives objectives = objectives_of(m);
        cc_passing_open(*passing, &objectives);
    }
    return *passing;
}

/* The mappings of one phase that are worth keeping, or all. */
static void add_alone(struct mapper *m, int64_t num_servers, struct cc_passing *passing)
{
    const size_t batches = open_space(m, num_servers);
    if (m->options->all_mappings) {
        cc_space_each_alone(&m->space, batches, add_any, m);
        return;
    }
    if (passing != NULL) {
        passing->prices = prices_for(m, (double)num_servers);
        passing->passed = false;
    }
    if (!cc_space_alone(&m->space, batches, passing, &m->alones)) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "more than %d mappings are not beaten by any other: use fewer batches",
                CC_ALONE_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    for (size_t i = 0; i < m->alones.count; i++) {
        const struct cc_alone *alone = &m->alones.list[i];
        if (add_mapping(m, &alone->mapping, &alone->point) && passing != NULL)
            cc_passing_learn(passing, m->space.serving, &alone->point);
    }
    if (passing != NULL && passing->passed)
        m->fits = m->passed_over = true;
}

void add_points(struct mapper *m, const struct cc_system_input *in, const struct cc_serving *serving,
                struct counts counts, struct cc_pruner *pruner, struct cc_passing *passing, struct cc_reject *reject)
{
    cc_space_begin(&m->space, serving, &m->batches);
    m->row_most = room_for_rows(m);
    for (size_t i = 0; i < counts.count; i++) {
        if (in->has_mapping)
            add_given(m, serving, in, counts.list[i], reject);
        else if (serving->duty != CC_BOTH_PHASES)
            add_alone(m, counts.list[i], passing);
        else
            add_found(m, serving, counts.list[i], pruner, counts.open == NULL || counts.open[i]);
    }
}
