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

# Published parameters: file of tests/hf, count. Exact ones are those of the weights on the hub (safetensors), as
# repeated in copies of its listings, or of the source named. Of Falcon the hub's weights hold the output projection,
# which is the input embedding, a second time (7,217,189,760, 41,835,970,560 and 179,522,565,120): here it is counted
# once.
parameters() {
    cat <<'TABLE'
llama-2-7b       6738415616    hub
llama-2-70b      68976648192   hub
llama-3-8b       8030261248    hub
llama-3-70b      70553706496   hub
llama-3.1-405b   405853388800  hub
mistral-7b-v0.1  7241732096    hub
mistral-7b-v0.3  7248023552    hub
mistral-nemo     12247782400   hub
qwen2.5-0.5b     494032768     hub
qwen2.5-7b       7615616512    hub
qwen2.5-72b      72706203648   hub
qwen3-8b         8190735360    hub
gemma-2b         2506172416    hub, KerasHub
gemma-7b         8537680896    hub, KerasHub
gemma-2-9b       9241705984    hub, KerasHub
gemma-2-27b      27227128320   hub, KerasHub
gemma-3-1b       999885952     hub, KerasHub
phi-2            2779683840    hub
phi-3-mini-4k    3821079552    hub, KerasHub
pythia-6.9b      6857302016    hub
gpt-neox-20b     20554567680   model card
opt-6.7b         6.7e9         arXiv 2205.01068, table 1
opt-66b          66e9          arXiv 2205.01068, table 1
falcon-7b        6921720704    hub, less 65024 * 4544
falcon-40b       41303293952   hub, less 65024 * 8192
falcon-180b      178557088768  hub, less 65024 * 14848
gpt2-xl          1557611200    hub, KerasHub
gpt-j-6b         6050882784    hub
starcoder2-3b    3.03e9        hub, rounded
stablelm-2-1.6b  1644515328    hub
olmo-7b          6888095744    hub
command-r-35b    35e9          model card
TABLE
}

# Figures that decide the cost beside the count: query heads to a key/value head, head width, feed-forward width,
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

# The smallest config.json of a type: what it has, and what its class then says (query heads to a key/value head, head
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
    local place='^llm-map: config\.json:([0-9]+:[0-9]+: [_a-z]+: | [_a-z]+: is missing)'
    [[ $stderr =~ $place ]] || fail "no place: $stderr"
}

@test "each config.json has a published count and a shape" {
    for file in "$hf"/*.json; do
        basename "$file" .json
    done | grep -v '^opt-350m$' | sort >files
    parameters | awk '{ print $1 }' | sort | diff files -
    shapes | awk '{ print $1 }' | sort | diff files -
}

@test "released models have their published number of parameters" {
    while read -r name published _; do
        echo "$name $published $(model_of "$hf/$name.json" | jq .parameters)"
    done < <(parameters) >lines
    run awk 'NF != 3 { print "malformed: " $0; bad++; next }
         { off = $3 / $2 - 1; if (off < 0) off = -off }
         off > 0.01 { printf "%s: %s, published %s, off by %.2f %%\n", $1, $3, $2, 100 * off; bad++ }
         END { exit bad > 0 || NR < 32 }' lines
    assert_success
}

@test "a model without norms, biases and learned positions comes to its exact count" {
    [ "$(model_of "$hf/olmo-7b.json" | jq .parameters)" -eq 6888095744 ]
}

@test "released models have their shape" {
    while read -r name _; do
        model_of "$hf/$name.json" | jq -r --arg name "$name" '"\($name) \(.heads_per_kv_cache) \(.d_head) \(.d_ff) " +
            "\(.act) \(.bytes_per_number) \(.parallel_layers) \(.tied_embeddings)"'
    done < <(shapes) >got
    shapes | tr -s ' ' | diff - got
}

@test "a config.json gives what the model file of the same model gives" {
    while read -r config model; do
        map_model "$hf/$config.json" >evaluation
        rec2json evaluation | jq 'del(.model.name)' >from_config
        map_model "$root/pipelines/inputs/model/$model.yaml" >evaluation
        rec2json evaluation | jq 'del(.model.name)' | cmp from_config -
    done <<'PAIRS'
llama-2-70b llama2-70b
llama-3-8b llama3-8b
llama-3-70b llama3-70b
llama-3.1-405b llama3-405b
mistral-7b-v0.1 mistral-7b
qwen2.5-72b qwen2.5-72b
PAIRS
}

@test "keys that are missing have the default of their class" {
    while read -r type _; do
        jq -n --arg type "$type" "$all_names"' + {model_type: $type}' >config.json
        model_of config.json --name "$type" | jq -r '"\(.name) \(.heads_per_kv_cache) \(.d_head) \(.d_ff) \(.act) " +
            "\(.parallel_layers) \(.tied_embeddings)"'
    done < <(defaults) >got
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

# A window of 4096 tokens: contexts up to it are as without one, longer ones are refused before anything is read.
@test "a sliding window bounds the context" {
    for lens in '[4000, 96]' '[1, 4095]'; do
        echo "{num_servers: 2, workload: {max_batch: 1, eval_len: $lens}}" >system.yaml
        model_of "$hf/mistral-7b-v0.1.json"
        rec2json evaluation | jq 'del(.model)' >windowed
        taken '.sliding_window = null' mistral-7b-v0.1
        rec2json evaluation | jq 'del(.model)' | cmp windowed -
    done
    for lens in '[4000, 97]' '[[64, 32], [4096, 1]]' '[9007199254740992, 9007199254740992]'; do
        echo "{num_servers: 2, workload: {max_batch: 1, eval_len: $lens}}" >system.yaml
        refused 1 map_model "$hf/mistral-7b-v0.1.json"
        says 'mistral-7b-v0.1.json: sliding_window: this model is modelled up to a context of 4096 tokens; system.yaml has'
    done
    echo '{max_ctx_len_batch_1: 4097, workload: {max_batch: 1}}' >system.yaml
    refused 1 map_model "$hf/mistral-7b-v0.1.json"
    says 'system.yaml has one of 4097'
    map_model "$hf/mistral-7b-v0.3.json" >evaluation
    echo '{max_ctx_len_batch_1: 4096, workload: {max_batch: 1}}' >system.yaml
    model_of "$hf/mistral-7b-v0.1.json"
}

@test "the default workload is held against a window too" {
    jq '.sliding_window = 255' "$hf/gemma-3-1b.json" >config.json
    refused 1 llm-map --constants "$CONSTANTS" --model config.json "$servers"
    says 'up to a context of 255 tokens; the default workload has one of 256'
}

# windowed FILTER FILE: the window with which a context of 5000 tokens is refused, or 0.
windowed() {
    jq "$1" "$hf/$2.json" >config.json
    run --separate-stderr map_model config.json
    sed -n 's/.*up to a context of \([0-9]*\) tokens.*/\1/p' <<<"$stderr" | grep . || echo "$((status * 1000000))"
}

@test "a window counts where the type uses it" {
    echo '{num_servers: 2, workload: {max_batch: 1, eval_len: [4000, 1000]}}' >system.yaml
    while read -r window file filter; do
        [ "$(windowed "$filter" "$file")" = "$window" ] || fail "$file: $(windowed "$filter" "$file"), not $window"
    done <<'WINDOWS'
4096 mistral-7b-v0.1 .
4096 mistral-7b-v0.1 del(.sliding_window)
0    mistral-7b-v0.3 .
0    mistral-nemo    .
0    llama-3-8b      .sliding_window = 100
0    qwen2.5-0.5b    .
4096 qwen2.5-0.5b    del(.sliding_window) | .use_sliding_window = true
100  qwen2.5-0.5b    .sliding_window = 100 | .use_sliding_window = true
0    qwen3-8b        .sliding_window = 100
0    qwen3-8b        .use_sliding_window = true
0    gemma-7b        .
4096 gemma-2-9b      .
4096 gemma-2-27b     del(.sliding_window)
512  gemma-3-1b      .
2047 phi-3-mini-4k   .
0    phi-3-mini-4k   del(.sliding_window)
0    phi-3-mini-4k   .sliding_window = 262144
4096 starcoder2-3b   .
0    starcoder2-3b   del(.sliding_window)
WINDOWS
    turned_down '.sliding_window = 0' mistral-7b-v0.1 'sliding_window: expected an integer from 1 to'
}

@test "types that cannot be represented are refused with their reason" {
    while read -r type reason; do
        turned_down ".model_type = \"$type\"" llama-3-8b "model_type: $type: " "$reason"
    done <<'TYPES'
mixtral a mixture of experts
qwen2_moe a mixture of experts
deepseek_v3 a mixture of experts
t5 a model with an encoder
bart a model with an encoder
bert a model with an encoder
gemma3 a model of several media
llava a model of several media
mamba layers that keep a state
jamba layers that keep a state
TYPES
}

@test "features that cannot be represented are refused with their reason" {
    turned_down '.num_local_experts = 8' llama-3-8b 'num_local_experts: 8: a mixture of experts'
    turned_down '.num_experts = 60' llama-3-8b 'num_experts: 60: a mixture of experts'
    turned_down '.n_routed_experts = 256' llama-3-8b 'n_routed_experts: 256: a mixture of experts'
    turned_down '.moe_num_experts = 16' llama-3-8b 'moe_num_experts: 16: a mixture of experts'
    turned_down '.num_experts = "many"' llama-3-8b 'num_experts: expected an integer from 0'
    turned_down '.is_encoder_decoder = true' llama-3-8b 'is_encoder_decoder: a model with an encoder'
    turned_down '.add_cross_attention = true' llama-3-8b 'add_cross_attention: a model with an encoder'
    turned_down '.vision_config = {"depth": 3}' llama-3-8b 'vision_config: a model of several media'
    turned_down '.text_config = {}' llama-3-8b 'text_config: a model of several media'
    turned_down '.audio_config = {}' llama-3-8b 'audio_config: a model of several media'
    turned_down '.quantization_config = {"quant_method": "fp8"}' llama-3-8b \
        'quantization_config: quantized weights' 'weights, activations and key/value cache have one size'
    turned_down '.architectures = ["LlamaForSequenceClassification"]' llama-3-8b \
        "architectures: 'LlamaForSequenceClassification' does not generate text"
    turned_down '.architectures = ["MistralModel"]' mistral-nemo "'MistralModel' does not generate text"
    turned_down . opt-350m 'word_embed_proj_dim: 512 is not hidden_size (1024)'
}

@test "what says elsewhere that weights are quantized is refused, by the file or the key" {
    refused 1 map_model "$root/tests/cases/quantized-beside"
    says 'quantized-beside/config.json: hf_quant_config.json beside it says that the weights are quantized'
    says 'give a model file of ours with that size as bytes_per_number, or a copy without hf_quant_config.json'
    cp "$root/tests/cases/quantized-beside/config.json" config.json
    model_of config.json | jq -e '.bytes > 141e9 and .bytes < 142e9'
    for file in quantize_config.json quant_config.json; do
        echo '{"bits": 4}' >$file
        refused 1 map_model config.json
        says "config.json: $file beside it"
        rm $file
    done
    turned_down '.compression_config = {"format": "int-quantized"}' llama-3-8b 'compression_config: quantized weights'
    turned_down '.quantization = {"group_size": 64, "bits": 4}' llama-3-8b 'quantization: quantized weights'
}

@test "keys that change sizes and are not modelled are refused where they are set, and passed over where they are not" {
    while IFS='|' read -r key value reason; do
        turned_down ".$key = $value" llama-3-8b "$key: $reason"
        for unset in null false 0 '[]' '{}'; do
            taken ".$key = $unset" >/dev/null || fail "$key = $unset is refused"
        done
    done <<'KEYS'
kv_lora_rank|512|keys and values that are compressed
num_kv_shared_layers|10|layers that share keys and values
num_nextn_predict_layers|1|layers that predict further tokens
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
    turned_down '.model_type = "newest" | .num_experts = 4' llama-3-8b 'num_experts: 4: a mixture of experts'
    turned_down '.model_type = "newest"' llama-3-8b "model_type: 'newest' is not one of: llama, mistral, qwen2" cohere
    turned_down 'del(.model_type)' llama-3-8b 'model_type: is missing; expected one of: llama, '
    turned_down '.model_type = ["llama"]' llama-3-8b 'model_type: expected a string, got a list'
    turned_down '.model_type = 3' llama-3-8b 'model_type: expected a string, got 3'
    turned_down '.architectures = "LlamaForCausalLM"' llama-3-8b 'architectures: expected a list of strings'
}

@test "sizes that are missing" {
    for key in hidden_size num_hidden_layers num_attention_heads intermediate_size vocab_size; do
        turned_down "del(.$key)" llama-3-8b "$key: is missing; model_type llama needs it"
        turned_down ".$key = null" llama-3-8b "$key: is null; model_type llama needs it"
    done
    turned_down 'del(.ffn_dim)' opt-6.7b 'ffn_dim: is missing; model_type opt needs it'
    turned_down 'del(.n_embd)' gpt2-xl 'n_embd: is missing; model_type gpt2 needs it'
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
