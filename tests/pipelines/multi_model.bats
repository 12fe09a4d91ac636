#!/usr/bin/env bats
# multi-model: one design for several models, and what each loses, held against Python over every server.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    export JOBS=2
    small_hardware hw.yaml
    study=("$root/pipelines/multi-model" hw.yaml gpt2 megatron llama3-8b)
}

# brute WEIGHTED: best design, then model,own,shared,loss, of every server and every point.
brute() {
    [ -e costed.json ] || {
        chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
            llm-map --constants "$CONSTANTS" --model gpt2 --model megatron --model llama3-8b | tco-eval --constants "$CONSTANTS" | rec2json >costed.json
    }
    "$PYTHON" - "$1" <<'EOF'
import json, math, sys
shares = {"gpt2": 0.5, "megatron": 0.25, "llama3-8b": 0.25}
servers = {}
for record in map(json.loads, open("costed.json")):
    if record["points"]["batch"]:
        servers.setdefault(record["id"], {})[record["model"]["name"]] = min(record["points"]["usd_per_output_token"])
own = {name: min(server[name] for server in servers.values() if name in server) for name in shares}
whole = {name: server for name, server in servers.items() if len(server) == 3}
def cost(server):
    if sys.argv[1] == "weighted":
        return sum(shares[name] * usd for name, usd in server.items())
    return sum(map(math.log, server.values()))
best = min(whole, key=lambda name: cost(whole[name]))
print(best)
for name in shares:
    print(name, own[name], whole[best][name], whole[best][name] / own[name] - 1)
assert len(whole) > 3 and len(set(map(cost, whole.values()))) == len(whole)
EOF
}

# same: the CSV of an answer says what `brute` has found.
same() {
    "$PYTHON" - <<'EOF'
import csv
lines = [line.split() for line in open("expected")]
rows = list(csv.DictReader(open("answer.csv")))
assert rows[0]["design"].split(",")[0] == lines[0][0], (rows[0]["design"], lines[0])
assert len(rows) == 5 and rows[3]["model"] == "all, by shares" and rows[4]["model"] == "geometric mean"
for row, (name, *figures) in zip(rows, lines[1:]):
    ours = [float(row[key]) for key in ("own_usd_per_output_token", "usd_per_output_token", "sharing_loss")]
    assert row["model"] == name and all(abs(a - float(b)) <= 1e-9 for a, b in zip(ours, figures)), (row, figures)
    assert abs(ours[1] / float(figures[1]) - 1) < 1e-9
EOF
}

@test "the best design in the geometric mean, and what each model loses" {
    "${study[@]}" --csv >answer.csv 2>said || fail "$(cat said)"
    brute mean >expected
    same
}

@test "the best design by shares of the tokens" {
    "${study[@]}" --mix gpt2=0.5,megatron=0.25,llama3-8b=0.25 --csv >answer.csv 2>said || fail "$(cat said)"
    brute weighted >expected
    same
}

@test "a table in 80 columns; a service level; models that nothing serves" {
    run --separate-stderr "${study[@]}"
    assert_success
    [ -z "$stderr" ]
    [ "$(wc -L <<<"$output")" -le 80 ]
    assert_line --regexp '^design: +c[0-9.ps]+, [0-9]+ chips a server$'
    assert_line --regexp '^geometric mean .* [0-9.]+$'
    "${study[@]}" --csv >free.csv
    "${study[@]}" --where 'point.generate_latency_s<=0.02' --csv >fast.csv
    for file in free fast; do
        awk -F, '/geometric mean/ { print $(NF - 1) }' $file.csv
    done >means
    sort -g means | cmp - means
    run --separate-stderr "${study[@]}" --where 'point.generate_latency_s<=0.0000001'
    assert_success
    assert_line --partial 'none serves all models'
    refused 2 "${study[@]}" --mix gpt2=0.5,megatron=0.25
    says 'expected shares of all models'
}
