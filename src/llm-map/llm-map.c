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
#include "model/serving/chunked.h"
#include "model/serving/memory_fit.h"
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
    bool all_mappings, service_levels, breakdown, describe, frontier;
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

static bool parse_name(const char *text, void *member, struct cc_error *error)
{
    struct asked_models *models = member;
    const size_t most = 200;
    models->names_lead |= models->files.count == 0;
    models->name[models->files.count - (models->names_lead ? 0 : 1)] = text;
    return (text[0] != '\0' && strlen(text) <= most && cc_text_is_plain(cc_text_of(text))) ||
           cc_fail(error, CC_USAGE, "--name: expected 1 to %zu bytes of UTF-8 without control characters", most);
}

/* The columns that the frontier is of. */
static bool parse_frontier(const char *text, void *member, struct cc_error *error)
{
    bool *frontier = member;
    *frontier = strcmp(text, "usd_per_output_token,generate_latency_s") == 0;
    return *frontier ||
           cc_fail(error, CC_USAGE, "--frontier %s: expected usd_per_output_token,generate_latency_s", text);
}

static const struct cc_option option_table[] = {
    CC_OPTIONS_CONSTANTS(struct options),
    {"model", "FILE", CC_OPTION_FILES, true, offsetof(struct options, models.files),
     "language model: YAML, or a Hugging Face config.json or its folder; or a name, such as gpt3; given several times: "
     "each of them on every server",
     NULL},
    {"name", "NAME", CC_OPTION_PARSED, false, offsetof(struct options, models),
     "what the model before it is called in records (default: its name in the file, or that of the file)", parse_name},
    {"system", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, system),
     "system: YAML, or a name (default: every divisor of the number of layers as number of servers, 128 + 128 tokens)",
     NULL},
    {"phase", "prefill|generate|chunked", CC_OPTION_PARSED, false, offsetof(struct options, phase),
     "systems in a steady state that do one phase alone, or both in mixed passes, prompts in chunks of the system's "
     "prefill_chunk (default: both, one batch after the other)",
     parse_phase},
    {"price-range", "R", CC_OPTION_PARSED, false, offsetof(struct options, price_range),
     "keep the mappings that are cheapest for some price of time over price of energy within a factor R of that of "
     "the constants, 1 to inf (default: 3)",
     parse_price_range},
    {"all-mappings", NULL, CC_OPTION_FLAG, false, offsetof(struct options, all_mappings), "keep every mapping", NULL},
    {"service-levels", NULL, CC_OPTION_FLAG, false, offsetof(struct options, service_levels),
     "add the column ttft_s, and keep every mapping that no other beats in cost, time to the first token and time of a "
     "token",
     NULL},
    {"frontier", "COLUMNS", CC_OPTION_PARSED, false, offsetof(struct options, frontier),
     "leave out points that written ones beat in both of usd_per_output_token,generate_latency_s, for each model and "
     "workload; costs are those of tco-eval with the same constants and conventions",
     parse_frontier},
    {"breakdown", NULL, CC_OPTION_FLAG, false, offsetof(struct options, breakdown),
     "add columns that say where time and energy go", NULL},
    {"describe", NULL, CC_OPTION_FLAG, false, offsetof(struct options, describe),
     "print the model as it is understood, with its parameters and bytes, and exit", NULL},
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
    .notes = "Reads: chip, package, server. Adds: model, system, workload, points.\n\n"
             "Example:\n  llm-map --constants 7nm.yaml --model gpt3.yaml servers | tco-eval --constants 7nm.yaml |\n"
             "    pareto | rec2csv\n",
};

/* A model, and what is the same of it on every server. */
struct subject {
    struct cc_llm_file model;
    const char *path;                    /* as it was given */
    struct cc_alternatives *num_servers; /* the system's or, without a system file, this model's */
    size_t depth_count;
    int64_t depths[CC_DEPTHS_MAX];
    struct cc_holdings holdings;
    struct cc_pruner **pruners; /* with --frontier, of each alternative of the system; NULL: none yet */
};

enum { PRUNERS_MAX = 64 }; /* of all models */

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
    struct cc_server server, part; /* part: what of it one system has */
    struct cc_point *rows;
    size_t row_count, row_size, row_most; /* row_most: the limit of a record */
    const struct cc_record *record;       /* the server being evaluated, under this system and workload */
    struct cc_system evaluated_system;
    struct cc_workload workload;
    struct cc_space space;
    struct cc_experts_memo experts;
    bool fits;         /* the current server has room for the model, whether it is answered with or not */
    const char *fault; /* why the latest server that --frontier could not bound was evaluated as ever */
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

/* Appends a row; a full record is written, and the next one continues it. */
static void add_row(struct mapper *m, const struct cc_point *point)
{
    if (m->row_count == m->row_most) {
        write_evaluation(m);
        m->run.continued++;
        m->row_count = 0;
    }
    if (m->row_count == m->row_size) {
        const size_t size = m->row_size == 0 ? 256 : m->row_size * 2;
        struct cc_point *rows = realloc(m->rows, size * sizeof *rows);
        if (rows == NULL)
            fail_memory(m);
        m->rows = rows;
        m->row_size = size;
    }
    m->rows[m->row_count++] = *point;
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
        add_row(m, &point);
    }
}

/* The mappings of the current batch that are worth keeping, or all. */
static size_t choose(struct mapper *m, struct cc_prices prices)
{
    if (m->options->all_mappings)
        return cc_space_all(&m->space, m->choices);
    size_t count = cc_space_best(&m->space, prices, m->options->price_range, m->choices);
    if (m->options->service_levels)
        count = cc_space_add_levels(&m->space, prices, &m->levels, m->choices, count);
    if (count > 0)
        return count;
    struct cc_error error;
    cc_fail(&error, CC_BAD_DATA, "a batch has more than %d mappings that no other beats: leave out --service-levels",
            CC_LEVELS_MAX);
    cc_run_fail_record(&m->run, &error);
}

/* A row for each of them. */
static void add_batch(struct mapper *m, const struct cc_serving *serving, struct cc_prices prices,
                      struct cc_pruner *pruner)
{
    const size_t count = choose(m, prices);
    for (size_t i = 0; i < count; i++) {
        const struct cc_mapping mapping = cc_choice_mapping(&m->space, &m->choices[i]);
        struct cc_point point = cc_choice_point(&m->space, &m->choices[i]);
        if (m->options->breakdown)
            cc_point_break_down(&point, serving, &mapping);
        add_row(m, &point);
        if (pruner != NULL)
            cc_prune_learn(pruner, &m->space, prices, &m->choices[i]);
    }
}

/* Adds mappings at every batch that fits; with a pruner, at those that could be on the frontier. */
static void add_found(struct mapper *m, const struct cc_serving *serving, int64_t num_servers, struct cc_pruner *pruner)
{
    const struct cc_cost_basis basis =
        cc_cost_basis_of(&m->rates, &m->part, serving->energy_model, serving->workload, serving->conventions);
    const struct cc_prices prices = cc_prices_of(&basis, (double)num_servers);
    struct cc_prospect prospect;
    if (pruner != NULL) {
        cc_prune_batches(pruner, num_servers, prices, &prospect);
        m->fits |= prospect.fits;
        if (!prospect.any)
            return;
    }
    const size_t batches = cc_space_open(&m->space, m->subject->depths, m->subject->depth_count, num_servers);
    m->fits |= batches > 0;
    for (size_t batch = 0; batch < batches; batch++) {
        if (pruner != NULL && !prospect.batch[batch])
            continue;
        cc_space_take_batch(&m->space, batch);
        if (pruner == NULL || !cc_prune_beats(pruner, &m->space, prices))
            add_batch(m, serving, prices, pruner);
    }
}

static void add_any(void *mapper, const struct cc_alone *alone)
{
    add_row(mapper, &alone->point);
}

/* The mappings of one phase that are worth keeping, or all. */
static void add_alone(struct mapper *m, int64_t num_servers)
{
    const size_t batches = cc_space_open(&m->space, m->subject->depths, m->subject->depth_count, num_servers);
    if (m->options->all_mappings) {
        cc_space_each_alone(&m->space, batches, add_any, m);
        return;
    }
    if (!cc_space_alone(&m->space, batches, &m->alones)) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "has more than %d mappings that no other beats: take fewer batches", CC_ALONE_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    for (size_t i = 0; i < m->alones.count; i++)
        add_row(m, &m->alones.list[i].point);
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

/* The numbers of servers that the system's alternatives come to, ascending, each once. 0: none holds the model. */
static size_t count_servers(struct mapper *m, const struct cc_system_input *system, const struct cc_serving *serving,
                            struct cc_reject *reject)
{
    struct cc_system_input in = *system;
    const struct cc_power power = {m->part.tdp_w, m->part.tdp_w};
    const double tco_usd = cc_tco_of(&m->rates, m->part.cost_usd, power).total_usd;
    size_t count = 0, kept = 0;
    for (uint64_t i = 0; i < cc_alternatives_count(m->subject->num_servers); i++) {
        if (m->subject->num_servers != NULL)
            in.num_servers = cc_alternatives_int(m->subject->num_servers, i);
        count += cc_system_servers(&in, &m->subject->model.llm, serving->server_memory_bytes, tco_usd,
                                   &m->server_counts[count], reject);
    }
    qsort(m->server_counts, count, sizeof *m->server_counts, compare_int64);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || m->server_counts[i] != m->server_counts[kept - 1])
            m->server_counts[kept++] = m->server_counts[i];
    return kept;
}

enum { TABLES_MAX = 7 };

/* The tables of the columns that points get; returns how many. */
static size_t tables_of(const struct mapper *m, const struct cc_system *system,
                        const struct cc_fields *tables[TABLES_MAX])
{
    static const struct cc_fields *const of_phase[] = {[CC_BOTH_PHASES] = &cc_point_columns,
                                                       [CC_PREFILL_ALONE] = &cc_prefill_alone_columns,
                                                       [CC_GENERATE_ALONE] = &cc_generate_alone_columns,
                                                       [CC_CHUNKED] = &cc_chunked_columns};
    size_t count = 0;
    tables[count++] = of_phase[m->options->phase];
    if (system->sub_sys_num_servers != CC_NO_INT)
        tables[count++] = &cc_sub_system_columns;
    if (m->options->service_levels)
        tables[count++] = &cc_level_columns;
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
    const size_t count = tables_of(m, &m->evaluated_system, tables);
    size_t columns = cc_cost_columns.count + cc_cost_breakdown_columns.count;
    for (size_t i = 0; i < count; i++)
        columns += tables[i]->count;
    const size_t most = cc_points_rows_most(m->record, columns);
    if (most == 0) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "has %zu values: with the columns of points there would be more than %d",
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
    const size_t table_count = tables_of(m, &m->evaluated_system, tables);
    const struct cc_rows rows = {m->rows, sizeof *m->rows, m->row_count, tables, table_count, NULL};
    struct cc_writer *writer = m->run.writer;
    struct cc_error error;
    if (record->count + 4 > CC_ENTRIES_MAX) {
        cc_fail(&error, CC_BAD_DATA, "has %zu entries; with model, system, workload and points more than %d",
                record->count, CC_ENTRIES_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_EVALUATION)), record->count + 4);
    for (size_t i = 1; i < record->count; i++)
        cc_write_entry(writer, &record->entry[i]);
    set_request_bytes(&m->subject->model.llm, &m->workload);
    if (!cc_write_struct(writer, "model", &cc_llm_fields, &m->subject->model.llm, &error) ||
        !cc_write_struct(writer, "system", &cc_system_fields, &m->evaluated_system, &error) ||
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
            "chip.perf_ratio has no bf16: the constants have to give the energy of each type that the model is "
            "multiplied in, such as Energy.fma_%.*s",
            CC_TEXT_ARG(m->chip.number_type));
    cc_run_fail_record(&m->run, &error);
}

/* Why --frontier has no effect; NULL: it has. */
static const char *frontier_fault(const struct mapper *m, const struct cc_serving *serving,
                                  const struct cc_system_input *in)
{
    if (in->has_mapping)
        return "the mapping is given";
    if (m->options->all_mappings)
        return "every mapping is asked for";
    if (m->options->service_levels)
        return "service levels are asked for";
    if (m->subject_count * cc_alternatives_count(m->system.systems) > PRUNERS_MAX)
        return "there are too many systems";
    return cc_prune_fault(serving);
}

/* The pruner of the current server, under the system `alternative`; NULL: nothing. */
static struct cc_pruner *pruner_of(struct mapper *m, const struct cc_serving *serving, const struct cc_system_input *in,
                                   uint64_t alternative)
{
    if (!m->options->frontier)
        return NULL;
    const char *fault = frontier_fault(m, serving, in);
    if (fault != NULL) {
        if (m->fault == NULL || strcmp(m->fault, fault) != 0)
            cc_run_note(&m->run, "--frontier: nothing is left out: %s", fault);
        m->fault = fault;
        return NULL;
    }
    struct cc_pruner **pruner = &m->subject->pruners[alternative];
    if (*pruner == NULL && (*pruner = calloc(1, sizeof **pruner)) == NULL)
        fail_memory(m);
    cc_prune_begin(*pruner, serving, &m->batches, m->subject->depths, m->subject->depth_count);
    return *pruner;
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

/* Evaluates the current server under one system: a record, or a rejection. */
static void evaluate(struct mapper *m, const struct cc_record *record, const struct cc_system_input *in,
                     uint64_t alternative)
{
    m->record = record;
    m->evaluated_system = system_of(m, in);
    m->workload = cc_workload_of(in);
    struct cc_reject reject;
    m->run.candidates++;
    if (!cc_server_part_of(&m->server, cc_system_instances(&m->evaluated_system), &m->part, &reject)) {
        cc_run_reject(&m->run, record->id, &reject);
        return;
    }
    struct cc_serving serving =
        cc_serving_of(&m->chip, &m->package, &m->part, &m->subject->model.llm, &m->evaluated_system, m->workload,
                      &m->constants, m->options->shared.conventions);
    serving.experts_memo = &m->experts;
    serving.holdings = &m->subject->holdings;
    serving.duty = m->options->phase;
    if (cc_chip_lacks_width(&m->chip)) {
        cc_rejected(&reject, CC_REJECT_SYSTOLIC_WIDTH, (double)m->chip.systolic_width, 1);
        cc_run_reject(&m->run, record->id, &reject);
        return;
    }
    if (!serving.has_precision) {
        cc_rejected(&reject, CC_REJECT_PRECISION, m->subject->model.llm.format.activation_bits.bits, 0);
        cc_run_reject(&m->run, record->id, &reject);
        return;
    }
    check_energy(m, &serving);
    const size_t counts = count_servers(m, in, &serving, &reject);
    cc_space_begin(&m->space, &serving, &m->batches);
    struct cc_pruner *pruner = pruner_of(m, &serving, in, alternative);
    m->fits = false;
    m->row_count = 0;
    m->row_most = room_for_rows(m);
    for (size_t i = 0; i < counts; i++) {
        if (in->has_mapping)
            add_given(m, &serving, in, m->server_counts[i], &reject);
        else if (serving.duty != CC_BOTH_PHASES)
            add_alone(m, m->server_counts[i]);
        else
            add_found(m, &serving, m->server_counts[i], pruner);
    }
    if (m->row_count > 0) {
        write_evaluation(m);
        return;
    }
    if (m->fits) {
        m->run.pruned++;
        return;
    }
    if (counts > 0 && !in->has_mapping && (serving.duty != CC_CHUNKED || cc_chunks_keep_up(&serving, 1, &reject)))
        cc_rejected(&reject, CC_REJECT_NO_MAPPING,
                    m->subject->model.llm.bytes +
                        cc_llm_kv_request_bytes(&m->subject->model.llm,
                                                (double)(m->workload.prefill_len + m->workload.generate_len)),
                    (double)m->server_counts[counts - 1] * serving.server_memory_bytes);
    cc_run_reject(&m->run, record->id, &reject);
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
    const struct cc_workload workload = cc_workload_of(in);
    const int64_t steps = workload.generate_len - (m->options->shared.conventions.first_token ? 1 : 0);
    struct cc_error error;
    if (phase != CC_BOTH_PHASES && in->sub_sys_num_servers != CC_NO_INT)
        cc_fail(&error, CC_BAD_DATA, "%s: sub_sys_num_servers: with --phase a system has no sub-systems: leave it out",
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

/* Evaluates the current server with the current model, under each system. */
static void evaluate_model(struct mapper *m, const struct cc_record *record)
{
    for (uint64_t i = 0; i < cc_alternatives_count(m->system.systems); i++) {
        struct cc_system_input in;
        struct cc_error error;
        cc_alternatives_take(m->system.systems, &cc_system_input_fields, i, &in);
        if (in.has_mapping && in.mapping.expert_parallel > 1 && m->subject->model.llm.experts == 0) {
            cc_fail(&error, CC_BAD_DATA, "%s: default_mapping: ep is %lld, and %.*s has no experts", m->options->system,
                    (long long)in.mapping.expert_parallel, CC_TEXT_ARG(m->subject->model.llm.name));
            cc_run_fail(&m->run, &error);
        }
        check_phase(m, &in);
        take_batches(m, &in.workload);
        evaluate(m, record, &in, i);
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
        cc_fail(&error, CC_BAD_DATA, "schema is %.*s, expected %s", CC_TEXT_ARG(record->schema),
                cc_kind_schema(CC_KIND_SERVER));
        cc_run_fail_record(&m->run, &error);
    }
    if (!read_design(&m->read, record, &error) || !take_design(m, &error))
        cc_run_fail_record(&m->run, &error);
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
                    "%s: the published convention %s knows no experts, latent attention or windows: leave out "
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
        cc_fail(&error, CC_USAGE, "--model %s and --model %s are both named %.*s: give one another name with --name",
                other->path, subject->path, CC_TEXT_ARG(subject->model.llm.name));
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
    subject->pruners = m->options->frontier ? calloc(PRUNERS_MAX, sizeof(struct cc_pruner *)) : NULL;
    if (m->options->frontier && subject->pruners == NULL)
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

static void read_inputs(struct mapper *m)
{
    const struct options *options = m->options;
    struct cc_error error;
    if (!cc_constants_read(&m->constants, options->shared.constants, &error) ||
        (options->system != NULL && !cc_system_open(&m->system, options->system, &error)))
        cc_run_fail(&m->run, &error);
    m->rates = cc_tco_rates_of(&m->constants, options->shared.conventions);
    read_models(m);
}

static void close_inputs(struct mapper *m)
{
    free(m->rows);
    free(m->server_counts);
    for (size_t i = 0; i < m->subject_count; i++) {
        for (size_t k = 0; m->subjects[i].pruners != NULL && k < PRUNERS_MAX; k++) {
            if (m->subjects[i].pruners[k] != NULL)
                cc_prune_end(m->subjects[i].pruners[k]);
            free(m->subjects[i].pruners[k]);
        }
        free(m->subjects[i].pruners);
        cc_input_close(&m->subjects[i].model.file);
    }
    free(m->subjects);
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
        cc_options_misuse(&program, "--name %s: expected a --model after it, as after the --name before it", after);
    models->name[0] = after; /* of an option given twice the last value holds */
}

static void check_options(const struct options *options)
{
    if (options->phase == CC_CHUNKED && options->system == NULL)
        cc_options_misuse(&program, "--phase chunked: expected a --system that has prefill_chunk");
    if (options->phase != CC_BOTH_PHASES && (options->breakdown || options->service_levels || options->frontier))
        cc_options_misuse(&program, "--phase and --%s exclude each other",
                          options->breakdown        ? "breakdown"
                          : options->service_levels ? "service-levels"
                                                    : "frontier");
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
