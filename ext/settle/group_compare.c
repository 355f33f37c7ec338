/*
** What is compared is what the rest of the story depends on. Lots that are over or used up may be
** in one group and not in the other, and indexes differ: lots and wallets are matched by their ids.
*/
#include "settle/group_compare.h"

SQLITE_EXTENSION_INIT3

#ifdef BILLING_CHECK_GROUPS

static int64_t lot_id_of(const struct group *group, int lot) {
  return group->timeline.lots[lot].lot_id;
}

/* Both are in draw order, which is total, so places correspond. */
static bool same_alive(const struct group *kept, const struct wallet *a, const struct group *fresh,
                       const struct wallet *b) {
  if (a->alive_count != b->alive_count || a->remainder != b->remainder) return false;
  for (int i = 0; i < a->alive_count; i++) {
    const struct lot *mine = &kept->timeline.lots[a->alive[i]];
    const struct lot *theirs = &fresh->timeline.lots[b->alive[i]];
    if (mine->lot_id != theirs->lot_id || mine->used != theirs->used) return false;
  }
  return true;
}

static bool same_debts(const struct wallet *a, const struct wallet *b) {
  if (a->debt_count != b->debt_count) return false;
  for (int i = 0; i < a->debt_count; i++) {
    const struct debt *mine = &a->debts[i], *theirs = &b->debts[i];
    if (mine->usage_id != theirs->usage_id || mine->owed != theirs->owed ||
        mine->parts != theirs->parts || mine->rated != theirs->rated ||
        mine->at_ms != theirs->at_ms || mine->occurred_ms != theirs->occurred_ms ||
        mine->api != theirs->api) {
      return false;
    }
  }
  return true;
}

static bool same_wallet(const struct group *kept, const struct wallet *a, const struct group *fresh,
                        const struct wallet *b) {
  return a->wallet_state.debt == b->wallet_state.debt &&
         a->wallet_state.negative_since == b->wallet_state.negative_since &&
         a->wallet_state.blocked_since == b->wallet_state.blocked_since &&
         a->unblocked == b->unblocked && a->last_unblock == b->last_unblock &&
         same_alive(kept, a, fresh, b) &&
         (fresh->timeline.counts_debts || kept->timeline.counts_debts || same_debts(a, b));
}

/*
** Draws of one instant may stand in another order: the plan only promises that instants ascend. As
** the counts are equal and a lot has one draw an instant, finding each once is enough.
*/
static bool same_plan(const struct group *kept, const struct group *fresh) {
  const struct plan *a = &kept->plan, *b = &fresh->plan;
  bool same = a->draw_count == b->draw_count && a->state_count == b->state_count;
  for (int i = 0; same && i < b->state_count; i++) {
    int64_t wallet_id = fresh->timeline.wallets[b->states[i].wallet].wallet_id;
    same = plan_says(a, b->states[i].at_ms, group_wallet_index(kept, wallet_id),
                     &b->states[i].wallet_state);
  }
  for (int i = 0; same && i < b->draw_count; i++) {
    bool found = false;
    for (int j = 0; j < a->draw_count; j++) {
      if (a->draws[j].at_ms == b->draws[i].at_ms && a->draws[j].units == b->draws[i].units &&
          lot_id_of(kept, a->draws[j].lot) == lot_id_of(fresh, b->draws[i].lot)) {
        found = true;
      }
    }
    same = found;
  }
  return same;
}

/*
** With fewer wallets in `fresh` the plan of `kept` speaks of wallets that are no longer tied, so
** the plans are not compared.
*/
bool group_same(const struct group *kept, const struct group *fresh) {
  for (int i = 0; i < fresh->timeline.wallet_count; i++) {
    const struct wallet *theirs = &fresh->timeline.wallets[i];
    int mine = group_wallet_index(kept, theirs->wallet_id);
    if (mine < 0) return false;
    if (!same_wallet(kept, &kept->timeline.wallets[mine], fresh, theirs)) return false;
  }
  return kept->timeline.wallet_count != fresh->timeline.wallet_count || same_plan(kept, fresh);
}

#else

/* Other builds never ask; the compiler still sees both sides. */
bool group_same(const struct group *kept, const struct group *fresh) {
  (void)kept;
  (void)fresh;
  return true;
}

#endif
