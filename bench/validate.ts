/**
 * `./headgate bench validate [--json] [--quick]`: what it takes to judge and encode an event, from the bytes of its JSON to those of
 * Avro, beside `JSON.parse` and avsc, which judge next to nothing; and to refuse it with all of its violations, beside a good one.
 * In this process and in turns, in the same minutes.
 */
import { parseArgs } from 'node:util'
import { parseJson } from '../src/json/parse-json.ts'
import { compileAvro } from '../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../src/schemas/byte-sink.ts'
import { wirePrefix, wirePrefixBytes } from '../src/schemas/wire-format.ts'
import { breaks } from './broken.ts'
import { plainAvscType } from './plain-avsc.ts'
import { median, rangeOf } from './report.ts'
import { type Step, timesInTurns } from './step-times.ts'
import { type ValidateCase, validateCases } from './validate-cases.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(3),
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
})
const rounds = options.quick ? 5 : 40

// As in the defaults of `limits`.
const jsonDepth = 64
const jsonValues = 1_000_000

interface Costs {
  name: string
  /** Of JSON, the mean of the events. */
  bytes: number
  /** Microseconds an event, medians. */
  gateway: number
  plain: number
  /** Of each round. */
  toPlain: number[]
  refused: { name: string; violations: number; micros: number; toGood: number[] }[]
}

const costs = validateCases().map((each) => {
  process.stderr.write(`${each.name} …\n`)
  return costsOf(each)
})
process.stdout.write(options.json ? json(costs) : table(costs))

function costsOf({ name, schema, events }: ValidateCase): Costs {
  const codec = compileAvro(schema)
  const type = plainAvscType(schema)
  const sink = new ByteSink(1024 * 1024)
  const prefix = wirePrefix(1)
  const buffer = Buffer.alloc(1024 * 1024)
  prefix.copy(buffer)

  const judged = (bytes: Buffer): number => {
    sink.reset()
    sink.raw(prefix)
    return codec.encode(parseJson(bytes, jsonDepth, jsonValues), sink).length
  }
  const encoded = (bytes: Buffer): number => type.encode(JSON.parse(bytes.toString()), buffer, wirePrefixBytes)

  const good = events.map(bytesOf)
  for (const bytes of good) {
    if (judged(bytes) > 0) throw new Error(`${name}: a good event has violations`)
    if (!sink.slice(0, sink.length).equals(buffer.subarray(0, encoded(bytes))))
      throw new Error(`${name}: the gateway and avsc do not write the same bytes`)
  }
  const broken = Object.entries(breaks)
    .map(([way, broke]) => ({ way, texts: events.map((event) => bytesOf(broke(event))) }))
    .filter(({ texts }) => texts.every((bytes) => judged(bytes) > 0))
  const steps: Record<string, Step> = { gateway: over(good, judged), plain: over(good, encoded) }
  for (const { way, texts } of broken) steps[way] = over(texts, judged)
  const times = timesInTurns(steps, rounds)
  const [gateway = [], plain = []] = [times.gateway, times.plain]
  return {
    name,
    bytes: mean(good.map(({ length }) => length)),
    gateway: median(gateway),
    plain: median(plain),
    toPlain: ratios(gateway, plain),
    refused: broken.map(({ way, texts }) => ({
      name: way,
      violations: mean(texts.map(judged)),
      micros: median(times[way] ?? []),
      toGood: ratios(times[way] ?? [], gateway),
    })),
  }
}

function bytesOf(event: unknown): Buffer {
  return Buffer.from(JSON.stringify(event))
}

/** One event after the other, from the first one again after the last. */
function over(texts: readonly Buffer[], take: (bytes: Buffer) => number): Step {
  let next = 0
  return () => {
    take(texts[next] as Buffer)
    next = (next + 1) % texts.length
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((micros, round) => micros / (theirs[round] as number))
}

function table(all: readonly Costs[]): string {
  const reports = all.map(({ name, bytes, gateway, plain, toPlain, refused }) =>
    [
      `${name}, ${bytes.toFixed(0)} bytes`,
      `  judged and encoded ${gateway.toFixed(2)} µs, JSON.parse and avsc ${plain.toFixed(2)} µs: ${shown(toPlain)}`,
      ...refused.map(
        (each) =>
          `  refused, ${each.name}: ${each.violations.toFixed(0)} violations, ${each.micros.toFixed(2)} µs, of a good one ${shown(each.toGood)}`,
      ),
    ].join('\n'),
  )
  return `${reports.join('\n\n')}\n`
}

function shown(numbers: readonly number[]): string {
  const [least, most] = rangeOf(numbers)
  return `${median(numbers).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}

function json(all: readonly Costs[]): string {
  const report = all.map(({ toPlain, refused, ...each }) => ({
    ...each,
    toPlain: median(toPlain),
    toPlainRange: rangeOf(toPlain),
    refused: refused.map(({ toGood, ...way }) => ({ ...way, toGood: median(toGood), toGoodRange: rangeOf(toGood) })),
  }))
  return `${JSON.stringify({ cases: report }, null, 2)}\n`
}
