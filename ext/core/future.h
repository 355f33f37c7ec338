/*
** The future of a timeline that stays open between statements.
**
** Usage ends today, but lots, moves and lapses may be recorded ahead, and what they lead to is
** written ahead as well: a lot of next month pays the debts of today. So a timeline stands at its
** last usage while the ledger holds the rest of its story. The plan remembers what the rest says.
** One more usage then costs what it changes: it comes last among the debts, so it draws what the
** others leave.
*/
#ifndef BILLING_FUTURE_H
#define BILLING_FUTURE_H

#include "core/timeline.h"

/* What offsets of one instant draw from a lot, all debts together. */
struct planned_draw {
  int64_t at_ms;
  int lot; /* index */
  int64_t units;
};

struct planned_state {
  int64_t at_ms;
  int wallet; /* index */
  struct wallet_state wallet_state;
};

/* The rest of the story as it is written, in the order of instants. All zero: nothing is. */
struct plan {
  struct planned_draw *draws;
  int draw_count, draw_room;
  struct planned_state *states; /* at one instant by wallet */
  int state_count, state_room;
};

/*
** True when the rest of the story writes nothing: every wallet is clear (no debt, not negative) and
** no unblock to come lifts a block, or nothing to come concerns a lot with units left or an
** unblock. A lapse alone writes nothing: only debts make a balance negative.
*/
bool timeline_is_calm(const struct timeline *timeline);

/*
** Fills an empty plan with the rest of the story; the timeline stays where it is and writes
** nothing.
*/
enum timeline_result timeline_foresee(const struct timeline *timeline, struct plan *plan);

/*
** Charges a usage that is later than all others of a timeline whose rest is written as `plan` says:
** writes the usage and what it changes of the rest, and brings the plan up to date.
** TIMELINE_CROSSED: the usage takes what a written payment needs. Then the sink has had some rows
** at or after the usage's instant, and the story has to be settled again from there.
*/
enum timeline_result timeline_insert(struct timeline *timeline, struct plan *plan, int index,
                                     const struct debt *usage);

/* Lets everything up to at_ms happen; it is written already, so the sink is not called. */
enum timeline_result timeline_catch_up(struct timeline *timeline, struct plan *plan, int64_t at_ms);

/*
** One more debt that is older than the usage at which the timeline stands, and that no lot to come
** reaches. After any other result than TIMELINE_OK the timeline has to be freed.
*/
enum timeline_result timeline_owe_late(struct timeline *timeline, struct plan *plan, int index,
                                       const struct debt *debt);

/* True when a planned draw takes from the lot after an instant. */
bool plan_draws_after(const struct plan *plan, int lot, int64_t at_ms);

/* True when the plan gives the wallet this state at that instant. */
bool plan_says(const struct plan *plan, int64_t at_ms, int wallet,
               const struct wallet_state *wallet_state);

void plan_free(struct plan *plan, const struct timeline *timeline);

#endif
