"""Facts as plain lists of dicts, and every question about one usage or one lot alone.

Nothing here depends on other usages or on balances: price, payer, trial, market, life of a lot.
Nearly every question scans the lists; speed is no aim.
"""
from exact import DAY, add_term, exact, half_up, parse, quantity_of, units
from fractions import Fraction

TABLES = ('policy', 'country', 'account', 'team', 'app', 'app_team', 'product_assignment',
          'token_kind', 'api', 'kind_api', 'api_alias', 'sku_alias', 'rate_card', 'rate_tier',
          'outcome_rule', 'token_lot', 'lot_move', 'usage', 'subscription', 'unblock',
          'period_close', 'account_agreement', 'app_owner', 'policy_change')

POLICY = {'grace_days': 14, 'trial_days': 90, 'lot_term': '+1 year',
          'min_purchase_tokens': 100, 'restore': 'support'}

# Choices that the contract leaves open; flip one here when the product decides otherwise, nothing
# else needs to change.
CHOICES = {
    # who wins when several statuses fit one usage
    'status_order': ('unassigned', 'excluded', 'trial', 'unrated', 'free'),
    # draw order by the end that a subscription sets (True) or by expires_at (False);
    # lot_balance shows expires_at as the fact has it, policy term filled in
    'order_by_limit': False,
    # an outcome's factor multiplies what rate() shows, rounded a second time (True), or the exact
    # price, rounded once (False)
    'round_before_factor': True,
    # a voided lot reads 'lapsed' once its expires_at has passed; does the end of a subscription do
    # the same (True), not (False), or is either accepted (None)
    'limit_before_void': None,
    # a sku that nothing resolves is shown as its usage row spells it
    'sku_case': True,
}


LOWER = {ord(c): c.lower() for c in 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'}


def fold(text):
    """SQLite's NOCASE: ASCII letters only."""
    return text.translate(LOWER)


class Facts:
    """The user's tables, which do not change. `rows` maps a table name to a list of dicts, times as
    text."""

    def __init__(self, rows):
        self.rows = {name: list(rows.get(name, ())) for name in TABLES}
        self.index = {}     # (table, columns): {values: the first row that has them}

    def __getitem__(self, table):
        return self.rows[table]

    def find(self, table, **key):
        """The one row with these values, or None."""
        columns = (table, *key)
        if columns not in self.index:
            self.index[columns] = {}
            for row in self.rows[table]:
                self.index[columns].setdefault(tuple(map(row.get, key)), row)
        return self.index[columns].get(tuple(key.values()))

    def dated(self, table, start, at, **key):
        """The row of a fact with dates that holds at an instant, or None: before the first."""
        rows = [r for r in self[table] if all(r[k] == v for k, v in key.items())
                and parse(r[start]) <= at]
        return max(rows, key=lambda r: parse(r[start]), default=None)

    def policy(self, name, at):
        row = self.dated('policy_change', 'effective_from', at, name=name) or \
            self.find('policy', name=name)
        return POLICY[name] if row is None else row['value']

    def policy_days(self, name, at):
        """A policy that counts days, in milliseconds."""
        return int(Fraction(str(self.policy(name, at))) * DAY)

    def policy_story(self, name):
        """Everything that is said of one policy: its value and its changes."""
        row = self.find('policy', name=name)
        return [row and row['value']] + sorted((parse(r['effective_from']), r['value'])
                                               for r in self['policy_change'] if r['name'] == name)

    def is_eba(self, account, at):
        row = self.dated('account_agreement', 'starts_at', at, account_id=account['account_id'])
        return (row or account)['agreement'] == 'eba'

    def owner(self, client_id, at):
        """The account that owns an app, or None: no such app."""
        app = self.find('app', client_id=client_id)
        row = app and self.dated('app_owner', 'owned_from', at, client_id=client_id)
        return app and (row or app)['account_id']

    # ---- names ---------------------------------------------------------------------------

    def resolve_api(self, name):
        """An alias reads as the api that it stands for."""
        if self.find('api', api=name):
            return name
        for row in self['api_alias']:
            if fold(row['alias']) == fold(name):
                return row['api']
        return name

    def alias_in_force(self, api, alias, at):
        rows = [r for r in self['sku_alias'] if r['api'] == api and fold(r['alias']) == fold(alias)
                and parse(r['effective_from']) <= at]
        return max(rows, key=lambda r: parse(r['effective_from']))['sku'] if rows else None

    def resolve_sku(self, api, sku, at):
        """A named alias, else a sku that the card knows, else the '*' alias, else itself."""
        target = None if sku is None else self.alias_in_force(api, sku, at)
        if target is not None:
            return target
        if any(r['api'] == api and same_sku(r['sku'], sku) for r in self['rate_card']):
            return sku
        target = self.alias_in_force(api, '*', at)
        return sku if target is None else target

    # ---- price ---------------------------------------------------------------------------

    def card_in_force(self, api, sku, at):
        """The latest row for the sku; '*' on the card stands for every sku it does not name."""
        own = any(r['api'] == api and same_sku(r['sku'], sku) for r in self['rate_card'])
        rows = [r for r in self['rate_card'] if r['api'] == api
                and (same_sku(r['sku'], sku) if own else r['sku'] == '*')
                and parse(r['effective_from']) <= at]
        return max(rows, key=lambda r: parse(r['effective_from'])) if rows else None

    def exact_rate(self, api, sku, quantity, at):
        """Exact units (a Fraction) of one usage in isolation, or None: no rate."""
        api = self.resolve_api(api)
        known = self.find('api', api=api)
        if known is None:
            return None
        if not known['premium']:
            return Fraction(0)
        card = self.card_in_force(api, self.resolve_sku(api, sku, at), at)
        if card is None or card['tokens'] is None:
            return None
        return charge_of_card(card, quantity, self.tiers(card))

    def tiers(self, card):
        """[(above, units per `per`)] of this row of the card, in order."""
        return sorted((quantity_of(r['above']), units(r['tokens'])) for r in self['rate_tier']
                      if (r['api'], r['effective_from']) == (card['api'], card['effective_from'])
                      and same_sku(r['sku'], card['sku']))

    def metered(self, card):
        """D119: some row of this api and sku, of whatever instant, has tiers or carries."""
        return any(r['api'] == card['api'] and same_sku(r['sku'], card['sku'])
                   and (r['rounding'] == 'carry' or self.tiers(r)) for r in self['rate_card'])

    def metered_card(self, usage):
        """The card row whose meter this usage moves, or None: it is priced in isolation."""
        at, api = parse(usage['occurred_at']), self.resolve_api(usage['api'])
        known = self.find('api', api=api)
        if known is None or not known['premium'] or self.factor(api, usage['outcome']) == 0:
            return None
        card = self.card_in_force(api, self.resolve_sku(api, usage['sku'], at), at)
        if card is None or card['tokens'] is None or not self.metered(card):
            return None
        return card

    def rate(self, api, sku, quantity, at):
        """What rate() shows, in units; `at` is text as in SQL."""
        if api is None or quantity is None or at is None:
            return None
        value = self.exact_rate(api, sku, quantity, parse(at))
        return None if value is None else half_up(value)

    def factor(self, api, outcome):
        row = self.find('outcome_rule', api=api, outcome=outcome)
        return exact(1 if row is None else row['factor'])

    # ---- who pays, and whether anybody does ------------------------------------------------

    def payer(self, client_id, at):
        """Contract 3: app_team, else the owner's product assignment, else the first team."""
        held = [r for r in self['app_team'] if r['client_id'] == client_id
                and parse(r['assigned_at']) <= at]
        if held:
            return max(held, key=lambda r: parse(r['assigned_at']))['team_id']
        owner = self.owner(client_id, at)
        if owner is None:
            return None
        given = [r for r in self['product_assignment'] if r['account_id'] == owner
                 and parse(r['assigned_at']) <= at
                 and (r['revoked_at'] is None or at < parse(r['revoked_at']))]
        if given:
            return max(given, key=lambda r: parse(r['assigned_at']))['team_id']
        teams = [r['team_id'] for r in self['team'] if r['account_id'] == owner]
        return min(teams, key=lambda name: name.encode()) if teams else None

    def account_of(self, team_id):
        team = self.find('team', team_id=team_id)
        return self.find('account', account_id=team['account_id']) if team else None

    def in_trial(self, account, at):
        """Q23: [start, start + trial_days of the start) or the early switch, whichever ends
        first."""
        start = parse(account['trial_started_at'])
        if start is None:
            return False
        end = start + self.policy_days('trial_days', start)
        if account['trial_ended_at'] is not None:
            end = min(end, parse(account['trial_ended_at']))
        return start <= at < end

    def assess(self, usage):
        """One usage alone: resolved names, payer, status before payment, units to pay."""
        at = parse(usage['occurred_at'])
        api = self.resolve_api(usage['api'])
        price = self.exact_rate(api, usage['sku'], usage['quantity'], at)
        team = self.payer(usage['client_id'], at)
        account = self.account_of(team)
        if price is not None:
            price = half_up(price) if CHOICES['round_before_factor'] else price
            price = half_up(price * self.factor(api, usage['outcome']))
        card = self.metered_card(usage)
        fits = {'unrated': price is None,
                'unassigned': team is None,
                'excluded': account is not None and self.is_eba(account, at),
                'trial': account is not None and self.in_trial(account, at),
                'free': price == 0 and card is None}
        status = next((name for name in CHOICES['status_order'] if fits[name]), 'billed')
        return {'usage_id': usage['usage_id'], 'team_id': team, 'client_id': usage['client_id'],
                'api': api, 'sku': self.resolve_sku(api, usage['sku'], at),
                'quantity': usage['quantity'], 'occurred': at, 'at': at, 'status': status,
                'units': price if status == 'billed' else 0,
                'card': card if status == 'billed' else None,
                'factor': self.factor(api, usage['outcome'])}

    # ---- lots ----------------------------------------------------------------------------

    def may_pay(self, kind, api):
        """kind_api: the kind pays these apis only; no row: all of them."""
        listed = [r['api'] for r in self['kind_api'] if r['kind'] == kind]
        return not listed or api in listed

    def market(self, team_id):
        """The country row that rules this team, or None: no market rule."""
        account = self.account_of(team_id)
        if account is None or account['country'] is None:
            return None
        return self.find('country', country=account['country'])

    def subscriptions(self, account_id):
        """Merged [starts, ends) intervals in time order; touching ones are one."""
        spans = sorted((parse(r['starts_at']), parse(r['ends_at']))
                       for r in self['subscription'] if r['account_id'] == account_id)
        merged = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        return merged

    def needs_subscription(self, team_id, at):
        """Where Flex is not sold at all, and where it is not yet for accounts that have
        subscription rows."""
        rule, account = self.market(team_id), self.account_of(team_id)
        if rule is None:
            return False
        flex_from = parse(rule['flex_from'])
        return flex_from is None or at < flex_from and bool(
            self.subscriptions(account['account_id']))

    def subscribed(self, account_id, at):
        return any(start <= at < end for start, end in self.subscriptions(account_id))

    def life(self, lot):
        """When a lot is alive: [born, end); born None: never. The market rule included: credits end
        with the subscription, if that is before Flex is sold."""
        born = parse(lot['purchased_at'])
        expires = parse(lot['expires_at'])
        if expires is None:
            expires = add_term(born, self.policy('lot_term', born))
        rule = self.market(lot['team_id'])
        limit = expires
        flex_from = None if rule is None else parse(rule['flex_from'])
        if rule is not None and lot['kind'] == 'cloud_credit':
            ends = self.chain_end(lot['team_id'], born, expires)
            limit = min(expires, ends) if flex_from is None or ends < flex_from else expires
        if rule is not None and lot['kind'] == 'flex_token':
            born = None if flex_from is None else max(born, flex_from)
        voided = parse(lot['voided_at'])
        return {'born': born, 'limit': limit, 'voided': voided,
                'expires': expires,
                'end': limit if voided is None else min(limit, voided)}

    def chain_end(self, team_id, purchased, otherwise):
        """End of the unbroken subscription that follows a purchase (Q32)."""
        account = self.account_of(team_id)['account_id']
        ends = [end for _, end in self.subscriptions(account) if end > purchased]
        return ends[0] if ends else otherwise

    def rank(self, kind):
        return self.find('token_kind', kind=kind)['rank']


def same_sku(one, other):
    """No sku is one sku, whether it is spelled NULL or ''."""
    return (one or '') == (other or '')


def charge_of_card(card, quantity, tiers=(), meter=None):
    """Exact units: tokens for each `per`, whole packages where the card rounds, exact otherwise;
    of what is billed each part at its tier. The meter moves on; without one it is a new one."""
    meter = Meter() if meter is None else meter
    amount, per = max(quantity_of(quantity), quantity_of(card['minimum'] or 0)), \
        quantity_of(card['per'])
    if card['rounding'] == 'carry':
        amount += meter.carry
        meter.carry = amount % per
        amount -= meter.carry
    elif card['rounding'] == 'up':
        amount = -(-amount // per) * per
    elif card['rounding'] == 'down':
        amount = amount // per * per
    start, meter.used = meter.used, meter.used + amount
    steps = [(Fraction(0), units(card['tokens']))] + list(tiers)
    ends = [above for above, _ in steps[1:]] + [meter.used]
    parts = [(max(Fraction(0), min(meter.used, end) - max(start, above)), price)
             for (above, price), end in zip(steps, ends)]
    return sum((part * price / per for part, price in parts), Fraction(0))


class Meter:
    """What a wallet used of one api and sku of the card: of which month, and the part of a package
    that waits for the next usage."""

    def __init__(self):
        self.month, self.used, self.carry = None, Fraction(0), Fraction(0)

    def reach(self, month):
        if self.month != month:
            self.month, self.used = month, Fraction(0)
