"""The published rates and their history, as facts: the oracle's own copy."""

START, CUT = '2016-11-14 00:00:00', '2022-03-29 00:00:00'
ENGINES = ('revit', 'inventor', '3dsmax')

# api, sku, effective_from, tokens, per
RATES = [
    ('model-derivative', 'complex', START, 1.5, 1), ('model-derivative', 'simple', START, 0.2, 1),
    ('model-derivative', 'complex', CUT, 0.5, 1), ('model-derivative', 'simple', CUT, 0.1, 1),
    ('design-automation', 'autocad', START, 4, 3600),
    ('design-automation', 'autocad', CUT, 2, 3600),
    *[('design-automation', sku, '2019-10-28 07:00:00', 6, 3600) for sku in ENGINES],
    *[('design-automation', sku, CUT, 2, 3600) for sku in ENGINES],
    ('design-automation', 'fusion', '2025-06-02 00:00:00', 3, 3600),
    ('flow-graph-engine', 'compute', '2024-11-27 00:00:00', 1, 3600),
    ('reality-capture', 'photo', '2022-09-07 00:00:00', 1, 50),
    ('reality-capture', 'gigapixel', '2017-11-01 00:00:00', 3.5, 1),
    ('reality-capture', 'gigapixel', CUT, 1, 1),
    ('adjustment', None, '1970-01-01 00:00:00', 1, 1),
]

ALIASES = [('rvt', 'complex', START), ('nwd', 'complex', START), ('nwc', 'complex', START),
           ('ifc', 'complex', CUT), ('*', 'simple', START)]

PREMIUM = ('design-automation', 'model-derivative', 'reality-capture', 'flow-graph-engine',
           'adjustment')
FREE = ('data-management', 'viewer', 'authentication', 'webhooks')


def catalogue():
    """A fresh copy of every seeded table."""
    return {
        'api': [{'api': a, 'name': a, 'premium': 1} for a in PREMIUM] +
               [{'api': a, 'name': a, 'premium': 0} for a in FREE],
        'api_alias': [{'alias': 'automation', 'api': 'design-automation'}],
        'sku_alias': [{'api': 'model-derivative', 'alias': a, 'sku': s, 'effective_from': f}
                      for a, s, f in ALIASES],
        'rate_card': [{'api': a, 'sku': s, 'effective_from': f, 'tokens': t, 'per': p,
                       'unit': 'unit', 'rounding': 'none', 'minimum': 0}
                      for a, s, f, t, p in RATES],
        'outcome_rule': [{'api': a, 'outcome': 'failed', 'factor': 0} for a in PREMIUM],
        'token_kind': [{'kind': k, 'rank': r, 'name': k} for k, r in
                       (('adjustment', 0), ('cloud_credit', 1), ('flex_token', 2))],
        'country': [{'country': c, 'flex_from': '2022-11-07 00:00:00'} for c in ('JP', 'US')],
        'policy': [],
    }
