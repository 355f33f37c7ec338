#include "tables/tables.h"

#include "tables/query_table.h"
#include "tables/time_column.h"

SQLITE_EXTENSION_INIT3

extern const struct query_table billing_alert_table, billing_check_table, billing_help_table,
    budget_status_table, explain_charge_table, ledger_table, lot_balance_table,
    settlement_preview_table, token_events_table, uncharged_usage_table, unrated_usage_table,
    usage_daily_table, usage_status_table, wallet_balance_table, wallet_forecast_table;

/* Pages: see tables/page.h. */
extern const struct query_table balance_series_table, balances_page_table, charge_back_table,
    forecast_series_table, lot_series_table, month_statement_table, usage_bars_table,
    usage_page_table, usage_series_table;

static const struct query_table *const tables[] = {
    &wallet_balance_table,  &lot_balance_table,        &ledger_table,
    &uncharged_usage_table, &usage_status_table,       &unrated_usage_table,
    &usage_daily_table,     &billing_check_table,      &billing_alert_table,
    &token_events_table,    &wallet_forecast_table,    &budget_status_table,
    &explain_charge_table,  &settlement_preview_table, &balance_series_table,
    &lot_series_table,      &usage_series_table,       &usage_page_table,
    &usage_bars_table,      &charge_back_table,        &month_statement_table,
    &balances_page_table,   &forecast_series_table,    &billing_help_table,
};
#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

int tables_register(sqlite3 *db, struct store *store) {
  int rc = time_column_register(db, store);
  for (size_t i = 0; i < TABLE_COUNT && rc == SQLITE_OK; i++) {
    rc = sqlite3_create_module_v2(db, tables[i]->name, store ? &query_table_module : NULL, store,
                                  NULL);
  }
  return rc;
}

const char *tables_name(int i) {
  return i >= 0 && (size_t)i < TABLE_COUNT ? tables[i]->name : NULL;
}

const struct query_table *tables_find(const char *name) {
  for (size_t i = 0; i < TABLE_COUNT; i++) {
    if (sqlite3_stricmp(tables[i]->name, name) == 0) return tables[i];
  }
  return NULL;
}

char *tables_refusal(int argc, const char *const *argv) {
  if (argc > 3) {
    return sqlite3_mprintf("%s: the module takes no arguments, '%!.60s', leave them out", argv[0],
                           argv[3]);
  }
  if (sqlite3_stricmp(argv[1], "main") == 0 || sqlite3_stricmp(argv[1], "temp") == 0) return NULL;
  return sqlite3_mprintf(
      "%s: reads the file that is opened as main, '%!.60s', open that file itself", argv[0],
      argv[1]);
}
