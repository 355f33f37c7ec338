/*
** The sum by which two multisets are compared: see check_pass.h.
*/
#ifndef BILLING_CHECK_SUM_H
#define BILLING_CHECK_SUM_H

#include <stdint.h>

/* What is said of a usage `x`; both sides say each of these the same number of times. */
enum said {
  SAID_PLACE, /* x stands in one place */
  SAID_DUE,   /* wallet, instant; times units: what was to be paid when it counted */
  SAID_SPLIT, /* times units: what was paid at once of a usage that left a debt */
  SAID_PART,  /* number: an entry of a usage that left a debt */
  SAID_PAID,  /* wallet, instant; times units: its debt was less from then on */
  SAID_TIME,  /* wallet or 0, instant: when it counted, of one whose price is not known here */
  SAID_FREE,  /* wallet, instant; and the class is added: it costs nothing */
  SAID_OWED = SAID_FREE + 16 /* instant; times units: the debt of wallet x grows */
};

struct check_sum {
  uint64_t key[2];
  uint64_t sum;
};

/* a - b, which wraps where a damaged file holds anything. */
static inline int64_t check_difference(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* The finalizer of splitmix64. */
static inline uint64_t check_mix(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
  return bits ^ (bits >> 31);
}

static inline void check_say(struct check_sum *sum, int said, int64_t times, int64_t x, int64_t y,
                             int64_t z) {
  uint64_t hash = check_mix(sum->key[0] + (uint64_t)said);
  hash = check_mix(hash ^ (uint64_t)x);
  hash = check_mix((hash + sum->key[1]) ^ (uint64_t)y);
  hash = check_mix(hash + (uint64_t)z);
  sum->sum += (uint64_t)times * hash;
}

#endif
