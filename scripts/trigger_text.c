/*
** Prints triggers of the fact tables as SQL: a program of the build, from ext/facts/facts.def.
**
**   trigger_text checks     what a row may hold
**   trigger_text spelling   its times are stored in canonical form
*/
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "facts/description.h"

#define LINE_MAX 100
#define ARGUMENT_MAX 64

static int line; /* characters of the present line */

static void print(const char *text) {
  fputs(text, stdout);
  line += (int)strlen(text);
}

static void new_line(const char *indent) {
  fputs("\n", stdout);
  line = 0;
  print(indent);
}

/* One of several arguments, on a line of its own where it does not fit. */
static void argument(const char *text, const char *ends) {
  if (line + (int)(strlen(text) + strlen(ends)) + 1 > LINE_MAX) {
    new_line("    ");
  } else if (line > 4) {
    print(" ");
  }
  print(text);
  print(ends);
}

static void columns(const struct fact *fact, int first, const char *ends) {
  char text[ARGUMENT_MAX];
  for (int i = first; i < fact->count; i++) {
    snprintf(text, sizeof(text), "NEW.%s", column_short_name(&fact->columns[i]));
    argument(text, i + 1 < fact->count ? "," : ends);
  }
}

static void old_key(const struct fact *fact) {
  char text[ARGUMENT_MAX];
  for (int i = 0, left = fact_key_parts(fact); i < fact->count; i++) {
    if (!column_is_key(&fact->columns[i])) continue;
    snprintf(text, sizeof(text), "OLD.%s", column_short_name(&fact->columns[i]));
    argument(text, --left > 0 ? "," : ")");
  }
}

static void begin(const struct fact *fact, const char *suffix, const char *event) {
  printf("CREATE TRIGGER IF NOT EXISTS main._billing_%s_check_%s BEFORE %s ON %s\nBEGIN",
         fact->name, suffix, event, fact->name);
}

/* A file that is attached under another name is refused: sql/doors/attached.sql. It costs no row anything. */
static void only_in_main(void) {
  fputs("\n    AND NOT EXISTS (SELECT 1 FROM _billing_main);", stdout);
}

static void end(void) {
  fputs("\nEND;\n\n", stdout);
}

/* SELECT RAISE(…) WHERE NOT function('table', */
static void refuse_unless(const struct fact *fact, const char *function) {
  new_line("  ");
  printf("SELECT RAISE(ABORT, '%s: refused') WHERE NOT %s(", fact->name, function);
  new_line("    ");
  printf("'%s',", fact->name);
  line += (int)strlen(fact->name) + 3;
}

/* ---- one table ---- */

/* A key whose rows can differ: OR IGNORE could lose one. */
static bool can_be_taken(const struct fact *fact) {
  int parts = fact_key_parts(fact);
  return parts > 0 && parts < fact->count;
}

static void check_insert(const struct fact *fact) {
  int last = fact->count - 1;
  begin(fact, "insert", "INSERT");
  if (!can_be_taken(fact)) {
    refuse_unless(fact, "billing_valid_row");
    columns(fact, 0, ")");
    only_in_main();
    end();
    return;
  }
  while (!column_is_key(&fact->columns[last])) last--;
  new_line("  ");
  print("INSERT INTO _billing_key_taken_by VALUES (billing_valid_new(");
  new_line("    ");
  printf("'%s',", fact->name);
  line += (int)strlen(fact->name) + 3;
  columns(fact, 0, "),");
  printf(" NEW.%s);", column_short_name(&fact->columns[last]));
  end();
}

static bool has_name(const struct fact *fact) {
  for (int i = 0; i < fact->count; i++) {
    if (fact->columns[i].role == NAME_COLUMN) return true;
  }
  return false;
}

static void check_update(const struct fact *fact, enum fact_id id) {
  bool needs_old_key = fact_is_parent(id) || has_name(fact);
  begin(fact, "update", "UPDATE");
  refuse_unless(fact, "billing_valid_row");
  columns(fact, 0, needs_old_key ? "," : ")");
  if (needs_old_key) old_key(fact);
  only_in_main();
  end();
}

static void check_delete(const struct fact *fact) {
  begin(fact, "delete", "DELETE");
  refuse_unless(fact, "billing_unused");
  old_key(fact);
  only_in_main();
  end();
}

static void table_checks(enum fact_id id) {
  check_insert(&facts[id]);
  check_update(&facts[id], id);
  if (fact_is_parent(id)) check_delete(&facts[id]);
}

/* ---- usage ---- */

static void usage_call(const struct fact *usage, const char *key) {
  new_line("  ");
  print("SELECT RAISE(ABORT, 'usage: refused') WHERE NOT billing_valid_usage(");
  new_line("    ");
  print(key);
  columns(usage, 1, ")");
}

/*
** One call for a row. It also notes which of the row's keys another row has (usage_id -1: it has none
** yet). A second function reads the note, because SQLite calls a function before it opens a cursor; what
** happens then is in sql/doors/taken_usage.sql.
*/
static void usage_checks(const struct fact *usage) {
  begin(usage, "insert", "INSERT");
  usage_call(
      usage,
      "CASE WHEN NEW.usage_id <> -1 AND NEW.usage_id IN (SELECT usage_id FROM usage)"
      " THEN NEW.usage_id\n"
      "      WHEN NEW.source_id IS NOT NULL AND NEW.source_id IN (SELECT source_id FROM usage)\n"
      "      THEN NEW.source_id END,");
  fputs(
      ";\n  UPDATE _billing_taken_usage SET usage_id = NEW.usage_id, source_id = NEW.source_id\n"
      "    WHERE usage_id = -1 AND billing_key_taken(NEW.usage_id);",
      stdout);
  end();
  begin(usage, "update", "UPDATE");
  usage_call(usage, "NULL,");
  only_in_main();
  end();
}

static void print_checks(void) {
  fputs(
      "-- Printed from ext/facts/facts.def. billing_valid_new() checks a new row: its columns, "
      "and\n"
      "-- what it asks of other tables. Where the key is taken it returns the column, and\n"
      "-- key_taken_by refuses what an OR IGNORE would lose. billing_valid_row() checks a changed\n"
      "-- row; where other rows may refer to it, it gets the old key. billing_unused() keeps a "
      "row\n"
      "-- that others refer to. See ext/facts/check.c.\n\n",
      stdout);
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    if (facts[id].checks == PRINTED) table_checks((enum fact_id)id);
    if (facts[id].checks == USAGE_CHECKS) usage_checks(&facts[id]);
  }
}

/* ---- spelling ---- */

/* Of the time columns: "a, b", each after `before`; their number. */
static int time_columns(const struct fact *fact, const char *before) {
  int count = 0;
  for (int i = 0; i < fact->count; i++) {
    if (!column_is_time(&fact->columns[i])) continue;
    printf("%s%s%s", count > 0 ? ", " : "", before, column_short_name(&fact->columns[i]));
    count++;
  }
  return count;
}

static void call(const struct fact *fact, const char *function) {
  printf("%s('%s',", function, fact->name);
  new_line("    ");
  columns(fact, 0, ")");
}

static void spell(const struct fact *fact, bool update) {
  const char *event = update ? "update" : "insert";
  printf("CREATE TRIGGER IF NOT EXISTS main._billing_%s_spell_%s AFTER ", fact->name, event);
  fputs(update ? "UPDATE OF " : "INSERT", stdout);
  if (update) time_columns(fact, "");
  printf(" ON %s\nWHEN NOT billing_canonical(", fact->name);
  time_columns(fact, "NEW.");
  printf(")\nBEGIN\n  SELECT RAISE(ABORT, '%s: refused') WHERE NOT ", fact->name);
  call(fact, "billing_respell");
  fputs(";\nEND;\n\n", stdout);
}

/* OR REPLACE takes the place of a row with the same key, OR IGNORE passes over one that is equal. */
static void same_key(const struct fact *fact) {
  printf("CREATE TRIGGER IF NOT EXISTS main._billing_%s_spell_key BEFORE INSERT ON %s\nWHEN ",
         fact->name, fact->name);
  call(fact, "billing_same_key");
  fputs("\nBEGIN\n  INSERT INTO _billing_replacing VALUES (NULL);\n  SELECT ", stdout);
  call(fact, "billing_drop_same_key");
  fputs(
      "\n    WHERE 2 NOT IN _billing_key_taken;\n"
      "  UPDATE OR REPLACE _billing_key_taken SET id = 1 WHERE id = 2;\n"
      "  SELECT RAISE(IGNORE) WHERE 2 IN _billing_key_taken AND 2 = ",
      stdout);
  call(fact, "billing_same_key");
  fputs(";\nEND;\n\n", stdout);
}

static bool has_time(const struct fact *fact) {
  for (int i = 0; i < fact->count; i++) {
    if (column_is_time(&fact->columns[i])) return true;
  }
  return false;
}

/* What an insert of usage does is in billing_usage_arrived(): one trigger less. */
static void print_spelling(void) {
  fputs(
      "-- Printed from ext/facts/facts.def. A time in another spelling is stored in canonical "
      "form: see\n"
      "-- ext/facts/spelling.h. These triggers are the last ones that are made, so that they run "
      "first.\n\n",
      stdout);
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    const struct fact *fact = &facts[id];
    if (!has_time(fact)) continue;
    if (fact_has_time_in_key(fact)) same_key(fact);
    if (fact->checks != USAGE_CHECKS) spell(fact, false);
    spell(fact, true);
  }
}

int main(int count, char **arguments) {
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    if (facts[id].count > COLUMN_MAX) return 1;
  }
  if (count == 2 && strcmp(arguments[1], "checks") == 0) {
    print_checks();
  } else if (count == 2 && strcmp(arguments[1], "spelling") == 0) {
    print_spelling();
  } else {
    return 2;
  }
  return ferror(stdout) != 0;
}
