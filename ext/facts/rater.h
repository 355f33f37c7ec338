/*
** The rater: one usage row -> wallet, instant, units. A function of that row and the facts.
*/
#ifndef BILLING_RATER_H
#define BILLING_RATER_H

#include "core/access.h"
#include "facts/catalogue.h"
#include "store/store.h"

enum usage_class {
  USAGE_PRICED,
  USAGE_FREE,
  USAGE_TRIAL,
  USAGE_EXCLUDED,
  USAGE_UNRATED,
  USAGE_UNASSIGNED,
  USAGE_METERED /* its price depends on what its wallet used before: see meter.h */
};

struct rated_usage {
  int64_t usage_id, wallet_id, at_ms, units;
  int api_index; /* see struct tariff */
  enum usage_class class;
};

struct payer_step {
  int64_t from_ms;
  int64_t wallet_id; /* 0: nobody pays */
  struct terms terms;
};

struct client;

/* Whether a close keeps usage that had no rate. */
extern const char sql_kept_any[];

/*
** Lives for one call: it remembers who pays for which client, and facts may change between calls.
*/
struct rater {
  struct store *store;
  const struct catalogue *catalogue;
  struct client **clients; /* hash table */
  int client_count, client_room;
  bool any_kept;           /* a close keeps usage that had no rate */
  bool any_dated;          /* an agreement has a date */
  int64_t failed_usage_id; /* when rater_rate() fails: the row, else 0 */
  char *message;           /* and why, or NULL; sqlite3_free() */
};

void rater_open(struct rater *rater, struct store *store, int *rc);
void rater_close(struct rater *rater);

/* A usage row as the rater reads it; texts are the caller's. */
struct usage_fields {
  int64_t usage_id;
  struct text client_id, api, sku, occurred_at, outcome;
  double quantity;
};

/*
** The current row of a statement that selects SQL_USAGE (sql_parts.h), or arguments in that order.
*/
struct usage_fields usage_of_row(sqlite3_stmt *row);
struct usage_fields usage_of_values(sqlite3_value **values);

/* Rate one usage. On failure rater->message says why. */
void rater_rate(struct rater *rater, const struct usage_fields *usage, struct rated_usage *rated,
                int *rc);

/* The wallet that pays for a client at an instant; 0: nobody does, or *rc is set. */
int64_t rater_payer(struct rater *rater, struct text client_id, int64_t at_ms, int *rc);

/* 'free' 'trial' 'excluded' 'unrated' 'unassigned' */
const char *usage_class_name(enum usage_class class);

/* Fill terms from columns excluded, trial start, trial end (ms or NULL) at `column`. */
void terms_from_row(sqlite3_stmt *row, int column, const struct catalogue *catalogue,
                    struct terms *terms);

#endif
