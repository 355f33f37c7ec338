#include "core/utf8.h"
#include "store/empty_table.h"
#include "store/show.h"
#include "store/text.h"
#include "tables/tables.h"
#include "tables/query_table.h"

#include <string.h>

#include "tables/omitted_at.h"
#include "tables/narrow.h"
#include "tables/page.h"
#include "tables/query_filter.h"
#include "tables/query_plan.h"
#include "tables/query_shape.h"
#include "tables/tables.h"

SQLITE_EXTENSION_INIT3

static struct query_vtab *vtab_of(const struct query_cursor *cursor) {
  return (struct query_vtab *)cursor->base.pVtab;
}

static const struct query_table *table_of(const struct query_cursor *cursor) {
  return vtab_of(cursor)->table;
}

struct store *query_store(const struct query_cursor *cursor) {
  return vtab_of(cursor)->store;
}

int query_fail(struct query_cursor *cursor, int rc, char *message) {
  sqlite3_vtab *vtab = cursor->base.pVtab;
  if (rc == SQLITE_OK || vtab->zErrMsg) {
    sqlite3_free(message);
  } else {
    vtab->zErrMsg = message;
  }
  return rc;
}

/* An error of SQLite's own, unless one is noted already. */
static int fail(struct query_cursor *cursor, int rc) {
  if (rc == SQLITE_OK || rc == SQLITE_NOMEM || cursor->base.pVtab->zErrMsg) return rc;
  return query_fail(cursor, rc, store_error(query_store(cursor)->db, table_of(cursor)->name, rc));
}

/* ---- connecting ---- */

static int make(sqlite3 *db, const struct query_table *table, struct query_shape *shape,
                sqlite3_vtab **result) {
  char *declaration = query_shape_read(table, shape);
  int rc =
      declaration ? vtab_make(db, declaration, sizeof(struct query_vtab), result) : SQLITE_NOMEM;
  sqlite3_free(declaration);
  return rc;
}

static int table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                         sqlite3_vtab **result, char **error) {
  const struct query_table *table = tables_find(argv[0]);
  struct query_shape shape;
  struct query_vtab *vtab;
  int rc;
  *error = tables_refusal(argc, argv);
  if (*error) return SQLITE_ERROR;
  if (!table) return SQLITE_INTERNAL;
  /* Innocuous: it reads facts and ledger of its own file, whatever schema or trigger names it. */
  rc = sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  if (rc == SQLITE_OK) rc = make(db, table, &shape, result);
  if (rc != SQLITE_OK) return rc;
  vtab = (struct query_vtab *)*result;
  vtab->store = aux;
  vtab->table = table;
  vtab->shape = shape;
  return SQLITE_OK;
}

/* ---- rows of statements ---- */

static void put_rows(struct query_cursor *cursor, int *rc) {
  if (cursor->rows) store_put(query_store(cursor), *cursor->running, cursor->rows, rc);
  cursor->rows = NULL;
}

static int bind_team(struct query_cursor *cursor) {
  sqlite3_value *team = query_given(cursor, PARAM_TEAM);
  const char *text;
  if (!team || sqlite3_value_type(team) == SQLITE_NULL) return SQLITE_OK;
  text = (const char *)sqlite3_value_text(team);
  if (!text) return SQLITE_NOMEM;
  return sqlite3_bind_text(cursor->rows, 1, text, sqlite3_value_bytes(team), SQLITE_STATIC);
}

static int bind_page(struct query_cursor *cursor, int count) {
  int rc = sqlite3_bind_int(cursor->rows, 8, cursor->page.step);
  if (rc == SQLITE_OK && count >= 9) {
    rc = sqlite3_bind_int64(cursor->rows, 9, cursor->page.offset_ms);
  }
  if (rc == SQLITE_OK && count >= 10) rc = sqlite3_bind_int(cursor->rows, 10, cursor->page.zero);
  return rc;
}

static int bind_rows(struct query_cursor *cursor) {
  sqlite3_value *usage = query_given(cursor, PARAM_USAGE);
  int count = sqlite3_bind_parameter_count(cursor->rows);
  int rc = SQLITE_OK;
  if (count >= 1) rc = bind_team(cursor);
  if (rc == SQLITE_OK && count >= 2)
    rc = sqlite3_bind_int64(cursor->rows, 2, cursor->page.as_of_ms);
  if (rc == SQLITE_OK && count >= 3) {
    rc = sqlite3_bind_text(cursor->rows, 3, cursor->at, -1, SQLITE_STATIC);
  }
  if (rc == SQLITE_OK && count >= 4) rc = sqlite3_bind_int64(cursor->rows, 4, cursor->from_ms);
  if (rc == SQLITE_OK && count >= 5) rc = sqlite3_bind_int64(cursor->rows, 5, cursor->to_ms);
  if (rc == SQLITE_OK && count >= 6 && usage) rc = sqlite3_bind_value(cursor->rows, 6, usage);
  if (rc == SQLITE_OK && count >= 7) rc = sqlite3_bind_int(cursor->rows, 7, cursor->dear);
  if (rc == SQLITE_OK && count >= 8) rc = bind_page(cursor, count);
  if (rc == SQLITE_OK && count >= 11) rc = narrow_bind(cursor, count);
  return rc;
}

const char query_guard[] = "guard";
const char query_guard_end[] = "end of guard";

/* The first statement from here on that is to run; at the end of the list NULL. */
static const char *const *pass_guards(struct query_cursor *cursor, const char *const *statement,
                                      int *rc) {
  while (*statement == query_guard || *statement == query_guard_end) {
    bool is_end = *statement == query_guard_end;
    if (is_end || store_ask(query_store(cursor), statement[1], rc) != 0) {
      statement += is_end ? 1 : 2;
    } else {
      while (*statement != query_guard_end && *rc == SQLITE_OK) statement++;
    }
    if (*rc != SQLITE_OK) break;
  }
  return statement;
}

/* No rows when the list ends here. */
static int start_statement(struct query_cursor *cursor, const char *const *statement) {
  int rc = SQLITE_OK;
  cursor->running = pass_guards(cursor, statement, &rc);
  if (rc != SQLITE_OK || !*cursor->running) return fail(cursor, rc);
  cursor->rows = store_take(query_store(cursor), *cursor->running, &rc);
  if (!cursor->rows) return fail(cursor, rc);
  return bind_rows(cursor);
}

/* A statement has failed for what the rows before it have named: there are no more rows. */
static int end_when_broken(struct query_cursor *cursor, int rc) {
  if (rc != SQLITE_ERROR || !table_of(cursor)->ends_when_broken || cursor->ordinal == 0) return rc;
  sqlite3_free(cursor->base.pVtab->zErrMsg);
  cursor->base.pVtab->zErrMsg = NULL;
  return SQLITE_OK;
}

static int make_row(struct query_cursor *cursor) {
  cursor->skip = false;
  return fail(cursor, table_of(cursor)->maker->make(cursor));
}

static int next_statement_row(struct query_cursor *cursor) {
  int rc = SQLITE_OK;
  while (rc == SQLITE_OK) {
    const char *const *next = cursor->running + 1;
    if (store_row(cursor->rows, &rc)) {
      if (query_row_passes(cursor, &rc)) break;
      continue;
    }
    fail(cursor, rc); /* before the reset: it keeps the message */
    put_rows(cursor, &rc);
    if (rc != SQLITE_OK || !*next) return end_when_broken(cursor, rc);
    rc = start_statement(cursor, next);
    if (!cursor->rows) return end_when_broken(cursor, rc);
  }
  return rc;
}

static int next_row(struct query_cursor *cursor) {
  int rc = next_statement_row(cursor);
  if (!table_of(cursor)->maker) return rc;
  while (rc == SQLITE_OK && cursor->rows) {
    rc = make_row(cursor);
    if (rc != SQLITE_OK || !cursor->skip) return rc;
    rc = next_statement_row(cursor);
  }
  return rc;
}

/* ---- rows of batches ---- */

void *result_add(struct query_cursor *cursor, int *rc) {
  struct query_batch *batch = &cursor->batch;
  size_t size = (size_t)table_of(cursor)->batches->row_bytes;
  if (*rc != SQLITE_OK) return NULL;
  batch->rows = store_grow(batch->rows, batch->count, &batch->room, size, rc);
  if (*rc != SQLITE_OK) return NULL;
  return memset(batch->rows + (size_t)batch->count++ * size, 0, size);
}

const void *result_row(const struct query_cursor *cursor) {
  const struct query_batch *batch = &cursor->batch;
  return batch->rows + (size_t)batch->row * (size_t)table_of(cursor)->batches->row_bytes;
}

static void drop_batch(struct query_cursor *cursor) {
  const struct query_batches *batches = table_of(cursor)->batches;
  struct query_batch *batch = &cursor->batch;
  for (int i = 0; batches && batches->drop && i < batch->count; i++) {
    batches->drop(batch->rows + (size_t)i * (size_t)batches->row_bytes);
  }
  batch->count = batch->row = 0;
}

static void forget_batches(struct query_cursor *cursor) {
  struct query_batch *batch = &cursor->batch;
  int rc = SQLITE_OK;
  drop_batch(cursor);
  if (batch->keys) store_put(query_store(cursor), batch->keys_id, batch->keys, &rc);
  batch->keys = NULL;
  batch->number = 0;
}

static int fill_batch(struct query_cursor *cursor) {
  int rc;
  drop_batch(cursor);
  cursor->batch.number++;
  rc = table_of(cursor)->batches->fill(cursor);
  if (rc != SQLITE_OK) drop_batch(cursor);
  return fail(cursor, rc);
}

static int next_of_batch(struct query_cursor *cursor) {
  if (++cursor->batch.row < cursor->batch.count) return SQLITE_OK;
  return fill_batch(cursor);
}

/* ---- reading ---- */

static int table_next(sqlite3_vtab_cursor *base) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  if (cursor->compared) return query_refuse_compared(cursor);
  cursor->ordinal++;
  return table_of(cursor)->batches ? next_of_batch(cursor) : next_row(cursor);
}

static const char *const *statements_of(const struct query_cursor *cursor) {
  const struct query_table *table = table_of(cursor);
  sqlite3_value *team = table->rows_of_team ? query_given(cursor, PARAM_TEAM) : NULL;
  bool of_team = team && sqlite3_value_type(team) != SQLITE_NULL;
  return of_team ? table->rows_of_team : table->rows;
}

static int start(struct query_cursor *cursor) {
  int rc;
  if (table_of(cursor)->batches) return fill_batch(cursor);
  rc = start_statement(cursor, statements_of(cursor));
  return rc == SQLITE_OK ? next_row(cursor) : rc;
}

static void rewind_cursor(struct query_cursor *cursor) {
  int rc = SQLITE_OK;
  put_rows(cursor, &rc);
  forget_batches(cursor);
  query_forget_values(cursor);
  omitted_forget(cursor);
  cursor->ordinal = 0;
}

static int table_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc,
                        sqlite3_value **argv) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  bool none;
  int rc;
  if (cursor->compared) return query_refuse_compared(cursor);
  rewind_cursor(cursor);
  rc = query_read_values(cursor, plan, text, argc, argv, &none);
  return rc == SQLITE_OK && !none ? start(cursor) : rc;
}

static int table_eof(sqlite3_vtab_cursor *base) {
  const struct query_cursor *cursor = (struct query_cursor *)base;
  if (table_of(cursor)->batches) return cursor->batch.row >= cursor->batch.count;
  return cursor->rows == NULL;
}

/* ---- columns ---- */

/* No two values of a row's key look alike: each shows its type, and a text its size. */
static void add_to_key(sqlite3_str *key, sqlite3_stmt *row, int column) {
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
      sqlite3_str_appendf(key, "i%lld,", (long long)sqlite3_column_int64(row, column));
      break;
    case SQLITE_FLOAT:
      sqlite3_str_appendf(key, "r%!.20g,", sqlite3_column_double(row, column));
      break;
    case SQLITE_NULL:
      sqlite3_str_appendall(key, "n,");
      break;
    default: {
      const char *text = (const char *)sqlite3_column_text(row, column);
      int size = sqlite3_column_bytes(row, column);
      sqlite3_str_appendf(key, "t%d:", size);
      if (text) sqlite3_str_append(key, text, size);
    }
  }
}

static void add_row_to_key(const struct query_cursor *cursor, sqlite3_str *key) {
  const struct query_table *table = table_of(cursor);
  if (table->batches) {
    table->batches->key(result_row(cursor), key);
    return;
  }
  if (!table->key) sqlite3_str_appendf(key, "%lld", (long long)cursor->ordinal);
  for (int i = 0; i < sqlite3_column_count(cursor->rows) && i < 64; i++) {
    if (table->key & BIT(i)) add_to_key(key, cursor->rows, i);
  }
  if (table->maker && table->maker->key) table->maker->key(cursor, key);
}

/* The row's identity. Now is the same instant in every scan, though the clock goes on. */
static int result_key(const struct query_cursor *cursor, sqlite3_context *context) {
  sqlite3_str *key = sqlite3_str_new(NULL);
  int size;
  char *text;
  if (!cursor->is_now) sqlite3_str_appendf(key, "%lld", (long long)cursor->at_ms);
  sqlite3_str_appendall(key, ";");
  page_add_to_key(cursor, key);
  add_row_to_key(cursor, key);
  size = sqlite3_str_length(key);
  text = sqlite3_str_finish(key);
  if (!text) return SQLITE_NOMEM;
  sqlite3_result_blob(context, text, size, sqlite3_free);
  return SQLITE_OK;
}

/*
** A text that is no UTF-8, of an older or damaged file: escaped, because some clients fail on such
** a row.
*/
static int result_escaped(sqlite3_context *context, const char *text, size_t size) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  show_escaped(out, text, size);
  char *shown = sqlite3_str_finish(out);
  if (!shown) return SQLITE_NOMEM;
  sqlite3_result_text(context, shown, -1, sqlite3_free);
  return SQLITE_OK;
}

/* What billing_check says is for people: it shows what the eye does not see escaped as well. */
static bool is_escaped(const struct query_table *table, const char *text, size_t size) {
  enum name_fault fault = name_check(text, size);
  bool unseen = fault == NAME_CONTROL || fault == NAME_EDGE || fault == NAME_HIDDEN;
  return fault == NAME_INVALID || (unseen && strcmp(table->name, "billing_check") == 0);
}

int query_result(struct query_cursor *cursor, sqlite3_context *context, sqlite3_value *value) {
  if (sqlite3_value_type(value) == SQLITE_TEXT) {
    struct text text = text_of_text(value);
    if (is_escaped(table_of(cursor), text.bytes, (size_t)text.size)) {
      return result_escaped(context, text.bytes, (size_t)text.size);
    }
  }
  sqlite3_result_value(context, value);
  return SQLITE_OK;
}

int query_result_text(sqlite3_context *context, const char *text) {
  if (text && name_check(text, strlen(text)) == NAME_INVALID) {
    return result_escaped(context, text, strlen(text));
  }
  sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
  return SQLITE_OK;
}

static int result_visible(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct query_table *table = table_of(cursor);
  if (table->batches) return table->batches->column(cursor, context, column);
  if (table->maker) return table->maker->column(cursor, context, column);
  return query_result(cursor, context, sqlite3_column_value(cursor->rows, column));
}

static int table_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  const struct query_shape *shape = &vtab_of(cursor)->shape;
  bool is_at = column == shape->column[PARAM_AT];
  cursor->read_at_last = is_at;
  if (cursor->compared) return query_refuse_compared(cursor);
  if (is_at && cursor->is_now) return omitted_result(cursor, context);
  if (column < shape->visible) return result_visible(cursor, context, column);
  if (column >= shape->count) return result_key(cursor, context);
  if (is_at) {
    sqlite3_result_text(context, cursor->at, -1, SQLITE_TRANSIENT);
    return SQLITE_OK;
  }
  for (int i = 0; i < PARAM_COUNT; i++) {
    if (column == shape->argument[i] && cursor->argument[i]) {
      sqlite3_result_value(context, cursor->argument[i]);
    }
    if (column == shape->column[i]) page_result(cursor, (enum parameter)i, context);
  }
  return SQLITE_OK;
}

/* SQLite never asks: the table is WITHOUT ROWID. */
static int table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid) {
  (void)base;
  *rowid = 0;
  return SQLITE_INTERNAL;
}

/* ---- cursors ---- */

static int table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **result) {
  const struct query_maker *maker = ((struct query_vtab *)base)->table->maker;
  size_t extra = maker ? (size_t)maker->bytes : 0;
  struct query_cursor *cursor = sqlite3_malloc64(sizeof(*cursor) + extra);
  if (!cursor) return SQLITE_NOMEM;
  memset(cursor, 0, sizeof(*cursor) + extra);
  cursor->extra = cursor + 1;
  *result = &cursor->base;
  return SQLITE_OK;
}

static int table_close(sqlite3_vtab_cursor *base) {
  struct query_cursor *cursor = (struct query_cursor *)base;
  rewind_cursor(cursor);
  sqlite3_free(cursor->batch.rows);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

const sqlite3_module query_table_module = {
    .iVersion = 0,
    .xCreate = table_connect,
    .xConnect = table_connect,
    .xBestIndex = query_best_index,
    .xDisconnect = vtab_free,
    .xDestroy = vtab_free,
    .xOpen = table_open,
    .xClose = table_close,
    .xFilter = table_filter,
    .xNext = table_next,
    .xEof = table_eof,
    .xColumn = table_column,
    .xRowid = table_rowid,
};
