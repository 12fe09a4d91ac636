/* pareto: the records, or operating points, that no other beats.
 *
 * Reads: whatever fields the objectives, groups and conditions name. Adds nothing; points become point, a row each. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/run.h"
#include "groups.h"
#include "query.h"
#include "stream/known_fields.h"
#include "stream/packed.h"

struct options {
    struct cc_shared_options shared;
    struct query query;
};

static const struct cc_option option_table[] = {
    {"objective", "min:FIELD,max:FIELD...", CC_OPTION_PARSED, false, offsetof(struct options, query),
     "fields to minimize or maximize (default: min:point.usd_per_output_token,min:point.generate_latency_s)",
     query_parse_objectives},
    {"group", "FIELD,...", CC_OPTION_PARSED, false, offsetof(struct options, query),
     "a frontier for each combination of values of these fields (default: model.name,workload)", query_parse_groups},
    {"where", "FIELD<=NUMBER,...", CC_OPTION_PARSED, false, offsetof(struct options, query.where),
     "only points that meet these conditions; also < > >= = !=, and FIELD=TEXT", cc_conditions_parse},
    {"top", "N", CC_OPTION_PARSED, false, offsetof(struct options, query),
     "of each group the N best by the first objective (then the next ...), in place of the frontier", query_parse_top},
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "pareto",
    .summary = "Writes the Pareto frontier of records or of their operating points.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Reads: the fields named. Points become single rows (point). Ordered by group as first met, then by the "
             "objectives, then by input. The frontier of the frontiers of parts is the frontier of the whole.\n\n"
             "Example:\n  pareto --objective min:server.cost_usd,max:server.memory_bytes servers | rec2csv\n",
};

struct selector {
    struct cc_run run; /* first, so that it leads back to this */
    const struct query *query;
    struct groups *groups;
    struct member_pool pool;   /* of the members of all groups */
    struct cc_packed key, row; /* the values that make its group, and all of them */
    bool objective_seen[OBJECTIVES_MAX], condition_seen[CC_CONDITIONS_MAX], group_seen[GROUP_FIELDS_MAX];
    struct cc_known_fields known; /* of records that lack a field named */
    uint64_t left_out;            /* rows that meet the conditions but lack an objective */
    /* of the current record */
    const struct cc_record *record;
    struct cc_points points;
    struct cc_derived derived;
    struct cc_field_values objective[OBJECTIVES_MAX], condition[CC_CONDITIONS_MAX], group[GROUP_FIELDS_MAX];
    bool lacks_objective, lacks_condition; /* the whole record */
    bool group_by_row;
    struct group *group_of_record;
    struct source *source; /* NULL as long as no row was kept */
};

static _Noreturn void fail_memory(struct selector *s)
{
    struct cc_error error;
    cc_fail_memory(&error);
    cc_run_fail(&s->run, &error);
}

/* Bytes packed since it was cleared. */
static struct cc_text packed_text(struct selector *s, const struct cc_packed *packed)
{
    struct cc_error error;
    struct cc_text text;
    if (!cc_packed_text(packed, &text, &error))
        cc_run_fail(&s->run, &error);
    return text;
}

/* A field of the current record; whether any record has had it is kept in `seen`. */
static struct cc_field_values find(struct selector *s, struct cc_text path, bool *seen)
{
    struct cc_field_values found;
    struct cc_error error;
    if (!cc_derived_find(&s->derived, s->record, path, &found, &error))
        cc_run_fail(&s->run, &error);
    *seen |= found.first != NULL;
    if (found.first == NULL && !*seen)
        cc_known_fields_note(&s->known, s->record, true);
    return found;
}

static _Noreturn void fail_not_number(struct selector *s, const struct cc_item *item, struct cc_text path)
{
    struct cc_error error;
    cc_fail(&error, CC_BAD_DATA, "%.*s: --objective requires a number, got %s", CC_TEXT_ARG(path),
            cc_item_type_name(item));
    cc_run_fail_record(&s->run, &error);
}

static bool meets(struct selector *s, size_t index, size_t row)
{
    struct cc_error error;
    bool holds;
    if (!cc_condition_holds(&s->query->where.condition[index], s->record->tape,
                            cc_field_value(&s->condition[index], row), &holds, &error))
        cc_run_fail_record(&s->run, &error);
    return holds;
}

/* The row's objectives, smaller is better; false when it lacks one. */
static bool find_objectives(struct selector *s, size_t row, double objective[OBJECTIVES_MAX])
{
    const struct query *query = s->query;
    if (s->lacks_objective)
        return false;
    for (size_t i = 0; i < query->objectives; i++) {
        const struct cc_item *item = cc_field_value(&s->objective[i], row);
        if (!cc_item_is_number(item)) {
            if (item->type == CC_ITEM_NIL)
                return false;
            fail_not_number(s, item, query->objective[i].path);
        }
        objective[i] = query->objective[i].maximize ? -cc_item_number(item) : cc_item_number(item);
    }
    return true;
}

/* The values of the group's fields, packed one after the other; a field that is not there counts as nil. */
static struct group *group_of(struct selector *s, size_t row)
{
    if (s->group_of_record != NULL)
        return s->group_of_record;
    cc_packed_clear(&s->key);
    for (size_t i = 0; i < s->query->groups; i++) {
        if (s->group[i].first == NULL)
            msgpack_pack_nil(&s->key.packer);
        else
            cc_pack_item(&s->key.packer, s->record->tape, cc_field_value(&s->group[i], row));
    }
    struct group *group = groups_get(s->groups, packed_text(s, &s->key));
    if (group == NULL)
        fail_memory(s);
    if (!s->group_by_row)
        s->group_of_record = group;
    return group;
}

static void add(struct selector *s, struct group *group, const double *objective, size_t row)
{
    if (s->source == NULL)
        s->source = source_new(&s->pool, s->record, &s->points, &s->derived);
    cc_packed_clear(&s->row);
    cc_pack_row(&s->row.packer, &s->points, &s->derived, row);
    const struct cc_text values = packed_text(s, &s->row);
    struct member *member = s->source == NULL ? NULL : member_new(objective, s->source, values);
    if (member == NULL)
        fail_memory(s);
    if (frontier_add(&group->frontier, member))
        return;
    member_free(member);
    fail_memory(s);
}

static void consider(struct selector *s, size_t row)
{
    const struct query *query = s->query;
    double objective[OBJECTIVES_MAX];
    for (size_t i = 0; i < query->where.count; i++)
        if (!meets(s, i, row))
            return;
    if (!find_objectives(s, row, objective)) {
        s->left_out++;
        return;
    }
    struct group *group = group_of(s, row);
    if (frontier_takes(&group->frontier, objective))
        add(s, group, objective, row);
}

static void find_fields(struct selector *s)
{
    const struct query *query = s->query;
    s->group_by_row = s->lacks_objective = s->lacks_condition = false;
    for (size_t i = 0; i < query->objectives; i++) {
        s->objective[i] = find(s, query->objective[i].path, &s->objective_seen[i]);
        s->lacks_objective |= s->objective[i].first == NULL;
    }
    for (size_t i = 0; i < query->where.count; i++) {
        s->condition[i] = find(s, query->where.condition[i].path, &s->condition_seen[i]);
        s->lacks_condition |= s->condition[i].first == NULL;
    }
    for (size_t i = 0; i < query->groups; i++) {
        s->group[i] = find(s, query->group[i], &s->group_seen[i]);
        s->group_by_row |= s->group[i].column;
    }
}

static void select_from(struct selector *s, const struct cc_record *record)
{
    struct cc_error error;
    s->record = record;
    s->group_of_record = NULL;
    if (!cc_points_open(record, &s->points, &error) || !cc_points_check_designs(record, &s->points, &error))
        cc_run_fail_record(&s->run, &error);
    cc_derived_begin(&s->derived, record, &s->points);
    find_fields(s);
    const size_t rows = s->points.map == NULL ? 1 : s->points.rows;
    for (size_t row = 0; row < rows && !s->lacks_condition; row++)
        consider(s, row);
    source_release(s->source);
    s->source = NULL;
    s->run.candidates += rows;
}

/* After the last record: a field that none has had was not meant. */
static bool check_seen(const struct selector *s, struct cc_error *error)
{
    const struct query *query = s->query;
    if (cc_reader_records(s->run.reader) == 0)
        return true;
    for (size_t i = 0; i < query->objectives; i++)
        if (!s->objective_seen[i])
            return cc_known_fields_fail(&s->known, query->objective[i].path, "objective", error);
    for (size_t i = 0; i < query->where.count; i++)
        if (!s->condition_seen[i])
            return cc_known_fields_fail(&s->known, query->where.condition[i].path, "where", error);
    for (size_t i = 0; i < query->groups && query->group_given; i++)
        if (!s->group_seen[i])
            return cc_known_fields_fail(&s->known, query->group[i], "group", error);
    return true;
}

static void check_fields(struct selector *s)
{
    struct cc_error error;
    if (!check_seen(s, &error))
        cc_run_fail(&s->run, &error);
    if (s->left_out > 0)
        cc_run_note(&s->run, "left out %" PRIu64 " of %" PRIu64 ": without a field that --objective names", s->left_out,
                    s->run.candidates);
}

static void write_groups(struct selector *s)
{
    struct cc_error error;
    for (struct group *group = groups_first(s->groups); group != NULL; group = group->next) {
        frontier_settle(&group->frontier);
        for (size_t i = 0; i < group->frontier.count; i++) {
            const struct member *member = frontier_member(&group->frontier, i);
            if (!cc_write_design(s->run.writer, member->of.source->frame, member_row(member, s->query->objectives),
                                 &error))
                cc_run_fail(&s->run, &error);
            frontier_drop(&group->frontier, i);
        }
    }
}

/* On bad data: the frontier of what came before it. */
static void write_complete(struct cc_run *run)
{
    write_groups((struct selector *)run);
}

static struct query default_query(void)
{
    struct query query = {0};
    struct cc_error error;
    const bool good =
        query_parse_objectives("min:point.usd_per_output_token,min:point.generate_latency_s", &query, &error) &&
        query_parse_groups("model.name,workload", &query, &error);
    query.group_given = !good;
    return query;
}

int main(int argc, char **argv)
{
    struct options options = {.query = default_query()};
    struct selector selector = {.query = &options.query};
    struct cc_operands operands;
    struct cc_record record;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&selector.run, &program, &options.shared, &operands);
    selector.pool.objectives = options.query.objectives;
    selector.groups = groups_new(options.query.objectives, (size_t)options.query.top);
    cc_packed_init(&selector.key);
    cc_packed_init(&selector.row);
    if (selector.groups == NULL)
        fail_memory(&selector);
    selector.run.complete = write_complete;
    while (cc_run_next(&selector.run, &record))
        select_from(&selector, &record);
    check_fields(&selector);
    write_groups(&selector);
    cc_known_fields_free(&selector.known);
    cc_derived_free(&selector.derived);
    cc_packed_free(&selector.key);
    cc_packed_free(&selector.row);
    groups_free(selector.groups);
    member_pool_free(&selector.pool);
    return cc_run_finish(&selector.run);
}
