/*
** Whether a column of a fact table may hold a value, and the refusal of what it may not.
**
** Every function here answers true, or fails the call with SQLITE_CONSTRAINT and answers false.
*/
#ifndef BILLING_COLUMN_RULE_H
#define BILLING_COLUMN_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/utf8.h"
#include "facts/fact.h"

/* Always false: refuses the value of a column. */
bool refuse(sqlite3_context *context, const struct column *column, const char *wrong,
            sqlite3_value *value, const char *remedy);

/* The text of a value that is SQLITE_TEXT; NULL after failing the call. */
const char *text_of(sqlite3_context *context, sqlite3_value *value, size_t *size);

/* Is the text one of the choices, written as in `struct column`? */
bool is_choice(const char *choices, const char *text, size_t size);

bool check_column(sqlite3_context *context, const struct column *column, sqlite3_value *value);

/* What a fault is, as a predicate: "is not valid UTF-8". NULL of NAME_GOOD. */
const char *name_fault_words(enum name_fault fault);

/*
** What is wrong with a text that is stored already, for sqlite3_free(); NULL: nothing, or no
** memory.
*/
char *name_fault_text(const struct column *column, sqlite3_value *value);

/*
** True: check_column() would accept the value, and it is stored as it is. False: ask
** check_column(), which says why not.
*/
bool column_is_plain(const struct column *column, sqlite3_value *value);

#endif
