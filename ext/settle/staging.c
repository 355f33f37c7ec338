/*
** The groups of a settlement, one after the other: those that are marked, and those that new usage
** belongs to.
**
** SQLite sorts what the rater says of each usage above the mark by (group, instant, usage_id); the
** groups are then settled from that stream. Only the sorter holds all rows, and it spills to disk.
** Stored usage that is settled again is rated into `settling`, and merged in.
*/
#include <stdlib.h>
#include <string.h>

#include "store/error.h"
#include "settle/functions.h"
#include "settle/settle.h"
#include "settle/settlement.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_usage_sorted[] = "SELECT billing_sort_key(?2, " SQL_USAGE
                                       ") FROM main.usage u WHERE u.usage_id > ?1"
                                       " ORDER BY 1";

/* How the statement hands its settlement to the function; SQL can't make such a pointer. */
#define POINTER_TYPE "billing-settlement"

/*
** ---- the sort key: fields in big endian with the sign bit flipped, so that bytes sort as numbers
*/

enum {
  KEY_GROUP = 0,
  KEY_COUNTS = 8, /* the instant at which it counts */
  KEY_USAGE = 16,
  KEY_OCCURRED = 24,
  KEY_WALLET = 32,
  KEY_UNITS = 40,
  KEY_API = 48,
  KEY_CLASS = 56,
  KEY_SIZE = 64
};

static void put(unsigned char *key, int place, int64_t value) {
  uint64_t bits = (uint64_t)value ^ (UINT64_C(1) << 63);
  for (int i = 7; i >= 0; i--, bits >>= 8) key[place + i] = (unsigned char)bits;
}

static int64_t get(const unsigned char *key, int place) {
  uint64_t bits = 0;
  for (int i = 0; i < 8; i++) bits = bits << 8 | key[place + i];
  return (int64_t)(bits ^ (UINT64_C(1) << 63));
}

/* ---- while SQLite reads usage: rate, and find the group ---- */

/*
** Wallets and groups are found while rows are read. A wallet that appears for the first time brings
** its whole group and its last close, so the number and the instant in a key stay right while more
** keys are made.
*/
static void make_key(sqlite3_context *context, struct settlement *settlement,
                     const struct rated_usage *rated) {
  unsigned char key[KEY_SIZE];
  const struct marked_wallet *marked = marked_join(settlement, rated->wallet_id);
  struct group_marks *group;
  if (!marked) return;
  group = &settlement->groups[marked->group];
  if (rated->at_ms < group->from_ms) group->from_ms = rated->at_ms;
  put(key, KEY_GROUP, marked->group);
  put(key, KEY_COUNTS, group_counts_at(rated->at_ms, group->closed_ms));
  put(key, KEY_USAGE, rated->usage_id);
  put(key, KEY_OCCURRED, rated->at_ms);
  put(key, KEY_WALLET, rated->wallet_id);
  put(key, KEY_UNITS, rated->units);
  put(key, KEY_API, rated->api_index);
  put(key, KEY_CLASS, rated->class);
  sqlite3_result_blob(context, key, KEY_SIZE, SQLITE_TRANSIENT);
}

/* billing_sort_key(settlement, SQL_USAGE): the sort key of a usage; NULL when it is not settled */
static void sort_key(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct settlement *settlement = sqlite3_value_pointer(argv[0], POINTER_TYPE);
  struct usage_fields usage;
  struct rated_usage rated;
  (void)argc;
  if (!settlement) {
    complain(context, SQLITE_ERROR, "billing_sort_key", "not for use from SQL", argv[1],
             "call settle()");
    return;
  }
  usage = usage_of_values(argv + 1);
  rater_rate(&settlement->rater, &usage, &rated, settlement->rc);
  if (*settlement->rc == SQLITE_OK) {
    if (rated.class == USAGE_UNRATED || rated.class == USAGE_UNASSIGNED) {
      settlement_add_unrated(settlement, &rated);
    } else {
      make_key(context, settlement, &rated);
    }
  }
  if (*settlement->rc != SQLITE_OK) sqlite3_result_error_code(context, *settlement->rc);
}

/* ---- the groups, one after the other ---- */

struct stream {
  struct settlement *settlement;
  struct marked_wallet *order; /* copies, by group */
  int count, place;            /* the next one to open */
  int64_t *wallet_ids;
  struct group *open;
  int64_t group; /* the number of the open one, or -1 */
};

static int compare_groups(const void *left, const void *right) {
  const struct marked_wallet *a = left;
  const struct marked_wallet *b = right;
  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  return (a->wallet_id > b->wallet_id) - (a->wallet_id < b->wallet_id);
}

/* Once the sorter has read all rows, and so all wallets are known. */
static void plan_stream(struct stream *stream) {
  struct settlement *settlement = stream->settlement;
  uint64_t count = (uint64_t)settlement->count;
  if (*settlement->rc != SQLITE_OK) return;
  stream->order = sqlite3_malloc64(count * sizeof(*stream->order) + 1);
  stream->wallet_ids = sqlite3_malloc64(count * sizeof(*stream->wallet_ids) + 1);
  if (!stream->order || !stream->wallet_ids) {
    *settlement->rc = SQLITE_NOMEM;
    return;
  }
  stream->count = settlement->count;
  if (stream->count == 0) return;
  memcpy(stream->order, settlement->marked, (size_t)count * sizeof(*stream->order));
  qsort(stream->order, (size_t)count, sizeof(*stream->order), compare_groups);
}

/* Takes NULL too: before the first group there is none. */
static void close_open(struct stream *stream) {
  group_close(stream->open);
  stream->open = NULL;
}

/* What is stored for the wallets of a group from its start on has to be in `settling`. */
static void open_marked(struct stream *stream, const struct marked_wallet *marked, int count) {
  struct settlement *settlement = stream->settlement;
  const struct group_marks *group = &settlement->groups[marked[0].group];
  int64_t from_ms = group_start(group);
  if (from_ms == NOT_YET) return;
  for (int i = 0; i < count; i++) {
    stream->wallet_ids[i] = marked[i].wallet_id;
    if (marked[i].gathered_ms > from_ms) {
      settlement_gather(settlement, marked[i].wallet_id, from_ms);
    }
    settlement_run_with(settlement, sql_mark_forget, marked[i].wallet_id);
  }
  stream->open =
      group_open(settlement->store, settlement->rater.catalogue, stream->wallet_ids, count, from_ms,
                 group->closed_ms, &settlement->settled, settlement->message, settlement->rc);
}

/* Settle the groups before that one, and open it. */
static void open_group(struct stream *stream, int64_t group) {
  while (stream->place < stream->count && *stream->settlement->rc == SQLITE_OK &&
         stream->order[stream->place].group <= group) {
    const struct marked_wallet *marked = &stream->order[stream->place];
    int count = 1;
    while (stream->place + count < stream->count && marked[count].group == marked->group) count++;
    stream->place += count;
    stream->group = marked->group;
    close_open(stream);
    open_marked(stream, marked, count);
  }
}

/* A group whose start is NOT_YET is not opened; new usage always has a start. */
static void settle_key(struct stream *stream, const unsigned char *key) {
  struct group_usage usage;
  int64_t group = get(key, KEY_GROUP);
  if (!stream->order) plan_stream(stream);
  if (stream->group != group) open_group(stream, group);
  if (!stream->open || *stream->settlement->rc != SQLITE_OK) return;
  usage.wallet_id = get(key, KEY_WALLET);
  usage.occurred_ms = get(key, KEY_OCCURRED);
  usage.usage_id = get(key, KEY_USAGE);
  usage.units = get(key, KEY_UNITS);
  usage.api_index = (int)get(key, KEY_API);
  usage.class = (enum usage_class)get(key, KEY_CLASS);
  group_settle(stream->open, &usage);
}

/* ---- memory of the sorter: as much as the page cache may take when it starts ---- */

#define SORTER_KIB 49152

static int64_t ask_pragma(sqlite3 *db, const char *sql) {
  sqlite3_stmt *row = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &row, NULL);
  int64_t value = store_row(row, &rc) ? sqlite3_column_int64(row, 0) : 0;
  sqlite3_finalize(row);
  return value;
}

/* In pages, or negative in KiB, as the pragma has it. Where it may not be set, it stays. */
static void set_cache_size(sqlite3 *db, int64_t size) {
  char sql[64];
  sqlite3_snprintf((int)sizeof(sql), sql, "PRAGMA main.cache_size = %lld", (long long)size);
  sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/*
** SQLite's sorter takes as much memory as the page cache may have when it starts. So the cache size
** is lowered until the first row comes: by then all is sorted, and the cache gets its own size
** back.
*/
static int first_row(sqlite3 *db, sqlite3_stmt *row, int *rc) {
  int64_t size = ask_pragma(db, "PRAGMA main.cache_size");
  int64_t page = ask_pragma(db, "PRAGMA main.page_size");
  bool large = (size < 0 ? -size : size * page / 1024) > SORTER_KIB;
  int found;
  if (large) set_cache_size(db, -SORTER_KIB);
  found = store_row(row, rc);
  if (large) set_cache_size(db, size);
  return found;
}

/* The usage above `upto`, sorted by group. */
static void settle_new(struct stream *stream, int64_t upto) {
  struct settlement *settlement = stream->settlement;
  sqlite3_stmt *row = store_take(settlement->store, sql_usage_sorted, settlement->rc);
  int found;
  if (row) {
    sqlite3_bind_int64(row, 1, upto);
    sqlite3_bind_pointer(row, 2, settlement, POINTER_TYPE, NULL);
  }
  found = first_row(settlement->store->db, row, settlement->rc);
  while (found) {
    const unsigned char *key = sqlite3_column_blob(row, 0);
    if (key) settle_key(stream, key);
    found = store_row(row, settlement->rc);
  }
  store_put(settlement->store, sql_usage_sorted, row, settlement->rc);
}

/*
** The stream opens marked groups on its way, in the order of their numbers; those left after the
** last key are settled here.
*/
void settle_groups(struct settlement *settlement, int64_t upto) {
  struct stream stream = {settlement, NULL, 0, 0, NULL, NULL, -1};
  if (upto != EVERY_ROW) settle_new(&stream, upto);
  if (!stream.order) plan_stream(&stream);
  open_group(&stream, settlement->group_count);
  close_open(&stream);
  sqlite3_free(stream.order);
  sqlite3_free(stream.wallet_ids);
}

const struct function_def group_functions[] = {
    {"billing_sort_key", 8, 0, sort_key,
     "not innocuous: only settle()'s own statement can hand it the settlement it works for"},
    {NULL, 0, 0, NULL, NULL},
};
