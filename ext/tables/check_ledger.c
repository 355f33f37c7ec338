#include "tables/check_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "facts/catalogue.h"
#include "store/query.h"
#include "tables/check_pass.h"
#include "tables/check_usage.h"
#include "tables/reading_parts.h"

SQLITE_EXTENSION_INIT3

#define PARTS_MAX 65536 /* a usage with more entries is left to the rules */

/* ---- statements ---- */

static const char sql_settled[] = "SELECT " SQL_ALL_SETTLED;

static const char sql_closes[] =
    "SELECT DISTINCT billing_ms(closed_until) FROM main.period_close ORDER BY 1";

static const char sql_unrated[] = "SELECT usage_id FROM main._billing_unrated";

static const char sql_entries[] =
    "SELECT s.wallet_id, s.lot_id, s.from_ms, l.start_ms, l.end_ms, e.charged_ms, e.lot_used,"
    " e.usage_id, e.units, e.part, e.is_offset, l.used_up_ms, l.late_from_ms"
    " FROM " SQL_WALLETS
    " CROSS JOIN main._billing_holding s ON s.wallet_id = w.wallet_id"
    " CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    " CROSS JOIN main.ledger_entry e ON e.lot_id = s.lot_id AND e.charged_ms >= s.from_ms"
    "  AND e.charged_ms < s.to_ms";

static const char sql_entry_count[] = "SELECT count(*) FROM main.ledger_entry";

/* What lot ?1 had paid before ?2. */
static const char sql_paid_before[] =
    "SELECT lot_used FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms < ?2"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

static const char sql_owed_at[] =
    "SELECT EXISTS (SELECT 1 FROM main._billing_debt WHERE wallet_id = ?1 AND at_ms = ?2"
    "  AND usage_id = ?3)";

static const char sql_one_usage[] =
    "SELECT " CHECK_USAGE " FROM main.usage u WHERE u.usage_id = ?1";

/* Usage with several entries that are not numbered 0, 1, …, or of which the debt knows others. */
static const char sql_parts_wrong[] =
    "WITH several AS MATERIALIZED (SELECT DISTINCT usage_id FROM main.ledger_entry"
    "  WHERE part <> 0),"
    " paid AS MATERIALIZED (SELECT usage_id, count(*) AS entries, min(part) AS first,"
    "  max(part) AS last, sum(part) AS parts FROM main.ledger_entry"
    "  WHERE usage_id IN (SELECT usage_id FROM several) GROUP BY usage_id)"
    " SELECT EXISTS (SELECT 1 FROM paid WHERE first <> 0 OR last <> entries - 1"
    "   OR parts <> entries * (entries - 1) / 2)"
    "  OR EXISTS (SELECT 1 FROM main._billing_debt d JOIN paid p ON p.usage_id = d.usage_id"
    "   WHERE d.parts <> p.entries AND " SQL_LAST_STEP("d", SQL_END_OF_TIME) ")";

static const char sql_debts[] =
    "SELECT wallet_id, at_ms, usage_id, since_ms, units, rated, parts FROM main._billing_debt"
    " ORDER BY wallet_id, at_ms, usage_id, since_ms";

static const char sql_free[] =
    "SELECT wallet_id, at_ms, usage_id, status FROM main._billing_free_usage";

static const char sql_states[] =
    "SELECT wallet_id, at_ms, debt_units, negative_since_ms, blocked_since_ms, grace_ends_ms"
    " FROM main._billing_wallet_state ORDER BY wallet_id, at_ms";

static const char sql_kinds_limited[] = "SELECT EXISTS (SELECT 1 FROM main.kind_api)";

/* ---- what is said ---- */

static void say(struct check_ledger *ledger, int said, int64_t times, int64_t usage_id, int64_t a,
                int64_t b) {
  check_say(&ledger->sum, said, times, usage_id, a, b);
}

static void doubt(struct check_ledger *ledger, bool wrong, int doubts) {
  if (wrong) ledger->doubts |= doubts;
}

/* Columns of stored numbers; others are what a damaged file holds. */
static bool are_numbers(sqlite3_stmt *row, int column, int end) {
  for (; column < end; column++) {
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER) return false;
  }
  return true;
}

static bool are_numbers_or_null(sqlite3_stmt *row, int column, int end) {
  for (; column < end; column++) {
    int type = sqlite3_column_type(row, column);
    if (type != SQLITE_INTEGER && type != SQLITE_NULL) return false;
  }
  return true;
}

/* ---- closes ---- */

static int compare_ms(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static bool is_close(const struct check_ledger *ledger, int64_t at_ms) {
  return ledger->close_count > 0 && bsearch(&at_ms, ledger->closes, (size_t)ledger->close_count,
                                            sizeof(at_ms), compare_ms) != NULL;
}

static int64_t last_close(const struct check_ledger *ledger) {
  return ledger->close_count ? ledger->closes[ledger->close_count - 1] : INT64_MIN;
}

static void read_closes(struct check_ledger *ledger, int *rc) {
  sqlite3_stmt *row = store_take(ledger->store, sql_closes, rc);
  int room = 0;
  while (store_row(row, rc)) {
    ledger->closes =
        store_grow(ledger->closes, ledger->close_count, &room, sizeof(*ledger->closes), rc);
    if (*rc != SQLITE_OK) break;
    ledger->closes[ledger->close_count++] = sqlite3_column_int64(row, 0);
  }
  store_put(ledger->store, sql_closes, row, rc);
}

/* ---- usage ---- */

static bool is_of_close(const struct check_ledger *ledger, int64_t usage_id) {
  return ledger->close_count > 0 && id_set_has(&ledger->closed, usage_id);
}

static bool is_apart(const struct check_ledger *ledger, int64_t usage_id) {
  return is_of_close(ledger, usage_id) || id_set_has(&ledger->metered, usage_id);
}

/* As its columns are declared: a rule asks rate(), which refuses others. */
static bool is_plain(const struct check_row *row) {
  static const int texts[] = {CHECK_CLIENT, CHECK_API, CHECK_OCCURRED_AT, CHECK_OUTCOME};
  int quantity = row->type[CHECK_QUANTITY], sku = row->type[CHECK_SKU];
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    if (row->type[texts[i]] != SQLITE_TEXT) return false;
  }
  return (quantity == SQLITE_FLOAT || quantity == SQLITE_INTEGER) &&
         (sku == SQLITE_TEXT || sku == SQLITE_NULL);
}

/* False: the row can't be rated, which the rules say. */
static bool rate_row(struct check_ledger *ledger, const struct check_row *row,
                     struct rated_usage *rated, int *rc) {
  static const struct text none = {NULL, -1};
  struct usage_fields usage;
  if (*rc != SQLITE_OK || !is_plain(row)) return false;
  usage = (struct usage_fields){
      .usage_id = row->usage_id,
      .client_id = row->text[CHECK_CLIENT],
      .api = row->text[CHECK_API],
      .sku = row->type[CHECK_SKU] == SQLITE_TEXT ? row->text[CHECK_SKU] : none,
      .occurred_at = row->text[CHECK_OCCURRED_AT],
      .outcome = row->text[CHECK_OUTCOME],
      .quantity = sqlite3_value_double(row->value[CHECK_QUANTITY]),
  };
  rater_rate(&ledger->rater, &usage, rated, rc);
  if (*rc != SQLITE_CONSTRAINT) return *rc == SQLITE_OK;
  *rc = SQLITE_OK;
  return false;
}

static void say_rated(struct check_ledger *ledger, const struct rated_usage *rated, int *rc) {
  switch (rated->class) {
    case USAGE_PRICED:
      say(ledger, SAID_DUE, -rated->units, rated->usage_id, rated->wallet_id, rated->at_ms);
      break;
    case USAGE_METERED:
      id_set_add(&ledger->metered, rated->usage_id, rc);
      say(ledger, SAID_TIME, -1, rated->usage_id, rated->wallet_id, rated->at_ms);
      break;
    case USAGE_FREE:
    case USAGE_TRIAL:
    case USAGE_EXCLUDED:
      say(ledger, SAID_FREE + (int)rated->class, -1, rated->usage_id, rated->wallet_id,
          rated->at_ms);
      break;
    case USAGE_UNRATED:
    case USAGE_UNASSIGNED:
      doubt(ledger, true, DOUBT_LEDGER); /* it stands elsewhere, so not as it should */
      break;
  }
}

static bool occurred(const struct check_row *row, int64_t *at_ms) {
  struct text at = row->text[CHECK_OCCURRED_AT];
  return row->type[CHECK_OCCURRED_AT] == SQLITE_TEXT &&
         instant_parse(at.bytes, (size_t)at.size, at_ms);
}

void check_ledger_usage(struct check_ledger *ledger, const struct check_row *row, int *rc) {
  struct rated_usage rated;
  int64_t at_ms;
  if (*rc != SQLITE_OK || (ledger->doubts & DOUBT_LEDGER)) return;
  say(ledger, SAID_PLACE, -1, row->usage_id, 0, 0);
  if (id_set_has(&ledger->unrated, row->usage_id)) return;
  bool is_dated = occurred(row, &at_ms);
  if (is_dated && at_ms < last_close(ledger)) {
    id_set_add(&ledger->closed, row->usage_id, rc);
    say(ledger, SAID_TIME, -1, row->usage_id, 0, at_ms);
  } else if (is_dated && rate_row(ledger, row, &rated, rc)) {
    say_rated(ledger, &rated, rc);
  } else {
    doubt(ledger, true, DOUBT_LEDGER);
  }
}

/* ---- usage that is looked up ---- */

struct entry {
  int64_t wallet_id, lot_id, from_ms, start_ms, end_ms, charged_ms, lot_used, usage_id, units, part,
      is_offset;
  bool used_up; /* it left nothing of its lot */
  bool is_late; /* the lot has late units: lot_used is another sum */
};

/* The statement of the row, to be put back when it is no longer read; NULL: there is none. */
static sqlite3_stmt *find_usage(struct check_ledger *ledger, int64_t usage_id,
                                struct check_row *row, int *rc) {
  sqlite3_stmt *usage = query_open(ledger->store, sql_one_usage, rc, "i", usage_id);
  if (store_row(usage, rc)) {
    check_row_read(usage, row);
    return usage;
  }
  store_put(ledger->store, sql_one_usage, usage, rc);
  return NULL;
}

static void forget_usage(struct check_ledger *ledger, sqlite3_stmt *usage, int *rc) {
  if (usage) store_put(ledger->store, sql_one_usage, usage, rc);
}

/*
** Usage of a closed period that counts at an instant of a close may have been recorded late: what
** is said is when it occurred.
*/
static int64_t time_of_closed(struct check_ledger *ledger, int64_t usage_id, int64_t at_ms,
                              int *rc) {
  struct check_row row;
  sqlite3_stmt *usage;
  int64_t occurred_ms = at_ms;
  if (!is_close(ledger, at_ms)) return at_ms;
  usage = find_usage(ledger, usage_id, &row, rc);
  if (!usage || !occurred(&row, &occurred_ms) || occurred_ms > at_ms) {
    doubt(ledger, true, DOUBT_LEDGER);
  }
  forget_usage(ledger, usage, rc);
  return occurred_ms;
}

/* When a usage stands, of one whose price is not known here. */
static void say_time(struct check_ledger *ledger, int64_t wallet_id, int64_t usage_id,
                     int64_t at_ms, int *rc) {
  if (is_of_close(ledger, usage_id)) {
    say(ledger, SAID_TIME, 1, usage_id, 0, time_of_closed(ledger, usage_id, at_ms, rc));
  } else if (id_set_has(&ledger->metered, usage_id)) {
    say(ledger, SAID_TIME, 1, usage_id, wallet_id, at_ms);
  }
}

static bool is_paid_by(struct check_ledger *ledger, const struct check_row *row, int64_t wallet_id,
                       int *rc) {
  struct rated_usage rated;
  return rate_row(ledger, row, &rated, rc) && rated.wallet_id == wallet_id;
}

/* The same where it stands with another entry, which has said it: compared at once. */
static void compare_time(struct check_ledger *ledger, const struct entry *entry, int *rc) {
  struct check_row row;
  sqlite3_stmt *usage = find_usage(ledger, entry->usage_id, &row, rc);
  int64_t at_ms = entry->charged_ms, occurred_ms;
  bool same = false;
  if (usage && occurred(&row, &occurred_ms)) {
    if (is_of_close(ledger, entry->usage_id)) {
      same = occurred_ms == at_ms || (occurred_ms < at_ms && is_close(ledger, at_ms));
    } else {
      same = occurred_ms == at_ms && is_paid_by(ledger, &row, entry->wallet_id, rc);
    }
  }
  doubt(ledger, !same, DOUBT_LEDGER);
  forget_usage(ledger, usage, rc);
}

/* Usage of a closed period that is paid at the close or later is paid by who pays for it now. */
static void compare_payer(struct check_ledger *ledger, const struct entry *entry, int *rc) {
  struct check_row row;
  sqlite3_stmt *usage = find_usage(ledger, entry->usage_id, &row, rc);
  doubt(ledger, !usage || !is_paid_by(ledger, &row, entry->wallet_id, rc), DOUBT_LEDGER);
  forget_usage(ledger, usage, rc);
}

/* ---- entries ---- */

/*
** False: a column holds something else than a number. Each is asked for once: see check_row_read().
*/
static bool read_entry(sqlite3_stmt *row, struct entry *entry) {
  int64_t *const numbers[] = {&entry->wallet_id, &entry->lot_id,   &entry->from_ms,
                              &entry->start_ms,  &entry->end_ms,   &entry->charged_ms,
                              &entry->lot_used,  &entry->usage_id, &entry->units,
                              &entry->part,      &entry->is_offset};
  const int count = (int)(sizeof(numbers) / sizeof(numbers[0]));
  bool good = are_numbers_or_null(row, count, count + 2);
  for (int i = 0; i < count; i++) {
    sqlite3_value *value = sqlite3_column_value(row, i);
    if (sqlite3_value_type(value) != SQLITE_INTEGER) good = false;
    *numbers[i] = sqlite3_value_int64(value);
  }
  entry->used_up = sqlite3_column_type(row, count) != SQLITE_NULL &&
                   sqlite3_column_int64(row, count) == entry->charged_ms;
  entry->is_late = sqlite3_column_type(row, count + 1) != SQLITE_NULL;
  return good;
}

/* Only a usage that used up its lot can have left a debt. */
static bool leaves_debt(struct check_ledger *ledger, const struct entry *entry, int *rc) {
  return entry->used_up && query_number(ledger->store, sql_owed_at, 0, rc, "iii", entry->wallet_id,
                                        entry->charged_ms, entry->usage_id) != 0;
}

static void take_payment(struct check_ledger *ledger, const struct entry *entry, int *rc) {
  bool apart = is_apart(ledger, entry->usage_id);
  if (!apart) {
    say(ledger, SAID_DUE, entry->units, entry->usage_id, entry->wallet_id, entry->charged_ms);
  } else if (is_of_close(ledger, entry->usage_id) && entry->charged_ms >= last_close(ledger)) {
    compare_payer(ledger, entry, rc);
  }
  if (leaves_debt(ledger, entry, rc)) {
    say(ledger, SAID_SPLIT, entry->units, entry->usage_id, 0, 0);
    say(ledger, SAID_PART, 1, entry->usage_id, entry->part, 0);
  } else if (entry->part == 0) {
    say(ledger, SAID_PLACE, 1, entry->usage_id, 0, 0);
    say_time(ledger, entry->wallet_id, entry->usage_id, entry->charged_ms, rc);
  } else if (apart) {
    compare_time(ledger, entry, rc);
  }
}

static void take_entry(struct check_ledger *ledger, const struct entry *entry, int *rc) {
  doubt(ledger,
        entry->charged_ms < entry->start_ms || entry->charged_ms >= entry->end_ms ||
            (entry->is_offset != 0 && entry->is_offset != 1),
        DOUBT_LEDGER);
  if (entry->part != 0) ledger->any_parts = true;
  if (entry->is_offset) {
    say(ledger, SAID_PAID, entry->units, entry->usage_id, entry->wallet_id, entry->charged_ms);
    say(ledger, SAID_PART, 1, entry->usage_id, entry->part, 0);
  } else {
    take_payment(ledger, entry, rc);
  }
}

/* What the lot had paid before the entry: `last` is the row before it. */
static int64_t paid_before(struct check_ledger *ledger, const struct entry *entry,
                           const struct entry *last, int *rc) {
  if (last->lot_id == entry->lot_id && last->wallet_id == entry->wallet_id &&
      last->from_ms == entry->from_ms) {
    return last->lot_used;
  }
  return query_number(ledger->store, sql_paid_before, 0, rc, "ii", entry->lot_id,
                      entry->charged_ms);
}

static bool is_used_wrong(struct check_ledger *ledger, const struct entry *entry,
                          const struct entry *last, int *rc) {
  if (entry->is_late) return false;
  return entry->units <= 0 ||
         paid_before(ledger, entry, last, rc) != check_difference(entry->lot_used, entry->units);
}

static void read_entries(struct check_ledger *ledger, int *rc) {
  sqlite3_stmt *row = store_take(ledger->store, sql_entries, rc);
  struct entry last = {.from_ms = INT64_MIN, .wallet_id = -1};
  while (store_row(row, rc)) {
    struct entry entry;
    if (!read_entry(row, &entry)) {
      doubt(ledger, true, DOUBT_LEDGER | DOUBT_LOT_USED);
      break;
    }
    ledger->entry_count++;
    doubt(ledger, is_used_wrong(ledger, &entry, &last, rc), DOUBT_LOT_USED);
    if (!(ledger->doubts & DOUBT_LEDGER)) take_entry(ledger, &entry, rc);
    last = entry;
  }
  store_put(ledger->store, sql_entries, row, rc);
  doubt(ledger, ledger->entry_count != store_ask(ledger->store, sql_entry_count, rc),
        DOUBT_LEDGER | DOUBT_LOT_USED);
}

/* ---- debts ---- */

struct debt {
  int64_t wallet_id, at_ms, usage_id, since_ms, units, rated, parts;
};

static struct debt debt_of_row(sqlite3_stmt *row) {
  return (struct debt){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                       sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                       sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5),
                       sqlite3_column_int64(row, 6)};
}

static bool is_same_debt(const struct debt *a, const struct debt *b) {
  return a->wallet_id == b->wallet_id && a->at_ms == b->at_ms && a->usage_id == b->usage_id;
}

static void take_first_step(struct check_ledger *ledger, const struct debt *debt, int *rc) {
  doubt(ledger, debt->since_ms != debt->at_ms, DOUBT_LEDGER);
  say(ledger, SAID_PLACE, 1, debt->usage_id, 0, 0);
  say(ledger, SAID_SPLIT, check_difference(debt->units, debt->rated), debt->usage_id, 0, 0);
  if (!is_apart(ledger, debt->usage_id)) {
    say(ledger, SAID_DUE, debt->units, debt->usage_id, debt->wallet_id, debt->at_ms);
  }
  say_time(ledger, debt->wallet_id, debt->usage_id, debt->at_ms, rc);
}

static void take_last_step(struct check_ledger *ledger, const struct debt *debt) {
  doubt(ledger, debt->parts < 0 || debt->parts > PARTS_MAX, DOUBT_LEDGER);
  for (int64_t part = 0; part < debt->parts && part < PARTS_MAX; part++) {
    say(ledger, SAID_PART, -1, debt->usage_id, part, 0);
  }
}

/* `last`: the step before it of the same debt, or NULL. */
static void take_step(struct check_ledger *ledger, const struct debt *debt, const struct debt *last,
                      int *rc) {
  int64_t before = last ? last->units : 0;
  check_say(&ledger->owed, SAID_OWED, check_difference(debt->units, before), debt->wallet_id,
            debt->since_ms, 0);
  if (!last) {
    take_first_step(ledger, debt, rc);
    return;
  }
  doubt(ledger, debt->rated != last->rated, DOUBT_LEDGER);
  say(ledger, SAID_PAID, check_difference(debt->units, before), debt->usage_id, debt->wallet_id,
      debt->since_ms);
}

static void read_debts(struct check_ledger *ledger, int *rc) {
  sqlite3_stmt *row = store_take(ledger->store, sql_debts, rc);
  struct debt last, debt;
  bool any = false;
  while (store_row(row, rc)) {
    bool goes_on;
    if (!are_numbers(row, 0, 7)) {
      doubt(ledger, true, DOUBT_LEDGER | DOUBT_STATE);
      break;
    }
    debt = debt_of_row(row);
    goes_on = any && is_same_debt(&last, &debt);
    if (any && !goes_on) take_last_step(ledger, &last);
    take_step(ledger, &debt, goes_on ? &last : NULL, rc);
    last = debt;
    any = true;
  }
  if (any) take_last_step(ledger, &last);
  store_put(ledger->store, sql_debts, row, rc);
}

/* ---- usage without a charge ---- */

/* The class by its name; USAGE_PRICED: none of those. */
static enum usage_class free_class(struct text name) {
  for (int class = USAGE_FREE; class <= USAGE_EXCLUDED; class ++) {
    const char *known = usage_class_name((enum usage_class) class);
    if ((size_t)name.size == strlen(known) && memcmp(name.bytes, known, strlen(known)) == 0) {
      return (enum usage_class) class;
    }
  }
  return USAGE_PRICED;
}

static void read_free(struct check_ledger *ledger, int *rc) {
  sqlite3_stmt *row = store_take(ledger->store, sql_free, rc);
  while (store_row(row, rc) && !(ledger->doubts & DOUBT_LEDGER)) {
    int64_t wallet_id = sqlite3_column_int64(row, 0), at_ms = sqlite3_column_int64(row, 1);
    int64_t usage_id = sqlite3_column_int64(row, 2);
    enum usage_class class = free_class(text_of_column(row, 3));
    doubt(ledger, !are_numbers(row, 0, 3) || class == USAGE_PRICED, DOUBT_LEDGER);
    say(ledger, SAID_PLACE, 1, usage_id, 0, 0);
    if (is_apart(ledger, usage_id)) {
      say_time(ledger, wallet_id, usage_id, at_ms, rc);
    } else {
      say(ledger, SAID_FREE + (int)class, 1, usage_id, wallet_id, at_ms);
    }
  }
  store_put(ledger->store, sql_free, row, rc);
}

/* ---- states ---- */

struct state {
  int64_t wallet_id, at_ms, debt, negative_ms, blocked_ms, grace_ms; /* NEVER: NULL */
};

static int64_t number_or_never(sqlite3_stmt *row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return NEVER;
  return sqlite3_column_int64(row, column);
}

static struct state state_of_row(sqlite3_stmt *row) {
  return (struct state){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                        sqlite3_column_int64(row, 2), number_or_never(row, 3),
                        number_or_never(row, 4),      number_or_never(row, 5)};
}

/* Grace as the policy of its time gives it, of a balance that is negative since then. */
static bool is_grace_wrong(const struct check_ledger *ledger, const struct state *state) {
  const struct policy_step *policy;
  if (!ledger->settled || state->negative_ms < last_close(ledger)) return false;
  policy = catalogue_policies_at(ledger->rater.catalogue, state->negative_ms);
  return state->grace_ms != access_block_at(state->negative_ms, policy->grace_ms);
}

/* The rule `standing`, of a state and the one before it. */
static bool is_state_wrong(const struct check_ledger *ledger, const struct state *state,
                           const struct state *before, bool kinds_limited) {
  bool negative = state->negative_ms != NEVER, blocked = state->blocked_ms != NEVER;
  if (state->debt < 0 || (blocked && state->blocked_ms > state->at_ms)) return true;
  if (negative != (state->grace_ms != NEVER)) return true;
  if (negative && (state->debt == 0 || is_grace_wrong(ledger, state))) return true;
  if (negative && state->negative_ms != state->at_ms && before->negative_ms != state->negative_ms) {
    return true;
  }
  if (blocked && state->blocked_ms != state->grace_ms && state->blocked_ms != before->blocked_ms &&
      state->blocked_ms != before->grace_ms) {
    return true;
  }
  return state->debt > 0 && !negative && !kinds_limited;
}

/* NEVER stands for NULL here, so that a file that holds that number is one to doubt. */
static bool are_instants_or_null(sqlite3_stmt *row, int column, int end) {
  if (!are_numbers_or_null(row, column, end)) return false;
  for (; column < end; column++) {
    bool is_null = sqlite3_column_type(row, column) == SQLITE_NULL;
    if (!is_null && sqlite3_column_int64(row, column) == NEVER) return false;
  }
  return true;
}

static void read_states(struct check_ledger *ledger, int *rc) {
  bool kinds_limited = store_ask(ledger->store, sql_kinds_limited, rc) != 0;
  sqlite3_stmt *row = store_take(ledger->store, sql_states, rc);
  struct state none = {.negative_ms = NEVER, .blocked_ms = NEVER, .grace_ms = NEVER}, last = none;
  while (store_row(row, rc)) {
    struct state state = state_of_row(row);
    if (!are_numbers(row, 0, 3) || !are_instants_or_null(row, 3, 6)) {
      doubt(ledger, true, DOUBT_STATE);
      break;
    }
    if (state.wallet_id != last.wallet_id) {
      last = none;
      last.wallet_id = state.wallet_id;
    }
    check_say(&ledger->owed, SAID_OWED, check_difference(last.debt, state.debt), state.wallet_id,
              state.at_ms, 0);
    doubt(ledger, is_state_wrong(ledger, &state, &last, kinds_limited), DOUBT_STATE);
    last = state;
  }
  store_put(ledger->store, sql_states, row, rc);
  doubt(ledger, ledger->owed.sum != 0, DOUBT_STATE);
}

/* ---- all of it ---- */

static void read_unrated(struct check_ledger *ledger, int *rc) {
  sqlite3_stmt *row = store_take(ledger->store, sql_unrated, rc);
  while (store_row(row, rc)) {
    int64_t usage_id = sqlite3_column_int64(row, 0);
    id_set_add(&ledger->unrated, usage_id, rc);
    say(ledger, SAID_PLACE, 1, usage_id, 0, 0);
  }
  store_put(ledger->store, sql_unrated, row, rc);
}

void check_ledger_open(struct check_ledger *ledger, struct store *store, int *rc) {
  memset(ledger, 0, sizeof(*ledger));
  ledger->store = store;
  sqlite3_randomness((int)sizeof(ledger->sum.key), ledger->sum.key);
  memcpy(ledger->owed.key, ledger->sum.key, sizeof(ledger->owed.key));
  rater_open(&ledger->rater, store, rc);
  ledger->settled = store_ask(store, sql_settled, rc) != 0;
  doubt(ledger, !ledger->settled, DOUBT_LEDGER);
  read_closes(ledger, rc);
  read_unrated(ledger, rc);
}

void check_ledger_stored(struct check_ledger *ledger, int *rc) {
  read_entries(ledger, rc);
  read_debts(ledger, rc);
  read_free(ledger, rc);
  read_states(ledger, rc);
  doubt(ledger, ledger->sum.sum != 0, DOUBT_LEDGER);
  if (ledger->any_parts && !(ledger->doubts & DOUBT_LEDGER)) {
    doubt(ledger, store_ask(ledger->store, sql_parts_wrong, rc) != 0, DOUBT_LEDGER);
  }
}

void check_ledger_close(struct check_ledger *ledger) {
  rater_close(&ledger->rater);
  id_set_clear(&ledger->unrated);
  id_set_clear(&ledger->closed);
  id_set_clear(&ledger->metered);
  sqlite3_free(ledger->closes);
}
