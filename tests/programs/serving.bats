#!/usr/bin/env bats
# From a server to a service: several models on a server, service levels, phases apart.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    printf 'num_servers: [12, 48]\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >system.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml >servers
    [ -s servers ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# map WORD...: llm-map on the servers
map() {
    llm-map --constants "$CONSTANTS" "$@" servers
}

@test "several models: for each server one evaluation after the other, each the bytes of a run by itself" {
    for model in megatron gpt2 llama3-8b; do
        map --model "$model" --system system.yaml | rec2json >"$model.json"
        [ -s "$model.json" ]
    done
    map --model megatron --model gpt2 --model llama3-8b --system system.yaml >all
    rec2json all >all.json
    for model in megatron gpt2 llama3-8b; do
        jq -c "select(.model.name == \"$model\")" all.json | jq -Sc . >one
        jq -Sc . "$model.json" | cmp one -
    done
    # server after server, within each the models in the order of the command line
    jq -r '"\(.id) \(.model.name)"' all.json >found
    rec2json servers | jq -r '.id' | while read -r id; do
        for model in megatron gpt2 llama3-8b; do
            ! grep -q "\"$id\"" "$model.json" || echo "$id $model"
        done
    done | cmp found -
    [ "$(wc -l <found)" -gt "$(rec2json servers | wc -l)" ]
}

@test "several models without a system file: each has the divisors of its own layers" {
    rec2json servers | sed -n 1p | json2rec >one
    llm-map --constants "$CONSTANTS" --model megatron --model llama3-8b one | rec2json |
        jq -r '"\(.model.name) \(.model.num_layers) \([.points.num_servers[]] | unique | map(floor) | max)"' >found
    grep -qx 'megatron 72 72' found
    grep -qx 'llama3-8b 32 32' found
}

@test "several models: the same bytes in blocks down to less than a record" {
    job="llm-map --constants $CONSTANTS --model megatron --model gpt2 --system system.yaml"
    bash -c "$job" <servers >whole
    for block in 500 5k 1M; do
        BLOCK=$block "$root/pipelines/parallel-records" stream "$job" <servers | cmp whole -
    done
}

@test "several models: a server that one of them does not fit is rejected for that one, by name; counts are of all" {
    printf 'num_servers: 12\nworkload: {max_batch: 8, eval_len: [64, 32]}\n' >twelve.yaml
    for model in mtnlg megatron; do
        map --model "$model" --system twelve.yaml --rejects "$model.rejects" --stats 2>"$model.stats" >/dev/null
    done
    map --model mtnlg --model megatron --system twelve.yaml --rejects rejects --stats 2>stats >/dev/null
    [ -s mtnlg.rejects ]
    rec2json rejects | jq -r 'select(.reject.model == "mtnlg") | .id' | cmp - <(rec2json mtnlg.rejects | jq -r .id)
    rec2json rejects | jq -c 'select(.reject.model == "megatron")' | wc -l | grep -qx "$(rec2json megatron.rejects | wc -l)"
    rec2json mtnlg.rejects | jq -e '.reject | has("model") | not' >/dev/null
    count() { sed -n "s/^llm-map: stats $2 //p" "$1"; }
    [ "$(count stats in)" -eq "$(count megatron.stats in)" ]
    for of in candidates out; do
        [ "$(count stats $of)" -eq $(($(count mtnlg.stats $of) + $(count megatron.stats $of))) ]
    done
}

@test "--name names the model before it or, where it comes first, the one after it" {
    while IFS='|' read -r words right; do
        # shellcheck disable=SC2086
        run map $words --system system.yaml --describe
        assert_success
        [ "$(sed -n 's/^name: //p' <<<"$output" | paste -s -d ' ')" = "$right" ]
    done <<'CASES'
--model gpt2 --name a|a
--name a --model gpt2|a
--name a --model gpt2 --name b|b
--model gpt2 --name a --name b|b
--model gpt2 --name a --model gpt2|a gpt2
--model gpt2 --model gpt2 --name b|gpt2 b
--model gpt2 --name a --model gpt2 --name b|a b
--name a --model gpt2 --name b --model gpt2|a b
--name a --model gpt2 --model megatron|a megatron
CASES
}

@test "two models of one name are refused with what to do; so are too many, and names without a model" {
    refused 2 map --model gpt2 --model megatron --model gpt2
    says '--model gpt2 and --model gpt2 are both named gpt2: rename one with --name'
    refused 2 map --name a --model gpt2 --model megatron --name b
    says '--name b: expected a --model after it'
    refused 2 map --model gpt2 --model ''
    says '--model takes FILE, not an empty text'
    # shellcheck disable=SC2046
    refused 2 map $(printf -- '--model gpt2 %.0s' {1..257})
    says '--model: the limit is 256 files'
    cp "$root/pipelines/inputs/model/gpt2.yaml" mine.yaml
    refused 2 map --model gpt2 --model mine.yaml --rejects mine.yaml
    says '--rejects mine.yaml is the input mine.yaml'
}

@test "--service-levels: under every bound on the times, the best is that of all mappings" {
    rec2json servers | sed -n '1~2p' | json2rec >half
    costed() {
        llm-map --constants "$CONSTANTS" --model llama3-8b --system levels.yaml --service-levels "$@" half | tco-eval --constants "$CONSTANTS"
    }
    printf 'num_servers: [12, 48]\nworkload: {max_batch: 64, eval_len: [64, 32]}\n' >levels.yaml
    costed >kept
    costed --all-mappings >all
    rows() { rec2csv --flat --fields point.batch "$1" | wc -l; }
    [ "$(rows all)" -gt $(($(rows kept) * 5)) ]
    goals=min:point.usd_per_output_token,min:point.ttft_s,min:point.tpot_s
    pareto --objective "$goals" kept >kept.frontier
    pareto --objective "$goals" all | cmp kept.frontier -
    [ "$(rec2json kept.frontier | wc -l)" -gt 10 ]
    # and of bounds from the middle of what there is, the cheapest
    for bound in ttft_s prefill_latency_s tpot_s generate_latency_s; do
        middle=$(rec2json kept.frontier | jq -s "[.[].point.$bound] | sort | .[length / 3 | floor]")
        pareto --where "point.$bound<=$middle,point.tpot_s<=0.01" --top 1 kept >best
        [ -s best ]
        pareto --where "point.$bound<=$middle,point.tpot_s<=0.01" --top 1 all | cmp best -
    done
}

@test "columns that follow: the same in designs, conditions, objectives and CSV, and as other columns say" {
    map --model megatron --system system.yaml --service-levels | tco-eval --constants "$CONSTANTS" >costed
    pareto --top 100000 costed | rec2json >designs
    fields=point.batch,point.tpot_s,point.tokens_per_s,point.user_tokens_per_s,point.system_usd,point.system_power_w,point.j_per_output_token
    fields+=,point.usd_per_request,point.ttft_s
    rec2csv --flat --fields "id,$fields" costed | sed 1d | sort >from.points
    json2rec designs | rec2csv --fields "id,$fields" | sed 1d | sort | cmp from.points -
    [ -s from.points ]
    jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * $b;
        map(near(.point.tpot_s; .point.batch / .point.generate_tokens_per_s)
            and near(.point.user_tokens_per_s * .point.tpot_s; 1)
            and near(.point.tokens_per_s; .point.batch * 32 / (.point.prefill_latency_s + .point.generate_latency_s))
            and near(.point.system_usd; .point.num_servers * .server.cost_usd)
            and near(.point.system_power_w; .point.num_servers * .server.tdp_w)
            and near(.point.j_per_output_token; (.point.prefill_energy_j + .point.generate_energy_j) / (.point.batch * 32))
            and near(.point.usd_per_request; .point.usd_per_output_token * 32)
            and .point.ttft_s <= .point.prefill_latency_s
            and (.point.batch > .point.prefill_micro_batch or .point.ttft_s == .point.prefill_latency_s)) | all' designs >/dev/null
    # a design is its own again, and the frontier of frontiers that of the whole
    pareto --where 'point.tokens_per_s>=1000' --objective max:point.tokens_per_s,min:point.ttft_s costed >frontier
    [ -s frontier ]
    pareto --where 'point.tokens_per_s>=1000' --objective max:point.tokens_per_s,min:point.ttft_s frontier | cmp frontier -
}

@test "energy adds up: its parts, that of a token by all tokens, and what servers draw beside it" {
    map --model megatron --system system.yaml --breakdown | tco-eval --constants "$CONSTANTS" | pareto --objective min:point.batch,min:point.usd_per_output_token,min:point.prefill_latency_s >costed
    rec2json costed | jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * $b;
        length > 0 and all(.server.other_power_w as $other | .point | . as $p
            | near(.prefill_fma_j + .prefill_memory_j + .prefill_network_j; .prefill_energy_j)
            and near(.generate_fma_j + .generate_memory_j + .generate_network_j; .generate_energy_j)
            and near(.j_per_output_token * .batch * 32; .prefill_energy_j + .generate_energy_j)
            # at the wall, of converters and supplies of 95 % each
            and near(.prefill_power_w * .prefill_latency_s; .prefill_energy_j / (0.95 * 0.95) + .num_servers * $other * .prefill_latency_s)
            and near(.generate_power_w * .generate_latency_s; .generate_energy_j / (0.95 * 0.95) + .num_servers * $other * .generate_latency_s)
            and near(.tokens_per_s * .j_per_output_token; (.prefill_energy_j + .generate_energy_j) / (.prefill_latency_s + .generate_latency_s)))' >/dev/null
}

@test "columns that follow: evaluations keep their bytes, and a record's own column goes before" {
    map --model megatron --system system.yaml | rec2json | jq -e '.points | has("tpot_s") or has("ttft_s") | not' >/dev/null
    map --model megatron --system system.yaml | rec2json | sed -n 1p | jq -c '.points.tpot_s = (.points.batch | map(7))' | json2rec >own
    pareto --objective min:point.tpot_s own | rec2json | jq -e '.point.tpot_s == 7' >/dev/null
    # without the columns that it follows from there is none, and it is no field
    rec2json own | jq -c 'del(.points.tpot_s, .points.generate_tokens_per_s)' | json2rec >without
    pareto --objective min:point.batch without | rec2json | jq -e '.point | has("tpot_s") | not' >/dev/null
    refused 1 pareto --objective min:point.tpot_s without
    says 'no record has the field point.tpot_s'
    # what comes to no number is missing
    rec2json own | jq -c 'del(.points.tpot_s) | .points.generate_tokens_per_s |= map("fast")' | json2rec >words
    run --separate-stderr pareto --objective min:point.tpot_s words
    assert_success
    assert_output ''
    says 'without a field that --objective names'
}

# It is the prefill's: tco_usd of a server over SrvLife (1.5 years) for the time of a batch, over batch and tokens.
@test "an answer of one token has a cost, a fleet and carbon; nothing follows the first token" {
    printf 'num_servers: 12\nworkload: {max_batch: 4, eval_len: [64, 1]}\n' >one.yaml
    map --model megatron --system one.yaml >one
    tco-eval --constants "$CONSTANTS" --demand 1000tokens/s --carbon 7nm one >costed
    rec2json costed | jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * $b;
        length > 0 and all(.points | [.batch, .tco_usd, .usd_per_output_token, .usd_per_input_token, .prefill_latency_s, .generate_latency_s,
                                      .kg_per_output_token, .instances, .fleet_load] | transpose | all(
            . as [$batch, $tco, $output, $input, $prefill, $generate, $kg, $instances, $load] | $generate == 0 and $kg > 0
            and near($output; $tco * 12 / (1.5 * 365 * 24 * 3600) * $prefill / $batch) and near($output; 64 * $input)
            and near($load * $instances; 1000 * $prefill / $batch)))' >/dev/null
    pareto costed | rec2json | jq -es 'length > 0 and all(.point | .tpot_s == 0 and .user_tokens_per_s == null)' >/dev/null
}

@test "a service level that no record has says what writes it" {
    map --model megatron --system system.yaml >plain
    refused 1 pareto --objective min:point.generate_latency_s --where 'point.ttft_s<=1' plain
    says 'no record has the field point.ttft_s, which --where names; llm-map --service-levels writes it'
    refused 1 pareto --objective min:point.tokens_per_sec plain
    says 'did you mean point.tokens_per_s?'
}
