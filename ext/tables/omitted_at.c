#include "tables/omitted_at.h"

#include <string.h>

SQLITE_EXTENSION_INIT3

/* Lives as long as SQLite holds the text, which may be longer than the cursor does. */
struct omitted {
  struct omitted *next;
  struct store *store;
  struct query_cursor *cursor; /* NULL: moved on, or closed */
  char text[INSTANT_TEXT_SIZE];
};

/* The list is not owned: each of it goes when SQLite lets go of its text. */
static void drop_nothing(void *list) {
  (void)list;
}

static struct omitted *list_of(struct store *store) {
  return store->kept[KEPT_OMITTED].memory;
}

static void set_list(struct store *store, struct omitted *first) {
  store->kept[KEPT_OMITTED].memory = first;
  store->kept[KEPT_OMITTED].drop = drop_nothing;
}

static void let_go(void *text) {
  struct omitted *gone = (struct omitted *)((char *)text - offsetof(struct omitted, text));
  struct omitted *before = list_of(gone->store);
  if (before == gone) {
    set_list(gone->store, gone->next);
  } else {
    while (before->next != gone) before = before->next;
    before->next = gone->next;
  }
  sqlite3_free(gone);
}

int omitted_result(struct query_cursor *cursor, sqlite3_context *context) {
  struct omitted *omitted = sqlite3_malloc(sizeof(*omitted));
  if (!omitted) return SQLITE_NOMEM;
  omitted->store = query_store(cursor);
  omitted->cursor = cursor;
  memcpy(omitted->text, cursor->at, sizeof(omitted->text));
  omitted->next = list_of(omitted->store);
  set_list(omitted->store, omitted);
  sqlite3_result_text(context, omitted->text, -1, let_go);
  return SQLITE_OK;
}

static struct omitted *find(struct store *store, const void *text) {
  struct omitted *omitted = list_of(store);
  while (omitted && omitted->text != text) omitted = omitted->next;
  return omitted;
}

void omitted_compare(struct store *store, const void *a, const void *b) {
  struct omitted *left, *right;
  if (!list_of(store)) return;
  left = find(store, a);
  right = find(store, b);
  if (left && right) return; /* two scans as of now, the clock went on in between */
  if (!left) left = right;
  if (left && left->cursor && left->cursor->read_at_last) left->cursor->compared = true;
}

void omitted_forget(struct query_cursor *cursor) {
  struct omitted *omitted = list_of(query_store(cursor));
  for (; omitted; omitted = omitted->next) {
    if (omitted->cursor == cursor) omitted->cursor = NULL;
  }
  cursor->compared = false;
}
