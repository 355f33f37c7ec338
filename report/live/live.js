'use strict';
// The live page: SQLite and billing as WebAssembly, and the database, both inside the page. What the reader changes
// becomes SQL; the database settles, answers what report.sql asks, and takes the change back.

// ---- the database ----

async function unpacked(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A function that runs SQL and answers the first column of its rows, a line each; it throws what SQLite says.
async function openDatabase(wasm, file) {
  let memory;
  const view = () => new DataView(memory.buffer);
  const { instance } = await WebAssembly.instantiate(wasm, {
    page: {
      now_ms: Date.now,
      random: (at, size) => {
        crypto.getRandomValues(new Uint8Array(memory.buffer, at, size));
      },
    },
    env: { emscripten_notify_memory_growth: () => {} },
    wasi_snapshot_preview1: {
      // Nothing is open: C's own library alone mentions these.
      fd_close: () => 8,
      fd_write: () => 8,
      fd_seek: () => 8,
    },
  });
  const program = instance.exports;
  memory = program.memory;
  program._initialize();

  const put = (bytes, more) => {
    const at = program.live_room(bytes.length + more);
    if (!at) throw new Error('out of memory');
    const room = new Uint8Array(memory.buffer, at, bytes.length + more);
    room.set(bytes);
    room.fill(0, bytes.length);
    return at;
  };
  const textAt = (at) => {
    const bytes = new Uint8Array(memory.buffer, at);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  };
  if (program.live_open(put(file, 0), file.length)) throw new Error(textAt(program.live_error()));
  return (sql) => {
    const at = put(new TextEncoder().encode(sql), 1);
    const said = program.live_run(at);
    program.live_free(at);
    if (!said) throw new Error(textAt(program.live_error()));
    return textAt(said);
  };
}

// ---- what the reader changes, as SQL ----

const literal = (text) => (text === null ? 'NULL' : `'${String(text).replaceAll("'", "''")}'`);

// buy {team, kind, tokens, day} · rate {api, sku, from, tokens, since} · lapse {lot, day}; each may be missing.
function factsOf({ buy, rate, lapse }) {
  const facts = [];
  if (buy)
    facts.push(`INSERT INTO token_lot(team_id, kind, tokens, purchased_at)
  VALUES (${literal(buy.team)}, ${literal(buy.kind)}, ${buy.tokens}, ${literal(buy.day + ' 00:00:00')});`);
  if (rate) {
    const since = literal(rate.since + ' 00:00:00');
    const which = `api = ${literal(rate.api)} AND sku = ${literal(rate.sku)}`;
    if (rate.from < rate.since + ' 00:00:00')
      facts.push(`INSERT INTO rate_card(api, sku, effective_from, tokens, per, unit, rounding, minimum)
  SELECT api, sku, ${since}, ${rate.tokens}, per, unit, rounding, minimum
  FROM rate_card WHERE ${which} AND effective_from = ${literal(rate.from)};`);
    facts.push(
      `UPDATE rate_card SET tokens = ${rate.tokens}
  WHERE ${which} AND effective_from >= ${since} AND tokens IS NOT NULL;`,
    );
  }
  if (lapse)
    facts.push(
      `UPDATE token_lot SET expires_at = ${literal(lapse.day + ' 00:00:00')} WHERE lot_id = ${lapse.lot};`,
    );
  return facts.join('\n');
}

const SETTLE = 'INSERT INTO settlement(team_id) VALUES (NULL);';

// The lines of a page's data after the facts are changed; nothing stays changed.
function askAll(run, page, facts, queries) {
  const asked = [page.team, page.since, page.until, page.at.replace('T', ' ').replace('Z', '')];
  run('SAVEPOINT what_if');
  try {
    return run(`${facts}
${facts ? SETTLE : ''}
CREATE TEMP TABLE page AS
  SELECT column1 AS team, column2 AS since, column3 AS until, column4 AS at FROM (VALUES (${asked.map(literal)}));
${queries}`);
  } finally {
    run('ROLLBACK TO what_if; RELEASE what_if');
  }
}

// What can be changed: rates of apis that are used, as of the end; lots that are not over when the period starts.
const SQL_RATES = (page) => `
SELECT json_array(r.api, r.sku, r.effective_from, r.tokens, r.per, r.unit, a.name)
FROM rate_card r LEFT JOIN api a USING (api)
WHERE r.tokens > 0 AND r.api IN (SELECT DISTINCT api FROM usage)
  AND r.effective_from = (SELECT max(n.effective_from) FROM rate_card n
                          WHERE n.api = r.api AND n.sku = r.sku AND n.effective_from < ${literal(page.until)})
ORDER BY r.api, r.sku`;
const SQL_LOTS = (page) => `
SELECT json_array(l.lot_id, l.team_id, l.kind, substr(b.expires_at, 1, 10))
FROM token_lot l JOIN lot_balance b ON b.lot_id = l.lot_id
WHERE b.at = ${literal(page.at)} AND l.voided_at IS NULL AND b.expires_at > ${literal(page.since)}
GROUP BY l.lot_id ORDER BY b.expires_at, l.lot_id`;
const SQL_KIND = (team) => `
SELECT kind FROM token_lot WHERE team_id = ${literal(team)}
UNION ALL SELECT 'flex_token' ORDER BY 1 DESC LIMIT 1`;

// ---- the form ----

// page: what pageOf() says; labelNow(), numberNow(): in the reader's language; show(text): draws other data.
async function startLive({ data, page, choice, labelNow, numberNow, show }) {
  const panel = byId('live');
  const said = make('p', { 'role': 'status', 'id': 'live_said' });
  const code = make('pre', { id: 'live_sql' });
  const days = daysOf(page);
  const before = { wallets: data.wallets, outlook: data.outlook };
  const state = { team: data.teams[0]?.team, tokens: 0, day: days.length - 1, rate: '', price: 1, lot: '', end: '' };
  let run, rates, lots, queries, after = before, problem = '';

  async function open() {
    const text = (id) => byId(id).textContent.trim();
    queries = text('report_sql');
    run = await openDatabase(await unpacked(text('wasm')), await unpacked(text('database')));
    const rows = (sql) => run(sql).split('\n').filter(Boolean).map(JSON.parse);
    rates = rows(SQL_RATES(page)).map(([api, sku, from, tokens, per, unit, name]) => ({ api, sku, from, tokens, per, unit, name }));
    lots = rows(SQL_LOTS(page)).map(([lot, team, kind, end]) => ({ lot, team, kind, end }));
  }

  function changes() {
    const team = choice.team || state.team;
    const rate = rates[state.rate];
    const lot = lots[state.lot];
    return {
      buy: state.tokens > 0 && team !== undefined &&
        { team, kind: run(SQL_KIND(team)).trim(), tokens: state.tokens, day: days[state.day] },
      rate: rate && state.price !== 1 &&
        { ...rate, tokens: Number((rate.tokens * state.price).toPrecision(6)), since: page.since },
      lapse: lot && state.end && state.end !== lot.end && { lot: lot.lot, day: state.end },
    };
  }

  function settleAndShow() {
    const facts = factsOf(changes());
    code.textContent = facts && `${facts}\n${SETTLE}`;
    try {
      const text = askAll(run, page, facts, queries);
      after = tablesOf(text);
      problem = '';
      const drawn = show(text);
      say();
      return drawn;
    } catch (error) {
      problem = error.message;
      say();
    }
  }

  function say() {
    const label = labelNow(), number = numberNow();
    const sum = (of, column) => number(total(of.wallets.filter((row) => !choice.team || row.team === choice.team), column));
    const out = (of) => of.outlook.filter((row) => row.runs_out && (!choice.team || row.team === choice.team)).map((row) => row.runs_out).sort()[0] ?? label.never;
    said.textContent = problem
      ? fill(label.live_problem, { problem })
      : fill(label.live_said, {
          balance: sum(before, 'balance'), balance_then: sum(after, 'balance'),
          uncharged: sum(before, 'uncharged'), uncharged_then: sum(after, 'uncharged'),
          out: out(before), out_then: out(after),
        });
    said.classList.toggle('warn', problem !== '');
  }

  // While one is drawn only the latest change waits.
  let busy = false, waiting = false;
  async function changed() {
    waiting = true;
    if (busy) return;
    busy = true;
    while (waiting) {
      waiting = false;
      await settleAndShow();
      await new Promise((resume) => setTimeout(resume));
    }
    busy = false;
    panel.setAttribute('data-settled', Number(panel.dataset.settled ?? 0) + 1);
  }

  function field(name, node, shown) {
    const label = labelNow();
    const output = shown && make('output', {}, shown());
    node.name = name;
    node.value = state[name];
    node.addEventListener('input', () => {
      state[name] = node.type === 'range' ? Number(node.value) : node.value;
      if (name === 'lot') {
        state.end = lots[node.value]?.end ?? '';
        node.form.elements.end.value = state.end;
      }
      for (const each of outputs) each();
      changed();
    });
    if (output) outputs.push(() => output.replaceChildren(shown()));
    return make('label', {}, label[`live_${name}`], node, ...(output ? [output] : []));
  }
  let outputs = [];

  function form() {
    const label = labelNow(), number = numberNow();
    const select = (options) => make('select', {}, ...options.map(([value, text]) => make('option', { value }, text)));
    const range = (min, max, step) => make('input', { type: 'range', min, max, step });
    const priceOf = () => {
      const rate = rates[state.rate];
      return rate ? `${number(rate.tokens)} → ${new Intl.NumberFormat(choice.language, { maximumSignificantDigits: 6 }).format(rate.tokens * state.price)}` : '–';
    };
    outputs = [];
    const fields = [
      field('tokens', range(0, 1000, 10), () => `${number(state.tokens)} ${label.unit}`),
      field('day', range(0, days.length - 1, 1), () => days[state.day]),
      field('rate', select([['', label.none], ...rates.map((rate, i) => [i, `${rate.name ?? rate.api} ${rate.sku}`])])),
      field('price', range(0, 3, 0.05), priceOf),
      field('lot', select([['', label.none], ...lots.map((lot, i) => [i, fill(label.lot_name, { ...lot, expires: lot.end })])])),
      field('end', make('input', { type: 'date', max: '9999-12-31' })),
    ];
    if (data.teams.length > 1)
      fields.unshift(field('team', select(data.teams.map((row) => [row.team, namesOf(data.teams, 'team')(row.team)]))));
    const reset = make('button', { type: 'button', id: 'live_reset' }, label.live_reset);
    reset.addEventListener('click', () => {
      Object.assign(state, { tokens: 0, rate: '', price: 1, lot: '', end: '' });
      form();
      changed();
    });
    panel.replaceChildren(
      make('h2', {}, label.live_title),
      make('p', { class: 'say' }, label.live_note),
      make('form', { id: 'what_if' }, ...fields, reset),
      said,
      make('details', {}, make('summary', {}, label.live_sql), code),
    );
    say();
  }

  panel.hidden = false;
  try {
    await open();
  } catch (error) {
    panel.append(make('p', { class: 'say' }, fill(labelNow().live_no, { why: error.message })));
    return { choiceChanged() {} };
  }
  form();
  panel.setAttribute('data-settled', 0);
  return {
    choiceChanged(name) {
      if (name === 'language') form();
      say();
      if (name === 'team' && state.tokens) changed();
    },
  };
}
