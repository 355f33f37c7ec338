/*
** The one place that decides who pays what; settle/ only loads and stores. So the rules of payment
** are tested without a database.
**
** Within an instant: lot events first, in the order of enum event_type; then, once for each wallet
** they touched, offsets and the review of its state; then unblocks; then usage, which the caller
** brings (Q28).
*/
#include "core/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "core/future.h"
#include "core/units.h"

/*
** Kind rank before end date, so credits go first even when they end later (Q8); lot_id makes it
** total (Q7).
*/
int lot_compare(const struct lot *a, const struct lot *b) {
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  if (a->expires_ms != b->expires_ms) return a->expires_ms < b->expires_ms ? -1 : 1;
  if (a->units != b->units) return a->units < b->units ? -1 : 1;
  if (a->purchased_ms != b->purchased_ms) return a->purchased_ms < b->purchased_ms ? -1 : 1;
  return (a->lot_id > b->lot_id) - (a->lot_id < b->lot_id);
}

/* `order` keeps several moves of one lot at one instant in the order in which they were added. */
static int compare_events(const void *left, const void *right) {
  const struct event *a = left;
  const struct event *b = right;
  if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
  if (a->type != b->type) return a->type < b->type ? -1 : 1;
  return (a->order > b->order) - (a->order < b->order);
}

bool timeline_make_room(const struct timeline *timeline, void **memory, int *room, int count,
                        size_t size) {
  int wanted = *room ? *room * 2 : 8;
  void *grown;
  if (count < *room) return true;
  grown = timeline->resize(*memory, (uint64_t)wanted * size);
  if (!grown) return false;
  *memory = grown;
  *room = wanted;
  return true;
}

static int64_t lot_left(const struct lot *lot) {
  return lot->units - lot->used;
}

/*
** Puts an alive lot into its holder's draw order. A lot with nothing left never pays again. Debts
** are not paid here: all lots of an instant arrive first, then the best of them pays (Q28).
*/
static enum timeline_result join_wallet(struct timeline *timeline, int index) {
  struct lot *lot = &timeline->lots[index];
  struct wallet *wallet = &timeline->wallets[lot->holder];
  void *memory = wallet->alive;
  int place = 0;
  if (lot_left(lot) == 0) return TIMELINE_OK;
  wallet->touched = true;
  if (!timeline_make_room(timeline, &memory, &wallet->alive_room, wallet->alive_count,
                          sizeof(int))) {
    return TIMELINE_NO_MEMORY;
  }
  wallet->alive = memory;
  while (place < wallet->alive_count &&
         lot_compare(&timeline->lots[wallet->alive[place]], lot) < 0) {
    place++;
  }
  memmove(wallet->alive + place + 1, wallet->alive + place,
          (size_t)(wallet->alive_count - place) * sizeof(int));
  wallet->alive[place] = index;
  wallet->alive_count++;
  wallet->arrival = true;
  if (!units_add(wallet->remainder, lot_left(lot), &wallet->remainder)) return TIMELINE_OVERFLOW;
  return TIMELINE_OK;
}

static void drop_place(struct wallet *wallet, int place) {
  memmove(wallet->alive + place, wallet->alive + place + 1,
          (size_t)(wallet->alive_count - place - 1) * sizeof(int));
  wallet->alive_count--;
}

/* False: it was not there. */
static bool drop_lot(struct wallet *wallet, int index) {
  for (int place = 0; place < wallet->alive_count; place++) {
    if (wallet->alive[place] == index) {
      drop_place(wallet, place);
      return true;
    }
  }
  return false;
}

/* A lot that was used up has left the draw order already; then nothing changes. */
static void leave_wallet(struct timeline *timeline, int index) {
  struct lot *lot = &timeline->lots[index];
  struct wallet *wallet = &timeline->wallets[lot->holder];
  if (!drop_lot(wallet, index)) return;
  wallet->remainder -= lot_left(lot);
  wallet->touched = true;
}

bool timeline_may_pay(const struct timeline *timeline, const struct lot *lot, int api) {
  return !timeline->pays || timeline->pays[lot->kind * timeline->api_count + api];
}

/*
** From here on another rule may say which kinds pay what: a lot that is there may pay a debt now.
*/
static void review_debts(const struct timeline *timeline, struct wallet *wallet) {
  for (int i = 0; i < wallet->debt_count; i++) {
    for (int j = 0; j < wallet->alive_count; j++) {
      const struct lot *lot = &timeline->lots[wallet->alive[j]];
      if (timeline_may_pay(timeline, lot, wallet->debts[i].api))
        wallet->arrival = wallet->touched = true;
    }
  }
}

/*
** A move is a leave and a join, so that the draw orders and remainders of both wallets stay right.
*/
static enum timeline_result apply_lot_event(struct timeline *timeline, const struct event *event) {
  struct lot *lot;
  if (event->type == EVENT_RULES) review_debts(timeline, &timeline->wallets[event->wallet]);
  if (event->type == EVENT_REVIEW) timeline->wallets[event->wallet].touched = true;
  if (event->lot < 0) return TIMELINE_OK;
  lot = &timeline->lots[event->lot];
  if (lot->alive) leave_wallet(timeline, event->lot);
  if (event->type == EVENT_MOVE) lot->holder = event->wallet;
  if (event->type == EVENT_START) lot->alive = true;
  if (event->type == EVENT_END) lot->alive = false;
  return lot->alive ? join_wallet(timeline, event->lot) : TIMELINE_OK;
}

/*
** Pays `item` from what is alive in the wallet, in draw order, splitting where needed (Q9). Lots
** that are used up leave the draw order. A lot with a written draw after this instant is not
** touched: what it has left is spoken for, and the story has to be settled again.
*/
static enum timeline_result draw(struct timeline *timeline, struct wallet *wallet,
                                 struct debt *item, int64_t charged_ms, bool is_offset) {
  int place = 0;
  while (item->owed > 0 && place < wallet->alive_count) {
    struct lot *lot = &timeline->lots[wallet->alive[place]];
    struct entry entry;
    int64_t part = lot_left(lot) < item->owed ? lot_left(lot) : item->owed;
    if (!timeline_may_pay(timeline, lot, item->api)) {
      place++;
      continue;
    }
    if (timeline->plan && plan_draws_after(timeline->plan, wallet->alive[place], charged_ms)) {
      return TIMELINE_CROSSED;
    }
    lot->used += part;
    wallet->remainder -= part;
    item->owed -= part;
    entry.lot = wallet->alive[place];
    entry.lot_id = lot->lot_id;
    entry.lot_used = lot->used;
    entry.lot_left = lot_left(lot);
    entry.late = lot->late;
    entry.charged_ms = charged_ms;
    entry.usage_id = item->usage_id;
    entry.units = part;
    entry.part = item->parts++;
    entry.is_offset = is_offset;
    if (!timeline->sink.entry(timeline->sink.context, &entry)) return TIMELINE_SINK_FAILED;
    if (lot_left(lot) == 0) drop_place(wallet, place);
  }
  return TIMELINE_OK;
}

/* Debts that are not listed get what the plan says; entries of it are written already. */
static void pay_planned(struct timeline *timeline, struct wallet *wallet, int64_t at_ms) {
  const struct plan *plan = timeline->plan;
  for (int i = 0; i < plan->draw_count && plan->draws[i].at_ms <= at_ms; i++) {
    const struct planned_draw *draw = &plan->draws[i];
    struct lot *lot = &timeline->lots[draw->lot];
    if (draw->at_ms != at_ms || &timeline->wallets[lot->holder] != wallet) continue;
    lot->used += draw->units;
    wallet->remainder -= draw->units;
    wallet->wallet_state.debt -= draw->units;
    if (lot_left(lot) == 0) drop_lot(wallet, draw->lot);
  }
}

/* A lot has arrived: it pays open debts, oldest first (D72, D103, Q10-Q13). */
static enum timeline_result offset_debts(struct timeline *timeline, struct wallet *wallet,
                                         int64_t at_ms) {
  int kept = 0;
  if (timeline->pays_planned) pay_planned(timeline, wallet, at_ms);
  for (int i = 0; i < wallet->debt_count; i++) {
    struct debt *debt = &wallet->debts[i];
    int64_t owed = debt->owed;
    enum timeline_result result = draw(timeline, wallet, debt, at_ms, true);
    if (result != TIMELINE_OK) return result;
    if (debt->owed != owed) {
      wallet->wallet_state.debt -= owed - debt->owed;
      if (!timeline->sink.debt(timeline->sink.context, wallet->wallet_id, debt, at_ms)) {
        return TIMELINE_SINK_FAILED;
      }
      debt->written = true;
    }
    if (debt->owed > 0) wallet->debts[kept++] = *debt;
  }
  wallet->debt_count = kept;
  return TIMELINE_OK;
}

/*
** The sink gets a state only when it differs from the last one: a wallet that never owed has no
** rows.
*/
static enum timeline_result report_state(struct timeline *timeline, struct wallet *wallet,
                                         int64_t at_ms) {
  const struct wallet_state *now = &wallet->wallet_state;
  const struct wallet_state *written = &wallet->written;
  if (now->debt == written->debt && now->negative_since == written->negative_since &&
      now->blocked_since == written->blocked_since) {
    return TIMELINE_OK;
  }
  wallet->written = *now;
  return timeline->sink.wallet_state(timeline->sink.context, wallet->wallet_id, now, at_ms)
             ? TIMELINE_OK
             : TIMELINE_SINK_FAILED;
}

/* Zero is not negative (D93). */
static bool is_negative(const struct wallet *wallet) {
  return wallet->remainder < wallet->wallet_state.debt;
}

static const struct policy_step *policies_at(const struct timeline *timeline, int64_t at_ms) {
  return policy_at(timeline->policies, timeline->policy_count, at_ms);
}

/*
** Grace has the length that holds when the balance turns negative; a later change does not move its
** end.
*/
static void turn_negative(const struct timeline *timeline, struct wallet_state *wallet_state,
                          int64_t at_ms) {
  if (wallet_state->negative_since != NEVER) return;
  wallet_state->negative_since = at_ms;
  wallet_state->grace_ends = access_block_at(at_ms, policies_at(timeline, at_ms)->grace_ms);
}

/*
** The block that grace has run into by `at_ms` (Q18, Q19). A balance restored exactly at the end of
** grace was never blocked: `at_ms` itself counts only while still negative.
*/
static void note_block(struct wallet *wallet, int64_t at_ms) {
  struct wallet_state *wallet_state = &wallet->wallet_state;
  int64_t block_at;
  if (wallet_state->negative_since == NEVER || wallet_state->blocked_since != NEVER) return;
  block_at = wallet_state->grace_ends;
  if (at_ms > block_at || (at_ms == block_at && is_negative(wallet))) {
    wallet_state->blocked_since = block_at;
    /* with no days of grace the block can come after an unblock of the same instant: that counts */
    wallet->unblocked = wallet->last_unblock >= block_at;
  }
}

static void lift_block(struct wallet *wallet) {
  wallet->wallet_state.blocked_since = NEVER;
  wallet->unblocked = false;
}

/* After the lot events and offsets of an instant: negative or not, blocked or restored. */
static enum timeline_result review_state(struct timeline *timeline, struct wallet *wallet,
                                         int64_t at_ms) {
  struct wallet_state *wallet_state = &wallet->wallet_state;
  note_block(wallet, at_ms);
  if (is_negative(wallet)) {
    turn_negative(timeline, wallet_state, at_ms);
  } else {
    wallet_state->negative_since = NEVER;
    if (wallet_state->blocked_since != NEVER &&
        (wallet->unblocked || policies_at(timeline, at_ms)->restore_auto)) {
      lift_block(wallet);
    }
  }
  return report_state(timeline, wallet, at_ms);
}

/* Support lifts a block: now, or as soon as the balance is back (Q21). */
static enum timeline_result unblock(struct timeline *timeline, struct wallet *wallet,
                                    int64_t at_ms) {
  note_block(wallet, at_ms);
  wallet->last_unblock = at_ms;
  if (wallet->wallet_state.blocked_since == NEVER) return TIMELINE_OK;
  if (is_negative(wallet)) {
    wallet->unblocked = true;
  } else {
    lift_block(wallet);
  }
  return report_state(timeline, wallet, at_ms);
}

static enum timeline_result close_lot_events(struct timeline *timeline, int64_t at_ms) {
  for (int i = 0; i < timeline->wallet_count; i++) {
    struct wallet *wallet = &timeline->wallets[i];
    enum timeline_result result = TIMELINE_OK;
    if (!wallet->touched) continue;
    if (wallet->arrival) result = offset_debts(timeline, wallet, at_ms);
    if (result == TIMELINE_OK) result = review_state(timeline, wallet, at_ms);
    if (result != TIMELINE_OK) return result;
    wallet->arrival = wallet->touched = false;
  }
  return TIMELINE_OK;
}

/* All events of the next instant. */
static enum timeline_result run_instant(struct timeline *timeline) {
  int64_t at_ms = timeline->events[timeline->next_event].at_ms;
  enum timeline_result result = TIMELINE_OK;
  const struct event *event = &timeline->events[timeline->next_event];
  const struct event *end = timeline->events + timeline->event_count;
  for (; event < end && event->at_ms == at_ms && event->type != EVENT_UNBLOCK; event++) {
    result = apply_lot_event(timeline, event);
    if (result != TIMELINE_OK) return result;
  }
  result = close_lot_events(timeline, at_ms);
  for (; result == TIMELINE_OK && event < end && event->at_ms == at_ms; event++) {
    result = unblock(timeline, &timeline->wallets[event->wallet], at_ms);
  }
  timeline->next_event = (int)(event - timeline->events);
  return result;
}

/*
** Events before the start only move lots: what they led to is in the wallet states and the lots'
** `used` already.
*/
enum timeline_result timeline_start(struct timeline *timeline, int64_t from_ms) {
  if (timeline->event_count > 1) {
    qsort(timeline->events, (size_t)timeline->event_count, sizeof(struct event), compare_events);
  }
  timeline->next_event = 0;
  while (timeline->next_event < timeline->event_count &&
         timeline->events[timeline->next_event].at_ms < from_ms) {
    const struct event *event = &timeline->events[timeline->next_event++];
    enum timeline_result result = apply_lot_event(timeline, event);
    if (result != TIMELINE_OK) return result;
  }
  for (int i = 0; i < timeline->wallet_count; i++) {
    timeline->wallets[i].arrival = timeline->wallets[i].touched = false;
    timeline->wallets[i].written = timeline->wallets[i].wallet_state;
  }
  return TIMELINE_OK;
}

enum timeline_result timeline_load_debt(struct timeline *timeline, int wallet_index,
                                        const struct debt *debt) {
  struct wallet *wallet = &timeline->wallets[wallet_index];
  void *memory = wallet->debts;
  int place = wallet->debt_count;
  if (!timeline_make_room(timeline, &memory, &wallet->debt_room, wallet->debt_count,
                          sizeof(*debt))) {
    return TIMELINE_NO_MEMORY;
  }
  wallet->debts = memory;
  /* Nearly always the last place: usage arrives in the order of instants. */
  while (place > 0 && (wallet->debts[place - 1].occurred_ms > debt->occurred_ms ||
                       (wallet->debts[place - 1].occurred_ms == debt->occurred_ms &&
                        wallet->debts[place - 1].usage_id > debt->usage_id))) {
    wallet->debts[place] = wallet->debts[place - 1];
    place--;
  }
  wallet->debts[place] = *debt;
  wallet->debt_count++;
  return TIMELINE_OK;
}

/* With counts_debts the sum is enough: nothing to come can pay this debt. */
static enum timeline_result record_debt(struct timeline *timeline, int index,
                                        const struct debt *debt) {
  struct wallet *wallet = &timeline->wallets[index];
  enum timeline_result result =
      timeline->counts_debts ? TIMELINE_OK : timeline_load_debt(timeline, index, debt);
  if (result != TIMELINE_OK) return result;
  if (!units_add(wallet->wallet_state.debt, debt->owed, &wallet->wallet_state.debt)) {
    return TIMELINE_OVERFLOW;
  }
  return timeline->sink.debt(timeline->sink.context, wallet->wallet_id, debt, debt->at_ms)
             ? TIMELINE_OK
             : TIMELINE_SINK_FAILED;
}

enum timeline_result timeline_run_until(struct timeline *timeline, int64_t at_ms) {
  enum timeline_result result = TIMELINE_OK;
  while (result == TIMELINE_OK && timeline->next_event < timeline->event_count &&
         timeline->events[timeline->next_event].at_ms <= at_ms) {
    result = run_instant(timeline);
  }
  return result;
}

enum timeline_result timeline_charge(struct timeline *timeline, int index, struct debt *usage) {
  struct wallet *wallet = &timeline->wallets[index];
  enum timeline_result result = draw(timeline, wallet, usage, usage->at_ms, false);
  if (result == TIMELINE_OK && usage->owed > 0) result = record_debt(timeline, index, usage);
  if (result != TIMELINE_OK) return result;
  /*
  ** Where kinds are limited to apis, a usage that is paid in full can turn the balance negative
  ** too.
  */
  if (is_negative(wallet)) turn_negative(timeline, &wallet->wallet_state, usage->at_ms);
  return report_state(timeline, wallet, usage->at_ms);
}

enum timeline_result timeline_usage(struct timeline *timeline, int index,
                                    const struct debt *usage) {
  struct debt item = *usage;
  enum timeline_result result = timeline_run_until(timeline, item.at_ms);
  return result == TIMELINE_OK ? timeline_charge(timeline, index, &item) : result;
}

enum timeline_result timeline_finish(struct timeline *timeline) {
  return timeline_run_until(timeline, INT64_MAX);
}

void timeline_free(struct timeline *timeline) {
  for (int i = 0; i < timeline->wallet_count; i++) {
    timeline->resize(timeline->wallets[i].alive, 0);
    timeline->resize(timeline->wallets[i].debts, 0);
    timeline->wallets[i].alive = NULL;
    timeline->wallets[i].debts = NULL;
  }
}
