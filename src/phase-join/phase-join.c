/* phase-join: prefill designs with generate designs, as deployments: whole systems of each whose rates match.
 *
 * Reads: id, package, server, model, system, workload, point or points of llm-map --phase prefill and --phase generate.
 * Writes deployments: schema, id, model, workload, prefill, generate, point. */
#include <stdlib.h>

#include "base/number.h"
#include "cli/run.h"
#include "input/inputs.h"
#include "pool_of_prefill.h"
#include "side.h"

struct options {
    struct cc_shared_options shared;
    const char *prefill;
    int64_t instances;
    bool overlapped;
    double load, quantile;
};

static bool parse_instances(const char *text, void *member, struct cc_error *error)
{
    int64_t *instances = member;
    const int64_t most = 10000;
    if (cc_parse_int(text, strlen(text), instances) && *instances >= 1 && *instances <= most)
        return true;
    return cc_fail(error, CC_USAGE, "--instances %s: expected an integer from 1 to %lld", text, (long long)most);
}

static bool parse_transfer(const char *text, void *member, struct cc_error *error)
{
    bool *overlapped = member;
    *overlapped = strcmp(text, "overlapped") == 0;
    return *overlapped || strcmp(text, "after") == 0 ||
           cc_fail(error, CC_USAGE, "--transfer %s: expected overlapped or after", text);
}

static bool parse_share(const char *text, const char *option, double *share, struct cc_error *error)
{
    return (cc_parse_real(text, strlen(text), share) && *share > 0 && *share < 1) ||
           cc_fail(error, CC_USAGE, "--%s %s: expected a share above 0 and below 1", option, text);
}

static bool parse_load(const char *text, void *member, struct cc_error *error)
{
    return parse_share(text, "load", member, error);
}

static bool parse_quantile(const char *text, void *member, struct cc_error *error)
{
    return parse_share(text, "quantile", member, error);
}

static const struct cc_option option_table[] = {
    CC_OPTIONS_CONSTANTS(struct options),
    {"prefill", "FILE", CC_OPTION_TEXT, true, offsetof(struct options, prefill),
     "designs of llm-map --phase prefill; the records that are read are those of --phase generate", NULL},
    {"instances", "N", CC_OPTION_PARSED, false, offsetof(struct options, instances),
     "search for the best match with 1 to N generate systems (default: 16)", parse_instances},
    {"transfer", "overlapped|after", CC_OPTION_PARSED, false, offsetof(struct options, overlapped),
     "KV caches are sent layer by layer during the prefill, or after it (default: overlapped)", parse_transfer},
    {"load", "SHARE", CC_OPTION_PARSED, false, offsetof(struct options, load),
     "requests come by themselves, at this share of a deployment's rate, and wait (default: always one after the "
     "other)",
     parse_load},
    {"quantile", "SHARE", CC_OPTION_PARSED, false, offsetof(struct options, quantile),
     "with --load: the share of requests that the time to the first token holds for (default: 0.99)", parse_quantile},
    CC_OPTIONS_CONVENTIONS(struct options),
    CC_OPTIONS_REJECTS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "phase-join",
    .summary = "Joins designs that do the prefill with designs that do the generation into deployments.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes =
        "Reads: id, package, server, model, system, workload, point or points. Writes deployments: for each generate "
        "design, its pairs with a prefill design that no other pair beats in cost and times.\n\n"
        "Example:\n  phase-join --constants 5nm --prefill prefills generates |\n"
        "    pareto --objective min:point.usd_per_request,min:point.ttft_s,min:point.tpot_s\n",
};

struct joiner {
    struct cc_run run;
    const struct options *options;
    struct cc_tco_rates rates;
    struct common common;
    struct pool pool;
    struct side generate;
    struct cc_packed entry; /* of the generate design of a row */
};

static struct cc_text packed_text(struct joiner *j, const struct cc_packed *packed)
{
    struct cc_error error;
    struct cc_text text;
    if (!cc_packed_text(packed, &text, &error))
        cc_run_fail(&j->run, &error);
    return text;
}

/* "c1.p0.s2+c3.p0.s1" */
static struct cc_text joint_id(struct joiner *j, const struct prefill *prefill, struct cc_text generate)
{
    struct cc_error error;
    struct cc_text id;
    if (!pool_joint_id(&j->pool, prefill, generate, &id, &error))
        cc_run_fail(&j->run, &error);
    return id;
}

static void write_deployment(struct joiner *j, const struct cc_record *record, const struct choice *choice)
{
    struct cc_writer *writer = j->run.writer;
    msgpack_packer *packer = cc_writer_packer(writer);
    struct cc_error error;
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_DEPLOYMENT)), 7);
    cc_write_text(writer, "id", joint_id(j, choice->prefill, record->id));
    cc_pack_key(packer, "model");
    cc_pack_raw(writer, packed_text(j, &j->common.model));
    cc_pack_key(packer, "workload");
    cc_pack_raw(writer, packed_text(j, &j->common.workload));
    cc_pack_key(packer, "prefill");
    cc_pack_raw(writer, prefill_bytes(choice->prefill));
    cc_pack_key(packer, "generate");
    cc_pack_raw(writer, packed_text(j, &j->entry));
    if (!cc_write_struct(writer, "point", &cc_deployment_columns, &choice->deployment, &error)) {
        cc_writer_take_back(writer);
        cc_run_fail_record(&j->run, &error);
    }
    cc_run_end_record(&j->run);
}

/* A generate design: the deployments with it that no other with it beats. */
static void join_row(struct joiner *j, const struct cc_record *record, size_t row)
{
    const struct cc_instance generate = side_instance(&j->generate, &j->common, row);
    size_t count = 0;
    for (struct prefill *prefill = j->pool.first; prefill != NULL; prefill = prefill->next) {
        struct choice *choice = &j->pool.choices[count];
        struct cc_reject reject;
        j->run.candidates++;
        choice->prefill = prefill;
        if (cc_deployment_of(&prefill->instance, &generate, &j->common.joint, &choice->deployment, &reject))
            count++;
        else
            cc_run_reject(&j->run, joint_id(j, prefill, record->id), &reject);
    }
    count = choices_sieve(j->pool.choices, count);
    if (count == 0)
        return;
    cc_packed_clear(&j->entry);
    side_pack(&j->generate, record, row, &j->entry.packer);
    for (size_t i = 0; i < count; i++)
        write_deployment(j, record, &j->pool.choices[i]);
}

static void join_record(struct joiner *j, const struct cc_record *record)
{
    struct cc_error error;
    if (record->id.len == 0)
        (void)!cc_fail(&error, CC_BAD_DATA, "id is missing: the id of a deployment is made of those of its designs");
    else if (side_take(&j->generate, &j->common, record, &j->rates, j->options->shared.conventions, &error)) {
        for (size_t row = 0; row < j->generate.points.rows; row++)
            join_row(j, record, row);
        return;
    }
    cc_run_fail_record(&j->run, &error);
}

static void read_constants(struct joiner *j)
{
    const struct options *options = j->options;
    struct cc_constants constants;
    struct cc_error error;
    if (!cc_constants_read(&constants, options->shared.constants, &error))
        cc_run_fail(&j->run, &error);
    j->rates = cc_tco_rates_of(&constants, options->shared.conventions);
}

static void read_prefill(struct joiner *j)
{
    const struct options *options = j->options;
    struct cc_error error;
    if (!pool_read(&j->pool, &j->common, options->prefill, &j->rates, options->shared.conventions, &error))
        cc_run_fail(&j->run, &error);
    if (j->pool.count == 0)
        cc_run_note(&j->run, "%s has no designs: there is nothing to join", options->prefill);
}

static void joiner_init(struct joiner *j)
{
    common_init(&j->common);
    pool_init(&j->pool);
    cc_packed_init(&j->entry);
    j->common.joint = (struct cc_joint){.instances_most = j->options->instances,
                                        .overlapped = j->options->overlapped,
                                        .kv_bytes = NAN,
                                        .load = j->options->load,
                                        .quantile = j->options->quantile};
}

static void joiner_free(struct joiner *j)
{
    pool_free(&j->pool);
    common_free(&j->common);
    side_free(&j->generate);
    cc_packed_free(&j->entry);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected(),
                              .instances = 16,
                              .overlapped = true,
                              .load = 1,
                              .quantile = 0.99};
    struct joiner joiner = {.options = &options};
    struct cc_operands operands;
    struct cc_record record;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&joiner.run, &program, &options.shared, &operands);
    joiner_init(&joiner);
    read_constants(&joiner);
    read_prefill(&joiner);
    while (cc_run_next(&joiner.run, &record))
        join_record(&joiner, &record);
    joiner_free(&joiner);
    return cc_run_finish(&joiner.run);
}
