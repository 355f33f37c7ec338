"""Random histories, nasty on purpose, as scripts that can be stored, shrunk and replayed.

A script is {'seed', 'setup', 'ops'}; an op is a dict with 'op':
    insert  t, row [, verb]        update  t, where, set [, verb]        delete  t, where
    settle  team, how              autosettle  on               check
    tx / savepoint  body, rollback                              other  body  (second connection)
    reopen
'maybe': true marks an op that the checks may refuse; a refused op then changes nothing.
`where` is compared column by column with IS; it holds every column of the row that the generator
believes in, so that an op on a row which is not there any more does nothing.
"""
import random

from exact import DAY, add_term, parse, text_of

KEYS = {'account': ['account_id'], 'team': ['team_id'], 'app': ['client_id'],
        'app_team': ['client_id', 'assigned_at'],
        'product_assignment': ['account_id', 'assigned_at'], 'token_kind': ['kind'],
        'token_lot': ['lot_id'], 'lot_move': ['lot_id', 'moved_at'], 'api': ['api'],
        'api_alias': ['alias'], 'sku_alias': ['api', 'alias', 'effective_from'],
        'rate_card': ['api', 'sku', 'effective_from'], 'outcome_rule': ['api', 'outcome'],
        'usage': ['usage_id'], 'country': ['country'], 'policy': ['name'],
        'subscription': ['account_id', 'starts_at'], 'unblock': ['team_id', 'unblocked_at'],
        'kind_api': ['kind', 'api'], 'rate_tier': ['api', 'sku', 'effective_from', 'above'],
        'period_close': ['team_id', 'closed_until'],
        'account_agreement': ['account_id', 'starts_at'], 'app_owner': ['client_id', 'owned_from'],
        'policy_change': ['name', 'effective_from']}

# Who must exist before whom.
PARENTS = {'team': [('account', 'account_id')], 'app': [('account', 'account_id')],
           'app_team': [('app', 'client_id'), ('team', 'team_id')],
           'product_assignment': [('account', 'account_id'), ('team', 'team_id')],
           'kind_api': [('token_kind', 'kind'), ('api', 'api')], 'api_alias': [('api', 'api')],
           'sku_alias': [('api', 'api')], 'rate_card': [('api', 'api')],
           'outcome_rule': [('api', 'api')],
           'token_lot': [('team', 'team_id'), ('token_kind', 'kind')],
           'lot_move': [('token_lot', 'lot_id'), ('team', 'team_id')],
           'subscription': [('account', 'account_id')], 'unblock': [('team', 'team_id')],
           'period_close': [('team', 'team_id')], 'account_agreement': [('account', 'account_id')],
           'app_owner': [('app', 'client_id'), ('account', 'account_id')],
           'policy_change': [('policy', 'name')]}

BASES = ('2022-03-28 23:59:59', '2022-11-06 23:59:59', '2024-02-29 12:00:00',
         '2025-03-25 23:59:59.500')
MONTH_ENDS = ('2022-03-31 23:59:59.999', '2023-12-31 23:59:59', '2024-02-29 12:00:00')
NAMES = ("T1", "T2", "t'3", "Ω🙂", "T10")
COUNTRIES = (None, None, None, None, 'JP', 'N1', 'N1', 'F1', 'ZZ')
# A row of these may take the place of another one.
TAKERS = ('usage', 'token_lot', 'lot_move', 'app_team', 'product_assignment', 'app', 'team')
# What a history is about: everything, or many events of one sort on few instants.
THEMES = ('all', 'all', 'lots', 'market', 'access', 'moves')
# By turns with those (theme_of), only where run.py plays: prices that depend on the month,
# closed periods (and such prices), without lots that move and with them; and usage that arrives in
# any order, each row settled at once from lots that are there; and facts that change over the
# years.
METERED = ('tiers', 'closes', 'ties')
TURNS = METERED + ('arrives', 'dated')
DATED = ('account_agreement', 'app_owner', 'policy_change')
DATED_POLICIES = ('grace_days', 'trial_days', 'lot_term', 'min_purchase_tokens', 'restore',
                  'restore')
AMOUNTS = (1, 1, 2, 5, 10, 100, 0.5, 0.1, 1.5, 0.00001, 3.33333)
QUANTITIES = (0, 1, 1, 1, 2, 3, 7, 49, 50, 51, 0.5, 0.333333, 1.5, 3600, 10)


class History:
    """Builds one script. `live` is what the generator believes to be in the tables."""

    def __init__(self, seed, tame=False, theme=None, brief=False):
        self.rng, self.seed, self.tame, self.brief = random.Random(seed), seed, tame, brief
        self.live, self.ops, self.next_id = [], [], 1000
        self.setup = {'catalogue': self.rng.choice(['kept', 'cleared']),
                      'autosettle': int(self.chance(0.3)),
                      'recursive_triggers': int(self.chance(0.3)),
                      'foreign_keys': int(self.chance(0.5)),
                      'trusted_schema': int(self.chance(0.5))}
        self.theme = theme or self.rng.choice(THEMES)
        if self.theme == 'arrives':
            self.setup['autosettle'] = 1
        self.times = self.pick_times()
        self.market = self.theme in ('market', 'dated') or self.theme == 'all' and self.chance(0.4)

    # ---- dice ----------------------------------------------------------------------------

    def chance(self, share):
        return self.rng.random() < share

    def pick_times(self):
        """A handful of instants, with the distances at which rules change."""
        rng = self.rng
        base = parse(rng.choice(MONTH_ENDS if self.theme in METERED else BASES))
        spans = [0, 1, 1000, 1500, DAY // 2, DAY, 14 * DAY - 1, 14 * DAY, 14 * DAY + 1000, 15 * DAY,
                 30 * DAY, 90 * DAY, 90 * DAY + 1, 104 * DAY, 200 * DAY]
        if self.theme in METERED:
            spans = [0, 1, 1000, DAY // 2, DAY, 14 * DAY, 15 * DAY, 20 * DAY, 31 * DAY, 32 * DAY]
        if self.theme == 'access':
            spans = [0, DAY, 13 * DAY, 14 * DAY - 1, 14 * DAY, 15 * DAY, 28 * DAY, 29 * DAY]
        pool = {base} | {base + rng.choice(spans) for _ in range(rng.randint(2, 7))}
        for at in rng.sample(sorted(pool), k=min(2, len(pool))):
            pool.add(add_term(at, '+1 year'))
        if self.chance(0.3):
            pool.add(parse('2022-11-07 00:00:00'))
        return sorted(pool)

    def time(self, after=None, strictly=False):
        """Text of one of the instants, optionally not before another."""
        fits = [t for t in self.times
                if after is None or t > after or (t == after and not strictly)]
        return text_of(self.rng.choice(fits)) if fits else text_of(after + 1000)

    def moment(self):
        """When a usage occurred: at one of the instants, or by the theme at any between them."""
        if self.theme != 'arrives' or self.chance(0.2):
            return self.time()
        return text_of(self.times[0] + self.rng.randrange(90) * DAY + self.rng.randrange(DAY))

    def fresh(self):
        self.next_id += self.rng.choice((1, 1, 7, -500)) or 1
        while any(r.get('usage_id') == self.next_id or r.get('lot_id') == self.next_id
                  for _, r in self.live) or self.next_id < 1 or self.next_id in self.taken:
            self.next_id += 3
        self.taken.add(self.next_id)
        return self.next_id

    taken = frozenset()

    # ---- the world -----------------------------------------------------------------------

    def world(self):
        """All facts, parents first; the order of insertion is shuffled later."""
        self.taken = set()
        rng, facts = self.rng, []
        self.accounts = [f'A{i}' for i in range(1, rng.randint(1, 3) + 1)]
        teams = {'lots': (1, 1), 'access': (1, 2), 'moves': (2, 4),
                 'arrives': (1, 2)}.get(self.theme, (1, 2 if self.brief else 4))
        self.team_ids = rng.sample(NAMES, rng.randint(*teams))
        self.clients = [f'c{i}' for i in range(1, rng.randint(1, 4) + 1)]
        facts += [('country', {'country': 'N1', 'flex_from': None}),
                  ('country', {'country': 'F1', 'flex_from': self.time()})]
        facts += [('account', self.account(name)) for name in self.accounts]
        owners = [rng.choice(self.accounts) for _ in self.team_ids]
        facts += [('team', {'team_id': t, 'account_id': owner, 'name': t})
                  for t, owner in zip(self.team_ids, owners)]
        facts += [('app', {'client_id': c, 'name': c, 'account_id':
                           rng.choice(self.accounts if self.chance(0.2) else owners)})
                  for c in self.clients]
        facts += self.own_catalogue()
        theme = self.theme
        makers = [('app_team', 0.6 * len(self.clients)),
                  ('product_assignment', rng.choice((0.3, 0.7, 4))),
                  ('token_lot', 12 if theme == 'lots' else rng.choice((2, 5, 9))),
                  ('usage', 25 if theme == 'arrives' else rng.choice((3, 10, 25))),
                  ('subscription', 5 if theme == 'market' else 2.5 if self.market else 0.2),
                  ('unblock', 5 if theme == 'access' else 1),
                  ('lot_move', 0 if theme in ('closes', 'arrives') else 10 if theme == 'moves'
                   else rng.choice((1, 2, 5) if theme == 'ties' else (0, 2, 5)))]
        if theme == 'dated':
            makers += [(table, 3) for table in DATED]
        for table, mean in makers:
            for _ in range(self.count(mean)):
                row = self.make(table, facts)
                if row is not None and not self.clashes(table, row, facts):
                    facts.append((table, row))
        return facts

    def count(self, mean):
        return int(mean * (0.5 if self.brief else 2) * self.rng.random() + 0.5)

    def clashes(self, table, row, facts):
        key = KEYS[table]
        return any(t == table and all(r[k] == row[k] for k in key) for t, r in facts)

    def account(self, name):
        if self.theme == 'market':
            return {'account_id': name, 'name': name, 'agreement': 'flex',
                    'country': self.rng.choice(('N1', 'N1', 'F1', 'JP')),
                    'trial_started_at': None, 'trial_ended_at': None}
        row = {'account_id': name, 'name': name, 'agreement': 'flex',
               'country': self.rng.choice(COUNTRIES) if self.market else None,
               'trial_started_at': None, 'trial_ended_at': None}
        if self.chance(0.08):
            row['agreement'] = 'eba'
        if self.chance(0.2):
            row['trial_started_at'] = self.time()
            if self.chance(0.5):
                row['trial_ended_at'] = self.time(parse(row['trial_started_at']), strictly=True)
        return row

    def own_catalogue(self):
        """Apis, rates, aliases and kinds of the user's own, with dates among the instants."""
        rng, facts = self.rng, []
        self.apis = ['calc'] if self.brief else ['calc', 'shot']
        for api in self.apis:
            facts.append(('api', {'api': api, 'name': api, 'premium': 1}))
            for sku in ('big', 'small') + (('*',) if self.theme in METERED else ()):
                for start in {'2000-01-01 00:00:00', self.time()} if self.chance(0.9) else ():
                    facts.append(('rate_card', self.card(api, sku, start)))
                    facts += [('rate_tier', row) for row in self.tiers(facts[-1][1])]
            facts += [('sku_alias', {'api': api, 'alias': a, 'sku': s, 'effective_from': f})
                      for a, s, f in (('Ex', 'big', self.time()), ('*', 'small', self.time()),
                                      ('Ex', 'small', '2001-01-01 00:00:00'))[:rng.randint(0, 3)]]
            if self.chance(0.6):
                facts.append(('outcome_rule', {'api': api, 'outcome': 'failed', 'factor':
                                               rng.choice((0, 0, 0.5, 0.1))}))
        facts.append(('api', {'api': 'gratis', 'name': 'free', 'premium': 0}))
        facts.append(('api_alias', {'alias': 'Reckon', 'api': 'calc'}))
        self.kinds = ['adjustment', 'cloud_credit', 'flex_token', 'bonus', 'tied']
        facts += [('token_kind', {'kind': 'bonus', 'rank': rng.choice((1, 2, 3, 7)), 'name': 'b'}),
                  ('token_kind', {'kind': 'tied', 'rank': rng.choice((0, 1, 2, 9)), 'name': 't'})]
        for kind in ('tied', 'tied', 'flex_token', 'bonus'):
            row = {'kind': kind, 'api': rng.choice(self.apis)}
            if self.chance(0.7 if kind == 'tied' else 0.1) and \
                    not self.clashes('kind_api', row, facts):
                facts.append(('kind_api', row))
        return facts

    def card(self, api, sku, start):
        rng = self.rng
        return {'api': api, 'sku': sku, 'effective_from': start,
                'tokens': rng.choice((1, 2, 0.5, 0.1, 0.33333, 10, 0)),
                'per': rng.choice((1, 1, 3, 7, 50, 3600, 0.5)), 'unit': 'unit',
                'rounding': rng.choice(('none', 'none', 'none', 'up', 'down') +
                                       (('carry',) * 4 if self.theme in METERED else ())),
                'minimum': rng.choice((0, 0, 0, 2, 10, 0.5))}

    def tiers(self, card):
        """Up to three tiers of this row of the card."""
        if self.theme not in METERED or self.chance(0.4):
            return []
        aboves = self.rng.sample((1, 2, 3, 0.5, 10, 50, 100.25, 3600), self.rng.randint(1, 3))
        return [dict({k: card[k] for k in ('api', 'sku', 'effective_from')}, above=above,
                     tokens=self.rng.choice((0, 0.1, 0.33333, 1, 1, 2, 5))) for above in aboves]

    def make(self, table, facts):
        """One row of this table that fits the facts, or None."""
        rng = self.rng
        if table == 'app_team':
            return {'client_id': rng.choice(self.clients), 'team_id': rng.choice(self.team_ids),
                    'assigned_at': self.time()}
        if table == 'product_assignment':
            start = self.time()
            return {'account_id': rng.choice(self.accounts), 'team_id': rng.choice(self.team_ids),
                    'assigned_at': start, 'revoked_at': None if self.chance(0.5) else
                    self.time(parse(start), strictly=True)}
        if table == 'subscription':
            start = self.time()
            return {'account_id': rng.choice(self.accounts), 'starts_at': start,
                    'ends_at': self.time(parse(start), strictly=True)}
        if table == 'account_agreement':
            return {'account_id': rng.choice(self.accounts),
                    'agreement': rng.choice(('eba', 'flex')),
                    'starts_at': self.time()}
        if table == 'app_owner':
            return {'client_id': rng.choice(self.clients), 'account_id': rng.choice(self.accounts),
                    'owned_from': self.time()}
        if table == 'policy_change':
            name = rng.choice(DATED_POLICIES)
            return {'name': name, 'value': self.policy_value(name), 'effective_from': self.time()}
        if table == 'unblock':
            return {'team_id': rng.choice(self.team_ids), 'unblocked_at': self.time(),
                    'note': None}
        if table == 'lot_move':
            return self.lot_move([r for t, r in facts if t == 'token_lot'])
        return self.lot() if table == 'token_lot' else self.usage()

    def lot_move(self, lots):
        if not lots:
            return None
        lot = self.rng.choice(lots)
        teams = [t for t in self.team_ids if t != lot['team_id']] or self.team_ids
        at = self.time(parse(lot['purchased_at']), strictly=self.tame or self.chance(0.7))
        return {'lot_id': lot['lot_id'], 'moved_at': at,
                'team_id': self.rng.choice(teams if self.chance(0.7) else self.team_ids)}

    def lot(self):
        rng, bought = self.rng, self.time()
        at = parse(bought)
        kinds, amounts = self.kinds, AMOUNTS
        if self.theme in ('lots', 'access'):
            kinds, amounts = self.kinds[1:4], (1, 1, 2)
        if self.theme == 'market':
            kinds, amounts = self.kinds[1:3], (1, 2, 2, 5)
        if self.theme == 'arrives':
            amounts = (5, 20, 20, 50)
        return {'lot_id': self.fresh(), 'team_id': rng.choice(self.team_ids),
                'kind': rng.choice(kinds), 'tokens': rng.choice(amounts),
                'purchased_at': bought,
                'expires_at': text_of(self.times[-1] + 1)
                if self.theme == 'lots' and self.chance(0.7) else
                None if self.chance(0.5) else self.time(at, strictly=True),
                'voided_at': self.time(at, strictly=self.tame) if self.chance(0.15) else None,
                'source_id': f's{rng.randint(1, 10**9)}' if self.chance(0.2) else None,
                'note': None}

    def usage(self):
        rng = self.rng
        api, sku = rng.choice([(a, s) for a in self.apis for s in
                               ('big', 'small', 'big', 'small', 'other') +
                               (('Ex', 'Ex') if self.tame else ('EX', 'ex'))] * 2 +
                              [('reckon', 'big'), ('RECKON', 'Ex'), ('gratis', None),
                               ('gratis', 'any'), ('ghost', 'x'), ('adjustment', None),
                               ('adjustment', None), ('model-derivative', 'rvt'),
                               ('model-derivative', 'IFC'), ('automation', 'revit')])
        client = rng.choice(self.clients * 6 + ['stranger'])
        return {'usage_id': self.fresh(), 'client_id': client, 'api': api, 'sku': sku,
                'quantity': rng.choice(QUANTITIES), 'occurred_at': self.moment(),
                'outcome': rng.choice(('success',) * 6 + ('failed', 'failed', 'cancelled')),
                'user_id': None, 'label': None,
                'source_id': f's{rng.randint(1, 10**9)}' if self.chance(0.2) else None}

    # ---- the script ----------------------------------------------------------------------

    def script(self):
        facts = self.world()
        noise = self.rng.choice((0.0, 0.15, 0.4))
        for table, row in self.shuffled(facts):
            self.insert(self.ops, table, row)
            if self.theme == 'closes' and self.chance(0.08):
                self.ops.append(self.close())
            while self.chance(noise):
                self.ops.append(self.disturb())
        for _ in range(self.rng.choice((0, 2, 4, 6) if self.brief else (0, 0, 3, 12))):
            self.ops.append(self.disturb())
        script = {'seed': self.seed, 'setup': self.setup, 'ops': self.ops}
        return dict(script, brief=True) if self.brief else script

    def shuffled(self, facts):
        """Any order in which parents come first; usage often comes late, but not always."""
        waiting, there = list(facts), set()
        self.rng.shuffle(waiting)
        if self.theme == 'arrives':
            waiting.sort(key=lambda f: f[0] == 'usage')
        elif self.chance(0.5):
            waiting.sort(key=lambda f: f[0] in ('usage', 'token_lot', 'rate_card'))
        own = {(t, r[KEYS[t][0]]) for t, r in facts}
        while waiting:
            for fact in waiting:
                table, row = fact
                needs = {(t, row[c]) for t, c in PARENTS.get(table, ())} & own
                if table == 'rate_tier':
                    needs = {('rate_card', card_of(row))}
                if needs <= there:
                    break
            waiting.remove(fact)
            there.add((table, row[KEYS[table][0]]))
            if table == 'rate_card':
                there.add((table, card_of(row)))
            yield fact

    def insert(self, ops, table, row, maybe=False):
        """Insert, now and then with a twist that must not change the result."""
        rng = self.rng
        first = dict(row)
        twist = rng.random()
        op = {'op': 'insert', 't': table, 'row': first}
        if maybe or table == 'app_owner' or self.market and table in (
                'token_lot', 'account', 'country', 'team'):
            op['maybe'] = True
        ops.append(op)
        self.live.append((table, row))
        if row.get('source_id') and twist < 0.5:
            again = dict(row)
            again[KEYS[table][0]] = self.fresh()
            ops.append(dict(op, row=again, verb='INSERT OR IGNORE'))
        elif table in TAKERS and twist > 0.93:
            self.live[-1] = (table, dict(self.changed(table, row), **key_of(table, row)))
            ops.append({'op': 'insert', 't': table, 'row': dict(self.live[-1][1]),
                        'verb': 'INSERT OR REPLACE', 'maybe': True})
        elif table == 'usage' and twist > 0.9:
            ops.append({'op': 'delete', 't': table, 'where': dict(row)})
            ops.append({'op': 'insert', 't': table, 'row': dict(row)})

    def close(self):
        """Close a period, or sometimes open one again."""
        closes = [f for f in self.live if f[0] == 'period_close']
        if closes and self.chance(0.3):
            fact = max(closes, key=lambda f: f[1]['closed_until']) if self.chance(0.8) else \
                self.rng.choice(closes)
            self.live.remove(fact)
            return {'op': 'delete', 't': fact[0], 'where': dict(fact[1]), 'maybe': True}
        row = {'team_id': self.rng.choice(self.team_ids), 'closed_until': self.time()}
        self.live.append(('period_close', row))
        return {'op': 'insert', 't': 'period_close', 'row': dict(row), 'maybe': True}

    def disturb(self, depth=0):
        """One op of any kind."""
        rng = self.rng
        if self.theme in ('closes', 'ties') and self.chance(0.15):
            return self.close()
        if self.theme == 'arrives' and self.chance(0.6):
            return self.extra('usage')
        roll = rng.random()
        if roll < 0.22:
            return {'op': 'settle', 'team': rng.choice([None] + self.team_ids),
                    'how': rng.choice(('select', 'insert'))}
        if roll < 0.50:
            return self.update()
        if roll < 0.62:
            return self.delete()
        if roll < 0.74:
            return self.extra()
        if depth < 2 and roll < 0.90:
            return self.block('savepoint' if depth else rng.choice(('tx', 'savepoint')), depth)
        if depth == 0 and roll < 0.95:
            return {'op': 'other', 'body': self.body(1)}
        if depth == 0 and roll < 0.98:
            return rng.choice(({'op': 'check'}, {'op': 'reopen'},
                               {'op': 'autosettle', 'on': rng.randint(0, 1)}))
        return {'op': 'settle', 'team': None, 'how': 'select'}

    def block(self, name, depth):
        before = list(self.live)
        rollback = self.chance(0.5)
        op = {'op': name, 'rollback': rollback, 'body': self.body(depth + 1)}
        if rollback:
            self.live = before
        return op

    def body(self, depth):
        return [self.disturb(depth) for _ in range(self.rng.randint(1, 4))]

    def extra(self, table=None):
        """A fact more."""
        table = table or self.rng.choice(('usage', 'usage', 'token_lot', 'lot_move', 'app_team',
                                          'unblock', 'product_assignment', 'subscription') +
                                         (DATED if self.theme == 'dated' else ()))
        if table == 'lot_move' and self.theme in ('closes', 'arrives'):
            table = 'unblock'
        row = self.make(table, self.live)
        if row is None or self.clashes(table, row, self.live):
            table, row = 'usage', self.usage()
        self.live.append((table, row))
        return {'op': 'insert', 't': table, 'row': dict(row), 'maybe': True}

    def update(self):
        """Change one live row; keys of parents stay."""
        fits = [f for f in self.live if f[0] not in ('kind_api',)]
        if not fits or self.chance(0.1):
            return self.seeded()
        table, row = self.rng.choice(fits)
        verb, new = 'UPDATE', self.changed(table, row)
        others = [r for t, r in self.live if t == table and r is not row]
        if table in TAKERS and others and self.chance(0.2):
            verb, new = 'UPDATE OR REPLACE', self.taking(table, new, self.rng.choice(others))
        self.live[self.live.index((table, row))] = (table, new)
        return {'op': 'update', 't': table, 'where': dict(row), 'maybe': True, 'verb': verb,
                'set': {k: v for k, v in new.items() if row[k] != v} or
                       {KEYS[table][0]: row[KEYS[table][0]]}}

    def taking(self, table, row, other):
        """The row in the place of another one, which goes, or which it may not take."""
        if other.get('source_id') and self.chance(0.5):
            return dict(row, source_id=other['source_id'])
        return dict(row, **key_of(table, other))

    def seeded(self):
        """Change a row that the catalogue brought: a policy or a published rate."""
        if self.chance(0.3):
            return {'op': 'update', 't': 'rate_card', 'maybe': True,
                    'where': {'api': 'model-derivative', 'sku': 'complex',
                              'effective_from': '2022-03-29 00:00:00'},
                    'set': {'tokens': self.rng.choice((0.5, 0.7, 3))}}
        name = self.rng.choice(('grace_days', 'trial_days', 'lot_term', 'min_purchase_tokens',
                                'restore', 'restore'))
        return {'op': 'update', 't': 'policy', 'where': {'name': name}, 'maybe': True,
                'set': {'value': self.policy_value(name)}}

    def delete(self):
        fits = [f for f in self.live if f[0] not in ('token_kind', 'country', 'policy')]
        if not fits:
            return self.extra()
        fact = self.rng.choice(fits)
        if fact[0] in ('account', 'team', 'app', 'api') or self.chance(0.2):
            return {'op': 'delete', 't': fact[0], 'where': dict(fact[1]), 'maybe': True}
        self.live.remove(fact)
        return {'op': 'delete', 't': fact[0], 'where': dict(fact[1]), 'maybe': True}

    def changed(self, table, row):
        """A copy with one column changed to another plausible value."""
        rng, new = self.rng, dict(row)
        like = {'usage': lambda: self.usage(), 'token_lot': lambda: self.lot(),
                'account': lambda: self.account(row['account_id']),
                'rate_card': lambda: self.card(row['api'], row['sku'], self.time())}.get(table)
        if like is not None:
            other = like()
            free = [k for k in other if k not in ('source_id', 'lot_id', 'account_id')]
            column = rng.choice(free)
            new[column] = other[column]
            if table == 'token_lot' and column == 'purchased_at':
                new['expires_at'] = new['voided_at'] = None
            if table == 'account' and column.startswith('trial'):
                new.update({k: other[k] for k in ('trial_started_at', 'trial_ended_at')})
            if table == 'usage' and column in ('api', 'sku'):
                new.update(api=other['api'], sku=other['sku'])
            return new
        if table in ('app_team', 'product_assignment', 'unblock', 'lot_move') and self.chance(0.6):
            new['team_id'] = rng.choice(self.team_ids)
        elif table in ('team', 'app', 'subscription'):
            new['account_id'] = rng.choice(self.accounts)
        elif table == 'api':
            new['premium'] = 1 - row['premium']
        elif table == 'token_kind':
            new['rank'] = rng.randint(0, 5)
        elif table == 'outcome_rule':
            new['factor'] = rng.choice((0, 1, 0.5, 0.25))
        elif table == 'sku_alias':
            new['sku'] = rng.choice(('big', 'small'))
        elif table == 'rate_tier':
            column = rng.choice(('tokens', 'tokens', 'above'))
            new[column] = rng.choice((0.5, 1, 3, 7)) if column == 'above' else rng.choice(AMOUNTS)
        elif table == 'period_close':
            new['closed_until'] = self.time()
        elif table in DATED and self.chance(0.6):
            other = self.make(table, self.live)
            column = {'account_agreement': 'agreement', 'app_owner': 'account_id',
                      'policy_change': 'value'}[table]
            new[column] = self.policy_value(row['name']) if column == 'value' else other[column]
        elif table in DATED:
            new[KEYS[table][1]] = self.time()
        elif table == 'country':
            new['flex_from'] = rng.choice((None, self.time()))
        else:
            dated = ('assigned_at', 'moved_at', 'unblocked_at')
            column = next((c for c in dated if c in row), None)
            if column and not row.get('revoked_at'):
                new[column] = self.time()
        return new

    def policy_value(self, name):
        values = {'grace_days': (14, 14, 0, 1, 15), 'trial_days': (90, 30, 1),
                  'lot_term': ('+1 year', '+1 month', '+90 days'),
                  'min_purchase_tokens': (100, 1), 'restore': ('support', 'auto')}
        return self.rng.choice(values[name])


def key_of(table, row):
    return {k: row[k] for k in KEYS[table]}


def card_of(row):
    """The row of the card that a tier belongs to."""
    return row['api'], row['sku'], row['effective_from']


def theme_of(seed):
    """The theme that run.py gives a seed: every other one of TURNS, or None: by the dice."""
    return TURNS[seed // 2 % len(TURNS)] if seed % 2 else None


def script_of(seed, tame=False, theme=None, brief=False):
    return History(seed, tame, theme, brief).script()
