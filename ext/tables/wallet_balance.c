/*
** wallet_balance(team_id, at): what a wallet held, owed and had been through at an instant.
**
** Computed from the wallet's lots: each is asked what it had paid by then, one seek in the ledger.
** Nothing is summed over history, so the cost is that of the number of lots.
**
** A lot counts in the wallet where it comes alive, and in those that it moves to while it is. What
** it brings is its size, or what was left of it when it came; that is paid out here, lapses here,
** moves on, or is still there:
**   purchased_ever + moved = used_ever + lapsed_ever + available
*/
#include <string.h>

#include "core/units.h"
#include "facts/access.h"
#include "facts/catalogue.h"
#include "tables/query_table.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char *const wallets_asked[] = {
    "SELECT w.team_id, w.wallet_id FROM " SQL_WALLETS
    " CROSS JOIN main.team t ON t.team_id = w.team_id WHERE " SQL_WALLET_ASKED
    " ORDER BY w.team_id",
    NULL,
};

/* With the usage that waits for settle(): nothing is read for it unless it is asked for. */
static const char *const wallet_balance_rows[] = {
    "WITH waiting AS MATERIALIZED (SELECT " SQL_USAGE_TEAM
    " AS team_id, count(*) AS n"
    "  FROM (" SQL_PENDING_IDS
    ") i CROSS JOIN main.usage u ON u.usage_id = i.usage_id"
    "  WHERE u.occurred_at <= ?3 GROUP BY 1)"
    " SELECT w.team_id, w.wallet_id, iif(?7, ifnull((SELECT x.n FROM waiting x"
    "  WHERE x.team_id = w.team_id), 0), NULL) FROM " SQL_WALLETS
    " CROSS JOIN main.team t ON t.team_id = w.team_id WHERE " SQL_WALLET_ASKED
    " ORDER BY w.team_id",
    NULL,
};

/*
** ?1 wallet, ?2 at, ?3: 1 to see what is over too (lots that ended, moved on). `born`: the lot came
** alive here; one that moves before carries nothing. Then what it had paid when it came, and when
** it left or at ?2.
*/
static const char sql_read_holdings[] =
    "SELECT l.kind, l.units, " SQL_END_MS ", s.from_ms, s.to_ms, s.from_ms <= l.start_ms AS born,"
          " iif(s.from_ms <= l.start_ms, 0, " SQL_LOT_USED("l", "s.from_ms - 1") "),"
          " " SQL_LOT_USED("l", "min(?2, s.to_ms - 1)")
          " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l"
          " ON l.lot_id = s.lot_id"
          SQL_KNOWN_LIFE("?2")
          " WHERE s.wallet_id = ?1 AND s.from_ms <= ?2 AND l.start_ms <= ?2"
          "  AND l.start_ms < l.end_ms AND l.start_ms < s.to_ms"
          "  AND (?3 OR (" SQL_END_MS " > ?2 AND s.to_ms > ?2))";

enum column {
  TEAM_ID,
  AT,
  BALANCE,
  AVAILABLE,
  CLOUD_CREDITS,
  FLEX_TOKENS,
  UNCHARGED,
  TOTAL,
  USED,
  PURCHASED_EVER,
  USED_EVER,
  LAPSED_EVER,
  ACCESS,
  NEGATIVE_SINCE,
  GRACE_ENDS_AT,
  MIN_PURCHASE,
  NEXT_LAPSE_AT,
  NEXT_LAPSE_TOKENS,
  MOVED,
  PENDING,
  COLUMN_COUNT
};

struct wallet_row {
  int64_t wallet_id;
  struct wallet_state wallet_state;
  int64_t units[COLUMN_COUNT]; /* of the columns that show tokens */
  int64_t next_lapse_ms;       /* NEVER: no alive lot has anything left */
};

/* ---- lots ---- */

/* A lot's time in this wallet: a row of sql_read_stays. */
struct holding {
  struct text kind;
  int64_t end_ms, to_ms; /* of the lot; of the holding */
  bool born_here;
  bool sound;      /* all amounts below fit */
  bool gone;       /* had ended before it came: brings nothing */
  int64_t brought; /* units left when it came */
  int64_t left;    /* when it went on, ended, or at the instant asked for */
  int64_t used;    /* here: the difference */
};

static void read_holding(sqlite3_stmt *row, struct holding *holding) {
  int64_t units = sqlite3_column_int64(row, 1);
  holding->kind.bytes = (const char *)sqlite3_column_text(row, 0);
  holding->kind.size = sqlite3_column_bytes(row, 0);
  holding->end_ms = sqlite3_column_int64(row, 2);
  holding->to_ms = sqlite3_column_int64(row, 4);
  holding->gone = holding->end_ms <= sqlite3_column_int64(row, 3);
  holding->born_here = sqlite3_column_int(row, 5) != 0;
  holding->sound = units_sub(units, sqlite3_column_int64(row, 6), &holding->brought) &&
                   units_sub(units, sqlite3_column_int64(row, 7), &holding->left) &&
                   units_sub(holding->brought, holding->left, &holding->used);
}

static bool is_kind(struct text kind, struct text name) {
  return kind.size == name.size && kind.size > 0 &&
         memcmp(kind.bytes, name.bytes, (size_t)kind.size) == 0;
}

static bool add(struct wallet_row *wallet, enum column column, int64_t units) {
  return units_add(wallet->units[column], units, &wallet->units[column]);
}

static bool add_alive(struct wallet_row *wallet, const struct holding *holding,
                      const struct policies *policies) {
  if (holding->left > 0 &&
      (wallet->next_lapse_ms == NEVER || holding->end_ms < wallet->next_lapse_ms)) {
    wallet->next_lapse_ms = holding->end_ms;
    wallet->units[NEXT_LAPSE_TOKENS] = 0;
  }
  if (holding->end_ms == wallet->next_lapse_ms && !add(wallet, NEXT_LAPSE_TOKENS, holding->left)) {
    return false;
  }
  if (is_kind(holding->kind, policies->credit_kind) && !add(wallet, CLOUD_CREDITS, holding->left)) {
    return false;
  }
  if (is_kind(holding->kind, policies->flex_kind) && !add(wallet, FLEX_TOKENS, holding->left)) {
    return false;
  }
  return add(wallet, AVAILABLE, holding->left) && add(wallet, TOTAL, holding->brought) &&
         add(wallet, USED, holding->used);
}

/* False when an amount does not fit 64 bits. */
static bool add_holding(struct wallet_row *wallet, const struct holding *holding, int64_t at_ms,
                        const struct policies *policies) {
  if (!holding->sound) return false;
  if (holding->gone) return true;
  if (!add(wallet, holding->born_here ? PURCHASED_EVER : MOVED, holding->brought) ||
      !add(wallet, USED_EVER, holding->used)) {
    return false;
  }
  /* At one instant a lot lapses before it moves (Q28). */
  if (holding->to_ms <= at_ms && holding->to_ms < holding->end_ms) {
    return units_sub(wallet->units[MOVED], holding->left, &wallet->units[MOVED]);
  }
  if (holding->end_ms <= at_ms) return add(wallet, LAPSED_EVER, holding->left);
  return add_alive(wallet, holding, policies);
}

/* Never of what settle() stored. */
static int too_large(struct query_cursor *cursor) {
  return query_fail(
      cursor, SQLITE_ERROR,
      sqlite3_mprintf("wallet_balance: stored amounts do not fit 64 bits, team '%.80s',"
                      " read billing_check",
                      (const char *)sqlite3_column_text(cursor->rows, 0)));
}

static void read_holdings(struct query_cursor *cursor, const struct policies *policies, int *rc) {
  struct wallet_row *wallet = cursor->extra;
  struct store *store = query_store(cursor);
  sqlite3_stmt *row = store_take(store, sql_read_holdings, rc);
  struct holding holding;
  if (row) {
    sqlite3_bind_int64(row, 1, wallet->wallet_id);
    sqlite3_bind_int64(row, 2, cursor->at_ms);
    sqlite3_bind_int(row, 3, cursor->past);
  }
  while (store_row(row, rc)) {
    read_holding(row, &holding);
    if (!add_holding(wallet, &holding, cursor->at_ms, policies)) *rc = too_large(cursor);
  }
  store_put(store, sql_read_holdings, row, rc);
}

/* ---- one row ---- */

static int make_wallet(struct query_cursor *cursor) {
  struct wallet_row *wallet = cursor->extra;
  int rc = SQLITE_OK;
  const struct catalogue *catalogue = catalogue_get(query_store(cursor), &rc);
  if (!catalogue) return rc;
  memset(wallet, 0, sizeof(*wallet));
  wallet->wallet_id = sqlite3_column_int64(cursor->rows, 1);
  wallet->next_lapse_ms = NEVER;
  read_holdings(cursor, catalogue_policies(catalogue), &rc);
  wallet->wallet_state = store_state(query_store(cursor), wallet->wallet_id, cursor->at_ms, &rc);
  wallet->units[UNCHARGED] = wallet->wallet_state.debt;
  if (!units_sub(wallet->units[AVAILABLE], wallet->wallet_state.debt, &wallet->units[BALANCE])) {
    rc = too_large(cursor);
  }
  return rc;
}

/* ---- columns ---- */

static void result_time(sqlite3_context *context, int64_t ms) {
  char text[INSTANT_TEXT_SIZE];
  if (ms == NEVER) return;
  instant_format(ms, text);
  sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static int result_access(struct query_cursor *cursor, sqlite3_context *context) {
  const struct wallet_row *wallet = cursor->extra;
  struct wallet_state wallet_state;
  int rc = SQLITE_OK;
  enum access access =
      store_access(query_store(cursor), wallet->wallet_id, cursor->at_ms, &wallet_state, &rc);
  if (rc == SQLITE_OK) sqlite3_result_text(context, access_name(access), -1, SQLITE_STATIC);
  return rc;
}

static int result_min_purchase(struct query_cursor *cursor, sqlite3_context *context) {
  const struct wallet_row *wallet = cursor->extra;
  int rc = SQLITE_OK;
  sqlite3_result_double(context, store_min_purchase(query_store(cursor), wallet->wallet_state.debt,
                                                    cursor->at_ms, &rc));
  return rc;
}

static int wallet_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct wallet_row *wallet = cursor->extra;
  int64_t since = wallet->wallet_state.negative_since;
  switch ((enum column)column) {
    case TEAM_ID:
      return query_result(cursor, context, sqlite3_column_value(cursor->rows, 0));
    case AT:
      sqlite3_result_text(context, cursor->at, -1, SQLITE_TRANSIENT);
      break;
    case ACCESS:
      return result_access(cursor, context);
    case NEGATIVE_SINCE:
      result_time(context, since);
      break;
    case GRACE_ENDS_AT:
      if (since != NEVER) result_time(context, wallet->wallet_state.grace_ends);
      break;
    case MIN_PURCHASE:
      return result_min_purchase(cursor, context);
    case NEXT_LAPSE_AT:
      result_time(context, wallet->next_lapse_ms);
      break;
    case NEXT_LAPSE_TOKENS:
      if (wallet->next_lapse_ms == NEVER) break;
      sqlite3_result_double(context, units_to_tokens(wallet->units[column]));
      break;
    case PENDING:
      sqlite3_result_value(context, sqlite3_column_value(cursor->rows, 2));
      break;
    default:
      sqlite3_result_double(context, units_to_tokens(wallet->units[column]));
  }
  return SQLITE_OK;
}

static const struct query_maker wallet_maker = {
    .bytes = (int)sizeof(struct wallet_row),
    .make = make_wallet,
    .column = wallet_column,
};

const struct query_table wallet_balance_table = {
    .name = "wallet_balance",
    .columns =
        "team_id TEXT, at TIMESTAMP, balance REAL, available REAL,"
        " cloud_credits REAL, flex_tokens REAL, uncharged REAL, total REAL, used REAL,"
        " purchased_ever REAL, used_ever REAL, lapsed_ever REAL, access TEXT,"
        " negative_since TIMESTAMP, grace_ends_at TIMESTAMP, min_purchase REAL,"
        " next_lapse_at TIMESTAMP, next_lapse_tokens REAL, moved REAL, pending INTEGER,"
        " p_team TEXT HIDDEN, p_at TIMESTAMP HIDDEN",
    .rows = wallet_balance_rows,
    .key = BIT(0),
    .rows_per_team = 1,
    .past_columns = BIT(PURCHASED_EVER) | BIT(USED_EVER) | BIT(LAPSED_EVER) | BIT(MOVED),
    .dear_columns = BIT(PENDING),
    .maker = &wallet_maker,
};
