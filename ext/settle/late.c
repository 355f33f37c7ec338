/*
** Late usage without replaying what comes after it. Two cases are safe, and both are recognised by
** what is stored, with a few seeks: a lot that had units left all the while until its end
** (late_settle), and a debt that joins others which nothing stored ever pays (late_owe). All else
** is settle()'s: replaying is always right, and only slower.
*/
#include "settle/late.h"

#include <stdlib.h>
#include <string.h>

#include "core/late.h"
#include "core/units.h"
#include "settle/late_units.h"
#include "settle/writer.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

#define FOREVER INT64_MAX

/* ---- statements ---- */

/* Lots of ?1 that were with it and alive at ?2, as stored. */
static const char sql_lots_at[] =
    "SELECT l.lot_id, l.kind, l.units, l.purchased_ms, l.expires_ms, l.start_ms, l.end_ms,"
    " l.used_up_ms, s.to_ms"
    " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    " WHERE s.wallet_id = ?1 AND s.from_ms <= ?2 AND s.to_ms > ?2"
    " AND l.start_ms <= ?2 AND l.end_ms > ?2";

/*
** Whether something changed at ?2 or later, or is still owed: the last state of all answers both.
*/
static const char sql_state_since[] =
    "SELECT at_ms >= ?2 OR debt_units > 0 FROM main._billing_wallet_state WHERE wallet_id = ?1"
    " ORDER BY at_ms DESC LIMIT 1";

/*
** The last entry up to ?2, and whether it is of a usage after ?3: at one instant an offset comes
** before usage, and usage is in the order of its id (Q28).
*/
static const char sql_entry_upto[] =
    "SELECT charged_ms, lot_used, charged_ms = ?2 AND NOT is_offset AND usage_id > ?3"
    " FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms <= ?2"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

/* What is still owed of the debt right before usage ?3 of ?2, after all that is stored. */
static const char sql_debt_before[] =
    "SELECT units FROM main._billing_debt WHERE wallet_id = ?1 AND (at_ms, usage_id) < (?2, ?3)"
    " ORDER BY at_ms DESC, usage_id DESC, since_ms DESC LIMIT 1";

/* The largest debt from the state in force at ?2 on: what may overflow when each gets more. */
static const char sql_debt_most[] =
    "SELECT max(debt_units) FROM main._billing_wallet_state WHERE wallet_id = ?1 AND at_ms >="
    " (SELECT max(at_ms) FROM main._billing_wallet_state WHERE wallet_id = ?1 AND at_ms <= ?2)";

/* ---- a debt among others ---- */

/*
** The debt before the usage is open for good, so every payment of debts since then went to older
** ones (Q10), and no lot had anything left. Two cases are left to settle(): where kinds are limited
** to apis a lot may have had something left, and beside a close the oldest debt need not be the one
** that counted first.
*/
static bool is_owed(const struct stored_place *place, const struct group_usage *usage, int *rc) {
  int api_count;
  int64_t most, sum;
  if (catalogue_pays(place->catalogue, &api_count) || usage->occurred_ms != place->at_ms) {
    return false;
  }
  if (query_number(place->store, sql_debt_before, 0, rc, "iii", place->wallet_id, place->at_ms,
                   place->usage_id) <= 0) {
    return false;
  }
  most = query_number(place->store, sql_debt_most, 0, rc, "ii", place->wallet_id, place->at_ms);
  return *rc == SQLITE_OK && most > 0 && units_add(most, usage->units, &sum);
}

/*
** The instant gets a state of its own, as the one before it, so that raising those from the instant
** on leaves earlier ones alone. Grace and block do not move: the balance was negative already.
*/
bool late_owe(const struct stored_place *place, const struct group_usage *usage, struct debt *debt,
              int *rc) {
  struct writer writer;
  if (*rc != SQLITE_OK || !is_owed(place, usage, rc)) return false;
  memset(debt, 0, sizeof(*debt));
  debt->at_ms = debt->occurred_ms = place->at_ms;
  debt->usage_id = place->usage_id;
  debt->owed = debt->rated = usage->units;
  debt->api = usage->api_index;
  writer_open(&writer, place->store, false);
  write_debt(&writer, place->wallet_id, debt, debt->at_ms, rc);
  repeat_state(&writer, place->wallet_id, place->at_ms, rc);
  raise_states(&writer, place->wallet_id, place->at_ms, FOREVER, usage->units, rc);
  writer_close(&writer);
  return *rc == SQLITE_OK;
}

/* ---- the lots that could pay ---- */

struct lots {
  struct late_lot *list;
  int count, room;
};

/* SQLite does not know the ranks of kinds as the catalogue has them, so C sorts. */
static int compare_lots(const void *left, const void *right) {
  const struct late_lot *a = left, *b = right;
  return lot_compare(&a->lot, &b->lot);
}

/* A lot of a kind that is gone can't pay; settle() names it when it next loads the lot. */
static void add_lot(const struct stored_place *place, struct lots *lots, sqlite3_stmt *row,
                    int *rc) {
  struct late_lot *late;
  const struct kind *kinds;
  int count, kind = catalogue_kind(place->catalogue, text_of_column(row, 1));
  if (kind < 0) return;
  lots->list = store_grow(lots->list, lots->count, &lots->room, sizeof(*late), rc);
  if (*rc != SQLITE_OK) return;
  late = memset(&lots->list[lots->count++], 0, sizeof(*late));
  kinds = catalogue_kinds(place->catalogue, &count);
  late->lot.kind = kind;
  late->lot.rank = kinds[kind].rank;
  late->lot.lot_id = sqlite3_column_int64(row, 0);
  late->lot.units = sqlite3_column_int64(row, 2);
  late->lot.purchased_ms = sqlite3_column_int64(row, 3);
  late->lot.expires_ms = sqlite3_column_int64(row, 4);
  late->lot.start_ms = sqlite3_column_int64(row, 5);
  late->lot.end_ms = sqlite3_column_int64(row, 6);
  late->used_up_ms =
      sqlite3_column_type(row, 7) == SQLITE_NULL ? NEVER : sqlite3_column_int64(row, 7);
  late->moves = sqlite3_column_int64(row, 8) != FOREVER;
}

/* The lots that are with the wallet and alive at the instant, in draw order. */
static void read_lots(const struct stored_place *place, struct lots *lots, int *rc) {
  sqlite3_stmt *row =
      query_open(place->store, sql_lots_at, rc, "ii", place->wallet_id, place->at_ms);
  while (store_row(row, rc)) add_lot(place, lots, row, rc);
  store_put(place->store, sql_lots_at, row, rc);
  if (lots->count > 1) qsort(lots->list, (size_t)lots->count, sizeof(*lots->list), compare_lots);
}

/*
** Where kinds are limited to apis, a debt may stand beside tokens. The rule of core/late.h needs
** that nothing was owed, so any state at or after the usage is reason enough to replay.
*/
static bool may_owe(const struct stored_place *place, const struct timeline *rules, int *rc) {
  return rules->pays && query_number(place->store, sql_state_since, 0, rc, "ii", place->wallet_id,
                                     place->at_ms) != 0;
}

/* The lot that should pay the usage, and the late units that its row has. */
struct payer {
  struct late_lot late;
  struct late_units late_units;
};

/* The entry of the lot that comes last up to an instant; none: all is 0. */
struct last_entry {
  bool is_there;
  bool is_of_later_usage; /* at the very instant asked for */
  int64_t charged_ms;
  int64_t used; /* what the lot has paid with it */
};

/* False: what is stored does not add up. */
static bool read_last(const struct stored_place *place, const struct payer *payer, int64_t at_ms,
                      struct last_entry *last, int *rc) {
  const struct lot *lot = &payer->late.lot;
  sqlite3_stmt *row =
      query_open(place->store, sql_entry_upto, rc, "iii", lot->lot_id, at_ms, place->usage_id);
  bool adds_up = true;
  memset(last, 0, sizeof(*last));
  if (store_row(row, rc)) {
    int64_t late;
    last->is_there = true;
    last->charged_ms = sqlite3_column_int64(row, 0);
    last->is_of_later_usage = sqlite3_column_int(row, 2) != 0;
    late = late_units_before(place->store, lot->lot_id, &payer->late_units, last->charged_ms, rc);
    adds_up = lot_has_paid(lot, sqlite3_column_int64(row, 1), late, &last->used);
  }
  store_put(place->store, sql_entry_upto, row, rc);
  return adds_up && *rc == SQLITE_OK;
}

/* The lot that takes the usage if it has enough left; false: none. */
static bool find_payer(const struct stored_place *place, const struct group_usage *usage,
                       struct payer *payer, int *rc) {
  struct timeline rules;
  struct lots lots = {NULL, 0, 0};
  int index;
  memset(&rules, 0, sizeof(rules));
  rules.pays = catalogue_pays(place->catalogue, &rules.api_count);
  if (may_owe(place, &rules, rc)) return false;
  read_lots(place, &lots, rc);
  index = late_candidate(&rules, lots.list, lots.count, place->at_ms, usage->api_index);
  if (!lots.list) index = -1; /* without memory */
  if (index >= 0) {
    payer->late = lots.list[index];
    payer->late_units = late_units_of_lot(place->store, payer->late.lot.lot_id, rc);
  }
  sqlite3_free(lots.list);
  return index >= 0;
}

/* ---- its entry ---- */

/*
** `used`, `late`: of the lot, before the usage. One entry at once: there is no run of entries for a
** writer to collect.
*/
static void write_late(const struct stored_place *place, const struct group_usage *usage,
                       const struct payer *payer, int64_t used, int64_t late, int *rc) {
  const struct lot *lot = &payer->late.lot;
  struct entry entry = {.charged_ms = place->at_ms, .usage_id = usage->usage_id};
  struct writer writer;
  entry.lot_id = lot->lot_id;
  entry.units = usage->units;
  entry.lot_used = used + usage->units;
  entry.lot_left = lot->units - entry.lot_used;
  entry.late = late;
  writer_open(&writer, place->store, false);
  write_entry(&writer, &entry, rc);
  writer_close(&writer);
}

/*
** The end of the lot is looked at before the instant of the usage: a lot without enough left fails
** there, and the second look is saved. Damage shows as sums that do not add up; then nothing is
** written, and settle() reports it.
*/
bool late_settle(const struct stored_place *place, const struct group_usage *usage,
                 struct late_payment *payment, int *rc) {
  struct payer payer;
  struct last_entry before, end;
  int64_t late;
  if (*rc != SQLITE_OK || !find_payer(place, usage, &payer, rc)) return false;
  if (!read_last(place, &payer, FOREVER, &end, rc)) return false;
  payer.late.lot.used = end.used;
  if (!late_suffices(&payer.late.lot, usage->units)) return false;
  if (!read_last(place, &payer, place->at_ms, &before, rc)) return false;
  if (before.is_of_later_usage || before.used > end.used) return false;
  late =
      late_units_before(place->store, payer.late.lot.lot_id, &payer.late_units, place->at_ms, rc);
  if (!lot_can_pay(&payer.late.lot, late)) return false;
  write_late(place, usage, &payer, before.used, late, rc);
  payment->lot_id = payer.late.lot.lot_id;
  payment->moves = payer.late.moves;
  payment->is_last = !end.is_there || end.charged_ms <= place->at_ms;
  if (!payment->is_last) {
    late_units_add(place->store, payment->lot_id, place->at_ms, usage->units, rc);
  }
  return *rc == SQLITE_OK;
}
