'use strict';
// Draws the page from three texts in it: data (a line for each table, see report.sql), charts (Vega-Lite
// specifications) and labels (by language). figuresOf() needs no browser: draw.js calls it too.

const PALETTE = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#A05A00', '#7F7FCF', '#777777'];
const DAY = 86400000;

// ---- data: what is asked of the tables ----

function tablesOf(text) {
  const tables = {};
  for (const line of text.trim().split('\n')) {
    const [name, columns, rows] = JSON.parse(line);
    tables[name] = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  }
  return tables;
}

function pageOf(data) {
  return { ...data.page[0], last: dayOf(Date.parse(data.page[0].until) - DAY) };
}

function firstChoice(data, page) {
  return { team: data.teams.length === 1 ? data.teams[0].team : '', since: page.since, last: page.last, api: '', app: '' };
}

function numberIn(language) {
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  return (value) => format.format(value);
}

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const total = (rows, column) => rows.reduce((sum, row) => sum + row[column], 0);
const distinct = (values) => [...new Set(values)];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function daysOf({ since, last }) {
  const days = [];
  for (let at = Date.parse(since); at <= Date.parse(last); at += DAY) days.push(dayOf(at));
  return days;
}

// The name of each id; the id stands beside a name that two of them share.
function namesOf(rows, id) {
  const many = (name) => rows.filter((row) => row.name === name).length > 1;
  const names = new Map(rows.map((row) => [row[id], many(row.name) ? `${row.name} (${row[id]})` : row.name]));
  return (value) => names.get(value) ?? value ?? '–';
}

// By day and key, the keys with most tokens first, those beyond `most` as one: a day without usage is zero.
function perDay(rows, days, keyOf, most, label) {
  const sizes = new Map();
  for (const row of rows) sizes.set(keyOf(row), (sizes.get(keyOf(row)) ?? 0) + row.tokens);
  const keys = [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a));
  const rest = keys.length > most ? keys.splice(most - 1) : [];
  const others = fill(label.others, { n: rest.length });
  if (rest.length) keys.push(others);
  const shown = new Set(keys);
  const cells = new Map();
  for (const key of keys) {
    for (const day of days) cells.set(`${day} ${key}`, { day, key, tokens: 0, charged: 0, uncharged: 0 });
  }
  for (const row of rows) {
    const cell = cells.get(`${row.day} ${shown.has(keyOf(row)) ? keyOf(row) : others}`);
    for (const column of ['tokens', 'charged', 'uncharged']) cell[column] += row[column];
  }
  return [...cells.values()];
}

// Stretches of grace and of limits, from one sample of a balance to where access changes.
function shadesOf(rows, label) {
  const shades = [];
  rows.forEach((row, i) => {
    const access = { grace: label.access_grace, limited: label.access_limited }[row.access];
    const to = rows[i + 1]?.at;
    const open = shades.at(-1);
    if (!access || !to) return;
    if (open?.to === row.at && open.access === access) open.to = to;
    else shades.push({ access, from: row.at, to });
  });
  return shades;
}

// ---- figures: title, what it says in words, rows of its table, and a chart ----

function figuresOf(data, choice, label, number) {
  const days = daysOf(choice);
  const inside = (row) => row.day >= choice.since && row.day <= choice.last;
  const ofTeam = (row) => !choice.team || row.team === choice.team;
  const teamName = namesOf(data.teams, 'team'), appName = namesOf(data.apps, 'app'), apiName = namesOf(data.apis, 'api');
  const usage = data.usage.filter((row) => ofTeam(row) && inside(row)
    && (!choice.api || row.api === choice.api) && (!choice.app || row.app === choice.app));
  const priced = usage.filter((row) => row.tokens !== null);
  const period = { since: choice.since, last: choice.last };
  const named = (rows) => rows.map((row) => ({ ...row, key: teamName(row.team) }));
  const until = dayOf(Date.parse(choice.last) + DAY);
  const during = (row) => ofTeam(row) && row.at >= dayOf(Date.parse(choice.since) - DAY) + 'T23:59:59.999Z' && row.at < until;
  const balance = named(data.balance.filter(during));
  const list = (parts) => parts.join('; ');

  function bars(name, title, rows, keyOf) {
    const cells = perDay(rows, days, keyOf, 12, label);
    const peak = perDay(rows, days, () => '', 1, label).reduce((most, row) => (row.tokens > most.tokens ? row : most), { tokens: -1 });
    return {
      name, title, spec: name === 'bars' ? 'bars' : 'split', rows: cells, wide: name === 'bars',
      columns: ['day', ...(name === 'bars' ? [] : ['key']), 'tokens', 'charged', 'uncharged'],
      say: fill(label.alt_bars, { ...period, peak: peak.day, most: number(peak.tokens), tokens: number(total(rows, 'tokens')),
        charged: number(total(rows, 'charged')), uncharged: number(total(rows, 'uncharged')) }),
    };
  }

  function lines() {
    const rows = perDay(priced, days, (row) => appName(row.app), 8, label);
    const apps = distinct(rows.map((row) => row.key));
    return {
      name: 'lines', title: label.lines, spec: 'lines', rows, columns: ['day', 'key', 'tokens', 'charged', 'uncharged'],
      say: fill(label.alt_lines, { ...period,
        list: list(apps.map((app) => `${app} ${number(total(rows.filter((row) => row.key === app), 'tokens'))}`)) }),
    };
  }

  function balances() {
    const teams = distinct(balance.map((row) => row.key));
    const one = (team) => {
      const rows = balance.filter((row) => row.key === team);
      const lowest = rows.reduce((low, row) => (row.balance < low.balance ? row : low));
      return fill(label.alt_balance_one, { team, first: number(rows[0].balance), end: number(rows.at(-1).balance),
        low: number(lowest.balance), day: lowest.at.slice(0, 10) });
    };
    const events = named(data.events.filter((row) => during(row) && row.event !== 'offset'))
      .map((row) => ({ ...row, event: label[`event_${row.event}`] }));
    return {
      name: 'balance', title: label.balance_chart, spec: 'balance', rows: balance, wide: true,
      columns: ['at', 'key', 'balance', 'available', 'uncharged', 'access'],
      also: { events, zero: [{ balance: 0 }], shades: teams.length === 1 ? shadesOf(balance, label) : [] },
      say: fill(label.alt_balance, { list: list(teams.slice(0, 8).map(one)) }),
    };
  }

  function forecast() {
    const rows = named(data.forecast.filter(ofTeam));
    const one = (team) => {
      const path = rows.filter((row) => row.key === team), end = path.at(-1);
      return fill(label.alt_forecast_one, { team, since: path[0].day, first: number(path[0].expected), last: end.day,
        end: number(end.expected), low: number(end.low), high: number(end.high), runs_out: end.runs_out ?? label.never });
    };
    return {
      name: 'forecast', title: label.forecast, note: label.forecast_note, spec: 'forecast', rows,
      columns: ['day', 'key', 'expected', 'low', 'high'], also: { zero: [{ expected: 0 }] },
      say: fill(label.alt_forecast, { list: list(distinct(rows.map((row) => row.key)).slice(0, 8).map(one)) }),
    };
  }

  function burning() {
    const held = data.burning.filter((row) => ofTeam(row) && inside(row));
    const lots = distinct(held.sort((a, b) => (a.expires < b.expires ? -1 : 1)).map((row) => row.lot));
    const cells = new Map();
    for (const lot of lots) {
      const { kind, expires } = held.find((row) => row.lot === lot);
      const key = fill(label.lot_name, { lot, kind, expires });
      for (const day of days) cells.set(`${day} ${lot}`, { day, lot, key, remaining: 0 });
    }
    for (const row of held) cells.get(`${row.day} ${row.lot}`).remaining += row.remaining;
    const rows = [...cells.values()], end = rows.filter((row) => row.day === choice.last && row.remaining > 0);
    return {
      name: 'lots', title: label.burning, spec: 'lots', rows, columns: ['day', 'key', 'remaining'],
      say: fill(label.alt_burning, { tokens: number(total(end, 'remaining')), n: end.length }),
    };
  }

  const apis = distinct(priced.filter((row) => row.tokens > 0).map((row) => row.api)).sort();
  const statement = named(data.statement.filter((row) => ofTeam(row)
    && row.month >= choice.since.slice(0, 7) && row.month <= choice.last.slice(0, 7)));
  return {
    missing: total(usage.filter((row) => row.tokens === null), 'events'),
    used: total(priced, 'tokens'),
    events: total(usage, 'events'),
    list: filled([
      bars('bars', label.bars, priced, () => ''),
      balances(),
      ...apis.map((api) => bars(`split ${api}`, fill(label.split, { api: apiName(api) }),
        priced.filter((row) => row.api === api), (row) => row.sku ?? '–')),
      lines(), burning(), forecast(),
      { name: 'statement', title: label.statement, note: label.statement_note, rows: statement, open: true, wide: true,
        columns: ['month', 'key', 'opening', 'purchased', 'moved', 'used', 'offset', 'lapsed', 'closing',
          'uncharged_opening', 'uncharged_closing'] },
      { name: 'lots table', title: label.lots, rows: named(data.lots.filter(ofTeam)), open: true, wide: true,
        columns: ['key', 'lot', 'kind', 'purchased', 'expires', 'size', 'used', 'lapsed', 'remaining', 'state'] },
    ]),
  };
}

// Two figures stand side by side: the last one takes the row when it has no neighbour.
function filled(list) {
  const narrow = list.filter((figure) => !figure.wide);
  if (narrow.length % 2) narrow.at(-1).wide = true;
  return list;
}

// The specification of a figure: labels in the place of $names, data and width put in.
function specOf(figure, charts, label, width) {
  const text = JSON.stringify(charts[figure.spec])
    .replace(/\$([a-z]\w*)/g, (all, name) => (name in label ? JSON.stringify(label[name]).slice(1, -1) : all));
  const faceted = figure.spec === 'split', spec = JSON.parse(text);
  const named = { rows: figure.rows, ...figure.also };
  if (spec.layer) spec.layer = spec.layer.filter((layer) => !layer.data || named[layer.data.name].length);
  return {
    ...spec,
    description: `${figure.title}. ${figure.say}`,
    width: faceted ? width - 70 : width,
    autosize: faceted ? undefined : { type: 'fit-x', contains: 'padding' },
    background: null,
    datasets: named,
    data: { name: 'rows' },
    config: configOf(width),
  };
}

function configOf(width) {
  const ink = { labelColor: 'currentColor', titleColor: 'currentColor' };
  return {
    font: 'system-ui, sans-serif',
    view: { stroke: null },
    axis: { ...ink, domainColor: 'currentColor', domainOpacity: 0.4, gridColor: 'currentColor', gridOpacity: 0.15,
      tickColor: 'currentColor', tickOpacity: 0.4, titleFontWeight: 'normal' },
    header: { ...ink, labelFontWeight: 600 },
    legend: { ...ink, orient: 'top', labelLimit: 260, columns: Math.max(1, Math.floor(width / 170)) },
    range: { category: PALETTE },
    scale: { zero: true },
  };
}

// ---- the page ----

const byId = (id) => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function tableOf(figure, label, number) {
  const isNumber = (column) => column !== 'lot' && figure.rows.some((row) => typeof row[column] === 'number');
  const cell = (tag, column, text) => make(tag, isNumber(column) ? { class: 'number' } : {}, text);
  const show = (value) => (typeof value === 'number' ? number(value) : String(value ?? '').replace(/T(\d\d:\d\d).*/, ' $1'));
  const head = figure.columns.map((column) => {
    const node = cell('th', column, label[column === 'key' && !figure.name.startsWith('split') ? (figure.name === 'lines' ? 'app' : figure.name === 'lots' ? 'lot' : 'team') : column] ?? column);
    node.scope = 'col';
    return node;
  });
  return make('table', {}, make('caption', {}, figure.title), make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...figure.rows.map((row) => make('tr', {},
      ...figure.columns.map((column) => cell('td', column, column === 'lot' ? String(row[column]) : show(row[column])))))));
}

// RFC 4180, with the mark by which Excel knows UTF-8.
function csvOf(figure) {
  const quote = (value) => (/[",\r\n]/.test(value ?? '') ? `"${value.replaceAll('"', '""')}"` : String(value ?? ''));
  return '\ufeff' + [figure.columns, ...figure.rows.map((row) => figure.columns.map((column) => row[column]))]
    .map((row) => row.map(quote).join(',') + '\r\n').join('');
}

function download(figure) {
  const link = make('a', { download: `${figure.name.replace(/[^\w-]+/g, '-')}.csv`,
    href: URL.createObjectURL(new Blob([csvOf(figure)], { type: 'text/csv' })) });
  link.click();
  URL.revokeObjectURL(link.href);
}

function sectionOf(figure, label, number) {
  const section = make('section', { 'data-figure': figure.name }, make('h2', {}, figure.title));
  if (figure.wide) section.classList.add('wide');
  if (figure.note) section.append(make('p', { class: 'say' }, figure.note));
  if (!figure.rows.length) {
    section.append(make('p', { class: 'say' }, label.nothing));
    return section;
  }
  if (figure.spec) section.append(make('p', { class: 'say' }, figure.say), make('div', { class: 'chart', role: 'img', 'aria-label': `${figure.title}. ${figure.say}` }, make('div')));
  const scroll = () => make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': figure.title }, tableOf(figure, label, number));
  const button = make('button', { type: 'button', 'aria-label': `${label.csv}: ${figure.title}` }, label.csv);
  button.addEventListener('click', () => download(figure));
  const details = make('details', {}, make('summary', {}, label.table));
  details.addEventListener('toggle', () => details.children.length > 1 || details.append(scroll()));
  if (figure.open) section.append(scroll());
  section.append(make('div', { class: 'under' }, figure.open ? '' : details, button));
  return section;
}

function tilesOf(data, choice, figures, label, number) {
  const wallets = data.wallets.filter((row) => !choice.team || row.team === choice.team);
  const order = ['limited', 'none', 'grace', 'trial', 'excluded', 'full'];
  const access = order.find((name) => wallets.some((row) => row.access === name));
  const size = total(wallets, 'total'), uncharged = total(wallets, 'uncharged'), balance = total(wallets, 'balance');
  const next = wallets.filter((row) => row.next_lapse).sort((a, b) => (a.next_lapse < b.next_lapse ? -1 : 1))[0];
  const ends = data.forecast.filter((row) => row.runs_out && (!choice.team || row.team === choice.team)).map((row) => row.runs_out).sort();
  const tiles = [
    [label.fig_balance, number(balance), balance < 0],
    [label.fig_available, number(total(wallets, 'available'))],
    [label.fig_left, size ? `${number(100 * total(wallets, 'available') / size)} %` : label.none],
    [label.fig_purchase, number(total(wallets, 'min_purchase'))],
    [label.fig_uncharged, number(uncharged), uncharged > 0],
    [label.fig_access, access ? label[`access_${access}`] : label.none, access === 'grace' || access === 'limited'],
    [label.fig_used, number(figures.used)],
    [label.fig_events, number(figures.events)],
    [label.fig_lapse, next ? `${number(next.next_lapse_tokens)}, ${next.next_lapse.slice(0, 10)}` : label.none],
    [label.fig_runs_out, ends[0] ?? label.never],
  ];
  return make('section', { class: 'tiles' }, make('h2', {}, label.key_figures),
    make('dl', {}, ...tiles.map(([name, value, warn]) => make('div', {}, make('dt', {}, name), make('dd', warn ? { class: 'warn' } : {}, value)))));
}

function alertsOf(data, choice, label, number) {
  const teamName = namesOf(data.teams, 'team');
  const rows = data.alerts.filter((row) => !choice.team || row.team === choice.team);
  const line = (row) => make('li', {}, make('strong', {}, label[`alert_${row.alert}`] ?? row.alert),
    ` – ${row.team === null ? '' : teamName(row.team) + ', '}${(row.since ?? '').slice(0, 10)}${row.tokens === null ? '' : `, ${number(row.tokens)} ${label.tokens}`}: ${row.message}`);
  return make('section', { class: 'alerts wide' }, make('h2', {}, label.alerts),
    rows.length ? make('ul', {}, ...rows.map(line)) : make('p', { class: 'say' }, label.no_alerts));
}

function formOf(data, page, choice, labels, changed) {
  const label = labels[choice.language];
  const field = (name, node) => {
    node.name = name;
    node.value = choice[name];
    node.addEventListener('change', () => changed(name, node.value));
    return make('label', {}, label[name === 'language' ? 'lang' : name], node);
  };
  const select = (options) => make('select', {}, ...options.map(([value, text]) => make('option', { value }, text)));
  const day = (attributes) => make('input', { type: 'date', required: '', min: page.since, max: page.last, ...attributes });
  const listed = (rows, id) => [['', label.all], ...rows.map((row) => [row[id], namesOf(rows, id)(row[id])])];
  byId('choice').setAttribute('aria-label', label.choose);
  byId('choice').replaceChildren(
    field('team', select(data.teams.length === 1 ? [[data.teams[0].team, data.teams[0].name]] : listed(data.teams, 'team'))),
    field('since', day({ max: choice.last })), field('last', day({ min: choice.since })),
    field('api', select(listed(data.apis, 'api'))), field('app', select(listed(data.apps, 'app'))),
    field('language', select(Object.entries(labels).map(([name, text]) => [name, text.language]))));
}

function start() {
  const data = tablesOf(byId('data').textContent);
  const charts = JSON.parse(byId('charts').textContent), labels = JSON.parse(byId('labels').textContent);
  const page = pageOf(data);
  const choice = { ...firstChoice(data, page), language: Object.keys(labels).find((name) => navigator.language.startsWith(name)) ?? 'en' };

  function draw() {
    const label = labels[choice.language];
    const number = numberIn(choice.language);
    const figures = figuresOf(data, choice, label, number);
    const who = choice.team ? namesOf(data.teams, 'team')(choice.team) : label.all_teams;
    document.documentElement.lang = choice.language;
    document.title = byId('title').textContent = fill(label.title, { who });
    byId('state_at').textContent = fill(label.state_at, { at: page.at.slice(0, 16).replace('T', ' ') })
      + (figures.missing ? ' ' + fill(label.not_priced, { n: number(figures.missing) }) : '');
    byId('made_by').textContent = fill(label.made_by, page);
    byId('licences').textContent = label.licences;
    byId('figures').replaceChildren(tilesOf(data, choice, figures, label, number), alertsOf(data, choice, label, number),
      ...figures.list.map((figure) => sectionOf(figure, label, number)));
    const drawn = figures.list.map((figure) => {
      const place = document.querySelector(`[data-figure="${CSS.escape(figure.name)}"] .chart > div`);
      return place && vegaEmbed(place, specOf(figure, charts, label, place.clientWidth),
        { actions: false, renderer: 'svg', ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true } });
    });
    return Promise.all(drawn).then(() => document.body.setAttribute('data-drawn', Number(document.body.dataset.drawn ?? 0) + 1));
  }

  function changed(name, value) {
    if (!value && (name === 'since' || name === 'last')) return;
    choice[name] = value;
    if (name === 'language') formOf(data, page, choice, labels, changed);
    draw();
  }

  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (width !== window.innerWidth) draw();
    width = window.innerWidth;
  });
  formOf(data, page, choice, labels, changed);
  draw();
}

if (typeof document !== 'undefined') document.addEventListener('DOMContentLoaded', start);
