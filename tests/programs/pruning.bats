#!/usr/bin/env bats
# What llm-map --frontier leaves out: nothing of the frontier, however servers are split, and it says where it cannot.
# shellcheck disable=SC2154 # helper.bash assigns root

COLUMNS=usd_per_output_token,generate_latency_s

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    chiplet-gen --constants "$CONSTANTS" --shard 20/64 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    [ -s servers ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# frontier OPTION...: of the standard input
frontier() {
    llm-map --constants "$CONSTANTS" "$@" | tco-eval --constants "$CONSTANTS" "${conventions[@]}" | pareto
}

# same MODEL SERVERS OPTION...: whether the frontier is that of everything
same() {
    local model=$1 servers=$2
    shift 2
    conventions=("$@")
    frontier --model "$model" "$@" <"$servers" >whole
    frontier --model "$model" --frontier "$COLUMNS" "$@" <"$servers" >pruned
    [ -s whole ] && cmp whole pruned
}

@test "the frontier is the same bytes, of dense models and of experts, corrected and as published" {
    for model in gpt3 palm; do
        same "$model" servers
        same "$model" servers --as-published
    done
    rec2json servers | sed -n '1~9p' | json2rec >few
    same deepseek-v3 few
    same gpt-oss-120b few
}

@test "likewise on what is sold, with measured constants and without" {
    for hardware in a100 b200 gpu-3d-dram h100 h200 hbm-explore mi300x tpuv4 tpuv5e tpuv5p; do
        CONSTANTS=$root/pipelines/inputs/constants/7nm.yaml
        grep -q '^Constants: 5nm' "$root/pipelines/inputs/hardware/$hardware.yaml" &&
            CONSTANTS=$root/pipelines/inputs/constants/5nm.yaml
        hardware=$root/pipelines/inputs/hardware/$hardware.yaml
        chiplet-gen --constants "$CONSTANTS" "$hardware" |
            server-pack --constants "$CONSTANTS" --hardware "$hardware" >sold 2>/dev/null
        [ -s sold ] || continue
        compared=$((${compared:-0} + 1))
        same llama3-8b sold
        same llama2 sold --as-published
    done
    [ "$compared" -ge 8 ]
}

@test "parts give the frontier of the whole" {
    conventions=()
    frontier --model gpt3 <servers >whole
    for part in 1 2 3; do
        rec2json servers | awk -v part="$part" 'NR % 3 == part - 1' | json2rec | frontier --model gpt3 --frontier "$COLUMNS"
    done >parts
    # the points in another order: sorted
    pareto parts | rec2json | sort >a
    rec2json whole | sort >b
    [ -s b ] && cmp a b
}

@test "several models are pruned each by itself" {
    conventions=()
    frontier --model gpt3 --model llama2 <servers | rec2json | sort >both
    frontier --model gpt3 --model llama2 --frontier "$COLUMNS" <servers | rec2json | sort >pruned
    [ -s both ] && cmp both pruned
}

@test "pruned servers are counted apart from rejected ones" {
    counts() {
        llm-map --constants "$CONSTANTS" --model mtnlg --stats "$@" servers 2>&1 >/dev/null | cut -d' ' -f3-
    }
    counts >all
    counts --frontier "$COLUMNS" >pruned
    out=$(awk '$1 == "out" { print $2 }' all)
    [ "$out" -gt 100 ]
    awk -v out="$out" '$1 == "out" || $1 == "pruned" { n += $2; what++ } END { exit !(n == out && what == 2) }' pruned
    diff <(grep -v -e '^out' -e '^pruned' all) <(grep -v -e '^out' -e '^pruned' pruned)
}

@test "where nothing can be left out it says so, and leaves nothing out" {
    rec2json servers | head -n 3 | json2rec >three
    # says REASON OPTION...: the same bytes, and why
    says_why() {
        local reason=$1
        shift
        llm-map --constants "$CONSTANTS" --model gpt2 "$@" three >whole
        run --separate-stderr bash -c 'llm-map --constants "$1" --model gpt2 --frontier "$2" "${@:3}" three >all' - "$CONSTANTS" "$COLUMNS" "$@"
        assert_success
        [ "$stderr" = "llm-map: --frontier: nothing is left out: $reason" ]
        [ -s whole ] && cmp whole all
    }
    printf 'num_servers: 1\nenergy_model: false\n' >no-energy.yaml
    printf 'num_servers: [2, 4]\nsub_sys_num_servers: 1\n' >parts.yaml
    printf 'num_servers: 1\noverlap: two_batch\n' >halves.yaml
    printf 'num_servers: 1\noverheads: {hidden_share: 0.5}\n' >hidden.yaml
    printf 'num_servers: 48\ndefault_mapping: {t: 24, p: 48, micro_batch: 0, prefill_micro_batch: 0}\n' >given.yaml
    says_why 'the energy model is off' --system no-energy.yaml
    says_why 'sub-systems prefill' --system parts.yaml
    says_why 'halves of a micro-batch overlap' --system halves.yaml
    says_why 'products hide collectives' --system hidden.yaml
    says_why 'the mapping is given' --system given.yaml
    says_why 'every mapping is asked for' --all-mappings
    says_why 'service levels are asked for' --service-levels
}

@test "--frontier takes the columns that it knows" {
    refused 2 llm-map --constants "$CONSTANTS" --model gpt2 --frontier usd_per_output_token,ttft_s servers
    says "--frontier usd_per_output_token,ttft_s: expected usd_per_output_token,generate_latency_s"
}
