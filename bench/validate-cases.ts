import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDirectory } from '../local/paths.ts'
import { demoSchema } from '../local/seed.ts'
import { flights, order } from './cases.ts'

export interface ValidateCase {
  name: string
  /** Avro, as JSON text. */
  schema: string
  events: readonly unknown[]
}

const shipment = {
  id: '123e4567-e89b-12d3-a456-426614174000',
  packedAt: '2026-03-01T09:30:00.250Z',
  leftAt: '2026-03-01T12:05:41+02:00',
  due: '2026-03-04',
  value: '1249.50',
  service: 'EXPRESS',
  labels: { fragile: 'yes', 'customs-code': '8471.30', depot: 'Île-de-France' },
  weights: [12.5, 3, 0.75],
}

export function validateCases(): ValidateCase[] {
  return [
    { name: 'flights', schema: schemaIn('flight'), events: flights(200) },
    { name: 'orders', schema: schemaIn('order'), events: [order] },
    { name: 'shipments', schema: schemaIn('shipment'), events: [shipment] },
    { name: 'earthquakes', schema: demoSchema(), events: earthquakes().slice(0, 200) },
    { name: 'orders of 1,000 items', schema: schemaIn('order'), events: [{ ...order, items: items(1_000) }] },
  ]
}

const schemaIn = (name: string): string => readFileSync(join(import.meta.dirname, `${name}.avsc`), 'utf8')

function earthquakes(): unknown[] {
  const file = join(projectDirectory, 'node_modules/vega-datasets/data/earthquakes.json')
  return JSON.parse(readFileSync(file, 'utf8')).features
}

function items(count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => ({ sku: `SKU-${index}-BLUE`, qty: (index % 12) + 1 }))
}
