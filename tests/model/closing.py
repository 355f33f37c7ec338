"""Closed periods: what each close has made final, by the rules for closes.

A close holds for its team and for all teams that lots tie to it by moving, as long as they are
tied. From the moment it holds for a team (the close is recorded, or the tie) that team is final
before it: a `Freeze` keeps the facts of that moment, and what they say of the time before the close
is the snapshot. `Replay` goes on from there: whatever the snapshot does not hold counts at the
close.

    book = Book().told(rows_before, rows_after)     after every statement; the same book if no close
    Replay(Facts(rows_now), until, book)
    View(Facts(rows_now), until, book)      the readings; before a close they are its snapshot's

Books never change, so that a rollback goes back to the one before.
"""

from exact import parse

UNPRICED = 'unrated', 'unassigned'

SIGNIFICANT = {'usage': ('usage_id', 'client_id', 'api', 'sku', 'quantity', 'occurred_at',
                         'outcome'),
               'token_lot': ('lot_id', 'team_id', 'kind', 'tokens', 'purchased_at')}


class Moment:
    """All facts of one moment, and the closes that held before it."""

    def __init__(self, rows, book):
        from pricing import Facts
        self.facts = Facts({table: [dict(row) for row in listed] for table, listed in rows.items()})
        self.book, self.replays = book, {}

    def replay(self, team, at):
        """What was known of this team at this moment about an instant: by a close before, if it
        holds."""
        close = self.book.last(team)
        if close is not None and at < close.until:
            return close.moment.replay(team, at)
        if at not in self.replays:
            from oracle import Replay
            self.replays[at] = Replay(self.facts, at, self.book)
        return self.replays[at]


class Freeze:
    """One close that holds for one team, since one moment."""

    def __init__(self, team, until, key, moment):
        self.team, self.until, self.key, self.moment = team, until, key, moment

    def snapshot(self):
        """The state after everything that happened before the close."""
        return self.moment.replay(self.team, self.until - 1)

    def held_usages(self):
        """What it has settled, priced or not; nothing that no rate covered."""
        return {i: u for i, u in self.snapshot().usages.items()
                if u['team_id'] == self.team and u['status'] not in UNPRICED}

    def unrated_usages(self):
        """What no rate covered, though this team pays: it counts at the close or later."""
        return {i for i, u in self.snapshot().usages.items()
                if u['team_id'] == self.team and u['status'] == 'unrated'}

    def held_lots(self):
        """Lots that were alive before it, or over before they began."""
        return {lot.lot_id: lot for lot in self.snapshot().stock
                if lot.holder == self.team and (lot.counted or lot.stillborn)}

    def counted_moves(self):
        """(lot, moved_at, team) -> the instant at which it counted."""
        return {key: at for key, at in self.snapshot().counts.items() if at < self.until}

    def held_unblocks(self):
        return {u['unblocked_at'] for u in self.snapshot().unblocks
                if u['team_id'] == self.team and u['at'] < self.until}


def move_key(move):
    return move['lot_id'], move['moved_at'], move['team_id']


def groups(rows):
    """team -> the set of teams that lots tie together by moving."""
    found = {t['team_id']: {t['team_id']} for t in rows['team']}
    homes = {lot['lot_id']: lot['team_id'] for lot in rows['token_lot']}
    for move in rows['lot_move']:
        ends = homes.get(move['lot_id']), move['team_id']
        if all(end in found for end in ends):
            joined = found[ends[0]] | found[ends[1]]
            for team in joined:
                found[team] = joined
    return found


class Book:
    """Which closes hold for which teams."""

    def __init__(self, freezes=()):
        self.closes = tuple(freezes)

    def told(self, before, after):
        """The book once a statement has changed the facts from `before` to `after`."""
        if not after['period_close'] and not self.closes:
            return self
        moment, kept = Moment(before, self), {(f.team, f.key): f for f in self.closes}
        freezes = []
        for team, members in groups(after).items():
            for row in after['period_close']:
                key = row['team_id'], parse(row['closed_until'])
                if key[0] in members:
                    freezes.append(kept.get((team, key)) or Freeze(team, key[1], key, moment))
        return Book(freezes)

    def last(self, team):
        """The close that is in force for a team; of equal ones the one that came first."""
        return max((f for f in self.closes if f.team == team), key=lambda f: f.until, default=None)

    def own(self, team):
        """The last close that a row of this team itself names."""
        return max((f.until for f in self.closes if f.key[0] == team == f.team), default=None)

    def tops(self):
        return {team: self.last(team) for team in {f.team for f in self.closes}}

    def unrated(self):
        """usage -> the last close that kept it without a rate, whoever pays for it now."""
        found = {}
        for close in self.closes:
            for usage_id in close.unrated_usages():
                found[usage_id] = max(close.until, found.get(usage_id, close.until))
        return found

    def same_grace(self, team, facts):
        """Whether grace and its end have the rule that every close of the team knew."""
        return all(f.moment.facts.policy_story(name) == facts.policy_story(name)
                   for f in self.closes if f.team == team for name in ('grace_days', 'restore'))

    # ---- what may still change ------------------------------------------------------------

    def keeps(self, table, old, new):
        """Whether this change (new None: a delete) must be refused: True, False, None: may be."""
        if table == 'period_close':
            return new is not None or parse(old['closed_until']) < self.last(old['team_id']).until
        ask = {'usage': self.keeps_usage, 'token_lot': self.keeps_lot,
               'unblock': self.keeps_unblock, 'lot_move': self.keeps_move}.get(table)
        return False if ask is None else ask(old, new)

    def keeps_usage(self, old, new):
        if not any(old['usage_id'] in c.held_usages() for c in self.tops().values()):
            return False
        return True if new is None or differ('usage', old, new) else None

    def keeps_lot(self, old, new):
        if new is not None and new['team_id'] != old['team_id'] and self.brings_past(old, new):
            return None
        close = next((c for c in self.tops().values() if old['lot_id'] in c.held_lots()), None)
        if close is None:
            return None if self.last(old['team_id']) else False
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

    def keeps_move(self, old, new):
        """A move that counted before a close of the team that it went to."""
        close = self.last(old['team_id'])
        if close is None or close.counted_moves().get(move_key(old)) is None:
            return False
        if old['lot_id'] not in {i for c in self.tops().values() for i in c.held_lots()}:
            return None
        return True if new is None or new != old else None

    def keeps_unblock(self, old, new):
        close = self.last(old['team_id'])
        if close is None or parse(old['unblocked_at']) >= close.until:
            return False
        return True if old['unblocked_at'] in close.held_unblocks() and new != old else None


def differ(table, old, new):
    return any(old[c] != new[c] for c in SIGNIFICANT[table])


class View:
    """The readings as of an instant. Before the close of a team they are as the close has them."""

    def __init__(self, facts, until, book):
        from oracle import Replay
        self.facts, self.until, self.book = facts, until, book
        self.now = Replay(facts, until, book)
        self.replays, self.closes = {}, {}
        for team in (t['team_id'] for t in facts['team']):
            close = book.last(team)
            closed = close is not None and until < close.until
            self.closes[team] = close if closed else None
            self.replays[team] = close.moment.replay(team, until) if closed else self.now

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
                   ('policy', 'account', 'team', 'country', 'subscription', 'token_lot',
                    'account_agreement', 'policy_change'))

    def lots(self):
        """(expected, ids that nothing is said of): voided before they began, and changed since."""
        rows, unsaid = [], set()
        for now in self.now.stock:
            shown = self.now.lot_row(now)
            if not self.final(now.holder):
                rows.append(shown)
                continue
            told = [(replay, lot) for team, replay in self.replays.items() if self.final(team)
                    for lot in replay.stock if lot.lot_id == now.lot_id and lot.holder == team]
            begun = [(r, lot) for r, lot in told if lot.counted or lot.stillborn]
            if len(told) > 1 or begun and begun[0][1].stillborn and begun[0][1].row != now.row:
                unsaid.add(now.lot_id)
            elif begun:
                row = begun[0][0].lot_row(begun[0][1])
                if row['expires_at'] != shown['expires_at']:
                    del row['expires_at']       # changed since: closes.py compares it
                rows.append(row)
            else:
                if any(m['lot_id'] == now.lot_id for m in self.facts['lot_move']):
                    del shown['team_id']    # which of its teams shows it before it counts is open
                del shown['expires_at']     # as the close knows it, or as it is now
                rows.append(dict(shown, used=0, lapsed=0, remaining=0, state='pending'))
        return rows, unsaid

    def named(self, row):
        """Without names that aliases have changed since: closes.py compares them."""
        usage = self.now.named[row['usage_id']]
        return {c: v for c, v in row.items() if c not in ('api', 'sku') or usage[c] == v}

    def uncharged(self):
        return [self.named(row) for team, replay in self.replays.items()
                for row in replay.uncharged() if row['team_id'] == team]

    def statuses(self):
        """(expected, ids that nothing is said of): usage that counts at a later close."""
        rows = [r for r in self.now.statuses() if r['team_id'] is None
                or not self.final(r['team_id'])]
        for team, close in self.closes.items():
            if close is not None:
                held = close.held_usages()
                rows += [self.named(r) for r in self.replays[team].statuses()
                         if r['team_id'] == team and r['usage_id'] in held
                         and r['status'] not in UNPRICED]
        told = {r['usage_id'] for r in rows}
        return rows, {u['usage_id'] for u in self.facts['usage']} - told
