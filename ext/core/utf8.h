/*
** Texts of UTF-8, as names are written: what is a character, and which ones the eye does not see.
** Texts are given by length and may hold any byte.
*/
#ifndef BILLING_UTF8_H
#define BILLING_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_INVALID UINT32_MAX

/*
** The character at the start of a text of `n` bytes, n > 0, and how many bytes it takes. Bytes that
** are no character (a surrogate, a longer form than needed, beyond U+10FFFF, cut short):
** UTF8_INVALID, one byte.
*/
uint32_t utf8_next(const char *text, size_t n, size_t *taken);

/* Control characters: C0, DEL, C1. */
bool utf8_is_control(uint32_t character);

/* The White_Space of Unicode, U+180E, and what is drawn as a blank. */
bool utf8_is_blank(uint32_t character);

/*
** What the eye does not see and is neither control nor blank: format characters (soft hyphen,
** zero-width, direction of writing, tags), fillers, joiners, variation selectors.
*/
bool utf8_is_hidden(uint32_t character);

enum name_fault {
  NAME_GOOD,
  NAME_INVALID, /* not UTF-8 */
  NAME_EMPTY,   /* no character, or none that is seen */
  NAME_EDGE,    /* has a blank or a hidden character at an end */
  NAME_CONTROL, /* has a control character */
  NAME_HIDDEN   /* has a hidden character that no script needs there */
};

/* What keeps a text from being an id or a name: the first of the above that holds. */
enum name_fault name_check(const char *text, size_t n);

/*
** The first hidden character that a valid text must not have; 0: none. Scripts need some of them: a
** joiner between two characters from U+0590 on (Persian, Indic scripts, emoji), a variation
** selector after a character beyond ASCII or in a keycap. Between ASCII they only make two names
** that look alike.
*/
uint32_t name_find_hidden(const char *text, size_t n);

/*
** Did an integer go through floating point, as in 1.8446744073709552e+19? Digits with an exponent
** that is not negative, and a point or the exponent's sign: without both it may be a hexadecimal
** number.
*/
bool name_was_floated(const char *text, size_t n);

/*
** How many bytes to insert, delete or replace, without regard to the case of ASCII; of 64 bytes at
** most.
*/
int name_distance(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
