#include "facts/steps.h"

#include <string.h>

#include "core/instant.h"
#include "facts/consumed_parts.h"
#include "facts/sql_parts.h"
#include "store/store.h"
#include "store/text.h"

SQLITE_EXTENSION_INIT3

/*
** A parameter is :new_<column>, :old_<column> (NULL where there is no such row), or :since, from
** which instant on the change counts: the earlier of both by the table's first required time.
*/

/* ---- marks ---- */

/* Settle the wallets of these teams again from that instant on, NULL: from the beginning. */
#define MARK_TEAMS_IF(teams, since, condition)                             \
  "INSERT INTO main._billing_pending_wallet"                               \
  " SELECT wallet_id, ifnull(billing_ms(" since "), " SQL_BEGIN_OF_TIME    \
  ")"                                                                      \
  " FROM main._billing_wallet WHERE team_id IN (" teams ") AND " condition \
  " ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)"
#define MARK_TEAMS(teams, since) MARK_TEAMS_IF(teams, since, "1")

/* Wallet 0: every one. */
#define MARK_ALL_IF(since, condition)                                                \
  "INSERT INTO main._billing_pending_wallet"                                         \
  " SELECT 0, ifnull(billing_ms(" since "), " SQL_BEGIN_OF_TIME ") WHERE " condition \
  " ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)"

/*
** A change of the price list concerns usage, and only a pass over all usage shows which wallets
** that are. So it is noted here, and settle() makes one pass for all changes
** (settle/price_marks.c). `rows`: api and name of what changes, NULL where there is no such row.
*/
#define NOTE_PRICE(what, rows, since)                                               \
  "INSERT INTO main._billing_pending_price"                                         \
  " SELECT api, '" what "', name, ifnull(billing_ms(" since "), " SQL_BEGIN_OF_TIME \
  ") FROM (" rows                                                                   \
  ") WHERE api IS NOT NULL ON CONFLICT (api, what, name)"                           \
  " DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)"
#define OLD_AND_NEW(api, name) \
  "SELECT :old_" api " AS api, :old_" name " AS name UNION SELECT :new_" api ", :new_" name
#define OLD_AND_NEW_API(api) "SELECT :old_" api " AS api, '' AS name UNION SELECT :new_" api ", ''"

#define BOTH(column) ":old_" column ", :new_" column
#define OF_ACCOUNTS(accounts) "SELECT team_id FROM main.team WHERE account_id IN (" accounts ")"
#define OF_BOTH_TEAMS "SELECT :old_team_id UNION SELECT :new_team_id"
#define OF_KINDS "SELECT team_id FROM main.token_lot WHERE kind IN (" BOTH("kind") ")"

/*
** Whoever may ever have paid for the apps of an account that no team is assigned to: its first
** team, and those that its product assignments name. A team that was the first one was marked when
** it ceased to be.
*/
#define PAYERS(accounts)                                              \
  "SELECT min(team_id) FROM main.team WHERE account_id IN (" accounts \
  ") GROUP BY account_id"                                             \
  " UNION SELECT team_id FROM main.product_assignment WHERE account_id IN (" accounts ")"

/* Whoever may ever have paid for an app: the teams assigned to it, and the payers of its owners. */
#define OF_APPS \
  "SELECT team_id FROM main.app_team WHERE client_id IN (" BOTH("client_id") ") UNION "       \
  PAYERS("SELECT account_id FROM main.app WHERE client_id IN (" BOTH("client_id") ")"         \
         " UNION SELECT account_id FROM main.app_owner WHERE client_id IN (" BOTH("client_id") ")")

/* Teams that a lot tied together, and may tie no more. */
#define TIED \
  "SELECT :old_team_id AS team_id"                                                            \
  " UNION SELECT team_id FROM main.token_lot WHERE lot_id IN (" BOTH("lot_id") ")"            \
  " UNION SELECT team_id FROM main.lot_move WHERE lot_id IN (" BOTH("lot_id") ")"

static const char sql_settle[] = "SELECT settle()";

/* Each list of marks ends with a new stamp; while autosettle is on a trigger settles then. */
static const char sql_changed[] = "UPDATE main._billing_change SET stamp = billing_stamp()";
static const char sql_rated[] =
    "UPDATE main._billing_change SET stamp = billing_stamp(), retry = 1";

static const char sql_note_api[] = NOTE_PRICE("api", OLD_AND_NEW_API("api"), "NULL");
static const char sql_note_api_alias[] = NOTE_PRICE("api", OLD_AND_NEW_API("alias"), "NULL");
static const char sql_note_sku_alias[] = NOTE_PRICE("alias", OLD_AND_NEW("api", "alias"), ":since");
static const char sql_note_outcome[] = NOTE_PRICE("outcome", OLD_AND_NEW("api", "outcome"), "NULL");
static const char sql_mark_accounts[] = MARK_TEAMS(OF_ACCOUNTS(BOTH("account_id")), "NULL");
static const char sql_mark_accounts_since[] = MARK_TEAMS(OF_ACCOUNTS(BOTH("account_id")), ":since");
static const char sql_mark_teams[] = MARK_TEAMS(OF_BOTH_TEAMS, ":since");
static const char sql_mark_kinds[] = MARK_TEAMS(OF_KINDS, "NULL");

/* A team gets its wallet, which outlives it. */
static const char sql_add_wallet[] =
    "INSERT INTO main._billing_wallet(team_id) VALUES (:new_team_id) ON CONFLICT DO NOTHING";

/*
** The first team of an account (by team_id) pays for apps that nobody assigned: a new one takes
** over.
*/
static const char sql_mark_first[] = MARK_TEAMS(
    "SELECT min(team_id) FROM main.team WHERE account_id = :new_account_id"
    " AND team_id > :new_team_id AND NOT EXISTS (SELECT 1 FROM main.team"
    "  WHERE account_id = :new_account_id AND team_id < :new_team_id)",
    "NULL");

/* A team that pays no more is named: what is in the tables does not lead to it. */
static const char sql_mark_team[] =
    MARK_TEAMS("SELECT :old_team_id UNION " OF_ACCOUNTS(BOTH("account_id")), "NULL");
static const char sql_mark_app[] = MARK_TEAMS(PAYERS(BOTH("account_id")), "NULL");
static const char sql_mark_app_team[] = MARK_TEAMS("SELECT :old_team_id UNION " OF_APPS, ":since");
static const char sql_mark_app_owner[] =
    MARK_TEAMS(PAYERS(":old_account_id") " UNION " OF_APPS, ":since");
static const char sql_mark_product[] =
    MARK_TEAMS("SELECT :old_team_id UNION " PAYERS(BOTH("account_id")), ":since");

static const char sql_mark_country[] = MARK_TEAMS(
    OF_ACCOUNTS("SELECT account_id FROM main.account WHERE country IN (" BOTH("country") ")"),
    "NULL");

static const char sql_mark_move[] = MARK_TEAMS(
    OF_BOTH_TEAMS " UNION SELECT team_id FROM main.token_lot WHERE lot_id IN (" BOTH("lot_id") ")",
    ":since");

/* Re-opening settles from the close before it. */
static const char sql_mark_reopened[] =
    MARK_TEAMS("SELECT :old_team_id",
               "(SELECT max(closed_until) FROM main.period_close WHERE team_id = :old_team_id)");

/*
** The first row of a sku, and the last one that goes, count at all times: before, '*' or an alias
** did.
*/
#define SAME_SKU "(:new_api, :new_sku) IS (:old_api, :old_sku)"
static const char sql_note_rate_new[] = NOTE_PRICE(
    "rate", OLD_AND_NEW("api", "sku"),
    "CASE WHEN EXISTS (SELECT 1 FROM main.rate_card WHERE api = :new_api AND sku = :new_sku"
    "  AND effective_from <> :new_effective_from) THEN :since END");
static const char sql_note_rate[] =
    NOTE_PRICE("rate", OLD_AND_NEW("api", "sku"), "CASE WHEN " SAME_SKU " THEN :since END");
static const char sql_note_rate_gone[] = NOTE_PRICE(
    "rate", OLD_AND_NEW("api", "sku"),
    "CASE WHEN EXISTS (SELECT 1 FROM main.rate_card WHERE api = :old_api AND sku = :old_sku)"
    " THEN :since END");

/*
** A first tier makes its api and sku metered at all times: the month counts from its beginning.
** Beside another one the meter is there already.
*/
static const char sql_note_tier_new[] = NOTE_PRICE(
    "rate", OLD_AND_NEW("api", "sku"),
    "CASE WHEN EXISTS (SELECT 1 FROM main.rate_tier WHERE api = :new_api AND sku = :new_sku"
    "  AND (effective_from, above) <> (:new_effective_from, :new_above)) THEN :since END");
static const char sql_note_tier_gone[] = NOTE_PRICE(
    "rate", OLD_AND_NEW("api", "sku"),
    "CASE WHEN EXISTS (SELECT 1 FROM main.rate_tier WHERE api = :old_api AND sku = :old_sku)"
    " THEN :since END");

/* Only these are followed by settling; the others concern reading tables. */
#define STORED_POLICIES "'grace_days', 'trial_days', 'lot_term', 'restore'"
#define KIND_POLICIES "'flex_kind', 'credit_kind'"
#define READ_POLICIES                                                \
  "'low_balance_tokens', 'lapse_notice_days', 'ending_notice_days'," \
  " 'min_purchase_tokens', 'red_percent', 'unusual_spend_tokens',"   \
  " 'unusual_spend_factor', 'forecast_days'"
#define IF_SETTLED_BY                                  \
  "(:new_name IN (" STORED_POLICIES ", " KIND_POLICIES \
  ")"                                                  \
  " OR :old_name IN (" STORED_POLICIES ", " KIND_POLICIES "))"
static const char sql_mark_policy[] = MARK_ALL_IF("NULL", IF_SETTLED_BY);
static const char sql_mark_policy_since[] = MARK_ALL_IF(":since", IF_SETTLED_BY);
static const char sql_policy_changed[] =
    "UPDATE main._billing_change SET stamp = billing_stamp(), retry = 1 WHERE " IF_SETTLED_BY;

/* ---- usage: a row above the mark `settled_upto` is pending by its number alone ---- */

#define SETTLED_UPTO "(SELECT value FROM main._billing_meta WHERE name = 'settled_upto')"
static const char sql_mark_usage[] =
    "INSERT INTO main._billing_pending_wallet"
    " SELECT w.wallet_id, billing_ms(:old_occurred_at) FROM main._billing_wallet w"
    " WHERE w.team_id = payer(:old_client_id, :old_occurred_at)"
    "  AND :old_usage_id <= " SETTLED_UPTO
    "  AND :old_usage_id NOT IN (SELECT usage_id FROM main._billing_pending_usage)"
    "  AND :old_usage_id NOT IN (SELECT usage_id FROM main._billing_unrated)"
    " ON CONFLICT (wallet_id) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms)";
static const char sql_drop_unrated[] =
    "DELETE FROM main._billing_unrated WHERE usage_id = :old_usage_id";
static const char sql_drop_pending[] =
    "DELETE FROM main._billing_pending_usage WHERE usage_id = :old_usage_id";
static const char sql_add_pending[] =
    "INSERT INTO main._billing_pending_usage SELECT :new_usage_id"
    " WHERE :new_usage_id <= " SETTLED_UPTO " ON CONFLICT DO NOTHING";
static const char sql_ticked[] = "UPDATE main._billing_change SET tick = tick + 1 WHERE id = 1";

/* ---- closed periods: they run while there is one ---- */

static const char sql_keep_usage_changed[] =
    "SELECT billing_keep_usage(usage_id, client_id, occurred_at) FROM main.usage"
    " WHERE usage_id = :old_usage_id"
    " AND (usage_id, client_id, api, sku, quantity, occurred_at, outcome) IS NOT (:new_usage_id,"
    "  :new_client_id, :new_api, :new_sku, :new_quantity, :new_occurred_at, :new_outcome)";
/* Reports group by them, and a repeated load goes by source_id: they are final, too. */
#define KEEP_USAGE_COLUMN(column)                                                                \
  "SELECT billing_keep_usage(usage_id, client_id, occurred_at, 'usage." column "', :new_" column \
  ") FROM main.usage WHERE usage_id = :old_usage_id AND " column " IS NOT :new_" column
static const char sql_keep_usage_user[] = KEEP_USAGE_COLUMN("user_id");
static const char sql_keep_usage_label[] = KEEP_USAGE_COLUMN("label");
static const char sql_keep_usage_source[] = KEEP_USAGE_COLUMN("source_id");
static const char sql_keep_usage[] =
    "SELECT billing_keep_usage(usage_id, client_id, occurred_at) FROM main.usage"
    " WHERE usage_id = :old_usage_id";

static const char sql_keep_lot_changed[] =
    "SELECT billing_keep_lot(o.lot_id, o.team_id,"
    "  :new_lot_id IS NOT o.lot_id OR :new_team_id IS NOT o.team_id OR :new_kind IS NOT o.kind"
    "   OR :new_tokens IS NOT o.tokens OR :new_purchased_at IS NOT o.purchased_at,"
    "  CASE WHEN :new_expires_at IS NOT o.expires_at THEN coalesce("
    "   (SELECT billing_time(expires_ms) FROM main._billing_settled_lot s WHERE s.lot_id = "
    "o.lot_id),"
    "   o.expires_at) END,"
    "  CASE WHEN :new_expires_at IS NOT o.expires_at THEN coalesce(:new_expires_at, datetime("
    "   :new_purchased_at, (SELECT value FROM main.policy WHERE name = 'lot_term'))) END,"
    "  CASE WHEN :new_voided_at IS NOT o.voided_at THEN o.voided_at END)"
    " FROM main.token_lot o WHERE o.lot_id = :old_lot_id";

/*
** A lot that leaves an open team for a closed one would bring a past along that the close does not
** know.
*/
#define IF_TEAM_CHANGES \
  " FROM main.token_lot WHERE lot_id = :old_lot_id AND team_id IS NOT :new_team_id"
static const char sql_settle_lot_team[] = "SELECT settle()" IF_TEAM_CHANGES;
static const char sql_keep_lot_team[] =
    "SELECT billing_keep_lot(lot_id, :new_team_id, 1)" IF_TEAM_CHANGES;
static const char sql_keep_lot[] =
    "SELECT billing_keep_lot(lot_id, team_id, 1) FROM main.token_lot WHERE lot_id = :old_lot_id";

static const char sql_keep_move[] =
    "SELECT billing_keep_move(lot_id, team_id, moved_at) FROM main.lot_move"
    " WHERE lot_id = :old_lot_id AND moved_at = :old_moved_at";

/* A tie closes what was open: it keeps what it reads as well. */
static const char sql_keep_closed[] =
    "SELECT billing_keep_closed(ifnull(:new_team_id, :old_team_id))";

/* From which facts on the catalogue of closed periods is read. */
static const char sql_note_close[] =
    "INSERT OR REPLACE INTO main._billing_meta"
    " SELECT 'closed_stamp', stamp FROM main._billing_change";

/*
** Where a tie may go, its teams are settled twice: now, together, since the stored holdings still
** tie them; and, marked again, apart. A close of one no longer holds for the other: what it kept
** there goes.
*/
static const char sql_keep_tied[] = "SELECT billing_keep_closed(team_id) FROM (" TIED ")";
static const char sql_keep_tied_lot[] = "SELECT billing_keep_closed(team_id) FROM (" TIED
                                        ")"
                                        " WHERE :new_team_id IS NOT :old_team_id";
static const char sql_mark_tied[] = MARK_TEAMS(TIED, "NULL");
static const char sql_mark_tied_lot[] =
    MARK_TEAMS_IF(TIED, "NULL", ":new_team_id IS NOT :old_team_id");
static const char sql_settle_tied_lot[] = "SELECT settle() WHERE :new_team_id IS NOT :old_team_id";
static const char sql_tied_lot_changed[] =
    "UPDATE main._billing_change SET stamp = billing_stamp() WHERE :new_team_id IS NOT "
    ":old_team_id";

/* What a move counted at goes with the move. */
static const char sql_forget_move[] =
    "DELETE FROM main._billing_settled_move WHERE lot_id = :old_lot_id"
    " AND moved_ms = billing_ms(:old_moved_at)"
    " AND (lot_id, :old_moved_at) IS NOT (:new_lot_id, :new_moved_at)";

static const char sql_keep_unblock[] =
    "SELECT billing_keep_unblock(:old_team_id, :old_unblocked_at)";

/*
** Where what is stored before a close is damaged, settling may fail for that, and re-opening is the
** way out: it goes on without. `near` is the team's wallet and those that share a lot with it.
*/
static const char sql_settle_reopened[] =
    "WITH own(wallet_id) AS (SELECT w.wallet_id FROM main._billing_wallet w"
    "  WHERE w.team_id = :old_team_id),"
    " near(wallet_id) AS (SELECT wallet_id FROM own UNION SELECT n.wallet_id FROM own"
    "  CROSS JOIN main._billing_holding h ON h.wallet_id = own.wallet_id"
    "  CROSS JOIN main._billing_holding n ON n.lot_id = h.lot_id)"
    " SELECT settle() WHERE NOT EXISTS (SELECT 1 FROM near CROSS JOIN main._billing_closed_sum k"
    "  ON k.wallet_id = near.wallet_id"
    "  WHERE k.units IS NOT " SQL_CONSUMED_BEFORE("k.wallet_id", "k.closed_ms") ")";

static const char sql_keep_close[] = "SELECT billing_keep_close(:old_closed_until)";
static const char sql_keep_reopen[] = "SELECT billing_keep_reopen(:old_team_id, :old_closed_until)";

/*
** A change of a policy that an instant before a close is read by is refused. Grace, trial, the term
** of lots and restore are stored by settling: a change counts from the close on.
*/
#define KEEP_POLICY(name)                                                   \
  "SELECT billing_keep_reading('policy.name', " name                        \
  ","                                                                       \
  "  CASE WHEN " name " IN (" KIND_POLICIES                                 \
  ") THEN 're-open the closed periods first'"                               \
  "  ELSE 'insert it into policy_change from '''"                           \
  "   || (SELECT max(closed_until) FROM main.period_close) || ''' on' END)" \
  " WHERE " name " IN (" READ_POLICIES ", " KIND_POLICIES ")"
#define IF_CLOSED_SINCE " AND EXISTS (SELECT 1 FROM main.period_close WHERE closed_until > :since)"
/* The first row of a policy: until then its default held. */
static const char sql_keep_policy_first[] =
    KEEP_POLICY(":new_name") " AND NOT EXISTS (SELECT 1 FROM main.policy WHERE name = :new_name)";
static const char sql_keep_policy_replaced[] =
    KEEP_POLICY(":new_name")
    " AND EXISTS (SELECT 1 FROM main.policy WHERE name = :new_name AND value IS NOT :new_value)";
static const char sql_keep_policy_changed[] =
    KEEP_POLICY(":old_name") " AND (:new_name IS NOT :old_name OR :new_value IS NOT :old_value)";
static const char sql_keep_policy[] = KEEP_POLICY(":old_name");
static const char sql_keep_policy_old[] = KEEP_POLICY(":old_name") IF_CLOSED_SINCE;
static const char sql_keep_policy_new[] = KEEP_POLICY(":new_name") IF_CLOSED_SINCE;

/* A new name changes nothing that is settled, but the next close keeps it. */
#define NOTE_NAME(table, key)                                                             \
  "DELETE FROM main._billing_meta WHERE name = 'closed_stamp' AND EXISTS (SELECT 1 FROM " \
  "main." table " WHERE " key " = :old_" key " AND name IS NOT :new_name)"
static const char sql_note_team_name[] = NOTE_NAME("team", "team_id");
static const char sql_note_app_name[] = NOTE_NAME("app", "client_id");
static const char sql_note_api_name[] = NOTE_NAME("api", "api");
static const char sql_note_kind_name[] = NOTE_NAME("token_kind", "kind");

/*
** The name of a sku from an instant on, or of an api (alias NULL), is to change. Usage that a close
** holds keeps its names. What is pending or unrated, and what counts at the close, gets them from
** the close on.
*/
#define KEEP_NAMES_OF(condition)                                      \
  "SELECT billing_keep_names(u.usage_id, u.client_id, u.occurred_at)" \
  " FROM main.usage u WHERE " condition                               \
  "  AND billing_ms(u.occurred_at)"                                   \
  "   < (SELECT billing_ms(max(closed_until)) FROM main.period_close)"
#define KEEP_NAME(api_name, alias_name, from, condition)                                       \
  KEEP_NAMES_OF("u.occurred_at >= ifnull(" from ", '') AND " condition "  AND iif(" alias_name \
                " IS NULL, u.api = " api_name                                                  \
                " COLLATE NOCASE,"                                                             \
                "   billing_api(u.api) = billing_api(" api_name ") AND (" alias_name           \
                " = '*' OR u.sku = " alias_name " COLLATE NOCASE))")
#define IF_CLOSED_AT "EXISTS (SELECT 1 FROM main.period_close WHERE closed_until > :since)"
static const char sql_keep_sku_old[] =
    KEEP_NAME(":old_api", ":old_alias", ":old_effective_from", IF_CLOSED_AT);
static const char sql_keep_sku_new[] =
    KEEP_NAME(":new_api", ":new_alias", ":new_effective_from", IF_CLOSED_AT);
static const char sql_keep_api_old[] = KEEP_NAME(":old_alias", "NULL", "NULL", "1");
static const char sql_keep_api_new[] = KEEP_NAME(":new_alias", "NULL", "NULL", "1");

/* An api that usage hangs on may be spelled in another case. */
static const char sql_keep_api_case[] =
    KEEP_NAMES_OF(":new_api IS NOT :old_api AND billing_api(u.api) = :old_api");

/* A sku that the card lists stands for itself, another one may be what '*' names. */
static const char sql_keep_rate_new[] =
    KEEP_NAME(":new_api", ":new_sku", "NULL",
              "NOT EXISTS (SELECT 1 FROM main.rate_card WHERE api = :new_api AND sku = :new_sku)");
#define IF_SKU_CHANGES "(:new_api, :new_sku) IS NOT (:old_api, :old_sku)"
static const char sql_keep_rate_from[] = KEEP_NAME(":old_api", ":old_sku", "NULL", IF_SKU_CHANGES);
static const char sql_keep_rate_to[] = KEEP_NAME(":new_api", ":new_sku", "NULL", IF_SKU_CHANGES);
static const char sql_keep_rate_gone[] =
    KEEP_NAME(":old_api", ":old_sku", "NULL",
              "NOT EXISTS (SELECT 1 FROM main.rate_card WHERE api = :old_api AND sku = :old_sku"
              " AND effective_from <> :old_effective_from)");

/* ---- before a change ---- */

/* Whether usage hangs on a team follows from what is settled. */
static const char sql_settle_team[] = "SELECT settle() WHERE :new_team_id IS NOT :old_team_id";

/* A transfer to another account needs full access on both sides (D100), by all that is known. */
#define IF_TRANSFERRED \
  " FROM main.app WHERE client_id = :old_client_id AND account_id IS NOT :new_account_id"
static const char sql_settle_transfer[] = "SELECT settle()" IF_TRANSFERRED;
static const char sql_valid_transfer[] =
    "SELECT billing_valid_transfer(client_id, account_id, :new_account_id)" IF_TRANSFERRED;

/*
** An account that has the app already takes nothing over. A file without any usage and any lot is
** being loaded: nobody can owe anything yet, and a trial that was recorded after the transfer
** stands in account already, so there the row is taken as it is.
*/
static const char sql_valid_owner[] =
    "SELECT billing_valid_transfer(:new_client_id, owner, :new_account_id, :new_owned_from)"
    " FROM (SELECT coalesce("
    "  (SELECT account_id FROM main.app_owner"
    "   WHERE client_id = :new_client_id AND owned_from < :new_owned_from"
    "    AND (client_id, owned_from) IS NOT (:old_client_id, :old_owned_from)"
    "   ORDER BY owned_from DESC LIMIT 1),"
    "  (SELECT account_id FROM main.app WHERE client_id = :new_client_id)) AS owner)"
    " WHERE owner <> :new_account_id"
    "  AND (EXISTS (SELECT 1 FROM main.usage) OR EXISTS (SELECT 1 FROM main.token_lot))";

/*
** ---- OR REPLACE drops rows and fires no DELETE trigger: what it would do happens openly before
** ----
*/

/* The row goes on under its key: others may refer to it. */
#define GOES_ON(table, column, key)                                                  \
  "UPDATE main." table " SET " column " = :new_" column " WHERE " key " AND " column \
  " IS NOT :new_" column
#define DATED(key, at) key " = :new_" key " AND " at " = :new_" at
#define MAKES_WAY(table, key, at)                                                   \
  "DELETE FROM main." table " WHERE " DATED(key, at) " AND (:new_" key ", :new_" at \
                                                     ") IS NOT (:old_" key ", :old_" at ")"
#define MAKES_WAY_ALONE(table, key) \
  "DELETE FROM main." table " WHERE " key " = :new_" key " AND " key " <> :old_" key
static const char sql_replace_team[] = GOES_ON("team", "account_id", "team_id = :new_team_id");
static const char sql_replace_team_key[] = MAKES_WAY_ALONE("team", "team_id");
static const char sql_replace_app[] = GOES_ON("app", "account_id", "client_id = :new_client_id");
static const char sql_replace_app_key[] = MAKES_WAY_ALONE("app", "client_id");
static const char sql_replace_api[] = GOES_ON("api", "premium", "api = :new_api");
static const char sql_replace_alias[] = GOES_ON("api_alias", "api", "alias = :new_alias");
static const char sql_replace_app_team[] =
    GOES_ON("app_team", "team_id", DATED("client_id", "assigned_at"));
static const char sql_replace_app_team_key[] = MAKES_WAY("app_team", "client_id", "assigned_at");
static const char sql_replace_owner[] =
    GOES_ON("app_owner", "account_id", DATED("client_id", "owned_from"));
static const char sql_replace_owner_key[] = MAKES_WAY("app_owner", "client_id", "owned_from");
static const char sql_replace_product[] =
    GOES_ON("product_assignment", "team_id", DATED("account_id", "assigned_at"));
static const char sql_replace_product_key[] =
    MAKES_WAY("product_assignment", "account_id", "assigned_at");
static const char sql_replace_move[] = GOES_ON("lot_move", "team_id", DATED("lot_id", "moved_at"));
static const char sql_replace_move_key[] = MAKES_WAY("lot_move", "lot_id", "moved_at");

static const char sql_replace_lot_source[] =
    "DELETE FROM main.token_lot WHERE source_id = :new_source_id AND lot_id <> :new_lot_id";
static const char sql_replace_lot[] =
    "UPDATE main.token_lot SET team_id = :new_team_id, kind = :new_kind, tokens = :new_tokens,"
    " purchased_at = :new_purchased_at, expires_at = :new_expires_at, voided_at = :new_voided_at"
    " WHERE lot_id = :new_lot_id AND lot_id <> -1";
static const char sql_replace_lot_key[] =
    "DELETE FROM main.token_lot WHERE (lot_id = :new_lot_id OR source_id = :new_source_id)"
    " AND lot_id <> :old_lot_id";

/* A usage is deleted, not updated: nothing refers to it. */
static const char sql_replace_usage[] =
    "DELETE FROM main.usage WHERE (usage_id = :new_usage_id AND usage_id <> -1)"
    " OR source_id = :new_source_id";
static const char sql_replace_usage_key[] =
    "DELETE FROM main.usage WHERE (usage_id = :new_usage_id OR source_id = :new_source_id)"
    " AND usage_id <> :old_usage_id";

/* ---- the steps ---- */

#define IF_CLOSED 256 /* only while there is a closed period */
#define BEFORE_CHANGE (BEFORE_UPDATE | BEFORE_DELETE)
#define AFTER_CHANGE (AFTER_UPDATE | AFTER_DELETE)
#define AFTER_ANY (AFTER_INSERT | AFTER_CHANGE)

/* Those of a table run in this order. */
static const struct step {
  enum fact_id id;
  int events;
  const char *sql;
} steps[] = {
    {FACT_ACCOUNT, AFTER_INSERT | AFTER_UPDATE, sql_mark_accounts},
    {FACT_ACCOUNT, AFTER_ANY, sql_rated},

    {FACT_TEAM, BEFORE_UPDATE | IF_CLOSED, sql_note_team_name},
    {FACT_TEAM, BEFORE_CHANGE, sql_settle_team},
    {FACT_TEAM, REPLACES_INSERT, sql_replace_team},
    {FACT_TEAM, REPLACES_UPDATE, sql_replace_team_key},
    {FACT_TEAM, AFTER_INSERT | AFTER_UPDATE, sql_add_wallet},
    {FACT_TEAM, AFTER_INSERT, sql_mark_first},
    {FACT_TEAM, AFTER_CHANGE, sql_mark_team},
    {FACT_TEAM, AFTER_ANY, sql_rated},

    {FACT_APP, BEFORE_UPDATE | IF_CLOSED, sql_note_app_name},
    {FACT_APP, BEFORE_UPDATE, sql_settle_transfer},
    {FACT_APP, BEFORE_UPDATE, sql_valid_transfer},
    {FACT_APP, REPLACES_INSERT, sql_replace_app},
    {FACT_APP, REPLACES_UPDATE, sql_replace_app_key},
    {FACT_APP, AFTER_CHANGE, sql_mark_app},
    {FACT_APP, AFTER_ANY, sql_rated},

    {FACT_TOKEN_LOT, BEFORE_UPDATE | IF_CLOSED, sql_settle_lot_team},
    {FACT_TOKEN_LOT, BEFORE_UPDATE | IF_CLOSED, sql_keep_lot_team},
    {FACT_TOKEN_LOT, BEFORE_UPDATE | IF_CLOSED, sql_keep_lot_changed},
    {FACT_TOKEN_LOT, BEFORE_DELETE | IF_CLOSED, sql_keep_lot},
    {FACT_TOKEN_LOT, REPLACES_INSERT, sql_replace_lot_source},
    {FACT_TOKEN_LOT, REPLACES_INSERT, sql_replace_lot},
    {FACT_TOKEN_LOT, REPLACES_UPDATE, sql_replace_lot_key},
    {FACT_TOKEN_LOT, AFTER_ANY, sql_mark_teams},
    /*
    ** Beside closed periods a lot that is deleted is gone at once: inserted again, it is a new lot.
    */
    {FACT_TOKEN_LOT, AFTER_DELETE | IF_CLOSED, sql_settle},
    {FACT_TOKEN_LOT, AFTER_ANY, sql_changed},
    {FACT_TOKEN_LOT, AFTER_UPDATE | IF_CLOSED, sql_mark_tied_lot},
    {FACT_TOKEN_LOT, AFTER_UPDATE | IF_CLOSED, sql_settle_tied_lot},
    {FACT_TOKEN_LOT, AFTER_UPDATE | IF_CLOSED, sql_mark_tied_lot},
    {FACT_TOKEN_LOT, AFTER_UPDATE | IF_CLOSED, sql_keep_tied_lot},
    {FACT_TOKEN_LOT, AFTER_UPDATE | IF_CLOSED, sql_tied_lot_changed},

    /* The last close of any team that moves tie together holds for all: a new tie settles first. */
    {FACT_LOT_MOVE, BEFORE_CHANGE | IF_CLOSED, sql_keep_move},
    {FACT_LOT_MOVE, BEFORE_INSERT | BEFORE_CHANGE | IF_CLOSED, sql_settle},
    {FACT_LOT_MOVE, REPLACES_INSERT, sql_replace_move},
    {FACT_LOT_MOVE, REPLACES_UPDATE, sql_replace_move_key},
    {FACT_LOT_MOVE, AFTER_INSERT | IF_CLOSED, sql_keep_closed},
    {FACT_LOT_MOVE, AFTER_CHANGE, sql_forget_move},
    {FACT_LOT_MOVE, AFTER_CHANGE | IF_CLOSED, sql_mark_tied},
    {FACT_LOT_MOVE, AFTER_CHANGE | IF_CLOSED, sql_settle},
    {FACT_LOT_MOVE, AFTER_CHANGE | IF_CLOSED, sql_mark_tied},
    {FACT_LOT_MOVE, AFTER_CHANGE | IF_CLOSED, sql_keep_tied},
    {FACT_LOT_MOVE, AFTER_CHANGE | IF_CLOSED, sql_changed},
    {FACT_LOT_MOVE, AFTER_ANY, sql_mark_move},
    {FACT_LOT_MOVE, AFTER_ANY, sql_changed},

    {FACT_APP_TEAM, REPLACES_INSERT, sql_replace_app_team},
    {FACT_APP_TEAM, REPLACES_UPDATE, sql_replace_app_team_key},
    {FACT_APP_TEAM, AFTER_ANY, sql_mark_app_team},
    {FACT_APP_TEAM, AFTER_ANY, sql_rated},

    {FACT_APP_OWNER, BEFORE_INSERT | BEFORE_UPDATE, sql_settle},
    {FACT_APP_OWNER, BEFORE_INSERT | BEFORE_UPDATE, sql_valid_owner},
    {FACT_APP_OWNER, REPLACES_INSERT, sql_replace_owner},
    {FACT_APP_OWNER, REPLACES_UPDATE, sql_replace_owner_key},
    {FACT_APP_OWNER, AFTER_ANY, sql_mark_app_owner},
    {FACT_APP_OWNER, AFTER_ANY, sql_rated},

    {FACT_ACCOUNT_AGREEMENT, AFTER_ANY, sql_mark_accounts_since},
    {FACT_ACCOUNT_AGREEMENT, AFTER_ANY, sql_rated},

    {FACT_PRODUCT_ASSIGNMENT, REPLACES_INSERT, sql_replace_product},
    {FACT_PRODUCT_ASSIGNMENT, REPLACES_UPDATE, sql_replace_product_key},
    {FACT_PRODUCT_ASSIGNMENT, AFTER_ANY, sql_mark_product},
    {FACT_PRODUCT_ASSIGNMENT, AFTER_ANY, sql_rated},

    /* Where Flex is not sold, credits live no longer than the subscription (Q32). */
    {FACT_SUBSCRIPTION, AFTER_ANY, sql_mark_accounts},
    {FACT_SUBSCRIPTION, AFTER_ANY, sql_changed},

    {FACT_UNBLOCK, BEFORE_CHANGE | IF_CLOSED, sql_keep_unblock},
    {FACT_UNBLOCK, AFTER_ANY, sql_mark_teams},
    {FACT_UNBLOCK, AFTER_ANY, sql_changed},

    /*
    ** Settles first: what is settled then is what the close makes final, and facts of other teams
    ** may bring usage here. Ties that are not settled yet are seen as well: under a later close
    ** nothing could be settled again.
    */
    {FACT_PERIOD_CLOSE, BEFORE_UPDATE, sql_keep_close},
    {FACT_PERIOD_CLOSE, BEFORE_INSERT, sql_settle},
    {FACT_PERIOD_CLOSE, BEFORE_DELETE, sql_settle_reopened},
    {FACT_PERIOD_CLOSE, BEFORE_DELETE, sql_keep_reopen},
    {FACT_PERIOD_CLOSE, AFTER_INSERT | AFTER_DELETE, sql_keep_closed},
    {FACT_PERIOD_CLOSE, AFTER_DELETE, sql_mark_reopened},
    {FACT_PERIOD_CLOSE, AFTER_INSERT | AFTER_DELETE, sql_changed},
    {FACT_PERIOD_CLOSE, AFTER_INSERT, sql_note_close},

    {FACT_COUNTRY, AFTER_ANY, sql_mark_country},
    {FACT_COUNTRY, AFTER_ANY, sql_changed},

    {FACT_TOKEN_KIND, BEFORE_UPDATE | IF_CLOSED, sql_note_kind_name},
    {FACT_TOKEN_KIND, AFTER_INSERT | AFTER_UPDATE, sql_mark_kinds},
    {FACT_TOKEN_KIND, AFTER_ANY, sql_changed},

    /* A new name can only help usage that is unrated so far; a change concerns all of it. */
    {FACT_API, BEFORE_UPDATE | IF_CLOSED, sql_note_api_name},
    {FACT_API, BEFORE_UPDATE | IF_CLOSED, sql_keep_api_case},
    {FACT_API, REPLACES_INSERT, sql_replace_api},
    {FACT_API, AFTER_CHANGE, sql_note_api},
    {FACT_API, AFTER_ANY, sql_rated},

    {FACT_API_ALIAS, BEFORE_CHANGE | IF_CLOSED, sql_keep_api_old},
    {FACT_API_ALIAS, BEFORE_INSERT | BEFORE_UPDATE | IF_CLOSED, sql_keep_api_new},
    {FACT_API_ALIAS, REPLACES_INSERT, sql_replace_alias},
    {FACT_API_ALIAS, AFTER_CHANGE, sql_note_api_alias},
    {FACT_API_ALIAS, AFTER_ANY, sql_rated},

    {FACT_SKU_ALIAS, BEFORE_CHANGE | IF_CLOSED, sql_keep_sku_old},
    {FACT_SKU_ALIAS, BEFORE_INSERT | BEFORE_UPDATE | IF_CLOSED, sql_keep_sku_new},
    {FACT_SKU_ALIAS, AFTER_ANY, sql_note_sku_alias},
    {FACT_SKU_ALIAS, AFTER_ANY, sql_rated},

    {FACT_RATE_CARD, BEFORE_INSERT | IF_CLOSED, sql_keep_rate_new},
    {FACT_RATE_CARD, BEFORE_UPDATE | IF_CLOSED, sql_keep_rate_from},
    {FACT_RATE_CARD, BEFORE_UPDATE | IF_CLOSED, sql_keep_rate_to},
    {FACT_RATE_CARD, BEFORE_DELETE | IF_CLOSED, sql_keep_rate_gone},
    {FACT_RATE_CARD, AFTER_INSERT, sql_note_rate_new},
    {FACT_RATE_CARD, AFTER_UPDATE, sql_note_rate},
    {FACT_RATE_CARD, AFTER_DELETE, sql_note_rate_gone},
    {FACT_RATE_CARD, AFTER_ANY, sql_rated},

    {FACT_RATE_TIER, AFTER_INSERT, sql_note_tier_new},
    {FACT_RATE_TIER, AFTER_UPDATE, sql_note_rate},
    {FACT_RATE_TIER, AFTER_DELETE, sql_note_tier_gone},
    {FACT_RATE_TIER, AFTER_ANY, sql_rated},

    {FACT_OUTCOME_RULE, AFTER_ANY, sql_note_outcome},
    {FACT_OUTCOME_RULE, AFTER_ANY, sql_changed},

    {FACT_KIND_API, AFTER_ANY, sql_mark_kinds},
    {FACT_KIND_API, AFTER_ANY, sql_changed},

    {FACT_POLICY, BEFORE_INSERT | IF_CLOSED, sql_keep_policy_first},
    {FACT_POLICY, REPLACES_INSERT | IF_CLOSED, sql_keep_policy_replaced},
    {FACT_POLICY, AFTER_UPDATE | IF_CLOSED, sql_keep_policy_changed},
    {FACT_POLICY, AFTER_DELETE | IF_CLOSED, sql_keep_policy},
    {FACT_POLICY, AFTER_ANY, sql_mark_policy},
    {FACT_POLICY, AFTER_ANY, sql_policy_changed},

    {FACT_POLICY_CHANGE, AFTER_CHANGE | IF_CLOSED, sql_keep_policy_old},
    {FACT_POLICY_CHANGE, AFTER_INSERT | AFTER_UPDATE | IF_CLOSED, sql_keep_policy_new},
    {FACT_POLICY_CHANGE, AFTER_ANY, sql_mark_policy_since},
    {FACT_POLICY_CHANGE, AFTER_ANY, sql_policy_changed},

    {FACT_USAGE, BEFORE_UPDATE | IF_CLOSED, sql_keep_usage_changed},
    {FACT_USAGE, BEFORE_UPDATE | IF_CLOSED, sql_keep_usage_user},
    {FACT_USAGE, BEFORE_UPDATE | IF_CLOSED, sql_keep_usage_label},
    {FACT_USAGE, BEFORE_UPDATE | IF_CLOSED, sql_keep_usage_source},
    {FACT_USAGE, BEFORE_DELETE | IF_CLOSED, sql_keep_usage},
    {FACT_USAGE, REPLACES_INSERT, sql_replace_usage},
    {FACT_USAGE, REPLACES_UPDATE, sql_replace_usage_key},
    {FACT_USAGE, AFTER_CHANGE, sql_mark_usage},
    {FACT_USAGE, AFTER_CHANGE, sql_drop_unrated},
    {FACT_USAGE, AFTER_CHANGE, sql_drop_pending},
    {FACT_USAGE, AFTER_UPDATE, sql_add_pending},
    {FACT_USAGE, AFTER_CHANGE, sql_ticked},
};

/* ---- running them ---- */

/*
** NULL: a text that is no time, from before the checks were lost and put back. Nothing was
** settled by it, and it must not keep its row from being corrected.
*/
static sqlite3_value *known_time(const struct column *column, sqlite3_value *value) {
  struct text text = text_of_value(value);
  int64_t ms;
  if (!column_is_time(column) || sqlite3_value_type(value) == SQLITE_NULL) return value;
  return text.size >= 0 && instant_parse(text.bytes, (size_t)text.size, &ms) ? value : NULL;
}

bool change_read(struct change *change, enum fact_id id, enum row_event event, int count,
                 sqlite3_value **values) {
  const struct fact *fact = &facts[id];
  int next = 0;
  *change = (struct change){.id = id};
  for (int i = 0; i < fact->count; i++) {
    if (fact_passes_new(fact, event, i) && next++ < count) change->new_row[i] = values[next - 1];
  }
  for (int i = 0; i < fact->count; i++) {
    if (!fact_passes_old(fact, event, i) || next++ >= count) continue;
    change->old_row[i] = known_time(&fact->columns[i], values[next - 1]);
  }
  return next == count;
}

static int find_column(const struct fact *fact, const char *name) {
  for (int i = 0; i < fact->count; i++) {
    if (strcmp(column_short_name(&fact->columns[i]), name) == 0) return i;
  }
  return -1;
}

/* The earlier one: canonical times compare as texts. */
static sqlite3_value *earlier(sqlite3_value *a, sqlite3_value *b) {
  if (!a || !b) return a ? a : b;
  struct text one = text_of_value(a), other = text_of_value(b);
  if (one.size < 0 || other.size < 0) return one.size < 0 ? a : b;
  int order =
      memcmp(one.bytes, other.bytes, (size_t)(one.size < other.size ? one.size : other.size));
  if (order == 0) return one.size <= other.size ? a : b;
  return order < 0 ? a : b;
}

static sqlite3_value *since_of(const struct change *change) {
  const struct fact *fact = &facts[change->id];
  for (int i = 0; i < fact->count; i++) {
    if (fact->columns[i].rule == TIME) return earlier(change->new_row[i], change->old_row[i]);
  }
  return NULL;
}

/* NULL: such a row, or what it has there, is not known. */
static sqlite3_value *value_of(const struct change *change, const char *parameter) {
  if (strcmp(parameter, ":since") == 0) return since_of(change);
  int column = find_column(&facts[change->id], parameter + strlen(":new_"));
  if (column < 0) return NULL;
  return parameter[1] == 'n' ? change->new_row[column] : change->old_row[column];
}

static void run(struct store *store, const char *sql, const struct change *change, int *rc) {
  sqlite3_stmt *step = store_take(store, sql, rc);
  int count = step ? sqlite3_bind_parameter_count(step) : 0;
  for (int i = 1; i <= count && *rc == SQLITE_OK; i++) {
    sqlite3_value *value = value_of(change, sqlite3_bind_parameter_name(step, i));
    if (value) *rc = sqlite3_bind_value(step, i, value);
  }
  while (store_row(step, rc)) continue;
  store_put(store, sql, step, rc);
}

static const char sql_closed[] = "SELECT EXISTS (SELECT 1 FROM main.period_close)";

void steps_run(struct store *store, const struct change *change, int event, int *rc) {
  int closed = -1;
  for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && *rc == SQLITE_OK; i++) {
    const struct step *step = &steps[i];
    if (step->id != change->id || !(step->events & event)) continue;
    if ((step->events & IF_CLOSED) && closed < 0) closed = store_ask(store, sql_closed, rc) != 0;
    if (!(step->events & IF_CLOSED) || closed) run(store, step->sql, change, rc);
  }
}
