#include "tables/check_words.h"

#include <string.h>

#include "core/utf8.h"
#include "store/query.h"
#include "store/text.h"
#include "tables/check_pass.h"

SQLITE_EXTENSION_INIT3

#define WORDS_MAX 65536 /* of each sort; beyond that they are asked again: bounded memory */

static const char sql_far[] = "SELECT datetime('now', '+730 days')";

/* Whether the rules have nothing to say of it. */
static const char sql_client_known[] =
    "SELECT EXISTS (SELECT 1 FROM main.app WHERE client_id = ?1)";

static const char sql_api_known[] =
    "SELECT ifnull(billing_api(?1) IN (SELECT api FROM main.api), 0)";

static const char sql_outcome_known[] =
    "SELECT NOT EXISTS (SELECT 1 FROM main.api p WHERE p.api = billing_api(?1) AND p.premium = 1"
    "  AND NOT EXISTS (SELECT 1 FROM main.outcome_rule o WHERE billing_api(o.api) = p.api"
    "   AND o.outcome = ?2 COLLATE NOCASE))";

/* A word and whether it is known; the key of its map lies in it. */
struct word {
  bool known;
  char bytes[];
};

static void drop_word(void *word) {
  sqlite3_free(word);
}

void check_words_open(struct check_words *words, struct store *store, int *rc) {
  sqlite3_stmt *row = store_take(store, sql_far, rc);
  memset(words, 0, sizeof(*words));
  if (store_row(row, rc)) {
    sqlite3_snprintf((int)sizeof(words->far), words->far, "%s",
                     (const char *)sqlite3_column_text(row, 0));
  }
  store_put(store, sql_far, row, rc);
}

void check_words_close(struct check_words *words) {
  map_clear(&words->clients, drop_word);
  map_clear(&words->apis, drop_word);
  map_clear(&words->outcomes, drop_word);
}

/* Takes the word into its map. */
static void keep_word(struct map *map, struct text text, bool known, int *rc) {
  struct text copy = {NULL, text.size};
  struct word *word;
  void **place;
  if (map->count >= WORDS_MAX) map_clear(map, drop_word);
  word = *rc == SQLITE_OK ? sqlite3_malloc64(sizeof(*word) + (uint64_t)text.size + 1) : NULL;
  if (!word) {
    if (*rc == SQLITE_OK) *rc = SQLITE_NOMEM;
    return;
  }
  word->known = known;
  copy.bytes = memcpy(word->bytes, text.bytes, (size_t)text.size);
  place = map_place(map, map_text(copy), rc);
  if (place) {
    *place = word;
  } else {
    sqlite3_free(word);
  }
}

static bool is_known(struct map *map, struct store *store, const char *sql, struct text text,
                     int *rc) {
  const struct word *word = map_find(map, map_text(text));
  bool known;
  if (word) return word->known;
  known = query_number(store, sql, 0, rc, "t", text) != 0;
  keep_word(map, text, known, rc);
  return known;
}

/* An outcome of an api is one word: both, with a NUL between them. */
static bool outcome_is_known(struct map *map, struct store *store, struct text api,
                             struct text outcome, int *rc) {
  char both[200];
  struct text text = {both, api.size + outcome.size + 1};
  const struct word *word;
  bool known;
  if (outcome.size == 7 && memcmp(outcome.bytes, "success", 7) == 0) return true;
  if ((size_t)text.size > sizeof(both)) return false;
  memcpy(both, api.bytes, (size_t)api.size);
  both[api.size] = '\0';
  memcpy(both + api.size + 1, outcome.bytes, (size_t)outcome.size);
  word = map_find(map, map_text(text));
  if (word) return word->known;
  known = query_number(store, sql_outcome_known, 0, rc, "tt", api, outcome) != 0;
  keep_word(map, text, known, rc);
  return known;
}

/* A text that is as names are; a label may be empty. That rule reads texts alone. */
static bool is_name(const struct check_row *row, int column) {
  struct text text = row->text[column];
  return row->type[column] != SQLITE_TEXT ||
         name_check(text.bytes, (size_t)text.size) == NAME_GOOD ||
         (column == CHECK_LABEL && text.size == 0);
}

static bool is_far(const struct check_words *words, const struct check_row *row) {
  struct text at = row->text[CHECK_OCCURRED_AT];
  size_t size = strlen(words->far), least;
  int order;
  if (row->type[CHECK_OCCURRED_AT] != SQLITE_TEXT) return true;
  least = (size_t)at.size < size ? (size_t)at.size : size;
  order = memcmp(at.bytes, words->far, least);
  return order > 0 || (order == 0 && (size_t)at.size > size);
}

static bool are_known(struct check_words *words, struct store *store, const struct check_row *row,
                      int *rc) {
  const struct text *text = row->text;
  if (row->type[CHECK_CLIENT] != SQLITE_TEXT || row->type[CHECK_API] != SQLITE_TEXT ||
      row->type[CHECK_OUTCOME] != SQLITE_TEXT) {
    return false;
  }
  return is_known(&words->clients, store, sql_client_known, text[CHECK_CLIENT], rc) &&
         is_known(&words->apis, store, sql_api_known, text[CHECK_API], rc) &&
         outcome_is_known(&words->outcomes, store, text[CHECK_API], text[CHECK_OUTCOME], rc);
}

int check_words_of(struct check_words *words, struct store *store, const struct check_row *row,
                   int *rc) {
  static const int names[] = {CHECK_CLIENT,  CHECK_API,   CHECK_SKU,      CHECK_OUTCOME,
                              CHECK_USER_ID, CHECK_LABEL, CHECK_SOURCE_ID};
  int doubts = is_far(words, row) ? DOUBT_FAR : 0;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (!is_name(row, names[i])) doubts |= DOUBT_NAME;
  }
  if (!are_known(words, store, row, rc)) doubts |= DOUBT_WORD;
  return doubts;
}
