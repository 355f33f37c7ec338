/*
** The alerts by name, in the order of billing_alert. A contact may want some of them.
*/
#ifndef BILLING_ALERT_NAME_H
#define BILLING_ALERT_NAME_H

#define ALERTS(X)                             \
  X(LOW_BALANCE, low_balance)                 \
  X(NEGATIVE_BALANCE, negative_balance)       \
  X(UNCHARGED_USAGE, uncharged_usage)         \
  X(GRACE_ENDING, grace_ending)               \
  X(LIMITED, limited)                         \
  X(LOTS_LAPSING, lots_lapsing)               \
  X(UNUSUAL_SPEND, unusual_spend)             \
  X(UNRATED_USAGE, unrated_usage)             \
  X(UNASSIGNED_USAGE, unassigned_usage)       \
  X(TRIAL_ENDING, trial_ending)               \
  X(SUBSCRIPTION_ENDING, subscription_ending) \
  X(BUDGET_EXCEEDED, budget_exceeded)

#define ALERT_ID(id, name) ALERT_##id,
#define ALERT_TEXT(id, name) #name,
#define ALERT_CHOICE(id, name) "'" #name "' "

enum alert_kind { ALERTS(ALERT_ID) ALERT_KINDS };

#define ALERT_CHOICES ALERTS(ALERT_CHOICE)

#endif
