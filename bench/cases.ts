import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDirectory } from '../local/paths.ts'
import type { BenchTopic } from './rig.ts'

interface Case {
  name: string
  topic: BenchTopic
  connections: number
}

/** The same request again and again. */
export interface RequestCase extends Case {
  /** Appended to `/v1/topics/{topic}/events`. */
  path: '' | '/batch'
  body: string
  events: number
}

/** Requests that last as long as the load. */
export interface LinesCase extends Case {
  lines: readonly string[]
}

// 225 bytes as JSON, 85 as Avro.
export const order = {
  id: 'order-2026-03-01-000001',
  customer: 'customer-0000042',
  amount: 119.9,
  currency: 'EUR',
  items: [
    { sku: 'SKU-0001-BLUE', qty: 2 },
    { sku: 'SKU-0002-GREEN', qty: 1 },
    { sku: 'SKU-0003-RED', qty: 12 },
  ],
  note: null,
}
const orders = Array.from({ length: 100 }, () => order)

export function publishCases(): (RequestCase | LinesCase)[] {
  return [
    { name: 'one order a request', topic: 'orders', path: '', body: JSON.stringify(order), events: 1, connections: 64 },
    { name: 'orders, batches of 100', topic: 'orders', ...batchOf(orders) },
    { name: 'orders, NDJSON', topic: 'orders', lines: linesOf(orders), connections: 4 },
    { name: 'flights, batches of 100', topic: 'flights', ...batchOf(flights(100)) },
    { name: 'flights, NDJSON', topic: 'flights', lines: linesOf(flights(1_000)), connections: 4 },
  ]
}

function batchOf(values: unknown[]) {
  const body = JSON.stringify({ events: values.map((value) => ({ value })) })
  return { path: '/batch' as const, body, events: values.length, connections: 16 }
}

const linesOf = (values: unknown[]): string[] => values.map((value) => JSON.stringify({ value }))

export function flights(count: number): unknown[] {
  const file = join(projectDirectory, 'node_modules/vega-datasets/data/flights-200k.json')
  return JSON.parse(readFileSync(file, 'utf8')).slice(0, count)
}
