/* inputs.h: the kinds of input files. */
#ifndef CC_INPUT_INPUTS_H
#define CC_INPUT_INPUTS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/field.h"
#include "base/text.h"
#include "input/alternatives.h"
#include "input/yaml.h"
#include "model/constants.h"
#include "model/hardware/server.h"
#include "model/llm/llm.h"
#include "model/serving/system.h"

/* The tables of the keys of the files: of their top level (that of a system file is cc_system_input_fields), and of the maps in
 * them, named after their structs in model/. */
extern const struct cc_fields cc_hardware_file_fields, cc_constants_file_fields, cc_carbon_file_fields,
    cc_model_file_fields;
extern const struct cc_fields cc_chip_constants_fields, cc_package_constants_fields, cc_server_constants_fields,
    cc_tco_constants_fields, cc_energy_constants_fields, cc_nre_constants_fields, cc_rack_constants_fields,
    cc_carbon_constants_fields, cc_sram_macro_input_fields, cc_link_input_fields,
    cc_chip_input_fields, cc_hbm_input_fields, cc_vault_input_fields, cc_package_input_fields,
    cc_server_input_fields, cc_llm_input_fields, cc_layers_input_fields, cc_mapping_input_fields, cc_workload_input_fields,
    cc_system_input_fields;

/* A file with all that was made from it. Texts of the structs taken from it belong to it. */
struct cc_input {
    struct cc_yaml yaml;
    struct cc_arena arena;
    bool has_systems; /* at its top a map System, as in hardware files of an older layout */
};

void cc_input_close(struct cc_input *input);

/* A hardware file: its name (or that of the file), its chips, packages and servers. */
struct cc_hardware {
    struct cc_input file;
    struct cc_text name;
    struct cc_text constants;        /* the constants it is made for, as the file says; empty where it says none */
    const char *constants_path;      /* where these are; NULL where it says none, or they are not found */
    struct cc_alternatives *chips, *packages, *servers;
};

/* Each opens, checks and closes on failure; on success the caller closes `file`. What is given is a path or a name (names.h). */
bool cc_hardware_open(struct cc_hardware *hardware, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* Whether a hardware file says its constants by a name, which means the same anywhere, and not by a path. */
bool cc_hardware_names_constants(const struct cc_hardware *hardware);

/* The constants for a hardware file: those given, or, when `given` is NULL, those that it says. */
bool cc_constants_for(struct cc_constants *constants, const struct cc_hardware *hardware, const char *given,
                      struct cc_error *error) CC_MUST_CHECK;

/* Whether the values of two constants are the same, as far as chips, servers and the cost of their tokens depend on them. */
bool cc_constants_equal(const struct cc_constants *a, const struct cc_constants *b);

/* Constants and models have one value for each key. The struct of constants holds no text: the file is closed again. */
bool cc_constants_read(struct cc_constants *constants, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* Puts the map of a carbon file in the place of that of the constants, or where they have none. */
bool cc_carbon_read(struct cc_constants *constants, const char *path, struct cc_error *error) CC_MUST_CHECK;

/* A model file, or a Hugging Face config.json. */
struct cc_llm_file {
    struct cc_input file;
    struct cc_llm llm;
};

/* `name` takes the place of the name that the file gives or has; NULL: none does. */
bool cc_llm_open(struct cc_llm_file *model, const char *path, const char *name, struct cc_error *error) CC_MUST_CHECK;

/* A system file: its systems (all keys but num_servers), and the alternatives of num_servers, NULL when not given. */
struct cc_system_file {
    struct cc_input file;
    struct cc_alternatives *systems, *num_servers;
};

bool cc_system_open(struct cc_system_file *system, const char *path, struct cc_error *error) CC_MUST_CHECK;

#endif
