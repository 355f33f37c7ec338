"""Closed periods: what each close has made final, as contract 5 tells it.

A close keeps the facts as they were when it was recorded. What they say of the time before it is its
snapshot, and `Replay` goes on from there: whatever the snapshot does not hold counts at the close.

    book = Book().closed('T1', '2025-02-01 00:00:00', rows)     rows: the facts at that moment
    Replay(Facts(rows_now), until, book)
    View(Facts(rows_now), until, book)      the readings; before a close they are its snapshot's

Books never change, so that a rollback goes back to the one before.
Lots that move between teams are not told here: `Book` knows each team alone.
"""
import copy

from exact import parse

SIGNIFICANT = {'usage': ('usage_id', 'client_id', 'api', 'sku', 'quantity', 'occurred_at', 'outcome'),
               'token_lot': ('lot_id', 'team_id', 'kind', 'tokens', 'purchased_at')}


class Close:
    """One period_close row, and all facts of its moment."""

    def __init__(self, team, until, facts, book):
        self.team, self.until, self.facts, self.book = team, until, facts, book
        self.replay = None

    def snapshot(self):
        """The state after everything that happened before the close."""
        if self.replay is None:
            from oracle import Replay
            self.replay = Replay(self.facts, self.until - 1, self.book)
        return self.replay

    def held_usages(self):
        """What it has settled, priced or not; nothing that no rate covered."""
        return {i: u for i, u in self.snapshot().usages.items()
                if u['team_id'] == self.team and u['status'] not in ('unrated', 'unassigned')}

    def held_lots(self):
        """Lots that were alive before it, dead by now or not."""
        return {lot.lot_id: lot for lot in self.snapshot().stock
                if lot.holder == self.team and lot.counted}

    def held_unblocks(self):
        return {u['unblocked_at'] for u in self.snapshot().unblocks
                if u['team_id'] == self.team and u['at'] < self.until}


class Book:
    """All closes, in the order in which they were recorded."""

    def __init__(self, closes=()):
        self.closes = tuple(closes)

    def of(self, team):
        return [c for c in self.closes if c.team == team]

    def last(self, team):
        return max(self.of(team), key=lambda c: c.until, default=None)

    def tops(self):
        return {c.team: self.last(c.team) for c in self.closes}

    def closed(self, team, until, rows):
        from pricing import Facts
        facts = Facts(copy.deepcopy(rows))
        return Book(self.closes + (Close(team, parse(until), facts, self),))

    def reopened(self, team, until):
        return Book(c for c in self.closes if (c.team, c.until) != (team, parse(until)))

    # ---- what may still change ------------------------------------------------------------

    def keeps(self, table, old, new):
        """Whether this change (new None: a delete) must be refused: True, False, None: may be."""
        if table == 'period_close':
            return new is not None or parse(old['closed_until']) < self.last(old['team_id']).until
        ask = {'usage': self.keeps_usage, 'token_lot': self.keeps_lot,
               'unblock': self.keeps_unblock}.get(table)
        return False if ask is None else ask(old, new)

    def keeps_usage(self, old, new):
        if not any(old['usage_id'] in c.held_usages() for c in self.tops().values()):
            return False
        return True if new is None or differ('usage', old, new) else None

    def keeps_lot(self, old, new):
        if new is not None and new['team_id'] != old['team_id'] and self.brings_past(old, new):
            return True
        close = self.last(old['team_id'])
        if close is None or old['lot_id'] not in close.held_lots():
            return False
        if new is None or differ('token_lot', old, new):
            return True
        lot = close.held_lots()[old['lot_id']]
        ends = [lot.expires] + [parse(v) for v in (old['expires_at'], new['expires_at']) if v]
        if new['expires_at'] != old['expires_at']:
            return None if max(ends) >= close.until else True
        if new['voided_at'] != old['voided_at']:
            return True if lot.voided is not None and lot.voided < close.until else \
                None if (old['voided_at'] or '9') < new['purchased_at'] else None \
                if old['voided_at'] else False
        return None

    def brings_past(self, old, new):
        """A lot that began before the close of the team that it is given to."""
        close = self.last(new['team_id'])
        return close is not None and parse(old['purchased_at']) < close.until

    def keeps_unblock(self, old, new):
        close = self.last(old['team_id'])
        if close is None or parse(old['unblocked_at']) >= close.until:
            return False
        return True if old['unblocked_at'] in close.held_unblocks() and new != old else None


def differ(table, old, new):
    return any(old[c] != new[c] for c in SIGNIFICANT[table])


class View:
    """The readings as of an instant. What lies before the close of a team is told by the close."""

    def __init__(self, facts, until, book):
        from oracle import Replay
        self.facts, self.until, self.book = facts, until, book
        self.now = Replay(facts, until, book)
        self.replays, self.closes = {}, {}
        for team in facts['team']:
            name = team['team_id']
            self.replays[name], self.closes[name] = self.of(name)

    def of(self, team):
        """The replay that tells of this team at this instant, and the close that holds it."""
        facts, book, told = self.facts, self.book, None
        close = book.last(team)
        while close is not None and self.until < close.until:
            facts, book, told = close.facts, close.book, close
            close = book.last(team)
        if told is None:
            return self.now, None
        from oracle import Replay
        return Replay(facts, self.until, book), told

    def final(self, team):
        return self.replays[team] is not self.now

    def wallets(self):
        return [replay.wallet(replay.teams[team]) for team, replay in self.replays.items()]

    def access(self, team):
        return self.replays[team].access(team)

    def same_rules(self, team):
        """Whether what a reading asks of the present facts is as it was."""
        then = self.replays[team].facts
        return all(then[t] == self.facts[t] for t in
                   ('policy', 'account', 'team', 'country', 'subscription', 'token_lot'))

    def lots(self):
        """(expected, ids that nothing is said of): voided before they began, and changed since."""
        rows, unsaid = [], set()
        for now in self.now.stock:
            replay = self.replays[now.row['team_id']]
            lot = next((x for x in replay.stock if x.lot_id == now.lot_id
                        and (x.counted or x.stillborn) and x.row['team_id'] == now.row['team_id']), None)
            if replay is self.now:
                rows.append(self.now.lot_row(now))
            elif lot is not None and lot.stillborn and lot.row != now.row:
                unsaid.add(now.lot_id)
            elif lot is not None:
                rows.append(dict(replay.lot_row(lot), expires_at=self.now.lot_row(now)['expires_at']))
            else:
                rows.append(dict(self.now.lot_row(now), used=0, lapsed=0, remaining=0,
                                 state='pending'))
        return rows, unsaid

    def uncharged(self):
        return [row for team, replay in self.replays.items() for row in replay.uncharged()
                if row['team_id'] == team]

    def statuses(self):
        """(expected, ids that nothing is said of): usage that counts at a later close."""
        rows = [r for r in self.now.statuses() if r['team_id'] is None
                or not self.final(r['team_id'])]
        for team, close in self.closes.items():
            if close is not None:
                held = close.held_usages()
                rows += [r for r in self.replays[team].statuses() if r['usage_id'] in held]
        told = {r['usage_id'] for r in rows}
        return rows, {u['usage_id'] for u in self.facts['usage']} - told
