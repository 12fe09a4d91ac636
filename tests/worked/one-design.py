#!/usr/bin/env python3
"""One design from die to dollar, every number of its record computed step by step.

    chiplet-gen ... | server-pack ... | llm-map --breakdown ... | tco-eval --breakdown ... | pareto | rec2json | one-design.py

The files beside this one describe one chip in one package in one server, and a model of one layer that serves one request
at a time. Read it as an example: it uses nothing of the programs but the record on standard input, and it ends with an
error if the record has a number that no step here computes, or another number than it. The corrected conventions hold.
"""

import json
import math
import sys

record = json.load(sys.stdin)
steps = {}  # what the steps below find, by field path


def is_(path, value):
    """The field `path` of the record is `value`."""
    steps[path] = value
    return value


is_("schema", "chiplet-cloud/design/1")
is_("id", "c0.p0.s0")  # the first chip, package and server of their lists

# ---- Chip: 100 mm2, given by area. What the hardware file says of it, or leaves at its default:
is_("chip.name", "single")
is_("chip.tech", "7nm")
is_("chip.dataflow", "roofline")
is_("chip.freq_hz", 1e9)
is_("chip.bytes_per_word", 2)
is_("chip.area_mm2", 100)
is_("chip.mac_ratio", 0.25)
is_("chip.operational_intensity", 2)
is_("chip.core_area_ratio", 0.5)
is_("chip.hbm_channels", 0)
is_("chip.mem_3d_vaults", 0)
is_("chip.num_systolic", 1)
is_("chip.acc_depth", 1e100)
is_("chip.vdd_v", 0.8)
# The pad ring leaves a core of 10 - 1 mm a side, half of which the parts fill: 40.5 mm2.
is_("chip.io_area_mm2", 4 * 0.125)
is_("chip.other_area_mm2", 0)
# 40 mm2 are left for multiply-accumulate units, a quarter, and SRAM.
is_("chip.sram_area_mm2", 30)
is_("chip.mac_area_mm2", 10)
is_("chip.peak_flops", 20e12)  # 0.5 mm2 per TFLOP/s
is_("chip.sram_bytes", 60e6)  # 0.5 mm2 per MB
is_("chip.sram_bytes_per_s", 10e12)  # 10e12 MAC/s, two for each word of 2 bytes
is_("chip.systolic_width", 100)  # 10000 multiply-accumulates a cycle as one square
is_("chip.core_power_w", 20)  # 1 W per TFLOP/s
is_("chip.tdp_w", 20 + 4 * 0.25)  # and the links
is_("chip.power_density_w_per_mm2", 0.21)
is_("chip.package_link.num", 4)
is_("chip.package_link.bytes_per_s", 4 * 25e9)
is_("chip.package_link.power_w", 4 * 0.25)
is_("chip.package_link.pj_per_byte", 8)
is_("chip.package_link.init_s", 1e-8)


# Dies of 10 mm and a gap of 0.1 mm, in rows of 10.1 mm on a wafer of radius 150 mm: the middle of the wafer between two rows
# (the first has its outer edge 10.1 mm from it), or in the middle of a row.
def rows(first):
    """Dies of the rows whose outer edges are first, first + 10.1, ... mm from the middle."""
    count, edge = 0, first
    while edge < 150:
        count += math.floor(2 * math.sqrt(150**2 - edge**2) / 10.1)
        edge += 10.1
    return count


in_the_middle = rows(5.05) + rows(15.15)  # a row over the middle counts once
between = rows(10.1) * 2
dies = is_("chip.dies_per_wafer", max(between, in_the_middle))
die_yield = is_("chip.yield", 1.01**-10)  # 0.001 defects per mm2 on 100 mm2, clustered by 10
chip_usd = is_("chip.cost_usd", 10000 / dies / die_yield * 1.05)

# ---- Package: the chip alone on an organic substrate.
is_("package.num_chips", 1)
is_("package.interposer", 0)
is_("package.hbm_stacks", 0)
is_("package.die_area_mm2", 100)
is_("package.area_mm2", 400)
is_("package.heat_source_mm", 12)  # 10 mm, and a fifth for spreading
is_("package.tdp_w", 21)
is_("package.power_density_w_per_mm2", 21 / 144)
is_("package.sram_bytes", 60e6)
is_("package.dram_bytes", 0)
is_("package.dram_bytes_per_s_per_chip", 0)
is_("package.memory_bytes", 60e6)
# 400 mm2 of substrate at 0.005 $ (a factor of 1 for one chip); one package in a hundred is lost when it is bonded, and
# the chip with it.
package_usd = is_("package.cost_usd", chip_usd + 2 / 0.99 + chip_usd * (1 / 0.99 - 1))

# ---- Heat sink: what the search found. Its power follows from its shape; SI units.
length = is_("server.heatsink_length_mm", 61) / 1e3
base = is_("server.heatsink_base_mm", 11) / 1e3
fins = is_("server.heatsink_fins", 40)
air_step = 0.1 * 0.3048**3 / 60  # 0.1 cubic feet a minute
air = is_("server.heatsink_air_m3_per_s", 185 * air_step)
width, fin, height = 0.06, 0.5e-3, 35e-3 - base
gap = (width - fins * fin) / (fins - 1)


def pressure_drop(q):
    """Pa that the fins cost the air."""
    speed = q / ((fins - 1) * gap * height)
    reynolds = 1.1644 * speed * 2 * gap / 1.886e-5
    ratio = gap / height
    friction = (
        24 - 32.527 * ratio + 46.721 * ratio**2 - 40.829 * ratio**3 + 22.954 * ratio**4 - 6.089 * ratio**5
    ) / reynolds
    entry = length / (2 * gap) / reynolds
    apparent = math.sqrt((3.44 / math.sqrt(entry)) ** 2 + (friction * reynolds) ** 2) / reynolds
    sigma = 1 - fins * fin / width
    losses = 0.42 * (1 - sigma**2) + 4 * apparent * length / (2 * gap) + (1 - sigma**2) ** 2
    return losses * 1.1644 * speed**2 / 2


def fan(q):
    """Pa that the fan has for the air."""
    return 1.49e14 * q**5 - 4.099e12 * q**4 + 3.833e10 * q**3 - 1.375e8 * q**2 + 70736.364 * q + 799.481


# It moves the last step of air for which its pressure suffices.
assert pressure_drop(air) <= fan(air) and pressure_drop(air + air_step) > fan(air + air_step)

speed = air / ((fins - 1) * gap * height)
channel_reynolds = 1.1644 * speed * gap**2 / (1.886e-5 * length)
prandtl = 1.886e-5 * 1004.9 / 0.02624
developed = channel_reynolds * prandtl / 2
developing = 0.664 * channel_reynolds**0.5 * prandtl ** (1 / 3) * (1 + 3.65 * channel_reynolds**-0.5) ** 0.5
nusselt = (developed**-3 + developing**-3) ** (-1 / 3)
transfer = nusselt * 0.02624 / gap
m_h = math.sqrt(2 * transfer / (200 * fin)) * height
efficiency = math.tanh(m_h) / m_h
r_fins = 1 / (transfer * ((fins - 1) * gap * length + fins * efficiency * 2 * height * length))
source = 0.012**2
r_die = 0.70e-3 / 149 / source
r_tim = 0.1e-3 / 4.0 / source
r1, r2 = math.sqrt(source / math.pi), math.sqrt(length * width / math.pi)
epsilon, tau = r1 / r2, base / r2
biot = r2 / (r_fins * length * width * 200)
lam = math.pi + 1 / (epsilon * math.sqrt(math.pi))
phi = (math.tanh(lam * tau) + lam / biot) / (1 + lam / biot * math.tanh(lam * tau))
psi = epsilon * tau / math.sqrt(math.pi) + (1 - epsilon) * phi / math.sqrt(math.pi)
r_spread = psi / (200 * r1 * math.sqrt(math.pi))
# The die may be 60 degrees warmer than the air; there is no other package in the lane to warm it.
is_("server.heatsink_max_power_w", 60 / (r_die + r_tim + r_spread + r_fins))
sink_usd = is_("server.heatsink_cost_usd", 1 + 4122.68 * (width * length * base + fin * height * length * fins))

# ---- Server: one lane of one package. Its supply gives on 0.8 of 0.5 of the power at the wall.
is_("server.num_lanes", 1)
is_("server.packages_per_lane", 1)
is_("server.num_packages", 1)
is_("server.num_chips", 1)
is_("server.link.num", 2)
is_("server.link.bytes_per_s", 25e9)
is_("server.link.power_w", 1)
is_("server.link.pj_per_byte", 10)
is_("server.link.init_s", 1e-6)
is_("server.core_power_w", 21 / 0.4)
is_("server.other_power_w", (8 + 40) / 0.4)  # fan and application processor
is_("server.tdp_w", 52.5 + 120)
is_("server.peak_flops", 20e12)
is_("server.sram_bytes", 60e6)
is_("server.dram_bytes", 0)
is_("server.memory_bytes", 60e6)
is_("server.cost_packages_usd", package_usd)
is_("server.cost_heatsinks_usd", sink_usd)
is_("server.cost_fans_usd", 15)
is_("server.cost_network_usd", 400)
is_("server.cost_dcdc_usd", 0.4 * (40 / 1.0 + 20 / 0.8))  # 65 A
is_("server.cost_psu_usd", 172.5 * 0.125)
is_("server.cost_board_usd", 2 * 50 + 40 + 30 + 200)
server_usd = is_("server.cost_usd", package_usd + sink_usd + 15 + 400 + 26 + 21.5625 + 370)


def interest(amount, years):
    """Of a loan at 1 % a month, paid back in equal months."""
    months = 12 * years
    growth = 1.01**months
    return 0.01 * amount * growth / (growth - 1) * months - amount


def tco(where, average_w):
    """Cost of the server over its two years, in a datacentre built for its 172.5 W, at an average power."""
    capex = (
        is_(f"{where}server_amortization_usd", server_usd)
        + is_(f"{where}server_interest_usd", interest(server_usd, 2))
        + is_(f"{where}server_opex_usd", server_usd * 0.05)
    )
    opex = (
        is_(f"{where}dc_amortization_usd", 10 * 172.5 * 2 / 10)  # two of its ten years
        + is_(f"{where}dc_interest_usd", interest(10, 10) * 172.5 * 2 / 10)
        + is_(f"{where}dc_opex_usd", 0.05 * 172.5 * 24)
        + is_(f"{where}power_usd", 0.1 / 1000 * 24 * 365 * 2 * average_w)
        + is_(f"{where}pue_overhead_usd", 0.1 / 1000 * 24 * 365 * 2 * average_w * 0.5)
    )
    return is_(f"{where}capex_usd", capex) + is_(f"{where}opex_usd", opex)


is_("server.tco.total_usd", tco("server.tco.", 172.5))

# ---- Model: one layer of width 1024, 8 heads of 128 in two groups of four that share keys and values.
is_("model.name", "one-layer")
is_("model.num_layers", 1)
is_("model.d", 1024)
is_("model.num_heads", 8)
is_("model.d_head", 128)
is_("model.d_ff", 4096)
is_("model.act", "swiglu")
is_("model.heads_per_kv_cache", 4)
is_("model.bytes_per_number", 2)
is_("model.parallel_layers", 0)
is_("model.vocab_size", 1000)
is_("model.tied_embeddings", 1)
attention = 1024 * 1024 + 2 * 1024 * 256 + 1024 * 1024  # query, keys and values, output
feed_forward = 3 * 1024 * 4096  # up, gate, down
words = 1000 * 1024
is_("model.parameters", attention + feed_forward + words)
is_("model.bytes", 2 * (attention + feed_forward + words))  # 32.5 of 60 MB
is_("model.kv_bytes_per_token", 2 * 256 * 2)

# ---- System and workload: one server; a prompt of 64 tokens, an answer of 32.
is_("system.allreduce_algo", "ring")
is_("system.compute_perf_efficiency", 0.5)
is_("system.io_bandwidth_efficiency", 0.5)
is_("system.weight_bandwidth_efficiency", 0.8)
is_("system.energy_model", 1)
is_("workload.prefill_len", 64)
is_("workload.generate_len", 32)
is_("point.num_servers", 1)
is_("point.num_chips", 1)
is_("point.batch", 1)
is_("point.tensor_parallel", 1)  # one chip: nothing is exchanged inside a layer
is_("point.pipeline_parallel", 1)
is_("point.prefill_micro_batch", 1)
is_("point.micro_batch", 1)
is_("point.stage_weight_bytes", 2 * (attention + feed_forward + words))  # one chip holds all, once
is_("point.stage_kv_bytes", (64 + 32) * 2 * 256 * 2)
is_("point.stage_memory_bytes", 60e6)

# ---- Time of a phase. 10 TFLOP/s and 8 TB/s are reached; a product takes the longer of computing and loading.


def phase(name, rows, context, pairs):
    """`rows` tokens that look at `pairs` tokens each, on the mean; keys and values of `context` tokens are in memory."""
    products = [
        # multiply-accumulates, numbers loaded
        (rows * 1024 * 1536, 1024 * 1536),  # query, key, value: 1024 + 2 * 256 columns
        (rows * 1024 * pairs, 1024 * context / 4),  # score; four heads share what is loaded
        (rows * 1024 * pairs, 1024 * context / 4),  # value
        (rows * 1024 * 1024, 1024 * 1024),  # attention output
        (2 * rows * 1024 * 4096, 2 * 1024 * 4096),  # feed-forward, up and gate
        (rows * 1024 * 4096, 1024 * 4096),  # feed-forward, down
        (1 * 1024 * 1000, 1024 * 1000),  # the last token to words
    ]
    compute = load = 0
    for macs, numbers in products:
        compute_s, load_s = 2 * macs / 10e12, 2 * numbers / 8e12
        if load_s > compute_s:
            load += load_s
        else:
            compute += compute_s
    is_(f"point.{name}_compute_s", compute)
    is_(f"point.{name}_load_s", load)
    # handed over by the server's link, at half of its 25 GB/s, after a microsecond
    hand_over = is_(f"point.{name}_communication_s", rows * 1024 * 2 / 12.5e9 + 1e-6)
    return compute + load + hand_over


prefill_s = is_("point.prefill_latency_s", phase("prefill", 64, 64, 64 / 2))  # a token looks back, not ahead
token_s = phase("generate", 1, 64 + 32 / 2, 64 + 32 / 2)  # at half of the answer
generate_s = is_("point.generate_latency_s", 31 * token_s)  # the prefill gives the first of 32
is_("point.prefill_tokens_per_s", 64 / prefill_s)
is_("point.generate_tokens_per_s", 1 / token_s)
is_("point.prefill_bottleneck", "compute")  # 64 rows use each number loaded 64 times
is_("point.generate_bottleneck", "memory")

# ---- Work done, over what the chip could do at its peak of 20 TFLOP/s.
weights = attention + feed_forward
prefill_macs = weights * 64 + 2 * 1024 * 64 * 32 + words
token_macs = weights + 2 * 1024 * 80 + words
is_("point.prefill_utilization", 2 * prefill_macs / (20e12 * prefill_s))
is_("point.generate_utilization", 2 * token_macs / (20e12 * token_s))

# ---- Energy: 1.5 pJ a multiply-accumulate, 1.25 pJ a byte of weights, keys or values, 1 pJ a byte of activations.


def memory_pj(rows, context):
    """Weights once, nine activations of the width for each token, keys and values of the context once."""
    return 2 * (1.25 * (weights + words) + 9 * 1024 * rows + 1.25 * 2 * 256 * context)


prefill_fma = is_("point.prefill_fma_j", 1.5e-12 * prefill_macs)
prefill_memory = is_("point.prefill_memory_j", 1e-12 * memory_pj(64, 64))
generate_fma = is_("point.generate_fma_j", 31 * 1.5e-12 * token_macs)
generate_memory = is_("point.generate_memory_j", 31 * 1e-12 * memory_pj(1, 80))
is_("point.prefill_network_j", 0)  # one chip
is_("point.generate_network_j", 0)
prefill_j = is_("point.prefill_energy_j", prefill_fma + prefill_memory)
generate_j = is_("point.generate_energy_j", generate_fma + generate_memory)
# At the wall, 1/0.4 of it; and 120 W for fan and application processor.
prefill_w = is_("point.prefill_power_w", prefill_j / 0.4 / prefill_s + 120)
generate_w = is_("point.generate_power_w", generate_j / 0.4 / generate_s + 120)

# ---- Cost: the server over its life at the average power of a request, shared by the requests of two years.
request_s = prefill_s + generate_s
average_w = (prefill_w * prefill_s + generate_w * generate_s) / request_s
total_usd = is_("point.tco_usd", tco("point.", average_w))
requests = 2 * 365 * 24 * 3600 / request_s
is_("point.usd_per_input_token", total_usd / requests / 64)
is_("point.usd_per_output_token", total_usd / requests / 32)

# ---- What a point is to those who use it, pay for it and build it: one server, one request at a time.
is_("point.tpot_s", token_s)
is_("point.tokens_per_s", 32 / request_s)
is_("point.user_tokens_per_s", 1 / token_s)
is_("point.system_usd", server_usd)
is_("point.system_power_w", 52.5 + 120)
is_("point.j_per_output_token", (prefill_j + generate_j) / 32)
is_("point.usd_per_request", total_usd / requests)


# ---- The record has these numbers and no others.
def leaves(value, path=""):
    """Field paths and values of a record."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


found = dict(leaves(record))
wrong = [f"{path}: not in the record" for path in steps.keys() - found.keys()]
for path, value in found.items():
    expected = steps.get(path)
    if expected is None:
        wrong.append(f"{path}: {value} is not computed")
    elif isinstance(value, str) or isinstance(expected, str):
        if value != expected:
            wrong.append(f"{path}: {value}, expected {expected}")
    elif abs(value - expected) > 1e-11 * abs(expected):
        wrong.append(f"{path}: {value!r}, expected {expected!r}")
for line in sorted(wrong):
    print(line)
print(f"{len(found)} fields, {len(wrong)} wrong")
sys.exit(1 if wrong else 0)
