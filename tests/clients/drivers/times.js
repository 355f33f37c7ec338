// The steps of test_drivers.py with Node: better-sqlite3, or else Node's own node:sqlite. Both have
// prepare, run, get and all; neither takes a Date, so times are bound as date.toISOString().
'use strict';
const fs = require('fs');

const [path, library, script] = process.argv.slice(2);

function open() {
  try {
    return new (require('better-sqlite3'))(path, { timeout: 100 });
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    const { DatabaseSync } = require('node:sqlite');
    return new DatabaseSync(path, { allowExtension: true, timeout: 100 });
  }
}

const say = (name, value) => process.stdout.write(`${name}\t${value}\n`);

function failure(work) {
  try {
    work();
  } catch (error) {
    return error;
  }
  return new Error('no error');
}

const db = open();
db.loadExtension(library);
for (const line of fs.readFileSync(script, 'utf8').trim().split('\n')) db.exec(line);

const one = (sql, ...values) => Object.values(db.prepare(sql).get(...values))[0];
const insert = db.prepare(`INSERT INTO usage(usage_id, client_id, api, sku, quantity, occurred_at)
  VALUES (?, 'app1', 'model-derivative', 'nwd', 1, ?)`);
const balanceAt = "SELECT balance FROM wallet_balance WHERE team_id = 'T1' AND at = ?";
const balanceOf = "SELECT balance FROM wallet_balance('T1', ?)";
const later = (date, milliseconds) => new Date(date.getTime() + milliseconds);
const window = "usage_status WHERE team_id = 'T1' AND occurred_at >= ? AND occurred_at < ?";
const either = "usage_status WHERE team_id = 'T1' AND (occurred_at = ? OR occurred_at = ?)";
const fact = 'usage WHERE occurred_at >= utc(?) AND occurred_at < utc(?)';
const ids = (where, from, to) => db.prepare(`SELECT usage_id FROM ${where} ORDER BY usage_id`)
  .all(from.toISOString(), to.toISOString()).map((row) => row.usage_id).join(' ');
const typed = (value, type) => `${typeof value === type} ${value}`;
const hour = 3600000;

say('version', one('SELECT billing_version()'));
const at = new Date('2025-05-05T10:00:00Z');
insert.run(60, at.toISOString());
insert.run(61, later(at, hour + 250).toISOString());
say('stored', one("SELECT occurred_at || '' FROM usage WHERE usage_id = 60"));
say('stored fraction', one("SELECT occurred_at || '' FROM usage WHERE usage_id = 61"));
say('balance at', one(balanceAt, at.toISOString()));
say('balance of', one(balanceOf, at.toISOString()));
say('balance before', one(balanceAt, later(at, -1000).toISOString()));
say('window', ids(window, at, later(at, 1000)));
say('window before', ids(window, later(at, -hour), at));
say('window fraction', ids(window, later(at, hour + 250), later(at, 2 * hour)));
say('either', ids(either, at, later(at, hour + 250)));
say('fact', ids(fact, at, later(at, 1000)));

say('real', typed(one(balanceAt, at.toISOString()), 'number'));
say('integer', typed(one("SELECT units FROM ledger WHERE team_id = 'T2'"), 'number'));
say('date', typed(one("SELECT day FROM usage_daily WHERE team_id = 'T2'"), 'string'));
say('timestamp', typed(one("SELECT occurred_at FROM ledger WHERE team_id = 'T2'"), 'string'));

db.exec('BEGIN');
insert.run(62, at.toISOString());
say('inside', one(balanceOf, at.toISOString()));
db.exec('ROLLBACK');
say('rolled back', one(balanceOf, at.toISOString()));

const bad = failure(() => insert.run(63, 'yesterday'));
say('bad row', bad.message);
say('bad row is', /^SQLITE_CONSTRAINT/.test(bad.code) || (bad.errcode & 255) === 19);
say('number', failure(() => insert.run(63, at.getTime())).message);
say('number asked', failure(() => one(balanceAt, at.getTime())).message);
say('native', failure(() => insert.run(63, at)).message);

// Another connection writes: an error that says so, and the next statement works.
const other = open();
other.exec('BEGIN IMMEDIATE');
say('busy', failure(() => insert.run(63, at.toISOString())).message);
other.exec('ROLLBACK');
other.close();
one(balanceAt, at.toISOString());

db.close();
say('closed', '');
fs.readSync(0, Buffer.alloc(1));
