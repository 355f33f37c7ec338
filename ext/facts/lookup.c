/*
** Functions that look facts up: rate(), payer(), access(), can_call(), and the names and instants
** that views and reading tables share. They write nothing.
*/
#include <string.h>

#include "core/access.h"
#include "core/instant.h"
#include "core/units.h"
#include "core/utf8.h"
#include "store/error.h"
#include "store/query.h"
#include "facts/functions.h"
#include "facts/access.h"
#include "facts/catalogue.h"
#include "facts/column_rule.h"
#include "facts/access_check.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

static const char sql_payer_at[] = "SELECT " SQL_PAYER("?1", "?2");

const char sql_wallet_of_team[] = "SELECT wallet_id FROM main._billing_wallet WHERE team_id = ?1";

const char sql_read_now[] =
    "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000"
    " + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)";

static void result_text(sqlite3_context *context, struct text text) {
  if (text.size < 0) {
    sqlite3_result_null(context);
  } else {
    sqlite3_result_text(context, text.bytes, text.size, SQLITE_TRANSIENT);
  }
}

/* What utc() takes, cut off to the millisecond; canonical texts, nearly all, are read fast. */
static bool instant_argument(sqlite3_context *context, const char *name, sqlite3_value *value,
                             int64_t *ms) {
  struct text text = text_of_value(value);
  if (sqlite3_value_type(value) == SQLITE_TEXT &&
      (instant_parse(text.bytes, (size_t)text.size, ms) ||
       instant_parse_iso(text.bytes, (size_t)text.size, ms))) {
    return true;
  }
  complain(context, SQLITE_ERROR, name, "not a UTC time", value,
           "write YYYY-MM-DD HH:MM:SS[.SSS] or use utc()");
  return false;
}

static bool quantity_argument(sqlite3_context *context, sqlite3_value *value, int64_t *micro) {
  int type = sqlite3_value_type(value);
  if ((type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
      quantity_to_micro(sqlite3_value_double(value), micro)) {
    return true;
  }
  complain(context, SQLITE_ERROR, "rate", "quantity is not a number from 0 to 1e12", value,
           "give the amount used");
  return false;
}

static void price(sqlite3_context *context, const struct tariff *tariff, int64_t at_ms,
                  int64_t quantity_micro) {
  const struct rate *rate = tariff_at(tariff, at_ms)->rate;
  int64_t units;
  if (!rate) return;
  if (!rate_price(rate, quantity_micro, MICRO, &units)) {
    sqlite3_result_error(context,
                         "rate: the price does not fit 64 bits, quantity too large,"
                         " split the usage",
                         -1);
    return;
  }
  sqlite3_result_double(context, units_to_tokens(units));
}

/* A name that no fact may have is refused: '*' would price it by accident. */
static bool name_argument(sqlite3_context *context, sqlite3_value *value) {
  char wrong[80];
  struct text name = text_of_value(value);
  if (sqlite3_value_type(value) != SQLITE_TEXT) return true;
  enum name_fault fault = name_check(name.bytes, (size_t)name.size);
  if (fault == NAME_GOOD) return true;
  sqlite3_snprintf((int)sizeof(wrong), wrong, "a name %s", name_fault_words(fault));
  complain(context, SQLITE_ERROR, "rate", wrong, value, "correct it, trim() can");
  return false;
}

/* `checked`: names that no fact may have are refused; of a free api every sku costs 0. */
static void rate_of(sqlite3_context *context, sqlite3_value **argv, bool checked) {
  const struct catalogue *catalogue;
  const struct tariff *tariff;
  int64_t quantity_micro, at_ms;
  int rc = SQLITE_OK;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL || sqlite3_value_type(argv[2]) == SQLITE_NULL ||
      sqlite3_value_type(argv[3]) == SQLITE_NULL) {
    return;
  }
  if (!quantity_argument(context, argv[2], &quantity_micro)) return;
  if (!instant_argument(context, "rate", argv[3], &at_ms)) return;
  catalogue = catalogue_get(sqlite3_user_data(context), &rc);
  if (!catalogue) {
    complain_of_sqlite(context, rc, "rate");
    return;
  }
  tariff = catalogue_tariff(catalogue, text_of_value(argv[0]), text_of_value(argv[1]));
  if (!tariff) {
    sqlite3_result_error_nomem(context);
  } else if (tariff->known && !tariff->premium) {
    sqlite3_result_double(context, 0.0);
  } else if (!checked || !tariff->odd_name ||
             (name_argument(context, argv[0]) && name_argument(context, argv[1]))) {
    price(context, tariff, at_ms, quantity_micro);
  }
}

/* rate(api, sku, quantity, at) */
static void rate_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  rate_of(context, argv, true);
}

/* billing_rate(api, sku, quantity, at): the same for names that are stored, whatever they hold */
static void stored_rate(sqlite3_context *context, int argc, sqlite3_value **argv) {
  (void)argc;
  rate_of(context, argv, false);
}

static const struct tariff *named_tariff(sqlite3_context *context, const char *name,
                                         sqlite3_value *api, sqlite3_value *sku) {
  static const struct text none = {NULL, -1};
  int rc = SQLITE_OK;
  const struct catalogue *catalogue = catalogue_get(sqlite3_user_data(context), &rc);
  const struct tariff *tariff;
  if (!catalogue) {
    complain_of_sqlite(context, rc, name);
    return NULL;
  }
  tariff = catalogue_tariff(catalogue, text_of_value(api), sku ? text_of_value(sku) : none);
  if (!tariff) sqlite3_result_error_nomem(context);
  return tariff;
}

/* billing_api(api): the name that an alias stands for; an unknown one as given */
static void api_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct tariff *tariff;
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL) return;
  tariff = named_tariff(context, "billing_api", argv[0], NULL);
  if (tariff) result_text(context, tariff->api);
}

/* billing_sku(api, sku, at): likewise */
static void sku_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  const struct tariff *tariff;
  int64_t at_ms;
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL || sqlite3_value_type(argv[1]) == SQLITE_NULL ||
      sqlite3_value_type(argv[2]) == SQLITE_NULL) {
    return;
  }
  if (!instant_argument(context, "billing_sku", argv[2], &at_ms)) return;
  tariff = named_tariff(context, "billing_sku", argv[0], argv[1]);
  if (tariff) result_text(context, tariff_at(tariff, at_ms)->sku);
}

/* payer(client_id, at) */
static void payer_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  int rc = SQLITE_OK;
  int64_t at_ms;
  char at[INSTANT_TEXT_SIZE];
  sqlite3_stmt *row;
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL || sqlite3_value_type(argv[1]) == SQLITE_NULL) {
    return;
  }
  if (!instant_argument(context, "payer", argv[1], &at_ms)) return;
  instant_format(at_ms, at);
  row = query_open(store, sql_payer_at, &rc, "vz", argv[0], at);
  if (store_row(row, &rc)) sqlite3_result_value(context, sqlite3_column_value(row, 0));
  if (rc != SQLITE_OK) complain_of_sqlite(context, rc, "payer");
  store_put(store, sql_payer_at, row, &rc);
}

/* The wallet of a team, 0 when there is none. */
static int64_t wallet_of(struct store *store, sqlite3_value *team_id, int *rc) {
  return query_number(store, sql_wallet_of_team, 0, rc, "v", team_id);
}

/* access(team_id, at) */
static void access_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct store *store = sqlite3_user_data(context);
  struct wallet_state wallet_state;
  int rc = SQLITE_OK;
  int64_t at_ms, wallet_id;
  enum access access = ACCESS_NONE;
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL || sqlite3_value_type(argv[1]) == SQLITE_NULL) {
    return;
  }
  if (!instant_argument(context, "access", argv[1], &at_ms)) return;
  wallet_id = wallet_of(store, argv[0], &rc);
  if (wallet_id) access = store_access(store, wallet_id, at_ms, &wallet_state, &rc);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, "access");
  } else if (wallet_id) {
    sqlite3_result_text(context, access_name(access), -1, SQLITE_STATIC);
  }
}

/* can_call(client_id, api, at) */
static void can_call_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  struct gate gate;
  int rc = SQLITE_OK;
  int64_t at_ms;
  for (int i = 0; i < argc; i++) {
    if (sqlite3_value_type(argv[i]) == SQLITE_NULL) return;
  }
  if (!instant_argument(context, "can_call", argv[2], &at_ms)) return;
  gate_ask(sqlite3_user_data(context), argv[0], argv[1], at_ms, &gate, &rc);
  if (rc != SQLITE_OK) {
    complain_of_sqlite(context, rc, "can_call");
  } else {
    sqlite3_result_int(context, gate.open);
  }
}

/* billing_ms(text): milliseconds since 1970 of a canonical time */
static void ms_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  int64_t ms;
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL) return;
  if (instant_argument(context, "billing_ms", argv[0], &ms)) sqlite3_result_int64(context, ms);
}

/* billing_time(ms): its canonical text */
static void time_call(sqlite3_context *context, int argc, sqlite3_value **argv) {
  char text[INSTANT_TEXT_SIZE];
  (void)argc;
  if (sqlite3_value_type(argv[0]) == SQLITE_NULL) return;
  instant_format(sqlite3_value_int64(argv[0]), text);
  sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

#define READS SQLITE_INNOCUOUS /* reads facts only, so a view or trigger may call it */
#define PURE (SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC)

const struct function_def lookup_functions[] = {
    {"rate", 4, READS, rate_call, "reads the catalogue; not constant, rates change"},
    {"billing_rate", 4, READS, stored_rate, "likewise"},
    {"payer", 2, READS, payer_call, "reads assignments"},
    {"access", 2, READS, access_call, "reads standing and account"},
    {"can_call", 3, READS, can_call_call, "reads standing and account"},
    {"billing_api", 1, READS, api_call, "reads the catalogue"},
    {"billing_sku", 3, READS, sku_call, "reads the catalogue"},
    {"billing_ms", 1, PURE, ms_call, "computes from its argument alone"},
    {"billing_time", 1, PURE, time_call, "computes from its argument alone"},
    {NULL, 0, 0, NULL, NULL},
};
