#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void stop(const char *what, const char *why) {
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

sqlite3 *open_file(const char *path) {
  sqlite3 *db = NULL;
  if (sqlite3_open(path, &db) != SQLITE_OK) stop(path, sqlite3_errmsg(db));
  run_format(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -%d",
             CACHE_MIB * 1024);
  return db;
}

void load(sqlite3 *db, const char *extension) {
  char *message = NULL;
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
  if (sqlite3_load_extension(db, extension, NULL, &message) != SQLITE_OK) stop(extension, message);
}

sqlite3 *open_billing(const struct bench *bench, const char *path) {
  sqlite3 *db = open_file(path);
  load(db, bench->extension);
  return db;
}

void close_file(sqlite3 *db) {
  if (sqlite3_close(db) != SQLITE_OK) stop("close", sqlite3_errmsg(db));
}

void run_sql(sqlite3 *db, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) stop(sql, message);
}

void run_format(sqlite3 *db, const char *format, ...) {
  va_list arguments;
  char *sql;
  va_start(arguments, format);
  sql = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  run_sql(db, sql);
  sqlite3_free(sql);
}

sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) stop(sql, sqlite3_errmsg(db));
  return statement;
}

void step_all(sqlite3_stmt *statement) {
  while (sqlite3_step(statement) == SQLITE_ROW) continue;
  if (sqlite3_reset(statement) != SQLITE_OK) {
    stop(sqlite3_sql(statement), sqlite3_errmsg(sqlite3_db_handle(statement)));
  }
}

static sqlite3_stmt *one_row(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = prepare(db, sql);
  if (sqlite3_step(row) != SQLITE_ROW) stop(sql, sqlite3_errmsg(db));
  return row;
}

int64_t ask_int(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = one_row(db, sql);
  int64_t value = sqlite3_column_int64(row, 0);
  sqlite3_finalize(row);
  return value;
}

char *ask_text(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = one_row(db, sql);
  char *text = sqlite3_mprintf("%s", sqlite3_column_text(row, 0));
  sqlite3_finalize(row);
  return text;
}

char *path_of(const struct bench *bench, const char *format, ...) {
  va_list arguments;
  char *name, *path;
  va_start(arguments, format);
  name = sqlite3_vmprintf(format, arguments);
  va_end(arguments);
  path = sqlite3_mprintf("%s/%s", bench->folder, name);
  sqlite3_free(name);
  return path;
}

void remove_file(const char *path) {
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  for (int i = 0; i < 3; i++) {
    char *name = sqlite3_mprintf("%s%s", path, suffixes[i]);
    unlink(name);
    sqlite3_free(name);
  }
}

void copy_file(const char *from, const char *to) {
  static char block[1 << 20];
  int source = open(from, O_RDONLY), target;
  ssize_t got;
  remove_file(to);
  target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (source < 0 || target < 0) stop(to, "cannot copy");
  while ((got = read(source, block, sizeof(block))) > 0) {
    if (write(target, block, (size_t)got) != got) stop(to, "cannot write");
  }
  if (got < 0 || fsync(target) != 0) stop(to, "cannot copy");
  close(source);
  close(target);
}
