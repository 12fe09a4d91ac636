#include "side.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/hardware/device.h"
#include "stream/decode.h"
#include "stream/writer.h"

static const struct {
    const char *name;
    enum cc_range range;
    bool prefill, generate; /* which side has it */
} columns[SIDE_COLUMNS] = {
    [SIDE_NUM_SERVERS] = {"num_servers", CC_POSITIVE, true, true},
    [SIDE_BATCH] = {"batch", CC_POSITIVE, true, true},
    [SIDE_TENSOR_PARALLEL] = {"tensor_parallel", CC_POSITIVE, true, true},
    [SIDE_PIPELINE_PARALLEL] = {"pipeline_parallel", CC_POSITIVE, true, true},
    [SIDE_ATTENTION_PARALLEL] = {"attention_parallel", CC_POSITIVE, true, true},
    [SIDE_RATE] = {"requests_per_s", CC_POSITIVE, true, true},
    [SIDE_TTFT_S] = {"ttft_s", CC_POSITIVE, true, false},
    [SIDE_PREFILL_J] = {"prefill_energy_j", CC_NOT_NEGATIVE, true, false},
    [SIDE_KV_BYTES] = {"kv_bytes", CC_NOT_NEGATIVE, true, false},
    [SIDE_TOKENS_PER_S] = {"generate_tokens_per_s", CC_POSITIVE, false, true},
    [SIDE_GENERATE_J] = {"generate_energy_j", CC_NOT_NEGATIVE, false, true},
};

void common_init(struct common *common)
{
    cc_packed_init(&common->model);
    cc_packed_init(&common->workload);
    cc_packed_init(&common->model_values);
}

void common_free(struct common *common)
{
    cc_packed_free(&common->model);
    cc_packed_free(&common->workload);
    cc_packed_free(&common->model_values);
}

void side_free(struct side *side)
{
    for (int c = 0; c < SIDE_COLUMNS; c++)
        free(side->values[c]);
    cc_derived_free(&side->derived);
}

static bool make_room(struct side *side, size_t rows, struct cc_error *error)
{
    if (rows <= side->size)
        return true;
    for (int c = 0; c < SIDE_COLUMNS; c++) {
        double *values = realloc(side->values[c], 2 * rows * sizeof *values);
        if (values == NULL)
            return cc_fail_memory(error);
        side->values[c] = values;
    }
    side->size = 2 * rows;
    return true;
}

/* Reads the columns. A model whose attention is on all chips of a stage has no attention_parallel. */
static bool read_columns(struct side *side, struct cc_error *error)
{
    const struct cc_points *points = &side->points;
    if (!make_room(side, points->rows, error))
        return false;
    for (int c = 0; c < SIDE_COLUMNS; c++) {
        const bool asked = side->prefill ? columns[c].prefill : columns[c].generate;
        const bool there = cc_points_column(points, cc_text_of(columns[c].name)) != NULL;
        if (c == SIDE_ATTENTION_PARALLEL && !there && points->rows > 0)
            memcpy(side->values[c], side->values[SIDE_TENSOR_PARALLEL], points->rows * sizeof *side->values[c]);
        else if (asked && !cc_points_numbers(points, columns[c].name, columns[c].range, side->values[c], error))
            return false;
    }
    return true;
}

static bool check_phase(const struct side *side, const struct cc_system *system, struct cc_error *error)
{
    const char *phase = side->prefill ? "prefill" : "generate";
    if (cc_text_is(system->phase, phase))
        return true;
    return cc_fail(error, CC_BAD_DATA, "system.phase is %.*s: expected a design of llm-map --phase %s",
                   CC_TEXT_ARG(system->phase.len > 0 ? system->phase : cc_text_of("missing")), phase);
}

static bool pack_entry(struct cc_packed *packed, const struct cc_record *record, const char *key,
                       struct cc_error *error)
{
    struct cc_text ignored;
    cc_packed_clear(packed);
    cc_pack_item(&packed->packer, record->tape, cc_record_find(record, key)->value);
    return cc_packed_text(packed, &ignored, error);
}

/* An entry with all its numbers as reals: JSON does not tell 2 from 2.0. */
static bool pack_values(struct cc_packed *packed, const struct cc_record *record, const char *key,
                        struct cc_text *values, struct cc_error *error)
{
    const struct cc_item *first = cc_record_find(record, key)->value, *end = cc_item_next(first);
    cc_packed_clear(packed);
    for (const struct cc_item *at = first; at < end; at++) {
        if (cc_item_is_number(at))
            msgpack_pack_double(&packed->packer, cc_item_number(at));
        else if (at->type == CC_ITEM_MAP)
            msgpack_pack_map(&packed->packer, at->count);
        else if (at->type == CC_ITEM_ARRAY)
            msgpack_pack_array(&packed->packer, at->count);
        else
            cc_pack_item(&packed->packer, record->tape, at);
    }
    return cc_packed_text(packed, values, error);
}

static bool check_model(const struct common *common, const struct cc_record *record, bool *same, struct cc_error *error)
{
    struct cc_packed found;
    struct cc_text one, other;
    cc_packed_init(&found);
    const bool good =
        cc_packed_text(&common->model_values, &one, error) && pack_values(&found, record, "model", &other, error);
    *same = good && cc_text_equal(one, other);
    cc_packed_free(&found);
    return good;
}

static bool keep_common(struct common *common, const struct cc_record *record, const struct cc_llm *llm,
                        struct cc_workload workload, struct cc_error *error)
{
    struct cc_text ignored;
    if (!pack_entry(&common->model, record, "model", error) ||
        !pack_entry(&common->workload, record, "workload", error) ||
        !pack_values(&common->model_values, record, "model", &ignored, error))
        return false;
    snprintf(common->name, sizeof common->name, "%.*s", CC_TEXT_ARG(llm->name));
    common->joint.workload = workload;
    common->joint.layers = (double)llm->num_layers;
    common->known = true;
    return true;
}

/* One model and one workload in both streams. */
static bool check_common(struct common *common, const struct cc_record *record, const struct cc_llm *llm,
                         struct cc_workload workload, struct cc_error *error)
{
    const struct cc_workload *known = &common->joint.workload;
    bool same;
    if (!common->known)
        return keep_common(common, record, llm, workload, error);
    if (known->prefill_len != workload.prefill_len || known->generate_len != workload.generate_len)
        return cc_fail(error, CC_BAD_DATA,
                       "workload: %lld + %lld tokens, where the designs before it have %lld + %lld: expected one "
                       "workload in both streams",
                       (long long)workload.prefill_len, (long long)workload.generate_len, (long long)known->prefill_len,
                       (long long)known->generate_len);
    if (!check_model(common, record, &same, error))
        return false;
    return same || cc_fail(error, CC_BAD_DATA,
                           "model: %.*s, not the same as %s of the designs before it: expected one model in both "
                           "streams",
                           CC_TEXT_ARG(llm->name), common->name);
}

/* The caches of one model and workload are of one size. */
static bool check_kv_bytes(const struct side *side, struct common *common, struct cc_error *error)
{
    for (size_t row = 0; side->prefill && row < side->points.rows; row++) {
        const double kv_bytes = side->values[SIDE_KV_BYTES][row];
        if (isnan(common->joint.kv_bytes))
            common->joint.kv_bytes = kv_bytes;
        if (kv_bytes != common->joint.kv_bytes)
            return cc_fail(error, CC_BAD_DATA,
                           "point.kv_bytes is %.15g, but %.15g in the designs before it: expected one size of cache in "
                           "both streams",
                           kv_bytes, common->joint.kv_bytes);
    }
    return true;
}

bool side_take(struct side *side, struct common *common, const struct cc_record *record,
               const struct cc_tco_rates *rates, struct cc_conventions conventions, struct cc_error *error)
{
    struct cc_package package;
    struct cc_server server;
    struct cc_system system;
    struct cc_workload workload;
    struct cc_llm llm;
    struct cc_server part;
    struct cc_reject reject;
    if (!cc_points_open(record, &side->points, error))
        return false;
    if (side->points.map == NULL)
        return cc_fail(error, CC_BAD_DATA, "has neither points nor point: expected an evaluation or a design record");
    if (!cc_decode_entry(record, "package", &cc_package_fields, &package, error) ||
        !cc_decode_entry(record, "server", &cc_server_fields, &server, error) ||
        !cc_decode_entry(record, "system", &cc_system_fields, &system, error) ||
        !cc_decode_entry(record, "workload", &cc_workload_fields, &workload, error) ||
        !cc_decode_entry(record, "model", &cc_llm_fields, &llm, error) || !check_phase(side, &system, error) ||
        !check_common(common, record, &llm, workload, error) || !read_columns(side, error) ||
        !check_kv_bytes(side, common, error))
        return false;
    const int64_t parts = cc_system_instances(&system);
    if (!cc_server_part_of(&server, parts, &part, &reject))
        return cc_fail(error, CC_BAD_DATA, "system: %lld instances do not divide the %lld packages of a server",
                       (long long)parts, (long long)server.num_packages);
    side->parts = (double)parts;
    side->cost = cc_cost_basis_of(rates, &part, system.energy_model, workload, conventions);
    side->link_bytes_per_s = server.link.bytes_per_s / side->parts * system.io_bandwidth_efficiency;
    side->link_pj_per_byte = server.link.pj_per_byte;
    side->link_init_s = server.link.init_s;
    side->chips_per_server = (double)cc_devices_per_package(&package) * (double)part.num_packages;
    cc_derived_begin(&side->derived, record, &side->points);
    return true;
}

struct cc_instance side_instance(const struct side *side, const struct common *common, size_t row)
{
    const double num_servers = side->values[SIDE_NUM_SERVERS][row], batch = side->values[SIDE_BATCH][row];
    const double kv_servers = cc_kv_servers(num_servers, side->values[SIDE_PIPELINE_PARALLEL][row],
                                            side->values[SIDE_ATTENTION_PARALLEL][row], side->chips_per_server);
    struct cc_instance instance = {
        .cost = side->cost,
        .num_servers = num_servers,
        .whole_servers = num_servers / side->parts,
        .requests_per_s = side->values[SIDE_RATE][row],
        .link_bytes_per_s = num_servers * side->link_bytes_per_s,
        .kv_bytes_per_s = kv_servers * side->link_bytes_per_s,
        .link_init_s = side->link_init_s,
    };
    if (side->prefill) {
        instance.micro_batch = batch;
        instance.through_s = side->values[SIDE_TTFT_S][row];
        instance.transfer_j = common->joint.kv_bytes * side->link_pj_per_byte * 1e-12;
        instance.energy_j = side->values[SIDE_PREFILL_J][row] / batch + instance.transfer_j;
    } else {
        instance.tpot_s = batch / side->values[SIDE_TOKENS_PER_S][row];
        instance.energy_j = side->values[SIDE_GENERATE_J][row] / batch;
    }
    return instance;
}

/* Entries of the deployment itself. */
static bool is_common(const struct cc_entry *entry)
{
    return cc_text_is(entry->key, "schema") || cc_text_is(entry->key, "model") || cc_text_is(entry->key, "workload");
}

void side_pack(const struct side *side, const struct cc_record *record, size_t row, msgpack_packer *packer)
{
    size_t count = 0;
    for (size_t i = 0; i < record->count; i++)
        count += !is_common(&record->entry[i]);
    msgpack_pack_map(packer, count);
    for (size_t i = 0; i < record->count; i++) {
        const struct cc_entry *entry = &record->entry[i];
        if (is_common(entry))
            continue;
        if (entry == side->points.entry) {
            cc_pack_key(packer, "point");
            cc_derived_pack_point(packer, &side->derived, row);
        } else {
            cc_pack_text(packer, entry->key);
            cc_pack_item(packer, record->tape, entry->value);
        }
    }
}
