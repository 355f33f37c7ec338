/*
** The words of usage that billing_check warns of: names that are spelled oddly, or not known.
*/
#ifndef BILLING_CHECK_WORDS_H
#define BILLING_CHECK_WORDS_H

#include "store/map.h"
#include "store/store.h"
#include "tables/check_usage.h"

/* What was found out of each word before; zeroed it is empty. */
struct check_words {
  struct map clients, apis, outcomes;
  char far[24]; /* a time two years from now */
};

void check_words_open(struct check_words *words, struct store *store, int *rc);
void check_words_close(struct check_words *words);

/* The doubts of a row. */
int check_words_of(struct check_words *words, struct store *store, const struct check_row *row,
                   int *rc);

#endif
