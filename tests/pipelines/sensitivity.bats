#!/usr/bin/env bats
# What the result hangs on: the tornado's signs and figures, and draws that are the same for the same seed.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    OUT=run "$root/pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    "$root/pipelines/sensitivity" tornado run >table
    cp -r run/sensitivity tornado
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    sensitivity=$root/pipelines/sensitivity
    model=$root/pipelines/inputs/model/megatron.yaml
}

# cheapest CONSTANTS: $ of a token of the best design, by the plain programs
cheapest() {
    chiplet-gen --constants "$1" hw.yaml | server-pack --constants "$1" --hardware hw.yaml |
        llm-map --constants "$1" --model "$model" | tco-eval --constants "$1" |
        pareto --objective min:point.usd_per_output_token --top 1 | rec2csv --fields point.usd_per_output_token | tail -n 1
}

# tornado_of CONSTANT COLUMN [FOLDER]: of the tornado with all constants, or of that in the folder
tornado_of() {
    "$PYTHON" -c 'import csv, sys
folder = sys.argv[3] if len(sys.argv) > 3 else "tornado"
print(next(row[sys.argv[2]] for row in csv.DictReader(open(f"{folder}/tornado.csv")) if row["constant"] == sys.argv[1]))' "$@"
}

@test "tornado: all constants that matter, table, page and picture, the widest first" {
    grep -qE '^Chip.wafer_cost +chiplet-gen +10,000 +8,000 ' table
    [ "$(wc -l <tornado/tornado.csv)" -ge 25 ]
    [ -s tornado/tornado.png ]
    grep -q '<svg' tornado/tornado.html
    "$PYTHON" - <<'END'
import csv
rows = list(csv.DictReader(open("tornado/tornado.csv")))
widths = [max(abs(float(row[f"{side}_change_percent"])) for side in ("low", "high")) for row in rows]
assert widths == sorted(widths, reverse=True) and widths[0] > 5
END
}

@test "tornado: the signs are right where they are known" {
    "$PYTHON" - <<'END'
import csv
changes = {row["constant"]: (float(row["low_change_percent"]), float(row["high_change_percent"])) for row in csv.DictReader(open("tornado/tornado.csv"))}
def check(names, right):
    for name in names.split():
        assert right(*changes[name]), (name, changes[name])
check("Chip.wafer_cost Chip.D0 Chip.testing_cost_overhead Package.os_cost_per_mm2 Server.EthernetCost TCO.ElectricityCost TCO.PUE TCO.DCCapex "
      "TCO.DCOpex TCO.InterestRate TCO.SrvOpexRate TCO.SrvAvgPwr", lambda low, high: low < 0 < high)
check("Server.SrvLife Server.DCDCEfficiency Server.PSUEfficiency", lambda low, high: high < 0 < low)
# limits that are raised never make it dearer, efficiencies that are lowered never cheaper
check("Server.SrvMaxPower Server.LaneAreaMax", lambda low, high: high <= 0 <= low)
check("System.compute_perf_efficiency System.io_bandwidth_efficiency System.weight_bandwidth_efficiency", lambda low, high: high == 0 <= low)
END
}

@test "tornado: its figures are those of the plain programs, whatever stage it began at" {
    while read -r constant key value; do
        sed "s/^\(  $key:\) *[^ #]*/\1 $value/" "$CONSTANTS" >changed.yaml
        [ "$(diff "$CONSTANTS" changed.yaml | grep -c '^>')" -eq 1 ]
        usd=$(cheapest changed.yaml)
        awk -v a="$usd" -v b="$(tornado_of "$constant" high_usd_per_1m_tokens)" 'BEGIN { exit !(a > 0 && (a * 1e6 / b - 1) ^ 2 < 1e-24) }'
    done <<'END'
Chip.wafer_cost wafer_cost 12000
TCO.ElectricityCost ElectricityCost 0.0804
Server.SrvLife SrvLife 1.8
Energy.fma_fp16 fma_fp16 1.56
END
}

@test "tornado: one constant, by another percentage; values stay in their range" {
    run --separate-stderr "$sensitivity" tornado --by 50 run TCO.PUE
    assert_success
    [ "$(wc -l <run/sensitivity/tornado.csv)" -eq 2 ]
    [ "$(tornado_of TCO.PUE low run/sensitivity)" = 1.0 ]
    [ "$(tornado_of TCO.PUE high run/sensitivity)" = 2.25 ]
}

@test "tornado: an unknown constant is refused with those near it" {
    refused 2 "$sensitivity" tornado run Chip.wafer_costs
    says 'did you mean Chip.wafer_cost'
    refused 2 "$sensitivity" tornado run Package.os_layer_scale_factor
    run --separate-stderr "$sensitivity" tornado --by 0 run
    assert_failure 2
}

@test "montecarlo: the same seed gives the same bytes on one core and two, another seed others" {
    JOBS=1 "$sensitivity" montecarlo --samples 4 --seed 5 run >one.txt
    cp run/sensitivity/montecarlo.csv one.csv
    JOBS=2 "$sensitivity" montecarlo --samples 4 --seed 5 run >two.txt
    cmp one.csv run/sensitivity/montecarlo.csv
    cmp one.txt two.txt
    "$sensitivity" montecarlo --samples 4 --seed 6 run >/dev/null
    ! cmp -s one.csv run/sensitivity/montecarlo.csv
    [ -s run/sensitivity/montecarlo.png ]
    [ "$(cut -d , -f 1 one.csv | sort -u | wc -l)" -eq 5 ]
}

@test "montecarlo: draws without width give the run's own cost" {
    printf 'constant,distribution,a,b,c,reason\nChip.wafer_cost,uniform,1,1,,x\nTCO.PUE,triangular,1,1,1,x\nTCO.DCCapex,normal,0,,,x\nChip.D0,lognormal,0,,,x\n' >none.csv
    "$sensitivity" montecarlo --samples 2 --distributions none.csv run >/dev/null
    usd=$(rec2csv --fields id,point.usd_per_output_token run/frontier | sed -n 2p)
    for number in 1 2; do
        awk -F, -v usd="${usd#*,}" -v id="${usd%,*}" -v n=$number '
            $1 == n && $2 == id { found = ($3 / usd / 1e6 - 1) ^ 2 < 1e-24 } END { exit !found }' run/sensitivity/montecarlo.csv
    done
}

@test "montecarlo: quantiles and counts are those of the draws" {
    "$sensitivity" montecarlo --samples 5 --seed 3 run >table
    "$PYTHON" - <<'END'
import csv, re, statistics
draws = list(csv.DictReader(open("run/sensitivity/montecarlo.csv")))
ids = list(dict.fromkeys(row["design"] for row in draws))
best = [min((float(r["usd_per_1m_tokens"]), r["design"]) for r in draws if r["sample"] == str(n) and r["usd_per_1m_tokens"])[1] for n in range(1, 6)]
for line in open("table"):
    words = line.split()
    if words[0] in ids:
        costs = [float(r["usd_per_1m_tokens"]) for r in draws if r["design"] == words[0] and r["usd_per_1m_tokens"]]
        assert abs(float(words[3]) / statistics.median(costs) - 1) < 1e-3
        assert int(words[6]) == best.count(words[0]) and int(words[7]) == 5 - len(costs)
        ids.remove(words[0])
assert not ids
END
}

@test "montecarlo: a distribution that is none is refused with its line" {
    printf 'constant,distribution,a,b,c,reason\nChip.wafer_cost,uniform,1,1,,x\nTCO.PUE,gaussian,1,,,x\n' >bad.csv
    refused 1 "$sensitivity" montecarlo --distributions bad.csv run
    says 'bad.csv:3: expected'
    printf 'constant,distribution,a,b,c,reason\nChip.wafer_cost,uniform,2,1,,x\n' >bad.csv
    refused 1 "$sensitivity" montecarlo --distributions bad.csv run
    says 'bad.csv:2: expected'
}

@test "tornado: by 100 % and more; several percentages; constants that are changed together" {
    run --separate-stderr "$sensitivity" tornado --by 20,100 run TCO.ElectricityCost TCO.ElectricityCost+TCO.PUE
    assert_success
    "$PYTHON" - run/sensitivity/tornado.csv <<'END'
import csv, sys
rows = {(row["constant"], float(row["by_percent"])): row for row in csv.DictReader(open(sys.argv[1]))}
assert set(rows) == {(name, by) for name in ("TCO.ElectricityCost", "TCO.ElectricityCost+TCO.PUE") for by in (20, 100)}
row = rows["TCO.ElectricityCost", 100]
# 0.067 $/kWh, halved and doubled
assert float(row["low"]) == 0.0335 and float(row["high"]) == 0.134
for by in (20, 100):
    alone, both = rows["TCO.ElectricityCost", by], rows["TCO.ElectricityCost+TCO.PUE", by]
    assert both["low"] == both["high"] == both["value"] == ""
    assert float(both["high_change_percent"]) > float(alone["high_change_percent"]) > 0 > float(alone["low_change_percent"]) > float(both["low_change_percent"])
END
    # the doubled price is that of a run with it
    sed 's/ElectricityCost: 0.067/ElectricityCost: 0.134/' "$CONSTANTS" >dear.yaml
    CONSTANTS=dear.yaml OUT=dear "$root/pipelines/explore" hw.yaml megatron >/dev/null 2>&1
    usd=$(rec2csv --fields point.usd_per_output_token dear/frontier | sed -n 2p)
    "$PYTHON" -c "
import csv
row = next(row for row in csv.DictReader(open('run/sensitivity/tornado.csv')) if row['by_percent'] == '100.0' and '+' not in row['constant'])
assert abs(float(row['high_usd_per_1m_tokens']) / 1e6 / $usd - 1) < 1e-12, (row, $usd)"
    grep -q 'data-chart="tornado"' run/sensitivity/tornado.html
    refused 2 "$sensitivity" tornado --by 20,-1 run TCO.PUE
    says '--by 20,-1: expected percentages'
}

@test "tornado: overheads and efficiencies that a chip is calibrated to are varied from there" {
    small_hardware bare.yaml
    awk '{ print } /^Chip:/ { print "  calibrated: {set: mine, n: 3, error: 0.1, io_bandwidth_efficiency: 0.5, op_s: 1e-6, exposed_share: 0.9}" }' bare.yaml >calibrated.yaml
    OUT=calibrated "$root/pipelines/explore" calibrated.yaml megatron >/dev/null 2>&1
    run --separate-stderr "$sensitivity" tornado calibrated System.overheads.op_s System.overheads.exposed_share System.io_bandwidth_efficiency
    assert_success
    "$PYTHON" - <<'END'
import csv
rows = {row["constant"]: row for row in csv.DictReader(open("calibrated/sensitivity/tornado.csv"))}
op, exposed, io = (rows[f"System.{name}"] for name in ("overheads.op_s", "overheads.exposed_share", "io_bandwidth_efficiency"))
assert float(op["value"]) == 1e-6 and float(op["low_change_percent"]) < 0 < float(op["high_change_percent"]), op
assert float(exposed["high"]) == 1 and float(io["value"]) == 0.5, (exposed, io)
assert float(io["low_change_percent"]) >= 0 >= float(io["high_change_percent"]), io
END
    run --separate-stderr "$sensitivity" tornado calibrated System.overheads.op_us
    assert_failure 2
    says 'did you mean System.overheads.op_s'
}
