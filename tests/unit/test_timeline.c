#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/timeline.h"

#define LOTS 4
#define EVENTS 16
#define ENTRIES 64

/* What the sink was told, for the tests to look at. */
struct story {
  struct timeline timeline;
  struct wallet wallets[2];
  struct lot lots[LOTS];
  struct event events[EVENTS];
  struct entry entries[ENTRIES];
  int entry_count;
  struct debt debts[ENTRIES];
  int debt_count;
  struct standing standing[2];
  int fail_after; /* entries that the sink takes; -1: all */
};

static void *resize(void *memory, uint64_t bytes) {
  if (bytes > 0) return realloc(memory, (size_t)bytes);
  free(memory);
  return NULL;
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
  story->debts[story->debt_count++] = *debt;
  return true;
}

static bool take_standing(void *context, int64_t wallet_id, const struct standing *standing,
                          int64_t at_ms) {
  struct story *story = context;
  (void)at_ms;
  story->standing[wallet_id - 1] = *standing;
  return true;
}

static void begin(struct story *story) {
  memset(story, 0, sizeof(*story));
  story->fail_after = -1;
  for (int i = 0; i < 2; i++) {
    story->wallets[i].wallet_id = i + 1;
    story->wallets[i].last_unblock = NEVER;
    story->wallets[i].standing.negative_since = story->wallets[i].standing.blocked_since = NEVER;
    story->standing[i] = story->wallets[i].standing;
  }
  story->timeline.wallets = story->wallets;
  story->timeline.wallet_count = 2;
  story->timeline.lots = story->lots;
  story->timeline.events = story->events;
  story->timeline.grace_ms = 100;
  story->timeline.resize = resize;
  story->timeline.sink = (struct sink){story, take_entry, take_debt, take_standing};
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
  timeline_free(&story->timeline);
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

/* D12, D87, Q7, Q8: credits first even when they end later, then the earliest end, then the smaller. */
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
  CU_ASSERT_EQUAL(story.standing[0].debt, 5);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, 10);
  finish(&story);
  CU_ASSERT(paid(&story, 0, 1, 3, 50, true));
  CU_ASSERT(paid(&story, 1, 1, 2, 50, true));
  CU_ASSERT_EQUAL(story.standing[0].debt, 0);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, NEVER);
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
  CU_ASSERT_EQUAL(story.standing[0].debt, 1);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, 10);
  CU_ASSERT_EQUAL(access_at(&story.standing[0], &plain, false, 100, 109), ACCESS_GRACE);
  CU_ASSERT_EQUAL(access_at(&story.standing[0], &plain, false, 100, 110), ACCESS_LIMITED);
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
  CU_ASSERT_EQUAL(story.standing[0].debt, 1);
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
  CU_ASSERT_EQUAL(story.standing[0].debt, 7);
  CU_ASSERT_EQUAL(story.standing[1].debt, 0);
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

/* Q18: restored at the very end of grace is not blocked; a moment later it is, until lifted (Q21). */
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
  CU_ASSERT_EQUAL(story.standing[0].blocked_since, NEVER);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, 210);
  use(&story, 0, 311, 1);
  CU_ASSERT_EQUAL(story.standing[0].blocked_since, 310);
  finish(&story);
  CU_ASSERT_EQUAL(story.standing[0].blocked_since, NEVER);
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
  CU_ASSERT_EQUAL(story.standing[0].debt, 3);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, NEVER);
  use(&story, 0, 20, 8);
  CU_ASSERT_EQUAL(story.standing[0].negative_since, 20);
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
  timeline_free(&story.timeline);
}

static void sums_beyond_64_bits_are_refused(void) {
  struct story story;
  begin(&story);
  start(&story);
  CU_ASSERT_EQUAL(use(&story, 0, 1, INT64_MAX), TIMELINE_OK);
  CU_ASSERT_EQUAL(use(&story, 0, 2, 1), TIMELINE_OVERFLOW);
  timeline_free(&story.timeline);
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
    {NULL, NULL},
};

const struct unit_suite suite_timeline = {"timeline", tests};
