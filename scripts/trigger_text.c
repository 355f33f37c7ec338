/*
** Prints the triggers of the fact tables as SQL: a program of the build, from ext/facts/facts.def.
**
** SQLite parses every trigger at the first statement of a connection, so there is one for each
** event of a table, and it does nothing but hand the row to C.
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

/* The columns that the trigger hands over, and what closes the call. */
static void pass_columns(const struct fact *fact, enum row_event event, const char *ends) {
  const char *rows[] = {"NEW", "OLD"};
  char text[ARGUMENT_MAX] = "";
  for (int row = 0; row < 2; row++) {
    for (int i = 0; i < fact->count; i++) {
      bool passed = row == 0 ? fact_passes_new(fact, event, i) : fact_passes_old(fact, event, i);
      if (!passed) continue;
      text[0] ? argument(text, ",") : print(",");
      snprintf(text, sizeof(text), "%s.%s", rows[row], column_short_name(&fact->columns[i]));
    }
  }
  text[0] ? argument(text, ends) : print(ends);
}

/* Of an update: the columns from which something follows, where the table has others as well. */
static void begin(const struct fact *fact, enum row_event event) {
  const char *name = "", *when = "", *between = " OF ";
  bool all = true;
  switch (event) {
    case BEFORE_INSERT:
      name = "before_insert", when = "BEFORE INSERT";
      break;
    case BEFORE_UPDATE:
      name = "before_update", when = "BEFORE UPDATE";
      break;
    case BEFORE_DELETE:
      name = "before_delete", when = "BEFORE DELETE";
      break;
    case AFTER_INSERT:
      name = "after_insert", when = "AFTER INSERT";
      break;
    case AFTER_UPDATE:
      name = "after_update", when = "AFTER UPDATE";
      break;
    case AFTER_DELETE:
      name = "after_delete", when = "AFTER DELETE";
      break;
  }
  printf("CREATE TRIGGER IF NOT EXISTS main._billing_%s_%s %s", fact->name, name, when);
  for (int i = 0; i < fact->count; i++) all = all && !fact->columns[i].describes;
  for (int i = 0; event == AFTER_UPDATE && !all && i < fact->count; i++) {
    if (fact->columns[i].describes) continue;
    printf("%s%s", between, column_short_name(&fact->columns[i]));
    between = ", ";
  }
  printf(" ON %s\nBEGIN", fact->name);
}

static void end(void) {
  fputs("\nEND;\n\n", stdout);
}

static void call(const struct fact *fact, enum row_event event, const char *function,
                 const char *ends) {
  char table[ARGUMENT_MAX];
  print(function);
  snprintf(table, sizeof(table), "('%s'", fact->name);
  print(table);
  pass_columns(fact, event, ends);
}

/*
** One that writes to _billing_main: it refuses a file that is attached under another name, knows
** the OR clause of the statement, and has SQLite keep the journal that undoes the statement
** (docs/host.md).
*/
static void asking(const struct fact *fact, enum row_event event, const char *function) {
  begin(fact, event);
  new_line("  ");
  print("INSERT INTO _billing_main VALUES (");
  call(fact, event, function, "));");
}

/* The statement has asked before. */
static void following(const struct fact *fact, enum row_event event, const char *function) {
  begin(fact, event);
  new_line("  ");
  print("SELECT ");
  call(fact, event, function, ");");
  end();
}

/* ---- one table ---- */

/* A row may be there already in another spelling of its time: OR IGNORE passes over it. */
static void before_insert(const struct fact *fact) {
  asking(fact, BEFORE_INSERT, "billing_valid_new");
  if (fact_has_time_in_key(fact)) {
    new_line("  ");
    print("SELECT RAISE(IGNORE) WHERE billing_passed_over();");
  }
  end();
}

/*
** Checked by the write: settle/arrival.h. What runs after the insert is in sql/triggers/usage.sql.
*/
static void before_usage(const struct fact *usage) {
  begin(usage, BEFORE_INSERT);
  new_line("  ");
  print("INSERT INTO _billing_arrival VALUES ((SELECT stamp FROM _billing_change WHERE id = 1)");
  pass_columns(usage, BEFORE_INSERT, ");");
  end();
}

static void after_delete(enum fact_id id) {
  if (fact_has_trigger(id, BEFORE_DELETE)) {
    following(&facts[id], AFTER_DELETE, "billing_deleted");
  } else {
    asking(&facts[id], AFTER_DELETE, "billing_deleted");
    end();
  }
}

static void print_table(enum fact_id id) {
  const struct fact *fact = &facts[id];
  bool usage = id == FACT_USAGE;
  usage ? before_usage(fact) : before_insert(fact);
  asking(fact, BEFORE_UPDATE, "billing_valid_row");
  end();
  if (fact_has_trigger(id, BEFORE_DELETE)) {
    asking(fact, BEFORE_DELETE, "billing_unused");
    end();
  }
  if (fact_has_trigger(id, AFTER_INSERT) && !usage) {
    following(fact, AFTER_INSERT, "billing_inserted");
  }
  if (fact_has_trigger(id, AFTER_UPDATE)) following(fact, AFTER_UPDATE, "billing_updated");
  if (fact_has_trigger(id, AFTER_DELETE)) after_delete(id);
}

int main(void) {
  fputs(
      "-- Printed from ext/facts/facts.def: a trigger for each event of a table. What the functions"
      " do is in\n-- ext/facts/check.c, what follows from a change in ext/facts/steps.c.\n\n",
      stdout);
  for (int id = NO_FACT + 1; id < FACT_COUNT; id++) {
    if (facts[id].count > COLUMN_MAX) return 1;
    print_table((enum fact_id)id);
  }
  return ferror(stdout) != 0;
}
