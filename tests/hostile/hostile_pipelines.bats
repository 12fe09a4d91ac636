#!/usr/bin/env bats
# Pipelines among odd names, stages that die, hang or write garbage, and full disks.

# What all is compared with, made once: a run and a study under plain names.
setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    small_hardware hw.yaml
    small_system sys.yaml
    OUT=run "$root/pipelines/explore" hw.yaml megatron sys.yaml >/dev/null 2>&1
    OUT=study SYSTEM=sys.yaml "$root/pipelines/study" hw.yaml megatron >/dev/null 2>&1
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    export TMPDIR=$BATS_TEST_TMPDIR JOBS=2 SHARDS=2
    pipelines=$root/pipelines
    plain=$BATS_FILE_TMPDIR
    cp "$plain"/{hw,sys}.yaml .
}

# names that a script mistakes for something else: quotes, spaces, a newline, dashes, what a shell or printf would expand
# shellcheck disable=SC2016
readonly odd_names=('two words' $'new\nline' "it's" 'say "so"' '-dash' '--help' '$(touch oops)' '`touch oops`' 'a;touch oops' '*' '{}' '{#}' '100%d' 'a\tb' 'ü')

@test "input files and results under odd names" {
    # each file under another of the names, so that all of them are there; in make test-all every file under every name
    for ((at = 0; at < ${#odd_names[@]}; at += $(every 5))); do
        name=${odd_names[at]}
        hardware=${odd_names[(at + 1) % ${#odd_names[@]}]}.yaml
        constants=${odd_names[(at + 2) % ${#odd_names[@]}]}.constants
        model=${odd_names[(at + 3) % ${#odd_names[@]}]}.model
        system=${odd_names[(at + 4) % ${#odd_names[@]}]}.sys
        mkdir -p -- "./in $name"
        cp hw.yaml "./in $name/$hardware"
        cp hw.yaml "./$hardware"
        cp sys.yaml "./$system"
        cp "$CONSTANTS" "./$constants"
        cp "$root/pipelines/inputs/model/megatron.yaml" "./$model"
        for file in "$hardware" "in $name/$hardware"; do
            run --separate-stderr env OUT="./out $name" CONSTANTS="$constants" "$pipelines/explore" "$file" "$model" "$system"
            [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        done
        cmp "$plain/run/servers" "./out $name/servers"
        cmp "$plain/run/frontier" "./out $name/frontier"
        cmp "$plain/run/frontier.csv" "./out $name/frontier.csv"
        "$PYTHON" -c 'import sys
lines = open(sys.argv[1], encoding="utf-8").read().split("\n")
assert not [line for line in lines if line and ":" not in line], lines' "./out $name/provenance"
    done
    [ ! -e oops ]
}

@test "a study under odd names, in odd folders" {
    # shellcheck disable=SC2016
    local names=('two words' $'new\nline' '$(touch oops)' '{}')
    [ -z "${TEST_ALL:-}" ] || names+=("it's" 'say "so"' '-dash' '100%d')
    for name in "${names[@]}"; do
        cp hw.yaml "./$name.yaml"
        cp sys.yaml "./$name.sys"
        cp "$root/pipelines/inputs/model/megatron.yaml" "./$name.model"
        mkdir -p -- "./tmp $name"
        run --separate-stderr env OUT="./out $name" TMPDIR="$PWD/tmp $name" SYSTEM="$name.sys" "$pipelines/study" "$name.yaml" "$name.model"
        [ "$status" -eq 0 ] || fail "$name: $output $stderr"
        cmp "$plain/study/megatron.frontier" "./out $name/$name.frontier"
        [ -z "$(ls -A "tmp $name")" ]
    done
    [ ! -e oops ]
}

@test "a model whose name has quotes keeps its frontier" {
    names=('say "so"' 'back\\slash' 'a, b' 'ü {x}' "it's")
    models=()
    for i in "${!names[@]}"; do
        models+=("model$i.yaml")
        sed "s|name: .*|name: '${names[i]//\'/\'\'}'|" "$root/pipelines/inputs/model/megatron.yaml" >"model$i.yaml"
    done
    OUT=out SYSTEM=sys.yaml "$pipelines/study" hw.yaml "${models[@]}" megatron >/dev/null 2>&1
    rows=$(rec2csv --flat out/megatron.frontier | wc -l)
    [ "$rows" -gt 1 ]
    for i in "${!names[@]}"; do
        [ "$(rec2csv --flat "out/model$i.frontier" | wc -l)" -eq "$rows" ] || fail "${names[i]}: no frontier"
    done
}

@test "the tree itself in a folder with odd characters" {
    place="$PWD/a folder's \"tree\" \$x {}"
    mkdir -p "$place/bin"
    cp -r "$root/pipelines" "$place"
    cp "$BIN"/* "$place/bin"
    (
        unset BIN
        PATH=/usr/bin:/bin OUT=there "$place/pipelines/explore" hw.yaml megatron sys.yaml >/dev/null 2>&1
    )
    cmp "$plain/run/frontier" there/frontier
}

# stage NAME BODY: a program of that name, found before ours
stage() {
    rm -rf stages
    mkdir stages
    ln -s "$BIN"/* stages
    rm "stages/$1"
    printf '#!/bin/bash\n%s\n' "$2" >"stages/$1"
    chmod +x "stages/$1"
}

@test "a stage that dies, ends early, or writes garbage: said, and no result" {
    for body in 'kill -SEGV $$' 'kill -KILL $$' 'exit 7' 'echo garbage' 'cat >/dev/null; echo garbage' \
        "'$BIN/'\$(basename \"\$0\") \"\$@\" | head -c 1000" 'printf "\x81\xa6schema\xa5other"'; do
        for program in server-pack llm-map; do
            rm -rf out
            stage "$program" "$body"
            run --separate-stderr env BIN="$PWD/stages" OUT=out "$pipelines/explore" hw.yaml megatron sys.yaml
            [ "$status" -ne 0 ] || fail "$program: $body: exit 0"
            [ -n "$stderr" ] || fail "$program: $body: nothing said"
            # phase 1 may be complete
            left=$(ls -A out)
            [ -z "$left" ] || { [ "$program" = llm-map ] && [ "$left" = $'inputs\nprovenance\nservers' ] && cmp "$plain/run/servers" out/servers; } ||
                fail "$program: $body: left $left"
        done
    done
}

@test "a stage that hangs is ended by TERM, with all processes, and leaves nothing" {
    stage llm-map 'exec sleep 7654'
    BIN=$PWD/stages OUT=out "$pipelines/explore" hw.yaml megatron sys.yaml >said 2>&1 &
    run_id=$!
    for _ in {1..200}; do
        pgrep -f 'sleep 7654' >/dev/null && break
        sleep 0.1
    done
    pgrep -f 'sleep 7654'
    kill -TERM "$run_id"
    status=0
    wait "$run_id" || status=$?
    [ "$status" -eq 143 ]
    for _ in {1..50}; do
        pgrep -f 'sleep 7654' >/dev/null || break
        sleep 0.1
    done
    run ! pgrep -f 'sleep 7654'
    [ -z "$(ls -A out)" ]
}

@test "a full disk under out/: an I/O error, and no result that is cut" {
    [ "$(id -u)" -eq 0 ] || skip 'mounts a small file system'
    mkdir small
    mount -t tmpfs -o size=64k none small 2>/dev/null || skip 'no file system can be mounted'
    for pipeline in "explore hw.yaml megatron sys.yaml" "study hw.yaml megatron"; do
        # shellcheck disable=SC2086
        OUT=small/out run --separate-stderr "$pipelines/"$pipeline
        left=$(find small -name servers -o -name '*.frontier' -o -name frontier.csv -o -name study.txt)
        rm -rf small/out
        [ "$status" -eq 3 ] && [[ $stderr == *small/out* ]] && [ -z "$left" ] || {
            umount small
            fail "$pipeline: exit $status, $stderr, left: $left"
        }
    done
    umount small
}
