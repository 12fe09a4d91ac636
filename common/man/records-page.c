/* records-page: writes chiplet-cloud-records(5), in mdoc, from the definitions of the records. */
#include <stdio.h>

#include "model/reject.h"
#include "page.h"
#include "record/bounds.h"
#include "record/records.h"

static void put_kinds(void)
{
    puts(".Bl -tag -width evaluation -compact");
#define KIND(id, name, doc) page_item(name, doc);
    CC_KINDS(KIND)
#undef KIND
    puts(".El");
}

static void put_reasons(void)
{
    puts(".Ss Reasons, with what value is and limit is compared with\n.Bl -tag -width Ds -compact");
#define REASON(id, name, doc) page_item(name, doc);
    CC_REASONS(REASON)
#undef REASON
    puts(".El");
}

static void put_bounds(void)
{
    printf(".Sh BOUNDS\n"
           "A record that is larger is refused, with its place, and none is written that is:\n"
           ".Bl -bullet -compact\n"
           ".It\n"
           "%d MiB in all, of at most %d entries and %d values, where keys, maps and arrays count as well;\n"
           ".It\n"
           "%d values in an array, which bounds the rows of points;\n"
           ".It\n"
           "%d entries in an inner map, and %d maps and arrays in each other;\n"
           ".It\n"
           "%d bytes in a key and %d in another text;\n"
           ".It\n"
           "%d MiB of designs when the rows of a record are taken apart.\n"
           ".El\n"
           "With these a program takes less than 64 MiB of memory, whatever a stream holds; only\n"
           ".Xr pareto 1 ,\n"
           "which keeps the frontier, takes more for a larger frontier.\n",
           CC_RECORD_BYTES_MAX >> 20, CC_ENTRIES_MAX, CC_RECORD_VALUES_MAX, CC_ROWS_MAX, CC_PAIRS_MAX, CC_DEPTH_MAX,
           CC_KEY_BYTES_MAX, CC_TEXT_BYTES_MAX, CC_EXPANSION_BYTES_MAX >> 20);
}

int main(void)
{
    page_begin("chiplet-cloud-records", "what is in a stream between the programs");
    puts(".Sh DESCRIPTION\n"
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
    page_fields(PAGE_RECORDS, "chip, from chiplet-gen", "chip", &cc_chip_fields);
    page_fields(PAGE_RECORDS, "package, from server-pack", "package", &cc_package_fields);
    page_fields(PAGE_RECORDS, "server, from server-pack", "server", &cc_server_fields);
    page_fields(PAGE_RECORDS, "model, from llm-map", "model", &cc_llm_fields);
    page_fields(PAGE_RECORDS, "system, from llm-map", "system", &cc_system_fields);
    page_fields(PAGE_RECORDS, "workload, from llm-map", "workload", &cc_workload_fields);
    page_fields(PAGE_RECORDS, "reject", "reject", &cc_reject_fields);
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
    page_fields(PAGE_RECORDS, "From llm-map", "point", &cc_point_columns);
    page_fields(PAGE_RECORDS, "From llm-map, of systems with sub_sys_num_servers", "point", &cc_sub_system_columns);
    page_fields(PAGE_RECORDS, "From llm-map, with --breakdown", "point", &cc_point_breakdown_columns);
    page_fields(PAGE_RECORDS, "From tco-eval", "point", &cc_cost_columns);
    page_fields(PAGE_RECORDS, "From tco-eval, with --breakdown", "point", &cc_cost_breakdown_columns);
    put_bounds();
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
