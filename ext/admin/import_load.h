/*
** A load: the rows that one statement gives to usage_import, run after run, as a file is loaded.
**
** From it follow the number of a line, and where each column stands when the first line names them.
** A virtual table learns nothing of the statement that writes it, so the statement is known
** by what it is: the one that runs. Its counter of runs tells it from a later one at the same
** address.
*/
#ifndef BILLING_IMPORT_LOAD_H
#define BILLING_IMPORT_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "sqlite3ext.h"

#include "core/text.h"

/* The columns that a row gives, in the order of usage_import. */
enum import_field {
  IMPORT_SOURCE_ID,
  IMPORT_CLIENT_ID,
  IMPORT_API,
  IMPORT_SKU,
  IMPORT_QUANTITY,
  IMPORT_OCCURRED_AT,
  IMPORT_OUTCOME,
  IMPORT_USER_ID,
  IMPORT_LABEL,
  IMPORT_FIELDS
};

extern const char *const import_names[IMPORT_FIELDS];

/* What a row gives for a column. */
struct import_value {
  sqlite3_value *value; /* NULL: the file has no such column */
  int skip;             /* bytes of a text that are no part of it: a byte order mark */
};

struct import_load {
  sqlite3_stmt *statement; /* only compared: it may be gone */
  int run;
  bool ended;          /* another statement has begun in this transaction */
  bool many_rows;      /* in one run */
  int64_t line;        /* of its last row, from 1 */
  int64_t last_reject; /* the rejects up to this one are older than the load; 0: none has a key */
  bool has_header;
  int unknown; /* where the header names what is no column, or one twice; -1: nowhere */
  int place[IMPORT_FIELDS]; /* with a header: where the column stands, or -1 */
};

/* Counts a row. True: it is the first one of a load. */
bool import_load_next(struct import_load *load, sqlite3 *db);

/* The values of a row in the order of import_names; `given` as they came. */
void import_load_values(const struct import_load *load, sqlite3_value **given,
                        struct import_value values[IMPORT_FIELDS]);

/*
** Is the row a header? It names client_id, api and occurred_at, and is the first line of a file:
** the load starts again with it.
*/
bool import_load_header(struct import_load *load, sqlite3_value **given);

/* A value that is a text, what is skipped left out; of size -1: it is none. */
struct text import_text(const struct import_value *value);

#endif
