SELECT billing_install() > 0;

-- utc(): any ISO 8601 form, canonical, cut to the millisecond
SELECT utc('2025-07-30T10:11:12Z'), utc('2025-07-30 10:11:12'), utc('20250730T101112+0900');
SELECT utc('2025-07-30T10:11:12.3456789+09:00'), utc('2025-07-30'), utc('2025-07-30T10:11');
SELECT utc('2019-11-13T20:22:25.587368Z'), utc('2019-11-13T20:26:03.3608278Z');
SELECT utc('1969-12-31T23:59:59.9999Z'), utc('2024-12-31T24:00:00'), utc('2025-W31-3'), utc('2025-211');
SELECT utc(NULL), typeof(utc(NULL));
SELECT utc(utc('2025-07-30T10:11:12.5Z'));
SELECT utc('2016-12-31T23:59:60Z'), utc('2016-12-31T23:59:60.5Z'), utc('2017-01-01T08:59:60+09:00');
SELECT utc('2025-02-03 04:05:06.000'), utc('2025-02-03 04:05:06.250000'), utc('2025-02-03 04:05:06+05:45');
SELECT utc('2025-02-03 04:05:06 +0000 UTC'), utc('2025-02-03 04:05:06 +09:00'), utc('2025-02-03 04:05');
SELECT utc('');
SELECT utc('now');
SELECT utc('30.07.2025');
SELECT utc('2025-02-29T00:00:00Z');
SELECT utc('2025-07-30T10:11:60Z');
SELECT utc('9999-12-31T23:59:59-01:00');
SELECT utc('2025-07-30T23:59:60+09:00');
SELECT utc('2025');
SELECT utc('2025-07');
SELECT utc('202507');
SELECT utc('2025-W31');
SELECT utc(20250730);
SELECT utc(2460886.9);
SELECT utc(CAST('2025-07-30' AS BLOB));
SELECT utc('2025-07-30' || char(0) || 'T00:00:00');
SELECT utc('it''s' || char(10) || hex(zeroblob(500000)));
SELECT utc('😀😀😀😀😀😀😀😀😀😀😀😀');

-- utc(x, 0): NULL for what is no time, for imports with rejects
SELECT utc('2025-07-30T10:11:12Z', 0), utc('2025-07-30T10:11:12Z', 1), utc(NULL, 0), utc(NULL, 1);
SELECT utc('', 0), utc('2025-07', 0), utc('30.07.2025', 0), utc(20250730, 0), utc(1.5, 0), utc(x'31', 0);
SELECT utc('2025-07', 1);
SELECT utc(20250730, 1);
SELECT utc('2025-07-30', 2);
SELECT utc('2025-07-30', '0');
SELECT utc('2025-07-30', NULL);
SELECT utc(NULL, -1);

-- units() and tokens(): exact, 3,600,000 to a token
SELECT units(1), units(0.1), units(45.12), units(-2.5), units(0), typeof(units(1.0));
SELECT tokens(360000), tokens(-3600000), typeof(tokens(3600000));
SELECT tokens(units(0.1)) = 0.1, tokens(units(98.76543)) = 98.76543, units(tokens(123456789)) = 123456789;
SELECT units(NULL), tokens(NULL);
SELECT units(0.00000125), units(-0.00000125);
SELECT units(2562047788015);

-- exact inverses up to 2147483648 tokens either way, and for whole tokens beyond; else refused
SELECT units(tokens(493506175608278)), units(tokens(-493506175608278));
SELECT units(tokens(7730941132800000)), units(tokens(7730941132799999)), units(tokens(-7730941132799999));
WITH RECURSIVE step(i, u) AS (SELECT 1, 1 UNION ALL
  SELECT i + 1, (u * 1103 + 12345) % 7730941132800001 FROM step WHERE i < 20000)
SELECT count(*), sum(units(tokens(u)) = u), sum(units(-tokens(u)) = -u) FROM step;
SELECT tokens(3600000000000000000), units(1e12), units(tokens(9223372036854000000)), units(2147483649.0);
SELECT tokens(7730941132800001);
SELECT tokens(-7730941132800001);
SELECT tokens(9223372036854775807);
SELECT tokens(-9223372036854775807 - 1);
SELECT units(2147483648.5);
SELECT units(-2147483648.5);
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
