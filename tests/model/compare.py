"""Everything that the database says against everything that the oracle says, to the unit."""
import random
import time
import zlib

from closing import Book, View
from exact import UNIT, exact, half_up, parse, quantity_of, text_of
from oracle import EITHER, UNPRICED, Facts, Replay, can_call, daily
from pricing import CHOICES, fold

END = '9000-01-01 00:00:00'
IN_TOKENS = {'balance', 'available', 'cloud_credits', 'flex_tokens', 'uncharged', 'total', 'used',
             'purchased_ever', 'used_ever', 'lapsed_ever', 'min_purchase', 'next_lapse_tokens',
             'moved', 'tokens', 'lapsed', 'remaining', 'charged'}
INSTANTS = 10
PRESENT = {'access', 'grace_ends_at', 'min_purchase', 'next_lapse_at', 'next_lapse_tokens'}

WALLET = ('team_id, at, balance, available, cloud_credits, flex_tokens, uncharged, total, used, '
          'purchased_ever, used_ever, lapsed_ever, access, negative_since, grace_ends_at, '
          'min_purchase, next_lapse_at, next_lapse_tokens, moved')
LOT = ('team_id, at, lot_id, kind, purchased_at, expires_at, tokens, used, lapsed, remaining, '
       'state')
UNCHARGED = ('team_id, usage_id, client_id, api, sku, occurred_at, tokens, charged, uncharged, '
             'reason')
STATUS = ('usage_id, team_id, client_id, api, sku, quantity, occurred_at, tokens, charged, '
          'uncharged, status, settled_at')
LEDGER = ('team_id, usage_id, lot_id, client_id, api, sku, occurred_at, charged_at, entry, '
          'tokens, units')
DAILY = 'day, team_id, client_id, api, sku, events, quantity, tokens, charged, uncharged'


def units_of(shown):
    """A REAL in tokens as units; negative balances too."""
    if shown is None:
        return None
    value = exact(shown) * UNIT
    return half_up(value) if value >= 0 else -half_up(-value)


def spelled(row):
    """The row as it is compared: skus without their case, unless CHOICES cares."""
    if row.get('sku') is None or CHOICES['sku_case']:
        return row
    return dict(row, sku=fold(row['sku']))


class Comparison:
    """Collects differences as readable lines."""

    def __init__(self, db, rows, seed, book=None, count=INSTANTS):
        self.book, self.count = book or Book(), count
        self.db, self.facts, self.seed = db, Facts(rows), seed
        self.lines = []
        self.checks = 0

    def all(self):
        whole = Replay(self.facts, None, self.book)
        self.ledger(whole)
        self.unrated(whole)
        self.usage_daily(whole)
        for at in self.instants():
            self.as_of(at)
        self.functions()
        self.now()
        if self.count == INSTANTS or self.seed % 4 == 0:    # it costs as much as the rest of a brief one
            self.broken()
        return self.lines

    def ledger_and_balances(self, count):
        """A part of it that is fast where there is much usage: as of some instants."""
        self.ledger(Replay(self.facts, None, self.book))
        for at in self.dice('some').sample(self.instants(), count):
            self.as_of(at)
        self.broken()

    # ---- helpers -------------------------------------------------------------------------

    def rows(self, sql, values=()):
        cursor = self.db.execute(sql, values)
        names = [d[0] for d in cursor.description]
        return [{n: units_of(v) if n in IN_TOKENS else v for n, v in zip(names, row)}
                for row in cursor]

    def diff(self, name, key, expected, actual):
        """Rows matched by key; one line per difference."""
        self.checks += 1
        expected, actual = [spelled(r) for r in expected], [spelled(r) for r in actual]
        want = {tuple(r[k] for k in key): r for r in expected}
        have = {tuple(r[k] for k in key): r for r in actual}
        if len(have) != len(actual):
            self.lines.append(f'{name}: the same row twice')
        for at in sorted(set(want) | set(have), key=repr):
            if at not in have:
                self.lines.append(f'{name}{at}: missing, expected {self.show(want[at])}')
            elif at not in want:
                self.lines.append(f'{name}{at}: not expected, {self.show(have[at])}')
            else:
                odd = [f'{c} = {self.value(c, have[at][c])}, expected {self.value(c, v)}'
                       for c, v in want[at].items() if have[at][c] != v]
                if odd:
                    self.lines.append(f'{name}{at}: ' + '; '.join(odd))

    def value(self, column, value):
        if column in IN_TOKENS and isinstance(value, int):
            return f'{value / UNIT:.7g} ({value})'
        return repr(value)

    def show(self, row):
        return ', '.join(f'{c}={self.value(c, v)}' for c, v in row.items())

    def dice(self, text):
        """A choice that depends on this text alone, so that shrinking does not move it."""
        return random.Random(zlib.crc32(f'{self.seed} {text}'.encode()))

    def instants(self):
        """Instants of the facts, the ends of lots and of grace, their neighbours, and the end."""
        found = {parse(v) for rows in self.facts.rows.values() for r in rows
                 for c, v in r.items() if v is not None and
                 (c.endswith('_at') or c.endswith('_from') or c.endswith('_until'))}
        for lot in self.facts['token_lot']:
            life = self.facts.life(lot)
            found |= {life['end'], life['limit']}
        since = {parse(u['occurred_at']) for u in self.facts['usage']}
        ends = {at + self.facts.policy_days('grace_days', at) for at in since}
        near = found | ends | {t - 1 for t in found | ends}
        names = sorted(text_of(t) for t in near if t >= parse('2000-01-01 00:00:00'))
        names.sort(key=lambda t: self.dice(t).random())
        return names[:self.count] + [END]

    # ---- reading tables --------------------------------------------------------------------

    def as_of(self, at):
        state = View(self.facts, parse(at), self.book)
        read = self.reader(at)
        self.diff(f'wallet_balance at {at} ', ('team_id',),
                  [self.final(state, dict(w, at=at)) for w in state.wallets()],
                  self.soft(read('wallet_balance', WALLET)))
        lots, unsaid = state.lots()
        lots = {r['lot_id']: dict(r, at=at) for r in lots}
        shown = [r for r in read('lot_balance', LOT) if r['lot_id'] not in unsaid]
        for row in shown:
            expected = lots.get(row['lot_id'], {})
            if expected.get('state') == EITHER and row['state'] in ('lapsed', 'void'):
                expected['state'] = row['state']
        self.diff(f'lot_balance at {at} ', ('lot_id',), lots.values(), shown)
        self.diff(f'uncharged_usage at {at} ', ('usage_id',),
                  [self.final(state, u) for u in state.uncharged()],
                  read('uncharged_usage', UNCHARGED))
        statuses, unsaid = state.statuses()
        self.diff(f'usage_status at {at} ', ('usage_id',), statuses,
                  [self.unpriced(r) for r in read('usage_status', STATUS)
                   if r['usage_id'] not in unsaid and not self.kept(state, r)])
        for team in self.facts['team']:
            answer = self.db.execute('SELECT access(?, ?)', (team['team_id'], at)).fetchone()[0]
            if self.book.same_grace(team['team_id'], self.facts) and (
                    not state.final(team['team_id']) or state.same_rules(team['team_id'])):
                self.same(f"access({team['team_id']}, {at})", answer,
                          state.access(team['team_id']))

    @staticmethod
    def kept(state, row):
        """Usage that no rate covered at the close, which its team shows as it was then."""
        return row['status'] == 'unrated' and row['team_id'] is not None and state.final(
            row['team_id'])

    def final(self, state, row):
        """Of the time before a close nothing is said of what speaks of the rules as they are
        now."""
        names = set()
        if state.final(row['team_id']) and not state.same_rules(row['team_id']):
            names = PRESENT
        if not self.book.same_grace(row['team_id'], self.facts):
            names = names | {'access', 'grace_ends_at'}
        if 'reason' in row and row['usage_id'] in self.held:
            names = names | {'reason'}
        return {c: v for c, v in row.items() if c not in names}

    @property
    def held(self):
        """Usage that a close holds."""
        return {i for close in self.book.tops().values() for i in close.held_usages()}

    def now(self):
        """An omitted `at` is now; no fact of a history lies within the seconds of this call."""
        at = int(time.time() * 1000)
        shown = self.rows(f'SELECT {WALLET} FROM wallet_balance')
        state = View(self.facts, at, self.book)
        self.diff('wallet_balance now ', ('team_id',), [self.final(state, w)
                                                        for w in state.wallets()],
                  self.soft(shown))

    def reader(self, at):
        """The ways to ask must agree: by argument, by equality, by join, team by team."""
        way = self.dice(at).randint(0, 3)
        teams = [t['team_id'] for t in self.facts['team']]

        def read(table, columns):
            if way == 0:
                return self.rows(f'SELECT {columns} FROM {table} WHERE at = ?', (at,)) \
                    if ' at,' in columns else self.rows(
                        f'SELECT {columns} FROM {table}(NULL, ?)', (at,))
            if way == 1:
                return self.rows(f'SELECT {columns} FROM {table} WHERE p_at = ?', (at,))
            rows = []
            if way == 2:
                shown = ', '.join('r.' + c for c in columns.split(', '))
                rows += self.rows(f'SELECT {shown} FROM team t JOIN {table} r '
                                  'ON r.p_team = t.team_id WHERE r.p_at = ?', (at,))
            for team in teams if way == 3 else ():
                rows += self.rows(f'SELECT {columns} FROM {table}(?, ?)', (team, at))
            if table == 'usage_status':
                rows += self.rows(f'SELECT {columns} FROM {table} WHERE p_at = ? '
                                  'AND team_id IS NULL', (at,))
            return rows
        return read

    @staticmethod
    def soft(rows):
        """Nothing to lapse may read 0 tokens or NULL."""
        for row in rows:
            if row['next_lapse_at'] is None and row['next_lapse_tokens'] == 0:
                row['next_lapse_tokens'] = None
        return rows

    @staticmethod
    def unpriced(row):
        """Usage without price or payer: its amounts are not settled by the contract."""
        if row['status'] in UNPRICED:
            if row['charged'] in (None, 0):
                row.update(tokens=0, charged=0, uncharged=0)
        return row

    def ledger(self, whole):
        expected = []
        for entry in whole.ledger:
            usage = whole.usages[entry['usage_id']]
            expected.append({**entry, 'charged_at': text_of(entry['charged_at']),
                             'client_id': usage['client_id'], 'api': usage['api'],
                             'sku': usage['sku'], 'occurred_at': text_of(usage['occurred']),
                             'tokens': entry['units']})
        key = ('usage_id', 'lot_id', 'charged_at')
        self.diff('ledger', key, expected, self.rows(f'SELECT {LEDGER} FROM ledger'))
        plain = self.rows('SELECT usage_id, lot_id, units, charged_at FROM ledger_entry')
        for row in plain:
            if isinstance(row['charged_at'], int):
                row['charged_at'] = text_of(row['charged_at'])
        self.diff('ledger_entry', key, [{c: e[c] for c in ('usage_id', 'lot_id', 'units',
                                                           'charged_at')} for e in expected], plain)

    def unrated(self, whole):
        expected = [{'usage_id': r['usage_id']} for r in whole.statuses()
                    if r['status'] in UNPRICED]
        self.diff('unrated_usage', ('usage_id',), expected,
                  self.rows('SELECT usage_id FROM unrated_usage'))

    def usage_daily(self, whole):
        """Sums per day over everything that has ever been recorded."""
        key = ('day', 'team_id', 'client_id', 'api', 'sku', 'priced')
        statuses = [spelled(r) for r in whole.statuses()]
        expected = daily(statuses)
        shown = self.rows(f'SELECT {DAILY} FROM usage_daily')
        for row in shown:
            row['quantity'] = quantity_of(row['quantity'])
            row['priced'] = row['tokens'] is not None
        self.diff('usage_daily', key, [{**dict(zip(key, k)), **v} for k, v in expected.items()],
                  shown)

    # ---- functions -----------------------------------------------------------------------

    def same(self, question, answer, expected):
        self.checks += 1
        if answer != expected:
            self.lines.append(f'{question} = {answer!r}, expected {expected!r}')

    def functions(self):
        """rate(), payer(), can_call() at the usages' own instants and just before."""
        facts = self.facts
        for usage in facts['usage']:
            at = text_of(parse(usage['occurred_at']) - self.dice(usage['usage_id']).randint(0, 1))
            args = (usage['api'], usage['sku'], usage['quantity'], at)
            answer = self.db.execute('SELECT rate(?, ?, ?, ?)', args).fetchone()[0]
            self.same(f'rate{args}', units_of(answer), facts.rate(*args))
            args = (usage['client_id'], at)
            answer = self.db.execute('SELECT payer(?, ?)', args).fetchone()[0]
            self.same(f'payer{args}', answer, facts.payer(args[0], parse(at)))
        for usage in facts['usage'][:3]:
            args = (usage['client_id'], usage['api'], usage['occurred_at'])
            payer = facts.payer(args[0], parse(args[2]))
            if self.before_a_close(payer, parse(args[2])) or \
                    not self.book.same_grace(payer, facts):
                continue
            if facts.find('api', api=facts.resolve_api(args[1])) and payer:
                answer = self.db.execute('SELECT can_call(?, ?, ?)', args).fetchone()[0]
                self.same(f'can_call{args}', answer,
                          can_call(facts, args[0], args[1], parse(args[2]), self.book))

    def before_a_close(self, team, at):
        close = self.book.last(team)
        return close is not None and at < close.until

    def broken(self):
        self.checks += 1
        for row in self.db.execute("SELECT rule, subject, detail FROM billing_check "
                                   "WHERE severity = 'error'"):
            self.lines.append(f'billing_check: error {row}')
        for row in self.db.execute("SELECT t.team_id, c.rule, c.subject, c.detail"
                                   " FROM team t, billing_check(t.team_id) c"
                                   " WHERE c.severity = 'error'"):
            self.lines.append(f'billing_check of a team: error {row}')
