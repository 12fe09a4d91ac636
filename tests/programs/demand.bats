#!/usr/bin/env bats
# tco-eval --demand, --instead and --carbon: fleets, engineering, greenhouse gases; parts that add up.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    echo 'num_servers: [1, 2]
workload: {max_batch: 16, eval_len: [128, 64]}' >system.yaml
    small_hardware hw.yaml
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml >servers
    llm-map --constants "$CONSTANTS" --model gpt2 --system system.yaml servers >evaluations
    [ -s evaluations ]
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    evaluations=$BATS_FILE_TMPDIR/evaluations
    cost=(tco-eval --constants "$CONSTANTS")
}

@test "without --demand and carbon the columns are those of before" {
    "${cost[@]}" "$evaluations" | rec2csv --flat | head -n 1 >columns
    run grep -cE 'fleet|instances|nre|kg|breakeven' columns
    assert_output 0
    # constants that have the new maps cost tokens as those without
    sed '/^# Engineering/,$d' "$CONSTANTS" >without.yaml
    run grep -c '^NRE\|^Rack' without.yaml
    assert_output 0
    tco-eval --constants without.yaml --breakdown "$evaluations" >without
    "${cost[@]}" --breakdown "$evaluations" | cmp - without
}

@test "a fleet has the columns that the constants have maps for" {
    "${cost[@]}" --demand 1000tokens/s "$evaluations" | rec2csv --flat | head -n 1 | tr , '\n' | grep -E 'fleet|instances|nre|demand' >columns
    diff - columns <<'EOF'
point.instances
point.fleet_servers
point.fleet_chips
point.fleet_load
point.fleet_power_w
point.fleet_average_power_w
point.fleet_usd
point.fleet_tco_usd
point.demand_usd_per_output_token
point.fleet_racks
point.nre_usd
point.nre_usd_per_output_token
EOF
    "${cost[@]}" --demand 1000tokens/s --bought "$evaluations" | rec2csv --flat | head -n 1 >bought
    run grep -c nre bought
    assert_output 0
    sed '/^# Engineering/,$d' "$CONSTANTS" >without.yaml
    tco-eval --constants without.yaml --demand 1000tokens/s "$evaluations" | rec2csv --flat | head -n 1 >few
    grep -q fleet_tco_usd few
    run grep -cE 'nre|racks' few
    assert_output 0
}

@test "requests and tokens are one demand by the length of the answers, and a flat design has the same fleet" {
    "${cost[@]}" --demand 6400tokens/s "$evaluations" >tokens
    "${cost[@]}" --demand 100requests/s "$evaluations" | cmp - tokens
    "${cost[@]}" --demand '100 requests/s' "$evaluations" | cmp - tokens
    rec2json --flat tokens >flat
    rec2json --flat "$evaluations" | json2rec | "${cost[@]}" --demand 6400tokens/s | rec2json | cmp - flat
    [ -s flat ]
}

@test "half the demand takes no more servers, whatever the design" {
    for demand in 400000 200000 100000 50000; do
        "${cost[@]}" --demand ${demand}tokens/s "$evaluations" | rec2csv --flat --fields point.fleet_servers | sed 1d >$demand
    done
    [ "$(wc -l <400000)" -gt 50 ]
    for pair in '400000 200000' '200000 100000' '100000 50000'; do
        # shellcheck disable=SC2086
        paste $pair | awk '$2 > $1 { bad = 1 } $2 < $1 { less++ } END { exit bad || !less }'
    done
}

@test "prices of parts add up: a server, a fleet, the cost of a token" {
    local name n=0
    for file in "$root"/pipelines/inputs/hardware/*.yaml; do
        name=${file##*/}
        chiplet-gen --shard "1/$(chips_of "$file")" "$file" 2>/dev/null | server-pack --hardware "$file" 2>/dev/null | rec2json >servers
        "$PYTHON" -c 'import json
for server in (json.loads(line)["server"] for line in open("servers")):
    parts = sum(value for name, value in server.items() if name.startswith("cost_") and name != "cost_usd")
    assert abs(parts - server["cost_usd"]) <= 1e-9 * parts, server' || fail "$name: the parts of a server do not add up to its price"
        n=$((n + $(wc -l <servers)))
    done
    [ "$n" -gt 20 ]
    "${cost[@]}" --demand 3000tokens/s "$evaluations" |
        rec2csv --flat --fields server.cost_usd,server.num_chips,point.num_servers,point.instances,point.fleet_servers,point.fleet_chips,point.fleet_usd,point.fleet_tco_usd,point.nre_usd_per_output_token,point.demand_usd_per_output_token |
        sed 1d >fleets
    [ -s fleets ]
    awk -F, 'function near(a, b) { return a - b <= 1e-9 * b && b - a <= 1e-9 * b }
        !near($5, $3 * $4) || !near($6, $5 * $2) || !near($7, $5 * $1) || !near($10, $8 / (1.5 * 365 * 24 * 3600) / 3000 + $9) { exit 1 }' fleets
}

# chips_of FILE: as many shards as that file has chips, but at most 500, so that the first has few.
chips_of() {
    chiplet-gen --describe "$1" 2>/dev/null </dev/null | awk '$1 == "chips:" { print ($2 > 500 ? 500 : $2) }'
}

@test "from the demand that --instead gives on, an own chip costs less" {
    "${cost[@]}" --demand 1tokens/s --instead 50 "$evaluations" | pareto --objective min:point.breakeven_tokens_per_s --top 1 >best
    demand=$(rec2csv --fields point.breakeven_tokens_per_s best | sed 1d)
    awk -v demand="$demand" 'BEGIN { exit !(demand > 1000 && demand < 1e12) }'
    at() {
        "${cost[@]}" --demand "$(awk -v d="$demand" -v f="$1" 'BEGIN { printf "%.17g", d * f }')tokens/s" best |
            rec2csv --fields point.demand_usd_per_output_token | sed 1d
    }
    awk -v below="$(at 0.9)" -v above="$(at 1.1)" 'BEGIN { exit !(below > 50e-6 && above < 50e-6) }'
    # dearer than what is there instead: never
    "${cost[@]}" --instead 1e-9 "$evaluations" | rec2csv --flat --fields point.breakeven_tokens_per_s | sed 1d | sort -u >never
    diff - never <<<1.7976931348623157e+308
}

@test "a demand of nothing, without a unit, or not a number is refused" {
    refused 2 "${cost[@]}" --demand 0tokens/s "$evaluations"
    says '--demand 0tokens/s: there is nothing to serve: expected more than 0 tokens/s'
    refused 2 "${cost[@]}" --demand 0requests/s "$evaluations"
    says 'nothing to serve'
    for demand in 10 -5tokens/s tokens/s 1e400tokens/s nantokens/s 5tokens '5  tokens/s' '' ' tokens/s'; do
        refused 2 "${cost[@]}" --demand "$demand" "$evaluations"
        says 'expected a number above 0 and its unit, tokens/s (of answers) or requests/s'
    done
    refused 2 "${cost[@]}" --instead 0 "$evaluations"
    says '--instead 0: expected a price above 0'
    refused 2 "${cost[@]}" --instead 1 --bought "$evaluations"
    says '--bought and --instead exclude each other'
    sed '/^# Engineering/,$d' "$CONSTANTS" >without.yaml
    refused 2 tco-eval --constants without.yaml --instead 1 "$evaluations"
    says '--instead: without.yaml has no map NRE'
}

@test "a demand beyond every count ends in a line that says where" {
    refused 1 "${cost[@]}" --demand 1e30tokens/s "$evaluations"
    says 'record 1 (c0.p0.s0): points.instances[0] is computed as 18014398509481984, which exceeds 2^53'
}

# halved: the columns in dollars of a costed stream are half of those in the file named, and all others what they are there
halved() {
    rec2json --flat | jq -c .point >halves.json
    [ -s halves.json ]
    jq -es --slurpfile whole "$1" 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * ($b | fabs);
        length == ($whole | length) and ([., $whole] | transpose | all(. as [$half, $one] |
            ($half | keys) == ($one | keys) and ($one | keys | all(. as $name |
                near($half[$name]; $one[$name] / (if $name | test("usd") then 2 else 1 end))))))' halves.json >/dev/null
}

@test "half of all prices is half of every cost, of a server, a token, a fleet and its engineering; nothing else moves" {
    "${cost[@]}" --breakdown --demand 3000tokens/s --instead 50 --carbon 7nm "$evaluations" | rec2json --flat | jq -c .point >whole.json
    [ "$(jq -s 'map(select(.fleet_load < 1 and .nre_usd == 35e6)) | length' whole.json)" -gt 50 ]
    awk '/^  (ElectricityCost|DCCapex|DCOpex|masks|design):/ { printf "  %s %.17g\n", $1, $2 / 2; next } 1' "$CONSTANTS" >half.yaml
    [ "$(diff "$CONSTANTS" half.yaml | grep -c '^>')" -eq 5 ]
    rec2json "$evaluations" | jq -c '.server.cost_usd /= 2' | json2rec |
        tco-eval --constants half.yaml --breakdown --demand 3000tokens/s --instead 25 --carbon 7nm | halved whole.json
}

# Of the CO2e of a token one part goes by the grid's intensity, the other is that of making the servers.
@test "carbon is linear in the intensity of the grid" {
    for grid in 0 0.2 0.4; do
        sed "s|^  grid:.*|  grid: $grid|" "$root/pipelines/inputs/carbon/7nm.yaml" >"$grid.yaml"
        "${cost[@]}" --carbon "$grid.yaml" "$evaluations" |
            rec2csv --flat --fields point.embodied_kg,point.in_use_kg,point.kg_per_output_token | sed 1d | tr , ' ' >"$grid"
    done
    [ "$(wc -l <0)" -gt 50 ]
    paste 0 0.2 0.4 | awk 'function near(a, b) { return a - b <= 1e-12 * b && b - a <= 1e-12 * b }
        $1 != $4 || $1 != $7 || $2 != 0 || !($5 > 0) || !near($8, 2 * $5) || !near($6 / $3, 1 + $5 / $1) || !near($9 / $3, 1 + $8 / $1) { exit 1 }'
}

@test "carbon is laid over the constants, and is off without" {
    "${cost[@]}" --carbon 7nm "$evaluations" >by-name
    "${cost[@]}" --carbon "$root/pipelines/inputs/carbon/7nm.yaml" "$evaluations" | cmp - by-name
    cat "$CONSTANTS" "$root/pipelines/inputs/carbon/7nm.yaml" >both.yaml
    tco-eval --constants both.yaml "$evaluations" | cmp - by-name
    tco-eval --constants both.yaml --carbon 5nm "$evaluations" >other
    "${cost[@]}" --carbon 5nm "$evaluations" | cmp - other
    run cmp -s other by-name
    assert_failure
    # as ACT has it: 2.15 kWh/cm2 at 0.583 kg/kWh, 0.275 and 0.5 kg/cm2; 0.15 kg for a package; 400 kg for a server
    rec2csv --flat --fields chip.area_mm2,chip.yield,server.num_chips,point.embodied_kg by-name | sed 1d >embodied
    [ -s embodied ]
    awk -F, '{ kg = $3 * ($1 / 100 * (2.15 * 0.583 + 0.275 + 0.5) / $2 + 0.15) + 400; if ($4 - kg > 1e-9 * kg || kg - $4 > 1e-9 * kg) exit 1 }' embodied
}

@test "what is no carbon file is told from one" {
    refused 1 "${cost[@]}" --carbon "$CONSTANTS" "$evaluations"
    says 'is a constants file; expected a carbon file (a map Carbon)'
    refused 1 tco-eval --constants "$root/pipelines/inputs/carbon/7nm.yaml" "$evaluations"
    says 'is a carbon file; expected a constants file'
    refused 3 "${cost[@]}" --carbon 6nm "$evaluations"
    says '6nm: neither a file nor the name of a carbon file'
    echo 'Carbon: {fab_energy: 1}' >few.yaml
    refused 1 "${cost[@]}" --carbon few.yaml "$evaluations"
    says 'few.yaml:1:1: Carbon'
    # a record that carbon cannot be told of
    rec2json "$evaluations" | head -n 1 | "$PYTHON" -c 'import json, sys
record = json.loads(sys.stdin.read())
del record["package"]
print(json.dumps(record))' | json2rec >without
    refused 1 "${cost[@]}" --carbon 7nm without
    says 'record 1 (c0.p0.s0): package is missing'
}
