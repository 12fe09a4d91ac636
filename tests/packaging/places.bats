#!/usr/bin/env bats
# Machines and folders that are not as ours: odd characters in the path of the sources, no root, no sudo, no packages, no apt.

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    PATH=$(tr : '\n' <<<"$PATH" | grep -v /bats-core | paste -sd :) # bats puts its own programs first
    unset MAKEFLAGS MAKELEVEL MFLAGS BIN BUILD T SUITE
}

# sources FOLDER: what make looks at before it builds anything
sources() {
    mkdir -p "$1"
    (cd "$root" && tar -c --exclude=./bin Makefile .make .ci common src pipelines tests/run tests/*/*.bats tests/unit) | tar -x -C "$1"
}

# A copy that is built where a path is odd, in whatever way this one is built: all of it in make test-all; else two layers and a program
# are compiled there, and everything is linked.
setup_file() {
    load helper
    unset MAKEFLAGS MAKELEVEL MFLAGS BIN BUILD T SUITE
    export place="$BATS_FILE_TMPDIR/my checkout (copy)'s/é & 100%;"
    copy_tree "$place"
    rm -rf "$place"/.build/plain-gcc/{common/{base,model/network},src/pareto,libchiplet-cloud.a} "$place"/.build/plain-gcc/pic/common/base
    [ ! -e "$place/bin/pareto" ]
    make -C "$place" -j2 WERROR=-Werror
    # without what the tests do there
    export built="$BATS_FILE_TMPDIR/built"
    cp -R "$place/bin" "$built"
}

# check_installed PREFIX: explore by the installed command, its help, pages and completion
check_installed() {
    local prefix=$1 name
    (
        unset BIN
        PATH=$prefix/bin:/usr/bin:/bin chiplet-cloud explore --out o 'hardware (1).yaml' megatron >table
        PATH=$prefix/bin:/usr/bin:/bin chiplet-cloud best-designs o/frontier >/dev/null
        [ "$("$prefix/bin/chiplet-cloud" --version)" = "chiplet-cloud $("$prefix/bin/pareto" --version | sed 's/.* //')" ]
        "$prefix/bin/chiplet-cloud" explore --help | diff - <(pipelines/explore --help)
        "$prefix/bin/chiplet-cloud-explore" --help | diff - <(pipelines/explore --help)
    )
    [ -s o/frontier ]
    grep -q '^c[0-9]*\.p' table
    for name in '' $(cd pipelines/lib/commands && printf -- '-%s\n' * | grep -vx -e -chiplet-cloud); do
        [ -s "$prefix/share/man/man1/chiplet-cloud$name.1" ]
    done
    # shellcheck disable=SC2016
    bash -c '. "$1/share/bash-completion/completions/chiplet-cloud"; complete -p chiplet-cloud' bash "$prefix" | grep -q _chiplet_cloud_front
}

@test "a space, a bracket, a quote and an umlaut in the path: build, explore, study, tests, install, clean" {
    cd "$place"
    small_hardware 'hardware (1).yaml'
    cp pipelines/inputs/model/megatron.yaml "a model's.yaml"
    run make explore HARDWARE='hardware (1).yaml' MODEL="a model's.yaml"
    assert_success
    [ "$(find out -name frontier.csv -size +0 | wc -l)" -eq 1 ]
    OUT="out/of a study" run make study HARDWARE='hardware (1).yaml' MODELS="a model's.yaml"
    assert_success
    [ -s 'out/of a study/study.csv' ]
    run make test T='base frontier'
    assert_success
    assert_line --regexp '^ok +test_base: '
    assert_line --regexp '^ok +frontier: .*\([0-9.]+ s\)$'
    assert_line --regexp '^[0-9]+ passed, 0 failed$'
    run bats tests/golden/worked.bats
    assert_success
    run make install DESTDIR="$PWD/a root" PREFIX='/opt/c c'
    assert_success
    check_installed "$PWD/a root/opt/c c"
    PKG_CONFIG_PATH="$PWD/a root/opt/c c/lib/pkgconfig" pkg-config --exists chiplet-cloud
    run make uninstall DESTDIR="$PWD/a root" PREFIX='/opt/c c'
    assert_success
    [ -z "$(find 'a root' -type f -o -type l)" ]
    run make clean
    assert_success
    [ ! -e .build ] && [ ! -e out ] && [ ! -e bin/pareto ]
}

@test "the same source, in another folder, gives the same programs byte for byte" {
    for program in $(program_names); do
        cmp "$root/bin/$program" "$built/$program"
    done
    [ "$(find "$built" -type f -executable | wc -l)" -eq "$(program_names | wc -w)" ]
}

# programs NAME...: a PATH with these alone, besides what scripts and make use; set in `path`
programs() {
    local name
    path=$PWD/programs
    mkdir -p "$path"
    for name in bash sh make env sed grep tr sort head cat id cut find nproc mkdir rm test dirname readlink sleep uname echo awk fold "$@"; do
        ln -sf "$(type -P "$name")" "$path/$name"
    done
}

# stand_in NAME LINES: a program that does as the lines of shell say
stand_in() {
    rm -f "$path/$1"
    printf '#!/bin/bash\n%s\n' "$2" >"$path/$1"
    chmod +x "$path/$1"
}

# a machine of Debian where pkg-config finds no libfyaml and there is no GNU parallel, for a user that is not root
bare_machine() {
    sources tree
    programs gcc ar python3 dpkg-query
    stand_in pkg-config '[[ $* != *libfyaml* ]] && exec '"$(command -v pkg-config)"' "$@"; exit 1'
    stand_in id 'echo 1000'
    stand_in apt-get 'echo "apt-get was called" >>'"$PWD/called"'; exit 100'
    stand_in apt-cache '[[ $1 == show ]] && echo "Package: $2"'
}

# stops TARGET: make ends with 2 before anything is built or installed
stops() {
    run timeout 60 env PATH="$path" make -C tree "$1" </dev/null
    assert_failure 2
    [ ! -e tree/.build ] && [ ! -e called ]
}

@test "no root and no sudo: what an administrator must install is named in one line, and nothing is built" {
    bare_machine
    for target in explore study all test; do
        stops "$target"
        assert_line --regexp '^  apt-get install .*libfyaml-dev'
        assert_line --regexp '^  apt-get install .*parallel'
        refute_line --regexp '^  apt-get install .*(yajl|msgpack-c-dev|libc6-dev)'
    done
}

@test "sudo that asks for a password where nobody can type it: the same, at once" {
    bare_machine
    stand_in sudo '[[ $1 == -n ]] && exit 1; sleep 100'
    stops explore
    assert_line --regexp 'sudo asks for a password'
    assert_line --regexp '^  apt-get install .*libfyaml-dev'
}

@test "no apt-get: what was looked for is named" {
    bare_machine
    rm "$path/apt-get" "$path/dpkg-query"
    stops explore
    assert_line --partial 'library libfyaml (pkg-config finds no libfyaml)'
    assert_line --partial 'GNU parallel (command parallel)'
}

@test "nothing is missing: nobody is asked for anything" {
    bare_machine
    ln -sf "$(command -v pkg-config)" "$path/pkg-config"
    ln -sf "$(command -v parallel)" "$path/parallel"
    run env PATH="$path:/usr/bin:/bin" tree/.ci/require run
    assert_success
    assert_output ''
    [ ! -e called ]
}

@test "msgpack-c under each of its names, also in the installed chiplet-cloud.pc" {
    programs gcc ar python3 install printf cp ln chmod touch ls tail
    for name in msgpack-c msgpackc; do
        stand_in pkg-config '
names=()
for word in "$@"; do
    case $word in
    '"$name"') word=$(for real in msgpack-c msgpackc msgpack; do '"$(command -v pkg-config)"' --exists "$real" && echo "$real" && break; done) ;;
    msgpack*) exit 1 ;;
    esac
    names+=("$word")
done
exec '"$(command -v pkg-config)"' "${names[@]}"'
        PATH=$path make -s -C "$root" --eval 'show: ; @echo $(MSGPACK) $(LDLIBS)' show >shown
        grep -qE "^$name .*-lmsgpack-?c .*-lyajl" shown
        PATH=$path make -C "$root" install-library DESTDIR="$PWD/$name" -n >commands
        grep -q "'Requires: $name libfyaml'" commands
    done
}

@test "a test that is not there: those that are, exit 2, before anything is built" {
    sources tree
    run make -C tree test T=no_such_test
    assert_failure 2
    assert_line --partial 'there is no test no_such_test'
    assert_output --regexp 'streams.*test_cost'
    [ ! -e tree/.build ]
}

@test "the runner: names, times, reasons of what was skipped, failures once more, and the sums" {
    mkdir fake
    printf '@test "%s" { %s; }\n' passes true fails false 'is not for here' "skip 'no such machine'" >fake/some.bats
    run "$root/tests/run" "$PWD/fake/some.bats"
    assert_failure 1
    assert_line --regexp '^ok +some: passes \([0-9.]+ s\)$'
    assert_line --regexp '^not ok some: fails'
    assert_line 'failed:'
    assert_line --regexp '^  some: fails'
    assert_line 'skipped:'
    assert_line --regexp '^  some: is not for here.*: no such machine'
    assert_line '1 passed, 1 failed, 1 skipped'
    # a suite that passes does not fail
    printf '@test "passes" { true; }\n' >fake/passes.bats
    run "$root/tests/run" "$PWD/fake/passes.bats"
    assert_success
    assert_line '1 passed, 0 failed'
    # a file that ends before its last test, and one that is no bats file
    printf '@test "first" { kill -9 $PPID $$; }\n@test "second" { true; }\n' >fake/killed.bats
    run "$root/tests/run" "$PWD/fake/killed.bats"
    assert_failure 1
    printf '@test "first" {\n' >fake/broken.bats
    run "$root/tests/run" "$PWD/fake/broken.bats"
    assert_failure 1
    assert_line --regexp '^[0-9]+ passed, [1-9][0-9]* failed'
}
