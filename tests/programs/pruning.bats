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
}

# reduced OBJECTIVE OPTION... -- COSTING... -- REDUCING...: the frontier of gpt3 on the servers, whose mappings are those of --service-levels
reduced() {
    local objective=$1 mapping=() costing=()
    shift
    while [ "$1" != -- ]; do
        mapping+=("$1")
        shift
    done
    shift
    while [ "$1" != -- ]; do
        costing+=("$1")
        shift
    done
    shift
    llm-map --constants "$CONSTANTS" --model "${MODEL:-gpt3}" "${mapping[@]}" "${SERVERS:-servers}" |
        tco-eval --constants "$CONSTANTS" "${costing[@]}" | pareto --objective "$objective" "$@"
}

@test "pairs of a cost and any time, or several, give the same bytes as every mapping of service levels" {
    usd=min:point.usd_per_output_token
    for columns in ttft_s tpot_s prefill_latency_s ttft_s,tpot_s generate_latency_s,ttft_s; do
        objective=$usd,min:point.${columns//,/,min:point.}
        reduced "$objective" --service-levels -- -- >whole
        reduced "$objective" --frontier "usd_per_output_token,$columns" --stats -- -- >pruned 2>said
        [ -s whole ] && cmp whole pruned
        [ "$(awk '$3 == "pruned" { print $4 }' said)" -gt 0 ]
    done
}

@test "with limits on times, the cheapest and the frontier among what keeps them" {
    usd=min:point.usd_per_output_token
    for where in 'point.ttft_s<=0.05' 'point.ttft_s<=0.2,point.tpot_s<0.002' 'point.generate_latency_s<=0.3' 'point.prefill_latency_s<=0.1'; do
        for columns in '' ,generate_latency_s; do
            objective=$usd${columns:+,min:point.${columns#,}}
            reduced "$objective" --service-levels -- -- --where "$where" >whole
            reduced "$objective" --frontier "usd_per_output_token$columns" --where "$where" -- -- --where "$where" >pruned
            [ -s whole ] && cmp whole pruned
        done
    done
    # limits alone leave all that keeps them
    reduced "$usd" --service-levels -- -- --where 'point.ttft_s<=0.05' --top 100000 >whole
    reduced "$usd" --where 'point.ttft_s<=0.05' --stats -- -- --where 'point.ttft_s<=0.05' --top 100000 >pruned 2>said
    [ -s whole ] && cmp whole pruned
    [ "$(awk '$3 == "pruned" { print $4 }' said)" -gt 0 ]
}

@test "the cost at a demand, of whole systems: of every mapping, also slower ones that take less energy" {
    usd=min:point.demand_usd_per_output_token
    for demand in 1000tokens/s 3000000tokens/s '20 requests/s'; do
        reduced "$usd,min:point.ttft_s,min:point.tpot_s" --service-levels --all-mappings -- --demand "$demand" -- >whole
        reduced "$usd,min:point.ttft_s,min:point.tpot_s" --frontier demand_usd_per_output_token,ttft_s,tpot_s --demand "$demand" \
            -- --demand "$demand" -- >pruned
        [ -s whole ] && cmp whole pruned
    done
    CONSTANTS=$root/pipelines/inputs/constants/5nm.yaml
    hardware=$root/pipelines/inputs/hardware/h100.yaml
    chiplet-gen --constants "$CONSTANTS" "$hardware" | server-pack --constants "$CONSTANTS" --hardware "$hardware" >servers.h100
    printf 'num_servers: 1\ninstances_per_server: 4\nworkload: {eval_len: [64, 32]}\n' >parts.yaml
    MODEL=llama3-8b SERVERS=servers.h100
    reduced "$usd,min:point.tpot_s" --system parts.yaml --service-levels --all-mappings -- --demand 5000tokens/s --bought -- >whole
    reduced "$usd,min:point.tpot_s" --system parts.yaml --frontier demand_usd_per_output_token,tpot_s --demand 5000tokens/s -- \
        --demand 5000tokens/s --bought -- >pruned
    [ -s whole ] && cmp whole pruned
}

@test "several systems, lists of batches, numbers of servers by memory and price" {
    conventions=()
    printf 'num_servers: [2, 4, 6, 12, 24]\nworkload: {batches: [24, 100, 7]}\nio_bandwidth_efficiency: [0.5, 1]\n' >a.yaml
    printf 'kv_cache_ratio: 0.3\n' >b.yaml
    printf 'max_tco: 200000\n' >c.yaml
    for system in a b c; do
        frontier --model gpt3 --system $system.yaml <servers >whole
        frontier --model gpt3 --system $system.yaml --frontier "$COLUMNS" <servers >pruned
        [ -s whole ] && cmp whole pruned
    done
}

@test "--frontier, --where and --demand take what they know" {
    map() {
        refused 2 llm-map --constants "$CONSTANTS" --model gpt2 "$@" servers
    }
    frontiers='expected usd_per_output_token or demand_usd_per_output_token, then any of generate_latency_s, prefill_latency_s, ttft_s, tpot_s'
    for columns in ttft_s usd_per_input_token,ttft_s usd_per_output_token,ttft_s,ttft_s usd_per_output_token,batch; do
        map --frontier "$columns"
        says "--frontier $columns: $frontiers"
    done
    map --frontier demand_usd_per_output_token,ttft_s
    says '--frontier demand_usd_per_output_token: expected --demand, as of tco-eval'
    map --demand 10tokens/s
    says '--demand: expected --frontier demand_usd_per_output_token with it'
    map --frontier demand_usd_per_output_token --demand 0tokens/s
    says '--demand 0tokens/s: there is nothing to serve'
    for where in 'point.batch<=8' 'point.ttft_s>=1' 'ttft_s<=1' 'point.ttft_s=x'; do
        map --where "$where"
        says "--where $where: expected limits on times: point.ttft_s<=NUMBER, or tpot_s, generate_latency_s, prefill_latency_s"
    done
}
