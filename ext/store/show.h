/*
** How values look in texts for people: errors and explanations.
*/
#ifndef BILLING_SHOW_H
#define BILLING_SHOW_H

#include <stddef.h>
#include <stdint.h>

#include "sqlite3ext.h"

/*
** A literal: texts are quoted and cut after some 40 bytes, characters that the eye does not see are
** escaped.
*/
void show_value(sqlite3_str *out, sqlite3_value *value);

/* The same, but a number without a fraction is shown without one: 4, not 4.0. */
void show_amount(sqlite3_str *out, sqlite3_value *value);

/* A whole text without quotes; what the eye does not see is escaped. */
void show_escaped(sqlite3_str *out, const char *text, size_t size);

/* The same as show_value() of a result column. */
void show_column(sqlite3_str *out, sqlite3_stmt *row, int column);

void show_number(sqlite3_str *out, double value);

/* Amounts in tokens: `1 token`, `0.5 tokens`. */
void show_tokens(sqlite3_str *out, int64_t units);

/* Canonical UTC. */
void show_time(sqlite3_str *out, int64_t ms);

#endif
