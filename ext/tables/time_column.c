#include "tables/time_column.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/instant.h"
#include "tables/omitted_at.h"

SQLITE_EXTENSION_INIT3

/* Nearly all texts are canonical, which is found out fast. */
static bool read_time(const char *text, int size, struct instant *time) {
  if (instant_parse(text, (size_t)size, &time->ms)) {
    time->exact = true;
    return true;
  }
  return instant_read(text, (size_t)size, time) == INSTANT_OK;
}

static int compare_bytes(const void *a, int a_size, const void *b, int b_size) {
  int order = memcmp(a, b, (size_t)(a_size < b_size ? a_size : b_size));
  return order ? order : a_size - b_size;
}

static int compare_times(void *data, int a_size, const void *a, int b_size, const void *b) {
  struct instant left, right;
  bool a_is_time, b_is_time;
  if (a_size == b_size && memcmp(a, b, (size_t)a_size) == 0) return 0;
  a_is_time = read_time(a, a_size, &left);
  b_is_time = read_time(b, b_size, &right);
  if (!a_is_time && !b_is_time) return compare_bytes(a, a_size, b, b_size);
  if (a_is_time != b_is_time) return a_is_time ? -1 : 1;
  if (left.ms == right.ms && left.exact == right.exact) return 0;
  omitted_compare(data, a, b);
  if (left.ms != right.ms) return left.ms < right.ms ? -1 : 1;
  return left.exact ? -1 : 1;
}

int time_column_register(sqlite3 *db, struct store *store) {
  int rc = sqlite3_create_collation_v2(db, TIME_COLLATION, SQLITE_UTF8, store,
                                       store ? compare_times : NULL, NULL);
  /* To remove one that is not there takes memory, and only that: then nothing is left to remove. */
  return !store && rc == SQLITE_NOMEM ? SQLITE_OK : rc;
}
