#include "model/serving/matmul.h"

#include <math.h>

static struct cc_matmul_time weight_stationary(const struct cc_matmul_chip *chip, struct cc_matmul m)
{
    const double arrays = chip->num_systolic, width = chip->systolic_width;
    double stacks_per_array = 1, columns = m.k;
    if (m.stacks > arrays)
        stacks_per_array = ceil(m.stacks / arrays);
    else
        columns = ceil(m.k / floor(arrays / m.stacks));
    const double row_blocks = ceil(m.i / chip->acc_depth / 2);
    const double inner_blocks = ceil(m.j / width), column_blocks = ceil(columns / width);
    const double rows = ceil(m.i / row_blocks), inner = ceil(m.j / inner_blocks);
    const double block_columns = ceil(columns / column_blocks);
    struct cc_matmul_time t = {
        .load_s = inner * block_columns / m.sharing * m.bytes_per_number / (chip->bytes_per_s / arrays),
        .compute_s = ceil(fmax(2 * width + rows, 2 * rows) / 2) / chip->freq_hz / m.rate,
    };
    const double blocks = row_blocks * inner_blocks * column_blocks;
    t.blocks = stacks_per_array * blocks;
    t.time_s = stacks_per_array *
               (t.load_s + t.compute_s + (blocks - 1) * cc_overlapped_s(t.compute_s, t.load_s, chip->exposed_share));
    return t;
}

struct cc_matmul_time cc_matmul_time_of(const struct cc_matmul_chip *chip, struct cc_matmul product)
{
    return chip->weight_stationary ? weight_stationary(chip, product) : cc_roofline_time_of(chip, product);
}
