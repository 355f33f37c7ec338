#include "store/map.h"

#include <string.h>

#include "sqlite3ext.h"

SQLITE_EXTENSION_INIT3

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct map_key map_text(struct text text) {
  struct map_key key = {FNV_OFFSET, text};
  for (int i = 0; i < text.size; i++) {
    key.number = (key.number ^ (unsigned char)text.bytes[i]) * FNV_PRIME;
  }
  return key;
}

/* Where the key is, or the free slot where it would go. Fibonacci hashing spreads addresses and ids. */
static struct map_slot *slot_of(const struct map *map, struct map_key key) {
  unsigned int mask = (unsigned int)map->room - 1;
  unsigned int place = (unsigned int)(key.number * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
  struct map_slot *slot = &map->slots[place];
  while (slot->taken && (slot->key.number != key.number || !text_equal(slot->key.text, key.text))) {
    place = (place + 1) & mask;
    slot = &map->slots[place];
  }
  return slot;
}

void *map_find(const struct map *map, struct map_key key) {
  return map->room ? slot_of(map, key)->value : NULL;
}

/* At most half of the slots are taken, so a search ends soon. */
static int grow(struct map *map) {
  struct map larger = {NULL, map->count, map->room ? map->room * 2 : 16};
  uint64_t bytes = (uint64_t)larger.room * sizeof(*larger.slots);
  larger.slots = sqlite3_malloc64(bytes);
  if (!larger.slots) return SQLITE_NOMEM;
  memset(larger.slots, 0, (size_t)bytes);
  for (int i = 0; i < map->room; i++) {
    if (map->slots[i].taken) *slot_of(&larger, map->slots[i].key) = map->slots[i];
  }
  sqlite3_free(map->slots);
  *map = larger;
  return SQLITE_OK;
}

void **map_place(struct map *map, struct map_key key, int *rc) {
  struct map_slot *slot;
  if (*rc != SQLITE_OK) return NULL;
  if ((map->count + 1) * 2 > map->room) *rc = grow(map);
  if (*rc != SQLITE_OK) return NULL;
  slot = slot_of(map, key);
  if (!slot->taken) {
    slot->key = key;
    slot->taken = 1;
    map->count++;
  }
  return &slot->value;
}

void map_clear(struct map *map, void (*drop)(void *value)) {
  for (int i = 0; drop && i < map->room; i++) {
    if (map->slots[i].value) drop(map->slots[i].value);
  }
  sqlite3_free(map->slots);
  *map = (struct map){NULL, 0, 0};
}
