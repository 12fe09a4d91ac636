/* A stream of records, as every program reads it: records, their entries by all tables, points, and written again. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/hardware/chip.h"
#include "model/hardware/package.h"
#include "model/hardware/server.h"
#include "model/serving/point.h"
#include "model/serving/system.h"
#include "stream/decode.h"
#include "stream/design.h"
#include "stream/path.h"
#include "target.h"

static void decode_all(const struct cc_record *record)
{
    struct cc_error error;
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct cc_llm llm;
    struct cc_system system;
    struct cc_workload workload;
    bool all = cc_decode_entry(record, "chip", &cc_chip_fields, &chip, &error);
    all &= cc_decode_entry(record, "package", &cc_package_fields, &package, &error);
    all &= cc_decode_entry(record, "server", &cc_server_fields, &server, &error);
    all &= cc_decode_entry(record, "model", &cc_llm_fields, &llm, &error);
    all &= cc_decode_entry(record, "system", &cc_system_fields, &system, &error);
    all &= cc_decode_entry(record, "workload", &cc_workload_fields, &workload, &error);
    (void)all;
}

static void use_design(struct cc_writer *writer, const struct cc_record *record, const struct cc_points *points)
{
    struct cc_error error;
    struct cc_derived derived = {0};
    cc_derived_begin(&derived, record, points);
    struct cc_frame *frame = cc_frame_new(record, points, &derived);
    msgpack_sbuffer row;
    msgpack_packer packer;
    msgpack_sbuffer_init(&row);
    msgpack_packer_init(&packer, &row, msgpack_sbuffer_write);
    cc_pack_row(&packer, points, &derived, points->rows - 1);
    if (frame == NULL || !cc_write_design(writer, frame, (struct cc_text){row.data, row.size}, &error))
        abort();
    msgpack_sbuffer_destroy(&row);
    cc_frame_free(frame);
    cc_derived_free(&derived);
}

static void use_points(struct cc_writer *writer, const struct cc_record *record)
{
    struct cc_error error;
    struct cc_points points;
    if (!cc_points_open(record, &points, &error))
        return;
    double *column = points.rows == 0 ? NULL : malloc(points.rows * sizeof *column);
    if (column != NULL)
        (void)!cc_points_numbers(&points, "batch", CC_POSITIVE, column, &error);
    free(column);
    const struct cc_field_values found = cc_path_find(record, &points, cc_text_of("point.batch"));
    if (found.first != NULL && points.rows > 0)
        (void)cc_item_type_name(cc_field_value(&found, points.rows - 1));
    if (points.rows > 0)
        use_design(writer, record, &points);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[MEMORY_PATH];
    const int fd = memory_file(data, size, path), null = open("/dev/null", O_WRONLY);
    const char *const paths[] = {path};
    struct cc_reader *reader = cc_reader_new(paths, 1);
    struct cc_writer *writer = cc_writer_new(null, "null");
    struct cc_record record;
    struct cc_error error;
    uint64_t records = 0;
    if (reader == NULL || writer == NULL)
        abort();
    while (cc_reader_next(reader, &record, &error) == CC_READ_RECORD) {
        /* what one reader takes for a record, every other does */
        if (!cc_record_check(record.bytes, &error))
            abort();
        decode_all(&record);
        use_points(writer, &record);
        if (!cc_write_bytes(writer, record.bytes, &error))
            abort();
        records++;
    }
    if (cc_reader_records(reader) != records || !cc_writer_flush(writer, &error))
        abort();
    cc_writer_free(writer);
    cc_reader_free(reader);
    close(null);
    close(fd);
    return 0;
}
