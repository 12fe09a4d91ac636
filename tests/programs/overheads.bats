#!/usr/bin/env bats
# What chip and software take beyond the peak figures: keys of hardware and system files, what records say of them, constants
# that are calibrated, all-reduces over switches and meshes, systems that share a server.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    # as h100, without what it may have of all this
    awk '/^ *#/ { next } /^  (calibrated|overheads|allreduce_algo):/ { inside = 1; next } /^ ? ?[^ ]/ { inside = 0 } !inside' \
        "$root/pipelines/inputs/hardware/h100.yaml" >bare.yaml
    chiplet-gen bare.yaml | server-pack --hardware bare.yaml >servers
    [ -s servers ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# map SYSTEM [OPTION]...: evaluations of Llama-3-8B on the servers under a system
map() {
    printf '%s\n' "$1" >system.yaml
    llm-map --constants 5nm --model llama3-8b --system system.yaml "${@:2}" "${servers:-servers}"
}

# the lines of one mapping: a chip of a server of eight, batches of 1 and 8
one='num_servers: 1
default_mapping: {t: 1, p: 1, micro_batch: 0, prefill_micro_batch: 0}
workload: {batches: [1, 8], eval_len: [128, 64]}'
two=${one/t: 1/t: 2}

# column NAME: its values, of evaluations
column() {
    rec2json | jq -c ".points.$1"
}

# differs A B BY: whether two lists of numbers differ by as much
by() {
    jq -en --argjson a "$1" --argjson b "$2" --argjson by "$3" \
        '[$a, $b] | transpose | map(.[1] - .[0] - $by | fabs < 1e-9 * $by) | all' >/dev/null || fail "$1 to $2 is not $3 each"
}

@test "a system without overheads says nothing of them, one with overheads what was used" {
    run bash -c "$(declare -f map); map '$one' | rec2json | jq -c '.system | [has(\"overheads\"), has(\"instances_per_server\")]'"
    assert_output '[false,false]'
    map "$one" --breakdown | rec2json | jq -e '.points | has("prefill_fixed_s") | not' >/dev/null
    map "$one
overheads: {op_s: 1e-6, exposed_share: 0.25}" --breakdown >with
    rec2json with | jq -e '.system.overheads == {op_s: 1e-6, exposed_share: 0.25}' >/dev/null
    rec2json with | jq -e '.points | [.generate_compute_s, .generate_load_s, .generate_communication_s, .generate_fixed_s] | transpose | map(add) |
        map(. > 0) | all' >/dev/null
}

@test "fixed times: 32 layers of ten operators and the output; the pass, and each request of it" {
    before=$(map "$one" | column prefill_latency_s)
    by "$before" "$(map "$one
overheads: {op_s: 1e-3}" | column prefill_latency_s)" 0.321
    by "$before" "$(map "$one
overheads: {pass_s: 0.25}" | column prefill_latency_s)" 0.25
    after=$(map "$one
overheads: {request_s: 0.125}" | column prefill_latency_s)
    jq -en --argjson a "$before" --argjson b "$after" '($b[0] - $a[0] - 0.125 | fabs < 1e-9) and ($b[1] - $a[1] - 1 | fabs < 1e-9)' >/dev/null
    before=$(map "$two" | column prefill_latency_s)
    by "$before" "$(map "$two
overheads: {collective_s: 1e-3}" | column prefill_latency_s)" 0.064
}

@test "alternatives of overheads are systems of their own; each overhead takes no less time" {
    map "$two" | column generate_latency_s >bare
    for overhead in 'op_s: [1e-6, 2e-6]' 'attention_bandwidth_share: [0.9, 0.5]' 'attention_fill: [200, 400]' 'attention_shared_heads: [3, 1]' \
        'activation_traffic: [1, 2]' 'exposed_share: [0.2, 0.9]'; do
        map "$two
overheads: {$overhead}" | column generate_latency_s >with
        [ "$(wc -l <with)" -eq 2 ]
        jq -es 'transpose | map(.[0] < .[1] and .[1] < .[2]) | all' bare with >/dev/null || fail "$overhead: $(cat bare with)"
    done
    map "$two
overheads: {score_traffic: [1, 5]}" >scores
    column generate_latency_s <scores | uniq -c | grep -q '^ *2'
    [ "$(column prefill_latency_s <scores | sort -u | wc -l)" -eq 2 ]
    map "$two
overheads: {hidden_share: [0.5, 1]}" | column generate_latency_s >hidden
    jq -es 'transpose | map(.[0] > .[1] and .[1] > .[2]) | all' bare hidden >/dev/null
}

@test "what fixed times bind is said so" {
    run bash -c "$(declare -f map); map '$one
overheads: {op_s: [1e-9, 1]}' --breakdown | rec2json | jq -r '.points.generate_bottleneck[0]'"
    assert_output $'memory\noverhead'
}

@test "with overheads too the search keeps the frontier of all mappings" {
    all='num_servers: [1, 2, 4]
workload: {max_batch: 32, eval_len: [256, 128]}
overheads: {op_s: 3e-6, collective_s: 1e-5, pass_s: 6e-4, request_s: 6e-6, attention_fill: 25, attention_shared_heads: 2.2, activation_traffic: 1,
  exposed_share: 0.35, hidden_share: 0.4, memory_reserved_share: 0.1}'
    for option in --price-range=3 --all-mappings; do
        map "$all" $option | tco-eval --constants 5nm | pareto --group point.num_servers,point.batch
    done >frontiers
    [ "$(rec2csv frontiers | wc -l)" -gt 30 ]
    rec2csv frontiers | sed 1d | sort | uniq -c | awk '$1 != 2 { exit 1 }'
}

@test "memory that is held back: fewer requests fit, at last none" {
    most() {
        map "num_servers: 1
instances_per_server: 8
workload: {max_batch: 4096, eval_len: [1024, 1024]}
overheads: {$1}" --rejects rejects 2>/dev/null | rec2json | jq '.points.batch | max'
    }
    all=$(most 'op_s: 0') some=$(most 'memory_reserved_share: 0.6') less=$(most 'memory_reserved_bytes: 60e9, sram_cache_share: 1')
    [ "$all" -gt "$some" ] && [ "$some" -gt "$less" ]
    run most 'memory_reserved_bytes: 80e9'
    refute_output
    rec2json rejects | jq -e '.reject.reason == "model_memory" and .reject.limit < .reject.value' >/dev/null
}


@test "calibrated constants hold where the system gives none; the convention calibration and --as-published leave them out" {
    awk '{ print } /^Chip:/ { print "  overheads: {op_s: 1e-6, pass_s: 2e-4}\n  calibrated: {set: mine, n: 7, error: 0.04, compute_perf_efficiency: 0.5, pass_s: 1e-4}" }' \
        bare.yaml >hw.yaml
    chiplet-gen hw.yaml | server-pack --hardware hw.yaml >calibrated
    rec2json calibrated | jq -e '.chip.calibrated.set == "mine" and .chip.calibrated.n == 7' >/dev/null
    # in millionths
    of() {
        servers=calibrated map "$@" | rec2json | jq -c '.system | [.compute_perf_efficiency, .overheads.op_s, .overheads.pass_s] | map(. * 1e6 | round)'
    }
    run of "$one"
    assert_output '[500000,1,100]'
    run of "$one
compute_perf_efficiency: 0.75
overheads: {op_s: 4e-6}"
    assert_output '[750000,4,100]'
    run of "$one" --convention calibration=published
    assert_output '[1000000,1,200]'
    run of "$one" --as-published
    assert_output '[1000000,1,200]'
}

@test "a switch has two start-ups, a mesh as well, a ring one for each step; half a mesh has fewer links" {
    exchange() {
        map "num_servers: 1
instances_per_server: $2
allreduce_algo: $1
default_mapping: {t: $((8 / $2)), p: 1, micro_batch: 0, prefill_micro_batch: 0}
workload: {batches: [8], eval_len: [128, 64]}" --breakdown | column prefill_communication_s | jq '.[0]'
    }
    ring=$(exchange ring 1) switch=$(exchange switch 1) reduce=$(exchange switch_reduce 1) mesh=$(exchange mesh 1)
    # 64 all-reduces of 8 x 128 rows of 4096 numbers of 2 bytes, 14/8 and 9/8 of them over 450 GB/s
    jq -en "($mesh == $switch) and ($switch < $ring) and ($reduce < $switch)" >/dev/null
    jq -en "($switch - $reduce) - 64 * 8 * 128 * 4096 * 2 * (1.75 - 1.125) / 450e9 | fabs < 1e-12" >/dev/null
    half=$(exchange switch 2) part=$(exchange mesh 2)
    jq -en "($part - $half) - 64 * 8 * 128 * 4096 * 2 * 1.5 * (7 / 3 - 1) / 450e9 | fabs < 1e-12" >/dev/null
}

@test "a server names its all-reduce, a system overrules it" {
    awk '{ print } /^Server:/ { print "  allreduce_algo: mesh" }' bare.yaml >hw.yaml
    chiplet-gen hw.yaml | server-pack --hardware hw.yaml >named
    for given in '' 'allreduce_algo: ring'; do
        servers=named map "$one
$given" | rec2json | jq -r .system.allreduce_algo
    done >found
    [ "$(tr '\n' ' ' <found)" = 'mesh ring ' ]
    rec2json named | jq -c '.server.allreduce_algo = "Mesh"' | json2rec >wrong
    servers=wrong refused 1 map "$one"
    says "server.allreduce_algo: 'Mesh' is no all-reduce algorithm"
    sed 's/allreduce_algo: mesh/allreduce_algo: meshed/' hw.yaml >wrong.yaml
    refused 1 server-pack --hardware wrong.yaml </dev/null
    says 'Server.allreduce_algo'
    says 'mesh'
}

@test "eight systems in a server cost an eighth each, and serve as one chip does" {
    map "$one" | tco-eval --constants 5nm >alone
    map "$one
instances_per_server: 8" | tco-eval --constants 5nm >shared
    [ "$(column generate_latency_s <alone)" = "$(column generate_latency_s <shared)" ]
    [ "$(column num_servers <shared)" = '[1,1]' ]
    # the whole server pays for seven idle chips besides
    jq -ens --slurpfile a <(column tco_usd <alone) --slurpfile b <(column tco_usd <shared) '$b[0][0] * 8 > $a[0][0] and $b[0][0] * 7 < $a[0][0]' >/dev/null
    pareto --group id --top 1 shared | rec2csv --fields point.system_usd,server.cost_usd | tail -n 1 | awk -F, '{ exit !($1 * 8 == $2) }'
    tco-eval --constants 5nm --demand 100000tokens/s shared | rec2json | jq -e '.points | .instances[0] % 8 == 0 and .fleet_servers[0] * 8 == .instances[0]' >/dev/null
}

@test "systems that share a server: parts that do not divide are rejected, several servers refused" {
    map "$one
instances_per_server: 3" --rejects rejects 2>/dev/null >none
    [ ! -s none ]
    rec2json rejects | jq -e '.reject | [.reason, .value, .limit] == ["instances", 3, 8]' >/dev/null
    refused 1 map "num_servers: [1, 2]
instances_per_server: [1, 4]"
    says 'system.yaml:2:1: instances_per_server: expected num_servers: 1 and no other, as systems share a server'
    map "$one
instances_per_server: 8" | rec2json | jq -c '.system.instances_per_server = 3' | json2rec >odd
    refused 1 tco-eval --constants 5nm odd
    says 'system.instances_per_server: 3 do not divide the 8 packages of the server'
}

@test "values of overheads out of their range, and unknown ones, are refused by name" {
    while IFS='|' read -r key value said; do
        refused 1 map "$one
overheads: {$key: $value}"
        says "system.yaml:4:"
        says "overheads.$key: $said"
    done <<'CASES'
op_s|-1e-6|-1e-6 is not 0 or more
attention_bandwidth_share|0|0 is not greater than 0 and at most 1
attention_shared_heads|0.5|0.5 is not 1 or more
exposed_share|1.5|1.5 is not between 0 and 1
memory_reserved_share|1|1 is not at least 0 and below 1
ops_s|1|unknown key; did you mean op_s?
CASES
}
