import { GatewayError, type ProblemExtras } from '../errors/gateway-error.ts'
import { problems } from '../errors/problems.ts'

interface CarriedProblem {
  code: string
  detail: string
  extras: Omit<ProblemExtras, 'cause'>
}

/** An error as it travels to another replica: with all that a caller may see, and nothing else. */
export function carriedProblem({ code, message, extras }: GatewayError): CarriedProblem {
  const { cause: _, ...seen } = extras
  return { code, detail: message, extras: seen }
}

/** The same error on the other side. A code that this version does not have is an error of the gateway. */
export function problemCarried(carried: unknown): GatewayError {
  const { code, detail, extras } = carried as CarriedProblem
  if (Object.hasOwn(problems, code)) return new GatewayError(code as keyof typeof problems, detail, extras)
  return new GatewayError('internal', `Another replica of the gateway failed with ${code}.`)
}
