/* heatsinks: the heat sinks of a hardware space alone, for comparison with the whole exploration.
 *
 *   heatsinks CONSTANTS HARDWARE
 *
 * Makes the chips and packages of the space, untimed, and then designs each pair of heat source and packages per lane
 * that gets as far as a heat sink, once, with the memo that server-pack has. Prints: CPU seconds of the designs, pairs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "input/inputs.h"
#include "model/hardware/server.h"

struct pair {
    double side_mm;
    int64_t packages;
};

struct pairs {
    struct pair *list;
    size_t count, size;
};

static int compare(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    if (a->packages != b->packages)
        return a->packages < b->packages ? -1 : 1;
    return (a->side_mm > b->side_mm) - (a->side_mm < b->side_mm);
}

static void add(struct pairs *pairs, struct pair pair)
{
    if (pairs->count == pairs->size) {
        pairs->size = pairs->size == 0 ? 4096 : pairs->size * 2;
        pairs->list = realloc(pairs->list, pairs->size * sizeof *pairs->list);
        if (pairs->list == NULL)
            exit(1);
    }
    pairs->list[pairs->count++] = pair;
}

/* Every server of a package that passes the first tests. */
static void add_servers(struct pairs *pairs, const struct cc_hardware *hardware, const struct cc_package *package,
                        const struct cc_constants *constants)
{
    for (uint64_t i = 0; i < cc_alternatives_count(hardware->servers); i++) {
        struct cc_server_input in;
        struct cc_reject reject;
        cc_alternatives_take(hardware->servers, &cc_server_input_fields, i, &in);
        if (cc_server_lane_fits(&in, package, &constants->server, &reject))
            add(pairs, (struct pair){package->heat_source_mm, in.packages_per_lane});
    }
}

static void add_chips(struct pairs *pairs, const struct cc_hardware *hardware, const struct cc_constants *constants)
{
    for (uint64_t i = 0; i < cc_alternatives_count(hardware->chips); i++) {
        struct cc_chip_input in;
        struct cc_chip chip;
        struct cc_reject reject;
        cc_alternatives_take(hardware->chips, &cc_chip_input_fields, i, &in);
        if (!cc_chip_build(&in, constants, cc_conventions_published(), &chip, &reject))
            continue;
        for (uint64_t k = 0; k < cc_alternatives_count(hardware->packages); k++) {
            struct cc_package_input package_in;
            struct cc_package package;
            cc_alternatives_take(hardware->packages, &cc_package_input_fields, k, &package_in);
            if (cc_package_build(&package_in, &chip, constants, &package, &reject))
                add_servers(pairs, hardware, &package, constants);
        }
    }
}

/* Sorts, and keeps each pair once. */
static void keep_distinct(struct pairs *pairs)
{
    size_t kept = 0;
    qsort(pairs->list, pairs->count, sizeof *pairs->list, compare);
    for (size_t i = 0; i < pairs->count; i++)
        if (kept == 0 || compare(&pairs->list[i], &pairs->list[kept - 1]) != 0)
            pairs->list[kept++] = pairs->list[i];
    pairs->count = kept;
}

int main(int argc, char **argv)
{
    static struct cc_constants constants;
    static struct cc_heatsink_memo memo;
    struct cc_hardware hardware;
    struct cc_error error;
    struct pairs pairs = {0};
    double watts = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: heatsinks CONSTANTS HARDWARE\n");
        return 2;
    }
    if (!cc_constants_read(&constants, argv[1], &error) || !cc_hardware_open(&hardware, argv[2], &error)) {
        fprintf(stderr, "heatsinks: %s\n", error.text);
        return 1;
    }
    add_chips(&pairs, &hardware, &constants);
    keep_distinct(&pairs);
    const clock_t start = clock();
    for (size_t i = 0; i < pairs.count; i++) {
        struct cc_heatsink sink;
        if (cc_heatsink_design_from(&memo, pairs.list[i].side_mm / 1e3, pairs.list[i].packages,
                                    (struct cc_heatsink_prices){1, 4122.68}, &sink))
            watts += sink.max_power_w;
    }
    printf("%.6f %zu %.6g\n", (double)(clock() - start) / CLOCKS_PER_SEC, pairs.count, watts);
    free(pairs.list);
    cc_input_close(&hardware.file);
    return 0;
}
