#include "store/access.h"

#include <string.h>

#include "store/catalogue.h"
#include "store/rater.h"

SQLITE_EXTENSION_INIT3

static void read_standing_at(struct store *store, int64_t wallet_id, int64_t at_ms,
                             struct standing *standing, int *rc) {
  sqlite3_stmt *row = store_take(store, STANDING_AT, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  standing->debt = 0;
  standing->negative_since = standing->blocked_since = NEVER;
  if (store_row(row, rc)) {
    standing->debt = sqlite3_column_int64(row, 0);
    if (sqlite3_column_type(row, 1) != SQLITE_NULL) {
      standing->negative_since = sqlite3_column_int64(row, 1);
    }
    if (sqlite3_column_type(row, 2) != SQLITE_NULL) {
      standing->blocked_since = sqlite3_column_int64(row, 2);
    }
  }
  store_put(store, STANDING_AT, row, rc);
}

static bool read_terms(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t trial_ms,
                       struct terms *terms, int *rc) {
  sqlite3_stmt *row = store_take(store, ACCESS_TERMS, rc);
  bool subscribed = false;
  memset(terms, 0, sizeof(*terms));
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, rc)) {
    terms_from_row(row, 0, trial_ms, terms);
    terms->needs_subscription = sqlite3_column_int(row, 3) != 0;
    subscribed = sqlite3_column_int(row, 4) != 0;
  }
  store_put(store, ACCESS_TERMS, row, rc);
  return subscribed;
}

enum access store_access(struct store *store, int64_t wallet_id, int64_t at_ms,
                         struct standing *standing, int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  struct terms terms;
  bool subscribed;
  if (!catalogue) return ACCESS_NONE;
  read_standing_at(store, wallet_id, at_ms, standing, rc);
  subscribed = read_terms(store, wallet_id, at_ms, catalogue_policies(catalogue)->trial_ms, &terms,
                          rc);
  return access_at(standing, &terms, subscribed, catalogue_policies(catalogue)->grace_ms, at_ms);
}
