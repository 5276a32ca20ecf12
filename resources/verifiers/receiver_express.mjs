// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  npm install express
// Run:      set BLITZ_WEBHOOK_SECRET, then: node receiver_express.mjs
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import express from 'express'

const secret = process.env.BLITZ_WEBHOOK_SECRET
if (!secret) throw new Error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')

const app = express()

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(req.body) turns 1.0 into 1. Compare as text: as hex, upper case would pass too.
// timingSafeEqual throws if the lengths differ.
function isGenuine(body, signature = '') {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

// express.raw keeps the bytes. Put this route before any app.use(express.json()), which would consume them.
app.post('/webhooks/blitz', express.raw({ type: () => true, limit: '5mb' }), (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  if (!isGenuine(body, req.get('x-webhook-signature'))) return res.sendStatus(401)

  // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  // either: use the body's hash, and skip bodies that you have already stored.
  const deliveryId = createHash('sha256').update(body).digest('hex')
  console.log(`genuine: ${body.length} bytes, ${deliveryId}`)

  // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  res.sendStatus(200)
})

app.listen(Number(process.env.PORT || 3000), '127.0.0.1')
