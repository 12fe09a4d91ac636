#include "subjects.h"

#include <stdlib.h>

#include "counts.h"

/* Without a system file: every divisor of the number of layers. */
static void default_system(struct mapper *m, struct subject *subject)
{
    int64_t list[CC_LAYERS_MAX];
    const size_t count = divisors(subject->model.llm.num_layers, list);
    subject->num_servers = cc_alternatives_of_ints(&subject->model.file.arena, list, count);
    if (subject->num_servers == NULL)
        fail_memory(m);
}

/* Whether a model has what the published program knows nothing of. */
static bool is_newer(const struct cc_llm *llm)
{
    const bool differs = llm->kinds > 1 || llm->kind[0].attention != CC_FULL;
    return differs || llm->experts > 0 || cc_llm_is_latent(llm);
}

/* For such a model some equations exist in corrected form only. */
static void check_conventions(struct mapper *m, const struct subject *subject)
{
    const struct cc_conventions *c = &m->options->shared.conventions;
    const struct {
        bool corrected;
        const char *name;
    } needed[] = {
        {c->weight_energy, "weight-energy"}, {c->kv_energy, "kv-energy"},
        {c->grouped_query, "grouped-query"}, {c->attention_layout, "attention-layout"},
        {c->all_to_all, "all-to-all"},       {c->glu_flops, "glu-flops"},
        {c->score_reduce, "score-reduce"},   {c->network_energy, "network-energy"},
    };
    struct cc_error error;
    for (size_t i = 0; is_newer(&subject->model.llm) && i < sizeof needed / sizeof needed[0]; i++)
        if (!needed[i].corrected) {
            cc_fail(&error, CC_USAGE,
                    "%s: the published convention %s does not cover experts, latent attention or windows: leave out "
                    "--as-published, or add --convention %s=corrected",
                    subject->path, needed[i].name, needed[i].name);
            cc_run_fail(&m->run, &error);
        }
}

/* Results of two models are told apart by their names. */
static void check_name(struct mapper *m, const struct subject *subject)
{
    struct cc_error error;
    for (const struct subject *other = m->subjects; other < subject; other++) {
        if (!cc_text_equal(other->model.llm.name, subject->model.llm.name))
            continue;
        cc_fail(&error, CC_USAGE, "--model %s and --model %s are both named %.*s: rename one with --name", other->path,
                subject->path, CC_TEXT_ARG(subject->model.llm.name));
        cc_run_fail(&m->run, &error);
    }
}

static void read_model(struct mapper *m, struct subject *subject, const char *path, const char *name)
{
    struct cc_error error;
    subject->path = path;
    if (!cc_llm_open(&subject->model, path, name, &error))
        cc_run_fail(&m->run, &error);
    subject->num_servers = m->system.num_servers;
    if (m->options->system == NULL)
        default_system(m, subject);
    check_name(m, subject);
    check_conventions(m, subject);
    subject->pruners = calloc(PRUNERS_MAX, sizeof(struct cc_pruner *));
    subject->passings = calloc(PRUNERS_MAX, sizeof(struct cc_passing *));
    if (subject->pruners == NULL || subject->passings == NULL)
        fail_memory(m);
    subject->depth_count = cc_pipeline_depths(subject->model.llm.num_layers, subject->depths);
}

static void read_models(struct mapper *m)
{
    const struct asked_models *models = &m->options->models;
    uint64_t most = 0;
    m->subject_count = models->files.count;
    m->subjects = calloc(m->subject_count, sizeof *m->subjects);
    for (size_t i = 0; i < m->subject_count && m->subjects != NULL; i++) {
        read_model(m, &m->subjects[i], models->files.path[i], models->name[i]);
        const uint64_t count = cc_alternatives_count(m->subjects[i].num_servers);
        most = count > most ? count : most;
    }
    m->server_counts = calloc((size_t)most, sizeof *m->server_counts);
    if (m->subjects == NULL || m->server_counts == NULL)
        fail_memory(m);
}

/* Families of servers, unless there are too many systems to keep what pruning needs of each. */
static void open_families(struct mapper *m)
{
    const uint64_t systems = cc_alternatives_count(m->system.systems);
    if (!pruning_asked(&m->options->pruning) || m->subject_count * systems > PRUNERS_MAX)
        return;
    m->families = calloc((size_t)systems, sizeof *m->families);
    if (m->families == NULL)
        fail_memory(m);
    for (uint64_t i = 0; i < systems; i++)
        m->families[i].most_bytes = TABLES_BYTES / systems;
}

void read_inputs(struct mapper *m)
{
    const struct options *options = m->options;
    struct cc_error error;
    /* with --describe there may be none */
    if ((options->shared.constants != NULL && !cc_constants_read(&m->constants, options->shared.constants, &error)) ||
        (options->system != NULL && !cc_system_open(&m->system, options->system, &error)))
        cc_run_fail(&m->run, &error);
    m->rates = cc_tco_rates_of(&m->constants, options->shared.conventions);
    read_models(m);
    open_families(m);
}

void close_inputs(struct mapper *m)
{
    free(m->rows);
    free(m->server_counts);
    cc_space_end(&m->space);
    for (size_t i = 0; i < m->subject_count; i++) {
        for (size_t k = 0; m->subjects[i].pruners != NULL && k < PRUNERS_MAX; k++) {
            if (m->subjects[i].pruners[k] != NULL)
                cc_prune_end(m->subjects[i].pruners[k]);
            free(m->subjects[i].pruners[k]);
        }
        for (size_t k = 0; m->subjects[i].passings != NULL && k < PRUNERS_MAX; k++)
            free(m->subjects[i].passings[k]);
        free(m->subjects[i].pruners);
        free(m->subjects[i].passings);
        cc_input_close(&m->subjects[i].model.file);
    }
    free(m->subjects);
    free(m->families);
    if (m->options->system != NULL)
        cc_input_close(&m->system.file);
}
