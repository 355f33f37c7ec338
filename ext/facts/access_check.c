#include "facts/access_check.h"

#include <string.h>

#include "facts/access.h"
#include "facts/catalogue.h"
#include "facts/sql_parts.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

const char sql_wallet_of_client[] =
    "SELECT wallet_id FROM main._billing_wallet WHERE team_id = " SQL_PAYER("?1", "?2");

static int64_t paying_wallet(struct store *store, sqlite3_value *client_id, sqlite3_value *at,
                             int *rc) {
  sqlite3_stmt *row = store_take(store, sql_wallet_of_client, rc);
  int64_t wallet_id = 0;
  if (row) {
    sqlite3_bind_value(row, 1, client_id);
    sqlite3_bind_value(row, 2, at);
  }
  if (store_row(row, rc)) wallet_id = sqlite3_column_int64(row, 0);
  store_put(store, sql_wallet_of_client, row, rc);
  return wallet_id;
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

void gate_ask(struct store *store, sqlite3_value *client_id, sqlite3_value *api, sqlite3_value *at,
              int64_t at_ms, struct gate *gate, int *rc) {
  bool premium = is_premium(store, api, rc);
  memset(gate, 0, sizeof(*gate));
  gate->wallet_id = paying_wallet(store, client_id, at, rc);
  if (*rc != SQLITE_OK) return;
  if (!gate->wallet_id) {
    gate->open = !premium;
    return;
  }
  gate->access = store_access(store, gate->wallet_id, at_ms, &gate->standing, rc);
  gate->open = premium ? access_allows_premium(gate->access) : gate->access != ACCESS_NONE;
  if (*rc != SQLITE_OK) gate->open = false;
}
