// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  create a function for Node 20 or newer and set BLITZ_WEBHOOK_SECRET in its environment
// Run:      deploy this file as its index.mjs, behind a route POST /webhooks/blitz of an API Gateway, or a
//           function URL
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const secret = process.env.BLITZ_WEBHOOK_SECRET
if (!secret) throw new Error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(JSON.parse(event.body)) turns 1.0 into 1. Compare as text: as hex, upper case would pass
// too. timingSafeEqual throws if the lengths differ.
function isGenuine(body, signature = '') {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'))
  const received = Buffer.from(signature)
  return received.length === expected.length && timingSafeEqual(received, expected)
}

export async function handler(event) {
  // API Gateway passes JSON as text, and other bodies in base64.
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (body.length > 5 * 1024 * 1024) return { statusCode: 413 } // AWS stops at 6 MB
  const isSignature = ([name]) => name.toLowerCase() === 'x-webhook-signature' // a REST API keeps capitals
  const [, signature] = Object.entries(event.headers ?? {}).find(isSignature) ?? []
  if (!isGenuine(body, signature)) return { statusCode: 401 }

  // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  // either: use the body's hash, and skip bodies that you have already stored.
  const deliveryId = createHash('sha256').update(body).digest('hex')
  console.log(`genuine: ${body.length} bytes, ${deliveryId}`)

  // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  return { statusCode: 200 }
}
