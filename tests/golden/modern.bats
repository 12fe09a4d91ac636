#!/usr/bin/env bats
# Models with experts, latent attention, windows and formats of their own: their keys, and DeepSeek-V3 as it is served.
# shellcheck disable=SC2154 # helper.bash assigns root and stderr

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    chiplet-gen h100 | server-pack --hardware h100 >servers
    [ -s servers ]
    # as it is served: what goes to experts is in fp8
    sed '$a\  dispatch_bits: fp8' "$root/pipelines/inputs/model/deepseek-v3.yaml" >v3.yaml
}

setup() {
    load helper
    servers=$BATS_FILE_TMPDIR/servers v3=$BATS_FILE_TMPDIR/v3.yaml
    cd "$BATS_TEST_TMPDIR" || return 1
    printf 'num_servers: 4\nworkload: {max_batch: 1, eval_len: [64, 32]}\n' >system.yaml
}

# model_of FILE: the `model` entry of the record that it gives
model_of() {
    llm-map --constants 5nm --name it --model "$1" --system system.yaml "$servers" | rec2json | jq -cS .model
}

# tokens_per_s MODEL LINK SERVERS BATCH LENGTHS ROUTING: of a chip, in prefill and in generation, while two batches overlap, on H800, which are
# H100 at its peak with LINK B/s between chips of a server. No transfer takes time to start.
tokens_per_s() {
    local chips=$((8 * $3))
    cat >served.yaml <<YAML
num_servers: $3
overlap: two_batch
mtp: false
$6
workload: {batches: [$4], eval_len: $5}
default_mapping: {t: $chips, p: 1, a: 1, ep: $chips, micro_batch: 0, prefill_micro_batch: 0}
YAML
    rec2json "$servers" | jq -c ".chip.package_link.bytes_per_s = $2 | (.chip.package_link, .server.link).init_s = 0" | json2rec |
        llm-map --constants 5nm --convention calibration=published --model "$1" --system served.yaml --breakdown | rec2json |
        jq -r --argjson chips $chips '.points | "\(.prefill_tokens_per_s[0] / $chips) \(.generate_tokens_per_s[0] / $chips)"'
}

# near GOT PUBLISHED: within 1 %
near() {
    awk -v got="$1" -v right="$2" 'BEGIN { off = got / right - 1; exit !(off < 0.01 && off > -0.01) }' || fail "$1 instead of $2"
}

# What it could do at the peak of H800 and of its network: as it is, and as profiles count it, with 61 layers of experts. Measured are 2324,
# 1850 and 7839 tokens/s a chip (DeepSeek's profile data and its day of service, 2025).
@test "DeepSeek-V3 on H800, tokens/s a chip: decode on 128 and 144 chips, prefill on 32" {
    grep -v 'vocab_size\|first_k_dense' "$v3" >all.yaml
    while read -r model decode_128 decode_144 prefill_32; do
        # through the network cards of 50 GB/s a chip: 128 requests a chip that look at 4096 tokens; 88 that look at 4989, with 32 copies of experts
        near "$(tokens_per_s "$model" 50e9 16 16384 '[4095, 2]' 'alltoall: direct' | cut -d ' ' -f 2)" "$decode_128"
        near "$(tokens_per_s "$model" 50e9 18 12672 '[4988, 2]' $'alltoall: direct\nredundant_experts: 32' | cut -d ' ' -f 2)" "$decode_144"
        # NVLink within a server; four prompts a chip
        near "$(tokens_per_s "$model" 200e9 4 128 '[4096, 1]' '' | cut -d ' ' -f 1)" "$prefill_32"
    done <<FIGURES
$v3 4741 4094 14242
all.yaml 4802 4223 14062
FIGURES
}

# changed LINE: DeepSeek-V3 with this line in place of what it says of that key
changed() {
    grep -v "^  ${1%%:*}:" "$v3"
    printf '  %s\n' "$1"
}

@test "each name that other programs have for a key gives the same model" {
    model_of "$v3" >right
    [ "$(jq .num_experts right)" -eq 256 ]
    count=0
    while read -r key names; do
        value=$(sed -n "s/^  $key: \([^ ]*\).*/\1/p" "$v3")
        [ -n "$value" ]
        for name in $names; do
            sed "s/^  $key:/  $name:/" "$v3" >named.yaml
            model_of named.yaml | cmp - right
            # both at once are one key given twice, whichever is first
            for order in "$key $name" "$name $key"; do
                read -r first then <<<"$order"
                { grep -v "^  $key:" "$v3"; printf '  %s: %s\n' "$first" "$value" "$then" "$value"; } >twice.yaml
                refused 1 llm-map --constants 5nm --model twice.yaml --system system.yaml "$servers"
                says "twice.yaml:$(wc -l <twice.yaml):3: Model.$then: $key is already given under another name"
            done
            count=$((count + 1))
        done
    done <<'NAMES'
num_experts n_routed_exp n_routed_experts num_local_experts moe_num_experts
experts_per_token top_k_experts n_activated_exp num_experts_per_tok moe_top_k
moe_d_ff d_exp moe_intermediate_size
shared_experts n_shared_exp n_shared_experts
first_k_dense dense_layers first_k_dense_replace
d_ff d_dense
qk_nope_head_dim d_qk_nope_head
qk_rope_head_dim d_qk_rope_head
v_head_dim d_v_head
NAMES
    [ "$count" -eq 18 ]
}

@test "a format by its bits, its name, or bits and type: the same model" {
    changed 'weight_bits: 8' >given.yaml
    model_of given.yaml >right
    jq -e '.weight_bits == 8' right >/dev/null
    for format in fp8 8.0 0.8e1 '{bits: 8, type: fp8}' '{type: fp8, bits: 8.0}'; do
        changed "weight_bits: $format" >given.yaml
        model_of given.yaml | cmp - right
    done
    while read -r name bits; do
        changed "expert_bits: $name" >given.yaml
        [ "$(model_of given.yaml | jq ".expert_bits == $bits")" = true ] || fail "$name"
    done <<'BITS'
bf16 16
fp16 16
fp8_block128 8.001953125
mxfp8 8.25
int8 8
nvfp4 4.5
mxfp4 4.25
int4_g32 4.5
int4_g128 4.125
awq 4.15625
BITS
}

# wrong LINE: DeepSeek-V3 with it is refused
wrong() {
    changed "$1" >wrong.yaml
    refused 1 llm-map --constants 5nm --model wrong.yaml --system system.yaml "$servers"
}

@test "a format that is none is refused with file, line and what it could be" {
    for format in fp32 -8 0 65 8x '[]' '""' '{bits: 8}' '{type: fp8}' '{bits: 8, type: fp9}' '{bits: 8, type: fp8, group: 32}' \
        '{bits: 0, type: fp8}' '{bits: 65, type: fp8}'; do
        wrong "kv_bits: $format"
        says "wrong.yaml:$(wc -l <wrong.yaml):"
        says kv_bits
    done
    wrong 'kv_bits: mxfp5'
    says "expected a number of bits or one of: bf16, fp16, fp8, fp8_block128, mxfp8, int8, nvfp4, mxfp4, int4_g32, int4_g128, awq; got 'mxfp5'"
}

@test "what keys ask of each other is refused with file and line" {
    while IFS='|' read -r line said; do
        wrong "$line"
        [[ $stderr =~ wrong.yaml:[1-9][0-9]*:[1-9][0-9]*: ]] || fail "no line: $stderr"
        says "$said"
    done <<'WRONG'
experts_per_token: 257|Model.experts_per_token: is above num_experts
num_experts: 1001|Model.num_experts: is above 1000
num_layers: 601|is above 600, the limit for a model with experts or several kinds of layers
moe_offset: 1|Model.moe_offset: is not below moe_interval
attention_gate: true|Model.attention_gate: is not modelled with latent attention
window: 128|window requires it (window or chunk)
local_attention: state|layers that keep a state (linear attention, Mamba) are not modelled
local_attention: sliding|Model.local_attention: is not one of: window, chunk, sparse
attention_interval: 4|Model.attention_interval: requires local_attention
sparse_load: packed|Model.sparse_load: is not one of: dense, compressed
layers: [{count: 60}]|have another total count than num_layers
layers: [{count: 61, attention: window}]|attention by window or chunk requires it
experts_per_token: 0|experts_per_token
weight_sparsity: 1|weight_sparsity
state_kind: gdn|layers that keep a state (linear attention, Mamba) are not modelled
state_dim: 128|layers that keep a state (linear attention, Mamba) are not modelled
state_bits: 32|layers that keep a state (linear attention, Mamba) are not modelled
num_expert: 4|num_experts
WRONG
}

@test "a key without that which it needs is refused with file and line" {
    for key in experts_per_token qk_nope_head_dim qk_rope_head_dim v_head_dim kv_lora_rank num_experts; do
        grep -v "^  $key:" "$v3" >wrong.yaml
        refused 1 llm-map --constants 5nm --model wrong.yaml --system system.yaml "$servers"
        [[ $stderr =~ wrong.yaml:[1-9][0-9]*:[1-9][0-9]*: ]] || fail "no line: $stderr"
        says "$key is missing"
    done
}

@test "a chip without bf16 needs the energy of its type; a model in a type that it has not is rejected" {
    jq -c '.record | del(.chip.perf_ratio)' "$root/tests/golden/modern/number-type-int8.json" | json2rec >server
    jq '{Model: .model}' "$root/tests/golden/modern/number-type-int8.json" >model.json
    refused 1 llm-map --constants "$CONSTANTS" --model model.json server
    says 'chip.perf_ratio has no bf16'
    says 'such as Energy.fma_int8'
    awk '{ print } /^Energy:/ { print "  fma_int8: 0.3" }' "$CONSTANTS" >constants.yaml
    llm-map --constants constants.yaml --model model.json server | rec2json | grep -q '"points"'
    sed 's/"int8"/"fp8"/' model.json >fp8.json
    llm-map --constants constants.yaml --model fp8.json --rejects rejects server >none 2>said
    [ ! -s none ]
    [ "$(rec2json rejects | jq -r .reject.reason)" = precision ]
}
