#include "model/serving/collective.h"

#include <math.h>

#include "base/number.h"

struct cc_extent cc_extent_of(const struct cc_serving *serving, int64_t chips)
{
    const int64_t packages = cc_ceil_div(chips, serving->chips_per_package);
    return (struct cc_extent){chips, packages, cc_ceil_div(packages, serving->packages_per_server)};
}

static void narrow(struct cc_channel *channel, struct cc_channel link)
{
    channel->bytes_per_s = fmin(channel->bytes_per_s, link.bytes_per_s);
    channel->init_s = fmax(channel->init_s, link.init_s);
}

static struct cc_channel slowest_link(const struct cc_serving *serving, struct cc_extent e)
{
    struct cc_channel channel = {INFINITY, 0};
    if (e.chips > e.packages || e.packages == 1)
        narrow(&channel, serving->chip_link);
    if (e.packages > 1)
        narrow(&channel, serving->package_link);
    if (e.servers > 1)
        narrow(&channel, serving->server_link);
    return channel;
}

struct cc_all_reduce_plan cc_direct_all_reduce(const struct cc_serving *serving, int64_t chips, double bytes_per_s)
{
    const struct cc_extent e = cc_extent_of(serving, chips);
    const double packages = ceil((double)e.packages / (double)e.servers);
    const double in_package = ceil((double)e.chips / (double)e.packages), servers = (double)e.servers;
    const struct cc_all_reduce_level levels[] = {
        {in_package, (double)serving->chips_per_package, serving->chip_link, false},
        {packages, fmax(packages, (double)serving->mesh_packages), serving->package_link, true},
        {servers, servers, serving->server_link, false},
    };
    return cc_all_reduce_levels_plan(serving->all_reduce, levels, sizeof levels / sizeof levels[0], bytes_per_s);
}

double cc_collective_pj_per_byte(const struct cc_serving *serving, int64_t parallel)
{
    if (!serving->conventions.link_hops)
        return serving->network_pj_per_byte;
    const struct cc_extent e = cc_extent_of(serving, parallel);
    const double chips = (double)e.chips, between_servers = e.servers > 1 ? (double)e.servers : 0;
    const double between_packages = e.packages > 1 ? (double)e.packages - between_servers : 0;
    return (between_servers * serving->server_pj_per_byte + between_packages * serving->package_pj_per_byte +
            (chips - between_servers - between_packages) * serving->network_pj_per_byte) /
           chips;
}

/* Published: whether collectives go between servers. */
static bool spans_servers(const struct cc_serving *serving, const struct cc_stage_place *place, int64_t chips)
{
    if (chips == place->tensor_parallel)
        return place->num_servers > place->pipeline_parallel;
    return chips > serving->chips_per_package * serving->packages_per_server;
}

struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place,
                                        int64_t chips)
{
    if (serving->conventions.link_hops)
        return slowest_link(serving, cc_extent_of(serving, chips));
    if (spans_servers(serving, place, chips))
        return serving->server_link.bytes_per_s <= serving->package_link.bytes_per_s ? serving->server_link
                                                                                     : serving->package_link;
    if (chips == place->tensor_parallel || serving->chips_per_package % chips != 0)
        return serving->package_link;
    const struct cc_channel *link = &serving->chip_link;
    const double links = serving->own_chip_link ? 1 : (double)chips;
    return (struct cc_channel){link->bytes_per_s * links, link->init_s};
}
