#include "facts/known.h"

#include "core/access.h"
#include "facts/description.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_version_next[] =
    "SELECT ifnull(max(version), 0) + 1 FROM main._billing_closed_version";

/* Nothing that a trigger marks has changed since the facts were kept. */
static const char sql_kept_already[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_closed_fact)"
    " AND (SELECT stamp FROM main._billing_change) IS"
    " (SELECT value FROM main._billing_meta WHERE name = 'closed_stamp')";

static const char sql_version_at[] =
    "SELECT version, closed_ms FROM main._billing_closed_version"
    " WHERE wallet_id = ?1 AND closed_ms > ?2 ORDER BY closed_ms LIMIT 1";

static const char sql_any_version[] = "SELECT EXISTS (SELECT 1 FROM main._billing_closed_version)";

static const char sql_facts_drop[] = "DELETE FROM main._billing_closed_fact";

/*
** The facts that are kept. Those that are `small` may change without a new stamp: no trigger marks
** them, so they are compared at every close.
*/
static const struct kept_fact {
  enum fact_id id;
  bool small;
} kept_facts[] = {
    {FACT_ACCOUNT, false},
    {FACT_TEAM, false},
    {FACT_APP, false},
    {FACT_APP_TEAM, false},
    {FACT_APP_OWNER, false},
    {FACT_ACCOUNT_AGREEMENT, false},
    {FACT_PRODUCT_ASSIGNMENT, false},
    {FACT_UNBLOCK, false},
    {FACT_TOKEN_KIND, false},
    {FACT_API, false},
    {FACT_API_ALIAS, false},
    {FACT_SKU_ALIAS, false},
    {FACT_RATE_CARD, false},
    {FACT_RATE_TIER, false},
    {FACT_OUTCOME_RULE, false},
    {FACT_KIND_API, false},
    {FACT_BUDGET, true},
    {FACT_POLICY, true},
    {FACT_POLICY_CHANGE, true},
};

/* ---- keeping ---- */

/* The statements of a fact are known by these addresses. */
static const char end_keys[FACT_COUNT], begin_keys[FACT_COUNT];

#define STILL "9223372036854775807"

/* `k.a IS t.kind AND k.b IS t.rank …`: kept columns have no collation, so case counts. */
static void write_equal(sqlite3_str *sql, const struct fact *fact) {
  for (int i = 0; i < fact->count; i++) {
    sqlite3_str_appendf(sql, " AND k.%c IS t.%s", 'a' + i, column_short_name(&fact->columns[i]));
  }
}

/* Kept rows that are facts no more were so up to the version before ?1. */
static char *build_end(sqlite3 *db, const char *key) {
  const struct fact *fact = &facts[key - end_keys];
  sqlite3_str *sql = sqlite3_str_new(db);
  sqlite3_str_appendf(sql,
                      "UPDATE main._billing_closed_fact AS k SET last = ?1 - 1"
                      " WHERE k.fact = '%s' AND k.last = " STILL
                      " AND NOT EXISTS (SELECT 1 FROM main.%s t WHERE 1",
                      fact->name, fact->name);
  write_equal(sql, fact);
  sqlite3_str_appendall(sql, ")");
  return sqlite3_str_finish(sql);
}

/* Facts that are not kept are kept from version ?1 on. */
static char *build_begin(sqlite3 *db, const char *key) {
  const struct fact *fact = &facts[key - begin_keys];
  sqlite3_str *sql = sqlite3_str_new(db);
  sqlite3_str_appendall(sql, "INSERT INTO main._billing_closed_fact(fact, since, last");
  for (int i = 0; i < fact->count; i++) sqlite3_str_appendf(sql, ", %c", 'a' + i);
  sqlite3_str_appendf(sql, ") SELECT '%s', ?1, " STILL, fact->name);
  for (int i = 0; i < fact->count; i++) {
    sqlite3_str_appendf(sql, ", t.%s", column_short_name(&fact->columns[i]));
  }
  sqlite3_str_appendf(sql,
                      " FROM main.%s t WHERE NOT EXISTS (SELECT 1 FROM"
                      " main._billing_closed_fact k WHERE k.fact = '%s' AND k.last = " STILL,
                      fact->name, fact->name);
  write_equal(sql, fact);
  sqlite3_str_appendall(sql, ")");
  return sqlite3_str_finish(sql);
}

static void keep_change(struct store *store, const char *key,
                        char *(*build)(sqlite3 *db, const char *key), int64_t version, int *rc) {
  sqlite3_stmt *change = store_take_built(store, key, build, rc);
  if (change) sqlite3_bind_int64(change, 1, version);
  store_run(store, key, change, rc);
}

int64_t known_keep(struct store *store, int *rc) {
  int64_t version = query_number(store, sql_version_next, 1, rc, "");
  bool kept = query_number(store, sql_kept_already, 0, rc, "") != 0;
  for (size_t i = 0; i < sizeof kept_facts / sizeof *kept_facts; i++) {
    if (kept && !kept_facts[i].small) continue;
    keep_change(store, &end_keys[kept_facts[i].id], build_end, version, rc);
    keep_change(store, &begin_keys[kept_facts[i].id], build_begin, version, rc);
  }
  return version;
}

void known_drop(struct store *store, int *rc) {
  if (query_number(store, sql_any_version, 0, rc, "")) return;
  query_run(store, sql_facts_drop, rc, "");
}

sqlite3_stmt *known_take(struct store *store, const char *const sql[2], int64_t version, int *rc) {
  sqlite3_stmt *statement = store_take(store, sql[version != 0], rc);
  if (statement && version) sqlite3_bind_int64(statement, KNOWN_VERSION, version);
  return statement;
}

void known_put(struct store *store, const char *const sql[2], int64_t version,
               sqlite3_stmt *statement, int *rc) {
  store_put(store, sql[version != 0], statement, rc);
}

int64_t known_version(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t *closed_ms,
                      int *rc) {
  sqlite3_stmt *row = query_open(store, sql_version_at, rc, "ii", wallet_id, at_ms);
  int64_t version = 0;
  *closed_ms = NEVER;
  if (store_row(row, rc)) {
    version = sqlite3_column_int64(row, 0);
    *closed_ms = sqlite3_column_int64(row, 1);
  }
  store_put(store, sql_version_at, row, rc);
  return version;
}
