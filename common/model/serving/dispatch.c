#include "model/serving/dispatch.h"

#include "base/number.h"
#include "model/llm/experts.h"
#include "model/serving/collective.h"

struct cc_expert_load cc_expert_load_of(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const double slots = serving->llm->experts + serving->routing.redundant, shares = (double)place->expert_parallel;
    return (struct cc_expert_load){
        .slots = slots,
        .per_token = serving->llm->active_experts,
        .shares = shares,
        .share = ceil(slots / shares),
        .imbalance = serving->routing.imbalance,
        .capacity = serving->routing.capacity,
        .memo = serving->experts_memo,
    };
}

struct cc_expert_work cc_expert_work_of(const struct cc_expert_load *load, double tokens)
{
    const double assignments = tokens * load->per_token;
    if (load->capacity > 0) {
        const double rows = ceil(load->capacity * assignments / load->slots);
        return (struct cc_expert_work){load->slots, load->share, load->share * rows, load->slots * rows / tokens, 1};
    }
    const double imbalance =
        load->imbalance > 0 ? load->imbalance : cc_experts_imbalance(load->shares, assignments / load->shares);
    const double loaded =
        cc_experts_loaded_from(load->memo, load->slots, load->per_token, tokens, load->share, load->shares);
    const double assigned =
        fmin(assignments * load->share / load->slots * imbalance, tokens * fmin(load->per_token, load->share));
    return (struct cc_expert_work){
        .touched = cc_experts_touched(load->slots, load->per_token, tokens),
        .loaded = loaded,
        .assigned = fmax(loaded, assigned), /* an expert that is loaded has a row at least */
        .rows = load->per_token,
        .imbalance = imbalance,
    };
}

/* Units that a token is sent to in the mean, of `units` that the experts are spread over. */
static double copies(const struct cc_serving *serving, double units, double shares, bool servers)
{
    const double experts = serving->llm->experts, per_token = serving->llm->active_experts;
    const double spread = fmin(units, shares), elsewhere = experts - experts / spread;
    double none = 1; /* the probability that a unit has no expert of the token */
    if (serving->routing.direct)
        return per_token * fmax(1, units / shares);
    for (double j = 0; j < per_token; j++)
        none *= fmax(0, elsewhere - j) / (experts - j);
    const double sent = units * (1 - none), most = serving->routing.route_servers;
    return servers && most > 0 ? fmin(sent, most) : sent;
}

static void add_level(struct cc_dispatch *d, const struct cc_serving *serving, const struct cc_stage_place *place,
                      double request_numbers, double units, struct cc_channel link, double pj_per_byte, bool servers)
{
    if (units <= 1)
        return;
    const double numbers =
        copies(serving, units, (double)place->expert_parallel, servers) * (units - 1) / units * request_numbers;
    d->level[d->levels++] = (struct cc_dispatch_level){
        .init_s = link.init_s,
        .request_s = numbers / link.bytes_per_s,
        .part = (double)place->attention_groups / units,
        .pj = numbers * pj_per_byte,
    };
}

struct cc_dispatch cc_dispatch_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                  const struct cc_phase *phase)
{
    const struct cc_extent e = cc_extent_of(serving, place->tensor_parallel);
    const struct cc_channel channel = cc_collective_channel(serving, place, place->tensor_parallel);
    const struct cc_llm_formats *f = &serving->llm->format;
    const double numbers = phase->queries * (double)serving->llm->d, others = (double)(e.chips - 1);
    struct cc_dispatch d = {
        .gather_init_s = others * channel.init_s,
        .gather_request_s = others * numbers / (double)cc_attention_parallel(place) / channel.bytes_per_s,
        .gather_pj = others * numbers * cc_collective_pj_per_byte(serving, e.chips),
        .dispatch_bytes = f->dispatch_bits.bits / 8,
        .combine_bytes = f->combine_bits.bits / 8,
    };
    add_level(&d, serving, place, numbers, (double)e.servers, serving->server_link, serving->server_pj_per_byte, true);
    add_level(&d, serving, place, numbers, (double)e.packages, serving->package_link, serving->package_pj_per_byte,
              false);
    if (serving->chips_per_package > 1)
        add_level(&d, serving, place, numbers, (double)e.chips, serving->chip_link, serving->network_pj_per_byte,
                  false);
    if (d.levels > 0)
        d.level[d.levels - 1].finest = true;
    return d;
}

struct cc_sent cc_dispatch_send(const struct cc_dispatch *dispatch, double bytes, double requests,
                                double group_requests, double imbalance)
{
    const double joules_per_pj = 1e-12;
    struct cc_sent sent = {0};
    const double gather_s = dispatch->gather_init_s + dispatch->gather_request_s * group_requests * bytes;
    for (size_t i = 0; i < dispatch->levels; i++) {
        const struct cc_dispatch_level *l = &dispatch->level[i];
        const double rows = fmin(requests, group_requests * l->part);
        sent.s = fmax(sent.s, l->init_s + rows * l->request_s * bytes * (l->finest ? imbalance : 1));
        sent.j += requests * l->pj * bytes * joules_per_pj;
    }
    if (gather_s < sent.s)
        return (struct cc_sent){gather_s, requests * dispatch->gather_pj * bytes * joules_per_pj};
    return sent;
}
