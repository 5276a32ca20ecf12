// Receivers for Express 4 and 5 (EXPRESS names the package), one per route, each wrong in the way of its route.
import crypto from 'node:crypto'
import fs from 'node:fs'

const { default: express } = await import(process.env.EXPRESS)
const app = express()
const secret = process.env.BLITZ_WEBHOOK_SECRET

const hmac = (text, key = secret) => crypto.createHmac('sha256', key).update(text).digest('hex')
const stringify = (req) => JSON.stringify(req.body)

function answer(req, res, expected, header = 'x-webhook-signature') {
  if (req.get(header) !== expected) return res.status(401).json({ error: 'Invalid signature' })
  res.json({ received: true })
}

// ---- correct

app.post('/correct', express.raw({ type: () => true, limit: '5mb' }), (req, res) => {
  const expected = Buffer.from(hmac(Buffer.isBuffer(req.body) ? req.body : ''))
  const received = Buffer.from(req.get('x-webhook-signature') ?? '')
  if (received.length !== expected.length || !crypto.timingSafeEqual(received, expected)) return res.sendStatus(401)
  res.sendStatus(200)
})
app.post('/documented', express.json({ limit: '5mb' }), (req, res) => answer(req, res, hmac(stringify(req) ?? '')))

// ---- the body

app.post('/no-parser', (req, res) => answer(req, res, hmac(JSON.stringify(req.body))))

app.post('/urlencoded', express.urlencoded({ extended: true }), (req, res) => {
  answer(req, res, hmac(JSON.stringify(req.body)))
})

app.post('/empty-object', (req, res) => {
  const payload = req.body || {}
  answer(req, res, hmac(JSON.stringify(payload)))
})

app.post('/any-form', express.urlencoded({ extended: false, type: '*/*' }), (req, res) => {
  answer(req, res, hmac(JSON.stringify(req.body)))
})

app.post('/object-text', express.json(), (req, res) => answer(req, res, hmac(`${req.body}`)))

app.post('/undefined-text', (req, res) => answer(req, res, hmac(String(req.body))))

app.post('/buffer-json', express.raw({ type: 'application/json' }), (req, res) => {
  answer(req, res, hmac(JSON.stringify(req.body)))
})

app.post('/text-json', express.text({ type: 'application/json' }), (req, res) => {
  answer(req, res, hmac(JSON.stringify(req.body)))
})

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])])
  )
}
app.post('/sorted', express.json(), (req, res) => answer(req, res, hmac(JSON.stringify(sorted(req.body)))))

app.post('/pretty', express.json(), (req, res) => answer(req, res, hmac(JSON.stringify(req.body, null, 2))))

app.post('/responses-only', express.json(), (req, res) => {
  answer(req, res, hmac(JSON.stringify(req.body.responses ?? req.body.response)))
})

function camelized(value) {
  if (Array.isArray(value)) return value.map(camelized)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.replace(/_(\w)/g, (_, next) => next.toUpperCase()), camelized(one)])
  )
}
app.post('/camel-case', express.json(), (req, _res, next) => {
  req.body = camelized(req.body)
  next()
})
app.post('/camel-case', (req, res) => answer(req, res, hmac(JSON.stringify(req.body))))

app.post('/line', express.text({ type: '*/*' }), (req, res) => answer(req, res, hmac(`${req.body}\n`)))

const afterJson = express.Router()
afterJson.use(express.json())
afterJson.post('/', express.raw({ type: 'application/json' }), (req, res) => answer(req, res, hmac(req.body)))
app.use('/after-json', afterJson)

app.post('/lengths', express.raw({ type: '*/*' }), (req, res) => {
  const expected = Buffer.from(hmac(req.body), 'hex')
  const received = Buffer.from(req.get('x-webhook-signature') ?? '')
  if (!crypto.timingSafeEqual(received, expected)) return res.sendStatus(401)
  res.sendStatus(200)
})

// ---- the secret

const raw = express.raw({ type: 'application/json', limit: '5mb' })

const fromFile = fs.readFileSync('secret.txt', 'utf8')
app.post('/secret-newline', raw, (req, res) => answer(req, res, hmac(req.body, fromFile)))

const dotenv = Object.fromEntries(
  fs
    .readFileSync('.env', 'utf8')
    .split('\n')
    .map((line) => line.split('='))
)
app.post('/secret-quoted', raw, (req, res) => answer(req, res, hmac(req.body, dotenv.WEBHOOK_SECRET)))

app.post('/secret-unset', raw, (req, res) => answer(req, res, hmac(req.body, process.env.BLITZ_SECRET || '')))

app.post('/secret-undefined', raw, (req, res) => answer(req, res, hmac(req.body, `${process.env.BLITZ_SECRET}`)))

app.post('/secret-base64', raw, (req, res) => answer(req, res, hmac(req.body, Buffer.from(secret, 'base64'))))

app.post('/secret-hex', raw, (req, res) => answer(req, res, hmac(req.body, Buffer.from(secret, 'hex'))))

app.post('/secret-other', raw, (req, res) => answer(req, res, hmac(req.body, process.env.STAGING_SECRET)))

app.post('/app-key', raw, (req, res) => {
  const key = JSON.parse(req.body).app_key
  answer(req, res, hmac(req.body, key ?? ''))
})

// ---- the digest and its header

app.post('/base64', raw, (req, res) => {
  answer(req, res, crypto.createHmac('sha256', secret).update(req.body).digest('base64'))
})
app.post('/prefix', raw, (req, res) => answer(req, res, `sha256=${hmac(req.body)}`))
app.post('/upper', raw, (req, res) => answer(req, res, hmac(req.body).toUpperCase()))
app.post('/sha1', raw, (req, res) => {
  answer(req, res, crypto.createHmac('sha1', secret).update(req.body).digest('hex'))
})
app.post('/unkeyed', raw, (req, res) => {
  answer(
    req,
    res,
    crypto
      .createHash('sha256')
      .update(secret + req.body)
      .digest('hex')
  )
})
app.post('/header-blitz', raw, (req, res) => answer(req, res, hmac(req.body), 'x-blitz-signature'))

// ---- one fault, and code around the check

app.post('/newline-typed', raw, (req, res) => {
  if (req.get('x-webhook-signature') !== hmac(req.body, fromFile)) return res.sendStatus(401)
  // Fails for an answer, which has no responses.
  const texts = JSON.parse(req.body).responses.map((one) => one.response)
  res.json({ stored: texts.length })
})
app.post('/request-ids', raw, (req, res) => {
  const expected = hmac(req.body, Buffer.from(secret, 'base64'))
  if (req.get('x-webhook-signature') === expected) return res.sendStatus(202)
  res.status(403).json({ message: 'Forbidden', requestId: crypto.randomUUID(), at: new Date().toISOString() })
})
app.post('/completions-only', express.json(), (req, res) => {
  if (req.body.event_type !== 'response_group') return res.status(400).json({ error: 'unknown event' })
  answer(req, res, hmac(JSON.stringify(req.body), fromFile))
})

// ---- two at once

app.post('/empty-object-prefix', (req, res) => answer(req, res, `sha256=${hmac(JSON.stringify(req.body ?? {}))}`))

app.post('/hub', express.raw({ type: '*/*' }), (req, res) => {
  answer(req, res, `sha256=${hmac(req.body)}`, 'x-hub-signature-256')
})

app.post('/as-others-do', raw, (req, res) => {
  const key = Buffer.from(secret, 'base64')
  answer(req, res, crypto.createHmac('sha256', key).update(req.body).digest('base64'))
})

app.post('/newline-header', raw, (req, res) => answer(req, res, hmac(req.body, fromFile), 'x-signature'))

app.post('/sha512-base64', raw, (req, res) => {
  answer(req, res, crypto.createHmac('sha512', secret).update(req.body).digest('base64'))
})

// ---- what nobody would guess

app.post('/timestamp', raw, (req, res) => {
  answer(req, res, hmac(`${req.get('x-webhook-timestamp')}.${req.body}`))
})
app.post('/url-and-body', raw, (req, res) => answer(req, res, hmac(`https://api.example.com${req.originalUrl}${req.body}`)))
app.post('/hashed-key', raw, (req, res) => {
  const key = crypto.createHash('sha256').update(`v2:${secret}`).digest()
  answer(req, res, hmac(req.body, key))
})

// ---- not the signature

app.post('/csrf', express.json(), (req, _res, next) => {
  if (!req.get('csrf-token')) {
    return next(Object.assign(new Error('invalid csrf token'), { status: 403, code: 'EBADCSRFTOKEN' }))
  }
  next()
})
app.post('/limit', express.json({ limit: '100b' }), (req, res) => answer(req, res, hmac(stringify(req))))
app.get('/get-only', (_req, res) => res.sendStatus(200))
app.all('/https-only', (req, res) => res.redirect(308, `https://${req.hostname}${req.originalUrl}`))
app.all('/behind-login', (_req, res) => res.redirect('/login'))
app.all('/login', (_req, res) => res.send('<h1>Sign in</h1><form><input type="password"></form>'))
app.post('/basic-auth', (req, res) => {
  if (!req.get('authorization')) return res.set('WWW-Authenticate', 'Basic realm="staging"').sendStatus(401)
  res.sendStatus(200)
})
app.post('/form-only', (req, res) => {
  if (!req.is('application/x-www-form-urlencoded')) return res.status(415).send('Unsupported Media Type')
  express.text({ type: '*/*' })(req, res, () => answer(req, res, hmac(req.body)))
})
app.post('/unknown-survey', raw, (req, res) => {
  if (req.get('x-webhook-signature') !== hmac(req.body)) return res.sendStatus(401)
  res.status(404).json({ error: `There is no survey ${JSON.parse(req.body).survey_id}` })
})
app.post('/leaks', raw, (req, res) => {
  const expected = hmac(JSON.stringify(JSON.parse(req.body), null, 4), fromFile)
  if (req.get('x-webhook-signature') === expected) return res.sendStatus(200)
  res.status(401).json({ error: 'signature mismatch', expected, received: req.get('x-webhook-signature') })
})

// ---- accepts too much

app.post('/unverified', express.json({ limit: '5mb', strict: false }), (_req, res) => res.sendStatus(200))
app.post('/only-logged', raw, (req, res) => {
  if (req.get('x-webhook-signature') !== hmac(req.body)) console.log('bad signature')
  res.sendStatus(200)
})
app.post('/if-present', raw, (req, res) => {
  const signature = req.get('x-webhook-signature')
  if (signature && signature !== hmac(req.body)) return res.sendStatus(401)
  res.sendStatus(200)
})
app.post('/starts-with', raw, (req, res) => {
  const signature = req.get('x-webhook-signature')
  if (!signature || !hmac(req.body).startsWith(signature.slice(0, 10))) return res.sendStatus(401)
  res.sendStatus(200)
})
app.all('/single-page', (_req, res) => res.send('<!doctype html><div id="root"></div><script src="/app.js"></script>'))

app.listen(Number(process.env.PORT), '127.0.0.1')
