#!/usr/bin/env bats
# One study on one process, on cores, on hosts over ssh, as a job array of Slurm, and interrupted: always the same bytes.

setup_file() {
    load helper
    load hosts
    export SHARED=$BATS_FILE_TMPDIR
    start_sshd "$SHARED/ssh" || touch "$SHARED/no-sshd"
    start_slurm "$SHARED/slurm" || touch "$SHARED/no-slurm"
    cd "$SHARED" || return 1
    small_hardware hw.yaml
    # by hand: no pipeline of ours, no GNU parallel
    mkdir by-hand
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml >servers
    for model in megatron llama2; do
        llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/$model.yaml" servers |
            tco-eval --constants "$CONSTANTS" | pareto >"by-hand/$model.frontier"
        [ -s "by-hand/$model.frontier" ]
    done
}

teardown_file() {
    load hosts
    stop_sshd "$SHARED/ssh"
    stop_slurm "$SHARED/slurm"
}

setup() {
    load helper
    load hosts
    cd "$BATS_TEST_TMPDIR" || return 1
    cp "$SHARED/hw.yaml" .
    records=$root/pipelines/parallel-records
}

need_sshd() {
    [[ ! -e $SHARED/no-sshd ]] || skip 'sshd is not there (make deps)'
}

# study VARIABLE=VALUE...: into out
study() {
    env OUT=out "$@" "$root/pipelines/study" hw.yaml megatron llama2
}

check_study() {
    for model in megatron llama2; do
        cmp "$SHARED/by-hand/$model.frontier" "out/$model.frontier"
    done
    [ ! -e out/unfinished ]
    [ "$(find out -type f -not -path 'out/inputs/*' | wc -l)" -eq 7 ]
    [ "$(find out/inputs -type f | wc -l)" -eq 4 ]
}

# A folder of programs that is as $BIN, but chiplet-gen notes each call in ./calls and waits for SECONDS.
slow_programs() {
    mkdir slow
    ln -s "$BIN"/* slow/
    rm slow/chiplet-gen
    printf '#!/bin/bash\n[[ $* != *--shard* ]] || { echo call >>%q; sleep %s; }\nexec %q "$@"\n' "$PWD/calls" "$1" \
        "$BIN/chiplet-gen" >slow/chiplet-gen
    chmod +x slow/chiplet-gen
}

@test "a study in one job, one shard" {
    study JOBS=1 SHARDS=1
    check_study
}

@test "a study in 3 local jobs" {
    study JOBS=3
    check_study
}

@test "a study in 5 shards" {
    study SHARDS=5
    check_study
}

@test "a study on 2 hosts over ssh" {
    need_sshd
    study SHARDS=5 HOSTS=2/first,2/second
    check_study
}

@test "a host that is dead loses nothing, neither shards nor blocks of a stream" {
    need_sshd
    study SHARDS=5 HOSTS=2/dead,2/first,2/second
    check_study
    "$records" --sshlogin 2/dead,1/first --block 4k stream cat <"$SHARED/servers" | cmp - "$SHARED/servers"
}

@test "no host that can be reached: said, exit 3" {
    need_sshd
    run --separate-stderr "$records" --sshlogin 2/dead stream cat <"$SHARED/servers"
    assert_failure 3
    says 'none of the hosts 2/dead could be reached'
    run --separate-stderr "$records" --sshlogin 2/dead shards 3 'echo {}'
    assert_failure 3
    assert_output ''
    says 'none of the hosts 2/dead could be reached'
}

@test "a command that fails on another host ends with its code and what it said" {
    need_sshd
    run --separate-stderr "$records" --sshlogin 2/first shards 3 'echo "shard {}" >&2; [ {} != 2/3 ] || exit 7'
    assert_failure 7
    assert_output ''
    says 'shard 2/3'
    run --separate-stderr "$records" --sshlogin 2/first stream 'cat >/dev/null; echo no >&2; exit 5' <"$SHARED/servers"
    assert_failure 5
    says 'no'
}

# a stand-in: runs the tasks of an array one after the other
stand_in_sbatch() {
    mkdir stand-in
    cat >stand-in/sbatch <<'END'
#!/bin/bash
worst=0
for argument; do
    case $argument in
    --array=*) tasks=${argument#--array=} ;;
    --wrap=*) command=${argument#--wrap=} ;;
    esac
done
echo call >>calls
for SLURM_ARRAY_TASK_ID in ${tasks//,/ }; do
    export SLURM_ARRAY_TASK_ID
    sh -c "$command" || worst=$?
done
exit "$worst"
END
    chmod +x stand-in/sbatch
    PATH=$PWD/stand-in:$PATH
}

@test "a study as a job array of Slurm" {
    [[ ! -e $SHARED/no-slurm ]] || skip 'no slurmctld, slurmd and munged that could be started (make deps, as root)'
    study SHARDS=5 RUN_SHARDS=slurm-shards
    check_study
}

@test "a study as a job array of a stand-in for sbatch" {
    stand_in_sbatch
    study SHARDS=5 RUN_SHARDS=slurm-shards
    check_study
}

@test "the commands of the README for hosts and Slurm" {
    need_sshd
    [[ ! -e $SHARED/no-slurm ]] || stand_in_sbatch
    sed -n '/^```sh-hosts$/,/^```$/{/^```/d;p;}' "$root/README.md" >commands
    [ "$(wc -l <commands)" -eq 2 ]
    ln -s "$root/pipelines" .
    while read -r command; do
        # a smaller space
        command=${command/ chiplet-cloud / hw.yaml }
        [[ $command == *hw.yaml* ]]
        OUT=out bash -c "${command/ gpt3/ megatron llama2}"
        check_study
        rm -r out
    done <commands
}

@test "slurm-shards: a task that fails is said, and only it is made again" {
    stand_in_sbatch
    # shellcheck disable=SC2016
    command='echo {} >>ran; echo "shard {}" >&2; [ {} != 2/3 ] || [ -e mended ] || exit 9; echo "{} is done"'
    run --separate-stderr "$root/pipelines/slurm-shards" --keep kept shards 3 "$command"
    assert_failure 9
    assert_output ''
    says 'shard 2/3'
    touch mended
    run --separate-stderr "$root/pipelines/slurm-shards" --keep kept shards 3 "$command"
    assert_success
    assert_output $'1/3 is done\n2/3 is done\n3/3 is done'
    [ "$(sort ran | paste -s -d ' ')" = '1/3 2/3 2/3 3/3' ]
}

@test "a study that is interrupted goes on where it was: the same bytes, less work" {
    slow_programs 0.3
    export BIN=$PWD/slow
    env --default-signal=INT OUT=out JOBS=2 SHARDS=8 "$root/pipelines/study" hw.yaml megatron llama2 2>said 3>&- &
    study=$!
    until_true eval '[ "$(wc -l <calls)" -ge 5 ]'
    kill -INT "$study"
    code=0
    wait "$study" || code=$?
    [ "$code" -eq 130 ]
    grep -q 'the same command resumes' said
    [ "$(find out -type f -not -path 'out/unfinished/*' | wc -l)" -eq 0 ]
    first=$(wc -l <calls)
    [ "$first" -lt 8 ]
    kept=$(find out/unfinished -name '*.out' | wc -l)
    [ "$kept" -ge 1 ]
    run --separate-stderr study JOBS=2 SHARDS=8
    assert_success
    says "resuming: $kept of 8 shards are done"
    [ "$(($(wc -l <calls) - first))" -eq "$((8 - kept))" ]
    check_study
}

@test "a study that was killed, parallel-records and all, goes on too" {
    slow_programs 0.3
    export BIN=$PWD/slow
    setsid env OUT=out JOBS=2 SHARDS=8 "$root/pipelines/study" hw.yaml megatron llama2 2>said 3>&- &
    until_true eval '[ "$(wc -l <calls)" -ge 5 ]'
    pkill -KILL -f "$PWD/slow" || true
    pkill -KILL -f "keep out/unfinished shards 8" || true
    wait || true
    until_true flock -n out true
    before=$(wc -l <calls)
    study JOBS=2 SHARDS=8
    [ "$(($(wc -l <calls) - before))" -le 8 ]
    check_study
}

@test "what is kept of another study is not gone on with" {
    mkdir -p out/unfinished
    study SHARDS=3
    cp out/provenance plan
    sed '/^started/,$d' plan >plan.start
    mkdir -p out/unfinished
    sed 's/^shards: 3/shards: 4/' plan.start >out/unfinished/plan
    run --separate-stderr study SHARDS=3
    assert_failure 2
    assert_output ''
    says 'shards: 4; now: shards: 3'
}

@test "two studies in one folder: the second is refused" {
    mkdir -p out
    exec {fd}<out
    flock -n "$fd"
    run --separate-stderr study SHARDS=2
    assert_failure 3
    says 'another run is writing to out'
}

@test "provenance names the command line, version, conventions and a checksum of all that went in" {
    study SHARDS=2 CONVENTIONS='--convention token-cost=published'
    grep -qx 'command: study hw.yaml megatron llama2' out/provenance
    grep -qx "version: $(pareto --version | sed 's/.* //')" out/provenance
    grep -qx 'conventions: --convention token-cost=published' out/provenance
    grep -qx "  \"hw.yaml\": $(sha256sum <hw.yaml | cut -d ' ' -f 1)" out/provenance
    grep -qx "  llm-map: $(sha256sum <"$BIN/llm-map" | cut -d ' ' -f 1)" out/provenance
    "$PYTHON" -c 'import re, sys; [re.fullmatch(r"( *(\S+|\".*\"):( .*)?)", l.rstrip("\n")) or sys.exit(l) for l in open("out/provenance")]'
}

@test "options of GNU parallel that corrupt are refused, each with its reason" {
    for option in -u --ungroup --line-buffer --lb -r --tag --results --files --pipepart --resume --retries --round-robin \
        --bar --eta --halt --no-such; do
        refused 2 "$records" "$option" stream cat <"$SHARED/servers"
        says "$option"
    done
    PARALLEL='--tag' "$records" stream cat <"$SHARED/servers" | cmp - "$SHARED/servers"
    mkdir -p home/.parallel
    echo '--tag' >home/.parallel/config
    HOME=$PWD/home "$records" shards 2 'echo {}' | cmp - <(printf '1/2\n2/2\n')
}

@test "jobs, block and temporary folder can be set, and are checked" {
    mkdir "with space"
    "$records" --jobs 1 --block=4k --tmpdir "with space" stream 'cat' <"$SHARED/servers" | cmp - "$SHARED/servers"
    refused 2 "$records" --jobs 0 shards 2 true
    refused 2 "$records" --block 3x stream cat
    refused 3 "$records" --tmpdir no-such-folder stream cat
    refused 2 "$records" --jobs
    refused 2 "$records" --keep k stream cat
    [ "$("$records" --jobs 3 shards 2 'echo {}; ls -d "$TMPDIR" 2>/dev/null' | head -n 1)" = 1/2 ]
}

@test "a command keeps its braces and quotes" {
    run "$records" shards 2 "printf '%s\n' '{.} {#} \"{}\" \$HOME' \"it's {}\""
    assert_output $'{.} {#} "1/2" $HOME\nit\'s 1/2\n{.} {#} "2/2" $HOME\nit\'s 2/2'
    "$records" --block 4k stream 'awk "BEGIN { if (0) print \"{}{1}{#}\" }" </dev/null; cat' <"$SHARED/servers" |
        cmp - "$SHARED/servers"
}

@test "progress: shards done, bytes read, and the time they will take" {
    PROGRESS_INTERVAL=0.2 run --separate-stderr "$records" --jobs 1 --progress tea shards 4 'sleep 0.5; echo {}'
    assert_success
    [[ $stderr =~ tea:\ [0-9]+\ %\ \([1-3]\ of\ 4\ shards\),\ [0-9]+\ s\ gone,\ about\ [0-9]+\ s\ to\ go ]]
    PROGRESS_INTERVAL=0.2 run --separate-stderr "$records" --jobs 1 --block 4k --progress tea stream \
        'sleep 0.4; cat >/dev/null' <"$SHARED/servers"
    assert_success
    [[ $stderr =~ tea:\ [0-9]+\ %\ \([0-9.]+K\ of\ [0-9.]+K\ read\) ]]
    run --separate-stderr "$records" --jobs 1 shards 2 'true'
    [ -z "$stderr" ]
}

@test "without GNU parallel, or with the parallel of moreutils: said, exit 3" {
    mkdir fake
    printf '#!/bin/sh\necho "parallel from moreutils"\n' >fake/parallel
    chmod +x fake/parallel
    PATH=$PWD/fake:$PATH refused 3 "$records" shards 2 true
    says 'moreutils'
}
