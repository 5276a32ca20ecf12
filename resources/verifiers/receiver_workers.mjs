// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  npm install wrangler, then: npx wrangler secret put BLITZ_WEBHOOK_SECRET
// Run:      write BLITZ_WEBHOOK_SECRET=… to .dev.vars, then:
//           npx wrangler dev receiver_workers.mjs --ip 127.0.0.1 --port ${PORT:-3000}
const LIMIT = 5 * 1024 * 1024

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JSON.stringify(await request.json()) turns 1.0 into 1. The pattern refuses upper case; verify compares
// in constant time.
async function isGenuine(secret, body, signature) {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(secret)
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify'])
  const digest = Uint8Array.from(signature.match(/../g), (pair) => parseInt(pair, 16))
  return crypto.subtle.verify('HMAC', key, digest, body)
}

async function receive(request, secret) {
  const chunks = []
  let size = 0
  for await (const chunk of request.body ?? []) { // request.arrayBuffer() has no limit
    if ((size += chunk.length) > LIMIT) return new Response(null, { status: 413 })
    chunks.push(chunk)
  }
  const body = await new Blob(chunks).arrayBuffer()
  const signature = request.headers.get('x-webhook-signature') ?? ''
  if (!(await isGenuine(secret, body, signature))) return new Response(null, { status: 401 })

  // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  // either: use the body's hash, and skip bodies that you have already stored.
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  const deliveryId = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  console.log(`genuine: ${body.byteLength} bytes, ${deliveryId}`)

  // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  return new Response(null, { status: 200 })
}

export default {
  async fetch(request, env) {
    if (!env.BLITZ_WEBHOOK_SECRET) { // with an empty key anyone could sign
      console.error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.')
      return new Response(null, { status: 500 })
    }
    if (new URL(request.url).pathname !== '/webhooks/blitz') return new Response(null, { status: 404 })
    if (request.method !== 'POST') return new Response(null, { status: 405 })
    return receive(request, env.BLITZ_WEBHOOK_SECRET)
  },
}
