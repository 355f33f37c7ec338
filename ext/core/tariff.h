/*
** The price list, and the tariff of one api and sku: which name it resolves to and which row of the
** card prices it, from each instant on.
**
** Names are looked up without regard to ASCII case; what is unknown keeps its spelling. A sku
** resolves to what its alias of that instant says, else to itself where the card has it, else to
** what the alias '*' says, else to itself. The row of the card in force is the latest one of the
** resolved sku; rows of the sku '*' price what has no row of its own, and usage without a sku (D21,
** D22).
**
** The caller owns all memory and fills the lists in any order, then calls price_list_sort() before
** it asks. Cost: a search in the sorted rows, and each step that is built.
*/
#ifndef BILLING_TARIFF_H
#define BILLING_TARIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/rating.h"
#include "core/text.h"

struct api {
  struct text name;
  bool premium;
  int index; /* into the apis that some kind is limited to; 0: none of them */
};

struct api_alias {
  struct text alias;
  int api; /* its place in the list of apis */
};

/* What rows with a date are sorted by. */
struct dated_name {
  int api; /* place of the api; -1: unknown */
  struct text name;
  int64_t from_ms;
};

struct sku_alias {
  struct dated_name key;
  struct text sku;
};

struct card_row {
  struct dated_name key; /* name: the sku */
  struct rate rate;
};

struct price_list {
  struct api *apis;
  struct api_alias *api_aliases;
  struct sku_alias *sku_aliases;
  struct card_row *rows;
  int api_count, api_alias_count, sku_alias_count, row_count;
};

/* Price and name of one api and sku from an instant on. */
struct tariff_step {
  int64_t from_ms;
  const struct rate *rate; /* NULL: no rate */
  struct text sku;         /* resolved */
  struct text card_sku;    /* of the rate: may be '*' */
};

/* What the price list says of one api and sku, at all times. */
struct tariff {
  struct text api; /* resolved; as given when unknown */
  int api_index;   /* see struct api */
  bool known;
  bool premium;
  bool odd_name; /* asked for by an api or sku that no fact may have, see name_check() */
  int step_count;
  struct tariff_step *steps; /* by from_ms; the first one starts before all times */
};

/* Sorts aliases and rows by their keys. Call it again after a list has changed. */
void price_list_sort(struct price_list *list);

/* The place of an api, by its name or an alias; -1: unknown. */
int price_list_api(const struct price_list *list, struct text name);

/* The row of the card with this very key, or NULL. */
struct card_row *price_list_row(const struct price_list *list, const struct dated_name *key);

/* One row with tiers or carry makes its api and sku metered at all times: the month is one. */
void price_list_note_metered(struct price_list *list);

/*
** Writes the steps for a sku (NULL text: none) of the api at a place (-1: unknown), by time, as far
** as there is room for them, and returns how many there are.
*/
int price_list_steps(const struct price_list *list, int api, struct text sku,
                     struct tariff_step *steps, int room);

/* The step in force. */
const struct tariff_step *tariff_at(const struct tariff *tariff, int64_t at_ms);

#endif
