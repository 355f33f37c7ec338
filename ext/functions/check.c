/*
** The checks of facts.
**
** Each fact table has a function billing_valid_TABLE(). Its check triggers (sql/checks/) call it
** with the new row in the order of the columns, followed by what the row has to agree with in other
** rows. It returns 1, or fails with SQLITE_CONSTRAINT and a text that names table, column, value and
** remedy. billing_unused() guards the rows that others refer to.
**
** Why functions and not CHECK or NOT NULL: INSERT OR IGNORE drops rows that fail those without a
** word, and RAISE() takes only a fixed text before SQLite 3.47. A function's error always surfaces.
** The triggers name RAISE(ABORT) all the same: in SQLite 3.38 only that, and not a function, makes
** a statement keep the journal which undoes the rows that it wrote before the bad one.
*/
#include "functions/check.h"

#include <string.h>

#include "core/instant.h"
#include "core/rating.h"
#include "core/units.h"
#include "functions/arrival.h"
#include "functions/column_rule.h"
#include "functions/complain.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

#define MAX_FACTOR 1e6   /* of an outcome */
#define MAX_DAYS 36500.0 /* a hundred years */
#define MAX_FORECAST_DAYS 730.0

/* ---- rows ---- */

static bool check_row(sqlite3_context *context, const struct column *columns, int count,
                      sqlite3_value **values) {
  for (int i = 0; i < count; i++) {
    if (!check_column(context, &columns[i], values[i])) return false;
  }
  return true;
}

/* Milliseconds of a time that has been checked. */
static int64_t time_of(sqlite3_value *value) {
  int64_t ms = 0;
  const char *text = (const char *)sqlite3_value_text(value);
  if (text) instant_parse(text, (size_t)sqlite3_value_bytes(value), &ms);
  return ms;
}

/* Where both are given, `later` must follow `earlier` by at least `least` milliseconds, 0 or 1. */
static bool check_order(sqlite3_context *context, const struct column *columns,
                        sqlite3_value **values, int earlier, int later, int64_t least) {
  if (sqlite3_value_type(values[later]) == SQLITE_NULL) return true;
  if (sqlite3_value_type(values[earlier]) == SQLITE_NULL) return true;
  if (time_of(values[later]) - time_of(values[earlier]) >= least) return true;
  const char *short_name = strchr(columns[earlier].name, '.') + 1;
  char *wrong = sqlite3_mprintf("%s %s '%s'", least > 0 ? "not after" : "before", short_name,
                                sqlite3_value_text(values[earlier]));
  if (!wrong) {
    sqlite3_result_error_nomem(context);
    return false;
  }
  refuse(context, &columns[later], wrong, values[later],
         least > 0 ? "give a later time" : "give that time or a later one");
  sqlite3_free(wrong);
  return false;
}

/* A reference: `found` tells whether the parent has that row. */
static bool check_known(sqlite3_context *context, const struct column *column, sqlite3_value *value,
                        sqlite3_value *found, const char *parent) {
  char remedy[64];
  if (sqlite3_value_int(found)) return true;
  sqlite3_snprintf((int)sizeof(remedy), remedy, "insert it into %s first", parent);
  return refuse(context, column, "unknown", value, remedy);
}

/* Names are resolved without regard to case, so two that differ only in case cannot both stand. */
static bool check_alone(sqlite3_context *context, const struct column *column, sqlite3_value *value,
                        sqlite3_value *twins) {
  if (!sqlite3_value_int(twins)) return true;
  return refuse(context, column, "differs from another only in case", value,
                "spell both alike, or choose another name");
}

static void accept(sqlite3_context *context) {
  sqlite3_result_int(context, 1);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CHECK_ROW(columns) check_row(context, columns, COUNT(columns), values)
#define CHECK_ORDER(columns, earlier, later, least) \
  check_order(context, columns, values, earlier, later, least)
#define CHECK_KNOWN(columns, of, found, parent) \
  check_known(context, &(columns)[of], values[of], values[found], parent)
#define CHECK_ALONE(columns, of, twins) \
  check_alone(context, &(columns)[of], values[of], values[twins])

/* ---- accounts, teams, apps ---- */

static const struct column account_columns[] = {
    {"account.account_id", NAME, 0, NULL},
    {"account.name", MAYBE_TEXT, 0, NULL},
    {"account.country", MAYBE_NAME, 0, NULL},
    {"account.agreement", CHOICE, 0, "'flex' 'eba'"},
    {"account.trial_started_at", MAYBE_TIME, 0, NULL},
    {"account.trial_ended_at", MAYBE_TIME, 0, NULL},
};

static void valid_account(sqlite3_context *context, int count, sqlite3_value **values) {
  const int started = 4, ended = 5;
  (void)count;
  if (!CHECK_ROW(account_columns)) return;
  if (sqlite3_value_type(values[started]) == SQLITE_NULL &&
      sqlite3_value_type(values[ended]) != SQLITE_NULL) {
    refuse(context, &account_columns[ended], "the end of a trial that never started", values[ended],
           "give trial_started_at too");
  } else if (CHECK_ORDER(account_columns, started, ended, 0)) {
    accept(context);
  }
}

static const struct column team_columns[] = {
    {"team.team_id", NAME, 0, NULL},
    {"team.account_id", NAME, 0, NULL},
    {"team.name", MAYBE_TEXT, 0, NULL},
};

/* (columns, account exists) */
static void valid_team(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(team_columns) && CHECK_KNOWN(team_columns, 1, 3, "account")) accept(context);
}

static const struct column app_columns[] = {
    {"app.client_id", NAME, 0, NULL},
    {"app.name", MAYBE_TEXT, 0, NULL},
    {"app.account_id", NAME, 0, NULL},
};

/* (columns, account exists) */
static void valid_app(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(app_columns) && CHECK_KNOWN(app_columns, 2, 3, "account")) accept(context);
}

static const struct column app_team_columns[] = {
    {"app_team.client_id", NAME, 0, NULL},
    {"app_team.team_id", NAME, 0, NULL},
    {"app_team.assigned_at", TIME, 0, NULL},
};

/* (columns, app exists, team exists) */
static void valid_app_team(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(app_team_columns) && CHECK_KNOWN(app_team_columns, 0, 3, "app") &&
      CHECK_KNOWN(app_team_columns, 1, 4, "team")) {
    accept(context);
  }
}

static const struct column product_assignment_columns[] = {
    {"product_assignment.account_id", NAME, 0, NULL},
    {"product_assignment.team_id", NAME, 0, NULL},
    {"product_assignment.assigned_at", TIME, 0, NULL},
    {"product_assignment.revoked_at", MAYBE_TIME, 0, NULL},
};

/* (columns, account exists, team exists) */
static void valid_product_assignment(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(product_assignment_columns) && CHECK_ORDER(product_assignment_columns, 2, 3, 0) &&
      CHECK_KNOWN(product_assignment_columns, 0, 4, "account") &&
      CHECK_KNOWN(product_assignment_columns, 1, 5, "team")) {
    accept(context);
  }
}

static const struct column subscription_columns[] = {
    {"subscription.account_id", NAME, 0, NULL},
    {"subscription.starts_at", TIME, 0, NULL},
    {"subscription.ends_at", TIME, 0, NULL},
};

/* (columns, account exists) */
static void valid_subscription(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(subscription_columns) && CHECK_ORDER(subscription_columns, 1, 2, 1) &&
      CHECK_KNOWN(subscription_columns, 0, 3, "account")) {
    accept(context);
  }
}

static const struct column unblock_columns[] = {
    {"unblock.team_id", NAME, 0, NULL},
    {"unblock.unblocked_at", TIME, 0, NULL},
    {"unblock.note", MAYBE_TEXT, 0, NULL},
};

/* (columns, team exists) */
static void valid_unblock(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(unblock_columns) && CHECK_KNOWN(unblock_columns, 0, 3, "team")) accept(context);
}

static const struct column country_columns[] = {
    {"country.country", NAME, 0, NULL},
    {"country.flex_from", MAYBE_TIME, 0, NULL},
};

static void valid_country(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(country_columns)) accept(context);
}

/* ---- lots ---- */

static const struct column token_kind_columns[] = {
    {"token_kind.kind", NAME, 0, NULL},
    {"token_kind.rank", RANK, 0, NULL},
    {"token_kind.name", MAYBE_TEXT, 0, NULL},
};

static void valid_token_kind(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(token_kind_columns)) accept(context);
}

static const struct column kind_api_columns[] = {
    {"kind_api.kind", NAME, 0, NULL},
    {"kind_api.api", NAME, 0, NULL},
};

/* (columns, kind exists, api exists) */
static void valid_kind_api(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(kind_api_columns) && CHECK_KNOWN(kind_api_columns, 0, 2, "token_kind") &&
      CHECK_KNOWN(kind_api_columns, 1, 3, "api")) {
    accept(context);
  }
}

/* Without the key, which SQLite itself keeps an integer. */
static const struct column token_lot_columns[] = {
    {"token_lot.team_id", NAME, 0, NULL},           {"token_lot.kind", NAME, 0, NULL},
    {"token_lot.tokens", AMOUNT, MAX_TOKENS, NULL}, {"token_lot.purchased_at", TIME, 0, NULL},
    {"token_lot.expires_at", MAYBE_TIME, 0, NULL},  {"token_lot.voided_at", MAYBE_TIME, 0, NULL},
    {"token_lot.source_id", MAYBE_NAME, 0, NULL},   {"token_lot.note", MAYBE_TEXT, 0, NULL},
};

enum {
  LOT_TEAM,
  LOT_KIND,
  LOT_PURCHASED = 3,
  LOT_EXPIRES,
  LOT_VOIDED,
  LOT_TEAM_FOUND = 8,
  LOT_KIND_FOUND,
  LOT_END,
  LOT_FIRST_MOVE,
  LOT_SOLD_UNTIL
};

/* A lot that has moved was purchased before that, or then. */
static bool check_first_move(sqlite3_context *context, sqlite3_value **values) {
  char wrong[INSTANT_TEXT_SIZE + 32];
  sqlite3_value *move = values[LOT_FIRST_MOVE], *purchase = values[LOT_PURCHASED];
  if (sqlite3_value_type(move) == SQLITE_NULL || time_of(move) >= time_of(purchase)) return true;
  sqlite3_snprintf((int)sizeof(wrong), wrong, "after its move of '%s'", sqlite3_value_text(move));
  return refuse(context, &token_lot_columns[LOT_PURCHASED], wrong, purchase,
                "give that time or an earlier one, or delete its lot_move rows first");
}

/* Cloud credits are not sold any more where and when Flex is (D24). */
static bool check_sold(sqlite3_context *context, sqlite3_value **values) {
  char wrong[INSTANT_TEXT_SIZE + 64];
  sqlite3_value *until = values[LOT_SOLD_UNTIL], *purchase = values[LOT_PURCHASED];
  if (sqlite3_value_type(until) == SQLITE_NULL || time_of(purchase) < time_of(until)) return true;
  sqlite3_snprintf((int)sizeof(wrong), wrong, "not sold in that country from '%s' on",
                   sqlite3_value_text(until));
  return refuse(context, &token_lot_columns[LOT_KIND], wrong, values[LOT_KIND],
                "buy the kind of policy flex_kind, or correct purchased_at");
}

/*
** (columns, team exists, kind exists, end by expires_at or policy lot_term, first move of the lot,
** end of the sale of this kind in the country of the team)
*/
static void valid_token_lot(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (!CHECK_ROW(token_lot_columns) ||
      !CHECK_KNOWN(token_lot_columns, LOT_TEAM, LOT_TEAM_FOUND, "team") ||
      !CHECK_KNOWN(token_lot_columns, LOT_KIND, LOT_KIND_FOUND, "token_kind") ||
      !CHECK_ORDER(token_lot_columns, LOT_PURCHASED, LOT_EXPIRES, 1) ||
      !CHECK_ORDER(token_lot_columns, LOT_PURCHASED, LOT_VOIDED, 0)) {
    return;
  }
  if (sqlite3_value_type(values[LOT_END]) == SQLITE_NULL) {
    refuse(context, &token_lot_columns[LOT_PURCHASED], "too late to add the policy lot_term",
           values[LOT_PURCHASED], "give expires_at");
  } else if (check_first_move(context, values) && check_sold(context, values)) {
    accept(context);
  }
}

static const struct column lot_move_columns[] = {
    {"lot_move.lot_id", KEY, 0, NULL},
    {"lot_move.team_id", NAME, 0, NULL},
    {"lot_move.moved_at", TIME, 0, NULL},
};

/* (columns, purchased_at of the lot, team exists) */
static void valid_lot_move(sqlite3_context *context, int count, sqlite3_value **values) {
  const int lot = 0, moved = 2, purchased = 3;
  char wrong[INSTANT_TEXT_SIZE + 32];
  (void)count;
  if (!CHECK_ROW(lot_move_columns) || !CHECK_KNOWN(lot_move_columns, 1, 4, "team")) return;
  if (sqlite3_value_type(values[purchased]) == SQLITE_NULL) {
    refuse(context, &lot_move_columns[lot], "unknown", values[lot],
           "insert it into token_lot first");
  } else if (time_of(values[moved]) < time_of(values[purchased])) {
    sqlite3_snprintf((int)sizeof(wrong), wrong, "before the purchase of '%s'",
                     sqlite3_value_text(values[purchased]));
    refuse(context, &lot_move_columns[moved], wrong, values[moved],
           "give that time or a later one");
  } else {
    accept(context);
  }
}

/* ---- apis and rates ---- */

static const struct column api_columns[] = {
    {"api.api", NAME, 0, NULL},
    {"api.name", MAYBE_TEXT, 0, NULL},
    {"api.premium", FLAG, 0, NULL},
};

/* (columns, an alias has the name, another api has it but for case) */
static void valid_api(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (!CHECK_ROW(api_columns)) return;
  if (sqlite3_value_int(values[3])) {
    refuse(context, &api_columns[0], "already another name of an api", values[0],
           "delete it from api_alias first");
  } else if (CHECK_ALONE(api_columns, 0, 4)) {
    accept(context);
  }
}

static const struct column api_alias_columns[] = {
    {"api_alias.alias", NAME, 0, NULL},
    {"api_alias.api", NAME, 0, NULL},
};

/* (columns, api exists, alias is an api, another alias has the name but for case) */
static void valid_api_alias(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (!CHECK_ROW(api_alias_columns) || !CHECK_KNOWN(api_alias_columns, 1, 2, "api")) return;
  if (sqlite3_value_int(values[3])) {
    refuse(context, &api_alias_columns[0], "an api itself", values[0],
           "choose a name that no api has");
  } else if (CHECK_ALONE(api_alias_columns, 0, 4)) {
    accept(context);
  }
}

static const struct column sku_alias_columns[] = {
    {"sku_alias.api", NAME, 0, NULL},
    {"sku_alias.alias", NAME, 0, NULL},
    {"sku_alias.sku", NAME, 0, NULL},
    {"sku_alias.effective_from", TIME, 0, NULL},
};

/* (columns, api exists, another alias of the api has the name but for case) */
static void valid_sku_alias(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(sku_alias_columns) && CHECK_KNOWN(sku_alias_columns, 0, 4, "api") &&
      CHECK_ALONE(sku_alias_columns, 1, 5)) {
    accept(context);
  }
}

static const struct column rate_card_columns[] = {
    {"rate_card.api", NAME, 0, NULL},
    {"rate_card.sku", NAME, 0, NULL},
    {"rate_card.effective_from", TIME, 0, NULL},
    {"rate_card.tokens", MAYBE_AMOUNT, MAX_TOKENS, NULL},
    {"rate_card.per", PACKAGE, MAX_QUANTITY, NULL},
    {"rate_card.unit", MAYBE_TEXT, 0, NULL},
    {"rate_card.rounding", CHOICE, 0, "'none' 'up' 'down' 'carry'"},
    {"rate_card.minimum", MAYBE_AMOUNT, MAX_QUANTITY, NULL},
};

/* (columns, api exists, another sku of the api has the name but for case) */
static void valid_rate_card(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(rate_card_columns) && CHECK_KNOWN(rate_card_columns, 0, 8, "api") &&
      CHECK_ALONE(rate_card_columns, 1, 9)) {
    accept(context);
  }
}

static const struct column rate_tier_columns[] = {
    {"rate_tier.api", NAME, 0, NULL},
    {"rate_tier.sku", NAME, 0, NULL},
    {"rate_tier.effective_from", TIME, 0, NULL},
    {"rate_tier.above", PACKAGE, MAX_QUANTITY, NULL},
    {"rate_tier.tokens", AMOUNT, MAX_TOKENS, NULL},
};

/* (columns, the card has a row of that api, sku and instant, how many other tiers that row has) */
static void valid_rate_tier(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (!CHECK_ROW(rate_tier_columns) || !CHECK_KNOWN(rate_tier_columns, 2, 5, "rate_card")) return;
  if (sqlite3_value_int(values[6]) >= TIERS_MAX) {
    refuse(context, &rate_tier_columns[3], "one tier too many", values[3], "use 32 at most");
  } else {
    accept(context);
  }
}

static const struct column outcome_rule_columns[] = {
    {"outcome_rule.api", NAME, 0, NULL},
    {"outcome_rule.outcome", NAME, 0, NULL},
    {"outcome_rule.factor", AMOUNT, MAX_FACTOR, NULL},
};

/* (columns, api exists) */
static void valid_outcome_rule(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(outcome_rule_columns) && CHECK_KNOWN(outcome_rule_columns, 0, 3, "api")) {
    accept(context);
  }
}

/* ---- usage ---- */

/* Without the key. An api, a sku or a client may be unknown; a sku may be any text. */
static const struct column usage_columns[] = {
    {"usage.client_id", NAME, 0, NULL},       {"usage.api", NAME, 0, NULL},
    {"usage.sku", MAYBE_TEXT, 0, NULL},       {"usage.quantity", AMOUNT, MAX_QUANTITY, NULL},
    {"usage.occurred_at", TIME, 0, NULL},     {"usage.outcome", NAME, 0, NULL},
    {"usage.user_id", MAYBE_TEXT, 0, NULL},   {"usage.label", MAYBE_TEXT, 0, NULL},
    {"usage.source_id", MAYBE_NAME, 0, NULL},
};

/* (columns, the key that another row has): noted, see ext/functions/arrival.h */
static void valid_usage(sqlite3_context *context, int count, sqlite3_value **values) {
  int rc = arrival_note_key(sqlite3_user_data(context), values[count - 1], values);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, "usage");
  } else if (CHECK_ROW(usage_columns)) {
    accept(context);
  }
}

/* ---- budgets ---- */

/* Without the key. */
static const struct column budget_columns[] = {
    {"budget.team_id", MAYBE_NAME, 0, NULL},     {"budget.client_id", MAYBE_NAME, 0, NULL},
    {"budget.user_id", MAYBE_NAME, 0, NULL},     {"budget.label", MAYBE_NAME, 0, NULL},
    {"budget.tokens", AMOUNT, MAX_TOKENS, NULL}, {"budget.starts_at", TIME, 0, NULL},
    {"budget.ends_at", MAYBE_TIME, 0, NULL},     {"budget.note", MAYBE_TEXT, 0, NULL},
    {"budget.source_id", MAYBE_NAME, 0, NULL},
};

/* (columns, team exists or is not named, app likewise) */
static void valid_budget(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (CHECK_ROW(budget_columns) && CHECK_ORDER(budget_columns, 5, 6, 1) &&
      CHECK_KNOWN(budget_columns, 0, 9, "team") && CHECK_KNOWN(budget_columns, 1, 10, "app")) {
    accept(context);
  }
}

/* ---- policy: each has a value of its own sort ---- */

static const struct column policy_name = {"policy.name", NAME, 0, NULL};

enum policy_sort { PLAIN, TERM, KIND };

static const struct policy {
  const char *name;
  enum policy_sort sort;
  struct column value;
} policies[] = {
    {"grace_days", PLAIN, {"policy.value", AMOUNT, MAX_DAYS, NULL}},
    {"trial_days", PLAIN, {"policy.value", AMOUNT, MAX_DAYS, NULL}},
    {"lot_term", TERM, {"policy.value", NAME, 0, NULL}},
    {"report_lag_days", PLAIN, {"policy.value", AMOUNT, MAX_DAYS, NULL}},
    {"low_balance_tokens", PLAIN, {"policy.value", AMOUNT, MAX_TOKENS, NULL}},
    {"lapse_notice_days", PLAIN, {"policy.value", AMOUNT, MAX_DAYS, NULL}},
    {"min_purchase_tokens", PLAIN, {"policy.value", AMOUNT, MAX_TOKENS, NULL}},
    {"unusual_spend_tokens", PLAIN, {"policy.value", AMOUNT, MAX_TOKENS, NULL}},
    {"unusual_spend_factor", PLAIN, {"policy.value", AMOUNT, MAX_FACTOR, NULL}},
    {"forecast_days", PLAIN, {"policy.value", AMOUNT, MAX_FORECAST_DAYS, NULL}},
    {"red_percent", PLAIN, {"policy.value", AMOUNT, 100, NULL}},
    {"restore", PLAIN, {"policy.value", CHOICE, 0, "'support' 'auto'"}},
    {"flex_kind", KIND, {"policy.value", NAME, 0, NULL}},
    {"credit_kind", KIND, {"policy.value", NAME, 0, NULL}},
};

static const struct policy *find_policy(const char *name, size_t size) {
  for (int i = 0; i < COUNT(policies); i++) {
    if (strlen(policies[i].name) == size && memcmp(policies[i].name, name, size) == 0) {
      return &policies[i];
    }
  }
  return NULL;
}

/* (columns, kind exists, 2000-01-01 plus the value as a modifier, a lot would end too late) */
static bool check_policy(sqlite3_context *context, const struct policy *policy,
                         sqlite3_value **values) {
  const int kind_found = 2, sum = 3, too_long = 4;
  const int64_t base = INT64_C(946684800000); /* 2000-01-01 */
  const struct column *column = &policy->value;
  if (!check_column(context, column, values[1])) return false;
  if (policy->sort == KIND) {
    return check_known(context, column, values[1], values[kind_found], "token_kind");
  }
  if (policy->sort != TERM) return true;
  if (time_of(values[sum]) <= base) {
    return refuse(context, column, "not a modifier that moves a date forward", values[1],
                  "give one such as '+1 year'");
  }
  return !sqlite3_value_int(values[too_long]) ||
         refuse(context, column, "moves the end of a lot beyond the year 9999", values[1],
                "give a shorter term");
}

static void valid_policy(sqlite3_context *context, int count, sqlite3_value **values) {
  size_t size;
  (void)count;
  if (!check_column(context, &policy_name, values[0])) return;
  const char *name = text_of(context, values[0], &size);
  if (!name) return;
  const struct policy *policy = find_policy(name, size);
  if (!policy) {
    refuse(context, &policy_name, "unknown", values[0], "give one of SELECT name FROM policy");
  } else if (check_policy(context, policy, values)) {
    accept(context);
  }
}

/* ---- rows that others refer to ---- */

/* billing_keep_row(name, value): the refusal of a row that OR IGNORE would drop, though it says something new */
static void keep_row(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const char *name = (const char *)sqlite3_value_text(argv[0]);
  (void)argc;
  complain(context, SQLITE_CONSTRAINT, name ? name : "row", "taken by a row with other values",
           argv[1], "change that row, or give another key");
}

/* billing_unused(name, value, user): 1, or an error when a table `user` still has the value. */
static void unused(sqlite3_context *context, int count, sqlite3_value **values) {
  char wrong[64];
  (void)count;
  if (sqlite3_value_type(values[2]) == SQLITE_NULL) {
    accept(context);
    return;
  }
  sqlite3_snprintf((int)sizeof(wrong), wrong, "still used by %s", sqlite3_value_text(values[2]));
  struct column column = {(const char *)sqlite3_value_text(values[0]), NAME, 0, NULL};
  refuse(context, &column, wrong, values[1], "change or delete those rows first");
}

/* `more`: arguments after the columns. */
#define ROW_CHECK(table, more)                                       \
  {                                                                  \
    "billing_valid_" #table, COUNT(table##_columns) + (more),        \
        SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, valid_##table, pure \
  }

static const char pure[] = "judges its arguments alone; innocuous, as stored triggers call it";

const struct function_def check_functions[] = {
    ROW_CHECK(account, 0),
    ROW_CHECK(team, 1),
    ROW_CHECK(app, 1),
    ROW_CHECK(app_team, 2),
    ROW_CHECK(product_assignment, 2),
    ROW_CHECK(subscription, 1),
    ROW_CHECK(unblock, 1),
    ROW_CHECK(country, 0),
    ROW_CHECK(token_kind, 0),
    ROW_CHECK(kind_api, 2),
    ROW_CHECK(token_lot, 5),
    ROW_CHECK(lot_move, 2),
    ROW_CHECK(api, 2),
    ROW_CHECK(api_alias, 3),
    ROW_CHECK(sku_alias, 2),
    ROW_CHECK(rate_card, 2),
    ROW_CHECK(rate_tier, 2),
    ROW_CHECK(outcome_rule, 1),
    {"billing_valid_usage", 10, SQLITE_INNOCUOUS, valid_usage,
     "notes what it is told; triggers call it"},
    ROW_CHECK(budget, 2),
    {"billing_valid_policy", 5, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, valid_policy, pure},
    {"billing_keep_row", 2, SQLITE_INNOCUOUS, keep_row, "does nothing but fail"},
    {"billing_unused", 3, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, unused, pure},
    {NULL, 0, 0, NULL, NULL},
};
