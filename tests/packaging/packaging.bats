#!/usr/bin/env bats
# What is installed: programs, pages, pipelines, and the library for stages in C; the Debian package.

setup_file() {
    load helper
    cd "$BATS_FILE_TMPDIR" || return 1
    unset MAKEFLAGS MAKELEVEL MFLAGS
    make -s -C "$root" install DESTDIR="$PWD/root" PREFIX=/opt/cc CC="${CC:-gcc}" >/dev/null 2>&1
    make -s -C "$root" deb CC="${CC:-gcc}" >/dev/null 2>&1
}

setup() {
    load helper
    cd "$BATS_TEST_TMPDIR" || return 1
    prefix=$BATS_FILE_TMPDIR/root/opt/cc
    unset MAKEFLAGS MAKELEVEL MFLAGS
    small_hardware hw.yaml
}

# pkg NAME...: pkg-config of what is installed under a DESTDIR
pkg() {
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --define-variable=prefix="$prefix" \
        --define-variable=libdir="$prefix/lib" "$@" chiplet-cloud
}

@test "a stage in C, 20 lines, outside the tree, against the shared library" {
    cat >columns.c <<'END'
#include <cli/run.h>
#include <stdio.h>
#include <stream/points.h>

int main(int argc, char **argv)
{
    const struct cc_program program = {.name = "columns", .operands = "[FILE]...", .operands_most = 9, .summary = "Counts."};
    struct cc_shared_options options = {0};
    struct cc_operands files;
    struct cc_run run;
    struct cc_record record;
    struct cc_points points;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &files);
    cc_run_open(&run, &program, &options, &files);
    while (cc_run_next(&run, &record))
        if (cc_points_open(&record, &points, &error))
            printf("%.*s %zu\n", CC_TEXT_ARG(record.id), points.rows);
    return cc_run_finish(&run);
}
END
    [ "$(wc -l <columns.c)" -le 20 ]
    # shellcheck disable=SC2046
    "${CC:-gcc}" -std=c11 -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200809L $(pkg --cflags) columns.c $(pkg --libs) -o columns
    readelf -d columns | grep -q 'NEEDED.*libchiplet-cloud.so.3'
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml |
        llm-map --constants "$CONSTANTS" --model "$root/pipelines/inputs/model/megatron.yaml" >evaluations
    LD_LIBRARY_PATH=$prefix/lib ./columns evaluations >counted
    rec2json evaluations | jq -r '"\(.id) \(.points.batch | length)"' | diff - counted
    [ -s counted ]
    head -c -1 evaluations >cut
    LD_LIBRARY_PATH=$prefix/lib run --separate-stderr ./columns cut
    assert_failure 1
    says 'the input ends inside the record'
}

@test "the example in C, against the static library, as its first lines say" {
    cp "$root/pipelines/examples/cheap-servers.c" .
    # shellcheck disable=SC2046
    "${CC:-gcc}" -std=c11 -Wall -Wextra -Werror $(pkg --cflags) cheap-servers.c "$prefix/lib/libchiplet-cloud.a" \
        $(pkg --libs-only-l --static | sed 's/-lchiplet-cloud//') -o cheap-servers
    ! readelf -d cheap-servers | grep -q 'NEEDED.*libchiplet-cloud'
    chiplet-gen --constants "$CONSTANTS" hw.yaml | server-pack --constants "$CONSTANTS" --hardware hw.yaml >servers
    ./cheap-servers servers >cheap
    rec2json servers | jq -c 'select(.server.cost_usd <= 5000) | .id' >expected
    rec2json cheap | jq -c .id | diff expected -
    [ -s expected ]
    [ "$(wc -l <expected)" -lt "$(rec2json servers | wc -l)" ]
}

@test "every installed header can be included by itself" {
    while read -r header; do
        echo "#include <$header>" >"${header//\//-}.c"
    done < <(cd "$prefix/include/chiplet-cloud" && find . -name '*.h' | sed 's|^\./||')
    # shellcheck disable=SC2046
    "${CC:-gcc}" -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -fsyntax-only $(pkg --cflags) ./*.h.c
    sources=(./*.h.c)
    [ "${#sources[@]}" -eq "$(find "$prefix/include" -name '*.h' | wc -l)" ]
    [ "${#sources[@]}" -gt 30 ]
}

@test "the shared library has its version in its name" {
    version=$(pareto --version | sed 's/.* //')
    [ -f "$prefix/lib/libchiplet-cloud.so.$version" ]
    [ "$(readlink "$prefix/lib/libchiplet-cloud.so")" = libchiplet-cloud.so.3 ]
    readelf -d "$prefix/lib/libchiplet-cloud.so" | grep -q 'soname: \[libchiplet-cloud.so.3\]'
    [ "$(pkg --modversion)" = "$version" ]
}

@test "what is installed works from where it is" {
    (
        unset BIN
        PATH=/usr/bin:/bin OUT=o "$prefix/bin/chiplet-cloud-explore" hw.yaml megatron
    )
    [ -s o/frontier ]
    [ -s "$prefix/share/man/man1/pareto.1" ]
    [ -s "$prefix/share/man/man7/chiplet-cloud.7" ]
    bash -c '. "$1/share/bash-completion/completions/pareto"; complete -p pareto' bash "$prefix" | grep -q _chiplet_cloud
}

@test "uninstall takes away all that install put there" {
    make -s -C "$root" install DESTDIR="$PWD/root" PREFIX=/opt/cc CC="${CC:-gcc}" >/dev/null
    [ "$(find root -type f | wc -l)" -gt 100 ]
    make -s -C "$root" uninstall DESTDIR="$PWD/root" PREFIX=/opt/cc >/dev/null
    [ "$(find root -type f -o -type l | wc -l)" -eq 0 ]
}

@test "the Debian package installs, runs, and is removed without a trace" {
    deb=$(find "$root/out" -name 'chiplet-cloud_*.deb' | head -n 1)
    dpkg-deb --field "$deb" Depends | grep -q 'libfyaml.*parallel, python3'
    mkdir -p root/var/lib/dpkg/{updates,info,triggers}
    touch root/var/lib/dpkg/{status,available}
    find root | sort >before
    dpkg --root="$PWD/root" --force-not-root --force-depends --force-bad-path --force-script-chrootless -i "$deb" >/dev/null 2>&1
    # in as many shards as it takes by itself; Python keeps what it has compiled
    (
        unset BIN SHARDS PYTHONDONTWRITEBYTECODE
        PATH=/usr/bin:/bin OUT=o root/usr/bin/chiplet-cloud-study hw.yaml megatron
    )
    [ -s o/megatron.frontier ]
    [ -d root/usr/share/chiplet-cloud/pipelines/reporting/__pycache__ ]
    mandoc -T lint -W error root/usr/share/man/man1/pareto.1.gz
    dpkg --root="$PWD/root" --force-not-root --force-bad-path --force-script-chrootless --purge chiplet-cloud >/dev/null 2>&1
    [ -z "$(find root/usr 2>/dev/null)" ]
}

@test "the same source gives the same package" {
    deb=$(find "$root/out" -name 'chiplet-cloud_*.deb' | head -n 1)
    cp "$deb" first.deb
    make -s -C "$root" deb CC="${CC:-gcc}" >/dev/null 2>&1
    cmp first.deb "$deb"
}

@test "programs are hardened: position-independent, relocations read-only and done at the start, stack and buffers checked" {
    for program in $(program_names); do
        readelf --file-header "$BIN/$program" | grep -q 'DYN (Position-Independent Executable'
        readelf --program-headers "$BIN/$program" | grep -q GNU_RELRO
        readelf --dynamic "$BIN/$program" | grep -q BIND_NOW
        readelf --program-headers --wide "$BIN/$program" | awk '$1 == "GNU_STACK" { exit $7 != "RW" }'
        readelf --symbols --wide "$BIN/$program" >symbols
        grep -q __stack_chk_fail symbols
        grep -q '__[a-z]*_chk' symbols
    done
}
