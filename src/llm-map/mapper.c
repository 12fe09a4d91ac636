#include "mapper.h"

_Noreturn void fail_memory(struct mapper *m)
{
    struct cc_error error;
    cc_fail_memory(&error);
    cc_run_fail(&m->run, &error);
}
