/* matmul.h: time of a matrix product on one chip. */
#ifndef CC_MODEL_SERVING_MATMUL_H
#define CC_MODEL_SERVING_MATMUL_H

#include <stdbool.h>

/* `stacks` products of an (i x j) matrix with a (j x k) matrix. The second is loaded from memory, once for the `sharing`
 * parts of the product that use the same (query heads that share a key/value head; 1 otherwise). */
struct cc_matmul {
    double stacks, i, j, k, sharing;
    double bytes_per_number; /* of the second matrix, as it is loaded */
    double rate;             /* multiple of the chip's FLOP/s at which such numbers are multiplied */
};

/* Figures of a chip that bound a product. */
struct cc_matmul_chip {
    bool weight_stationary; /* systolic arrays; otherwise a roofline */
    double flops;           /* FLOP/s, efficiency included */
    double bytes_per_s;     /* memory bandwidth, efficiency included */
    double freq_hz;         /* of the systolic arrays, efficiency included */
    double num_systolic, systolic_width, acc_depth;
    double exposed_share;   /* of the shorter of computing and loading, what the longer does not hide; 0: it hides all */
};

struct cc_matmul_time {
    double compute_s, load_s; /* which of them is larger binds; on systolic arrays, those of one block */
    double blocks;            /* that each array takes one after the other; 1 on a roofline */
    double time_s;            /* of the whole */
};

/* Seconds of work that computing and loading share: the longer, and what it does not hide of the shorter. */
static inline double cc_overlapped_s(double compute_s, double load_s, double exposed_share)
{
    const double longer_s = compute_s > load_s ? compute_s : load_s;
    const double shorter_s = compute_s > load_s ? load_s : compute_s;
    return longer_s + exposed_share * shorter_s;
}

/* FLOPs of a product, and bytes that it loads. */
static inline double cc_matmul_flop(const struct cc_matmul *m)
{
    return m->stacks * m->i * m->j * m->k * 2;
}
static inline double cc_matmul_bytes(const struct cc_matmul *m)
{
    return m->stacks * m->j * m->k / m->sharing * m->bytes_per_number;
}

/* Seconds of so many FLOPs at a multiple of the peak, and of so many bytes. */
static inline double cc_compute_s(const struct cc_matmul_chip *chip, double flop, double rate)
{
    return flop / (chip->flops * rate);
}
static inline double cc_load_s(const struct cc_matmul_chip *chip, double bytes)
{
    return bytes / chip->bytes_per_s;
}

/* Seconds. Roofline: the longer of computing and loading, and a share of the shorter. Weight-stationary: blocks of
 * weights, loaded while the block before is computed. Source: Chiplet Cloud (arXiv 2307.02666), kernel model; roofline
 * after Williams, Waterman and Patterson (2009). */
static inline struct cc_matmul_time cc_roofline_time_of(const struct cc_matmul_chip *chip, struct cc_matmul m)
{
    struct cc_matmul_time t = {
        .compute_s = cc_compute_s(chip, cc_matmul_flop(&m), m.rate),
        .load_s = cc_load_s(chip, cc_matmul_bytes(&m)),
    };
    t.time_s = cc_overlapped_s(t.compute_s, t.load_s, chip->exposed_share);
    t.blocks = 1;
    return t;
}

struct cc_matmul_time cc_matmul_time_of(const struct cc_matmul_chip *chip, struct cc_matmul product);

#endif
