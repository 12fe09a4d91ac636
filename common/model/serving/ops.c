#include "model/serving/ops.h"

struct cc_layout cc_layout_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                              const struct cc_phase *phase)
{
    const int64_t chips = cc_attention_parallel(place);
    return (struct cc_layout){serving, place, phase, cc_head_split_of(serving, chips, phase), chips};
}

static struct cc_op op_of(const struct cc_layout *layout, const char *name, enum cc_growth compute_by,
                          enum cc_growth load_by, struct cc_matmul one)
{
    struct cc_op op = {.name = name,
                       .compute_by = compute_by,
                       .load_by = load_by,
                       .flop = cc_matmul_flop(&one),
                       .rate = one.rate,
                       .bytes = cc_matmul_bytes(&one),
                       .one = one};
    cc_op_time(&op, &layout->serving->chip);
    return op;
}

void cc_add_op(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name, enum cc_growth compute_by,
               enum cc_growth load_by, struct cc_matmul one)
{
    list->op[list->ops++] = op_of(layout, name, compute_by, load_by, one);
}

void cc_add_core(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name, enum cc_growth compute_by,
                 enum cc_growth load_by, struct cc_matmul one)
{
    cc_add_op(list, layout, name, compute_by, load_by, one);
    list->op[list->ops - 1].core = true;
}

void cc_add_product(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name,
                    const struct cc_precision *precision, double rows, double j, double k)
{
    cc_add_op(list, layout, name, CC_GROW_ROWS, CC_GROW_NOT,
              (struct cc_matmul){1, rows, j, k, 1, precision->bytes, precision->rate});
}

struct cc_op cc_output_op(const struct cc_layout *layout)
{
    const struct cc_llm *llm = layout->serving->llm;
    const struct cc_precision *p = &layout->serving->precision.embeddings;
    const double words = ceil((double)llm->vocab_size / (double)layout->chips);
    return op_of(layout, "output", CC_GROW_ROWS, CC_GROW_NOT,
                 (struct cc_matmul){1, 1, (double)llm->d, words, 1, p->bytes, p->rate});
}

/* Number of operators of a layer whose products are listed. */
static double operators(const struct cc_layer_ops *list, const struct cc_layer_kind *kind)
{
    const double of_attention = 3, of_dense = 2, of_experts = 4; /* element-wise */
    double count = (double)list->ops;
    if (kind->attention != CC_NO_ATTENTION)
        count += of_attention - 1; /* score and value are one */
    if (kind->ffn != CC_NO_FFN)
        count += kind->ffn == CC_EXPERTS ? of_experts : of_dense;
    return count;
}

/* Collectives among several chips; with experts also dispatch and combine. */
static double collectives(const struct cc_layer_ops *list, const struct cc_layout *layout)
{
    double count = list->dispatches ? 2 : 0;
    for (size_t i = 0; layout->chips > 1 && i < list->exchanges; i++)
        if (!cc_all_reduce_is_empty(&list->exchange[i].plan))
            count += list->exchange[i].times;
    return count;
}

void cc_layer_ops_list(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    list->count = kind->count;
    list->ops = list->exchanges = 0;
    list->experts = kind->ffn == CC_EXPERTS;
    list->dispatches = list->experts && layout->place->attention_groups > 1;
    if (kind->attention != CC_NO_ATTENTION)
        cc_list_attention(list, layout, kind->attention);
    if (kind->ffn != CC_NO_FFN)
        cc_list_feed_forward(list, layout, kind->ffn);
    cc_list_exchanges(list, layout, kind);
    list->fixed_s = list->collectives_s = 0;
    if (!layout->serving->has_overheads)
        return;
    list->fixed_s = layout->serving->overheads.op_s * operators(list, kind);
    list->collectives_s = layout->serving->overheads.collective_s * collectives(list, layout);
    cc_list_traffic(list, layout, kind);
}
