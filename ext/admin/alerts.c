/*
** The outbox follows the ledger: while the switch 'alerts' is on, settling calls alerts_settled()
** for each wallet that it has settled. There the alerts that hold are compared with the rows of
** alert_outbox that are open:
**
**   it holds, and no row is open      a new row; or the last one is open again, if it is the same
**     episode
**   it holds, and a row waits         the row says what holds now
**   it holds, and a row was picked up nothing, however its start has moved; a new episode gets a
**     new row
**   it does not hold                  a row that waits is withdrawn, one that was picked up is over
**
** So there is one place for the rule, whatever way the wallet was settled, and it asks the
** statements of billing_alert. Kinds that come with time (grace, block, lapse, trial, subscription)
** are put in by a scheduler (samples/alerts_due.sql); here they are only found to be over.
**
** The instant asked about is the last one that anything is known of: the last event of the wallet's
** lots and debts that has happened, or what the outbox speaks of, if that is later. It is the one
** place that reads the clock, and nothing of it reaches the ledger.
*/
#include <stdbool.h>
#include <string.h>

#include "admin/alerts.h"
#include "admin/functions.h"
#include "core/instant.h"
#include "facts/lookup.h"
#include "facts/sql_parts.h"
#include "store/error.h"
#include "store/query.h"
#include "store/store.h"
#include "tables/alert_parts.h"
#include "tables/billing_alert.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

#define NOTHING_YET "-9223372036854775808"

/*
** ?1 wallet, ?2 now. The last event of its lots that has happened, no table in between: it runs
**   with every usage. A
** lot's last entry is asked for unless the lot is used up or unused. The end of a lot is no event:
** it comes with time, unless the lot was voided or moved away.
*/
#define IF_PAST(ms) "iif(" ms " <= ?2, " ms ", " NOTHING_YET ")"

static const char sql_last_event[] =
    "SELECT max(max(" IF_PAST(SQL_ALIVE_FROM) ","
    "  ifnull(CASE WHEN l.used_up_ms < s.to_ms AND l.used_up_ms <= ?2 THEN l.used_up_ms"
    "   WHEN l.used_from_ms <= ?2 THEN (SELECT e.charged_ms FROM main.ledger_entry e"
    "    WHERE e.lot_id = l.lot_id AND e.charged_ms <= min(?2, s.to_ms - 1)"
    "    ORDER BY e.charged_ms DESC LIMIT 1) END, " NOTHING_YET "),"
    "  iif(s.to_ms < l.end_ms, " IF_PAST("s.to_ms") ", " NOTHING_YET "),"
    "  iif(l.end_ms = billing_ms(t.voided_at), " IF_PAST("l.end_ms") ", " NOTHING_YET ")))"
    " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    "  CROSS JOIN main.token_lot t ON t.lot_id = l.lot_id WHERE s.wallet_id = ?1";

/*
** ?1 wallet, ?2 now, ?3 the last event of its lots. The team, and the instant that is known last.
*/
static const char sql_known[] =
    "SELECT w.team_id, max(?3,"
    "  ifnull((SELECT max(n.at_ms) FROM main._billing_wallet_state n WHERE n.wallet_id = ?1"
    "   AND n.at_ms <= ?2), " NOTHING_YET
    "),"
    "  ifnull((SELECT max(max(billing_ms(o.at), ifnull(billing_ms(o.over_at), " NOTHING_YET
    ")))"
    "   FROM main.alert_outbox o WHERE o.team_id = w.team_id), " NOTHING_YET
    "))"
    " FROM main._billing_wallet w WHERE w.wallet_id = ?1";

/* ?1 wallet, ?2 at, ?3 team. Whether it owes anything; may be low; has a budget. */
static const char sql_condition[] =
    "SELECT billing_time(?2), " SQL_DEBT_AT("?1", "?2") " > 0,"
    " tokens(" SQL_BALANCE_AT("?1", "?2") ") <= "
    SQL_POLICY("low_balance_tokens", "30", "billing_time(?2)") ","
    " EXISTS (SELECT 1 FROM main.budget b WHERE b.team_id = ?3)";

static const char sql_open[] =
    "SELECT alert_id, alert, since, message, picked_at IS NOT NULL FROM main.alert_outbox"
    " WHERE team_id = ?1 AND over_at IS NULL";

static const char sql_withdraw[] = "DELETE FROM main.alert_outbox WHERE alert_id = ?1";

/* ?3 wallet, ?4 the instant known last. Debts say themselves when they ended. */
#define ENDED_AT                                                                                \
  "max(since, billing_time(CASE WHEN alert IN ('negative_balance', 'uncharged_usage',"          \
  "  'grace_ending', 'limited') THEN ifnull((SELECT min(n.at_ms)"                               \
  "   FROM main._billing_wallet_state n WHERE n.wallet_id = ?3 AND n.at_ms > billing_ms(since)" \
  "    AND CASE alert WHEN 'uncharged_usage' THEN n.debt_units = 0"                             \
  "     WHEN 'limited' THEN n.negative_since_ms IS NULL AND n.blocked_since_ms IS NULL"         \
  "     ELSE n.negative_since_ms IS NULL END), ?4) ELSE ?4 END))"

static const char sql_end[] =
    "UPDATE main.alert_outbox SET over_at = " ENDED_AT " WHERE alert_id = ?1";

/* The last episode, which is over, may have ended at another instant. ?1 team, ?2 alert */
static const char sql_end_again[] =
    "UPDATE main.alert_outbox SET over_at = " ENDED_AT
    " WHERE team_id = ?1 AND alert = ?2 AND over_at IS NOT NULL AND since = (SELECT max(since)"
    "  FROM main.alert_outbox WHERE team_id = ?1 AND alert = ?2)";

static const char sql_refresh[] =
    "UPDATE main.alert_outbox SET since = ?2, at = ?3, tokens = ?4, message = ?5, title = ?6"
    " WHERE alert_id = ?1 AND (since, at, tokens, message, title) IS NOT (?2, ?3, ?4, ?5, ?6)";

/* ?1 team, ?2 alert, ?3 since, ?4 message, where that is what differs */
static const char sql_reopen[] =
    "UPDATE main.alert_outbox SET over_at = NULL WHERE team_id = ?1 AND alert = ?2 AND since = ?3"
    " AND message = ifnull(?4, message)";

static const char sql_add[] =
    "INSERT INTO main.alert_outbox(team_id, alert, since, at, tokens, message, title)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

#define IS_WANTED(contact, alert)                               \
  "(" contact ".wants IS NULL OR instr(' ' || replace(" contact \
  ".wants, ',', ' ') || ' ',"                                   \
  " ' ' || " alert " || ' '))"

/*
** Row ?1 of the outbox as `o`, and who is informed of it. D68, D69: of uncharged usage also those
** who are informed of all that concerns an account that owns an app with such usage.
*/
#define ADDRESSED \
  "WITH o AS MATERIALIZED (SELECT team_id, alert, since, at, tokens, message, title,"\
  "  subject, text FROM main.alert_outbox WHERE alert_id = ?1),"            \
  " recipient(address) AS MATERIALIZED (SELECT c.address FROM o CROSS JOIN main.team t"      \
  "  ON t.team_id = o.team_id CROSS JOIN main.contact c ON c.account_id = t.account_id"      \
  "  AND ifnull(c.team_id, t.team_id) = t.team_id WHERE " IS_WANTED("c", "o.alert")          \
  " UNION SELECT c.address FROM o CROSS JOIN main.contact c ON c.team_id IS NULL"            \
  "  WHERE o.alert = 'uncharged_usage' AND " IS_WANTED("c", "o.alert")                       \
  "  AND c.account_id IN (SELECT " SQL_OWNER("u.client_id", "u.occurred_at") \
  "   FROM main._billing_wallet w CROSS JOIN main._billing_debt d"                           \
  "    ON d.wallet_id = w.wallet_id AND d.at_ms >= billing_ms(o.since)"                      \
  "   CROSS JOIN main.usage u ON u.usage_id = d.usage_id WHERE w.team_id = o.team_id)) "

#define TEXT_OF(row)                                                                \
  "ifnull('Team ' || (SELECT ifnull(t.name || ' (' || t.team_id || ')', t.team_id)" \
  "  FROM main.team t WHERE t.team_id = " row                                       \
  ".team_id) || ', since ', 'Since ')"                                              \
  " || " row ".since || ' UTC: ' || " row ".message"

static const char sql_address[] = ADDRESSED
    "UPDATE main.alert_outbox SET recipient = ifnull(recipient, (SELECT min(address)"
    " FROM recipient)), subject = title, text = " TEXT_OF("alert_outbox") " WHERE alert_id = ?1";

/* One row for each of the others. */
static const char sql_address_others[] = ADDRESSED
    "INSERT INTO main.alert_outbox(team_id, alert, since, at, tokens, message, title,"
    "  recipient, subject, text) SELECT o.team_id, o.alert, o.since, o.at, o.tokens, o.message,"
    "  o.title, r.address, o.subject, o.text FROM o CROSS JOIN recipient r"
    " WHERE r.address NOT IN (SELECT p.recipient FROM main.alert_outbox p"
    "  WHERE p.team_id IS o.team_id AND p.alert = o.alert AND p.message = o.message"
    "   AND p.since = o.since AND p.recipient IS NOT NULL) ORDER BY r.address";

/* ---- rows ---- */

struct found {
  char since[INSTANT_TEXT_SIZE];
  char *message, *title;
  double tokens;
  bool has_tokens;
};

struct open_row {
  int64_t alert_id;
  enum alert_kind kind;
  char since[INSTANT_TEXT_SIZE];
  char *message;
  bool picked;
};

/* A wallet whose alerts are compared. */
struct outbox {
  struct store *store;
  int *rc;
  int64_t wallet_id, at_ms;
  char *team_id;
  char at[INSTANT_TEXT_SIZE];
  bool owes, may_be_low, has_budget;
  struct open_row *open;
  int open_count, open_room;
  struct found *found; /* of the kind at hand */
  int found_count, found_room;
};

static void copy_instant(char *to, sqlite3_stmt *row, int column) {
  const char *text = (const char *)sqlite3_column_text(row, column);
  sqlite3_snprintf(INSTANT_TEXT_SIZE, to, "%s", text ? text : "");
}

static char *copy_text(struct outbox *outbox, sqlite3_stmt *row, int column) {
  char *copy = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(row, column));
  if (!copy && *outbox->rc == SQLITE_OK) *outbox->rc = SQLITE_NOMEM;
  return copy;
}

static void forget_found(struct outbox *outbox) {
  for (int i = 0; i < outbox->found_count; i++) {
    sqlite3_free(outbox->found[i].message);
    sqlite3_free(outbox->found[i].title);
  }
  outbox->found_count = 0;
}

static void outbox_free(struct outbox *outbox) {
  forget_found(outbox);
  for (int i = 0; i < outbox->open_count; i++) sqlite3_free(outbox->open[i].message);
  sqlite3_free(outbox->found);
  sqlite3_free(outbox->open);
  sqlite3_free(outbox->team_id);
}

static void read_condition(struct outbox *outbox) {
  sqlite3_stmt *row = query_open(outbox->store, sql_condition, outbox->rc, "iiz", outbox->wallet_id,
                                 outbox->at_ms, outbox->team_id);
  if (store_row(row, outbox->rc)) {
    copy_instant(outbox->at, row, 0);
    outbox->owes = sqlite3_column_int(row, 1) != 0;
    outbox->may_be_low = sqlite3_column_int(row, 2) != 0;
    outbox->has_budget = sqlite3_column_int(row, 3) != 0;
  }
  store_put(outbox->store, sql_condition, row, outbox->rc);
}

/* False: nothing is known of the wallet. */
static bool read_known(struct outbox *outbox) {
  int64_t now_ms = store_ask(outbox->store, sql_read_now, outbox->rc);
  int64_t event_ms = query_number(outbox->store, sql_last_event, INT64_MIN, outbox->rc, "ii",
                                  outbox->wallet_id, now_ms);
  sqlite3_stmt *row =
      query_open(outbox->store, sql_known, outbox->rc, "iii", outbox->wallet_id, now_ms, event_ms);
  bool known = store_row(row, outbox->rc) && sqlite3_column_int64(row, 1) != INT64_MIN;
  if (known) {
    outbox->team_id = copy_text(outbox, row, 0);
    outbox->at_ms = sqlite3_column_int64(row, 1);
  }
  store_put(outbox->store, sql_known, row, outbox->rc);
  if (known) read_condition(outbox);
  return known;
}

static enum alert_kind kind_of(const char *name) {
  int kind = 0;
  while (kind < ALERT_KINDS && strcmp(alert_names[kind], name ? name : "") != 0) kind++;
  return (enum alert_kind)kind;
}

static void read_open(struct outbox *outbox) {
  sqlite3_stmt *row = query_open(outbox->store, sql_open, outbox->rc, "z", outbox->team_id);
  while (store_row(row, outbox->rc)) {
    struct open_row *open;
    outbox->open =
        store_grow(outbox->open, outbox->open_count, &outbox->open_room, sizeof(*open), outbox->rc);
    if (*outbox->rc != SQLITE_OK) break;
    open = &outbox->open[outbox->open_count++];
    open->alert_id = sqlite3_column_int64(row, 0);
    open->kind = kind_of((const char *)sqlite3_column_text(row, 1));
    copy_instant(open->since, row, 2);
    open->message = copy_text(outbox, row, 3);
    open->picked = sqlite3_column_int(row, 4) != 0;
  }
  store_put(outbox->store, sql_open, row, outbox->rc);
}

/* ---- what holds ---- */

static sqlite3_stmt *ask_kind(struct outbox *outbox, enum alert_kind kind, int64_t at_ms,
                              const char *at) {
  return query_open(outbox->store, billing_alert_rows[kind], outbox->rc, "ziz", outbox->team_id,
                    at_ms, at);
}

static void add_found(struct outbox *outbox, enum alert_kind kind, sqlite3_stmt *row) {
  struct found *found;
  outbox->found = store_grow(outbox->found, outbox->found_count, &outbox->found_room,
                             sizeof(*found), outbox->rc);
  if (*outbox->rc != SQLITE_OK) return;
  found = &outbox->found[outbox->found_count++];
  copy_instant(found->since, row, 3);
  found->has_tokens = sqlite3_column_type(row, 4) != SQLITE_NULL;
  found->tokens = sqlite3_column_double(row, 4);
  found->message = copy_text(outbox, row, 5);
  found->title = copy_text(outbox, row, 6);
  if (kind == ALERT_LOW_BALANCE) {
    int64_t since = alert_low_since(outbox->store, sqlite3_column_int64(row, 7),
                                    sqlite3_column_int64(row, 8), outbox->at_ms, outbox->rc);
    instant_format(since, found->since);
  }
}

static void find(struct outbox *outbox, enum alert_kind kind) {
  sqlite3_stmt *row = ask_kind(outbox, kind, outbox->at_ms, outbox->at);
  forget_found(outbox);
  while (store_row(row, outbox->rc)) add_found(outbox, kind, row);
  store_put(outbox->store, billing_alert_rows[kind], row, outbox->rc);
}

/* A team may have several of these at a time: one for each instant, or for each budget. */
static bool tells_by_since(enum alert_kind kind) {
  return kind == ALERT_LOTS_LAPSING || kind == ALERT_UNUSUAL_SPEND;
}

static bool is_of(enum alert_kind kind, const struct open_row *open, const struct found *found) {
  if (open->kind != kind) return false;
  if (tells_by_since(kind)) return strcmp(open->since, found->since) == 0;
  return kind != ALERT_BUDGET_EXCEEDED || strcmp(open->message, found->message) == 0;
}

/*
** What was picked up held already at its start, and what holds now began later: it has been over in
** between. Where it does not hold at its start any more, its start has moved.
*/
static bool is_new_episode(struct outbox *outbox, const struct open_row *open,
                           const struct found *found) {
  sqlite3_stmt *row;
  bool held;
  int64_t ms;
  if (strcmp(found->since, open->since) <= 0 ||
      !instant_parse(open->since, strlen(open->since), &ms)) {
    return false;
  }
  row = ask_kind(outbox, open->kind, ms, open->since);
  held = store_row(row, outbox->rc);
  store_put(outbox->store, billing_alert_rows[open->kind], row, outbox->rc);
  return held;
}

/* ---- writing ---- */

static void end(struct outbox *outbox, const struct open_row *open) {
  if (open->picked) {
    query_run(outbox->store, sql_end, outbox->rc, "izii", open->alert_id, "", outbox->wallet_id,
              outbox->at_ms);
  } else {
    query_run(outbox->store, sql_withdraw, outbox->rc, "i", open->alert_id);
  }
}

static void bind_tokens(sqlite3_stmt *statement, int parameter, const struct found *found) {
  if (statement && found->has_tokens) sqlite3_bind_double(statement, parameter, found->tokens);
}

/* Until it is picked up it says what holds now. */
static void refresh(struct outbox *outbox, const struct open_row *open, const struct found *found) {
  sqlite3_stmt *set = query_open(outbox->store, sql_refresh, outbox->rc, "izzzzz", open->alert_id,
                                 found->since, outbox->at, NULL, found->message, found->title);
  bind_tokens(set, 4, found);
  store_run(outbox->store, sql_refresh, set, outbox->rc);
  if (*outbox->rc == SQLITE_OK && sqlite3_changes(outbox->store->db) > 0) {
    query_run(outbox->store, sql_address, outbox->rc, "i", open->alert_id);
  }
}

static void add(struct outbox *outbox, enum alert_kind kind, const struct found *found) {
  sqlite3_stmt *row;
  query_run(outbox->store, sql_reopen, outbox->rc, "zzzz", outbox->team_id, alert_names[kind],
            found->since, kind == ALERT_BUDGET_EXCEEDED ? found->message : NULL);
  if (*outbox->rc != SQLITE_OK || sqlite3_changes(outbox->store->db) > 0) return;
  row = query_open(outbox->store, sql_add, outbox->rc, "zzzzzzz", outbox->team_id,
                   alert_names[kind], found->since, outbox->at, NULL, found->message, found->title);
  bind_tokens(row, 5, found);
  store_run(outbox->store, sql_add, row, outbox->rc);
}

/* Alerts found of a kind against the rows that are open. */
static void take(struct outbox *outbox, enum alert_kind kind, const struct found *found) {
  int64_t written = 0;
  for (int i = 0; i < outbox->open_count && *outbox->rc == SQLITE_OK; i++) {
    struct open_row *open = &outbox->open[i];
    if (!is_of(kind, open, found)) continue;
    if (!open->picked) {
      refresh(outbox, open, found);
    } else if (is_new_episode(outbox, open, found)) {
      end(outbox, open);
      continue;
    }
    written = open->alert_id;
  }
  if (!written) {
    add(outbox, kind, found);
  } else if (kind == ALERT_UNCHARGED_USAGE) {
    /* Another owner's app may have joined. */
    query_run(outbox->store, sql_address_others, outbox->rc, "i", written);
  }
}

static void end_what_is_over(struct outbox *outbox, enum alert_kind kind) {
  for (int i = 0; i < outbox->open_count && *outbox->rc == SQLITE_OK; i++) {
    bool holds = outbox->open[i].kind != kind;
    for (int k = 0; k < outbox->found_count && !holds; k++) {
      holds = is_of(kind, &outbox->open[i], &outbox->found[k]);
    }
    if (!holds) end(outbox, &outbox->open[i]);
  }
}

static void compare(struct outbox *outbox, enum alert_kind kind, bool past) {
  find(outbox, kind);
  end_what_is_over(outbox, kind);
  for (int k = 0; k < outbox->found_count && *outbox->rc == SQLITE_OK; k++) {
    take(outbox, kind, &outbox->found[k]);
  }
  if (past && outbox->found_count == 0 &&
      (kind == ALERT_NEGATIVE_BALANCE || kind == ALERT_UNCHARGED_USAGE)) {
    query_run(outbox->store, sql_end_again, outbox->rc, "zzii", outbox->team_id, alert_names[kind],
              outbox->wallet_id, outbox->at_ms);
  }
}

/* Settling puts in what follows from it, and finds to be over whatever is there. */
static bool concerns(const struct outbox *outbox, enum alert_kind kind, bool past) {
  for (int i = 0; i < outbox->open_count; i++) {
    if (outbox->open[i].kind == kind) return true;
  }
  if (kind == ALERT_NEGATIVE_BALANCE || kind == ALERT_UNCHARGED_USAGE) return past || outbox->owes;
  if (kind == ALERT_LOW_BALANCE) return outbox->may_be_low;
  return kind == ALERT_BUDGET_EXCEEDED && outbox->has_budget;
}

void alerts_settled(struct store *store, int64_t wallet_id, int past, int *rc) {
  struct outbox outbox;
  memset(&outbox, 0, sizeof(outbox));
  outbox.store = store;
  outbox.wallet_id = wallet_id;
  outbox.rc = rc;
  if (read_known(&outbox)) {
    read_open(&outbox);
    for (int kind = 0; kind < ALERT_KINDS && *rc == SQLITE_OK; kind++) {
      if (concerns(&outbox, (enum alert_kind)kind, past)) {
        compare(&outbox, (enum alert_kind)kind, past);
      }
    }
  }
  outbox_free(&outbox);
}

/* ---- functions that triggers call ---- */

/*
** billing_alert_address(alert_id): a row of the outbox gets its recipient, subject and text, and a
** copy for each of the other recipients; returns 1.
*/
static void address(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  (void)argc;
  if (called_outside_trigger(context, "billing_alert_address")) return;
  query_run(store, sql_address, &rc, "v", argv[0]);
  query_run(store, sql_address_others, &rc, "v", argv[0]);
  if (rc == SQLITE_OK) {
    sqlite3_result_int(context, 1);
  } else {
    complain_of_sqlite(context, rc, "alert_outbox");
  }
}

const struct function_def alert_functions[] = {
    {"billing_alert_address", 1, SQLITE_INNOCUOUS, address,
     "innocuous: a trigger calls it; it tells the outbox's own rows from the contacts"},
    {NULL, 0, 0, NULL, NULL},
};
