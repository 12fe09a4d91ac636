/* page.h: what the pages that are made from tables of fields have in common, as mdoc on standard output. */
#ifndef CC_MAN_PAGE_H
#define CC_MAN_PAGE_H

#include "base/field.h"

/* Title, name and one-line description of a page of section 5. */
void page_begin(const char *name, const char *description);

/* Text with what roff would read as its own undone. */
void page_text(const char *text);

/* One item of a list: a term and what it means. */
void page_item(const char *term, const char *doc);

/* A section with a list of fields, those of maps behind their map. Before each name stands `path` and a point, unless it is
 * empty. Of fields that may lack, a page of inputs says the default, a page of records that they may be missing. */
enum page_kind { PAGE_RECORDS, PAGE_INPUTS };
void page_fields(enum page_kind kind, const char *heading, const char *path, const struct cc_fields *fields);

#endif
