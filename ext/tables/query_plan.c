#include "tables/query_plan.h"

#include "tables/time_column.h"

SQLITE_EXTENSION_INIT3

#define ALL_TEAMS 1000  /* teams, or usage rows, that the planner reckons with */
#define BLIND_COST 1e30 /* times as dear */
#define BY_TEXT_COST 1e12
#define OMITTED_DAYS_COST 1e40 /* likewise */
#define OMITTED_AT_COST 1e60

#define COLUMN_BITS 64

struct plan {
  const struct query_vtab *vtab;
  sqlite3_index_info *info;
  sqlite3_str *text;                                 /* idxStr */
  int next;                                          /* values passed so far */
  bool argument[PARAM_COUNT], equality[PARAM_COUNT]; /* is given */
  bool many;               /* an IN runs through several values of a parameter */
  int suspect;             /* constraint that should give a parameter and can't, or -1 */
  bool blind[PARAM_COUNT]; /* there is such a constraint on this parameter */
  int tests;               /* compared with each row by query_filter.c */
  bool by_text;  /* a table that is read later has times that would be compared as texts */
  int narrowing; /* constraints that leave fewer rows */
  bool filter[FILTER_COUNT]; /* is given */
};

/* ---- constraints ---- */

static char letter_of(int op) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return '=';
    case SQLITE_INDEX_CONSTRAINT_IS:
      return 'i';
    case SQLITE_INDEX_CONSTRAINT_NE:
      return '!';
    case SQLITE_INDEX_CONSTRAINT_ISNOT:
      return 'n';
    case SQLITE_INDEX_CONSTRAINT_LT:
      return '<';
    case SQLITE_INDEX_CONSTRAINT_LE:
      return 'l';
    case SQLITE_INDEX_CONSTRAINT_GT:
      return '>';
    case SQLITE_INDEX_CONSTRAINT_GE:
      return 'g';
    default:
      return 0;
  }
}

static bool is_equality(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
}

/* Whether a value is there is no question of which value. */
static bool asks_for_null(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_ISNULL || op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
}

static bool is_of_no_column(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_LIMIT || op == SQLITE_INDEX_CONSTRAINT_OFFSET;
}

static bool is_list(struct plan *plan, int i) {
  return sqlite3_vtab_in(plan->info, i, -1) != 0;
}

/* The parameter of an argument's column, or of an equality's; PARAM_COUNT: none. */
static int find(const int columns[PARAM_COUNT], int column) {
  int parameter = 0;
  while (parameter < PARAM_COUNT && columns[parameter] != column) parameter++;
  return parameter;
}

/* Left out, they have a value of their own; `team_id`, `usage_id` and `name` only filter. */
static bool is_coordinate(int parameter) {
  return parameter < PARAM_COUNT && parameter != PARAM_TEAM && parameter != PARAM_USAGE &&
         parameter != PARAM_NAME;
}

/* Those that are compared when they are read, see query_filter.c. */
static bool is_instant(int parameter) {
  return parameter == PARAM_AT || parameter == PARAM_SINCE || parameter == PARAM_UNTIL;
}

static void pass(struct plan *plan, int i, char letter, bool omit) {
  char entry[2] = {(char)('0' + plan->info->aConstraint[i].iColumn), letter};
  sqlite3_str_append(plan->text, entry, 2);
  plan->info->aConstraintUsage[i].argvIndex = ++plan->next;
  plan->info->aConstraintUsage[i].omit = omit;
}

/* ---- what gives a parameter ---- */

static bool give_argument(struct plan *plan, int i, int parameter) {
  if (plan->argument[parameter]) return true; /* a second one filters what the first gives */
  plan->argument[parameter] = true;
  plan->many = plan->many || is_list(plan, i);
  pass(plan, i, '=', true);
  return true;
}

/* A team is found by its bytes; other collations filter what all teams give. */
static bool finds_by_bytes(struct plan *plan, int i, int parameter) {
  return parameter != PARAM_TEAM ||
         sqlite3_stricmp(sqlite3_vtab_collation(plan->info, i), "BINARY") == 0;
}

static bool give_equality(struct plan *plan, int i, int parameter) {
  int op = plan->info->aConstraint[i].op;
  if (!finds_by_bytes(plan, i, parameter)) return false;
  if (op == SQLITE_INDEX_CONSTRAINT_IS && !is_coordinate(parameter)) return false;
  if (plan->equality[parameter] && parameter != PARAM_AT) return true;
  plan->equality[parameter] = true;
  plan->many = plan->many || is_list(plan, i);
  if (is_list(plan, i)) {
    pass(plan, i, 'e', is_instant(parameter));
  } else {
    pass(plan, i, letter_of(op), is_instant(parameter));
  }
  return true;
}

static bool has_collation(struct plan *plan, int i, const char *name) {
  return sqlite3_stricmp(sqlite3_vtab_collation(plan->info, i), name) == 0;
}

/*
** SQLite makes ranges of LIKE and GLOB, too: of texts, so with another collation, and constant.
** Where a column of another table stands on the left, its collation counts, though times are meant.
** A hidden column has lost its own.
*/
static bool is_about_times(struct plan *plan, int i) {
  sqlite3_value *value;
  if (has_collation(plan, i, TIME_COLLATION)) return true;
  if (plan->info->aConstraint[i].iColumn >= plan->vtab->shape.visible) return true;
  return has_collation(plan, i, "BINARY") && !is_list(plan, i) &&
         sqlite3_vtab_rhs_value(plan->info, i, &value) != SQLITE_OK;
}

/* Rows of statements are compared here, and exactly; those that are computed by SQLite. */
static bool can_test(const struct plan *plan) {
  return !plan->vtab->table->maker && !plan->vtab->table->batches && plan->tests < MAX_TESTS;
}

/* Times are read by xFilter: it refuses what is none. */
static void pass_time(struct plan *plan, int i, bool omit) {
  char letter = letter_of(plan->info->aConstraint[i].op);
  if (!letter || !is_about_times(plan, i)) return;
  if (letter == '=' && is_list(plan, i)) {
    sqlite3_vtab_in(plan->info, i, 1);
    letter = '@';
  }
  if (letter != '@' && !omit && can_test(plan)) {
    plan->tests++;
    omit = true;
  }
  pass(plan, i, letter, omit);
  if (letter != '!' && letter != 'n') plan->narrowing++;
}

/*
** A text is found by its bytes; a number in whatever type it comes (narrow.h). SQLite makes a list
** of an OR of equalities and forgets their collations, so a list of texts narrows nothing.
*/
static void read_filter(struct plan *plan, int i, int filter) {
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
  if (!constraint->usable || !is_equality(constraint->op) || plan->filter[filter]) return;
  if (filter == FILTER_CLIENT && (is_list(plan, i) || !has_collation(plan, i, "BINARY"))) return;
  plan->filter[filter] = true;
  pass(plan, i, letter_of(constraint->op), false);
}

/* ---- one constraint ---- */

static void suspect(struct plan *plan, int i) {
  if (plan->suspect < 0) plan->suspect = i;
}

static void read_argument(struct plan *plan, int i, int parameter) {
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
  if (asks_for_null(constraint->op)) return;
  if (constraint->usable && is_equality(constraint->op)) give_argument(plan, i, parameter);
}

static void read_equality(struct plan *plan, int i, int parameter) {
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
  if (!constraint->usable || asks_for_null(constraint->op)) return;
  if (is_equality(constraint->op)) {
    give_equality(plan, i, parameter);
  } else if (parameter == PARAM_AT) {
    pass_time(plan, i, true);
  }
}

static int find_filter(const struct query_shape *shape, int column) {
  int filter = 0;
  while (filter < FILTER_COUNT && shape->filter[filter] != column) filter++;
  return filter;
}

static void read_constraint(struct plan *plan, int i) {
  const struct query_shape *shape = &plan->vtab->shape;
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
  int column = constraint->iColumn;
  if (is_of_no_column(constraint->op) || column < 0) return;
  if (find(shape->argument, column) < PARAM_COUNT) {
    read_argument(plan, i, find(shape->argument, column));
  } else if (find(shape->column, column) < PARAM_COUNT) {
    read_equality(plan, i, find(shape->column, column));
  } else if (find_filter(shape, column) < FILTER_COUNT) {
    read_filter(plan, i, find_filter(shape, column));
  } else if (column < COLUMN_BITS && (shape->times & BIT(column))) {
    if (constraint->usable) {
      pass_time(plan, i, false);
    } else if (can_test(plan) && has_collation(plan, i, "BINARY")) {
      plan->by_text = true;
    }
  }
}

/* ---- what is left without a value ---- */

static bool is_given(const struct plan *plan, int parameter) {
  return plan->argument[parameter] || plan->equality[parameter];
}

/*
** The value comes from a table that is read later, perhaps from another one as of now. SQLite
** compares it then, and what it compares with another instant is found out: see omitted_at.h.
*/
static bool may_be_compared(const struct plan *plan, int i) {
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
  return !constraint->usable && is_equality(constraint->op) &&
         constraint->iColumn == plan->vtab->shape.column[PARAM_AT] &&
         constraint->iColumn < plan->vtab->shape.visible;
}

/*
** Every constraint on an argument is one that SQLite cannot check itself, and so are those on the
** key.
*/
static void find_suspect(struct plan *plan) {
  const struct query_shape *shape = &plan->vtab->shape;
  for (int i = 0; i < plan->info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
    int column = constraint->iColumn;
    int argument = find(shape->argument, column), equality = find(shape->column, column);
    if (is_of_no_column(constraint->op) || asks_for_null(constraint->op) || column < 0) continue;
    if (column >= shape->count) suspect(plan, i);
    if (argument < PARAM_COUNT && !plan->argument[argument]) suspect(plan, i);
    if (!is_coordinate(equality) || is_given(plan, equality)) continue;
    plan->blind[equality] = true;
    if (!may_be_compared(plan, i)) suspect(plan, i);
  }
}

/* A plan that SQLite could not choose for a part of an OR would be no plan: something is passed. */
static void pass_rest(struct plan *plan) {
  for (int i = 0; i < plan->info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
    if (!constraint->usable || plan->info->aConstraintUsage[i].argvIndex > 0) continue;
    if (!letter_of(constraint->op) || constraint->iColumn < 0) continue;
    if (is_list(plan, i)) sqlite3_vtab_in(plan->info, i, 1);
    pass(plan, i, '?', false);
    plan->narrowing++;
  }
}

static bool is_read(const struct plan *plan, int column) {
  return column != NO_COLUMN && column < COLUMN_BITS && (plan->info->colUsed & BIT(column));
}

/* Omitted, and the column that would say so is read: perhaps by what SQLite does not show. */
static bool may_be_hidden(const struct plan *plan, int parameter) {
  const struct query_shape *shape = &plan->vtab->shape;
  if (is_given(plan, parameter) || plan->blind[parameter]) return false;
  return is_read(plan, shape->column[parameter]) || is_read(plan, shape->argument[parameter]);
}

/* ---- parts of an OR ---- */

/*
** From SQLite 3.54 on the plan of a part of an OR is asked for with the constraints beside the OR
** as well, after its own; but a part that is run gets not all of them (no subquery, no argument
** from a join), and would read as of now without a word. The constraints beside the OR are those
** that the call before showed. Where a parameter is among them, the OR costs more than one scan
** that has them all. A statement that only looks so is dearer, and right.
*/
static bool continues_call(const struct asked_plan *last, const sqlite3_index_info *info) {
  int own = info->nConstraint - last->count;
  if (last->count == 0 || own <= 0 || last->columns_used != info->colUsed) return false;
  for (int i = 0; i < last->count; i++) {
    if (last->constraints[i].column != info->aConstraint[own + i].iColumn) return false;
    if (last->constraints[i].op != info->aConstraint[own + i].op) return false;
  }
  return true;
}

static void note_call(struct asked_plan *last, const sqlite3_index_info *info) {
  last->count = info->nConstraint <= MAX_ASKED ? info->nConstraint : 0;
  last->columns_used = info->colUsed;
  for (int i = 0; i < last->count; i++) {
    last->constraints[i].column = info->aConstraint[i].iColumn;
    last->constraints[i].op = info->aConstraint[i].op;
  }
}

static bool is_value_of(const struct query_shape *shape, int column) {
  return is_coordinate(find(shape->argument, column)) || is_coordinate(find(shape->column, column));
}

/* A part of an OR that has a parameter from beside the OR. */
static bool borrows(struct asked_plan *last, const struct plan *plan) {
  const sqlite3_index_info *info = plan->info;
  if (!continues_call(last, info)) {
    note_call(last, info);
    return false;
  }
  for (int i = info->nConstraint - last->count; i < info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
    if (is_of_no_column(constraint->op) || constraint->iColumn < 0) continue;
    if (is_value_of(&plan->vtab->shape, constraint->iColumn)) return true;
  }
  return false;
}

/* ---- cost ---- */

/* A usage or a lot is found without the others; a statement for each place is run all the same. */
static void reckon_one(struct plan *plan, int64_t rows) {
  int64_t left = plan->filter[FILTER_USAGE] ? 2 : rows / ALL_TEAMS + 1;
  plan->info->estimatedRows = left < rows ? left : rows;
  plan->info->estimatedCost = 10.0 * (double)plan->info->estimatedRows + 100.0;
}

static void reckon(struct plan *plan) {
  const struct query_table *table = plan->vtab->table;
  sqlite3_index_info *info = plan->info;
  bool by_usage = is_given(plan, PARAM_USAGE);
  bool one_team = is_given(plan, PARAM_TEAM);
  int64_t rows = table->rows_per_team;
  if (by_usage && plan->vtab->shape.argument[PARAM_USAGE] == NO_COLUMN) rows = 2;
  if (!one_team && !by_usage) rows *= ALL_TEAMS;
  if (plan->filter[FILTER_CLIENT]) rows = rows / 16 + 1;
  for (int i = 0; i < plan->narrowing && i < 4; i++) rows = rows / 4 + 1;
  info->estimatedRows = rows;
  info->estimatedCost = 10.0 * (double)rows + 10.0;
  if (plan->filter[FILTER_USAGE] || plan->filter[FILTER_LOT]) reckon_one(plan, rows);
  if (one_team && table->rows_per_team == 1 && !plan->many) {
    info->idxFlags |= SQLITE_INDEX_SCAN_UNIQUE;
  }
}

/* Rows are joined by times alone, which only this table can compare. */
static bool should_be_read_later(struct plan *plan) {
  for (int i = 0; i < plan->info->nConstraint; i++) {
    const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[i];
    if (constraint->op != SQLITE_INDEX_CONSTRAINT_EQ || constraint->usable) continue;
    if (constraint->iColumn < 0 || constraint->iColumn >= COLUMN_BITS) continue;
    if (!(plan->vtab->shape.times & BIT(constraint->iColumn))) return false;
  }
  return plan->by_text;
}

static void go_blind(struct plan *plan) {
  const struct sqlite3_index_constraint *constraint = &plan->info->aConstraint[plan->suspect];
  int op = constraint->usable ? constraint->op : 0;
  plan->info->idxNum |= PLAN_BLIND | constraint->iColumn << 8 | op << 16;
}

static int hand_over(struct plan *plan) {
  int rc = sqlite3_str_errcode(plan->text);
  plan->info->idxStr = sqlite3_str_finish(plan->text);
  plan->info->needToFreeIdxStr = 1;
  return rc;
}

int query_best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
  struct plan plan = {.vtab = (const struct query_vtab *)base, .info = info, .suspect = -1};
  bool at_hidden, days_hidden;
  plan.text = sqlite3_str_new(NULL);
  for (int i = 0; i < info->nConstraint; i++) read_constraint(&plan, i);
  find_suspect(&plan);
  at_hidden = may_be_hidden(&plan, PARAM_AT);
  days_hidden = may_be_hidden(&plan, PARAM_DAYS);
  if (at_hidden || days_hidden || plan.suspect >= 0) pass_rest(&plan);
  reckon(&plan);
  info->idxNum = info->colUsed & plan.vtab->table->past_columns ? PLAN_PAST : 0;
  if (info->colUsed & plan.vtab->table->dear_columns) info->idxNum |= PLAN_DEAR;
  if (plan.suspect >= 0) go_blind(&plan);
  if (plan.suspect >= 0 || plan.blind[PARAM_AT]) info->estimatedCost *= BLIND_COST;
  if (should_be_read_later(&plan)) info->estimatedCost *= BY_TEXT_COST;
  if (borrows(&((struct query_vtab *)base)->asked, &plan)) info->estimatedCost *= BLIND_COST;
  if (at_hidden) info->estimatedCost *= OMITTED_AT_COST;
  if (days_hidden) info->estimatedCost *= OMITTED_DAYS_COST;
  return hand_over(&plan);
}
