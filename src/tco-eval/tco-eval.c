/* tco-eval: what a token costs at each operating point.
 *
 * Reads: server, system, workload, points or point. Adds columns to the points: tco_usd, usd_per_input_token,
 * usd_per_output_token and, with --breakdown, their parts. */
#include <stdlib.h>

#include "cli/run.h"
#include "input/inputs.h"
#include "model/serving/cost.h"
#include "stream/points.h"

struct options {
    struct cc_shared_options shared;
    bool breakdown;
};

static const struct cc_option option_table[] = {
    CC_OPTIONS_CONSTANTS(struct options),
    {"breakdown", NULL, CC_OPTION_FLAG, false, offsetof(struct options, breakdown),
     "add columns that say what the cost is made of", NULL},
    CC_OPTIONS_CONVENTIONS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "tco-eval",
    .summary = "Adds the cost of a token to each operating point.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Reads: server, system, workload, points or point. Adds columns to the points.\n\n"
             "Example:\n  tco-eval --constants 7nm.yaml evaluations | pareto | rec2csv\n",
};

/* The columns of points that the cost depends on. */
enum column { NUM_SERVERS, BATCH, PREFILL_S, GENERATE_S, PREFILL_J, GENERATE_J, SUB_SYSTEMS, COLUMN_COUNT };

static const struct {
    const char *name;
    enum cc_range range;
} columns[COLUMN_COUNT] = {
    [NUM_SERVERS] = {"num_servers", CC_POSITIVE},         [BATCH] = {"batch", CC_POSITIVE},
    [PREFILL_S] = {"prefill_latency_s", CC_POSITIVE},     [GENERATE_S] = {"generate_latency_s", CC_POSITIVE},
    [PREFILL_J] = {"prefill_energy_j", CC_NOT_NEGATIVE},  [GENERATE_J] = {"generate_energy_j", CC_NOT_NEGATIVE},
    [SUB_SYSTEMS] = {"prefill_sub_systems", CC_POSITIVE},
};

struct evaluator {
    struct cc_run run;
    const struct options *options;
    struct cc_tco_rates rates;
    size_t size; /* rows that there is room for */
    double *values[COLUMN_COUNT];
    struct cc_point_cost *costs;
};

static _Noreturn void fail_memory(struct evaluator *e)
{
    struct cc_error error;
    cc_fail_memory(&error);
    cc_run_fail(&e->run, &error);
}

static void make_room(struct evaluator *e, size_t rows)
{
    if (rows <= e->size)
        return;
    e->size = rows * 2;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        free(e->values[c]);
        e->values[c] = malloc(e->size * sizeof *e->values[c]);
        if (e->values[c] == NULL)
            fail_memory(e);
    }
    free(e->costs);
    e->costs = malloc(e->size * sizeof *e->costs);
    if (e->costs == NULL)
        fail_memory(e);
}

static void compute_costs(struct evaluator *e, const struct cc_cost_basis *basis, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        const struct cc_cost_input in = {
            .num_servers = e->values[NUM_SERVERS][i],
            .batch = e->values[BATCH][i],
            .prefill_s = e->values[PREFILL_S][i],
            .generate_s = e->values[GENERATE_S][i],
            .energy_j = e->values[PREFILL_J][i] + e->values[GENERATE_J][i],
            .prefill_sub_systems = e->values[SUB_SYSTEMS][i],
        };
        e->costs[i] = cc_point_cost_of(basis, &in);
    }
}

static bool write_costed(struct evaluator *e, const struct cc_record *record, const struct cc_points *points,
                         struct cc_error *error)
{
    const struct cc_fields *const tables[] = {&cc_cost_columns, &cc_cost_breakdown_columns};
    const struct cc_rows rows = {e->costs, sizeof *e->costs, points->rows, tables, e->options->breakdown ? 2 : 1};
    struct cc_writer *writer = e->run.writer;
    cc_writer_begin(writer, record->schema, record->count);
    for (size_t i = 1; i < record->count; i++) {
        if (&record->entry[i] != points->entry) {
            cc_write_entry(writer, &record->entry[i]);
        } else if (!cc_write_points_extended(writer, points, &rows, error)) {
            cc_writer_take_back(writer);
            return false;
        }
    }
    cc_run_end_record(&e->run);
    return true;
}

/* Reads the columns. prefill_sub_systems is there only when a system has them. */
static bool read_columns(struct evaluator *e, const struct cc_points *points, struct cc_error *error)
{
    make_room(e, points->rows);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (c == SUB_SYSTEMS && cc_points_column(points, cc_text_of(columns[c].name)) == NULL) {
            for (size_t i = 0; i < points->rows; i++)
                e->values[c][i] = 1;
        } else if (!cc_points_numbers(points, columns[c].name, columns[c].range, e->values[c], error)) {
            return false;
        }
    }
    return true;
}

static bool cost_record(struct evaluator *e, const struct cc_record *record, struct cc_error *error)
{
    struct cc_points points;
    struct cc_server server;
    struct cc_system system;
    struct cc_workload workload;
    if (!cc_points_open(record, &points, error))
        return false;
    if (points.map == NULL)
        return cc_fail(error, CC_BAD_DATA, "has neither points nor point: expected an evaluation or a design record");
    if (!cc_decode_entry(record, "server", &cc_server_fields, &server, error) ||
        !cc_decode_entry(record, "system", &cc_system_fields, &system, error) ||
        !cc_decode_entry(record, "workload", &cc_workload_fields, &workload, error) || !read_columns(e, &points, error))
        return false;
    struct cc_server part;
    struct cc_reject reject;
    if (!cc_server_part_of(&server, cc_system_instances(&system), &part, &reject))
        return cc_fail(error, CC_BAD_DATA,
                       "system.instances_per_server: %lld do not divide the %lld packages of the server",
                       (long long)system.instances_per_server, (long long)server.num_packages);
    const struct cc_cost_basis basis =
        cc_cost_basis_of(&e->rates, &part, system.energy_model, workload, e->options->shared.conventions);
    compute_costs(e, &basis, points.rows);
    e->run.candidates += points.rows;
    return write_costed(e, record, &points, error);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected()};
    struct evaluator evaluator = {.options = &options};
    struct cc_operands operands;
    struct cc_constants constants;
    struct cc_record record;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&evaluator.run, &program, &options.shared, &operands);
    if (!cc_constants_read(&constants, options.shared.constants, &error))
        cc_run_fail(&evaluator.run, &error);
    evaluator.rates = cc_tco_rates_of(&constants, options.shared.conventions);
    while (cc_run_next(&evaluator.run, &record))
        if (!cost_record(&evaluator, &record, &error))
            cc_run_fail_record(&evaluator.run, &error);
    for (int c = 0; c < COLUMN_COUNT; c++)
        free(evaluator.values[c]);
    free(evaluator.costs);
    return cc_run_finish(&evaluator.run);
}
