/*
** A group as it is stored: loaded to stay open, wallet state after all that is stored.
**
** Nothing is taken back and nothing is written. The lots that matter are those that are not over,
** and the wallets those that such lots are still to move between; both are read as they were last
** settled.
*/
#ifndef BILLING_GROUP_STORED_H
#define BILLING_GROUP_STORED_H

#include "facts/catalogue.h"
#include "settle/group.h"

/* A usage that is about to come, and the wallet that it is for. */
struct stored_place {
  struct store *store;
  const struct catalogue *catalogue;
  int64_t wallet_id;
  int64_t at_ms, usage_id; /* when it counts */
  int64_t closed_ms;       /* of the wallet's group, or NEVER */
};

/*
** NULL: an error; or *late, some stored usage is later; or neither, and then settle() has to write
** this story. The group can be charged by group_insert(); *late is always set.
*/
struct group *group_load(const struct stored_place *place, bool *late, char **message, int *rc);

#endif
