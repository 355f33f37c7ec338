/*
** The writer: every row of ledger_entry, _billing_debt, _billing_wallet_state, _billing_free_usage
** and _billing_unrated is inserted here, whether settle() or an autosettled insert asks.
*/
#ifndef BILLING_WRITER_H
#define BILLING_WRITER_H

#include "core/timeline.h"
#include "facts/rater.h"
#include "store/store.h"

struct writer {
  struct store *store;
  struct entry *waiting; /* ENTRIES_AT_ONCE of them; NULL: an entry is written when it comes */
  int waiting_count;
};

/*
** `many`: entries are collected and written in batches, as settle() does. Without memory they are
** written one by one, so there is no error to report.
*/
void writer_open(struct writer *writer, struct store *store, bool many);
void writer_flush(struct writer *writer, int *rc);
void writer_close(struct writer *writer); /* drops what was not flushed */

/* Also notes in _billing_settled_lot when the lot was first used, and when it was used up. */
void write_entry(struct writer *writer, const struct entry *entry, int *rc);

/* A step of a debt: what is owed of it since an instant. */
void write_debt(struct writer *writer, int64_t wallet_id, const struct debt *debt, int64_t since_ms,
                int *rc);

void write_state(struct writer *writer, int64_t wallet_id, const struct wallet_state *wallet_state,
                 int64_t at_ms, int *rc);
void drop_state(struct writer *writer, int64_t wallet_id, int64_t at_ms, int *rc);

/* A state at an instant, if there is none, as the one before it is. */
void repeat_state(struct writer *writer, int64_t wallet_id, int64_t at_ms, int *rc);

/* The states of a wallet in [from_ms, to_ms] owe `units` more. */
void raise_states(struct writer *writer, int64_t wallet_id, int64_t from_ms, int64_t to_ms,
                  int64_t units, int *rc);

/* Usage that costs nothing, and usage that no payer or no rate covers. */
void write_free(struct store *store, int64_t wallet_id, int64_t at_ms, int64_t usage_id,
                enum usage_class class, int *rc);
void write_unrated(struct store *store, int64_t usage_id, enum usage_class class, int *rc);

/* Binds an instant, or NULL for NEVER. */
void bind_since(sqlite3_stmt *statement, int index, int64_t ms);

#endif
