// Serves a verifier that is only a handler, as its platform would: node serve_handler.mjs KIND FILE
// KIND is next (a route handler of /webhooks/blitz), workers (a module Worker) or lambda (payload format 2.0).
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

const ROUTE = '/webhooks/blitz'
const [kind, file] = process.argv.slice(2)
const module = await import(pathToFileURL(file))

function standardRequest(req) {
  const hasBody = !['GET', 'HEAD'].includes(req.method)
  return new Request(`http://127.0.0.1${req.url}`, {
    method: req.method,
    headers: Object.entries(req.headers),
    ...(hasBody && { body: Readable.toWeb(req), duplex: 'half' }),
  })
}

// API Gateway passes a body that is called text and is text as it is, any other in base64.
async function gatewayEvent(req) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const text = bytes.toString('utf8')
  const type = req.headers['content-type'] ?? 'text/plain'
  const isText = /^(text\/|application\/json)/.test(type) && Buffer.from(text).equals(bytes)
  return {
    version: '2.0',
    headers: req.headers,
    ...(bytes.length > 0 && { body: isText ? text : bytes.toString('base64') }),
    isBase64Encoded: !isText,
  }
}

const handlers = {
  next: async (req) => {
    if (req.url !== ROUTE) return new Response(null, { status: 404 })
    const method = module[req.method]
    return method ? method(standardRequest(req)) : new Response(null, { status: 405 })
  },
  workers: (req) => module.default.fetch(standardRequest(req), process.env),
  lambda: async (req) => {
    if (req.url !== ROUTE || req.method !== 'POST') return new Response(null, { status: 404 })
    const { statusCode, body } = await module.handler(await gatewayEvent(req))
    return new Response(body ?? null, { status: statusCode })
  },
}

createServer(async (req, res) => {
  const response = await handlers[kind](req)
  res.writeHead(response.status, Object.fromEntries(response.headers))
  res.end(Buffer.from(await response.arrayBuffer()))
  req.resume() // a long body that was refused
}).listen(Number(process.env.PORT), '127.0.0.1')
