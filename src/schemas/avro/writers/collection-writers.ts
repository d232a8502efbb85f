import { isJsonObject } from '../../../json/json-value.ts'
import { Shape, type Writer } from './writer.ts'

export function arrayWriter(items: Writer): Writer {
  return {
    shapes: Shape.array,
    encode(value, run) {
      if (!Array.isArray(value)) return run.fault('type-mismatch', 'array', value)
      if (value.length > 0) run.sink.int(value.length)
      for (let index = 0; index < value.length; index++) {
        const before = run.violations.length
        items.encode(value[index] ?? null, run)
        if (run.violations.length !== before) run.prepend(before, String(index))
      }
      run.sink.byte(0)
    },
    matches: (value, run) => Array.isArray(value) && value.every((item) => run.matches(items, item)),
  }
}

export function mapWriter(values: Writer): Writer {
  return {
    shapes: Shape.object,
    encode(value, run) {
      if (!isJsonObject(value)) return run.fault('type-mismatch', 'object', value)
      const keys = Object.keys(value)
      if (keys.length > 0) run.sink.int(keys.length)
      for (const key of keys) {
        const before = run.violations.length
        if (key.isWellFormed()) run.sink.string(key)
        else run.fault('invalid-format', 'name without half a surrogate pair', key)
        values.encode(value[key] ?? null, run)
        if (run.violations.length !== before) run.prepend(before, key)
      }
      run.sink.byte(0)
    },
    matches: (value, run) =>
      isJsonObject(value) &&
      Object.keys(value).every((key) => key.isWellFormed() && run.matches(values, value[key] ?? null)),
  }
}
