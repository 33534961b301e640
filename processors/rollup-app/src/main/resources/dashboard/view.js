// Elements of the page. Content of events enters as text alone: nothing here takes markup.

/** An element. `properties` are set as properties, `attributes` by name; children are elements or text. */
export function el(tag, { attributes = {}, style = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  Object.entries(style).forEach(([name, value]) => element.style.setProperty(name, value));
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });

export function time(ms) {
  return el('time', { dateTime: new Date(ms).toISOString(), title: new Date(ms).toISOString() }, clock(ms));
}

/** A duration in words: 4 s, 3 min 20 s, 2 h 5 min. */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export const signed = (value) => (value >= 0 ? '+' : '−') + Math.abs(value).toFixed(2);

export const percent = (share) => (share === null || share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);

function bar(name, value, text, from, size, kind, middle) {
  return el('li', {}, el('span', { className: 'name', title: name }, name),
    el('span', { className: middle ? 'bar middle' : 'bar', attributes: { 'aria-hidden': 'true' } },
      el('i', { className: kind, style: { '--from': `${from}%`, '--size': `${size}%` } })),
    el('span', { className: 'value' }, text));
}

/** What each modality adds to the score or takes from it, in [-2, 2]; bars grow from the middle. */
export function contributions(values) {
  return el('ul', { className: 'bars', attributes: { 'aria-label': 'Contributions to the score' } }, ...Object.entries(values).sort().map(([name, value]) => {
    const size = Math.min(50, Math.abs(value) * 50);
    return bar(name, value, signed(value), value < 0 ? 50 - size : 50, size, value < 0 ? 'down' : 'up', true);
  }));
}

/** Pairs of modalities with their probability. */
export function pairs(all, inAll) {
  const list = el('ul', { className: 'bars', attributes: { 'aria-label': 'Pairs and the probability that they match' } }, ...all.map((pair) =>
    bar(`${pair.left} ~ ${pair.right}`, pair.probability, `${pair.probability.toFixed(2)} ${pair.matched ? '✓' : '✗'}`, 0, pair.probability * 100, pair.matched ? 'up' : '', false)));
  if (inAll > all.length) {
    list.append(el('li', {}, `and ${inAll - all.length} more`));
  }
  return list;
}

const SVG = 'http://www.w3.org/2000/svg';

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

const confident = (passage) => `${passage.text} (${percent(passage.confidence)})`;

/** Where writing was found in an image. The view box is the image's own size and fits as the image does, so boxes need no arithmetic. */
function boxes(image, passages) {
  const layer = svg('svg', { viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}`, role: 'img', 'aria-label': `Writing in the image: ${passages.map((passage) => passage.text).join(' ')}` });
  passages.forEach((passage) => layer.append(svg('rect', { x: passage.left, y: passage.top, width: passage.right - passage.left, height: passage.bottom - passage.top },
    svg('title', {}, confident(passage)))));
  return layer;
}

const position = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor((ms % 60000) / 1000)).padStart(2, '0')}`;

/** The text that was found in an event's content; records have it where emit.texts names its modality. */
function derived(input) {
  const passages = (input.passages || []).filter((passage) => passage.start_ms !== undefined);
  const place = el('div', { className: 'derived', attributes: { 'data-derived': input.modality } }, el('span', { className: 'name' }, `${input.modality} `));
  if (passages.length > 0) {
    place.append(el('ol', {}, ...passages.map((passage) => el('li', { title: percent(passage.confidence) }, el('span', { className: 'name' }, `${position(passage.start_ms)} `), passage.text))));
  } else {
    place.append(el('span', {}, input.text !== undefined ? input.text : 'text found; emit.texts shows it here'));
  }
  return place;
}

/** Terms that were found in an event's text, and the known item that its content matches. */
function evidence(input) {
  const terms = [...new Set((input.terms || []).map((term) => `${term.list}: ${term.term}`))];
  return [...terms.map((term) => chip(term, 'alert', `in ${input.modality}`)),
    input.known ? chip(`known: ${input.known.label || input.known.id}`, 'alert', `${input.known.id}, by ${input.known.by}, distance ${input.known.distance}`) : null].filter(Boolean);
}

/**
 * An event's media, fetched by its coordinates; the server detects its type from its bytes. Below it what was found in it.
 *
 * @param found the inputs that are derived from the event
 */
export function media(input, found = []) {
  const url = `/api/media/${encodeURIComponent(input.modality)}/${input.partition}/${input.offset}`;
  const place = el('div', { attributes: { 'data-media': input.modality } });
  fetch(url).then(async (response) => {
    const type = response.headers.get('Content-Type') || '';
    if (type.startsWith('image/')) {
      const image = el('img', { src: url, loading: 'lazy', alt: `${input.modality} event ${input.event}` });
      const framed = el('div', { className: 'framed' }, image);
      const passages = found.flatMap((each) => each.passages || []).filter((passage) => passage.left !== undefined);
      if (passages.length > 0) {
        image.addEventListener('load', () => framed.append(boxes(image, passages)), { once: true });
      }
      place.prepend(framed);
    } else if (type.startsWith('audio/')) {
      place.prepend(el('audio', { src: url, controls: true, preload: 'none', attributes: { 'aria-label': `${input.modality} event ${input.event}` } }));
    } else {
      const answer = await response.json();
      place.prepend(answer.text !== undefined ? el('blockquote', {}, answer.text) : el('p', { className: 'gone' }, `${input.modality}: ${answer.note || answer.problem}`));
    }
  }).catch(() => place.prepend(el('p', { className: 'gone' }, `${input.modality}: cannot be loaded`)));
  place.append(...found.map(derived));
  const chips = [input, ...found].flatMap(evidence);
  if (chips.length > 0) {
    place.append(el('div', { className: 'chips' }, ...chips));
  }
  return place;
}

export function chip(text, kind = '', title = '') {
  return el('span', { className: `chip ${kind}`, title }, text);
}

/** A moderation decision in the log. */
export function decision(record) {
  return el('li', {}, el('strong', {}, `${record.action} `), chip(record.severity.toLowerCase(), ['HIGH', 'CRITICAL'].includes(record.severity) ? 'alert' : ''), ' ',
    record.mode === 'SHADOW' ? chip('shadow', 'shadow') : null, record.status === 'RETRACTED' ? chip('retracted') : null, ' ', record.subject, ' ', time(record.at),
    el('p', {}, `rule ${record.rule} v${record.version}: ${record.condition}`),
    el('p', {}, Object.entries(record.values).map(([name, value]) => `${name} = ${value}`).join(', ')));
}

export function deadLetter(record) {
  return el('li', {}, el('strong', {}, record.code), ` ${record.origin} `, time(record.at),
    el('p', {}, `${record.fault === 'PRODUCER' ? 'the producer’s fault' : 'the platform’s fault'}, in ${record.stage}: ${record.message}`));
}

export function late(record) {
  return record.kind === 'late'
    ? el('li', {}, el('strong', {}, 'late '), `${record.subject}: ${record.modality} ${record.event}, ${span(record.lateness_ms)} behind the watermark `, time(record.at))
    : el('li', {}, el('strong', {}, record.status === 'RETRACTED' ? 'completed after all ' : 'incomplete '),
      `${record.subject}: has ${record.inputs.map((input) => input.modality).join(', ')}, lacks ${record.missing.join(', ')}${record.operator ? ` for ${record.operator}` : ''} `, time(record.at));
}

/** A row of roll-ups. */
export function rollup(row) {
  const shares = el('span', { className: 'shares', attributes: { role: 'img', 'aria-label': ['NEGATIVE', 'NEUTRAL', 'POSITIVE'].map((label) => `${label} ${percent(row.label_shares[label] || 0)}`).join(', ') } },
    ...['NEGATIVE', 'NEUTRAL', 'POSITIVE'].map((label) => el('i', { className: label, style: { '--size': `${100 * (row.label_shares[label] || 0)}%` } })));
  const number = (text) => el('td', { className: 'number' }, text);
  return el('tr', {}, el('td', {}, time(row.window_start)), el('td', {}, row.final ? 'final' : 'open'), number(String(row.sentiment_count)),
    number(row.sentiment_mean === null ? '–' : signed(row.sentiment_mean)), number(row.sentiment_spread === null ? '–' : row.sentiment_spread.toFixed(2)), el('td', {}, shares),
    number(row.agreement_mean === null ? '–' : row.agreement_mean.toFixed(2)), number(percent(row.match_rate)), number(percent(row.incomplete_rate)), number(percent(row.late_rate)));
}
