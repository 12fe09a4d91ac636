/* portfolio: servers of one design for several models, each at its cheapest point that keeps the conditions.
 *
 * Reads: id, model.name, workload, points or point (usd_per_output_token) and whatever fields the conditions name, of
 * evaluations of a server that follow one another. Of each server it writes a design: entries of the server as they
 * came, and portfolio. */
#include <inttypes.h>

#include "cli/run.h"
#include "mix.h"
#include "model/serving/portfolio.h"
#include "model/workload.h"
#include "offer.h"
#include "stream/derived.h"
#include "stream/known_fields.h"
#include "stream/packed.h"

struct options {
    struct cc_shared_options shared;
    struct mix mix;
    struct cc_conditions where;
    const char *own;
};

static const struct cc_option option_table[] = {
    {"mix", "MODEL=SHARE,...", CC_OPTION_PARSED, true, offsetof(struct options, mix),
     "the models and the share of all output tokens that each has; the shares sum to 1", mix_parse},
    {"where", "FIELD<=NUMBER,...", CC_OPTION_PARSED, false, offsetof(struct options, where),
     "only points that meet these conditions; also < > >= = !=, and FIELD=TEXT", cc_conditions_parse},
    {"own", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, own),
     "compare with the cheapest design of each model in this file of records", NULL},
    CC_OPTIONS_REJECTS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "portfolio",
    .summary = "Puts several models on servers of one design.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Reads: id, model.name, workload, points or point, of evaluations that follow one another for each "
             "server, and the fields named. Writes a design for each server on which all models have a point. A stream "
             "is split "
             "before llm-map, never between the evaluations of a server.\n\n"
             "Example:\n  llm-map --constants 7nm --model gpt3 --model palm servers |\n"
             "    tco-eval --constants 7nm | portfolio --mix gpt3=0.7,palm=0.3\n",
};

/* The best of a model on the current server. */
struct best {
    bool found;
    double usd;
    struct cc_packed entries; /* key and value: workload, system where there is one, point */
    size_t entry_count;
};

struct gatherer {
    struct cc_run run; /* first, so that it leads back to this */
    struct options *options;
    bool condition_seen[CC_CONDITIONS_MAX];
    bool model_seen[MIX_MODELS_MAX];
    struct cc_workload workload[MIX_MODELS_MAX]; /* of the models seen */
    struct cc_known_fields known;                /* of records that lack a field named */
    struct cc_known_fields models;               /* names of models */
    /* of the current server */
    bool open;
    struct cc_packed id, frame; /* the frame: key and value of the entries that are the server's */
    size_t frame_count;
    struct best best[MIX_MODELS_MAX];
};

static void gatherer_init(struct gatherer *g)
{
    cc_packed_init(&g->id);
    cc_packed_init(&g->frame);
    for (size_t i = 0; i < MIX_MODELS_MAX; i++)
        cc_packed_init(&g->best[i].entries);
}

static void gatherer_free(struct gatherer *g)
{
    cc_packed_free(&g->id);
    cc_packed_free(&g->frame);
    for (size_t i = 0; i < MIX_MODELS_MAX; i++)
        cc_packed_free(&g->best[i].entries);
    cc_known_fields_free(&g->known);
    cc_known_fields_free(&g->models);
}

static struct cc_text packed_text(struct gatherer *g, const struct cc_packed *packed)
{
    struct cc_error error;
    struct cc_text text;
    if (!cc_packed_text(packed, &text, &error))
        cc_run_fail(&g->run, &error);
    return text;
}

static void pack_entry(struct cc_packed *packed, const struct cc_entry *entry)
{
    cc_pack_text(&packed->packer, entry->key);
    cc_packed_add(packed, entry->bytes);
}

/* Whether an entry is of the model's evaluation, and not of the server; a portfolio that was there is made anew. */
static bool is_of_model(const struct cc_entry *entry)
{
    static const char *const keys[] = {"model", "system", "workload", "points", "point", "portfolio"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (cc_text_is(entry->key, keys[i]))
            return true;
    return false;
}

static void begin_server(struct gatherer *g, const struct cc_record *record)
{
    g->open = true;
    g->frame_count = 0;
    cc_packed_clear(&g->id);
    cc_packed_add(&g->id, record->id);
    cc_packed_clear(&g->frame);
    for (size_t i = 1; i < record->count; i++) {
        if (is_of_model(&record->entry[i]))
            continue;
        pack_entry(&g->frame, &record->entry[i]);
        g->frame_count++;
    }
    for (size_t i = 0; i < g->options->mix.count; i++)
        g->best[i].found = false;
}

/* Each model's entries, with its costs. */
static bool pack_models(struct gatherer *g, msgpack_packer *packer, const struct cc_portfolio_model *models,
                        const struct cc_place *place, struct cc_error *error)
{
    const struct mix *mix = &g->options->mix;
    cc_pack_key(packer, "models");
    msgpack_pack_map(packer, mix->count);
    for (size_t i = 0; i < mix->count; i++) {
        cc_pack_text(packer, mix->model[i].name);
        if (!cc_pack_fields(packer, &cc_portfolio_model_fields, &models[i], g->best[i].entry_count, place, error))
            return false;
        cc_pack_raw(g->run.writer, packed_text(g, &g->best[i].entries));
    }
    return true;
}

static void write_portfolio(struct gatherer *g)
{
    static const struct cc_place place = {NULL, "portfolio"};
    const struct mix *mix = &g->options->mix;
    struct cc_portfolio_model models[MIX_MODELS_MAX];
    struct cc_error error;
    for (size_t i = 0; i < mix->count; i++)
        models[i] = cc_portfolio_model_of(mix->model[i].share, g->best[i].usd, mix->model[i].own_usd);
    const struct cc_portfolio portfolio = cc_portfolio_of(models, mix->count);
    msgpack_packer *packer = cc_writer_packer(g->run.writer);
    cc_writer_begin(g->run.writer, cc_text_of(cc_kind_schema(CC_KIND_DESIGN)), 1 + g->frame_count + 1);
    cc_pack_raw(g->run.writer, packed_text(g, &g->frame));
    cc_pack_key(packer, "portfolio");
    if (!cc_pack_fields(packer, &cc_portfolio_fields, &portfolio, 1, &place, &error) ||
        !pack_models(g, packer, models, &place, &error)) {
        const struct cc_text id = packed_text(g, &g->id);
        cc_writer_take_back(g->run.writer);
        cc_fail_at(&error, "%.*s: ", CC_TEXT_ARG(id));
        cc_run_fail(&g->run, &error);
    }
    cc_run_end_record(&g->run);
}

/* All evaluations of the current server have been read. */
static void end_server(struct gatherer *g)
{
    const struct mix *mix = &g->options->mix;
    size_t found = 0;
    if (!g->open)
        return;
    g->open = false;
    g->run.candidates++;
    for (size_t i = 0; i < mix->count; i++)
        found += g->best[i].found;
    if (found == mix->count) {
        write_portfolio(g);
        return;
    }
    struct cc_reject reject;
    (void)cc_rejected(&reject, CC_REJECT_PORTFOLIO, (double)found, (double)mix->count);
    cc_run_reject(&g->run, packed_text(g, &g->id), &reject);
}

static void take_offer(struct best *best, const struct cc_record *record, const struct offer *offer)
{
    static const char *const keys[] = {"workload", "system"};
    best->found = true;
    best->usd = offer->usd;
    best->entry_count = 1;
    cc_packed_clear(&best->entries);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct cc_entry *entry = cc_record_find(record, keys[i]);
        if (entry == NULL)
            continue;
        pack_entry(&best->entries, entry);
        best->entry_count++;
    }
    struct cc_derived derived = {0};
    cc_derived_begin(&derived, record, &offer->points);
    cc_pack_key(&best->entries.packer, "point");
    cc_derived_pack_point(&best->entries.packer, &derived, offer->row);
}

/* A model has one workload: costs of others cannot be compared. */
static bool check_workload(struct gatherer *g, size_t model, const struct cc_record *record, struct cc_error *error)
{
    struct cc_workload workload;
    const struct cc_workload *first = &g->workload[model];
    if (!cc_decode_entry(record, "workload", &cc_workload_fields, &workload, error))
        return false;
    if (!g->model_seen[model])
        g->workload[model] = workload;
    g->model_seen[model] = true;
    if (workload.prefill_len == first->prefill_len && workload.generate_len == first->generate_len)
        return true;
    return cc_fail(error, CC_BAD_DATA,
                   "workload: %" PRId64 " + %" PRId64 " tokens, where the records of %.*s before it have %" PRId64
                   " + %" PRId64 ": expected one workload for a model",
                   workload.prefill_len, workload.generate_len, CC_TEXT_ARG(g->options->mix.model[model].name),
                   first->prefill_len, first->generate_len);
}

static bool gather(struct gatherer *g, const struct cc_record *record, struct cc_error *error)
{
    const struct mix *mix = &g->options->mix;
    struct offer offer;
    struct cc_text name;
    if (record->id.len == 0)
        return cc_fail(error, CC_BAD_DATA, "id is missing: it tells which evaluations are of the same server");
    if (!offer_model(record, &name, error))
        return false;
    if (!g->open || !cc_text_equal(packed_text(g, &g->id), record->id)) {
        end_server(g);
        begin_server(g, record);
    }
    const size_t i = mix_find(mix, name);
    if (i == mix->count)
        return cc_known_fields_add(&g->models, name, error);
    if (!check_workload(g, i, record, error) ||
        !offer_find(&offer, record, &g->options->where, g->condition_seen, error))
        return false;
    cc_known_fields_note(&g->known, record, true);
    if (offer.found && (!g->best[i].found || offer.usd < g->best[i].usd))
        take_offer(&g->best[i], record, &offer);
    return true;
}

/* After the last record: a field that none has had was not meant; a model that none is of may not have been either, but
 * need not be in every part of a stream. */
static void check_seen(struct gatherer *g)
{
    const struct cc_conditions *where = &g->options->where;
    const struct mix *mix = &g->options->mix;
    struct cc_error error;
    bool any = false;
    for (size_t i = 0; i < mix->count; i++)
        any |= g->model_seen[i];
    for (size_t i = 0; i < where->count && any; i++)
        if (!g->condition_seen[i] && !cc_known_fields_fail(&g->known, where->condition[i].path, "where", &error))
            cc_run_fail(&g->run, &error);
    for (size_t i = 0; i < mix->count && g->run.candidates > 0; i++) {
        const char *near = g->model_seen[i] ? NULL : cc_known_fields_nearest(&g->models, mix->model[i].name);
        if (!g->model_seen[i])
            cc_run_note(&g->run, "no record is of the model %.*s, which --mix names%s%s%s",
                        CC_TEXT_ARG(mix->model[i].name), near != NULL ? "; did you mean " : "",
                        near != NULL ? near : "", near != NULL ? "?" : "");
    }
}

/* On bad data: the server that came before it. */
static void write_complete(struct cc_run *run)
{
    end_server((struct gatherer *)run);
}

int main(int argc, char **argv)
{
    static struct options options;
    static struct gatherer gatherer = {.options = &options};
    struct cc_operands operands;
    struct cc_record record;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&gatherer.run, &program, &options.shared, &operands);
    gatherer_init(&gatherer);
    gatherer.run.complete = write_complete;
    if (options.own != NULL && !mix_read_own(&options.mix, options.own, &error))
        cc_run_fail(&gatherer.run, &error);
    while (cc_run_next(&gatherer.run, &record))
        if (!gather(&gatherer, &record, &error))
            cc_run_fail_record(&gatherer.run, &error);
    end_server(&gatherer);
    check_seen(&gatherer);
    gatherer_free(&gatherer);
    return cc_run_finish(&gatherer.run);
}
