/* tco-eval: what a token costs at each operating point.
 *
 * Reads: server, system, workload, points or point; with carbon also chip and package. Adds columns to the points:
 * tco_usd, usd_per_input_token, usd_per_output_token; with --breakdown their parts; with --demand a fleet; with carbon
 * CO2e; where requests arrive by themselves, what they cost then. */
#include <stdlib.h>

#include "base/number.h"
#include "cli/demand.h"
#include "cli/run.h"
#include "input/inputs.h"
#include "model/hardware/embodied.h"
#include "model/serving/carbon.h"
#include "model/serving/cost.h"
#include "model/serving/fleet.h"
#include "stream/points.h"

struct options {
    struct cc_shared_options shared;
    bool breakdown;
    struct cc_demand demand; /* none: no fleet */
    bool bought;
    double instead_usd_per_million; /* 0: not given */
    const char *carbon;
};

static bool parse_instead(const char *text, void *member, struct cc_error *error)
{
    double *usd = member;
    if (cc_parse_real(text, strlen(text), usd) && *usd > 0)
        return true;
    return cc_fail(error, CC_USAGE, "--instead %s: expected a price above 0, in $ for a million tokens of answers",
                   text);
}

static const struct cc_option option_table[] = {
    CC_OPTIONS_CONSTANTS(struct options),
    {"breakdown", NULL, CC_OPTION_FLAG, false, offsetof(struct options, breakdown),
     "add columns that break the cost down", NULL},
    {"demand", "NUMBER", CC_OPTION_PARSED, false, offsetof(struct options, demand),
     "add columns of a fleet for this demand, such as 10000tokens/s (of answers) or 20requests/s", cc_demand_parse},
    {"bought", NULL, CC_OPTION_FLAG, false, offsetof(struct options, bought),
     "the chips are bought: the fleet does not pay for their design (NRE)", NULL},
    {"instead", "USD", CC_OPTION_PARSED, false, offsetof(struct options, instead_usd_per_million),
     "add the demand at which a custom chip breaks even with a million output tokens bought for USD", parse_instead},
    {"carbon", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, carbon),
     "add columns of CO2e, computed with the constants of this file (YAML)", NULL},
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
    .notes = "Reads: server, system, workload, points or point. Adds columns to the points.\n"
             "With carbon also reads: chip, package.\n\n"
             "Example:\n  tco-eval --constants 7nm.yaml evaluations | pareto | rec2csv\n",
};

/* The columns of points that the cost depends on. */
enum column {
    NUM_SERVERS,
    BATCH,
    PREFILL_S,
    GENERATE_S,
    PREFILL_J,
    GENERATE_J,
    SUB_SYSTEMS,
    RATE,
    INPUT_SHARE,
    RATE_J, /* where requests arrive by themselves; these are there or not whatever the form */
    GOODPUT,
    GOODPUT_J,
    COLUMN_COUNT
};

/* Points of both phases, of one that a system does alone, or of both in mixed passes. */
enum form { CLOSED, PREFILL, GENERATE, CHUNKED, FORM_COUNT };

/* Which columns points of a form have. */
static const bool has_column[FORM_COUNT][COLUMN_COUNT] = {
    [CLOSED] = {[NUM_SERVERS] = true,
                [BATCH] = true,
                [PREFILL_S] = true,
                [GENERATE_S] = true,
                [PREFILL_J] = true,
                [GENERATE_J] = true,
                [SUB_SYSTEMS] = true},
    [PREFILL] = {[NUM_SERVERS] = true, [BATCH] = true, [PREFILL_J] = true, [RATE] = true},
    [GENERATE] = {[NUM_SERVERS] = true, [BATCH] = true, [GENERATE_J] = true, [RATE] = true},
    [CHUNKED] = {[NUM_SERVERS] = true,
                 [BATCH] = true,
                 [PREFILL_J] = true,
                 [GENERATE_J] = true,
                 [RATE] = true,
                 [INPUT_SHARE] = true},
};

static const struct {
    const char *name;
    enum cc_range range;
} columns[COLUMN_COUNT] = {
    [NUM_SERVERS] = {"num_servers", CC_POSITIVE},
    [BATCH] = {"batch", CC_POSITIVE},
    [PREFILL_S] = {"prefill_latency_s", CC_POSITIVE},
    [GENERATE_S] = {"generate_latency_s", CC_NOT_NEGATIVE},
    [PREFILL_J] = {"prefill_energy_j", CC_NOT_NEGATIVE},
    [GENERATE_J] = {"generate_energy_j", CC_NOT_NEGATIVE},
    [SUB_SYSTEMS] = {"prefill_sub_systems", CC_POSITIVE},
    [RATE] = {"requests_per_s", CC_POSITIVE},
    [INPUT_SHARE] = {"input_share", CC_RATIO},
    [RATE_J] = {"rate_request_j", CC_NOT_NEGATIVE},
    [GOODPUT] = {"goodput_requests_per_s", CC_NOT_NEGATIVE},
    [GOODPUT_J] = {"goodput_request_j", CC_NOT_NEGATIVE},
};

/* Columns added to a point; those after the first are there only if they are asked for. */
struct row {
    struct cc_point_cost cost;
    struct cc_fleet fleet;
    struct cc_carbon carbon;
};

/* Entries of the current record. */
struct system_entries {
    struct cc_server server;
    struct cc_system system;
    struct cc_workload workload;
    struct cc_decoded of_server, of_system, of_workload;
};

enum { TABLES_MAX = 9 };

struct evaluator {
    struct cc_run run;
    const struct options *options;
    struct cc_constants constants;
    struct cc_tco_rates rates;
    const struct cc_fields *tables[TABLES_MAX]; /* of the columns that are added, and where their struct is in a row */
    size_t offsets[TABLES_MAX], table_count;
    size_t size; /* rows that there is room for */
    double *values[COLUMN_COUNT];
    char *rows; /* struct row, of which each holds the first row_size bytes */
    size_t row_size;
    struct system_entries entries;
};

static void add_table(struct evaluator *e, const struct cc_fields *table, size_t offset)
{
    e->tables[e->table_count] = table;
    e->offsets[e->table_count++] = offset;
}

static bool has_demand(const struct options *options)
{
    return options->demand.tokens_per_s > 0 || options->demand.requests_per_s > 0;
}

static bool has_fleet(const struct options *options)
{
    return has_demand(options) || options->instead_usd_per_million > 0;
}

/* The columns that the options and the constants ask for. */
static void choose_tables(struct evaluator *e)
{
    const struct options *options = e->options;
    const size_t fleet = offsetof(struct row, fleet);
    const bool own = e->constants.has_nre && !options->bought;
    add_table(e, &cc_cost_columns, offsetof(struct row, cost));
    if (options->breakdown)
        add_table(e, &cc_cost_breakdown_columns, offsetof(struct row, cost));
    if (has_demand(options)) {
        add_table(e, &cc_fleet_columns, fleet);
        if (e->constants.has_rack)
            add_table(e, &cc_rack_columns, fleet);
        if (own)
            add_table(e, &cc_nre_columns, fleet);
    }
    if (options->instead_usd_per_million > 0)
        add_table(e, &cc_breakeven_columns, fleet);
    if (e->constants.has_carbon)
        add_table(e, &cc_carbon_columns, offsetof(struct row, carbon));
    e->row_size = has_fleet(options) || e->constants.has_carbon ? sizeof(struct row) : sizeof(struct cc_point_cost);
}

/* Figures that all points of a record share. */
struct basis {
    struct cc_cost_basis cost;
    struct cc_fleet_basis fleet;
    double embodied_kg;
    enum form form;
    double rate; /* requests/s that arrive by themselves; 0: not said */
    bool goodput;
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
    free(e->rows);
    e->rows = malloc(e->size * e->row_size);
    if (e->rows == NULL)
        fail_memory(e);
}

static struct cc_cost_input input_of_row(const struct evaluator *e, enum form form, size_t i)
{
    const double num_servers = e->values[NUM_SERVERS][i], batch = e->values[BATCH][i];
    const double prefill_j = form == GENERATE ? 0 : e->values[PREFILL_J][i];
    const double generate_j = form == PREFILL ? 0 : e->values[GENERATE_J][i];
    if (form != CLOSED)
        return cc_steady_cost_input(num_servers, batch, e->values[RATE][i], prefill_j + generate_j);
    return (struct cc_cost_input){
        .num_servers = num_servers,
        .batch = batch,
        .prefill_s = e->values[PREFILL_S][i],
        .generate_s = e->values[GENERATE_S][i],
        .energy_j = prefill_j + generate_j,
        .prefill_sub_systems = e->values[SUB_SYSTEMS][i],
    };
}

/* What a request costs when they arrive by themselves. */
static void set_arrivals(const struct evaluator *e, const struct basis *basis, double num_servers, size_t i,
                         struct cc_point_cost *cost)
{
    if (basis->rate > 0)
        cost->rate_usd_per_request =
            cc_rate_usd_per_request(&basis->cost, num_servers, basis->rate, e->values[RATE_J][i]);
    if (basis->goodput)
        cost->goodput_usd_per_request =
            cc_rate_usd_per_request(&basis->cost, num_servers, e->values[GOODPUT][i], e->values[GOODPUT_J][i]);
}

static void compute_rows(struct evaluator *e, const struct basis *basis, size_t rows)
{
    const bool fleet = has_fleet(e->options);
    for (size_t i = 0; i < rows; i++) {
        const struct cc_cost_input in = input_of_row(e, basis->form, i);
        void *row = e->rows + i * e->row_size;
        struct cc_point_cost *cost = row;
        *cost = cc_point_cost_of(&basis->cost, &in);
        if (basis->form == CHUNKED)
            cc_point_cost_divide(cost, e->values[INPUT_SHARE][i]);
        set_arrivals(e, basis, in.num_servers, i, cost);
        if (fleet)
            ((struct row *)row)->fleet = cc_fleet_of(&basis->fleet, &in);
        if (e->constants.has_carbon)
            ((struct row *)row)->carbon = cc_carbon_of(&basis->cost, &e->constants, basis->embodied_kg, &in);
    }
}

static bool write_costed(struct evaluator *e, const struct cc_record *record, const struct cc_points *points,
                         const struct basis *basis, struct cc_error *error)
{
    static const struct cc_fields *const costs[FORM_COUNT] = {&cc_cost_columns, &cc_cost_prefill_columns,
                                                              &cc_cost_generate_columns, &cc_cost_chunked_columns};
    const size_t always = e->table_count;
    e->tables[0] = costs[basis->form];
    if (basis->rate > 0)
        add_table(e, &cc_cost_rate_columns, offsetof(struct row, cost));
    if (basis->goodput)
        add_table(e, &cc_cost_goodput_columns, offsetof(struct row, cost));
    const struct cc_rows rows = {e->rows, e->row_size, points->rows, e->tables, e->table_count, e->offsets};
    e->table_count = always;
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

static bool has_numbers(const struct cc_points *points, enum column c)
{
    return cc_points_column(points, cc_text_of(columns[c].name)) != NULL;
}

/* Reads the columns. prefill_sub_systems is there only when a system has them. */
static bool read_columns(struct evaluator *e, const struct cc_points *points, const struct basis *basis,
                         struct cc_error *error)
{
    make_room(e, points->rows);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const bool arrivals = c == RATE_J ? basis->rate > 0 : c >= GOODPUT && basis->goodput;
        if (!has_column[basis->form][c] && !arrivals)
            continue;
        if (c == SUB_SYSTEMS && !has_numbers(points, SUB_SYSTEMS)) {
            for (size_t i = 0; i < points->rows; i++)
                e->values[c][i] = 1;
        } else if (!cc_points_numbers(points, columns[c].name, columns[c].range, e->values[c], error)) {
            return false;
        }
    }
    return true;
}

/* CO2e of making the record's server; 0 where there are no constants of carbon. */
static bool find_embodied(const struct evaluator *e, const struct cc_record *record, const struct cc_server *server,
                          double *kg, struct cc_error *error)
{
    struct cc_chip chip;
    struct cc_package package;
    *kg = 0;
    if (!e->constants.has_carbon)
        return true;
    if (!cc_decode_entry(record, "chip", &cc_chip_fields, &chip, error) ||
        !cc_decode_entry(record, "package", &cc_package_fields, &package, error))
        return false;
    *kg = cc_embodied_kg(&e->constants.carbon, &chip, &package, server);
    return true;
}

/* The form of points of a system. */
static bool find_form(const struct cc_system *system, enum form *form, struct cc_error *error)
{
    static const char *const names[FORM_COUNT] = {
        [PREFILL] = "prefill", [GENERATE] = "generate", [CHUNKED] = "chunked"};
    *form = CLOSED;
    for (int i = PREFILL; i < FORM_COUNT; i++)
        if (cc_text_is(system->phase, names[i]))
            *form = (enum form)i;
    return *form != CLOSED || system->phase.len == 0 ||
           cc_fail(error, CC_BAD_DATA, "system.phase: '%.*s' is not one of: prefill, generate, chunked",
                   CC_TEXT_ARG(system->phase));
}

static bool read_entries(struct system_entries *entries, const struct cc_record *record, struct cc_error *error)
{
    return cc_decode_changed(record, "server", &cc_server_fields, &entries->server, &entries->of_server, error) &&
           cc_decode_changed(record, "system", &cc_system_fields, &entries->system, &entries->of_system, error) &&
           cc_decode_changed(record, "workload", &cc_workload_fields, &entries->workload, &entries->of_workload, error);
}

static bool cost_record(struct evaluator *e, const struct cc_record *record, struct cc_error *error)
{
    struct system_entries *const entries = &e->entries;
    const struct cc_server *server = &entries->server;
    const struct cc_system *system = &entries->system;
    struct cc_points points;
    struct basis basis;
    if (!cc_points_open(record, &points, error))
        return false;
    if (points.map == NULL)
        return cc_fail(error, CC_BAD_DATA, "has neither points nor point: expected an evaluation or a design record");
    if (!read_entries(entries, record, error) || !find_form(system, &basis.form, error))
        return false;
    /* of a deployment's designs and of others' points the columns may be missing */
    basis.rate = has_numbers(&points, RATE_J) ? entries->workload.rate : 0;
    basis.goodput = has_numbers(&points, GOODPUT) && has_numbers(&points, GOODPUT_J);
    if (!read_columns(e, &points, &basis, error))
        return false;
    struct cc_server part;
    struct cc_reject reject;
    if (!cc_server_part_of(server, cc_system_instances(system), &part, &reject))
        return cc_fail(error, CC_BAD_DATA,
                       "system.instances_per_server: %lld do not divide the %lld packages of the server",
                       (long long)system->instances_per_server, (long long)server->num_packages);
    const struct options *options = e->options;
    basis.cost =
        cc_cost_basis_of(&e->rates, &part, system->energy_model, entries->workload, options->shared.conventions);
    basis.cost.conventions.token_cost |= basis.form != CLOSED; /* published: of closed batches */
    basis.fleet = cc_fleet_basis_of(&basis.cost, &part, cc_system_instances(system), &e->constants, options->demand,
                                    options->bought, options->instead_usd_per_million / 1e6);
    if (!find_embodied(e, record, server, &basis.embodied_kg, error))
        return false;
    basis.embodied_kg /= (double)cc_system_instances(system);
    compute_rows(e, &basis, points.rows);
    e->run.candidates += points.rows;
    return write_costed(e, record, &points, &basis, error);
}

static void read_constants(struct evaluator *e)
{
    struct cc_error error;
    const struct options *options = e->options;
    if (!cc_constants_read(&e->constants, options->shared.constants, &error) ||
        (options->carbon != NULL && !cc_carbon_read(&e->constants, options->carbon, &error)))
        cc_run_fail(&e->run, &error);
    if (options->instead_usd_per_million > 0 && !e->constants.has_nre)
        cc_options_misuse(&program, "--instead: %s has no map NRE (one-time costs of a custom chip)",
                          options->shared.constants);
    e->rates = cc_tco_rates_of(&e->constants, options->shared.conventions);
    choose_tables(e);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected()};
    struct evaluator evaluator = {.options = &options};
    struct cc_operands operands;
    struct cc_record record;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &operands);
    if (options.bought && options.instead_usd_per_million > 0)
        cc_options_misuse(&program,
                          "--bought and --instead exclude each other: only a custom chip has a break-even demand");
    cc_run_open(&evaluator.run, &program, &options.shared, &operands);
    read_constants(&evaluator);
    while (cc_run_next(&evaluator.run, &record))
        if (!cost_record(&evaluator, &record, &error))
            cc_run_fail_record(&evaluator.run, &error);
    for (int c = 0; c < COLUMN_COUNT; c++)
        free(evaluator.values[c]);
    free(evaluator.rows);
    return cc_run_finish(&evaluator.run);
}
