/* records-page: writes chiplet-cloud-records(5), in mdoc, from the definitions of the records. */
#include <stdio.h>

#include "model/reject.h"
#include "record/records.h"

/* Text with what roff would read as its own undone. */
static void put_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static const char *type_name(enum cc_type type)
{
    switch (type) {
    case CC_TYPE_INT:
        return "integer";
    case CC_TYPE_FLAG:
        return "0 or 1";
    case CC_TYPE_TEXT:
        return "text";
    case CC_TYPE_MAP:
        return "map";
    case CC_TYPE_REAL:
    case CC_TYPE_PAIR:
    case CC_TYPE_STEPS:
    case CC_TYPE_IGNORED:
        break;
    }
    return "number";
}

static void put_fields(const struct cc_fields *fields, const char *path)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct cc_field *field = &fields->field[i];
        const bool number = field->type == CC_TYPE_REAL || field->type == CC_TYPE_INT;
        printf(".It Li %s.%s\n", path, field->name);
        put_text(field->doc);
        printf("\n.Pq %s", type_name(field->type));
        if (field->unit[0] != '\0')
            printf(" ; in %s", field->unit);
        if (number && field->range != CC_ANY)
            printf(" ; %s", cc_range_text(field->range));
        if (field->need == CC_MAY_LACK && field->type != CC_TYPE_FLAG)
            fputs(" ; may be missing", stdout);
        putchar('\n');
        if (field->type == CC_TYPE_MAP) {
            char inner[256];
            snprintf(inner, sizeof inner, "%s.%s", path, field->name);
            put_fields(field->map, inner);
        }
    }
}

static void put_entry(const char *heading, const char *path, const struct cc_fields *fields)
{
    printf(".Ss %s\n.Bl -tag -width Ds -compact\n", heading);
    put_fields(fields, path);
    puts(".El");
}

static void put_kinds(void)
{
    puts(".Bl -tag -width evaluation -compact");
#define KIND(id, name, doc) \
    puts(".It Li " name); \
    put_text(doc); \
    putchar('\n');
    CC_KINDS(KIND)
#undef KIND
    puts(".El");
}

static void put_reasons(void)
{
    puts(".Ss Reasons, with what value is and limit is compared with\n.Bl -tag -width Ds -compact");
#define REASON(id, name, doc) \
    puts(".It Li " name); \
    put_text(doc); \
    putchar('\n');
    CC_REASONS(REASON)
#undef REASON
    puts(".El");
}

int main(void)
{
    puts(".\\\" Made by common/man/records-page.c (make manual): edit the definitions in common/model instead.\n"
         ".Dd November 24, 2026\n"
         ".Dt CHIPLET-CLOUD-RECORDS 5\n"
         ".Os\n"
         ".Sh NAME\n"
         ".Nm chiplet-cloud-records\n"
         ".Nd what is in a stream between the programs\n"
         ".Sh DESCRIPTION\n"
         "A stream is a sequence of msgpack maps, the records, with nothing before, between or behind them.\n"
         "The first key of a record is\n"
         ".Li schema ,\n"
         "its value\n"
         ".Li chiplet-cloud/ Ns Ar KIND Ns Li /1\n"
         "where\n"
         ".Ar KIND\n"
         "is one of");
    put_kinds();
    puts("The second,\n"
         ".Li id ,\n"
         "names the design by its place in the enumeration\n"
         ".Pq Li c1021.p0.s4 ,\n"
         "the same however the work was split.\n"
         "Every other entry is a map.\n"
         "A program adds its own entries behind those that are there, and passes on all others as they came, also "
         "those that it\n"
         "does not know.\n"
         ".Pp\n"
         "Keys are text, text is UTF-8, numbers are finite; integers are msgpack integers and other numbers doubles.\n"
         "There is no binary or extension value, and no map inside a record may start with a key\n"
         ".Li schema\n"
         "whose value starts with\n"
         ".Li chiplet-cloud/ ,\n"
         "because that is where streams are split.\n"
         ".Pp\n"
         "A field is named by its path,\n"
         ".Li server.cost_usd ,\n"
         "in options, CSV headers and messages.\n"
         "Below, each has its meaning, its type, and, where there is one, its unit and range.\n"
         "One that may be missing is left out where it has no value, and the programs do without it.\n"
         ".Sh ENTRIES\n"
         "A reject record, which\n"
         ".Fl Fl rejects\n"
         "of\n"
         ".Xr chiplet-gen 1 ,\n"
         ".Xr server-pack 1\n"
         "and\n"
         ".Xr llm-map 1\n"
         "writes, has the entry\n"
         ".Li reject\n"
         "alone.\n"
         "The others have, in this order, those of the stages that they went through.");
    put_entry("chip, from chiplet-gen", "chip", &cc_chip_fields);
    put_entry("package, from server-pack", "package", &cc_package_fields);
    put_entry("server, from server-pack", "server", &cc_server_fields);
    put_entry("model, from llm-map", "model", &cc_llm_fields);
    put_entry("system, from llm-map", "system", &cc_system_fields);
    put_entry("workload, from llm-map", "workload", &cc_workload_fields);
    put_entry("reject", "reject", &cc_reject_fields);
    put_reasons();
    puts(".Sh POINTS\n"
         "The entry\n"
         ".Li points\n"
         "of an evaluation is a data frame: a map of columns, arrays of one length, with a row for each operating "
         "point.\n"
         "In a design, and with\n"
         ".Fl Fl flat ,\n"
         "it is\n"
         ".Li point\n"
         "instead, a map of the values of one row.\n"
         "Every program that reads one form reads the other, mixed.\n"
         "Either way a column is named\n"
         ".Li point. Ns Ar NAME .");
    put_entry("From llm-map", "point", &cc_point_columns);
    put_entry("From llm-map, of systems with sub_sys_num_servers", "point", &cc_sub_system_columns);
    put_entry("From llm-map, with --breakdown", "point", &cc_point_breakdown_columns);
    put_entry("From tco-eval", "point", &cc_cost_columns);
    put_entry("From tco-eval, with --breakdown", "point", &cc_cost_breakdown_columns);
    puts(".Sh EXAMPLES\n"
         "The fields of the first server of a stream:\n"
         ".Bd -literal -offset indent\n"
         "pipelines/explore-hardware tpuv4 |\n"
         "  rec2json | head -n 1 | jq .server\n"
         ".Ed\n"
         ".Sh SEE ALSO\n"
         ".Xr chiplet-gen 1 ,\n"
         ".Xr json2rec 1 ,\n"
         ".Xr llm-map 1 ,\n"
         ".Xr pareto 1 ,\n"
         ".Xr rec2csv 1 ,\n"
         ".Xr rec2json 1 ,\n"
         ".Xr server-pack 1 ,\n"
         ".Xr tco-eval 1 ,\n"
         ".Xr chiplet-cloud-conventions 7");
    return 0;
}
