#include "store/id_set.h"

#include <string.h>

#include "sqlite3ext.h"

SQLITE_EXTENSION_INIT3

#define PAGE_WORDS ((1 << ID_SET_PAGE_BITS) / 64)

static struct map_key page_of(int64_t id) {
  return map_number((int64_t)((uint64_t)id >> ID_SET_PAGE_BITS));
}

static int word_of(int64_t id) {
  return (int)((uint64_t)id / 64 % PAGE_WORDS);
}

static uint64_t bit_of(int64_t id) {
  return UINT64_C(1) << ((uint64_t)id % 64);
}

void id_set_add(struct id_set *set, int64_t id, int *rc) {
  void **place = map_place(&set->pages, page_of(id), rc);
  uint64_t *words;
  if (!place) return;
  if (!*place) {
    *place = sqlite3_malloc64(PAGE_WORDS * sizeof(*words));
    if (!*place) {
      *rc = SQLITE_NOMEM;
      return;
    }
    memset(*place, 0, PAGE_WORDS * sizeof(*words));
  }
  words = *place;
  words[word_of(id)] |= bit_of(id);
}

bool id_set_has(const struct id_set *set, int64_t id) {
  const uint64_t *words = set->pages.count ? map_find(&set->pages, page_of(id)) : NULL;
  return words && (words[word_of(id)] & bit_of(id)) != 0;
}

static void drop_page(void *page) {
  sqlite3_free(page);
}

void id_set_clear(struct id_set *set) {
  map_clear(&set->pages, drop_page);
}
