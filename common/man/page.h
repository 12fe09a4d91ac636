/* page.h: what is made from tables for the manual pages, as mdoc on standard output. */
#ifndef CC_MAN_PAGE_H
#define CC_MAN_PAGE_H

#include "base/field.h"

/* Text with what roff would read as its own undone. */
void page_text(const char *text);

/* One item of a list: a term and its meaning. */
void page_item(const char *term, const char *doc);

/* A list of fields, those of a map after the map. Each name is preceded by `path` and a point, unless `path` is empty. Of
 * optional fields, a page of inputs gives the default, a page of records says that they may be missing. */
enum page_kind { PAGE_RECORDS, PAGE_INPUTS };
void page_fields(enum page_kind kind, const char *path, const struct cc_fields *fields);

/* Every key of a constants file: unit, meaning, the source files that use it, and its values in the files
 * pipelines/inputs/constants/NAME.yaml side by side. False when a file cannot be read. */
enum { PAGE_FILES_MAX = 4 };
bool page_constants(char *const *names, size_t count);

#endif
