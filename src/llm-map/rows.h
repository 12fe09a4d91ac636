/* rows.h: points of a server, and the record that has them. */
#ifndef LLM_MAP_ROWS_H
#define LLM_MAP_ROWS_H

#include "mapper.h"

/* Number of points of this system that fit into a record, with the columns that tco-eval adds. */
size_t room_for_rows(struct mapper *m);

/* Writes the record of the server with its rows. */
void write_evaluation(struct mapper *m);

/* Room for another row, whose columns of a breakdown are there but not kept unless there is one; a full record is
 * written, and the next one continues it. */
struct cc_point *new_row(struct mapper *m);

/* Adds a row, unless the system would not keep up; whether it has. */
bool add_mapping(struct mapper *m, const struct cc_mapping *mapping, const struct cc_point *point);

#endif
