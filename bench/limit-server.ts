/**
 * The machine's limit: a bare server that reads the body, encodes with avsc into a preallocated buffer and produces, with the
 * gateway's own producer settings. No validation, authentication, metrics or log. Arguments: port, bootstrap, topic, schema file.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import avsc from 'avsc'
import { openBareProducer } from './bare-producer.ts'

const [port = '0', bootstrap = '', topic = '', schemaFile = ''] = process.argv.slice(2)
const type = avsc.Type.forSchema(JSON.parse(readFileSync(schemaFile, 'utf8')))
const producer = await openBareProducer(bootstrap)
const buffer = Buffer.alloc(64 * 1024)

interface Place {
  partition: number
  offset: number
}

function produce(value: unknown, done: (place: Place | undefined) => void): void {
  const end = type.encode(value, buffer, 5)
  producer.produce(topic, null, buffer.subarray(0, end), null, Date.now(), done)
}

createServer((req, res) => {
  if (req.method === 'GET') return res.end()
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString())
    const answer = (places: unknown) => {
      const text = JSON.stringify(places)
      res.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
    }
    if (!req.url?.endsWith('/batch')) {
      produce(body, (place) => answer({ partition: place?.partition, offset: place?.offset }))
      return
    }
    const values = (body as { events: { value: unknown }[] }).events
    const places: unknown[] = new Array(values.length)
    let open = values.length
    for (const [index, { value }] of values.entries()) {
      produce(value, (place) => {
        places[index] = { partition: place?.partition, offset: place?.offset }
        if (--open === 0) answer(places)
      })
    }
  })
}).listen(Number(port), '127.0.0.1')
