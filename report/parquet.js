// Makes Parquet files of CSV files with DuckDB: node parquet.js FROM TO, with a line for each table on standard
// input: ["name", [["column", "type"], ...]]. Types are those that the tables declare. In the CSV files an empty text
// is quoted and NULL is not.
'use strict';
const fs = require('fs');
const path = require('path');
const { DuckDBInstance } = require('@duckdb/node-api');

const TYPES = {
  INTEGER: 'BIGINT',
  BIGINT: 'BIGINT',
  REAL: 'DOUBLE',
  TIMESTAMP: 'TIMESTAMP',
  DATE: 'DATE',
};
const literal = (text) => `'${text.replaceAll("'", "''")}'`;
const [from, to] = process.argv.slice(2);

async function write() {
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  for (const line of fs.readFileSync(0, 'utf8').trim().split('\n')) {
    const [name, columns] = JSON.parse(line);
    const types = columns.map(
      ([column, type]) => `${literal(column)}: ${literal(TYPES[type] ?? 'VARCHAR')}`,
    );
    await db.run(`COPY (FROM read_csv(${literal(path.join(from, `${name}.csv`))}, header = true, auto_detect = false,
        delim = ',', quote = '"', escape = '"', new_line = '\\r\\n', nullstr = '', allow_quoted_nulls = false,
        columns = {${types.join(', ')}}))
      TO ${literal(path.join(to, `${name}.parquet`))} (FORMAT parquet)`);
  }
}

write().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
