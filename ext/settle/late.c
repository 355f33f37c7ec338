#include "settle/late.h"

#include <stdlib.h>
#include <string.h>

#include "core/late.h"
#include "settle/writer.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

#define FOREVER INT64_MAX

/* ---- statements ---- */

static const char sql_lots_at[] =
    "SELECT l.lot_id, l.kind, l.units, l.purchased_ms, l.expires_ms, l.start_ms, l.end_ms,"
    " l.used_up_ms, s.to_ms"
    " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    " WHERE s.wallet_id = ?1 AND s.from_ms <= ?2 AND s.to_ms > ?2"
    " AND l.start_ms <= ?2 AND l.end_ms > ?2";

static const char sql_state_since[] =
    "SELECT at_ms >= ?2 OR debt_units > 0 FROM main._billing_wallet_state WHERE wallet_id = ?1"
    " ORDER BY at_ms DESC LIMIT 1";

static const char sql_lot_used_last[] =
    "SELECT lot_used FROM main.ledger_entry WHERE lot_id = ?1"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

/*
** Paid before an instant; -1: the lot has an entry at that very instant, and order there is by
** usage.
*/
static const char sql_lot_used_before[] =
    "SELECT iif(charged_ms = ?2, -1, lot_used) FROM main.ledger_entry"
    " WHERE lot_id = ?1 AND charged_ms <= ?2 ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

/*
** What a lot has paid is part of the key: no row may meet another on the way, so all go below 0
** first.
*/
static const char sql_entries_raise[] =
    "UPDATE main.ledger_entry SET lot_used = - (lot_used + ?3)"
    " WHERE lot_id = ?1 AND charged_ms > ?2";

static const char sql_entries_raised[] =
    "UPDATE main.ledger_entry SET lot_used = - lot_used WHERE lot_id = ?1 AND charged_ms > ?2";

/* ---- the lots that could pay ---- */

struct lots {
  struct late_lot *list;
  int count, room;
};

static int compare_lots(const void *left, const void *right) {
  const struct late_lot *a = left, *b = right;
  return lot_compare(&a->lot, &b->lot);
}

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
** Where kinds are limited to apis, a debt may stand beside tokens: then nothing may have been owed.
*/
static bool may_owe(const struct stored_place *place, const struct timeline *rules, int *rc) {
  return rules->pays && query_number(place->store, sql_state_since, 0, rc, "ii", place->wallet_id,
                                     place->at_ms) != 0;
}

/* The lot that takes the usage, with what it has paid by its end; false: none. */
static bool find_payer(const struct stored_place *place, const struct group_usage *usage,
                       struct lot *payer, int *rc) {
  struct timeline rules;
  struct lots lots = {NULL, 0, 0};
  int index;
  memset(&rules, 0, sizeof(rules));
  rules.pays = catalogue_pays(place->catalogue, &rules.api_count);
  if (may_owe(place, &rules, rc)) return false;
  read_lots(place, &lots, rc);
  index = late_candidate(&rules, lots.list, lots.count, place->at_ms, usage->api_index);
  if (!lots.list) index = -1;
  if (index >= 0) *payer = lots.list[index].lot;
  sqlite3_free(lots.list);
  if (index < 0) return false;
  payer->used = query_number(place->store, sql_lot_used_last, 0, rc, "i", payer->lot_id);
  return late_suffices(payer, usage->units);
}

/* ---- the shift ---- */

bool late_settle(const struct stored_place *place, const struct group_usage *usage, int64_t *lot_id,
                 int *rc) {
  struct writer writer;
  struct lot payer;
  struct entry entry = {.charged_ms = place->at_ms, .usage_id = usage->usage_id};
  int64_t used;
  if (*rc != SQLITE_OK || !find_payer(place, usage, &payer, rc)) return false;
  used = query_number(place->store, sql_lot_used_before, 0, rc, "ii", payer.lot_id, place->at_ms);
  if (used < 0 || *rc != SQLITE_OK) return false;
  entry.lot_id = *lot_id = payer.lot_id;
  entry.units = usage->units;
  entry.lot_used = used + usage->units;
  entry.lot_left = payer.units - entry.lot_used;
  query_run(place->store, sql_entries_raise, rc, "iii", payer.lot_id, place->at_ms, usage->units);
  query_run(place->store, sql_entries_raised, rc, "ii", payer.lot_id, place->at_ms);
  writer_open(&writer, place->store, false);
  write_entry(&writer, &entry, rc);
  writer_close(&writer);
  return *rc == SQLITE_OK;
}
