#include "core/tariff.h"

#include <stdlib.h>

static const struct text any = {"*", 1};

/* ---- names ---- */

static int lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : (unsigned char)byte;
}

int text_compare_names(struct text a, struct text b) {
  for (int i = 0; i < a.size && i < b.size; i++) {
    int difference = lower(a.bytes[i]) - lower(b.bytes[i]);
    if (difference != 0) return difference;
  }
  return a.size - b.size;
}

int price_list_api(const struct price_list *list, struct text name) {
  for (int i = 0; i < list->api_count; i++) {
    if (text_compare_names(list->apis[i].name, name) == 0) return i;
  }
  for (int i = 0; i < list->api_alias_count; i++) {
    if (text_compare_names(list->api_aliases[i].alias, name) == 0) return list->api_aliases[i].api;
  }
  return -1;
}

/* ---- rows with dates, sorted by api, name and date ---- */

static int compare_keys(const void *left, const void *right) {
  const struct dated_name *a = left, *b = right;
  int names;
  if (a->api != b->api) return a->api < b->api ? -1 : 1;
  names = text_compare_names(a->name, b->name);
  if (names != 0) return names;
  return (a->from_ms > b->from_ms) - (a->from_ms < b->from_ms);
}

/* Sorted rows of one kind, by their keys. */
struct rows {
  const char *first;
  size_t size; /* of a row */
  int count;
};

static const struct dated_name *key_at(const struct rows *rows, int place) {
  return (const struct dated_name *)(const void *)(rows->first + (size_t)place * rows->size);
}

static struct rows all_aliases(const struct price_list *list) {
  return (struct rows){(const char *)list->sku_aliases, sizeof(struct sku_alias),
                       list->sku_alias_count};
}

static struct rows all_rows(const struct price_list *list) {
  return (struct rows){(const char *)list->rows, sizeof(struct card_row), list->row_count};
}

static bool are_sorted(const struct rows *rows) {
  for (int i = 1; i < rows->count; i++) {
    if (compare_keys(key_at(rows, i - 1), key_at(rows, i)) > 0) return false;
  }
  return true;
}

/*
** Both kinds of rows begin with their key. They mostly come in its order: a table is read by its
** own, which differs where names differ in case.
*/
void price_list_sort(struct price_list *list) {
  struct rows aliases = all_aliases(list), rows = all_rows(list);
  if (!are_sorted(&aliases)) {
    qsort(list->sku_aliases, (size_t)aliases.count, aliases.size, compare_keys);
  }
  if (!are_sorted(&rows)) qsort(list->rows, (size_t)rows.count, rows.size, compare_keys);
}

/* The first place whose key is not below. */
static int place_of(const struct rows *rows, const struct dated_name *key) {
  int low = 0, high = rows->count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (compare_keys(key_at(rows, middle), key) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static bool is_of(const struct dated_name *row, const struct dated_name *key) {
  return row->api == key->api && text_compare_names(row->name, key->name) == 0;
}

/* The rows of one api and name, by date. All of them are read, so they are counted one by one. */
static struct rows rows_of(struct rows rows, int api, struct text name) {
  struct dated_name key = {api, name, INT64_MIN};
  int first = place_of(&rows, &key), after = first;
  while (after < rows.count && is_of(key_at(&rows, after), &key)) after++;
  if (after > first) rows.first += (size_t)first * rows.size;
  rows.count = after - first;
  return rows;
}

/* The row in force at an instant, or NULL. */
static const struct dated_name *row_at(const struct rows *rows, int64_t at_ms) {
  int low = 0, high = rows->count;
  while (low < high) {
    int middle = low + (high - low) / 2;
    if (key_at(rows, middle)->from_ms <= at_ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low > 0 ? key_at(rows, low - 1) : NULL;
}

struct card_row *price_list_row(const struct price_list *list, const struct dated_name *key) {
  struct rows rows = all_rows(list);
  int place = place_of(&rows, key);
  if (place == rows.count || compare_keys(&list->rows[place].key, key) != 0) return NULL;
  return &list->rows[place];
}

static bool same_sku(const struct card_row *a, const struct card_row *b) {
  return a->key.api == b->key.api && text_compare_names(a->key.name, b->key.name) == 0;
}

void price_list_note_metered(struct price_list *list) {
  int first = 0;
  while (first < list->row_count) {
    bool metered = false;
    int after = first;
    for (; after < list->row_count && same_sku(&list->rows[first], &list->rows[after]); after++) {
      const struct rate *rate = &list->rows[after].rate;
      metered = metered || rate->tier_count > 0 || rate->rounding == ROUNDING_CARRY;
    }
    for (; first < after; first++) list->rows[first].rate.metered = metered;
  }
}

/* ---- steps ---- */

struct builder {
  const struct price_list *list;
  int api;
  struct text sku;           /* as given */
  struct rows named;         /* rows of the card with that name */
  struct rows aliases, star; /* aliases of that name, and of '*' */
  struct tariff_step *steps;
  int count, room;
};

/* The name at an instant, and the rows of the card that have it. */
static struct text resolve(const struct builder *builder, int64_t at_ms, struct rows *rows) {
  const struct dated_name *alias = row_at(&builder->aliases, at_ms);
  struct text sku;
  *rows = builder->named;
  if (!alias && rows->count > 0) return key_at(rows, 0)->name;
  if (!alias) alias = row_at(&builder->star, at_ms);
  if (!alias) return builder->sku;
  sku = ((const struct sku_alias *)(const void *)alias)->sku;
  *rows = rows_of(all_rows(builder->list), builder->api, sku);
  return sku;
}

static void add_step(struct builder *builder, int64_t from_ms, struct text sku,
                     const struct dated_name *key) {
  const struct card_row *row = (const struct card_row *)(const void *)key;
  struct tariff_step step = {from_ms, NULL, sku, sku};
  if (row && row->rate.sold) {
    step.rate = &row->rate;
    step.card_sku = row->key.name;
  }
  if (builder->count < builder->room) builder->steps[builder->count] = step;
  builder->count++;
}

/* While the name stays the same, in [from_ms, to_ms): a step for each row of the card. */
static void add_segment(struct builder *builder, int64_t from_ms, int64_t to_ms) {
  struct rows rows;
  struct text sku = resolve(builder, from_ms, &rows);
  if (rows.count == 0) rows = rows_of(all_rows(builder->list), builder->api, any);
  add_step(builder, from_ms, sku, row_at(&rows, from_ms));
  for (int i = 0; i < rows.count; i++) {
    const struct dated_name *key = key_at(&rows, i);
    if (key->from_ms > from_ms && key->from_ms < to_ms) add_step(builder, key->from_ms, sku, key);
  }
}

/*
** The first date of a row after an instant, or INT64_MAX. `next`: the place to look from; it moves
** on.
*/
static int64_t date_after(const struct rows *rows, int *next, int64_t at_ms) {
  while (*next < rows->count && key_at(rows, *next)->from_ms <= at_ms) ++*next;
  return *next < rows->count ? key_at(rows, *next)->from_ms : INT64_MAX;
}

int price_list_steps(const struct price_list *list, int api, struct text sku,
                     struct tariff_step *steps, int room) {
  struct builder builder = {.list = list, .api = api, .sku = sku, .steps = steps, .room = room};
  int next_alias = 0, next_star = 0;
  int64_t from_ms = INT64_MIN;
  if (sku.size >= 0) {
    builder.named = rows_of(all_rows(list), api, sku);
    builder.aliases = rows_of(all_aliases(list), api, sku);
    builder.star = rows_of(all_aliases(list), api, any);
  }
  while (from_ms < INT64_MAX) {
    int64_t alias_ms = date_after(&builder.aliases, &next_alias, from_ms);
    int64_t star_ms = date_after(&builder.star, &next_star, from_ms);
    int64_t to_ms = alias_ms < star_ms ? alias_ms : star_ms;
    add_segment(&builder, from_ms, to_ms);
    from_ms = to_ms;
  }
  return builder.count;
}

const struct tariff_step *tariff_at(const struct tariff *tariff, int64_t at_ms) {
  int low = 0, high = tariff->step_count - 1;
  while (low < high) {
    int middle = high - (high - low) / 2;
    if (tariff->steps[middle].from_ms <= at_ms) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return &tariff->steps[low];
}
