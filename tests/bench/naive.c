/* naive: the software evaluation as a plain loop in one process, for comparison with the pipeline.
 *
 *   naive CONSTANTS MODEL SERVERS
 *
 * Every server of the stream SERVERS (roofline, ring all-reduce; models without a vocabulary), every divisor of the
 * number of layers as number of servers, batches 1, 2, 4 .. 1024, every pipeline depth and every pair of micro-batches:
 * what each costs, and the cheapest. Prompts and answers of 128 tokens, corrected conventions. Streams are read before
 * and not timed; nothing is shared between depths, batches or servers but the time of a stage, which is simulated once
 * for each depth and micro-batch, from what all micro-batches of the depth have in common. One place at a time, one
 * number at a time: from the library it has how servers, memory and places are described (cc_serving_of,
 * cc_memory_fit_of, cc_stage_place_of), and the search's loops side by side it has not. Prints: CPU seconds of the
 * loop, stage simulations, mappings visited, cheapest $ per output token. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "input/inputs.h"
#include "model/serving/collective.h"
#include "model/serving/cost.h"
#include "model/serving/layouts.h"
#include "model/serving/mapping.h"
#include "model/serving/memory_fit.h"
#include "model/serving/ops.h"
#include "record/records.h"
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

/* One micro-batch: through all stages, to the next one, and its energy. */
struct micro {
    double through_s, interval_s, j;
};

static _Noreturn void fail(const struct cc_error *error)
{
    fprintf(stderr, "naive: %s\n", error->text);
    exit(1);
}

/* Heads of a layer on the fullest of t chips, in columns, and who shares what. */
struct heads {
    double query, kv;      /* columns of queries; of keys, as of values */
    double copies, shards; /* chips with the same KV head; those among which the requests are divided */
};

static struct heads divide_heads(const struct cc_llm *llm, const struct cc_phase *phase, double t)
{
    const double all = (double)llm->num_heads, groups = all / llm->heads_per_kv_cache, width = (double)llm->d_head;
    const double copies = fmax(1, fmin(t, all) / groups), cut = ceil(all * width / t);
    return (struct heads){
        .query = t <= all ? ceil(all / t) * width : cut,
        .kv = t <= all ? ceil(groups / t) * width : cut,
        .copies = copies,
        .shards = phase->generation ? floor(copies) : 1,
    };
}

/* FLOPs of i x j x k, and k numbers of j loaded for each of `stacks`. */
static double product_s(const struct cc_matmul_chip *chip, double stacks, double i, double j, double k, double numbers)
{
    return fmax(stacks * i * j * k * 2 / chip->flops, stacks * numbers * 2 / chip->bytes_per_s);
}

/* A phase at a place, whatever the micro-batch. */
struct stage {
    const struct cc_stage_place *place;
    const struct cc_phase *phase;
    double t; /* chips */
    struct heads heads;
    struct cc_channel channel;
};

static struct stage stage_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                             const struct cc_phase *phase)
{
    const double t = (double)place->tensor_parallel;
    return (struct stage){place, phase, t, divide_heads(serving->llm, phase, t),
                          cc_collective_channel(serving, place, place->tensor_parallel)};
}

static double layer_s(const struct cc_serving *serving, const struct stage *stage, double mb)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_matmul_chip *chip = &serving->chip;
    const struct cc_phase *phase = stage->phase;
    const struct heads h = stage->heads;
    const double t = stage->t;
    const double d = (double)llm->d, q = phase->queries, rows = q * mb, ff = ceil((double)llm->d_ff / t);
    const double qkv = h.query + 2 * h.kv, core = h.shards * h.query, own = ceil(mb / h.shards);
    const double cache = h.kv * phase->look[CC_FULL].context, ups = llm->gated ? 2 : 1;
    return product_s(chip, 1, rows, d, qkv, d * qkv) +
           product_s(chip, own, q, core, phase->look[CC_FULL].pairs, cache) +
           product_s(chip, own, q, phase->look[CC_FULL].pairs, core, cache) +
           product_s(chip, 1, rows, h.query, d, h.query * d) + product_s(chip, ups, rows, d, ff, d * ff) +
           product_s(chip, 1, rows, ff, d, ff * d);
}

static double ring_s(double chips, double bytes, struct cc_channel channel)
{
    return 2 * (chips - 1) * (channel.init_s + bytes / channel.bytes_per_s / chips);
}

static double exchange_s(const struct cc_serving *serving, const struct stage *stage, double mb)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_stage_place *place = stage->place;
    const struct cc_phase *phase = stage->phase;
    const struct cc_channel channel = stage->channel;
    const struct heads h = stage->heads;
    const double t = stage->t;
    const double rows = phase->queries * mb, bytes = llm->bytes_per_number;
    double s = (llm->parallel_layers ? 1 : 2) * ring_s(t, rows * (double)llm->d * bytes, channel);
    const double own_rows = phase->queries * ceil(mb / h.shards);
    if (h.shards > 1)
        s += 2 * (h.shards - 1) * (channel.init_s + own_rows * h.query * bytes / channel.bytes_per_s);
    if (place->tensor_parallel > llm->num_heads)
        s +=
            ring_s(ceil(t / (double)llm->num_heads), h.shards * own_rows * phase->look[CC_FULL].pairs * bytes, channel);
    return s;
}

static double energy_j(const struct cc_serving *serving, const struct stage *stage, double mb)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_phase *phase = stage->phase;
    const struct heads h = stage->heads;
    const double t = stage->t;
    const double d = (double)llm->d, layers = (double)llm->num_layers, wide = (double)(llm->num_heads * llm->d_head);
    const double tokens = phase->queries * mb, key = wide / llm->heads_per_kv_cache;
    const double weights = llm->parameters + layers * (h.copies - 1) * 2 * d * key;
    const double all_to_alls = 2 * wide * (h.shards - 1) / h.shards;
    const double read = phase->generation ? 1 : h.copies;
    const double fma =
        (weights + layers * 2 * phase->look[CC_FULL].pairs * wide) * tokens * serving->precision.weights.fma_pj;
    const double loaded = weights * serving->weight_pj_per_byte +
                          layers * 9 * d * tokens * serving->activation_pj_per_byte +
                          layers * 2 * phase->look[CC_FULL].context * key * mb * read * serving->kv_pj_per_byte;
    const double sent = layers * (4 * (t - 1) * d + all_to_alls) * tokens * serving->network_pj_per_byte;
    return (fma + (loaded + sent) * llm->bytes_per_number) * 1e-12;
}

static struct micro simulate(const struct cc_serving *serving, const struct stage *stage, int level,
                             struct totals *totals)
{
    const struct cc_stage_place *place = stage->place;
    const double p = (double)place->pipeline_parallel, mb = (double)(1 << level);
    const struct cc_llm *llm = serving->llm;
    const double bytes = stage->phase->queries * mb * (double)llm->d * llm->bytes_per_number;
    const struct cc_channel *next =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    const double layers = (double)cc_layers_per_stage(llm->num_layers, place->pipeline_parallel);
    const double one_s = layer_s(serving, stage, mb) + exchange_s(serving, stage, mb);
    const double hop_s = bytes / next->bytes_per_s + serving->server_link.init_s;
    totals->stages++;
    return (struct micro){one_s * (double)llm->num_layers + hop_s * p, one_s * layers + hop_s,
                          energy_j(serving, stage, mb)};
}

/* Every pair of micro-batches of a batch at a depth, costed by its time and energy. */
static void visit(const struct cc_serving *serving, struct cc_prices prices, int batch_level,
                  const struct micro *prefill, const struct micro *generate, struct totals *totals)
{
    const double len = (double)serving->workload.generate_len, batch = (double)(1 << batch_level);
    const double steps = len - 1; /* the prefill gives the first token */
    double best_usd = INFINITY;
    for (int g = 0; g <= batch_level; g++) {
        const double g_count = (double)(1 << (batch_level - g));
        const double token_s = fmax(generate[g].through_s, generate[g].interval_s * g_count);
        const double generate_s = generate[g].through_s + (steps - 1) * token_s;
        for (int p = 0; p <= g; p++) {
            const double p_count = (double)(1 << (batch_level - p));
            const double prefill_s = prefill[p].through_s + (p_count - 1) * prefill[p].interval_s;
            const double energy_j = prefill[p].j * p_count + generate[g].j * g_count * steps;
            const double usd = prices.usd_per_s * (prefill_s + generate_s) + prices.usd_per_j * energy_j;
            best_usd = usd < best_usd ? usd : best_usd;
            totals->mappings++;
        }
    }
    totals->best_usd = fmin(totals->best_usd, best_usd / batch / len);
}

static void evaluate(const struct cc_serving *serving, struct cc_prices prices, int64_t servers, int64_t depth,
                     struct totals *totals)
{
    struct micro prefill[LEVELS], generate[LEVELS];
    struct cc_stage_place place;
    if (!cc_stage_place_of(serving, servers, depth, &place))
        return;
    struct cc_memory_fit fit;
    struct cc_stages stages;
    cc_stages_of(&stages, serving, place.pipeline_parallel);
    cc_memory_fit_of(&fit, serving, &place, &stages);
    const struct stage prompts = stage_of(serving, &place, &serving->prefill);
    const struct stage answers = stage_of(serving, &place, &serving->generate);
    for (int level = 0; level < LEVELS && cc_memory_fits(&fit, (double)(1 << level)); level++) {
        prefill[level] = simulate(serving, &prompts, level, totals);
        generate[level] = simulate(serving, &answers, level, totals);
        visit(serving, prices, level, prefill, generate, totals);
    }
}

static void loop(const struct design *designs, size_t count, const struct cc_constants *constants,
                 const struct cc_llm *llm, struct totals *totals)
{
    const struct cc_conventions conventions = cc_conventions_corrected();
    const struct cc_tco_rates rates = cc_tco_rates_of(constants, conventions);
    const struct cc_workload workload = {.prefill_len = 128, .generate_len = 128};
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
            const struct cc_prices prices = cc_prices_of(&basis, (double)servers);
            for (size_t k = 0; k < depth_count; k++)
                evaluate(&serving, prices, servers, depths[k], totals);
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
    if (!cc_constants_read(&constants, argv[1], &error) || !cc_llm_open(&model, argv[2], NULL, &error))
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
