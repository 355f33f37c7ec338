/*
** The fact tables and the questions that their checks ask, as numbers; see fact.h.
*/
#ifndef BILLING_FACT_ID_H
#define BILLING_FACT_ID_H

/* In the order of the messages: of several tables that use a row the first is named. */
enum fact_id {
  NO_FACT,
  FACT_ACCOUNT,
  FACT_TEAM,
  FACT_APP,
  FACT_TOKEN_LOT,
  FACT_LOT_MOVE,
  FACT_APP_TEAM,
  FACT_APP_OWNER,
  FACT_ACCOUNT_AGREEMENT,
  FACT_PRODUCT_ASSIGNMENT,
  FACT_SUBSCRIPTION,
  FACT_UNBLOCK,
  FACT_PERIOD_CLOSE,
  FACT_BUDGET,
  FACT_COUNTRY,
  FACT_TOKEN_KIND,
  FACT_API,
  FACT_API_ALIAS,
  FACT_SKU_ALIAS,
  FACT_RATE_CARD,
  FACT_RATE_TIER,
  FACT_OUTCOME_RULE,
  FACT_KIND_API,
  FACT_POLICY,
  FACT_POLICY_CHANGE,
  FACT_COUNT
};

enum fact_question { ASK_KNOWN, ASK_TAKEN, ASK_TWIN, ASK_USER, FACT_QUESTIONS };

#define FACT_STATEMENTS (FACT_COUNT * FACT_QUESTIONS)

#endif
