"""The oracle against the published examples; needs no extension: python3 -m unittest"""
import os
import sys
import unittest
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from exact import UNIT, add_term, parse, text_of, units  # noqa: E402
from oracle import Facts, Replay, can_call, daily  # noqa: E402
from published import catalogue  # noqa: E402

ENDS = '9000-01-01 00:00:00'


class Case(unittest.TestCase):
    """A small world: account A1, team T1, app c1; helpers add facts and ask."""

    def setUp(self):
        self.rows = catalogue()
        self.add('account', account_id='A1', name='one', country=None, agreement='flex',
                 trial_started_at=None, trial_ended_at=None)
        self.team('T1')
        self.add('app', client_id='c1', name='app', account_id='A1')
        self.next_lot = self.next_usage = 0

    def add(self, table, **row):
        self.rows.setdefault(table, []).append(row)
        return row

    def team(self, team_id, account='A1'):
        return self.add('team', team_id=team_id, account_id=account, name=team_id)

    def lot(self, tokens, purchased_at, kind='flex_token', team='T1', expires_at=None,
            voided_at=None):
        self.next_lot += 1
        self.add('token_lot', lot_id=self.next_lot, team_id=team, kind=kind, tokens=tokens,
                 purchased_at=purchased_at, expires_at=expires_at, voided_at=voided_at,
                 source_id=None, note=None)
        return self.next_lot

    def use(self, tokens, at, api='adjustment', sku=None, client='c1', outcome='success'):
        self.next_usage += 1
        self.add('usage', usage_id=self.next_usage, client_id=client, api=api, sku=sku,
                 quantity=tokens, occurred_at=at, outcome=outcome, user_id=None, label=None,
                 source_id=None)
        return self.next_usage

    def account(self, **changes):
        self.rows['account'][0].update(changes)

    def policy(self, name, value):
        self.rows['policy'] = [r for r in self.rows['policy'] if r['name'] != name]
        self.add('policy', name=name, value=value)

    def replay(self, at=ENDS):
        return Replay(Facts(self.rows), parse(at))

    def wallet(self, at=ENDS, team='T1'):
        row = next(w for w in self.replay(at).wallets() if w['team_id'] == team)
        return {k: Fraction(v, UNIT) if isinstance(v, int) else v for k, v in row.items()}

    def lot_row(self, lot_id, at=ENDS):
        row = next(r for r in self.replay(at).lots() if r['lot_id'] == lot_id)
        return {k: Fraction(v, UNIT) if isinstance(v, int) and k != 'lot_id' else v
                for k, v in row.items()}

    def status(self, usage_id, at=ENDS):
        return next(r for r in self.replay(at).statuses() if r['usage_id'] == usage_id)

    def rate(self, api, sku, quantity, at):
        value = Facts(self.rows).rate(api, sku, quantity, at)
        return None if value is None else Fraction(value, UNIT)

    def entries(self):
        return [(e['usage_id'], e['lot_id'], Fraction(e['units'], UNIT), e['entry'],
                 text_of(e['charged_at'])) for e in self.replay().ledger]

    def access(self, at, team='T1'):
        return self.replay(at).access(team)


class Published(Case):
    """The examples that the sources print, and the rules beside them."""

    def test_d95_five_below_then_a_hundred(self):
        self.use(5, '2025-01-01 00:00:00')
        lot = self.lot(100, '2025-01-02 00:00:00')
        self.assertEqual(self.wallet('2025-01-01 00:00:00')['balance'], -5)
        self.assertEqual(self.wallet('2025-01-02 00:00:00')['balance'], 95)
        self.assertEqual(self.lot_row(lot, '2025-01-02 00:00:00')['used'], 5)
        self.assertEqual(self.lot_row(lot, '2025-01-01 23:59:59.999')['state'], 'pending')
        self.assertEqual(self.wallet('2025-01-02 00:00:00')['uncharged'], 0)
        self.assertEqual(self.entries(), [(1, 1, 5, 'offset', '2025-01-02 00:00:00')])

    def test_d95_hundred_and_one_below_then_a_hundred(self):
        self.use(101, '2025-01-01 00:00:00')
        self.lot(100, '2025-01-02 00:00:00')
        wallet = self.wallet('2025-01-02 00:00:00')
        self.assertEqual((wallet['balance'], wallet['uncharged'], wallet['access']),
                         (-1, 1, 'grace'))
        self.assertEqual(wallet['negative_since'], '2025-01-01 00:00:00')
        self.assertEqual(wallet['min_purchase'], 100)

    def test_t11_seconds_do_not_drift(self):
        self.lot(10, '2025-01-01 00:00:00')
        for second in range(60):
            self.use(1, f'2025-01-02 00:00:{second:02d}', 'design-automation', 'revit')
        each = self.rate('design-automation', 'revit', 1, '2025-01-02 00:00:00')
        self.assertEqual(each * 3600, 2)
        self.assertEqual(self.wallet()['used_ever'], each * 60)

    def test_d85_estimator(self):
        at = '2025-01-02 00:00:00'
        lines = [(60, 'rvt', 30), (150, 'dwg', 15)]
        total = sum(self.rate('model-derivative', sku, jobs, at) for jobs, sku, _ in lines)
        total += self.rate('design-automation', 'inventor', 216, at)
        self.assertEqual(total, Fraction('45.12'))

    def test_rates_change_at_an_instant(self):
        before, after = '2022-03-28 23:59:59', '2022-03-29 00:00:00'
        self.assertEqual(self.rate('model-derivative', 'ifc', 1, before), Fraction('0.2'))
        self.assertEqual(self.rate('model-derivative', 'IFC', 1, after), Fraction('0.5'))
        self.assertEqual(self.rate('design-automation', 'revit', 3600, before), 6)
        self.assertEqual(self.rate('automation', 'revit', 3600, after), 2)

    def test_unknown_is_null_and_free_is_zero(self):
        at = '2025-01-01 00:00:00'
        self.assertIsNone(self.rate('design-automation', 'maya', 1, at))
        self.assertIsNone(self.rate('no-such-api', 'x', 1, at))
        self.assertIsNone(self.rate('design-automation', 'fusion', 1, '2024-01-01 00:00:00'))
        self.assertEqual(self.rate('viewer', None, 1, at), 0)
        self.assertEqual(self.rate('model-derivative', 'xyz', 1, at), Fraction('0.1'))

    def test_q3_photos_are_pro_rated_and_packages_are_data(self):
        at = '2025-01-01 00:00:00'
        self.assertEqual(self.rate('reality-capture', 'photo', 51, at), Fraction('1.02'))
        card = next(r for r in self.rows['rate_card'] if r['sku'] == 'photo')
        for rounding, quantity, tokens in (('up', 51, 2), ('up', 50, 1), ('down', 99, 1),
                                           ('down', 49, 0)):
            card['rounding'] = rounding
            self.assertEqual(self.rate('reality-capture', 'photo', quantity, at), tokens)
        card.update(rounding='none', minimum=25)
        self.assertEqual(self.rate('reality-capture', 'photo', 1, at), Fraction('0.5'))

    def test_half_up(self):
        self.add('api', api='third', name='third', premium=1)
        self.add('rate_card', api='third', sku='s', effective_from='2020-01-01 00:00:00', tokens=1,
                 per=7, unit='x', rounding='none', minimum=0)
        self.assertEqual(Facts(self.rows).rate('third', 's', 1, '2025-01-01 00:00:00'), 514286)

    def test_split(self):
        first = self.lot(100, '2025-01-01 00:00:00')
        second = self.lot(100, '2025-01-01 00:00:01')
        self.use(98.5, '2025-01-02 00:00:00')
        self.use(2, '2025-01-03 00:00:00')
        self.assertEqual(self.entries()[1:],
                         [(2, first, Fraction('1.5'), 'charge', '2025-01-03 00:00:00'),
                          (2, second, Fraction('0.5'), 'charge', '2025-01-03 00:00:00')])

    def test_d87_draw_order(self):
        flex = self.lot(5, '2022-01-01 00:00:00', expires_at='2022-06-01 00:00:00')
        large = self.lot(50, '2022-01-01 00:00:00', expires_at='2022-12-01 00:00:00')
        small = self.lot(20, '2022-01-02 00:00:00', expires_at='2022-12-01 00:00:00')
        credit = self.lot(1, '2022-01-01 00:00:00', kind='cloud_credit',
                          expires_at='2023-01-01 00:00:00')
        self.use(30, '2022-02-01 00:00:00')
        self.assertEqual([e[1] for e in self.entries()], [credit, flex, small, large])

    def test_d89_lapse_leaves_zero(self):
        self.lot(100, '2024-01-01 00:00:00')
        self.use(40, '2024-02-01 00:00:00')
        self.use(1, '2025-01-01 00:00:00')
        wallet = self.wallet('2024-12-31 23:59:59')
        self.assertEqual((wallet['balance'], wallet['next_lapse_at'], wallet['next_lapse_tokens']),
                         (60, '2025-01-01 00:00:00', 60))
        self.assertEqual(self.wallet('2025-01-01 00:00:00')['balance'], -1)
        self.rows['usage'].pop()
        wallet = self.wallet('2025-01-01 00:00:00')
        self.assertEqual((wallet['balance'], wallet['lapsed_ever']), (0, 60))
        late = self.use(1, '2025-01-01 00:00:00')
        self.assertEqual(self.status(late)['status'], 'uncharged')
        self.assertEqual(self.replay().uncharged()[0]['reason'], 'expired')

    def test_q15_leap_day(self):
        leap = parse('2024-02-29 12:00:00.500')
        self.assertEqual(text_of(add_term(leap, '+1 year')), '2025-03-01 12:00:00.500')
        self.assertEqual(text_of(add_term(parse('2024-01-31 00:00:00'), '+1 month')),
                         '2024-03-02 00:00:00')

    def test_failed_and_cancelled(self):
        failed = self.use(1, '2025-01-01 00:00:00', 'model-derivative', 'rvt', outcome='failed')
        cancelled = self.use(50, '2025-01-01 00:00:00', 'reality-capture', 'photo',
                             outcome='cancelled')
        self.assertEqual(self.status(failed)['status'], 'free')
        self.assertEqual(self.status(cancelled)['tokens'], UNIT)

    def test_units_are_exact(self):
        self.assertEqual(units(0.1), 360_000)
        self.assertEqual(units(1 / 3), 1_200_000)


class Access(Case):
    """Grace, limited, unblock, trial, EBA, countries."""

    def test_q18_grace_is_exclusive(self):
        self.use(1, '2025-01-01 00:00:00')
        self.assertEqual(self.access('2024-12-31 23:59:59'), 'full')
        self.assertEqual(self.access('2025-01-01 00:00:00'), 'grace')
        self.assertEqual(self.access('2025-01-14 23:59:59.999'), 'grace')
        self.assertEqual(self.access('2025-01-15 00:00:00'), 'limited')

    def test_d93_zero_is_full(self):
        self.lot(1, '2025-01-01 00:00:00')
        self.use(1, '2025-01-01 00:00:00')
        self.assertEqual(self.access('2025-03-01 00:00:00'), 'full')

    def test_q19_part_payment_and_q20_new_episode(self):
        self.use(10, '2025-01-01 00:00:00')
        self.lot(9, '2025-01-05 00:00:00')
        self.assertEqual(self.wallet('2025-01-06 00:00:00')['negative_since'],
                         '2025-01-01 00:00:00')
        self.lot(1, '2025-01-10 00:00:00')
        self.use(1, '2025-01-11 00:00:00')
        self.assertEqual(self.access('2025-01-24 23:59:59'), 'grace')
        self.assertEqual(self.access('2025-01-25 00:00:00'), 'limited')

    def test_q21_support_and_auto(self):
        self.use(10, '2025-01-01 00:00:00')
        self.lot(100, '2025-02-01 00:00:00')
        self.assertEqual(self.access('2025-02-01 00:00:00'), 'limited')
        self.policy('restore', 'auto')
        self.assertEqual(self.access('2025-02-01 00:00:00'), 'full')
        self.policy('restore', 'support')
        self.add('unblock', team_id='T1', unblocked_at='2025-01-14 00:00:00', note=None)
        self.assertEqual(self.access('2025-02-01 00:00:00'), 'limited')
        self.add('unblock', team_id='T1', unblocked_at='2025-01-15 00:00:00', note=None)
        self.assertEqual(self.access('2025-01-31 00:00:00'), 'limited')
        self.assertEqual(self.access('2025-02-01 00:00:00'), 'full')

    def test_purchase_at_the_end_of_grace(self):
        self.use(10, '2025-01-01 00:00:00')
        self.lot(100, '2025-01-15 00:00:00')
        self.assertEqual(self.access('2025-01-15 00:00:00'), 'full')

    def test_q23_trial(self):
        self.account(trial_started_at='2025-01-01 00:00:00')
        inside = self.use(1, '2025-03-31 23:59:59')
        outside = self.use(1, '2025-04-01 00:00:00')
        self.assertEqual(self.status(inside)['status'], 'trial')
        self.assertEqual(self.status(outside)['status'], 'uncharged')
        self.assertEqual(self.access('2025-01-01 00:00:00'), 'trial')
        self.account(trial_ended_at='2025-02-01 00:00:00')
        self.assertEqual(self.status(inside)['status'], 'uncharged')

    def test_q33_eba(self):
        self.account(agreement='eba')
        self.assertEqual(self.status(self.use(1, '2025-01-01 00:00:00'))['status'], 'excluded')
        self.assertEqual(self.access('2025-01-01 00:00:00'), 'excluded')
        self.assertEqual(self.wallet()['balance'], 0)

    def test_flex_lot_waits_for_its_market(self):
        self.account(country='JP')
        self.lot(10, '2022-11-01 00:00:00')
        self.use(1, '2022-11-05 00:00:00')
        self.assertEqual(self.lot_row(1, '2022-11-06 23:59:59')['state'], 'pending')
        self.assertEqual(self.wallet('2022-11-06 23:59:59')['balance'], -1)
        self.assertEqual(self.wallet('2022-11-07 00:00:00')['balance'], 9)

    def test_q32_credits_end_with_the_subscription(self):
        self.account(country='XX')
        self.add('country', country='XX', flex_from=None)
        for starts, ends in (('2024-01-01', '2024-03-01'), ('2024-03-01', '2024-06-01'),
                             ('2024-07-01', '2024-08-01')):
            self.add('subscription', account_id='A1', starts_at=starts + ' 00:00:00',
                     ends_at=ends + ' 00:00:00')
        self.lot(10, '2024-02-01 00:00:00', kind='cloud_credit')
        self.lot(10, '2024-02-01 00:00:00')
        self.assertEqual(self.wallet('2024-05-31 00:00:00')['balance'], 10)
        self.assertEqual(self.wallet('2024-06-01 00:00:00')['balance'], 0)
        self.assertEqual(self.access('2024-06-15 00:00:00'), 'none')
        self.assertEqual(self.access('2024-07-15 00:00:00'), 'full')
        self.assertEqual(self.lot_row(2, '2024-05-01 00:00:00')['state'], 'pending')

    def test_can_call(self):
        self.use(1, '2025-01-01 00:00:00')
        facts, late = Facts(self.rows), parse('2025-02-01 00:00:00')
        self.assertEqual(can_call(facts, 'c1', 'viewer', late), 1)
        self.assertEqual(can_call(facts, 'c1', 'automation', late), 0)
        self.assertEqual(can_call(facts, 'c1', 'automation', parse('2025-01-02 00:00:00')), 1)


class Wallets(Case):
    """Moves, voids, kinds limited to apis, payers, bars."""

    def test_d91_move_pays_the_debt_of_its_new_team(self):
        self.team('T2')
        self.add('app_team', client_id='c1', team_id='T2', assigned_at='2025-01-03 00:00:00')
        lot = self.lot(100, '2025-01-01 00:00:00')
        self.use(30, '2025-01-02 00:00:00')
        self.use(5, '2025-01-04 00:00:00')
        self.add('lot_move', lot_id=lot, team_id='T2', moved_at='2025-01-05 00:00:00')
        old, new = self.wallet(team='T1', at='2025-01-05 00:00:00'), self.wallet(
            team='T2', at='2025-01-05 00:00:00')
        self.assertEqual((old['balance'], old['moved'], old['used_ever'], old['total']),
                         (0, -70, 30, 0))
        self.assertEqual((new['balance'], new['moved'], new['used'], new['total']),
                         (65, 70, 5, 70))

    def test_d104_debt_stays(self):
        self.team('T2')
        self.use(5, '2025-01-01 00:00:00')
        self.add('app_team', client_id='c1', team_id='T2', assigned_at='2025-01-02 00:00:00')
        self.lot(10, '2025-01-03 00:00:00', team='T2')
        self.assertEqual(self.wallet()['balance'], -5)

    def test_void_and_precedence_of_states(self):
        lot = self.lot(10, '2024-01-01 00:00:00', voided_at='2024-02-01 00:00:00')
        self.use(3, '2024-01-15 00:00:00')
        row = self.lot_row(lot, '2024-02-01 00:00:00')
        self.assertEqual((row['state'], row['used'], row['lapsed']), ('void', 3, 7))
        self.assertEqual(self.lot_row(lot)['state'], 'lapsed')

    def test_kind_limited_to_apis(self):
        self.add('token_kind', kind='fgt', rank=0, name='only flow graph')
        self.add('kind_api', kind='fgt', api='flow-graph-engine')
        self.lot(10, '2025-01-01 00:00:00', kind='fgt')
        self.use(2, '2025-01-02 00:00:00')
        wallet = self.wallet('2025-01-03 00:00:00')
        self.assertEqual((wallet['balance'], wallet['uncharged'], wallet['access']),
                         (8, 2, 'full'))
        self.assertEqual(self.replay().uncharged()[0]['reason'], 'no lots')
        self.assertEqual(self.access('2026-01-01 00:00:00'), 'grace')

    def test_payer(self):
        self.team('T0', 'A1')
        facts, at = Facts(self.rows), parse('2025-01-01 00:00:00')
        self.assertEqual(facts.payer('c1', at), 'T0')
        facts['product_assignment'].append(
            {'account_id': 'A1', 'team_id': 'T1', 'assigned_at': '2024-01-01 00:00:00',
             'revoked_at': '2025-01-01 00:00:00'})
        self.assertEqual((facts.payer('c1', at - 1), facts.payer('c1', at)), ('T1', 'T0'))
        self.assertIsNone(facts.payer('nobody', at))

    def test_same_instant_order(self):
        at = '2025-01-01 00:00:00'
        dying = self.lot(10, '2024-01-01 00:00:00', expires_at=at)
        fresh = self.lot(10, at)
        self.use(4, at)
        self.assertEqual([e[1] for e in self.entries()], [fresh])
        self.assertEqual(self.lot_row(dying, at)['lapsed'], 10)

    def test_offset_oldest_first(self):
        self.use(3, '2025-01-02 00:00:00')
        self.use(3, '2025-01-01 00:00:00')
        self.lot(4, '2025-01-03 00:00:00')
        self.assertEqual([(e[0], e[2]) for e in self.entries()], [(2, 3), (1, 1)])
        self.assertEqual(self.status(1)['status'], 'partial')

    def test_bars(self):
        self.use(3, '2025-01-01 23:59:59')
        self.use(3, '2025-01-02 00:00:00')
        days = daily(self.replay().statuses())
        self.assertEqual(sorted(key[0] for key in days), ['2025-01-01', '2025-01-02'])

    def test_unassigned_and_unrated_are_listed(self):
        self.assertEqual(self.status(self.use(1, '2025-01-01 00:00:00', client='?'))['status'],
                         'unassigned')
        self.assertEqual(self.status(self.use(1, '2025-01-01 00:00:00', api='?'))['status'],
                         'unrated')


def main():
    """Run everything and close with the line that all tests of the project print."""
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
