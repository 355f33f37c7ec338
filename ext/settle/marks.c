/*
** Marks become wallets, wallets become groups.
**
** A wallet takes part because it is marked, because usage that is rated now belongs to it, or
** because a lot ties it to one of those: a moved lot may pay debts at both ends, so tied wallets
** are settled together from the earliest of their marks (D91, D103).
*/
#include <string.h>

#include "settle/settlement.h"
#include "facts/closed.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* From when a wallet has to be settled; no row: its stored part is right. */
static const char sql_mark_of[] =
    "SELECT from_ms FROM main._billing_pending_wallet WHERE wallet_id = ?1";

/* ---- marked wallets: an array, and a map from a wallet to its place there, counted from 1 ---- */

struct marked_wallet *marked_find(const struct settlement *settlement, int64_t wallet_id) {
  uintptr_t place = (uintptr_t)map_find(&settlement->places, map_number(wallet_id));
  return place ? &settlement->marked[place - 1] : NULL;
}

/*
** With settle(team_id) a wallet may join late, because usage moved to it. It settles from its own
** mark then: its facts may have changed earlier than that usage.
*/
static int64_t own_mark(struct settlement *settlement, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(settlement->store, sql_mark_of, settlement->rc);
  int64_t from_ms = NOT_YET;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, settlement->rc)) from_ms = sqlite3_column_int64(row, 0);
  store_put(settlement->store, sql_mark_of, row, settlement->rc);
  return from_ms;
}

/* Find or add; NULL when out of memory. Pointers to others are no longer valid. */
static struct marked_wallet *marked_add(struct settlement *settlement, int64_t wallet_id) {
  struct marked_wallet *marked;
  void **place;
  marked = marked_find(settlement, wallet_id);
  if (marked) return marked;
  settlement->marked = store_grow(settlement->marked, settlement->count, &settlement->room,
                                  sizeof(*marked), settlement->rc);
  place = map_place(&settlement->places, map_number(wallet_id), settlement->rc);
  if (!place || *settlement->rc != SQLITE_OK) return NULL;
  marked = &settlement->marked[settlement->count++];
  *place = (void *)(uintptr_t)settlement->count; /* NOLINT(performance-no-int-to-ptr): its place */
  marked->wallet_id = wallet_id;
  marked->from_ms = marked->gathered_ms = NOT_YET;
  if (settlement->limited) marked->from_ms = own_mark(settlement, wallet_id);
  marked->group = NO_GROUP;
  return marked;
}

void mark_wallet(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  struct marked_wallet *marked = marked_add(settlement, wallet_id);
  if (marked && from_ms < marked->from_ms) marked->from_ms = from_ms;
}

/* ---- groups ---- */

/*
** A walk along the ties, of which a group has few. The close of any wallet is that of the whole
** group: what is stored before it stays, and the wallets share lots.
*/
static void join_group(struct settlement *settlement, int64_t wallet_id, int group) {
  struct marked_wallet *marked = marked_add(settlement, wallet_id);
  sqlite3_stmt *row;
  int64_t closed_ms;
  if (!marked || marked->group != NO_GROUP) return;
  marked->group = group;
  closed_ms = close_of_team(settlement->store, wallet_id, settlement->rc);
  if (closed_ms > settlement->groups[group].closed_ms) {
    settlement->groups[group].closed_ms = closed_ms;
  }
  row = store_take(settlement->store, sql_neighbours, settlement->rc);
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (store_row(row, settlement->rc)) {
    join_group(settlement, sqlite3_column_int64(row, 0), group);
  }
  store_put(settlement->store, sql_neighbours, row, settlement->rc);
}

void mark_group(struct settlement *settlement, int64_t wallet_id) {
  settlement->groups =
      store_grow(settlement->groups, settlement->group_count, &settlement->group_room,
                 sizeof(struct group_marks), settlement->rc);
  if (*settlement->rc != SQLITE_OK) return;
  settlement->groups[settlement->group_count] = (struct group_marks){NOT_YET, NEVER};
  join_group(settlement, wallet_id, settlement->group_count++);
}

/* Marks are spread after all groups are complete: a wallet may join with an earlier mark. */
void marks_form_groups(struct settlement *settlement) {
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    if (settlement->marked[i].group != NO_GROUP) continue;
    mark_group(settlement, settlement->marked[i].wallet_id);
  }
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    const struct marked_wallet *marked = &settlement->marked[i];
    struct group_marks *group = &settlement->groups[marked->group];
    if (marked->from_ms < group->from_ms) group->from_ms = marked->from_ms;
  }
}

/* Finds again after grouping: the array may have been moved. */
struct marked_wallet *marked_join(struct settlement *settlement, int64_t wallet_id) {
  struct marked_wallet *marked = marked_find(settlement, wallet_id);
  if (marked && marked->group != NO_GROUP) return marked;
  mark_group(settlement, wallet_id);
  return *settlement->rc == SQLITE_OK ? marked_find(settlement, wallet_id) : NULL;
}

void marks_free(struct settlement *settlement) {
  sqlite3_free(settlement->marked);
  map_clear(&settlement->places, NULL);
  sqlite3_free(settlement->groups);
}
