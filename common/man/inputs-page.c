/* inputs-page: writes chiplet-cloud-inputs(5), in mdoc, from the tables of the keys of the input files. */
#include <stdio.h>

#include "page.h"
#include "spec/inputs.h"
#include "spec/yaml_bounds.h"

static void put_files(void)
{
    puts(".Sh DESCRIPTION\n"
         "The programs take four kinds of YAML file, in the key names of the published methodology's own files, which "
         "work\n"
         "unchanged:\n"
         ".Bl -tag -width constants -compact\n"
         ".It hardware\n"
         "the chips, packages and servers to explore; of\n"
         ".Xr chiplet-gen 1\n"
         "and\n"
         ".Xr server-pack 1\n"
         ".It constants\n"
         "technology, prices and energies; of all but\n"
         ".Xr pareto 1\n"
         ".It model\n"
         "a language model; of\n"
         ".Xr llm-map 1\n"
         ".It system\n"
         "servers, efficiencies and workloads; of\n"
         ".Xr llm-map 1 ,\n"
         "which goes without one as well\n"
         ".El\n"
         ".Pp\n"
         "Numbers are written\n"
         ".Li 2147483648 ,\n"
         ".Li 1e9\n"
         "or\n"
         ".Li 12.5e+9 .\n"
         "JSON is YAML too.\n"
         "Anchors, aliases and merge keys\n"
         ".Pq Li <<\n"
         "work; what a map says itself goes before what is merged into it.\n"
         "Null is a key that is not given, where it need not be.\n"
         "An unknown key, a key given twice, a value of the wrong type or out of its range is an error that names "
         "file,\n"
         "line, column and key, and says what would be right; so is a second document, or text after the first.\n"
         ".Pp\n"
         "Whoever takes a file takes a name too, such as\n"
         ".Li gpt3\n"
         "for\n"
         ".Pa model/gpt3.yaml\n"
         "among the inputs that come with the programs, or in\n"
         ".Ev CHIPLET_CLOUD_INPUTS ;\n"
         "a file of that path wins.\n"
         "A hardware file says with\n"
         ".Li constants\n"
         "which constants it is made for.\n"
         "A model without a name has that of its file.\n"
         ".Pp\n"
         "Of older versions of the published files,\n"
         ".Li dataflow: simple\n"
         "is roofline, and a map\n"
         ".Li System\n"
         "in a hardware file is passed over, with a line on standard error: its systems belong in system files.");
}

static void put_alternatives(void)
{
    printf(
        ".Ss Alternatives\n"
        "In a hardware or system file a list may stand wherever one value is due: its entries are alternatives,\n"
        "and every combination is explored, in the order of the file, the last key varying fastest.\n"
        "A list of maps is a list of alternatives too, each of which may hold lists.\n"
        "A design's\n"
        ".Li id\n"
        "counts these combinations, so the order of keys and values is part of the file.\n"
        "In place of a list of numbers there may be\n"
        ".Pp\n"
        ".Dl area: {from: 20, to: 800, step: 20}\n"
        ".Dl num_servers: {from: 1, to: 64, factor: 2}\n"
        ".Pp\n"
        "Some keys change together where a map has\n"
        ".Li associated_explore :\n"
        "its value is the name of another key of the map, whose list is then gone through one value after the other,\n"
        "and where a third key holds a map that has the value as a key, the entry under it is taken:\n"
        ".Pp\n"
        ".Dl hbm:\n"
        ".Dl \\ \\ associated_explore: config\n"
        ".Dl \\ \\ config: [HBM2E, HBM3]\n"
        ".Dl \\ \\ bit_rate: {HBM2E: 3435973836, HBM3: 6871947673}\n"
        ".Pp\n"
        "A list has at most %d entries, a file at most %d combinations.\n"
        "A constants or model file holds one value for each key.\n",
        CC_LIST_MAX, CC_ALTERNATIVES_MAX);
}

static void put_bounds(void)
{
    printf(
        ".Sh BOUNDS\n"
        "A file that is larger is refused before it takes time or memory:\n"
        ".Bl -bullet -compact\n"
        ".It\n"
        "%d MiB in all;\n"
        ".It\n"
        "%d lines, as many keys and values, and as many characters that separate them\n"
        ".Pq Li \", : [ ] { }\" ;\n"
        ".It\n"
        "%d keys in a map, and %d maps and lists in each other;\n"
        ".It\n"
        "%d anchors and tags together; a list that leads back to itself is an error;\n"
        ".It\n"
        "no directive but\n"
        ".Li %%YAML .\n"
        ".El\n"
        "Integers go up to 2^53; numbers are finite and decimal, with nothing between their digits and no zero before\n"
        "them.\n"
        "Text is UTF-8 without control characters.\n",
        CC_YAML_BYTES_MAX >> 20, CC_YAML_VALUES_MAX, CC_YAML_KEYS_MAX, CC_YAML_DEPTH_MAX, CC_YAML_ANCHORS_MAX);
}

int main(void)
{
    page_begin("chiplet-cloud-inputs", "hardware, constants, model and system files");
    put_files();
    put_alternatives();
    puts(".Sh KEYS\n"
         "Each key with its meaning, its type, and, where there are such, its unit, range and default.");
    page_fields(PAGE_INPUTS, "Hardware", "", &cc_hardware_file_fields);
    puts(".Pp\n"
         "A chip is given either by\n"
         ".Li perf , sram\n"
         "and\n"
         ".Li sram_bw ,\n"
         "or by\n"
         ".Li area , mac_ratio\n"
         "and\n"
         ".Li operational_intensity .\n"
         "A package has one of\n"
         ".Li hbm\n"
         "and\n"
         ".Li mem_3d ,\n"
         "or neither.");
    page_fields(PAGE_INPUTS, "Constants", "", &cc_constants_file_fields);
    page_fields(PAGE_INPUTS, "Model", "", &cc_model_file_fields);
    page_fields(PAGE_INPUTS, "System", "", &cc_system_input_fields);
    puts(".Pp\n"
         "One at least of\n"
         ".Li num_servers , kv_cache_ratio , max_ctx_len_batch_1\n"
         "and\n"
         ".Li max_tco\n"
         "is needed.\n"
         "Without a system file the number of servers takes every divisor of the model's number of layers, with\n"
         "everything else at its default.");
    put_bounds();
    puts(".Sh ENVIRONMENT\n"
         ".Bl -tag -width CHIPLET_CLOUD_INPUTS\n"
         ".It Ev CHIPLET_CLOUD_INPUTS\n"
         "A folder with folders\n"
         ".Pa hardware , constants , model\n"
         "and\n"
         ".Pa system ,\n"
         "which is looked into for names before that of the programs.\n"
         ".El\n"
         ".Sh FILES\n"
         "Beside the pipelines, in\n"
         ".Pa share/chiplet-cloud/pipelines/inputs\n"
         "of the prefix, are the files of published studies and of accelerators on the market, every figure with its "
         "unit\n"
         "and source.\n"
         "The pipelines take their names, without folder and ending, for the files.\n"
         ".Sh EXAMPLES\n"
         "Two sizes of chip and three of server:\n"
         ".Bd -literal -offset indent\n"
         "cat >hardware.yaml <<'END'\n"
         "Chip:\n"
         "  area: [80, 140]\n"
         "  mac_ratio: 0.05\n"
         "  operational_intensity: 2\n"
         "  pkg2pkg_io: {num: 4, bandwidth_per_io: 12.5e9, area_per_io: 0.3}\n"
         "Package:\n"
         "  num_chips: 1\n"
         "Server:\n"
         "  packages_per_lane: {from: 6, to: 18, step: 6}\n"
         "  io: {num: 2, bandwidth_per_io: 12.5e9}\n"
         "END\n"
         "pipelines/explore-hardware hardware.yaml |\n"
         "  rec2csv --fields id,chip.area_mm2,server.num_chips,server.cost_usd\n"
         ".Ed\n"
         ".Sh SEE ALSO\n"
         ".Xr chiplet-gen 1 ,\n"
         ".Xr llm-map 1 ,\n"
         ".Xr server-pack 1 ,\n"
         ".Xr tco-eval 1 ,\n"
         ".Xr chiplet-cloud-records 5 ,\n"
         ".Xr chiplet-cloud 7");
    return 0;
}
