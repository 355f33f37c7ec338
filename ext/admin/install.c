/*
** Functions that write: billing_install(), settle(); and those that describe
** the extension itself.
*/
#include <stdbool.h>
#include <string.h>

#include "store/error.h"
#include "admin/functions.h"
#include "admin/parts.h"
#include "admin/rebuild.h"
#include "admin/replicated.h"
#include "admin/scripts.h"
#include "install_sql.h"
#include "settle/settle.h"
#include "store/query.h"
#include "store/store.h"
#include "upgrade_sql.h"

SQLITE_EXTENSION_INIT3

/* Report an SQLite error under the name of the function; takes `message`, which may be NULL. */
static void fail(sqlite3_context *context, const char *name, int rc, char *message) {
  if (!message) {
    message = sqlite3_mprintf("%s: %s", name, sqlite3_errmsg(sqlite3_context_db_handle(context)));
  }
  sqlite3_result_error(context, message ? message : name, -1);
  if (rc != SQLITE_ERROR) sqlite3_result_error_code(context, rc);
  sqlite3_free(message);
}

/* settle(), settle(team_id) */
static void settle_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  char *message = NULL;
  int64_t settled = 0;
  bool all = argc == 0 || sqlite3_value_type(argv[0]) == SQLITE_NULL;
  int rc = SQLITE_OK;
  if (refused_as_query(context, "settle",
                       all ? "run INSERT INTO settlement(team_id) VALUES (NULL)"
                           : "run INSERT INTO settlement(team_id) with the team")) {
    return;
  }
  /* To store a time canonically changes no fact: the statement around that settles. */
  if (!store->respelling) rc = settle(store, all ? NULL : argv[0], &settled, &message);
  if (rc != SQLITE_OK) {
    fail(context, "settle", rc, message);
  } else {
    sqlite3_result_int64(context, settled);
  }
}

/* billing_settlement(team_id, rebuild): 1; what an INSERT into settlement asks for */
static void settlement_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  char *message = NULL;
  int64_t settled;
  int rc = SQLITE_OK;
  bool all = sqlite3_value_type(argv[0]) == SQLITE_NULL;
  (void)argc;
  if (called_outside_trigger(context, "billing_settlement")) return;
  if (sqlite3_value_int(argv[1])) rebuild(store, &rc);
  if (rc != SQLITE_OK) {
    complain_nested(context, rc);
    return;
  }
  rc = settle(store, all ? NULL : argv[0], &settled, &message);
  if (rc != SQLITE_OK) {
    fail(context, "settle", rc, message);
  } else {
    sqlite3_result_int(context, 1);
  }
}

/* Facts may have changed unseen. */
static const char sql_changed[] = "UPDATE main._billing_change SET stamp = random(), retry = 1;";

/* Older schemas were never released. */
#define OLDEST_SCHEMA 4

/* upgrades[n - OLDEST_SCHEMA] leads from schema n to n + 1. */
static const char *const upgrades[] = {billing_upgrade_4_5};

/*
** A table or view of the user's own that has a name of ours: CREATE … IF NOT EXISTS would take it
** for ours. `message` says so.
*/
static int find_stranger(sqlite3 *db, char **message) {
  static const char search[] =
      "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') AND ("
      " instr(?1, 'TABLE IF NOT EXISTS main.' || lower(name) || '(')"
      " OR instr(?1, 'TABLE IF NOT EXISTS main.' || lower(name) || ' USING')"
      " OR instr(?1, 'VIEW IF NOT EXISTS main.' || lower(name) || '(')) ORDER BY name";
  sqlite3_stmt *row = NULL;
  int rc = sqlite3_prepare_v2(db, search, -1, &row, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_bind_text(row, 1, billing_install_sql, -1, SQLITE_STATIC);
  if (store_row(row, &rc)) {
    *message = sqlite3_mprintf(
        "the database has a table of that name already, '%.80s',"
        " rename it or install into another database",
        (const char *)sqlite3_column_text(row, 0));
    rc = SQLITE_CONSTRAINT;
  }
  sqlite3_finalize(row);
  return rc;
}

/*
** A close of an older schema, or one whose kept rows are lost, is read by the facts as they are
** from here on.
*/
static const char sql_keep_closed[] =
    "INSERT INTO main._billing_keep_closed SELECT DISTINCT c.team_id FROM main.period_close c"
    " WHERE c.team_id NOT IN (SELECT w.team_id FROM main._billing_closed_version v"
    "  JOIN main._billing_wallet w USING (wallet_id));";

/* What brings main up to the present schema, for scripts_run(); owned by the caller. */
struct scripts {
  char *first, *last; /* both NULL: there is nothing to do */
};

static void free_scripts(struct scripts *scripts) {
  sqlite3_free(scripts->first);
  sqlite3_free(scripts->last);
}

/* From `version`, 0: nothing is there. */
static struct scripts install_scripts(int version, int *rc) {
  sqlite3_str *first = sqlite3_str_new(NULL);
  struct scripts scripts;
  for (int v = version; v > 0 && v < SCHEMA_VERSION; v++) {
    sqlite3_str_appendall(first, upgrades[v - OLDEST_SCHEMA]);
  }
  *rc = sqlite3_str_errcode(first);
  scripts.first = sqlite3_str_finish(first); /* NULL where nothing was added, too */
  scripts.last = sqlite3_mprintf("%s%s", billing_install_sql, version > 0 ? sql_keep_closed : "");
  if (!scripts.last) *rc = SQLITE_NOMEM;
  return scripts;
}

static const char sql_rebuild[] = "INSERT INTO main._billing_settlement VALUES (NULL, 1);";

/*
** Puts back triggers, views, indexes and tables that are missing or changed; facts stay. Without
** _billing_meta nobody knows what is settled, so all of it is derived again.
*/
static struct scripts repair_scripts(sqlite3 *db, int *rc) {
  struct scripts scripts = {NULL, NULL};
  bool unmarked = parts_mark_is_lost(db, rc);
  if (!parts_are_lost(db, rc) && !unmarked) return scripts;
  scripts.first = parts_drop_script(db, rc);
  if (*rc != SQLITE_OK) return scripts;
  scripts.last =
      sqlite3_mprintf("%s%s%s%s%s%s", billing_tables_sql, unmarked ? sql_mark_settled : "",
                      billing_code_sql, sql_keep_closed, sql_changed, unmarked ? sql_rebuild : "");
  if (!scripts.last) *rc = SQLITE_NOMEM;
  return scripts;
}

static struct scripts scripts_from(sqlite3 *db, int version, int *rc) {
  if (*rc != SQLITE_OK) return (struct scripts){NULL, NULL};
  return version < SCHEMA_VERSION ? install_scripts(version, rc) : repair_scripts(db, rc);
}

/* What was done, and what to type next. `version`: of the schema that was there, 0: none. */
static void say(sqlite3_context *context, int version, bool lost) {
  char from[48] = "is installed";
  char *text;
  if (version == SCHEMA_VERSION) {
    sqlite3_snprintf(sizeof(from), from, lost ? "is whole again" : "was there and is whole");
  } else if (version > 0) {
    sqlite3_snprintf(sizeof(from), from, "is installed, upgraded from %d", version);
  }
  text = sqlite3_mprintf(
      "schema %d %s. %s SELECT * FROM billing_help lists every name", SCHEMA_VERSION, from,
      version > 0 ? "Next: SELECT settle(); SELECT * FROM billing_check;"
                  : "Next: INSERT INTO account, team, app, token_lot and usage; SELECT settle();"
                    " SELECT * FROM wallet_balance;");
  if (text) {
    sqlite3_result_text(context, text, -1, sqlite3_free);
  } else {
    sqlite3_result_error_nomem(context);
  }
}

/* The schema version of main; on an error, as of a schema that this one can't bring up, *rc. */
static int version_to_bring_up(sqlite3 *db, int *rc, char **message) {
  int version = store_schema_version(db, rc);
  if (version > SCHEMA_VERSION) {
    *message = sqlite3_mprintf(
        "the database has a newer schema, version %d,"
        " load a billing extension that knows it (this one knows %d)",
        version, SCHEMA_VERSION);
    *rc = SQLITE_ERROR;
  } else if (*rc == SQLITE_OK && version > 0 && version < OLDEST_SCHEMA) {
    *message = sqlite3_mprintf(
        "the schema is older than any release, version %d,"
        " install into a new file and copy the facts",
        version);
    *rc = SQLITE_ERROR;
  } else if (*rc == SQLITE_OK && version == 0) {
    if (parts_mark_is_lost(db, rc)) return SCHEMA_VERSION;
    if (*rc == SQLITE_OK) *rc = find_stranger(db, message);
  }
  return version;
}

/* Takes the message, which may be NULL. */
static void fail_install(sqlite3_context *context, const char *name, int rc, char *message) {
  char *written = sqlite3_mprintf("%s: %s", name, message ? message : sqlite3_errstr(rc));
  sqlite3_free(message);
  fail(context, name, rc, written);
}

/* billing_install(): the version; billing_install(1): in words */
static void install_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  sqlite3 *db = sqlite3_context_db_handle(context);
  char *message = NULL;
  struct scripts scripts;
  int rc = SQLITE_OK, in_words = 0, version;
  if (argc > 0 && !read_switch(context, "billing_install", argv[0], &in_words)) return;
  if (refused_as_query(context, "billing_install",
                       "run the text of SELECT billing_install_script()")) {
    return;
  }
  version = version_to_bring_up(db, &rc, &message);
  scripts = scripts_from(db, version, &rc);
  if (rc == SQLITE_OK && scripts.last) rc = scripts_run(db, scripts.first, scripts.last, &message);
  if (rc != SQLITE_OK) {
    fail_install(context, "billing_install", rc, message);
  } else if (in_words) {
    say(context, version, scripts.last != NULL);
  } else {
    sqlite3_result_int(context, SCHEMA_VERSION);
  }
  free_scripts(&scripts);
}

/* billing_install_script(): what billing_install() would run, for clients that run it themselves */
static void script_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  sqlite3 *db = sqlite3_context_db_handle(context);
  char *message = NULL, *script = NULL;
  int rc = SQLITE_OK;
  int version = version_to_bring_up(db, &rc, &message);
  struct scripts scripts = scripts_from(db, version, &rc);
  (void)argc;
  (void)argv;
  if (rc == SQLITE_OK && scripts.last) {
    script = sqlite3_mprintf("%s%s", scripts.first ? scripts.first : "", scripts.last);
    if (!script) rc = SQLITE_NOMEM;
  }
  if (rc != SQLITE_OK) {
    fail_install(context, "billing_install_script", rc, message);
  } else if (script) {
    sqlite3_result_text(context, script, -1, sqlite3_free);
  }
  free_scripts(&scripts);
}

/* billing_rebuild(): derive everything again from the facts; 1 */
static void rebuild_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  (void)argc;
  (void)argv;
  if (refused_as_query(context, "billing_rebuild",
                       "run INSERT INTO settlement(team_id, rebuild) VALUES (NULL, 1)")) {
    return;
  }
  query_run(store, sql_rebuild, &rc, "");
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, "billing_rebuild");
  } else {
    sqlite3_result_int(context, 1);
  }
}

/* billing_progress(1) / (0) */
static void progress_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int on;
  (void)argc;
  if (!read_switch(context, "billing_progress", argv[0], &on)) return;
  store->progress = on != 0;
  sqlite3_result_int(context, on);
}

static void version_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  (void)argv;
  sqlite3_result_text(context, BILLING_VERSION, -1, SQLITE_STATIC);
}

static void debug_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  char *text =
      sqlite3_mprintf("billing %s, schema %d, compiled for SQLite %s, running on %s",
                      BILLING_VERSION, SCHEMA_VERSION, SQLITE_VERSION, sqlite3_libversion());
  (void)argc;
  (void)argv;
  if (text) {
    sqlite3_result_text(context, text, -1, sqlite3_free);
  } else {
    sqlite3_result_error_nomem(context);
  }
}

#define OPEN SQLITE_INNOCUOUS

const struct function_def admin_functions[] = {
    {"settle", 0, OPEN, settle_call,
     "innocuous: triggers call it; it derives the ledger from the facts and does nothing else"},
    {"settle", 1, OPEN, settle_call, "likewise"},
    {"billing_settlement", 2, OPEN, settlement_call,
     "likewise; the trigger of settlement calls it"},
    {"billing_install", 0, SQLITE_DIRECTONLY, install_call, "changes the schema"},
    {"billing_install", 1, SQLITE_DIRECTONLY, install_call, "likewise"},
    {"billing_install_script", 0, SQLITE_DIRECTONLY, script_call,
     "tells of the schema; reads only"},
    {"billing_rebuild", 0, SQLITE_DIRECTONLY, rebuild_call, "replaces all that is derived"},
    {"billing_progress", 1, SQLITE_DIRECTONLY, progress_call, "changes the connection"},
    {"billing_version", 0, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, version_call, "constant"},
    {"billing_debug", 0, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, debug_call, "constant"},
    {NULL, 0, 0, NULL, NULL},
};
