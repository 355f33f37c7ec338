#include <string.h>

#include "settlement.h"

SQLITE_EXTENSION_INIT3

static int party_place(const struct settlement *settlement, int64_t wallet_id) {
  int low = 0, high = settlement->count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (settlement->parties[middle].wallet_id < wallet_id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

struct party *party_find(const struct settlement *settlement, int64_t wallet_id) {
  int place = party_place(settlement, wallet_id);
  if (place == settlement->count) return NULL;
  return settlement->parties[place].wallet_id == wallet_id ? &settlement->parties[place] : NULL;
}

/*
** With settle(team_id) a wallet may join late, because usage moved to it. It settles from its own mark
** then: its facts may have changed earlier than that usage.
*/
static int64_t own_mark(struct settlement *settlement, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(settlement->store, MARK_OF, settlement->rc);
  int64_t from_ms = NOT_YET;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, settlement->rc)) from_ms = sqlite3_column_int64(row, 0);
  store_put(settlement->store, MARK_OF, row, settlement->rc);
  return from_ms;
}

struct party *party_add(struct settlement *settlement, int64_t wallet_id) {
  int place = party_place(settlement, wallet_id);
  struct party *party = party_find(settlement, wallet_id);
  if (party) return party;
  if (settlement->count == settlement->room) {
    int room = settlement->room ? settlement->room * 2 : 16;
    void *grown = sqlite3_realloc64(settlement->parties, (uint64_t)room * sizeof(*party));
    if (!grown) {
      *settlement->rc = SQLITE_NOMEM;
      return NULL;
    }
    settlement->parties = grown;
    settlement->room = room;
  }
  party = &settlement->parties[place];
  memmove(party + 1, party, (size_t)(settlement->count++ - place) * sizeof(*party));
  party->wallet_id = wallet_id;
  party->from_ms = party->gathered_ms = NOT_YET;
  if (settlement->limited) party->from_ms = own_mark(settlement, wallet_id);
  party->group = -1;
  party->closed_ms = NEVER;
  return party;
}

void party_mark(struct settlement *settlement, int64_t wallet_id, int64_t from_ms) {
  struct party *party = party_add(settlement, wallet_id);
  if (party && from_ms < party->from_ms) party->from_ms = from_ms;
}

/* ---- groups ---- */

/* Put a wallet and all that lots tie it to into one group; returns its number. */
void party_group(struct settlement *settlement, int64_t wallet_id, int group) {
  struct party *party = party_add(settlement, wallet_id);
  sqlite3_stmt *row;
  if (!party || party->group >= 0) return;
  party->group = group;
  row = store_take(settlement->store, NEIGHBOURS, settlement->rc);
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  while (store_row(row, settlement->rc)) {
    party_group(settlement, sqlite3_column_int64(row, 0), group);
  }
  store_put(settlement->store, NEIGHBOURS, row, settlement->rc);
}

static void form_groups(struct settlement *settlement) {
  for (int i = 0; i < settlement->count && *settlement->rc == SQLITE_OK; i++) {
    int64_t wallet_id = settlement->parties[i].wallet_id;
    if (settlement->parties[i].group >= 0) continue;
    party_group(settlement, wallet_id, settlement->group_count++);
    i = party_place(settlement, wallet_id); /* others, grouped already, may stand before it now */
  }
}

static int64_t closed_until(struct settlement *settlement, int64_t wallet_id) {
  sqlite3_stmt *row = store_take(settlement->store, CLOSED_UNTIL, settlement->rc);
  int64_t closed_ms = NEVER;
  if (row) sqlite3_bind_int64(row, 1, wallet_id);
  if (store_row(row, settlement->rc) && sqlite3_column_type(row, 0) != SQLITE_NULL) {
    closed_ms = sqlite3_column_int64(row, 0);
  }
  store_put(settlement->store, CLOSED_UNTIL, row, settlement->rc);
  return closed_ms;
}

/*
** The earliest mark of each group is the mark of all its wallets, and the last close of any of them
** holds for all: nothing before it is settled again.
*/
static void share_marks(struct settlement *settlement) {
  uint64_t bytes = (uint64_t)settlement->group_count * sizeof(struct party) + 1;
  struct party *groups = sqlite3_malloc64(bytes);
  if (!groups) {
    *settlement->rc = SQLITE_NOMEM;
    return;
  }
  for (int i = 0; i < settlement->group_count; i++) {
    groups[i].from_ms = NOT_YET;
    groups[i].closed_ms = NEVER;
  }
  for (int i = 0; i < settlement->count; i++) {
    const struct party *party = &settlement->parties[i];
    struct party *group = &groups[party->group];
    int64_t closed_ms = closed_until(settlement, party->wallet_id);
    if (party->from_ms < group->from_ms) group->from_ms = party->from_ms;
    if (closed_ms > group->closed_ms) group->closed_ms = closed_ms;
  }
  for (int i = 0; i < settlement->count; i++) {
    struct party *party = &settlement->parties[i];
    const struct party *group = &groups[party->group];
    party->closed_ms = group->closed_ms;
    party->from_ms = group->from_ms < group->closed_ms ? group->closed_ms : group->from_ms;
  }
  sqlite3_free(groups);
}

struct party *party_join(struct settlement *settlement, int64_t wallet_id) {
  struct party *party = party_find(settlement, wallet_id);
  int group = settlement->group_count;
  int64_t closed_ms = NEVER;
  if (party && party->group >= 0) return party;
  party_group(settlement, wallet_id, settlement->group_count++);
  for (int i = 0; i < settlement->count; i++) {
    int64_t until;
    if (settlement->parties[i].group != group) continue;
    until = closed_until(settlement, settlement->parties[i].wallet_id);
    if (until > closed_ms) closed_ms = until;
  }
  for (int i = 0; i < settlement->count; i++) {
    if (settlement->parties[i].group == group) settlement->parties[i].closed_ms = closed_ms;
  }
  return *settlement->rc == SQLITE_OK ? party_find(settlement, wallet_id) : NULL;
}

void parties_form_groups(struct settlement *settlement) {
  form_groups(settlement);
  if (*settlement->rc == SQLITE_OK) share_marks(settlement);
}

void parties_free(struct settlement *settlement) {
  sqlite3_free(settlement->parties);
  settlement->parties = NULL;
  settlement->count = settlement->room = settlement->group_count = 0;
}
