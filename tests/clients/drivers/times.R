# The steps of test_drivers.py with R and RSQLite. It binds POSIXct and Date as numbers, which are
# refused; `text()` is how a time is written.
suppressPackageStartupMessages({
  library(DBI)
  library(RSQLite)
})

argument <- commandArgs(trailingOnly = TRUE)
say <- function(name, value) cat(name, "\t", format(value, digits = 15), "\n", sep = "")
failure <- function(work) tryCatch({ work; "no error" }, error = conditionMessage)
# %OS3 cuts, and a POSIXct is a double that may lie just below its millisecond.
text <- function(time) format(time + 0.0005, "%Y-%m-%d %H:%M:%OS3", tz = "UTC")

db <- dbConnect(SQLite(), argument[1], loadable.extensions = TRUE, extended_types = TRUE)
invisible(dbGetQuery(db, "SELECT load_extension(?)", params = list(argument[2])))
for (line in readLines(argument[3])) {
  if (startsWith(line, "SELECT")) dbGetQuery(db, line) else dbExecute(db, line)
}

one <- function(sql, ...) dbGetQuery(db, sql, params = if (...length()) list(...))[[1]]
insert <- function(id, time) {
  invisible(dbExecute(db, "INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)
    VALUES (?, 'app1', 'model-derivative', 'nwd', 1, ?)", params = list(id, time)))
}
balance_at <- "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = ?"
balance_of <- "SELECT balance FROM wallet_balance('T1', ?)"
window <- "usage_status WHERE team_id = 'T1' AND occurred_at >= ? AND occurred_at < ?"
either <- "usage_status WHERE team_id = 'T1' AND (occurred_at = ? OR occurred_at = ?)"
fact <- "usage WHERE occurred_at >= utc(?) AND occurred_at < utc(?)"
ids <- function(where, from, to) {
  paste(one(paste("SELECT usage_id FROM", where, "ORDER BY usage_id"), text(from), text(to)),
    collapse = " ")
}

say("version", one("SELECT billing_version()"))
at <- as.POSIXct("2025-05-05 10:00:00", tz = "UTC")
insert(60, text(at))
insert(61, text(as.POSIXct("2025-05-05 20:00:00", tz = "Asia/Tokyo") + 0.25))
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

typed <- function(value, is, shown = format(value, digits = 15)) paste(tolower(is(value)), shown)
say("real", typed(one(balance_at, text(at)), is.double))
say("integer", typed(one("SELECT units FROM ledger WHERE team_id = 'T2'"),
  function(value) inherits(value, "integer64")))
day <- one("SELECT day FROM usage_daily WHERE team_id = 'T2'")
say("date", typed(day, function(value) inherits(value, "Date"), format(day)))
time <- one("SELECT occurred_at FROM ledger WHERE team_id = 'T2'")
say("timestamp", typed(time, function(value) inherits(value, "POSIXct"), text(time)))

milliseconds <- text(at + (0:999) / 1000)
say("every millisecond", all(milliseconds == sprintf("2025-05-05 10:00:00.%03d", 0:999)))

dbBegin(db)
insert(62, text(at))
say("inside", one(balance_of, text(at)))
dbRollback(db)
say("rolled back", one(balance_of, text(at)))

say("bad row", failure(insert(63, "yesterday")))
say("number", failure(insert(63, at)))
say("number asked", failure(one(balance_at, at)))
say("date bound", failure(one(balance_at, as.Date(at))))

dbDisconnect(db)
say("closed", "")
invisible(readLines(file("stdin"), 1))
