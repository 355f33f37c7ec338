#include "store/map.h"

#include <string.h>

#include "sqlite3ext.h"

SQLITE_EXTENSION_INIT3

#define GOLDEN \
  UINT64_C(0x9E3779B97F4A7C15) /* 2^64 divided by the golden ratio: spreads addresses and ids */

/* Eight bytes at a time: names are short, and looked up for every usage. */
struct map_key map_text(struct text text) {
  struct map_key key = {(uint64_t)(unsigned int)text.size, text};
  int i = 0;
  for (; i + 8 <= text.size; i += 8) {
    uint64_t word;
    memcpy(&word, text.bytes + i, sizeof(word));
    key.number = (key.number ^ word) * GOLDEN;
    key.number ^= key.number >> 32;
  }
  for (; i < text.size; i++) key.number = (key.number ^ (unsigned char)text.bytes[i]) * GOLDEN;
  return key;
}

static inline int is_at(const struct map_slot *slot, const struct map_key *key) {
  if (slot->number != key->number || slot->size != key->text.size) return 0;
  return key->text.size <= 0 || !memcmp(slot->bytes, key->text.bytes, (size_t)key->text.size);
}

/* Where the key is, or the free slot where it would go. */
static inline struct map_slot *slot_of(const struct map *map, const struct map_key *key) {
  unsigned int mask = (unsigned int)map->room - 1;
  unsigned int place = (unsigned int)(key->number * GOLDEN >> 32) & mask;
  struct map_slot *slot = &map->slots[place];
  while (slot->taken && !is_at(slot, key)) {
    place = (place + 1) & mask;
    slot = &map->slots[place];
  }
  return slot;
}

void *map_find(const struct map *map, struct map_key key) {
  return map->room ? slot_of(map, &key)->value : NULL;
}

void **map_known(struct map *map, struct map_key key) {
  struct map_slot *slot = map->room ? slot_of(map, &key) : NULL;
  return slot && slot->taken ? &slot->value : NULL;
}

static struct map_key key_of(const struct map_slot *slot) {
  return (struct map_key){slot->number, {slot->bytes, slot->size}};
}

static int grow(struct map *map) {
  struct map larger = {NULL, map->count, map->room ? map->room * 2 : 16};
  uint64_t bytes = (uint64_t)larger.room * sizeof(*larger.slots);
  larger.slots = sqlite3_malloc64(bytes);
  if (!larger.slots) return SQLITE_NOMEM;
  memset(larger.slots, 0, (size_t)bytes);
  for (int i = 0; i < map->room; i++) {
    struct map_key key = key_of(&map->slots[i]);
    if (map->slots[i].taken) *slot_of(&larger, &key) = map->slots[i];
  }
  sqlite3_free(map->slots);
  *map = larger;
  return SQLITE_OK;
}

#define LARGE 4096

/*
** At most half of the slots are taken, so a search ends soon; of many slots two thirds, since then
** it is the memory that takes time.
*/
static int is_full(const struct map *map) {
  int taken = map->count + 1;
  return map->room < LARGE ? taken * 2 > map->room : taken > map->room / 3 * 2;
}

void **map_place(struct map *map, struct map_key key, int *rc) {
  struct map_slot *slot;
  if (*rc != SQLITE_OK) return NULL;
  if (is_full(map)) *rc = grow(map);
  if (*rc != SQLITE_OK) return NULL;
  slot = slot_of(map, &key);
  if (!slot->taken) {
    slot->number = key.number;
    slot->bytes = key.text.bytes;
    slot->size = key.text.size;
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
