/*
** The timeline: facts of one group of wallets in the order of instants, ledger entries out.
**
** A group is a set of wallets that lots tie together by moving. The caller fills wallets, lots and
** events, calls timeline_start() with the instant from which the story is written again, then
** timeline_usage() for every usage in the order (at_ms, usage_id), then timeline_finish(). What
** results is handed to the sink as it happens; nothing is read back.
**
** Order at one instant: lapse and void, moves, purchases, offsets, unblock, usage (Q28).
*/
#ifndef BILLING_TIMELINE_H
#define BILLING_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/access.h"

/* After anything but TIMELINE_OK the timeline can only be freed. */
enum timeline_result {
  TIMELINE_OK,
  TIMELINE_NO_MEMORY,
  TIMELINE_OVERFLOW,
  TIMELINE_SINK_FAILED,
  TIMELINE_CROSSED /* only of timeline_insert(), see future.h */
};

struct lot {
  int64_t lot_id;
  int64_t units; /* bought */
  int64_t used;  /* paid so far; at timeline_start(): before the start */
  int64_t late;  /* of `used`: by usage that came late; entries are stored less that */
  int64_t purchased_ms;
  int64_t expires_ms;       /* the fact: what ends a lot earlier does not change the draw order */
  int64_t start_ms, end_ms; /* alive in [start, end); never when start >= end */
  int64_t rank;             /* of its kind: lower pays first */
  int kind;                 /* index into the eligibility table */
  int holder;               /* wallet index; at timeline_start(): the first holder */
  bool alive;
};

/* Draw order (D12, D87, Q7, Q8): negative when `a` pays before `b`. Lots never compare equal. */
int lot_compare(const struct lot *a, const struct lot *b);

/* RULES: a kind may pay more than it did. REVIEW: a policy changes. */
enum event_type { EVENT_END, EVENT_MOVE, EVENT_START, EVENT_RULES, EVENT_REVIEW, EVENT_UNBLOCK };

struct event {
  int64_t at_ms;
  enum event_type type;
  int lot;    /* END, MOVE, START: index of the lot; else -1 */
  int wallet; /* MOVE: where it goes; RULES, REVIEW, UNBLOCK: whose */
  int order;  /* among equals: moves of one lot that count at one instant */
};

struct debt {
  int64_t at_ms;       /* when the usage counted */
  int64_t occurred_ms; /* oldest first, by (occurred_ms, usage_id) (Q10) */
  int64_t usage_id;
  int64_t owed;  /* units */
  int64_t rated; /* its whole price */
  int api;
  int parts;    /* entries that pay it so far */
  bool written; /* the sink has had a step of it */
};

struct wallet {
  int64_t wallet_id;
  struct wallet_state wallet_state; /* at timeline_start(): as it stood before the start */
  struct wallet_state written;      /* what the sink knows */
  int64_t last_unblock; /* instant of the last one so far, or NEVER; the caller sets it */
  bool unblocked;       /* an unblock came after the block, while still negative (Q21) */
  bool arrival;         /* a lot became alive here at this instant: offsets are due */
  bool touched;         /* look at the wallet state at the end of this instant's lot events */
  int64_t remainder;    /* units left in alive lots */
  int *alive;           /* indexes of lots with something left, in draw order */
  int alive_count, alive_room;
  struct debt *debts; /* open ones, oldest first */
  int debt_count, debt_room;
};

struct entry {
  int lot; /* index */
  int64_t lot_id, lot_used, lot_left, charged_ms, usage_id, units;
  int64_t late; /* as of the lot */
  int part;
  bool is_offset;
};

/* Where results go. Each returns false to stop: TIMELINE_SINK_FAILED. */
struct sink {
  void *context;
  bool (*entry)(void *context, const struct entry *entry);
  bool (*debt)(void *context, int64_t wallet_id, const struct debt *debt, int64_t since_ms);
  bool (*wallet_state)(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                       int64_t at_ms);
  /*
  ** What was written of a wallet's state at that instant does not hold; only timeline_insert()
  ** asks.
  */
  bool (*drop)(void *context, int64_t wallet_id, int64_t at_ms);
  /* All states that were written of a wallet in [from_ms, to_ms] owe `units` more; likewise. */
  bool (*raise)(void *context, int64_t wallet_id, int64_t from_ms, int64_t to_ms, int64_t units);
};

struct plan; /* future.h */

struct timeline {
  struct wallet *wallets;
  int wallet_count;
  struct lot *lots;
  int lot_count;
  struct event *events; /* sorted by timeline_start() */
  int event_count, next_event;
  const struct policy_step *policies; /* as policy_at() takes them; the caller's */
  int policy_count;
  const unsigned char *pays; /* pays[kind * api_count + api]: NULL when every kind pays all */
  int api_count;
  struct sink sink;
  const struct plan *plan; /* written draws that no other may come before; NULL: there are none */
  bool pays_planned;       /* debts are not listed but for new ones: the plan says what they get */
  bool counts_debts; /* debts are not listed: nothing to come can pay one, so their sum is enough */
  void *(*resize)(void *memory, uint64_t bytes); /* NULL memory: new; 0 bytes: free */
};

/* Bring lots and events to the state just before `from_ms`, writing nothing. */
enum timeline_result timeline_start(struct timeline *timeline, int64_t from_ms);

/* Add an open debt while loading, oldest first, before any usage. */
enum timeline_result timeline_load_debt(struct timeline *timeline, int wallet_index,
                                        const struct debt *debt);

/* Let everything up to at_ms happen, then charge one usage of `units` > 0 to a wallet. */
enum timeline_result timeline_usage(struct timeline *timeline, int index, const struct debt *usage);

/* Let everything up to at_ms happen. */
enum timeline_result timeline_run_until(struct timeline *timeline, int64_t at_ms);

/*
** Charge one usage now that everything up to its instant has happened; usage->owed: what it could
** not pay.
*/
enum timeline_result timeline_charge(struct timeline *timeline, int index, struct debt *usage);

/*
** Let all that is still to come happen: later lots pay debts, lapses may turn a balance negative.
*/
enum timeline_result timeline_finish(struct timeline *timeline);

/* Whether the lot's kind may pay an api at all: kind_api limits kinds to apis (D5). */
bool timeline_may_pay(const struct timeline *timeline, const struct lot *lot, int api);

/* Room for one more element in an array that has `count`. False: no memory. */
bool timeline_make_room(const struct timeline *timeline, void **memory, int *room, int count,
                        size_t size);

/* Free what the timeline allocated itself (draw orders, debts). */
void timeline_free(struct timeline *timeline);

#endif
