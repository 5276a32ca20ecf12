// Cases made by node.
import crypto from 'node:crypto';
import fs from 'node:fs';
const BODY = fs.readFileSync(new URL('input.json', import.meta.url), 'utf8');
const VALUE = JSON.parse(BODY);
const SECRET = 'blitz_test_secret';
const sign = (text, secret = SECRET, form = 'hex', algorithm = 'sha256') =>
  crypto.createHmac(algorithm, secret).update(text).digest(form);
function make(made_by, codes, header, { body = BODY, secret = SECRET, dialect } = {}) {
  console.log(JSON.stringify({ made_by: `node: ${made_by}`, codes: codes.split(' '), dialect,
    body: Buffer.from(body).toString('base64'), header: Buffer.from(header).toString('base64'), secret }));
}
if (process.argv[2] === 'printings') {
  // The canonicalisation of RFC 8785, as its appendix has it.
  const canonical = (value) => Array.isArray(value) ? `[${value.map(canonical)}]` : value && typeof value === 'object'
    ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)}}` : JSON.stringify(value);
  for (const body of JSON.parse(fs.readFileSync(new URL('bodies.json', import.meta.url), 'utf8'))) {
    const emit = (call, printed) => console.log(JSON.stringify({ body, call, printed }));
    for (const [written, indent] of [['2', 2], ['4', 4], ['"\\t"', '\t']])
      emit(`JSON.stringify(value, null, ${written})`, JSON.stringify(JSON.parse(body), null, indent));
    emit('RFC 8785', canonical(JSON.parse(body)));
  }
  process.exit();
}
const dialect = (name, made_by, text) => make(made_by, 'body-reserialised', sign(text), { dialect: name });
dialect('pretty-2', 'JSON.stringify(value, null, 2)', JSON.stringify(VALUE, null, 2));
dialect('pretty-4', 'JSON.stringify(value, null, 4)', JSON.stringify(VALUE, null, 4));
dialect('pretty-tab', 'JSON.stringify(value, null, "\\t")', JSON.stringify(VALUE, null, '\t'));
const sorted = (value) => Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object'
  ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
dialect('sorted', 'keys sorted', JSON.stringify(sorted(VALUE)));
make('URLSearchParams', 'body-wrapped', sign(BODY), { body: new URLSearchParams({ id: '7', payload: BODY }).toString() });
const form = new FormData();
form.append('id', '7');
form.append('payload', BODY);
make('FormData', 'body-wrapped', sign(BODY), { body: Buffer.from(await new Response(form).arrayBuffer()) });
make('String(value)', 'body-not-serialised', sign(String(VALUE)));
make('String(undefined)', 'body-not-serialised', sign(String(undefined)));
make('JSON.stringify twice', 'body-double-encoded', sign(JSON.stringify(BODY)));
make('JSON.stringify({})', 'body-empty', sign(JSON.stringify({})));
make('JSON.stringify(value.responses)', 'body-part', sign(JSON.stringify(VALUE.responses)));
make("digest('base64')", 'digest-base64', sign(BODY, SECRET, 'base64'));
make("digest('base64url')", 'digest-base64', sign(BODY, SECRET, 'base64url'));
make('sha1', 'digest-algorithm', sign(BODY, SECRET, 'hex', 'sha1'));
make("createHash('sha256')", 'digest-unkeyed', crypto.createHash('sha256').update(BODY).digest('hex'));
make("Buffer.from(secret, 'hex')", 'secret-encoded', sign(BODY, Buffer.from('00ff10ab'.repeat(4), 'hex')),
  { secret: '00ff10ab'.repeat(4) });
make('encodeURIComponent', 'secret-escaped', sign(BODY, encodeURIComponent('a b&c/ü')), { secret: 'a b&c/ü' });
make("latin1 of the body", 'body-charset', sign(Buffer.from('{"a":"Größe"}', 'latin1')), { body: '{"a":"Größe"}' });
make('a newline in the secret, pretty-printed, in base64', 'secret-whitespace body-reserialised digest-base64',
  sign(JSON.stringify(VALUE, null, 2), SECRET + '\n', 'base64'), { dialect: 'pretty-2' });
