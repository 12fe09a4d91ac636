"""What models with experts, latent attention, windows or formats of their own have, and plain dense models do not."""
from . import records

# Title, field, unit. A field that a record lacks is not shown.
MODEL = (
    ("parameters", "model.parameters", ""),
    ("of them, active for a token", "model.active_parameters", ""),
    ("routed experts of a layer", "model.num_experts", ""),
    ("experts that a token is routed to", "model.experts_per_token", ""),
    ("width of an expert", "model.moe_d_ff", ""),
    ("shared experts", "model.shared_experts", ""),
    ("width of a shared expert", "model.shared_d_ff", ""),
    ("first layers without experts", "model.first_k_dense", ""),
    ("interval of layers with experts", "model.moe_interval", "layers"),
    ("width of the latent of keys and values", "model.kv_lora_rank", ""),
    ("width of the latent of queries", "model.q_lora_rank", ""),
    ("width of a query without position", "model.qk_nope_head_dim", ""),
    ("width of a query with position", "model.qk_rope_head_dim", ""),
    ("width of a value", "model.v_head_dim", ""),
    ("modules that predict further tokens", "model.num_mtp", ""),
    ("attention of layers that are not full", "model.local_attention", ""),
    ("interval of layers with full attention", "model.attention_interval", "layers"),
    ("window", "model.window", "tokens"),
    ("first tokens always in the window", "model.attention_sinks", "tokens"),
    ("heads of the index", "model.index_heads", ""),
    ("width of a head of the index", "model.index_dim", ""),
    ("tokens that the index chooses", "model.index_topk", "tokens"),
    ("weight", "model.weight_bits", "bit"),
    ("weight of a routed expert", "model.expert_bits", "bit"),
    ("weight of embeddings and router", "model.embedding_bits", "bit"),
    ("number of the KV cache", "model.kv_bits", "bit"),
    ("number of the latent with position", "model.kv_rope_bits", "bit"),
    ("number of the index", "model.index_bits", "bit"),
    ("activation", "model.activation_bits", "bit"),
    ("activation in attention", "model.attention_bits", "bit"),
    ("number on links", "model.comm_bits", "bit"),
    ("number on the way to experts", "model.dispatch_bits", "bit"),
    ("number on the way from experts", "model.combine_bits", "bit"),
    ("share of zeros among the weights", "model.weight_sparsity", ""),
    ("KV cache of a request at its end", "model.kv_bytes_per_request", "B"),
)
SERVING = (
    ("chips that share attention", "point.attention_parallel", ""),
    ("shares that the experts are divided into", "point.expert_parallel", ""),
    ("way of a token to its experts", "system.alltoall", ""),
    ("servers that a token's experts lie on, at most", "system.route_servers", ""),
    ("overlap of exchanges and products", "system.overlap", ""),
    ("tokens of the hottest share, over the mean", "system.expert_imbalance", ""),
    ("room that every expert computes, over the mean", "system.capacity_factor", ""),
    ("copies of hot experts", "system.redundant_experts", ""),
    ("caches of chips with the same KV head", "system.kv_sharding", ""),
    ("latent attention in generation", "system.mla_generate", ""),
    ("prefill: experts of a layer that are touched", "point.prefill_experts_touched", ""),
    ("prefill: sending to the experts of a layer", "point.prefill_dispatch_s", "s"),
    ("prefill: sending back from them", "point.prefill_combine_s", "s"),
    ("generate: experts of a layer that are touched", "point.generate_experts_touched", ""),
    ("generate: sending to the experts of a layer", "point.generate_dispatch_s", "s"),
    ("generate: sending back from them", "point.generate_combine_s", "s"),
)


def is_plain(design):
    """Whether the model is a plain dense one."""
    return "active_parameters" not in design["model"]


def rows(design, figures):
    """Title, value, unit and field of those of `figures` that the design has; nothing for a plain dense model."""
    if is_plain(design):
        return []
    found = [(title, records.field(design, path), unit, path) for title, path, unit in figures]
    return [row for row in found if row[1] is not None]
