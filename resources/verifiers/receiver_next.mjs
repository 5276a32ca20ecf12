// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  npx create-next-app receiver, and save this file as receiver/app/webhooks/blitz/route.js
// Run:      set BLITZ_WEBHOOK_SECRET, then: npx next dev receiver -H 127.0.0.1 -p ${PORT:-3000}
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const runtime = 'nodejs' // the edge has no node:crypto

const secret = process.env.BLITZ_WEBHOOK_SECRET
const LIMIT = 5 * 1024 * 1024

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(await request.json()) turns 1.0 into 1. Compare as text: as hex, upper case would pass
// too. timingSafeEqual throws if the lengths differ.
function isGenuine(body, signature) {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

// In the pages router, also export const config = { api: { bodyParser: false } } and read req as a stream.
export async function POST(request) {
  if (!secret) { // with an empty key anyone could sign
    console.error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')
    return new Response(null, { status: 500 })
  }
  const chunks = []
  let size = 0
  for await (const chunk of request.body ?? []) { // request.arrayBuffer() has no limit
    if ((size += chunk.length) > LIMIT) return new Response(null, { status: 413 })
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const signature = request.headers.get('x-webhook-signature') ?? ''
  if (!isGenuine(body, signature)) return new Response(null, { status: 401 })

  // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  // either: use the body's hash, and skip bodies that you have already stored.
  const deliveryId = createHash('sha256').update(body).digest('hex')
  console.log(`genuine: ${body.length} bytes, ${deliveryId}`)

  // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  return new Response(null, { status: 200 })
}
