/* llm-map: a language model on each server: how many servers, how it is laid over them, how fast it runs.
 *
 * Reads: chip, package, server. Adds: model, system, workload, points; the schema becomes evaluation. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"
#include "counts.h"
#include "describe.h"
#include "mapper.h"
#include "mappings.h"
#include "model/hardware/device.h"
#include "model/serving/chunked.h"
#include "rows.h"
#include "served.h"
#include "subjects.h"

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
