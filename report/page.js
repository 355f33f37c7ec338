'use strict';
// Draws the page from three texts in it: data (a line for each table, see report.sql), charts (Vega-Lite
// specifications) and labels (by language). What it draws comes from figures.js.

const byId = (id) => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function tableOf(figure, label, number) {
  const isNumber = (column) =>
    column !== 'lot' && figure.rows.some((row) => typeof row[column] === 'number');
  const cell = (tag, column, text) => make(tag, isNumber(column) ? { class: 'number' } : {}, text);
  const show = (value) =>
    typeof value === 'number'
      ? number(value)
      : String(value ?? '').replace(/T(\d\d:\d\d).*/, ' $1');
  const head = figure.columns.map((column) => {
    const node = cell(
      'th',
      column,
      label[column === 'key' ? (figure.keys ?? 'team') : column] ?? column,
    );
    node.scope = 'col';
    return node;
  });
  return make(
    'table',
    {},
    make('caption', {}, figure.title),
    make('thead', {}, make('tr', {}, ...head)),
    make(
      'tbody',
      {},
      ...figure.rows.map((row) =>
        make(
          'tr',
          row.strong ? { class: 'strong' } : {},
          ...figure.columns.map((column) =>
            cell('td', column, column === 'lot' ? String(row[column]) : show(row[column])),
          ),
        ),
      ),
    ),
  );
}

// RFC 4180, with the mark by which Excel knows UTF-8.
function csvOf(figure) {
  const quote = (value) =>
    /[",\r\n]/.test(value ?? '') ? `"${value.replaceAll('"', '""')}"` : String(value ?? '');
  return (
    '\ufeff' +
    [figure.columns, ...figure.rows.map((row) => figure.columns.map((column) => row[column]))]
      .map((row) => row.map(quote).join(',') + '\r\n')
      .join('')
  );
}

function download(figure) {
  const link = make('a', {
    download: `${figure.name.replace(/[^\w-]+/g, '-')}.csv`,
    href: URL.createObjectURL(new Blob([csvOf(figure)], { type: 'text/csv' })),
  });
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
  if (figure.spec)
    section.append(
      make('p', { class: 'say' }, figure.say),
      make(
        'div',
        { 'class': 'chart', 'role': 'img', 'aria-label': `${figure.title}. ${figure.say}` },
        make('div'),
      ),
    );
  const scroll = () =>
    make(
      'div',
      { 'class': 'scroll', 'tabindex': 0, 'role': 'region', 'aria-label': figure.title },
      tableOf(figure, label, number),
    );
  const button = make(
    'button',
    { 'type': 'button', 'aria-label': `${label.csv}: ${figure.title}` },
    label.csv,
  );
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
  const ofAll =
    wallets.length > 1
      ? ` (${wallets.filter((row) => row.access === access).length} / ${wallets.length})`
      : '';
  const size = total(wallets, 'total'),
    uncharged = total(wallets, 'uncharged'),
    balance = total(wallets, 'balance');
  const next = wallets
    .filter((row) => row.next_lapse)
    .sort((a, b) => (a.next_lapse < b.next_lapse ? -1 : 1))[0];
  const ends = data.outlook
    .filter((row) => row.runs_out && (!choice.team || row.team === choice.team))
    .map((row) => row.runs_out)
    .sort();
  const tiles = [
    [label.fig_balance, number(balance), balance < 0],
    [label.fig_available, number(total(wallets, 'available'))],
    [label.fig_left, size ? `${number((100 * total(wallets, 'available')) / size)} %` : label.none],
    [label.fig_purchase, number(total(wallets, 'min_purchase'))],
    [label.fig_uncharged, number(uncharged), uncharged > 0],
    [
      label.fig_access,
      access ? label[`access_${access}`] + ofAll : label.none,
      access === 'grace' || access === 'limited',
    ],
    [label.fig_used, number(figures.used)],
    [label.fig_events, number(figures.events)],
    [
      label.fig_lapse,
      next ? `${number(next.next_lapse_tokens)}, ${next.next_lapse.slice(0, 10)}` : label.none,
    ],
    [label.fig_runs_out, ends[0] ?? label.never],
  ];
  return make(
    'section',
    { class: 'tiles' },
    make('h2', {}, label.key_figures),
    make(
      'dl',
      {},
      ...tiles.map(([name, value, warn]) =>
        make('div', {}, make('dt', {}, name), make('dd', warn ? { class: 'warn' } : {}, value)),
      ),
    ),
  );
}

function alertsOf(data, choice, label, number) {
  const teamName = namesOf(data.teams, 'team');
  const rows = data.alerts.filter((row) => !choice.team || row.team === choice.team);
  const line = (row) =>
    make(
      'li',
      {},
      make('strong', {}, label[`alert_${row.alert}`] ?? row.alert),
      ` – ${row.team === null ? '' : teamName(row.team) + ', '}${(row.since ?? '').slice(0, 10)}${row.tokens === null ? '' : `, ${number(row.tokens)} ${label.unit}`}: ${row.message}`,
    );
  return make(
    'section',
    { class: 'alerts wide' },
    make('h2', {}, label.alerts),
    rows.length
      ? make('ul', { tabindex: 0 }, ...rows.map(line))
      : make('p', { class: 'say' }, label.no_alerts),
  );
}

function formOf(data, page, choice, labels, changed) {
  const label = labels[choice.language];
  const field = (name, node) => {
    node.name = name;
    node.value = choice[name];
    node.addEventListener('change', () => changed(name, node.value));
    return make('label', {}, label[name === 'language' ? 'lang' : name], node);
  };
  const select = (options) =>
    make('select', {}, ...options.map(([value, text]) => make('option', { value }, text)));
  const day = () => make('input', { type: 'date', required: '', min: page.since, max: page.last });
  const listed = (rows, id) => [
    ['', label.all],
    ...rows.map((row) => [row[id], namesOf(rows, id)(row[id])]),
  ];
  byId('choice').setAttribute('aria-label', label.choose);
  byId('choice').replaceChildren(
    field(
      'team',
      select(
        data.teams.length === 1
          ? [[data.teams[0].team, data.teams[0].name]]
          : listed(data.teams, 'team'),
      ),
    ),
    field('since', day()),
    field('last', day()),
    field('api', select(listed(data.apis, 'api'))),
    field('app', select(listed(data.apps, 'app'))),
    field('language', select(Object.entries(labels).map(([name, text]) => [name, text.language]))),
  );
}

function start() {
  let data = tablesOf(byId('data').textContent);
  const charts = JSON.parse(byId('charts').textContent),
    labels = JSON.parse(byId('labels').textContent);
  const page = pageOf(data);
  const choice = {
    ...firstChoice(data, page),
    language: Object.keys(labels).find((name) => navigator.language.startsWith(name)) ?? 'en',
  };

  function draw() {
    const label = labels[choice.language];
    const number = numberIn(choice.language);
    const figures = figuresOf(data, choice, label, number);
    const who = choice.team ? namesOf(data.teams, 'team')(choice.team) : label.all_teams;
    document.documentElement.lang = choice.language;
    document.title = byId('title').textContent = fill(label.title, { who });
    byId('state_at').textContent =
      fill(label.state_at, { at: page.at.slice(0, 16).replace('T', ' ') }) +
      (figures.missing ? ' ' + fill(label.not_priced, { n: number(figures.missing) }) : '');
    byId('made_by').textContent = fill(label.made_by, page);
    byId('licences').textContent = label.licences;
    byId('figures').replaceChildren(
      tilesOf(data, choice, figures, label, number),
      alertsOf(data, choice, label, number),
      ...figures.list.map((figure) => sectionOf(figure, label, number)),
    );
    const drawn = figures.list.map((figure) => {
      const place = document.querySelector(
        `[data-figure="${CSS.escape(figure.name)}"] .chart > div`,
      );
      return (
        place &&
        vegaEmbed(place, specOf(figure, charts, label, place.clientWidth), {
          actions: false,
          renderer: 'svg',
          ast: true,
          defaultStyle: false,
          tooltip: { disableDefaultStyle: true },
        })
      );
    });
    return Promise.all(drawn).then(() =>
      document.body.setAttribute('data-drawn', Number(document.body.dataset.drawn ?? 0) + 1),
    );
  }

  // A period that ends before it starts becomes the day that was typed last.
  function changed(name, value) {
    const fields = byId('choice').elements;
    if (name === 'since' || name === 'last') {
      if (!value) return;
      choice[name] = value < page.since ? page.since : value > page.last ? page.last : value;
      if (choice.since > choice.last) choice.since = choice.last = choice[name];
      for (const each of ['since', 'last'])
        if (fields[each].value !== choice[each]) fields[each].value = choice[each];
    } else {
      choice[name] = value;
    }
    if (name === 'language') {
      formOf(data, page, choice, labels, changed);
      fields.language.focus();
    }
    draw();
    live.choiceChanged(name);
  }

  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (width !== window.innerWidth) draw();
    width = window.innerWidth;
  });
  formOf(data, page, choice, labels, changed);
  draw();

  // live.js is in live pages only.
  let live = { choiceChanged() {} };
  if (typeof startLive === 'function')
    startLive({
      data,
      page,
      choice,
      labelNow: () => labels[choice.language],
      numberNow: () => numberIn(choice.language),
      show: (text) => {
        data = tablesOf(text);
        return draw();
      },
    }).then((started) => (live = started));
}

document.addEventListener('DOMContentLoaded', start);
