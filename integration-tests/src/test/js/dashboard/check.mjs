// Opens the dashboard as people do. Arguments: its address, the browser, the folder for pictures. Writes a line of JSON for each finding; asks
// to have the app killed with a line KILL.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const [url, executablePath, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' });
const page = await context.newPage();
const foreign = [];
const errors = [];
page.on('request', (request) => { if (!request.url().startsWith(url)) { foreign.push(request.url()); } });
page.on('pageerror', (error) => errors.push(error.message));
// Media that are gone are 404, roll-ups of an app that starts 503.
page.on('console', (message) => { if (message.type() === 'error' && !/404|503|ERR_/.test(message.text())) { errors.push(message.text()); } });
page.on('dialog', (dialog) => { errors.push(`dialog ${dialog.message()}`); dialog.dismiss(); });

const say = (name) => console.log(JSON.stringify({ passed: name }));
const picture = (name) => page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });

async function accessible(what) {
  const violations = await page.evaluate(async (source) => {
    if (!window.axe) { (0, eval)(source); }
    return (await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations
      .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ') + ' ' + node.failureSummary).slice(0, 2).join(' | ')}`);
  }, axe);
  assert.deepEqual(violations, [], `${what} is accessible`);
}

const response = await page.goto(url);
assert.match(response.headers()['content-security-policy'], /default-src 'none'.*script-src 'self'/);

// Everything that the topics hold is shown.
await page.waitForSelector('#connection.live');
const beach = page.locator('.card', { hasText: 'beach' });
await beach.first().waitFor();
await page.waitForFunction(() => [...document.querySelectorAll('.card img')].some((image) => image.naturalWidth > 0));
assert.match(await beach.locator('blockquote').first().innerText(), /wonderful morning/);
assert.equal(await beach.locator('audio').first().evaluate((audio) => new URL(audio.src).pathname.startsWith('/api/media/audio/')), true);
assert.equal(await beach.locator('[aria-label="Contributions to the score"] li').count(), 3);
assert.ok(await beach.locator('[aria-label^="Pairs"] li').count() >= 2);
await page.waitForFunction(() => document.querySelectorAll('#topics tr').length === 3);
assert.match(await page.locator('#topics tr[data-modality=image]').innerText(), /silent for|ago/);
await page.waitForFunction(() => /UNDECODABLE 1/.test(document.querySelector('#dead-codes').textContent));
assert.match(await page.locator('#dead').innerText(), /producer’s fault/);
assert.match(await page.locator('#late').innerText(), /incomplete/);
assert.match(await page.locator('#decisions').innerText(), /rule always v2/);
assert.match(await page.locator('#decisions').innerText(), /shadow/);
await page.waitForFunction(() => document.querySelectorAll('#rollups tr').length > 0);
assert.equal(await page.locator('#chart canvas').count(), 1);
await accessible('the light page');
await picture('live-light');
say('shows what the topics hold');

// Hostile content is text.
const hostile = page.locator('.card', { hasText: '<img src=x onerror' });
await hostile.first().waitFor();
assert.match(await hostile.first().locator('blockquote').innerText(), /<script>/);
assert.equal(await page.evaluate(() => window.pwned), undefined);
assert.equal(await page.locator('.card script, .card img[src=x], .log script').count(), 0);
assert.ok((await page.locator('#group option').allInnerTexts()).some((text) => text.includes('onmouseover')));
say('takes hostile content for text');

// Filters.
const before = await page.locator('.card').count();
await page.selectOption('#group', '=g-image');
await page.waitForFunction(() => document.querySelectorAll('.card').length > 0 && [...document.querySelectorAll('.card')].every((card) => card.textContent.includes('g-image')));
assert.ok(await page.locator('.card').count() < before);
await picture('filtered-by-group');
await page.selectOption('#group', '');
await page.selectOption('#label', 'POSITIVE');
await page.waitForFunction(() => [...document.querySelectorAll('.card .score')].every((score) => score.classList.contains('POSITIVE')));
await page.selectOption('#label', '');
await page.selectOption('#rule', '=always');
await page.waitForFunction(() => document.querySelectorAll('#decisions li').length > 0 && [...document.querySelectorAll('#decisions li')].every((item) => item.textContent.includes('rule always')));
assert.ok(await page.locator('.card').count() > 0);
const severities = await page.locator('#decisions li').allInnerTexts();
const other = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].find((severity) => !severities.some((text) => text.includes(severity.toLowerCase())));
await page.selectOption('#severity', other);
await page.waitForFunction(() => document.querySelectorAll('#decisions li').length === 0 && document.querySelectorAll('.card').length === 0);
await page.selectOption('#severity', '');
await page.selectOption('#rule', '');
await page.waitForFunction((count) => document.querySelectorAll('.card').length === count, before);
say('filters by group, label, rule and severity');

// What was found in an event stands with it: boxes over the image, words under the sound, terms and known content.
await page.evaluate(async () => {
  const { media } = await import('/view.js');
  const input = (modality) => ({ modality, event: 'e', partition: 0, offset: 0 });
  const place = document.createElement('section');
  place.id = 'found';
  place.setAttribute('aria-label', 'found');
  place.className = 'media';
  place.append(media({ ...input('image'), known: { id: 'k1', label: 'scam', by: 'pdq', distance: 12 } }, [{ ...input('writing'), derived_from: 'image', text: 'BUY <b>NOW</b>',
    terms: [{ list: 'scams', term: 'buy now' }], passages: [{ text: 'BUY <b>NOW</b>', confidence: 0.9, left: 10, top: 20, right: 60, bottom: 40 }] }]),
  media(input('audio'), [{ ...input('speech'), derived_from: 'audio', text: 'hello there', passages: [{ text: 'hello there', confidence: 0.5, start_ms: 61000, end_ms: 62000 }] }]),
  media(input('audio'), [{ ...input('speech'), derived_from: 'audio' }]));
  document.querySelector('main').append(place);
});
await page.waitForFunction(() => document.querySelector('#found rect'));
const box = await page.evaluate(() => {
  const [layer, image] = [document.querySelector('#found svg'), document.querySelector('#found img')];
  const [drawn, rect] = [image.getBoundingClientRect(), document.querySelector('#found rect').getBoundingClientRect()];
  const scale = Math.min(drawn.width / image.naturalWidth, drawn.height / image.naturalHeight);
  return { title: layer.querySelector('title').textContent, expected: [drawn.left + (drawn.width - image.naturalWidth * scale) / 2 + 10 * scale, drawn.top + (drawn.height - image.naturalHeight * scale) / 2 + 20 * scale], found: [rect.left, rect.top] };
});
assert.equal(box.title, 'BUY <b>NOW</b> (90.0 %)');
box.found.forEach((value, i) => assert.ok(Math.abs(value - box.expected[i]) < 3, JSON.stringify(box)));
assert.match(await page.locator('#found [data-derived=speech]').first().innerText(), /1:01 hello there/);
assert.match(await page.locator('#found [data-derived=speech]').last().innerText(), /emit.texts/);
assert.match(await page.locator('#found .chips').first().innerText(), /known: scam[^]*scams: buy now/);
assert.equal(await page.locator('#found b').count(), 0);
await page.locator('#found').screenshot({ path: `${pictures}/found.png` });
await accessible('what was found');
await page.evaluate(() => document.querySelector('#found').remove());
say('shows what was found in an event with it');

// Keyboard alone: the skip link comes first, pausing works, and what is paused stays.
await page.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0); });
await page.keyboard.press('Tab');
assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
await page.keyboard.press('Enter');
assert.equal(await page.evaluate(() => document.activeElement.id), 'windows-title');
await page.focus('#pause');
await page.keyboard.press('Space');
assert.equal(await page.getAttribute('#pause', 'aria-pressed'), 'true');
assert.match(await page.locator('#connection').innerText(), /paused/);
const shown = await page.locator('#topics').innerText();
const next = await context.newPage();
await next.goto(url);
// A second page gets two further ticks meanwhile; this one must not.
const first = await next.waitForFunction(() => document.querySelector('#topics').textContent || false);
const text = await first.jsonValue();
await next.waitForFunction((was) => document.querySelector('#topics').textContent !== was, text);
assert.equal(await page.locator('#topics').innerText(), shown);
await next.close();
await picture('paused');
await page.keyboard.press('Space');
await page.waitForFunction((was) => document.querySelector('#topics').innerText !== was, shown);
say('pauses and goes on by keyboard');

// Dark, and as narrow as a telephone.
await page.click('#theme');
assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
await accessible('the dark page');
await picture('dark');
await page.setViewportSize({ width: 360, height: 740 });
await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth && document.querySelector('#chart canvas').getBoundingClientRect().right <= window.innerWidth);
await accessible('the narrow page');
await picture('narrow-dark');
await page.setViewportSize({ width: 2200, height: 1200 });
await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth);
await picture('wide-dark');
say('fits from 360 px to wide, dark and light');

assert.deepEqual(foreign, []);
assert.deepEqual(errors, []);
say('loads nothing from elsewhere, without an error');

console.log('KILL');
await page.waitForSelector('#connection.lost', { timeout: 60_000 });
await picture('connection-lost');
say('shows when the app is gone');
await browser.close();
