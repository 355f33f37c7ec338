// duckdb.mjs FOLDER ROUNDS: settles by window.sql and reads report.sql in DuckDB, a file database made of
// the CSV files in the folder; prints the seconds of each round as JSON.
import { createRequire } from "node:module";
import { readFileSync, rmSync } from "node:fs";
import { performance } from "node:perf_hooks";

const [folder, rounds] = process.argv.slice(2);
const here = new URL(".", import.meta.url).pathname;
const require = createRequire(`${folder}/`);
const { DuckDBInstance } = require("@duckdb/node-api");

const file = `${folder}/others.duckdb`;
rmSync(file, { force: true });
const connection = await (await DuckDBInstance.create(file)).connect();
const text = (name) => readFileSync(`${here}${name}`, "utf8");

const seconds = async (sql) => {
  const began = performance.now();
  await (await connection.runAndReadAll(sql)).getRows();
  return (performance.now() - began) / 1000;
};

// Without the primary keys, which cost DuckDB a lot and give it nothing here.
const tables = text("tables.sql").replace(/,?\s*PRIMARY KEY( \([^)]*\))?/g, "");
for (const statement of tables.split(";")) if (statement.trim()) await connection.run(statement);
for (const table of ["usage", "app_team", "token_lot", "rate"]) {
  await connection.run(`COPY ${table} FROM '${folder}/${table}.csv'`);
}
const result = { version: "", window: [], report: [] };
result.version = (await (await connection.runAndReadAll("SELECT version()")).getRows())[0][0];
for (let round = 0; round < Number(rounds); round++) {
  await connection.run("DELETE FROM entry");
  await connection.run("CHECKPOINT");
  result.window.push(await seconds(text("window.sql").replace(/^--.*$/gm, "")));
}
for (let round = 0; round < Number(rounds); round++) {
  result.report.push(await seconds(text("report.sql").replace(/^--.*$/gm, "")));
}
console.log(JSON.stringify(result));
