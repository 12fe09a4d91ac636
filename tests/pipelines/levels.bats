#!/usr/bin/env bats
# Designs chosen under promises to users: --where, wherever a command chooses.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    small_system system.yaml
    "$root/pipelines/explore" --constants "$CONSTANTS" --out run hw.yaml megatron system.yaml >said 2>&1
    # what there is to choose from: every mapping of every server
    llm-map --constants "$CONSTANTS" --system system.yaml --model megatron --service-levels --all-mappings run/servers |
        tco-eval --constants "$CONSTANTS" >all
    # a promise that the cheapest design does not keep, nor the cheapest of the frontier that does
    ttft=$(pareto --objective min:point.ttft_s --top 1 all | rec2json | jq '.point.ttft_s * 1.3')
    echo "point.ttft_s<=$ttft,point.tpot_s<=1" >promise
    pareto --objective min:point.usd_per_output_token --top 1 --where "$(cat promise)" all | rec2json >best
    [ "$(jq .point.usd_per_output_token best)" != "$(rec2json run/frontier | head -n 1 | jq .point.usd_per_output_token)" ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    export CONSTANTS
}

@test "best-designs: of the frontier those that keep a promise, cheapest first; tokens/s says which" {
    bound=$(rec2json run/frontier | jq -s 'map(.point.tpot_s) | sort | .[length / 2 | floor]')
    "$root/pipelines/best-designs" --where "point.tpot_s<=$bound" --rows 1000 --json run/frontier >kept.json
    rec2json run/frontier | jq -s --argjson bound "$bound" 'map(select(.point.tpot_s <= $bound)) | map(.point.usd_per_output_token) | sort' |
        cmp - <(jq '[.rows[]."point.usd_per_output_token"]' kept.json)
    [ "$(jq '.rows | length' kept.json)" -lt "$(rec2json run/frontier | wc -l)" ]
    jq -e '.rows | all(."point.tokens_per_s" < ."point.generate_tokens_per_s" and ."point.system_usd" > 0 and (has("point.ttft_s") | not))' kept.json
    "$root/pipelines/best-designs" run/frontier | grep -E 'sust|decode tokens/s'
    run --separate-stderr "$root/pipelines/best-designs" --where point.tpot_s run/frontier
    assert_failure 2
    says "expected FIELD<=NUMBER"
}

@test "explain and compare-runs: the cheapest design of all that keeps the promise, not of the frontier of cost and latency" {
    "$root/pipelines/explain" --where "$(cat promise)" run >explained
    grep -qF "$(jq -r .id best)" explained
    "$root/pipelines/compare-runs" --where "$(cat promise)" --csv --out page run run >compared.csv
    grep -qF "point.usd_per_output_token,$(json2rec best | rec2csv --fields point.usd_per_output_token | sed 1d)," compared.csv
    run --separate-stderr "$root/pipelines/compare-runs" --where 'point.ttft_s<=1e-9' --out none run run
    assert_failure 2
    says 'no design serves the model with point.ttft_s<=1e-9'
}

@test "sensitivity: the best design is that which keeps the promise" {
    "$root/pipelines/sensitivity" tornado --where "$(cat promise)" run TCO.PUE
    "$PYTHON" - <<'PY'
import csv, json
row = next(csv.DictReader(open("run/sensitivity/tornado.csv")))
best = json.load(open("best"))
assert abs(float(row["usd_per_1m_tokens"]) - best["point"]["usd_per_output_token"] * 1e6) <= 1e-9 * float(row["usd_per_1m_tokens"]), (row, best["point"])
assert row["best"].startswith(best["id"] + " "), row
PY
    "$root/pipelines/sensitivity" montecarlo --where "$(cat promise)" --samples 2 run
    grep -qF ",$(jq -r .id best)," run/sensitivity/montecarlo.csv
}
