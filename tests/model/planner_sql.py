"""Random SELECTs over reading tables, for planner.py: a tree that prints as a template and
shrinks."""

import copy

from planner_data import DEFAULTS, FACT_VALUES, FACTS, FILTERS, HELPED, JOINED_BY, POOLS, TEAMS
from sql_side import quoted

# Every kind of statement that a run must have had. `pin …` says how a reading table's instant is
# given.
KINDS = [f'pin {name}' for name in (
    'none', 'omitted', 'equal', 'in', 'or', 'or team', 'is', 'equal pair', 'equal and range',
    'in subquery', 'equal subquery', 'argument', 'mixed', 'subselect', 'view', 'calendar',
    'calendar argument', 'correlated', 'transitive', 'row values', 'forced order', 'range',
    'range join', 'not', 'outer where', 'outer on', 'right argument', 'union view')]
KINDS += [f'join {name}' for name in ('inner', 'left', 'right', 'full', 'cross', 'comma', 'natural',
                                      'self', 'using', 'fact', 'calendar')]
KINDS += ['and', 'or', 'or of parameters', 'term not', 'term in', 'term between', 'term like',
          'term null', 'term compare',
          'term in subquery', 'term pushed number', 'term pushed text', 'term pushed time',
          'exists', 'not exists', 'scalar subquery', 'union', 'union all', 'intersect',
          'except', 'window', 'distinct', 'group', 'having', 'order', 'limit', 'cte', 'derived']

# Columns that follow the clock when the instant is omitted.
OF_NOW = ('runs_out_on',)
NUMBERS = ('REAL', 'BIGINT', 'INTEGER')


# ---- conditions ----

class Leaf:
    """A condition as text. What is fixed stays when a statement shrinks: it names the instant."""

    def __init__(self, text, fixed=False):
        self.text, self.fixed = text, fixed

    def edits(self):
        return []


class Many:
    """AND or OR of several."""

    def __init__(self, word, kids, fixed=False):
        self.word, self.kids, self.fixed = word, kids, fixed

    @property
    def text(self):
        if not self.kids:
            return '1'
        return f' {self.word} '.join(k.text if isinstance(k, Leaf) else f'({k.text})'
                                     for k in self.kids)

    def edits(self):
        for i, kid in enumerate(self.kids):
            if not kid.fixed or self.word == 'OR' and len(self.kids) > 1:
                yield lambda i=i: self.kids.pop(i)
            yield from kid.edits()


class Not:
    def __init__(self, kid):
        self.kid, self.fixed = kid, False

    @property
    def text(self):
        return f'NOT ({self.kid.text})'

    def edits(self):
        return self.kid.edits()


def both(kids):
    return Many('AND', list(kids))


def fixed(text):
    return Leaf(text, True)


# ---- statements ----

class Source:
    def __init__(self, text, join='', on=None, using=None):
        self.text, self.join, self.on, self.using = text, join, on, using

    def printed(self):
        if self.using:
            return f'{self.join} {self.text} USING ({self.using})'
        return f'{self.join} {self.text}' + (f' ON {self.on.text}' if self.on else '')


class Select:
    def __init__(self, columns, sources, where):
        self.columns, self.sources, self.where = columns, sources, where
        self.distinct, self.group, self.having = False, [], None

    def text(self):
        text = 'SELECT ' + 'DISTINCT ' * self.distinct + ', '.join(self.columns)
        text += ' FROM ' + ' '.join(s.printed() for s in self.sources).strip()
        if self.where.kids:
            text += f' WHERE {self.where.text}'
        if self.group:
            text += ' GROUP BY ' + ', '.join(self.group)
        return text + (f' HAVING {self.having.text}' if self.having else '')

    def edits(self):
        yield from self.where.edits()
        for source in self.sources:
            if source.on:
                yield from source.on.edits()
        for i in range(1, len(self.sources)):
            yield lambda i=i: self.sources.pop(i)
        if self.distinct:
            yield lambda: setattr(self, 'distinct', False)
        if self.having:
            yield lambda: setattr(self, 'having', None)


class Statement:
    def __init__(self, first):
        self.parts, self.words = [first], []
        self.withs, self.order, self.limit = [], [], ''
        self.tables, self.kinds, self.values = [], set(), {}
        self.duty, self.pin = 'must', 'none'

    def template(self):
        text = f"WITH {', '.join(self.withs)} " if self.withs else ''
        text += self.parts[0].text()
        for word, part in zip(self.words, self.parts[1:]):
            text += f' {word} {part.text()}'
        if self.order:
            text += ' ORDER BY ' + ', '.join(f'{i + 1}{down}' for i, down in self.order)
        return text + self.limit

    def order_columns(self):
        return [i for i, _ in self.order]

    def edits(self):
        for part in self.parts:
            yield from part.edits()
        if len(self.parts) > 1:
            yield lambda: (self.parts.pop(), self.words.pop())
            yield lambda: (self.parts.pop(0), self.words.pop(0))
        if self.limit:
            yield lambda: setattr(self, 'limit', '')
        elif self.order:
            yield lambda: setattr(self, 'order', [])
        elif len(self.parts) == 1 and len(self.parts[0].columns) > 1:
            for i in range(len(self.parts[0].columns)):
                yield lambda i=i: self.parts[0].columns.pop(i)


class Fixed:
    """A statement that is given as text."""

    order, values, kinds = [], {}, frozenset()
    pin = 'fixed case'

    def __init__(self, tables, duty, text):
        self.tables, self.duty, self.text = tables, duty, text

    def template(self):
        return self.text

    def order_columns(self):
        return []

    def edits(self):
        return []


def shrunk(statement, fails):
    """The statement with every part gone that can go while `fails` holds."""
    going = True
    while going:
        going = False
        for i in range(len(list(statement.edits()))):
            smaller = copy.deepcopy(statement)
            edits = list(smaller.edits())
            if i < len(edits):
                edits[i]()
                if fails(smaller):
                    statement, going = smaller, True
                    break
    return statement


# ---- what is in FROM ----

class Used:
    """A table under an alias: what can be selected and constrained."""

    def __init__(self, alias, name, types, columns, table=None):
        self.alias, self.name, self.types, self.columns, self.table = (
            alias, name, types, columns, table)


class Pin:
    """A reading table in FROM with what says its instant."""

    def __init__(self, kind, ref, conditions=(), duty='must'):
        self.kind, self.ref, self.conditions, self.duty = kind, ref, list(conditions), duty


class Generator:
    def __init__(self, rng, tables, values, has_full_join, has_right_arguments):
        self.rng, self.tables, self.values = rng, tables, values
        self.has_full_join, self.has_right_arguments = has_full_join, has_right_arguments
        self.dated = [t for t in tables if t.coordinates and not t.only_argument]
        self.shapes = [(self.single, 26), (self.with_fact, 20), (self.with_calendar, 14),
                       (self.with_itself, 7), (self.two, 7), (self.subquery, 12),
                       (self.compound, 7),
                       (self.derived, 5), (self.ranged, 7), (self.forced, 5), (self.hidden, 5)]

    # ---- a statement ----

    def statement(self):
        self.now = Statement(None)
        self.number = 0
        shapes, weights = zip(*self.shapes)
        self.rng.choices(shapes, weights)[0]()
        return self.now

    def note(self, *kinds):
        self.now.kinds.update(kinds)

    def value(self, value):
        """A literal, or a parameter that is bound."""
        if value is None or self.rng.random() < 0.7:
            return quoted(value)
        name = f'p{len(self.now.values)}'
        self.now.values[name] = value
        return ':' + name

    def alias(self):
        self.number += 1
        return 'abcdefgh'[self.number - 1]

    def chance(self, share):
        return self.rng.random() < share

    # ---- pins ----

    def at(self):
        return self.value(self.rng.choice(POOLS['at']))

    def name(self, table, now=False, only=()):
        """The table's name, its copy restricted by `only`."""
        if not only:
            return '{' + table.name + ('@now' if now else '') + '}'
        prefix = 'n_' if now else 'c_'
        return f"[[{table.name}||(SELECT * FROM {prefix}{table.name} WHERE {' AND '.join(only)})]]"

    def call(self, table, at=None, days=None, filters=()):
        """name('T1', 'at'): arguments as SQL; what is None is left out."""
        given = {'p_at': at, 'p_days': days, **dict(filters)}
        only = []
        words = []
        for arg in table.args:
            if given.get(arg) is not None:
                column = FILTERS.get(arg)
                if column is None:
                    column = arg if arg in table.coordinates else arg[2:]
                only.append(f'{column} = {given[arg]}')
            words.append(given.get(arg) or 'NULL')
        if 'days' in table.coordinates and days is None:
            only.append(f"days = {DEFAULTS['days']}")
        while words and words[-1] == 'NULL':
            words.pop()
        now = 'at' in [c[-2:] for c in table.coordinates] and at is None
        prefix = 'n_' if now else 'c_'
        where = ' WHERE ' + ' AND '.join(only) if only else ''
        return f"[[{table.name}({', '.join(words)})||(SELECT * FROM {prefix}{table.name}{where})]]"

    def filters(self, table):
        """An argument that only filters, or none."""
        if 'p_usage' in table.args and self.chance(0.7):
            return [('p_usage', self.value(self.rng.randint(1, 72)))]
        if 'p_name' in table.args and self.chance(0.7):
            return [('p_name', self.value(self.rng.choice(HELPED)))]
        if 'p_team' in table.args and 'team_id' in table.columns and self.chance(0.6):
            return [('p_team', self.value(self.rng.choice(list(TEAMS))))]
        return []

    def days(self, table, alias):
        """Conditions on a coordinate beside `at`, and what its copy is restricted to without
        any."""
        if 'days' not in table.coordinates:
            return [], []
        if self.chance(0.4):
            return [], [f"days = {DEFAULTS['days']}"]
        days = self.value(self.rng.choice(POOLS['days']))
        text = self.rng.choice((f'{alias}.days = {days}', f'{alias}.days IN (30, 90)'))
        return [fixed(text)], []

    def pinned(self, table, alias, closed=False, right=False):
        """Any pin of a table; closed: one that needs no condition outside FROM; right: of RIGHT
        JOIN."""
        if not table.coordinates:
            return self.without_instant(table, alias, right and not self.has_right_arguments)
        if right and not self.has_right_arguments:
            if self.chance(0.3):
                only = [f"days = {DEFAULTS['days']}"] if 'days' in table.coordinates else []
                return Pin('omitted', f'{self.name(table, True, only)} {alias}')
            return self.pin_subselect(table, alias)
        if table.only_argument:
            makers = [self.pin_argument, self.pin_omitted, self.pin_subselect]
            makers += [] if closed else [self.pin_equal]
        elif closed:
            makers = [self.pin_argument, self.pin_subselect,
                      lambda *names: self.pin_omitted(*names, closed=True)]
        else:
            makers = [self.pin_equal, self.pin_equal, self.pin_in, self.pin_or, self.pin_or_team,
                      self.pin_is, self.pin_pair, self.pin_equal_and_range, self.pin_in_subquery,
                      self.pin_equal_subquery, self.pin_argument, self.pin_argument, self.pin_mixed,
                      self.pin_subselect, self.pin_omitted, self.pin_view]
        return self.rng.choice(makers)(table, alias)

    def without_instant(self, table, alias, no_arguments=False):
        which = self.rng.choice(('name', 'name', 'call', 'view', 'subselect'))
        if which == 'call' and table.args and not no_arguments:
            return Pin('argument', f'{self.call(table, filters=self.filters(table))} {alias}')
        if which == 'view':
            return Pin('view', f'{{v_{table.name}}} {alias}')
        if which == 'subselect':
            return Pin('subselect', f"(SELECT {', '.join(table.columns)}"
                       f" FROM {self.name(table)}) {alias}")
        return Pin('none', f'{self.name(table)} {alias}')

    def by_condition(self, kind, table, alias, condition, duty='must'):
        days, only = self.days(table, alias)
        condition = condition if isinstance(condition, (Leaf, Many)) else fixed(condition)
        condition.fixed = True
        return Pin(kind, f'{self.name(table, only=only)} {alias}', [condition] + days, duty)

    def column(self, table, alias):
        return f'{alias}.{table.coordinates[0]}'

    def pin_equal(self, table, alias):
        at, column = self.at(), self.column(table, alias)
        text = self.rng.choice((f'{column} = {at}', f'{at} = {column}'))
        return self.by_condition('equal', table, alias, text)

    def pin_in(self, table, alias):
        ats = ', '.join(self.at() for _ in range(self.rng.randint(1, 3)))
        return self.by_condition('in', table, alias, f'{self.column(table, alias)} IN ({ats})')

    def pin_or(self, table, alias):
        column = self.column(table, alias)
        kids = [fixed(f'{column} = {self.at()}') for _ in range(self.rng.randint(2, 3))]
        return self.by_condition('or', table, alias, Many('OR', kids))

    def pin_or_team(self, table, alias):
        kids = []
        for _ in range(2):
            team = self.value(self.rng.choice(list(TEAMS)))
            kids.append(Many('AND', [fixed(f'{alias}.team_id = {team}'),
                                     fixed(f'{self.column(table, alias)} = {self.at()}')], True))
        return self.by_condition('or team', table, alias, Many('OR', kids))

    def pin_is(self, table, alias):
        return self.by_condition('is', table, alias, f'{self.column(table, alias)} IS {self.at()}')

    def pin_pair(self, table, alias):
        column = self.column(table, alias)
        return self.by_condition('equal pair', table, alias,
                                 both([fixed(f'{column} = {self.at()}'),
                                       fixed(f'{column} = {self.at()}')]))

    def pin_equal_and_range(self, table, alias):
        column = self.column(table, alias)
        extra = self.rng.choice((f'{column} >= {self.at()}', f'{column} < {self.at()}',
                                 f'{column} <> {self.at()}',
                                 f'{column} BETWEEN {self.at()} AND {self.at()}'))
        return self.by_condition('equal and range', table, alias,
                                 both([fixed(f'{column} = {self.at()}'), fixed(extra)]))

    def pin_in_subquery(self, table, alias):
        ats = ', '.join(f'({self.at()})' for _ in range(2))
        query = self.rng.choice((f'SELECT column1 FROM (VALUES {ats})', f'VALUES {ats}'))
        return self.by_condition('in subquery', table, alias,
                                 f'{self.column(table, alias)} IN ({query})')

    def pin_equal_subquery(self, table, alias):
        # SQLite 3.54 takes an OR beside it apart and leaves the subquery out of the parts.
        query = f'(SELECT max(column1) FROM (VALUES ({self.at()}), ({self.at()})))'
        return self.by_condition('equal subquery', table, alias,
                                 f'{self.column(table, alias)} = {query}')

    def pin_argument(self, table, alias):
        days = self.value(self.rng.choice(POOLS['days'])) if self.chance(0.5) else None
        call = self.call(table, self.at(), days if 'days' in table.coordinates else None,
                         self.filters(table))
        return Pin('argument', f'{call} {alias}')

    def pin_mixed(self, table, alias):
        """Team as an argument, the instant as an equality."""
        team = self.value(self.rng.choice(list(TEAMS)))
        only = [f'team_id = {team}']
        if 'days' in table.coordinates:
            only.append(f"days = {DEFAULTS['days']}")
        ref = f"[[{table.name}({team})||(SELECT * FROM c_{table.name} WHERE {' AND '.join(only)})]]"
        return Pin('mixed', f'{ref} {alias}', [fixed(f'{self.column(table, alias)} = {self.at()}')])

    def pin_subselect(self, table, alias):
        columns = ', '.join(table.columns + [c for c in table.coordinates
                                             if c not in table.columns and not table.only_argument])
        if table.only_argument:
            inner = self.pin_argument(table, 'x')
        else:
            inner = self.rng.choice((self.pin_equal, self.pin_in, self.pin_argument))(table, 'x')
        where = ' WHERE ' + both(inner.conditions).text if inner.conditions else ''
        return Pin('subselect', f'(SELECT {columns} FROM {inner.ref}{where}) {alias}')

    def pin_omitted(self, table, alias, closed=False):
        """Now. The time of the clock is not compared: `at` is not selected."""
        if closed or self.chance(0.3):
            return Pin('omitted', f'{self.call(table, filters=self.filters(table))} {alias}')
        days, only = self.days(table, alias)
        return Pin('omitted', f'{self.name(table, True, only)} {alias}', days)

    def pin_view(self, table, alias):
        only = [f"days = {DEFAULTS['days']}"] if 'days' in table.coordinates else []
        ref = f'{{v_{table.name}}}'
        if only:
            ref = f'[[v_{table.name}||(SELECT * FROM c_v_{table.name} WHERE {only[0]})]]'
        column = self.column(table, alias)
        text = self.rng.choice((f'{column} = {self.at()}',
                                f'{column} IN ({self.at()}, {self.at()})'))
        return Pin('view', f'{ref} {alias}', [fixed(text)])

    # ---- tables in FROM ----

    def any_table(self, among=None):
        return self.rng.choice(among or self.tables)

    def use(self, table, pin):
        """Notes the table and its pin; returns what can be selected of it."""
        self.now.tables.append(table.name)
        self.note('pin ' + pin.kind)
        if pin.duty != 'must' or self.now.pin in ('none', 'argument', 'subselect', 'omitted'):
            self.now.pin, self.now.duty = (pin.kind, pin.duty
                                           if pin.duty != 'must' else self.now.duty)
        columns = [c for c in table.plain
                   if c not in OF_NOW] if pin.kind == 'omitted' else table.columns
        return Used(pin.ref.split()[-1], table.name, table.types, columns, table)

    def fact(self):
        name = self.rng.choice(list(FACTS))
        types = FACTS[name]
        return Used(self.alias(), name, types, list(types))

    def joined(self, left, right):
        """A condition between two, by columns that both have."""
        common = [c for c in JOINED_BY if c in left.columns and c in right.columns]
        kids = []
        if common:
            column = common[0] if self.chance(0.7) else self.rng.choice(common)
            sides = [f'{left.alias}.{column}', f'{right.alias}.{column}']
            self.rng.shuffle(sides)
            kids.append(Leaf(' = '.join(sides)))
        elif self.chance(0.6):
            kids.append(self.term(left))
        if self.chance(0.25):
            kids.append(self.term(self.rng.choice((left, right))))
        return kids or [Leaf('1')]

    # ---- terms ----

    def sample(self, used, column):
        if used.table:
            found = self.values.get((used.name, column))
        else:
            found = FACT_VALUES[column]
        if not found:
            if used.types[column] in ('TIMESTAMP', 'DATE'):
                found = POOLS['at']
            else:
                found = [0, 1, 12.5] if used.types[column] in NUMBERS else ['nothing', 'T1']
        return self.rng.choice(found)

    def term(self, used):
        column = self.rng.choice([c for c in used.table.plain if c in used.columns] if used.table
                                 else used.columns)
        name, number = f'{used.alias}.{column}', used.types[column] in NUMBERS
        timed = used.types[column] in ('TIMESTAMP', 'DATE')
        def some():
            return self.value(self.sample(used, column))
        pick = self.rng.random()
        if pick < 0.32:
            word = self.rng.choice(('=', '=', '<', '>', '<=', '>=', '<>', 'IS', 'IS NOT'))
            self.note('term compare')
            return Leaf(f'{name} {word} {some()}')
        if pick < 0.5:
            self.note('term in')
            word = self.rng.choice(('IN', 'IN', 'NOT IN'))
            return Leaf(f"{name} {word} "
                        f"({', '.join(some() for _ in range(self.rng.randint(1, 4)))})")
        if pick < 0.6:
            self.note('term between')
            return Leaf(f'{name} BETWEEN {some()} AND {some()}')
        if pick < 0.68:
            self.note('term null')
            return Leaf(f"{name} IS {self.rng.choice(('', 'NOT '))}NULL")
        if pick < 0.76 and not number:
            self.note('term like')
            start = str(self.sample(used, column) or '')[:self.rng.randint(0, 8)].replace("'", '_')
            return Leaf(f"{name} LIKE '{start}%'")
        if pick < 0.84:
            self.note('term in subquery')
            inner = 'usage_id FROM usage WHERE usage_id > 20' if number else \
                "team_id FROM team WHERE team_id > 'T1'"
            if timed:       # what is no time is an error there
                some_time = 'occurred_at' if used.types[
                    column] == 'TIMESTAMP' else 'substr(occurred_at, 1, 10)'
                inner = f'{some_time} FROM usage WHERE usage_id > 20'
            return Leaf(f"{name} {self.rng.choice(('IN', 'NOT IN'))} (SELECT {inner})")
        if number:
            return Leaf(f'abs({name}) > {some()}')
        return Leaf(f"coalesce({name}, '') || '' >= {some()}") if timed else Leaf(
            f'{name} = {some()} COLLATE NOCASE')

    def condition(self, useds, depth=0):
        """A random tree of terms."""
        pick = self.rng.random()
        if depth >= 2 or pick < 0.4:
            used = self.rng.choice(useds)
            return self.pushed(used) if self.pushed_columns(used) and self.chance(
                0.6) else self.term(used)
        if pick < 0.5:
            self.note('term not')
            return Not(self.condition(useds, depth + 1))
        word = 'OR' if pick < 0.85 else 'AND'
        self.note(word.lower())
        return Many(word, [self.condition(useds, depth + 1) for _ in range(self.rng.randint(2, 3))])

    # ---- terms on columns that narrow what is read ----

    def pushed_columns(self, used):
        names = ('usage_id', 'lot_id', 'client_id', 'occurred_at', 'charged_at', 'day')
        return [c for c in names if used.table and c in used.table.plain and c in used.columns]

    def spelled_number(self, number):
        """A number in a type that a comparison converts, or that never is equal."""
        return self.rng.choice((f"'{number}'", f'{number}.0', f"' {number}.0 '", f'{number}e0',
                                f"x'{number:02x}'",
                                f'{number}.5', f"'{number}x'", f'CAST({number} AS TEXT)', '1e300',
                                'NULL',
                                f'{number}', f'{number}', '-9223372036854775808', f'+{number}'))

    def pushed_number(self, used, name, column):
        self.note('term pushed number')
        def some():
            found = self.sample(used, column)
            return self.spelled_number(int(found if found is not None else 1))
        word = self.rng.choice(('=', '=', '=', 'IS', 'IN', '<', '>', 'BETWEEN'))
        if word == 'IN':
            return Leaf(f"{name} IN ({', '.join(some() for _ in range(self.rng.randint(1, 3)))})")
        if word == 'BETWEEN':
            return Leaf(f'{name} BETWEEN {some()} AND {some()}')
        return Leaf(f'{some()} = {name}' if word == '=' and self.chance(0.3)
                    else f'{name} {word} {some()}')

    def pushed_text(self, used, name, column):
        self.note('term pushed text')
        value = self.value(self.sample(used, column))
        return Leaf(self.rng.choice((
            f'{name} = {value}', f'{name} = {value}', f'{name} IS {value}', f'{value} = {name}',
            f'upper({value}) = {name} COLLATE NOCASE', f'{name} = {value} || \' \' COLLATE RTRIM',
            f"{name} IN ({value}, 'b1')", f'{name} = 5', f"{name} = x'6131'", f'{name} >= {value}',
            f'{name} IN (SELECT client_id FROM app WHERE client_id <= {value})', f'{name} = NULL')))

    @staticmethod
    def spellings(time):
        """Of an instant, as utc() takes them, east and west of Greenwich too."""
        if len(time) == 10:
            return [time, f'{time} 00:00:00', f'{time}T00:00:00Z', f'{time}T00:00:00.000+00:00']
        day, clock = time[:10], time[11:]
        found = [time, f'{day}T{clock}', f'{day}T{clock}Z', f'{day} {clock}+00:00']
        found += [f'{time}.000', f'{time}.000000'] if '.' not in time else [time + '000']
        if clock.startswith('09'):
            found += [f'{day}T18{clock[2:]}+09:00', f'{day} 04{clock[2:]}-05:00']
        if clock.startswith('00:00:00') and '.' not in clock:
            found += [day]
        return found

    def pushed_time(self, used, name, column):
        self.note('term pushed time')
        def some():
            time = self.sample(used, column) or '2023-02-11 09:00:00'
            return f"[[{quoted(self.rng.choice(self.spellings(time)))}||{quoted(time)}]]"
        word = self.rng.choice(('=', '<', '>', '<=', '>=', 'BETWEEN', 'BETWEEN', 'IN', 'IS',
                                'half-open', '<>'))
        if word == 'IN':
            return Leaf(f"{name} IN ({', '.join(some() for _ in range(self.rng.randint(1, 3)))})")
        if word == 'BETWEEN':
            return Leaf(f'{name} BETWEEN {some()} AND {some()}')
        if word == 'half-open':
            return Leaf(f'({name} >= {some()} AND {name} < {some()})')
        return Leaf(f'{some()} = {name}' if word == '=' and self.chance(0.3)
                    else f'{name} {word} {some()}')

    def pushed(self, used):
        column = self.rng.choice(self.pushed_columns(used))
        name = f'{used.alias}.{column}'
        if used.types[column] in NUMBERS:
            return self.pushed_number(used, name, column)
        return (self.pushed_text if column == 'client_id' else self.pushed_time)(used, name, column)

    def parameters(self, used):
        """Columns whose constraints a plan of an OR can hand over."""
        return [c for c in ('team_id', 'usage_id', 'day')
                if c in used.columns] if used.table else []

    def or_of_parameters(self, used):
        """Branches that overlap: (team_id = 'T1' AND x) OR day < y OR …"""
        self.note('or of parameters')
        branches = []
        for _ in range(self.rng.randint(2, 3)):
            column = self.rng.choice(self.parameters(used))
            word = self.rng.choice(('<', '>', '<=', '>=', '=')
                                   if column == 'day' else ('=', '=', '=', 'IN'))
            value = self.value(self.sample(used, column))
            text = f'{used.alias}.{column} {word} ' + (
                f"({value}, {self.value(self.sample(used, column))})"
                                                       if word == 'IN' else value)
            kids = [Leaf(text)] + [self.term(used) for _ in range(self.rng.choice((0, 0, 1)))]
            branches.append(Many('AND', kids) if len(kids) > 1 else kids[0])
        return Many('OR', branches)

    def more(self, useds):
        """Conditions beside those that are needed."""
        found = [self.condition(useds) for _ in range(self.rng.choice((0, 1, 1, 2)))]
        for used in useds:
            if self.parameters(used) and self.chance(0.2):
                found.append(self.or_of_parameters(used))
        return found

    # ---- what is asked ----

    def chosen(self, useds, most=4):
        names = [(u, c) for u in useds for c in u.columns]
        picked = self.rng.sample(names, min(len(names), self.rng.randint(1, most)))
        return [(f'{u.alias}.{c}', u.types[c]) for u, c in picked]

    def sum_of(self, name, number):
        choices = [f'count({name})', f'min({name})', f'max({name})', f'count(DISTINCT {name})']
        if number:
            choices += [f'round(sum({name}), 9)', f'round(total({name}), 9)'] * 2
        return self.rng.choice(choices)

    def asked(self, useds, sources, where, plain=False):
        """A SELECT over sources: rows, distinct rows, groups, sums or windows."""
        chosen = self.chosen(useds)
        select = Select([name for name, _ in chosen], sources, where)
        pick = 1 if plain else self.rng.random()
        if pick < 0.15:
            self.note('distinct')
            select.distinct = True
        elif pick < 0.3:
            select.columns = ['count(*)'] + [self.sum_of(n, t in NUMBERS) for n, t in chosen]
        elif pick < 0.45:
            self.group(select, chosen)
        elif pick < 0.6:
            self.window(select, chosen)
        return select

    def group(self, select, chosen):
        self.note('group')
        keys = [name for name, _ in chosen[:2]]
        select.group = keys
        sums = [self.sum_of(n, t in NUMBERS) for n, t in chosen[2:]] + ['count(*)']
        select.columns = keys + sums
        if self.chance(0.4):
            self.note('having')
            select.having = Leaf(f'{self.rng.choice(sums)} '
                                 f'{self.rng.choice(("<", ">", ">=", "<>"))} '
                                 f'{self.rng.randint(0, 3)}')

    def window(self, select, chosen):
        self.note('window')
        names = [name for name, _ in chosen]
        name, kind = self.rng.choice(chosen)
        every = ', '.join(names)
        over = [f'row_number() OVER (ORDER BY {every})', f'rank() OVER (ORDER BY {name})',
                f'count(*) OVER (PARTITION BY {name})', f'lag({name}) OVER (ORDER BY {every})',
                f'first_value({name}) OVER (PARTITION BY {names[0]} ORDER BY {every})']
        if kind in NUMBERS:
            over.append(f'round(sum({name}) OVER (PARTITION BY {names[0]}), 9)')
        select.columns = names + [self.rng.choice(over)]

    def finish(self, select):
        """Order and limit; a limit only where the order leaves nothing open."""
        self.now.parts[0] = select
        count = len(select.columns)
        pick = self.rng.random()
        if pick < 0.25:
            self.note('order')
            some = self.rng.sample(range(count), self.rng.randint(1, count))
            self.now.order = [(i, self.rng.choice(('', ' DESC'))) for i in some]
        elif pick < 0.45:
            self.note('order', 'limit')
            some = self.rng.sample(range(count), count)
            self.now.order = [(i, self.rng.choice(('', ' DESC'))) for i in some]
            self.now.limit = f' LIMIT {self.rng.randint(0, 12)}'
            if self.chance(0.4):
                self.now.limit += f' OFFSET {self.rng.randint(0, 9)}'

    def select(self, useds, sources, conditions, plain=False):
        return self.asked(useds, sources, both(conditions + self.more(useds)), plain)

    # ---- shapes ----

    def single(self):
        self.finish(self.simple())

    def simple(self, plain=False):
        table = self.any_table()
        pin = self.pinned(table, self.alias())
        used = self.use(table, pin)
        return self.select([used], [Source(pin.ref)], pin.conditions, plain)

    def with_fact(self):
        """A reading table and a fact table, in either order, by every kind of join."""
        self.note('join fact')
        joins = ['inner', 'inner', 'left', 'left', 'cross', 'comma', 'natural', 'using']
        if self.has_full_join:
            joins += ['right', 'full', 'right', 'full']
        join, reading_first = self.rng.choice(joins), self.chance(0.5)
        self.note('join ' + join)
        kept = join == 'full' or join == 'right' or join == 'natural'
        table = self.any_table([t for t in self.tables if 'team_id' in t.columns]
                               if join in ('natural', 'using') else None)
        pin = self.pinned(table, self.alias(), kept, join == 'right' and not reading_first)
        used, fact = self.use(table, pin), self.fact()
        if join in ('natural', 'using'):
            fact = Used(fact.alias, 'team', FACTS['team'], list(FACTS['team']))
        self.finish(self.select([used, fact], *self.sources(join, used, fact, pin, reading_first)))

    def sources(self, join, used, fact, pin, reading_first):
        """FROM of two, and what is left for WHERE."""
        fact_ref = f'{fact.name} {fact.alias}'
        first, second = (pin.ref, fact_ref) if reading_first else (fact_ref, pin.ref)
        word = {'natural': 'NATURAL JOIN', 'using': 'JOIN', 'comma': ',', 'inner': 'JOIN'}.get(
            join, join.upper() + ' JOIN')
        if join == 'natural':
            # A hidden column takes no part, and a copy has none: the reading table stands in a
            # subquery.
            keep = ', '.join(used.columns)
            inner = f'(SELECT {keep} FROM {pin.ref}) {used.alias}'
            first, second = (inner, fact_ref) if reading_first else (fact_ref, inner)
            return [Source(first), Source(second, word)], []
        if join == 'using':
            return [Source(first), Source(second, word, using='team_id')], pin.conditions
        on = self.joined(used, fact)
        if join == 'comma':
            return [Source(first), Source(second, word)], on + pin.conditions
        if not reading_first and (join == 'left' or self.chance(0.5)):
            return [Source(first), Source(second, word, both(on + pin.conditions))], []
        return [Source(first), Source(second, word, both(on))], pin.conditions

    def calendar(self):
        """(reference, its column, alias) of a list of instants."""
        alias = self.alias()
        ats = self.rng.sample(POOLS['at'], self.rng.randint(1, 3))
        which = self.rng.choice(('cte', 'cte', 'json', 'values', 'union'))
        if which == 'cte':
            self.note('cte')
            self.now.withs.append('cal(at) AS (VALUES ' + ', '.join(
                f'({self.value(a)})' for a in ats) + ')')
            return f'cal {alias}', 'at', alias
        if which == 'json':
            return (f"json_each('[{', '.join(chr(34) + a + chr(34) for a in ats)}]') {alias}",
                    'value', alias)
        if which == 'values':
            return '(VALUES ' + ', '.join(f'({self.value(a)})'
                                          for a in ats) + f') {alias}', 'column1', alias
        return '(' + ' UNION ALL '.join(f'SELECT {self.value(a)} AS at'
                                        for a in ats) + f') {alias}', 'at', alias

    def with_calendar(self):
        """A table of instants gives `at`, in an inner join of either order or before a LEFT
        JOIN."""
        self.note('join calendar')
        table = self.any_table([t for t in self.tables if t.coordinates])
        cal, column, cal_alias = self.calendar()
        alias = self.alias()
        if table.only_argument or self.chance(0.3):
            return self.calendar_argument(table, alias, cal, f'{cal_alias}.{column}')
        sides = [self.column(table, alias), f'{cal_alias}.{column}']
        self.rng.shuffle(sides)
        pin = self.by_condition('calendar', table, alias, ' = '.join(sides))
        used = self.use(table, pin)
        join = self.rng.choice(('inner', 'inner', 'comma', 'left'))
        if join == 'left':
            self.note('join left')
            sources = [Source(cal), Source(pin.ref, 'LEFT JOIN',
                                           both(pin.conditions + self.joined(used, used)[1:]))]
            return self.finish(self.select([used], sources, []))
        refs = [cal, pin.ref]
        self.rng.shuffle(refs)
        useds, sources = [used], [Source(refs[0]), Source(refs[1], 'JOIN'
                                                          if join == 'inner' else ',')]
        conditions = pin.conditions
        if self.chance(0.4):
            fact = self.fact()
            self.rng.shuffle(sources)
            sources[0].join, sources[1].join = '', 'JOIN'
            sources.insert(self.rng.choice((1, 2)), Source(f'{fact.name} {fact.alias}', 'JOIN'))
            conditions = conditions + self.joined(used, fact)
            useds.append(fact)
        self.finish(self.select(useds, sources, conditions))

    def calendar_argument(self, table, alias, cal, at):
        """FROM cal c, wallet_balance(NULL, c.at): over the copy the argument is a condition of the
        join."""
        column = table.coordinates[0]
        words = ['NULL' if arg != 'p_at' else at for arg in table.args]
        while words[-1] == 'NULL':
            words.pop()
        only = f" WHERE days = {DEFAULTS['days']}" if 'days' in table.coordinates else ''
        ref = f"[[{table.name}({', '.join(words)})||(SELECT * FROM c_{table.name}{only})]] {alias}"
        used = self.use(table, Pin('calendar argument', ref))
        join = self.rng.choice((',', 'JOIN', 'LEFT JOIN'))
        condition = fixed(f'[[1||{alias}.{column} = {at}]]')
        sources = [Source(cal), Source(ref, join, None if join == ',' else both([condition]))]
        self.finish(self.select([used], sources, [condition] if join == ',' else []))

    def with_itself(self):
        """Two of one table."""
        self.note('join self')
        self.pair(*[self.any_table([t for t in self.tables if t.name not in ('billing_check',)])]
                  * 2)

    def two(self):
        self.pair(self.any_table(), self.any_table())

    def pair(self, one, other):
        joins = ['inner', 'inner', 'comma', 'left', 'cross']
        joins += ['full', 'right'] if self.has_full_join else []
        join = self.rng.choice(joins)
        closed = join in ('full', 'right')
        first = self.pinned(one, self.alias(), closed)
        second = self.pinned(other, self.alias(), closed, join == 'right')
        if one.coordinates and other.coordinates \
                and not one.only_argument and not other.only_argument \
                and join in ('inner', 'comma') and self.chance(0.4):
            return self.transitive(one, other)
        left, right = self.use(one, first), self.use(other, second)
        self.note('join ' + join)
        on, where = self.joined(left, right), list(first.conditions)
        if join == 'left' or self.chance(0.5) and join != 'comma':
            on = on + second.conditions
        else:
            where += second.conditions
        word = {'comma': ',', 'inner': 'JOIN'}.get(join, join.upper() + ' JOIN')
        if join == 'comma':
            where, on = where + on, None
        sources = [Source(first.ref), Source(second.ref, word, both(on) if on else None)]
        self.finish(self.select([left, right], sources, where))

    def transitive(self, one, other):
        """The instant of one table is that of the other."""
        a, b = self.alias(), self.alias()
        first = self.rng.choice((self.pin_equal, self.pin_in))(one, a)
        second = self.by_condition('transitive', other, b,
                                   f'{self.column(other, b)} = {self.column(one, a)}')
        left, right = self.use(one, first), self.use(other, second)
        sources = [Source(first.ref), Source(second.ref, 'JOIN', both(self.joined(left, right)))]
        if self.chance(0.5):
            sources = [Source(second.ref), Source(first.ref, 'JOIN', sources[1].on)]
        self.finish(self.select([left, right], sources, first.conditions + second.conditions))

    def subquery(self):
        """A reading table inside EXISTS, IN or a scalar subquery of a fact table or a calendar."""
        table = self.any_table()
        outer = self.fact()
        sources, useds = [Source(f'{outer.name} {outer.alias}')], [outer]
        alias = self.alias()
        if table in self.dated and self.chance(0.6):
            cal, column, cal_alias = self.calendar()
            sources.append(Source(cal, ','))
            pin = self.by_condition('correlated', table, alias,
                                    f'{self.column(table, alias)} = {cal_alias}.{column}')
        else:
            pin = self.pinned(table, alias)
        used = self.use(table, pin)
        inside = both(pin.conditions + self.joined(outer, used) + self.more([used])[:1]).text
        column = self.rng.choice(used.columns)
        which = self.rng.choice(('exists', 'not exists', 'term in subquery', 'scalar subquery'))
        self.note(which)
        if which == 'scalar subquery':
            what = self.rng.choice(('count(*)', f'max({alias}.{column})', f'min({alias}.{column})'))
            select = self.select(useds, sources, [], plain=True)
            select.columns.append(f'(SELECT {what} FROM {pin.ref} WHERE {inside})')
        elif which == 'term in subquery':
            common = [c for c in outer.columns if c in used.columns] or [outer.columns[0]]
            of = common[0] if common[0] in used.columns else column
            word = self.rng.choice(('IN', 'NOT IN'))
            leaf = Leaf(f'{outer.alias}.{common[0]} {word} (SELECT {alias}.{of} FROM {pin.ref}'
                        f' WHERE {inside})')
            select = self.select(useds, sources, [leaf])
        else:
            leaf = Leaf(f'{which.upper()} (SELECT 1 FROM {pin.ref} WHERE {inside})')
            select = self.select(useds, sources, [leaf])
        self.finish(select)

    def compound(self):
        parts = [self.simple(plain=True) for _ in range(self.rng.choice((2, 2, 3)))]
        width = min(len(p.columns) for p in parts)
        for part in parts:
            part.columns = part.columns[:width]
        words = [self.rng.choice(('union', 'union all', 'intersect', 'except')) for _ in parts[1:]]
        self.note(*words)
        self.finish(parts[0])
        self.now.parts, self.now.words = parts, [w.upper() for w in words]
        # The first part says how a column is ordered: as times over the tables, as texts over the
        # copies.
        if any(c.endswith(('_at', '.at', '.day', '.since')) for c in parts[0].columns):
            self.now.order, self.now.limit = [], ''

    def derived(self):
        """A grouped subquery or CTE, joined with the facts."""
        table = self.any_table([t for t in self.tables if 'team_id' in t.columns])
        pin = self.pinned(table, self.alias())
        used = self.use(table, pin)
        inner = self.select([used], [Source(pin.ref)], pin.conditions, plain=True)
        inner.columns = [f'{used.alias}.team_id AS team_id', 'count(*) AS n',
                         f'max({used.alias}.{self.rng.choice(used.columns)}) AS best']
        inner.group = [f'{used.alias}.team_id']
        if self.chance(0.5):
            self.note('cte')
            self.now.withs.append(f'd AS ({inner.text()})')
            ref = 'd'
        else:
            self.note('derived')
            ref = f'({inner.text()}) d'
        joins = ['JOIN', 'LEFT JOIN'] + (['RIGHT JOIN', 'FULL JOIN'] if self.has_full_join else [])
        on = both([Leaf('d.team_id = t.team_id')])
        sources = [Source('team t'), Source(ref, self.rng.choice(joins), on)]
        self.finish(Select(['t.team_id', 'd.team_id', 'd.n', 'd.best'], sources, both([])))

    # ---- what cannot be handed over ----

    def ranged(self):
        """A range of instants: an error, however it is written."""
        table = self.any_table(self.dated)
        alias, column = self.alias(), None
        coordinate = self.rng.choice(table.coordinates) if self.chance(0.2) else 'at'
        column = f'{alias}.{coordinate}'
        some = self.at if coordinate == 'at' else lambda: self.rng.choice(('30', '90'))
        text = self.rng.choice((f'{column} > {some()}', f'{column} >= {some()}',
                                f'{column} < {some()}',
                                f'{column} <= {some()}', f'{column} BETWEEN {some()} AND {some()}',
                                f'{column} <> {some()}', f'{column} IS NOT {some()}',
                                f'({column} < {some()} OR {column} > {some()})',
                                f'({column} = {some()} OR {column} > {some()})'))
        ref = self.rng.choice((f'{{{table.name}}}', f'{{v_{table.name}}}',
                               f'(SELECT * FROM {{v_{table.name}}})')) + f' {alias}'
        conditions = [fixed(text)]
        if coordinate == 'days':
            conditions.append(fixed(f'{alias}.at = {self.at()}'))
        where = self.rng.choice(('alone', 'team', 'left', 'calendar'))
        kind = 'range' if where != 'calendar' or coordinate == 'days' else 'range join'
        # A view is not merged on the right of LEFT JOIN where it is over a virtual table.
        apart = where in ('left', 'calendar') and not ref.startswith('{' + table.name)
        # An OR over `days` beside a known `at` is not shown.
        unshown = apart or coordinate == 'days' and ' OR ' in text
        used = self.use(table, Pin(kind, ref, duty='unseen' if unshown else 'error'))
        sources = [Source(ref)]
        if kind == 'range join':
            cal, of, cal_alias = self.calendar()
            word = self.rng.choice(('<', '<=', '>', '>=', '<>'))
            conditions = [fixed(f'{column} {word} {cal_alias}.{of}')]
            sources = [Source(cal), Source(ref, self.rng.choice(('JOIN', 'LEFT JOIN')),
                                           both(conditions))]
            conditions = []
        elif where in ('team', 'left') and 'team_id' in table.columns:
            on = [Leaf(f'z.team_id = {alias}.team_id')]
            if where == 'left':
                sources = [Source('team z'), Source(ref, 'LEFT JOIN', both(on + conditions))]
                conditions = []
            else:
                sources = [Source('team z'), Source(ref, 'JOIN', both(on))]
        self.finish(self.asked([used], sources, both(conditions)))

    def forced(self):
        """
        An order of joins that SQLite must keep, or values that it may not hand over. Where rows as
        of now are compared all the same, it is an error (fixed cases): but other terms may leave
        none.
        """
        table = self.any_table(self.dated)
        alias = self.alias()
        if self.chance(0.4):
            pairs = ', '.join(f"({self.value(self.rng.choice(list(TEAMS)))}, {self.at()})"
                              for _ in range(2))
            text = f'({alias}.team_id, {alias}.at) IN (VALUES {pairs})'
            pin = self.by_condition('row values', table, alias, text, 'unseen')
            used = self.use(table, pin)
            return self.finish(self.select([used], [Source(pin.ref)], pin.conditions))
        cal, column, cal_alias = self.calendar()
        pin = self.by_condition('forced order', table, alias,
                                f'{self.column(table, alias)} = {cal_alias}.{column}', 'unseen')
        used = self.use(table, pin)
        words = ['CROSS JOIN', 'CROSS JOIN'] + (['RIGHT JOIN'] if self.has_full_join else [])
        word = self.rng.choice(words)
        on = both(pin.conditions) if word == 'RIGHT JOIN' or self.chance(0.5) else None
        sources = [Source(pin.ref), Source(cal, word, on)]
        self.finish(self.select([used], sources, [] if on else pin.conditions))

    def hidden(self):
        """What SQLite does not show to a virtual table."""
        table = self.any_table(self.dated)
        alias = self.alias()
        column = self.column(table, alias)
        outer = ('outer where', 'outer on', 'right argument') if self.has_full_join else ()
        which = self.rng.choice(('not', 'union view') + outer)
        if which == 'not':
            text = self.rng.choice((f'NOT ({column} = {self.at()})',
                                    f'{column} NOT IN ({self.at()})',
                                    f"{column} || '' = {self.at()}"))
            pin = self.by_condition('not', table, alias, text, 'unseen')
            sources, conditions = [Source(pin.ref)], pin.conditions
        elif which == 'union view':
            names = ', '.join(table.columns + [c for c in table.coordinates
                                               if c not in table.columns])
            ref = (f'(SELECT {names} FROM {{{table.name}}} UNION SELECT {names}'
                   f' FROM {{{table.name}}}) {alias}')
            pin = Pin('union view', ref, [fixed(f'{column} = {self.at()}')], 'unseen')
            sources, conditions = [Source(ref)], pin.conditions
        elif which == 'right argument':
            pin = Pin(which, f'{self.call(table, self.at(), filters=self.filters(table))} {alias}',
                      duty='must' if self.has_right_arguments else 'unseen')
            sources = [Source('team z'), Source(pin.ref, 'RIGHT JOIN', both([Leaf('1')]))]
            conditions = []
        else:
            pin = self.by_condition(which, table, alias, f'{column} = {self.at()}', 'unseen')
            on = [Leaf(f'z.team_id = {alias}.team_id')] if 'team_id' in table.columns else [
                Leaf('1')]
            join = self.rng.choice(('RIGHT JOIN', 'FULL JOIN'))
            if which == 'outer where':
                sources = [Source('team z'), Source(pin.ref, join, both(on))]
                conditions = pin.conditions
            else:
                sources = [Source(pin.ref), Source('team z', 'RIGHT JOIN',
                                                   both(on + pin.conditions))]
                conditions = []
        used = self.use(table, pin)
        self.finish(self.asked([used], sources, both(conditions)))
