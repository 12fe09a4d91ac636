#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stream/points.h"

enum { TABLES_MAX = 9 };

/* The tables of the columns that points get; returns how many. */
static size_t tables_of(const struct mapper *m, const struct cc_system *system,
                        const struct cc_fields *tables[TABLES_MAX])
{
    static const struct cc_fields *const of_phase[] = {[CC_BOTH_PHASES] = &cc_point_columns,
                                                       [CC_PREFILL_ALONE] = &cc_prefill_alone_columns,
                                                       [CC_GENERATE_ALONE] = &cc_generate_alone_columns,
                                                       [CC_CHUNKED] = &cc_chunked_columns};
    static const struct cc_fields *const rate_of_phase[] = {[CC_BOTH_PHASES] = &cc_rate_columns,
                                                            [CC_PREFILL_ALONE] = &cc_rate_prefill_columns,
                                                            [CC_GENERATE_ALONE] = &cc_rate_generate_columns,
                                                            [CC_CHUNKED] = &cc_rate_columns};
    size_t count = 0;
    tables[count++] = of_phase[m->options->phase];
    if (system->sub_sys_num_servers != CC_NO_INT)
        tables[count++] = &cc_sub_system_columns;
    if (m->options->service_levels)
        tables[count++] = &cc_level_columns;
    if (m->workload.rate > 0)
        tables[count++] = rate_of_phase[m->options->phase];
    if (m->workload.has_slo)
        tables[count++] = &cc_goodput_columns;
    if (!m->subject->model.llm.plain)
        tables[count++] = &cc_layout_columns;
    if (m->options->breakdown)
        tables[count++] = &cc_point_breakdown_columns;
    if (m->options->breakdown && m->subject->model.llm.experts > 0)
        tables[count++] = &cc_expert_breakdown_columns;
    if (m->options->breakdown && system->has_overheads)
        tables[count++] = &cc_fixed_breakdown_columns;
    return count;
}

size_t room_for_rows(struct mapper *m)
{
    const struct cc_fields *tables[TABLES_MAX];
    const size_t count = tables_of(m, &m->served.system, tables);
    size_t columns = cc_cost_columns.count + cc_cost_breakdown_columns.count;
    if (m->workload.has_slo)
        columns += cc_cost_rate_columns.count + cc_cost_goodput_columns.count;
    for (size_t i = 0; i < count; i++)
        columns += tables[i]->count;
    const size_t most = cc_points_rows_most(m->record, columns);
    if (most == 0) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA,
                "has %zu values; with the columns of points there would be more than %d, the limit",
                m->record->tape->count, CC_RECORD_VALUES_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    return most;
}

/* The model as a record has it: a plain one without what depends on the workload. */
static void set_request_bytes(struct cc_llm *llm, const struct cc_workload *workload)
{
    if (!llm->plain)
        llm->kv_bytes_per_request =
            cc_llm_kv_request_bytes(llm, (double)(workload->prefill_len + workload->generate_len));
}

/* Bytes of a row: without those of a breakdown, which lie behind all others, unless there is one. */
static size_t row_bytes(const struct mapper *m)
{
    return m->options->breakdown ? sizeof(struct cc_point) : offsetof(struct cc_point, num_chips);
}

void write_evaluation(struct mapper *m)
{
    const struct cc_record *record = m->record;
    const struct cc_fields *tables[TABLES_MAX];
    const size_t table_count = tables_of(m, &m->served.system, tables);
    const struct cc_rows rows = {m->rows, row_bytes(m), m->row_count, tables, table_count, NULL};
    struct cc_writer *writer = m->run.writer;
    struct cc_error error;
    if (record->count + 4 > CC_ENTRIES_MAX) {
        cc_fail(&error, CC_BAD_DATA,
                "has %zu entries; with model, system, workload and points there would be more than %d, the limit",
                record->count, CC_ENTRIES_MAX);
        cc_run_fail_record(&m->run, &error);
    }
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_EVALUATION)), record->count + 4);
    for (size_t i = 1; i < record->count; i++)
        cc_write_entry(writer, &record->entry[i]);
    set_request_bytes(&m->subject->model.llm, &m->workload);
    if (!cc_write_struct(writer, "model", &cc_llm_fields, &m->subject->model.llm, &error) ||
        !cc_write_struct(writer, "system", &cc_system_fields, &m->served.system, &error) ||
        !cc_write_struct(writer, "workload", &cc_workload_fields, &m->workload, &error) ||
        !cc_write_points(writer, &rows, &error)) {
        cc_writer_take_back(writer);
        cc_run_fail_record(&m->run, &error);
    }
    cc_run_end_record(&m->run);
}

struct cc_point *new_row(struct mapper *m)
{
    if (m->row_count == m->row_most) {
        write_evaluation(m);
        m->run.continued++;
        m->row_count = 0;
    }
    if (m->row_count == m->row_size) {
        const size_t size = m->row_size == 0 ? 256 : m->row_size * 2;
        char *rows = realloc(m->rows, size * row_bytes(m) + sizeof(struct cc_point));
        if (rows == NULL)
            fail_memory(m);
        m->rows = rows;
        m->row_size = size;
    }
    return (void *)(m->rows + m->row_count++ * row_bytes(m));
}

static void add_row(struct mapper *m, const struct cc_point *point)
{
    memcpy(new_row(m), point, row_bytes(m));
}

/* What becomes of a point when requests arrive by themselves. False: it does not keep up with them. */
static bool set_arrivals(struct mapper *m, const struct cc_mapping *mapping, struct cc_point *point)
{
    const struct cc_workload *workload = &m->workload;
    struct cc_arrivals *arrivals = &m->arrivals;
    if (!workload->has_slo)
        return true;
    cc_arrivals_open(arrivals, m->space.serving, mapping, point->batch, workload->slo.quantile);
    if (workload->rate > 0 && !cc_arrivals_at(arrivals, workload->rate, point)) {
        struct cc_slo any;
        cc_fields_clear(&cc_slo_fields, &any);
        m->most_rate = fmax(m->most_rate, cc_arrivals_goodput(arrivals, &any));
        return false;
    }
    cc_arrivals_set_goodput(arrivals, &workload->slo, point);
    return true;
}

bool add_mapping(struct mapper *m, const struct cc_mapping *mapping, const struct cc_point *point)
{
    struct cc_point row = *point;
    if (!set_arrivals(m, mapping, &row))
        return false;
    add_row(m, &row);
    return true;
}
