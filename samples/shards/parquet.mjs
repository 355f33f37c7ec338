// CSV of `shards.py csv` as Parquet: node parquet.mjs FOLDER, and a query over it:
// node parquet.mjs FOLDER SQL. DuckDB comes from npm: npm install @duckdb/node-api. Its SQLite
// scanner is not in the package, so CSV is what it reads.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, query] = process.argv.slice(2);
if (!folder || !existsSync(join(folder, 'types.csv'))) {
  console.error('parquet: not a folder of shards.py csv, ' + folder + ', run that first');
  process.exit(2);
}
const require = createRequire(join(process.env.DUCKDB_FOLDER ?? process.cwd(), 'package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');
const db = await (await DuckDBInstance.create(':memory:')).connect();
const text = (value) => "'" + value.replaceAll("'", "''") + "'";

const tables = readFileSync(join(folder, 'types.csv'), 'utf8').trim().split(/\r?\n/)
  .map((line) => /^"(\w+)","(.*)"$/.exec(line));
for (const [, table, columns] of tables) {
  const parquet = text(join(folder, table + '.parquet'));
  if (query) {
    await db.run(`CREATE VIEW "${table}" AS SELECT * FROM read_parquet(${parquet})`);
    continue;
  }
  await db.run(`CREATE TABLE "${table}"(${columns})`);
  const csv = text(join(folder, table + '.csv'));
  await db.run(`COPY "${table}" FROM ${csv} (HEADER false, DELIM ',', QUOTE '"', ESCAPE '"',`
    + " NULLSTR '', ALLOW_QUOTED_NULLS false)");
  await db.run(`COPY "${table}" TO ${parquet} (FORMAT parquet)`);
}
if (query) {
  const reader = await db.runAndReadAll(query);
  for (const row of reader.getRowsJson()) console.log(row.map((value) => value ?? '').join('|'));
}
