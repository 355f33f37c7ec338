#include "facts/access.h"

#include <string.h>

#include "core/units.h"
#include "facts/catalogue.h"
#include "facts/rater.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_access_terms[] =
    "SELECT a.agreement = 'eba', billing_ms(a.trial_started_at),"
    " billing_ms(a.trial_ended_at),"
    " EXISTS (SELECT 1 FROM main.country c WHERE c.country = a.country"
    "  AND c.flex_from IS NULL),"
    " EXISTS (SELECT 1 FROM main.subscription s WHERE s.account_id = a.account_id"
    "  AND billing_ms(s.starts_at) <= ?2 AND billing_ms(s.ends_at) > ?2)"
    " FROM main._billing_wallet w JOIN main.team t USING (team_id) JOIN main.account a"
    " USING (account_id) WHERE w.wallet_id = ?1";

static const char sql_standing_at[] =
    "SELECT debt_units, negative_since_ms, blocked_since_ms FROM main._billing_wallet_state"
    " WHERE wallet_id = ?1 AND at_ms <= ?2 ORDER BY at_ms DESC LIMIT 1";

const char sql_read_min_purchase[] = "SELECT " SQL_POLICY("min_purchase_tokens", "100");

/* ?1 account, ?2 at; columns as in ACCESS_TERMS. */
static const char sql_account_terms[] =
    "SELECT a.agreement = 'eba', billing_ms(a.trial_started_at),"
    " billing_ms(a.trial_ended_at),"
    " EXISTS (SELECT 1 FROM main.country c WHERE c.country = a.country"
    "  AND c.flex_from IS NULL),"
    " EXISTS (SELECT 1 FROM main.subscription s WHERE s.account_id = a.account_id"
    "  AND billing_ms(s.starts_at) <= ?2 AND billing_ms(s.ends_at) > ?2)"
    " FROM main.account a WHERE a.account_id = ?1";

static const char sql_subscription_ended[] =
    "SELECT max(billing_ms(s.ends_at)) FROM main._billing_wallet w JOIN main.team t USING (team_id)"
    " JOIN main.subscription s USING (account_id)"
    " WHERE w.wallet_id = ?1 AND billing_ms(s.ends_at) <= ?2";

static int64_t since(sqlite3_stmt *row, int column) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? NEVER
                                                         : sqlite3_column_int64(row, column);
}

struct standing standing_of_row(sqlite3_stmt *row, int column) {
  struct standing standing;
  standing.debt = sqlite3_column_int64(row, column);
  standing.negative_since = since(row, column + 1);
  standing.blocked_since = since(row, column + 2);
  return standing;
}

struct standing store_standing(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc) {
  struct standing standing = {0, NEVER, NEVER};
  sqlite3_stmt *row = store_take(store, sql_standing_at, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, rc)) standing = standing_of_row(row, 0);
  store_put(store, sql_standing_at, row, rc);
  return standing;
}

/* Take the row of sql_access_terms or sql_account_terms, and give it back; true: a subscription is live. */
static bool take_terms(struct store *store, const char *id, sqlite3_stmt *row, int64_t trial_ms,
                       struct terms *terms, int *rc) {
  bool subscribed = false;
  memset(terms, 0, sizeof(*terms));
  if (store_row(row, rc)) {
    terms_from_row(row, 0, trial_ms, terms);
    terms->needs_subscription = sqlite3_column_int(row, 3) != 0;
    subscribed = sqlite3_column_int(row, 4) != 0;
  }
  store_put(store, id, row, rc);
  return subscribed;
}

static bool read_terms(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t trial_ms,
                       struct terms *terms, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_access_terms, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  return take_terms(store, sql_access_terms, row, trial_ms, terms, rc);
}

enum access store_access(struct store *store, int64_t wallet_id, int64_t at_ms,
                         struct standing *standing, int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  struct terms terms;
  bool subscribed;
  if (!catalogue) return ACCESS_NONE;
  *standing = store_standing(store, wallet_id, at_ms, rc);
  subscribed =
      read_terms(store, wallet_id, at_ms, catalogue_policies(catalogue)->trial_ms, &terms, rc);
  return access_at(standing, &terms, subscribed, catalogue_policies(catalogue)->grace_ms, at_ms);
}

enum access store_account_access(struct store *store, sqlite3_value *account_id, int64_t at_ms,
                                 int *rc) {
  static const struct standing no_debt = {0, NEVER, NEVER};
  const struct catalogue *catalogue = catalogue_get(store, rc);
  sqlite3_stmt *row = store_take(store, sql_account_terms, rc);
  const struct policies *policies;
  struct terms terms;
  bool subscribed;
  if (!row) return ACCESS_NONE;
  policies = catalogue_policies(catalogue);
  sqlite3_bind_value(row, 1, account_id);
  sqlite3_bind_int64(row, 2, at_ms);
  subscribed = take_terms(store, sql_account_terms, row, policies->trial_ms, &terms, rc);
  return access_at(&no_debt, &terms, subscribed, policies->grace_ms, at_ms);
}

int64_t store_none_since(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  sqlite3_stmt *row = store_take(store, sql_subscription_ended, rc);
  int64_t since = NEVER;
  struct terms terms;
  if (!row) return NEVER;
  sqlite3_bind_int64(row, 1, wallet_id);
  sqlite3_bind_int64(row, 2, at_ms);
  if (store_row(row, rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    since = sqlite3_column_int64(row, 0);
  }
  store_put(store, sql_subscription_ended, row, rc);
  read_terms(store, wallet_id, at_ms, catalogue_policies(catalogue)->trial_ms, &terms, rc);
  if (terms.trial_from < terms.trial_to && terms.trial_to <= at_ms && terms.trial_to > since) {
    since = terms.trial_to;
  }
  return since;
}

int64_t store_limited_since(struct store *store, const struct standing *standing, int *rc) {
  const struct catalogue *catalogue;
  if (standing->blocked_since != NEVER) return standing->blocked_since;
  catalogue = catalogue_get(store, rc);
  if (!catalogue || standing->negative_since == NEVER) return NEVER;
  return access_block_at(standing->negative_since, catalogue_policies(catalogue)->grace_ms);
}

double store_min_purchase(struct store *store, int64_t units, int *rc) {
  double whole = (double)(units / UNITS_PER_TOKEN + (units % UNITS_PER_TOKEN != 0));
  double least = 0;
  sqlite3_stmt *row;
  if (units <= 0) return 0;
  row = store_take(store, sql_read_min_purchase, rc);
  if (store_row(row, rc)) least = sqlite3_column_double(row, 0);
  store_put(store, sql_read_min_purchase, row, rc);
  return whole > least ? whole : least;
}
