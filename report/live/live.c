/*
** What a live page calls: SQLite with billing in it, on a database in memory. Compiled to
** WebAssembly (make billing.wasm); live.js loads it. There is no file system, no thread and no
** network below it: temporary tables and journals stay in memory, and the only things asked of the
** page are the time and random bytes.
**
** Texts are UTF-8 and end with a zero. One database at a time.
*/
#include <stddef.h>

#include "sqlite3.h"

/* What the page answers: live.js. */
#define FROM_PAGE(name) __attribute__((import_module("page"), import_name(name)))
FROM_PAGE("now_ms") extern double page_now_ms(void); /* since 1970 */
FROM_PAGE("random") extern void page_random(char *out, int size);

int sqlite3_billing_init(sqlite3 *db, char **error, const sqlite3_api_routines *api);

/* ---- what SQLite asks of its system ---- */

#define JULIAN_1970_MS 210866760000000LL

static int no_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs, (void)name, (void)flags, (void)out;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int no_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_IOERR_DELETE_NOENT;
}

static int no_access(sqlite3_vfs *vfs, const char *name, int flags, int *found) {
  (void)vfs, (void)name, (void)flags;
  *found = 0;
  return SQLITE_OK;
}

static int same_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  page_random(out, size);
  return size;
}

static int no_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs, (void)microseconds;
  return 0;
}

static int now_ms(sqlite3_vfs *vfs, sqlite3_int64 *ms) {
  (void)vfs;
  *ms = JULIAN_1970_MS + (sqlite3_int64)page_now_ms();
  return SQLITE_OK;
}

static int now_days(sqlite3_vfs *vfs, double *days) {
  sqlite3_int64 ms;
  int rc = now_ms(vfs, &ms);
  if (rc == SQLITE_OK) *days = (double)ms / 86400000.0;
  return rc;
}

static int no_error(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs, (void)size, (void)out;
  return 0;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs vfs = {.iVersion = 2,
                            .szOsFile = sizeof(sqlite3_file),
                            .mxPathname = 512,
                            .zName = "none",
                            .xOpen = no_file,
                            .xDelete = no_delete,
                            .xAccess = no_access,
                            .xFullPathname = same_path,
                            .xRandomness = random_bytes,
                            .xSleep = no_sleep,
                            .xCurrentTime = now_days,
                            .xGetLastError = no_error,
                            .xCurrentTimeInt64 = now_ms};
  return sqlite3_vfs_register(&vfs, 1);
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

/* ---- what the page calls ---- */

static sqlite3 *db;
static char *said; /* what live_run() answered, until the next call */

/* Room for a database or for a text. live_open() takes it over, live_free() gives it back. */
void *live_room(unsigned size) {
  return sqlite3_malloc64(size);
}

void live_free(void *room) {
  sqlite3_free(room);
}

/* Opens the database whose file has these bytes. Returns a code of SQLite. */
int live_open(unsigned char *bytes, unsigned size) {
  char *error = NULL;
  int rc;
  if (size >= 20) bytes[18] = bytes[19] = 1; /* a copy in WAL mode: memory has no shared log */
  sqlite3_close_v2(db);
  rc = sqlite3_open(":memory:", &db);
  if (rc == SQLITE_OK) {
    rc = sqlite3_deserialize(db, "main", bytes, size, size,
                             SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  }
  if (rc == SQLITE_OK) rc = sqlite3_billing_init(db, &error, NULL);
  sqlite3_free(error);
  return rc;
}

static int add_row(void *to, int columns, char **values, char **names) {
  sqlite3_str *text = to;
  (void)columns, (void)names;
  sqlite3_str_appendf(text, "%s\n", values[0] ? values[0] : "");
  return sqlite3_str_errcode(text);
}

/*
** Runs statements up to the first that fails. Answers the first column of each row, a line each;
** NULL if one failed: live_error() says why.
*/
const char *live_run(const char *sql) {
  sqlite3_str *text = sqlite3_str_new(db);
  int rc = sqlite3_exec(db, sql, add_row, text, NULL);
  sqlite3_free(said);
  said = sqlite3_str_finish(text);
  if (rc != SQLITE_OK) return NULL;
  return said ? said : "";
}

const char *live_error(void) {
  return sqlite3_errmsg(db);
}
