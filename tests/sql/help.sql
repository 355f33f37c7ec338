-- billing_help says what each public name is for. Before anything is installed, too.
SELECT name, kind, what, example FROM billing_help('settle');
SELECT count(*) > 60 AS all_of_them FROM billing_help;

-- Without regard to case, as an argument and as an equality; NULL counts as left out.
SELECT name FROM billing_help('Wallet_BALANCE');
SELECT name, kind FROM billing_help WHERE name = 'Token_Lot';
SELECT name, kind FROM billing_help WHERE name IN ('UTC', 'usage_bars', 'no such name') ORDER BY name;
SELECT (SELECT count(*) FROM billing_help(NULL)) = (SELECT count(*) FROM billing_help) AS same;

-- An unknown name has no row; a part of one is unknown, and so is one with a NUL behind it.
SELECT name FROM billing_help('settl');
SELECT name FROM billing_help('');
SELECT name FROM billing_help('settle' || char(0));
SELECT name FROM billing_help WHERE name IS NULL;

-- A name is a text.
SELECT name FROM billing_help(5);
SELECT name FROM billing_help(1.5);
SELECT name FROM billing_help(x'736574746c65');
SELECT name FROM billing_help('settle', 'rate');
SELECT name FROM billing_help WHERE p_name > 'settle';

-- Every kind there is; an argument that comes from another table.
SELECT kind, count(*) > 0 AS some FROM billing_help GROUP BY kind ORDER BY kind;
SELECT c.value, h.kind FROM json_each('["rate", "NOBODY", "team"]') c
LEFT JOIN billing_help(c.value) h ORDER BY c.value;

-- It is in the catalog of an installed file, and cannot be written.
SELECT billing_install();
SELECT name FROM sqlite_schema WHERE name = 'billing_help';
SELECT name, type FROM pragma_table_info('billing_help');
DELETE FROM billing_help;
