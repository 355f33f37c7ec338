#include "store/error.h"

#include <stdint.h>

#include "store/show.h"
#include "store/store.h"

SQLITE_EXTENSION_INIT3

/* Without the value, and what follows it. */
static sqlite3_str *begin(const char *name, const char *wrong) {
  sqlite3_str *out = sqlite3_str_new(NULL);
  sqlite3_str_appendf(out, "%s: %s, ", name, wrong);
  return out;
}

static char *end(sqlite3_str *out, const char *remedy) {
  sqlite3_str_appendf(out, ", %s", remedy);
  return sqlite3_str_finish(out);
}

char *complaint(const char *name, const char *wrong, sqlite3_value *value, const char *remedy) {
  sqlite3_str *out = begin(name, wrong);
  show_value(out, value);
  return end(out, remedy);
}

/* Fails the call; takes the message. */
static void fail(sqlite3_context *context, int code, char *message) {
  if (!message) {
    sqlite3_result_error_nomem(context);
    return;
  }
  sqlite3_result_error(context, message, -1);
  sqlite3_result_error_code(context, code); /* after the text: that call sets a code of its own */
  sqlite3_free(message);
}

void complain(sqlite3_context *context, int code, const char *name, const char *wrong,
              sqlite3_value *value, const char *remedy) {
  fail(context, code, complaint(name, wrong, value, remedy));
}

void complain_of_amount(sqlite3_context *context, int code, const char *name, const char *wrong,
                        sqlite3_value *value, const char *remedy) {
  sqlite3_str *out = begin(name, wrong);
  show_amount(out, value);
  fail(context, code, end(out, remedy));
}

bool read_switch(sqlite3_context *context, const char *name, sqlite3_value *value, int *on) {
  int64_t number = sqlite3_value_int64(value);
  *on = number == 1;
  if (sqlite3_value_type(value) == SQLITE_INTEGER && (number == 0 || number == 1)) return true;
  complain(context, SQLITE_ERROR, name, "the argument is not 0 or 1", value, "give one of them");
  return false;
}

void complain_of_sqlite(sqlite3_context *context, int code, const char *name) {
  char *message = store_error(sqlite3_context_db_handle(context), name, code);
  sqlite3_result_error(context, message ? message : name, -1);
  if (code != SQLITE_ERROR) sqlite3_result_error_code(context, code);
  sqlite3_free(message);
}

bool called_outside_trigger(sqlite3_context *context, const char *function) {
  char text[128];
  if (sqlite3_txn_state(sqlite3_context_db_handle(context), NULL) == SQLITE_TXN_WRITE) return false;
  sqlite3_snprintf((int)sizeof(text), text,
                   "%s: called outside a trigger, leave the call to the triggers", function);
  sqlite3_result_error(context, text, -1);
  return true;
}
