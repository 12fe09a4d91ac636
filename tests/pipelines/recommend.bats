#!/usr/bin/env bats
# recommend: from a demand and a promise to a table, a bill of materials and a page; its parts add up, and a looser promise costs no more.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    export JOBS=2 OUT=out
    small_hardware own.yaml
    recommend=("$root/pipelines/recommend" --workload 128,64)
}

# csv FILE ARGUMENT...: the answer as CSV.
csv() {
    "${recommend[@]}" --csv "${@:2}" >"$1" 2>said || fail "$(cat said)"
}

# column FILE NAME [HARDWARE]: the values of a column.
column() {
    "$PYTHON" -c 'import csv, sys
for row in csv.DictReader(open(sys.argv[1])):
    if len(sys.argv) < 4 or row["hardware"] == sys.argv[3]:
        print(row[sys.argv[2]])' "$@"
}

# typed FILE: the pipelines that the answer in $output ends with, to be run.
typed() {
    sed -n '/^How, as one could type it:/,$p' <<<"$output" | sed '1d;$d' >"$1"
    grep -q '^chiplet-gen --constants' "$1"
}

# found RECORDS FILE [NAME...]: the designs of a stream have, together, the figures of the first row of an answer, and those named by themselves.
found() {
    rec2json "$1" >designs.json
    "$PYTHON" - designs.json "${@:2}" <<'EOF'
import csv, json, sys
designs = [json.loads(line) for line in open(sys.argv[1])]
row = next(csv.DictReader(open(sys.argv[2])))
assert designs
def total(name):
    return sum(design["point"][name] for design in designs)
figures = {"servers": total("fleet_servers"), "chips": total("fleet_chips"), "power_w": total("fleet_power_w"), "investment_usd": total("fleet_usd"),
           **{name: max(design["point"][name] for design in designs) for name in ("ttft_s", "tpot_s")}}
if len(designs) == 1:
    design = designs[0]
    figures["usd_per_output_token"] = design["point"]["demand_usd_per_output_token"]
    assert row["design"] == design["id"] and int(row["batch"]) == design["point"]["batch"], (row, design["point"])
    assert (row["prefill"] == "chunks") == (design["system"].get("phase") == "chunked"), row
    assert row["prefill_chunk"] == str(design["system"]["prefill_chunk"] if row["prefill"] == "chunks" else ""), row
    assert int(row["instances_per_server"]) == design["system"].get("instances_per_server", 1), row
for name, value in figures.items():
    assert abs(float(row[name]) - value) <= 1e-12 * value, (name, row[name], value)
EOF
}

# brute_force HARDWARE CONSTANTS OPTION...: the cheapest of every mapping in every way that keeps the promise, options of llm-map, tco-eval and where.
brute_force() {
    local file
    chiplet-gen --constants "$2" "$1" | server-pack --constants "$2" --hardware "$1" >servers
    for file in out/system.yaml out/system-in-a-server.yaml out/chunks.yaml out/chunks-in-a-server.yaml; do
        local options=(--service-levels)
        [[ $file != *chunks* ]] || options=(--phase chunked)
        llm-map --constants "$2" --model "$model" --system $file --all-mappings "${options[@]}" servers 2>/dev/null |
            tco-eval --constants "$2" --demand "$demand" "${@:4}" | pareto --objective min:point.demand_usd_per_output_token --where "$3" --top 1
    done | pareto --objective min:point.demand_usd_per_output_token --top 1
}

@test "a promise that is kept: ranked by cost, and the pipeline that is printed finds the best" {
    run --separate-stderr "${recommend[@]}" --model gpt2 --tokens-per-s 20000 --ttft 1 --tpot 20ms --hardware own.yaml,h100,tpuv5p
    assert_success
    [ -z "$stderr" ]
    assert_line 'demand:      20,000 tokens/s of answers'
    assert_line 'promise:     TTFT at most 1 s, TPOT at most 20 ms'
    assert_line --regexp '^Bill of materials: (h100|tpuv5p) c[0-9.ps]*, [0-9]+ systems?( of|,)'
    assert_line --index -1 out/index.html
    [ -s out/index.html ]
    # no line is wider than a terminal, but those of the pipeline
    [ -z "$(sed '/^How, as one could type it/,$d' <<<"$output" | awk 'length > 80')" ]
    sed -n '/^How, as one could type it:/,$p' <<<"$output" | sed '1d;$d' >typed
    grep -q '^chiplet-gen --constants' typed
    bash -o pipefail typed | rec2json >best.json
    [ "$(wc -l <best.json)" -eq 1 ]
    csv answer.csv --model gpt2 --tokens-per-s 20000 --ttft 1 --tpot 20ms --hardware own.yaml,h100,tpuv5p
    [ "$(column answer.csv promise | sort -u)" = kept ]
    column answer.csv usd_per_output_token >costs
    sort -g costs | cmp - costs
    "$PYTHON" - best.json answer.csv <<'EOF'
import csv, json, sys
design, row = json.loads(open(sys.argv[1]).read()), next(csv.DictReader(open(sys.argv[2])))
point = design["point"]
assert design["id"] == row["design"]
for name, value in (("usd_per_output_token", point["demand_usd_per_output_token"]), ("servers", point["fleet_servers"]), ("ttft_s", point["ttft_s"]),
                    ("investment_usd", point["fleet_usd"]), ("power_w", point["fleet_power_w"]), ("chips", point["fleet_chips"]), ("racks", point["fleet_racks"])):
    assert abs(float(row[name]) - value) <= 1e-12 * value, name
# that it costs least of all points that keep the promise, every point looked at, is what pareto is tested for
EOF
}

@test "a custom chip pays for its design, one that is sold does not; from which demand it pays" {
    csv small.csv --model gpt2 --tokens-per-s 20000 --hardware own.yaml,h100
    csv large.csv --model gpt2 --tokens-per-s 2e9 --hardware own.yaml,h100
    [ "$(column small.csv nre_usd own)" = 35000000.0 ]
    [ "$(column small.csv nre_usd h100)" = 0 ] || [ "$(column small.csv nre_usd h100)" = 0.0 ]
    [ "$(column small.csv hardware | head -n 1)" = h100 ]
    awk -v a="$(column small.csv usd_per_output_token own)" -v b="$(column large.csv usd_per_output_token own)" 'BEGIN { exit !(a > 100 * b) }'
    run "${recommend[@]}" --model gpt2 --tokens-per-s 20000 --hardware own.yaml,h100
    assert_output --partial 'Against renting h100'
    # what rents $ 1 an hour
    printf 'hardware,usd_per_hour\nh100,1\n' >rental.csv
    csv rented.csv --model gpt2 --tokens-per-s 20000 --hardware h100 --rental rental.csv
    awk -v rent="$(column rented.csv rented_usd_per_output_token)" -v servers="$(column rented.csv servers)" 'BEGIN { d = rent - 8 * servers / 3600 / 20000; exit !(d < 1e-15 && d > -1e-15) }'
}

@test "a looser promise never costs more, a tighter one never less, and half the demand takes no more servers" {
    last=0
    # the frontier is computed once, and taken again for each promise
    for tpot in 20ms 8ms 5ms 3ms 2ms 1.5ms; do
        csv $tpot.csv --model gpt2 --tokens-per-s 50000 --ttft 0.5 --tpot $tpot --hardware own.yaml
        [ "$(column $tpot.csv promise)" = kept ] || break
        cost=$(column $tpot.csv usd_per_output_token)
        awk -v a="$last" -v b="$cost" 'BEGIN { exit !(b >= a) }'
        last=$cost
    done
    for ttft in 0.001 0.003 0.01 0.03 0.1 0.3; do
        csv $ttft.csv --model gpt2 --tokens-per-s 50000 --ttft $ttft --hardware own.yaml
        [ "$(column $ttft.csv promise)" = kept ] || continue
        cost=$(column $ttft.csv usd_per_output_token)
        [ ! -s kept ] || awk -v a="$(cat kept)" -v b="$cost" 'BEGIN { exit !(b <= a) }'
        echo "$cost" >kept
    done
    [ -s kept ]
    # of the same servers, whatever the way to serve that is chosen
    for hardware in h100 tpuv5p; do
        for demand in 400000 200000 100000 50000; do
            csv d.csv --model llama3-8b --tokens-per-s $demand --hardware $hardware --workload 1024,256 --ttft 1 --tpot 20ms
            [ "$(column d.csv promise)" = kept ]
            column d.csv servers
            column d.csv prefill >>ways
        done >servers
        sort -rn servers | cmp - servers
        [ "$(sort -u servers | wc -l)" -gt 2 ]
    done
    grep -qx chunks ways
}

@test "whole prompts and chunks, systems of whole servers and several in a server: the cheapest of every mapping in every way" {
    model=gpt2 demand=200000tokens/s
    for promise in '--ttft 1 --tpot 20ms' '--ttft 3ms --tpot 3ms' '--ttft 0.5 --tpot 1.2ms' '--tpot 10ms'; do
        # shellcheck disable=SC2086
        csv answer.csv --model gpt2 --tokens-per-s 200000 --hardware own.yaml $promise
        [ "$(column answer.csv promise)" = kept ]
        where=$(sed -E 's/--ttft ([^ ]*)( |$)/point.ttft_s<=\1,/; s/--tpot (.*)/point.tpot_s<=\1/; s/([0-9.]+)ms/\1e-3/g; s/,$//' <<<"$promise")
        brute_force own.yaml "$CONSTANTS" "$where" >best
        found best answer.csv
        column answer.csv prefill >>ways
    done
    grep -qx chunks ways
    model=llama3-8b demand=100000tokens/s
    for hardware in h100 tpuv5p; do
        csv $hardware.csv --model llama3-8b --tokens-per-s 100000 --hardware $hardware --tpot 20ms
        constants=5nm
        [ $hardware = h100 ] || constants=7nm
        brute_force $hardware $constants 'point.tpot_s<=20e-3' --bought >best
        rec2csv --fields point.demand_usd_per_output_token best | sed 1d >brute
        column $hardware.csv usd_per_output_token | "$PYTHON" -c 'import sys; a, b = float(input()), float(open("brute").read()); assert abs(a - b) <= 1e-12 * b, (a, b)'
        run --separate-stderr "${recommend[@]}" --model llama3-8b --tokens-per-s 100000 --hardware $hardware --tpot 20ms
        typed commands
        bash -o pipefail commands >again
        found again $hardware.csv
        column $hardware.csv instances_per_server >>sharing
    done
    # an 8B model has room for itself on a part of eight H100
    grep -qx 'instances_per_server: \[2, 4, 8, .*' out/system-in-a-server.yaml
    grep -qxE '2|4|8' sharing
}

@test "chunks are left out by what generation alone costs on a server: the same record as of all servers" {
    cat >same.py <<'EOF'
import os, pathlib, sys, tempfile
from reporting import offers, records
model, demand, ttft, tpot, cost = sys.argv[1:]
work = pathlib.Path(tempfile.mkdtemp(dir="."))
(work / "kept").mkdir()
task = offers.Task({"--model": model, "--tokens-per-s": demand, "--workload": "128,64"}, work)
kind = offers.Hardware("own.yaml", task)
servers = len(records.read(records.run(*kind.servers())))
for way in (offers.CHUNKED, offers.CHUNKED_SHARED):
    limits = {"point.ttft_s": float(ttft), "point.tpot_s": float(tpot), offers.COST: float(cost) or None}
    commands = [kind.mapping(way), kind.cost()]
    last = ["pareto", "--objective", offers.BEST, *offers.where(limits), *(["--top", "1"] if limits[offers.COST] else [])]
    looked = []
    kind._on = lambda designs, commands, last: looked.append(len(designs)) or offers.Hardware._on(designs, commands, last)
    screened = kind._screened(way, commands, last, limits, [])
    plain = records.run(*kind.servers(), *commands, last)
    assert screened == plain, (way.file(False), len(screened), len(plain))
    print(len(plain) > 0, looked[-1] < servers)
EOF
    for limits in '1 0.02 0' '1 0.02 1' '0.003 0.002 1' '0.01 0.0008 0' '1 0.02 2.5e-4'; do
        # shellcheck disable=SC2086
        PYTHONPATH=$root/pipelines "$PYTHON" same.py gpt2 200000 $limits >>seen 2>said || fail "$(cat said)"
    done
    grep -q '^True' seen
    grep -q 'True$' seen
}

@test "a custom chip or one that is sold: names stand whole in a table of 80 columns" {
    cp own.yaml a-chip-whose-name-people-type.yaml
    run --separate-stderr "${recommend[@]}" --model gpt2 --tokens-per-s 20000 --ttft 1 --tpot 20ms --hardware a-chip-whose-name-people-type.yaml,h100
    assert_line --regexp '^a-chip-whose-name-people-type '
    assert_line --regexp '^h100 '
    [ -z "$(sed '/^How, as one could type it/,$d' <<<"$output" | awk 'length > 80')" ]
}

@test "the bill of materials adds up: prices to the investment, watts to the power" {
    for arguments in '--model gpt2 --hardware own.yaml' '--model llama3-8b --hardware h100' '--model gpt2 --hardware gpu-3d-dram' \
        '--model gpt2,llama3-8b --hardware h200'; do
        # shellcheck disable=SC2086
        "${recommend[@]}" --tokens-per-s 20000 $arguments >/dev/null 2>said || fail "$(cat said)"
        # shellcheck disable=SC2086
        csv answer.csv --tokens-per-s 20000 $arguments
        "$PYTHON" - out/index.html answer.csv <<'EOF'
import csv, html.parser, sys
class Tables(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(); self.rows, self.cell = [], None
    def handle_starttag(self, tag, attributes):
        if tag == "tr": self.rows.append([])
        if tag == "td": self.cell = ""
    def handle_data(self, data):
        if self.cell is not None: self.cell += data
    def handle_endtag(self, tag):
        if tag == "td": self.rows[-1].append(self.cell); self.cell = None
page = Tables()
page.feed(open(sys.argv[1]).read())
number = lambda cell: float(cell.replace(",", ""))
bills = [row for row in page.rows if len(row) == 7]
row = next(csv.DictReader(open(sys.argv[2])))
usd = watts = total = power = 0
for cells in bills:
    if cells[0].startswith("servers"):
        assert abs(number(cells[4]) - usd) <= 2e-3 * usd and abs(number(cells[6]) - watts) <= 2e-3 * watts, (cells, usd, watts)
        total, power, usd, watts = total + number(cells[4]), power + number(cells[6]) * 1000, 0, 0
    else:
        usd, watts = usd + number(cells[4]), watts + number(cells[6])
assert total and abs(total - float(row["investment_usd"])) <= 2e-3 * total, (total, row)
assert abs(power - float(row["power_w"])) <= 2e-3 * power, (power, row)
EOF
        # the parts themselves, to all digits
        PYTHONPATH=$root/pipelines "$PYTHON" - out/kept <<'EOF'
import os, pathlib, sys
from reporting import fleets, records
n = 0
for path in pathlib.Path(sys.argv[1]).iterdir():
    for design in records.read(path.read_bytes()):
        parts = fleets.parts_of(design)
        server = design["server"]
        for total, part in ((server["cost_usd"], "usd"), (server["tdp_w"], "watts")):
            assert abs(sum(p.count * getattr(p, part) for p in parts) - total) <= 1e-9 * total, (design["id"], part)
        assert all(p.usd >= -1e-9 for p in parts) and not any(p.name == "other" for p in parts)
        n += 1
assert n
EOF
        rm -r out
    done
}

@test "a promise that nothing keeps: exit 0, what comes nearest, by how much it misses and what binds it" {
    run --separate-stderr "${recommend[@]}" --model llama3-8b --tokens-per-s 1000 --ttft 1us --hardware h100
    [ "$status" -eq 2 ]
    run --separate-stderr "${recommend[@]}" --model llama3-8b --tokens-per-s 1000 --ttft 0.1ms --tpot 1 --hardware h100,tpuv5p
    assert_success
    assert_line --regexp 'missed [0-9.]+x'
    joined=$(tr '\n' ' ' <<<"$output")
    [[ $joined =~ Nothing\ keeps\ the\ promise\.\ (h100|tpuv5p)\ comes\ nearest:\ TTFT\ ([0-9.]+)\ ms\ of\ 0\.100\ ms,\ ([0-9.]+)\ times\ the\ promise\;\ bound\ by\ TTFT,(compute|memory|network) ]]
    awk -v a="${BASH_REMATCH[2]}" -v b="${BASH_REMATCH[3]}" 'BEGIN { d = a / 0.1 - b; exit !(b > 1 && d < 0.01 * b && -d < 0.01 * b) }'
    csv answer.csv --model llama3-8b --tokens-per-s 1000 --ttft 0.1ms --tpot 1 --hardware h100,tpuv5p
    # nothing comes nearer: no design has a lower TTFT, in no way to serve
    column answer.csv ttft_s | sort -g | head -n 1 >least
    for hardware in h100 tpuv5p; do
        constants=5nm
        [ $hardware = h100 ] || constants=7nm
        chiplet-gen --constants $constants $hardware | server-pack --constants $constants --hardware $hardware >servers
        for file in system system-in-a-server chunks chunks-in-a-server; do
            options=(--service-levels)
            [[ $file != chunks* ]] || options=(--phase chunked)
            llm-map --constants $constants --model llama3-8b --system out/$file.yaml "${options[@]}" servers | pareto --objective min:point.ttft_s --top 1 |
                rec2csv --fields point.ttft_s | sed 1d
        done
    done | sort -g | head -n 1 | cmp - least
    "${recommend[@]}" --model llama3-8b --tokens-per-s 1000 --ttft 0.1ms --tpot 1 --hardware h100,tpuv5p >said
    output=$(cat said)
    typed commands
    bash -o pipefail commands >again
    found again answer.csv
    [[ $output == *Bill\ of\ materials* ]]
}

@test "hardware without room for the model says so, next to others" {
    sed -i 's/packages_per_lane: .*/packages_per_lane: 6\n  num_lanes: 1/' own.yaml
    run --separate-stderr "${recommend[@]}" --model llama3-405b --tokens-per-s 1000 --hardware own.yaml
    assert_success
    assert_output --partial 'cannot serve'
    assert_output --partial 'No hardware can serve the model'
    csv answer.csv --model llama3-405b --tokens-per-s 1000 --hardware own.yaml,h100
    [ "$(column answer.csv promise h100)" = kept ]
    [ "$(column answer.csv promise own)" = 'cannot serve' ]
}

@test "a mix on servers of one design, by shares" {
    csv mix.csv --model gpt2,llama3-8b --mix gpt2=0.25,llama3-8b=0.75 --tokens-per-s 20000 --ttft 1 --tpot 20ms --hardware h100
    [ "$(column mix.csv promise)" = kept ]
    run "${recommend[@]}" --model gpt2,llama3-8b --mix gpt2=0.25,llama3-8b=0.75 --tokens-per-s 20000 --ttft 1 --tpot 20ms --hardware h100
    assert_line 'model:       gpt2 25 %, llama3-8b 75 %'
    assert_output --partial ' for gpt2, '
    assert_output --partial ' for llama3-8b, '
    typed commands
    grep -q 'portfolio --mix gpt2=0.25,llama3-8b=0.75 --where' commands
    # each model's systems by themselves, on a server of the shortlist
    bash -o pipefail commands >again
    found again mix.csv
    rec2csv --fields id shortlist | grep -qx "$(column mix.csv design)"
    rec2json again | "$PYTHON" -c 'import csv, json, sys
costs = [json.loads(line)["point"]["demand_usd_per_output_token"] for line in sys.stdin]
mean = 0.25 * costs[0] + 0.75 * costs[1]
assert abs(mean - float(next(csv.DictReader(open("mix.csv")))["usd_per_output_token"])) <= 1e-12 * mean'
}

@test "a mix for which nothing keeps the promise: the servers that come nearest, by how much they miss it and what binds it" {
    mix=(--model gpt2,megatron --mix gpt2=0.5,megatron=0.5 --tokens-per-s 20000 --hardware own.yaml)
    csv mix.csv "${mix[@]}" --ttft 0.7ms --tpot 0.1ms
    run --separate-stderr "${recommend[@]}" "${mix[@]}" --ttft 0.7ms --tpot 0.1ms
    assert_success
    joined=$(tr '\n' ' ' <<<"$output")
    [[ $joined =~ Nothing\ keeps\ the\ promise\.\ own\ comes\ nearest:\ (TTFT|TPOT)\ [0-9.]+\ ms\ of\ (0.700|0.100)\ ms,\ ([0-9.]+)\ times\ the\ promise\;\ bound\ by\ (TTFT|TPOT), ]]
    missed=${BASH_REMATCH[3]}
    typed commands
    bash -o pipefail commands >again
    found again mix.csv
    # on no server is the model that misses it most nearer, whole prompts on whole servers; chunks and parts of servers may be nearer still
    chiplet-gen --constants "$CONSTANTS" own.yaml | server-pack --constants "$CONSTANTS" --hardware own.yaml |
        llm-map --constants "$CONSTANTS" --model gpt2 --model megatron --system out/system.yaml --service-levels --all-mappings |
        rec2csv --flat --fields id,model.name,point.ttft_s,point.tpot_s | "$PYTHON" -c 'import csv, sys
least = {}
for server, model, ttft, tpot in list(csv.reader(sys.stdin))[1:]:
    ratio = max(float(ttft) / 0.7e-3, float(tpot) / 0.1e-3)
    least.setdefault(server, {}).setdefault(model, []).append(ratio)
best = min(max(map(min, models.values())) for models in least.values() if len(models) == 2)
row = next(csv.DictReader(open("mix.csv")))
found = max(float(row["ttft_s"]) / 0.7e-3, float(row["tpot_s"]) / 0.1e-3)
assert 1 < found <= best * (1 + 1e-9), (found, best)
assert abs(found / float(sys.argv[1]) - 1) < 0.01, (found, sys.argv)' "$missed"
}

@test "the same answer from what was kept, and another when an input has changed" {
    csv first.csv --model gpt2 --tokens-per-s 20000 --ttft 1 --hardware own.yaml
    ls out/kept >kept
    csv second.csv --model gpt2 --tokens-per-s 20000 --ttft 1 --hardware own.yaml
    cmp first.csv second.csv
    ls out/kept | cmp - kept
    sed -i 's/mac_ratio:.*/mac_ratio: 0.2/' own.yaml
    csv third.csv --model gpt2 --tokens-per-s 20000 --ttft 1 --hardware own.yaml
    run cmp -s first.csv third.csv
    assert_failure
}

@test "JSON and Markdown, and what was asked for with them" {
    "${recommend[@]}" --json --model gpt2 --tokens-per-s 20000 --tpot 20ms --hardware h100 | "$PYTHON" -c 'import json, sys
found = json.loads(sys.stdin.read())
assert found["demand"] == "20,000 tokens/s of answers" and found["promise"] == "TPOT at most 20 ms", found
assert found["rows"][0]["hardware"] == "h100" and found["rows"][0]["promise"] == "kept"'
    run "${recommend[@]}" --markdown --model gpt2 --tokens-per-s 20000 --hardware h100
    assert_line --partial '| hardware |'
    assert_line --partial -- '- workload: prompts of 128 tokens, answers of 64'
    refused 2 "${recommend[@]}" --json --csv --model gpt2 --tokens-per-s 20000 --hardware h100
}

@test "what is missing or no number is refused, by its option" {
    refused 2 "${recommend[@]}" --tokens-per-s 10
    says 'recommend: --model is required'
    refused 2 "${recommend[@]}" --model gpt2
    says '--tokens-per-s is required'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 0
    says '--tokens-per-s 0: there is nothing to serve: expected a number above 0'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --ttft 0
    says '--ttft 0: expected a number above 0, in seconds, or with a unit: s ms'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --tpot 5h
    says '--tpot 5h: expected'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --workload 128
    says '--workload 128: expected tokens of a prompt and of an answer, such as 1024,512'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --workload 128,1
    says '--workload 128,1: an answer of one token comes with its prompt: expected answers of 2 tokens or more'
    refused 2 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --hardware ,
    says '--hardware ,: expected kinds of hardware, such as h100,tpuv5p'
    refused 2 "${recommend[@]}" --model gpt2,gpt3 --mix gpt2=0.5,gpt3=0.4 --tokens-per-s 10
    says 'that sum to 1; these sum to 0.9'
    refused 2 "${recommend[@]}" --model gpt2,gpt3 --mix gpt2=0.5,palm=0.5 --tokens-per-s 10
    says 'palm=0.5: expected MODEL=SHARE once for each model of --model: gpt2, gpt3'
    refused 2 "${recommend[@]}" --model gpt2 --hardware h101 --tokens-per-s 10
    says "'h101' is neither a file nor the name of a hardware file"
    refused 2 "${recommend[@]}" --model gpt2 --phases alone --tokens-per-s 10
    says '--phases alone: expected together or apart'
    printf 'hardware,usd_per_hour\nh100,cheap\n' >rental.csv
    refused 1 "${recommend[@]}" --model gpt2 --tokens-per-s 10 --rental rental.csv
    says 'rental.csv: a row of h100: expected a number usd_per_hour'
    [ ! -e out ]
}

@test "prefill and generation apart: the two cheapest that keep the promise, joined; the printed pipelines find them" {
    apart=("${recommend[@]}" --phases apart --model llama3-8b --tokens-per-s 30000 --ttft 0.5 --tpot 10ms)
    run --separate-stderr "${apart[@]}" --hardware h100
    assert_success
    assert_line 'phases:      apart'
    assert_output --partial ' for prefill, '
    assert_output --partial ' for generate, '
    sed -n '/^How, as one could type it:/,$p' <<<"$output" | sed '1d;$d' >typed
    grep -q -- '--phase prefill' typed
    bash -o pipefail typed | rec2json >joined.json
    csv answer.csv --phases apart --model llama3-8b --tokens-per-s 30000 --ttft 0.5 --tpot 10ms --hardware h100
    "$PYTHON" - joined.json answer.csv <<'EOF'
import csv, json, sys
deployment, row = json.loads(open(sys.argv[1]).read()), next(csv.DictReader(open(sys.argv[2])))
sides = [deployment["prefill"]["point"], deployment["generate"]["point"]]
close = lambda a, b: abs(float(a) - b) <= 1e-12 * abs(b)
assert row["promise"] == "kept"
assert close(row["usd_per_output_token"], sum(point["demand_usd_per_output_token"] for point in sides))
assert close(row["investment_usd"], sum(point["fleet_usd"] for point in sides)) and float(row["servers"]) == sum(point["fleet_servers"] for point in sides)
assert close(row["ttft_s"], deployment["point"]["ttft_s"]) and close(row["tpot_s"], deployment["point"]["tpot_s"])
for point in sides:  # each meets the demand of 30,000/64 requests a second, and one system less would not
    assert point["instances"] * point["requests_per_s"] >= 30000 / 64 * (1 - 1e-9) > (point["instances"] - 1) * point["requests_per_s"]
EOF
}

@test "phases apart on different hardware, where that is better; NRE once for one chip, twice for two" {
    csv apart.csv --phases apart --model gpt2 --tokens-per-s 20000 --hardware own.yaml
    [ "$(column apart.csv promise)" = kept ]
    # two designs of chips, or one for both phases
    chips=$(column apart.csv design | tr + '\n' | sed 's/\.p.*//' | sort -u | wc -l)
    [ "$(column apart.csv nre_usd)" = "$((35 * chips))000000.0" ]
    csv mixed.csv --phases apart --model llama3-8b --tokens-per-s 30000 --ttft 0.5 --tpot 10ms --hardware h100,tpuv5p
    column mixed.csv usd_per_output_token >costs
    sort -g costs | cmp - costs
    [ "$(wc -l <costs)" -ge 2 ]
    run --separate-stderr "${recommend[@]}" --phases apart --model llama3-8b --tokens-per-s 1000 --ttft 0.01ms --hardware h100
    assert_success
    assert_output --partial 'Nothing keeps the promise.'
    refused 2 "${recommend[@]}" --phases apart --model gpt2,llama3-8b --tokens-per-s 10 --hardware h100
    says '--phases apart takes one model'
}
