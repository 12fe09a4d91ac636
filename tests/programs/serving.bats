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
    says '--model gpt2 and --model gpt2 are both named gpt2: give one another name with --name'
    refused 2 map --name a --model gpt2 --model megatron --name b
    says '--name b: expected a --model after it'
    refused 2 map --model gpt2 --model ''
    says '--model takes FILE, not an empty text'
    # shellcheck disable=SC2046
    refused 2 map $(printf -- '--model gpt2 %.0s' {1..257})
    says '--model is given more than 256 times'
    cp "$root/pipelines/inputs/model/gpt2.yaml" mine.yaml
    refused 2 map --model gpt2 --model mine.yaml --rejects mine.yaml
    says '--rejects mine.yaml is the input mine.yaml'
}
