#include "model/serving/ops.h"

static void list_dense(struct cc_layer_ops *list, const struct cc_layout *layout, double width)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_precision *p = &serving->precision.weights;
    const double d = (double)serving->llm->d, ff = ceil(width / (double)layout->chips), q = layout->phase->queries;
    cc_add_op(list, layout, "up", CC_GROW_ROWS, CC_GROW_NOT,
              (struct cc_matmul){serving->llm->gated ? 2 : 1, q, d, ff, 1, p->bytes, p->rate});
    cc_add_product(list, layout, "down", p, q, ff, d);
}

/* The router, the experts that all tokens share, and those that they are routed to. */
static void list_experts(struct cc_layer_ops *list, const struct cc_layout *layout)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_precision *p = &serving->precision.experts;
    const double d = (double)llm->d,
                 sharers = (double)(layout->place->tensor_parallel / layout->place->expert_parallel);
    const double ff = ceil(llm->expert_width / sharers);
    cc_add_product(list, layout, "router", &serving->precision.embeddings, layout->phase->queries, d,
                   ceil(llm->experts / (double)layout->chips));
    if (llm->shared_width > 0)
        list_dense(list, layout, llm->shared_width);
    cc_add_op(list, layout, "experts up", CC_GROW_ASSIGNED, CC_GROW_EXPERTS,
              (struct cc_matmul){llm->gated ? 2 : 1, 1, d, ff, 1, p->bytes, p->rate});
    cc_add_op(list, layout, "experts down", CC_GROW_ASSIGNED, CC_GROW_EXPERTS,
              (struct cc_matmul){1, 1, ff, d, 1, p->bytes, p->rate});
}

void cc_list_feed_forward(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_ffn ffn)
{
    if (ffn == CC_EXPERTS)
        list_experts(list, layout);
    else
        list_dense(list, layout, (double)layout->serving->llm->d_ff);
}
