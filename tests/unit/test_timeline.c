#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/timeline.h"

#define LOTS 4
#define EVENTS 16
#define ENTRIES 64

/* What the sink was given, for the tests to look at. */
struct story {
  struct timeline timeline;
  struct wallet wallets[2];
  struct lot lots[LOTS];
  struct policy_step policies[3];
  struct event events[EVENTS];
  struct entry entries[ENTRIES];
  int entry_count;
  struct debt debts[ENTRIES];
  int debt_count;
  struct wallet_state wallet_state[2];
  int state_count;
  int fail_after, debts_fail_after, standings_fail_after; /* what the sink takes; -1: all */
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

static bool take_entry(void *context, const struct entry *entry) {
  struct story *story = context;
  if (story->entry_count == story->fail_after) return false;
  story->entries[story->entry_count++] = *entry;
  return true;
}

static bool take_debt(void *context, int64_t wallet_id, const struct debt *debt, int64_t since_ms) {
  struct story *story = context;
  (void)wallet_id;
  (void)since_ms;
  if (story->debt_count == story->debts_fail_after) return false;
  story->debts[story->debt_count++] = *debt;
  return true;
}

static bool take_state(void *context, int64_t wallet_id, const struct wallet_state *wallet_state,
                       int64_t at_ms) {
  struct story *story = context;
  (void)at_ms;
  if (story->state_count++ == story->standings_fail_after) return false;
  story->wallet_state[wallet_id - 1] = *wallet_state;
  return true;
}

static void begin(struct story *story) {
  memset(story, 0, sizeof(*story));
  story->fail_after = story->debts_fail_after = story->standings_fail_after = -1;
  for (int i = 0; i < 2; i++) {
    story->wallets[i].wallet_id = i + 1;
    story->wallets[i].last_unblock = NEVER;
    story->wallets[i].wallet_state.negative_since = story->wallets[i].wallet_state.blocked_since =
        NEVER;
    story->wallet_state[i] = story->wallets[i].wallet_state;
  }
  story->timeline.wallets = story->wallets;
  story->timeline.wallet_count = 2;
  story->timeline.lots = story->lots;
  story->timeline.events = story->events;
  story->policies[0] = (struct policy_step){.from_ms = INT64_MIN, .grace_ms = 100};
  story->timeline.policies = story->policies;
  story->timeline.policy_count = 1;
  story->timeline.resize = resize;
  story->timeline.sink = (struct sink){story, take_entry, take_debt, take_state};
}

static void add_event(struct story *story, enum event_type type, int64_t at_ms, int lot,
                      int wallet) {
  story->events[story->timeline.event_count++] = (struct event){at_ms, type, lot, wallet};
}

/* A lot of wallet 0, alive in [start, end). */
static void add_lot(struct story *story, int64_t rank, int64_t units, int64_t start, int64_t end) {
  int index = story->timeline.lot_count++;
  struct lot *lot = &story->lots[index];
  lot->lot_id = index + 1;
  lot->units = units;
  lot->rank = rank;
  lot->purchased_ms = lot->start_ms = start;
  lot->expires_ms = lot->end_ms = end;
  add_event(story, EVENT_END, end, index, -1);
  add_event(story, EVENT_START, start, index, -1);
}

static void start(struct story *story) {
  CU_ASSERT_EQUAL(timeline_start(&story->timeline, 0), TIMELINE_OK);
}

static enum timeline_result use(struct story *story, int wallet, int64_t at_ms, int64_t units) {
  static int64_t usage_id;
  struct debt usage = {.at_ms = at_ms, .occurred_ms = at_ms, .owed = units, .rated = units};
  usage.usage_id = ++usage_id;
  return timeline_usage(&story->timeline, wallet, &usage);
}

static void finish(struct story *story) {
  CU_ASSERT_EQUAL(timeline_finish(&story->timeline), TIMELINE_OK);
  end_timeline(&story->timeline);
}

static bool paid(const struct story *story, int index, int64_t lot_id, int64_t units,
                 int64_t charged_ms, bool is_offset) {
  const struct entry *entry = &story->entries[index];
  return index < story->entry_count && entry->lot_id == lot_id && entry->units == units &&
         entry->charged_ms == charged_ms && entry->is_offset == is_offset;
}

/* Q9: 98.5 used of 100, then 2: 1.5 from the first lot, 0.5 from the second. */
static void a_usage_is_split_over_lots(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 1000, 0, 900);
  add_lot(&story, 2, 1000, 0, 950);
  start(&story);
  use(&story, 0, 10, 985);
  use(&story, 0, 11, 20);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 3);
  CU_ASSERT(paid(&story, 1, 1, 15, 11, false));
  CU_ASSERT(paid(&story, 2, 2, 5, 11, false));
  CU_ASSERT_EQUAL(story.entries[2].part, 1);
}

/*
** D12, D87, Q7, Q8: credits first even when they end later, then the earliest end, then the
** smaller.
*/
static void draw_order(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 500, 0, 800);
  add_lot(&story, 2, 50, 0, 800);
  add_lot(&story, 2, 10, 0, 700);
  add_lot(&story, 1, 10, 0, 900);
  start(&story);
  use(&story, 0, 1, 100);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 4, 10, 1, false));
  CU_ASSERT(paid(&story, 1, 3, 10, 1, false));
  CU_ASSERT(paid(&story, 2, 2, 50, 1, false));
  CU_ASSERT(paid(&story, 3, 1, 30, 1, false));
}

/* D95: -5, then 100 bought: 95, and the 5 show as used from that instant. */
static void a_later_lot_pays_the_debt(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 100, 50, 900);
  start(&story);
  use(&story, 0, 10, 3);
  use(&story, 0, 20, 2);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 5);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, 10);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 1, 3, 50, true));
  CU_ASSERT(paid(&story, 1, 1, 2, 50, true));
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 0);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, NEVER);
}

/* D95, Q19: -101 and 100 bought is -1, and the clock of grace is not restarted. */
static void part_payment_does_not_restart_grace(void) {
  static const struct terms plain = {false, 0, 0, false};
  struct story story;
  begin(&story);
  add_lot(&story, 2, 100, 50, 900);
  start(&story);
  use(&story, 0, 10, 101);
  finish(&story);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 1);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, 10);
  CU_ASSERT_EQUAL(access_at(&story.wallet_state[0], &plain, false, 109), ACCESS_GRACE);
  CU_ASSERT_EQUAL(access_at(&story.wallet_state[0], &plain, false, 110), ACCESS_LIMITED);
}

/* Q16: a lot that lapses leaves nothing, not a debt; the next usage is not paid. */
static void a_lapse_makes_no_debt(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 100, 0, 50);
  start(&story);
  use(&story, 0, 49, 40);
  use(&story, 0, 50, 1);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 1);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 1);
}

/* D103, Q27: a moved lot pays the debt of the team that it reaches. */
static void a_moved_lot_pays_where_it_arrives(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 100, 0, 900);
  add_event(&story, EVENT_MOVE, 50, 0, 1);
  start(&story);
  use(&story, 0, 10, 30);
  use(&story, 1, 20, 25);
  use(&story, 0, 50, 7);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 1, 30, 10, false));
  CU_ASSERT(paid(&story, 1, 1, 25, 50, true));
  CU_ASSERT_EQUAL(story.entry_count, 2);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 7);
  CU_ASSERT_EQUAL(story.wallet_state[1].debt, 0);
}

/* Q28: at one instant a lapse comes before a purchase, and that before usage. */
static void order_at_one_instant(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 1, 10, 0, 50);
  add_lot(&story, 2, 10, 50, 900);
  start(&story);
  use(&story, 0, 50, 4);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 2, 4, 50, false));
}

/*
** Q18: restored at the very end of grace is not blocked; a moment later it is, until lifted (Q21).
*/
static void a_block_needs_support(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 5, 110, 900);
  add_lot(&story, 2, 7, 312, 900);
  add_event(&story, EVENT_UNBLOCK, 311, -1, 0);
  add_event(&story, EVENT_UNBLOCK, 313, -1, 0);
  start(&story);
  use(&story, 0, 10, 5);
  use(&story, 0, 210, 6);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, NEVER);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, 210);
  use(&story, 0, 311, 1);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, 310);
  finish(&story);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, NEVER);
}

/* kind_api: an api that no alive kind pays is a debt, and eligible lots are not held back by it. */
static void kinds_limited_to_apis(void) {
  static const unsigned char pays[] = {1, 0}; /* one kind: api 0 only */
  struct story story;
  struct debt other = {
      .at_ms = 10, .occurred_ms = 10, .usage_id = 999, .owed = 3, .rated = 3, .api = 1};
  begin(&story);
  story.timeline.pays = pays;
  story.timeline.api_count = 2;
  add_lot(&story, 2, 10, 0, 50);
  start(&story);
  CU_ASSERT_EQUAL(timeline_usage(&story.timeline, 0, &other), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 3);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, NEVER);
  use(&story, 0, 20, 8);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, 20);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 1);
}

static void a_failing_sink_stops_the_story(void) {
  struct story story;
  begin(&story);
  story.fail_after = 0;
  add_lot(&story, 2, 10, 0, 50);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 1, 1), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
}

static void sums_beyond_64_bits_are_refused(void) {
  struct story story;
  begin(&story);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 1, INT64_MAX), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 0, 2, 1), TIMELINE_OVERFLOW);
  end_timeline(&story.timeline);
}

/* ---- every step of the draw order, and of the order of events ---- */

static void lots_are_ordered_both_ways(void) {
  const struct lot base = {.rank = 5, .expires_ms = 5, .units = 5, .purchased_ms = 5, .lot_id = 5};
  struct lot later[5];
  for (int i = 0; i < 5; i++) later[i] = base;
  later[0].rank = later[1].expires_ms = later[2].units = 6;
  later[3].purchased_ms = later[4].lot_id = 6;
  for (int i = 0; i < 5; i++) {
    CU_ASSERT(lot_compare(&base, &later[i]) < 0);
    CU_ASSERT(lot_compare(&later[i], &base) > 0);
    /* what comes after in the order does not count */
    if (i > 0) CU_ASSERT(lot_compare(&later[i], &later[i - 1]) < 0);
  }
}

/* Moves of one instant in their order, whatever the order in which they are given. */
static void events_of_one_instant_have_an_order(void) {
  struct story story;
  begin(&story);
  add_event(&story, EVENT_UNBLOCK, 50, -1, 0);
  add_event(&story, EVENT_MOVE, 50, 0, 0);
  add_event(&story, EVENT_MOVE, 50, 0, 1);
  add_event(&story, EVENT_MOVE, 50, 0, 0);
  for (int i = 0; i < 3; i++) story.events[1 + i].order = 3 - i;
  add_lot(&story, 2, 10, 0, 900);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 60, 4), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.lots[0].holder, 0);
  CU_ASSERT(paid(&story, 0, 1, 4, 60, false));
  finish(&story);
}

/* ---- lots ---- */

static void a_lot_may_move_before_it_is_alive(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 10, 50, 900);
  add_event(&story, EVENT_MOVE, 20, 0, 1);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 1, 30, 3), TIMELINE_OK);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 1, 3, 50, true));
  CU_ASSERT_EQUAL(story.wallets[1].remainder, 0); /* lapsed in the end */
}

static void a_lot_with_nothing_left_pays_nothing(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 10, 0, 900);
  story.lots[0].used = 10;
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 3), TIMELINE_OK);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 0);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 3);
}

/* What came before the start is state: nothing is written of it, and it pays from there on. */
static void a_story_may_start_in_the_middle(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 10, 0, 900);
  add_lot(&story, 2, 10, 0, 40);
  story.lots[0].used = 4;
  add_event(&story, EVENT_UNBLOCK, 30, -1, 0);
  CU_ASSERT_EQUAL(timeline_start(&story.timeline, 50), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.entry_count + story.state_count, 0);
  CU_ASSERT_EQUAL(story.wallets[0].remainder, 6);
  CU_ASSERT_EQUAL(use(&story, 0, 50, 7), TIMELINE_OK);
  CU_ASSERT(paid(&story, 0, 1, 6, 50, false));
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 1);
  finish(&story);
}

/* ---- debts ---- */

/* Q10: by (occurred_ms, usage_id), in whatever order they are loaded. */
static void debts_are_paid_oldest_first(void) {
  static const int64_t occurred[] = {30, 10, 20, 20, 20}, ids[] = {1, 2, 4, 3, 5};
  static const int64_t expected[] = {2, 3, 4, 5, 1};
  struct story story;
  begin(&story);
  add_lot(&story, 2, 100, 50, 900);
  for (int i = 0; i < 5; i++) {
    struct debt debt = {.occurred_ms = occurred[i], .usage_id = ids[i], .owed = 1, .rated = 1};
    CU_ASSERT_EQUAL(timeline_load_debt(&story.timeline, 0, &debt), TIMELINE_OK);
  }
  story.wallets[0].wallet_state.debt = 5;
  story.wallets[0].wallet_state.negative_since = 10;
  story.wallets[0].wallet_state.grace_ends = 110;
  start(&story);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 5);
  for (int i = 0; i < 5; i++) CU_ASSERT_EQUAL(story.entries[i].usage_id, expected[i]);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 0);
}

static void begin_with_a_debt_of_api_1(struct story *story, const unsigned char *pays) {
  const struct debt other = {
      .at_ms = 10, .occurred_ms = 10, .usage_id = 999, .owed = 3, .rated = 3, .api = 1};
  begin(story);
  story->timeline.pays = pays;
  story->timeline.api_count = 2;
  add_lot(story, 2, 10, 0, 50);
  add_event(story, EVENT_RULES, 30, -1, 0);
  start(story);
  CU_ASSERT_EQUAL(timeline_usage(&story->timeline, 0, &other), TIMELINE_OK);
  CU_ASSERT_EQUAL(story->wallet_state[0].debt, 3);
}

/* kind_api changes at an instant: a lot that is there already may pay an old debt then. */
static void new_rules_let_a_lot_pay_an_old_debt(void) {
  unsigned char pays[] = {1, 0};
  struct story story;
  begin_with_a_debt_of_api_1(&story, pays);
  pays[1] = 1;
  finish(&story);
  CU_ASSERT(paid(&story, 0, 1, 3, 30, true));
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 0);
}

/* Nothing pays it: the balance turns negative when the lot that hid it lapses. */
static void a_lapse_may_turn_the_balance_negative(void) {
  unsigned char pays[] = {1, 0};
  struct story story;
  begin_with_a_debt_of_api_1(&story, pays);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, NEVER);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 0);
  CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, 50);
}

/* An arrival that may not pay a debt leaves it as it is. */
static void a_lot_that_may_not_pay_leaves_the_debt(void) {
  static const unsigned char pays[] = {1, 0};
  const struct debt other = {
      .at_ms = 10, .occurred_ms = 10, .usage_id = 999, .owed = 3, .rated = 3, .api = 1};
  struct story story;
  begin(&story);
  story.timeline.pays = pays;
  story.timeline.api_count = 2;
  add_lot(&story, 2, 10, 20, 900);
  start(&story);
  CU_ASSERT_EQUAL(timeline_usage(&story.timeline, 0, &other), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 0, 15, 2), TIMELINE_OK);
  finish(&story);
  CU_ASSERT_EQUAL(story.entry_count, 1);
  CU_ASSERT(paid(&story, 0, 1, 2, 20, true));
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 3);
  CU_ASSERT_EQUAL(story.debt_count, 3); /* two recorded, one paid */
}

/* ---- blocks ---- */

/* Usage of 5 at 10, so the block is at 110. */
static void begin_in_debt(struct story *story, int64_t units, int64_t bought_ms) {
  begin(story);
  add_lot(story, 2, units, bought_ms, 900);
  start(story);
  CU_ASSERT_EQUAL(use(story, 0, 10, 5), TIMELINE_OK);
}

/* Q18: too little at the very end of grace does not help. */
static void too_little_at_the_end_of_grace_is_a_block(void) {
  struct story story;
  begin_in_debt(&story, 4, 110);
  CU_ASSERT_EQUAL(use(&story, 1, 110, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, 110);
  finish(&story);
}

/* Q21, and the policy that needs no support. */
static void a_restored_balance_stays_blocked_unless_policy_lifts_it(void) {
  for (int automatic = 0; automatic < 2; automatic++) {
    struct story story;
    begin_in_debt(&story, 20, 200);
    story.policies[0].restore_auto = automatic;
    CU_ASSERT_EQUAL(use(&story, 1, 200, 1), TIMELINE_OK);
    CU_ASSERT_EQUAL(story.wallet_state[0].negative_since, NEVER);
    CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, automatic ? NEVER : 110);
    finish(&story);
  }
}

/* Grace has the length of the instant at which the balance turned negative. */
static void a_later_policy_does_not_move_the_end_of_grace(void) {
  struct story story;
  begin_in_debt(&story, 4, 900);
  story.policies[1] = (struct policy_step){.from_ms = 11, .grace_ms = 5};
  story.timeline.policy_count = 2;
  CU_ASSERT_EQUAL(use(&story, 1, 111, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].grace_ends, 110);
  CU_ASSERT_EQUAL(use(&story, 1, 112, 1), TIMELINE_OK);
  finish(&story);
}

/* Q21: what policy restores from an instant on is restored at that instant. */
static void a_policy_lifts_a_block_from_its_instant_on(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 20, 200, 900);
  add_event(&story, EVENT_REVIEW, 300, -1, 0);
  story.policies[1] = (struct policy_step){.from_ms = 300, .grace_ms = 100, .restore_auto = true};
  story.timeline.policy_count = 2;
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 5), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 1, 299, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, 110);
  CU_ASSERT_EQUAL(use(&story, 1, 300, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, NEVER);
  finish(&story);
}

static void support_lifts_the_block_of_a_restored_balance(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 20, 200, 900);
  add_event(&story, EVENT_UNBLOCK, 50, -1, 0); /* before the block: it counts for nothing */
  add_event(&story, EVENT_UNBLOCK, 300, -1, 0);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 5), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 0, 299, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, 110);
  CU_ASSERT_EQUAL(use(&story, 0, 300, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].blocked_since, NEVER);
  finish(&story);
}

/* ---- failures: each stops the story where it happens, and is what the caller gets ---- */

static void an_offset_that_the_sink_refuses_stops_the_story(void) {
  struct story story;
  begin_in_debt(&story, 20, 50);
  story.fail_after = 0;
  CU_ASSERT_EQUAL(use(&story, 0, 60, 1), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
  begin_in_debt(&story, 20, 50);
  story.fail_after = 0;
  CU_ASSERT_EQUAL(timeline_finish(&story.timeline), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
}

static void a_debt_that_the_sink_refuses_stops_the_story(void) {
  struct story story;
  begin(&story);
  story.debts_fail_after = 0;
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 5), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
  begin_in_debt(&story, 20, 50);
  story.debts_fail_after = 1;
  CU_ASSERT_EQUAL(timeline_finish(&story.timeline), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
}

static void a_state_that_the_sink_refuses_stops_the_story(void) {
  struct story story;
  begin(&story);
  story.standings_fail_after = 0;
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 5), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
  begin(&story);
  add_event(&story, EVENT_UNBLOCK, 200, -1, 0); /* the block becomes known there */
  add_event(&story, EVENT_UNBLOCK, 200, -1, 1);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 10, 5), TIMELINE_OK);
  story.standings_fail_after = story.state_count;
  CU_ASSERT_EQUAL(timeline_finish(&story.timeline), TIMELINE_SINK_FAILED);
  end_timeline(&story.timeline);
}

static void lots_beyond_64_bits_are_refused(void) {
  for (int64_t from_ms = 0; from_ms < 100; from_ms += 50) {
    struct story story;
    begin(&story);
    add_lot(&story, 2, INT64_MAX, 10, 900);
    add_lot(&story, 2, 1, 10, 900);
    if (from_ms > 0) {
      CU_ASSERT_EQUAL(timeline_start(&story.timeline, from_ms), TIMELINE_OVERFLOW);
    } else {
      start(&story);
      CU_ASSERT_EQUAL(use(&story, 0, 20, 1), TIMELINE_OVERFLOW);
    }
    end_timeline(&story.timeline);
  }
}

static void a_lack_of_memory_is_reported(void) {
  struct story story;
  begin(&story);
  add_lot(&story, 2, 10, 10, 900);
  start(&story);
  memory_fails_after = 0;
  CU_ASSERT_EQUAL(use(&story, 0, 5, 1), TIMELINE_NO_MEMORY);  /* a debt */
  CU_ASSERT_EQUAL(use(&story, 0, 20, 1), TIMELINE_NO_MEMORY); /* a lot */
  memory_fails_after = -1;
  end_timeline(&story.timeline);
  /* When what there is has to grow, it stays. */
  begin(&story);
  start(&story);
  memory_fails_after = 1;
  for (int i = 0; i < 8; i++) CU_ASSERT_EQUAL(use(&story, 0, i, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 0, 8, 1), TIMELINE_NO_MEMORY);
  memory_fails_after = -1;
  CU_ASSERT_EQUAL(story.wallets[0].debt_count, 8);
  CU_ASSERT_EQUAL(use(&story, 0, 9, 1), TIMELINE_OK);
  CU_ASSERT_EQUAL(story.wallet_state[0].debt, 9);
  finish(&story);
}

static const struct unit_test tests[] = {
    {"a usage is split over lots (Q9)", a_usage_is_split_over_lots},
    {"draw order (D12, D87, Q7, Q8)", draw_order},
    {"a later lot pays the debt (D72, D95)", a_later_lot_pays_the_debt},
    {"part payment does not restart grace (Q19)", part_payment_does_not_restart_grace},
    {"a lapse makes no debt (Q16)", a_lapse_makes_no_debt},
    {"a moved lot pays where it arrives (D103, Q27)", a_moved_lot_pays_where_it_arrives},
    {"order at one instant (Q28)", order_at_one_instant},
    {"a block needs support (Q18, Q21)", a_block_needs_support},
    {"kinds limited to apis", kinds_limited_to_apis},
    {"a failing sink stops the story", a_failing_sink_stops_the_story},
    {"sums beyond 64 bits are refused", sums_beyond_64_bits_are_refused},
    {"lots are ordered both ways", lots_are_ordered_both_ways},
    {"events of one instant have an order", events_of_one_instant_have_an_order},
    {"a lot may move before it is alive", a_lot_may_move_before_it_is_alive},
    {"a lot with nothing left pays nothing", a_lot_with_nothing_left_pays_nothing},
    {"a story may start in the middle", a_story_may_start_in_the_middle},
    {"debts are paid oldest first (Q10)", debts_are_paid_oldest_first},
    {"new rules let a lot pay an old debt", new_rules_let_a_lot_pay_an_old_debt},
    {"a lapse may turn the balance negative", a_lapse_may_turn_the_balance_negative},
    {"a lot that may not pay leaves the debt", a_lot_that_may_not_pay_leaves_the_debt},
    {"too little at the end of grace is a block (Q18)", too_little_at_the_end_of_grace_is_a_block},
    {"a restored balance stays blocked unless policy lifts it (Q21)",
     a_restored_balance_stays_blocked_unless_policy_lifts_it},
    {"a later policy does not move the end of grace",
     a_later_policy_does_not_move_the_end_of_grace},
    {"a policy lifts a block from its instant on", a_policy_lifts_a_block_from_its_instant_on},
    {"support lifts the block of a restored balance (Q21)",
     support_lifts_the_block_of_a_restored_balance},
    {"an offset that the sink refuses stops the story",
     an_offset_that_the_sink_refuses_stops_the_story},
    {"a debt that the sink refuses stops the story", a_debt_that_the_sink_refuses_stops_the_story},
    {"a standing that the sink refuses stops the story",
     a_state_that_the_sink_refuses_stops_the_story},
    {"lots beyond 64 bits are refused", lots_beyond_64_bits_are_refused},
    {"a lack of memory is reported", a_lack_of_memory_is_reported},
    {NULL, NULL},
};

const struct unit_suite suite_timeline = {"timeline", tests};
