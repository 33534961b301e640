import { chip, clock, contributions, deadLetter, decision, el, late, media, pairs, rollup, signed, span, time } from '/view.js';

const CARDS = 24;
const LOGGED = 60;
const CURVE_SECONDS = 600;
/** The curve has a point for so many seconds. */
const POINT_SECONDS = 5;
const QUIET_MS = 10_000;

const at = (id) => document.getElementById(id);
const state = { paused: false, group: '', label: '', rule: '', severity: '', windows: new Map(), seconds: [], groups: new Set(), rules: new Set(), tick: null, missed: 0 };

// ---- windows -------------------------------------------------------------------------------------------------------

/** Sentiment, matches and decisions of one window are one card. */
function windowOf(record) {
  const key = `${record.subject}|${record.start}`;
  let window = state.windows.get(key);
  if (!window) {
    window = { key, subject: record.subject, group: record.group, records: new Map(), decisions: new Map(), at: record.at };
    state.windows.set(key, window);
  }
  window.start = record.start;
  window.end = record.end;
  window.at = Math.max(window.at, record.at);
  return window;
}

function trim() {
  if (state.windows.size > 200) {
    const old = [...state.windows.values()].sort((a, b) => a.at - b.at).slice(0, state.windows.size - 150);
    old.forEach((window) => state.windows.delete(window.key));
  }
}

const standing = (window) => [...window.records.values()].find((record) => record.kind === 'sentiment');

/** Whether a decision is one that the reviewer asked for. */
const chosen = (record) => (!state.rule || record.rule === state.rule.slice(1)) && (!state.severity || record.severity === state.severity);

function shown(window) {
  const sentiment = standing(window);
  const decided = (!state.rule && !state.severity) || [...window.decisions.values()].some((record) => record.status !== 'RETRACTED' && chosen(record));
  return decided && (!state.group || window.group === state.group.slice(1)) && (!state.label || (sentiment && sentiment.label === state.label)) && window.records.size > 0;
}

function card(window) {
  const sentiment = standing(window);
  const all = [...window.records.values()];
  const decisions = [...window.decisions.values()].filter((record) => record.status !== 'RETRACTED');
  const retracted = all.every((record) => record.status === 'RETRACTED');
  const inputs = new Map(all.flatMap((record) => record.inputs).map((input) => [`${input.modality}|${input.event}`, input]));
  const chips = [window.group ? chip(window.group) : null, ...new Set(all.filter((record) => record.status !== 'FINAL').map((record) => record.status.toLowerCase()))]
    .filter(Boolean).map((each) => (typeof each === 'string' ? chip(each) : each));
  const revision = Math.max(...all.map((record) => record.revision));
  if (revision > 0) {
    chips.push(chip(`revision ${revision}`));
  }
  decisions.forEach((record) => chips.push(chip(`${record.action} (${record.rule})`, record.mode === 'SHADOW' ? 'shadow' : 'alert', record.condition)));
  const item = el('li', { className: `card${decisions.some((record) => record.mode === 'ENFORCE') ? ' flagged' : ''}${retracted ? ' retracted' : ''}`, attributes: { 'data-window': window.key } },
    el('div', { className: 'head' }, el('h3', {}, window.subject), el('span', {}, time(window.start), ' – ', time(window.end))),
    sentiment ? el('div', { className: 'head' }, el('span', { className: `score ${sentiment.label}` }, `${sentiment.label} ${signed(sentiment.score)}`),
      el('span', { className: 'chip' }, `agreement ${sentiment.agreement.toFixed(2)}`)) : null,
    chips.length ? el('div', { className: 'chips' }, ...chips) : null);
  // A picture that stands already is not fetched again.
  window.media = window.media || el('div', { className: 'media' });
  window.inputs = window.inputs || new Set();
  const derived = [...inputs.values()].filter((input) => input.derived_from);
  inputs.forEach((input, key) => {
    if (!input.derived_from && !window.inputs.has(key) && window.inputs.size < 4) {
      window.inputs.add(key);
      window.media.append(media(input, derived.filter((found) => found.derived_from === input.modality && found.event === input.event)));
    }
  });
  item.append(window.media);
  if (sentiment) {
    item.append(contributions(sentiment.contributions));
  }
  all.filter((record) => record.kind === 'match').forEach((record) => item.append(pairs(record.pairs, record.pairs_in_all)));
  all.filter((record) => record.kind === 'captions').forEach((record) => item.append(el('p', {}, `“${record.phrase}”`)));
  all.filter((record) => record.kind === 'fusion').forEach((record) => item.append(el('div', { className: 'chips' },
    ...Object.entries(record.labels).map(([field, label]) => chip(`${record.operator} ${field}: ${label}`)))));
  return item;
}

function drawWindows() {
  const newest = [...state.windows.values()].filter(shown).sort((a, b) => b.at - a.at).slice(0, CARDS);
  const list = at('windows');
  const playing = list.querySelector('audio') && [...list.querySelectorAll('audio')].some((audio) => !audio.paused);
  if (playing || list.contains(document.activeElement)) {
    // Who listens or reads on with the keyboard is not interrupted; cards that are new come in above.
    const known = new Set([...list.children].map((child) => child.dataset.window));
    newest.filter((window) => !known.has(window.key)).reverse().forEach((window) => list.prepend(card(window)));
  } else {
    list.replaceChildren(...newest.map(card));
  }
  at('windows-empty').hidden = list.children.length > 0;
}

// ---- lists ---------------------------------------------------------------------------------------------------------

const logs = { decisions: [], dead: [], late: [] };
const views = { decisions: decision, dead: deadLetter, late };

function log(name, record) {
  logs[name].unshift(record);
  logs[name].length = Math.min(logs[name].length, LOGGED);
}

function drawLogs() {
  Object.keys(logs).forEach((name) => {
    const records = logs[name].filter((record) => (!state.group || record.group === undefined || record.group === state.group.slice(1)) && (name !== 'decisions' || chosen(record)));
    at(name).replaceChildren(...records.map(views[name]));
    at(`${name}-empty`).hidden = records.length > 0;
  });
}

function take(record) {
  if (record.group !== undefined && record.group !== null) {
    addGroup(record.group);
  }
  if (record.kind === 'decision') {
    log('decisions', record);
    addRule(record.rule);
    windowOf(record).decisions.set(record.rule, record);
  } else if (record.kind === 'dead') {
    log('dead', record);
  } else if (record.kind === 'late' || record.kind === 'incomplete') {
    log('late', record);
  } else {
    windowOf(record).records.set(record.id, record);
  }
  trim();
}

// ---- curve ---------------------------------------------------------------------------------------------------------

let chart;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function buildChart() {
  const place = at('chart');
  if (chart) {
    chart.destroy();
  }
  const axis = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line') } };
  chart = new window.uPlot({
    width: Math.max(200, place.clientWidth), height: 190, cursor: { y: false },
    // Half of the last tick's label, which is centred on the edge of the plot.
    padding: [null, 32, null, null],
    // Left alone, a single point would be a day wide.
    scales: { x: { time: true, range: (u) => [u.data[0][0] ?? Date.now() / 1000 - 60, Math.max(u.data[0].at(-1) ?? Date.now() / 1000, (u.data[0][0] ?? 0) + 60)] }, y: { range: [-1, 1] } },
    axes: [{ ...axis, values: (u, splits) => splits.map((second) => clock(second * 1000)), space: 80 }, { ...axis, size: 46 }],
    legend: { show: false },
    series: [{}, { label: 'mean score', stroke: color('--accent'), width: 2, spanGaps: true, points: { size: 5 } }],
  }, [[], []], place);
  drawCurve();
}

function drawCurve() {
  if (!chart) {
    return;
  }
  const points = new Map();
  let count = 0;
  let sum = 0;
  state.seconds.forEach(([second, cells]) => {
    cells.forEach(([group, label, n, scores]) => {
      if ((!state.group || group === state.group.slice(1)) && (!state.label || label === state.label)) {
        const x = Math.floor(second / 1000 / POINT_SECONDS) * POINT_SECONDS;
        const point = points.get(x) || [0, 0];
        points.set(x, [point[0] + n, point[1] + scores]);
        count += n;
        sum += scores;
      }
    });
  });
  const xs = [...points.keys()].sort((a, b) => a - b);
  chart.setData([xs, xs.map((x) => points.get(x)[1] / points.get(x)[0])]);
  at('chart-summary').textContent = count === 0 ? 'no result yet' : `${count} results in the last ten minutes, mean score ${signed(sum / count)}`;
}

// ---- topics --------------------------------------------------------------------------------------------------------

const BEGINNING = -9e18;

/** Which partition every window waits for: of those that are not idle the one furthest behind. */
function holder(topics) {
  let held = null;
  topics.forEach((topic) => {
    if (!topic.job || topic.job.idle) {
      return;
    }
    const partitions = topic.job.partitions || {};
    for (let partition = 0; partition < topic.partitions; partition++) {
      const known = partitions[partition];
      const watermark = known ? known.watermark : undefined;
      if (known && known.idle) {
        continue;
      }
      // A partition that has delivered nothing holds everything back until it counts as idle; where the whole modality moves, it is idle.
      if (!known && topic.job.watermark > BEGINNING) {
        continue;
      }
      const value = watermark === undefined ? -Infinity : watermark;
      if (held === null || value < held.value) {
        held = { modality: topic.modality, partition, value };
      }
    }
  });
  return held;
}

function drawTopics(tick) {
  const held = holder(tick.topics);
  const newest = Math.max(...tick.topics.map((topic) => topic.newest || 0));
  at('topics').replaceChildren(...tick.topics.map((topic) => {
    const quiet = topic.newest === undefined ? null : tick.at - topic.newest;
    const watermark = topic.job === undefined ? '–' : topic.job.idle ? 'idle' : topic.job.watermark > BEGINNING && topic.job.watermark < -BEGINNING ? clock(topic.job.watermark) : 'none yet';
    return el('tr', { attributes: { 'data-modality': topic.modality } }, el('th', { scope: 'row' }, topic.modality), el('td', {}, topic.topic),
      el('td', { className: 'number' }, topic.rate === undefined ? '–' : topic.rate.toFixed(1)), el('td', { className: 'number' }, topic.lag === undefined ? '–' : String(topic.lag)),
      el('td', { className: quiet !== null && quiet > QUIET_MS ? 'quiet' : '' }, quiet === null ? 'none yet' : quiet > QUIET_MS ? `silent for ${span(quiet)}, since ${clock(topic.newest)}` : `${span(quiet)} ago`),
      el('td', {}, watermark, ' ', held && held.modality === topic.modality ? chip(`held by partition ${held.partition}`) : null));
  }));
  const sentence = at('watermark');
  sentence.classList.toggle('held', held !== null && held.value === -Infinity);
  const text = tick.job === 'unreachable' ? 'the job’s endpoint (rollup.job) does not answer: no watermark is known, and no new results are to be expected if the job is down'
    : held === null ? (tick.topics.some((topic) => topic.job) ? 'every partition is idle: the watermark moves on with the clock until the open windows are closed, unless align.when_silent is hold' : tick.job === 'not_configured' ? 'what holds the watermark back is not known: set rollup.job to the job’s endpoint' : 'the job reports no watermark yet')
    : held.value === -Infinity ? `${held.modality}, partition ${held.partition}, has delivered nothing yet and holds every window back until it counts as idle`
      : `${held.modality}, partition ${held.partition}, holds the watermark back, at ${clock(held.value)}`;
  if (sentence.textContent !== text) {
    sentence.textContent = text;
  }
  at('counts').replaceChildren(...Object.entries(tick.counts).map(([kind, count]) => el('li', {}, `${kind} ${count}`)));
  at('dead-codes').replaceChildren(...Object.entries(tick.dead_by_code).map(([code, count]) => el('li', {}, `${code} ${count}`)));
  at('left-out').hidden = tick.left_out === 0;
  at('left-out').textContent = `${tick.left_out} records of the last second are not listed; the curve and the roll-ups count all`;
}

// ---- groups and roll-ups -------------------------------------------------------------------------------------------

function addGroup(group) {
  if (!state.groups.has(group) && state.groups.size < 500) {
    state.groups.add(group);
    at('group').append(el('option', { value: `=${group}` }, group === '' ? '(none)' : group));
  }
}

function addRule(rule) {
  if (!state.rules.has(rule) && state.rules.size < 500) {
    state.rules.add(rule);
    at('rule').append(el('option', { value: `=${rule}` }, rule));
    at('rule-label').hidden = false;
    at('severity-label').hidden = false;
  }
}

async function drawRollups() {
  const window = at('rollup-window').value;
  if (!window) {
    return;
  }
  const group = state.group ? `&group=${encodeURIComponent(state.group.slice(1))}` : '';
  try {
    const response = await fetch(`/api/rollups?window=${encodeURIComponent(window)}${group}`);
    if (response.ok) {
      const rows = (await response.json()).rollups.slice(-12).reverse();
      at('rollups').replaceChildren(...rows.map(rollup));
      at('rollups-table').hidden = rows.length === 0;
      at('rollups-empty').hidden = rows.length > 0;
    }
  } catch {
    // The connection's own line shows that the app is gone.
  }
}

// ---- the feed ------------------------------------------------------------------------------------------------------

let drawing = false;

/** At most one drawing a frame, none while paused. */
function draw() {
  if (!drawing && !state.paused) {
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      drawWindows();
      drawLogs();
      drawCurve();
    });
  }
}

function connection(kind, text) {
  at('connection').className = `connection ${kind}`;
  if (at('connection').textContent !== text) {
    at('connection').textContent = text;
  }
}

function listen() {
  const feed = new EventSource('/api/feed');
  feed.onopen = () => connection('live', state.paused ? 'paused' : 'live');
  feed.onerror = () => connection('lost', 'connection lost, trying again');
  feed.addEventListener('full', () => { feed.close(); connection('lost', 'too many dashboards are open'); });
  feed.addEventListener('snapshot', (event) => {
    const snapshot = JSON.parse(event.data);
    state.windows.clear();
    Object.values(logs).forEach((records) => { records.length = 0; });
    state.seconds = snapshot.sentiment;
    snapshot.records.sort((a, b) => a.at - b.at).forEach(take);
    draw();
  });
  feed.addEventListener('record', (event) => {
    take(JSON.parse(event.data));
    if (state.paused) {
      state.missed++;
      connection('live', `paused, ${state.missed} records since`);
    }
    draw();
  });
  feed.addEventListener('tick', (event) => {
    const tick = JSON.parse(event.data);
    state.seconds.push([tick.at, tick.sentiment]);
    state.seconds = state.seconds.filter(([second]) => second > tick.at - CURVE_SECONDS * 1000);
    if (!state.paused) {
      connection(tick.job === 'unreachable' ? 'lost' : 'live', tick.job === 'unreachable' ? 'the job does not answer' : 'live');
      drawTopics(tick);
      drawCurve();
    }
  });
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  if (chart) {
    buildChart();
  }
}

function controls() {
  at('pause').addEventListener('click', () => {
    state.paused = !state.paused;
    state.missed = 0;
    at('pause').setAttribute('aria-pressed', String(state.paused));
    connection('live', state.paused ? 'paused' : 'live');
    draw();
  });
  at('group').addEventListener('change', () => { state.group = at('group').value; draw(); drawRollups(); });
  at('label').addEventListener('change', () => { state.label = at('label').value; draw(); });
  at('rule').addEventListener('change', () => { state.rule = at('rule').value; draw(); });
  at('severity').addEventListener('change', () => { state.severity = at('severity').value; draw(); });
  at('rollup-window').addEventListener('change', drawRollups);
  const system = matchMedia('(prefers-color-scheme: dark)');
  theme(system.matches ? 'dark' : 'light');
  system.addEventListener('change', () => theme(system.matches ? 'dark' : 'light'));
  at('theme').addEventListener('click', () => theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
  new ResizeObserver(() => chart && chart.setSize({ width: Math.max(200, at('chart').clientWidth), height: 190 })).observe(at('chart'));
}

async function begin() {
  controls();
  buildChart();
  const pipeline = await (await fetch('/api/pipeline')).json();
  at('pipeline').textContent = pipeline.pipeline;
  document.title = `Sensorium ${pipeline.pipeline}`;
  if (pipeline.group_by) {
    at('group-name').textContent = pipeline.group_by;
    at('group-label').hidden = false;
    fetch('/api/groups').then((response) => response.json()).then((answer) => (answer.groups || []).forEach(addGroup)).catch(() => {});
  }
  pipeline.windows.forEach((window) => at('rollup-window').append(el('option', {}, window.name)));
  listen();
  drawRollups();
  setInterval(() => { if (!state.paused) { drawRollups(); } }, 5_000);
}

begin();
