/* The reader over records that resemble each other, entry by entry, against msgpack-c's unpacker; the same damage
 * behind records that it resembles and behind others; fields decoded from what has changed, against all of them. */
#include "near.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/hardware/link.h"
#include "record/bounds.h"
#include "stream/decode.h"
#include "stream/packed.h"
#include "stream/unpacker.h"
#include "stream/writer.h"

/* A file with those bytes; its name is put into `path`. */
static void write_file(char path[32], struct cc_text bytes)
{
    strcpy(path, "/tmp/test_reader.XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t done = 0; done < bytes.len;) {
        const ssize_t wrote = write(fd, bytes.s + done, bytes.len - done);
        assert_true(wrote > 0);
        done += (size_t)wrote;
    }
    close(fd);
}

/* A record as it was made: its bytes, and those of each entry. */
struct made {
    size_t start, len, count;
    const char *key[CC_ENTRIES_MAX];
    size_t value_start[CC_ENTRIES_MAX], value_end[CC_ENTRIES_MAX];
};

/* What the records that follow each other have in common, until it changes. */
struct look {
    uint64_t seed;
    unsigned id_len, notes, order, extra, array;
    bool whole_numbers, has_power;
    double bytes_per_s, init_s;
    int64_t num;
};

static bool chance(struct look *look, double p)
{
    return random_between(&look->seed, 0, 1) < p;
}

static unsigned below(struct look *look, unsigned limit)
{
    return (unsigned)random_between(&look->seed, 0, limit);
}

static void change(struct look *look)
{
    if (chance(look, 0.3))
        look->id_len = 1 + below(look, 40);
    if (chance(look, 0.05))
        look->notes = below(look, 4);
    if (chance(look, 0.05))
        look->order = below(look, 3);
    if (chance(look, 0.05))
        look->extra = below(look, 3);
    if (chance(look, 0.05))
        look->array = below(look, 300);
    if (chance(look, 0.05))
        look->whole_numbers = chance(look, 0.5);
    if (chance(look, 0.05))
        look->has_power = chance(look, 0.5);
    if (chance(look, 0.5))
        look->bytes_per_s = chance(look, 0.02) ? 0 : random_between(&look->seed, 1, 1e12);
    if (chance(look, 0.1))
        look->init_s = random_between(&look->seed, 0, 1e-6);
    if (chance(look, 0.3))
        look->num = (int64_t)below(look, chance(look, 0.8) ? 128 : 70000);
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    cc_pack_text(packer, cc_text_of(text));
}

/* A link, its keys in one of two orders, among them one that no field has. */
static void pack_link(msgpack_packer *packer, const struct look *look)
{
    msgpack_pack_map(packer, 3 + (size_t)look->has_power + (size_t)(look->extra > 0));
    if (look->order != 1) {
        pack_text(packer, "num");
        msgpack_pack_int64(packer, look->num);
    }
    pack_text(packer, "bytes_per_s");
    if (look->whole_numbers)
        msgpack_pack_int64(packer, (int64_t)look->bytes_per_s);
    else
        msgpack_pack_double(packer, look->bytes_per_s);
    if (look->has_power) {
        pack_text(packer, "power_w");
        msgpack_pack_double(packer, look->init_s * 1e6);
    }
    if (look->extra > 0) {
        pack_text(packer, look->extra == 1 ? "power_u" : "a key that is longer than a short one is");
        msgpack_pack_double(packer, look->init_s * 2e6);
    }
    pack_text(packer, "init_s");
    msgpack_pack_double(packer, look->init_s);
    if (look->order == 1) {
        pack_text(packer, "num");
        msgpack_pack_int64(packer, look->num);
    }
}

static void pack_reject(msgpack_packer *packer, const struct look *look)
{
    char reason[16];
    snprintf(reason, sizeof reason, "reason %u", look->notes);
    msgpack_pack_map(packer, 4);
    pack_text(packer, "stage");
    pack_text(packer, "server-pack");
    pack_text(packer, "reason");
    pack_text(packer, reason);
    pack_text(packer, "value");
    msgpack_pack_double(packer, look->bytes_per_s);
    pack_text(packer, "limit");
    msgpack_pack_double(packer, look->init_s);
}

static void pack_notes(msgpack_packer *packer, struct look *look)
{
    static const char *const notes[] = {"", "caf\xc3\xa9", "a note of more than thirty-one bytes in it", "short"};
    msgpack_pack_map(packer, 2);
    pack_text(packer, "text");
    pack_text(packer, notes[look->notes]);
    pack_text(packer, "list");
    msgpack_pack_array(packer, look->array);
    for (unsigned i = 0; i < look->array; i++)
        i % 7 == 3 ? msgpack_pack_nil(packer) : msgpack_pack_int64(packer, (int64_t)i * (chance(look, 0.01) ? -1 : 1));
}

static void begin_entry(struct made *made, struct cc_packed *out, const char *key)
{
    pack_text(&out->packer, key);
    made->key[made->count] = key;
    made->value_start[made->count] = out->bytes.size - made->start;
}

static void end_entry(struct made *made, const struct cc_packed *out)
{
    made->value_end[made->count++] = out->bytes.size - made->start;
}

static void make(struct made *made, struct cc_packed *out, struct look *look)
{
    char id[64];
    *made = (struct made){.start = out->bytes.size};
    snprintf(id, sizeof id, "%0*u", (int)look->id_len, below(look, 10));
    msgpack_pack_map(&out->packer, 5);
    begin_entry(made, out, "schema");
    pack_text(&out->packer, "chiplet-cloud/server/1");
    end_entry(made, out);
    begin_entry(made, out, "id");
    pack_text(&out->packer, id);
    end_entry(made, out);
    begin_entry(made, out, "reject");
    pack_reject(&out->packer, look);
    end_entry(made, out);
    const bool notes_first = look->order == 2;
    for (unsigned i = 0; i < 2; i++) {
        const bool notes = (i == 0) == notes_first;
        begin_entry(made, out, notes ? "notes" : "link");
        if (notes)
            pack_notes(&out->packer, look);
        else
            pack_link(&out->packer, look);
        end_entry(made, out);
    }
    made->len = out->bytes.size - made->start;
}

static void compare_items(const struct cc_tape *a, const struct cc_item *at, const struct cc_tape *b,
                          const struct cc_item *other)
{
    const size_t count = (size_t)(cc_item_next(other) - other);
    assert_int_equal((size_t)(cc_item_next(at) - at), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(at[i].type, other[i].type);
        if (at[i].type == CC_ITEM_TEXT)
            assert_true(cc_text_equal(cc_item_text(a, &at[i]), cc_item_text(b, &other[i])));
        else if (at[i].type == CC_ITEM_BOOL)
            assert_int_equal(at[i].as.truth, other[i].as.truth);
        else if (at[i].type != CC_ITEM_NIL)
            assert_true(at[i].count == other[i].count && at[i].as.u == other[i].as.u);
    }
}

/* The items of an entry as msgpack-c has them. */
static void unpack(struct cc_unpacker *unpacker, struct cc_tape *tape, struct cc_text bytes)
{
    struct cc_error error;
    size_t offset = 0;
    tape->count = 0;
    tape->bytes = bytes.s;
    cc_unpacker_start(unpacker, tape);
    assert_int_equal(cc_unpacker_go(unpacker, bytes.s, bytes.len, &offset, &error), CC_SCAN_DONE);
    assert_int_equal(offset, bytes.len);
}

static void compare_links(const struct cc_link *a, const struct cc_link *b)
{
    assert_true(a->num == b->num && a->bytes_per_s == b->bytes_per_s && a->power_w == b->power_w);
    assert_true(a->pj_per_byte == b->pj_per_byte && a->init_s == b->init_s);
}

/* Structs that are kept from record to record. */
struct kept {
    struct cc_link link;
    struct cc_reject_entry reject;
    struct cc_decoded of_link, of_reject;
};

/* What a field is decoded to, or what is wrong with it, does not depend on the record before. */
static unsigned compare_decoded(const struct cc_record *record, struct kept *kept)
{
    struct cc_link link;
    struct cc_reject_entry reject;
    struct cc_error error, other;
    assert_true(cc_decode_entry(record, "reject", &cc_reject_fields, &reject, &error));
    assert_true(cc_decode_changed(record, "reject", &cc_reject_fields, &kept->reject, &kept->of_reject, &error));
    assert_true(cc_text_equal(kept->reject.stage, reject.stage) && cc_text_equal(kept->reject.reason, reject.reason));
    assert_true(kept->reject.value == reject.value && kept->reject.limit == reject.limit);
    const bool good = cc_decode_entry(record, "link", &cc_link_fields, &link, &error);
    assert_int_equal(cc_decode_changed(record, "link", &cc_link_fields, &kept->link, &kept->of_link, &other), good);
    if (good)
        compare_links(&kept->link, &link);
    else
        assert_string_equal(error.text, other.text);
    return good ? 0 : 1;
}

static void entries_do_not_depend_on_the_record_before(void **state)
{
    enum { RECORDS = 20000 };
    struct look look = {.seed = 7, .id_len = 3, .bytes_per_s = 1, .num = 1};
    struct made *made = calloc(RECORDS, sizeof *made);
    struct cc_packed out;
    struct cc_record record;
    struct cc_error error;
    struct cc_tape tape = {0};
    struct kept kept = {.of_link.since = 0};
    struct cc_unpacker *unpacker = cc_unpacker_new();
    unsigned refused = 0, repeated = 0, alike = 0;
    char path[32];
    const char *name = path;
    (void)state;
    cc_packed_init(&out);
    for (unsigned i = 0; i < RECORDS; i++) {
        change(&look);
        make(&made[i], &out, &look);
    }
    assert_true(out.bytes.size > 3 << 20); /* the buffer is filled more than once */
    write_file(path, (struct cc_text){out.bytes.data, out.bytes.size});
    struct cc_reader *reader = cc_reader_new(&name, 1);
    for (unsigned i = 0; i < RECORDS; i++) {
        const struct made *m = &made[i];
        assert_int_equal(cc_reader_next(reader, &record, &error), CC_READ_RECORD);
        assert_true(cc_text_equal(record.bytes, (struct cc_text){out.bytes.data + m->start, m->len}));
        assert_int_equal(record.count, m->count);
        for (size_t k = 0; k < m->count; k++) {
            const struct cc_entry *entry = &record.entry[k];
            assert_true(cc_text_is(entry->key, m->key[k]));
            assert_ptr_equal(entry->bytes.s, record.bytes.s + m->value_start[k]);
            assert_int_equal(entry->bytes.len, m->value_end[k] - m->value_start[k]);
            unpack(unpacker, &tape, entry->bytes);
            compare_items(record.tape, entry->value, &tape, tape.items);
            repeated += entry->since <= i;
            alike += entry->alike_since <= i && entry->since == i + 1;
        }
        refused += compare_decoded(&record, &kept);
    }
    assert_int_equal(cc_reader_next(reader, &record, &error), CC_READ_END);
    assert_true(refused > 100 && repeated > RECORDS && alike > RECORDS / 2);
    cc_reader_free(reader);
    unlink(path);
    cc_unpacker_free(unpacker);
    cc_tape_free(&tape);
    cc_packed_free(&out);
    free(made);
}

/* A record of that many bytes which the others do not resemble. */
static void make_other(struct cc_packed *out, size_t len)
{
    static const char filling[256] = {'x'};
    const size_t start = out->bytes.size, head = 1 + 7 + 23 + 2 + 3;
    msgpack_pack_map(&out->packer, 2);
    pack_text(&out->packer, "schema");
    pack_text(&out->packer, "chiplet-cloud/server/1");
    pack_text(&out->packer, "n");
    msgpack_pack_str(&out->packer, len - head); /* 256 bytes or more: a head of three */
    for (size_t left = len - head; left > 0;) {
        const size_t part = left < sizeof filling ? left : sizeof filling;
        cc_packed_add(out, (struct cc_text){filling, part});
        left -= part;
    }
    assert_int_equal(out->bytes.size - start, len);
}

static void put_damage(struct look *look, char *at, size_t len)
{
    char *number = memchr(at + below(look, (unsigned)len / 2), '\xcb', len / 2);
    if (number != NULL && chance(look, 0.2)) { /* NaN or infinite */
        memcpy(number + 1, "\x7f\xf0", 2);
        return;
    }
    for (unsigned flips = 1 + below(look, 2); flips > 0; flips--) {
        char *byte = at + below(look, (unsigned)len);
        *byte = (char)(chance(look, 0.5) ? *byte ^ (1 << below(look, 8)) : (int)below(look, 256));
    }
}

/* Reads a file to its end or to what is wrong with it. */
struct ending {
    enum cc_read_status status;
    struct cc_error error;
    size_t items;
};

static struct ending read_all(struct cc_text bytes)
{
    struct ending ending = {.items = 0};
    struct cc_record record;
    char path[32];
    const char *name = path;
    write_file(path, bytes);
    struct cc_reader *reader = cc_reader_new(&name, 1);
    while ((ending.status = cc_reader_next(reader, &record, &ending.error)) == CC_READ_RECORD)
        ending.items = record.tape->count;
    cc_reader_free(reader);
    unlink(path);
    char *name_in_text = strstr(ending.status == CC_READ_FAILED ? ending.error.text : "", path);
    if (name_in_text != NULL)
        memset(name_in_text, '-', strlen(path));
    return ending;
}

static void damage_is_found_behind_any_record(void **state)
{
    struct look look = {.seed = 11, .id_len = 3, .bytes_per_s = 1, .num = 1};
    unsigned failed = 0;
    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        struct cc_packed like, unlike;
        struct made made;
        cc_packed_init(&like);
        cc_packed_init(&unlike);
        look.bytes_per_s = random_between(&look.seed, 1, 1e12);
        look.array = 250 + i % 5;
        for (unsigned k = 0; k < 3; k++) {
            make(&made, &like, &look);
            make_other(&unlike, made.len);
        }
        const size_t end = like.bytes.size;
        cc_packed_add(&unlike, (struct cc_text){like.bytes.data + made.start, made.len});
        put_damage(&look, unlike.bytes.data + end, made.len);
        cc_packed_add(&like, (struct cc_text){unlike.bytes.data + end, made.len});
        const size_t cut = chance(&look, 0.1) ? below(&look, 30) : 0;
        const struct ending a = read_all((struct cc_text){like.bytes.data, like.bytes.size - cut});
        const struct ending b = read_all((struct cc_text){unlike.bytes.data, unlike.bytes.size - cut});
        assert_int_equal(a.status, b.status);
        if (a.status == CC_READ_FAILED)
            assert_string_equal(a.error.text, b.error.text);
        else
            assert_int_equal(a.items, b.items);
        failed += a.status == CC_READ_FAILED;
        cc_packed_free(&like);
        cc_packed_free(&unlike);
    }
    assert_true(failed > 500 && failed < 3900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_do_not_depend_on_the_record_before),
        cmocka_unit_test(damage_is_found_behind_any_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
