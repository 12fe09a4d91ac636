/* inputs.h: the four kinds of input files. */
#ifndef CC_SPEC_INPUTS_H
#define CC_SPEC_INPUTS_H

#include "model/constants.h"
#include "model/hardware.h"
#include "model/system.h"
#include "spec/alternatives.h"

/* The tables of the keys of the files: of their top level (that of a system file is cc_system_input_fields), and of the maps in
 * them, named after their structs in model/. */
extern const struct cc_fields cc_hardware_file_fields, cc_constants_file_fields, cc_model_file_fields;
extern const struct cc_fields cc_chip_constants_fields, cc_package_constants_fields, cc_server_constants_fields,
    cc_tco_constants_fields, cc_energy_constants_fields, cc_sram_macro_input_fields, cc_link_input_fields,
    cc_chip_input_fields, cc_hbm_input_fields, cc_vault_input_fields, cc_package_input_fields,
    cc_server_input_fields, cc_llm_input_fields, cc_mapping_input_fields, cc_workload_input_fields,
    cc_system_input_fields;

/* A file with all that was made from it. Texts of the structs taken from it belong to it. */
struct cc_input {
    struct cc_yaml yaml;
    struct cc_arena arena;
};

void cc_input_close(struct cc_input *input);

/* A hardware file: its chips, packages and servers. */
struct cc_hardware {
    struct cc_input file;
    struct cc_alternatives *chips, *packages, *servers;
};

/* Each opens, checks and closes on failure; on success the caller closes `file`. */
bool cc_hardware_open(struct cc_hardware *hardware, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* Constants and models have one value for each key. The struct of constants holds no text: the file is closed again. */
bool cc_constants_read(struct cc_constants *constants, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* A model file, or a Hugging Face config.json. */
struct cc_llm_file {
    struct cc_input file;
    struct cc_llm llm;
};

bool cc_llm_open(struct cc_llm_file *model, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* A system file: its systems (all keys but num_servers), and the alternatives of num_servers, NULL when not given. */
struct cc_system_file {
    struct cc_input file;
    struct cc_alternatives *systems, *num_servers;
};

bool cc_system_open(struct cc_system_file *system, const char *path, struct cc_error *error) CC_MUST_CHECK;

#endif
