'use strict';
// From the data of a page and a reader's choice to its figures: what each says in words, the rows of its table, and
// its chart. Needs no browser: draw.js calls it too. page.js puts the figures on the page.

const PALETTE = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#CC79A7',
  '#56B4E9',
  '#A05A00',
  '#7F7FCF',
  '#777777',
];
const DAY = 86400000;

// ---- data: what is asked of the tables ----

function tablesOf(text) {
  const tables = {};
  for (const line of text.trim().split('\n')) {
    const [name, columns, rows] = JSON.parse(line);
    tables[name] = rows.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column, row[i]])),
    );
  }
  return tables;
}

function pageOf(data) {
  return { ...data.page[0], last: dayOf(Date.parse(data.page[0].until) - DAY) };
}

function firstChoice(data, page) {
  return {
    team: data.teams.length === 1 ? data.teams[0].team : '',
    since: page.since,
    last: page.last,
    api: '',
    app: '',
  };
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
  const names = new Map(
    rows.map((row) => [row[id], many(row.name) ? `${row.name} (${row[id]})` : row.name]),
  );
  return (value) => names.get(value) ?? value ?? '–';
}

// By day and key, the keys with most tokens first, those beyond `most` as one: a day without usage is zero. Without
// keyOf everything has one key.
function perDay(rows, days, keyOf, most, label) {
  const sizes = new Map(keyOf ? [] : [['', 0]]);
  keyOf ??= () => '';
  for (const row of rows) sizes.set(keyOf(row), (sizes.get(keyOf(row)) ?? 0) + row.tokens);
  const keys = [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a));
  const rest = keys.length > most ? keys.splice(most - 1) : [];
  const others = fill(label.others, { n: rest.length });
  if (rest.length) keys.push(others);
  const shown = new Set(keys);
  const cells = new Map();
  for (const key of keys) {
    for (const day of days)
      cells.set(`${day} ${key}`, { day, key, tokens: 0, charged: 0, uncharged: 0 });
  }
  for (const row of rows) {
    const cell = cells.get(`${row.day} ${shown.has(keyOf(row)) ? keyOf(row) : others}`);
    for (const column of ['tokens', 'charged', 'uncharged']) cell[column] += row[column];
  }
  return [...cells.values()];
}

function busiestTeams(data, isAsked, most) {
  const tokens = new Map(data.teams.filter(isAsked).map((row) => [row.team, 0]));
  for (const row of data.usage)
    if (tokens.has(row.team)) tokens.set(row.team, tokens.get(row.team) + row.tokens);
  return [...tokens.keys()].sort((a, b) => tokens.get(b) - tokens.get(a)).slice(0, most);
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

// ---- figures ----

// What all figures ask: the choice applied to the tables, and how to name and to print.
function viewOf(data, choice, label, number) {
  const ofTeam = (row) => !choice.team || row.team === choice.team;
  const inside = (row) => row.day >= choice.since && row.day <= choice.last;
  const asked = (row) =>
    (!choice.api || row.api === choice.api) && (!choice.app || row.app === choice.app);
  const start = dayOf(Date.parse(choice.since) - DAY) + 'T23:59:59.999Z';
  const until = dayOf(Date.parse(choice.last) + DAY);
  const busiest = busiestTeams(data, ofTeam, 8);
  const teamName = namesOf(data.teams, 'team');
  const usage = data.usage.filter((row) => ofTeam(row) && inside(row) && asked(row));
  return {
    data,
    choice,
    label,
    number,
    ofTeam,
    inside,
    usage,
    days: daysOf(choice),
    priced: usage.filter((row) => row.tokens !== null),
    during: (row) => row.at >= start && row.at < until,
    ofBusiest: (row) => ofTeam(row) && busiest.includes(row.team),
    some:
      busiest.length < data.teams.filter(ofTeam).length
        ? fill(label.some_teams, { n: busiest.length })
        : '',
    appName: namesOf(data.apps, 'app'),
    apiName: namesOf(data.apis, 'api'),
    named: (rows) => rows.map((row) => ({ ...row, key: teamName(row.team) })),
    of: (rows, key, column) =>
      number(
        total(
          rows.filter((row) => row.key === key),
          column,
        ),
      ),
  };
}

const keysOf = (rows) => distinct(rows.map((row) => row.key));
const listOf = (parts) => parts.join('; ');

// Bars of a day: one panel, or one for each key.
function bars(view, name, title, rows, keyOf) {
  const { label, number, days, choice } = view;
  const most = perDay(rows, days, null, 1, label).reduce((a, b) => (b.tokens > a.tokens ? b : a));
  return {
    name,
    title,
    keys: 'kind',
    spec: keyOf ? 'split' : 'bars',
    wide: !keyOf,
    rows: perDay(rows, days, keyOf, 12, label),
    columns: ['day', ...(keyOf ? ['key'] : []), 'tokens', 'charged', 'uncharged'],
    say: fill(label.alt_bars, {
      since: choice.since,
      last: choice.last,
      peak: most.day,
      most: number(most.tokens),
      tokens: number(total(rows, 'tokens')),
      charged: number(total(rows, 'charged')),
      uncharged: number(total(rows, 'uncharged')),
    }),
  };
}

function linesOfApps(view) {
  const { label, choice } = view;
  const rows = perDay(view.priced, view.days, (row) => view.appName(row.app), 8, label);
  const said = keysOf(rows).map((app) => `${app} ${view.of(rows, app, 'tokens')}`);
  return {
    name: 'lines',
    title: label.lines,
    spec: 'lines',
    rows,
    keys: 'app',
    columns: ['day', 'key', 'tokens', 'charged', 'uncharged'],
    say: fill(label.alt_lines, { since: choice.since, last: choice.last, list: listOf(said) }),
  };
}

function balances(view) {
  const { data, label, number, during, ofBusiest, named } = view;
  const rows = named(data.balance.filter((row) => ofBusiest(row) && during(row)));
  const teams = keysOf(rows);
  const say = (team) => {
    const own = rows.filter((row) => row.key === team);
    const lowest = own.reduce((a, b) => (b.balance < a.balance ? b : a));
    return fill(label.alt_balance_one, {
      team,
      first: number(own[0].balance),
      end: number(own.at(-1).balance),
      low: number(lowest.balance),
      day: lowest.at.slice(0, 10),
    });
  };
  const events = data.events.filter(
    (row) => ofBusiest(row) && during(row) && row.event !== 'offset',
  );
  return {
    name: 'balance',
    title: label.balance_chart,
    note: view.some,
    spec: 'balance',
    rows,
    wide: true,
    columns: ['at', 'key', 'balance', 'available', 'uncharged', 'access'],
    also: {
      events: named(events).map((row) => ({ ...row, event: label[`event_${row.event}`] })),
      zero: [{ balance: 0 }],
      shades: teams.length === 1 ? shadesOf(rows, label) : [],
    },
    say: fill(label.alt_balance, { list: listOf(teams.map(say)) }),
  };
}

function forecast(view) {
  const { data, label, named } = view;
  const rows = named(data.forecast.filter(view.ofBusiest));
  const ends = new Map(named(data.outlook).map((row) => [row.key, row.runs_out]));
  const say = (team) =>
    fill(label.alt_forecast_one, {
      team,
      tokens: view.of(rows, team, 'expected'),
      runs_out: ends.get(team) ?? label.never,
    });
  return {
    name: 'forecast',
    title: label.forecast,
    note: `${label.forecast_note} ${view.some}`,
    spec: 'forecast',
    rows,
    columns: ['day', 'key', 'expected', 'low', 'high'],
    say: fill(label.alt_forecast, { last: rows.at(-1)?.day, list: listOf(keysOf(rows).map(say)) }),
  };
}

// What is left of each lot, those that end first at the bottom; beyond twelve, the others as one.
function burningLots(view) {
  const { data, label, number, days, choice } = view;
  const held = data.burning
    .filter((row) => view.ofTeam(row) && view.inside(row))
    .sort((a, b) => (a.expires < b.expires ? -1 : 1));
  const lots = distinct(held.map((row) => row.lot));
  const rest = lots.length > 12 ? lots.slice(11) : [];
  const keyOf = (row) =>
    rest.includes(row.lot) ? fill(label.others, { n: rest.length }) : fill(label.lot_name, row);
  const cells = new Map();
  for (const key of distinct(held.map(keyOf))) {
    for (const day of days) cells.set(`${day} ${key}`, { day, key, remaining: 0 });
  }
  for (const row of held) cells.get(`${row.day} ${keyOf(row)}`).remaining += row.remaining;
  const end = held.filter((row) => row.day === choice.last);
  return {
    name: 'lots',
    title: label.burning,
    spec: 'lots',
    rows: [...cells.values()],
    keys: 'lot',
    columns: ['day', 'key', 'remaining'],
    say: fill(label.alt_burning, { tokens: number(total(end, 'remaining')), n: end.length }),
  };
}

function statement(view) {
  const { choice, label, apiName, appName } = view;
  const inMonths = (row) =>
    row.month >= choice.since.slice(0, 7) && row.month <= choice.last.slice(0, 7);
  const lineOf = (row) =>
    ({ total: label.line_total, api: apiName(row.api), app: appName(row.app) })[row.line];
  const rows = view.named(view.data.statement.filter((row) => view.ofTeam(row) && inMonths(row)));
  return {
    name: 'statement',
    title: label.statement,
    note: label.statement_note,
    open: rows.length <= 200,
    wide: true,
    rows: rows.map((row) => ({ ...row, line: lineOf(row), strong: row.line === 'total' })),
    columns: [
      'month',
      'key',
      'line',
      'opening',
      'purchased',
      'moved',
      'used',
      'offset',
      'lapsed',
      'closing',
      'uncharged_opening',
      'uncharged_closing',
    ],
  };
}

function listOfLots(view) {
  const rows = view.named(view.data.lots.filter(view.ofTeam));
  return {
    name: 'lots table',
    title: view.label.lots,
    rows,
    open: rows.length <= 200,
    wide: true,
    columns: [
      'key',
      'lot',
      'kind',
      'purchased',
      'expires',
      'size',
      'used',
      'lapsed',
      'remaining',
      'state',
    ],
  };
}

function figuresOf(data, choice, label, number) {
  const view = viewOf(data, choice, label, number);
  const { usage, priced, apiName } = view;
  const apis = distinct(priced.filter((row) => row.tokens > 0).map((row) => row.api)).sort();
  const split = (api) =>
    bars(
      view,
      `split ${api}`,
      fill(label.split, { api: apiName(api) }),
      priced.filter((row) => row.api === api),
      (row) => row.sku ?? '–',
    );
  return {
    missing: total(
      usage.filter((row) => row.tokens === null),
      'events',
    ),
    used: total(priced, 'tokens'),
    events: total(usage, 'events'),
    list: filled([
      bars(view, 'bars', label.bars, priced, null),
      balances(view),
      ...apis.map(split),
      linesOfApps(view),
      burningLots(view),
      forecast(view),
      statement(view),
      listOfLots(view),
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
  const text = JSON.stringify(charts[figure.spec]).replace(/\$([a-z]\w*)/g, (all, name) =>
    name in label ? JSON.stringify(label[name]).slice(1, -1) : all,
  );
  const faceted = figure.spec === 'split',
    spec = JSON.parse(text);
  const named = { rows: figure.rows, ...figure.also };
  if (spec.layer)
    spec.layer = spec.layer.filter((layer) => !layer.data || named[layer.data.name].length);
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
    axis: {
      ...ink,
      domainColor: 'currentColor',
      domainOpacity: 0.4,
      gridColor: 'currentColor',
      gridOpacity: 0.15,
      tickColor: 'currentColor',
      tickOpacity: 0.4,
      titleFontWeight: 'normal',
    },
    header: { ...ink, labelFontWeight: 600 },
    legend: {
      ...ink,
      orient: 'top',
      labelLimit: 260,
      columns: Math.max(1, Math.floor(width / 170)),
    },
    range: { category: PALETTE },
    scale: { zero: true },
  };
}
