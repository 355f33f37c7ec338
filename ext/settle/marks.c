#include <string.h>

#include "settle/settlement.h"
#include "facts/closed.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_mark_of[] =
    "SELECT from_ms FROM main._billing_pending_wallet WHERE wallet_id = ?1";

/* ---- parties: found by wallet in a hash table of their places ---- */

#define EMPTY (-1)

static int slot_of(const struct settlement *settlement, int64_t wallet_id) {
  int slot = (int)((uint64_t)wallet_id * UINT64_C(0x9E3779B97F4A7C15) >> 40) &
             (settlement->slot_count - 1);
  while (settlement->slots[slot] != EMPTY &&
         settlement->parties[settlement->slots[slot]].wallet_id != wallet_id) {
    slot = (slot + 1) & (settlement->slot_count - 1);
  }
  return slot;
}

static int place_of(const struct settlement *settlement, int64_t wallet_id) {
  if (settlement->slot_count == 0) return EMPTY;
  return settlement->slots[slot_of(settlement, wallet_id)];
}

struct party *party_find(const struct settlement *settlement, int64_t wallet_id) {
  int place = place_of(settlement, wallet_id);
  return place == EMPTY ? NULL : &settlement->parties[place];
}

/* Room for one more party; at most half of the slots are taken. */
static bool grow(struct settlement *settlement) {
  int room = settlement->room ? settlement->room * 2 : 16;
  void *parties = sqlite3_realloc64(settlement->parties, (uint64_t)room * sizeof(struct party));
  int *slots = sqlite3_realloc64(settlement->slots, (uint64_t)room * 2 * sizeof(int));
  if (parties) settlement->parties = parties;
  if (slots) settlement->slots = slots;
  if (!parties || !slots) {
    settlement->slot_count = 0;
    *settlement->rc = SQLITE_NOMEM;
    return false;
  }
  settlement->room = room;
  settlement->slot_count = room * 2;
  for (int i = 0; i < settlement->slot_count; i++) slots[i] = EMPTY;
  for (int i = 0; i < settlement->count; i++) {
    slots[slot_of(settlement, settlement->parties[i].wallet_id)] = i;
  }
  return true;
}

/*
** With settle(team_id) a wallet may join late, because usage moved to it. It settles from its own mark
** then: its facts may have changed earlier than that usage.
*/
static int64_t own_mark(struct settlement *settlement, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(settlement->store, sql_mark_of, settlement->rc);
  int64_t from_ms = NOT_YET;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, settlement->rc)) from_ms = sqlite3_column_int64(row, 0);
  store_put(settlement->store, sql_mark_of, row, settlement->rc);
  return from_ms;
}

/* Find or add; NULL when out of memory. Pointers to other parties are no longer valid. */
static struct party *party_add(struct settlement *settlement, int64_t wallet_id) {
  struct party *party;
  int place = place_of(settlement, wallet_id);
  if (place != EMPTY) return &settlement->parties[place];
  if (*settlement->rc != SQLITE_OK) return NULL;
  if ((!settlement->parties || settlement->count == settlement->room) && !grow(settlement))
    return NULL;
  settlement->slots[slot_of(settlement, wallet_id)] = settlement->count;
  party = &settlement->parties[settlement->count++];
  party->wallet_id = wallet_id;
  party->from_ms = party->gathered_ms = NOT_YET;
  if (settlement->limited) party->from_ms = own_mark(settlement, wallet_id);
  party->group = NO_GROUP;
  return party;
}

void party_mark(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  struct party *party = party_add(settlement, wallet_id);
  if (party && from_ms < party->from_ms) party->from_ms = from_ms;
}

/* ---- groups ---- */

static void join_group(struct settlement *settlement, int64_t wallet_id, int group) {
  struct party *party = party_add(settlement, wallet_id);
  sqlite3_stmt *row;
  int64_t closed_ms;
  if (!party || party->group != NO_GROUP) return;
  party->group = group;
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

void party_group(struct settlement *settlement, int64_t wallet_id) {
  settlement->groups = store_grow(settlement->groups, settlement->group_count,
                                  &settlement->group_room, sizeof(struct bounds), settlement->rc);
  if (*settlement->rc != SQLITE_OK) return;
  settlement->groups[settlement->group_count] = (struct bounds){NOT_YET, NEVER};
  join_group(settlement, wallet_id, settlement->group_count++);
}

void parties_form_groups(struct settlement *settlement) {
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    if (settlement->parties[i].group != NO_GROUP) continue;
    party_group(settlement, settlement->parties[i].wallet_id);
  }
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    const struct party *party = &settlement->parties[i];
    struct bounds *group = &settlement->groups[party->group];
    if (party->from_ms < group->from_ms) group->from_ms = party->from_ms;
  }
}

struct party *party_join(struct settlement *settlement, int64_t wallet_id) {
  struct party *party = party_find(settlement, wallet_id);
  if (party && party->group != NO_GROUP) return party;
  party_group(settlement, wallet_id);
  return *settlement->rc == SQLITE_OK ? party_find(settlement, wallet_id) : NULL;
}

void parties_free(struct settlement *settlement) {
  sqlite3_free(settlement->parties);
  sqlite3_free(settlement->slots);
  sqlite3_free(settlement->groups);
}
