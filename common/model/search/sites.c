#include "model/search/sites.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/chunked.h"
#include "model/serving/memory_fit.h"

enum { BYTES_KEPT = 32 << 20 };

/* A server without what differs among those that are alike, and without lengths, so that all else, whatever it is, is
 * the same. */
static struct cc_serving without_rates(const struct cc_serving *serving)
{
    struct cc_serving s = *serving;
    memset(&s.chip, 0, sizeof s.chip);
    memset(&s.workload, 0, sizeof s.workload);
    memset(&s.prefill, 0, sizeof s.prefill);
    memset(&s.generate, 0, sizeof s.generate);
    s.prefill_chunk = s.steps = s.prefill_flops = s.token_flops = 0;
    s.package_memory_bytes = s.server_memory_bytes = 0;
    s.server_flops = s.server_tdp_w = s.server_other_power_w = 0;
    return s;
}

/* Tells most keys apart. Padding that differs costs time alone, here and where they are compared. */
static uint64_t hash_of(const struct cc_serving *key)
{
    uint64_t hash = 0, word;
    for (size_t i = 0; i + sizeof word <= sizeof *key; i += sizeof word) {
        memcpy(&word, (const char *)key + i, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    }
    return hash;
}

static struct cc_token_lengths lengths_of(const struct cc_serving *serving)
{
    return (struct cc_token_lengths){serving->workload.prefill_len, serving->workload.generate_len, serving->prefill,
                                     serving->generate, serving->prefill_chunk};
}

static bool same_phase(const struct cc_phase *a, const struct cc_phase *b)
{
    return a->queries == b->queries && a->generation == b->generation && memcmp(a->look, b->look, sizeof a->look) == 0;
}

static bool same_lengths(const struct cc_token_lengths *a, const struct cc_token_lengths *b)
{
    return a->prompt == b->prompt && a->answer == b->answer && a->chunk == b->chunk &&
           same_phase(&a->prefill, &b->prefill) && same_phase(&a->generate, &b->generate);
}

/* Makes a shape over for other lengths. */
static void set_lengths(struct cc_alike *alike, const struct cc_token_lengths *lengths)
{
    alike->turn++;
    if (!same_phase(&alike->lengths.prefill, &lengths->prefill))
        alike->pass_turn[CC_PASS_PREFILL] = alike->turn;
    if (!same_phase(&alike->lengths.generate, &lengths->generate))
        alike->pass_turn[CC_PASS_GENERATE] = alike->turn;
    alike->pass_turn[CC_PASS_MIXED] = alike->turn;
    alike->lengths = *lengths;
}

static double *take_reals(struct cc_alike *alike, size_t count)
{
    return cc_arena_take(&alike->arena, count * sizeof(double));
}

/* Forgets a shape, and keeps its memory for another. */
static void forget(struct cc_alike *alike)
{
    cc_arena_clear(&alike->arena);
    alike->lists = NULL;
    memset(alike->stages, 0, sizeof alike->stages);
}

void cc_sites_end(struct cc_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        cc_arena_free(&sites->known[i]->arena);
        free(sites->known[i]);
    }
    sites->count = sites->next = 0;
    sites->alike = NULL;
}

static bool asks_for(const struct cc_alike *alike, const struct cc_batches *batches)
{
    if (alike->batches != batches->count)
        return false;
    for (size_t i = 0; i < batches->count; i++)
        if (alike->batch[i] != batches->batch[i].requests)
            return false;
    return true;
}

/* The latest tables of a shape, with these lengths unless NULL; NULL: there are none. */
static struct cc_alike *find(const struct cc_sites *sites, const struct cc_serving *key, uint64_t hash,
                             const struct cc_token_lengths *lengths, const struct cc_batches *batches)
{
    for (size_t i = sites->count; i > 0; i--) {
        struct cc_alike *alike = sites->known[i - 1];
        if (alike->hash == hash && alike->shared && (lengths == NULL || same_lengths(&alike->lengths, lengths)) &&
            memcmp(&alike->key, key, sizeof *key) == 0 && asks_for(alike, batches))
            return alike;
    }
    return NULL;
}

/* Those that a server had for itself; NULL: there are none. */
static struct cc_alike *find_own(const struct cc_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++)
        if (!sites->known[i]->shared)
            return sites->known[i];
    return NULL;
}

static bool is_full(const struct cc_sites *sites)
{
    size_t taken = 0;
    for (size_t i = 0; i < sites->count; i++)
        taken += sites->known[i]->arena.taken;
    return sites->count == CC_ALIKE_MAX || taken > BYTES_KEPT;
}

/* Empty tables: those that a server had for itself; new ones; when there are many, in place of others. */
static struct cc_alike *make_room(struct cc_sites *sites)
{
    struct cc_alike *alike = find_own(sites);
    if (alike == NULL && is_full(sites))
        alike = sites->known[sites->next++ % sites->count];
    if (alike != NULL) {
        forget(alike);
        return alike;
    }
    alike = calloc(1, sizeof *alike);
    if (alike != NULL)
        sites->known[sites->count++] = alike;
    return alike;
}

/* Tables of another shape. */
static struct cc_alike *add_alike(struct cc_sites *sites, const struct cc_serving *key,
                                  const struct cc_token_lengths *lengths, bool shared)
{
    struct cc_alike *alike = make_room(sites);
    if (alike == NULL)
        return NULL;
    alike->key = *key;
    alike->hash = hash_of(key);
    alike->lengths = *lengths;
    alike->turn = 1;
    for (size_t pass = 0; pass < CC_PASSES; pass++)
        alike->pass_turn[pass] = 1;
    alike->shared = shared;
    alike->batches = sites->batches->count;
    for (size_t i = 0; i < sites->batches->count; i++)
        alike->batch[i] = sites->batches->batch[i].requests;
    return alike;
}

bool cc_sites_begin(struct cc_sites *sites, const struct cc_serving *serving, const struct cc_batches *batches)
{
    const struct cc_serving key = without_rates(serving);
    const struct cc_token_lengths lengths = lengths_of(serving);
    const uint64_t hash = hash_of(&key);
    const bool shared = cc_has_parts(serving);
    struct cc_alike *alike = shared ? find(sites, &key, hash, &lengths, batches) : NULL;
    sites->serving = serving;
    sites->batches = batches;
    sites->stages.count = 0; /* of another model, perhaps */
    sites->server++;
    if (alike == NULL && shared && is_full(sites) && (alike = find(sites, &key, hash, NULL, batches)) != NULL)
        set_lengths(alike, &lengths);
    if (alike == NULL)
        alike = add_alike(sites, &key, &lengths, shared);
    sites->alike = alike;
    return alike != NULL;
}

static void open_pass(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                      enum cc_pass pass)
{
    if (pass == CC_PASS_MIXED)
        cc_mixed_step_open(step, serving, place);
    else
        cc_step_open(step, serving, place, pass == CC_PASS_PREFILL ? &serving->prefill : &serving->generate);
}

/* Room for the pieces of a pass, unless there is some. */
static bool take_pieces(struct cc_alike *alike, struct cc_stage *stage, enum cc_pass pass, size_t kinds, size_t stride)
{
    if (stage->seconds[pass] != NULL)
        return true;
    double *seconds = stage->seconds[pass] = take_reals(alike, (kinds + 1) * stride);
    if (seconds != NULL)
        stage->pieces[pass] =
            (struct cc_piece_rows){.stride = stride, .layer_s = seconds, .output_s = seconds + kinds * stride};
    return seconds != NULL;
}

/* A pass that servers have in common, but for its seconds. */
static bool share_pass(struct cc_alike *alike, struct cc_stage *stage, enum cc_pass pass, const struct cc_step *step,
                       const struct cc_axis *axis)
{
    struct cc_parts *parts = &stage->parts[pass];
    if (!cc_parts_of(parts, step, axis, &alike->arena) || !take_pieces(alike, stage, pass, step->kinds, parts->stride))
        return false;
    stage->pieces[pass].j = parts->j;
    stage->pieces[pass].group_requests = parts->group_requests;
    return true;
}

/* A pass of the current server alone. */
static bool own_pass(struct cc_alike *alike, struct cc_stage *stage, enum cc_pass pass, const struct cc_step *step,
                     const struct cc_axis *axis)
{
    const size_t stride = cc_padded(axis->count), size = axis->count * sizeof(double);
    struct cc_pieces pieces;
    double *rest = take_reals(alike, 2 * stride);
    if (rest == NULL || !take_pieces(alike, stage, pass, step->kinds, stride))
        return false;
    cc_step_pieces(step, axis, axis->count, &pieces);
    for (size_t k = 0; k < step->kinds; k++)
        memcpy(stage->seconds[pass] + k * stride, pieces.layer_s[k], size);
    memcpy(stage->seconds[pass] + step->kinds * stride, pieces.output_s, size);
    memcpy(rest, pieces.j, size);
    memcpy(rest + stride, pieces.group_requests, size);
    stage->pieces[pass].j = rest;
    stage->pieces[pass].group_requests = rest + stride;
    return true;
}

/* Makes a pass, unless it is there for these lengths. */
static bool make_pass(struct cc_sites *sites, struct cc_stage *stage, enum cc_pass pass)
{
    struct cc_alike *alike = sites->alike;
    if (stage->turn[pass] == alike->pass_turn[pass])
        return true;
    stage->turn[pass] = alike->pass_turn[pass];
    open_pass(&sites->step, sites->serving, &stage->place, pass);
    return (alike->shared ? share_pass : own_pass)(alike, stage, pass, &sites->step, &sites->batches->axis);
}

/* The chain that has a stage of the place. */
static struct cc_stage **chain_of(struct cc_alike *alike, const struct cc_stage_place *place)
{
    const int64_t key = place->tensor_parallel + 7 * (place->attention_groups - 1) + 31 * (place->expert_parallel - 1);
    return &alike->stages[key % CC_STAGE_CHAINS];
}

static struct cc_stage *make_stage(struct cc_sites *sites, const struct cc_stage_place *place)
{
    struct cc_stage **chain = chain_of(sites->alike, place);
    struct cc_stage *stage = cc_arena_take(&sites->alike->arena, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->place = *place;
    stage->next = *chain;
    return *chain = stage;
}

static struct cc_stage *stage_of(struct cc_sites *sites, const struct cc_stage_place *place)
{
    for (struct cc_stage *stage = *chain_of(sites->alike, place); stage != NULL; stage = stage->next)
        if (cc_same_stage(&stage->place, place))
            return stage;
    return make_stage(sites, place);
}

/* Bytes that each batch needs on the fullest stage, unless they are there for these lengths: as in cc_memory_need. */
static void set_need(struct cc_sites *sites, struct cc_site *site)
{
    const struct cc_serving *serving = sites->serving;
    const struct cc_batches *batches = sites->batches;
    struct cc_memory_fit fit;
    double held[CC_AXIS_MAX];
    if (site->turn == sites->alike->turn)
        return;
    site->turn = sites->alike->turn;
    cc_sites_lay(sites, site);
    cc_memory_fit_of(&fit, serving, &site->place, &sites->stages);
    for (size_t b = 0; b < batches->count; b++) {
        const double batch = (double)batches->batch[b].requests;
        held[b] = cc_requests_in_shards(&fit, cc_requests_held(serving, &site->place, batch));
    }
    cc_memory_needs(&fit, held, batches->count, site->need_bytes);
}

/* Handing over in a pass, likewise; that of generation, a token of each request, is always the same. */
static void set_hops(struct cc_sites *sites, struct cc_site *site, enum cc_pass pass)
{
    const struct cc_serving *serving = sites->serving;
    const struct cc_axis *axis = &sites->batches->axis;
    const uint64_t turn = pass == CC_PASS_GENERATE ? 1 : sites->alike->pass_turn[pass];
    const struct cc_phase *phase = pass == CC_PASS_PREFILL ? &serving->prefill : &serving->generate;
    const double chunk = pass == CC_PASS_MIXED ? serving->prefill_chunk : 0;
    struct cc_pipeline pipeline;
    double rows[CC_AXIS_MAX];
    if (site->hop_turn[pass] == turn)
        return;
    site->hop_turn[pass] = turn;
    for (size_t i = 0; i < axis->count; i++)
        rows[i] = axis->requests[i] + chunk;
    cc_pipeline_of(&pipeline, serving, &site->place, phase, &sites->stages);
    cc_hand_overs(&pipeline, rows, site->stage->pieces[pass].group_requests, axis->count, site->hop_s[pass]);
}

bool cc_sites_time(struct cc_sites *sites, struct cc_site *site)
{
    struct cc_stage *stage = site->stage;
    const bool timed = stage->server == sites->server;
    stage->server = sites->server;
    for (size_t pass = 0; pass < cc_sites_passes(sites); pass++) {
        const struct cc_parts *parts = &stage->parts[pass];
        if (!make_pass(sites, stage, (enum cc_pass)pass))
            return false;
        if (!timed && sites->alike->shared)
            cc_parts_pieces(parts, &sites->serving->chip, stage->seconds[pass],
                            stage->seconds[pass] + parts->kinds * parts->stride);
        set_hops(sites, site, (enum cc_pass)pass);
    }
    return true;
}

static bool make_site(struct cc_sites *sites, struct cc_site *site, const struct cc_stage_place *place)
{
    const size_t batches = sites->batches->count, micro_batches = sites->batches->axis.count;
    double *room = take_reals(sites->alike, batches + cc_sites_passes(sites) * micro_batches);
    site->place = *place;
    site->stages = sites->stages.count;
    site->layers = sites->stages.layers;
    site->last = sites->stages.last;
    site->even = sites->stages.even;
    site->packages = cc_memory_packages(sites->serving, place);
    site->together = cc_memory_stages(sites->serving, place);
    site->stage = stage_of(sites, place);
    site->need_bytes = room;
    for (size_t pass = 0; room != NULL && pass < cc_sites_passes(sites); pass++)
        site->hop_s[pass] = room + batches + pass * micro_batches;
    return site->stage != NULL && room != NULL;
}

/* Finds the places; CC_PLACES_MAX is more than any model has. */
static size_t list_places(struct cc_sites *sites, const int64_t *depths, size_t count, int64_t num_servers,
                          struct cc_stage_place places[CC_PLACES_MAX])
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
        if (!cc_stage_place_of(sites->serving, num_servers, depths[i], &place))
            continue;
        const size_t layout_count = cc_layouts_of(sites->serving, &place, layouts);
        for (size_t k = 0; k < layout_count && found < CC_PLACES_MAX; k++)
            places[found++] = layouts[k];
    }
    return found;
}

static struct cc_site_list *make_list(struct cc_sites *sites, const int64_t *depths, size_t count, int64_t num_servers)
{
    struct cc_stage_place places[CC_PLACES_MAX];
    struct cc_site_list *list = cc_arena_take(&sites->alike->arena, sizeof *list);
    if (list == NULL)
        return NULL;
    list->num_servers = num_servers;
    list->count = list_places(sites, depths, count, num_servers, places);
    list->site = cc_arena_take(&sites->alike->arena, (list->count + 1) * sizeof *list->site);
    int64_t depth = 0;
    for (size_t i = 0; list->site != NULL && i < list->count; i++) {
        if (places[i].pipeline_parallel != depth)
            cc_stages_of(&sites->stages, sites->serving, depth = places[i].pipeline_parallel);
        if (!make_site(sites, &list->site[i], &places[i]))
            return NULL;
    }
    return list->site == NULL ? NULL : list;
}

const struct cc_site_list *cc_sites_of(struct cc_sites *sites, const int64_t *depths, size_t count, int64_t num_servers)
{
    struct cc_site_list *list = sites->alike->lists;
    while (list != NULL && list->num_servers != num_servers)
        list = list->next;
    if (list != NULL || (list = make_list(sites, depths, count, num_servers)) == NULL)
        return list;
    list->next = sites->alike->lists;
    return sites->alike->lists = list;
}

void cc_sites_lay(struct cc_sites *sites, const struct cc_site *site)
{
    if (sites->serving->llm->kinds > 1) {
        if (sites->stages.count != site->stages)
            cc_stages_of(&sites->stages, sites->serving, site->place.pipeline_parallel);
        return;
    }
    sites->stages.count = site->stages;
    sites->stages.layers = site->layers;
    sites->stages.last = site->last;
    sites->stages.even = site->even;
}

size_t cc_site_batches(struct cc_sites *sites, struct cc_site *site)
{
    set_need(sites, site);
    const double memory_bytes = site->packages * sites->serving->package_memory_bytes * site->together;
    size_t count = sites->batches->count;
    while (count > 0 && !(memory_bytes >= site->need_bytes[count - 1]))
        count--;
    return count;
}
