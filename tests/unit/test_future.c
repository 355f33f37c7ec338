#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/future.h"

#define WALLETS 3
#define LOTS 8
#define EVENTS 40
#define USAGES 40
#define ROWS 2000

/* The ledger that a sink writes, in memory; keys as in the tables. */
struct ledger {
  struct entry entries[ROWS];
  struct planned_state debts[ROWS]; /* at_ms: since; wallet: usage; wallet state.debt: owed */
  struct planned_state states[ROWS];
  int entry_count, debt_count, state_count, drops, raises;
};

struct book {
  struct timeline timeline;
  struct wallet wallets[WALLETS];
  struct lot lots[LOTS];
  struct event events[EVENTS];
  struct policy_step policies[2];
  struct ledger *ledger;
};

static int memory_fails_after = -1; /* allocations that succeed; -1: all */

static int blocks; /* allocated and not freed */

static void *resize(void *memory, uint64_t bytes) {
  void *resized;
  if (bytes > 0 && memory_fails_after == 0) return NULL;
  if (bytes > 0 && memory_fails_after > 0) memory_fails_after--;
  if (bytes > 0) {
    resized = realloc(memory, (size_t)bytes);
    if (!memory && resized) blocks++;
    return resized;
  }
  if (memory) blocks--;
  free(memory);
  return NULL;
}

static void end_timeline(struct timeline *timeline) {
  timeline_free(timeline);
  CU_ASSERT_EQUAL(blocks, 0);
}

static bool put_entry(void *context, const struct entry *entry) {
  struct ledger *ledger = context;
  ledger->entries[ledger->entry_count++] = *entry;
  return true;
}

/* INSERT OR REPLACE by (at_ms, wallet). */
static void put_row(struct planned_state *rows, int *count, const struct planned_state *row) {
  int place = 0;
  while (place < *count && (rows[place].at_ms != row->at_ms || rows[place].wallet != row->wallet)) {
    place++;
  }
  rows[place] = *row;
  if (place == *count) ++*count;
}

static bool put_debt(void *context, int64_t wallet_id, const struct debt *debt, int64_t since_ms) {
  struct ledger *ledger = context;
  struct planned_state row = {since_ms, (int)debt->usage_id, {debt->owed, debt->parts, wallet_id}};
  put_row(ledger->debts, &ledger->debt_count, &row);
  return true;
}

static bool put_state(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                      int64_t at_ms) {
  struct ledger *ledger = context;
  struct planned_state row = {at_ms, (int)wallet_id, *wallet_state};
  put_row(ledger->states, &ledger->state_count, &row);
  return true;
}

static bool drop_state(void *context, int64_t wallet_id, int64_t at_ms) {
  struct ledger *ledger = context;
  ledger->drops++;
  for (int i = 0; i < ledger->state_count; i++) {
    if (ledger->states[i].at_ms != at_ms || ledger->states[i].wallet != wallet_id) continue;
    ledger->states[i] = ledger->states[--ledger->state_count];
    return true;
  }
  return false;
}

static bool raise_states(void *context, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                         int64_t units) {
  struct ledger *ledger = context;
  ledger->raises++;
  for (int i = 0; i < ledger->state_count; i++) {
    struct planned_state *row = &ledger->states[i];
    if (row->wallet == wallet_id && row->at_ms >= from_ms && row->at_ms <= to_ms) {
      row->wallet_state.debt += units;
    }
  }
  return true;
}

static void begin(struct book *book, struct ledger *ledger) {
  memset(book, 0, sizeof(*book));
  memset(ledger, 0, sizeof(*ledger));
  book->ledger = ledger;
  for (int i = 0; i < WALLETS; i++) {
    book->wallets[i].wallet_id = i + 1;
    book->wallets[i].last_unblock = NEVER;
    book->wallets[i].wallet_state.negative_since = book->wallets[i].wallet_state.blocked_since =
        NEVER;
  }
  book->timeline.wallets = book->wallets;
  book->timeline.wallet_count = WALLETS;
  book->timeline.lots = book->lots;
  book->timeline.events = book->events;
  book->policies[0] = (struct policy_step){.from_ms = INT64_MIN, .grace_ms = 30};
  book->timeline.policies = book->policies;
  book->timeline.policy_count = 1;
  book->timeline.resize = resize;
  book->timeline.sink =
      (struct sink){ledger, put_entry, put_debt, put_state, drop_state, raise_states};
}

static void add_event(struct book *book, enum event_type type, int64_t at_ms, int lot, int wallet) {
  int order = book->timeline.event_count;
  book->events[book->timeline.event_count++] = (struct event){at_ms, type, lot, wallet, order};
}

static void add_lot(struct book *book, int wallet, int kind, int64_t units, int64_t start,
                    int64_t end) {
  int index = book->timeline.lot_count++;
  struct lot *lot = &book->lots[index];
  lot->lot_id = index + 1;
  lot->units = units;
  lot->kind = kind;
  lot->purchased_ms = lot->start_ms = start;
  lot->expires_ms = lot->end_ms = end;
  lot->holder = wallet;
  add_event(book, EVENT_START, start, index, -1);
  add_event(book, EVENT_END, end, index, -1);
}

/*
** ---- random stories: one usage after the other must leave what one run over all of them leaves
** ----
*/

struct story {
  unsigned int seed;
  struct debt usages[USAGES];
  int payers[USAGES], count;
  int crossed;
};

static int pick(struct story *story, int range) {
  story->seed = story->seed * 1103515245u + 12345u;
  return (int)((story->seed >> 16) % (unsigned int)range);
}

/* Kind 1 pays api 1 alone. */
static const unsigned char limited[] = {1, 1, 0, 1};

static void make_policies(struct story *story, struct book *book) {
  struct policy_step *steps = book->policies;
  steps[0].restore_auto = pick(story, 2) == 0;
  steps[0].grace_ms = INT64_C(25) * pick(story, 2);
  if (pick(story, 2) == 0) return;
  steps[1] = (struct policy_step){.from_ms = pick(story, 300),
                                  .grace_ms = INT64_C(25) * pick(story, 3),
                                  .restore_auto = pick(story, 2) == 0};
  book->timeline.policy_count = 2;
  if (!steps[1].restore_auto || steps[0].restore_auto) return;
  for (int i = 0; i < WALLETS; i++) add_event(book, EVENT_REVIEW, steps[1].from_ms, -1, i);
}

static void make_facts(struct story *story, struct book *book, struct ledger *ledger) {
  int lots = pick(story, LOTS + 1), unblocks = pick(story, 4);
  begin(book, ledger);
  if (pick(story, 3) == 0) {
    book->timeline.pays = limited;
    book->timeline.api_count = 2;
  }
  make_policies(story, book);
  for (int i = 0; i < lots; i++) {
    int64_t start = pick(story, 200);
    add_lot(book, pick(story, WALLETS), pick(story, 2), 1 + pick(story, 60), start,
            start + 1 + pick(story, 150));
    if (pick(story, 3) == 0) {
      add_event(book, EVENT_MOVE, start + pick(story, 100), i, pick(story, WALLETS));
    }
  }
  for (int i = 0; i < unblocks; i++) {
    add_event(book, EVENT_UNBLOCK, pick(story, 250), -1, pick(story, WALLETS));
  }
}

static void make_usages(struct story *story) {
  int64_t at_ms = pick(story, 60);
  story->count = 1 + pick(story, USAGES);
  for (int i = 0; i < story->count; i++) {
    struct debt *usage = &story->usages[i];
    at_ms += pick(story, 3) == 0 ? pick(story, 25) : 0;
    *usage = (struct debt){.at_ms = at_ms, .occurred_ms = at_ms, .usage_id = i + 1};
    if (pick(story, 12) == 0) usage->occurred_ms -= 10; /* of a closed period */
    usage->owed = usage->rated = 1 + pick(story, 12);
    usage->api = pick(story, 2);
    story->payers[i] = pick(story, WALLETS);
  }
}

/* The first `count` usages in one run, up to there or to the end. */
static void run_all(struct story *story, unsigned int seed, struct book *book,
                    struct ledger *ledger, int count, bool to_the_end) {
  story->seed = seed;
  make_facts(story, book, ledger);
  CU_ASSERT_EQUAL(timeline_start(&book->timeline, 0), TIMELINE_OK);
  for (int i = 0; i < count; i++) {
    CU_ASSERT_EQUAL(timeline_usage(&book->timeline, story->payers[i], &story->usages[i]),
                    TIMELINE_OK);
  }
  if (!to_the_end) return;
  CU_ASSERT_EQUAL(timeline_finish(&book->timeline), TIMELINE_OK);
  timeline_free(&book->timeline);
}

static bool has_entry(const struct ledger *ledger, const struct entry *entry) {
  for (int i = 0; i < ledger->entry_count; i++) {
    const struct entry *other = &ledger->entries[i];
    if (other->lot_id == entry->lot_id && other->lot_used == entry->lot_used &&
        other->charged_ms == entry->charged_ms && other->usage_id == entry->usage_id &&
        other->units == entry->units && other->part == entry->part &&
        other->lot_left == entry->lot_left && other->is_offset == entry->is_offset) {
      return true;
    }
  }
  return false;
}

static bool same_rows(const struct planned_state *a, int a_count, const struct planned_state *b,
                      int b_count) {
  bool same = a_count == b_count;
  for (int i = 0; i < a_count && same; i++) {
    same = false;
    for (int j = 0; j < b_count && !same; j++) {
      same = a[i].at_ms == b[j].at_ms && a[i].wallet == b[j].wallet &&
             a[i].wallet_state.debt == b[j].wallet_state.debt &&
             a[i].wallet_state.negative_since == b[j].wallet_state.negative_since &&
             a[i].wallet_state.blocked_since == b[j].wallet_state.blocked_since;
    }
  }
  return same;
}

static bool same_ledger(const struct ledger *a, const struct ledger *b) {
  bool same = a->entry_count == b->entry_count;
  for (int i = 0; i < a->entry_count && same; i++) same = has_entry(b, &a->entries[i]);
  return same && same_rows(a->debts, a->debt_count, b->debts, b->debt_count) &&
         same_rows(a->states, a->state_count, b->states, b->state_count);
}

/* A timeline that stands at usage `count`, with the rest written in its ledger and planned. */
static void open_at(struct story *story, unsigned int seed, struct book *book,
                    struct ledger *ledger, struct plan *plan, int count) {
  static struct book rest;
  static struct ledger written;
  run_all(story, seed, book, ledger, count, false);
  CU_ASSERT_EQUAL(timeline_foresee(&book->timeline, plan), TIMELINE_OK);
  run_all(story, seed, &rest, &written, count, true);
  *ledger = written;
}

static bool play(struct story *story, unsigned int seed) {
  static struct book book, whole;
  static struct ledger ledger, expected;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  bool same = true;
  story->seed = seed * 7919u + 1u;
  make_usages(story);
  open_at(story, seed, &book, &ledger, &plan, 0);
  for (int i = 0; i < story->count && same; i++) {
    enum timeline_result result =
        timeline_insert(&book.timeline, &plan, story->payers[i], &story->usages[i]);
    if (result == TIMELINE_CROSSED) {
      story->crossed++;
      plan_free(&plan, &book.timeline);
      timeline_free(&book.timeline);
      open_at(story, seed, &book, &ledger, &plan, i + 1);
    } else {
      CU_ASSERT_EQUAL(result, TIMELINE_OK);
    }
    run_all(story, seed, &whole, &expected, i + 1, true);
    same = same_ledger(&ledger, &expected);
  }
  plan_free(&plan, &book.timeline);
  end_timeline(&book.timeline);
  return same;
}

static void usage_by_usage_is_as_all_at_once(void) {
  static struct story story;
  int wrong = 0;
  for (unsigned int seed = 1; seed <= 3000; seed++) {
    if (!play(&story, seed)) wrong++;
  }
  CU_ASSERT_EQUAL(wrong, 0);
  CU_ASSERT(story.crossed > 100);
}

/* ---- single rules ---- */

static enum timeline_result insert(struct book *book, struct plan *plan, int64_t usage_id,
                                   int64_t at_ms, int64_t units) {
  struct debt usage = {.at_ms = at_ms, .occurred_ms = at_ms, .usage_id = usage_id, .owed = units};
  return timeline_insert(&book->timeline, plan, 0, &usage);
}

static void close_book(struct book *book, struct plan *plan) {
  plan_free(plan, &book->timeline);
  end_timeline(&book->timeline);
}

static void a_lapse_is_calm_without_debts(void) {
  static struct book book;
  static struct ledger ledger;
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 10, 0, 100);
  timeline_start(&book.timeline, 50);
  CU_ASSERT(timeline_is_calm(&book.timeline));
  book.wallets[0].wallet_state.debt = 1;
  CU_ASSERT_FALSE(timeline_is_calm(&book.timeline));
  book.lots[0].used = 10;
  CU_ASSERT(timeline_is_calm(&book.timeline)); /* nothing left to lapse */
  end_timeline(&book.timeline);
}

static void an_unblock_to_come_is_not_calm_for_a_blocked_wallet(void) {
  static struct book book;
  static struct ledger ledger;
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 10, 0, 100);
  add_event(&book, EVENT_UNBLOCK, 70, -1, 0);
  timeline_start(&book.timeline, 50);
  CU_ASSERT(timeline_is_calm(&book.timeline));
  book.wallets[0].wallet_state.blocked_since = 10;
  CU_ASSERT_FALSE(timeline_is_calm(&book.timeline));
  book.timeline.next_event++; /* the unblock has come, the lapse has not */
  CU_ASSERT(timeline_is_calm(&book.timeline));
  book.wallets[0].unblocked = true;
  CU_ASSERT_FALSE(timeline_is_calm(&book.timeline));
  end_timeline(&book.timeline);
}

static void one_more_debt_costs_its_own_rows(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 1000, 500, 900);
  timeline_start(&book.timeline, 0);
  for (int i = 1; i <= 100; i++) CU_ASSERT_EQUAL(insert(&book, &plan, i, i, 2), TIMELINE_OK);
  CU_ASSERT_EQUAL(ledger.entry_count, 100);
  CU_ASSERT_EQUAL(ledger.debt_count, 200);
  CU_ASSERT_EQUAL(plan.draw_count, 1);
  CU_ASSERT_EQUAL(plan.draws[0].units, 200);
  CU_ASSERT_EQUAL(plan.state_count, 1);
  close_book(&book, &plan);
}

/* Lots that older debts use up: a new one changes every state to come by as much, in one go. */
static void states_to_come_are_raised_together(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  begin(&book, &ledger);
  for (int i = 0; i < 4; i++) add_lot(&book, 0, 0, 10, 100 + i, 900);
  timeline_start(&book.timeline, 0);
  CU_ASSERT_EQUAL(insert(&book, &plan, 1, 10, 1000), TIMELINE_OK);
  CU_ASSERT_EQUAL(ledger.raises, 0);
  CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 7), TIMELINE_OK);
  CU_ASSERT_EQUAL(ledger.raises, 1);
  CU_ASSERT_EQUAL(ledger.state_count, 6);
  CU_ASSERT_EQUAL(plan.states[3].wallet_state.debt, 967);
  close_book(&book, &plan);
}

static void what_a_planned_draw_needs_is_not_taken(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  struct debt owed = {.at_ms = 10, .occurred_ms = 10, .usage_id = 1, .owed = 5};
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 100, 0, 900);
  add_event(&book, EVENT_MOVE, 500, 0, 1);
  timeline_start(&book.timeline, 0);
  CU_ASSERT_EQUAL(timeline_insert(&book.timeline, &plan, 1, &owed), TIMELINE_OK);
  CU_ASSERT(plan_draws_after(&plan, 0, 499));
  CU_ASSERT_FALSE(plan_draws_after(&plan, 0, 500));
  CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 1), TIMELINE_CROSSED);
  close_book(&book, &plan);
}

/* Every allocation fails once; what was allocated by then is freed. */
static void a_lack_of_memory_is_reported(void) {
  static struct book book;
  static struct ledger ledger;
  enum timeline_result result = TIMELINE_NO_MEMORY;
  int failures = 0;
  for (int after = 0; result != TIMELINE_OK && after < 40; after++) {
    struct plan plan = {NULL, 0, 0, NULL, 0, 0};
    begin(&book, &ledger);
    add_lot(&book, 0, 0, 5, 0, 900);
    add_lot(&book, 0, 0, 1000, 500, 900);
    add_lot(&book, 1, 0, 7, 0, 900); /* the copy has draw orders too */
    timeline_start(&book.timeline, 0);
    memory_fails_after = after;
    result = insert(&book, &plan, 1, 10, 9);
    if (result == TIMELINE_OK) result = timeline_foresee(&book.timeline, &plan);
    memory_fails_after = -1;
    if (result == TIMELINE_NO_MEMORY) failures++;
    close_book(&book, &plan);
  }
  CU_ASSERT_EQUAL(result, TIMELINE_OK);
  CU_ASSERT(failures > 5);
}

static void a_plan_says_what_is_to_come(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  struct wallet_state paid = {.debt = 0, .negative_since = NEVER, .blocked_since = NEVER};
  struct wallet_state other = paid;
  other.debt = 1;
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 1000, 500, 900);
  timeline_start(&book.timeline, 0);
  CU_ASSERT_EQUAL(insert(&book, &plan, 1, 10, 5), TIMELINE_OK);
  paid = plan.states[0].wallet_state;
  CU_ASSERT_EQUAL(plan.states[0].at_ms, 500);
  CU_ASSERT(plan_says(&plan, 500, 0, &paid));
  CU_ASSERT_FALSE(plan_says(&plan, 499, 0, &paid));
  CU_ASSERT_FALSE(plan_says(&plan, 500, 1, &paid));
  CU_ASSERT_FALSE(plan_says(&plan, 500, 0, &other));
  other = paid;
  other.negative_since = 499;
  CU_ASSERT_FALSE(plan_says(&plan, 500, 0, &other));
  other = paid;
  other.blocked_since = 499;
  CU_ASSERT_FALSE(plan_says(&plan, 500, 0, &other));
  close_book(&book, &plan);
}

/* Where kinds are limited to apis a balance can be negative without a debt. */
static void a_negative_wallet_is_not_calm(void) {
  static struct book book;
  static struct ledger ledger;
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 10, 0, 100);
  timeline_start(&book.timeline, 50);
  book.wallets[0].wallet_state.negative_since = 10;
  CU_ASSERT_FALSE(timeline_is_calm(&book.timeline));
  book.timeline.next_event = book.timeline.event_count;
  add_event(&book, EVENT_RULES, 200, -1, 0);
  CU_ASSERT_FALSE(timeline_is_calm(&book.timeline));
  end_timeline(&book.timeline);
}

/* A wallet deep in debt does not list its debts while nothing to come could pay them. */
static void debts_can_be_counted_without_a_list(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  begin(&book, &ledger);
  timeline_start(&book.timeline, 0);
  book.timeline.counts_debts = true;
  CU_ASSERT_EQUAL(insert(&book, &plan, 1, 10, 5), TIMELINE_OK);
  CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 7), TIMELINE_OK);
  CU_ASSERT_EQUAL(book.wallets[0].wallet_state.debt, 12);
  CU_ASSERT_EQUAL(book.wallets[0].debt_count, 0);
  CU_ASSERT_EQUAL(ledger.debt_count, 2);
  close_book(&book, &plan);
}

/* A late one neither, and what another wallet is to be paid stays as it is. */
static void a_late_debt_can_be_counted_without_a_list(void) {
  static struct book book;
  static struct ledger ledger;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  struct debt other = {.at_ms = 10, .occurred_ms = 10, .usage_id = 1, .owed = 5};
  const struct debt late = {.at_ms = 5, .occurred_ms = 5, .usage_id = 9, .owed = 70};
  begin(&book, &ledger);
  add_lot(&book, 1, 0, 100, 500, 900);
  timeline_start(&book.timeline, 0);
  CU_ASSERT_EQUAL(timeline_insert(&book.timeline, &plan, 1, &other), TIMELINE_OK);
  CU_ASSERT_EQUAL(plan.draw_count, 1);
  book.timeline.counts_debts = true;
  CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 7), TIMELINE_OK);
  CU_ASSERT_EQUAL(timeline_owe_late(&book.timeline, &plan, 0, &late), TIMELINE_OK);
  CU_ASSERT_EQUAL(book.wallets[0].wallet_state.debt, 77);
  CU_ASSERT_EQUAL(book.wallets[0].debt_count, 0);
  CU_ASSERT_EQUAL(book.wallets[1].wallet_state.debt, 5);
  CU_ASSERT_EQUAL(plan.draws[0].units, 5);
  CU_ASSERT(plan.state_count > 0);
  for (int i = 0; i < plan.state_count; i++) {
    if (plan.states[i].wallet == 1) CU_ASSERT_EQUAL(plan.states[i].wallet_state.debt, 0);
  }
  close_book(&book, &plan);
}

static bool refuse_raise(void *context, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                         int64_t units) {
  (void)context;
  (void)wallet_id;
  (void)from_ms;
  (void)to_ms;
  (void)units;
  return false;
}

static bool refuse_debt(void *context, int64_t wallet_id, const struct debt *debt,
                        int64_t since_ms) {
  (void)wallet_id;
  if (since_ms != debt->at_ms) return false;
  return put_debt(context, wallet_id, debt, since_ms);
}

static bool refuse_offset(void *context, const struct entry *entry) {
  return !entry->is_offset && put_entry(context, entry);
}

static void a_sink_that_fails_stops_the_rest(void) {
  static struct book book;
  static struct ledger ledger;
  for (int which = 0; which < 3; which++) {
    struct plan plan = {NULL, 0, 0, NULL, 0, 0};
    begin(&book, &ledger);
    for (int i = 0; i < 4; i++) add_lot(&book, 0, 0, which == 0 ? 10 : 1000, 100 + i, 900);
    timeline_start(&book.timeline, 0);
    CU_ASSERT_EQUAL(insert(&book, &plan, 1, 10, 1000), TIMELINE_OK);
    if (which == 0) book.timeline.sink.raise = refuse_raise;
    if (which == 1) book.timeline.sink.debt = refuse_debt;
    if (which == 2) book.timeline.sink.entry = refuse_offset;
    CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 7), TIMELINE_SINK_FAILED);
    close_book(&book, &plan);
  }
}

/* Nothing that is to come reaches it: debts, the state, and what is planned of that grow by it. */
static void a_late_debt_joins_the_others(void) {
  static struct ledger ledger;
  struct book book;
  struct plan plan = {NULL, 0, 0, NULL, 0, 0};
  struct debt late = {.at_ms = 5, .occurred_ms = 5, .usage_id = 9, .owed = 70, .rated = 70};
  const struct wallet *wallet = &book.wallets[0];
  begin(&book, &ledger);
  add_lot(&book, 0, 0, 10, 100, 900);
  timeline_start(&book.timeline, 0);
  CU_ASSERT_EQUAL(insert(&book, &plan, 1, 1, 1000), TIMELINE_OK);
  CU_ASSERT_EQUAL(insert(&book, &plan, 2, 20, 7), TIMELINE_OK);
  CU_ASSERT_EQUAL(plan.state_count, 1);
  CU_ASSERT_EQUAL(plan.states[0].wallet_state.debt, 997);
  CU_ASSERT_EQUAL(timeline_owe_late(&book.timeline, &plan, 0, &late), TIMELINE_OK);
  CU_ASSERT_EQUAL(wallet->wallet_state.debt, 1077);
  CU_ASSERT_EQUAL(wallet->written.debt, 1077);
  CU_ASSERT_EQUAL(plan.states[0].wallet_state.debt, 1067);
  CU_ASSERT_EQUAL(wallet->debt_count, 3);
  CU_ASSERT_EQUAL(wallet->debts[0].usage_id, 1);
  CU_ASSERT_EQUAL(wallet->debts[1].usage_id, 9);
  CU_ASSERT_EQUAL(wallet->debts[2].usage_id, 2);
  late.owed = INT64_MAX;
  CU_ASSERT_EQUAL(timeline_owe_late(&book.timeline, &plan, 0, &late), TIMELINE_OVERFLOW);
  close_book(&book, &plan);
}

static const struct unit_test tests[] = {
    {"usage by usage is as all at once", usage_by_usage_is_as_all_at_once},
    {"a lapse is calm without debts", a_lapse_is_calm_without_debts},
    {"an unblock to come is not calm for a blocked wallet",
     an_unblock_to_come_is_not_calm_for_a_blocked_wallet},
    {"one more debt costs its own rows", one_more_debt_costs_its_own_rows},
    {"states to come are raised together", states_to_come_are_raised_together},
    {"what a planned draw needs is not taken", what_a_planned_draw_needs_is_not_taken},
    {"a plan says what is to come", a_plan_says_what_is_to_come},
    {"a negative wallet is not calm", a_negative_wallet_is_not_calm},
    {"debts can be counted without a list", debts_can_be_counted_without_a_list},
    {"a late debt can be counted without a list", a_late_debt_can_be_counted_without_a_list},
    {"a late debt joins the others", a_late_debt_joins_the_others},
    {"a sink that fails stops the rest", a_sink_that_fails_stops_the_rest},
    {"a lack of memory is reported", a_lack_of_memory_is_reported},
    {NULL, NULL},
};

const struct unit_suite suite_future = {"future", tests};
