// The steps of test_drivers.py with Java: Xerial's JDBC driver. By default it binds a Timestamp as
// milliseconds, which are refused; date_class=TEXT is the setting that billing needs. Instant and
// LocalDateTime are bound as ISO 8601 text with any setting.
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

class Times {
    static final String INSERT =
        "INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)"
            + " VALUES (?, 'app1', 'model-derivative', 'nwd', 1, ?)";
    static final String BALANCE_AT = "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = ?";
    static final String BALANCE_OF = "SELECT balance FROM wallet_balance('T1', ?)";

    static final String WINDOW = "usage_status WHERE team_id = 'T1' AND occurred_at >= ? AND occurred_at < ?";
    static final String EITHER = "usage_status WHERE team_id = 'T1' AND (occurred_at = ? OR occurred_at = ?)";
    static final String FACT = "usage WHERE occurred_at >= utc(?) AND occurred_at < utc(?)";

    static Connection db;

    static void say(String name, Object value) {
        System.out.println(name + "\t" + value);
    }

    static Connection open(String[] arguments, String dateClass) throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("enable_load_extension", "true");
        if (dateClass != null) {
            settings.setProperty("date_class", dateClass);
            if (System.getProperty("drivers.format") != null) {
                settings.setProperty("date_string_format", System.getProperty("drivers.format"));
            }
        }
        Connection opened = DriverManager.getConnection("jdbc:sqlite:" + arguments[0], settings);
        try (PreparedStatement load = opened.prepareStatement("SELECT load_extension(?)")) {
            load.setString(1, arguments[1]);
            load.executeQuery().close();
        }
        return opened;
    }

    static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Timestamp) {
                statement.setTimestamp(i + 1, (Timestamp) values[i]);
            } else {
                statement.setObject(i + 1, values[i]);
            }
        }
    }

    interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }

    static <T> T read(Reader<T> reader, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = db.prepareStatement(sql)) {
            bind(statement, values);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return reader.read(rows);
            }
        }
    }

    static Object one(String sql, Object... values) throws SQLException {
        return read(rows -> rows.getObject(1), sql, values);
    }

    static int typeOf(String sql) throws SQLException {
        return read(rows -> rows.getMetaData().getColumnType(1), sql);
    }

    static void insert(int id, Object time) throws SQLException {
        try (PreparedStatement statement = db.prepareStatement(INSERT)) {
            bind(statement, id, time);
            statement.executeUpdate();
        }
    }

    static String ids(String where, Object from, Object to) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = db.prepareStatement("SELECT usage_id FROM " + where
                + " ORDER BY usage_id")) {
            bind(statement, from, to);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
        }
        return String.join(" ", found);
    }

    interface Work {
        void run() throws SQLException;
    }

    static SQLException failure(Work work) {
        try {
            work.run();
        } catch (SQLException error) {
            return error;
        }
        return new SQLException("no error");
    }

    static Timestamp at(String time) {
        return Timestamp.from(Instant.parse(time));
    }

    public static void main(String[] arguments) throws Exception {
        db = open(arguments, "TEXT");
        try (Statement statement = db.createStatement()) {
            for (String line : Files.readAllLines(Path.of(arguments[2]))) {
                statement.execute(line);
            }
        }
        say("version", one("SELECT billing_version()"));
        Timestamp at = at("2025-05-05T10:00:00Z");
        insert(60, at);
        insert(61, LocalDateTime.of(2025, 5, 5, 11, 0, 0, 250_000_000));
        say("stored", one("SELECT occurred_at || '' FROM usage WHERE usage_id = 60"));
        say("stored fraction", one("SELECT occurred_at || '' FROM usage WHERE usage_id = 61"));
        say("balance at", one(BALANCE_AT, at));
        say("balance of", one(BALANCE_OF, LocalDateTime.of(2025, 5, 5, 10, 0)));
        say("balance before", one(BALANCE_AT, at("2025-05-05T09:59:59Z")));
        say("window", ids(WINDOW, at, at("2025-05-05T10:00:01Z")));
        say("window before", ids(WINDOW, at("2025-05-05T09:00:00Z"), at));
        say("window fraction", ids(WINDOW, at("2025-05-05T11:00:00.250Z"), at("2025-05-05T12:00:00Z")));
        say("either", ids(EITHER, at, at("2025-05-05T11:00:00.250Z")));
        say("fact", ids(FACT, at, at("2025-05-05T10:00:01Z")));
        types(at);

        db.setAutoCommit(false);
        insert(62, at);
        say("inside", one(BALANCE_OF, at));
        db.rollback();
        db.setAutoCommit(true);
        say("rolled back", one(BALANCE_OF, at));

        SQLException bad = failure(() -> insert(63, "yesterday"));
        say("bad row", bad.getMessage());
        say("bad row is", (bad.getErrorCode() & 255) == 19);
        busy(arguments, at);
        insert(63, Instant.parse("2025-05-05T12:00:00Z"));
        ResultSet left = db.createStatement().executeQuery("SELECT * FROM wallet_balance");
        left.next();
        db.close();

        db = open(arguments, null);
        say("number", failure(() -> insert(63, at)).getMessage());
        say("number asked", failure(() -> one(BALANCE_AT, at)).getMessage());
        db.close();
        say("closed", "");
        System.in.read();
    }

    /** Another connection writes: an error that says so, and the next statement works. */
    static void busy(String[] arguments, Timestamp at) throws SQLException {
        try (Connection other = open(arguments, "TEXT"); Statement statement = other.createStatement();
                Statement wait = db.createStatement()) {
            wait.execute("PRAGMA busy_timeout = 100");
            statement.execute("BEGIN IMMEDIATE");
            say("busy", failure(() -> insert(63, at)).getMessage());
            statement.execute("ROLLBACK");
        }
    }

    static void types(Timestamp at) throws SQLException {
        Object real = one(BALANCE_AT, at);
        say("real", (real instanceof Double) + " " + real);
        String units = "SELECT units FROM ledger WHERE team_id = 'T2'";
        say("integer", (one(units) instanceof Long) + " " + read(rows -> rows.getLong(1), units));
        String day = "SELECT day FROM usage_daily WHERE team_id = 'T2'";
        say("date", (typeOf(day) == Types.DATE) + " " + read(rows -> rows.getString(1), day));
        String time = "SELECT occurred_at FROM ledger WHERE team_id = 'T2'";
        say("timestamp", (typeOf(time) == Types.TIMESTAMP) + " " + read(rows -> rows.getString(1), time));
        say("timestamp got", got(time));
        say("second got", got("SELECT occurred_at FROM ledger WHERE usage_id = 60"));
    }

    static String got(String sql) {
        try {
            return read(rows -> rows.getTimestamp(1), sql).toInstant().toString();
        } catch (SQLException error) {
            return error.getMessage();
        }
    }
}
