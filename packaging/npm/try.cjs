// Installed as a user would: loads billing by getLoadablePath() into the driver that is named.
//
//   node try.cjs better-sqlite3|node:sqlite
const billing = require('billing-sqlite');
const driver = process.argv[2];

function open() {
  if (driver === 'node:sqlite') {
    const { DatabaseSync } = require('node:sqlite');
    return new DatabaseSync(':memory:', { allowExtension: true });
  }
  return new (require(process.env.DRIVER ?? driver))(':memory:');
}

const db = open();
billing.load(db);
db.prepare('SELECT billing_install()').get();
db.exec(`
  INSERT INTO account(account_id, name, country) VALUES ('acme', 'Acme', 'JP');
  INSERT INTO team(team_id, account_id, name) VALUES ('design', 'acme', 'Design');
  INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
    VALUES ('design', 'flex_token', 100, '2025-07-01 09:00:00');
`);
db.prepare('SELECT settle()').get();
console.log(JSON.stringify([
  db.prepare('SELECT billing_version() AS version').get().version,
  db.prepare("SELECT balance FROM wallet_balance('design', '2025-07-30 00:00:00')").get().balance,
]));
db.close();
