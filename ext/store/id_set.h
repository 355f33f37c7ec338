/*
** A set of integers, as bits of pages: row ids lie close together.
*/
#ifndef BILLING_ID_SET_H
#define BILLING_ID_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "store/map.h"

#define ID_SET_PAGE_BITS 9 /* 512 ids a page */

/* Zeroed it is empty. */
struct id_set {
  struct map pages; /* of 64-bit words */
};

void id_set_add(struct id_set *set, int64_t id, int *rc);
bool id_set_has(const struct id_set *set, int64_t id);
void id_set_clear(struct id_set *set);

#endif
