# A dashboard on a billing database, made of two Debian packages (r-cran-shiny, r-cran-rsqlite):
#
#   Rscript samples/dashboard/app.R DB [PORT]
#
# It loads the extension, so it asks the reading tables as of the last day that is chosen.
# BILLING_EXTENSION names another one than build/billing. It opens the file for reading only, and
# listens on this machine alone.
library(shiny)

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) < 1 || !file.exists(arguments[1])) {
  stop("no such file, name a database: app.R DB [PORT]")
}
port <- if (length(arguments) > 1) as.integer(arguments[2]) else 8080
db <- DBI::dbConnect(RSQLite::SQLite(), arguments[1], flags = RSQLite::SQLITE_RO,
                     loadable.extensions = TRUE)
ask <- function(sql, ...) DBI::dbGetQuery(db, sql, if (...length()) unname(list(...)))
invisible(ask("SELECT load_extension(?)", Sys.getenv("BILLING_EXTENSION", "build/billing")))

teams <- ask("SELECT team_id, coalesce(name, team_id) AS name FROM team ORDER BY name")
days <- as.Date(unlist(ask(
  "SELECT min(substr(occurred_at, 1, 10)), max(substr(occurred_at, 1, 10)) FROM usage")))
if (anyNA(days)) days <- rep(Sys.Date(), 2)
colours <- c("#0072B2", "#D55E00")

page <- fluidPage(
  titlePanel("Tokens"),
  sidebarLayout(
    sidebarPanel(
      selectInput("team", "Team", setNames(teams$team_id, teams$name)),
      dateRangeInput("days", "Days (UTC)", max(days[1], days[2] - 60), days[2]),
      tableOutput("wallet"), tableOutput("alerts"), width = 4),
    mainPanel(plotOutput("bars", height = 320), plotOutput("balance", height = 260), width = 8)))

server <- function(input, output) {
  at <- reactive(paste(input$days[2], "23:59:59.999"))
  period <- reactive({
    validate(need(input$days[1] <= input$days[2], "The first day is after the last."))
    list(as.character(input$days[1]), as.character(input$days[2] + 1))
  })
  bars <- reactive(ask("SELECT day, charged, uncharged FROM usage_bars(?, ?, ?, NULL, ?)",
                       input$team, period()[[1]], period()[[2]], at()))
  output$bars <- renderPlot({
    drawn <- bars()
    barplot(t(as.matrix(drawn[c("charged", "uncharged")])), names.arg = substr(drawn$day, 6, 10),
            col = colours, density = c(NA, 40), border = NA, las = 2, main = "Tokens per day",
            legend.text = c("Charged", "Uncharged"),
            args.legend = list(x = "topleft", horiz = TRUE, bty = "n", inset = c(0, -0.12)))
  }, alt = reactive(sprintf("%.2f tokens charged, %.2f uncharged", 
                            sum(bars()$charged), sum(bars()$uncharged))))
  output$balance <- renderPlot({
    drawn <- ask("SELECT at, balance FROM balance_series(?, ?, ?, 'day')",
                 input$team, period()[[1]], period()[[2]])
    plot(as.POSIXct(drawn$at, tz = "UTC"), drawn$balance, type = "s", col = colours[1], xlab = "",
         ylab = "tokens", main = "Balance")
    abline(h = 0)
  }, alt = "Balance over time")
  output$wallet <- renderTable(ask(
    paste("SELECT round(balance, 2) AS balance, round(uncharged, 2) AS uncharged, access",
          "FROM wallet_balance(?, ?)"),
    input$team, at()))
  output$alerts <- renderTable(ask("SELECT alert, message FROM billing_alert(?, ?)",
                                   input$team, at()))
}

runApp(shinyApp(page, server), host = "127.0.0.1", port = port, launch.browser = FALSE)
