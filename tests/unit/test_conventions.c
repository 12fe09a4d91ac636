/* Each correction has one figure that it and no other switch turns: worked by hand in both conventions, and looked at
 * under every combination of the switches. */
#include "near.h"

#include "model/hardware/chip.h"
#include "model/hardware/sram.h"
#include "model/serving/collective.h"
#include "model/serving/cost.h"
#include "model/serving/mapping.h"
#include "model/serving/memory_fit.h"
#include "small.h"

/* Three requests of two tokens each, which look at three. */
#define LOOKS \
    { \
        {3, 3}, {3, 3}, {3, 3}, {3, 3}, \
        { \
            3, 3 \
        } \
    }
static const struct cc_phase phase = {2, false, LOOKS}, generation = {2, true, LOOKS};
static const struct cc_stage_place one_chip = {1, 2, 2, 1, 1}, two_chips = {2, 1, 1, 1, 1},
                                   four_chips = {4, 1, 1, 1, 1};

/* Neither computing nor loading nor the hand-over takes time: what is left is exchange, at 1 B/s. */
static struct cc_serving only_links(const struct cc_llm *llm, struct cc_conventions c)
{
    struct cc_serving serving = tiny_serving(llm, CC_NO_INT, c);
    serving.chip = (struct cc_matmul_chip){.flops = INFINITY, .bytes_per_s = INFINITY};
    serving.server_link = serving.chip_link = (struct cc_channel){INFINITY, 0};
    serving.package_link = (struct cc_channel){1, 0};
    serving.packages_per_server = 64;
    return serving;
}

static struct cc_cost_basis basis_of(struct cc_conventions c)
{
    const struct cc_constants k = {
        .server = {.life_years = 3, .dcdc_efficiency = 0.8, .psu_efficiency = 0.5},
        .tco = {.dc_capex_usd_per_w = 8, .dc_life_years = 12, .dc_opex_usd_per_w_month = 0.04, .pue = 1},
    };
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, c);
    const struct cc_server server = {.cost_usd = 3000, .tdp_w = 500};
    return cc_cost_basis_of(&rates, &server, true, (struct cc_workload){.prefill_len = 100, .generate_len = 50}, c);
}

/* Cost of a token at batch 8 over that at batch 4, at the same latency and energy. */
static double token_cost(struct cc_conventions c)
{
    const struct cc_cost_basis basis = basis_of(c);
    struct cc_cost_input in = {
        .num_servers = 1, .batch = 4, .prefill_s = 1, .generate_s = 1, .energy_j = 9, .prefill_sub_systems = 1};
    const double four = cc_point_cost_of(&basis, &in).usd_per_output_token;
    in.batch = 8;
    return cc_point_cost_of(&basis, &in).usd_per_output_token / four;
}

/* pJ for the weights of two layers: 12 * 4 * 4 each; Q, O 16 each, K, V 8 each, feed-forward 40, gate 20. */
static double weight_energy(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(2, 4, 2, 5, 2, "swiglu");
    const struct cc_serving serving = {.llm = &llm,
                                       .conventions = c,
                                       .precision = same_precisions(2, 0),
                                       .chips_per_package = 1,
                                       .packages_per_server = 64,
                                       .weight_pj_per_byte = 1};
    return pass_of(&serving, &one_chip, &phase, 3).memory_j * 1e12;
}

/* pJ for the KV cache of two layers, three tokens: 2 * 4 numbers each; 2 * 3 each, of three requests. */
static double kv_energy(struct cc_conventions c)
{
    struct cc_llm llm = llm_of(2, 4, 2, 8, 2, "gelu");
    const struct cc_serving serving = {
        .llm = &llm, .conventions = c, .chips_per_package = 1, .packages_per_server = 64, .kv_pj_per_byte = 1};
    llm.d_head = 3;
    return pass_of(&serving, &one_chip, &phase, 3).memory_j * 1e12;
}

/* Seconds to load a layer at 1 B/s: qkv 4 x 12, score and value 3 x (4 x 3), out 4 x 4, twice 4 x 8; qkv 4 x 8, and
 * half of score and value. */
static double grouped_query(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(2, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    serving.chip.bytes_per_s = 1;
    return products_s(&serving, &one_chip, &phase, 3);
}

/* Parallel layers over two chips: all-reduces of 1 s a step, after attention and feed-forward; after both together. */
static double attention_layout(struct cc_conventions c)
{
    struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    llm.parallel_layers = true;
    serving.package_link = (struct cc_channel){INFINITY, 1};
    return stage_s(&serving, &two_chips, &phase, 3);
}

/* Llama-2's width, so that both layouts have two all-to-alls, over two chips that share a KV head. At 16384 B/s an
 * all-reduce of eight rows takes 8 s. Half an all-reduce of one row: 0.5 s; of eight rows of 2 * 4 numbers of 2 bytes,
 * a quarter moves, which is two requests of each chip: 32 bytes. */
static double all_to_all(struct cc_conventions c)
{
    struct cc_llm llm = llm_of(1, 8192, 2, 8, 2, "gelu");
    c.grouped_query = true; /* else no chips share a KV head */
    struct cc_serving serving = only_links(&llm, c);
    llm.d_head = 4;
    serving.package_link.bytes_per_s = 16384;
    return stage_s(&serving, &two_chips, &generation, 4);
}

/* Of a prompt of two tokens. */
static double prompt_flops(struct cc_conventions c, const char *act)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, act);
    return tiny_serving(&llm, CC_NO_INT, c).prefill_flops;
}

/* What the gate adds: 32 * 2 * 2. */
static double glu_flops(struct cc_conventions c)
{
    return prompt_flops(c, "swiglu") - prompt_flops(c, "gelu");
}

/* Beside the weights, (64 + 64) * 2 * 2: two tokens with two each, 2 * 4 * 4 * 2; half of that. */
static double causal_prefill(struct cc_conventions c)
{
    return prompt_flops(c, "gelu") - 512;
}

/* Passes for an answer of four tokens, by time and by energy. */
static double first_token(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, c);
    const struct cc_point p = cc_mapping_point(&serving, &(struct cc_mapping){{1, 1, 1, 1, 1}, 1, 1, 1}, 1, false);
    const double steps = p.generate_latency_s * p.generate_tokens_per_s;
    const double j = pass_of(&serving, &(struct cc_stage_place){1, 1, 1, 1, 1}, &serving.generate, 1).pace.j;
    assert_near(p.generate_energy_j, j * steps);
    return steps;
}

/* Seconds to load a layer whose numbers have a byte at 1 B/s: qkv 4 x 12, score and value 3 x (4 x 3), out 4 x 4, twice
 * 4 x 8. */
static double load_bytes(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of_bytes(1, 4, 2, 8, 1, "gelu", 1);
    struct cc_serving serving = only_links(&llm, c);
    serving.chip.bytes_per_s = 1;
    return products_s(&serving, &(struct cc_stage_place){1, 1, 1, 1, 1}, &phase, 3);
}

/* Seconds to load half of three heads of two numbers, 2 bytes each at 1 B/s: qkv 4 x 9, score and value 3 x (3 x 3),
 * out 3 x 4, twice 4 x 4; two whole heads: 4 x 12, 3 x (4 x 3), 4 x 4. */
static double whole_heads(struct cc_conventions c)
{
    struct cc_llm llm = llm_of(1, 4, 3, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    llm.d_head = 2;
    serving.chip.bytes_per_s = 1;
    return products_s(&serving, &two_chips, &phase, 3);
}

/* Three layers of 400 bytes on two stages. */
static double layer_remainder(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(3, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    serving.chip.bytes_per_s = 1;
    return pass_of(&serving, &one_chip, &phase, 3).pace.through_s;
}

/* Four chips, two heads. Two all-reduces of 48 bytes: 2 * 3 * 12 s. Over two chips: 3 scores; 3 * 2 * 3, of 2 bytes. */
static double score_reduce(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = only_links(&llm, c);
    return stage_s(&serving, &four_chips, &phase, 3);
}

/* pJ on the links of one chip: two layers, 2 * 4 numbers, six tokens, 2 bytes; nothing. */
static double network_energy(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(2, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = {
        .llm = &llm, .conventions = c, .chips_per_package = 1, .packages_per_server = 64, .network_pj_per_byte = 1};
    return pass_of(&serving, &one_chip, &phase, 3).network_j * 1e12;
}

/* Power at the wall over the chips' power: their supply has an efficiency of 0.8 * 0.5. */
static double power_conversion(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, c);
    serving.server_other_power_w = 0;
    const struct cc_point point = cc_mapping_point(&serving, &(struct cc_mapping){{1, 1, 1, 1, 1}, 1, 1, 1}, 1, true);
    return point.generate_power_w * point.generate_latency_s / point.generate_energy_j;
}

/* $ for the operation of a datacentre in which a server of 500 W stands idle: 0.04 * 500 * 36. */
static double provisioned_power(struct cc_conventions c)
{
    const struct cc_cost_basis basis = basis_of(c);
    const struct cc_cost_input idle = {
        .num_servers = 1, .batch = 4, .prefill_s = 1, .generate_s = 1, .prefill_sub_systems = 1};
    return cc_point_cost_of(&basis, &idle).dc_opex_usd;
}

/* Requests whose work the utilization counts: four sub-systems have one each. */
static double sub_system(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = tiny_serving(&llm, 1, c);
    const struct cc_point p = cc_mapping_point(&serving, &(struct cc_mapping){{4, 1, 4, 1, 1}, 1, 4, 4}, 4, true);
    return p.prefill_utilization * 4 * serving.server_flops * p.prefill_latency_s / serving.prefill_flops;
}

/* A server of 20 W whose power supply costs 1 $/W, at most 5 $. */
static struct cc_server small_server(struct cc_conventions c)
{
    const struct cc_constants k = {
        .server = {.pcb_cost_usd = 10,
                   .pcb_parts_cost_usd = 5,
                   .chassis_cost_usd = 15,
                   .app_cost_usd = 100,
                   .app_power_w = 20,
                   .psu_cost_usd_per_w = 1,
                   .max_psu_cost_usd = 5,
                   .dcdc_efficiency = 1,
                   .psu_efficiency = 1,
                   .max_power_w = 1000},
        .tco = {.dc_life_years = 1},
    };
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, c);
    const struct cc_chip chip = {.vdd_v = 1};
    const struct cc_package package = {.num_chips = 1};
    const struct cc_heatsink sink = {.max_power_w = 10};
    struct cc_server_input in;
    struct cc_server server;
    struct cc_reject reject;
    cc_fields_clear(&cc_server_input_fields, &in);
    in.packages_per_lane = in.num_lanes = 1;
    assert_true(cc_server_build(&in, &chip, &package, &sink, &k, &rates, c, &server, &reject));
    return server;
}

/* 2 * 10 + 5 + 15 $; and 100 $ for the application processor. */
static double host_cost(struct cc_conventions c)
{
    return small_server(c).cost_board_usd;
}

static double converter_cost(struct cc_conventions c)
{
    return small_server(c).cost_psu_usd;
}

/* Three layers of 256 bytes on two stages of 1000 bytes: how full the fuller is. */
static double fullest_stage(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(3, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = {.llm = &llm,
                                       .conventions = c,
                                       .chips_per_package = 1,
                                       .package_memory_bytes = 1000,
                                       .workload = {.prefill_len = 1, .generate_len = 1}};
    const struct cc_memory_fit fit = fit_of(&serving, &one_chip);
    return cc_memory_need(&fit, 0) / fit.memory_bytes;
}

/* Requests that three sub-systems prefill, of seven. */
static double sub_system_share(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = tiny_serving(&llm, 1, c);
    const struct cc_point p =
        cc_mapping_point(&serving, &(struct cc_mapping){{3, 1, 3, 1, 1}, c.sub_system_share ? 3 : 2, 7, 3}, 7, true);
    return p.prefill_tokens_per_s * p.prefill_latency_s / 2;
}

/* $ of a kilowatt for a year at 1 $/kWh. */
static double calendar(struct cc_conventions c)
{
    const struct cc_constants k = {
        .server = {.life_years = 1, .dcdc_efficiency = 1, .psu_efficiency = 1},
        .tco = {.electricity_usd_per_kwh = 1, .average_power_ratio = 1, .dc_life_years = 1, .pue = 1},
    };
    return cc_tco_rates_of(&k, c).power_usd_per_w * 1000;
}

/* Systolic arrays that reach half of their peak. */
static double systolic_efficiency(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_chip chip = {.freq_hz = 1000, .dataflow = cc_text_of("WS")};
    const struct cc_package package = {.num_chips = 1};
    const struct cc_server server = {.num_packages = 1};
    struct cc_system system = small_system();
    system.compute_perf_efficiency = 0.5;
    return cc_serving_of(&chip, &package, &server, &llm, &system,
                         (struct cc_workload){.prefill_len = 2, .generate_len = 4}, &small_constants, c)
        .chip.freq_hz;
}

/* Seconds to load a layer of 1-byte numbers at 1 B/s in blocks of 4 x 4: qkv 4 x 12, 3 blocks; score and value 4 x 3
 * for each of three requests; out 4 x 4; 4 x 8, twice, 2 blocks each. Published: one block of each product. */
static double systolic_bottleneck(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of_bytes(1, 4, 2, 8, 1, "gelu", 1);
    struct cc_serving serving = only_links(&llm, c);
    serving.precision = same_precisions(1, 0);
    serving.chip = (struct cc_matmul_chip){.weight_stationary = true,
                                           .bytes_per_s = 1,
                                           .freq_hz = INFINITY,
                                           .num_systolic = 1,
                                           .systolic_width = 4,
                                           .acc_depth = 100};
    return pass_of(&serving, &(struct cc_stage_place){1, 1, 1, 1, 1}, &phase, 3).load_s;
}

/* Chips that a mapping takes which asks for four of eight in one stage. */
static double given_mapping(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, c);
    serving.packages_per_server = 8;
    const struct cc_mapping_input in = {
        .tensor_parallel = 4, .pipeline_parallel = 1, .attention_parallel = CC_NO_INT, .expert_parallel = 1};
    return (double)cc_mapping_given(&in, &serving, 1, 1).place.tensor_parallel;
}

/* 21.55 mm2 for SRAM of 12nm macros that is read 6378 bits a cycle. */
static double bits_in_room(struct cc_conventions c)
{
    const struct cc_sram_macros none = {0};
    struct cc_sram_macros macros;
    double bits;
    assert_true(cc_sram_macros_of(&none, cc_text_of("12nm"), &macros));
    assert_true(cc_sram_bits_of_area(&macros, 6378, 21554843.753299107, !c.sram_banks, &bits));
    return bits;
}

/* MiB: rows of banks until one does not fit, and the most that fit, further on, where the banks are folded once more.
 */
static double sram_banks(struct cc_conventions c)
{
    return bits_in_room(c) / (8.0 * 1024 * 1024);
}

/* Bytes that a chip counts for a million bytes of these macros. */
static double sram_units(struct cc_conventions c)
{
    struct cc_constants k = {.chip = {.macs_density_mm2_per_tflops = 1,
                                      .wafer_diameter_mm = 300,
                                      .yield_alpha = 1,
                                      .max_die_area_mm2 = 1000,
                                      .max_power_density_w_per_mm2 = 1}};
    struct cc_chip_input in;
    struct cc_chip chip;
    struct cc_reject reject;
    cc_fields_clear(&cc_chip_input_fields, &in);
    in.area_model = cc_text_of("micro_arch");
    in.tech = cc_text_of("12nm");
    in.area_mm2 = 100;
    in.mac_ratio = 0.5;
    in.core_area_ratio = 1;
    in.operational_intensity = 1000;
    assert_true(cc_chip_build(&in, &k, c, &chip, &reject));
    const double bits_per_cycle = ceil(chip.sram_bytes_per_s * 8 / in.freq_hz);
    struct cc_sram_macros macros;
    double bits;
    assert_true(cc_sram_macros_of(&k.sram, in.tech, &macros));
    assert_true(cc_sram_bits_of_area(&macros, bits_per_cycle, 50e6, !c.sram_banks, &bits));
    return chip.sram_bytes / (bits / 8) * 1e6;
}

/* Two chips in two servers: all-reduces of a step there and one back, after attention and feed-forward. A step starts
 * in 1 s between packages, in 2 s between servers, over the link with the lower bandwidth; over both. */
static double link_hops(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    serving.packages_per_server = 1;
    serving.package_link = (struct cc_channel){1e300, 1};
    serving.server_link = (struct cc_channel){INFINITY, 2};
    return pass_of(&serving, &(struct cc_stage_place){2, 1, 2, 1, 1}, &phase, 3).layer_exchange_s;
}

/* Three chips, two heads: all-reduces of four steps of 1 s, after attention and feed-forward; and of scores over two
 * chips. */
static double head_sharing(struct cc_conventions c)
{
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, c);
    serving.package_link = (struct cc_channel){INFINITY, 1};
    return pass_of(&serving, &(struct cc_stage_place){3, 1, 1, 1, 1}, &phase, 3).layer_exchange_s;
}

/* The share of its peak that a chip reaches whose measurements say a half, where the system says nothing. */
static double calibration(struct cc_conventions c)
{
    const struct cc_server server = {.num_packages = 1};
    struct cc_chip chip = {.has_calibrated = true};
    struct cc_system_input in;
    cc_fields_clear(&cc_system_input_fields, &in);
    cc_fields_clear(&cc_calibrated_fields, &chip.calibrated);
    chip.calibrated.compute_perf_efficiency = 0.5;
    return cc_system_of(&in, &chip, &server, c).compute_perf_efficiency;
}

/* A figure, and what it is by each convention. */
static const struct {
    const char *name;
    double (*measure)(struct cc_conventions c);
    double published, corrected;
} figures[] = {
    {"token-cost", token_cost, 0.25, 0.5},
    {"weight-energy", weight_energy, 2 * 192 * 2, 2 * 108 * 2},
    {"kv-energy", kv_energy, 2 * 3 * 8 * 2, 2 * 3 * 6 * 3 * 2},
    {"grouped-query", grouped_query, 96 + 72 + 72 + 32 + 128, 64 + 36 + 36 + 32 + 128},
    {"attention-layout", attention_layout, 4, 2},
    {"all-to-all", all_to_all, 16 + 2 * 0.5, 16 + 2 * 32.0 / 16384},
    {"glu-flops", glu_flops, 0, 128},
    {"score-reduce", score_reduce, 144 + 6, 144 + 36},
    {"network-energy", network_energy, 2 * 8 * 6 * 2, 0},
    {"power-conversion", power_conversion, 1, 2.5},
    {"provisioned-power", provisioned_power, 0, 720},
    {"sub-system", sub_system, 1, 4},
    {"host-cost", host_cost, 40, 140},
    {"load-bytes", load_bytes, 2 * 200, 200},
    {"causal-prefill", causal_prefill, 64, 32},
    {"first-token", first_token, 4, 3},
    {"whole-heads", whole_heads, 2 * (36 + 27 + 27 + 12 + 32), 2 * (48 + 36 + 36 + 16 + 32)},
    {"layer-remainder", layer_remainder, 4 * 400, 3 * 400},
    {"fullest-stage", fullest_stage, 3 * 256 / 2000.0, 2 * 256 / 1000.0},
    {"sub-system-share", sub_system_share, 6, 7},
    {"calendar", calendar, 360 * 24, 365 * 24},
    {"converter-cost", converter_cost, 5, 20},
    {"systolic-efficiency", systolic_efficiency, 1000, 500},
    {"systolic-bottleneck", systolic_bottleneck, 16 + 12 + 12 + 16 + 16 + 16, 48 + 36 + 36 + 16 + 32 + 32},
    {"given-mapping", given_mapping, 8, 4},
    {"sram-banks", sram_banks, 31.25, 43.75},
    {"sram-units", sram_units, 1e12 / (1024 * 1024), 1e6},
    {"link-hops", link_hops, 4, 8},
    {"head-sharing", head_sharing, 8, 10},
    {"calibration", calibration, 1, 0.5},
};

enum { FIGURES = sizeof figures / sizeof figures[0] };

static void set(struct cc_conventions *c, size_t index, bool corrected)
{
    size_t count;
    *(bool *)((char *)c + cc_convention_list(&count)[index].offset) = corrected;
}

static void every_switch_has_its_figure(void **state)
{
    (void)state;
    size_t count;
    const struct cc_convention *list = cc_convention_list(&count);
    assert_int_equal(count, FIGURES);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(list[i].name, figures[i].name);
}

static void measure_all(uint32_t setting)
{
    struct cc_conventions c;
    for (size_t k = 0; k < FIGURES; k++)
        set(&c, k, setting >> k & 1);
    for (size_t i = 0; i < FIGURES; i++) {
        const double expected = setting >> i & 1 ? figures[i].corrected : figures[i].published;
        const double actual = figures[i].measure(c);
        if (fabs(actual - expected) > 1e-12 * fabs(expected))
            fail_msg("%s, switches %#x: %.17g, expected %.17g", figures[i].name, setting, actual, expected);
    }
}

/* Under none, one, two of the switches, under all but these, and under many drawn. */
static void only_its_switch_turns_it(void **state)
{
    (void)state;
    const uint32_t every = (uint32_t)((UINT64_C(1) << FIGURES) - 1);
    uint64_t seed = 7;
    for (size_t a = 0; a < FIGURES; a++) {
        for (size_t b = 0; b <= a; b++) {
            const uint32_t pair = UINT32_C(1) << a | UINT32_C(1) << b;
            measure_all(pair);
            measure_all(every & ~pair);
        }
    }
    measure_all(0);
    measure_all(every);
    for (int i = 0; i < 20000; i++)
        measure_all((uint32_t)random_between(&seed, 0, (double)every));
}

/* Four chips, shared keys: two ring all-reduces send 4 * 3 * 4 numbers for a token; two all-to-alls half of 4 over the
 * two chips that share a whole KV head, in generation; 3/4 of 4 over all chips where heads are cut. */
static void network_energy_with_all_to_alls(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = {.llm = &llm,
                                 .conventions = cc_conventions_corrected(),
                                 .chips_per_package = 1,
                                 .packages_per_server = 64,
                                 .package_pj_per_byte = 1,
                                 .network_pj_per_byte = 1};
    assert_near(pass_of(&serving, &four_chips, &phase, 3).network_j, 48 * 6 * 2 * 1e-12);
    assert_near(pass_of(&serving, &four_chips, &generation, 3).network_j, (48 + 2 * 0.5 * 4) * 6 * 2 * 1e-12);
    serving.conventions.whole_heads = false;
    assert_near(pass_of(&serving, &four_chips, &phase, 3).network_j, (48 + 2 * 0.75 * 4) * 6 * 2 * 1e-12);
    serving.conventions.attention_layout = false; /* none at width 4 */
    assert_near(pass_of(&serving, &four_chips, &phase, 3).network_j, 48 * 6 * 2 * 1e-12);
    serving.conventions.network_energy = false;
    assert_near(pass_of(&serving, &four_chips, &phase, 3).network_j, 2 * 4 * 4 * 6 * 2 * 1e-12);
}

/* A ring round eight chips, two to a package, two packages to a server, on its way through two servers: four steps
 * inside packages at 1 pJ a byte, two between packages at 10, two between servers at 100. */
static void energy_by_hop(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 8, 8, 1, "gelu");
    struct cc_serving serving = only_links(&llm, cc_conventions_corrected());
    serving.chips_per_package = serving.packages_per_server = 2;
    serving.network_pj_per_byte = 1;
    serving.package_pj_per_byte = 10;
    serving.server_pj_per_byte = 100;
    assert_near(cc_collective_pj_per_byte(&serving, 8), (4 + 2 * 10 + 2 * 100) / 8.0);
    assert_near(cc_collective_pj_per_byte(&serving, 4), (2 + 2 * 10) / 4.0);
    assert_near(cc_collective_pj_per_byte(&serving, 2), 1);
    serving.conventions.link_hops = false;
    assert_near(cc_collective_pj_per_byte(&serving, 8), 1);
}

/* A faster link is never slower, whichever of them it is. */
static void faster_links_never_slow(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(4, 64, 8, 256, 2, "gelu");
    const double rounding = 1 + 1e-14; /* algorithms by levels scale with a link that they may not use */
    uint64_t seed = 17;
    for (int i = 0; i < 3000; i++) {
        struct cc_serving serving = only_links(&llm, cc_conventions_corrected());
        struct cc_channel *const links[] = {&serving.chip_link, &serving.package_link, &serving.server_link};
        const struct cc_stage_place place = {1 + i % 24, 1, 1 + i % 12, 1, 1};
        serving.chips_per_package = 1 + i % 3;
        serving.packages_per_server = 1 + i % 2;
        serving.all_reduce = (enum cc_all_reduce)(i % CC_ALL_REDUCE_COUNT);
        for (size_t k = 0; k < 3; k++)
            *links[k] =
                (struct cc_channel){pow(10, random_between(&seed, 0, 6)), pow(10, random_between(&seed, -6, 0))};
        const double before = pass_of(&serving, &place, &generation, 4).layer_exchange_s;
        links[i % 3]->bytes_per_s *= 1.02;
        assert_true(pass_of(&serving, &place, &generation, 4).layer_exchange_s <= before * rounding);
        links[i % 3]->init_s *= 0.98;
        assert_true(pass_of(&serving, &place, &generation, 4).layer_exchange_s <= before * rounding);
    }
}

/* Two chips, shared keys: all-to-alls of six rows of 4 numbers at 1 B/s, a quarter of 48 bytes each, beside the two
 * all-reduces of 48 bytes; parallel layers have one of these. Whole heads: two requests a chip, of which it has four
 * rows of 2 numbers, 16 bytes. */
static void corrected_layouts(void **state)
{
    (void)state;
    struct cc_llm llm = llm_of(1, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = only_links(&llm, cc_conventions_corrected());
    assert_near(stage_s(&serving, &two_chips, &phase, 3), 2 * 48);
    assert_near(stage_s(&serving, &two_chips, &generation, 3), 2 * 48 + 2 * 16);
    serving.conventions.whole_heads = false;
    assert_near(stage_s(&serving, &two_chips, &phase, 3), 2 * 48 + 2 * 12);
    llm.parallel_layers = true;
    assert_near(stage_s(&serving, &two_chips, &phase, 3), 48 + 2 * 12);
    llm.heads_per_kv_cache = 1;
    assert_near(stage_s(&serving, &two_chips, &phase, 3), 48);
}

/* Beside the weights, 2 * 192: every query's D = 6 numbers with three keys and three values, in two layers; published d
 * = 4 numbers. For each of six tokens. */
static void attention_macs_by_the_heads_width(void **state)
{
    (void)state;
    struct cc_llm llm = llm_of(2, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = {.llm = &llm,
                                 .conventions = cc_conventions_published(),
                                 .chips_per_package = 1,
                                 .packages_per_server = 64,
                                 .precision = same_precisions(2, 1)};
    llm.d_head = 3;
    const double published = pass_of(&serving, &one_chip, &phase, 3).fma_j;
    assert_near(published, (2 * 192 + 2 * 2 * 4 * 3) * 6 * 1e-12);
    serving.conventions.kv_energy = true;
    assert_near(pass_of(&serving, &one_chip, &phase, 3).fma_j, (2 * 192 + 2 * 2 * 6 * 3) * 6 * 1e-12);
}

/* Average power is what the chips draw through their supply, and the fans and hosts. */
static void power_of_costs_and_columns_agree(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    for (int corrected = 0; corrected <= 1; corrected++) {
        const struct cc_conventions c = corrected ? cc_conventions_corrected() : cc_conventions_published();
        const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, c);
        const struct cc_point p = cc_mapping_point(&serving, &(struct cc_mapping){{1, 1, 1, 1, 1}, 1, 1, 1}, 1, true);
        const struct cc_tco_rates rates = {
            .life_years = 1, .life_s = 1, .power_usd_per_w = 1, .supply_efficiency = 0.8 * 0.5};
        const struct cc_server server = {.other_power_w = 7, .tdp_w = 20};
        const struct cc_cost_basis basis =
            cc_cost_basis_of(&rates, &server, true, (struct cc_workload){.prefill_len = 2, .generate_len = 4}, c);
        const struct cc_cost_input in = {.num_servers = 1,
                                         .batch = 1,
                                         .prefill_s = p.prefill_latency_s,
                                         .generate_s = p.generate_latency_s,
                                         .energy_j = p.prefill_energy_j + p.generate_energy_j,
                                         .prefill_sub_systems = 1};
        const double share = p.generate_latency_s / (p.prefill_latency_s + p.generate_latency_s);
        assert_near(cc_point_cost_of(&basis, &in).power_usd,
                    share * p.generate_power_w + (1 - share) * p.prefill_power_w);
    }
}

/* Utilization of the thermal design power is at the wall already: no losses are added to it. */
static void no_conversion_without_an_energy_model(void **state)
{
    (void)state;
    const struct cc_tco_rates rates = {.life_s = 1, .power_usd_per_w = 1, .supply_efficiency = 0.5};
    const struct cc_server server = {.tdp_w = 20, .other_power_w = 7};
    const struct cc_cost_basis basis = cc_cost_basis_of(
        &rates, &server, false, (struct cc_workload){.prefill_len = 2, .generate_len = 4}, cc_conventions_corrected());
    const struct cc_cost_input in = {
        .num_servers = 2, .batch = 1, .prefill_s = 1, .generate_s = 1, .energy_j = 40, .prefill_sub_systems = 1};
    assert_near(cc_point_cost_of(&basis, &in).power_usd, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_switch_has_its_figure),
        cmocka_unit_test(only_its_switch_turns_it),
        cmocka_unit_test(energy_by_hop),
        cmocka_unit_test(faster_links_never_slow),
        cmocka_unit_test(network_energy_with_all_to_alls),
        cmocka_unit_test(corrected_layouts),
        cmocka_unit_test(attention_macs_by_the_heads_width),
        cmocka_unit_test(power_of_costs_and_columns_agree),
        cmocka_unit_test(no_conversion_without_an_energy_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
