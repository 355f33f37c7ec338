/*
** The parts of the schema: what the install script creates, compared with what main has.
*/
#ifndef BILLING_PARTS_H
#define BILLING_PARTS_H

#include "store/store.h"

/*
** Is anything missing or not as the script says, to the letter? Tables count as missing only. On an
** error *rc is set.
*/
bool parts_are_lost(sqlite3 *db, int *rc);

/*
** True in a file of ours in which _billing_meta no longer says the schema, or up to which usage all
** is settled.
*/
bool parts_mark_is_lost(sqlite3 *db, int *rc);

/*
** A script that drops our triggers, all of them, for their order counts, and the views and indexes
** that differ or are not ours any more; for sqlite3_free(). NULL with *rc set.
*/
char *parts_drop_script(sqlite3 *db, int *rc);

#endif
