#!/usr/bin/env bats
# Requests that arrive by themselves: llm-map --rate and --slo, held against what llm-map, phase-join and tco-eval say without them.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    printf 'num_servers: [8, 32]\nprefill_chunk: 64\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >system.yaml
    chiplet-gen --constants "$CONSTANTS" --shard 13/400 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" | rec2json | sed -n '1~6p' | json2rec >servers
    [ "$(rec2json servers | wc -l)" -gt 8 ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# map WORD...: llm-map on these servers
map() {
    llm-map --constants "$CONSTANTS" --model llama3-8b --system "${system:-system.yaml}" "$@" servers
}

costed() {
    tco-eval --constants "$CONSTANTS"
}

# points: a line of JSON for each
points() {
    rec2json --flat | jq -c .point
}

@test "a rate of both phases: the equations, with times of tokens from points of other batches" {
    # one mapping at batches 1 to 40, each a micro-batch of its own
    printf 'num_servers: 1\ninstances_per_server: 8\nworkload: {batches: {from: 1, to: 40, step: 1}, eval_len: [256, 64]}\ndefault_mapping: {t: 1, p: 1, micro_batch: 0, prefill_micro_batch: 1}\n' >one.yaml
    chiplet-gen h100 | server-pack --hardware h100 >gpus
    h100() { llm-map --constants 5nm --model llama3-8b --system one.yaml "$@" gpus | rec2json; }
    h100 --rate 6 >at.json
    h100 >all.json
    cat >check.py <<'PY'
import json, math, sys
record = json.load(open("at.json"))
p = record["points"]
assert record["workload"] == {"prefill_len": 256, "generate_len": 64, "rate_requests_per_s": 6, "slo": {"quantile": 0.99}}
every = json.load(open("all.json"))["points"]
t = {b: b / x for b, x in zip(every["batch"], every["generate_tokens_per_s"])}
prefill = dict(zip(every["batch"], every["prefill_latency_s"]))
D, rate, S, z = prefill[2] - prefill[1], 6.0, 63, 2.3263478740408408
def token(n):
    low = math.floor(n)
    return (t[low] + (n - low) * (t[low + 1] - t[low])) / (1 - rate * D)
near = lambda a, b, share=1e-6: abs(a - b) <= share * abs(b)
assert 5 < len(p["batch"]) < 40 and near(p["requests_present"][0], p["requests_present"][-1])
for i, batch in enumerate(p["batch"]):
    n = p["requests_present"][i]
    assert near(n, rate * S * token(n + 1), 2e-3), (n, rate * S * token(n + 1))
    assert near(p["rate_tpot_s"][i], n / rate / S)
    width = 1 + math.sqrt(n)
    s = min(rate * S * (token(n + 1 + width) - token(n + 1)) / width, n / (n + 1))
    most = n + z * math.sqrt(n / (1 - s)) + (1 + s) / (1 - s) * (z * z - 1) / 6
    assert most <= batch * 1.01 and near(p["quantile_tpot_s"][i], token(most + 1), 1e-2)
    load = rate * D
    assert near(p["wait_s"][i], load * D / (2 * (1 - load))) and near(p["rate_ttft_s"][i], p["wait_s"][i] + prefill[1])
    assert near(p["rate_load"][i], rate * (S * t[batch] + batch * D) / batch)
    assert p["goodput_requests_per_s"][i] >= rate and p["goodput_requests_per_s"][i] * p["rate_load"][i] < rate
# batches too small for those that are there are left out
assert min(p["batch"]) > most - 1
PY
    run "$PYTHON" check.py
    assert_success
}

@test "with --phase prefill: waits are those of phase-join, one home for both" {
    phases=(--constants "$CONSTANTS" --model llama3-8b --system system.yaml)
    for phase in prefill generate; do
        llm-map "${phases[@]}" --phase $phase servers | rec2json --flat | sed -n '1~9p' | json2rec >"$phase.few"
    done
    phase-join --constants "$CONSTANTS" --prefill prefill.few --load 0.7 --quantile 0.9 generate.few | rec2json |
        jq -c 'select(.prefill.point.batch > 1 or .point.prefill_instances == 1)' | sed -n '1~7p' | head -n 12 >joined
    [ "$(wc -l <joined)" -ge 8 ]
    while IFS= read -r line; do
        rate=$(jq '.point.requests_per_s / .point.prefill_instances' <<<"$line")
        llm-map "${phases[@]}" --phase prefill --all-mappings --rate "$rate" --slo quantile=0.9 servers | rec2json --flat |
            jq -c --argjson d "$line" 'select(.id == $d.prefill.id) | .point | select(.num_servers == $d.prefill.point.num_servers and
                .batch == $d.prefill.point.batch and .ttft_s == $d.prefill.point.ttft_s and .requests_per_s == $d.prefill.point.requests_per_s)' >same
        [ -s same ] || fail "no such point at $rate: $line"
        jq -es --argjson d "$line" 'def near($a; $b): ($a - $b | fabs) <= 1e-9 * $b;
            all(near(.wait_s; $d.point.wait_s) and near(.quantile_ttft_s; $d.point.quantile_ttft_s) and near(.rate_ttft_s; $d.point.ttft_s))' same >/dev/null
    done <joined
}

@test "every phase has its columns; goodput at no more than what a steady state takes in" {
    for phase in prefill generate chunked; do
        map --phase $phase --rate 2 | points >rows
        [ "$(wc -l <rows)" -gt 10 ]
        jq -es --arg phase $phase 'all((has("wait_s") == ($phase != "generate")) and (has("requests_present") == ($phase != "prefill"))
            and .rate_load < 1 and (.rate_load - 2 / .requests_per_s | fabs) < 1e-9
            and .goodput_requests_per_s <= .requests_per_s and .goodput_requests_per_s >= 2)' rows >/dev/null
        # a promise without a rate: the goodput alone, of every point that there is
        map --phase $phase | rec2json | jq '.points | length' >plain
        map --phase $phase --slo ttft_s=1,tpot_s=0.01 | rec2json | jq '(.points | length) - 3' | cmp - plain
    done
    # of both phases: of a closed batch, whose pipeline fills and drains
    map --slo tpot_s=1 | points | jq -es 'length > 50 and all((has("wait_s") | not) and .goodput_requests_per_s <= .generate_tokens_per_s / 63)' >/dev/null
}

@test "a tighter promise never has a larger goodput; the columns at the goodput keep it" {
    map --service-levels --slo ttft_s=0.1,tpot_s=0.001,quantile=0.9 | points >loose
    map --service-levels --slo ttft_s=0.02,tpot_s=0.0002,quantile=0.9 | points >tight
    map --service-levels --slo ttft_s=0.02,tpot_s=0.0002,quantile=0.99 | points >tighter
    paste loose tight tighter | jq -es 'length as $n | [range(0; $n; 3) as $i | .[$i:$i + 3] | map(.goodput_requests_per_s)]
        | all(.[0] >= .[1] and .[1] >= .[2]) and any(.[0] > .[1]) and any(.[1] > .[2])' >/dev/null
    rate=$(jq -s 'map(.goodput_requests_per_s) | max * 0.999999' tight)
    map --service-levels --rate "$rate" --slo ttft_s=0.02,tpot_s=0.0002,quantile=0.9 | points |
        jq -es --argjson rate "$rate" 'map(select(.goodput_requests_per_s > $rate)) | length > 0
            and all(.quantile_ttft_s <= 0.02 and .quantile_tpot_s <= 0.0002)' >/dev/null
}

@test "a rate that nothing keeps up with: rejected, with what would be kept up with" {
    map --rate 1e6 --rejects rejects --stats >none 2>said
    [ ! -s none ]
    grep -q 'of them: rate (requests/s that arrive, more than any of the points' said
    rec2json rejects | jq -c 'select(.reject.reason != "no_mapping")' >rejects.json
    jq -es 'length > 8 and all(.reject.reason == "rate" and .reject.value == 1e6 and .reject.limit > 0 and .reject.limit < 1e6)' rejects.json >/dev/null
    # that is what it says it is: a little less is kept up with
    limit=$(jq -s '.[0].reject.limit * 0.999999' rejects.json)
    id=$(jq -r -s '.[0].id' rejects.json)
    map --rate "$limit" | rec2json | jq -r .id | grep -qx "$id"
}

@test "rates and promises of the system file, alternatives, and options in their place" {
    sed 's/eval_len: \[256, 64\]/&, rate: [1, 2], slo: {tpot_s: 0.02, quantile: 0.9}/' system.yaml >rates.yaml
    system=rates.yaml map >both
    rec2json both | jq -es '([.[].workload.rate_requests_per_s] | unique) == [1, 2] and all(.workload.slo == {tpot_s: 0.02, quantile: 0.9})' >/dev/null
    map --rate 2 --slo tpot_s=0.02,quantile=0.9 | rec2json | jq -c . | cmp - <(rec2json both | jq -c 'select(.workload.rate_requests_per_s == 2)')
    system=rates.yaml map --rate 1 --slo ttft_s=1 | rec2json | jq -es 'all(.workload | .rate_requests_per_s == 1 and .slo == {ttft_s: 1, quantile: 0.99})' >/dev/null
    # frontiers of each apart: the workload is part of the group
    tco-eval --constants "$CONSTANTS" both | pareto --objective min:point.rate_usd_per_request,min:point.quantile_ttft_s |
        rec2json | jq -es '[.[].workload.rate_requests_per_s] | unique == [1, 2]' >/dev/null
    for bad in 'rate: 0' 'rate: -1' 'slo: {quantile: 1}' 'slo: {quantile: 0.4}' 'slo: {ttft_s: 0}' 'slo: {tpot: 1}' 'slo: 3'; do
        sed "s/eval_len: \[256, 64\]/&, $bad/" system.yaml >bad.yaml
        system=bad.yaml refused 1 map
        says 'bad.yaml:3:'
    done
    sed 's/^num_servers: .*/num_servers: 32\nsub_sys_num_servers: 4/' system.yaml >parts.yaml
    system=parts.yaml refused 1 map --rate 1
    says 'parts.yaml: sub_sys_num_servers: where requests arrive by themselves (rate, slo) a system has no sub-systems'
    for bad in 0 -1 x nan 1e999 1,2; do
        refused 2 map --rate "$bad"
        says "--rate $bad: expected a number above 0"
    done
    for bad in '' ttft=1 ttft_s ttft_s= 'ttft_s=1,' ttft_s=0 quantile=1 quantile=0.4 'tpot_s=1,,ttft_s=1' ttft_s=1x; do
        refused 2 map --slo "$bad"
        says "--slo $bad: "
    done
}

@test "tco-eval: what a request costs at the rate, and at the goodput" {
    map --rate 2 --slo tpot_s=0.02 | costed >costed
    rec2json --flat costed | jq -es '(1.5 * 365 * 86400) as $life | def near($a; $b): ($a - $b | fabs) <= 1e-9 * $b;
        length > 20 and all(
            # between the idle servers and those at full power, for each request
            (.point.num_servers * .point.tco_usd / $life) as $full
            | .point.rate_usd_per_request < $full / 2 * 1.5 and .point.rate_usd_per_request > 0
            and (if .point.goodput_requests_per_s > 0 then .point.goodput_usd_per_request <= .point.rate_usd_per_request * 2 else .point.goodput_usd_per_request > 1e308 end))' >/dev/null
    # twice the rate costs less for a request, and more for a second
    map --rate 1 | costed | points >one
    map --rate 1.5 | costed | points >more
    jq -s 'map({key: (del(.rate_load, .wait_s, .quantile_ttft_s, .rate_ttft_s, .requests_present, .rate_tpot_s, .quantile_tpot_s, .rate_request_j, .rate_usd_per_request) | tojson), value: .rate_usd_per_request}) | from_entries' one >one.json
    jq -es --slurpfile one one.json 'map({a: $one[0][del(.rate_load, .wait_s, .quantile_ttft_s, .rate_ttft_s, .requests_present, .rate_tpot_s, .quantile_tpot_s, .rate_request_j, .rate_usd_per_request) | tojson], b: .rate_usd_per_request} | select(.a)) | length > 20 and all(.b < .a and .b * 1.5 > .a)' more >/dev/null
    # without a rate every byte is what it was
    map | costed | rec2json | jq -c '.points | keys' >keys
    run ! grep -q '"rate_\|goodput' keys
}

@test "--frontier with a rate: the frontier of the points that keep up" {
    for rate in 0.5 5 40; do
        map --rate "$rate" | costed | pareto >whole
        map --rate "$rate" --frontier usd_per_output_token,generate_latency_s | costed >left
        pareto left | cmp - whole
    done
    [ -s whole ]
    [ "$(rec2csv --flat --fields id left | wc -l)" -lt "$(map --rate 40 | rec2csv --flat --fields id | wc -l)" ]
    # the cheapest of all points do not keep up: they leave out none that do
    map --frontier usd_per_output_token,generate_latency_s | costed | pareto >any
    run ! cmp -s any whole
}

@test "given mappings, several models, and any way to split: the same columns" {
    map --rate 1 --slo ttft_s=1 >whole
    [ -s whole ]
    rec2json servers | while IFS= read -r line; do
        json2rec <<<"$line" | llm-map --constants "$CONSTANTS" --model llama3-8b --system system.yaml --rate 1 --slo ttft_s=1
    done 2>/dev/null | cmp - whole
    rec2json --flat whole | jq -c 'select(.point.batch > 4 and .point.micro_batch < .point.batch)' | head -n 1 >design
    [ -s design ]
    jq -r '.point | "num_servers: \(.num_servers)\nworkload: {batches: [\(.batch)], eval_len: [256, 64]}\ndefault_mapping: {t: \(.tensor_parallel), p: \(.pipeline_parallel), micro_batch: \(.micro_batch), prefill_micro_batch: \(.prefill_micro_batch)}"' design >given.yaml
    system=given.yaml map --rate 1 --slo ttft_s=1 | rec2json --flat | jq -c --arg id "$(jq -r .id design)" 'select(.id == $id) | .point' | cmp - <(jq -c .point design)
    llm-map --constants "$CONSTANTS" --model llama3-8b --model gpt2 --system system.yaml --rate 1 servers | rec2json | jq -es '[.[].model.name] | unique | length == 2' >/dev/null
}
