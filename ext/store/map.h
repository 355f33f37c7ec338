/*
** The hash map: numbers, addresses or texts to pointers.
**
** A text key is not copied: the caller keeps its bytes alive while it is in the map. The map owns
** its slots, not what they point to. A zeroed map is empty.
*/
#ifndef BILLING_MAP_H
#define BILLING_MAP_H

#include <stdint.h>

#include "store/text.h"

struct map_key {
  uint64_t number;  /* of a text: its hash */
  struct text text; /* of a number: no text */
};

/* The key, packed: a catalogue of 10,000 rates has as many slots. */
struct map_slot {
  uint64_t number;
  const char *bytes;
  void *value; /* NULL: the slot is free, or its value is not set */
  int size;
  int taken;
};

struct map {
  struct map_slot *slots;
  int count, room; /* room: a power of two, or 0 */
};

static inline struct map_key map_number(int64_t number) {
  return (struct map_key){(uint64_t)number, {NULL, -1}};
}

static inline struct map_key map_address(const void *address) {
  return (struct map_key){(uint64_t)(uintptr_t)address, {NULL, -1}};
}

struct map_key map_text(struct text text);

/* The value of a key; NULL: it has none. */
void *map_find(const struct map *map, struct map_key key);

/* The place of the value of a key that is in the map, or NULL; never allocates. Valid as below. */
void **map_known(struct map *map, struct map_key key);

/*
** The place of the key's value, which is NULL for a new key; valid until the next call. NULL with
** *rc set to SQLITE_NOMEM when there is no memory; the map is then as before.
*/
void **map_place(struct map *map, struct map_key key, int *rc);

/* Frees the slots, and each value by `drop` unless that is NULL. The map is empty then. */
void map_clear(struct map *map, void (*drop)(void *value));

#endif
