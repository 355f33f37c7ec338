#include "admin/parts.h"

#include <stdbool.h>
#include <string.h>

#include "admin/functions.h"
#include "install_sql.h"
#include "store/error.h"

SQLITE_EXTENSION_INIT3

#define NAMED " IF NOT EXISTS main."

/* One CREATE statement of the script: `text` is what follows `main.`, beginning with the name. */
struct part {
  const char *kind; /* as in sqlite_schema */
  const char *text;
  int name_size;
};

static const char *kind_of(const char *create, const char *end) {
  static const struct {
    const char *words, *kind;
  } kinds[] = {{"CREATE TABLE", "table"}, {"CREATE VIRTUAL TABLE", "table"},
               {"CREATE INDEX", "index"}, {"CREATE UNIQUE INDEX", "index"},
               {"CREATE VIEW", "view"},   {"CREATE TRIGGER", "trigger"}};
  for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
    size_t size = strlen(kinds[i].words);
    if ((size_t)(end - create) == size && memcmp(create, kinds[i].words, size) == 0) {
      return kinds[i].kind;
    }
  }
  return NULL;
}

/* The next part from *at on, which moves behind its name. */
static bool next_part(const char **at, struct part *part) {
  const char *named;
  while ((named = strstr(*at, NAMED)) != NULL) {
    const char *line = named;
    while (line > billing_install_sql && line[-1] != '\n') line--;
    part->kind = kind_of(line, named);
    part->text = named + strlen(NAMED);
    part->name_size = (int)strcspn(part->text, " (\n");
    *at = part->text + part->name_size;
    if (part->kind) return true;
  }
  return false;
}

static bool find_part(const char *kind, const char *name, struct part *part) {
  const char *at = billing_install_sql;
  while (next_part(&at, part)) {
    if (strcmp(part->kind, kind) == 0 && part->name_size == (int)strlen(name) &&
        sqlite3_strnicmp(part->text, name, part->name_size) == 0) {
      return true;
    }
  }
  return false;
}

/* What follows CREATE … in the text of sqlite_schema, from the name on. */
static const char *stored_text(const struct part *part, const char *sql) {
  static const char *const words[] = {"CREATE VIRTUAL TABLE ", "CREATE TABLE ",
                                      "CREATE UNIQUE INDEX ",  "CREATE INDEX ",
                                      "CREATE VIEW ",          "CREATE TRIGGER "};
  (void)part;
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (strncmp(sql, words[i], strlen(words[i])) == 0) return sql + strlen(words[i]);
  }
  return sql;
}

/* Is the stored text that of the part? ALTER TABLE puts names in quotes: `loose` overlooks them. */
static bool is_same(const struct part *part, const char *sql, bool loose) {
  const char *stored = stored_text(part, sql), *text = part->text;
  for (; *stored; stored++) {
    if (loose && *stored == '"') continue;
    while (loose && *text == '"') text++;
    if (*stored != *text++) return false;
  }
  return *text == ';';
}

/* ---- what main has ---- */

static const char sql_objects[] =
    "SELECT type, name, coalesce(sql, '') FROM main.sqlite_schema WHERE type = ?1 AND name = ?2"
    " COLLATE NOCASE";

enum state { AS_IT_IS, CHANGED, MISSING };

static enum state state_of(sqlite3_stmt *object, const struct part *part, bool loose, int *rc) {
  enum state state = MISSING;
  sqlite3_bind_text(object, 1, part->kind, -1, SQLITE_STATIC);
  sqlite3_bind_text(object, 2, part->text, part->name_size, SQLITE_STATIC);
  if (store_row(object, rc)) {
    const char *sql = (const char *)sqlite3_column_text(object, 2);
    state = sql && is_same(part, sql, loose) ? AS_IT_IS : CHANGED;
  }
  sqlite3_reset(object);
  return state;
}

static bool is_table(const struct part *part) {
  return strcmp(part->kind, "table") == 0;
}

/* Triggers and views of our prefix that the script does not have. */
static bool is_stray(sqlite3_stmt *row) {
  struct part part;
  return !find_part((const char *)sqlite3_column_text(row, 0),
                    (const char *)sqlite3_column_text(row, 1), &part);
}

static const char sql_ours[] =
    "SELECT type, name, coalesce(sql, '') FROM main.sqlite_schema"
    " WHERE type IN ('trigger', 'view', 'index') AND name LIKE '\\_billing\\_%' ESCAPE '\\'"
    " ORDER BY type <> 'trigger'";

bool parts_are_lost(sqlite3 *db, int *rc) {
  const char *at = billing_install_sql;
  sqlite3_stmt *object = NULL, *ours = NULL;
  struct part part;
  bool lost = false;
  *rc = sqlite3_prepare_v2(db, sql_objects, -1, &object, NULL);
  while (*rc == SQLITE_OK && !lost && next_part(&at, &part)) {
    enum state state = state_of(object, &part, false, rc);
    lost = state == MISSING || (state == CHANGED && !is_table(&part));
  }
  sqlite3_finalize(object);
  if (*rc == SQLITE_OK) *rc = sqlite3_prepare_v2(db, sql_ours, -1, &ours, NULL);
  while (!lost && store_row(ours, rc)) lost = is_stray(ours);
  sqlite3_finalize(ours);
  return lost;
}

/* Nobody else's file has both of these tables. */
static const char sql_is_ours[] =
    "SELECT count(*) = 2 FROM main.sqlite_schema WHERE type = 'table'"
    " AND name IN ('_billing_change', '_billing_wallet')";

static const char sql_has_mark[] =
    "SELECT count(*) = 2 FROM main._billing_meta WHERE name IN ('schema_version', 'settled_upto')"
    " AND typeof(value) = 'integer'";

bool parts_mark_is_lost(sqlite3 *db, int *rc) {
  sqlite3_stmt *ours = NULL, *mark = NULL;
  if (*rc == SQLITE_OK) *rc = sqlite3_prepare_v2(db, sql_is_ours, -1, &ours, NULL);
  bool lost = store_row(ours, rc) && sqlite3_column_int(ours, 0) != 0;
  sqlite3_finalize(ours);
  if (!lost || *rc != SQLITE_OK) return false;
  int prepared = sqlite3_prepare_v2(db, sql_has_mark, -1, &mark, NULL);
  if (prepared == SQLITE_NOMEM) *rc = prepared;
  if (prepared == SQLITE_OK && store_row(mark, rc)) lost = sqlite3_column_int(mark, 0) == 0;
  sqlite3_finalize(mark);
  return lost && *rc == SQLITE_OK;
}

static void append_drop(sqlite3_str *script, sqlite3_stmt *row) {
  const char *kind = (const char *)sqlite3_column_text(row, 0);
  const char *name = (const char *)sqlite3_column_text(row, 1);
  const char *sql = (const char *)sqlite3_column_text(row, 2);
  struct part part;
  bool known = find_part(kind, name, &part);
  if (strcmp(kind, "trigger") != 0 && known && is_same(&part, sql, false)) return;
  sqlite3_str_appendf(script, "DROP %s IF EXISTS main.\"%w\";", kind, name);
}

char *parts_drop_script(sqlite3 *db, int *rc) {
  sqlite3_str *script = sqlite3_str_new(db);
  sqlite3_stmt *ours = NULL;
  char *text;
  *rc = sqlite3_prepare_v2(db, sql_ours, -1, &ours, NULL);
  sqlite3_str_appendall(script, "SELECT 1;");
  while (store_row(ours, rc)) append_drop(script, ours);
  sqlite3_finalize(ours);
  text = sqlite3_str_finish(script);
  if (*rc == SQLITE_OK && !text) *rc = SQLITE_NOMEM;
  if (*rc == SQLITE_OK) return text;
  sqlite3_free(text);
  return NULL;
}

/* ---- for billing_check ---- */

static void append_lost(sqlite3_str *list, const char *kind, const char *name, int size,
                        const char *detail) {
  sqlite3_str_appendf(list, "%s[\"%s %.*s\",\"%s\"]", sqlite3_str_length(list) > 1 ? "," : "", kind,
                      size, name, detail);
}

static const char sql_columns[] =
    "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1)";

static const char sql_has_column[] =
    "SELECT upper(type) = upper(?3) AND \"notnull\" = ?4 AND pk = ?5 AND hidden = ?6"
    " FROM pragma_table_xinfo(?1, 'main') WHERE name = ?2 COLLATE NOCASE";

/*
** A table whose text is another: a user may have added columns. Those of the script have to be
** there.
*/
static void compare_columns(sqlite3 *db, sqlite3 *model, const struct part *part, sqlite3_str *list,
                            int *rc) {
  sqlite3_stmt *expected = NULL, *has = NULL;
  *rc = sqlite3_prepare_v2(model, sql_columns, -1, &expected, NULL);
  if (*rc == SQLITE_OK) *rc = sqlite3_prepare_v2(db, sql_has_column, -1, &has, NULL);
  if (*rc == SQLITE_OK) {
    sqlite3_bind_text(expected, 1, part->text, part->name_size, SQLITE_STATIC);
    sqlite3_bind_text(has, 1, part->text, part->name_size, SQLITE_STATIC);
  }
  while (store_row(expected, rc)) {
    const char *detail = NULL;
    char name[160];
    for (int i = 0; i < 5; i++) sqlite3_bind_value(has, i + 2, sqlite3_column_value(expected, i));
    if (!store_row(has, rc)) {
      detail = "is missing, add it again or copy the facts into a new file";
    } else if (!sqlite3_column_int(has, 0)) {
      detail = "is declared in another way, build the table again as it was";
    }
    sqlite3_reset(has);
    sqlite3_snprintf((int)sizeof(name), name, "%.*s.%s", part->name_size, part->text,
                     (const char *)sqlite3_column_text(expected, 0));
    if (detail) append_lost(list, "column", name, (int)strlen(name), detail);
  }
  sqlite3_finalize(expected);
  sqlite3_finalize(has);
}

/* The tables of the script, in a database of their own. */
static int open_model(sqlite3 **model) {
  int rc = *model ? SQLITE_OK : sqlite3_open(":memory:", model);
  if (rc == SQLITE_OK &&
      !sqlite3_table_column_metadata(*model, "main", "usage", NULL, NULL, NULL, NULL, NULL, NULL)) {
    return rc;
  }
  return rc == SQLITE_OK ? sqlite3_exec(*model, billing_tables_sql, NULL, NULL, NULL) : rc;
}

static bool is_virtual(const struct part *part) {
  return strncmp(part->text + part->name_size, " USING", 6) == 0;
}

static void list_part(sqlite3 *db, sqlite3 **model, const struct part *part, enum state state,
                      sqlite3_str *list, int *rc) {
  static const char again[] = "is missing, run SELECT billing_install()";
  if (state == MISSING && is_table(part) && !is_virtual(part)) {
    append_lost(list, part->kind, part->text, part->name_size,
                "is missing, run SELECT billing_install() and SELECT billing_rebuild()");
  } else if (state == MISSING) {
    append_lost(list, part->kind, part->text, part->name_size, again);
  } else if (state == CHANGED && is_table(part)) {
    *rc = open_model(model);
    if (*rc == SQLITE_OK) compare_columns(db, *model, part, list, rc);
  } else if (state == CHANGED) {
    append_lost(list, part->kind, part->text, part->name_size,
                "is changed, run SELECT billing_install()");
  }
}

static void list_strays(sqlite3 *db, sqlite3_str *list, int *rc) {
  sqlite3_stmt *ours = NULL;
  if (*rc == SQLITE_OK) *rc = sqlite3_prepare_v2(db, sql_ours, -1, &ours, NULL);
  while (store_row(ours, rc)) {
    const char *name = (const char *)sqlite3_column_text(ours, 1);
    if (!is_stray(ours) || strchr(name, '"') || strchr(name, '\\')) continue;
    append_lost(list, (const char *)sqlite3_column_text(ours, 0), name, (int)strlen(name),
                "is not one of ours, run SELECT billing_install()");
  }
  sqlite3_finalize(ours);
}

static void list_lost(sqlite3 *db, sqlite3_str *list, int *rc) {
  const char *at = billing_install_sql;
  sqlite3_stmt *object = NULL;
  sqlite3 *model = NULL;
  struct part part;
  static const char mark[] = "_billing_meta";
  *rc = sqlite3_prepare_v2(db, sql_objects, -1, &object, NULL);
  while (*rc == SQLITE_OK && next_part(&at, &part)) {
    list_part(db, &model, &part, state_of(object, &part, true, rc), list, rc);
  }
  sqlite3_finalize(object);
  sqlite3_close(model);
  list_strays(db, list, rc);
  if (parts_mark_is_lost(db, rc)) {
    append_lost(list, "table", mark, (int)strlen(mark),
                "says no longer what is settled, run SELECT billing_install()");
  }
}

/*
** billing_lost_parts(): a JSON array of [what, how] for each part of the schema that is missing or
** changed
*/
static void lost_parts(sqlite3_context *context, int argc, sqlite3_value **argv) {
  sqlite3 *db = sqlite3_context_db_handle(context);
  sqlite3_str *list = sqlite3_str_new(db);
  int rc = SQLITE_OK;
  char *text;
  (void)argc;
  (void)argv;
  sqlite3_str_appendchar(list, 1, '[');
  if (store_schema_version(db, &rc) == SCHEMA_VERSION || parts_mark_is_lost(db, &rc)) {
    if (rc == SQLITE_OK) list_lost(db, list, &rc);
  }
  sqlite3_str_appendchar(list, 1, ']');
  text = sqlite3_str_finish(list);
  if (rc != SQLITE_OK) {
    sqlite3_free(text);
    complain_of_sqlite(context, rc, "billing_check");
  } else if (text) {
    sqlite3_result_text(context, text, -1, sqlite3_free);
  } else {
    sqlite3_result_error_nomem(context);
  }
}

const struct function_def part_functions[] = {
    {"billing_lost_parts", 0, SQLITE_INNOCUOUS, lost_parts,
     "innocuous: it reads the schema; billing_check asks it"},
    {NULL, 0, 0, NULL, NULL},
};
