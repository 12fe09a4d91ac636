#define _XOPEN_SOURCE 700 /* realpath; NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

#include "input/names.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, NAMES_MAX = 256 };

static const struct {
    const char *name, *text;
} kinds[CC_INPUT_KIND_COUNT] = {
    [CC_INPUT_HARDWARE] = {"hardware", "a hardware file (maps Chip, Package and Server)"},
    [CC_INPUT_CONSTANTS] = {"constants", "a constants file (maps Chip, Package, Server, TCO and Energy)"},
    [CC_INPUT_MODEL] = {"model",
                        "a model file (a map Model with num_layers, d and num_heads) or a Hugging Face config.json"},
    [CC_INPUT_SYSTEM] = {"system", "a system file (num_servers, workload, ...)"},
    [CC_INPUT_CARBON] = {"carbon", "a carbon file (a map Carbon)"},
};

const char *cc_input_kind_name(enum cc_input_kind kind)
{
    return kinds[kind].name;
}

const char *cc_input_kind_text(enum cc_input_kind kind)
{
    return kinds[kind].text;
}

/* Whether the text fits and is whole. */
static bool put(char path[PATH_SIZE], const char *format, ...) CC_PRINTF(2, 3);
static bool put(char path[PATH_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(path, PATH_SIZE, format, args);
    va_end(args);
    return len >= 0 && len < PATH_SIZE;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The folder of the programs, without a slash at its end. */
static bool program_folder(char path[PATH_SIZE])
{
    const ssize_t len = readlink("/proc/self/exe", path, PATH_SIZE - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

/* The folder of one kind of inputs, number `i` of those where they may be. False after the last. */
static bool kind_folder(int i, enum cc_input_kind kind, char path[PATH_SIZE])
{
    static const char *const beside[] = {"../pipelines/inputs", "../../../pipelines/inputs",
                                         "../share/chiplet-cloud/pipelines/inputs"};
    const int count = sizeof beside / sizeof beside[0];
    const char *own = getenv("CHIPLET_CLOUD_INPUTS");
    char programs[PATH_SIZE];
    path[0] = '\0';
    if (i > count || (i > 0 && !program_folder(programs)))
        return false;
    if (i > 0)
        return put(path, "%s/%s/%s", programs, beside[i - 1], kinds[kind].name);
    return own == NULL || own[0] == '\0' || put(path, "%s/%s", own, kinds[kind].name);
}

static bool find_name(enum cc_input_kind kind, struct cc_text name, char path[PATH_SIZE])
{
    char folder[PATH_SIZE], file[PATH_SIZE];
    if (name.len == 0 || name.len > NAME_MAX || memchr(name.s, '/', name.len) != NULL)
        return false;
    for (int i = 0; kind_folder(i, kind, folder); i++) {
        if (folder[0] == '\0' || !put(file, "%s/%.*s.yaml", folder, (int)name.len, name.s) || access(file, F_OK) != 0)
            continue;
        char *resolved = realpath(file, NULL); /* without the .. of the folder */
        const bool good = put(path, "%s", resolved != NULL ? resolved : file);
        free(resolved);
        return good;
    }
    return false;
}

struct names {
    struct cc_arena arena;
    char *name[NAMES_MAX];
    size_t count;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void add_names(struct names *names, const char *folder)
{
    DIR *open = opendir(folder);
    struct dirent *entry;
    while (open != NULL && names->count < NAMES_MAX && (entry = readdir(open)) != NULL) {
        const size_t len = strlen(entry->d_name);
        const size_t ending = strlen(".yaml");
        if (len <= ending || strcmp(entry->d_name + len - ending, ".yaml") != 0)
            continue;
        char *copy = cc_arena_copy(&names->arena, entry->d_name, len - ending);
        if (copy != NULL)
            names->name[names->count++] = copy;
    }
    if (open != NULL)
        closedir(open);
}

/* Known names, from the first folder that has any. */
static void list_names(enum cc_input_kind kind, struct names *names)
{
    char folder[PATH_SIZE];
    *names = (struct names){0};
    for (int i = 0; names->count == 0 && kind_folder(i, kind, folder); i++)
        if (folder[0] != '\0')
            add_names(names, folder);
    qsort(names->name, names->count, sizeof names->name[0], compare_names);
}

/* "lama3-70b: neither a file nor a model of that name; did you mean llama3-70b? Known names: bloom, gopher" */
static const char *fail_name(enum cc_input_kind kind, const char *given, struct cc_error *error)
{
    struct names names;
    char list[640] = "", path[PATH_SIZE];
    size_t len = strlen(given);
    for (int other = 0; other < CC_INPUT_KIND_COUNT; other++)
        if (find_name((enum cc_input_kind)other, cc_text_of(given), path)) {
            cc_fail(error, CC_IO, "%.200s: is the name of a %s file; expected %s", given, kinds[other].name,
                    kinds[kind].text);
            return NULL;
        }
    list_names(kind, &names);
    for (size_t i = 0; i < names.count; i++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names.name[i]);
    }
    if (len > 5 && strcmp(given + len - 5, ".yaml") == 0)
        len -= 5;
    const char *near = cc_text_nearest((struct cc_text){given, len}, (const char *const *)names.name, names.count);
    cc_fail(error, CC_IO, "%.200s: neither a file nor the name of a %s file%s%s%s%s%s", given, kinds[kind].name,
            near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "",
            names.count > 0 ? (near != NULL ? " Known names: " : "; known names: ") : "", list);
    cc_arena_free(&names.arena);
    return NULL;
}

static const char *keep(struct cc_arena *arena, const char *path, struct cc_error *error)
{
    const char *copy = cc_arena_copy(arena, path, strlen(path));
    if (copy == NULL)
        cc_fail_memory(error);
    return copy;
}

/* The file that a folder stands for: for a model, its config.json. */
static const char *find_in_folder(struct cc_arena *arena, enum cc_input_kind kind, const char *given,
                                  struct cc_error *error)
{
    char path[PATH_SIZE];
    const size_t len = strlen(given);
    const char *slash = len > 0 && given[len - 1] == '/' ? "" : "/";
    if (kind == CC_INPUT_MODEL && put(path, "%s%sconfig.json", given, slash) && access(path, F_OK) == 0)
        return keep(arena, path, error);
    if (find_name(kind, cc_text_of(given), path))
        return keep(arena, path, error);
    cc_fail(error, CC_IO, "%.200s: is a folder%s; expected %s", given,
            kind == CC_INPUT_MODEL ? " without a config.json" : "", kinds[kind].text);
    return NULL;
}

const char *cc_input_find(struct cc_arena *arena, enum cc_input_kind kind, const char *given, struct cc_error *error)
{
    char path[PATH_SIZE];
    if (strcmp(given, "-") == 0)
        return keep(arena, given, error);
    if (is_folder(given))
        return find_in_folder(arena, kind, given, error);
    if (access(given, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return keep(arena, given, error);
    if (find_name(kind, cc_text_of(given), path))
        return keep(arena, path, error);
    if (strchr(given, '/') == NULL)
        return fail_name(kind, given, error);
    cc_fail(error, CC_IO, "%.800s: %s", given, strerror(ENOENT));
    return NULL;
}

const char *cc_input_find_from(struct cc_arena *arena, enum cc_input_kind kind, const char *path, struct cc_text given,
                               struct cc_error *error)
{
    char joined[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    const size_t folder = given.s[0] == '/' || slash == NULL ? 0 : (size_t)(slash - path) + 1;
    if (!put(joined, "%.*s%.*s", (int)folder, path, (int)given.len, given.s)) {
        cc_fail(error, CC_IO, "%s", strerror(ENAMETOOLONG));
        return NULL;
    }
    if (access(joined, F_OK) == 0 && !is_folder(joined))
        return keep(arena, joined, error);
    if (find_name(kind, given, joined))
        return keep(arena, joined, error);
    if (memchr(given.s, '/', given.len) == NULL) {
        put(joined, "%.*s", (int)given.len, given.s);
        return fail_name(kind, joined, error);
    }
    cc_fail(error, CC_IO, "%.800s: %s", joined, strerror(ENOENT));
    return NULL;
}

/* The part of a path after its last slash; the slashes and it are cut off the path. */
static char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    char *last = slash == NULL ? path : slash + 1;
    while (slash != NULL && slash > path && *slash == '/')
        *slash-- = '\0';
    return last;
}

/* The name of the folder of a config.json. A cache of the hub has models--OWNER--NAME/snapshots/REVISION. */
static const char *folder_name(char *folder)
{
    char revision[PATH_SIZE], above[PATH_SIZE];
    snprintf(revision, sizeof revision, "%s", cut_last(folder));
    snprintf(above, sizeof above, "%s", cut_last(folder));
    const char *repository = cut_last(folder);
    const char *name = strstr(repository, "--");
    if (strcmp(above, "snapshots") != 0 || strncmp(repository, "models--", 8) != 0 || name == NULL)
        return strcpy(folder, revision);
    for (const char *next; (next = strstr(name, "--")) != NULL;)
        name = next + 2;
    return name;
}

const char *cc_input_stem(struct cc_arena *arena, const char *path)
{
    struct stat info;
    char copy[PATH_SIZE], folder[PATH_SIZE];
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode) || !put(copy, "%s", path))
        return cc_arena_copy(arena, "", 0);
    char *last = cut_last(copy);
    if (strcmp(last, "config.json") != 0) {
        const char *dot = strrchr(last, '.');
        return cc_arena_copy(arena, last, dot == NULL || dot == last ? strlen(last) : (size_t)(dot - last));
    }
    /* a link of the file itself is not followed: in a cache of the hub it leads to where all files lie */
    char *resolved = realpath(last == copy ? "." : last == copy + 1 ? "/" : copy, NULL);
    const bool known = resolved != NULL && put(folder, "%s", resolved);
    free(resolved);
    const char *name = known ? folder_name(folder) : "";
    return cc_arena_copy(arena, name, strlen(name));
}
