#include "facts/fact.h"

#include <string.h>

#include "core/units.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

#define MAX_FACTOR 1e6 /* of an outcome */

/* ---- accounts, teams, apps ---- */

static const struct column account_columns[] = {
    {"account.account_id", NAME, .role = KEY_COLUMN},
    {"account.name", .rule = MAYBE_TEXT},
    {"account.country", .rule = MAYBE_NAME},
    {"account.agreement", CHOICE, .choices = "'flex' 'eba'"},
    {"account.trial_started_at", .rule = MAYBE_TIME},
    {"account.trial_ended_at", MAYBE_TIME, .not_before = "trial_started_at"},
};

static const struct column team_columns[] = {
    {"team.team_id", NAME, .role = KEY_COLUMN},
    {"team.account_id", NAME, .parent = FACT_ACCOUNT},
    {"team.name", .rule = MAYBE_TEXT},
};

static const struct column app_columns[] = {
    {"app.client_id", NAME, .role = KEY_COLUMN},
    {"app.name", .rule = MAYBE_TEXT},
    {"app.account_id", NAME, .parent = FACT_ACCOUNT},
};

static const struct column app_team_columns[] = {
    {"app_team.client_id", NAME, .role = KEY_COLUMN, .parent = FACT_APP},
    {"app_team.team_id", NAME, .parent = FACT_TEAM},
    {"app_team.assigned_at", TIME, .role = KEY_COLUMN},
};

static const struct column app_owner_columns[] = {
    {"app_owner.client_id", NAME, .role = KEY_COLUMN, .parent = FACT_APP},
    {"app_owner.account_id", NAME, .parent = FACT_ACCOUNT},
    {"app_owner.owned_from", TIME, .role = KEY_COLUMN},
};

static const struct column account_agreement_columns[] = {
    {"account_agreement.account_id", NAME, .role = KEY_COLUMN, .parent = FACT_ACCOUNT},
    {"account_agreement.agreement", CHOICE, .choices = "'flex' 'eba'"},
    {"account_agreement.starts_at", TIME, .role = KEY_COLUMN},
};

static const struct column product_assignment_columns[] = {
    {"product_assignment.account_id", NAME, .role = KEY_COLUMN, .parent = FACT_ACCOUNT},
    {"product_assignment.team_id", NAME, .parent = FACT_TEAM},
    {"product_assignment.assigned_at", TIME, .role = KEY_COLUMN},
    {"product_assignment.revoked_at", MAYBE_TIME, .not_before = "assigned_at"},
};

static const struct column subscription_columns[] = {
    {"subscription.account_id", NAME, .parent = FACT_ACCOUNT},
    {"subscription.starts_at", .rule = TIME},
    {"subscription.ends_at", TIME, .after = "starts_at"},
};

static const struct column unblock_columns[] = {
    {"unblock.team_id", NAME, .parent = FACT_TEAM},
    {"unblock.unblocked_at", .rule = TIME},
    {"unblock.note", .rule = MAYBE_TEXT},
};

static const struct column period_close_columns[] = {
    {"period_close.team_id", NAME, .role = KEY_COLUMN, .parent = FACT_TEAM},
    {"period_close.closed_until", ANY, .role = KEY_COLUMN},
};

static const struct column budget_columns[] = {
    {"budget.budget_id", ANY, .role = KEY_COLUMN},
    {"budget.team_id", MAYBE_NAME, .parent = FACT_TEAM},
    {"budget.client_id", MAYBE_NAME, .parent = FACT_APP},
    {"budget.user_id", .rule = MAYBE_NAME},
    {"budget.label", .rule = MAYBE_NAME},
    {"budget.tokens", AMOUNT, .limit = MAX_TOKENS},
    {"budget.starts_at", .rule = TIME},
    {"budget.ends_at", MAYBE_TIME, .after = "starts_at"},
    {"budget.note", .rule = MAYBE_TEXT},
    {"budget.source_id", MAYBE_NAME, .role = SOURCE_COLUMN},
};

static const struct column country_columns[] = {
    {"country.country", NAME, .role = KEY_COLUMN},
    {"country.flex_from", .rule = MAYBE_TIME},
};

/* ---- lots ---- */

static const struct column token_kind_columns[] = {
    {"token_kind.kind", NAME, .role = KEY_COLUMN},
    {"token_kind.rank", .rule = RANK},
    {"token_kind.name", .rule = MAYBE_TEXT},
};

static const struct column kind_api_columns[] = {
    {"kind_api.kind", NAME, .role = KEY_COLUMN, .parent = FACT_TOKEN_KIND},
    {"kind_api.api", NAME, .role = KEY_COLUMN, .parent = FACT_API},
};

static const struct column token_lot_columns[] = {
    {"token_lot.lot_id", ANY, .role = KEY_COLUMN},
    {"token_lot.team_id", NAME, .parent = FACT_TEAM},
    {"token_lot.kind", NAME, .parent = FACT_TOKEN_KIND},
    {"token_lot.tokens", AMOUNT, .limit = MAX_TOKENS},
    {"token_lot.purchased_at", .rule = TIME},
    {"token_lot.expires_at", MAYBE_TIME, .after = "purchased_at"},
    {"token_lot.voided_at", MAYBE_TIME, .not_before = "purchased_at"},
    {"token_lot.source_id", MAYBE_NAME, .role = SOURCE_COLUMN},
    {"token_lot.note", .rule = MAYBE_TEXT},
};

static const struct column lot_move_columns[] = {
    {"lot_move.lot_id", KEY, .role = KEY_COLUMN, .parent = FACT_TOKEN_LOT},
    {"lot_move.team_id", NAME, .parent = FACT_TEAM},
    {"lot_move.moved_at", TIME, .role = KEY_COLUMN},
};

/* ---- apis and rates ---- */

static const struct column api_columns[] = {
    {"api.api", NAME, .role = NAME_COLUMN},
    {"api.name", .rule = MAYBE_TEXT},
    {"api.premium", .rule = FLAG},
};

static const struct column api_alias_columns[] = {
    {"api_alias.alias", NAME, .role = NAME_COLUMN},
    {"api_alias.api", NAME, .parent = FACT_API},
};

static const struct column sku_alias_columns[] = {
    {"sku_alias.api", NAME, .role = KEY_COLUMN, .parent = FACT_API},
    {"sku_alias.alias", NAME, .role = NAME_COLUMN},
    {"sku_alias.sku", .rule = NAME},
    {"sku_alias.effective_from", TIME, .role = KEY_COLUMN},
};

static const struct column rate_card_columns[] = {
    {"rate_card.api", NAME, .role = KEY_COLUMN, .parent = FACT_API},
    {"rate_card.sku", NAME, .role = NAME_COLUMN},
    {"rate_card.effective_from", TIME, .role = KEY_COLUMN},
    {"rate_card.tokens", MAYBE_AMOUNT, .limit = MAX_TOKENS},
    {"rate_card.per", PACKAGE, .limit = MAX_QUANTITY},
    {"rate_card.unit", .rule = MAYBE_TEXT},
    {"rate_card.rounding", CHOICE, .choices = "'none' 'up' 'down' 'carry'"},
    {"rate_card.minimum", MAYBE_AMOUNT, .limit = MAX_QUANTITY},
};

static const struct column rate_tier_columns[] = {
    {"rate_tier.api", NAME, .role = KEY_COLUMN, .parent = FACT_RATE_CARD},
    {"rate_tier.sku", NAME, .role = KEY_COLUMN, .parent = FACT_RATE_CARD},
    {"rate_tier.effective_from", TIME, .role = KEY_COLUMN, .parent = FACT_RATE_CARD},
    {"rate_tier.above", PACKAGE, .limit = MAX_QUANTITY, .role = KEY_COLUMN},
    {"rate_tier.tokens", AMOUNT, .limit = MAX_TOKENS},
};

static const struct column outcome_rule_columns[] = {
    {"outcome_rule.api", NAME, .role = KEY_COLUMN, .parent = FACT_API},
    {"outcome_rule.outcome", NAME, .role = KEY_COLUMN},
    {"outcome_rule.factor", AMOUNT, .limit = MAX_FACTOR},
};

static const struct column policy_columns[] = {
    {"policy.name", NAME, .role = KEY_COLUMN},
    {"policy.value", ANY, .parent = FACT_TOKEN_KIND,
     .where = "name IN ('flex_kind', 'credit_kind')"},
};

static const struct column policy_change_columns[] = {
    {"policy_change.name", NAME, .role = KEY_COLUMN},
    {"policy_change.value", .rule = ANY},
    {"policy_change.effective_from", TIME, .role = KEY_COLUMN},
};

#define FACT(name) \
  { #name, name##_columns, (int)(sizeof(name##_columns) / sizeof(name##_columns[0])) }

const struct fact facts[FACT_COUNT] = {
    [FACT_ACCOUNT] = FACT(account),
    [FACT_TEAM] = FACT(team),
    [FACT_APP] = FACT(app),
    [FACT_TOKEN_LOT] = FACT(token_lot),
    [FACT_LOT_MOVE] = FACT(lot_move),
    [FACT_APP_TEAM] = FACT(app_team),
    [FACT_APP_OWNER] = FACT(app_owner),
    [FACT_ACCOUNT_AGREEMENT] = FACT(account_agreement),
    [FACT_PRODUCT_ASSIGNMENT] = FACT(product_assignment),
    [FACT_SUBSCRIPTION] = FACT(subscription),
    [FACT_UNBLOCK] = FACT(unblock),
    [FACT_PERIOD_CLOSE] = FACT(period_close),
    [FACT_BUDGET] = FACT(budget),
    [FACT_COUNTRY] = FACT(country),
    [FACT_TOKEN_KIND] = FACT(token_kind),
    [FACT_API] = FACT(api),
    [FACT_API_ALIAS] = FACT(api_alias),
    [FACT_SKU_ALIAS] = FACT(sku_alias),
    [FACT_RATE_CARD] = FACT(rate_card),
    [FACT_RATE_TIER] = FACT(rate_tier),
    [FACT_OUTCOME_RULE] = FACT(outcome_rule),
    [FACT_KIND_API] = FACT(kind_api),
    [FACT_POLICY] = FACT(policy),
    [FACT_POLICY_CHANGE] = FACT(policy_change),
};

enum fact_id fact_find(const char *name) {
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    if (strcmp(facts[id].name, name) == 0) return (enum fact_id)id;
  }
  return NO_FACT;
}

const char *column_short_name(const struct column *column) {
  return strchr(column->name, '.') + 1;
}

bool column_is_key(const struct column *column) {
  return column->role == KEY_COLUMN || column->role == NAME_COLUMN;
}

int fact_key_parts(const struct fact *fact) {
  int parts = 0;
  for (int i = 0; i < fact->count; i++) parts += column_is_key(&fact->columns[i]);
  return parts;
}

void fact_key(const struct fact *fact, sqlite3_value *const *row, sqlite3_value *key[KEY_MAX]) {
  int parts = 0;
  for (int i = 0; i < fact->count; i++) {
    if (column_is_key(&fact->columns[i])) key[parts++] = row[i];
  }
}

/* ---- the SQL of the questions: a row is bound as ?1 and so on, what comes beside it after that ---- */

static void write_select(sqlite3_str *out, int answer, const struct fact *fact) {
  sqlite3_str_appendf(out, "SELECT %d FROM main.%s WHERE 1", answer, fact->name);
}

/* " AND column = ?n"; IS where NULL equals NULL. */
static void write_equal(sqlite3_str *out, const struct column *column, const char *equals, int n) {
  sqlite3_str_appendf(out, " AND %s %s ?%d", column_short_name(column), equals, n);
}

static void write_known(sqlite3_str *out, const struct fact *fact) {
  write_select(out, 1, fact);
  for (int i = 0, n = 1; i < fact->count; i++) {
    if (column_is_key(&fact->columns[i])) write_equal(out, &fact->columns[i], "=", n++);
  }
}

static void write_taken(sqlite3_str *out, const struct fact *fact) {
  const struct column *columns = fact->columns;
  write_select(out, 1, fact);
  for (int i = 0; i < fact->count; i++) {
    if (column_is_key(&columns[i])) write_equal(out, &columns[i], "=", i + 1);
    if (columns[i].role != SOURCE_COLUMN) continue;
    sqlite3_str_appendall(out, " AND NOT EXISTS (");
    write_select(out, 1, fact);
    write_equal(out, &columns[i], "=", i + 1);
    sqlite3_str_appendall(out, ")");
  }
  sqlite3_str_appendall(out, " AND NOT (1");
  for (int i = 0; i < fact->count; i++) {
    if (!column_is_key(&columns[i])) write_equal(out, &columns[i], "IS", i + 1);
  }
  sqlite3_str_appendall(out, ")");
}

/* A name is looked for below the parts of the key that stand before it. */
static void write_twin(sqlite3_str *out, const struct fact *fact) {
  const struct column *columns = fact->columns;
  int i = 0, n = fact->count + 1;
  write_select(out, 1, fact);
  for (; i < fact->count && columns[i].role != NAME_COLUMN; i++) {
    if (column_is_key(&columns[i])) write_equal(out, &columns[i], "=", i + 1);
  }
  write_equal(out, &columns[i], "=", i + 1);
  sqlite3_str_appendall(out, " COLLATE NOCASE");
  write_equal(out, &columns[i], "<>", i + 1);
  sqlite3_str_appendall(out, " AND NOT (1");
  for (i = 0; i < fact->count; i++) {
    if (column_is_key(&columns[i])) write_equal(out, &columns[i], "IS", n++);
  }
  sqlite3_str_appendall(out, ")");
}

/* The rows of `user` that have the key as parent. */
static void write_user(sqlite3_str *out, enum fact_id id, enum fact_id user) {
  int parts = fact_key_parts(&facts[id]), n = 0;
  for (int i = 0; i < facts[user].count; i++) {
    const struct column *column = &facts[user].columns[i];
    if (column->parent != id) continue;
    if (n == 0 && sqlite3_str_length(out) > 0) sqlite3_str_appendall(out, " UNION ALL ");
    if (n == 0) write_select(out, user, &facts[user]);
    write_equal(out, column, "=", ++n);
    if (column->where) sqlite3_str_appendf(out, " AND %s", column->where);
  }
  if (n == 0) return;
  sqlite3_str_appendall(out, " AND NOT (1");
  for (n = 1; n <= parts; n++) sqlite3_str_appendf(out, " AND ?%d IS ?%d", n, parts + n);
  sqlite3_str_appendall(out, ")");
}

/* Its addresses name the statements: one for each table and question. */
static const char questions[FACT_STATEMENTS];

static char *build_question(sqlite3 *db, const char *key) {
  int number = (int)(key - questions);
  enum fact_id id = (enum fact_id)(number / FACT_QUESTIONS);
  sqlite3_str *out = sqlite3_str_new(db);
  switch ((enum fact_question)(number % FACT_QUESTIONS)) {
    case ASK_KNOWN:
      write_known(out, &facts[id]);
      break;
    case ASK_TAKEN:
      write_taken(out, &facts[id]);
      break;
    case ASK_TWIN:
      write_twin(out, &facts[id]);
      break;
    case ASK_USER:
      for (int user = NO_FACT + 1; user < FACT_COUNT; user++) {
        write_user(out, id, (enum fact_id)user);
      }
      break;
    case FACT_QUESTIONS:
      break;
  }
  return sqlite3_str_finish(out);
}

/* ---- asking ---- */

struct values {
  sqlite3_value *const *first; /* NULL: all NULL */
  int count;
};

static void bind(sqlite3_stmt *asked, int after, struct values values, int *rc) {
  for (int i = 0; *rc == SQLITE_OK && values.first && i < values.count; i++) {
    *rc = sqlite3_bind_value(asked, after + i + 1, values.first[i]);
  }
}

/* The answer, or 0 where there is no row. */
static int ask(struct store *store, enum fact_id id, enum fact_question question, struct values row,
               struct values beside, int *rc) {
  const char *key = &questions[(int)id * FACT_QUESTIONS + (int)question];
  sqlite3_stmt *asked = store_take_built(store, key, build_question, rc);
  int answer;
  bind(asked, 0, row, rc);
  bind(asked, row.count, beside, rc);
  answer = store_row(asked, rc) ? sqlite3_column_int(asked, 0) : 0;
  store_put(store, key, asked, rc);
  return answer;
}

static const struct values nothing = {NULL, 0};

bool fact_known(struct store *store, enum fact_id id, sqlite3_value *const *key, int *rc) {
  struct values values = {key, fact_key_parts(&facts[id])};
  return ask(store, id, ASK_KNOWN, values, nothing, rc) != 0;
}

bool fact_taken(struct store *store, enum fact_id id, sqlite3_value *const *row, int *rc) {
  struct values values = {row, facts[id].count};
  return ask(store, id, ASK_TAKEN, values, nothing, rc) != 0;
}

bool fact_has_twin(struct store *store, enum fact_id id, sqlite3_value *const *row,
                   sqlite3_value *const *old_key, int *rc) {
  struct values values = {row, facts[id].count}, old = {old_key, fact_key_parts(&facts[id])};
  return ask(store, id, ASK_TWIN, values, old, rc) != 0;
}

static bool is_parent(enum fact_id id) {
  for (int user = NO_FACT + 1; user < FACT_COUNT; user++) {
    for (int i = 0; i < facts[user].count; i++) {
      if (facts[user].columns[i].parent == id) return true;
    }
  }
  return false;
}

enum fact_id fact_user(struct store *store, enum fact_id id, sqlite3_value *const *old_key,
                       sqlite3_value *const *new_key, int *rc) {
  struct values old = {old_key, fact_key_parts(&facts[id])}, new = {new_key, old.count};
  if (!is_parent(id)) return NO_FACT;
  return (enum fact_id)ask(store, id, ASK_USER, old, new, rc);
}
