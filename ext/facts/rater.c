#include "facts/rater.h"

#include <string.h>

#include "core/instant.h"
#include "core/units.h"
#include "facts/sql_parts.h"
#include "store/query.h"

SQLITE_EXTENSION_INIT3

/* ---- statements ---- */

/* Who may ever own the app or pay for it, ?1. */
#define SQL_OWNERS                                       \
  "SELECT account_id FROM main.app WHERE client_id = ?1" \
  " UNION SELECT account_id FROM main.app_owner WHERE client_id = ?1"
#define SQL_ASSIGNED \
  "main.app_team p JOIN main.team t ON t.team_id = p.team_id WHERE p.client_id = ?1"

/*
** What is selected of each instant `at` at which something changes, beside the team that pays then.
*/
#define SQL_PAYER_TERMS \
  "SELECT billing_ms(at), w.wallet_id, " SQL_IS_EBA("a", "at") ","                       \
  "  billing_ms(a.trial_started_at), billing_ms(a.trial_ended_at)"
#define SQL_PAYER_ACCOUNT                                      \
  " LEFT JOIN main._billing_wallet w ON w.team_id = s.team_id" \
  " LEFT JOIN main.team t ON t.team_id = s.team_id"            \
  " LEFT JOIN main.account a ON a.account_id = t.account_id"

static const char sql_payer_steps[] =
    "WITH owner(account_id) AS MATERIALIZED (" SQL_OWNERS
    "),"
    " given AS MATERIALIZED (SELECT account_id, team_id, assigned_at, revoked_at"
    "  FROM main.product_assignment"
    "  WHERE account_id IN (SELECT account_id FROM owner)),"
    " payer(account_id) AS (SELECT account_id FROM owner"
    "  UNION SELECT t.account_id FROM given g JOIN main.team t ON t.team_id = g.team_id"
    "  UNION SELECT t.account_id FROM " SQL_ASSIGNED
    "),"
    " step(at) AS ("
    " SELECT '0000-01-01 00:00:00'"
    " UNION SELECT assigned_at FROM main.app_team WHERE client_id = ?1"
    " UNION SELECT owned_from FROM main.app_owner WHERE client_id = ?1"
    " UNION SELECT assigned_at FROM given"
    " UNION SELECT revoked_at FROM given WHERE revoked_at IS NOT NULL"
    " UNION SELECT starts_at FROM main.account_agreement"
    "  WHERE account_id IN (SELECT account_id FROM payer)) " SQL_PAYER_TERMS
    " FROM (SELECT at, " SQL_PAYER("?1", "at") " AS team_id FROM step) s" SQL_PAYER_ACCOUNT
                                               " ORDER BY at";

/* The same from the first assignment on, where owners do not count. */
static const char sql_payer_teams[] =
    "WITH step(at) AS (SELECT assigned_at FROM main.app_team WHERE client_id = ?1"
    "  UNION SELECT g.starts_at FROM main.account_agreement g"
    "   WHERE g.account_id IN (SELECT t.account_id FROM " SQL_ASSIGNED
    ")"
    "    AND g.starts_at > (SELECT min(assigned_at) FROM main.app_team WHERE client_id = "
    "?1)) " SQL_PAYER_TERMS
    " FROM (SELECT at, (SELECT team_id FROM main.app_team WHERE client_id = ?1 AND assigned_at <= "
    "at"
    "   ORDER BY assigned_at DESC LIMIT 1) AS team_id FROM step) s" SQL_PAYER_ACCOUNT
    " ORDER BY at";

/* The same where no agreement has a date: nothing changes but at an assignment. */
static const char sql_payer_assigned[] = SQL_PAYER_TERMS
    " FROM (SELECT assigned_at AS at, team_id FROM main.app_team"
    "  WHERE client_id = ?1) s" SQL_PAYER_ACCOUNT " ORDER BY at";

static const char sql_dated_any[] = "SELECT EXISTS (SELECT 1 FROM main.account_agreement)";

const char sql_kept_any[] = "SELECT EXISTS (SELECT 1 FROM main._billing_closed_unrated)";

/* The last close that keeps usage ?1 as one that had no rate. */
static const char sql_kept_until[] =
    "SELECT max(closed_ms) FROM main._billing_closed_unrated WHERE usage_id = ?1";

#define CLIENTS_MAX 65536 /* beyond that all are forgotten and asked again: bounded memory */

/*
** Most usage comes after the first assignment of its app to a team: what was before is read if need
** be.
*/
struct client {
  uint32_t hash;
  struct text id;
  bool whole; /* the steps go back to the beginning, not just to the first assignment */
  int step_count;
  struct payer_step *steps;
};

const char *usage_class_name(enum usage_class class) {
  static const char *const names[] = {"priced",  "free",       "trial",  "excluded",
                                      "unrated", "unassigned", "metered"};
  return names[class];
}

/* ---- clients ---- */

static void forget_clients(struct rater *rater) {
  for (int i = 0; i < rater->client_room; i++) {
    if (!rater->clients[i]) continue;
    sqlite3_free(rater->clients[i]->steps);
    sqlite3_free(rater->clients[i]);
  }
  sqlite3_free(rater->clients);
  rater->clients = NULL;
  rater->client_count = rater->client_room = 0;
}

void rater_open(struct rater *rater, struct store *store, int *rc) {
  memset(rater, 0, sizeof(*rater));
  rater->store = store;
  rater->catalogue = catalogue_get(store, rc);
  rater->any_kept = store_ask(store, sql_kept_any, rc) != 0;
  rater->any_dated = store_ask(store, sql_dated_any, rc) != 0;
}

void rater_close(struct rater *rater) {
  forget_clients(rater);
  sqlite3_free(rater->message);
  rater->message = NULL;
}

static uint32_t hash_id(struct text id) {
  uint32_t hash = 2166136261u;
  for (int i = 0; i < id.size; i++) hash = (hash ^ (unsigned char)id.bytes[i]) * 16777619u;
  return hash;
}

static int client_slot(struct rater *rater, struct text id, uint32_t hash) {
  int slot = (int)(hash & (uint32_t)(rater->client_room - 1));
  const struct client *client;
  while ((client = rater->clients[slot]) != NULL &&
         !(client->hash == hash && client->id.size == id.size &&
           !memcmp(client->id.bytes, id.bytes, (size_t)id.size))) {
    slot = (slot + 1) & (rater->client_room - 1);
  }
  return slot;
}

static void grow_clients(struct rater *rater, int *rc) {
  struct client **old = rater->clients;
  int old_room = rater->client_room;
  int room = old_room ? old_room * 2 : 16;
  struct client **grown = sqlite3_malloc64((uint64_t)room * sizeof(*grown));
  if (!grown) {
    *rc = SQLITE_NOMEM;
    return;
  }
  memset(grown, 0, (size_t)room * sizeof(*grown));
  rater->clients = grown;
  rater->client_room = room;
  for (int i = 0; i < old_room; i++) {
    if (old[i]) grown[client_slot(rater, old[i]->id, old[i]->hash)] = old[i];
  }
  sqlite3_free(old);
}

void terms_from_row(sqlite3_stmt *row, int column, const struct catalogue *catalogue,
                    struct terms *terms) {
  memset(terms, 0, sizeof(*terms));
  terms->excluded = sqlite3_column_int(row, column) != 0;
  if (sqlite3_column_type(row, column + 1) == SQLITE_NULL) return;
  terms->trial_from = sqlite3_column_int64(row, column + 1);
  terms->trial_to =
      terms->trial_from + catalogue_policies_at(catalogue, terms->trial_from)->trial_ms;
  if (sqlite3_column_type(row, column + 2) != SQLITE_NULL &&
      sqlite3_column_int64(row, column + 2) < terms->trial_to) {
    terms->trial_to = sqlite3_column_int64(row, column + 2); /* the early switch (D47) */
  }
}

static void read_steps(struct rater *rater, struct client *client, bool whole, int *rc) {
  const char *assigned = rater->any_dated ? sql_payer_teams : sql_payer_assigned;
  const char *id = whole ? sql_payer_steps : assigned;
  sqlite3_stmt *row = store_take(rater->store, id, rc);
  int room = 0;
  client->step_count = 0;
  if (row) sqlite3_bind_text(row, 1, client->id.bytes, client->id.size, SQLITE_STATIC);
  while (store_row(row, rc)) {
    struct payer_step *step;
    if (client->step_count == room) {
      void *grown;
      room = room ? room * 2 : 4;
      grown = sqlite3_realloc64(client->steps, (uint64_t)room * sizeof(*step));
      if (!grown) {
        *rc = SQLITE_NOMEM;
        break;
      }
      client->steps = grown;
    }
    step = &client->steps[client->step_count++];
    step->from_ms = sqlite3_column_int64(row, 0);
    step->wallet_id = sqlite3_column_int64(row, 1);
    terms_from_row(row, 2, rater->catalogue, &step->terms);
  }
  store_put(rater->store, id, row, rc);
  client->whole = whole && *rc == SQLITE_OK;
}

static struct client *new_client(struct rater *rater, struct text id, uint32_t hash, int *rc) {
  struct client *client = sqlite3_malloc64(sizeof(*client) + (uint64_t)id.size + 1);
  if (!client) {
    *rc = SQLITE_NOMEM;
    return NULL;
  }
  memset(client, 0, sizeof(*client));
  client->hash = hash;
  client->id.bytes = memcpy(client + 1, id.bytes, (size_t)id.size);
  client->id.size = id.size;
  read_steps(rater, client, false, rc);
  if (*rc == SQLITE_OK) return client;
  sqlite3_free(client->steps);
  sqlite3_free(client);
  return NULL;
}

static struct client *find_client(struct rater *rater, struct text id, int *rc) {
  uint32_t hash = hash_id(id);
  int slot;
  if (rater->client_count >= CLIENTS_MAX) forget_clients(rater);
  if (rater->client_count * 4 >= rater->client_room * 3) grow_clients(rater, rc);
  if (*rc != SQLITE_OK) return NULL;
  slot = client_slot(rater, id, hash);
  if (!rater->clients[slot]) {
    rater->clients[slot] = new_client(rater, id, hash, rc);
    if (rater->clients[slot]) rater->client_count++;
  }
  return rater->clients[slot];
}

static const struct payer_step *payer_at(struct rater *rater, struct client *client, int64_t at_ms,
                                         int *rc) {
  int step;
  if (!client->whole && (client->step_count == 0 || at_ms < client->steps[0].from_ms)) {
    read_steps(rater, client, true, rc);
    if (*rc != SQLITE_OK) {
      client->step_count = 0; /* asked again next time */
      return NULL;
    }
  }
  step = client->step_count - 1;
  while (step > 0 && client->steps[step].from_ms > at_ms) step--;
  return &client->steps[step];
}

/* ---- one row ---- */

struct usage_fields usage_of_row(sqlite3_stmt *row) {
  struct usage_fields usage;
  usage.usage_id = sqlite3_column_int64(row, 0);
  usage.client_id = text_of_column(row, 1);
  usage.api = text_of_column(row, 2);
  usage.sku = text_of_column(row, 3);
  usage.quantity = sqlite3_column_double(row, 4);
  usage.occurred_at = text_of_column(row, 5);
  usage.outcome = text_of_column(row, 6);
  return usage;
}

struct usage_fields usage_of_values(sqlite3_value **values) {
  struct usage_fields usage;
  usage.usage_id = sqlite3_value_int64(values[0]);
  usage.client_id = text_of_value(values[1]);
  usage.api = text_of_value(values[2]);
  usage.sku = text_of_value(values[3]);
  usage.quantity = sqlite3_value_double(values[4]);
  usage.occurred_at = text_of_value(values[5]);
  usage.outcome = text_of_value(values[6]);
  return usage;
}

static void refuse(struct rater *rater, const struct rated_usage *rated, const char *why, int *rc) {
  rater->failed_usage_id = rated->usage_id;
  sqlite3_free(rater->message);
  rater->message = sqlite3_mprintf("%s", why);
  *rc = SQLITE_CONSTRAINT;
}

static enum usage_class price(struct rater *rater, const struct usage_fields *usage,
                              struct rated_usage *rated, int *rc) {
  const struct tariff *tariff = catalogue_tariff(rater->catalogue, usage->api, usage->sku);
  const struct tariff_step *step;
  int64_t quantity_micro, factor;
  if (!tariff) {
    *rc = SQLITE_NOMEM;
    return USAGE_UNRATED;
  }
  rated->api_index = tariff->api_index;
  if (!tariff->known) return USAGE_UNRATED;
  if (!tariff->premium) return USAGE_FREE;
  step = tariff_at(tariff, rated->at_ms);
  if (!step->rate) return USAGE_UNRATED;
  factor = catalogue_factor(rater->catalogue, tariff, usage->outcome);
  if (!quantity_to_micro(usage->quantity, &quantity_micro)) {
    refuse(rater, rated, "quantity is out of range", rc);
    return USAGE_UNRATED;
  }
  if (step->rate->metered && factor > 0) return USAGE_METERED;
  if (!rate_price(step->rate, quantity_micro, factor, &rated->units)) {
    refuse(rater, rated, "the price does not fit 64 bits", rc);
  }
  return rated->units == 0 ? USAGE_FREE : USAGE_PRICED;
}

/*
** Usage that had no rate at a close counts from it on, whoever pays for it by now: before it, the
** team of that time shows it.
*/
static void apply_close(struct rater *rater, struct rated_usage *rated, int *rc) {
  int64_t kept_ms;
  if (!rater->any_kept) return;
  kept_ms = query_number(rater->store, sql_kept_until, rated->at_ms, rc, "i", rated->usage_id);
  if (kept_ms > rated->at_ms) rated->at_ms = kept_ms;
}

/* Who pays for a client at an instant, wallet_id 0: nobody. NULL: *rc is set. */
static const struct payer_step *find_payer(struct rater *rater, struct text client_id,
                                           int64_t at_ms, int *rc) {
  struct client *client = *rc == SQLITE_OK ? find_client(rater, client_id, rc) : NULL;
  return client ? payer_at(rater, client, at_ms, rc) : NULL;
}

int64_t rater_payer(struct rater *rater, struct text client_id, int64_t at_ms, int *rc) {
  const struct payer_step *payer = find_payer(rater, client_id, at_ms, rc);
  return payer ? payer->wallet_id : 0;
}

void rater_rate(struct rater *rater, const struct usage_fields *usage, struct rated_usage *rated,
                int *rc) {
  const struct payer_step *payer;
  memset(rated, 0, sizeof(*rated));
  if (*rc != SQLITE_OK) return;
  rated->usage_id = usage->usage_id;
  if (usage->occurred_at.size < 0 ||
      !instant_parse(usage->occurred_at.bytes, (size_t)usage->occurred_at.size, &rated->at_ms)) {
    refuse(rater, rated, "occurred_at is not a UTC time", rc);
    return;
  }
  payer = find_payer(rater, usage->client_id, rated->at_ms, rc);
  if (!payer) return;
  rated->wallet_id = payer->wallet_id;
  if (!payer->wallet_id) {
    rated->class = USAGE_UNASSIGNED;
  } else if (payer->terms.excluded) {
    rated->class = USAGE_EXCLUDED;
  } else if (rated->at_ms >= payer->terms.trial_from && rated->at_ms < payer->terms.trial_to) {
    rated->class = USAGE_TRIAL;
  } else {
    rated->class = price(rater, usage, rated, rc);
  }
  apply_close(rater, rated, rc);
}
