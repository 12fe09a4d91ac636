#!/usr/bin/env bats
# Models as the Hugging Face hub gives them: the config.json of released models comes to their published number of
# parameters; what cannot be represented is refused by name and reason; what is damaged, with its place.
# shellcheck disable=SC2154,SC2030,SC2031 # helper.bash assigns root; each test has a status of its own

setup() {
    load helper
    hf=$root/tests/hf
    servers=$BATS_FILE_TMPDIR/servers
    cd "$BATS_TEST_TMPDIR" || return 1
    printf 'num_servers: 2\nworkload: {max_batch: 1, eval_len: [64, 32]}\n' >system.yaml
}

# One server that is large enough for all models, made once.
setup_file() {
    load helper
    local hardware=$root/pipelines/inputs/hardware/h200.yaml
    chiplet-gen --constants "$CONSTANTS" "$hardware" |
        server-pack --constants "$CONSTANTS" --hardware "$hardware" >"$BATS_FILE_TMPDIR/servers"
    [ -s "$BATS_FILE_TMPDIR/servers" ]
}

# tests/hf/published.csv: what is published of each model: parameters in all and of a token, in 1e9; in what the latter count of
# embeddings (head: the output projection, both, none); bytes of weights in GiB; bytes of keys and values of a token. active_head_b is no
# publication but the active parameters with the output projection, worked out by an independent implementation.
# Exact counts are those of the weights on the hub (safetensors), as repeated in copies of its listings, or of the source named;
# [unread]: known from the source named, which was not read for this table. Of Falcon the hub's weights hold the output
# projection, which is the input embedding, a second time: here it is counted once.
published=$BATS_TEST_DIRNAME/../hf/published.csv

# Of dense models, figures that decide the cost beside the count: query heads to a key/value head, head width, feed-forward width,
# activation, bytes of a number, parallel layers, tied embeddings.
shapes() {
    cat <<'TABLE'
llama-2-7b       1   128 11008  swiglu            2 0 0
llama-2-70b      8   128 28672  swiglu            2 0 0
llama-3-8b       4   128 14336  swiglu            2 0 0
llama-3-70b      8   128 28672  swiglu            2 0 0
llama-3.1-405b   16  128 53248  swiglu            2 0 0
mistral-7b-v0.1  4   128 14336  swiglu            2 0 0
mistral-7b-v0.3  4   128 14336  swiglu            2 0 0
mistral-nemo     4   128 14336  swiglu            2 0 0
qwen2.5-0.5b     7   64  4864   swiglu            2 0 1
qwen2.5-7b       7   128 18944  swiglu            2 0 0
qwen2.5-72b      8   128 29568  swiglu            2 0 0
qwen3-8b         4   128 12288  swiglu            2 0 0
gemma-2b         8   256 16384  geglu             2 0 1
gemma-7b         1   256 24576  geglu             2 0 1
gemma-2-9b       2   256 14336  geglu             4 0 1
gemma-2-27b      2   128 36864  geglu             4 0 1
gemma-3-1b       4   256 6912   geglu             2 0 1
phi-2            1   80  10240  gelu_new          2 1 0
phi-3-mini-4k    1   96  8192   swiglu            2 0 0
pythia-6.9b      1   128 16384  gelu              2 1 0
gpt-neox-20b     1   96  24576  gelu_fast         2 1 0
opt-6.7b         1   128 16384  relu              2 0 1
opt-66b          1   128 36864  relu              2 0 1
falcon-7b        71  64  18176  gelu              2 1 1
falcon-40b       16  64  32768  gelu              2 1 1
falcon-180b      29  64  59392  gelu              2 1 1
gpt2-xl          1   64  6400   gelu_new          2 0 1
gpt-j-6b         1   256 16384  gelu_new          2 1 0
starcoder2-3b    12  128 12288  gelu_pytorch_tanh 4 0 1
stablelm-2-1.6b  1   64  5632   swiglu            2 0 0
olmo-7b          1   128 11008  swiglu            4 0 0
command-r-35b    1   128 22528  swiglu            2 1 1
TABLE
}

# The smallest config.json of a dense type: what it has, and what its class then says (query heads to a key/value head, head
# width, feed-forward width, activation, parallel, tied).
defaults() {
    cat <<'TABLE'
llama        1  32  2048 swiglu            0 0
mistral      4  32  2048 swiglu            0 0
qwen2        1  32  2048 swiglu            0 0
qwen3        1  128 2048 swiglu            0 0
gemma        2  256 2048 geglu             0 1
gemma2       8  256 2048 geglu             0 1
gemma3_text  8  256 2048 geglu             0 1
phi          1  32  2048 gelu_new          1 0
phi3         1  32  2048 swiglu            0 0
gpt_neox     1  32  2048 gelu              1 0
opt          1  32  512  relu              0 1
falcon       32 32  4096 gelu              1 1
gpt2         1  32  4096 gelu_new          0 1
gptj         1  32  4096 gelu_new          1 0
starcoder2   16 32  2048 gelu_pytorch_tanh 0 1
stablelm     1  32  2048 swiglu            0 0
olmo         1  32  2048 swiglu            0 0
cohere       1  32  2048 swiglu            1 1
TABLE
}

# Sizes under all names that types have for them: each type reads its own.
all_names='{hidden_size: 1024, n_embd: 1024, num_hidden_layers: 8, n_layer: 8, num_attention_heads: 32, n_head: 32,
    intermediate_size: 2048, ffn_dim: 512, vocab_size: 50000}'

map_model() {
    llm-map --constants "$CONSTANTS" --system system.yaml --model "$@" "$servers"
}

model_of() {
    map_model "$@" >evaluation || return
    rec2json evaluation | jq -ce .model
}

# Numbers of a map as numbers: jq 1.7 prints 4.0 as it stands in the input.
readonly as_numbers='map_values(if type == "number" then . + 0 else . end)'

# taken FILTER [FILE]: the model of a config.json (by default that of Llama 3 8B) after a jq filter.
taken() {
    jq "$1" "$hf/${2:-llama-3-8b}.json" >config.json
    model_of config.json
}

# turned_down FILTER FILE TEXT...: that config.json, after the filter, is refused with all of the texts; a key that is
# there has its place.
turned_down() {
    jq "$1" "$hf/$2.json" >config.json
    refused 1 map_model config.json
    shift 2
    local text
    for text; do
        says "$text"
    done
    local place='^llm-map: config\.json:([0-9]+:[0-9]+: [._a-z0-9]+: | [._a-z0-9]+: (is missing|expected))'
    [[ $stderr =~ $place ]] || fail "no place: $stderr"
}

# describe FILE...: the model as it is understood.
describe() {
    llm-map --constants "$CONSTANTS" --describe --model "$@"
}

# described FILTER FILE LINE...: that config.json, after the filter, has these lines of its description; -LINE: has it not.
described() {
    jq "$1" "$hf/$2.json" >config.json
    describe config.json >description || fail "$2: $1"
    shift 2
    local line lines
    lines=$'\n'$(<description)$'\n'
    for line; do
        case $line in
            -*) [[ $lines != *$'\n'"${line#-}"* ]] || fail "there is ${line#-}: $lines" ;;
            *) [[ $lines == *$'\n'"$line"$'\n'* ]] || fail "no '$line' in: $lines" ;;
        esac
    done
}

@test "each config.json has its published figures in the table" {
    for file in "$hf"/*.json; do
        basename "$file" .json
    done | grep -v '^opt-350m$' | sort >files
    sed 1d "$published" | cut -d, -f1 | LC_ALL=C sort | diff <(LC_ALL=C sort files) -
    [ "$(wc -l <files)" -ge 110 ]
    shapes | awk '{ print $1 }' | sort | comm -13 files - >unknown
    [ ! -s unknown ]
}

# Totals, bytes and keys and values within 1 %; active parameters, which are published coarsely, within 1 % or less than a unit of their
# last digit; those worked out within a unit of theirs.
@test "released models have their published figures" {
    while IFS=, read -r name _; do
        describe "$hf/$name.json" | awk -v name="$name" -F': ' '{ v[$1] = $2 } END {
            e = v["vocab_size"] * v["d"]
            printf "%s,%.17g,%.17g,%.17g,%.17g,%.17g\n", name, v["parameters"] / 1e9, v["active_parameters"] / 1e9, e / 1e9,
                v["bytes"] / 1073741824, v["kv_bytes_per_token"] }'
    done < <(sed 1d "$published") >got
    run awk -F, '
        function far(what, is, published, tolerance,    off) {
            compared[what]++
            off = is - published
            if (off < 0) off = -off
            if (off <= tolerance + 1e-9) return
            printf "%s: %s is %s, published %s\n", name, what, is, published
            bad++
        }
        function unit(text) { return text ~ /\./ ? 10 ^ -(length(text) - index(text, ".")) : 1 }
        function largest(a, b) { return a > b ? a : b }
        NR == FNR { total[$1] = $2; active[$1] = $3; embedding[$1] = $4; gib[$1] = $5; kv[$1] = $6; next }
        FNR > 1 {
            name = $1
            far("total", total[name], $2, $2 / 100)
            more = $4 == "both" ? embedding[name] : $4 == "none" ? -embedding[name] : 0
            if ($3 != "") far("active", active[name] + more, $3, largest($3 / 100, unit($3)))
            if ($5 != "") far("worked out", active[name], $5, unit($5))
            if ($6 != "") far("bytes", gib[name], $6, $6 / 100)
            if ($7 != "") far("KV", kv[name], $7, 0)
        }
        END { exit bad > 0 || compared["total"] < 110 || compared["active"] < 30 || compared["bytes"] < 15 || compared["KV"] < 15 }
    ' got "$published"
    assert_success
}

@test "a model without norms, biases and learned positions comes to its exact count" {
    [ "$(model_of "$hf/olmo-7b.json" | jq '.parameters + 0')" -eq 6888095744 ]
}

@test "released models have their shape" {
    while read -r name _; do
        map_model "$hf/$name.json" --name "$name"
    done < <(shapes) >evaluations
    rec2json evaluations | jq -r ".model | $as_numbers"' | "\(.name) \(.heads_per_kv_cache) \(.d_head) \(.d_ff) " +
        "\(.act) \(.bytes_per_number) \(.parallel_layers) \(.tied_embeddings)"' >got
    shapes | tr -s ' ' | diff - got
}

@test "a config.json gives what the model file of the same model gives" {
    while read -r config model; do
        describe "$hf/$config.json" --name m | sort >from_config
        describe "$root/pipelines/inputs/model/$model.yaml" --name m | sort | diff from_config -
    done <<'PAIRS'
mistral-7b-v0.1 mistral-7b
deepseek-v3 deepseek-v3
glm-4.5 glm-4.5
llama-4-maverick llama4-maverick
llama-2-70b llama2-70b
llama-3-8b llama3-8b
llama-3-70b llama3-70b
llama-3.1-405b llama3-405b
qwen2.5-72b qwen2.5-72b
PAIRS
}

@test "keys that are missing have the default of their class" {
    defaults | jq -cR "$all_names"' + {model_type: sub(" .*"; "")}' >configs
    while read -r type _ && read -ru 4 config; do
        map_model - --name "$type" <<<"$config"
    done < <(defaults) 4<configs >evaluations
    rec2json evaluations | jq -r ".model | $as_numbers"' | "\(.name) \(.heads_per_kv_cache) \(.d_head) \(.d_ff) \(.act) " +
        "\(.parallel_layers) \(.tied_embeddings)"' >got
    defaults | tr -s ' ' | diff - got
}

@test "null is as many key/value heads as heads, and no width of a head" {
    taken '.num_key_value_heads = null' mistral-7b-v0.1 | jq -e '.heads_per_kv_cache == 1'
    taken '.head_dim = null' | jq -e '.d_head == 128'
    taken '.head_dim = 256' | jq -e '.d_head == 256'
}

@test "Falcon: one key/value head, all, or as many as said" {
    taken '.multi_query = false' falcon-7b | jq -e '.heads_per_kv_cache == 1'
    taken '.multi_query = false | .num_kv_heads = 1' falcon-7b | jq -e '.heads_per_kv_cache == 1'
    taken '.multi_query = false' falcon-40b | jq -e '.heads_per_kv_cache == 16'
    taken 'del(.num_kv_heads)' falcon-40b | jq -e '.heads_per_kv_cache == 1'
    taken '.ffn_hidden_size = 1000' falcon-7b | jq -e '.d_ff == 1000'
    taken '.parallel_attn = false' falcon-7b | jq -e '.parallel_layers == 0'
    taken '.parallel_attn = false' falcon-40b | jq -e '.parallel_layers == 1'
}

@test "parallel layers as said" {
    taken '.use_parallel_residual = false' pythia-6.9b | jq -e '.parallel_layers == 0'
    taken '.use_parallel_residual = true' stablelm-2-1.6b | jq -e '.parallel_layers == 1'
    taken '.use_parallel_residual = true' | jq -e '.parallel_layers == 0' # not a key of llama
}

@test "tied embeddings as said" {
    taken '.tie_word_embeddings = true' | jq -e '.tied_embeddings == 1'
    taken '.tie_word_embeddings = false' falcon-7b | jq -e '.tied_embeddings == 0 and .parameters > 7.2e9'
}

@test "the activation says whether there is a gate only as far as the type has one" {
    taken '.hidden_act = "gelu"' | jq -e '.act == "geglu"'
    taken '.hidden_act = "relu"' | jq -e '.act == "reglu"'
    taken '.hidden_act = "silu"' pythia-6.9b | jq -e '.act == "silu"'
    turned_down '.hidden_act = "swiglu"' pythia-6.9b "'swiglu' is not known in the ungated feed-forward layer"
    turned_down '.hidden_act = "GeGLU"' phi-2 "'GeGLU' is not known in the ungated feed-forward layer of model_type phi"
    turned_down '.hidden_act = "tanh"' llama-3-8b "'tanh' is not known in the gated feed-forward layer"
    turned_down '.hidden_act = 1' llama-3-8b 'hidden_act: expected a string, got 1'
}

@test "the data type gives the bytes of a number" {
    while read -r type bytes; do
        taken ".torch_dtype = \"$type\"" | jq -e ".bytes_per_number == $bytes"
        taken "del(.torch_dtype) | .dtype = \"$type\"" | jq -e ".bytes_per_number == $bytes"
    done <<'TYPES'
float64 8
float32 4
float16 2
bfloat16 2
float8_e4m3fn 1
float8_e5m2 1
TYPES
    taken 'del(.torch_dtype)' | jq -e '.bytes_per_number == 2'
    taken '.torch_dtype = null' | jq -e '.bytes_per_number == 2'
    taken '.torch_dtype = "float32" | .dtype = "float16"' | jq -e '.bytes_per_number == 2'
    turned_down '.torch_dtype = "auto"' llama-3-8b "torch_dtype: 'auto' is not one of: float64, float32, float16"
    turned_down '.dtype = "int4"' llama-3-8b "dtype: 'int4' is not one of"
}

@test "the name is that of the hub, else that of the folder" {
    mkdir llama
    cd llama
    cp ../system.yaml .
    while read -r path name; do
        taken "._name_or_path = \"$path\"" | jq -e ".name == \"$name\""
    done <<'NAMES'
meta-llama/Meta-Llama-3-8B Meta-Llama-3-8B
Meta-Llama-3-8B Meta-Llama-3-8B
/data/models/step_1000 llama
./checkpoint llama
../checkpoint llama
~/models/llama llama
runs/7/checkpoint llama
C:\\models\\llama llama
models/ llama
NAMES
    taken '._name_or_path = ""' | jq -e '.name == "llama"'
    taken 'del(._name_or_path)' | jq -e '.name == "llama"'
    turned_down '._name_or_path = 7' llama-3-8b '_name_or_path: expected a string, got 7'
}

@test "keys that bear on no size are passed over, whatever they hold" {
    taken '. + {rope_scaling: {"x": [1, {}]}, id2label: {"0": null}, num_experts: 1, architectures: [],
        quantization_config: null, vision_config: null, is_encoder_decoder: false, sliding_window: 7}' |
        jq -e '.parameters > 8e9'
}

@test "it is read from standard input, on one line, with tabs" {
    jq -c . "$hf/llama-3-8b.json" | map_model - --name llama >evaluation
    jq --tab . "$hf/llama-3-8b.json" >tabs.json
    map_model tabs.json --name llama | cmp evaluation -
    map_model "$hf/llama-3-8b.json" --name llama | cmp evaluation -
}

@test "a config.json that is a model file of ours is read as that" {
    echo '{"model_type": "t5", "Model": {"name": "m", "num_layers": 8, "d": 64, "num_heads": 4}}' >config.json
    refused 1 map_model config.json
    says 'model_type: unknown key'
    echo '{"Model": {"name": "m", "num_layers": 8, "d": 64, "num_heads": 4}}' >config.json
    model_of config.json | jq -e '.name == "m"'
}

@test "a window is that of the file, in the layers in which the type has it" {
    while IFS=@ read -r file filter lines; do
        IFS=';' read -ra line <<<"$lines"
        described "$filter" "$file" "${line[@]}"
    done <<'WINDOWS'
mistral-7b-v0.1@.@local_attention: window;attention_interval: 0;window: 4096
mistral-7b-v0.1@del(.sliding_window)@attention_interval: 0;window: 4096
mistral-7b-v0.1@.sliding_window = null@-window;-local_attention;-attention_interval
mistral-7b-v0.3@.@-window
mistral-nemo@.@-window
llama-3-8b@.sliding_window = 100@-window
llama-3-8b@.sliding_window = 100 | .layer_types = [range(32) | if . < 31 then "sliding_attention" else "full_attention" end]@window: 100;attention_interval: 32;-attention_offset
qwen2.5-0.5b@.@-window
qwen2.5-0.5b@.use_sliding_window = true | .max_window_layers = 0 | .sliding_window = 100@window: 100;attention_interval: 0
qwen2.5-0.5b@.use_sliding_window = true | .max_window_layers = 24@-window
qwen3-8b@.sliding_window = 100@-window
qwen3-8b@.use_sliding_window = true@-window
gemma-7b@.@-window
gemma-2-9b@.@local_attention: window;attention_interval: 2;-attention_offset;window: 4096
gemma-2-27b@del(.sliding_window)@window: 4096
gemma-3-1b@.@attention_interval: 6;window: 512
gemma-3-1b@.sliding_window_pattern = 4@attention_interval: 4
gemma-3-1b@del(.sliding_window_pattern) | ._sliding_window_pattern = 3@attention_interval: 3
gemma-3-4b@.@num_heads: 8;heads_per_kv_cache: 2.0;d_head: 256;vocab_size: 262208;attention_interval: 6;window: 1024
gpt-oss-20b@.@local_attention: window;attention_interval: 2;window: 128
gpt-oss-20b@del(.layer_types)@local_attention: window;attention_interval: 2;window: 128
exaone-4.0-32b@.@attention_interval: 4;window: 4096
exaone-4.0-32b@del(.layer_types)@attention_interval: 4;window: 4096
exaone-4.0-1.2b@.@-window
command-r7b@.@attention_interval: 4;window: 4096
olmo3-7b@.@attention_interval: 4;window: 4096
phi-3-mini-4k@.@attention_interval: 0;window: 2047
phi-3-mini-4k@del(.sliding_window)@-window
starcoder2-3b@.@window: 4096
starcoder2-3b@del(.sliding_window)@-window
smollm3-3b@.@-window
llama-4-scout@.@local_attention: chunk;attention_interval: 4;-attention_offset;window: 8192
llama-4-scout@.text_config.no_rope_layers = [range(48) | if . % 3 == 0 then 0 else 1 end]@attention_interval: 3;attention_offset: 0
llama-4-scout@.text_config.no_rope_layer_interval = 2@attention_interval: 2
llama-4-scout@.text_config.attention_chunk_size = null@-window;-local_attention
WINDOWS
    turned_down '.sliding_window = 0' mistral-7b-v0.1 'sliding_window: expected an integer from 1 to'
    turned_down '.layer_types = [range(32) | "sliding_attention"]' llama-3-8b 'sliding_window: is missing; some of layer_types require it'
    turned_down '.sliding_window_pattern = "LLX" | del(.layer_types)' exaone-4.0-32b 'expected an integer, or letters L and G, got "LLX"'
}

# Qwen2 may look at windows from some layer on: 20 layers of all, 4 of windows. The cache of a token is that of all as long as no window
# is full; what is kept of longer texts shows that the list of layers is read.
@test "a pattern that no interval says is a list of layers" {
    described '.use_sliding_window = true | .max_window_layers = 20 | .sliding_window = 100' qwen2.5-0.5b 'window: 100' \
        -local_attention -attention_interval 'kv_bytes_per_token: 12288.0'
    described '.mlp_only_layers = [0, 5]' qwen3-30b-a3b -first_k_dense -moe_interval
    # two layers have a dense feed-forward part of 6144 in place of experts and router
    awk -F': ' '$1 == "parameters" { exit $2 != 30531911680 - 2 * 2048 * (128 * (3 * 768 + 1) - 3 * 6144) }' description
}

@test "which layers have experts" {
    while IFS=@ read -r file filter lines; do
        IFS=';' read -ra line <<<"$lines"
        described "$filter" "$file" "${line[@]}"
    done <<'EXPERTS'
mixtral-8x7b@.@num_experts: 8;experts_per_token: 2;moe_d_ff: 14336;-shared_experts;-first_k_dense;-moe_interval
deepseek-v3@.@num_experts: 256;experts_per_token: 8;moe_d_ff: 2048;shared_experts: 1;first_k_dense: 3;d_ff: 18432;num_mtp: 1;-moe_interval
deepseek-v3@del(.first_k_dense_replace)@first_k_dense: 3
deepseek-v3@.first_k_dense_replace = 0@-first_k_dense
deepseek-v3@.moe_layer_freq = 2@first_k_dense: 4;moe_interval: 2;moe_offset: 0
deepseek-v3@.first_k_dense_replace = 61@first_k_dense: 61
deepseek-v3@.mlp_layer_types = [range(61) | if . < 5 then "dense" else "sparse" end]@first_k_dense: 5
deepseek-v2-lite@.@q_lora_rank: 0;kv_lora_rank: 512
deepseek-v2@del(.q_lora_rank)@q_lora_rank: 1536
deepseek-v3.2@.@local_attention: sparse;attention_interval: 0;index_heads: 64;index_dim: 128;index_topk: 2048
glm-5@del(.index_n_heads, .index_head_dim, .index_topk)@index_heads: 32;index_dim: 128;index_topk: 2048
glm-4.5@.@first_k_dense: 3;shared_experts: 1;num_mtp: 1;-kv_lora_rank
qwen3-30b-a3b@.decoder_sparse_step = 2@moe_interval: 2;moe_offset: 1
qwen3-30b-a3b@.mlp_only_layers = [0, 1]@first_k_dense: 2
qwen1.5-moe-a2.7b@.@shared_experts: 1;shared_d_ff: 5632;moe_d_ff: 1408
qwen1.5-moe-a2.7b@.shared_expert_intermediate_size = 0@-shared_experts
llama-4-scout@.@d_ff: 16384;moe_d_ff: 8192;shared_experts: 1;-shared_d_ff;-moe_interval
llama-4-maverick@.@moe_interval: 2;moe_offset: 1
llama-4-maverick@.text_config.moe_layers = [range(24) | 2 * .]@moe_interval: 2;moe_offset: 0
dbrx@.@num_experts: 16;experts_per_token: 4;moe_d_ff: 10752;act: swiglu
ernie-4.5-300b-a47b@.@first_k_dense: 3;-shared_experts
ernie-4.5-21b-a3b@.@first_k_dense: 1;shared_experts: 2
hunyuan-a13b@.@experts_per_token: 8;shared_experts: 1;moe_d_ff: 3072
minimax-m2.5@.@num_experts: 256;-num_mtp
kimi-k2@.@-num_mtp;first_k_dense: 1
EXPERTS
}

@test "sizes of experts and latents that do not go together" {
    turned_down '.num_experts_per_tok = 9' mixtral-8x7b 'num_experts_per_tok: expected an integer from 1 to 8, got 9'
    turned_down 'del(.num_local_experts)' mixtral-8x7b 'num_local_experts: is missing; model_type mixtral requires it'
    turned_down 'del(.moe_intermediate_size)' qwen3-30b-a3b 'moe_intermediate_size: is missing'
    turned_down '.n_routed_experts = 1001' deepseek-v3 'n_routed_experts: expected an integer from 1 to 1000, got 1001'
    turned_down 'del(.kv_lora_rank)' deepseek-v3 'kv_lora_rank: is missing; model_type deepseek_v3 requires it'
    turned_down '.v_head_dim = null' deepseek-v3 'v_head_dim: is null; model_type deepseek_v3 requires it'
    turned_down '.mlp_only_layers = [48]' qwen3-30b-a3b 'mlp_only_layers: expected an integer from 0 to 47, got 48'
    turned_down '.mlp_only_layers = 3' qwen3-30b-a3b 'mlp_only_layers: expected a list of layers, got 3'
    turned_down '.moe_topk[5] = 4' hunyuan-a13b 'moe_topk: 4 after 8: layers of different shapes are not modelled'
    turned_down '.text_config.no_rope_layers = [0, 1]' llama-4-scout 'text_config.no_rope_layers: 2 layers for num_hidden_layers (48)'
    turned_down '.mlp_layer_types = ["dense"]' deepseek-v3 'mlp_layer_types: 1 types for num_hidden_layers (61)'
    turned_down '.attn_type_list[7] = 0' minimax-m2.5 'attn_type_list: 0: layers that keep a state'
}

@test "the text part of a model of several media, flat or in text_config" {
    described '.' gemma-3-27b 'num_layers: 62' 'tied_embeddings: true' 'bytes_per_number: 2.0'
    described '.text_config.dtype = "float32"' gemma-3-27b 'bytes_per_number: 4.0'
    described '.text_config |= del(.model_type)' llama-4-scout 'num_experts: 16'
    described '. + .text_config | del(.text_config) | .model_type = "kimi_k25"' kimi-k2.5 'kv_lora_rank: 512' 'expert_bits: 4.5'
    described '.tie_word_embeddings = true' qwen2-vl-7b 'tied_embeddings: true'
    described '{model_type: "newest_vl", text_config: .}' llama-3-8b 'num_heads: 32'
    turned_down '.text_config = 3' gemma-3-27b 'text_config: expected a map, got 3'
    turned_down '.text_config.num_hidden_layers = 0' gemma-3-27b 'text_config.num_hidden_layers: expected an integer from 1 to'
    turned_down '{model_type: "newest_vl", text_config: {model_type: "mamba"}}' llama-3-8b \
        'text_config.model_type: mamba: layers that keep a state'
}

# quantized FILTER FILE: sets the quantization_config of a file, and describes it.
quantized() {
    local filter=$1 file=$2
    shift 2
    described ".quantization_config = ($filter)" "$file" "$@"
}

group() {
    echo "{quant_method: \"compressed-tensors\", config_groups: {group_0: {targets: [\"Linear\"], $1}}, ignore: [\"lm_head\"]}"
}

@test "quantized weights have their bits, and activations those that they are multiplied in" {
    quantized '{quant_method: "fp8", activation_scheme: "dynamic"}' llama-3-8b 'weight_bits: 8.0' 'activation_bits: 8.0' \
        'attention_bits: 16.0' -kv_bits -embedding_bits
    quantized '{quant_method: "fp8", weight_block_size: [128, 128]}' llama-3-8b 'weight_bits: 8.001953125'
    quantized '{quant_method: "fbgemm_fp8"}' llama-3-8b 'weight_bits: 8.0'
    quantized '{quant_method: "awq", bits: 4, group_size: 128, zero_point: true}' llama-3-8b 'weight_bits: 4.15625' -activation_bits
    quantized '{quant_method: "awq", w_bit: 4, q_group_size: 64, zero_point: false}' llama-3-8b 'weight_bits: 4.25'
    quantized '{quant_method: "gptq", bits: 4, group_size: 128, sym: true, desc_act: true}' llama-3-8b 'weight_bits: 4.125'
    quantized '{quant_method: "gptq", bits: 8, group_size: -1, sym: true}' llama-3-8b 'weight_bits: 8.0'
    quantized '{quant_method: "gptq", bits: 4, group_size: 32, sym: false}' llama-3-8b 'weight_bits: 4.625'
    quantized '{quant_method: "bitsandbytes", load_in_8bit: true}' llama-3-8b 'weight_bits: 8.0' 'activation_bits: 8.0'
    quantized '{quant_method: "bitsandbytes", load_in_4bit: true}' llama-3-8b 'weight_bits: 4.5' -activation_bits
    quantized '{quant_method: "bitsandbytes", load_in_4bit: true, bnb_4bit_use_double_quant: true}' llama-3-8b \
        'weight_bits: 4.126953125'
    quantized '{quant_method: "modelopt", quant_algo: "NVFP4", kv_cache_scheme: {num_bits: 8, type: "float"}, ignore: ["lm_head"]}' \
        llama-3-8b 'weight_bits: 4.5' 'activation_bits: 4.5' 'kv_bits: 8.0' 'attention_bits: 16.0'
    quantized "$(group 'weights: {num_bits: 8, type: "int"}, input_activations: {num_bits: 8, type: "int"}')" llama-3-8b \
        'weight_bits: 8.0' 'activation_bits: 8.0'
    quantized "$(group 'weights: {num_bits: 8, type: "float", block_structure: [128, 128]}, input_activations: {num_bits: 8, type: "float"}')" \
        llama-3-8b 'weight_bits: 8.001953125'
    quantized "$(group 'weights: {num_bits: 4, type: "int", group_size: 128, symmetric: false}')" llama-3-8b \
        'weight_bits: 4.15625' -activation_bits
    quantized "$(group 'weights: {num_bits: 4, type: "float", group_size: 16}, input_activations: {num_bits: 4, type: "float", group_size: 16}')" \
        llama-3-8b 'weight_bits: 4.5' 'activation_bits: 4.5'
    quantized "$(group 'weights: {num_bits: 4, type: "float", group_size: 32}')" llama-3-8b 'weight_bits: 4.25'
}

# Llama 3.3 70B, weights of 4 bits with a 16-bit scale for 128: 68.45e9 at 4.125 bits and 2.1e9 at 16, 39.5 GB.
@test "bytes of quantized weights: layers at their bits, embeddings at 16" {
    quantized "$(group 'weights: {num_bits: 4, type: "int", group_size: 128}')" llama-3-70b 'bytes: 39497760768.0' \
        'kv_bytes_per_token: 327680.0'
    # hf_quant_config.json beside it: 68.45e9 at 8 bits, 2.1e9 at 16, and an 8-bit cache
    describe "$root/tests/cases/quantized-beside" >description
    grep -qx 'bytes: 72653733888.0' description
    grep -qx 'kv_bytes_per_token: 163840.0' description
    grep -qx 'name: quantized-beside' description
}

@test "parts that are left out of quantization stay at 16 bits" {
    # experts only: every layer's attention, router and shared experts are left out
    described . kimi-k2-thinking 'expert_bits: 4.5' -weight_bits -activation_bits
    described . gpt-oss-120b 'expert_bits: 4.25' -weight_bits
    described . minimax-m2.5 'weight_bits: 8.001953125' -expert_bits
    described '.quantization_config |= del(.modules_to_not_convert)' gpt-oss-20b 'expert_bits: 4.25' -weight_bits
    # routers of all layers one by one, as long as such lists are
    quantized '{quant_method: "modelopt", quant_algo: "NVFP4", exclude_modules: (["lm_head"] + [range(48) | "model.layers.\(.).mlp.gate"])}' \
        qwen3-30b-a3b 'weight_bits: 4.5' -expert_bits
    # attention of all layers, by a pattern: shared experts and dense layers, 3 of 18432 and 58 of 2048, stay quantized, so that
    # the weights have the mean: 61 * 187.1e6 at 16 bits and 7168 * 3 * (3 * 18432 + 58 * 2048) at 4.5
    quantized '{quant_method: "modelopt", quant_algo: "NVFP4", ignore: ["model.layers.*.self_attn*", "lm_head", "model.layers.61*"]}' \
        deepseek-v3 'expert_bits: 4.5'
    awk -F': ' '$1 == "weight_bits" { a = 61 * 187105280; f = 7168 * 3 * (3 * 18432 + 58 * 2048)
        off = $2 / ((a * 16 + f * 4.5) / (a + f)) - 1; found = off < 1e-9 && off > -1e-9 } END { exit !found }' description
    # feed-forward parts of the first and the last layer, matrix by matrix: 30 of 32 layers' at 8 bits
    quantized '{quant_method: "fbgemm_fp8", modules_to_not_convert: [(0, 31) as $i | ("gate", "up", "down") | "model.layers.\($i).mlp.\(.)_proj"]}' \
        llama-3-8b
    awk -F': ' '$1 == "weight_bits" { f = 3 * 14336; a = 4096 * 2 + 1024 * 2
        off = $2 / ((2 * f * 16 + (30 * f + 32 * a) * 8) / (32 * (f + a))) - 1; found = off < 1e-9 && off > -1e-9 } END { exit !found }' description
    # all of it
    quantized '{quant_method: "fp8", ignored_layers: ["re:.*"]}' llama-3-8b -weight_bits
}

@test "what is said of quantization and cannot be represented is refused with the pattern or the key" {
    while IFS=@ read -r file filter text; do
        turned_down ".quantization_config = ($filter)" "$file" "$text"
    done <<'REFUSED'
llama-3-8b@{quant_method: "newest"}@quantization_config.quant_method: 'newest' is not modelled: expected fp8
llama-3-8b@{quant_method: "mxfp4"}@quantization_config: mxfp4 applies to experts, which model_type llama does not have
llama-3-8b@{quant_method: "gptq"}@quantization_config.bits: is missing
llama-3-8b@{quant_method: "gptq", bits: 4, lm_head: true}@lm_head: a quantized output projection
llama-3-8b@{quant_method: "gptq", bits: 4, dynamic: {"-:.*": {}}}@dynamic: rules for single modules
llama-3-8b@{quant_method: "gptq", bits: "4"}@bits: expected an integer from 2 to 8, got "4"
llama-3-8b@{quant_method: "bitsandbytes"}@expected either load_in_4bit or load_in_8bit
llama-3-8b@{quant_method: "modelopt", quant_algo: "MIXED_PRECISION"}@quant_algo: 'MIXED_PRECISION' is not modelled: expected FP8
llama-3-8b@{quant_method: "modelopt", quant_algo: "FP8", kv_cache_quant_algo: "INT2"}@kv_cache_quant_algo: 'INT2' is not modelled
llama-3-8b@{quant_method: "compressed-tensors", config_groups: {a: {}, b: {}}}@config_groups: expected one group
llama-3-8b@{quant_method: "compressed-tensors", config_groups: {a: {targets: ["re:.*q_proj"]}}}@targets: 're:.*q_proj' is not modelled
llama-3-8b@{quant_method: "compressed-tensors", config_groups: {a: {weights: {num_bits: 6, type: "float"}}}}@num_bits: numbers of type float with 6 bits
llama-3-8b@{quant_method: "fp8", ignore: ["model.layers.0.self_attn.q_proj"]}@ignore: only some matrices of the attention of layer 0 are excluded
llama-3-8b@{quant_method: "fp8", ignore: ["model.layers.0.cross_attn"]}@ignore: 'model.layers.0.cross_attn' matches no known part
llama-3-8b@{quant_method: "fp8", ignore: ["re:.*self_attn{2}"]}@is not a supported pattern
llama-3-8b@{quant_method: "fp8", ignore: ["re:(a|(b|c))"]}@is not a supported pattern
llama-3-8b@{quant_method: "fp8", ignore: "lm_head"}@ignore: expected a list of patterns, got "lm_head"
llama-3-8b@{quant_method: "fp8", ignore: [1]}@ignore: expected a string, got 1
mixtral-8x7b@{quant_method: "fp8", ignore: ["model.layers.3.block_sparse_moe.experts.5.w1"]}@excluding single experts
llama-3-8b@"fp8"@quantization_config: expected a map, got "fp8"
REFUSED
    # a pattern that would be tried in more ways than there is time for
    turned_down ".quantization_config = {quant_method: \"fp8\", ignore: [\"re:\" + \".*\" * 30 + \"!\"]}" \
        llama-3-8b 'ignore: too many patterns, or too complex to match'
}

@test "types that cannot be represented are refused with their reason" {
    while read -r type reason; do
        turned_down ".model_type = \"$type\"" llama-3-8b "model_type: $type: " "$reason"
    done <<'TYPES'
t5 a model with an encoder
bart a model with an encoder
bert a model with an encoder
mllama layers that attend to pictures or sound
gemma3n embeddings of each layer
deepseek_v4 keys and values of several tokens that are compressed
nemotron-nas layers of different shapes
mamba layers that keep a state
jamba layers that keep a state
qwen3_next layers that keep a state
qwen3_5_moe layers that keep a state
nemotron_h layers that keep a state
falcon_h1 layers that keep a state
lfm2 layers that keep a state
minimax_text_01 layers that keep a state
TYPES
}

@test "features that cannot be represented are refused with their reason" {
    turned_down '.num_local_experts = 8' llama-3-8b 'num_local_experts: 8: model_type llama has no experts'
    turned_down '.num_experts = 60' llama-3-8b 'num_experts: 60: model_type llama has no experts'
    turned_down '.n_routed_experts = 256' llama-3-8b 'n_routed_experts: 256: model_type llama has no experts'
    turned_down '.moe_num_experts = 16' llama-3-8b 'moe_num_experts: 16: model_type llama has no experts'
    turned_down '.num_experts = "many"' llama-3-8b 'num_experts: expected an integer from 0'
    turned_down '.is_encoder_decoder = true' llama-3-8b 'is_encoder_decoder: a model with an encoder'
    turned_down '.add_cross_attention = true' llama-3-8b 'add_cross_attention: a model with an encoder'
    turned_down '.architectures = ["LlamaForSequenceClassification"]' llama-3-8b \
        "architectures: 'LlamaForSequenceClassification' does not generate text"
    turned_down '.architectures = ["MistralModel"]' mistral-nemo "'MistralModel' does not generate text"
    turned_down . opt-350m 'word_embed_proj_dim: 512 differs from hidden_size (1024)'
}

@test "files beside a config.json that say how weights are quantized" {
    cp "$root/tests/cases/quantized-beside/config.json" config.json
    describe config.json | grep -q '^bytes: 141'
    for file in quantize_config.json quant_config.json; do
        echo '{"bits": 4}' >$file
        refused 1 map_model config.json
        says "config.json: $file of the same folder says that the weights are quantized: add it to config.json as quantization_config"
        rm $file
    done
    while IFS='|' read -r text line; do
        echo "$text" >hf_quant_config.json
        describe config.json >description
        grep -qx "$line" description
    done <<'BESIDE'
{"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "group_size": 16, "exclude_modules": ["lm_head"]}}|weight_bits: 4.5
{"quantization": {"quant_algo": "W4A16_AWQ", "group_size": 128, "has_zero_point": false}}|weight_bits: 4.125
{"quantization": {"quant_algo": "W8A8_SQ_PER_CHANNEL"}}|activation_bits: 8.0
{"quantization": {"quant_algo": null, "kv_cache_quant_algo": "FP8"}}|kv_bits: 8.0
BESIDE
    echo '{"quantization": {"quant_algo": "W4A8_NEWEST"}}' >hf_quant_config.json
    refused 1 map_model config.json
    says "hf_quant_config.json:1:34: quantization.quant_algo: 'W4A8_NEWEST' is not modelled"
    echo '{"quant_algo": "FP8"}' >hf_quant_config.json
    refused 1 map_model config.json
    says 'hf_quant_config.json: quantization: expected a map with quant_algo'
    # what the file itself says goes before
    jq '.quantization_config = {quant_method: "fp8"}' config.json >both.json
    mv both.json config.json
    describe config.json | grep -qx 'weight_bits: 8.0'
    rm hf_quant_config.json
    turned_down '.quantization = {"group_size": 64, "bits": 4}' llama-3-8b 'quantization: MLX quantization is not modelled'
    turned_down '.compression_config = {"format": "int-quantized"}' llama-3-8b 'compression_config.config_groups: expected one group'
}

@test "keys that change sizes and are not modelled are refused where they are set, and passed over where they are not" {
    while IFS='|' read -r key value reason; do
        turned_down ".$key = $value" llama-3-8b "$key: $reason"
        jq -c "(null, false, 0, [], {}) as \$unset | .$key = \$unset" "$hf/llama-3-8b.json" >configs
        [ "$(wc -l <configs)" -eq 5 ]
        while read -r config; do
            map_model - <<<"$config" >/dev/null || fail "$config is refused"
        done <configs
    done <<'KEYS'
kv_lora_rank|512|keys and values are kept as a latent, which model_type llama does not have
num_kv_shared_layers|10|layers that share keys and values
cross_attention_layers|[3, 8]|layers that attend to pictures or sound
compress_ratios|[4]|keys and values of several tokens that are compressed
attn_layer_indices|[1, 3]|layers that keep a state
layers_block_type|["mamba"]|layers that keep a state
block_configs|[{}]|layers of different shapes
pruned_heads|{"1": [2]}|layers of different shapes
peft_type|"LORA"|adapters (LoRA) are not modelled
KEYS
    turned_down '.layer_types = ["full_attention"]' llama-3-8b 'layer_types: 1 types for num_hidden_layers (32)'
    turned_down '.layer_types = [range(32) | "linear_attention"]' llama-3-8b "layer_types: 'linear_attention' is not modelled"
    taken '.layer_types = [range(32) | "full_attention"]' >/dev/null
}

@test "a reason comes before a type that is not known" {
    turned_down '.model_type = "newest" | .block_configs = [{}]' llama-3-8b 'block_configs: layers of different shapes'
    turned_down '.model_type = "newest"' llama-3-8b "model_type: 'newest' is not known; chiplet-cloud-inputs(5) lists the supported types"
    turned_down '.model_type = "lama"' llama-3-8b "model_type: 'lama' is not known; did you mean llama?"
    turned_down 'del(.model_type)' llama-3-8b 'model_type: is missing; chiplet-cloud-inputs(5) lists'
    turned_down '.model_type = ["llama"]' llama-3-8b 'model_type: expected a string, got a list'
    turned_down '.model_type = 3' llama-3-8b 'model_type: expected a string, got 3'
    turned_down '.architectures = "LlamaForCausalLM"' llama-3-8b 'architectures: expected a list of strings'
}

@test "sizes that are missing" {
    for key in hidden_size num_hidden_layers num_attention_heads intermediate_size vocab_size; do
        turned_down "del(.$key)" llama-3-8b "$key: is missing; model_type llama requires it"
        turned_down ".$key = null" llama-3-8b "$key: is null; model_type llama requires it"
    done
    turned_down 'del(.ffn_dim)' opt-6.7b 'ffn_dim: is missing; model_type opt requires it'
    turned_down 'del(.n_embd)' gpt2-xl 'n_embd: is missing; model_type gpt2 requires it'
}

@test "sizes that are no sizes" {
    local pairs=0
    for key in hidden_size num_hidden_layers num_attention_heads intermediate_size vocab_size num_key_value_heads head_dim; do
        for value in 0 -4096 40.5 '"4096"' true '[4096]' '{"a": 1}' 1e300 4096000000 123456789012345678901234567890; do
            # every third pair; ten values to seven keys, so that each value meets some keys and each key some values
            ((++pairs % $(every 3) == 0)) || continue
            turned_down ".$key = $value" llama-3-8b "$key: expected an integer from 1 to "
        done
    done
    turned_down '.num_hidden_layers = 10001' llama-3-8b 'num_hidden_layers: expected an integer from 1 to 10000, got 10001'
    turned_down '.hidden_size = "4096"' llama-3-8b 'got "4096"'
    turned_down '.hidden_size = [1]' llama-3-8b 'got a list'
    turned_down '.hidden_size = {}' llama-3-8b 'got a map'
    turned_down '.word_embed_proj_dim = 0.5' opt-6.7b 'word_embed_proj_dim: expected an integer'
    turned_down '.n_inner = -1' gpt2-xl 'n_inner: expected an integer'
}

@test "sizes that do not divide" {
    turned_down '.num_attention_heads = 33' llama-3-8b 'hidden_size: 4096 is not a multiple of num_attention_heads (33)'
    turned_down '.num_key_value_heads = 5' llama-3-8b \
        'num_key_value_heads: num_attention_heads (32) is not a multiple of 5 key/value heads'
    turned_down '.num_key_value_heads = 64' llama-3-8b 'is not a multiple of 64 key/value heads'
    jq '.num_attention_heads = 12 | .hidden_size = 768 | del(.num_key_value_heads)' "$hf/mistral-nemo.json" >config.json
    refused 1 map_model config.json
    says 'num_key_value_heads: num_attention_heads (12) is not a multiple of 8 key/value heads'
}

@test "flags that are no flags" {
    for value in 1 '"true"' '"no"' '[]'; do
        turned_down ".tie_word_embeddings = $value" llama-3-8b 'tie_word_embeddings: expected true or false, got '
        turned_down ".is_encoder_decoder = $value" llama-3-8b 'is_encoder_decoder: expected true or false'
        turned_down ".multi_query = $value" falcon-7b 'multi_query: expected true or false'
        turned_down ".new_decoder_architecture = $value" falcon-7b 'new_decoder_architecture: expected true or false'
        turned_down ".parallel_attn = $value" falcon-7b 'parallel_attn: expected true or false'
        turned_down ".use_sliding_window = $value" qwen3-8b 'use_sliding_window: expected true or false'
    done
    turned_down '.torch_dtype = 16' llama-3-8b 'torch_dtype: expected a string, got 16'
}

@test "a place is that of the value" {
    printf '{"model_type": "llama",\n  "hidden_size":  -1}\n' >config.json
    refused 1 map_model config.json
    says 'config.json: num_hidden_layers: is missing'
    printf '{"model_type": "llama", "num_hidden_layers": 2,\n  "hidden_size":  -1}\n' >config.json
    refused 1 map_model config.json
    says 'llm-map: config.json:2:19: hidden_size: expected an integer from 1 to 2147483647, got -1'
}

@test "JSON that is cut off anywhere" {
    local size
    size=$(wc -c <"$hf/llama-3-8b.json")
    for ((at = 0; at < size - 2; at += $(every 5) * 5)); do
        head -c "$at" "$hf/llama-3-8b.json" >config.json
        refused 1 map_model config.json
        says config.json
    done
}

@test "JSON that is damaged" {
    while read -r text; do
        echo "$text" >config.json
        refused 1 map_model config.json
        says config.json
    done <<'DAMAGED'
{"model_type": "llama" "hidden_size": 1}
{"model_type": "llama"]
{"model_type": "llama, "hidden_size": 1}
{"model_type": "lla
{"model_type": "llama", "model_type": "llama"}
[{"model_type": "llama"}]
"model_type"
DAMAGED
}

@test "the page lists the types that are taken, and no others; each is that of some config.json here" {
    sed -nE 's/^    \{"([A-Za-z0-9_]+)", (STANDARD_SIZES|GPT_SIZES|MOSAIC_SIZES|LLAMA|DEEPSEEK|\.width).*/\1/p' "$root/common/input/hf_types.c" |
        sort >types
    [ "$(wc -l <types)" -ge 60 ]
    awk '/^\.S[hs]/ { on = /Hugging Face/ } on && /^\.It Li/ { print $3 }' "$root/common/man/chiplet-cloud-inputs.5" | sort | diff types -
    { grep -oh '"model_type": "[^"]*"' "$hf"/*.json | cut -d'"' -f4; defaults | awk '{ print $1 }'; } | sort -u | comm -23 types - >unused
    diff /dev/null unused
}

@test "--describe prints the model as it is understood" {
    run --separate-stderr llm-map --constants "$CONSTANTS" --model "$root/tests/hf/llama-3-8b.json" --describe
    assert_success
    assert_line 'num_layers: 32'
    assert_line 'heads_per_kv_cache: 4.0'
    assert_line 'tied_embeddings: false'
    assert_line --regexp '^parameters: 80[0-9]+\.0$'
}

@test "a study of models from the hub" {
    small_hardware hw.yaml
    for model in qwen2.5-0.5b gpt2-xl; do
        mkdir "$model"
        cp "$root/tests/hf/$model.json" "$model/config.json"
    done
    OUT=out "$root/pipelines/study" hw.yaml qwen2.5-0.5b/config.json gpt2-xl/config.json >table
    for model in qwen2.5-0.5b gpt2-xl; do
        [ -s "out/$model.frontier" ]
        grep -q "^$model " table
    done
}
