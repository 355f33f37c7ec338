/*
** The checks of facts.
**
** A trigger before a change (printed from facts.def) hands its row to billing_valid_new() or
** billing_valid_row(), and the key of a row that is to go to billing_unused(). What a column may
** hold and what it refers to is described in facts.def; what only one table asks stands here, and
** what else precedes a change in steps.c. They answer, or fail with SQLITE_CONSTRAINT and a text
** that names table, column, value and remedy.
**
** Why functions and not CHECK or NOT NULL: INSERT OR IGNORE drops rows that fail those without a
** word, and RAISE() takes only a fixed text before SQLite 3.47. A function's error always surfaces.
** The answer is written to _billing_main: see docs/host.md and taken.h.
*/
#include "facts/functions.h"

#include <string.h>

#include "core/instant.h"
#include "core/rating.h"
#include "core/units.h"
#include "facts/access_guard.h"
#include "core/utf8.h"
#include "facts/column_rule.h"
#include "facts/spelling.h"
#include "facts/steps.h"
#include "facts/taken.h"
#include "store/error.h"
#include "store/query.h"
#include "store/store.h"
#include "store/text.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_valid_alias[] =
    "SELECT 1 FROM main.api_alias WHERE alias = ?1 COLLATE NOCASE";

static const char sql_valid_api[] = "SELECT 1 FROM main.api WHERE api = ?1 COLLATE NOCASE";

static const char sql_valid_tiers[] =
    "SELECT count(*) FROM main.rate_tier"
    " WHERE api = ?1 AND sku = ?2 AND effective_from = ?3 AND above <> ?4";

static const char sql_valid_lot_end[] =
    "SELECT datetime(?1, " SQL_POLICY("lot_term", "'+1 year'", "?1") ")";

static const char sql_valid_lot_purchase[] =
    "SELECT purchased_at FROM main.token_lot WHERE lot_id = ?1";

static const char sql_valid_lot_move[] =
    "SELECT min(moved_at) FROM main.lot_move WHERE lot_id = ?1";

static const char sql_valid_term[] = "SELECT datetime('2000-01-01', ?1)";

/* ?2: the instant from which the term is that of purchases, NULL: before all. */
static const char sql_valid_term_of_lots[] =
    "SELECT 1 FROM main.token_lot WHERE expires_at IS NULL AND datetime(purchased_at, ?1) IS NULL"
    " AND purchased_at >= ifnull(?2, '') AND purchased_at < ifnull((SELECT min(effective_from)"
    "  FROM main.policy_change WHERE name = 'lot_term' AND effective_from > ifnull(?2, '')), 'A')";

/* The days that a close may lie ahead, or -1 where it does not lie farther. */
static const char sql_valid_close_ahead[] =
    "SELECT iif(utc(?1) > datetime('now', days || ' days'), days, -1) FROM"
    " (SELECT " SQL_POLICY("max_close_days_ahead", "400", "datetime('now')") " AS days)";

static const char sql_valid_close[] =
    "SELECT max(closed_until) FROM main.period_close WHERE team_id = ?1";

#define MAX_FACTOR 1e6   /* of unusual spend */
#define MAX_DAYS 36500.0 /* a hundred years */
#define MAX_FORECAST_DAYS 730.0

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/*
** A row about to be written. A check returns false once it has failed the call, or put its error
** in rc.
*/
struct row {
  sqlite3_context *context;
  struct store *store;
  enum fact_id id;
  const struct column *columns;
  sqlite3_value **values;
  sqlite3_value **old_key;    /* of the row that is updated, where that counts; else NULL */
  struct spelled_row spelled; /* `values` are its values, once started */
  int rc;
};

static bool refuse_column(struct row *row, int column, const char *wrong, const char *remedy) {
  if (row->rc != SQLITE_OK) return false; /* what was asked has no answer */
  return refuse(row->context, &row->columns[column], wrong, row->values[column], remedy);
}

static bool is_null(const struct row *row, int column) {
  return sqlite3_value_type(row->values[column]) == SQLITE_NULL;
}

/* ---- times ---- */

/* Milliseconds of a time that has been checked. */
static int64_t time_of(sqlite3_value *value) {
  int64_t ms = 0;
  const char *text = (const char *)sqlite3_value_text(value);
  if (text) instant_parse(text, (size_t)sqlite3_value_bytes(value), &ms);
  return ms;
}

/* A wrong that names a time: "before the purchase of '…'". */
static bool refuse_time(struct row *row, int column, const char *wrong, int64_t ms,
                        const char *ends, const char *remedy) {
  char time[INSTANT_TEXT_SIZE], text[INSTANT_TEXT_SIZE + 64];
  instant_format(ms, time);
  sqlite3_snprintf((int)sizeof(text), text, "%s '%s'%s", wrong, time, ends);
  return refuse_column(row, column, text, remedy);
}

static int find_column(const struct row *row, const char *short_name) {
  int column = 0;
  while (strcmp(column_short_name(&row->columns[column]), short_name) != 0) column++;
  return column;
}

/*
** Where both are given, this one must follow the earlier one by at least `least` milliseconds, 0 or
** 1.
*/
static bool check_order(struct row *row, const char *earlier_name, int later, int64_t least) {
  char wrong[64];
  if (!earlier_name) return true;
  int earlier = find_column(row, earlier_name);
  if (is_null(row, earlier) || is_null(row, later)) return true;
  int64_t earlier_ms = time_of(row->values[earlier]);
  if (time_of(row->values[later]) - earlier_ms >= least) return true;
  sqlite3_snprintf((int)sizeof(wrong), wrong, "%s %s", least > 0 ? "not after" : "before",
                   earlier_name);
  return refuse_time(row, later, wrong, earlier_ms, "",
                     least > 0 ? "give a later time" : "give that time or a later one");
}

/* ---- what every table asks ---- */

/* `last`: of the columns that name this parent. */
static bool check_known(struct row *row, enum fact_id parent, int last) {
  sqlite3_value *key[KEY_MAX];
  char remedy[64];
  int parts = 0;
  for (int i = 0; i <= last; i++) {
    if (row->columns[i].parent == parent) key[parts++] = row->values[i];
  }
  if (fact_known(row->store, parent, key, &row->rc)) return true;
  sqlite3_snprintf((int)sizeof(remedy), remedy, "insert it into %s first", facts[parent].name);
  return refuse_column(row, last, "unknown", remedy);
}

static bool check_references(struct row *row) {
  int count = facts[row->id].count;
  for (int i = 0; i < count; i++) {
    const struct column *column = &row->columns[i];
    bool goes_on = i + 1 < count && column[1].parent == column->parent;
    bool none = column->rule == MAYBE_NAME && is_null(row, i);
    if (!column->parent || column->where || goes_on || none) continue;
    if (!check_known(row, column->parent, i)) return false;
  }
  return true;
}

static bool check_values(sqlite3_context *context, const struct column *columns, int count,
                         sqlite3_value **values) {
  for (int i = 0; i < count; i++) {
    if (!check_column(context, &columns[i], values[i])) return false;
  }
  return true;
}

static bool check_columns(struct row *row) {
  int count = facts[row->id].count;
  if (!check_values(row->context, row->columns, count, row->values)) return false;
  for (int i = 0; i < count; i++) {
    if (!check_order(row, row->columns[i].after, i, 1)) return false;
    if (!check_order(row, row->columns[i].not_before, i, 0)) return false;
  }
  return true;
}

/* Names are resolved without regard to case, so two that differ only in case cannot both stand. */
static bool check_alone(struct row *row) {
  int naming = fact_naming_column(&facts[row->id]);
  if (row->columns[naming].role != NAME_COLUMN) return true;
  if (!fact_has_twin(row->store, row->id, row->values, row->old_key, &row->rc)) return true;
  return refuse_column(row, naming, "differs from another only in case",
                       "spell both alike, or choose another name");
}

/* Usage that a row decides over, by its key: ?1. It may be settled or not. */
static const char sql_usage_of_app[] = "SELECT 1 FROM main.usage WHERE client_id = ?1 LIMIT 1";
static const char sql_usage_of_api[] =
    "SELECT 1 FROM main.usage WHERE billing_api(api) = ?1 LIMIT 1";
static const char sql_usage_of_team[] =
    "SELECT 1 FROM main._billing_wallet w WHERE w.team_id = ?1 AND ("
    " EXISTS (SELECT 1 FROM main._billing_debt d WHERE d.wallet_id = w.wallet_id)"
    " OR EXISTS (SELECT 1 FROM main._billing_free_usage f WHERE f.wallet_id = w.wallet_id)"
    " OR EXISTS (SELECT 1 FROM main.usage u WHERE u.usage_id > (SELECT value FROM "
    "main._billing_meta"
    "   WHERE name = 'settled_upto') AND payer(u.client_id, u.occurred_at) = ?1)"
    " OR EXISTS (SELECT 1 FROM main._billing_pending_usage p CROSS JOIN main.usage u"
    "  ON u.usage_id = p.usage_id WHERE payer(u.client_id, u.occurred_at) = ?1))";

static const struct {
  const char *sql, *remedy;
} usage_of[FACT_COUNT] = {
    [FACT_APP] = {sql_usage_of_app, "keep it: reports name it; its name may change"},
    [FACT_API] = {sql_usage_of_api, "keep it: reports name it; a NULL rate takes it off the card"},
    [FACT_TEAM] = {sql_usage_of_team, "keep it, or assign its apps to another team first"},
};

/* The key is still the one that usage names: of an api in any case. */
static bool is_same_name(const struct row *row, sqlite3_value **new_key, int naming) {
  const char *old_name = (const char *)sqlite3_value_text(row->old_key[0]);
  const char *new_name = (const char *)sqlite3_value_text(new_key[0]);
  if (!old_name || !new_name) return false;
  return row->columns[naming].role == NAME_COLUMN ? sqlite3_stricmp(old_name, new_name) == 0
                                                  : strcmp(old_name, new_name) == 0;
}

/*
** What usage or charges hang on stays under its key: they would be taken back without a word
** (D115).
*/
static bool check_nothing_hangs(struct row *row, sqlite3_value **new_key, int naming) {
  const char *sql = usage_of[row->id].sql;
  if (!sql || row->rc != SQLITE_OK) return true;
  if (new_key && is_same_name(row, new_key, naming)) return true;
  if (!query_number(row->store, sql, 0, &row->rc, "v", row->old_key[0])) return true;
  return refuse(row->context, &row->columns[naming], "usage hangs on it", row->old_key[0],
                usage_of[row->id].remedy);
}

/* A row that others refer to stays, under its key: `new_key` NULL, it would go. */
static bool check_unused(struct row *row, sqlite3_value **new_key) {
  const struct fact *fact = &facts[row->id];
  enum fact_id user = fact_user(row->store, row->id, row->old_key, new_key, &row->rc);
  int naming = fact_naming_column(fact), part = 0;
  char wrong[64];
  if (!user) return check_nothing_hangs(row, new_key, naming);
  for (int i = 0; i < naming; i++) part += column_is_key(&fact->columns[i]);
  sqlite3_snprintf((int)sizeof(wrong), wrong, "still used by %s", facts[user].name);
  return refuse(row->context, &fact->columns[naming], wrong, row->old_key[part],
                "change or delete those rows first");
}

static bool check_renamed(struct row *row) {
  sqlite3_value *new_key[KEY_MAX];
  if (!row->old_key) return true;
  fact_key(&facts[row->id], row->values, new_key);
  return check_unused(row, new_key);
}

/* ---- what one table asks ---- */

/* The statement with these columns of the row bound; `count` of them. */
static sqlite3_stmt *take_with(struct row *row, const char *id, const int *columns, int count) {
  sqlite3_stmt *asked = store_take(row->store, id, &row->rc);
  for (int i = 0; row->rc == SQLITE_OK && i < count; i++) {
    row->rc = sqlite3_bind_value(asked, i + 1, row->values[columns[i]]);
  }
  return asked;
}

/* Its answer; 0 where there is none. */
static int ask_number(struct row *row, const char *id, const int *columns, int count) {
  sqlite3_stmt *asked = take_with(row, id, columns, count);
  int answer = store_row(asked, &row->rc) ? sqlite3_column_int(asked, 0) : 0;
  store_put(row->store, id, asked, &row->rc);
  return answer;
}

/* Takes the statement: the time that it answers; false where there is none. */
static bool answer_time(struct row *row, const char *id, sqlite3_stmt *asked, int64_t *ms) {
  struct text text = {NULL, -1};
  *ms = 0;
  if (store_row(asked, &row->rc)) text = text_of_column(asked, 0);
  bool found = text.size >= 0;
  if (found) instant_parse(text.bytes, (size_t)text.size, ms);
  store_put(row->store, id, asked, &row->rc);
  return found;
}

static bool ask_time(struct row *row, const char *id, int column, int64_t *ms) {
  return answer_time(row, id, take_with(row, id, &column, 1), ms);
}

static bool check_account(struct row *row) {
  const int started = 4, ended = 5;
  if (!is_null(row, started) || is_null(row, ended)) return true;
  return refuse_column(row, ended, "the end of a trial that never started",
                       "give trial_started_at too");
}

enum { LOT_ID, LOT_PURCHASED = 4, LOT_EXPIRES };

/* A lot that has moved was purchased before that, or then. */
static bool check_first_move(struct row *row) {
  int64_t ms;
  if (!ask_time(row, sql_valid_lot_move, LOT_ID, &ms)) return true;
  if (ms >= time_of(row->values[LOT_PURCHASED])) return true;
  return refuse_time(row, LOT_PURCHASED, "after its move of", ms, "",
                     "give that time or an earlier one, or delete its lot_move rows first");
}

static bool check_lot(struct row *row) {
  int64_t ms;
  if (is_null(row, LOT_EXPIRES) && !ask_time(row, sql_valid_lot_end, LOT_PURCHASED, &ms)) {
    return refuse_column(row, LOT_PURCHASED, "too late to add the policy lot_term",
                         "give expires_at");
  }
  return check_first_move(row);
}

static bool check_move(struct row *row) {
  const int lot = 0, moved = 2;
  int64_t ms;
  if (!ask_time(row, sql_valid_lot_purchase, lot, &ms)) return true;
  if (time_of(row->values[moved]) >= ms) return true;
  return refuse_time(row, moved, "before the purchase of", ms, "", "give that time or a later one");
}

static bool check_api(struct row *row) {
  const int api = 0;
  if (!ask_number(row, sql_valid_alias, &api, 1)) return true;
  return refuse_column(row, api, "already another name of an api",
                       "delete it from api_alias first");
}

static bool check_alias(struct row *row) {
  const int alias = 0;
  if (!ask_number(row, sql_valid_api, &alias, 1)) return true;
  return refuse_column(row, alias, "an api itself", "choose a name that no api has");
}

static bool check_tiers(struct row *row) {
  static const int key[] = {0, 1, 2, 3};
  const int above = 3;
  if (ask_number(row, sql_valid_tiers, key, COUNT(key)) < TIERS_MAX) return true;
  return refuse_column(row, above, "one tier too many", "use 32 at most");
}

/*
** A close far ahead counts all usage to come at its instant: it is hardly meant. The only check
** that reads the clock.
*/
static bool check_close_ahead(struct row *row, int until) {
  char wrong[64];
  const int columns[] = {until};
  int days = ask_number(row, sql_valid_close_ahead, columns, 1);
  if (days < 0 || row->rc != SQLITE_OK) return true;
  sqlite3_snprintf((int)sizeof(wrong), wrong, "more than %d days ahead", days);
  return refuse_column(row, until, wrong,
                       "give an earlier time, or raise policy max_close_days_ahead");
}

static bool check_close(struct row *row) {
  const int team = 0, until = 1;
  int64_t last_ms, ms = time_of(row->values[until]);
  if (!check_close_ahead(row, until)) return false;
  if (!ask_time(row, sql_valid_close, team, &last_ms) || ms >= last_ms) return true;
  return refuse_column(row, until, "before the last close of the team",
                       "give a later time, or delete the last close to re-open its period");
}

/* ---- policy: each has a value of its own sort ---- */

enum policy_sort { PLAIN, TERM, KIND };

static const struct policy {
  const char *name;
  enum policy_sort sort;
  enum rule rule;
  double limit;
  const char *choices;
} policies[] = {
    {"grace_days", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"trial_days", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"lot_term", TERM, NAME, 0, NULL},
    {"report_lag_days", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"low_balance_tokens", PLAIN, AMOUNT, MAX_TOKENS, NULL},
    {"lapse_notice_days", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"ending_notice_days", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"min_purchase_tokens", PLAIN, AMOUNT, MAX_TOKENS, NULL},
    {"unusual_spend_tokens", PLAIN, AMOUNT, MAX_TOKENS, NULL},
    {"unusual_spend_factor", PLAIN, AMOUNT, MAX_FACTOR, NULL},
    {"forecast_days", PLAIN, AMOUNT, MAX_FORECAST_DAYS, NULL},
    {"max_close_days_ahead", PLAIN, AMOUNT, MAX_DAYS, NULL},
    {"red_percent", PLAIN, AMOUNT, 100, NULL},
    {"restore", PLAIN, CHOICE, 0, "'support' 'auto'"},
    {"flex_kind", KIND, NAME, 0, NULL},
    {"credit_kind", KIND, NAME, 0, NULL},
};

static const struct policy *find_policy(const char *name, size_t size) {
  for (int i = 0; i < COUNT(policies); i++) {
    if (strlen(policies[i].name) == size && memcmp(policies[i].name, name, size) == 0) {
      return &policies[i];
    }
  }
  return NULL;
}

/* The term of lots is tried on a date, and on the lots that have no end of their own. */
static bool check_term(struct row *row, int value) {
  const int64_t base = INT64_C(946684800000); /* 2000-01-01 */
  int64_t ms;
  if (!ask_time(row, sql_valid_term, value, &ms) || ms <= base) {
    return refuse_column(row, value, "not a modifier that moves a date forward",
                         "give one such as '+1 year'");
  }
  const int columns[] = {value, value + 1};
  if (!ask_number(row, sql_valid_term_of_lots, columns, row->id == FACT_POLICY_CHANGE ? 2 : 1)) {
    return true;
  }
  return refuse_column(row, value, "moves the end of a lot beyond the year 9999",
                       "give a shorter term");
}

static bool check_policy(struct row *row) {
  const int named = 0, value = 1;
  size_t size;
  const char *name = text_of(row->context, row->values[named], &size);
  if (!name) return false;
  const struct policy *policy = find_policy(name, size);
  if (!policy) return refuse_column(row, named, "unknown", "give one of SELECT name FROM policy");
  if (policy->sort == KIND && row->id == FACT_POLICY_CHANGE) {
    return refuse_column(row, named, "the same at all times", "change its row in policy");
  }
  const struct column column = {row->columns[value].name, policy->rule, .limit = policy->limit,
                                .choices = policy->choices};
  if (!check_column(row->context, &column, row->values[value])) return false;
  if (policy->sort == KIND) return check_known(row, FACT_TOKEN_KIND, value);
  return policy->sort != TERM || check_term(row, value);
}

static bool (*const own_check[FACT_COUNT])(struct row *) = {
    [FACT_ACCOUNT] = check_account,
    [FACT_TOKEN_LOT] = check_lot,
    [FACT_LOT_MOVE] = check_move,
    [FACT_PERIOD_CLOSE] = check_close,
    [FACT_API] = check_api,
    [FACT_API_ALIAS] = check_alias,
    [FACT_RATE_TIER] = check_tiers,
    [FACT_POLICY] = check_policy,
    [FACT_POLICY_CHANGE] = check_policy,
};

/* ---- the functions ---- */

/* What only a call that is no trigger of ours can bring about. */
static void misuse(sqlite3_context *context) {
  const char *wrong =
      "check: not a table with its columns or its key, leave the call to the triggers";
  sqlite3_result_error(context, wrong, -1);
}

/* The table that the first argument names; NO_FACT, and the call has failed. */
static enum fact_id read_table(sqlite3_context *context, const char *function, int count,
                               sqlite3_value **values) {
  if (called_outside_trigger(context, function)) return NO_FACT;
  const char *name = count > 0 ? (const char *)sqlite3_value_text(values[0]) : NULL;
  enum fact_id id = name ? fact_find(name) : NO_FACT;
  if (!id) misuse(context);
  return id;
}

static void start_row(sqlite3_context *context, const struct change *change, sqlite3_value **values,
                      struct row *row) {
  *row = (struct row){.context = context, .store = sqlite3_user_data(context)};
  row->id = change->id;
  row->columns = facts[row->id].columns;
  row->values = values;
}

/* A time in another spelling is checked as it will be stored. */
static void spell_row(struct row *row, struct change *change) {
  spelled_start(&row->spelled, row->store, &facts[row->id], row->values, &row->rc);
  row->values = row->spelled.values;
  for (int i = 0; i < facts[row->id].count; i++) change->new_row[i] = row->values[i];
}

static bool check_row(struct row *row) {
  return row->rc == SQLITE_OK && check_renamed(row) && check_columns(row) &&
         check_references(row) && (!own_check[row->id] || own_check[row->id](row)) &&
         check_alone(row);
}

static void finish(struct row *row, bool valid, enum taken taken) {
  spelled_end(&row->spelled);
  if (row->rc != SQLITE_OK) {
    complain_of_sqlite(row->context, row->rc, facts[row->id].name);
  } else if (valid) {
    sqlite3_result_int(row->context, taken);
  }
}

/* The columns as the statement has them, where one is spelled in another way. */
static sqlite3_value *const *written_of(const struct row *row, sqlite3_value *const *values) {
  return row->spelled.made_count > 0 ? values : NULL;
}

/* What precedes the change; false: it is refused. */
static bool run_steps(struct row *row, const struct change *change, enum row_event event) {
  if (row->rc != SQLITE_OK) return false;
  steps_run(row->store, change, event, &row->rc);
  if (row->rc == SQLITE_OK) return true;
  complain_nested(row->context, row->rc);
  row->rc = SQLITE_OK;
  return false;
}

/*
** billing_valid_row(table, columns, the key that the row had, or what follows from it): TAKEN where
** the new key is that of another row
*/
static void valid_row(sqlite3_context *context, int count, sqlite3_value **values) {
  struct change change;
  struct row row;
  enum fact_id id = read_table(context, "billing_valid_row", count, values);
  if (!id) return;
  if (!change_read(&change, id, BEFORE_UPDATE, count - 1, values + 1)) {
    misuse(context);
    return;
  }
  start_row(context, &change, values + 1, &row);
  if (row.store->respelling) {
    sqlite3_result_int(context, NOT_TAKEN);
    return;
  }
  if (fact_key_parts(&facts[id]) > 0) row.old_key = row.values + facts[id].count;
  spell_row(&row, &change);
  bool valid = run_steps(&row, &change, BEFORE_UPDATE) && check_row(&row);
  enum taken taken = NOT_TAKEN;
  if (valid && fact_met(row.store, id, row.values, row.old_key, &row.rc)) {
    taken =
        taken_note(row.store, &change, BEFORE_UPDATE, TAKEN, written_of(&row, values + 1), &row.rc);
  }
  finish(&row, valid, taken);
}

/* Is the key that of a row already, but for the spelling of a time? */
static bool is_spelled_again(struct row *row) {
  sqlite3_value *key[KEY_MAX];
  const struct fact *fact = &facts[row->id];
  if (row->spelled.made_count == 0 || !fact_has_time_in_key(fact)) return false;
  fact_key(fact, row->values, key);
  return fact_known(row->store, row->id, key, &row->rc);
}

/* The checks, then which row has its key or its source_id. */
static enum taken check_new(struct row *row, const struct change *change, bool *valid) {
  *valid = run_steps(row, change, BEFORE_INSERT) && check_row(row);
  if (!*valid || !fact_met(row->store, row->id, row->values, NULL, &row->rc)) return NOT_TAKEN;
  bool other = fact_taken(row->store, row->id, row->values, &row->rc);
  return taken_note(row->store, change, BEFORE_INSERT, other ? TAKEN_BY_ANOTHER : TAKEN, NULL,
                    &row->rc);
}

/*
** billing_valid_new(table, columns): the same for a row about to be inserted. One whose key is
** there in another spelling is checked once it is known what becomes of it (taken.h).
*/
static void valid_new(sqlite3_context *context, int count, sqlite3_value **values) {
  struct change change;
  struct row row;
  bool valid = true;
  enum taken taken;
  enum fact_id id = read_table(context, "billing_valid_new", count, values);
  if (!id) return;
  if (!change_read(&change, id, BEFORE_INSERT, count - 1, values + 1)) {
    misuse(context);
    return;
  }
  start_row(context, &change, values + 1, &row);
  row.store->passed_over = false;
  spell_row(&row, &change);
  if (row.rc == SQLITE_OK && is_spelled_again(&row)) {
    bool other = fact_taken(row.store, id, row.values, &row.rc);
    taken = taken_note(row.store, &change, BEFORE_INSERT,
                       other ? SPELLED_BY_ANOTHER : SPELLED_AGAIN, values + 1, &row.rc);
  } else {
    taken = check_new(&row, &change, &valid);
  }
  finish(&row, valid, taken);
}

/* billing_unused(table, key): 1, or an error when a row of another table refers to it */
static void unused(sqlite3_context *context, int count, sqlite3_value **values) {
  struct change change;
  struct row row;
  enum fact_id id = read_table(context, "billing_unused", count, values);
  if (!id) return;
  if (!change_read(&change, id, BEFORE_DELETE, count - 1, values + 1) || count == 1) {
    misuse(context);
    return;
  }
  start_row(context, &change, NULL, &row);
  row.old_key = values + 1;
  bool valid =
      run_steps(&row, &change, BEFORE_DELETE) && (!fact_is_parent(id) || check_unused(&row, NULL));
  finish(&row, valid, NOT_TAKEN);
}

/* billing_name_fault(column, text): what is wrong with what a file holds; NULL: nothing */
static void name_fault(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct column *column = sqlite3_get_auxdata(context, 0); /* its name is a constant */
  (void)argc;
  if (sqlite3_value_type(argv[1]) != SQLITE_TEXT) return;
  if (!column) {
    column = fact_column(argv[0]);
    if (!column) return;
    sqlite3_set_auxdata(context, 0, (void *)column, NULL);
  }
  char *fault = name_fault_text(column, argv[1]);
  if (fault) sqlite3_result_text(context, fault, -1, sqlite3_free);
}

/* billing_distance(text, text): how far one name is from another */
static void distance(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct text a = text_of_value(argv[0]), b = text_of_value(argv[1]);
  (void)argc;
  if (a.size < 0 || b.size < 0) return;
  sqlite3_result_int(context, name_distance(a.bytes, (size_t)a.size, b.bytes, (size_t)b.size));
}

/* ---- usage ---- */

/* Does another row have its key, or its source_id? It may say something else. */
static enum taken find_usage(struct store *store, sqlite3_value **columns, int *rc) {
  struct spelled_row spelled;
  struct change change = {.id = FACT_USAGE};
  enum taken taken = NOT_TAKEN;
  spelled_start(&spelled, store, &facts[FACT_USAGE], columns, rc);
  for (int i = 0; i < facts[FACT_USAGE].count; i++) change.new_row[i] = spelled.values[i];
  if (fact_met(store, FACT_USAGE, spelled.values, NULL, rc)) {
    bool other = fact_taken(store, FACT_USAGE, spelled.values, rc);
    taken = taken_note(store, &change, BEFORE_INSERT, other ? TAKEN_BY_ANOTHER : TAKEN, NULL, rc);
  }
  spelled_end(&spelled);
  return taken;
}

/*
** billing_valid_usage(columns): enum taken. An insert asks it where a glance does not do
** (settle/arrival.c).
*/
static void valid_usage(sqlite3_context *context, int count, sqlite3_value **values) {
  const struct fact *usage = &facts[FACT_USAGE];
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  if (called_outside_trigger(context, "billing_valid_usage")) return;
  if (count != usage->count) {
    misuse(context);
    return;
  }
  store->gate_passed = 0;
  enum taken taken = find_usage(store, values, &rc);
  if (rc == SQLITE_OK && taken != NOT_TAKEN && !guard_allows_again(context, values + 1, &rc)) {
    return;
  }
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, usage->name);
  } else if (check_values(context, usage->columns + 1, count - 1, values + 1)) {
    sqlite3_result_int(context, taken);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def check_functions[] = {
    {"billing_valid_row", -1, OPEN, valid_row, "reads facts and settles; triggers call it"},
    {"billing_valid_new", -1, OPEN, valid_new, "likewise"},
    {"billing_unused", -1, OPEN, unused, "likewise"},
    {"billing_name_fault", 2, OPEN | SQLITE_DETERMINISTIC, name_fault,
     "computes from its arguments"},
    {"billing_distance", 2, OPEN | SQLITE_DETERMINISTIC, distance, "computes from its arguments"},
    {"billing_valid_usage", -1, OPEN, valid_usage, "reads facts; triggers call it"},
    {NULL, 0, 0, NULL, NULL},
};
