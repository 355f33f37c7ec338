#include "tables/check_pass.h"

#include "tables/check_ledger.h"
#include "tables/check_usage.h"
#include "tables/check_words.h"

SQLITE_EXTENSION_INIT3

static const char sql_usage[] = "SELECT " CHECK_USAGE " FROM main.usage u";

/* A text of another table that is not as names are. */
static const char sql_names[] = "SELECT 0"
#define FACT(id, table, checks) " OR EXISTS (SELECT 1 FROM main." #table " WHERE 0"
#define COLUMN(table, column, ...)                                                                \
  " OR ('" #table "' <> 'usage' AND typeof(" #column ") = 'text' AND billing_name_fault('" #table \
  "." #column "', " #column ") IS NOT NULL)"
#define END ")"
#include "facts/facts.def"
#undef FACT
#undef COLUMN
#undef END
    ;

/* What a rule meets again is left to it; what is no matter of the file ends the pass. */
static bool is_of_file(int rc) {
  return rc == SQLITE_ERROR || rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH;
}

static void pass_over(struct check_ledger *ledger, struct check_words *words, int *rc) {
  struct store *store = ledger->store;
  sqlite3_stmt *usage = store_take(store, sql_usage, rc);
  struct check_row row;
  while (store_row(usage, rc)) {
    check_row_read(usage, &row);
    check_ledger_usage(ledger, &row, rc);
    ledger->doubts |= check_words_of(words, store, &row, rc);
  }
  store_put(store, sql_usage, usage, rc);
  check_ledger_stored(ledger, rc);
  if (store_ask(store, sql_names, rc)) ledger->doubts |= DOUBT_NAME;
}

int check_pass(struct store *store, int *rc) {
  struct check_ledger ledger;
  struct check_words words;
  check_ledger_open(&ledger, store, rc);
  check_words_open(&words, store, rc);
  pass_over(&ledger, &words, rc);
  check_words_close(&words);
  check_ledger_close(&ledger);
  if (!is_of_file(*rc)) return ledger.doubts;
  *rc = SQLITE_OK;
  return DOUBT_LEDGER | DOUBT_LOT_USED | DOUBT_STATE | DOUBT_NAME | DOUBT_WORD | DOUBT_FAR;
}
