#include "model/serving/pool.h"

#include <math.h>

/* A quotient that rounding has put above a whole number is that number. */
static const double rounding = 1e-12;

struct cc_match cc_match_of(double prefill_requests_per_s, double generate_requests_per_s, int64_t generate)
{
    const double requests_per_s = (double)generate * generate_requests_per_s;
    const double ratio = requests_per_s / prefill_requests_per_s, needed = fmax(1, ceil(ratio * (1 - rounding)));
    return (struct cc_match){
        .prefill = (int64_t)needed,
        .generate = generate,
        .requests_per_s = requests_per_s,
        .prefill_load = fmin(1, ratio / needed),
    };
}

double cc_kv_servers(double num_servers, double stages, double attention_parallel, double chips_per_server)
{
    return fmin(num_servers, stages * ceil(attention_parallel / chips_per_server));
}

double cc_kv_transfer_s(const struct cc_kv_transfer *t, bool overlapped)
{
    if (!overlapped)
        return t->init_s + t->kv_bytes / t->bytes_per_s;
    const double last = t->kv_bytes / t->layers;
    const double left = t->kv_bytes - t->bytes_per_s * t->prefill_s * (t->layers - 1) / t->layers;
    return t->init_s + fmax(last, left) / t->bytes_per_s;
}

double cc_instance_usd_per_s(const struct cc_instance *instance, double load)
{
    const struct cc_cost_input in =
        cc_steady_cost_input(instance->num_servers, 1, instance->requests_per_s, instance->energy_j);
    return cc_usd_per_s(&instance->cost, &in, load);
}

bool cc_kv_link_holds(const struct cc_instance *instance, double requests_per_s, double kv_bytes,
                      struct cc_reject *reject)
{
    const double bytes_per_s = requests_per_s * kv_bytes;
    return bytes_per_s <= instance->link_bytes_per_s ||
           cc_rejected(reject, CC_REJECT_KV_LINK, bytes_per_s, instance->link_bytes_per_s);
}

/* Cost ($) of a request beyond that of an idle instance. */
static double usd_of_work(const struct cc_instance *instance, double idle_usd_per_s)
{
    return (cc_instance_usd_per_s(instance, 1) - idle_usd_per_s) / instance->requests_per_s;
}

bool cc_prefill_covers(const struct cc_instance *a, const struct cc_instance *b, double kv_bytes)
{
    const double a_idle = cc_instance_usd_per_s(a, 0), b_idle = cc_instance_usd_per_s(b, 0);
    const double each = ceil(b->requests_per_s / a->requests_per_s * (1 - rounding));
    struct cc_reject ignored;
    return a->through_s <= b->through_s && a_idle * each <= b_idle &&
           usd_of_work(a, a_idle) <= usd_of_work(b, b_idle) && a->kv_bytes_per_s >= b->kv_bytes_per_s &&
           a->link_init_s <= b->link_init_s && cc_kv_link_holds(a, a->requests_per_s, kv_bytes, &ignored);
}

static bool links_hold(const struct cc_instance *prefill, const struct cc_instance *generate,
                       const struct cc_match *match, double kv_bytes, struct cc_reject *reject)
{
    return cc_kv_link_holds(prefill, match->requests_per_s / (double)match->prefill, kv_bytes, reject) &&
           cc_kv_link_holds(generate, generate->requests_per_s, kv_bytes, reject);
}

/* Cost ($) of a request at a match, at a share of its rate. */
static double usd_of(const struct cc_instance *prefill, const struct cc_instance *generate,
                     const struct cc_match *match, double load)
{
    return ((double)match->prefill * cc_instance_usd_per_s(prefill, match->prefill_load * load) +
            (double)match->generate * cc_instance_usd_per_s(generate, load)) /
           (match->requests_per_s * load);
}

static bool best_match(const struct cc_instance *prefill, const struct cc_instance *generate,
                       const struct cc_joint *joint, struct cc_match *best, struct cc_reject *reject)
{
    double least = INFINITY;
    for (int64_t n = 1; n <= joint->instances_most; n++) {
        const struct cc_match match = cc_match_of(prefill->requests_per_s, generate->requests_per_s, n);
        if (!links_hold(prefill, generate, &match, joint->kv_bytes, reject))
            continue;
        const double usd = usd_of(prefill, generate, &match, joint->load);
        if (usd < least * (1 - rounding) || isinf(least)) {
            least = usd;
            *best = match;
        }
    }
    return !isinf(least);
}

/* Arrivals by themselves: the prefill systems are behind one queue where each takes a request at a time; else each has
 * its own. */
static void set_waits(struct cc_deployment *d, const struct cc_instance *prefill, const struct cc_joint *joint)
{
    const bool shared = prefill->micro_batch == 1;
    const struct cc_prefill_queue queue = {
        .rate = d->requests_per_s / (shared ? 1 : (double)d->prefill_instances),
        .interval_s = prefill->micro_batch / prefill->requests_per_s,
        .micro_batch = prefill->micro_batch,
        .instances = shared ? d->prefill_instances : 1,
    };
    const struct cc_waits waits = cc_waits_of(&queue, prefill->through_s, joint->quantile);
    d->wait_s = waits.wait_s;
    d->ttft_s = waits.ttft_s;
    d->quantile_ttft_s = waits.quantile_ttft_s;
}

static void set_times(struct cc_deployment *d, const struct cc_instance *prefill, const struct cc_instance *generate,
                      const struct cc_joint *joint)
{
    const struct cc_kv_transfer transfer = {
        .kv_bytes = joint->kv_bytes,
        .bytes_per_s = fmin(prefill->kv_bytes_per_s, generate->kv_bytes_per_s),
        .init_s = fmax(prefill->link_init_s, generate->link_init_s),
        .layers = joint->layers,
        .prefill_s = prefill->through_s,
    };
    d->ttft_s = prefill->through_s;
    d->wait_s = d->quantile_ttft_s = NAN;
    if (joint->load < 1)
        set_waits(d, prefill, joint);
    d->transfer_s = cc_kv_transfer_s(&transfer, joint->overlapped);
    d->tpot_s = generate->tpot_s;
    d->user_tokens_per_s = 1 / generate->tpot_s;
    d->generate_latency_s = d->transfer_s + (double)(joint->workload.generate_len - 1) * d->tpot_s;
    d->request_latency_s = d->ttft_s + d->generate_latency_s;
}

bool cc_deployment_of(const struct cc_instance *prefill, const struct cc_instance *generate,
                      const struct cc_joint *joint, struct cc_deployment *d, struct cc_reject *reject)
{
    struct cc_match match = {0};
    if (!best_match(prefill, generate, joint, &match, reject))
        return false;
    const double prefills = (double)match.prefill, generates = (double)match.generate;
    const double prompt = (double)joint->workload.prefill_len, answer = (double)joint->workload.generate_len;
    const double requests_per_s = match.requests_per_s * joint->load, prefill_load = match.prefill_load * joint->load;
    const double input_usd = prefills * cc_instance_usd_per_s(prefill, prefill_load) / requests_per_s;
    const double output_usd = generates * cc_instance_usd_per_s(generate, joint->load) / requests_per_s;
    const double prefill_servers = prefills * prefill->num_servers, servers = generates * generate->num_servers;
    *d = (struct cc_deployment){
        .prefill_instances = match.prefill,
        .generate_instances = match.generate,
        .num_servers = prefills * prefill->whole_servers + generates * generate->whole_servers,
        .requests_per_s = requests_per_s,
        .prefill_load = prefill_load,
        .transfer_j = prefill->transfer_j,
        .tokens_per_s = requests_per_s * answer,
        .system_usd = prefill_servers * prefill->cost.server_usd + servers * generate->cost.server_usd,
        .system_power_w = prefill_servers * prefill->cost.server_tdp_w + servers * generate->cost.server_tdp_w,
        .j_per_output_token = (prefill->energy_j + generate->energy_j) / answer,
        .usd_per_request = input_usd + output_usd,
        .usd_per_input_token = input_usd / prompt,
        .usd_per_output_token = output_usd / answer,
    };
    set_times(d, prefill, generate, joint);
    return true;
}
