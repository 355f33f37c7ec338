/*
** explain_charge(usage_id): why a usage costs what it costs, and who and what paid it, one step a
** row.
**
** The order is that of settling: usage, names, payer, terms, rate, lots in draw order, debt,
** offsets, result. What is stored is told as last settled; where facts wait for settle(), a step
** says so.
*/
#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "facts/catalogue.h"
#include "facts/closed.h"
#include "facts/known.h"
#include "facts/rater.h"
#include "store/query.h"
#include "store/show.h"
#include "tables/explain.h"
#include "facts/sql_parts.h"
#include "tables/reading_parts.h"
#include "facts/lookup.h"
#include "facts/access_guard.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_explain_one[] = "SELECT usage_id FROM main.usage WHERE usage_id = ?1";

static const char sql_explain_all[] = "SELECT usage_id FROM main.usage WHERE ?1 IS NULL";

static const char sql_explain_usage[] =
    "SELECT " SQL_USAGE ", billing_ms(u.occurred_at), " SQL_NAMES
    " FROM main.usage u WHERE u.usage_id = ?1";

/* ?1 client, ?2 at */
#define SQL_EXPLAIN_OWNER(T) "SELECT " SQL_OWNER_OF(T, "?1", "?2")

/*
** The facts that make a team pay, in the order of SQL_PAYER: ?1 client, ?2 at, ?3 owner. They are
** three statements, since one that takes the first of three needs temporary tables.
*/
#define SQL_EXPLAIN_ASSIGNED(T)                      \
  "SELECT team_id, billing_ms(assigned_at) FROM " T( \
      app_team) " WHERE client_id = ?1 AND assigned_at <= ?2 ORDER BY assigned_at DESC LIMIT 1"
#define SQL_EXPLAIN_PRODUCT(T) \
  "SELECT team_id, billing_ms(assigned_at) FROM " T(product_assignment)                        \
  " WHERE account_id = ?3 AND assigned_at <= ?2 AND (revoked_at IS NULL OR revoked_at > ?2)"   \
  " ORDER BY assigned_at DESC LIMIT 1"
#define SQL_EXPLAIN_FIRST(T)                                           \
  "SELECT team_id, NULL FROM (SELECT min(team_id) AS team_id FROM " T( \
      team) " WHERE account_id = ?3) WHERE team_id IS NOT NULL"

#define SQL_EXPLAIN_TERMS(T) \
  "SELECT a.account_id, " SQL_IS_EBA_OF(T, "a", "?2")                               \
  ", billing_ms(a.trial_started_at), billing_ms(a.trial_ended_at)"                  \
  " FROM " T(team) " t JOIN " T(account) " a USING (account_id) WHERE t.team_id = ?1"

static const char *const sql_explain_owner[] = {SQL_EXPLAIN_OWNER(NOW), SQL_EXPLAIN_OWNER(THEN)};
static const char *const sql_explain_payer[][2] = {
    {SQL_EXPLAIN_ASSIGNED(NOW), SQL_EXPLAIN_ASSIGNED(THEN)},
    {SQL_EXPLAIN_PRODUCT(NOW), SQL_EXPLAIN_PRODUCT(THEN)},
    {SQL_EXPLAIN_FIRST(NOW), SQL_EXPLAIN_FIRST(THEN)},
};
enum payer_fact { BY_APP, BY_PRODUCT, BY_ACCOUNT, PAYER_FACTS };
static const char *const sql_explain_terms[] = {SQL_EXPLAIN_TERMS(NOW), SQL_EXPLAIN_TERMS(THEN)};

static const char sql_explain_pending[] =
    "SELECT ?1 > " SQL_SETTLED_UPTO " OR " SQL_IS_LISTED("?1");

/* The wallet that pays by the facts as they are: ?1 client, ?2 at */
static const char sql_explain_wallet[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = " SQL_PAYER("?1", "?2");

/* Of usage that costs nothing. */
static const char sql_explain_status[] =
    "SELECT status FROM main._billing_free_usage WHERE wallet_id = ?1 AND at_ms = ?2"
    " AND usage_id = ?3";

static const char sql_explain_mark[] = "SELECT ifnull(min(from_ms), " SQL_END_OF_TIME
                                       ") FROM " SQL_MARKS " WHERE wallet_id IN (0, ?1)";

enum column { USAGE_ID, STEP, WHAT, SUBJECT, TOKENS, AT, REASON, COLUMN_COUNT };

/* ---- steps ---- */

sqlite3_stmt *explain_take(struct explain *explain, const char *const sql[2]) {
  return known_take(explain->store, sql, explain->version, &explain->rc);
}

void explain_put(struct explain *explain, const char *const sql[2], sqlite3_stmt *statement) {
  known_put(explain->store, sql, explain->version, statement, &explain->rc);
}

sqlite3_str *explain_text(struct explain *explain) {
  return sqlite3_str_new(explain->store->db);
}

static char *finish(struct explain *explain, sqlite3_str *text) {
  char *finished;
  if (!text) return NULL;
  if (sqlite3_str_errcode(text) != SQLITE_OK) explain->rc = sqlite3_str_errcode(text);
  finished = sqlite3_str_finish(text);
  return finished;
}

void explain_add(struct explain *explain, const char *what, sqlite3_str *subject, int64_t units,
                 int64_t at_ms, sqlite3_str *reason) {
  struct explain_step *step = result_add(explain->cursor, &explain->rc);
  char *subject_text = finish(explain, subject);
  char *reason_text = finish(explain, reason);
  if (!step) {
    sqlite3_free(subject_text);
    sqlite3_free(reason_text);
    return;
  }
  step->usage_id = explain->usage_id;
  step->step = explain->cursor->batch.count;
  step->what = what;
  step->subject = subject_text;
  step->reason = reason_text;
  step->units = units;
  step->at_ms = at_ms;
}

static sqlite3_str *text_of(struct explain *explain, sqlite3_stmt *row, int column) {
  sqlite3_str *text = explain_text(explain);
  sqlite3_str_append(text, (const char *)sqlite3_column_text(row, column),
                     sqlite3_column_bytes(row, column));
  return text;
}

static sqlite3_str *say(struct explain *explain, const char *words) {
  sqlite3_str *text = explain_text(explain);
  sqlite3_str_appendall(text, words);
  return text;
}

int64_t explain_minus(struct explain *explain, int64_t a, int64_t b) {
  int64_t rest = 0;
  if (!units_sub(a, b, &rest) && explain->rc == SQLITE_OK) {
    explain->rc =
        query_fail(explain->cursor, SQLITE_ERROR,
                   sqlite3_mprintf("explain_charge: stored amounts do not fit 64 bits, usage %lld,"
                                   " read billing_check",
                                   (long long)explain->usage_id));
  }
  return rest;
}

/* ---- the usage ---- */

static void tell_usage(struct explain *explain) {
  sqlite3_stmt *usage = explain->usage;
  sqlite3_str *reason = explain_text(explain);
  show_number(reason, sqlite3_column_double(usage, U_QUANTITY));
  sqlite3_str_appendall(reason, " of ");
  show_column(reason, usage, U_API);
  if (sqlite3_column_type(usage, U_SKU) != SQLITE_NULL) {
    sqlite3_str_appendall(reason, ", sku ");
    show_column(reason, usage, U_SKU);
  }
  sqlite3_str_appendall(reason, ", ");
  show_column(reason, usage, U_OUTCOME);
  explain_add(explain, "usage", text_of(explain, usage, U_CLIENT), NO_UNITS, explain->occurred_ms,
              reason);
}

/* ---- who pays ---- */

static void tell_nobody(struct explain *explain, sqlite3_stmt *owner) {
  bool owned = sqlite3_column_type(owner, 0) != SQLITE_NULL;
  sqlite3_str *reason = explain_text(explain);
  sqlite3_str_appendall(reason, owned ? "nobody pays: its owner " : "nobody pays: ");
  if (owned) {
    show_column(reason, owner, 0);
  } else {
    show_column(reason, explain->usage, U_CLIENT);
  }
  sqlite3_str_appendall(reason, owned ? " has no team" : " has no row in app");
  explain_add(explain, "unassigned", NULL, NO_UNITS, NEVER, reason);
}

static void tell_payer(struct explain *explain, enum payer_fact fact, sqlite3_stmt *payer,
                       sqlite3_stmt *owner) {
  sqlite3_str *reason = explain_text(explain);
  if (fact == BY_APP) {
    sqlite3_str_appendall(reason, "assigned to the app (app_team)");
  } else {
    sqlite3_str_appendall(
        reason, fact == BY_PRODUCT ? "the team of its owner " : "first team of its owner ");
    show_column(reason, owner, 0);
    sqlite3_str_appendall(
        reason, fact == BY_PRODUCT ? " (product_assignment)" : "; nothing was assigned by then");
  }
  explain_add(explain, "payer", text_of(explain, payer, 0), NO_UNITS,
              fact == BY_ACCOUNT ? NEVER : sqlite3_column_int64(payer, 1), reason);
}

/* Trial and EBA of the paying team's account; true: they decide, and no price is needed. */
static bool tell_terms(struct explain *explain, sqlite3_value *team_id) {
  const struct catalogue *catalogue = catalogue_at(explain->store, explain->version, &explain->rc);
  sqlite3_stmt *row = explain_take(explain, sql_explain_terms);
  struct terms terms = {false, 0, 0, false};
  bool on_trial = false;
  if (row) {
    sqlite3_bind_value(row, 1, team_id);
    sqlite3_bind_value(row, 2, sqlite3_column_value(explain->usage, U_OCCURRED_AT));
  }
  if (catalogue && store_row(row, &explain->rc)) {
    terms_from_row(row, 1, catalogue, &terms);
    on_trial = explain->occurred_ms >= terms.trial_from && explain->occurred_ms < terms.trial_to;
  }
  if (terms.excluded) {
    explain_add(explain, "excluded", text_of(explain, row, 0), 0, NEVER,
                say(explain, "under an enterprise agreement: outside these rules"));
  } else if (on_trial) {
    sqlite3_str *reason = say(explain, "on trial until ");
    show_time(reason, terms.trial_to);
    explain_add(explain, "trial", text_of(explain, row, 0), 0, terms.trial_from, reason);
  }
  explain_put(explain, sql_explain_terms, row);
  return terms.excluded || on_trial;
}

static void bind_client(struct explain *explain, sqlite3_stmt *row) {
  if (!row) return;
  sqlite3_bind_value(row, 1, sqlite3_column_value(explain->usage, U_CLIENT));
  sqlite3_bind_value(row, 2, sqlite3_column_value(explain->usage, U_OCCURRED_AT));
}

/* Whether the fact says who pays; payer, terms and price are told then. */
static bool tell_paid_by(struct explain *explain, enum payer_fact fact, sqlite3_stmt *owner) {
  const char *const *sql = sql_explain_payer[fact];
  sqlite3_stmt *payer = explain_take(explain, sql);
  bool found;
  bind_client(explain, payer);
  if (payer && fact != BY_APP) sqlite3_bind_value(payer, 3, sqlite3_column_value(owner, 0));
  found = store_row(payer, &explain->rc) != 0;
  if (found) {
    tell_payer(explain, fact, payer, owner);
    if (!tell_terms(explain, sqlite3_column_value(payer, 0))) explain_price(explain);
  }
  explain_put(explain, sql, payer);
  return found;
}

/* The facts of the owner, where no team is assigned to the app. */
static void tell_paid_by_owner(struct explain *explain) {
  sqlite3_stmt *owner = explain_take(explain, sql_explain_owner);
  bool found = false;
  bind_client(explain, owner);
  store_row(owner, &explain->rc);
  for (int fact = BY_PRODUCT; fact < PAYER_FACTS && !found && explain->rc == SQLITE_OK; fact++) {
    found = tell_paid_by(explain, (enum payer_fact)fact, owner);
  }
  if (!found && explain->rc == SQLITE_OK) tell_nobody(explain, owner);
  explain_put(explain, sql_explain_owner, owner);
}

/* Payer, terms and price: what settling made of the usage, or would make by the facts now. */
static void tell_facts(struct explain *explain) {
  if (!tell_paid_by(explain, BY_APP, NULL)) tell_paid_by_owner(explain);
}

/* ---- where it stands ---- */

static sqlite3_str *name_team(struct explain *explain, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(explain->store, sql_names_of_wallet, &explain->rc);
  sqlite3_str *text = NULL;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, &explain->rc)) text = text_of(explain, row, 0);
  store_put(explain->store, sql_names_of_wallet, row, &explain->rc);
  return text;
}

/* NULL also for a name that could not be converted; the reset of its row tells of that. */
static const char *status_of(const char *name) {
  if (!name) return NULL;
  if (strcmp(name, "free") == 0) return "free";
  if (strcmp(name, "trial") == 0) return "trial";
  return strcmp(name, "excluded") == 0 ? "excluded" : NULL;
}

/*
** Closed periods keep the payer of their time, so another wallet than today's may have the usage.
*/
static void find_place(struct explain *explain) {
  sqlite3_stmt *row;
  int64_t payer_id = query_number(explain->store, sql_explain_wallet, 0, &explain->rc, "vv",
                                  sqlite3_column_value(explain->usage, U_CLIENT),
                                  sqlite3_column_value(explain->usage, U_OCCURRED_AT));
  explain->counted_ms = close_find_usage(explain->store, payer_id, explain->usage_id,
                                         explain->occurred_ms, &explain->wallet_id, &explain->rc);
  if (!explain->wallet_id) return;
  explain->version = known_version(explain->store, explain->wallet_id, explain->counted_ms,
                                   &explain->closed_ms, &explain->rc);
  row = query_open(explain->store, sql_explain_status, &explain->rc, "iii", explain->wallet_id,
                   explain->counted_ms, explain->usage_id);
  if (store_row(row, &explain->rc)) {
    explain->status = status_of((const char *)sqlite3_column_text(row, 0));
  }
  store_put(explain->store, sql_explain_status, row, &explain->rc);
}

/* Facts of the wallet have changed since, from this instant or an earlier one. */
static void tell_mark(struct explain *explain) {
  int64_t from_ms = query_number(explain->store, sql_explain_mark, INT64_MAX, &explain->rc, "i",
                                 explain->wallet_id);
  if (explain->version || from_ms > explain->counted_ms) return;
  explain_add(explain, "pending", NULL, NO_UNITS, from_ms,
              say(explain, "facts changed from then on; below is as last settled"));
}

static void tell_close(struct explain *explain) {
  int64_t closed_ms = explain->counted_ms;
  sqlite3_str *reason;
  if (explain->counted_ms > explain->occurred_ms) {
    reason = say(explain, "recorded after the close, so it counts at the close");
  } else if (explain->version) {
    closed_ms = explain->closed_ms;
    reason = say(explain, "closed until then: final, whatever changed since");
  } else {
    return;
  }
  explain_add(explain, "closed period", name_team(explain, explain->wallet_id), NO_UNITS, closed_ms,
              reason);
}

static bool is_pending(struct explain *explain) {
  return query_number(explain->store, sql_explain_pending, 0, &explain->rc, "i",
                      explain->usage_id) != 0;
}

static void tell_place(struct explain *explain, bool pending) {
  if (pending) {
    explain_add(explain, "pending", NULL, NO_UNITS, NEVER,
                say(explain, "not settled yet, run SELECT settle()"));
    return;
  }
  if (!explain->wallet_id || explain->rc != SQLITE_OK) return;
  tell_mark(explain);
  tell_close(explain);
  if (explain->status) {
    sqlite3_str *subject = say(explain, explain->status);
    explain_add(explain, "result", subject, 0, NEVER, say(explain, "nothing is charged"));
  } else {
    explain_payment(explain);
  }
}

/* ---- the table ---- */

static int explain_usage(struct query_cursor *cursor, int64_t usage_id) {
  struct explain explain = {.cursor = cursor, .store = query_store(cursor), .usage_id = usage_id};
  explain.usage = store_take(explain.store, sql_explain_usage, &explain.rc);
  if (explain.usage) sqlite3_bind_int64(explain.usage, 1, usage_id);
  if (store_row(explain.usage, &explain.rc)) {
    explain.occurred_ms = sqlite3_column_int64(explain.usage, U_OCCURRED_MS);
    bool pending = is_pending(&explain);
    if (!pending) find_place(&explain);
    tell_usage(&explain);
    explain_names(&explain);
    tell_facts(&explain);
    tell_place(&explain, pending);
  }
  store_put(explain.store, sql_explain_usage, explain.usage, &explain.rc);
  return explain.rc;
}

/* A batch is a usage. */
static int explain_fill(struct query_cursor *cursor) {
  struct query_batch *batch = &cursor->batch;
  sqlite3_value *usage = query_given(cursor, PARAM_USAGE);
  int rc = SQLITE_OK;
  if (batch->number == 1) {
    batch->keys_id = usage ? sql_explain_one : sql_explain_all;
    batch->keys = store_take(query_store(cursor), batch->keys_id, &rc);
    if (batch->keys && usage) sqlite3_bind_value(batch->keys, 1, usage);
  }
  if (!store_row(batch->keys, &rc)) return rc;
  return explain_usage(cursor, sqlite3_column_int64(batch->keys, 0));
}

static int explain_column(struct query_cursor *cursor, sqlite3_context *context, int column) {
  const struct explain_step *step = result_row(cursor);
  char text[INSTANT_TEXT_SIZE];
  switch ((enum column)column) {
    case USAGE_ID:
      sqlite3_result_int64(context, step->usage_id);
      break;
    case STEP:
      sqlite3_result_int(context, step->step);
      break;
    case WHAT:
      sqlite3_result_text(context, step->what, -1, SQLITE_STATIC);
      break;
    case SUBJECT:
      return query_result_text(context, step->subject);
    case TOKENS:
      if (step->units != NO_UNITS) sqlite3_result_double(context, units_to_tokens(step->units));
      break;
    case AT:
      if (step->at_ms == NEVER) break;
      instant_format(step->at_ms, text);
      sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
      break;
    default:
      return query_result_text(context, step->reason);
  }
  return SQLITE_OK;
}

static void explain_drop(void *row) {
  struct explain_step *step = row;
  sqlite3_free(step->subject);
  sqlite3_free(step->reason);
}

static void explain_key(const void *row, sqlite3_str *key) {
  const struct explain_step *step = row;
  sqlite3_str_appendf(key, "%lld,%d", (long long)step->usage_id, step->step);
}

static const struct query_batches explain_batches = {
    .row_bytes = (int)sizeof(struct explain_step),
    .fill = explain_fill,
    .column = explain_column,
    .key = explain_key,
    .drop = explain_drop,
};

const struct query_table explain_charge_table = {
    .name = "explain_charge",
    .columns =
        "usage_id BIGINT, step INTEGER, what TEXT, subject TEXT,"
        " tokens REAL, at TIMESTAMP, reason TEXT, p_usage BIGINT HIDDEN",
    .rows_per_team = 10,
    .batches = &explain_batches,
};
