SELECT billing_install() > 0;

-- utc(): any ISO 8601 form, canonical, cut to the millisecond
SELECT utc('2025-07-30T10:11:12Z'), utc('2025-07-30 10:11:12'), utc('20250730T101112+0900');
SELECT utc('2025-07-30T10:11:12.3456789+09:00'), utc('2025-07-30'), utc('2025-07-30T10:11');
SELECT utc('2019-11-13T20:22:25.587368Z'), utc('2019-11-13T20:26:03.3608278Z');
SELECT utc('1969-12-31T23:59:59.9999Z'), utc('2024-12-31T24:00:00'), utc('2025-W31-3'), utc('2025-211');
SELECT utc(NULL), typeof(utc(NULL));
SELECT utc(utc('2025-07-30T10:11:12.5Z'));
SELECT utc('');
SELECT utc('now');
SELECT utc('30.07.2025');
SELECT utc('2025-02-29T00:00:00Z');
SELECT utc('2025-07-30T10:11:60Z');
SELECT utc('9999-12-31T23:59:59-01:00');
SELECT utc(20250730);
SELECT utc(2460886.9);
SELECT utc(CAST('2025-07-30' AS BLOB));
SELECT utc('2025-07-30' || char(0) || 'T00:00:00');
SELECT utc('it''s' || char(10) || hex(zeroblob(500000)));
SELECT utc('😀😀😀😀😀😀😀😀😀😀😀😀');

-- units() and tokens(): exact, 3,600,000 to a token
SELECT units(1), units(0.1), units(45.12), units(-2.5), units(0), typeof(units(1.0));
SELECT tokens(360000), tokens(-3600000), typeof(tokens(3600000));
SELECT tokens(units(0.1)) = 0.1, tokens(units(98.76543)) = 98.76543, units(tokens(123456789)) = 123456789;
SELECT units(NULL), tokens(NULL);
SELECT units(0.00000125), units(-0.00000125);
SELECT units(2562047788015), tokens(9223372036854775807) > 2562047788015;
SELECT units(2562047788016);
SELECT units(2.6e12);
SELECT units(9e999);
SELECT units(-9e999);
SELECT units('1');
SELECT units(x'31');
SELECT tokens(1.0);
SELECT tokens('1');
SELECT tokens(x'31');

-- they may stand where only deterministic functions may
CREATE TABLE priced(units INTEGER, tokens REAL AS (tokens(units)));
CREATE INDEX priced_tokens ON priced(tokens(units));
INSERT INTO priced VALUES (7200000);
SELECT tokens FROM priced;
