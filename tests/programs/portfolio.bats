#!/usr/bin/env bats
# portfolio: one design of server for several models, held against Python that looks at every point; shares, conditions, splits.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    # two alternatives of a system, so that a model has two evaluations of each server
    echo 'num_servers: {from: 1, to: 8, factor: 2}
compute_perf_efficiency: [1, 0.5]
workload: {max_batch: 64, eval_len: [128, 64]}' >system.yaml
    chiplet-gen --constants "$CONSTANTS" --shard 13/400 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    models=(--model gpt2 --model megatron --model llama3-8b)
    echo "${models[*]}" >models
    llm-map --constants "$CONSTANTS" "${models[@]}" --system system.yaml servers | tco-eval --constants "$CONSTANTS" >costed
    rec2json costed >costed.json
    [ "$(wc -l <costed.json)" -gt 300 ]
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    costed=$BATS_FILE_TMPDIR/costed
    mix=gpt2=0.5,megatron=0.3,llama3-8b=0.2
}

# brute: what portfolio is to write, of every point of every evaluation, as JSON: MIX LATENCY [OWN]
brute() {
    "$PYTHON" - "$@" <<'EOF'
import json, math, sys
lines, most = open(sys.argv[1]), float(sys.argv[3])
mix = {name: float(share) for name, share in (part.split("=") for part in sys.argv[2].split(","))}
own = {}
if len(sys.argv) > 4:
    for record in map(json.loads, open(sys.argv[4])):
        name = record["model"]["name"]
        own[name] = min(own.get(name, math.inf), record["point"]["usd_per_output_token"])
servers = {}
for record in map(json.loads, lines):
    server = servers.setdefault(record["id"], [record, {}])
    name, points = record["model"]["name"], record["points"]
    if name not in mix:
        continue
    for row in range(len(points["batch"])):
        point = {column: values[row] for column, values in points.items()}
        answer, server_of = record["workload"]["generate_len"], record["server"]
        token_s = point["batch"] / point["generate_tokens_per_s"]
        joules = point["prefill_energy_j"] + point["generate_energy_j"]
        point |= {"tpot_s": token_s, "tokens_per_s": point["batch"] * answer / (point["prefill_latency_s"] + point["generate_latency_s"]),
                  "user_tokens_per_s": 1 / token_s, "system_usd": point["num_servers"] * server_of["cost_usd"],
                  "system_power_w": point["num_servers"] * server_of["tdp_w"], "j_per_output_token": joules / point["batch"] / answer,
                  "usd_per_request": point["usd_per_output_token"] * answer}
        if point["generate_latency_s"] <= most:
            server[1].setdefault(name, []).append((point["usd_per_output_token"], record, point))
for record, found in servers.values():
    if set(found) != set(mix):
        continue
    design = {"schema": "chiplet-cloud/design/1"} | {key: record[key] for key in ("id", "chip", "package", "server")}
    models = {}
    for name, share in mix.items():
        usd, best, point = min(found[name], key=lambda offer: offer[0])
        models[name] = {"share": share, "usd_per_output_token": usd}
        if own:
            models[name] |= {"own_usd_per_output_token": own[name], "sharing_loss": usd / own[name] - 1}
        models[name] |= {"workload": best["workload"], "system": best["system"], "point": point}
    total = sum(model["share"] * model["usd_per_output_token"] for model in models.values())
    mean = math.exp(sum(math.log(model["usd_per_output_token"]) for model in models.values()) / len(mix))
    entry = {"usd_per_output_token": total}
    if own:
        owned = sum(model["share"] * model["own_usd_per_output_token"] for model in models.values())
        entry |= {"own_usd_per_output_token": owned, "sharing_loss": total / owned - 1}
    entry["geomean_usd_per_output_token"] = mean
    if own:
        entry["geomean_sharing_loss"] = mean / math.exp(sum(math.log(own[name]) for name in mix) / len(mix)) - 1
    design["portfolio"] = entry | {"models": models}
    print(json.dumps(design))
EOF
}

# same FILE FILE: the same JSON lines, keys in the same order, numbers to 1e-12.
same() {
    "$PYTHON" - "$@" <<'EOF'
import json, sys
def same(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b), 1e-3)
    return a == b
ours, theirs = ([json.loads(line) for line in open(name)] for name in sys.argv[1:3])
assert ours and len(ours) == len(theirs), (len(ours), len(theirs))
for a, b in zip(ours, theirs):
    assert same(a, b), (a["id"], a["portfolio"], b["portfolio"])
EOF
}

@test "the designs of a mix are those of a comparison of every point" {
    portfolio --mix $mix "$costed" | rec2json >designs
    brute "$costed.json" $mix inf >expected
    same designs expected
    [ "$(wc -l <designs)" -gt 20 ]
    # a mix of other order and shares, which leaves a model out
    portfolio --mix llama3-8b=0.25,gpt2=0.75 "$costed" | rec2json >two
    brute "$costed.json" llama3-8b=0.25,gpt2=0.75 inf >expected
    same two expected
}

@test "conditions: each model's cheapest point that keeps them; a server without one is rejected, with the reason" {
    portfolio --mix $mix --where 'point.generate_latency_s<=0.005' --rejects rejects --stats "$costed" 2>said | rec2json >designs
    brute "$costed.json" $mix 0.005 >expected
    same designs expected
    portfolio --mix $mix "$costed" | rec2json >free
    [ "$(wc -l <designs)" -lt "$(wc -l <free)" ]
    rec2json rejects >rejected
    [ -s rejected ]
    servers=$(cut -d '"' -f 8 "$costed.json" | sort -u | wc -l)
    [ "$(($(wc -l <designs) + $(wc -l <rejected)))" -eq "$servers" ]
    grep -q "^portfolio: stats candidates $servers$" said
    grep -q "^portfolio: stats rejected portfolio $(wc -l <rejected)$" said
    run grep -vE '"reject":\{"stage":"portfolio","reason":"portfolio","value":[012].0,"limit":3.0\}' rejected
    assert_output ''
    # each limit of a looser set admits at least the designs of the tighter one, and none at a higher cost
    portfolio --mix $mix --where 'point.generate_latency_s<=0.01' "$costed" | rec2csv --fields id,portfolio.usd_per_output_token | sort >looser
    portfolio --mix $mix --where 'point.generate_latency_s<=0.005' "$costed" | rec2csv --fields id,portfolio.usd_per_output_token | sort >tighter
    join -t , tighter looser >both
    [ "$(wc -l <both)" -eq "$(wc -l <tighter)" ]
    awk -F, '$1 != "id" && $3 > $2 { exit 1 }' both
}

@test "--own compares with each model's own design" {
    pareto --objective min:point.usd_per_output_token --top 1 "$costed" >own
    portfolio --mix $mix --own own "$costed" | rec2json >designs
    rec2json own >own.json
    brute "$costed.json" $mix inf own.json >expected
    same designs expected
    # nothing is cheaper than on a design of its own, and on some server each loses
    rec2csv --fields portfolio.models.gpt2.sharing_loss,portfolio.models.megatron.sharing_loss,portfolio.models.llama3-8b.sharing_loss,portfolio.sharing_loss \
        <(portfolio --mix $mix --own own "$costed") | sed 1d |
        awk -F, '{ for (i = 1; i <= NF; i++) { if ($i < 0) exit 1; most[i] = $i > most[i] ? $i : most[i] } }
            END { for (i = 1; i <= NF; i++) if (most[i] <= 0.01) exit 1 }'
    # evaluations say the same as designs
    portfolio --mix $mix --own "$costed" "$costed" | rec2json | cmp - designs
    rec2json own | grep -v '"name":"gpt2"' | json2rec >few
    refused 1 portfolio --mix $mix --own few "$costed"
    says 'few: no record is of the model gpt2'
    refused 3 portfolio --mix $mix --own nowhere "$costed"
    says 'nowhere'
}

@test "the same bytes however the servers are split, and of flat designs" {
    portfolio --mix $mix "$costed" >whole
    [ -s whole ]
    read -r models <"$BATS_FILE_TMPDIR/models"
    chain="llm-map --constants $CONSTANTS $models --system $BATS_FILE_TMPDIR/system.yaml | tco-eval --constants $CONSTANTS | portfolio --mix $mix"
    for block in 20k 100k; do
        "$root/pipelines/parallel-records" --block $block stream "$chain" <"$BATS_FILE_TMPDIR/servers" 2>/dev/null | cmp - whole
    done
    rec2json --flat "$costed" | json2rec | portfolio --mix $mix | cmp - whole
    # part by part, split between servers
    "$PYTHON" - "$costed.json" <<'EOF'
import json, sys
parts, last = [open(f"part{i}", "w") for i in range(3)], None
at = -1
for line in open(sys.argv[1]):
    name = json.loads(line)["id"]
    at += name != last
    last = name
    parts[0 if at < 40 else 1 if at < 41 else 2].write(line)
EOF
    for i in 0 1 2; do
        json2rec part$i | portfolio --mix $mix 2>/dev/null
    done | cmp - whole
}

@test "what others have added to a server is passed on, and a portfolio that was there is made anew" {
    head -n 6 "$costed.json" | sed 's/,"model":/,"carbon":{"kg":[1,2.5]},"model":/;s/,"points":/,"portfolio":{"x":1},"points":/' | json2rec >added
    portfolio --mix gpt2=1 added | rec2json >designs
    [ -s designs ]
    run ! grep -v '"carbon":{"kg":\[1,2.5\]},"portfolio":{"usd_per_output_token"' designs
    run ! grep '"x":1' designs
}

@test "shares that do not sum to 1, and what is no share" {
    refused 2 portfolio --mix gpt2=0.5,megatron=0.4 "$costed"
    says 'portfolio: --mix gpt2=0.5,megatron=0.4: the shares sum to 0.9: expected 1'
    refused 2 portfolio --mix gpt2=0.7,megatron=0.7 "$costed"
    says 'the shares sum to 1.4'
    refused 2 portfolio --mix gpt2=1,megatron=0 "$costed"
    says "--mix 'megatron=0': expected a share above 0 and at most 1"
    for wrong in gpt2 gpt2= =1 gpt2=x ,gpt2=1 gpt2=nan; do
        refused 2 portfolio --mix "$wrong" "$costed"
        says 'expected MODEL=SHARE'
    done
    refused 2 portfolio --mix gpt2=0.5,gpt2=0.5 "$costed"
    says '--mix: gpt2 is named twice'
    refused 2 portfolio --mix schema=1 "$costed"
    says 'cannot be a key of a record'
    refused 2 portfolio "$costed"
    says '--mix'
    # thirds in ten digits are taken
    portfolio --mix gpt2=0.3333333333,megatron=0.3333333333,llama3-8b=0.3333333334 "$costed" >thirds
    [ -s thirds ]
    # a name that has = in it
    head -n 1 "$costed.json" | sed 's/"name":"gpt2"/"name":"a=b"/' | json2rec | portfolio --mix a=b=1 | rec2json >named
    grep -q '"models":{"a=b":{"share":1.0' named
}

@test "a model that no record is of rejects all servers, and is said" {
    run --separate-stderr portfolio --mix gpt2=0.5,megatrn=0.5 "$costed"
    assert_success
    assert_output ''
    says 'portfolio: no record is of the model megatrn, which --mix names; did you mean megatron?'
    says 'candidates is realizable'
    run --separate-stderr portfolio --mix gpt2=1 /dev/null
    assert_success
    [ -z "$output$stderr" ]
}

@test "records that are not what it reads: the record, the field, what was expected" {
    refused 1 portfolio --mix gpt2=1 "$BATS_FILE_TMPDIR/servers"
    says 'model.name is missing: expected evaluations of models with names'
    llm-map --constants "$CONSTANTS" --model gpt2 --system "$BATS_FILE_TMPDIR/system.yaml" "$BATS_FILE_TMPDIR/servers" >uncosted
    refused 1 portfolio --mix gpt2=1 uncosted
    says 'points.usd_per_output_token is missing: expected records of tco-eval'
    head -n 1 "$costed.json" | sed 's/"id":"[^"]*",//' | json2rec >nameless
    refused 1 portfolio --mix gpt2=1 nameless
    says 'id is missing'
    refused 1 portfolio --mix gpt2=1 --where 'point.generate_latncy_s<=1' "$costed"
    says 'no record has the field point.generate_latncy_s, which --where names; did you mean point.generate_latency_s?'
    # two workloads of one model
    { head -n 1 "$costed.json" && head -n 2 "$costed.json" | tail -n 1 | sed 's/"generate_len":64/"generate_len":65/'; } | json2rec >two
    run --separate-stderr portfolio --mix gpt2=1 two
    [ "$status" -eq 1 ]
    says 'record 2'
    says 'workload: 128 + 65 tokens, where the records of gpt2 before it have 128 + 64: expected one workload for a model'
    head -n 1 "$costed.json" | sed 's/"usd_per_output_token":\[[^,]*/"usd_per_output_token":[-1/' | json2rec >negative
    refused 1 portfolio --mix gpt2=1 negative
    says 'points.usd_per_output_token[0]: expected a number of 0 or more, got a negative one'
}

@test "memory does not grow with the stream" {
    for _ in {1..40}; do cat "$costed"; done >long
    peak() {
        "$PYTHON" -c 'import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
assert status == 0
print(usage.ru_maxrss)' x portfolio --mix $mix "$1"
    }
    short=$(peak "$costed") long=$(peak long)
    [ "$((long - short))" -lt 2048 ]
}
