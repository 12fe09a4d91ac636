#!/usr/bin/env bats
# Runs that are killed, inputs that change or are pipes, folders that cannot be written to, and what is refused before anything is done.

# inputs: the smallest space, in hw.yaml, and sys.yaml
inputs() {
    cat >hw.yaml <<'YAML'
Name: tiny
Chip:
  tech: 7nm
  area: 100
  mac_ratio: 0.16
  operational_intensity: 1.0
  pkg2pkg_io: {num: 4, bandwidth_per_io: 12500000000, area_per_io: 0.3, tdp_per_io: 0.125}
Package: {num_chips: 1}
Server: {packages_per_lane: [12, 17], io: {num: 2, bandwidth_per_io: 12500000000}}
YAML
    small_system sys.yaml
}

# A run that nothing disturbs, made once.
setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    inputs
    OUT=plain JOBS=1 "$root/pipelines/explore" hw.yaml megatron sys.yaml >/dev/null 2>&1
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir tmp
    export TMPDIR=$PWD/tmp JOBS=1
    # as a user's environment may have them; the scripts have variables of these names
    export place=home lock_fd=77 stdout_closed=1
    pipelines=$root/pipelines
    model=$root/pipelines/inputs/model/megatron.yaml
    plain=$BATS_FILE_TMPDIR/plain
    inputs
}

explore() {
    run --separate-stderr env OUT=out "$@" "$pipelines/explore" hw.yaml megatron sys.yaml
}

study() {
    run --separate-stderr env OUT=out SYSTEM=sys.yaml "$@" "$pipelines/study" hw.yaml megatron
}

# stand_in PROGRAM BODY: a folder programs/ as $BIN, where PROGRAM is another.
stand_in() {
    mkdir -p programs
    ln -sf "$BIN"/* programs/
    rm -f "programs/$1"
    printf '#!/bin/bash\n%s\n' "$2" >"programs/$1"
    chmod +x "programs/$1"
}

# ended COMMAND...: it comes true within 10 seconds.
ended() {
    local _
    for _ in {1..100}; do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}

@test "killed at random moments: the same command ends with the same bytes, and nothing is left" {
    # once in each way; more often in make test-all
    run "$root/tests/tools/kill-runs" "${KILLS:-$([ -n "${TEST_ALL:-}" ] && echo 20 || echo 3)}" "${SEED:-1}"
    echo "$output" >&3
    assert_success
    assert_output --partial '; 0 wrong'
}

@test "harvesting: shards that were renamed, in part or all, half-written logs, and output without what was said" {
    here=$pipelines
    # shellcheck source=pipelines/parts.bash
    bash -c 'set -euo pipefail; here=$1; . "$1/parts.bash"
        . <(sed -n "/^take_over() {/,/^}/p" "$1/parallel-records")
        parts=$PWD
        mkdir attempt
        printf "%s\n" 1 2 3 4 5 >attempt/list
        for i in 1 2 3 4 5; do echo "out $i" >attempt/$i.out; echo "err $i" >attempt/$i.out.err; done
        row() { printf "%s\thost\t0\t0\t0\t0\t%s\t0\tcommand" "$1" "$2"; }
        { echo Seq; row 1 0; echo; row 2 0; echo; row 3 7; echo; row 4 0; echo; printf "5\thost\t0\t0\t0"; } >attempt/joblog
        mv attempt/1.out.err .; mv attempt/1.out .     # renamed, and killed before the log was removed
        mv attempt/2.out.err .                             # killed between the two
        rm attempt/4.out.err
        take_over attempt
        take_over attempt
        [ "$(part_missing 5 | paste -s -d " ")" = "3 4 5" ]
        [ "$(cat 1.out 2.out 1.out.err 2.out.err | paste -s -d " ")" = "out 1 out 2 err 1 err 2" ]' - "$here"
}

@test "what jobs have said cannot get lost: a shard without its counts is not kept" {
    export SHARDS=2
    explore
    study OUT=plain
    stand_in tr 'exit 143'
    explore BIN="$PWD/programs" OUT=other
    assert_failure
    [ ! -e other/counts.csv ]
    run env BIN="$PWD/programs" "$pipelines/study-shard" 1/1 hw.yaml megatron
    assert_failure
    # in a study nothing stands between what the programs say and the log
    study BIN="$PWD/programs" OUT=other
    assert_success
    diff plain/counts other/counts
}

@test "as many shards as jobs where points are left out, and those of a study that is gone on with" {
    unset SHARDS
    sed -i "s/area: 100/area: [100, 110, 120]/" hw.yaml
    for jobs in 1 2; do
        study OUT=jobs$jobs JOBS=$jobs
        assert_success
        grep -qx "shards: $jobs" jobs$jobs/provenance
    done
    cmp jobs1/megatron.frontier jobs2/megatron.frontier
    mkdir -p out/unfinished
    sed '/^started/,$d' jobs2/provenance >out/unfinished/plan
    study JOBS=1
    assert_success
    grep -qx 'shards: 2' out/provenance
    study OUT=asked JOBS=1 SHARDS=2
    grep -qx 'shards: 2' asked/provenance
}

@test "a step that is killed by itself is not taken for one that had nothing to say" {
    echo 'constants: 5nm' | cat - hw.yaml >five.yaml
    # shellcheck disable=SC2016
    stand_in chiplet-gen '[[ $* != *--describe* ]] || kill -KILL $$; exec '"$(printf %q "$BIN/chiplet-gen")"' "$@"'
    for pipeline in explore study; do
        refused 137 env BIN="$PWD/programs" OUT=out "$pipelines/$pipeline" five.yaml megatron
        says 'chiplet-gen was killed while it read five.yaml'
    done
    rm -r programs
    stand_in sha256sum 'exit 137'
    study BIN="$PWD/programs"
    assert_failure 137
    [ ! -e out/unfinished ]
    rm -r programs
    stand_in rec2csv 'exit 137'
    study BIN="$PWD/programs"
    assert_failure 137
    says 'study.csv failed; the shards are kept'
    [ ! -e out/study.csv ]
}

@test "a run that is stopped as its results are replaced does not look finished" {
    explore
    # shellcheck disable=SC2016
    stand_in rm '[[ $* == *out/servers* ]] || exec '"$(command -v rm)"' "$@"; '"$(command -v rm)"' -rf -- "$3"; kill -KILL $$'
    explore BIN="$PWD/programs"
    assert_failure
    [ ! -e out/provenance ]
}

@test "a signal between the start of a phase and the wait for it ends the phase" {
    # shellcheck disable=SC2016
    run bash -c 'set -euo pipefail; . "$1/environment.bash"
        set() { builtin set "$@"; [[ $1 != +m ]] || kill -TERM $$; }
        attend sleep 7654.3 >/dev/null 2>&1 3>&- || exit' - "$pipelines"
    assert_failure 143
    ended eval '! pgrep -f "sleep 7654.3" >/dev/null' || { pkill -xf 'sleep 7654.3' && false; }
}

@test "a signal that comes as a phase ends: no other child is waited for" {
    # shellcheck disable=SC2016
    run timeout -k 1 20 bash -c 'set -euo pipefail; . "$1/environment.bash"
        sleep 5432.1 >/dev/null 2>&1 3>&- & other=$!
        for i in {1..100}; do
            status=0
            attend sh -c "kill -TERM $$" >/dev/null 2>&1 3>&- || status=$?
            [[ $status == 143 ]]
        done
        kill "$other"
        echo "heard $i"' - "$pipelines"
    pkill -xf 'sleep 5432.1' || true
    assert_success
    assert_output 'heard 100'
}

@test "KILL of the script alone: jobs and watchers end by themselves, the lock is free, temporary folders are cleared" {
    export SHARDS=2
    stand_in llm-map 'exec sleep 6543.2'
    for pipeline in explore study; do
        # the name of the model is asked for before
        # shellcheck disable=SC2016
        stand_in llm-map '[[ $* != *--describe* ]] && exec sleep 6543.2; exec '"$(printf %q "$BIN/llm-map")"' "$@"'
        operands=(hw.yaml megatron)
        BIN=$PWD/programs OUT=out PROGRESS_INTERVAL=0.3 setsid "$pipelines/$pipeline" "${operands[@]}" >said 2>&1 3>&- &
        script=$!
        ended pgrep -f 'sleep 6543.2'
        kill -KILL "$script"
        wait "$script" || true
        ended eval '! pgrep -f "sleep 6543.2" >/dev/null'
        ended flock -n out true
        ended eval '[ -z "$(ls -A tmp; find out -name ".work*")" ]'
    done
}

@test "two runs in one folder: the second is refused, and names the first; a lock that only a dead run's child holds is taken" {
    mkdir out
    exec {fd}<out
    flock -n "$fd"
    mkdir "out/.work.$(uname -n | sed 's/[^A-Za-z0-9]/_/g')-$(readlink /proc/self/ns/pid | tr -dc 0-9)-$$-$(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20).aaaaaa"
    refused 3 env OUT=out "$pipelines/explore" hw.yaml megatron
    says "another run (process $$) is writing to out"
    exec {fd}<&-
    rm -r out/.work.*
    # a process without an owner that holds the lock for a moment
    flock -n out sleep 2 3>&- &
    sleep 0.2
    explore
    assert_success
}

@test "without flock: said, and nothing is written" {
    mkdir few
    for program in bash readlink dirname env mkdir mktemp uname sha256sum cat sed head grep parallel python3 perl id stat; do
        ln -s "$(command -v "$program")" few/
    done
    refused 3 env PATH="$PWD/few" OUT=out "$pipelines/explore" hw.yaml megatron
    says 'flock is required'
    [ -z "$(ls -A out)" ]
}

@test "numbers without bound, programs that are not there, and conventions that are none are refused by name" {
    for pipeline in explore study; do
        for value in 0 -1 100001 99999999999999999999 1e3 x 08; do
            refused 2 env OUT=out SHARDS="$value" "$pipelines/$pipeline" hw.yaml megatron
            says "SHARDS $value: expected a number from 1 to 100000"
        done
        refused 2 env OUT=out JOBS=100000 "$pipelines/$pipeline" hw.yaml megatron
        says 'JOBS 100000: expected a number from 1 to 1000'
        refused 2 env OUT=out BIN=/no/such/folder "$pipelines/$pipeline" hw.yaml megatron
        says 'BIN /no/such/folder'
        refused 2 env OUT=out CONVENTIONS='--as-published; touch oops' "$pipelines/$pipeline" hw.yaml megatron
        says '--as-published;: expected --as-published or --convention'
        refused 2 env OUT=out RUN_SHARDS=other "$pipelines/$pipeline" hw.yaml megatron
        says 'expected parallel-records or slurm-shards'
    done
    for program in $(program_names); do
        stand_in "$program" true
        rm "programs/$program"
        refused 2 env BIN="$PWD/programs" OUT=out "$pipelines/explore" hw.yaml megatron
        says "no program $program"
    done
    refused 2 "$pipelines/parallel-records" shards 100001 true
    for block in 2G 9999999999G 0 1T; do
        refused 2 "$pipelines/parallel-records" --block "$block" stream cat
        says "--block $block: expected a size up to 1G"
    done
    refused 2 "$pipelines/slurm-shards" shards 100001 true
    refused 2 "$pipelines/study-shard" 3/2 hw.yaml megatron
    [ ! -e oops ]
    [ ! -e out ]
}

@test "folders that cannot be written to, are files, or are not there: exit 3, and they are named" {
    touch file
    for pipeline in explore study; do
        refused 3 env OUT=file "$pipelines/$pipeline" hw.yaml megatron
        says 'OUT file: is a file; expected a folder'
        refused 3 env OUT=file/out "$pipelines/$pipeline" hw.yaml megatron
        says 'OUT file/out: cannot be created'
        refused 3 env OUT=out TMPDIR=/no/such "$pipelines/$pipeline" hw.yaml megatron
        says 'TMPDIR /no/such'
    done
    refused 3 env TMPDIR=/no/such "$pipelines/explore-hardware" hw.yaml
    refused 3 env TMPDIR=file "$pipelines/evaluate-software" megatron
    refused 3 env TMPDIR=/no/such "$pipelines/study-shard" 1/1 hw.yaml megatron
    refused 3 env TMPDIR=/no/such "$pipelines/parallel-records" shards 2 true
}

@test "standard output that is full or closed, and closed standard input" {
    for command in "shards 2 echo" "stream cat"; do
        # shellcheck disable=SC2086
        run bash -c 'chiplet-gen --constants "$1" hw.yaml | "$2" ${3} >/dev/full' - "$CONSTANTS" "$pipelines/parallel-records" "$command"
        assert_failure 3
        assert_output --partial 'cannot write standard output'
    done
    run bash -c '"$1" hw.yaml >&-' - "$pipelines/explore-hardware"
    assert_failure 3
    assert_output --partial 'standard output is closed'
    run bash -c 'OUT=out "$1" hw.yaml megatron sys.yaml <&- >&- 2>&-' - "$pipelines/explore"
    assert_success
    [ -s out/summary.txt ]
}

@test "a file size limit ends a run with 3, and leaves nothing under its final name" {
    small_hardware hw.yaml
    run --separate-stderr bash -c 'ulimit -f 4; OUT=out "$1" hw.yaml megatron sys.yaml' - "$pipelines/explore"
    assert_failure 3
    says 'out'
    [ ! -e out/servers ]
    [ ! -e out/frontier ]
}

@test "small disks: exit 3, the folder is named, no result that is cut" {
    export SHARDS=2
    [ "$(id -u)" -eq 0 ] || skip 'mounts a small file system'
    mkdir small
    mount -t tmpfs -o size=48k none small 2>/dev/null || skip 'no file system can be mounted'
    small_hardware hw.yaml
    OUT=whole "$pipelines/study" hw.yaml megatron >/dev/null 2>&1
    problems=''
    for filled in 100 16; do
        head -c "${filled}k" /dev/zero >small/filled 2>/dev/null || true
        for pipeline in explore study; do
            for place in 'OUT=small/out' 'OUT=out TMPDIR=small'; do
                rm -rf out small/out
                # shellcheck disable=SC2086
                run --separate-stderr env $place "$pipelines/$pipeline" hw.yaml megatron
                # what little a study puts into TMPDIR may just have room
                [[ $pipeline$status != study0 ]] || ! cmp -s whole/megatron.frontier out/megatron.frontier || continue
                [[ $status -eq 3 && $stderr == *small* ]] || problems+="$pipeline $place $filled: exit $status: $stderr"$'\n'
                [[ -z $(find small out -name '*.frontier' -o -name frontier -o -name study.txt -o -name summary.txt) ]] || problems+="$place left something"
            done
        done
    done
    umount small
    [ -z "$problems" ] || fail "$problems"
}

@test "inputs are read once: pipes work, and what is edited during a run changes nothing" {
    run --separate-stderr bash -c 'CONSTANTS=<(cat "$1") OUT=out "$2" <(cat hw.yaml) <(cat "$3") /dev/stdin <sys.yaml' - "$CONSTANTS" "$pipelines/explore" "$model"
    assert_success
    cmp "$plain/frontier" out/frontier
    cmp "$plain/frontier.csv" out/frontier.csv
    # edited when the first shard starts
    # shellcheck disable=SC2016
    stand_in server-pack 'echo "Chip: broken" >hw.yaml; exec '"$(printf %q "$BIN/server-pack")"' "$@"'
    rm -r out
    cp hw.yaml before.yaml
    explore BIN="$PWD/programs"
    assert_success
    cmp "$plain/frontier" out/frontier
    cmp before.yaml out/inputs/hardware/hw.yaml
    grep -qx "  \"hw.yaml\": $(sha256sum <before.yaml | cut -d ' ' -f 1)" out/provenance
    grep -qx '  hardware: "inputs/hardware/hw.yaml"' out/provenance
    grep -qx '  model: \["inputs/model/megatron.yaml"\]' out/provenance
    grep -qx 'hardware: "hw.yaml"' out/provenance
    "$pipelines/explore-hardware" <(cat before.yaml) 2>/dev/null | cmp - "$plain/servers"
    "$pipelines/evaluate-software" <(cat "$model") <(cat sys.yaml) <"$plain/servers" 2>/dev/null | cmp - "$plain/frontier"
}

@test "a study that was interrupted is not gone on with after an input was edited" {
    export SHARDS=2
    # shellcheck disable=SC2016
    stand_in llm-map '[[ $* == *--describe* ]] || mkdir called 2>/dev/null || exit 7; exec '"$(printf %q "$BIN/llm-map")"' "$@"'
    study BIN="$PWD/programs"
    assert_failure 7
    says 'from which the same command resumes'
    echo '# edited' >>hw.yaml
    study BIN="$PWD/programs"
    assert_failure 2
    says '"hw.yaml": '
    says 'holds shards of another run'
}

@test "a file with a key that is none: messages name the original, and nothing is left" {
    sed 's/num_chips/num_chip/' hw.yaml >bad.yaml
    run --separate-stderr env OUT=out "$pipelines/explore" bad.yaml megatron
    assert_failure 1
    says 'bad.yaml:'
    says 'did you mean num_chips?'
    [[ $stderr != *inputs/hardware* ]] || fail "$stderr"
    run --separate-stderr "$pipelines/explore-hardware" bad.yaml
    assert_failure 1
    [[ $stderr == *bad.yaml:* && $stderr != *inputs/hardware* ]] || fail "$stderr"
    sed 's/num_heads/num_head/' "$model" >bad.yaml
    run --separate-stderr env OUT=out "$pipelines/study" hw.yaml bad.yaml
    assert_failure 1
    [[ $stderr == *bad.yaml:* && $stderr != *inputs/model* ]] || fail "$stderr"
    says 'did you mean num_heads?'
    # nor is anything left
    [ -z "$(find out ! -type d -o -name '.work*')" ]
    run --separate-stderr "$pipelines/study-shard" 1/1 hw.yaml bad.yaml
    assert_failure 1
    [[ $stderr == *bad.yaml:* && $stderr != *inputs/model* ]] || fail "$stderr"
}

@test "explore keeps what is complete when a later step fails" {
    # shellcheck disable=SC2016
    stand_in llm-map '[[ $* != *--describe* ]] && exit 7; exec '"$(printf %q "$BIN/llm-map")"' "$@"'
    explore BIN="$PWD/programs"
    assert_failure 7
    says 'phase 2 failed; kept in out: servers, inputs, provenance'
    cmp "$plain/servers" out/servers
    [ ! -e out/frontier ]
    stand_in llm-map "exec $(printf %q "$BIN/llm-map")"' "$@"'
    # that phase 1 has written records is looked at with --fields
    # shellcheck disable=SC2016
    stand_in rec2csv '[[ $* == *--fields* ]] && exec '"$(printf %q "$BIN/rec2csv")"' "$@"; echo "rec2csv: no" >&2; exit 5'
    explore BIN="$PWD/programs"
    assert_failure 5
    says 'rec2csv: no'
    says 'frontier.csv failed; kept in out: servers, frontier, inputs, provenance'
    cmp "$plain/frontier" out/frontier
    [ ! -e out/frontier.csv ]
    [ -z "$(find out -name '.work*')" ]
    explore
    assert_success
    cmp "$plain/summary.txt" out/summary.txt
}

@test "any name of a model has its frontier; file names made of names are safe" {
    i=0
    for name in 'num_layers: 3' '{}' 'quote \" it'"'"'s' 'back\\slash' 'ü {x} %s' "$(printf 'x%.0s' {1..200})" '../../up' '-dash' 'a,b'; do
        i=$((i + 1))
        sed "s|name: .*|name: \"${name//\\/\\\\}\"|" "$model" >"model$i.yaml"
    done
    run --separate-stderr env OUT=out SYSTEM=sys.yaml "$pipelines/study" hw.yaml model?.yaml
    [ "$status" -eq 0 ] || fail "$stderr"
    printf '%s\n' 'Model: {name: "two\nlines", num_layers: 8, d: 512, num_heads: 8}' >lines.yaml
    refused 1 env OUT=lines SYSTEM=sys.yaml "$pipelines/study" hw.yaml lines.yaml
    says 'lines.yaml:1:16: Model.name: the text has control characters'
    printf 'Model: {name: %s, num_layers: 8, d: 512, num_heads: 8}\n' "$(printf 'x%.0s' {1..201})" >long.yaml
    refused 1 env OUT=lines SYSTEM=sys.yaml "$pipelines/study" hw.yaml long.yaml
    says 'long.yaml: the name of the model: expected at most 200 bytes'
    for i in {1..9}; do
        [ "$(rec2csv --flat "out/model$i.frontier" | wc -l)" -gt 1 ] || fail "model$i has no frontier"
    done
    [ "$(wc -l <out/study.csv)" -eq 10 ]
}

@test "two models of one name are refused with what to do; NAME=FILE names one" {
    cp "$model" other.yaml
    for second in megatron other.yaml; do
        refused 2 env OUT=out "$pipelines/study" hw.yaml megatron "$second"
        says 'more than one model is named "megatron"'
        says 'NAME=FILE'
    done
    [ -z "$(find out -type f)" ]
    llm-map --help | grep -q -e --name || skip 'llm-map has no --name'
    run --separate-stderr env OUT=out SYSTEM=sys.yaml "$pipelines/study" hw.yaml megatron 'a/b=other.yaml'
    [ "$status" -eq 0 ] || fail "$stderr"
    rec2json out/a_b.frontier | grep -q '"name":"a/b"'
    [ "$(rec2csv out/a_b.frontier | wc -l)" -eq "$(rec2csv out/megatron.frontier | wc -l)" ]
    run --separate-stderr env OUT=named "$pipelines/explore" hw.yaml 'my model=other.yaml' sys.yaml
    [ "$status" -eq 0 ] || fail "$stderr"
    rec2json named/frontier | grep -q '"name":"my model"'
}

@test "results of other files are not overwritten in a folder that was not asked for" {
    mkdir a b
    cp "$model" a/model.yaml
    sed 's/d: 3072 /d: 1536 /' "$model" >b/model.yaml
    ! cmp -s a/model.yaml b/model.yaml
    "$pipelines/explore" hw.yaml a/model.yaml sys.yaml >/dev/null 2>&1
    cp out/hw-model-sys/frontier first
    refused 2 "$pipelines/explore" hw.yaml b/model.yaml sys.yaml
    says 'out/hw-model-sys holds a run of other inputs'
    says 'choose another folder with --out'
    cmp first out/hw-model-sys/frontier
    run --separate-stderr "$pipelines/explore" hw.yaml a/model.yaml sys.yaml
    assert_success
    OUT=out/hw-model-sys run --separate-stderr "$pipelines/explore" hw.yaml b/model.yaml sys.yaml
    assert_success
    SYSTEM=sys.yaml "$pipelines/study" hw.yaml a/model.yaml >/dev/null 2>&1
    SYSTEM=sys.yaml refused 2 "$pipelines/study" hw.yaml b/model.yaml
    says 'out/study-hw holds a study without b/model.yaml'
}

@test "constants: those that the hardware file names, or those that are given, which is said" {
    chiplet-gen --describe hw.yaml >/dev/null 2>&1 || skip 'chiplet-gen has no --describe'
    echo 'constants: 5nm' | cat - hw.yaml >five.yaml
    run --separate-stderr env OUT=out "$pipelines/explore" five.yaml megatron sys.yaml
    assert_success
    grep -q '^constants: ".*/inputs/constants/5nm.yaml"' out/provenance
    run --separate-stderr env OUT=given CONSTANTS=7nm "$pipelines/explore" five.yaml megatron sys.yaml
    assert_success
    [ "$(grep -c 'constants of 7nm, though five.yaml is made for 5nm' <<<"$stderr")" -eq 1 ]
    grep -q '^constants: ".*/inputs/constants/7nm.yaml"' given/provenance
    "$pipelines/explore-hardware" five.yaml 2>/dev/null | cmp - out/servers
    run --separate-stderr env OUT=s SYSTEM=sys.yaml "$pipelines/study" five.yaml megatron
    assert_success
    cmp s/megatron.frontier out/frontier
}
