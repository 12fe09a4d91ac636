#include "model/search/sites.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/chunked.h"
#include "model/serving/memory_fit.h"

enum { BYTES_KEPT = 32 << 20 };

/* A server without what differs among those that are alike, so that all else, whatever it is, is the same. */
static struct cc_serving without_rates(const struct cc_serving *serving)
{
    struct cc_serving s = *serving;
    memset(&s.chip, 0, sizeof s.chip);
    s.package_memory_bytes = s.server_memory_bytes = 0;
    s.server_flops = s.server_tdp_w = s.server_other_power_w = 0;
    s.workload =
        (struct cc_workload){.prefill_len = serving->workload.prefill_len,
                             .generate_len = serving->workload.generate_len}; /* however many requests arrive */
    return s;
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

/* The shape of a key; NULL: it is not known. */
static struct cc_alike *find(const struct cc_sites *sites, const struct cc_serving *key,
                             const struct cc_batches *batches)
{
    for (size_t i = 0; i < sites->count; i++) {
        struct cc_alike *alike = sites->known[i];
        if (alike->shared && memcmp(&alike->key, key, sizeof *key) == 0 && asks_for(alike, batches))
            return alike;
    }
    return NULL;
}

/* Room for another shape: that of a shape that a server had for itself; a new one; when there are many, that of the one
 * that has been there for longest. */
static struct cc_alike *make_room(struct cc_sites *sites)
{
    size_t taken = 0;
    for (size_t i = 0; i < sites->count; i++) {
        taken += sites->known[i]->arena.taken;
        if (sites->known[i]->shared)
            continue;
        forget(sites->known[i]);
        return sites->known[i];
    }
    if (sites->count == CC_ALIKE_MAX || taken > BYTES_KEPT) {
        struct cc_alike *oldest = sites->known[sites->next++ % sites->count];
        forget(oldest);
        return oldest;
    }
    struct cc_alike *alike = calloc(1, sizeof *alike);
    if (alike != NULL)
        sites->known[sites->count++] = alike;
    return alike;
}

bool cc_sites_begin(struct cc_sites *sites, const struct cc_serving *serving, const struct cc_batches *batches)
{
    const struct cc_serving key = without_rates(serving);
    const bool shared = cc_has_parts(serving);
    sites->serving = serving;
    sites->batches = batches;
    sites->stages.count = 0; /* of another model, perhaps */
    sites->server++;
    sites->alike = shared ? find(sites, &key, batches) : NULL;
    if (sites->alike != NULL)
        return true;
    struct cc_alike *alike = sites->alike = make_room(sites);
    if (alike == NULL)
        return false;
    alike->key = key;
    alike->shared = shared;
    alike->batches = batches->count;
    for (size_t i = 0; i < batches->count; i++)
        alike->batch[i] = batches->batch[i].requests;
    return true;
}

static void open_pass(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                      enum cc_pass pass)
{
    if (pass == CC_PASS_MIXED)
        cc_mixed_step_open(step, serving, place);
    else
        cc_step_open(step, serving, place, pass == CC_PASS_PREFILL ? &serving->prefill : &serving->generate);
}

/* Room for the pieces of a pass. */
static bool take_pieces(struct cc_alike *alike, struct cc_stage *stage, enum cc_pass pass, size_t kinds, size_t stride)
{
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
    const size_t stride = cc_padded(axis->count);
    if (!cc_parts_of(&stage->parts[pass], step, axis, &alike->arena) ||
        !take_pieces(alike, stage, pass, step->kinds, stride))
        return false;
    stage->pieces[pass].j = stage->parts[pass].j;
    stage->pieces[pass].group_requests = stage->parts[pass].group_requests;
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

/* The chain that has a stage of the place. */
static struct cc_stage **chain_of(struct cc_alike *alike, const struct cc_stage_place *place)
{
    const int64_t key = place->tensor_parallel + 7 * (place->attention_groups - 1) + 31 * (place->expert_parallel - 1);
    return &alike->stages[key % CC_STAGE_CHAINS];
}

static struct cc_stage *make_stage(struct cc_sites *sites, const struct cc_stage_place *place)
{
    struct cc_alike *alike = sites->alike;
    struct cc_stage *stage = cc_arena_take(&alike->arena, sizeof *stage);
    if (stage == NULL)
        return NULL;
    stage->place = *place;
    for (size_t pass = 0; pass < cc_sites_passes(sites); pass++) {
        struct cc_step step;
        open_pass(&step, sites->serving, place, (enum cc_pass)pass);
        if (!(alike->shared ? share_pass : own_pass)(alike, stage, (enum cc_pass)pass, &step, &sites->batches->axis))
            return NULL;
    }
    stage->server = alike->shared ? 0 : sites->server;
    struct cc_stage **chain = chain_of(alike, place);
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

void cc_sites_time(struct cc_sites *sites, struct cc_stage *stage)
{
    if (stage->server == sites->server)
        return;
    stage->server = sites->server;
    for (size_t pass = 0; pass < cc_sites_passes(sites); pass++) {
        const struct cc_parts *parts = &stage->parts[pass];
        cc_parts_pieces(parts, &sites->serving->chip, stage->seconds[pass],
                        stage->seconds[pass] + parts->kinds * parts->stride);
    }
}

/* Bytes that each batch needs on the fullest stage: as in cc_memory_need. */
static void set_need(struct cc_sites *sites, struct cc_site *site, double *need_bytes)
{
    const struct cc_serving *serving = sites->serving;
    const struct cc_batches *batches = sites->batches;
    struct cc_memory_fit fit;
    double held[CC_AXIS_MAX];
    cc_memory_fit_of(&fit, serving, &site->place, &sites->stages);
    for (size_t b = 0; b < batches->count; b++) {
        const double batch = (double)batches->batch[b].requests;
        held[b] = cc_requests_in_shards(&fit, cc_requests_held(serving, &site->place, batch));
    }
    cc_memory_needs(&fit, held, batches->count, need_bytes);
    site->need_bytes = need_bytes;
    site->packages = cc_memory_packages(serving, &site->place);
    site->together = cc_memory_stages(serving, &site->place);
}

/* Handing over, in rows that lie one after the other. */
static void set_hops(struct cc_sites *sites, struct cc_site *site, double *row)
{
    const struct cc_serving *serving = sites->serving;
    const struct cc_axis *axis = &sites->batches->axis;
    for (size_t pass = 0; pass < cc_sites_passes(sites); pass++, row += axis->count) {
        const struct cc_phase *phase = pass == CC_PASS_PREFILL ? &serving->prefill : &serving->generate;
        const double *requests = axis->requests;
        struct cc_pipeline pipeline;
        double with_chunk[CC_AXIS_MAX];
        for (size_t i = 0; pass == CC_PASS_MIXED && i < axis->count; i++)
            with_chunk[i] = requests[i] + serving->prefill_chunk;
        cc_pipeline_of(&pipeline, serving, &site->place, phase, &sites->stages);
        cc_hand_overs(&pipeline, pass == CC_PASS_MIXED ? with_chunk : requests,
                      site->stage->pieces[pass].group_requests, axis->count, row);
        site->hop_s[pass] = row;
    }
}

static bool make_site(struct cc_sites *sites, struct cc_site *site, const struct cc_stage_place *place)
{
    site->place = *place;
    site->stages = sites->stages.count;
    site->layers = sites->stages.layers;
    site->last = sites->stages.last;
    site->even = sites->stages.even;
    site->stage = stage_of(sites, place);
    double *room =
        take_reals(sites->alike, sites->batches->count + cc_sites_passes(sites) * sites->batches->axis.count);
    if (site->stage == NULL || room == NULL)
        return false;
    set_need(sites, site, room);
    set_hops(sites, site, room + sites->batches->count);
    return true;
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

size_t cc_site_batches(const struct cc_sites *sites, const struct cc_site *site)
{
    const double memory_bytes = site->packages * sites->serving->package_memory_bytes * site->together;
    size_t count = sites->batches->count;
    while (count > 0 && !(memory_bytes >= site->need_bytes[count - 1]))
        count--;
    return count;
}
