# The steps of test_drivers.py with R and RODBC over unixODBC. believeNRows = FALSE: the SQLite driver
# reports no number of rows. sqlQuery() has no parameters, so times stand in the statement as text.
suppressPackageStartupMessages(library(RODBC))

argument <- commandArgs(trailingOnly = TRUE)
say <- function(name, value) cat(name, "\t", format(value, digits = 15), "\n", sep = "")
text <- function(time) format(time + 0.0005, "%Y-%m-%d %H:%M:%OS3", tz = "UTC")

db <- odbcDriverConnect(sprintf("Driver=%s;Database=%s;LoadExt=%s;BigInt=1",
  Sys.getenv("ODBC_DRIVER"), argument[1], argument[2]), believeNRows = FALSE)
query <- function(sql, ...) sqlQuery(db, sprintf(sql, ...))
for (line in readLines(argument[3])) {
  answer <- sqlQuery(db, line)
  if (is.character(answer) && length(answer) && any(grepl("ERROR", answer))) stop(answer)
}

one <- function(sql, ...) query(sql, ...)[[1]]
insert <- function(id, time) {
  invisible(query("INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)
    VALUES (%d, 'app1', 'model-derivative', 'nwd', 1, '%s')", id, time))
}
balance_at <- "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = '%s'"
balance_of <- "SELECT balance FROM wallet_balance('T1', '%s')"
window <- "usage_status WHERE team_id = 'T1' AND occurred_at >= '%s' AND occurred_at < '%s'"
either <- "usage_status WHERE team_id = 'T1' AND (occurred_at = '%s' OR occurred_at = '%s')"
fact <- "usage WHERE occurred_at >= utc('%s') AND occurred_at < utc('%s')"
ids <- function(where, from, to) {
  paste(one(paste("SELECT usage_id FROM", where, "ORDER BY usage_id"), text(from), text(to)),
    collapse = " ")
}
typed <- function(is, shown) paste(tolower(is), shown)

say("version", one("SELECT billing_version()"))
at <- as.POSIXct("2025-05-05 10:00:00", tz = "UTC")
insert(60, text(at))
insert(61, text(at + 3600.25))
say("stored", one("SELECT occurred_at || '' FROM usage WHERE usage_id = 60"))
say("stored fraction", one("SELECT occurred_at || '' FROM usage WHERE usage_id = 61"))
say("balance at", one(balance_at, text(at)))
say("balance of", one(balance_of, text(at)))
say("balance before", one(balance_at, text(at - 1)))
say("window", ids(window, at, at + 1))
say("window before", ids(window, at - 3600, at))
say("window fraction", ids(window, at + 3600.25, at + 7200))
say("either", ids(either, at, at + 3600.25))
say("fact", ids(fact, at, at + 1))

value <- one(balance_at, text(at))
say("real", typed(is.double(value), format(value, digits = 15)))
value <- one("SELECT units FROM ledger WHERE team_id = 'T2'")
say("integer", typed(is.numeric(value), format(value, scientific = FALSE)))
value <- one("SELECT day FROM usage_daily WHERE team_id = 'T2'")
say("date", typed(inherits(value, "Date"), format(value)))
value <- one("SELECT occurred_at FROM ledger WHERE team_id = 'T2'")
say("timestamp", typed(inherits(value, "POSIXct"), format(value, "%Y-%m-%d %H:%M:%OS3")))

invisible(odbcSetAutoCommit(db, FALSE))
insert(62, text(at))
say("inside", one(balance_of, text(at)))
invisible(odbcEndTran(db, FALSE))
invisible(odbcSetAutoCommit(db, TRUE))
say("rolled back", one(balance_of, text(at)))

say("bad row", insert(63, "yesterday")[1])

say("not there", query("SELECT * FROM nowhere")[1])

odbcClose(db)
say("closed", "")
invisible(readLines(file("stdin"), 1))
