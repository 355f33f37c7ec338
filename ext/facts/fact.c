#include "facts/fact.h"

#include <string.h>

#include "store/store.h"

SQLITE_EXTENSION_INIT3

/* Questions to a fact table. */
enum fact_question {
  ASK_KNOWN,
  ASK_MET,
  ASK_TAKEN,
  ASK_TWIN,
  ASK_USER,
  RESPELL,
  DROP,
  FACT_QUESTIONS
};

#define FACT_STATEMENTS (FACT_COUNT * FACT_QUESTIONS)

void fact_key(const struct fact *fact, sqlite3_value *const *row, sqlite3_value *key[KEY_MAX]) {
  int parts = 0;
  for (int i = 0; i < fact->count; i++) {
    if (column_is_key(&fact->columns[i])) key[parts++] = row[i];
  }
}

/*
** ---- the SQL of the questions: a row is bound as ?1 and so on, what comes beside it after that
** ----
*/

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

/* Another row that has the key of this one, or its source_id. The old key follows the row. */
static void write_met(sqlite3_str *out, const struct fact *fact) {
  const struct column *columns = fact->columns;
  for (int by_source = 0; by_source < 2; by_source++) {
    int n = fact->count + 1, found = 0;
    for (int i = 0; i < fact->count; i++) {
      if (by_source ? columns[i].role != SOURCE_COLUMN : !column_is_key(&columns[i])) continue;
      if (found++ == 0 && by_source) sqlite3_str_appendall(out, " UNION ALL ");
      if (found == 1) write_select(out, 1, fact);
      write_equal(out, &columns[i], "=", i + 1);
    }
    if (found == 0) continue;
    sqlite3_str_appendall(out, " AND NOT (1");
    for (int i = 0; i < fact->count; i++) {
      if (column_is_key(&columns[i])) write_equal(out, &columns[i], "IS", n++);
    }
    sqlite3_str_appendall(out, ")");
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

/* A time that a trigger of the user's own has changed by then is left as it is. */
static bool finds_row(const struct fact *fact, int column) {
  return fact_key_parts(fact) == 0 || column_is_key(&fact->columns[column]) ||
         column_is_time(&fact->columns[column]);
}

static void write_respell(sqlite3_str *out, const struct fact *fact) {
  const char *between = " SET ";
  sqlite3_str_appendf(out, "UPDATE main.%s", fact->name);
  for (int i = 0; i < fact->count; i++) {
    if (!column_is_time(&fact->columns[i])) continue;
    sqlite3_str_appendf(out, "%s%s = ?%d", between, column_short_name(&fact->columns[i]),
                        fact->count + i + 1);
    between = ", ";
  }
  sqlite3_str_appendall(out, " WHERE 1");
  for (int i = 0; i < fact->count; i++) {
    if (finds_row(fact, i)) write_equal(out, &fact->columns[i], "IS", i + 1);
  }
}

static void write_drop(sqlite3_str *out, const struct fact *fact) {
  sqlite3_str_appendf(out, "DELETE FROM main.%s WHERE 1", fact->name);
  for (int i = 0, n = 1; i < fact->count; i++) {
    if (column_is_key(&fact->columns[i])) write_equal(out, &fact->columns[i], "=", n++);
  }
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
    case ASK_MET:
      write_met(out, &facts[id]);
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
    case RESPELL:
      write_respell(out, &facts[id]);
      break;
    case DROP:
      write_drop(out, &facts[id]);
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

static const char *question_key(enum fact_id id, enum fact_question question) {
  return &questions[(int)id * FACT_QUESTIONS + (int)question];
}

/* The answer, or 0 where there is no row. */
static int ask(struct store *store, enum fact_id id, enum fact_question question, struct values row,
               struct values beside, int *rc) {
  const char *key = question_key(id, question);
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

bool fact_met(struct store *store, enum fact_id id, sqlite3_value *const *row,
              sqlite3_value *const *old_key, int *rc) {
  struct values values = {row, facts[id].count}, old = {old_key, fact_key_parts(&facts[id])};
  return old.count > 0 && ask(store, id, ASK_MET, values, old, rc) != 0;
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

enum fact_id fact_user(struct store *store, enum fact_id id, sqlite3_value *const *old_key,
                       sqlite3_value *const *new_key, int *rc) {
  struct values old = {old_key, fact_key_parts(&facts[id])}, new = {new_key, old.count};
  if (!fact_is_parent(id)) return NO_FACT;
  return (enum fact_id)ask(store, id, ASK_USER, old, new, rc);
}

void fact_respell(struct store *store, enum fact_id id, sqlite3_value *const *row,
                  sqlite3_value *const *canonical, int *rc) {
  const struct fact *fact = &facts[id];
  const char *key = question_key(id, RESPELL);
  sqlite3_stmt *update = store_take_built(store, key, build_question, rc);
  for (int i = 0; *rc == SQLITE_OK && i < fact->count; i++) {
    if (finds_row(fact, i)) *rc = sqlite3_bind_value(update, i + 1, row[i]);
    if (column_is_time(&fact->columns[i])) {
      *rc = sqlite3_bind_value(update, fact->count + i + 1, canonical[i]);
    }
  }
  store_run(store, key, update, rc);
}

void fact_drop(struct store *store, enum fact_id id, sqlite3_value *const *key, int *rc) {
  struct values values = {key, fact_key_parts(&facts[id])};
  const char *name = question_key(id, DROP);
  sqlite3_stmt *drop = store_take_built(store, name, build_question, rc);
  bind(drop, 0, values, rc);
  store_run(store, name, drop, rc);
}

const struct column *fact_column(sqlite3_value *value) {
  const char *name = (const char *)sqlite3_value_text(value);
  for (int id = NO_FACT + 1; name && id < FACT_COUNT; id++) {
    for (int i = 0; i < facts[id].count; i++) {
      if (strcmp(facts[id].columns[i].name, name) == 0) return &facts[id].columns[i];
    }
  }
  return NULL;
}
