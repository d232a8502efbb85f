import { ConfigError } from '../config/config-error.ts'
import type { LoadedConfig } from '../config/load-config.ts'

/** What only the part that uses a setting can judge. Its message may show the value. */
export function accepted<T>(setting: string, make: () => T, { kafka }: LoadedConfig['secrets']): T {
  try {
    return make()
  } catch (error) {
    const shown = (text: string, secret: string): string => text.replaceAll(secret, '[redacted]')
    throw new ConfigError([{ setting, message: Object.values(kafka).reduce(shown, (error as Error).message) }])
  }
}
