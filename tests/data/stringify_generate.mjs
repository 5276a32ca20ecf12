// Writes test vectors for JSON.stringify(JSON.parse(body)) and its HMAC, using the JavaScript
// engine itself as the reference. One JSON object a line:
//   id         category and number
//   body       the raw request body, base64
//   stringify  what JSON.stringify(JSON.parse(body)) gives, UTF-8, base64; null where JSON.parse
//              throws a SyntaxError (a body may be invalid UTF-8: it is decoded as Buffer.toString
//              does, each bad sequence becoming U+FFFD)
//   raw_hmac   HMAC-SHA256(secret, body), lower-case hex
//   js_hmac    HMAC-SHA256(secret, stringify), lower-case hex, or null
// Usage: node stringify_generate.mjs SEED COUNT_PER_CATEGORY > stringify.jsonl
import crypto from 'node:crypto';

const SECRET = 'blitz_test_secret';
let state = BigInt(process.argv[2] ?? 1);
const perCategory = Number(process.argv[3] ?? 100);

function random() { // xorshift64*
  state ^= state >> 12n; state ^= (state << 25n) & 0xffffffffffffffffn; state ^= state >> 27n;
  return Number((state * 2685821657736338717n) & 0xffffffffn) / 2 ** 32;
}
const int = (n) => Math.floor(random() * n);
const pick = (list) => list[int(list.length)];

function doubleBits() {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, int(2 ** 32)); view.setUint32(4, int(2 ** 32));
  return view.getFloat64(0);
}
function numberText() {
  return pick([
    () => String(int(1000)),
    () => '-' + int(1000),
    () => int(1000) + '.0',
    () => '-0', () => '0.0', () => '-0.0', () => '0e5', () => '-0e-5',
    () => { let x; do x = doubleBits(); while (!Number.isFinite(x)); return x.toString(); },
    () => { let x; do x = doubleBits(); while (!Number.isFinite(x)); return x.toExponential(int(20)); },
    () => int(9) + 1 + Array.from({ length: int(40) }, () => int(10)).join(''),
    () => '0.' + '0'.repeat(int(12)) + (int(9) + 1) + int(1e6),
    () => (int(9) + 1) + pick(['e', 'E']) + pick(['', '+', '-']) + int(25),
    () => (int(9) + 1) + '.' + int(1e9) + pick(['e', 'E']) + pick(['', '+', '-']) + int(330),
    () => pick(['1e21', '1e20', '123456789012345680000', '1e-6', '1e-7', '0.000001', '0.0000001', '5e-324',
      '2e-324', '1.7976931348623157e308', '1e309', '-1e400', '9007199254740991', '9007199254740993',
      '1152921506151679042', '4294967295', '0.1', '0.30000000000000004', '100e-2', '1.5E+3']),
  ])();
}
function escaped(code) { return '\\u' + pick([(s) => s, (s) => s.toUpperCase()])(code.toString(16).padStart(4, '0')); }
function stringText() {
  let out = '';
  for (let n = int(12); n > 0; n--) {
    out += pick([
      () => String.fromCharCode(97 + int(26)),
      () => pick(['é', 'ü', 'ß', 'ñ', 'क', 'हि', '日本', '🙂', '👩‍👩‍👧', '𝒳', 'ﷺ', '\u2028', '\u2029', '\u007f', '\u00a0', '\ufeff', '/', '<', '>', '&', "'"]),
      () => pick(['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t']),
      () => escaped(int(32)),
      () => escaped(0x20 + int(0x7fe0)),
      () => escaped(0xd800 + int(0x800)),
      () => escaped(0xd800 + int(0x400)) + escaped(0xdc00 + int(0x400)),
      () => escaped(0xdc00 + int(0x400)) + escaped(0xd800 + int(0x400)),
      () => escaped(pick([0x2028, 0x2029, 0x7f, 0x80, 0xfeff, 0xfffe, 0xffff, 0x22, 0x5c, 0x2f, 0x3c])),
    ])();
  }
  return '"' + out + '"';
}
function keyText() {
  return pick([
    stringText,
    () => JSON.stringify(pick(['a', 'b', 'c', '', ' ', '__proto__', 'constructor', 'toString', 'length', 'hasOwnProperty', 'response'])),
    () => JSON.stringify(String(int(30))),
    () => JSON.stringify(pick(['0', '00', '01', '-1', '-0', '1.5', '1e3', '+1', '4294967293', '4294967294', '4294967295',
      '4294967296', '9007199254740991', '9007199254740992', '18446744073709551615', ' 1', '1 ', '٣'])),
    () => '"' + escaped(0x30 + int(10)) + '"',
  ])();
}
const space = () => pick(['', '', '', ' ', '\n', '\t', '\r\n', '  ']);
function value(depth) {
  const kind = depth <= 0 ? int(5) : int(8);
  if (kind === 0) return numberText();
  if (kind === 1) return stringText();
  if (kind === 2) return pick(['true', 'false', 'null']);
  if (kind <= 4) return pick([numberText, stringText])();
  if (kind === 5) return '[' + space() + Array.from({ length: int(5) }, () => value(depth - 1) + space()).join(',' + space()) + ']';
  return object(depth);
}
function object(depth) {
  return '{' + space() + Array.from({ length: int(7) }, () => keyText() + space() + ':' + space() + value(depth - 1) + space()).join(',' + space()) + '}';
}
function survey() { // shaped like a Blitzllama delivery, then disturbed
  const answer = () => ({
    question_id: 'q-' + int(1e6), question_order: int(12) + 1,
    response: pick(['image upload glitches', ['image upload', 'crash issues'], '', '9', 9, null, ['Other: "x/y"'], 'बहुत अच्छा 👍', '</script>\u2028']),
    question_text: pick(['What do you think of our app?', 'Wie finden Sie „uns“?', 'A/B & <C>']),
    question_type: pick(['input_feedback', 'data_collection', 'single_select_feedback', 'multi_select_feedback', 'nps_feedback', 'scale_feedback', 'star_feedback', 'emoji_feedback', 'intro_prompt']),
    created_at: pick(['2022-06-07T22:01:07.000Z', '2022-05-13T13:40:33+00:00']),
  });
  const head = { user_id: 'user_' + int(1e4), app_key: 'key_abc', survey_id: 's-' + int(100) };
  const doc = random() < 0.5
    ? { ...head, survey_name: 'Continuous NPS survey', group_id: 'g-' + int(1e4), platform: pick(['link', 'android', 'ios']), trigger: '', event_type: 'response_group', responses: Array.from({ length: int(6) }, answer) }
    : { ...head, group_id: 'g-' + int(1e4), platform: 'android', trigger: 'home-page-trigger', ...answer() };
  const text = JSON.stringify(doc, null, pick([0, 0, 1, 2, 4, '\t']));
  return pick([(s) => s, (s) => s + '\n', (s) => s.replaceAll('\n', '\r\n'), (s) => s.replaceAll('/', '\\/'),
    (s) => s.replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')),
    (s) => s.replaceAll(':', ': '), (s) => s.replace(/("question_order":\s*\d+)/g, '$1.0')])(text);
}
function broken() {
  const good = object(2);
  return pick([
    () => good.slice(0, int(good.length)),
    () => good + pick([',', '}', ' x', '\u0000', '\ufeff', '{}', '/**/']),
    () => pick(['\ufeff', '\u00a0', '\u000b', '//c\n', '']) + good,
    () => '{"a":' + pick(['NaN', 'Infinity', '-Infinity', '.5', '1.', '+1', '01', '-', '0x10', '1e', '1_000', "'a'", 'undefined', 'True', 'None', '"\\x41"', '"\\u12"', '"\\u{41}"', '"a\nb"', '"a\tb"', '1n']) + '}',
    () => pick(['{"a":1,}', '[1,]', '{,}', '[,1]', '{a:1}', "{'a':1}", '{"a" 1}', '{"a":1 "b":2}', '', ' ', 'nul', '"', '"\\', '[', '{"a":1,,"b":2}']),
    () => { const bytes = Buffer.from(good); if (bytes.length) bytes[int(bytes.length)] = int(256); return bytes; },
    () => Buffer.concat([Buffer.from('{"a":"'), Buffer.from(Array.from({ length: 1 + int(6) }, () => 128 + int(128))), Buffer.from('z"}')]),
    () => '['.repeat(1 + int(60)) + ']'.repeat(1 + int(60)),
  ])();
}
const categories = {
  number: () => '[' + Array.from({ length: 1 + int(6) }, numberText).join(',') + ']',
  string: () => '{"response":' + stringText() + ',"other":' + stringText() + '}',
  key: () => '{' + Array.from({ length: 1 + int(9) }, () => keyText() + ':' + int(100)).join(',') + '}',
  nested: () => space() + object(4) + space(),
  scalar: () => space() + value(0) + space(),
  survey, broken,
};
for (const [name, make] of Object.entries(categories)) {
  for (let n = 0; n < perCategory; n++) {
    const made = make();
    const body = Buffer.isBuffer(made) ? made : Buffer.from(made, 'utf8');
    let text = null;
    try { text = JSON.stringify(JSON.parse(body.toString('utf8'))); } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
    const hmac = (bytes) => crypto.createHmac('sha256', SECRET).update(bytes).digest('hex');
    console.log(JSON.stringify({
      id: `${name}-${n}`, body: body.toString('base64'),
      stringify: text === null ? null : Buffer.from(text, 'utf8').toString('base64'),
      raw_hmac: hmac(body), js_hmac: text === null ? null : hmac(Buffer.from(text, 'utf8')),
    }));
  }
}
