#include "stream/derived.h"

#include <stdlib.h>

static const struct {
    const char *column;
    size_t offset;
} inputs[CC_DERIVED_INPUTS] = {
    {"num_servers", offsetof(struct cc_service_input, num_servers)},
    {"batch", offsetof(struct cc_service_input, batch)},
    {"prefill_latency_s", offsetof(struct cc_service_input, prefill_latency_s)},
    {"generate_latency_s", offsetof(struct cc_service_input, generate_latency_s)},
    {"generate_tokens_per_s", offsetof(struct cc_service_input, generate_tokens_per_s)},
    {"prefill_energy_j", offsetof(struct cc_service_input, prefill_energy_j)},
    {"generate_energy_j", offsetof(struct cc_service_input, generate_energy_j)},
    {"requests_per_s", offsetof(struct cc_service_input, requests_per_s)},
    {"usd_per_output_token", offsetof(struct cc_service_input, usd_per_output_token)},
};

static double number_of(const struct cc_item *item)
{
    return item != NULL && cc_item_is_number(item) ? cc_item_number(item) : NAN;
}

static double number_at(const struct cc_record *record, const struct cc_points *points, const char *path)
{
    return number_of(cc_path_find(record, points, cc_text_of(path)).first);
}

/* Systems that share a server: its price and power are divided among them. */
static double systems_in_a_server(const struct cc_record *record, const struct cc_points *points)
{
    const double given = number_at(record, points, "system.instances_per_server");
    return given > 1 ? given : 1;
}

static double *input_of(struct cc_service_input *in, size_t i)
{
    void *member = (char *)in + inputs[i].offset;
    return member;
}

/* The columns that follow whatever the values: those that numbers everywhere make a number of. */
static void choose_columns(struct cc_derived *derived)
{
    struct cc_service_input in = derived->same;
    for (size_t i = 0; i < CC_DERIVED_INPUTS; i++)
        *input_of(&in, i) = derived->input[i] != NULL ? 1 : NAN;
    const struct cc_service service = cc_service_of(&in);
    for (size_t i = 0; i < cc_service_columns.count; i++) {
        const struct cc_field *field = &cc_service_columns.field[i];
        if (!isnan(*(const double *)cc_field_in(field, &service)) &&
            cc_points_column(derived->points, cc_text_of(field->name)) == NULL)
            derived->field[derived->count++] = field;
    }
    if (derived->points->map->count + derived->count > CC_PAIRS_MAX) /* a design has no room for them */
        derived->count = 0;
}

void cc_derived_begin(struct cc_derived *derived, const struct cc_record *record, const struct cc_points *points)
{
    derived->points = points;
    derived->count = 0;
    if (points->map == NULL)
        return;
    for (size_t i = 0; i < CC_DERIVED_INPUTS; i++)
        derived->input[i] = cc_points_column(points, cc_text_of(inputs[i].column));
    const double systems = systems_in_a_server(record, points);
    derived->same = (struct cc_service_input){
        .server_usd = number_at(record, points, "server.cost_usd") / systems,
        .server_tdp_w = number_at(record, points, "server.tdp_w") / systems,
        .generate_len = number_at(record, points, "workload.generate_len"),
    };
    choose_columns(derived);
}

static struct cc_service service_of_row(const struct cc_derived *derived, size_t row)
{
    struct cc_service_input in = derived->same;
    for (size_t i = 0; i < CC_DERIVED_INPUTS; i++)
        *input_of(&in, i) = derived->input[i] == NULL ? NAN : number_of(derived->input[i] + row);
    return cc_service_of(&in);
}

static struct cc_item item_of(const struct cc_field *field, const struct cc_service *service)
{
    const double value = *(const double *)cc_field_in(field, service);
    if (!isfinite(value))
        return (struct cc_item){.type = CC_ITEM_NIL};
    return (struct cc_item){.type = CC_ITEM_REAL, .as.real = value};
}

void cc_derived_row(const struct cc_derived *derived, size_t row, struct cc_item values[CC_DERIVED_MAX])
{
    const struct cc_service service = service_of_row(derived, row);
    for (size_t i = 0; i < derived->count; i++)
        values[i] = item_of(derived->field[i], &service);
}

/* Works a column out for all rows. */
static bool fill(struct cc_derived *derived, size_t column, struct cc_error *error)
{
    const size_t rows = derived->points->rows;
    if (rows > derived->room[column]) {
        free(derived->values[column]);
        derived->room[column] = 0;
        derived->values[column] = malloc(rows * sizeof *derived->values[column]);
        if (derived->values[column] == NULL)
            return cc_fail_memory(error);
        derived->room[column] = rows;
    }
    for (size_t row = 0; row < rows; row++) {
        const struct cc_service service = service_of_row(derived, row);
        derived->values[column][row] = item_of(derived->field[column], &service);
    }
    return true;
}

bool cc_derived_find(struct cc_derived *derived, const struct cc_record *record, struct cc_text path,
                     struct cc_field_values *found, struct cc_error *error)
{
    *found = cc_path_find(record, derived->points, path);
    if (found->first != NULL || !cc_text_starts(path, "point."))
        return true;
    const size_t skip = strlen("point.");
    const struct cc_text name = {path.s + skip, path.len - skip};
    for (size_t i = 0; i < derived->count && derived->points->rows > 0; i++) {
        if (!cc_text_is(name, derived->field[i]->name))
            continue;
        if (!fill(derived, i, error))
            return false;
        *found = (struct cc_field_values){derived->values[i], true};
    }
    return true;
}

void cc_derived_pack_point(msgpack_packer *packer, const struct cc_derived *derived, size_t row)
{
    const struct cc_points *points = derived->points;
    const struct cc_item *at = points->map + 1;
    struct cc_item values[CC_DERIVED_MAX];
    cc_derived_row(derived, row, values);
    msgpack_pack_map(packer, points->map->count + derived->count);
    for (uint32_t i = 0; i < points->map->count; i++, at = cc_item_next(at + 1)) {
        cc_pack_text(packer, cc_item_text(points->tape, at));
        cc_pack_item(packer, points->tape, points->flat ? at + 1 : at + 2 + row);
    }
    for (size_t i = 0; i < derived->count; i++) {
        cc_pack_key(packer, derived->field[i]->name);
        cc_pack_item(packer, points->tape, &values[i]);
    }
}

void cc_derived_free(struct cc_derived *derived)
{
    for (size_t i = 0; i < CC_DERIVED_MAX; i++)
        free(derived->values[i]);
    *derived = (struct cc_derived){.count = 0};
}
