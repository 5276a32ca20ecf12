// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  npm install koa raw-body
// Run:      set BLITZ_WEBHOOK_SECRET, then: node receiver_koa.mjs
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import Koa from 'koa'
import getRawBody from 'raw-body'

const secret = process.env.BLITZ_WEBHOOK_SECRET
if (!secret) throw new Error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')

const app = new Koa()

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(ctx.request.body) turns 1.0 into 1. Compare as text: as hex, upper case would pass too.
// timingSafeEqual throws if the lengths differ.
function isGenuine(body, signature) {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

// Put this before koa-bodyparser or koa-body, which would consume the bytes.
app.use(async (ctx, next) => {
  if (ctx.path !== '/webhooks/blitz') return next()
  if (ctx.method !== 'POST') ctx.throw(405)
  const body = await getRawBody(ctx.req, { limit: '5mb' }) // throws 413
  if (!isGenuine(body, ctx.get('x-webhook-signature'))) ctx.throw(401)

  // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  // either: use the body's hash, and skip bodies that you have already stored.
  const deliveryId = createHash('sha256').update(body).digest('hex')
  console.log(`genuine: ${body.length} bytes, ${deliveryId}`)

  // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  ctx.status = 200
})

app.listen(Number(process.env.PORT || 3000), '127.0.0.1')
