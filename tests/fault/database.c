#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

/* ---- running ---- */

static int take_row(void *context, int count, char **values, char **names) {
  struct text *said = context;
  (void)names;
  for (int i = 0; i < count && said; i++) {
    text_add(said, values[i] ? values[i] : "NULL");
    text_add(said, i + 1 < count ? "|" : "\n");
  }
  return 0;
}

/*
** When sqlite3_exec() has no memory for a row that it has stepped to, it answers SQLITE_ROW if
** closing the statement has reset others, as our tables do: that clears the mark by which it knows.
** The connection still has the error.
*/
int run_sql(sqlite3 *db, const char *sql, struct text *said) {
  int rc = sqlite3_exec(db, sql, take_row, said, NULL);
  return rc == SQLITE_ROW && sqlite3_errcode(db) == SQLITE_NOMEM ? SQLITE_NOMEM : rc;
}

void must_run(sqlite3 *db, const char *sql) {
  if (run_sql(db, sql, NULL) != SQLITE_OK) {
    fprintf(stderr, "%.200s\n", sql);
    stop("a statement failed", sqlite3_errmsg(db));
  }
}

int load_extension(sqlite3 *db, const struct options *options) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
  return sqlite3_load_extension(db, options->extension, NULL, NULL);
}

sqlite3 *open_memory(void) {
  sqlite3 *db;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) stop(":memory:", "cannot be opened");
  return db;
}

/* ---- whole databases ---- */

void image_take(sqlite3 *db, struct image *image) {
  sqlite3_int64 size;
  unsigned char *bytes = sqlite3_serialize(db, "main", &size, 0);
  if (!bytes) stop("sqlite3_serialize", "out of memory");
  image->bytes = malloc((size_t)size);
  if (!image->bytes) stop("image", "out of memory");
  memcpy(image->bytes, bytes, (size_t)size);
  image->size = size;
  sqlite3_free(bytes);
}

void image_put(sqlite3 *db, const struct image *image) {
  unsigned char *bytes = sqlite3_malloc64((sqlite3_uint64)image->size);
  if (!bytes) stop("image", "out of memory");
  memcpy(bytes, image->bytes, (size_t)image->size);
  if (sqlite3_deserialize(db, "main", bytes, image->size, image->size,
                          SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)) {
    stop("sqlite3_deserialize", sqlite3_errmsg(db));
  }
}

void image_write(const struct image *image, const char *path) {
  FILE *file = fopen(path, "wb");
  if (!file) stop(path, "cannot be written");
  if (fwrite(image->bytes, 1, (size_t)image->size, file) != (size_t)image->size) {
    stop(path, "is not written in full");
  }
  if (fclose(file) != 0) stop(path, "is not written in full");
}

void image_free(struct image *image) {
  free(image->bytes);
  memset(image, 0, sizeof(*image));
}

void remove_database(const char *path) {
  static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
    char *name = sqlite3_mprintf("%s%s", path, endings[i]);
    if (!name) stop(path, "out of memory");
    remove(name);
    sqlite3_free(name);
  }
}

/* ---- judging ---- */

static const char ledger_sql[] =
    /* with what each leaves its lot with, whatever came late */
    "SELECT 'entry', lot_id, charged_ms, sum(units) OVER (PARTITION BY lot_id ORDER BY charged_ms,"
    " lot_used), usage_id, units, part, is_offset FROM main.ledger_entry ORDER BY 2, 3, 4;"
    "SELECT 'debt', * FROM main._billing_debt ORDER BY 2, 3, 4, 5;"
    "SELECT 'standing', * FROM main._billing_wallet_state ORDER BY 2, 3;"
    "SELECT 'free', * FROM main._billing_free_usage ORDER BY 2, 3, 4;"
    "SELECT 'unrated', * FROM main._billing_unrated ORDER BY 2;"
    "SELECT 'meter', * FROM main._billing_meter ORDER BY 2, 3, 4, 5, 6;"
    "SELECT 'lot', lot_id, kind, units, purchased_ms, expires_ms, voided_ms, start_ms, end_ms,"
    " used_from_ms, used_up_ms FROM main._billing_settled_lot ORDER BY 2;"
    "SELECT 'stay', * FROM main._billing_holding ORDER BY 2, 3, 4;"
    "SELECT 'settling', * FROM main._billing_staged_usage;"
    "SELECT 'pending', * FROM main._billing_pending_usage;"
    "SELECT 'marked', * FROM main._billing_pending_wallet;"
    "SELECT 'prices', * FROM main._billing_pending_price;"
    "SELECT 'usage', * FROM main.usage ORDER BY usage_id;"
    "SELECT 'reject', * FROM main.usage_reject ORDER BY 2;"
    "SELECT 'token_lot', * FROM main.token_lot ORDER BY lot_id;"
    "SELECT 'lot_move', * FROM main.lot_move ORDER BY 2, 4;"
    "SELECT 'close', * FROM main.period_close ORDER BY 2, 3;"
    "SELECT 'setting', * FROM main.billing_setting WHERE value <> 0 ORDER BY 2;";

void read_ledger(sqlite3 *db, struct text *ledger) {
  if (run_sql(db, ledger_sql, ledger) != SQLITE_OK) {
    test_complain("the ledger cannot be read: %s", sqlite3_errmsg(db));
  }
}

/* Complains unless the statement gives just this text. */
static void check_says(sqlite3 *db, const char *sql, const char *wanted) {
  struct text said = {NULL, 0, 0};
  if (run_sql(db, sql, &said) != SQLITE_OK) {
    test_complain("%s: %s", sql, sqlite3_errmsg(db));
  } else if (strcmp(said.bytes ? said.bytes : "", wanted) != 0) {
    test_complain("%s: says '%.200s'", sql, said.bytes ? said.bytes : "");
  }
  text_free(&said);
}

void check_database(sqlite3 *db, const struct text *wanted) {
  struct text ledger = {NULL, 0, 0};
  check_says(db, "SELECT settle() IS NULL", "0\n");
  check_says(db, "SELECT * FROM billing_check WHERE severity = 'error'", "");
  check_says(db, "PRAGMA integrity_check", "ok\n");
  read_ledger(db, &ledger);
  if (wanted && !text_same(wanted, &ledger)) text_tell_difference("the ledger", wanted, &ledger);
  text_free(&ledger);
}

void check_closes(sqlite3 *db) {
  int rc = sqlite3_close(db);
  if (rc == SQLITE_OK) return;
  test_complain("sqlite3_close: code %d", rc);
  sqlite3_close_v2(db);
}
