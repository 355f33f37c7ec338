#include "facts/access.h"

#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "facts/catalogue.h"
#include "facts/rater.h"
#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/*
** What holds for account `a` at ?2 (text: ?3): excluded, trial, and whether access needs a
** subscription and has one. Before Flex is sold in its country, the rules of a country without it
** hold for an account that has subscription rows (Q32).
*/
#define SQL_TERMS \
  "SELECT " SQL_IS_EBA("a", "?3") ", billing_ms(a.trial_started_at),"                        \
  " billing_ms(a.trial_ended_at),"                                                           \
  " EXISTS (SELECT 1 FROM main.country c WHERE c.country = a.country"                        \
  "  AND (c.flex_from IS NULL OR (c.flex_from > ?3 AND EXISTS (SELECT 1"                     \
  "   FROM main.subscription s WHERE s.account_id = a.account_id)))),"                       \
  " EXISTS (SELECT 1 FROM main.subscription s WHERE s.account_id = a.account_id"             \
  "  AND s.starts_at <= ?3 AND s.ends_at > ?3)"

static const char sql_access_terms[] = SQL_TERMS
    " FROM main._billing_wallet w JOIN main.team t USING (team_id) JOIN main.account a"
    " USING (account_id) WHERE w.wallet_id = ?1";

static const char sql_state_at[] =
    "SELECT debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms FROM "
    "main._billing_wallet_state"
    " WHERE wallet_id = ?1 AND at_ms <= ?2 ORDER BY at_ms DESC LIMIT 1";

static const char sql_read_min_purchase[] =
    "SELECT " SQL_POLICY("min_purchase_tokens", "100", "?1");

static const char sql_account_terms[] = SQL_TERMS " FROM main.account a WHERE a.account_id = ?1";

static const char sql_subscription_ended[] =
    "SELECT max(billing_ms(s.ends_at)) FROM main._billing_wallet w JOIN main.team t USING (team_id)"
    " JOIN main.subscription s USING (account_id)"
    " WHERE w.wallet_id = ?1 AND billing_ms(s.ends_at) <= ?2";

/* What a close has kept of the terms of wallet ?1 at ?2. */
static const char sql_closed_terms[] =
    "SELECT iif(to_ms > ?2, access, NULL) FROM main._billing_closed_terms"
    " WHERE wallet_id = ?1 AND from_ms <= ?2 ORDER BY from_ms DESC LIMIT 1";

static const struct wallet_state no_debt = {0, NEVER, NEVER, NEVER};

static int64_t since(sqlite3_stmt *row, int column) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? NEVER
                                                         : sqlite3_column_int64(row, column);
}

struct wallet_state state_of_row(sqlite3_stmt *row, int column) {
  struct wallet_state wallet_state;
  wallet_state.debt = sqlite3_column_int64(row, column);
  wallet_state.negative_since = since(row, column + 1);
  wallet_state.blocked_since = since(row, column + 2);
  wallet_state.grace_ends = since(row, column + 3);
  return wallet_state;
}

struct wallet_state store_state(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc) {
  struct wallet_state wallet_state = {0, NEVER, NEVER, NEVER};
  sqlite3_stmt *row = store_take(store, sql_state_at, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, at_ms);
  }
  if (store_row(row, rc)) wallet_state = state_of_row(row, 0);
  store_put(store, sql_state_at, row, rc);
  return wallet_state;
}

/* The instant as the terms ask for it, in milliseconds and as text. */
static void bind_instant(sqlite3_stmt *row, int64_t at_ms) {
  char at[INSTANT_TEXT_SIZE];
  instant_format(at_ms, at);
  sqlite3_bind_int64(row, 2, at_ms);
  sqlite3_bind_text(row, 3, at, -1, SQLITE_TRANSIENT);
}

/*
** Take the row of sql_access_terms or sql_account_terms, and give it back; true: a subscription is
** live.
*/
static bool take_terms(struct store *store, const char *id, sqlite3_stmt *row, struct terms *terms,
                       int *rc) {
  const struct catalogue *catalogue = catalogue_get(store, rc);
  bool subscribed = false;
  memset(terms, 0, sizeof(*terms));
  if (catalogue && store_row(row, rc)) {
    terms_from_row(row, 0, catalogue, terms);
    terms->needs_subscription = sqlite3_column_int(row, 3) != 0;
    subscribed = sqlite3_column_int(row, 4) != 0;
  }
  store_put(store, id, row, rc);
  return subscribed;
}

static bool read_terms(struct store *store, int64_t wallet_id, int64_t at_ms, struct terms *terms,
                       int *rc) {
  sqlite3_stmt *row = store_take(store, sql_access_terms, rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    bind_instant(row, at_ms);
  }
  return take_terms(store, sql_access_terms, row, terms, rc);
}

enum access store_access(struct store *store, int64_t wallet_id, int64_t at_ms,
                         struct wallet_state *wallet_state, int *rc) {
  static const struct terms none = {false, 0, 0, false};
  int64_t kept = query_number(store, sql_closed_terms, -1, rc, "ii", wallet_id, at_ms);
  struct terms terms;
  bool subscribed;
  *wallet_state = store_state(store, wallet_id, at_ms, rc);
  if (kept == ACCESS_FULL) return access_at(wallet_state, &none, false, at_ms);
  if (kept >= 0) return (enum access)kept;
  subscribed = read_terms(store, wallet_id, at_ms, &terms, rc);
  return access_at(wallet_state, &terms, subscribed, at_ms);
}

enum access store_terms_access(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc) {
  struct terms terms;
  bool subscribed = read_terms(store, wallet_id, at_ms, &terms, rc);
  return access_at(&no_debt, &terms, subscribed, at_ms);
}

int64_t store_trial_end(struct store *store, int64_t wallet_id, int *rc) {
  struct terms terms;
  read_terms(store, wallet_id, 0, &terms, rc);
  return terms.trial_from < terms.trial_to ? terms.trial_to : NEVER;
}

enum access store_account_access(struct store *store, sqlite3_value *account_id, int64_t at_ms,
                                 int *rc) {
  sqlite3_stmt *row = store_take(store, sql_account_terms, rc);
  struct terms terms;
  bool subscribed;
  if (row) {
    sqlite3_bind_value(row, 1, account_id);
    bind_instant(row, at_ms);
  }
  subscribed = take_terms(store, sql_account_terms, row, &terms, rc);
  return access_at(&no_debt, &terms, subscribed, at_ms);
}

int64_t store_none_since(struct store *store, int64_t wallet_id, int64_t at_ms, int *rc) {
  int64_t since = query_number(store, sql_subscription_ended, NEVER, rc, "ii", wallet_id, at_ms);
  struct terms terms;
  read_terms(store, wallet_id, at_ms, &terms, rc);
  if (terms.trial_from < terms.trial_to && terms.trial_to <= at_ms && terms.trial_to > since) {
    since = terms.trial_to;
  }
  return since;
}

int64_t store_limited_since(const struct wallet_state *wallet_state) {
  if (wallet_state->blocked_since != NEVER) return wallet_state->blocked_since;
  return wallet_state->negative_since == NEVER ? NEVER : wallet_state->grace_ends;
}

double store_min_purchase(struct store *store, int64_t units, int64_t at_ms, int *rc) {
  double whole = (double)(units / UNITS_PER_TOKEN + (units % UNITS_PER_TOKEN != 0));
  double least = 0;
  char at[INSTANT_TEXT_SIZE];
  sqlite3_stmt *row;
  if (units <= 0) return 0;
  instant_format(at_ms, at);
  row = query_open(store, sql_read_min_purchase, rc, "z", at);
  if (store_row(row, rc)) least = sqlite3_column_double(row, 0);
  store_put(store, sql_read_min_purchase, row, rc);
  return whole > least ? whole : least;
}
