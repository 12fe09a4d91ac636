#include "served.h"

#include <stdlib.h>
#include <string.h>

#include "mappings.h"

struct cc_workload workload_of(const struct mapper *m, const struct cc_system_input *in)
{
    struct cc_workload workload = cc_workload_of(in);
    if (!workload.has_slo)
        cc_fields_clear(&cc_slo_fields, &workload.slo);
    if (m->options->rate > 0)
        workload.rate = m->options->rate;
    if (m->options->has_slo)
        workload.slo = m->options->slo;
    workload.has_slo |= m->options->has_slo || workload.rate > 0;
    return workload;
}

/* The system as the record of the current server has it. */
static struct cc_system system_of(const struct mapper *m, const struct cc_system_input *in)
{
    struct cc_system system = cc_system_of(in, &m->chip, &m->server, m->options->shared.conventions);
    if (m->options->phase != CC_BOTH_PHASES)
        system.phase = cc_text_of(phase_names[m->options->phase]);
    if (m->options->phase == CC_CHUNKED)
        system.prefill_chunk = in->prefill_chunk;
    return system;
}

void take_system(struct mapper *m, const struct cc_system_input *in, uint64_t alternative)
{
    struct served *s = &m->served;
    m->workload = workload_of(m, in);
    if (s->known && s->alternative == alternative)
        return;
    s->known = true;
    s->alternative = alternative;
    s->system = system_of(m, in);
    s->whole = cc_server_part_of(&m->server, cc_system_instances(&s->system), &s->part, &s->reject);
    if (!s->whole)
        return;
    s->serving = cc_serving_without_model(&m->chip, &m->package, &s->part, &s->system, &m->constants,
                                          m->options->shared.conventions);
    s->serving.duty = m->options->phase;
    s->unit = prices_for(m, 1);
    if (m->families != NULL)
        s->family = cc_family_of(&m->families[alternative], &s->serving);
}

struct cc_serving serving_of(struct mapper *m)
{
    struct cc_serving serving = m->served.serving;
    cc_serving_set_model(&serving, &m->subject->model.llm, m->workload, &m->constants);
    serving.experts_memo = &m->experts;
    serving.holdings = &m->subject->holdings;
    return serving;
}

/* Why nothing is left out, though it is asked for; NULL: something may be. */
static const char *pruning_fault(const struct mapper *m, const struct cc_system_input *in)
{
    if (in->has_mapping)
        return "the mapping is given";
    if (m->options->all_mappings)
        return "every mapping is asked for";
    if (m->families == NULL)
        return "there are too many systems";
    if (m->options->phase != CC_BOTH_PHASES)
        return m->served.serving.energy_model ? NULL : "the energy model is off";
    return cc_prune_fault(&m->served.serving);
}

bool is_bounded(struct mapper *m, const struct cc_system_input *in)
{
    if (!pruning_asked(&m->options->pruning))
        return false;
    const char *fault = pruning_fault(m, in);
    if (fault != NULL && (m->fault == NULL || strcmp(m->fault, fault) != 0))
        cc_run_note(&m->run, "--%s: nothing is left out: %s", m->options->pruning.frontier ? "frontier" : "where",
                    fault);
    m->fault = fault;
    return fault == NULL;
}

/* A pruner of the current model, under the system `alternative`. */
static struct cc_pruner *open_pruner(struct mapper *m, const struct cc_system_input *in, uint64_t alternative)
{
    struct cc_pruner *pruner = calloc(1, sizeof *pruner);
    if (pruner == NULL)
        fail_memory(m);
    const struct cc_objectives objectives = objectives_of(m);
    cc_prune_set_up(pruner, &objectives, &m->families[alternative], &m->batches, m->subject->depths,
                    m->subject->depth_count);
    if (lists_servers(m, in)) {
        const struct counts counts = listed_servers(m, in);
        if (!cc_prune_list_counts(pruner, counts.list, counts.count))
            fail_memory(m);
    }
    return m->subject->pruners[alternative] = pruner;
}

struct cc_pruner *pruner_of(struct mapper *m, const struct cc_system_input *in, uint64_t alternative)
{
    struct cc_pruner *pruner = m->subject->pruners[alternative];
    const struct served *s = &m->served;
    const struct cc_figures figures = {s->serving.chip.flops, s->serving.chip.bytes_per_s,
                                       s->serving.package_memory_bytes, s->unit};
    if (pruner == NULL)
        pruner = open_pruner(m, in, alternative);
    if (cc_prune_model_of(pruner, s->family) == NULL) {
        const struct cc_serving serving = serving_of(m);
        if (!cc_prune_add_family(pruner, s->family, &serving))
            fail_memory(m);
    }
    cc_prune_begin(pruner, s->family, &figures);
    return pruner;
}
