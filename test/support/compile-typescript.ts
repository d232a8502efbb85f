import { basename } from 'node:path'
import ts from 'typescript'

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  isolatedModules: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts'],
  types: [],
}

/** What a strict compiler has against these modules, by name without `.ts`, each `name, line: message`. */
export function compileTypescript(modules: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  const ours = (file: string): string | undefined => modules.get(basename(file, '.ts'))
  host.getSourceFile = (file, ...rest) => {
    const text = ours(file)
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022)
  }
  host.fileExists = (file) => ours(file) !== undefined || fileExists(file)
  host.readFile = (file) => ours(file) ?? readFile(file)
  const program = ts.createProgram(
    [...modules.keys()].map((name) => `${name}.ts`),
    options,
    host,
  )
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file && basename(file.fileName, '.ts')}, ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
