/* A program that has billing linked in. Runs the SQL of standard input on a database in memory. */
#include <stdio.h>
#include <stdlib.h>

#include "billing.h"

static int print_row(void *unused, int count, char **values, char **names) {
  (void)unused, (void)names;
  for (int i = 0; i < count; i++) printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
  printf("\n");
  return 0;
}

int main(void) {
  static char script[1 << 16];
  char *error = NULL;
  sqlite3 *db;
  script[fread(script, 1, sizeof(script) - 1, stdin)] = 0;
  sqlite3_auto_extension((void (*)(void))sqlite3_billing_init);
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) return 2;
  if (sqlite3_exec(db, script, print_row, NULL, &error) != SQLITE_OK) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  if (sqlite3_close(db) != SQLITE_OK) return 3;
  return 0;
}
