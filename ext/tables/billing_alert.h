/*
** The statements of billing_alert, for who asks for the alerts of one kind (ext/admin/alerts.c).
*/
#ifndef BILLING_ALERT_H
#define BILLING_ALERT_H

#include "facts/alert_name.h"
#include "store/store.h"

extern const char *const alert_names[ALERT_KINDS];

/*
** The statement of each kind, ended by NULL. ?1 team_id, or NULL for all; ?2 at, in milliseconds;
** ?3 at, as text. Columns: team_id, at, alert, since, tokens, message, title. ALERT_LOW_BALANCE
** leaves `since` NULL and appends the wallet and the threshold in units, for alert_low_since().
*/
extern const char *const billing_alert_rows[ALERT_KINDS + 1];

/*
** Since when the balance of a wallet is not above the threshold, given that it is not at `at_ms`.
*/
int64_t alert_low_since(struct store *store, int64_t wallet_id, int64_t threshold, int64_t at_ms,
                        int *rc);

#endif
