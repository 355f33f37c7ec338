"""The oracle: settlement once more, slowly, from the written rules alone.

One loop over all instants in time order, every question answered by replaying all facts from the
first. Nothing is kept between two replays and nothing is shared with the extension.

    state = Replay(Facts(rows), until)      until None: the whole history
    state.ledger                            entries in the order in which they were written
    state.statuses() state.lots() state.wallets() state.uncharged()   as of `until`, units as int

Closed periods: `book` (closing.py) says what they have made final; the replay goes on from there.
"""
import copy

from closing import Book, UNPRICED, move_key
from exact import UNIT, exact, half_up, parse, text_of, units
from pricing import CHOICES, Facts, Meter, charge_of_card  # noqa: F401 (callers take Facts here)

EITHER = 'lapsed or void'

STEPS = 'lapse move purchase offset unblock usage'.split()


class Lot:
    """One lot on its way: who holds it, what is left, what it brought to its present team."""

    def __init__(self, facts, row):
        self.row, self.lot_id, self.kind = row, row['lot_id'], row['kind']
        self.size = units(row['tokens'])
        self.holder = row['team_id']
        life = facts.life(row)
        self.born, self.end, self.limit = life['born'], life['end'], life['limit']
        self.expires, self.voided = life['expires'], life['voided']
        self.bought = parse(row['purchased_at'])
        self.alive = self.stillborn = False
        self.remaining = self.used = self.lapsed = self.brought = self.used_here = 0
        first = self.limit if CHOICES['order_by_limit'] else self.expires
        self.shown, self.counted = self.expires, False
        self.order = (facts.rank(self.kind), first, self.size,
                      parse(row['purchased_at']), self.lot_id)

    def resume(self, old, closed):
        """Go on as the close has left it; what it has not seen alive begins at the close."""
        if old is None:
            self.born = None if self.born is None else max(self.born, closed)
            self.end, self.bought = max(self.end, closed), max(self.bought, closed)
            return
        for name in ('born', 'bought', 'holder', 'alive', 'stillborn', 'counted', 'remaining',
                     'used', 'lapsed', 'brought', 'used_here'):
            setattr(self, name, getattr(old, name))
        self.shown = self.shown if old.alive else old.shown
        for name in ('end', 'limit', 'expires', 'voided'):
            mine, told = getattr(self, name), getattr(old, name)
            if not old.alive:
                setattr(self, name, told)
            elif mine is not None:
                setattr(self, name, max(mine, closed))

    def state(self, at):
        if (self.born is None or at < self.born) and at < self.end:
            return 'pending'
        voided = self.voided is not None and self.voided <= at
        if self.expires <= at or self.limit <= at and not voided:
            return 'lapsed'
        if voided and self.limit <= at:
            return {True: 'lapsed', False: 'void', None: EITHER}[CHOICES['limit_before_void']]
        if voided:
            return 'void'
        return 'open' if self.remaining else 'empty'


class Watch:
    """Access of one team by its balance: negative since when, blocked since when."""

    def __init__(self, grace, restore):
        self.grace, self.restore = grace, restore    # as of an instant
        self.negative_since = self.blocked_since = None
        self.unblocks = []

    def reach(self, at, inclusive):
        """Time passes: grace may end. Exclusive: what happens at `at` itself comes first."""
        if self.negative_since is None or self.blocked_since is not None:
            return
        block = self.negative_since + self.grace(self.negative_since)
        if block < at or (inclusive and block == at):
            self.blocked_since = block

    def see(self, at, balance):
        """The balance after a step at this instant."""
        if balance >= 0:
            self.negative_since = None
        elif self.negative_since is None:
            self.negative_since = at
        self.reach(at, inclusive=True)
        self.lift(at, balance)

    def lift(self, at, balance):
        if self.blocked_since is None or balance < 0:
            return
        if self.restore(at) == 'auto' or any(self.blocked_since <= u <= at for u in self.unblocks):
            self.blocked_since = None

    def access(self):
        if self.blocked_since is not None:
            return 'limited'
        return 'full' if self.negative_since is None else 'grace'


class Team:
    def __init__(self, team_id, watch):
        self.team_id, self.watch = team_id, watch
        self.purchased = self.used = self.lapsed = self.moved = 0
        self.closed = None  # instant of its last close: nothing happens to it before
        self.debts = {}     # usage_id -> units not paid yet
        self.meters = {}    # (api, sku) of the card -> Meter
        self.had = set()    # lots held here, alive or dead already, at some instant


class Replay:
    """All facts up to and including `until`, in time order."""

    def __init__(self, facts, until=None, book=None):
        self.facts, self.until = facts, until
        self.book = book or Book()
        self.tops = self.book.tops()
        self.stock = [Lot(facts, row) for row in facts['token_lot']]
        def grace(at): return facts.policy_days('grace_days', at)
        def restore(at): return facts.policy('restore', at)
        self.teams = {t['team_id']: Team(t['team_id'], Watch(grace, restore))
                      for t in facts['team']}
        self.ledger = []
        self.unblocks = [dict(u, at=self.effective(u['team_id'], u['unblocked_at']))
                         for u in facts['unblock']]
        self.usages = self.assessed()
        for team, close in self.tops.items():
            if team in self.teams:
                self.resume(self.teams[team], close)
        self.moves = self.resume_lots()
        self.passed = self.instants()
        for at in self.passed:
            for step in STEPS:
                getattr(self, step)(at)
        if until is not None:
            for team in self.teams.values():
                team.watch.reach(until, inclusive=True)
        self.prove()

    def effective(self, team, text):
        """When a fact of this team counts that no close holds: not before the last one."""
        close = self.tops.get(team)
        return parse(text) if close is None else max(parse(text), close.until)

    def assessed(self):
        """Every usage that counts up to `until`: as a close holds it, or by the facts."""
        held, found, self.named, unrated = {}, {}, {}, self.book.unrated()
        for close in self.tops.values():
            held.update(close.held_usages())
        for row in self.facts['usage']:
            usage = self.facts.assess(row)
            usage.update(charged=0, settled_at=None, reason=None)
            self.named[row['usage_id']] = usage
            usage['at'] = max(self.effective(usage['team_id'], row['occurred_at']),
                              unrated.get(row['usage_id'], 0))
            if row['usage_id'] in held:
                usage = dict(held[row['usage_id']], held=True)
            if self.until is None or usage['at'] <= self.until or row['usage_id'] in held:
                found[row['usage_id']] = usage
        return found

    def resume(self, team, close):
        """The team as its last close has left it."""
        old, mine = copy.deepcopy(close.snapshot().teams[team.team_id]), team.watch
        self.teams[team.team_id] = old
        old.closed, old.watch.grace, old.watch.restore = close.until, mine.grace, mine.restore
        self.ledger += [e for e in close.snapshot().ledger if e['team_id'] == team.team_id]
        unblocks = close.held_unblocks()
        self.unblocks = [u for u in self.unblocks if u['team_id'] != team.team_id
                         or u['unblocked_at'] not in unblocks]

    def resume_lots(self):
        """Every lot as the close of its holder has left it; the moves that are still to be made."""
        held = {i: (lot, close.until) for team, close in self.tops.items() if team in self.teams
                for i, lot in close.held_lots().items()}
        for lot in self.stock:
            close = self.tops.get(lot.holder)
            if lot.lot_id in held:
                lot.resume(*held[lot.lot_id])
            elif close is not None:
                lot.resume(None, close.until)
        moves, self.counts = [], {}
        for row in self.facts['lot_move']:
            close = self.tops.get(row['team_id'])
            counted = None if close is None else close.counted_moves().get(move_key(row))
            at = self.effective(row['team_id'], row['moved_at']) if counted is None else counted
            self.counts[move_key(row)] = at
            if counted is None or row['lot_id'] not in held:
                moves.append(dict(row, at=at))
        return sorted(moves, key=lambda m: (m['at'], parse(m['moved_at'])))

    def live(self, at):
        """Teams to which something may happen at this instant."""
        return [t for t in self.teams.values() if t.closed is None or t.closed <= at]

    def instants(self):
        """Every instant at which anything happens, up to `until`."""
        found = {u['at'] for u in self.usages.values()}
        found |= {m['at'] for m in self.moves} | {u['at'] for u in self.unblocks}
        for lot in self.stock:
            found |= {lot.born, lot.end} - {None}
        found |= {parse(r['effective_from']) for r in self.facts['policy_change']
                  if r['name'] == 'restore'}
        # the rules may be others from here on
        found |= {close.until for close in self.tops.values()}
        return sorted(at for at in found if self.until is None or at <= self.until)

    # ---- the six steps of one instant ------------------------------------------------------

    def lapse(self, at):
        """Lapse and void: what is left of the lot vanishes, of an unborn lot all of it."""
        for team in self.live(at):
            team.watch.reach(at, inclusive=False)
        for lot in self.stock:
            if self.teams[lot.holder] not in self.live(at):
                continue
            if lot.alive and lot.end <= at:
                self.bury(lot)
            if lot.end == at and not lot.counted and (lot.born is None or lot.born >= at):
                lot.stillborn, lot.lapsed = True, lot.size

    def bury(self, lot):
        lot.alive = False
        lot.lapsed, lot.remaining = lot.remaining, 0
        self.teams[lot.holder].lapsed += lot.lapsed

    def move(self, at):
        """The whole remainder changes team; a lot not alive carries nothing."""
        for move in self.moves:
            if move['at'] != at:
                continue
            lot = next(x for x in self.stock if x.lot_id == move['lot_id'])
            if move['team_id'] == lot.holder:
                continue
            self.teams[lot.holder].moved -= lot.remaining
            lot.holder = move['team_id']
            self.teams[lot.holder].moved += lot.remaining
            lot.brought, lot.used_here = lot.remaining, 0

    def purchase(self, at):
        """Lots come alive in the team that holds them now."""
        for lot in self.stock:
            if lot.born != at or lot.stillborn or lot.counted:
                continue
            lot.counted = True
            lot.alive, lot.remaining, lot.brought = True, lot.size, lot.size
            self.teams[lot.holder].purchased += lot.size
        for lot in self.stock:
            if lot.alive or lot.end <= at:
                self.teams[lot.holder].had.add(lot.lot_id)

    def offset(self, at):
        """Debt is paid as soon as a lot is alive in the team, oldest usage first."""
        for team in self.live(at):
            oldest = sorted(team.debts, key=lambda i: (self.usages[i]['occurred'], i))
            for usage_id in oldest:
                self.draw(team, self.usages[usage_id], at, 'offset')
            team.watch.see(at, self.balance(team))

    def unblock(self, at):
        for unblock in self.unblocks:
            if unblock['at'] == at:
                team = self.teams[unblock['team_id']]
                team.watch.unblocks.append(parse(unblock['unblocked_at']))
                team.watch.lift(at, self.balance(team))

    def usage(self, at):
        due = [u for u in self.usages.values() if u['at'] == at and u['status'] == 'billed'
               and not u.get('held')]
        for usage in sorted(due, key=lambda u: u['usage_id']):
            team = self.teams[usage['team_id']]
            if usage['card'] is not None:
                self.meter(team, usage, at)
                if usage['status'] == 'free':
                    continue
            usage['reason'] = self.reason(team, usage, at)
            team.debts[usage['usage_id']] = usage['units']
            self.draw(team, usage, at, 'charge')
        for team in self.live(at):
            team.watch.see(at, self.balance(team))

    def meter(self, team, usage, at):
        """D119: the price is what the usage adds to the month of its wallet."""
        card = usage['card']
        meter = team.meters.setdefault((card['api'], card['sku'] or ''), Meter())
        meter.reach(text_of(at)[:7])
        price = charge_of_card(card, usage['quantity'], self.facts.tiers(card), meter)
        price = half_up(price) if CHOICES['round_before_factor'] else price
        usage['units'] = half_up(price * usage['factor'])
        if usage['units'] == 0:
            usage['status'] = 'free'

    # ---- paying --------------------------------------------------------------------------

    def draw(self, team, usage, at, entry):
        """Pay what can be paid of one debt of the team, in draw order."""
        eligible = [lot for lot in self.stock if lot.alive and lot.holder == team.team_id
                    and self.facts.may_pay(lot.kind, usage['api'])]
        for lot in sorted(eligible, key=lambda lot: lot.order):
            paid = min(lot.remaining, team.debts[usage['usage_id']])
            if paid == 0:
                continue
            lot.remaining -= paid
            lot.used += paid
            lot.used_here += paid
            team.used += paid
            team.debts[usage['usage_id']] -= paid
            usage['charged'] += paid
            usage['settled_at'] = at
            self.ledger.append({'usage_id': usage['usage_id'], 'lot_id': lot.lot_id,
                                'team_id': team.team_id, 'units': paid, 'charged_at': at,
                                'entry': entry})
        if team.debts[usage['usage_id']] == 0:
            del team.debts[usage['usage_id']]

    def reason(self, team, usage, at):
        """Why a usage of this instant would stay unpaid, judged before it draws."""
        had = [lot for lot in self.stock if lot.lot_id in team.had
               and self.facts.may_pay(lot.kind, usage['api'])]
        if not had:
            return 'no lots'
        return 'expired' if all(lot.end <= at for lot in had) else 'exceeded'

    def available(self, team):
        return sum(lot.remaining for lot in self.stock if lot.holder == team.team_id)

    def balance(self, team):
        return self.available(team) - sum(team.debts.values())

    def prove(self):
        """The invariants of contract 5; a failure here is a fault of the oracle."""
        for lot in self.stock:
            seen = lot.counted or lot.stillborn
            assert lot.used + lot.remaining + lot.lapsed == (lot.size if seen else 0)
            assert lot.remaining >= 0
        for team in self.teams.values():
            assert team.purchased + team.moved == team.used + team.lapsed + self.available(team)
            if team.closed is not None and self.until is not None and self.until < team.closed:
                continue
            for usage_id in team.debts:
                assert not any(lot.remaining and lot.holder == team.team_id and
                               self.facts.may_pay(lot.kind, self.usages[usage_id]['api'])
                               for lot in self.stock)
        assert len({(e['usage_id'], e['lot_id']) for e in self.ledger}) == len(self.ledger)

    # ---- reading as of `until` -------------------------------------------------------------

    def statuses(self):
        """usage_status: one row per usage that has occurred."""
        rows = []
        for usage in self.usages.values():
            status = usage['status']
            if status == 'billed':
                paid = usage['charged']
                status = ('charged' if paid == usage['units'] else
                          'partial' if paid else 'uncharged')
            rows.append({**{k: usage[k] for k in ('usage_id', 'team_id', 'client_id', 'api', 'sku',
                                                  'quantity')},
                         'occurred_at': text_of(usage['occurred']), 'tokens': usage['units'],
                         'charged': usage['charged'],
                         'uncharged': usage['units'] - usage['charged'], 'status': status,
                         'settled_at': text_of(usage['settled_at'])})
        return rows

    def uncharged(self):
        rows = []
        for team in self.teams.values():
            for usage_id, left in team.debts.items():
                usage = self.usages[usage_id]
                rows.append({'team_id': team.team_id, 'usage_id': usage_id,
                             'client_id': usage['client_id'], 'api': usage['api'],
                             'sku': usage['sku'], 'occurred_at': text_of(usage['occurred']),
                             'tokens': usage['units'], 'charged': usage['charged'],
                             'uncharged': left, 'reason': usage['reason']})
        return rows

    def lots(self):
        return [self.lot_row(lot) for lot in self.stock]

    def lot_row(self, lot):
        return {'team_id': self.holder(lot), 'lot_id': lot.lot_id, 'kind': lot.kind,
                'purchased_at': lot.row['purchased_at'], 'expires_at': text_of(lot.shown),
                'tokens': lot.size, 'used': lot.used, 'lapsed': lot.lapsed,
                'remaining': lot.remaining, 'state': lot.state(self.until)}

    def holder(self, lot):
        """Before its purchase a lot stands under the team that will hold it then."""
        bought = lot.bought
        if self.until >= bought or lot.counted:
            return lot.holder
        return next((m['team_id'] for m in self.moves
                     if m['lot_id'] == lot.lot_id and m['at'] == bought), lot.holder)

    def wallets(self):
        return [self.wallet(team) for team in self.teams.values()]

    def wallet(self, team):
        live = [lot for lot in self.stock if lot.alive and lot.holder == team.team_id]
        kinds = {kind: sum(lot.remaining for lot in live if lot.kind == kind)
                 for kind in ('cloud_credit', 'flex_token')}
        debt, available = sum(team.debts.values()), self.available(team)
        lapses = sorted({lot.end for lot in live if lot.remaining})
        watch = team.watch
        since = watch.negative_since
        ends = None if since is None else since + watch.grace(since)
        return {'team_id': team.team_id, 'balance': available - debt, 'available': available,
                'cloud_credits': kinds['cloud_credit'], 'flex_tokens': kinds['flex_token'],
                'uncharged': debt, 'total': sum(lot.brought for lot in live),
                'used': sum(lot.used_here for lot in live), 'purchased_ever': team.purchased,
                'used_ever': team.used, 'lapsed_ever': team.lapsed,
                'access': self.access(team.team_id),
                'negative_since': text_of(watch.negative_since), 'grace_ends_at': text_of(ends),
                'min_purchase': self.min_purchase(debt),
                'next_lapse_at': text_of(lapses[0]) if lapses else None,
                'next_lapse_tokens': sum(lot.remaining for lot in live if lot.end == lapses[0])
                if lapses else None, 'moved': team.moved}

    def min_purchase(self, debt):
        """Units to buy: nothing without debt, else whole tokens that cover it, at least 100."""
        if debt == 0:
            return 0
        return max(units(exact(self.facts.policy('min_purchase_tokens',
                                                 self.until))), -(-debt // UNIT) * UNIT)

    def access(self, team_id):
        """Contract 3: 'excluded' before 'trial' before 'none' before 'limited' 'grace' 'full'."""
        facts, at = self.facts, self.until
        account = facts.account_of(team_id)
        if facts.is_eba(account, at):
            return 'excluded'
        if facts.in_trial(account, at):
            return 'trial'
        if facts.needs_subscription(team_id, at) and not facts.subscribed(
                account['account_id'], at):
            return 'none'
        return self.teams[team_id].watch.access()


def can_call(facts, client_id, api, at, book=None):
    """1 or 0 at this instant (milliseconds); a client whose payer is unknown calls free apis."""
    known = facts.find('api', api=facts.resolve_api(api))
    team = facts.payer(client_id, at)
    access = None if team is None else Replay(facts, at, book).access(team)
    if not known['premium']:
        return int(access != 'none')
    return int(access in ('trial', 'full', 'grace', 'excluded'))


def daily(rows):
    """usage_daily: sums over usage_status rows of the whole history, by UTC day of the usage. Usage
    without a price or a payer stands in a row of its own, whose amounts are NULL."""
    days = {}
    for row in rows:
        priced = row['status'] not in UNPRICED
        key = (row['occurred_at'][:10], row['team_id'], row['client_id'], row['api'], row['sku'],
               priced)
        none = 0 if priced else None
        sums = days.setdefault(key, {'events': 0, 'quantity': 0, 'tokens': none, 'charged': none,
                                     'uncharged': none})
        sums['events'] += 1
        sums['quantity'] += exact(row['quantity'])
        for name in ('tokens', 'charged', 'uncharged') if priced else ():
            sums[name] += row[name]
    return days
