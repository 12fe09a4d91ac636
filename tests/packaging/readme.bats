#!/usr/bin/env bats
# The README, typed as it stands: its shell blocks run in order on a copy of the sources; its Python is a stage that works.

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    load helper
    copy_tree tree
}

setup() {
    load helper
    cd "$BATS_FILE_TMPDIR/tree" || return 1
    unset MAKEFLAGS MAKELEVEL MFLAGS BIN
}

# blocks LANGUAGE: the blocks of the README in it; `make test` among them is what runs this. Only make test-all takes as many shards as it says.
blocks() {
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p;}" README.md |
        sed "s/^make test\$/make --dry-run test >dry-run/;s/SHARDS=32 /SHARDS=$([ -n "${TEST_ALL:-}" ] && echo 32 || echo 2) /"
}

@test "every shell block runs" {
    # in make test-all on the whole space
    if [ -n "${TEST_ALL:-}" ]; then
        unset SHARDS
    else
        "$PYTHON" - pipelines/inputs/hardware/chiplet-cloud.yaml <<'END'
import re, sys
text = open(sys.argv[1]).read()
for key, few in ("area", "[60, 140]"), ("operational_intensity", "[1.0, 2.0]"):
    text, found = re.subn(rf"(?<=  {key}: )\[[^]]*\]", few, text)
    assert found == 1
open(sys.argv[1], "w").write(text)
END
    fi
    { echo 'set -eu'; blocks sh; } >blocks.sh
    [ "$(grep -c . blocks.sh)" -gt 15 ]
    grep -q '^make explore$' blocks.sh
    run --separate-stderr bash -o pipefail blocks.sh
    assert_success
    [ -s dry-run ]
    [ -s out/chiplet-cloud-gpt3/frontier.csv ]
    [ -s out/tpuv4-palm-tpuv4-palm/frontier.csv ]
    [ "$(wc -l <out/study-h100/study.csv)" -eq 3 ]
    [ -s servers ]
    [ -s frontier ]
}

@test "the stage in Python keeps the servers below 5000 dollars" {
    export PATH=$PWD/bin:$PATH
    blocks python >stage.py
    chiplet-gen --constants "$CONSTANTS" --shard 20/40 "$HARDWARE" | server-pack --constants "$CONSTANTS" --hardware "$HARDWARE" >some
    "$PYTHON" stage.py <some >kept
    rec2csv --fields id,server.cost_usd some | awk -F, 'NR > 1 && $2 < 5000 { print $1 }' >expected
    rec2csv --fields id kept | tail -n +2 | diff expected -
    [ -s expected ]
    [ "$(wc -l <expected)" -lt "$(rec2json some | wc -l)" ]
}

@test "every file, target and option that the README names is there" {
    missing=''
    for file in $(grep -oE '`(pipelines|tests|common|src)/[A-Za-z0-9_./-]+' README.md | tr -d '\`' | sort -u); do
        [ -e "$file" ] || missing+=" $file"
    done
    for target in $(grep -oE '(^|`)make [a-z][a-z-]*' README.md | cut -d ' ' -f 2 | sort -u); do
        grep -qE "^([a-z-]+ )*$target( [a-z-]+)*:" Makefile .make/*.mk || missing+=" make $target"
    done
    for option in $(grep -oE '`--[a-z-]+' README.md | tr -d '\`' | sort -u); do
        cat src/*/*.1 pipelines/lib/options pipelines/lib/commands/* | sed 's/Fl Fl /--/g' | grep -q -e "$option" || missing+=" $option"
    done
    [ -z "$missing" ] || fail "not there:$missing"
}
