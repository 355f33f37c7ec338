/*
** The catalogue in memory: rates, names, outcomes, kinds and policies. Small, read often.
**
** It is current while the stamp of `billing_change` is what it was when it was read; see
** catalogue_get().
*/
#ifndef BILLING_CATALOGUE_H
#define BILLING_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/access.h"
#include "core/tariff.h"
#include "store/store.h"
#include "store/text.h"

struct kind {
  struct text name;
  int64_t rank;
};

/* Those that are the same at all times. */
struct policies {
  struct text flex_kind, credit_kind;
};

struct catalogue;

/* The current catalogue, read again when facts have changed; NULL with *rc set. */
const struct catalogue *catalogue_get(struct store *store, int *rc);

/* The catalogue of a version (facts/known.h); 0: the current one. Valid until the next call. */
const struct catalogue *catalogue_at(struct store *store, int64_t version, int *rc);

/* The same for who has just read the stamp: no statement is run when it is the known one. */
const struct catalogue *catalogue_of_stamp(struct store *store, int64_t stamp, int *rc);

/* The stamp of the facts it was read from. */
int64_t catalogue_stamp(const struct catalogue *catalogue);

void catalogue_free(struct catalogue *catalogue);

/* See core/tariff.h. NULL: no memory. Valid until the next get. */
const struct tariff *catalogue_tariff(const struct catalogue *catalogue, struct text api,
                                      struct text sku);

/* In millionths (Q5). */
int64_t catalogue_factor(const struct catalogue *catalogue, const struct tariff *tariff,
                         struct text outcome);

const struct policies *catalogue_policies(const struct catalogue *catalogue);

/* Those that settling goes by as of each instant (policy_change). */
const struct policy_step *catalogue_policy_steps(const struct catalogue *catalogue, int *count);
const struct policy_step *catalogue_policies_at(const struct catalogue *catalogue, int64_t at_ms);

const struct kind *catalogue_kinds(const struct catalogue *catalogue, int *count);
int catalogue_kind(const struct catalogue *catalogue, struct text name); /* index or -1 */

/* pays[kind * api_count + api_index], or NULL when no kind is limited (see timeline.h). */
const unsigned char *catalogue_pays(const struct catalogue *catalogue, int *api_count);

#endif
