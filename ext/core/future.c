/*
** Charging one usage costs little because the rest of the story is not run again as a whole. A copy
** of the timeline runs ahead with the one new debt; older debts are not in it, since the plan knows
** what each lot pays them, and that stays so: the new debt is the last in the queue (Q10). Then the
** new states are compared with the planned ones, and only differences are written.
*/
#include "core/future.h"

#include <string.h>

#include "core/units.h"

/* ---- calm ---- */

/*
** True when the wallet owes nothing and is not negative, so that no lot that comes or goes changes
** its state. It may be blocked, if only support can lift that.
*/
static bool is_clear(const struct timeline *timeline, const struct wallet *wallet) {
  bool restores = wallet->unblocked;
  for (int i = 0; i < timeline->policy_count; i++) {
    if (timeline->policies[i].restore_auto) restores = true;
  }
  const struct wallet_state *wallet_state = &wallet->wallet_state;
  if (wallet_state->debt > 0 || wallet_state->negative_since != NEVER) return false;
  return wallet_state->blocked_since == NEVER || !restores;
}

/* A lot with nothing left comes, moves and lapses without any effect. */
static bool has_effect(const struct timeline *timeline, const struct event *event, bool clear) {
  if (event->type == EVENT_UNBLOCK || event->type == EVENT_REVIEW) {
    return !clear || timeline->wallets[event->wallet].wallet_state.blocked_since != NEVER;
  }
  if (clear) return false;
  return event->type == EVENT_RULES ||
         timeline->lots[event->lot].used < timeline->lots[event->lot].units;
}

/*
** Nearly every group is clear and not blocked, so the events are looked at only where a wallet owes
** or is blocked.
*/
bool timeline_is_calm(const struct timeline *timeline) {
  bool clear = true, blocked = false;
  for (int i = 0; i < timeline->wallet_count && clear; i++) {
    clear = is_clear(timeline, &timeline->wallets[i]);
    if (timeline->wallets[i].wallet_state.blocked_since != NEVER) blocked = true;
  }
  if (clear && !blocked) return true;
  for (int i = timeline->next_event; i < timeline->event_count; i++) {
    if (has_effect(timeline, &timeline->events[i], clear)) return false;
  }
  return true;
}

/* ---- the plan ---- */

bool plan_draws_after(const struct plan *plan, int lot, int64_t at_ms) {
  for (int i = plan->draw_count - 1; i >= 0 && plan->draws[i].at_ms > at_ms; i--) {
    if (plan->draws[i].lot == lot) return true;
  }
  return false;
}

/* grace_ends is left out: it follows from negative_since. */
static bool same_state(const struct wallet_state *a, const struct wallet_state *b) {
  return a->debt == b->debt && a->negative_since == b->negative_since &&
         a->blocked_since == b->blocked_since;
}

bool plan_says(const struct plan *plan, int64_t at_ms, int wallet,
               const struct wallet_state *wallet_state) {
  for (int i = 0; i < plan->state_count; i++) {
    const struct planned_state *state = &plan->states[i];
    if (state->at_ms == at_ms && state->wallet == wallet) {
      return same_state(&state->wallet_state, wallet_state);
    }
  }
  return false;
}

void plan_free(struct plan *plan, const struct timeline *timeline) {
  timeline->resize(plan->draws, 0);
  timeline->resize(plan->states, 0);
  memset(plan, 0, sizeof(*plan));
}

/* Adds a draw in its place; several of one lot and instant are one. */
static bool plan_draw(const struct timeline *timeline, struct plan *plan,
                      const struct planned_draw *draw) {
  int place = plan->draw_count;
  void *memory = plan->draws;
  while (place > 0 && plan->draws[place - 1].at_ms > draw->at_ms) place--;
  for (int i = place - 1; i >= 0 && plan->draws[i].at_ms == draw->at_ms; i--) {
    if (plan->draws[i].lot != draw->lot) continue;
    plan->draws[i].units += draw->units;
    return true;
  }
  if (!timeline_make_room(timeline, &memory, &plan->draw_room, plan->draw_count, sizeof(*draw)))
    return false;
  plan->draws = memory;
  memmove(plan->draws + place + 1, plan->draws + place,
          (size_t)(plan->draw_count - place) * sizeof(*draw));
  plan->draws[place] = *draw;
  plan->draw_count++;
  return true;
}

static int compare_states(const struct planned_state *a, const struct planned_state *b) {
  if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
  return (a->wallet > b->wallet) - (a->wallet < b->wallet);
}

/* Adds a state in its place; the last one of a wallet and instant holds. */
static bool plan_state(const struct timeline *timeline, struct plan *plan,
                       const struct planned_state *state) {
  int place = plan->state_count;
  void *memory = plan->states;
  while (place > 0 && compare_states(&plan->states[place - 1], state) > 0) place--;
  if (place > 0 && compare_states(&plan->states[place - 1], state) == 0) {
    plan->states[place - 1] = *state;
    return true;
  }
  if (!timeline_make_room(timeline, &memory, &plan->state_room, plan->state_count, sizeof(*state)))
    return false;
  plan->states = memory;
  memmove(plan->states + place + 1, plan->states + place,
          (size_t)(plan->state_count - place) * sizeof(*state));
  plan->states[place] = *state;
  plan->state_count++;
  return true;
}

/* Drops what has happened by now from both lists, which are in the order of instants. */
static void forget_until(struct plan *plan, int64_t at_ms) {
  int draws = 0, states = 0;
  while (draws < plan->draw_count && plan->draws[draws].at_ms <= at_ms) draws++;
  while (states < plan->state_count && plan->states[states].at_ms <= at_ms) states++;
  if (draws > 0) {
    plan->draw_count -= draws;
    memmove(plan->draws, plan->draws + draws, (size_t)plan->draw_count * sizeof(*plan->draws));
  }
  if (states > 0) {
    plan->state_count -= states;
    memmove(plan->states, plan->states + states, (size_t)plan->state_count * sizeof(*plan->states));
  }
}

/* ---- a copy that runs ahead ---- */

struct ahead {
  struct timeline timeline; /* with wallets and lots of its own */
  struct plan *plan;        /* gets the draws */
  struct plan states;       /* gets the states */
  const struct sink *sink;  /* gets entries and steps of debts; NULL: they are written already */
  bool no_memory;
};

/* Every payment of the copy is planned; it is written too unless the ledger has it already. */
static bool ahead_entry(void *context, const struct entry *entry) {
  struct ahead *ahead = context;
  const struct planned_draw draw = {entry->charged_ms, entry->lot, entry->units};
  if (!plan_draw(&ahead->timeline, ahead->plan, &draw)) {
    ahead->no_memory = true;
    return false;
  }
  return !ahead->sink || ahead->sink->entry(ahead->sink->context, entry);
}

static bool ahead_debt(void *context, int64_t wallet_id, const struct debt *debt,
                       int64_t since_ms) {
  const struct ahead *ahead = context;
  return !ahead->sink || ahead->sink->debt(ahead->sink->context, wallet_id, debt, since_ms);
}

/* The sink is called with ids, plans hold indexes: the copy has the wallets in the same places. */
static int index_of(const struct timeline *timeline, int64_t wallet_id) {
  int index = 0;
  while (timeline->wallets[index].wallet_id != wallet_id) index++;
  return index;
}

static bool ahead_state(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                        int64_t at_ms) {
  struct ahead *ahead = context;
  const struct planned_state state = {at_ms, index_of(&ahead->timeline, wallet_id), *wallet_state};
  if (plan_state(&ahead->timeline, &ahead->states, &state)) return true;
  ahead->no_memory = true;
  return false;
}

/* A copy of an array; *copy stays NULL for none. False: no memory. */
static bool copy_array(const struct timeline *timeline, void **copy, const void *array, int count,
                       size_t size) {
  if (count == 0) return true;
  *copy = timeline->resize(NULL, (uint64_t)count * size);
  if (*copy) memcpy(*copy, array, (size_t)count * size);
  return *copy != NULL;
}

static bool copy_wallet(const struct timeline *timeline, struct wallet *copy,
                        const struct wallet *wallet, bool with_debts) {
  void *alive = NULL, *debts = NULL;
  bool done;
  *copy = *wallet;
  copy->debt_count = with_debts ? wallet->debt_count : 0;
  done = copy_array(timeline, &alive, wallet->alive, wallet->alive_count, sizeof(*copy->alive)) &&
         copy_array(timeline, &debts, wallet->debts, copy->debt_count, sizeof(*copy->debts));
  copy->alive = alive;
  copy->debts = debts;
  copy->alive_room = copy->alive_count;
  copy->debt_room = copy->debt_count;
  return done;
}

/* Whatever it returns, ahead_end() frees what is there. */
static enum timeline_result ahead_begin(struct ahead *ahead, const struct timeline *timeline,
                                        bool with_debts) {
  struct timeline *copy = &ahead->timeline;
  void *wallets = NULL, *lots = NULL;
  bool done;
  *copy = *timeline;
  copy->wallet_count = 0;
  done = copy_array(timeline, &wallets, timeline->wallets, timeline->wallet_count,
                    sizeof(*copy->wallets)) &&
         copy_array(timeline, &lots, timeline->lots, timeline->lot_count, sizeof(*copy->lots));
  copy->wallets = wallets;
  copy->lots = lots;
  copy->sink = (struct sink){ahead, ahead_entry, ahead_debt, ahead_state, NULL, NULL};
  for (int i = 0; i < timeline->wallet_count && done; i++) {
    done = copy_wallet(timeline, &copy->wallets[i], &timeline->wallets[i], with_debts);
    copy->wallet_count++;
  }
  return done ? TIMELINE_OK : TIMELINE_NO_MEMORY;
}

static void ahead_end(struct ahead *ahead) {
  struct timeline *copy = &ahead->timeline;
  timeline_free(copy);
  copy->resize(copy->wallets, 0);
  copy->resize(copy->lots, 0);
  plan_free(&ahead->states, copy);
}

/* A sink can only say that it failed; whether it was for memory, the copy remembers. */
static enum timeline_result run_ahead(struct ahead *ahead) {
  enum timeline_result result = timeline_finish(&ahead->timeline);
  return ahead->no_memory ? TIMELINE_NO_MEMORY : result;
}

/* The old states end up in `states`, where ahead_end() frees them. */
static void take_states(struct plan *plan, struct plan *states) {
  struct plan old = *plan;
  plan->states = states->states;
  plan->state_count = states->state_count;
  plan->state_room = states->state_room;
  states->states = old.states;
}

enum timeline_result timeline_foresee(const struct timeline *timeline, struct plan *plan) {
  struct ahead ahead = {.plan = plan};
  enum timeline_result result = ahead_begin(&ahead, timeline, true);
  if (result == TIMELINE_OK) result = run_ahead(&ahead);
  if (result == TIMELINE_OK) take_states(plan, &ahead.states);
  ahead_end(&ahead);
  return result;
}

/* ---- one more usage ---- */

/* A sink that takes everything and writes nothing, for what is written already. */
static bool mute_entry(void *context, const struct entry *entry) {
  (void)context;
  (void)entry;
  return true;
}

static bool mute_debt(void *context, int64_t wallet_id, const struct debt *debt, int64_t since_ms) {
  (void)context;
  (void)wallet_id;
  (void)debt;
  (void)since_ms;
  return true;
}

static bool mute_state(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                       int64_t at_ms) {
  (void)context;
  (void)wallet_id;
  (void)wallet_state;
  (void)at_ms;
  return true;
}

enum timeline_result timeline_catch_up(struct timeline *timeline, struct plan *plan,
                                       int64_t at_ms) {
  const struct sink sink = timeline->sink;
  enum timeline_result result;
  if (timeline->next_event == timeline->event_count ||
      timeline->events[timeline->next_event].at_ms > at_ms) {
    return TIMELINE_OK;
  }
  timeline->sink = (struct sink){NULL, mute_entry, mute_debt, mute_state, NULL, NULL};
  result = timeline_run_until(timeline, at_ms);
  timeline->sink = sink;
  forget_until(plan, at_ms);
  return result;
}

static bool write_state(const struct timeline *timeline, const struct planned_state *state) {
  return timeline->sink.wallet_state(timeline->sink.context,
                                     timeline->wallets[state->wallet].wallet_id,
                                     &state->wallet_state, state->at_ms);
}

static bool drop_state(const struct timeline *timeline, const struct planned_state *state) {
  return timeline->sink.drop(timeline->sink.context, timeline->wallets[state->wallet].wallet_id,
                             state->at_ms);
}

/* The same state but for what is owed. */
static bool is_raised(const struct planned_state *was, const struct planned_state *now) {
  return compare_states(was, now) == 0 &&
         was->wallet_state.negative_since == now->wallet_state.negative_since &&
         was->wallet_state.blocked_since == now->wallet_state.blocked_since;
}

/*
** How many planned states of one wallet in a row owe as much more as the first of them, and differ
** in nothing else; 0: the state differs in more. A usage in debt raises all states after it alike,
** so a run is one UPDATE instead of a row each.
*/
static int raised_run(const struct plan *was, int before, const struct plan *now, int after) {
  int64_t units = now->states[after].wallet_state.debt - was->states[before].wallet_state.debt;
  int wallet = now->states[after].wallet, run = 0;
  while (before + run < was->state_count && after + run < now->state_count &&
         now->states[after + run].wallet == wallet &&
         is_raised(&was->states[before + run], &now->states[after + run]) &&
         now->states[after + run].wallet_state.debt - was->states[before + run].wallet_state.debt ==
             units) {
    run++;
  }
  return run;
}

/*
** States that have one key in both lists; returns how many are done with, or 0 when the sink fails.
*/
static int rewrite_same(const struct timeline *timeline, const struct planned_state *was, int run,
                        const struct planned_state *now) {
  const struct sink *sink = &timeline->sink;
  if (same_state(&was->wallet_state, &now->wallet_state)) return 1;
  if (run < 2) return write_state(timeline, now) ? 1 : 0;
  return sink->raise(sink->context, timeline->wallets[now->wallet].wallet_id, now->at_ms,
                     now[run - 1].at_ms, now->wallet_state.debt - was->wallet_state.debt)
             ? run
             : 0;
}

/* Writes what differs: a walk along both lists, in their one order. */
static bool rewrite_states(const struct timeline *timeline, const struct plan *was,
                           const struct plan *now) {
  int before = 0, after = 0;
  bool done = true;
  while (done && (before < was->state_count || after < now->state_count)) {
    int order = before == was->state_count ? 1
                : after == now->state_count
                    ? -1
                    : compare_states(&was->states[before], &now->states[after]);
    if (order < 0) {
      done = drop_state(timeline, &was->states[before++]);
    } else if (order > 0) {
      done = write_state(timeline, &now->states[after++]);
    } else {
      int run = rewrite_same(timeline, &was->states[before], raised_run(was, before, now, after),
                             &now->states[after]);
      done = run > 0;
      before += run;
      after += run;
    }
  }
  return done;
}

/*
** Runs the rest of the story with the debt that the usage left, if any; older debts get what is
** planned. The plan gets the new draws as they are made, and the new states when they are written.
*/
static enum timeline_result rewrite_rest(struct timeline *timeline, struct plan *plan, int index,
                                         const struct debt *debt) {
  struct ahead ahead = {.plan = plan, .sink = &timeline->sink};
  enum timeline_result result = ahead_begin(&ahead, timeline, false);
  ahead.timeline.plan = plan;
  ahead.timeline.pays_planned = true;
  if (result == TIMELINE_OK && debt) result = timeline_load_debt(&ahead.timeline, index, debt);
  if (result == TIMELINE_OK) result = run_ahead(&ahead);
  if (result == TIMELINE_OK && !rewrite_states(timeline, plan, &ahead.states)) {
    result = TIMELINE_SINK_FAILED;
  }
  if (result == TIMELINE_OK) take_states(plan, &ahead.states);
  ahead_end(&ahead);
  return result;
}

/*
** True when the debt is the last in the queue. A usage of a closed period may be older than debts
** that are there, which then come after it: they would no longer get what is planned.
*/
static bool is_last_debt(const struct wallet *wallet, const struct debt *debt) {
  return wallet->debt_count == 0 ||
         wallet->debts[wallet->debt_count - 1].usage_id == debt->usage_id;
}

/*
** The plan is set while charging, so that draw() notices a lot whose units a written payment needs.
** With an empty plan and a calm timeline there is nothing else to write, which is the usual end.
*/
enum timeline_result timeline_insert(struct timeline *timeline, struct plan *plan, int index,
                                     const struct debt *usage) {
  struct debt item = *usage;
  enum timeline_result result = timeline_catch_up(timeline, plan, item.at_ms);
  bool owes;
  if (result != TIMELINE_OK) return result;
  timeline->plan = plan;
  result = timeline_charge(timeline, index, &item);
  timeline->plan = NULL;
  if (result != TIMELINE_OK) return result;
  owes = item.owed > 0;
  if (owes && plan->draw_count > 0 && !is_last_debt(&timeline->wallets[index], &item)) {
    return TIMELINE_CROSSED;
  }
  if (plan->draw_count == 0 && plan->state_count == 0 && timeline_is_calm(timeline)) {
    return TIMELINE_OK;
  }
  return rewrite_rest(timeline, plan, index, owes ? &item : NULL);
}

/*
** All sums of the wallet rise: the state it stands in, what the sink knows, and each planned state.
** The rows themselves have been raised by the caller.
*/
enum timeline_result timeline_owe_late(struct timeline *timeline, struct plan *plan, int index,
                                       const struct debt *debt) {
  struct wallet *wallet = &timeline->wallets[index];
  bool fits = units_add(wallet->wallet_state.debt, debt->owed, &wallet->wallet_state.debt);
  wallet->written.debt = wallet->wallet_state.debt;
  for (int i = 0; i < plan->state_count; i++) {
    int64_t *owed = &plan->states[i].wallet_state.debt;
    if (plan->states[i].wallet == index && !units_add(*owed, debt->owed, owed)) fits = false;
  }
  if (!fits) return TIMELINE_OVERFLOW;
  return timeline->counts_debts ? TIMELINE_OK : timeline_load_debt(timeline, index, debt);
}
