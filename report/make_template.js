// Puts the page's template together: node report/make_template.js OUT [WASM]. What the page needs goes into it, the
// libraries of node_modules too; billing-report adds the data at the end. With billing.wasm it is a live page's.
'use strict';
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const folder = (...parts) => path.join(__dirname, ...parts);
const text = (...parts) => fs.readFileSync(folder(...parts), 'utf8');
const packageOf = (name, from) => {
  for (let at = from; at.startsWith(__dirname); at = path.dirname(at)) {
    const found = path.join(at, 'node_modules', name);
    if (fs.existsSync(path.join(found, 'package.json'))) return found;
  }
  throw new Error(`${name} is not installed, run npm ci in report/`);
};

// A script must not hold what ends it, nor name a map that browsers would ask for.
const script = (name) => {
  const built = fs.readFileSync(
    path.join(packageOf(name, __dirname), `build/${name}.min.js`),
    'utf8',
  );
  return built
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replace(/<\/script/gi, '<\\/script')
    .trim();
};

const jsonOf = (name) => {
  const files = fs
    .readdirSync(folder(name))
    .filter((file) => file.endsWith('.json'))
    .sort();
  return JSON.stringify(
    Object.fromEntries(
      files.map((file) => [path.basename(file, '.json'), JSON.parse(text(name, file))]),
    ),
  ).replace(/</g, '\\u003c');
};

// vega-lite's command line needs more packages than its library: those are not in its build.
const COMMAND_LINE_ONLY = ['yargs', 'json-stringify-pretty-compact', 'tslib'];

function collect(name, from, found) {
  const at = packageOf(name, from);
  const about = JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8'));
  if (found.has(`${name} ${about.version}`)) return;
  found.set(`${name} ${about.version}`, at);
  for (const other of Object.keys(about.dependencies ?? {})) {
    if (name !== 'vega-lite' || !COMMAND_LINE_ONLY.includes(other)) collect(other, at, found);
  }
}

// Each text once, with the names of all packages under it.
function licences() {
  const found = new Map(),
    byText = new Map();
  for (const name of ['vega', 'vega-lite', 'vega-embed']) collect(name, __dirname, found);
  for (const [name, at] of found) {
    const file = fs.readdirSync(at).find((each) => /^licen[cs]e/i.test(each));
    const about = JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8'));
    const words = file
      ? fs.readFileSync(path.join(at, file), 'utf8').trim()
      : `Licence: ${about.license}`;
    byText.set(words, [...(byText.get(words) ?? []), name]);
  }
  return [...byText]
    .map(([words, names]) => `${names.join(', ')}\n\n${words}`)
    .join('\n\n----\n\n');
}

// What a live page has besides, its database apart. A `<` in SQL is no end of a script; `</` would be.
function live(wasm) {
  const queries = text('report.sql');
  if (/<[/!]/.test(queries)) throw new Error('report.sql: </ and <! would end the script that holds it');
  const packed = zlib.gzipSync(fs.readFileSync(wasm), { level: 9 }).toString('base64');
  return `<script id="live_code">
${text('live', 'live.js')}</script>
<script id="report_sql" type="application/sql">
${queries}</script>
<script id="wasm" type="application/gzip">${packed}</script>
`;
}

const [out, wasm] = process.argv.slice(2);
const html = (words) => words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const parts = {
  'page.css': text('page.css'),
  'page.js': text('page.js'),
  'figures.js': text('figures.js'),
  'uncharged.svg': text('uncharged.svg').trim(),
  'charts': jsonOf('charts'),
  'labels': jsonOf('labels'),
  'live': wasm ? live(wasm) : '',
  'wasm_allowed': wasm ? " 'wasm-unsafe-eval'" : '',
  'licences': html(licences()),
  'vega': script('vega'),
  'vega-lite': script('vega-lite'),
  'vega-embed': script('vega-embed'),
};
const page = text('page.html').replace(/@([a-z._-]+)@/g, (all, name) => {
  if (!(name in parts)) throw new Error(`page.html: ${all} is no part`);
  return parts[name];
});
fs.writeFileSync(`${out}.part`, page);
fs.renameSync(`${out}.part`, out);
