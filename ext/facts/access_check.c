#include "facts/access_check.h"

#include <string.h>

#include "core/instant.h"
#include "facts/access.h"
#include "facts/catalogue.h"
#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char sql_wallet_of_client[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = " SQL_PAYER("?1", "?2");

static int64_t paying_wallet(struct store *store, sqlite3_value *client_id, int64_t at_ms,
                             int *rc) {
  char at[INSTANT_TEXT_SIZE];
  instant_format(at_ms, at);
  return query_number(store, sql_wallet_of_client, 0, rc, "vz", client_id, at);
}

static bool is_premium(struct store *store, sqlite3_value *api, int *rc) {
  static const struct text no_sku = {NULL, -1};
  const struct catalogue *catalogue = catalogue_get(store, rc);
  const struct tariff *tariff;
  if (!catalogue) return true;
  tariff = catalogue_tariff(catalogue, text_of_value(api), no_sku);
  if (!tariff) *rc = SQLITE_NOMEM;
  return !tariff || !tariff->known || tariff->premium;
}

void gate_ask(struct store *store, sqlite3_value *client_id, sqlite3_value *api, int64_t at_ms,
              struct gate *gate, int *rc) {
  bool premium = is_premium(store, api, rc);
  memset(gate, 0, sizeof(*gate));
  gate->wallet_id = paying_wallet(store, client_id, at_ms, rc);
  if (*rc != SQLITE_OK) return;
  if (!gate->wallet_id) {
    gate->open = !premium;
    return;
  }
  gate->access = store_access(store, gate->wallet_id, at_ms, &gate->wallet_state, rc);
  gate->open = premium ? access_allows_premium(gate->access) : gate->access != ACCESS_NONE;
  if (*rc != SQLITE_OK) gate->open = false;
}
