#!/usr/bin/env bats
# Systems that do one phase alone, and phase-join, held against joins of all pairs.
# shellcheck disable=SC2154 # helper.bash assigns root

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    printf 'num_servers: [8, 16, 32]\nworkload: {max_batch: 16, eval_len: [256, 64]}\n' >system.yaml
    chiplet-gen --constants "$CONSTANTS" --shard 13/400 "$HARDWARE" |
        server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    for phase in prefill generate; do
        alone "$phase" --model llama3-8b servers >"$phase"
        [ "$(rec2csv --flat --fields id "$phase" | wc -l)" -gt 200 ]
    done
    # a few of each, from all over
    rec2json --flat prefill | sed -n '1~37p' | json2rec >prefills
    rec2json --flat generate | sed -n '1~41p' | json2rec >generates
    [ "$(rec2json prefills | wc -l)" -gt 10 ] && [ "$(rec2json generates | wc -l)" -gt 10 ]
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
}

# alone PHASE WORD...: llm-map of that phase, with costs
alone() {
    llm-map --constants "$CONSTANTS" --system system.yaml --phase "$@" | tco-eval --constants "$CONSTANTS"
}

# joined WORD...: phase-join
joined() {
    phase-join --constants "$CONSTANTS" "$@"
}

frontier() {
    pareto --objective min:point.usd_per_request,min:point.ttft_s,min:point.tpot_s,min:point.request_latency_s "$@"
}

@test "a prefill alone: rates, and the times and energies of the same mapping in a closed batch" {
    # a server that has room for it in two stages
    rec2json --flat prefill | jq -c 'select(.point.num_servers == 32 and .point.pipeline_parallel == 2 and .point.batch >= 8)' | sed -n 1p >design
    [ -s design ]
    printf 'num_servers: 32\nworkload: {max_batch: 4, eval_len: [256, 64]}\ndefault_mapping: {t: %s, p: 2, micro_batch: 2, prefill_micro_batch: 2}\n' \
        "$(jq .point.tensor_parallel design)" >given.yaml
    rec2json servers | grep -F "\"$(jq -r .id design)\"" | json2rec >one
    map() { llm-map --constants "$CONSTANTS" --system given.yaml --model llama3-8b "$@" one | rec2json | jq -c .points; }
    map >closed
    map --phase prefill >prefill.alone
    map --phase generate >generate.alone
    jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * $b;
        .[0] as $c | .[1] as $p | .[2] as $g
        | ($c.batch | index(2)) as $two | ($c.batch | index(4)) as $four
        # of a batch of 4 the second micro-batch comes an interval after the first
        | ($c.prefill_latency_s[$four] - $c.prefill_latency_s[$two]) as $interval
        | $p.batch == [1, 2, 4] and $p.prefill_micro_batch == [1, 2, 2] | if . then
          near($p.ttft_s[1]; $c.prefill_latency_s[$two]) and near($p.prefill_energy_j[1]; $c.prefill_energy_j[$two])
          and (2 / $interval - $p.requests_per_s[1] | fabs) <= 1e-9 * $p.requests_per_s[1]
          and $g.batch == [1, 2, 4] and $g.generate_tokens_per_s == $c.generate_tokens_per_s
          and $g.generate_latency_s == $c.generate_latency_s and $g.generate_energy_j == $c.generate_energy_j
          and near($g.requests_per_s[2]; $c.generate_tokens_per_s[$four] / 63)
          and ($p.kv_bytes | unique) == [256 * 131072]
        else false end' closed prefill.alone generate.alone
}

@test "what is kept of one phase: no other mapping of all is better in rate, energy and times" {
    rec2json servers | sed -n '1~9p' | json2rec >few
    for phase in prefill generate; do
        llm-map --constants "$CONSTANTS" --system system.yaml --model llama3-8b --phase "$phase" few >kept
        llm-map --constants "$CONSTANTS" --system system.yaml --model llama3-8b --phase "$phase" --all-mappings few >all
        times=min:point.ttft_s
        [ $phase = prefill ] || times=min:point.tpot_s,min:point.generate_latency_s
        fields=id,point.num_servers,point.requests_per_s,point.${phase}_energy_j,point.batch
        for stream in kept all; do
            # energy of a request, as a column that can be ranked
            rec2json --flat "$stream" | jq -c ".point.each_j = .point.${phase}_energy_j / .point.batch" | json2rec |
                pareto --group id,point.num_servers --objective "max:point.requests_per_s,min:point.each_j,$times" |
                rec2csv --fields "$fields" | sort -u >"$stream.csv"
        done
        # values alike may be of several mappings, of which one is kept
        cut -d, -f1-3 all.csv | sort -u | cmp - <(cut -d, -f1-3 kept.csv | sort -u)
        [ "$(rec2csv --flat --fields id all | wc -l)" -gt "$(rec2csv --flat --fields id kept | wc -l)" ]
    done
}

@test "the caches of a prefill bound its micro-batches: those of one in each stage, and of one more" {
    rec2json servers | sed -n '1~20p' | json2rec >few
    llm-map --constants "$CONSTANTS" --system system.yaml --model llama3-8b --phase prefill --all-mappings few | rec2json --flat |
        jq -es 'length > 50 and all(.model.bytes + (.point.pipeline_parallel + 1) * .point.batch * 256 * 131072
            <= .point.num_servers * .server.memory_bytes)' >/dev/null
}

@test "tco-eval: each phase costs its requests; a full prefill and a full generation, a server's cost over what it serves" {
    rec2json --flat prefill generate | sed -n '1~7p' | jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * $b;
        length > 50 and all(
            near(.point.usd_per_request; .point.tco_usd * .point.num_servers / (1.5 * 365 * 86400) / .point.requests_per_s)
            and if .system.phase == "prefill"
                then near(.point.usd_per_input_token; .point.usd_per_request / 256) and (.point | has("usd_per_output_token") | not)
                else near(.point.usd_per_output_token; .point.usd_per_request / 64) and (.point | has("usd_per_input_token") | not) end)'
    grep -qE '^ +SrvLife: 1\.5( |$)' "$CONSTANTS"
}

@test "deployments are those of all pairs: each prefill design by itself with each generate design" {
    joined --prefill prefills generates >together
    [ "$(rec2json together | wc -l)" -gt 20 ]
    rec2json prefills | while IFS= read -r line; do
        json2rec <<<"$line" >single
        joined --prefill single generates
    done >pairs
    [ "$(rec2json pairs | wc -l)" -gt "$(rec2json together | wc -l)" ]
    # equal ones may be of several prefill designs
    values() { rec2csv --fields point.usd_per_request,point.ttft_s,point.tpot_s,point.request_latency_s | sort -u; }
    frontier together | values >found
    frontier pairs | values | cmp - found
    [ "$(wc -l <found)" -gt 10 ]
}

@test "a pair, worked out: whole systems, costs of both phases, the cache on its way" {
    joined --prefill prefills --instances 5 --transfer after generates >deployments
    cat >check.py <<'PY'
import json, math, sys
near = lambda a, b: abs(a - b) <= 1e-9 * abs(b)
count = 0
for line in sys.stdin:
    d = json.loads(line)
    p, g, point = d["prefill"], d["generate"], d["point"]
    answer, prompt = d["workload"]["generate_len"], d["workload"]["prefill_len"]
    n_p, n_d = point["prefill_instances"], point["generate_instances"]
    rate = n_d * g["point"]["requests_per_s"]
    assert list(d) == ["schema", "id", "model", "workload", "prefill", "generate", "point"], list(d)
    assert d["schema"] == "chiplet-cloud/deployment/1" and d["id"] == p["id"] + "+" + g["id"]
    assert list(p) == ["id", "chip", "package", "server", "system", "point"] and p["system"]["phase"] == "prefill", list(p)
    assert g["system"]["phase"] == "generate"
    assert 1 <= n_d <= 5 and n_p == math.ceil(rate / p["point"]["requests_per_s"] * (1 - 1e-12))
    assert near(point["requests_per_s"], rate) and near(point["tokens_per_s"], rate * answer)
    assert near(point["prefill_load"], rate / n_p / p["point"]["requests_per_s"])
    servers = [n_p * p["point"]["num_servers"], n_d * g["point"]["num_servers"]]
    assert point["num_servers"] == sum(servers)
    assert near(point["system_usd"], servers[0] * p["server"]["cost_usd"] + servers[1] * g["server"]["cost_usd"])
    assert near(point["system_power_w"], servers[0] * p["server"]["tdp_w"] + servers[1] * g["server"]["tdp_w"])
    assert near(point["usd_per_request"], point["usd_per_input_token"] * prompt + point["usd_per_output_token"] * answer)
    assert near(point["usd_per_output_token"] * answer, g["point"]["usd_per_request"])
    # a prefill that idles costs more for a request, and the transfer draws power
    assert point["usd_per_input_token"] * prompt >= p["point"]["usd_per_request"] * (1 - 1e-12)
    assert point["usd_per_input_token"] * prompt <= p["point"]["usd_per_request"] / point["prefill_load"] * 1.05
    kv, chips = p["point"]["kv_bytes"], [s["package"]["num_chips"] * s["server"]["num_packages"] for s in (p, g)]
    held = [min(s["point"]["num_servers"], s["point"]["pipeline_parallel"] * math.ceil(s["point"]["tensor_parallel"] / c)) for s, c in zip((p, g), chips)]
    bandwidth = min(n * s["server"]["link"]["bytes_per_s"] * s["system"].get("io_bandwidth_efficiency", 1) for n, s in zip(held, (p, g)))
    assert near(point["transfer_s"], p["server"]["link"]["init_s"] + kv / bandwidth)
    assert near(point["transfer_j"], kv * p["server"]["link"]["pj_per_byte"] * 1e-12)
    assert near(point["ttft_s"], p["point"]["ttft_s"])
    assert near(point["tpot_s"], g["point"]["batch"] / g["point"]["generate_tokens_per_s"])
    assert near(point["request_latency_s"], point["ttft_s"] + point["transfer_s"] + (answer - 1) * point["tpot_s"])
    energy = p["point"]["prefill_energy_j"] / p["point"]["batch"] + g["point"]["generate_energy_j"] / g["point"]["batch"] + point["transfer_j"]
    assert near(point["j_per_output_token"], energy / answer)
    count += 1
assert count > 20, count
PY
    rec2json deployments | "$PYTHON" check.py
    # overlapped, of the transfer a layer is seen at least
    joined --prefill prefills --instances 5 generates | rec2json |
        jq -es 'all(.point.transfer_s > 0 and .point.transfer_s >= .prefill.point.kv_bytes / 32 / 1e15)' >/dev/null
}

# sent FILE OPTION...: what Llama-3-8B, 1024 tokens to a prompt, sends on its way, with system.yaml of $system: kv_bytes, transfer_s
sent() {
    local servers=$1
    printf '%s\nworkload: {max_batch: 1, eval_len: [1024, 64]}\n' "$system" >sent.yaml
    for phase in prefill generate; do
        llm-map --constants 5nm --model llama3-8b --system sent.yaml --convention calibration=published --phase "$phase" --all-mappings "$servers" |
            tco-eval --constants 5nm >"sent.$phase"
    done
    phase-join --constants 5nm --prefill sent.prefill --transfer after --instances 1 "${@:2}" sent.generate |
        rec2json | jq -r '"\(.prefill.point.kv_bytes) \(.point.transfer_s * 1e11 | round)"' | sort -u
}

# A cache has 32 layers of 2 * 8 * 128 numbers of 2 B for each of 1024 tokens: 134217728 B. Links start after 2 us and have 400 GB/s. An attention
# of 16 devices of two chips each lies on two servers of eight packages: 134217728/(2 * 400e9) s. A fourth of a server has a fourth of its
# link: 134217728/100e9 s.
@test "a cache goes over the links of all servers that hold it, and of a part of a server over its share" {
    for hardware in b200 h100; do
        chiplet-gen "$hardware" | server-pack --hardware "$hardware" >"$hardware.servers"
    done
    system=$'num_servers: 2\ndefault_mapping: {t: 16, p: 1, micro_batch: 0, prefill_micro_batch: 0}'
    run sent b200.servers
    assert_output '134217728 16977216'
    system=$'num_servers: 1\ninstances_per_server: 4'
    run sent h100.servers
    assert_output '134217728 134417728'
    # links of 1 GB/s carry no more than 250 MB/s of each of the four
    rec2json h100.servers | jq -c '.server.link.bytes_per_s = 1e9' | json2rec >slow.servers
    [ -z "$(sent slow.servers --rejects rejects 2>/dev/null)" ]
    rec2json rejects | jq -es 'length > 0 and all(.reject | .reason == "kv-link" and .limit == 250e6 and .value > .limit)' >/dev/null
}

@test "the frontiers of the phases suffice: among all pairs at full load none costs less under any promise" {
    for phase in prefill generate; do
        rec2json --flat "$phase" | sed -n '1~7p' | json2rec >"some.$phase"
    done
    pareto --objective min:point.usd_per_request,min:point.ttft_s some.prefill >p
    pareto --objective min:point.usd_per_request,min:point.tpot_s some.generate >g
    cat >check.py <<'PY'
import json, subprocess
read = lambda *command: [json.loads(line)["point"] for line in subprocess.run(command, capture_output=True, check=True).stdout.splitlines()]
every = {"p": read("rec2json", "some.prefill"), "g": read("rec2json", "some.generate")}
kept = {"p": read("rec2json", "p"), "g": read("rec2json", "g")}
for point in every["g"]:
    point["tpot_s"] = point["batch"] / point["generate_tokens_per_s"]
def cheapest(designs, ttft, tpot):
    pairs = [a["usd_per_request"] + b["usd_per_request"] for a in designs["p"] if a["ttft_s"] <= ttft for b in designs["g"] if b["tpot_s"] <= tpot]
    return min(pairs, default=None)
assert len(kept["p"]) * len(kept["g"]) * 10 < len(every["p"]) * len(every["g"])
for ttft in sorted({point["ttft_s"] for point in every["p"]})[::60]:
    for tpot in sorted({point["tpot_s"] for point in every["g"]})[::60]:
        assert cheapest(kept, ttft, tpot) == cheapest(every, ttft, tpot)
PY
    "$PYTHON" check.py
    # in whole systems a request costs at least that much
    joined --prefill p g | rec2json | jq -es 'length > 10 and
        all(.point.usd_per_request >= (.prefill.point.usd_per_request + .generate.point.usd_per_request) * (1 - 1e-12))' >/dev/null
}

@test "half of all prices is half of what a deployment costs; the deployments are the same" {
    halve() { rec2json "$1" | jq -c '.server.cost_usd /= 2' | json2rec | tco-eval --constants half.yaml; }
    awk '/^  (ElectricityCost|DCCapex|DCOpex):/ { printf "  %s %.17g\n", $1, $2 / 2; next } 1' "$CONSTANTS" >half.yaml
    [ "$(diff "$CONSTANTS" half.yaml | grep -c '^>')" -eq 3 ]
    halve prefills >half.prefills
    joined --prefill prefills --load 0.7 generates | rec2json | jq -c .point >whole.json
    halve generates | phase-join --constants half.yaml --prefill half.prefills --load 0.7 | rec2json | jq -c .point >half.json
    [ "$(wc -l <whole.json)" -gt 20 ]
    jq -es --slurpfile whole whole.json 'def near($a; $b): ($a - $b | fabs) <= 1e-12 * ($b | fabs);
        length == ($whole | length) and ([., $whole] | transpose | all(. as [$half, $one] | ($one | keys | all(. as $name |
            near($half[$name]; $one[$name] / (if $name | test("usd") then 2 else 1 end))))))' half.json >/dev/null
}

@test "systems that share a server: brute force over all pairs and counts, with costs, loads, links and servers worked out anew" {
    printf 'num_servers: 1\ninstances_per_server: [1, 2, 8]\nworkload: {max_batch: 16, eval_len: [1024, 64]}\n' >parts.yaml
    chiplet-gen h100 | server-pack --hardware h100 >gpus
    for phase in prefill generate; do
        llm-map --constants 5nm --model llama3-8b --system parts.yaml --phase "$phase" gpus >"parts.$phase"
        tco-eval --constants 5nm "parts.$phase" | rec2json --flat | sed -n '1~3p' >"$phase.lines"
        json2rec "$phase.lines" >"$phase.parts"
        # the same idle: what is left of the cost without energy
        jq -c '.point |= (if has("prefill_energy_j") then .prefill_energy_j = 0 else . end | if has("generate_energy_j") then .generate_energy_j = 0 else . end)' "$phase.lines" |
            json2rec | tco-eval --constants 5nm | rec2json >"$phase.idle"
        [ "$(jq -s 'map(.system.instances_per_server) | unique | length' "$phase.lines")" -eq 3 ]
    done
    cat >brute.py <<'PY'
import json, math, sys
LIFE = float(sys.argv[1])
read = lambda name: [json.loads(line) for line in open(name)]
near = lambda a, b: abs(a - b) <= 1e-9 * abs(b)
def instances(phase):
    for design, idle in zip(read(f"{phase}.lines"), read(f"{phase}.idle")):
        p, server = design["point"], design["server"]
        parts = design["system"].get("instances_per_server", 1)
        assert p["num_servers"] == 1 and server["num_packages"] % parts == 0
        yield {"rate": p["requests_per_s"], "idle": idle["point"]["tco_usd"] / LIFE, "full": p["tco_usd"] / LIFE, "parts": parts,
               "j": p.get("prefill_energy_j", p.get("generate_energy_j")) / p["batch"], "usd": server["cost_usd"] / parts, "w": server["tdp_w"] / parts,
               "link": server["link"]["bytes_per_s"] * design["system"].get("io_bandwidth_efficiency", 1) / parts, "point": p, "server": server}
def cost(i, load, j):  # of a system for a second, when its requests take j
    return i["idle"] + (i["full"] - i["idle"]) * load * j / i["j"]
def best(p, g, kv, count):
    found = None
    transfer_j = kv * p["server"]["link"]["pj_per_byte"] * 1e-12
    for n in range(1, count + 1):
        rate = n * g["rate"]
        k = max(1, math.ceil(rate / p["rate"] * (1 - 1e-12)))
        if rate / k * kv > p["link"] or g["rate"] * kv > g["link"]:
            continue
        usd_in = k * cost(p, rate / k / p["rate"], p["j"] + transfer_j) / rate
        usd = usd_in + n * cost(g, 1, g["j"]) / rate
        if found is None or usd < found["usd_per_request"] * (1 - 1e-12):
            found = {"prefill_instances": k, "generate_instances": n, "usd_per_request": usd, "num_servers": k / p["parts"] + n / g["parts"],
                     "requests_per_s": rate, "system_usd": k * p["usd"] + n * g["usd"], "system_power_w": k * p["w"] + n * g["w"], "usd_per_input_token": usd_in / 1024}
    if found is None:
        return None
    transfer_s = p["server"]["link"]["init_s"] + kv / min(p["link"], g["link"])
    ttft, tpot = p["point"]["ttft_s"], g["point"]["batch"] / g["point"]["generate_tokens_per_s"]
    return {**found, "transfer_s": transfer_s, "ttft_s": ttft, "request_latency_s": ttft + transfer_s + 63 * tpot}
OBJECTIVES = ("usd_per_request", "ttft_s", "request_latency_s")
def beaten(a, others):
    return any(all(b[o] <= a[o] * (1 + 1e-9) for o in OBJECTIVES) and any(b[o] < a[o] * (1 - 1e-9) for o in OBJECTIVES) for b in others)
prefills, rejected, checked, mixed = list(instances("prefill")), 0, 0, 0
joined = [json.loads(line) for line in sys.stdin]
for g in instances("generate"):
    pairs = [best(p, g, p["point"]["kv_bytes"], 5) for p in prefills]
    rejected += pairs.count(None)
    frontier = [a for a in filter(None, pairs) if not beaten(a, filter(None, pairs))]
    mine = [d["point"] for d in joined if g["point"].items() <= d["generate"]["point"].items() and d["generate"]["system"].get("instances_per_server", 1) == g["parts"]]
    assert bool(mine) == bool(frontier)
    for point in mine:
        assert any(all(near(point[key], f[key]) for key in f) for f in frontier), point
        mixed += point["num_servers"] % 1 != 0
        checked += 1
    values = lambda points: {tuple(f"{p[o]:.9g}" for o in OBJECTIVES) for p in points}
    assert values(mine) == values(frontier), (values(mine) ^ values(frontier))
assert checked > 30 and mixed > 10, (checked, mixed)
print(checked, rejected, mixed)
PY
    life=$(sed -n 's/^ *SrvLife: *\([0-9.]*\).*/\1/p' "$root/pipelines/inputs/constants/5nm.yaml")
    phase-join --constants 5nm --prefill prefill.parts --instances 5 --transfer after generate.parts | rec2json >parts.joined
    run "$PYTHON" brute.py "$(jq -n "$life * 365 * 86400")" <parts.joined
    echo "$output"
    assert_success
}

@test "deployments do not depend on how the generate designs were split" {
    joined --prefill prefills generates >whole
    for block in 500 20k 1M; do
        BLOCK=$block "$root/pipelines/parallel-records" stream "phase-join --constants $CONSTANTS --prefill $PWD/prefills" <generates | cmp whole -
    done
    # nor on whether points are in one record or each in its own
    rec2json --flat prefill | json2rec >flat
    joined --prefill flat generates | cmp - <(joined --prefill prefill generates)
    joined --prefill prefills "$PWD/generates" - <generates | cmp - <(cat whole whole)
}

@test "caches that no link carries: kv-link, with the figures; entries of a user's own are found again" {
    rec2json prefills | jq -c '.carbon = {"kg": 7} | .server.link.bytes_per_s = 1000' | json2rec >thin
    joined --prefill thin --rejects rejects --stats generates >out 2>said
    [ ! -s out ]
    rec2json rejects | jq -es 'length > 20 and all(.reject.reason == "kv-link" and .reject.stage == "phase-join"
        and .reject.value > .reject.limit and .reject.limit <= 32000)' >/dev/null
    grep -q '^phase-join: stats rejected kv-link ' said
    grep -q 'candidates is realizable' said
    rec2json prefills | jq -c '.carbon = {"kg": 7}' | json2rec >own
    joined --prefill own generates | rec2json | jq -es 'length > 20 and all(.prefill.carbon.kg == 7 and (.generate | has("carbon") | not))' >/dev/null
}

@test "--load: requests that come by themselves wait, the longer the more of them there are; costs are those at the load" {
    joined --prefill prefills generates >busy
    rec2json busy | jq -es 'all(.point | has("wait_s") or has("quantile_ttft_s") | not)' >/dev/null
    for load in 0.5 0.9; do
        joined --prefill prefills --load $load --instances 2 generates | rec2json >"at.$load"
        jq -es --argjson load $load 'def near($a; $b): ($a - $b | fabs) <= 1e-9 * $b;
            length > 20 and all(near(.point.ttft_s; .point.wait_s + .prefill.point.ttft_s)
                and .point.quantile_ttft_s >= .prefill.point.ttft_s
                and near(.point.requests_per_s; $load * .point.generate_instances * .generate.point.requests_per_s)
                and .point.usd_per_request > .prefill.point.usd_per_request + .generate.point.usd_per_request)' "at.$load" >/dev/null
        jq -r 'select(.point.generate_instances == 1 and .prefill.point.batch == 1) | "\([.id, .prefill.point, .generate.point] | tojson | @base64) \(.point.wait_s)"' "at.$load" | sort >"waits.$load"
    done
    # the same pairs at both loads
    join waits.0.5 waits.0.9 | awk '{ n++; if (!($3 > $2)) exit 1 } END { exit n == 0 }'
    refused 2 joined --prefill prefills --load 1 generates
    says '--load 1: expected a share above 0 and below 1'
}

@test "streams that do not go together are refused, with what was expected" {
    refused 1 joined --prefill generates generates
    says 'system.phase is generate: expected a design of llm-map --phase prefill'
    refused 1 joined --prefill prefills prefills
    says 'system.phase is prefill: expected a design of llm-map --phase generate'
    llm-map --constants "$CONSTANTS" --system system.yaml --model llama3-8b servers | tco-eval --constants "$CONSTANTS" >closed
    refused 1 joined --prefill closed generates
    says 'system.phase is missing: expected a design of llm-map --phase prefill'
    alone generate --name other --model llama3-8b servers >other
    refused 1 joined --prefill prefills other
    says 'model: other, not the same as llama3-8b of the designs before it: expected one model in both streams'
    cat prefills other >mixed
    sed 's/256, 64/256, 32/' system.yaml >shorter.yaml
    llm-map --constants "$CONSTANTS" --system shorter.yaml --model llama3-8b --phase generate servers >shorter
    refused 1 joined --prefill prefills shorter
    says 'workload: 256 + 32 tokens, where the designs before it have 256 + 64'
    refused 1 joined --prefill servers generates
    says 'servers: record 1 (c'
    refused 3 joined --prefill nothing generates
    refused 2 joined generates
    says '--prefill FILE is required'
    refused 2 joined --prefill prefills --instances 0 generates
    says 'expected an integer from 1 to 10000'
    refused 2 joined --prefill prefills --transfer never generates
    says 'expected overlapped or after'
    refused 2 joined --prefill prefills prefills generates --rejects prefills
    says 'is the input'
    rec2json generates | jq -c 'del(.point.requests_per_s)' | json2rec >lacking
    refused 1 joined --prefill prefills lacking
    says 'point.requests_per_s is missing'
    rec2json generates | jq -c 'del(.id)' | json2rec >nameless
    refused 1 joined --prefill prefills nameless
    says 'id is missing'
    run --separate-stderr joined --prefill /dev/null generates
    assert_success
    assert_output ''
    says '/dev/null has no designs'
}

@test "llm-map --phase: what one phase cannot be asked for is refused" {
    refused 2 llm-map --constants "$CONSTANTS" --model llama3-8b --phase both servers
    says '--phase both: expected prefill, generate or chunked'
    refused 2 llm-map --constants "$CONSTANTS" --model llama3-8b --phase prefill --breakdown servers
    says '--phase and --breakdown exclude each other'
    refused 2 llm-map --constants "$CONSTANTS" --model llama3-8b --phase prefill --frontier usd_per_output_token,generate_latency_s servers
    says '--phase: expected --frontier demand_usd_per_output_token with it, then any of generate_latency_s, ttft_s, tpot_s, and --where on these'
    refused 2 llm-map --constants "$CONSTANTS" --model llama3-8b --phase prefill --where 'point.prefill_latency_s<=1' servers
    says '--phase: expected --frontier demand_usd_per_output_token with it'
    printf 'num_servers: 2\nworkload: {eval_len: [256, 1]}\n' >one.yaml
    refused 1 llm-map --constants "$CONSTANTS" --model llama3-8b --phase generate --system one.yaml servers
    says 'one.yaml: workload.eval_len: an answer of one token comes with the prefill'
    printf 'num_servers: 2\nsub_sys_num_servers: 1\nworkload: {eval_len: [256, 8]}\n' >parts.yaml
    refused 1 llm-map --constants "$CONSTANTS" --model llama3-8b --phase prefill --system parts.yaml servers
    says 'parts.yaml: sub_sys_num_servers: with --phase a system has no sub-systems'
    rec2json --flat prefill | sed -n 1p | jq -c '.system.phase = "decode"' | json2rec >odd
    refused 1 tco-eval --constants "$CONSTANTS" odd
    says "system.phase: 'decode' is not one of: prefill, generate"
}

# chunked WORD...: llm-map --phase chunked on a few servers
chunked() {
    llm-map --constants "$CONSTANTS" --model llama3-8b --phase chunked "$@" few
}

chunked_system() {
    rec2json servers | sed -n '1~9p' | json2rec >few
    printf 'num_servers: [16, 32]\nprefill_chunk: [64, 100]\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >chunked.yaml
}

@test "prompts in chunks: a steady state whose tokens in and out agree, costs that add up, a record for each chunk" {
    chunked_system
    chunked --system chunked.yaml >evaluations
    tco-eval --constants "$CONSTANTS" evaluations | pareto --where point.batch\>=1 --objective min:point.usd_per_request,min:point.ttft_s,min:point.tpot_s >costed
    rec2json evaluations | jq -es 'length > 8 and ([.[].system.prefill_chunk] | unique) == [64, 100] and all(.system.phase == "chunked")' >/dev/null
    tco-eval --constants "$CONSTANTS" evaluations | rec2json --flat | jq -es 'def near($a; $b): ($a - $b | fabs) <= 1e-9 * $b;
        length > 100 and all(.point as $p | .system.prefill_chunk as $c
            | $p.mixed_share <= 1 and near($p.mixed_share; $p.micro_batch * 256 / (63 * $c))
            # tokens of prompts that mixed passes take, and those of the requests
            and near($p.mixed_share * $c / $p.micro_batch * $p.generate_tokens_per_s; $p.requests_per_s * 256)
            and near($p.generate_tokens_per_s; $p.requests_per_s * 63)
            and near($p.generate_latency_s; 63 * $p.batch / $p.generate_tokens_per_s)
            and $p.worst_tpot_s * (1 + 1e-12) >= $p.batch / $p.generate_tokens_per_s
            and $p.ttft_s * (1 + 1e-12) >= $p.worst_tpot_s / ($p.batch / $p.micro_batch)
            and near(256 * $p.usd_per_input_token + 64 * $p.usd_per_output_token; $p.usd_per_request)
            and near(256 * $p.usd_per_input_token; $p.input_share * $p.usd_per_request)
            and near($p.usd_per_request; $p.tco_usd * $p.num_servers / (1.5 * 365 * 86400) / $p.requests_per_s)
            # the caches of the batch, and of a prompt more
            and .model.bytes + ($p.batch + 1) * 320 * 131072 <= $p.num_servers * .server.memory_bytes)' >/dev/null
    rec2json costed | jq -es 'length > 3 and all(.point.tpot_s > 0 and .point.tokens_per_s > 0)' >/dev/null
}

@test "prompts in chunks: what is kept of all mappings, and a mapping that is given" {
    chunked_system
    chunked --system chunked.yaml >kept
    chunked --system chunked.yaml --all-mappings >all
    for stream in kept all; do
        rec2json --flat "$stream" | jq -c '.point.each_j = (.point.prefill_energy_j + .point.generate_energy_j) / .point.batch' | json2rec |
            pareto --group id,system.prefill_chunk,point.num_servers \
                --objective max:point.requests_per_s,min:point.each_j,min:point.ttft_s,min:point.tpot_s,min:point.worst_tpot_s |
            rec2csv --fields id,system.prefill_chunk,point.num_servers,point.requests_per_s,point.each_j,point.ttft_s | sort -u >"$stream.csv"
        # the cheapest output tokens, too
        tco-eval --constants "$CONSTANTS" "$stream" | pareto --group id,system.prefill_chunk | rec2csv --fields id,point.usd_per_output_token,point.generate_latency_s | sort -u >"$stream.output.csv"
    done
    cmp kept.csv all.csv
    cmp kept.output.csv all.output.csv
    [ "$(wc -l <kept.csv)" -gt 50 ]
    [ "$(rec2csv --flat --fields id all | wc -l)" -gt "$(rec2csv --flat --fields id kept | wc -l)" ]
    rec2json --flat all | jq -c 'select(.point.micro_batch > 1 and .point.micro_batch < .point.batch and .point.pipeline_parallel > 1)' | sed -n 1p >design
    [ -s design ]
    jq -r '"num_servers: \(.point.num_servers)\nprefill_chunk: \(.system.prefill_chunk)\nworkload: {batches: [\(.point.batch)], eval_len: [256, 64]}\ndefault_mapping: {t: \(.point.tensor_parallel), p: \(.point.pipeline_parallel), micro_batch: \(.point.micro_batch), prefill_micro_batch: 1}"' design >given.yaml
    rec2json few | grep -F "\"$(jq -r .id design)\"" | json2rec >one
    mv one few
    chunked --system given.yaml | rec2json --flat | jq -c .point | cmp - <(jq -c .point design)
}

@test "prompts in chunks: a chunk as long as a prompt, or longer, is the prompt; what cannot be asked for" {
    chunked_system
    points() { rec2json | jq -c .points; }
    sed 's/\[64, 100\]/256/' chunked.yaml >prompt.yaml
    sed 's/\[64, 100\]/1000/' chunked.yaml >longer.yaml
    chunked --system prompt.yaml | points >prompt
    chunked --system longer.yaml | points | cmp - prompt
    [ -s prompt ]
    refused 1 chunked --system system.yaml
    says 'system.yaml: prefill_chunk: expected with --phase chunked'
    refused 2 chunked
    says 'expected a --system that has prefill_chunk'
    sed 's/\[64, 100\]/4/' chunked.yaml >short.yaml
    run --separate-stderr chunked --system short.yaml --rejects rejects
    assert_success
    [ -z "$output" ]
    # 256 tokens for each 63 passes, a chunk of 4
    rec2json rejects | jq -es 'map(select(.reject.reason == "prefill_chunk")) | length > 0 and all(.reject.value == 256 / 63 and .reject.limit == 4)' >/dev/null
    # a mapping that is given, all 16 requests at once: 16 * 256 tokens for each 63 passes
    chunked --system chunked.yaml | rec2json --flat | jq -r 'select(.point.batch == 16) | "num_servers: \(.point.num_servers)\nprefill_chunk: 16\nworkload: {batches: [16], eval_len: [256, 64]}\ndefault_mapping: {t: \(.point.tensor_parallel), p: \(.point.pipeline_parallel), micro_batch: 0, prefill_micro_batch: 0}"' | sed -n 1,4p >given.yaml
    chunked --system given.yaml --rejects rejects >none
    [ ! -s none ]
    rec2json rejects | jq -es 'map(select(.reject.reason == "prefill_chunk")) | length > 0 and all(.reject.value == 16 * 256 / 63 and .reject.limit == 16)' >/dev/null
    sed 's/, 64\]}/, 1]}/' chunked.yaml >one-token.yaml
    refused 1 chunked --system one-token.yaml
    says 'with --phase chunked expected 2 or more'
    sed 's/\[64, 100\]/0/' chunked.yaml >none.yaml
    refused 1 chunked --system none.yaml
    says 'prefill_chunk: 0 is not greater than 0'
    refused 2 chunked --system chunked.yaml --breakdown
    says '--phase and --breakdown exclude each other'
    refused 2 llm-map --constants "$CONSTANTS" --model llama3-8b --phase mixed few
    says '--phase mixed: expected prefill, generate or chunked'
    # without it the key changes nothing but is not in records
    sed '/prefill_chunk/d' chunked.yaml >plain.yaml
    llm-map --constants "$CONSTANTS" --model llama3-8b --system prompt.yaml few | cmp - <(llm-map --constants "$CONSTANTS" --model llama3-8b --system plain.yaml few)
    chunked --system chunked.yaml | tco-eval --constants "$CONSTANTS" >costed
    refused 1 joined --prefill prefills costed
    says 'system.phase is chunked: expected a design of llm-map --phase generate'
    chunked --system chunked.yaml | rec2json | jq -c '.system.phase = "some"' | json2rec >some
    refused 1 tco-eval --constants "$CONSTANTS" some
    says "system.phase: 'some' is not one of: prefill, generate, chunked"
    chunked --system chunked.yaml | rec2json | jq -c 'del(.points.input_share)' | json2rec >lacking
    refused 1 tco-eval --constants "$CONSTANTS" lacking
    says 'input_share'
}

@test "--frontier and --where of systems of a phase: the same frontier of cost at a demand and of times, however servers are split; what is passed over is counted" {
    chiplet-gen --constants "$CONSTANTS" --shard 3/400 "$HARDWARE" | server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >servers
    printf 'num_servers: [2, 8, 20]\nprefill_chunk: [64, 256]\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >chunked.yaml
    printf 'num_servers: [2, 8, 20]\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >plain.yaml
    printf 'num_servers: 1\ninstances_per_server: [2, 4]\nprefill_chunk: [64, 256]\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >shared.yaml
    for case in 'chunked chunked gpt-6.7b ttft_s,tpot_s' 'chunked shared gpt-350m ttft_s,tpot_s' 'chunked chunked gpt-6.7b generate_latency_s' 'prefill plain gpt-6.7b ttft_s' 'generate plain gpt-6.7b tpot_s'; do
        read -r phase system model times <<<"$case"
        objective=min:point.demand_usd_per_output_token,min:point.${times//,/,min:point.}
        map() {
            llm-map --constants "$CONSTANTS" --model "$model" --system $system.yaml --phase "$phase" "$@" 2>said
        }
        frontier() {
            tco-eval --constants "$CONSTANTS" --demand 3e4tokens/s | pareto --objective "$objective" "$@"
        }
        map --all-mappings servers | frontier >whole
        map --frontier "demand_usd_per_output_token,$times" --demand 3e4tokens/s --stats servers >few
        frontier <few >found
        cmp whole found
        map servers >kept
        [ "$(wc -c <few)" -lt "$(wc -c <kept)" ]
        [ -s found ]
        # in parts, each of which knows its own points alone
        for part in 0 1; do
            rec2json servers | awk -v part=$part 'NR % 2 == part' | json2rec | map --frontier "demand_usd_per_output_token,$times" --demand 3e4tokens/s
        done | frontier | rec2json | sort >split
        rec2json whole | sort | cmp - split
        # the cheapest that keeps a limit between the least and the most
        path=point.${times%%,*}
        limit=$(rec2csv --fields "$path" whole | sed 1d | sort -g | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }')
        frontier --where "$path<=$limit" --top 1 <kept >cheapest
        map --frontier demand_usd_per_output_token --demand 3e4tokens/s --where "$path<=$limit" servers | frontier --where "$path<=$limit" --top 1 >found
        cmp cheapest found
        [ -s found ]
    done
    printf 'num_servers: 2\nenergy_model: false\nprefill_chunk: 64\nworkload: {max_batch: 32, eval_len: [256, 64]}\n' >chunked.yaml
    llm-map --constants "$CONSTANTS" --model gpt-350m --system chunked.yaml --phase chunked --frontier demand_usd_per_output_token --demand 3e4tokens/s servers 2>said >/dev/null
    grep -qx 'llm-map: --frontier: nothing is left out: the energy model is off' said
}
