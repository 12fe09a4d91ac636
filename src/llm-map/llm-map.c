/* llm-map: a language model on each server: how many servers, how it is laid over them, how fast it runs.
 *
 * Reads: chip, package, server. Adds: model, system, workload, points; the schema becomes evaluation. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/run.h"
#include "input/inputs.h"
#include "model/hardware/device.h"
#include "model/search/alone.h"
#include "model/search/levels.h"
#include "model/search/prune.h"
#include "model/serving/arrivals.h"
#include "model/serving/chunked.h"
#include "model/serving/memory_fit.h"
#include "pruning.h"
#include "stream/points.h"

/* The models asked for, and what they are to be called (NULL: as their files say). A --name is that of the --model
 * before it; where the first --name comes before the first --model, of the --model after it. */
struct asked_models {
    struct cc_option_files files;
    const char *name[CC_OPTION_FILES_MAX + 1]; /* the last: a name that came after the last model */
    bool names_lead;
};

struct options {
    struct cc_shared_options shared;
    struct asked_models models;
    const char *system;
    double price_range;
    enum cc_duty phase; /* CC_BOTH_PHASES: not given */
    double rate;        /* 0: as the system says */
    struct cc_slo slo;  /* in place of the system's, where has_slo */
    bool has_slo;
    struct pruning pruning;
    bool all_mappings, service_levels, breakdown, describe;
};

static bool parse_price_range(const char *text, void *member, struct cc_error *error)
{
    double *range = member;
    if (strcmp(text, "inf") == 0)
        *range = INFINITY;
    else if (!cc_parse_real(text, strlen(text), range) || *range < 1)
        return cc_fail(error, CC_USAGE, "--price-range %s: expected a number of 1 or more, or inf", text);
    return true;
}

static const char *const phase_names[] = {
    [CC_PREFILL_ALONE] = "prefill", [CC_GENERATE_ALONE] = "generate", [CC_CHUNKED] = "chunked"};

static bool parse_phase(const char *text, void *member, struct cc_error *error)
{
    enum cc_duty *phase = member;
    for (int i = CC_PREFILL_ALONE; i <= CC_CHUNKED; i++)
        if (strcmp(text, phase_names[i]) == 0) {
            *phase = (enum cc_duty)i;
            return true;
        }
    return cc_fail(error, CC_USAGE, "--phase %s: expected prefill, generate or chunked", text);
}

static bool parse_rate(const char *text, void *member, struct cc_error *error)
{
    double *rate = member;
    return (cc_parse_real(text, strlen(text), rate) && *rate > 0) ||
           cc_fail(error, CC_USAGE, "--rate %s: expected a number above 0, of requests/s to a system", text);
}

/* NAME=NUMBER,... of the fields of a promise. */
static bool parse_slo(const char *text, void *member, struct cc_error *error)
{
    struct options *options = member;
    cc_fields_clear(&cc_slo_fields, &options->slo);
    options->has_slo = true;
    for (const char *at = text;; at++) {
        const size_t name_len = strcspn(at, "=,");
        const struct cc_field *field = cc_fields_find(&cc_slo_fields, (struct cc_text){at, name_len}, 0);
        const char *number = at + name_len + (at[name_len] == '=');
        const size_t len = strcspn(number, ",");
        if (field == NULL)
            return cc_fail(error, CC_USAGE, "--slo %s: expected ttft_s, tpot_s or quantile, each with = and a number",
                           text);
        double *value = cc_field_of(field, &options->slo);
        if (!cc_parse_real(number, len, value) || !cc_in_range(field->range, *value))
            return cc_fail(error, CC_USAGE, "--slo %s: %s: expected a number %s", text, field->name,
                           cc_range_text(field->range));
        at = number + len;
        if (*at == '\0')
            return true;
    }
}

static bool parse_name(const char *text, void *member, struct cc_error *error)
{
    struct asked_models *models = member;
    const size_t most = 200;
    models->names_lead |= models->files.count == 0;
    models->name[models->files.count - (models->names_lead ? 0 : 1)] = text;
    return (text[0] != '\0' && strlen(text) <= most && cc_text_is_plain(cc_text_of(text))) ||
           cc_fail(error, CC_USAGE, "--name: expected 1 to %zu bytes of UTF-8 without control characters", most);
}

static const struct cc_option option_table[] = {
    CC_OPTIONS_CONSTANTS(struct options),
    {"model", "FILE", CC_OPTION_FILES, true, offsetof(struct options, models.files),
     "language model: a file (YAML, or a Hugging Face config.json or its folder) or a name, such as gpt3; can be "
     "repeated: each model is evaluated on every server",
     NULL},
    {"name", "NAME", CC_OPTION_PARSED, false, offsetof(struct options, models),
     "name in records of the --model before it (default: the name in its file, or else that of the file)", parse_name},
    {"system", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, system),
     "system: a file (YAML) or a name (default: as many servers as any divisor of the number of layers, 128 + 128 "
     "tokens)",
     NULL},
    {"phase", "prefill|generate|chunked", CC_OPTION_PARSED, false, offsetof(struct options, phase),
     "systems in a steady state that run one phase alone, or both in mixed passes, with prompts in chunks of the "
     "system's prefill_chunk (default: both, one batch after another)",
     parse_phase},
    {"rate", "R", CC_OPTION_PARSED, false, offsetof(struct options, rate),
     "requests arrive by themselves, R a second at a system: add columns of waits and times, and leave out points that "
     "do not keep up (default: rate of the system's workload)",
     parse_rate},
    {"slo", "PROMISE", CC_OPTION_PARSED, false, 0,
     "add columns of the goodput, the largest rate that keeps a promise such as ttft_s=1,tpot_s=0.05,quantile=0.9 "
     "(default: slo of the system's workload; quantile 0.99)",
     parse_slo},
    {"price-range", "R", CC_OPTION_PARSED, false, offsetof(struct options, price_range),
     "keep the mappings that are cheapest at some ratio of the price of time to that of energy within a factor R of "
     "the ratio that the constants give, 1 to inf (default: 3)",
     parse_price_range},
    {"all-mappings", NULL, CC_OPTION_FLAG, false, offsetof(struct options, all_mappings), "keep every mapping", NULL},
    {"service-levels", NULL, CC_OPTION_FLAG, false, offsetof(struct options, service_levels),
     "add the column ttft_s, and keep every mapping that no other beats in cost, time to the first token and time per "
     "output token",
     NULL},
    {"frontier", "COLUMNS", CC_OPTION_PARSED, false, offsetof(struct options, pruning),
     "leave out points that points already written beat in all of these, for each model and workload: "
     "usd_per_output_token or "
     "demand_usd_per_output_token, then any of generate_latency_s, prefill_latency_s, ttft_s, tpot_s; costs are those "
     "of tco-eval with the same constants and conventions; with other times than the first as with --service-levels",
     pruning_parse_frontier},
    {"where", "FIELD<=NUMBER,...", CC_OPTION_PARSED, false, offsetof(struct options, pruning),
     "leave out points that miss a limit on one of these times, such as point.ttft_s<=1,point.tpot_s<=0.02, as far as "
     "bounds tell; others are not kept for it; as with --service-levels",
     pruning_parse_where},
    {"demand", "NUMBER", CC_OPTION_PARSED, false, offsetof(struct options, pruning),
     "the demand that demand_usd_per_output_token is for, as of tco-eval", pruning_parse_demand},
    {"breakdown", NULL, CC_OPTION_FLAG, false, offsetof(struct options, breakdown),
     "add columns that break time and energy down", NULL},
    {"describe", NULL, CC_OPTION_FLAG, false, offsetof(struct options, describe),
     "print the model as understood, with its parameters and bytes, and exit; --constants is then optional", NULL},
    CC_OPTIONS_CONVENTIONS(struct options),
    CC_OPTIONS_REJECTS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "llm-map",
    .summary = "Maps a language model onto each server and simulates its inference.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .describes = "describe",
    .notes = "Reads: chip, package, server. Adds: model, system, workload, points.\n\n"
             "Example:\n  llm-map --constants 7nm.yaml --model gpt3.yaml servers |\n"
             "    tco-eval --constants 7nm.yaml | pareto | rec2csv\n",
};

/* A model, and what is the same of it on every server. */
struct subject {
    struct cc_llm_file model;
    const char *path;                    /* as it was given */
    struct cc_alternatives *num_servers; /* the system's or, without a system file, this model's */
    size_t depth_count;
    int64_t depths[CC_DEPTHS_MAX];
    struct cc_holdings holdings;
    struct cc_pruner **pruners;   /* where points are left out, of each alternative of the system; NULL: none yet */
    struct cc_passing **passings; /* likewise, of systems of a --phase */
};

enum { PRUNERS_MAX = 64, TABLES_BYTES = 40 << 20 }; /* of all models */

/* The current server under a system, whatever it serves. */
struct served {
    bool known;
    uint64_t alternative;
    bool whole;              /* the system has a part of the server, */
    struct cc_reject reject; /* or this is why not */
    struct cc_system system;
    struct cc_server part;
    struct cc_serving serving; /* without a model */
    struct cc_prices unit;     /* for one server */
    size_t family;             /* where points are left out */
};

struct design {
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct cc_decoded of_chip, of_package, of_server;
};

struct mapper {
    struct cc_run run;
    const struct options *options;
    struct cc_constants constants;
    struct cc_tco_rates rates;
    struct cc_system_file system;
    size_t subject_count;
    struct subject *subjects;
    struct subject *subject;        /* the one being evaluated */
    int64_t *server_counts;         /* room for every alternative of num_servers */
    struct cc_workload_input asked; /* whose batches they are */
    struct cc_batches batches;
    struct design read; /* the record's; an entry that repeats the one before is not decoded again */
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct served served;
    struct cc_system_input in; /* the system, when there is one alone */
    bool in_taken;
    char *rows;                           /* of row_bytes each */
    size_t row_count, row_size, row_most; /* row_most: the limit of a record */
    const struct cc_record *record;       /* the server being evaluated, under this system and workload */
    struct cc_workload workload;
    struct cc_space space;
    struct cc_experts_memo experts;
    bool fits;         /* the current server has room for the model, whether it is answered with or not */
    bool passed_over;  /* points of it have been left out */
    double most_rate;  /* requests/s that one of its points that do not keep up takes in; 0: there are none */
    const char *fault; /* why the latest server that could not be bounded was evaluated as ever */
    struct cc_families *families; /* by alternative of the system, where points are left out */
    struct cc_choice choices[CC_CHOICES_MAX];
    struct cc_levels levels;
    struct cc_alones alones;
};

static _Noreturn void fail_memory(struct mapper *m)
{
    struct cc_error error;
    cc_fail_memory(&error);
    cc_run_fail(&m->run, &error);
}

static void write_evaluation(struct mapper *m);

/* Bytes of a row: without those of a breakdown, which lie behind all others, unless there is one. */
static size_t row_bytes(const struct mapper *m)
{
    return m->options->breakdown ? sizeof(struct cc_point) : offsetof(struct cc_point, num_chips);
}

/* Room for another row, whose columns of a breakdown are there but not kept unless there is one; a full record is
 * written, and the next one continues it. */
static struct cc_point *new_row(struct mapper *m)
{
    if (m->row_count == m->row_most) {
        write_evaluation(m);
        m->run.continued++;
        m->row_count = 0;
    }
    if (m->row_count == m->row_size) {
        const size_t size = m->row_size == 0 ? 256 : m->row_size * 2;
        char *rows = realloc(m->rows, size * row_bytes(m) + sizeof(struct cc_point));
        if (rows == NULL)
            fail_memory(m);
        m->rows = rows;
        m->row_size = size;
    }
    return (void *)(m->rows + m->row_count++ * row_bytes(m));
}

static void add_row(struct mapper *m, const struct cc_point *point)
{
    memcpy(new_row(m), point, row_bytes(m));
}

/* What becomes of a point when requests arrive by themselves. False: it does not keep up with them. */
static bool set_arrivals(struct mapper *m, const struct cc_mapping *mapping, struct cc_point *point)
{
    const struct cc_workload *workload = &m->workload;
    static struct cc_arrivals arrivals;
    if (!workload->has_slo)
        return true;
    cc_arrivals_open(&arrivals, m->space.serving, mapping, point->batch, workload->slo.quantile);
    if (workload->rate > 0 && !cc_arrivals_at(&arrivals, workload->rate, point)) {
        struct cc_slo any;
        cc_fields_clear(&cc_slo_fields, &any);
        m->most_rate = fmax(m->most_rate, cc_arrivals_goodput(&arrivals, &any));
        return false;
    }
    cc_arrivals_set_goodput(&arrivals, &workload->slo, point);
    return true;
}

/* Adds a row, unless the system would not keep up; whether it has. */
static bool add_mapping(struct mapper *m, const struct cc_mapping *mapping, const struct cc_point *point)
{
    struct cc_point row = *point;
    if (!set_arrivals(m, mapping, &row))
        return false;
    add_row(m, &row);
    return true;
}

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

static struct cc_objectives objectives_of(const struct mapper *m)
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

static struct cc_prices prices_for(const struct mapper *m, double num_servers)
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

/* What mappings of one phase are left out for, under the system `alternative`. */
static struct cc_passing *passing_of(struct mapper *m, uint64_t alternative)
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

static int compare_int64(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Every divisor of the number of layers: the number of servers when there is no system file. */
static size_t divisors(int64_t n, int64_t *list)
{
    size_t count = 0;
    for (int64_t d = 1; d <= n; d++)
        if (n % d == 0)
            list[count++] = d;
    return count;
}

/* Numbers of servers, ascending, each once. */
struct counts {
    const int64_t *list;
    size_t count;
    size_t first;     /* where they begin among those that a pruner has listed; */
    const bool *open; /* which have to be looked at; NULL: all */
};

static struct counts sorted(int64_t *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, compare_int64);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || list[i] != list[kept - 1])
            list[kept++] = list[i];
    return (struct counts){list, kept, 0, NULL};
}

static size_t alternatives_of_servers(const struct mapper *m)
{
    return (size_t)cc_alternatives_count(m->subject->num_servers);
}

/* The numbers of servers that the system's alternatives come to. None holds the model: `reject` says so. */
static struct counts count_servers(struct mapper *m, const struct cc_system_input *system, struct cc_reject *reject)
{
    struct cc_system_input in = *system;
    const struct cc_power power = {m->served.part.tdp_w, m->served.part.tdp_w};
    const double tco_usd = cc_tco_of(&m->rates, m->served.part.cost_usd, power).total_usd;
    size_t count = 0;
    for (size_t i = 0; i < alternatives_of_servers(m); i++) {
        if (m->subject->num_servers != NULL)
            in.num_servers = cc_alternatives_int(m->subject->num_servers, i);
        count += cc_system_servers(&in, &m->subject->model.llm, m->served.serving.server_memory_bytes, tco_usd,
                                   &m->server_counts[count], reject);
    }
    return sorted(m->server_counts, count);
}

/* Whether the numbers of servers of a system are those that it lists, but for those that do not hold the model. */
static bool lists_servers(const struct mapper *m, const struct cc_system_input *in)
{
    return isnan(in->kv_cache_ratio) && in->max_ctx_len_batch_1 == CC_NO_INT && !(in->instances_per_server > 1) &&
           (m->subject->num_servers != NULL || in->num_servers != CC_NO_INT);
}

/* Those that it lists. */
static struct counts listed_servers(struct mapper *m, const struct cc_system_input *in)
{
    const size_t count = alternatives_of_servers(m);
    int64_t *list = cc_arena_take(&m->subject->model.file.arena, count * sizeof *list);
    if (list == NULL)
        fail_memory(m);
    for (size_t i = 0; i < count; i++)
        list[i] = m->subject->num_servers == NULL ? in->num_servers : cc_alternatives_int(m->subject->num_servers, i);
    return sorted(list, count);
}

/* The numbers of servers that hold the model. Of those that are listed, those from the first one on. */
static struct counts counts_of(struct mapper *m, const struct cc_system_input *in, const struct cc_pruner *pruner,
                               struct cc_reject *reject)
{
    const double bytes = m->subject->model.llm.bytes;
    for (size_t i = 0; pruner != NULL && i < pruner->count_count; i++)
        if ((double)pruner->counts[i] * m->served.serving.server_memory_bytes >= bytes)
            return (struct counts){pruner->counts + i, pruner->count_count - i, i, pruner->open + i};
    return count_servers(m, in, reject);
}

enum { TABLES_MAX = 9 };

/* The tables of the columns that points get; returns how many. */
static size_t tables_of(const struct mapper *m, const struct cc_system *system,
                        const struct cc_fields *tables[TABLES_MAX])
{
    static const struct cc_fields *const of_phase[] = {[CC_BOTH_PHASES] = &cc_point_columns,
                                                       [CC_PREFILL_ALONE] = &cc_prefill_alone_columns,
                                                       [CC_GENERATE_ALONE] = &cc_generate_alone_columns,
                                                       [CC_CHUNKED] = &cc_chunked_columns};
    static const struct cc_fields *const rate_of_phase[] = {[CC_BOTH_PHASES] = &cc_rate_columns,
                                                            [CC_PREFILL_ALONE] = &cc_rate_prefill_columns,
                                                            [CC_GENERATE_ALONE] = &cc_rate_generate_columns,
                                                            [CC_CHUNKED] = &cc_rate_columns};
    size_t count = 0;
    tables[count++] = of_phase[m->options->phase];
    if (system->sub_sys_num_servers != CC_NO_INT)
        tables[count++] = &cc_sub_system_columns;
    if (m->options->service_levels)
        tables[count++] = &cc_level_columns;
    if (m->workload.rate > 0)
        tables[count++] = rate_of_phase[m->options->phase];
    if (m->workload.has_slo)
        tables[count++] = &cc_goodput_columns;
    if (!m->subject->model.llm.plain)
        tables[count++] = &cc_layout_columns;
    if (m->options->breakdown)
        tables[count++] = &cc_point_breakdown_columns;
    if (m->options->breakdown && m->subject->model.llm.experts > 0)
        tables[count++] = &cc_expert_breakdown_columns;
    if (m->options->breakdown && system->has_overheads)
        tables[count++] = &cc_fixed_breakdown_columns;
    return count;
}

/* Number of points of this system that fit into a record, with the columns that tco-eval adds. */
static size_t room_for_rows(struct mapper *m)
{
    const struct cc_fields *tables[TABLES_MAX];
    const size_t count = tables_of(m, &m->served.system, tables);
    size_t columns = cc_cost_columns.count + cc_cost_breakdown_columns.count;
    if (m->workload.has_slo)
        columns += cc_cost_rate_columns.count + cc_cost_goodput_columns.count;
    for (size_t i = 0; i < count; i++)
        columns += tables[i]->count;
    const size_t most = cc_points_rows_most(m->record, columns);
    if (most == 0) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA,
                "has %zu values; with the columns of points there would be more than %d, the limit",
                m->record->tape->count, CC_RECORD_VALUES_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    return most;
}

/* The model as a record has it: a plain one without what depends on the workload. */
static void set_request_bytes(struct cc_llm *llm, const struct cc_workload *workload)
{
    if (!llm->plain)
        llm->kv_bytes_per_request =
            cc_llm_kv_request_bytes(llm, (double)(workload->prefill_len + workload->generate_len));
}

static void write_evaluation(struct mapper *m)
{
    const struct cc_record *record = m->record;
    const struct cc_fields *tables[TABLES_MAX];
    const size_t table_count = tables_of(m, &m->served.system, tables);
    const struct cc_rows rows = {m->rows, row_bytes(m), m->row_count, tables, table_count, NULL};
    struct cc_writer *writer = m->run.writer;
    struct cc_error error;
    if (record->count + 4 > CC_ENTRIES_MAX) {
        cc_fail(&error, CC_BAD_DATA,
                "has %zu entries; with model, system, workload and points there would be more than %d, the limit",
                record->count, CC_ENTRIES_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_EVALUATION)), record->count + 4);
    for (size_t i = 1; i < record->count; i++)
        cc_write_entry(writer, &record->entry[i]);
    set_request_bytes(&m->subject->model.llm, &m->workload);
    if (!cc_write_struct(writer, "model", &cc_llm_fields, &m->subject->model.llm, &error) ||
        !cc_write_struct(writer, "system", &cc_system_fields, &m->served.system, &error) ||
        !cc_write_struct(writer, "workload", &cc_workload_fields, &m->workload, &error) ||
        !cc_write_points(writer, &rows, &error)) {
        cc_writer_take_back(writer);
        cc_run_fail_record(&m->run, &error);
    }
    cc_run_end_record(&m->run);
}

/* A chip without bf16 needs the energies of its own types. */
static void check_energy(struct mapper *m, const struct cc_serving *serving)
{
    struct cc_error error;
    if (!serving->energy_model || cc_precisions_have_energy(&serving->precision))
        return;
    cc_fail(&error, CC_BAD_DATA,
            "chip.perf_ratio has no bf16: the constants must give the energy of each number type that the model "
            "computes in, such as Energy.fma_%.*s",
            CC_TEXT_ARG(m->chip.number_type));
    cc_run_fail_record(&m->run, &error);
}

/* The workload as the record has it: with a rate there is a quantile. */
static struct cc_workload workload_of(const struct mapper *m, const struct cc_system_input *in)
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

/* Makes a system the one that the current server is in. */
static void take_system(struct mapper *m, const struct cc_system_input *in, uint64_t alternative)
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

/* The current server with the current model. */
static struct cc_serving serving_of(struct mapper *m)
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

static bool is_bounded(struct mapper *m, const struct cc_system_input *in)
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

/* The pruner of the current server, under the system `alternative`. */
static struct cc_pruner *pruner_of(struct mapper *m, const struct cc_system_input *in, uint64_t alternative)
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

/* Whether the chip can compute the model at all. */
static bool can_compute(struct mapper *m, const struct cc_serving *serving, struct cc_reject *reject)
{
    if (cc_chip_lacks_width(&m->chip))
        return cc_rejected(reject, CC_REJECT_SYSTOLIC_WIDTH, (double)m->chip.systolic_width, 1);
    if (!serving->has_precision)
        return cc_rejected(reject, CC_REJECT_PRECISION, m->subject->model.llm.format.activation_bits.bits, 0);
    check_energy(m, serving);
    return true;
}

/* Adds the points of all numbers of servers. */
static void add_points(struct mapper *m, const struct cc_system_input *in, const struct cc_serving *serving,
                       struct counts counts, struct cc_pruner *pruner, struct cc_passing *passing,
                       struct cc_reject *reject)
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

/* A server without a point: rejected, for what no point of it keeps up with, for what the last was rejected for, or for
 * lack of room; unless it has been passed over. */
static void turn_down(struct mapper *m, const struct cc_system_input *in, const struct cc_serving *serving,
                      struct counts counts, struct cc_reject *reject)
{
    const struct cc_llm *llm = &m->subject->model.llm;
    const double tokens = (double)(m->workload.prefill_len + m->workload.generate_len);
    if (m->most_rate > 0 && !m->passed_over)
        cc_rejected(reject, CC_REJECT_RATE, m->workload.rate, m->most_rate);
    else if (m->fits) {
        m->run.pruned++;
        return;
    } else if (counts.count > 0 && !in->has_mapping &&
               (serving->duty != CC_CHUNKED || cc_chunks_keep_up(serving, 1, reject)))
        cc_rejected(reject, CC_REJECT_NO_MAPPING, llm->bytes + cc_llm_kv_request_bytes(llm, tokens),
                    (double)counts.list[counts.count - 1] * serving->server_memory_bytes);
    cc_run_reject(&m->run, m->record->id, reject);
}

/* Evaluates the current server under one system: a record, or a rejection. */
static void evaluate(struct mapper *m, const struct cc_record *record, const struct cc_system_input *in,
                     uint64_t alternative)
{
    struct cc_pruner *pruner = NULL;
    struct cc_passing *passing = NULL;
    struct cc_serving serving;
    struct cc_reject reject;
    struct counts counts = {NULL, 0, 0, NULL};
    m->record = record;
    m->run.candidates++;
    m->fits = m->passed_over = false;
    m->most_rate = 0;
    m->row_count = 0;
    take_system(m, in, alternative);
    reject = m->served.reject;
    if (m->served.whole) {
        const bool bounded = is_bounded(m, in), phase = m->options->phase != CC_BOTH_PHASES;
        if (bounded && phase)
            passing = passing_of(m, alternative);
        if (bounded && !phase)
            pruner = pruner_of(m, in, alternative);
        else
            serving = serving_of(m);
        if (can_compute(m, pruner != NULL ? cc_prune_model_of(pruner, m->served.family) : &serving, &reject))
            counts = counts_of(m, in, pruner, &reject);
    }
    if (pruner != NULL && counts.count > 0) {
        if (counts.open != NULL && cc_prune_server(pruner, counts.first)) {
            m->run.pruned++;
            return;
        }
        serving = serving_of(m);
    }
    if (counts.count > 0)
        add_points(m, in, &serving, counts, pruner, passing, &reject);
    if (m->row_count > 0)
        write_evaluation(m);
    else
        turn_down(m, in, &serving, counts, &reject);
}

/* Takes the devices that software sees for chips, and checks what is named. */
static bool take_design(struct mapper *m, struct cc_error *error)
{
    m->chip = m->read.chip;
    m->package = m->read.package;
    m->server = m->read.server;
    if (!cc_devices_of(&m->chip, &m->package, &m->server))
        return cc_fail(error, CC_BAD_DATA, "package.devices: %lld does not divide the package's %lld chips",
                       (long long)m->package.devices, (long long)m->package.num_chips);
    const struct cc_chip *chip = &m->chip;
    if (chip->dataflow.len > 0 && !cc_text_is(chip->dataflow, "WS") && !cc_text_is(chip->dataflow, "roofline"))
        return cc_fail(error, CC_BAD_DATA, "chip.dataflow: '%.*s' is not one of: roofline, WS",
                       CC_TEXT_ARG(chip->dataflow));
    enum cc_all_reduce algorithm;
    const struct cc_text network = m->server.allreduce_algo;
    if (network.len > 0 && !cc_all_reduce_named(network, &algorithm))
        return cc_fail(error, CC_BAD_DATA,
                       "server.allreduce_algo: '%.*s' is no all-reduce algorithm: expected ring, switch, mesh or "
                       "another that chiplet-cloud-inputs(5) lists",
                       CC_TEXT_ARG(network));
    return true;
}

/* The batches of a workload; found anew only when another asks for others. */
static void take_batches(struct mapper *m, const struct cc_workload_input *workload)
{
    if (m->batches.count > 0 && cc_batches_same(&m->asked, workload))
        return;
    (void)cc_batches_of(&m->batches, workload); /* cc_system_open has refused lists that do not fit */
    m->asked = *workload;
}

/* Refuses options that a system in a steady state does not have. */
static void check_phase(struct mapper *m, const struct cc_system_input *in)
{
    const enum cc_duty phase = m->options->phase;
    const struct cc_workload workload = workload_of(m, in);
    const int64_t steps = workload.generate_len - (m->options->shared.conventions.first_token ? 1 : 0);
    struct cc_error error;
    if (phase != CC_BOTH_PHASES && in->sub_sys_num_servers != CC_NO_INT)
        cc_fail(&error, CC_BAD_DATA, "%s: sub_sys_num_servers: with --phase a system has no sub-systems: leave it out",
                m->options->system);
    else if (workload.has_slo && in->sub_sys_num_servers != CC_NO_INT)
        cc_fail(&error, CC_BAD_DATA,
                "%s: sub_sys_num_servers: where requests arrive by themselves (rate, slo) a system has no sub-systems: "
                "leave it out",
                m->options->system);
    else if ((phase == CC_GENERATE_ALONE || phase == CC_CHUNKED) && steps == 0)
        cc_fail(
            &error, CC_BAD_DATA,
            "%s: workload.eval_len: an answer of one token comes with the prefill: with --phase %s expected 2 or more",
            m->options->system, phase_names[phase]);
    else if (phase == CC_CHUNKED && in->prefill_chunk == CC_NO_INT)
        cc_fail(&error, CC_BAD_DATA,
                "%s: prefill_chunk: expected with --phase chunked: tokens of prompts in a pass, such as 512",
                m->options->system);
    else
        return;
    cc_run_fail(&m->run, &error);
}

/* The system `index`: the only one is taken once. */
static const struct cc_system_input *system_input(struct mapper *m, uint64_t index)
{
    if (!m->in_taken)
        cc_alternatives_take(m->system.systems, &cc_system_input_fields, index, &m->in);
    m->in_taken = cc_alternatives_count(m->system.systems) == 1;
    return &m->in;
}

/* Evaluates the current server with the current model, under each system. */
static void evaluate_model(struct mapper *m, const struct cc_record *record)
{
    for (uint64_t i = 0; i < cc_alternatives_count(m->system.systems); i++) {
        const struct cc_system_input *in = system_input(m, i);
        struct cc_error error;
        if (in->has_mapping && in->mapping.expert_parallel > 1 && m->subject->model.llm.experts == 0) {
            cc_fail(&error, CC_BAD_DATA, "%s: default_mapping: ep is %lld, and %.*s has no experts", m->options->system,
                    (long long)in->mapping.expert_parallel, CC_TEXT_ARG(m->subject->model.llm.name));
            cc_run_fail(&m->run, &error);
        }
        check_phase(m, in);
        take_batches(m, &in->workload);
        evaluate(m, record, in, i);
    }
}

static bool read_design(struct design *read, const struct cc_record *record, struct cc_error *error)
{
    return cc_decode_changed(record, "chip", &cc_chip_fields, &read->chip, &read->of_chip, error) &&
           cc_decode_changed(record, "package", &cc_package_fields, &read->package, &read->of_package, error) &&
           cc_decode_changed(record, "server", &cc_server_fields, &read->server, &read->of_server, error);
}

static void map_server(struct mapper *m, const struct cc_record *record)
{
    struct cc_error error;
    if (record->kind != CC_KIND_SERVER) {
        cc_fail(&error, CC_BAD_DATA, "schema is %.*s, expected %s (a record of server-pack)",
                CC_TEXT_ARG(record->schema), cc_kind_schema(CC_KIND_SERVER));
        cc_run_fail_record(&m->run, &error);
    }
    if (!read_design(&m->read, record, &error) || !take_design(m, &error))
        cc_run_fail_record(&m->run, &error);
    m->served.known = false;
    for (size_t i = 0; i < m->subject_count; i++) {
        m->subject = &m->subjects[i];
        m->run.model = m->subject_count > 1 ? m->subject->model.llm.name : (struct cc_text){"", 0};
        evaluate_model(m, record);
    }
}
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

static void read_inputs(struct mapper *m)
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

static void close_inputs(struct mapper *m)
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

/* All of it, however long. */
static void print_text(struct cc_text text)
{
    if (text.len > 0)
        fwrite(text.s, 1, text.len, stdout);
}

static void print_real(const char *name, double value)
{
    char text[CC_REAL_TEXT];
    cc_format_real(value, text);
    printf("%s: %s\n", name, text);
}

/* The model as YAML: the fields of the entry that records have of it. */
static void describe_model(struct cc_llm *llm)
{
    llm->active_parameters = cc_llm_active_parameters(llm);
    for (size_t i = 0; i < cc_llm_fields.count; i++) {
        const struct cc_field *field = &cc_llm_fields.field[i];
        const void *value = cc_field_in(field, llm);
        switch (field->type) {
        case CC_TYPE_TEXT:
            if (((const struct cc_text *)value)->len == 0)
                break;
            printf("%s: ", field->name);
            print_text(*(const struct cc_text *)value);
            putchar('\n');
            break;
        case CC_TYPE_INT:
            if (*(const int64_t *)value == CC_NO_INT)
                break;
            printf("%s: %lld\n", field->name, (long long)*(const int64_t *)value);
            break;
        case CC_TYPE_FLAG:
            printf("%s: %s\n", field->name, *(const bool *)value ? "true" : "false");
            break;
        case CC_TYPE_FORMAT:
            if (((const struct cc_number_format *)value)->bits > 0)
                print_real(field->name, ((const struct cc_number_format *)value)->bits);
            break;
        default:
            if (!isnan(*(const double *)value))
                print_real(field->name, *(const double *)value);
        }
    }
}

static void describe_models(struct mapper *m)
{
    for (size_t i = 0; i < m->subject_count; i++) {
        if (i > 0)
            printf("---\n");
        describe_model(&m->subjects[i].model.llm);
    }
}

/* The names when all options have been read. */
static void settle_names(struct asked_models *models)
{
    const char *after = models->name[models->files.count];
    if (after == NULL || !models->names_lead)
        return;
    if (models->files.count > 1)
        cc_options_misuse(&program, "--name %s: expected a --model after it, like the --name before it", after);
    models->name[0] = after; /* of an option given twice the last value holds */
}

static void check_options(struct options *options)
{
    struct cc_error error;
    if (!pruning_check(&options->pruning, &error))
        cc_options_misuse(&program, "%s", error.text);
    if (options->phase == CC_CHUNKED && options->system == NULL)
        cc_options_misuse(&program, "--phase chunked: expected a --system that has prefill_chunk");
    if (options->phase != CC_BOTH_PHASES && (options->breakdown || options->service_levels))
        cc_options_misuse(&program, "--phase and --%s exclude each other",
                          options->breakdown ? "breakdown" : "service-levels");
    if (options->phase != CC_BOTH_PHASES && !pruning_of_phases(&options->pruning))
        cc_options_misuse(&program, "--phase: expected --frontier demand_usd_per_output_token with it, then any of "
                                    "generate_latency_s, ttft_s, tpot_s, and --where on these");
    options->service_levels |= options->phase == CC_BOTH_PHASES && pruning_by_levels(&options->pruning);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected(), .price_range = 3};
    struct cc_operands operands;
    struct cc_record record;
    static struct mapper mapper;
    cc_options_parse(&program, argc, argv, &options, &operands);
    settle_names(&options.models);
    check_options(&options);
    mapper.options = &options;
    options.shared.force |= options.describe; /* text */
    cc_run_open(&mapper.run, &program, &options.shared, options.describe ? NULL : &operands);
    read_inputs(&mapper);
    if (options.describe)
        describe_models(&mapper);
    while (!options.describe && cc_run_next(&mapper.run, &record))
        map_server(&mapper, &record);
    close_inputs(&mapper);
    return cc_run_finish(&mapper.run);
}
