#include "model/hardware/heatsink.h"

#include <math.h>
#include <string.h>

/* SI units throughout. */
static const double pi = 3.14159265358979323846;
static const double sink_width = 0.06, lane_length = 0.450, fin_thickness = 0.5e-3, total_height = 35e-3;
static const double min_pitch = 1e-3, length_step = 1e-3, base_step = 1e-3;
static const double metal_k = 200;
static const double tim_k = 4.0, tim_thickness = 0.1e-3;
static const double silicon_k = 149, silicon_thickness = 0.70e-3;
static const double air_cp = 1004.9, air_k = 0.02624, air_density = 1.1644, air_viscosity = 1.886e-5;
static const double die_limit_c = 90, ambient_c = 30;
static const double air_step = 0.1 * 0.3048 * 0.3048 * 0.3048 / 60; /* 0.1 cubic feet a minute */
static const double least_gain = 0.95;

struct sink {
    double length, base, fin_height, gap;
    int fins;
    double channels; /* area that the air goes through */
};

static struct sink sink_of(double length, double base, int fins)
{
    const double fin_height = total_height - base;
    const double gap = (sink_width - fins * fin_thickness) / (fins - 1);
    return (struct sink){
        .length = length,
        .base = base,
        .fin_height = fin_height,
        .gap = gap,
        .fins = fins,
        .channels = (fins - 1) * gap * fin_height,
    };
}

static double air_speed(const struct sink *s, double air)
{
    return air / s->channels;
}

/* Pressure of a 7.4 W, 38 mm fan at an air volume. */
static double fan_pressure(double q)
{
    if (!(q >= 0 && q <= 0.01))
        return 0;
    const double q2 = q * q, q3 = q2 * q;
    return 1.49e14 * (q3 * q2) - 4.099e12 * (q2 * q2) + 3.833e10 * q3 - 1.375e8 * q2 + 70736.364 * q + 799.481;
}

/* Pressure (Pa) lost in the channels of a sink of some length, by the volume q of air, with what does not depend on q
 * worked out: losses q^2 + friction q sqrt(developing q + developed^2).
 *
 * It is (Kc + 4 f L/D + Ke) rho u^2/2 with u = q/channels, Re = rho u D/mu and the apparent friction factor
 * f = sqrt((3.44/sqrt x)^2 + developed^2)/Re, x = L/D/Re: in 4 f L/D rho u^2/2 one u and Re cancel, and (3.44/sqrt x)^2
 * is 3.44^2 Re D/L. */
struct drop {
    double losses, friction, developing, developed2;
};

static struct drop drop_of(const struct sink *s, double length)
{
    const double hydraulic = 2 * s->gap, a = s->gap / s->fin_height, a2 = a * a, a3 = a2 * a;
    const double open = 1 - s->fins * fin_thickness / sink_width, closed = 1 - open * open;
    const double entry_and_exit = 0.42 * closed + closed * closed;
    const double developed = 24 - 32.527 * a + 46.721 * a2 - 40.829 * a3 + 22.954 * (a2 * a2) - 6.089 * (a3 * a2);
    const double reynolds_per_q = air_density * hydraulic / air_viscosity / s->channels;
    return (struct drop){
        .losses = entry_and_exit * air_density / 2 / (s->channels * s->channels),
        .friction = 2 * length * air_viscosity / (hydraulic * hydraulic) / s->channels,
        .developing = 3.44 * 3.44 * reynolds_per_q * hydraulic / length,
        .developed2 = developed * developed,
    };
}

static double pressure_drop(const struct drop *d, double q)
{
    return d->losses * q * q + d->friction * q * sqrt(d->developing * q + d->developed2);
}

/* Air volume where the fan's pressure is used up, searched upwards from `start` in steps; the answer may be <= 0. */
static double find_air(const struct sink *s, double length, double start)
{
    const struct drop drop = drop_of(s, length);
    double air = start;
    while (!(air > 0 && pressure_drop(&drop, air) > fan_pressure(air)))
        air += air_step;
    return air - air_step;
}

/* Resistance (K/W) from fins to air. */
static double fin_resistance(const struct sink *s, double air)
{
    const double prandtl = air_viscosity * air_cp / air_k;
    const double re = air_density * air_speed(s, air) * s->gap * s->gap / (air_viscosity * s->length);
    const double developed = re * prandtl / 2;
    const double developing = 0.664 * sqrt(re) * cbrt(prandtl) * sqrt(1 + 3.65 / sqrt(re));
    const double cubes = 1 / (developed * developed * developed) + 1 / (developing * developing * developing);
    const double nusselt = 1 / cbrt(cubes);
    const double transfer = nusselt * air_k / s->gap;
    const double m = sqrt(2 * transfer / (metal_k * fin_thickness)) * s->fin_height;
    const double efficiency = tanh(m) / m;
    const double between = (s->fins - 1) * s->gap * s->length;
    const double on_fins = s->fins * efficiency * 2 * s->fin_height * s->length;
    return 1 / (transfer * (between + on_fins));
}

/* Conduction from a heat source into the base of a sink: terms that do not depend on the fins. */
struct base_path {
    double inside;                /* K/W through silicon and interface material */
    double plate, lambda;         /* m; 1 */
    double t, start, rise, scale; /* psi = start + rise phi; K/W = psi/scale */
};

/* The path from a square source of `side`. */
static struct base_path base_path_of(double side, double length, double base)
{
    const double r_die = 1 / silicon_k * silicon_thickness / (side * side);
    const double r_tim = 1 / tim_k * tim_thickness / (side * side);
    const double source = sqrt(side * side / pi), plate = sqrt(length * sink_width / pi);
    const double epsilon = source / plate, tau = base / plate;
    const double lambda = pi + 1 / (epsilon * sqrt(pi));
    return (struct base_path){
        .inside = r_die + r_tim,
        .plate = plate,
        .lambda = lambda,
        .t = tanh(lambda * tau),
        .start = epsilon * tau / sqrt(pi),
        .rise = 1 / sqrt(pi) * (1 - epsilon),
        .scale = metal_k * source * sqrt(pi),
    };
}

static double spreading_resistance(const struct base_path *path, double length, double r_fins)
{
    const double base_transfer = 1 / (r_fins * length * sink_width);
    const double biot = base_transfer * path->plate / metal_k;
    const double phi = (path->t + path->lambda / biot) / (1 + path->lambda / biot * path->t);
    return (path->start + path->rise * phi) / path->scale;
}

struct design {
    double power, base, air;
    int fins;
};

/* State of a search over sinks of one length: the search for the air volume resumes where it last ended. */
struct search {
    double side, length, air_length; /* air_length: what the pressure drop sees */
    int64_t packages;
    struct cc_heatsink_lane *lane; /* results of earlier searches, or NULL */
    bool first;
    double last_air;
};

/* Power (W) of each sink in a lane: the air that reaches the last one is heated by the others. */
static double sink_power(const struct search *search, const struct base_path *path, const struct cc_heatsink_flow *flow)
{
    const double resistance =
        path->inside + spreading_resistance(path, search->length, flow->resistance) + flow->resistance;
    return (die_limit_c - ambient_c) /
           (resistance + (double)(search->packages - 1) / (air_cp * air_density * flow->air));
}

/* Air through a sink, searched upwards from `start`, and the resistance of its fins, 0 without air. `number` counts
 * bases from 0. */
static struct cc_heatsink_flow flow_of(const struct search *search, double base, size_t number, int fins, double start)
{
    struct cc_heatsink_flow *known = search->lane != NULL && number < CC_HEATSINK_BASES && fins < CC_HEATSINK_FINS
                                         ? &search->lane->flow[number][fins]
                                         : NULL;
    if (known != NULL && known->start == start && known->resistance > 0)
        return *known;
    const struct sink s = sink_of(search->length, base, fins);
    struct cc_heatsink_flow flow = {.start = start, .air = find_air(&s, search->air_length, start)};
    if (flow.air > 0)
        flow.resistance = fin_resistance(&s, flow.air);
    if (known != NULL)
        *known = flow;
    return flow;
}

/* The best number of fins on a base of this thickness; power 0 when none has air. */
static struct design best_fins(struct search *search, double base, size_t number)
{
    const struct base_path path = base_path_of(search->side, search->length, base);
    const int most = (int)((sink_width + min_pitch) / (fin_thickness + min_pitch));
    const int step = search->first ? 2 : 1;
    struct design best = {0};
    for (int fins = 2; fins <= most; fins += step) {
        const double start = search->first ? air_step : search->last_air - 5 * air_step;
        const struct cc_heatsink_flow flow = flow_of(search, base, number, fins, start);
        search->first = false;
        search->last_air = flow.air;
        if (flow.air <= 0)
            break;
        const double power = sink_power(search, &path, &flow);
        if (!(power > best.power))
            break;
        best = (struct design){power, base, flow.air, fins};
    }
    return best;
}

/* Cached results of sinks of a length: of one alone in a lane, or of as many as `packages`. */
static struct cc_heatsink_lane *lane_of(struct cc_heatsink_memo *memo, double length, int64_t packages,
                                        double air_length)
{
    const double steps = lane_length / length_step;
    size_t index = air_length > length || packages == 1 ? (size_t)(length / length_step + 0.5) : 0;
    if (memo == NULL || packages > CC_HEATSINK_LANES)
        return NULL;
    for (int64_t fewer = 1; fewer < packages; fewer++)
        index += (size_t)(steps / (double)fewer);
    struct cc_heatsink_lane *lane = &memo->lane[index % CC_HEATSINK_LANES];
    if (lane->length != length || lane->air_length != air_length) {
        memset(lane, 0, sizeof *lane);
        lane->length = length;
        lane->air_length = air_length;
    }
    return lane;
}

/* The best sink of a length, `whole_lane` if the air passes all sinks of the lane; power 0 when there is none. */
static struct design best_of_length(struct cc_heatsink_memo *memo, double side, double length, int64_t packages,
                                    bool whole_lane)
{
    const double air_length = whole_lane ? (double)packages * length : length;
    struct search search = {
        .side = side,
        .length = length,
        .air_length = air_length,
        .packages = packages,
        .lane = lane_of(memo, length, packages, air_length),
        .first = true,
    };
    struct design best = {0};
    size_t number = 0;
    for (double base = base_step; base < total_height; base += base_step, number++) {
        const struct design found = best_fins(&search, base, number);
        if (found.power == 0)
            continue;
        if (!(found.power > best.power))
            break;
        best = found;
    }
    return best;
}

static struct cc_heatsink priced(struct design d, double length, struct cc_heatsink_prices prices)
{
    const double fin_height = total_height - d.base;
    return (struct cc_heatsink){
        .max_power_w = d.power,
        .cost_usd = prices.base_usd + prices.metal_usd_per_m3 * sink_width * length * d.base +
                    prices.metal_usd_per_m3 * fin_thickness * fin_height * length * d.fins,
        .length_m = length,
        .base_m = d.base,
        .fins = d.fins,
        .air_m3_per_s = d.air,
    };
}

struct cc_heatsink_prices cc_heatsink_prices_of(const struct cc_server_constants *constants)
{
    return (struct cc_heatsink_prices){constants->heatsink_base_usd, constants->heatsink_metal_usd_per_m3};
}

bool cc_heatsink_design(double side_m, int64_t packages_per_lane, struct cc_heatsink_prices prices,
                        struct cc_heatsink *sink)
{
    return cc_heatsink_design_from(NULL, side_m, packages_per_lane, prices, sink);
}

bool cc_heatsink_design_from(struct cc_heatsink_memo *memo, double side_m, int64_t packages_per_lane,
                             struct cc_heatsink_prices prices, struct cc_heatsink *sink)
{
    *sink = (struct cc_heatsink){0};
    if (!(side_m > 0) || side_m > sink_width || packages_per_lane < 1)
        return false;
    const double enough = least_gain * best_of_length(memo, side_m, lane_length, packages_per_lane, false).power;
    const double longest = lane_length / (double)packages_per_lane;
    struct design best = {0};
    double best_length = 0;
    for (double length = ceil(side_m / length_step) * length_step; length <= longest; length += length_step) {
        const struct design found = best_of_length(memo, side_m, length, packages_per_lane, true);
        if (best.power > 0 && !(found.power > best.power))
            continue;
        if (best.power > 0 && found.power > enough)
            break;
        best = found;
        best_length = length;
    }
    if (best.power > 0)
        *sink = priced(best, best_length, prices);
    return best.power > 0;
}
