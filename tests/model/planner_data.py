"""The database of planner.py: facts by seed, what is known of each reading table, fixed
statements."""

from sql_side import quoted

BATCH = 500     # statements on one database

# All usage is of 2023; NOW stands for the time of the clock, later than all that happens.
POOLS = {'at': ['2023-02-11 00:00:00', '2023-04-01 12:00:00', '2023-07-15 06:30:00.250',
                '2024-01-01 00:00:00'],
         'days': [30, 90]}
NOW = '2080-01-01 00:00:00'
DEFAULTS = {'days': 90}
# Pages, whose rows depend on two instants, a step and a zone: they have no copy here.
PAGES = ('balance_series', 'lot_series', 'usage_series', 'forecast_series', 'month_statement',
         'charge_back', 'usage_page', 'balances_page', 'usage_bars')
NO_READING = ('settlement', 'usage_import')    # they are for those who write
READ_ALONE = ('settlement_preview',)
FILTERS = {'p_team': 'team_id', 'p_usage': 'usage_id', 'p_name': 'name'}
HELPED = ['rate', 'WALLET_balance', 'usage', 'Settlement', 'nothing']     # names for billing_help
NOCASE = ('billing_help', 'name')
WRITTEN_ONLY = ('rebuild',)     # hidden columns that an INSERT takes and no SELECT shows


class Table:
    """A reading table. `coordinates` are parameters that are not mere filters of its rows."""

    def __init__(self, name, info):
        self.name = name
        hidden = [column for column, _, kind in info if kind and column != '_billing_key']
        self.types = {column: kind for column, kind, _ in info}
        self.args = [column for column in hidden if column.startswith('p_')]
        self.coordinates, self.only_argument = [], False
        self.columns = [c for c, _, kind in info if not kind]
        for arg in self.args:
            self.learn(arg)
        for column in hidden:
            if not column.startswith('p_') and column not in self.coordinates + list(WRITTEN_ONLY):
                raise SystemExit(f'planner_data.py: {name}.{column} is hidden and not known here')

    def learn(self, arg):
        name = arg[2:]
        if name in POOLS:
            # Of token_events `at` says when the event was.
            self.only_argument = self.name == 'token_events'
            self.coordinates.append(arg if self.only_argument else name)
        elif arg not in FILTERS:
            raise SystemExit(f'planner_data.py: {self.name} has a parameter that is not known, '
                             f'{arg}')

    @property
    def plain(self):
        """Columns that can be constrained in any way."""
        return [c for c in self.columns if c not in self.coordinates]

    def argument_values(self, values):
        """values: of filters and coordinates by the names of arguments."""
        return ', '.join(values.get(arg, 'NULL') for arg in self.args)

    def copy_script(self):
        """SQL, and `(question, table)` where a table is not read inside a statement that writes."""
        extra = [c for c in self.coordinates if c not in self.columns]
        columns = self.columns + extra
        typed = ', '.join(f'{c} {self.types[c]}' + ' COLLATE NOCASE' * ((self.name, c) == NOCASE)
                          for c in columns)
        for prefix in 'c_', 'n_':
            yield f'CREATE TEMP TABLE {prefix}{self.name}({typed})'
        ats = POOLS['at'] if self.args and self.coordinates else [None]
        for at in ats:
            for days in POOLS['days'] if 'days' in self.coordinates else [None]:
                yield self.insert('c_', at, days)
        for days in POOLS['days'] if 'days' in self.coordinates else [None]:
            yield self.insert('n_', NOW if self.coordinates else None, days)
        names = ', '.join(self.columns + [c for c in extra if not c.startswith('p_')])
        yield f'CREATE TEMP VIEW v_{self.name} AS SELECT {names} FROM {self.name}'
        yield f'CREATE TEMP VIEW c_v_{self.name} AS SELECT {names} FROM c_{self.name}'

    def insert(self, prefix, at, days):
        values = {arg: quoted(value) for arg, value in (('p_at', at), ('p_days', days)) if value}
        given = {'at': at, 'p_at': at, 'days': days}
        extra = [c for c in self.coordinates if c not in self.columns]
        chosen = ', '.join(self.columns + [quoted(given[c]) for c in extra])
        source = f'{self.name}({self.argument_values(values)})' if self.args else self.name
        if self.name in READ_ALONE:
            return f'SELECT {self.exact(chosen)} FROM {source}', f'{prefix}{self.name}'
        return f'INSERT INTO {prefix}{self.name} SELECT {chosen} FROM {source}'

    def exact(self, chosen):
        """Reals with all their digits, which not every shell prints."""
        return ', '.join(f"printf('%!.20g', {c})" if self.types.get(c) == 'REAL' else c
                         for c in chosen.split(', '))


# ---- facts ----

OPEN = "occurred_at >= '2023-03-01 00:00:00' AND client_id <> 'b1'"     # no closed period holds it

TEAMS = {'T1': 'acme', 'T2': 'acme', 't1': 'acme', "o'neil": 'beta', 'empty': 'beta', 'eba': 'gov',
         'new': 'trial'}


def insert(table, **row):
    return f"INSERT INTO {table}({', '.join(row)}) VALUES ({', '.join(map(quoted, row.values()))})"


def moment(rng, first, last):
    """Some hour of the days [first, last) of 2023; few instants, so that rows meet."""
    day = rng.randrange(first, last)
    month, of_month = day // 28 + 1, day % 28 + 1
    return f'2023-{month:02}-{of_month:02} {rng.choice((0, 9, 23)):02}:00:00' + rng.choice(
        ('', '', '.250'))


def usage(rng, number, first=0, last=330):
    api, sku, quantity = rng.choice((('model-derivative', 'rvt', 20),
                                     ('model-derivative', 'dwg', 30),
                                     ('design-automation', 'revit', 7200), ('viewer', None, 1),
                                     ('reality-capture', 'photo', 500), ('teleport', 'metre', 2)))
    return insert('usage', usage_id=number, client_id=rng.choice((
        'a1', 'a2', 'b1', 'c1', 'd1', 'lost')),
                  api=api, sku=sku, quantity=rng.randint(1, quantity),
                  occurred_at=moment(rng, first, last),
                  outcome=rng.choice(('success',) * 5 + ('failed',)),
                  user_id=rng.choice((None, 'ann', 'bob')), label=rng.choice((None, 'night')))


def lots(rng):
    for number in range(1, 13):
        kind = rng.choice(('flex_token', 'flex_token', 'cloud_credit'))
        bought = moment(
            rng, 0, 200) if kind == 'flex_token' else f'2022-0{rng.randint(1, 9)}-01 00:00:00'
        expires = '2095-01-01 00:00:00' if number == 1 else rng.choice(
            (None, None, '2023-09-01 00:00:00')) if kind == 'flex_token' else '2023-06-01 00:00:00'
        yield insert('token_lot', lot_id=number, team_id=('T1' if number == 1 else rng.choice(
            ('T1', 'T2', 't1', "o'neil"))), kind=kind, tokens=rng.choice((5, 10, 12.5, 40)),
            purchased_at=bought, expires_at=expires,
            voided_at='2023-12-01 00:00:00' if number == 5 else None)
    for number in 2, 3:
        yield insert('lot_move', lot_id=number, team_id=rng.choice(('T2', 't1')),
                     moved_at=moment(rng, 210, 260))


def database_script(rng):
    yield 'SELECT billing_install()'
    yield 'BEGIN'
    for account, country, agreement, trial in (('acme', 'JP', 'flex', None),
                                               ('beta', 'US', 'flex', None),
                                               ('gov', 'US', 'eba', None),
                                               ('trial', 'JP', 'flex', '2023-03-01 00:00:00')):
        yield insert('account', account_id=account, country=country, agreement=agreement,
                     trial_started_at=trial)
    for team, account in TEAMS.items():
        yield insert('team', team_id=team, account_id=account)
    for app, account, team in (('a1', 'acme', 'T1'), ('a2', 'acme', 'T2'), ('b1', 'beta', "o'neil"),
                               ('c1', 'gov', 'eba'), ('d1', 'trial', 'new')):
        yield insert('app', client_id=app, account_id=account)
        yield insert('app_team', client_id=app, team_id=team, assigned_at='2022-01-01 00:00:00')
    yield insert('app_team', client_id='a1', team_id='t1', assigned_at=moment(rng, 100, 200))
    yield from lots(rng)
    for number in range(1, 61):
        yield usage(rng, number)
    for number, team in enumerate((None, 'T1', "o'neil"), 1):
        yield insert('budget', budget_id=number, team_id=team, client_id=rng.choice((None, 'a1')),
                     tokens=rng.randint(5, 60), starts_at=moment(rng, 0, 100), ends_at=None)
    yield 'COMMIT'
    yield 'SELECT settle()'
    yield insert('period_close', team_id="o'neil", closed_until='2023-03-01 00:00:00')
    yield 'BEGIN'
    for number in range(61, 71):
        yield usage(rng, number)        # late, and waits for settle()
    yield 'COMMIT'
    state = rng.choice(('waits', 'settled', 'changed', 'changed and settled'))
    if state.startswith('changed'):
        yield from changes(rng)
    if state.endswith('settled'):
        yield 'SELECT settle()'


def changes(rng):
    """What is settled stands where it was, until settle(): a usage that went, came later, changed
    its app."""
    for number in rng.sample(range(1, 61), 3):
        yield f'DELETE FROM usage WHERE usage_id = {number} AND {OPEN}'
    for number in rng.sample(range(1, 61), 4):
        yield (f"UPDATE usage SET occurred_at = '{moment(rng, 90, 330)}' WHERE usage_id = {number}"
               f" AND {OPEN}")
    for number in rng.sample(range(1, 61), 2):
        yield f"UPDATE usage SET client_id = 'a2' WHERE usage_id = {number} AND {OPEN}"
    yield insert('app_team', client_id='a2', team_id='t1', assigned_at=moment(rng, 120, 240))


# Fact tables to join with: columns, their types, and values to compare with.
FACTS = {
    'team': {'team_id': 'TEXT', 'account_id': 'TEXT'},
    'token_lot': {'lot_id': 'INTEGER', 'team_id': 'TEXT', 'kind': 'TEXT', 'tokens': 'REAL'},
    'usage': {'usage_id': 'INTEGER', 'client_id': 'TEXT', 'api': 'TEXT', 'quantity': 'REAL',
              'occurred_at': 'TIMESTAMP'},
}
FACT_VALUES = {'team_id': list(TEAMS), 'account_id': ['acme', 'beta', 'gov'],
               'lot_id': [1, 2, 3, 7],
               'kind': ['flex_token', 'cloud_credit'], 'tokens': [5, 12.5, 40],
               'usage_id': [1, 20, 40, 65], 'client_id': ['a1', 'b1', 'lost'],
               'api': ['model-derivative', 'viewer'], 'quantity': [1, 5, 100],
              'occurred_at': ['2023-02-11 09:00:00', '2023-04-01 00:00:00',
                              '2023-07-15 23:00:00.250']}
JOINED_BY = ('usage_id', 'lot_id', 'budget_id', 'team_id', 'client_id', 'kind', 'api',
             'occurred_at')


# ---- statements that always run ----

class FixedCases:
    """(tables, duty, order, template), with {table} and [[over it||over its copy]] as in
    planner.py."""

    A, B, C, D = (quoted(at) for at in POOLS['at'])
    ALWAYS = [
        # A row keeps its identity in each part of an OR, and in both passes of RIGHT and FULL JOIN.
        (['usage_daily'], 'must', "SELECT sum(events) FROM {usage_daily@now}"
         " WHERE day < '2023-03-01' OR day > '2023-05-01'"),
        (['usage_daily'], 'must', "SELECT day, events FROM {usage_daily@now}"
         " WHERE day = '2023-03-02' OR team_id = 'T1' OR events > 1"),
        (['ledger'], 'must', "SELECT count(*), sum(units) FROM {ledger}"
         " WHERE team_id = 'T1' OR team_id = 'T2' OR team_id IS NULL"),
        (['wallet_balance'], 'error', f'SELECT count(*) FROM {{wallet_balance}}'
         f' WHERE at BETWEEN {A} AND {C}'),
        (['wallet_balance'], 'error', f'SELECT count(*) FROM {{wallet_balance}} WHERE at >= {A}'),
        (['lot_balance'], 'error', f'SELECT count(*) FROM {{lot_balance}}'
         f' WHERE at < {A} OR at > {B}'),
        (['wallet_balance'], 'must', f'SELECT team_id, balance FROM {{wallet_balance}}'
         f' WHERE at IN ({A}, {B})'),
        (['wallet_balance'], 'must', f"SELECT team_id, balance FROM {{wallet_balance}}"
         f" WHERE (team_id = 'T1' AND at = {A}) OR (team_id = 'T1' AND at = {B})"),
        # What SQLite shows no virtual table is found out when it is compared.
        (['wallet_balance'], 'error', f"WITH m(at) AS (VALUES({A})) SELECT balance"
         f" FROM {{wallet_balance}} w"
         " CROSS JOIN m WHERE w.at = m.at AND w.team_id = 'T1'"),
        (['lot_balance'], 'may', f"SELECT lot_id FROM {{lot_balance}} WHERE (team_id, at) IN"
         f" (VALUES ('T1', {A}), ('T2', {B}))"),
        (['wallet_balance'], 'error', f"SELECT team_id FROM {{wallet_balance}}"
         f" WHERE NOT (at = {A})"),
        (['wallet_balance'], 'error', f"SELECT team_id FROM {{wallet_balance}}"
         f" WHERE at NOT IN ({A}, {B})"),
        (['wallet_balance'], 'error', f"SELECT team_id FROM {{wallet_balance}}"
         f" WHERE length(team_id) > 9 OR at = {A}"),
        (['wallet_balance'], 'must', f"WITH m(at) AS (VALUES({A})) SELECT balance"
         f" FROM {{wallet_balance}} w"
         " JOIN m ON w.at = m.at WHERE w.team_id = 'T1'"),
        (['wallet_balance'], 'must', f"WITH m(at) AS (VALUES({A})) SELECT balance FROM m"
         " JOIN {wallet_balance} w ON w.at = m.at WHERE w.team_id = 'T1'"),
    ]
    OUTER = [
        (['ledger'], 'must', "SELECT t.team_id, l.entry_id FROM {ledger} l"
         " RIGHT JOIN team t ON t.team_id = l.team_id"),
        (['ledger'], 'must', "SELECT t.team_id, l.entry_id FROM team t"
         " FULL JOIN {ledger} l ON t.team_id = l.team_id AND l.units > 1000000"),
        (['usage_status'], 'must', f"SELECT u.usage_id, s.status FROM usage u"
         f" FULL JOIN [[usage_status(NULL, {A})||(SELECT * FROM c_usage_status WHERE at = {A})]] s"
         " ON s.usage_id = u.usage_id AND s.quantity > 5"),
    ]

    @classmethod
    def of(cls, runner):
        return cls.ALWAYS + (cls.OUTER if runner.has_full_join else [])

    @staticmethod
    def statement(tables, duty, template):
        from planner_sql import Fixed
        return Fixed(tables, duty, template)
