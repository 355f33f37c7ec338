/*
** Purses: what a connection remembers of wallets, so that usage that has just been inserted finds its lots
** without reading them again (ext/quick.c).
*/
#ifndef BILLING_PURSE_H
#define BILLING_PURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/access.h"
#include "core/timeline.h"
#include "facts/catalogue.h"
#include "store/store.h"

/* A lot, and where it stands: only while the purse is known. */
struct purse_lot {
  struct lot lot;
  int64_t left;
  int64_t last_ms, last_usage; /* its last entry; NEVER: none */
};

/* The lots of a wallet in draw order. They change only with facts, and so with the stamp. */
struct purse {
  int64_t wallet_id;
  bool simple;              /* no lot has ever moved in or out */
  int64_t closed_ms;        /* the last close of its group, or NEVER */
  uint64_t known;           /* the rest holds while that is the present epoch */
  int64_t known_from_ms;    /* lots that ended before are not known */
  int64_t standing_ms;      /* NEVER: it has none */
  struct standing standing; /* the last one */
  int count;
  struct purse_lot *lots;
  struct purse_lot **alive; /* room for as many, for whoever looks at some of them */
};

/* A hash table of them by wallet. All zero is empty; bounded memory. */
struct purses {
  struct purse **slots;
  int count, room;
};

/* The purse of a wallet, read if need be; NULL on an error. Owned by the table. */
struct purse *purses_find(struct purses *purses, struct store *store,
                          const struct catalogue *catalogue, int64_t wallet_id, int *rc);

/* Where the wallet stands in `epoch`, for usage from an instant on: a seek for itself and one for each lot. */
void purse_know(struct purse *purse, struct store *store, uint64_t epoch, int64_t from_ms, int *rc);

/* All of them are read again when they are asked for. */
void purses_forget(struct purses *purses);

#endif
