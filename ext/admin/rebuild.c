#include "admin/rebuild.h"

#include <stddef.h>

#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* Wallets with a closed period stand in _billing_closed meanwhile. */
#define CLOSED_WALLETS "(SELECT wallet_id FROM main._billing_closed)"
#define CLOSED_LOTS \
  "(SELECT lot_id FROM main._billing_holding WHERE wallet_id IN " CLOSED_WALLETS ")"

static const char sql_drop_wallets[] =
    "DELETE FROM main._billing_wallet WHERE NOT EXISTS (SELECT 1 FROM main.period_close)";

static const char sql_add_wallets[] =
    "INSERT INTO main._billing_wallet(team_id) SELECT team_id FROM main.team"
    " WHERE team_id NOT IN (SELECT team_id FROM main._billing_wallet) ORDER BY team_id";

/*
** What closes have kept goes with the last of them. Wallets get other numbers then, so what is left
** of a wallet that was lost would be read as another one's.
*/
#define DROP_KEPT(table) \
  "DELETE FROM main." table " WHERE NOT EXISTS (SELECT 1 FROM main.period_close)"
static const char sql_drop_kept_terms[] = DROP_KEPT("_billing_closed_terms");
static const char sql_drop_kept_debts[] = DROP_KEPT("_billing_closed_debt");
static const char sql_drop_kept_unrated[] = DROP_KEPT("_billing_closed_unrated");
static const char sql_drop_kept_notices[] = DROP_KEPT("_billing_closed_notice");
static const char sql_drop_kept_lots[] = DROP_KEPT("_billing_closed_lot");
static const char sql_drop_kept_names[] = DROP_KEPT("_billing_closed_name");
static const char sql_drop_kept_sums[] = DROP_KEPT("_billing_closed_sum");
static const char sql_drop_kept_versions[] = DROP_KEPT("_billing_closed_version");
static const char sql_drop_kept_facts[] = DROP_KEPT("_billing_closed_fact");

static const char sql_drop_closed[] = "DELETE FROM main._billing_closed";

/* And when the last one ends: a close holds for all wallets that lots tie together. */
static const char sql_add_closed[] =
    "INSERT INTO main._billing_closed WITH RECURSIVE"
    " held(lot_id, wallet_id) AS ("
    "  SELECT lot_id, wallet_id FROM main._billing_holding"
    "  UNION SELECT l.lot_id, w.wallet_id"
    "   FROM main.token_lot l JOIN main._billing_wallet w ON w.team_id = l.team_id"
    "  UNION SELECT m.lot_id, w.wallet_id"
    "   FROM main.lot_move m JOIN main._billing_wallet w ON w.team_id = m.team_id),"
    " tie(a, b) AS (SELECT h.wallet_id, k.wallet_id"
    "  FROM held h JOIN held k ON k.lot_id = h.lot_id AND k.wallet_id <> h.wallet_id),"
    " member(team_id, wallet_id) AS ("
    "  SELECT w.team_id, w.wallet_id FROM main._billing_wallet w"
    "   WHERE w.team_id IN (SELECT team_id FROM main.period_close)"
    "  UNION SELECT m.team_id, t.b FROM member m JOIN tie t ON t.a = m.wallet_id"
    "   JOIN main._billing_wallet w ON w.wallet_id = t.b)" /* not where a holding is damaged */
    " SELECT m.wallet_id, max(billing_ms(c.closed_until))"
    " FROM member m JOIN main.period_close c ON c.team_id = m.team_id GROUP BY m.wallet_id";

static const char sql_drop_entries[] =
    "DELETE FROM main.ledger_entry WHERE lot_id NOT IN " CLOSED_LOTS;
static const char sql_drop_late[] =
    "DELETE FROM main._billing_late_units WHERE lot_id NOT IN " CLOSED_LOTS;
static const char sql_drop_lots[] =
    "DELETE FROM main._billing_settled_lot WHERE lot_id NOT IN " CLOSED_LOTS;
static const char sql_drop_moves[] =
    "DELETE FROM main._billing_settled_move WHERE lot_id NOT IN " CLOSED_LOTS;
static const char sql_drop_holdings[] =
    "DELETE FROM main._billing_holding WHERE wallet_id NOT IN " CLOSED_WALLETS;
static const char sql_drop_debts[] =
    "DELETE FROM main._billing_debt WHERE wallet_id NOT IN " CLOSED_WALLETS;
static const char sql_drop_states[] =
    "DELETE FROM main._billing_wallet_state WHERE wallet_id NOT IN " CLOSED_WALLETS;
static const char sql_drop_free[] =
    "DELETE FROM main._billing_free_usage WHERE wallet_id NOT IN " CLOSED_WALLETS;
static const char sql_drop_meters[] =
    "DELETE FROM main._billing_meter WHERE wallet_id NOT IN " CLOSED_WALLETS;
static const char sql_drop_unrated[] = "DELETE FROM main._billing_unrated";
static const char sql_drop_staged[] = "DELETE FROM main._billing_staged_usage";
static const char sql_drop_pending[] = "DELETE FROM main._billing_pending_usage";
static const char sql_drop_marks[] = "DELETE FROM main._billing_pending_wallet";
static const char sql_drop_prices[] = "DELETE FROM main._billing_pending_price";

const char sql_mark_settled[] =
    "INSERT INTO main._billing_meta(name, value)"
    " SELECT 'settled_upto', iif(autosettle, 9223372036854775807,"
    "  coalesce((SELECT max(usage_id) FROM main.usage), 0)) FROM main._billing_change WHERE id = 1"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value;";

static const char sql_add_pending[] =
    "INSERT INTO main._billing_pending_usage SELECT usage_id FROM main.usage"
    " WHERE usage_id NOT IN (SELECT usage_id FROM main.ledger_entry)"
    "  AND usage_id NOT IN (SELECT usage_id FROM main._billing_debt)"
    "  AND usage_id NOT IN (SELECT usage_id FROM main._billing_free_usage)";

static const char sql_mark_all[] =
    "INSERT INTO main._billing_pending_wallet VALUES (0, " SQL_BEGIN_OF_TIME
    ")"
    " ON CONFLICT (wallet_id) DO UPDATE SET from_ms = excluded.from_ms";

static const char sql_changed[] =
    "UPDATE main._billing_change SET stamp = billing_stamp() WHERE id = 1";

static const char sql_settle[] = "SELECT settle()";

void rebuild(struct store *store, int *rc) {
  static const char *const steps[] = {
      sql_drop_kept_terms, sql_drop_kept_debts, sql_drop_kept_unrated, sql_drop_kept_notices,
      sql_drop_kept_lots,  sql_drop_kept_names, sql_drop_kept_sums,    sql_drop_kept_versions,
      sql_drop_kept_facts, sql_drop_wallets,    sql_add_wallets,       sql_drop_closed,
      sql_add_closed,      sql_drop_entries,    sql_drop_late,         sql_drop_lots,
      sql_drop_moves,      sql_drop_holdings,   sql_drop_debts,        sql_drop_states,
      sql_drop_free,       sql_drop_meters,     sql_drop_unrated,      sql_drop_staged,
      sql_drop_pending,    sql_drop_marks,      sql_drop_prices,       sql_mark_settled,
      sql_add_pending,     sql_mark_all,        sql_changed,           sql_settle,
      sql_drop_closed};
  for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
    query_run(store, steps[i], rc, "");
  }
}
