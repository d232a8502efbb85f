import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/json-value.ts'
import { type Encoding, oneOf } from '../encoding.ts'
import type { SchemaNode } from '../schema-node.ts'
import { isExactDouble, isExactFloat, isNegativeZero } from './float-writers.ts'
import { Shape, shapeOf, type Writer } from './writer.ts'

export interface Branch {
  /** As the explicit form names it. */
  name: string
  node: SchemaNode
  writer: Writer
}

export const noBranch = -1
const manyBranches = -2

/** By Avro type, narrowest first. Logical types are not numbers of a size, so they are not among them. */
const exactIn: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  int: (value) => !isNegativeZero(value),
  long: (value) => !isNegativeZero(value),
  float: isExactFloat,
  double: isExactDouble,
}
const widths = Object.keys(exactIn)

export class UnionWriter implements Writer {
  readonly shapes: number
  readonly #branches: readonly Branch[]
  readonly #indexes: ReadonlyMap<string, number>
  readonly #string: number
  readonly #expected: string

  constructor(branches: readonly Branch[]) {
    this.#branches = branches
    this.shapes = branches.reduce<number>((shapes, { writer }) => shapes | writer.shapes, Shape.object)
    this.#indexes = new Map(branches.map(({ name }, index) => [name, index]))
    this.#string = this.#indexes.get('string') ?? noBranch
    this.#expected = branches.length === 1 ? (branches[0] as Branch).name : oneOf(branches.map(({ name }) => name))
  }

  encode(value: JsonValue, run: Encoding): void {
    const explicit = this.explicitBranch(value)
    const index = explicit === noBranch ? this.plainBranch(value, run) : explicit
    if (explicit !== noBranch) {
      this.#encodeExplicit(explicit, value as JsonObject, run)
    } else if (index >= 0) {
      run.sink.int(index)
      ;(this.#branches[index] as Branch).writer.encode(value, run)
    } else if (index === noBranch) {
      run.fault('no-union-branch', this.#expected, value)
    } else {
      const matching = this.#matching(value, shapeOf(value), run).map(
        (match) => `{"${this.#branches[match]?.name}": …}`,
      )
      run.fault('ambiguous-union', oneOf(matching), value)
    }
  }

  matches(value: JsonValue, run: Encoding): boolean {
    const explicit = this.explicitBranch(value)
    const index = explicit === noBranch ? this.plainBranch(value, run) : explicit
    if (index < 0) return false
    const { name, writer } = this.#branches[index] as Branch
    return run.matches(writer, explicit === noBranch ? value : ((value as JsonObject)[name] ?? null))
  }

  /** The branch that an object with one key names. */
  explicitBranch(value: JsonValue): number {
    if (!isJsonObject(value)) return noBranch
    let only: string | undefined
    for (const key in value) {
      if (only !== undefined) return noBranch
      only = key
    }
    return only === undefined ? noBranch : (this.#indexes.get(only) ?? noBranch)
  }

  /** Whether another branch takes values of the same JSON types as this one. */
  sharesShape(index: number): boolean {
    const shapes = this.#branches[index]?.writer.shapes ?? 0
    return this.#branches.some(
      ({ writer }, other) => other !== index && (shapesAsText(writer.shapes) & shapesAsText(shapes)) !== 0,
    )
  }

  /** The branch that a value belongs to which is not in the explicit form; where no other has its shape, match or not. */
  plainBranch(value: JsonValue, run: Encoding): number {
    const shape = shapeOf(value)
    const branches = this.#branches
    let only = noBranch
    for (let index = 0; index < branches.length; index++) {
      if (((branches[index] as Branch).writer.shapes & shape) === 0) continue
      if (only !== noBranch) return this.#choose(value, shape, run)
      only = index
    }
    return only
  }

  #choose(value: JsonValue, shape: number, run: Encoding): number {
    const string = this.#branches[this.#string]
    if (string && shape & Shape.string && run.matches(string.writer, value)) return this.#string
    const matching = this.#matching(value, shape, run)
    if (matching.length <= 1) return matching[0] ?? noBranch
    const widthOf = (index: number): number => widths.indexOf(plainKind((this.#branches[index] as Branch).node))
    if (matching.some((index) => widthOf(index) < 0)) return manyBranches
    const byWidth = matching.sort((one, other) => widthOf(one) - widthOf(other))
    const exact = byWidth.find((index) => exactIn[widths[widthOf(index)] as string]?.(value))
    return exact ?? (byWidth.at(-1) as number)
  }

  #matching(value: JsonValue, shape: number, run: Encoding): number[] {
    const matching: number[] = []
    for (const [index, { writer }] of this.#branches.entries()) {
      if (writer.shapes & shape && run.matches(writer, value)) matching.push(index)
    }
    return matching
  }

  #encodeExplicit(index: number, value: JsonObject, run: Encoding): void {
    const { name, writer } = this.#branches[index] as Branch
    const before = run.violations.length
    run.sink.int(index)
    writer.encode(value[name] ?? null, run)
    if (run.violations.length !== before) run.prepend(before, name)
  }
}

// The strings that stand for numbers are strings too.
const shapesAsText = (shapes: number): number => (shapes & Shape.notFinite ? shapes | Shape.string : shapes)

const plainKind = (node: SchemaNode): string => ('logical' in node && node.logical ? '' : node.kind)
