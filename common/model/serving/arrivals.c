#include "model/serving/arrivals.h"

#include "model/serving/chunked.h"

static bool does_prefill(const struct cc_arrivals *a)
{
    return a->serving->duty != CC_GENERATE_ALONE;
}

/* An answer of one token comes with the prefill. */
static bool does_generate(const struct cc_arrivals *a)
{
    return a->serving->duty != CC_PREFILL_ALONE && a->serving->steps > 0;
}

static bool is_mixed(const struct cc_arrivals *a)
{
    return a->serving->duty == CC_CHUNKED;
}

void cc_arrivals_open(struct cc_arrivals *a, const struct cc_serving *serving, const struct cc_mapping *mapping,
                      int64_t batch, double quantile)
{
    a->serving = serving;
    a->place = &mapping->place;
    a->batch = (double)batch;
    a->micro_batches = (double)batch / (double)mapping->micro_batch;
    a->prefill_micro_batch = serving->duty == CC_PREFILL_ALONE ? (double)batch : (double)mapping->prefill_micro_batch;
    a->quantile = quantile;
    a->deviate = cc_normal_quantile(quantile);
    if (does_prefill(a) && !is_mixed(a))
        a->prefill = cc_pace_of(serving, a->place, &serving->prefill, a->prefill_micro_batch);
    if (!does_generate(a))
        return;
    cc_stages_of(&a->stages, serving, a->place->pipeline_parallel);
    cc_pipeline_of(&a->pipeline, serving, a->place, &serving->generate, &a->stages);
    cc_step_open(&a->generate, serving, a->place, &serving->generate);
    if (is_mixed(a))
        cc_mixed_step_open(&a->mixed, serving, a->place);
}

static struct cc_pace generate_pace(const struct cc_arrivals *a, double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    struct cc_pieces pieces;
    struct cc_paces paces;
    cc_step_pieces(&a->generate, &axis, 1, &pieces);
    cc_pieces_paces(&a->pipeline, &pieces, &axis, 1, &paces);
    return cc_pace_at(&paces, 0);
}

static struct cc_pace mixed_pace(const struct cc_arrivals *a, double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    struct cc_pieces pieces;
    struct cc_paces paces;
    cc_step_pieces(&a->mixed, &axis, 1, &pieces);
    cc_mixed_paces(&a->pipeline, &pieces, a->serving, &axis, 1, &paces);
    return cc_pace_at(&paces, 0);
}

/* Mixed passes with so many requests present, a share of them as if as many prompts came in as answers are complete. */
static struct cc_chunked_input mixed_input(const struct cc_arrivals *a, double present)
{
    const double micro_batch = present / a->micro_batches;
    const struct cc_pace mixed = mixed_pace(a, micro_batch), generate = generate_pace(a, micro_batch);
    return cc_chunked_input_of(a->serving, a->place, micro_batch, a->micro_batches, &mixed, &generate);
}

/* Share of the time that prefills take from the generation. */
static double prefill_share(const struct cc_arrivals *a, double rate)
{
    return a->serving->duty == CC_BOTH_PHASES ? rate * a->prefill.interval_s / a->prefill_micro_batch : 0;
}

static double shared_s(double generate_s, double mixed_s, double k)
{
    const double share = k * (mixed_s - generate_s);
    return share < 1 ? generate_s / (1 - share) : INFINITY;
}

/* Time of a token at a rate, where all passes may have to be mixed. */
static double mixed_token_s(const struct cc_chunked_input *in, double rate)
{
    const double n = in->micro_batches, k = rate * in->prompt / (in->chunk * n);
    const double token_s = fmax(shared_s(in->generate.through_s, in->mixed.through_s, k),
                                shared_s(in->generate.interval_s * n, in->mixed.interval_s * n, k));
    return fmin(token_s, cc_token_time_s(&in->mixed, n));
}

static double token_s(const struct cc_arrivals *a, double rate, double present)
{
    if (is_mixed(a)) {
        const struct cc_chunked_input in = mixed_input(a, present);
        return mixed_token_s(&in, rate);
    }
    const struct cc_pace pace = generate_pace(a, present / a->micro_batches);
    return cc_token_time_s(&pace, a->micro_batches) / (1 - prefill_share(a, rate));
}

/* The rate of N = rate steps token_s(rate, M). */
static double rate_of(const struct cc_arrivals *a, double present, double seen)
{
    if (!is_mixed(a)) {
        const double alone_s = a->serving->steps * token_s(a, 0, seen);
        return present / (alone_s + present * prefill_share(a, 1));
    }
    struct cc_chunked_input in = mixed_input(a, seen);
    in.micro_batch = present / a->micro_batches;
    return cc_chunked_of(&in).requests_per_s;
}

/* The queue for prefills, or for chunks; what a prefill takes when its turn has come, and before: half of the pass that
 * goes on meanwhile. */
struct prefills {
    struct cc_prefill_queue queue;
    double through_s, pass_s;
};

static struct prefills prefills_of(const struct cc_arrivals *a, double rate, double present)
{
    if (!is_mixed(a))
        return (struct prefills){.queue = {.rate = rate,
                                           .interval_s = a->prefill.interval_s,
                                           .micro_batch = a->prefill_micro_batch,
                                           .instances = 1},
                                 .through_s = a->prefill.through_s};
    const struct cc_chunked_input in = mixed_input(a, present + 1);
    const struct cc_chunked chunked = cc_chunked_of(&in);
    const double prompts = (double)a->place->attention_groups, pass_s = chunked.worst_tpot_s / in.micro_batches;
    return (struct prefills){.queue = {.rate = rate,
                                       .interval_s = in.prompt * prompts / in.chunk * pass_s,
                                       .micro_batch = 1,
                                       .instances = a->place->attention_groups},
                             .through_s = chunked.ttft_s,
                             .pass_s = cc_token_time_s(&in.generate, in.micro_batches) / in.micro_batches};
}

/* For a queue that keeps up. */
static struct cc_waits waits_of(const struct cc_arrivals *a, const struct prefills *p)
{
    struct cc_waits waits = cc_waits_of(&p->queue, p->through_s + p->pass_s / 2, a->quantile);
    waits.wait_s += p->pass_s / 2;
    return waits;
}

double cc_arrivals_capacity(const struct cc_arrivals *a)
{
    if (does_generate(a))
        return rate_of(a, a->batch, a->batch);
    return a->prefill_micro_batch / a->prefill.interval_s;
}

/* Energy (J) of a request. A pass has at least one. Without an energy model work counts by the time that it takes at
 * the peak. */
static double request_j(const struct cc_arrivals *a, double present)
{
    const struct cc_serving *s = a->serving;
    const double micro_batch = fmax(present / a->micro_batches, 1);
    double j = 0;
    if (!s->energy_model)
        return (does_prefill(a) ? cc_busy_energy_j(s, s->prefill_flops) : 0) +
               (does_generate(a) ? cc_busy_energy_j(s, s->token_flops * s->steps) : 0);
    if (does_prefill(a) && !is_mixed(a))
        j += a->prefill.j / a->prefill_micro_batch;
    if (!does_generate(a))
        return j;
    const struct cc_pace generate = generate_pace(a, micro_batch);
    if (is_mixed(a))
        j += (double)s->workload.prefill_len / s->prefill_chunk * (mixed_pace(a, micro_batch).j - generate.j);
    return j + s->steps * generate.j / micro_batch;
}

/* A rate, as cc_presence_of wants it. */
struct at_rate {
    const struct cc_arrivals *arrivals;
    double rate;
};

static double token_s_at(const void *context, double present)
{
    const struct at_rate *at = context;
    return token_s(at->arrivals, at->rate, present);
}

bool cc_arrivals_at(const struct cc_arrivals *a, double rate, struct cc_point *point)
{
    struct cc_presence presence = {.fits = true};
    if (prefill_share(a, rate) >= 1)
        return false;
    if (does_generate(a))
        presence =
            cc_presence_of(rate, a->serving->steps, a->batch, a->deviate, token_s_at, &(struct at_rate){a, rate});
    if (!presence.fits)
        return false;
    if (does_prefill(a)) {
        const struct prefills prefills = prefills_of(a, rate, presence.mean);
        if (cc_queue_load(&prefills.queue) >= 1)
            return false;
        const struct cc_waits waits = waits_of(a, &prefills);
        point->wait_s = waits.wait_s;
        point->rate_ttft_s = waits.ttft_s;
        point->quantile_ttft_s = waits.quantile_ttft_s;
    }
    point->rate_load = rate / cc_arrivals_capacity(a);
    point->requests_present = presence.mean;
    point->rate_tpot_s = presence.tpot_s;
    point->quantile_tpot_s = presence.quantile_tpot_s;
    point->rate_request_j = request_j(a, presence.mean);
    return true;
}

/* What the search for the goodput asks: of a number of requests present, or of a system that does not generate, of a
 * rate. */
struct promise {
    const struct cc_arrivals *arrivals;
    double ttft_s, tpot_s; /* INFINITY: any */
    double calm_rate;      /* of the shortest TTFT: up to it prompts that gather take longer the fewer they are */
};

/* Of a system whose prompts gather, whatever is under generation. */
static double gathered_ttft_s(const struct cc_arrivals *a, double rate)
{
    const struct prefills prefills = prefills_of(a, rate, 0);
    return waits_of(a, &prefills).quantile_ttft_s;
}

static bool keeps_ttft(const struct promise *promise, double rate, double present)
{
    const struct cc_arrivals *a = promise->arrivals;
    const struct prefills p = prefills_of(a, rate, present);
    if (cc_queue_load(&p.queue) >= 1)
        return false;
    const double left_s = promise->ttft_s - p.through_s - p.pass_s / 2 - cc_queue_gather_s(&p.queue);
    return isinf(promise->ttft_s) || rate <= promise->calm_rate || cc_queue_keeps(&p.queue, a->quantile, left_s);
}

static bool keeps_tpot(const struct promise *promise, double rate, double present)
{
    const struct cc_arrivals *a = promise->arrivals;
    const struct at_rate at = {a, rate};
    const double most = cc_present_at_quantile(rate, a->serving->steps, present, a->deviate, token_s_at, &at);
    return most <= a->batch && token_s(a, rate, most + 1) <= promise->tpot_s;
}

static double promised_rate(const struct cc_arrivals *a, double variable)
{
    return does_generate(a) ? rate_of(a, variable, variable + 1) : variable;
}

static bool keeps(const void *context, double variable)
{
    const struct promise *promise = context;
    const struct cc_arrivals *a = promise->arrivals;
    const double rate = promised_rate(a, variable);
    return (!does_generate(a) || keeps_tpot(promise, rate, variable)) &&
           (!does_prefill(a) || keeps_ttft(promise, rate, variable));
}

/* Prompts gather for less time when more come, and wait for longer: the sum falls to one minimum, and rises. */
static double calm_rate_of(const struct cc_arrivals *a)
{
    const double section = (sqrt(5) - 1) / 2;
    double low = 0, high = a->prefill_micro_batch / a->prefill.interval_s;
    enum { SECTIONS = 80 };
    for (int i = 0; i < SECTIONS; i++) {
        const double left = high - section * (high - low), right = low + section * (high - low);
        if (gathered_ttft_s(a, left) <= gathered_ttft_s(a, right))
            high = right;
        else
            low = left;
    }
    return (low + high) / 2;
}

/* A rate, and how many are then present. */
struct good {
    double rate, present;
};

static struct good goodput_of(const struct cc_arrivals *a, const struct cc_slo *slo)
{
    struct promise promise = {
        .arrivals = a,
        .ttft_s = isnan(slo->ttft_s) ? INFINITY : slo->ttft_s,
        .tpot_s = isnan(slo->tpot_s) ? INFINITY : slo->tpot_s,
    };
    const bool gathers = does_prefill(a) && !is_mixed(a) && a->prefill_micro_batch > 1 && !isinf(promise.ttft_s);
    if (gathers)
        promise.calm_rate = calm_rate_of(a);
    if (gathers && gathered_ttft_s(a, promise.calm_rate) > promise.ttft_s)
        return (struct good){0, 0};
    const double most = does_generate(a) ? a->batch : cc_arrivals_capacity(a);
    const double variable = cc_goodput(most, keeps, &promise), rate = promised_rate(a, variable);
    if (gathers && rate < promise.calm_rate && gathered_ttft_s(a, rate) > promise.ttft_s)
        return (struct good){0, 0};
    return (struct good){rate, does_generate(a) ? variable : 0};
}

double cc_arrivals_goodput(const struct cc_arrivals *a, const struct cc_slo *slo)
{
    return goodput_of(a, slo).rate;
}

void cc_arrivals_set_goodput(const struct cc_arrivals *a, const struct cc_slo *slo, struct cc_point *point)
{
    const struct cc_serving *s = a->serving;
    const struct good good = goodput_of(a, slo);
    const int64_t chips = point->num_servers * s->packages_per_server * s->chips_per_package;
    point->goodput_requests_per_s = good.rate;
    point->chip_goodput_requests_per_s = good.rate / (double)chips;
    point->goodput_request_j = request_j(a, good.present);
}
