// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  npm install fastify
// Run:      set BLITZ_WEBHOOK_SECRET, then: node receiver_fastify.mjs
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import Fastify from 'fastify'

const secret = process.env.BLITZ_WEBHOOK_SECRET
if (!secret) throw new Error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')

const app = Fastify({ bodyLimit: 5 * 1024 * 1024 })

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(request.body) turns 1.0 into 1. Compare as text: as hex, upper case would pass too.
// timingSafeEqual throws if the lengths differ.
function isGenuine(body, signature = '') {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

// Fastify parses JSON before a handler runs. In a plugin, the parsers of your other routes stay as they are.
app.register(async (webhooks) => {
  webhooks.removeAllContentTypeParsers()
  webhooks.addContentTypeParser('*', { parseAs: 'buffer' }, async (request, body) => body)
  webhooks.post('/webhooks/blitz', async (request, reply) => {
    const body = request.body ?? Buffer.alloc(0)
    if (!isGenuine(body, request.headers['x-webhook-signature'])) return reply.code(401).send()

    // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    // either: use the body's hash, and skip bodies that you have already stored.
    const deliveryId = createHash('sha256').update(body).digest('hex')
    console.log(`genuine: ${body.length} bytes, ${deliveryId}`)

    // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    return reply.code(200).send()
  })
})

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT || 3000) })
