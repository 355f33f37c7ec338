/*
** Lots as the facts have them, for a group that is settled again.
**
** A lot's life is found in three steps, each of which may narrow what the one before says: the fact
** (purchase, end date, void: Q15), the market rules of the buyer's country (D24, D33, D34, Q32),
** and the closed period, which has the last word. The result is stored in _billing_settled_lot and
** _billing_holding before anything is charged: a group that stays open and the reading tables go by
** these rows, and none of them needs the rules again.
*/
#include <string.h>

#include "core/late.h"
#include "core/units.h"
#include "settle/group_state.h"
#include "settle/late_units.h"
#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* CROSS JOIN keeps SQLite from starting with the lots: a wallet has few, the file many. */
static const char sql_closed_holdings[] =
    "SELECT DISTINCT s.lot_id, l.start_ms, l.end_ms, l.expires_ms, l.voided_ms"
    " FROM main._billing_holding s CROSS JOIN main._billing_settled_lot l ON l.lot_id = s.lot_id"
    " WHERE s.wallet_id = ?1 AND s.from_ms < ?2";

/*
** The lots bought for a wallet that have no row: take_back_wallet() has deleted the rows of all
** lots that the start may change, and the others stay as they are. Where a lot moves to is
** read_moves()'s affair; a lot belongs to the wallet that it was bought for. The term of a lot
** without an end date is the policy of the day of the purchase.
*/
static const char sql_lots_of_wallet[] =
    "SELECT l.lot_id, l.kind, l.tokens, billing_ms(l.purchased_at),"
          " coalesce(billing_ms(l.expires_at), "
          SQL_MS_PLUS("l.purchased_at", SQL_POLICY("lot_term", "'+1 year'", "l.purchased_at")) "),"
          " billing_ms(l.voided_at), t.account_id,"
          " EXISTS (SELECT 1 FROM main.country c WHERE c.country = a.country) AS ruled,"
          " (SELECT billing_ms(c.flex_from) FROM main.country c WHERE c.country = a.country)"
          " FROM main._billing_wallet w CROSS JOIN main.token_lot l ON l.team_id = w.team_id"
          " LEFT JOIN main.team t ON t.team_id = w.team_id"
          " LEFT JOIN main.account a ON a.account_id = t.account_id"
          " WHERE w.wallet_id = ?1"
          "  AND l.lot_id NOT IN (SELECT lot_id FROM main._billing_settled_lot)"
          " ORDER BY l.lot_id";

static const char sql_subscriptions[] =
    "SELECT billing_ms(starts_at), billing_ms(ends_at) FROM main.subscription"
    " WHERE account_id = ?1 ORDER BY starts_at";

/*
** ?2: the close. Moves that count in the closed period are ordered by when they counted there, the
** others by their date.
*/
static const char sql_moves_of_lot[] =
    "SELECT billing_ms(m.moved_at), w.wallet_id, s.counts_ms FROM main.lot_move m"
    " JOIN main._billing_wallet w USING (team_id) LEFT JOIN main._billing_settled_move s"
    "  ON s.lot_id = m.lot_id AND s.moved_ms = billing_ms(m.moved_at)"
    "  AND s.wallet_id = w.wallet_id WHERE m.lot_id = ?1"
    " ORDER BY iif(s.counts_ms < ?2, s.counts_ms, NULL), m.moved_at";

static const char sql_settled_move_add[] =
    "INSERT OR REPLACE INTO main._billing_settled_move VALUES (?1, ?2, ?3, ?4)";

/*
** What the lot has paid before ?2, and when it was first used. Entries of one instant are told
** apart by lot_used, which only grows.
*/
static const char sql_lot_used[] =
    "SELECT lot_used, charged_ms, (SELECT min(charged_ms) FROM main.ledger_entry WHERE lot_id = ?1)"
    " FROM main.ledger_entry WHERE lot_id = ?1 AND charged_ms < ?2"
    " ORDER BY charged_ms DESC, lot_used DESC LIMIT 1";

static const char sql_settled_lot_add[] =
    "INSERT OR REPLACE INTO main._billing_settled_lot VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
    "?10, ?11, ?12, ?13)";

static const char sql_holding_add[] =
    "INSERT OR REPLACE INTO main._billing_holding VALUES (?1, ?2, ?3, ?4)";

/* OR IGNORE: the first version that a close has seen is the one that was read before it. */
static const char sql_closed_lot_add[] =
    "INSERT OR IGNORE INTO main._billing_closed_lot VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

static int64_t column_or(sqlite3_stmt *row, int column, int64_t otherwise) {
  return sqlite3_column_type(row, column) == SQLITE_NULL ? otherwise
                                                         : sqlite3_column_int64(row, column);
}

/* ---- closed periods ---- */

void group_read_closed(struct group *group, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(group->store, sql_closed_holdings, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, wallet_id);
    sqlite3_bind_int64(row, 2, group->closed_ms);
  }
  while (store_row(row, group->rc)) {
    struct closed_lot *lot;
    group->closed = store_grow(group->closed, group->closed_count, &group->closed_room,
                               sizeof(*lot), group->rc);
    if (*group->rc != SQLITE_OK) break;
    lot = &group->closed[group->closed_count++];
    lot->lot_id = sqlite3_column_int64(row, 0);
    lot->start_ms = sqlite3_column_int64(row, 1);
    lot->end_ms = sqlite3_column_int64(row, 2);
    lot->expires_ms = sqlite3_column_int64(row, 3);
    lot->voided_ms = column_or(row, 4, NEVER);
  }
  store_put(group->store, sql_closed_holdings, row, group->rc);
}

static const struct closed_lot *closed_lot(const struct group *group, int64_t lot_id) {
  for (int i = 0; i < group->closed_count; i++) {
    if (group->closed[i].lot_id == lot_id) return &group->closed[i];
  }
  return NULL;
}

/*
** What the closed period says of a lot's life stands. A begin or an end that it does not know yet
** counts at the close: a lot that was over before that is never alive.
*/
static void apply_close(const struct group *group, struct lot *lot) {
  const struct closed_lot *known = closed_lot(group, lot->lot_id);
  int64_t closed_ms = group->closed_ms;
  if (closed_ms == NEVER) return;
  if (known && known->start_ms < closed_ms) {
    lot->start_ms = known->start_ms;
  } else if (lot->start_ms < closed_ms) {
    lot->start_ms = closed_ms;
  }
  if (known && known->end_ms < closed_ms) {
    lot->end_ms = known->end_ms;
  } else if (lot->end_ms < closed_ms) {
    lot->end_ms = closed_ms;
  }
}

/*
** Keeps what instants before the close read of a lot's life, once a later fact changes it: for a
** lot that began or ended in the closed period. One that was recorded too late for the close is
** read as its facts are.
*/
static void keep_life(struct group *group, const struct lot *lot, sqlite3_value *voided) {
  const struct closed_lot *known = closed_lot(group, lot->lot_id);
  int64_t voided_ms =
      sqlite3_value_type(voided) == SQLITE_NULL ? NEVER : sqlite3_value_int64(voided);
  if (group->closed_ms == NEVER || !known) return;
  if (known->start_ms >= group->closed_ms && known->end_ms >= group->closed_ms) return;
  if (known->start_ms == lot->start_ms && known->end_ms == lot->end_ms &&
      known->expires_ms == lot->expires_ms && known->voided_ms == voided_ms) {
    return;
  }
  sqlite3_stmt *add =
      query_open(group->store, sql_closed_lot_add, group->rc, "iiiii", lot->lot_id,
                 group->closed_ms, known->start_ms, known->end_ms, known->expires_ms);
  if (add) bind_since(add, 6, known->voided_ms);
  store_run(group->store, sql_closed_lot_add, add, group->rc);
}

/* ---- lots ---- */

/*
** The end of the unbroken subscription that a purchase falls in or comes before (Q32). Periods come
** in the order of their begins: a gap ends the chain only where the chain already reaches beyond
** the purchase; FOREVER when none does.
*/
static int64_t subscription_end(struct group *group, sqlite3_value *account_id,
                                int64_t purchased_ms) {
  sqlite3_stmt *row = store_take(group->store, sql_subscriptions, group->rc);
  int64_t end = NEVER;
  if (row) sqlite3_bind_value(row, 1, account_id);
  while (store_row(row, group->rc)) {
    int64_t starts = sqlite3_column_int64(row, 0);
    int64_t ends = sqlite3_column_int64(row, 1);
    if (end != NEVER && starts > end && end > purchased_ms) break;
    if (end == NEVER || ends > end) end = ends;
  }
  store_put(group->store, sql_subscriptions, row, group->rc);
  return end > purchased_ms ? end : FOREVER;
}

/*
** A policy names the kind that a rule is about; where the name is unknown the rule is about no lot.
*/
static bool is_kind(struct group *group, struct lot *lot, struct text name) {
  return lot->kind >= 0 && catalogue_kind(group->catalogue, name) == lot->kind;
}

/*
** Market rules of the buyer's country (D24, D33, D34); columns as in sql_lots_of_wallet. They hold
** as of each instant: before flex_from no Flex token is alive, and a subscription that ends when
** Flex is sold already takes no credits along.
*/
static void apply_country(struct group *group, sqlite3_stmt *row, struct lot *lot) {
  const struct policies *policies = catalogue_policies(group->catalogue);
  bool ruled = sqlite3_column_int(row, 7) != 0;
  bool flex_sold = sqlite3_column_type(row, 8) != SQLITE_NULL;
  int64_t flex_from = sqlite3_column_int64(row, 8);
  if (!ruled) return;
  if (is_kind(group, lot, policies->flex_kind)) {
    if (!flex_sold) {
      lot->start_ms = FOREVER;
    } else if (lot->start_ms < flex_from) {
      lot->start_ms = flex_from;
    }
  } else if (is_kind(group, lot, policies->credit_kind)) {
    int64_t end = subscription_end(group, sqlite3_column_value(row, 6), lot->purchased_ms);
    if (end < lot->end_ms && (!flex_sold || end < flex_from)) lot->end_ms = end;
  }
}

void group_add_event(struct group *group, enum event_type type, int64_t at_ms, int lot,
                     int wallet) {
  struct timeline *timeline = &group->timeline;
  struct event *event;
  timeline->events = store_grow(timeline->events, timeline->event_count, &group->event_room,
                                sizeof(*event), group->rc);
  if (*group->rc != SQLITE_OK) return;
  event = &timeline->events[timeline->event_count++];
  event->at_ms = at_ms;
  event->type = type;
  event->lot = lot;
  event->wallet = wallet;
  event->order = timeline->event_count;
}

int group_wallet_index(const struct group *group, int64_t wallet_id) {
  for (int i = 0; i < group->timeline.wallet_count; i++) {
    if (group->timeline.wallets[i].wallet_id == wallet_id) return i;
  }
  return -1;
}

/* A stay of no length is none: a lot may move twice at one instant. */
static void write_holding(struct group *group, int64_t wallet_id, int64_t lot_id, int64_t from_ms,
                          int64_t to_ms) {
  sqlite3_stmt *add;
  if (from_ms >= to_ms) return;
  add = store_take(group->store, sql_holding_add, group->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, wallet_id);
    sqlite3_bind_int64(add, 2, lot_id);
    sqlite3_bind_int64(add, 3, from_ms);
    sqlite3_bind_int64(add, 4, to_ms);
  }
  store_run(group->store, sql_holding_add, add, group->rc);
}

/* Where a lot is while its moves are replayed. */
struct walk {
  int lot_index;
  int64_t lot_id, holder, since_ms;
};

static void move_lot(struct group *group, struct walk *walk, int64_t to, int64_t at_ms) {
  if (to == walk->holder) return;
  write_holding(group, walk->holder, walk->lot_id, walk->since_ms, at_ms);
  group_add_event(group, EVENT_MOVE, at_ms, walk->lot_index, group_wallet_index(group, to));
  walk->holder = to;
  walk->since_ms = at_ms;
}

/*
** The instant at which a move counts; row of sql_moves_of_lot. Its own, but one that was recorded
** after the close counts at the close, and from then on always.
*/
static int64_t move_counts_at(struct group *group, int64_t lot_id, sqlite3_stmt *row) {
  int64_t moved_ms = sqlite3_column_int64(row, 0), counts_ms = moved_ms;
  int64_t known_ms = column_or(row, 2, NEVER);
  sqlite3_stmt *add;
  if (group->closed_ms != NEVER && moved_ms < group->closed_ms) {
    bool known = known_ms != NEVER && known_ms < group->closed_ms;
    counts_ms = known ? known_ms : group->closed_ms;
  }
  if (counts_ms == known_ms) return counts_ms;
  add = store_take(group->store, sql_settled_move_add, group->rc);
  if (add) {
    sqlite3_bind_int64(add, 1, lot_id);
    sqlite3_bind_int64(add, 2, moved_ms);
    sqlite3_bind_int64(add, 3, sqlite3_column_int64(row, 1));
    sqlite3_bind_int64(add, 4, counts_ms);
  }
  store_run(group->store, sql_settled_move_add, add, group->rc);
  return counts_ms;
}

/*
** The moves that count in the closed period, or those that count after it. Two passes, since a late
** move may be dated before one that the closed period holds, and must not change where the lot was.
*/
static void replay_moves(struct group *group, struct walk *walk, bool in_closed) {
  sqlite3_stmt *row = store_take(group->store, sql_moves_of_lot, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, walk->lot_id);
    sqlite3_bind_int64(row, 2, group->closed_ms);
  }
  while (store_row(row, group->rc)) {
    int64_t to = sqlite3_column_int64(row, 1);
    int64_t at_ms = move_counts_at(group, walk->lot_id, row);
    if ((at_ms < group->closed_ms) == in_closed) move_lot(group, walk, to, at_ms);
  }
  store_put(group->store, sql_moves_of_lot, row, group->rc);
}

/* The moves of a lot become events and holdings: first those in the closed period. */
static void read_moves(struct group *group, int lot_index) {
  const struct lot *lot = &group->timeline.lots[lot_index];
  struct walk walk = {lot_index, lot->lot_id, group->timeline.wallets[lot->holder].wallet_id,
                      lot->purchased_ms};
  if (group->closed_ms != NEVER) replay_moves(group, &walk, true);
  replay_moves(group, &walk, false);
  write_holding(group, walk.holder, walk.lot_id, walk.since_ms, FOREVER);
}

/* What was used of a lot before the start. */
struct lot_use {
  int64_t used;
  int64_t from_ms, up_ms; /* its first entry, the one that left nothing; NEVER: not by then */
  struct late_units late;
};

/*
** What a lot that ended in the closed period is shown with, its end date and void, stands as well.
*/
static void write_lot(struct group *group, sqlite3_stmt *fact, const struct lot *lot,
                      const struct lot_use *use) {
  const struct closed_lot *known = closed_lot(group, lot->lot_id);
  sqlite3_stmt *add = store_take(group->store, sql_settled_lot_add, group->rc);
  keep_life(group, lot, sqlite3_column_value(fact, 5));
  if (known && known->end_ms >= group->closed_ms) known = NULL;
  if (add) {
    sqlite3_bind_int64(add, 1, lot->lot_id);
    sqlite3_bind_value(add, 2, sqlite3_column_value(fact, 1));
    sqlite3_bind_int64(add, 3, lot->units);
    sqlite3_bind_int64(add, 4, lot->purchased_ms);
    sqlite3_bind_int64(add, 5, known ? known->expires_ms : lot->expires_ms);
    if (!known) {
      sqlite3_bind_value(add, 6, sqlite3_column_value(fact, 5));
    } else if (known->voided_ms != NEVER) {
      sqlite3_bind_int64(add, 6, known->voided_ms);
    }
    sqlite3_bind_int64(add, 7, lot->start_ms);
    sqlite3_bind_int64(add, 8, lot->end_ms);
    bind_since(add, 9, use->from_ms);
    bind_since(add, 10, use->up_ms);
    late_units_bind(add, 11, &use->late);
  }
  store_run(group->store, sql_settled_lot_add, add, group->rc);
}

/*
** What is stored does not add up. No lot that settling has written comes here. What is before a
** close is kept by billing_rebuild(), so there it helps only once the period is open again.
*/
static void refuse_use(struct group *group, int64_t lot_id) {
  bool is_closed = group->closed_ms != NEVER && group->from_ms <= group->closed_ms;
  const char *first =
      is_closed ? " with autosettle off delete the period_close rows of its teams," : "";
  if (*group->rc != SQLITE_OK) return;
  *group->message = sqlite3_mprintf(
      "settle: the stored entries do not add up, lot %lld, read billing_check,%s then run"
      " SELECT billing_rebuild()",
      (long long)lot_id, first);
  *group->rc = SQLITE_CONSTRAINT;
}

/*
** What the lot has paid before the start: what its last entry says, and the late units before that
** entry (late_units.h). `late` is what is left of those, of instants before the start.
*/
static struct lot_use use_before(struct group *group, const struct lot *lot) {
  sqlite3_stmt *row =
      query_open(group->store, sql_lot_used, group->rc, "ii", lot->lot_id, group->from_ms);
  struct lot_use use = {0, NEVER, NEVER, {NEVER, NEVER, 0}};
  if (store_row(row, group->rc)) {
    int64_t last_ms = sqlite3_column_int64(row, 1);
    use.late = late_units_read(group->store, lot->lot_id, group->rc);
    if (!lot_can_pay(lot, use.late.units) ||
        !lot_has_paid(lot, sqlite3_column_int64(row, 0),
                      late_units_before(group->store, lot->lot_id, &use.late, last_ms, group->rc),
                      &use.used)) {
      refuse_use(group, lot->lot_id);
    }
    if (use.used == lot->units) use.up_ms = last_ms;
    use.from_ms = sqlite3_column_int64(row, 2);
  }
  store_put(group->store, sql_lot_used, row, group->rc);
  return use;
}

/*
** One row of sql_lots_of_wallet. A void ends a lot early but does not change its place in the draw
** order, which goes by expires_ms (D87). A lot that is never alive gets its rows, and neither start
** nor end.
*/
static void read_lot(struct group *group, sqlite3_stmt *row, int holder) {
  struct timeline *timeline = &group->timeline;
  struct text kind = text_of_column(row, 1);
  const struct kind *kinds;
  struct lot *lot;
  struct lot_use use;
  int kind_count, index = timeline->lot_count;
  timeline->lots = store_grow(timeline->lots, index, &group->lot_room, sizeof(*lot), group->rc);
  if (*group->rc != SQLITE_OK) return;
  lot = memset(&timeline->lots[index], 0, sizeof(*lot));
  lot->lot_id = sqlite3_column_int64(row, 0);
  lot->kind = catalogue_kind(group->catalogue, kind);
  kinds = catalogue_kinds(group->catalogue, &kind_count);
  if (lot->kind < 0 || !units_from_tokens(sqlite3_column_double(row, 2), &lot->units)) {
    *group->message = sqlite3_mprintf(
        "token_lot: unknown kind or bad amount, lot %lld,"
        " correct the row",
        (long long)lot->lot_id);
    *group->rc = SQLITE_CONSTRAINT;
    return;
  }
  lot->rank = kinds[lot->kind].rank;
  lot->purchased_ms = lot->start_ms = sqlite3_column_int64(row, 3);
  lot->expires_ms = lot->end_ms = sqlite3_column_int64(row, 4);
  if (column_or(row, 5, FOREVER) < lot->end_ms) lot->end_ms = sqlite3_column_int64(row, 5);
  lot->holder = holder;
  apply_country(group, row, lot);
  apply_close(group, lot);
  use = use_before(group, lot);
  lot->used = use.used;
  lot->late = use.late.units;
  timeline->lot_count++;
  write_lot(group, row, lot, &use);
  read_moves(group, index);
  if (lot->start_ms < lot->end_ms) {
    group_add_event(group, EVENT_START, lot->start_ms, index, -1);
    group_add_event(group, EVENT_END, lot->end_ms, index, -1);
  }
}

void group_read_lots(struct group *group, int holder) {
  sqlite3_stmt *row = store_take(group->store, sql_lots_of_wallet, group->rc);
  if (row) {
    sqlite3_bind_int64(row, 1, group->timeline.wallets[holder].wallet_id);
  }
  while (store_row(row, group->rc)) read_lot(group, row, holder);
  store_put(group->store, sql_lots_of_wallet, row, group->rc);
}
