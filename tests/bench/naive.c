/* naive: the software evaluation as a plain loop in one process, for comparison with the pipeline.
 *
 *   naive CONSTANTS MODEL SERVERS
 *
 * Every server of the stream SERVERS, every divisor of the number of layers as number of servers, batches 1, 2, 4 ..
 * 1024, every pipeline depth and every pair of micro-batches: what each costs, and the cheapest. Prompts and answers of
 * 128 tokens, corrected conventions. Streams are read before and not timed; nothing is shared between depths, batches
 * or servers but the time of a stage, which is simulated once for each depth and micro-batch. Prints: CPU seconds of
 * the loop, stage simulations, mappings visited, cheapest $ per output token. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/cost.h"
#include "model/mapping.h"
#include "record/records.h"
#include "spec/inputs.h"
#include "stream/decode.h"

enum { LEVELS = 11 }; /* batches to 1024 */

struct design {
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
};

struct totals {
    double stages, mappings, best_usd;
};

struct micro {
    struct cc_stage_time time;
    double j;
};

static _Noreturn void fail(const struct cc_error *error)
{
    fprintf(stderr, "naive: %s\n", error->text);
    exit(1);
}

static struct micro simulate(const struct cc_serving *serving, const struct cc_stage_place *place,
                             const struct cc_phase *phase, int level, struct totals *totals)
{
    const double micro_batch = (double)(1 << level);
    struct cc_stage stage;
    cc_stage_open(&stage, serving, place, phase);
    const struct cc_stage_energy energy = cc_stage_energy_of(&stage, micro_batch);
    totals->stages++;
    return (struct micro){cc_stage_time_of(&stage, micro_batch), energy.fma_j + energy.memory_j + energy.network_j};
}

/* Every pair of micro-batches of a batch at a depth. */
static void visit(const struct cc_serving *serving, const struct cc_cost_basis *basis, double servers, double stages,
                  int batch_level, const struct micro *prefill, const struct micro *generate, struct totals *totals)
{
    const double len = (double)serving->workload.generate_len;
    for (int g = 0; g <= batch_level; g++) {
        const double g_count = (double)(1 << (batch_level - g)), g_through = cc_through_s(&generate[g].time, stages);
        const double token_s = cc_token_time_s(g_through, cc_interval_s(&generate[g].time), g_count);
        for (int p = 0; p <= g; p++) {
            const double p_count = (double)(1 << (batch_level - p));
            const struct cc_cost_input in = {
                .num_servers = servers,
                .batch = (double)(1 << batch_level),
                .prefill_s = cc_prefill_latency_s(cc_through_s(&prefill[p].time, stages),
                                                  cc_interval_s(&prefill[p].time), p_count),
                .generate_s = cc_generate_latency_s(g_through, token_s, len),
                .energy_j = prefill[p].j * p_count + generate[g].j * g_count * len,
                .prefill_sub_systems = 1,
            };
            const double usd = cc_point_cost_of(basis, &in).usd_per_output_token;
            totals->best_usd = usd < totals->best_usd ? usd : totals->best_usd;
            totals->mappings++;
        }
    }
}

static void evaluate(const struct cc_serving *serving, const struct cc_cost_basis *basis, int64_t servers,
                     int64_t depth, struct totals *totals)
{
    struct micro prefill[LEVELS], generate[LEVELS];
    struct cc_stage_place place;
    if (!cc_stage_place_of(serving, servers, depth, &place))
        return;
    for (int level = 0; level < LEVELS && cc_mapping_fits(serving, &place, 1 << level); level++) {
        prefill[level] = simulate(serving, &place, &serving->prefill, level, totals);
        generate[level] = simulate(serving, &place, &serving->generate, level, totals);
        visit(serving, basis, (double)servers, (double)depth, level, prefill, generate, totals);
    }
}

static void loop(const struct design *designs, size_t count, const struct cc_constants *constants,
                 const struct cc_llm *llm, struct totals *totals)
{
    const struct cc_conventions conventions = cc_conventions_corrected();
    const struct cc_tco_rates rates = cc_tco_rates_of(constants);
    const struct cc_workload workload = {128, 128};
    const struct cc_system system = {.allreduce_algo = cc_text_of("ring"),
                                     .compute_perf_efficiency = 1,
                                     .io_bandwidth_efficiency = 1,
                                     .weight_bandwidth_efficiency = 1,
                                     .energy_model = true,
                                     .sub_sys_num_servers = CC_NO_INT};
    int64_t depths[CC_DEPTHS_MAX];
    const size_t depth_count = cc_pipeline_depths(llm->num_layers, depths);
    for (size_t i = 0; i < count; i++) {
        const struct design *d = &designs[i];
        const struct cc_serving serving =
            cc_serving_of(&d->chip, &d->package, &d->server, llm, &system, workload, constants, conventions);
        const struct cc_cost_basis basis = cc_cost_basis_of(&rates, &d->server, true, workload, conventions);
        for (int64_t servers = 1; servers <= llm->num_layers; servers++) {
            if (llm->num_layers % servers != 0 || (double)servers * d->server.memory_bytes < llm->bytes)
                continue;
            for (size_t k = 0; k < depth_count; k++)
                evaluate(&serving, &basis, servers, depths[k], totals);
        }
    }
}

static struct design *read_designs(const char *path, size_t *count)
{
    struct cc_error error;
    struct cc_record record;
    struct design *designs = NULL;
    size_t size = 0;
    enum cc_read_status status;
    struct cc_reader *reader = cc_reader_new(&path, 1);
    if (reader == NULL)
        exit(1);
    *count = 0;
    while ((status = cc_reader_next(reader, &record, &error)) == CC_READ_RECORD) {
        if (*count == size) {
            size = size == 0 ? 1024 : size * 2;
            designs = realloc(designs, size * sizeof *designs);
            if (designs == NULL)
                exit(1);
        }
        struct design *d = &designs[(*count)++];
        if (!cc_decode_entry(&record, "chip", &cc_chip_fields, &d->chip, &error) ||
            !cc_decode_entry(&record, "package", &cc_package_fields, &d->package, &error) ||
            !cc_decode_entry(&record, "server", &cc_server_fields, &d->server, &error))
            fail(&error);
        d->chip.dataflow = cc_text_of("roofline"); /* the record's texts are gone with it */
        d->package.memory.kind = cc_text_of("");
    }
    if (status == CC_READ_FAILED)
        fail(&error);
    cc_reader_free(reader);
    return designs;
}

int main(int argc, char **argv)
{
    struct cc_error error;
    struct cc_constants constants;
    struct cc_llm_file model;
    size_t count;
    if (argc != 4) {
        fprintf(stderr, "usage: naive CONSTANTS MODEL SERVERS\n");
        return 2;
    }
    if (!cc_constants_read(&constants, argv[1], &error) || !cc_llm_open(&model, argv[2], &error))
        fail(&error);
    struct design *designs = read_designs(argv[3], &count);
    struct totals totals = {.best_usd = INFINITY};
    const clock_t start = clock();
    loop(designs, count, &constants, &model.llm, &totals);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%.6f %.0f %.0f %.17g\n", seconds, totals.stages, totals.mappings, totals.best_usd);
    free(designs);
    cc_input_close(&model.file);
    return 0;
}
