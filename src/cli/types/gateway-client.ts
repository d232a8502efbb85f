import { UsageError } from '../usage-error.ts'

const timeLimitMs = 30_000

/** A gateway as its callers see it. Whatever it does not answer is a UsageError. */
export class GatewayClient {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new UsageError(`${url} is no URL of a gateway`)
    this.#url = url.replace(/\/+$/, '')
    this.#token = token
  }

  async topics(): Promise<string[]> {
    const { topics } = JSON.parse(await this.#text('/v1/topics')) as { topics: { topic: string }[] }
    return topics.map(({ topic }) => topic)
  }

  /** Of a topic whose schema cannot be used, why that is so. */
  async typesOf(topic: string): Promise<{ text: string } | { unusable: string }> {
    const answer = await this.#get(`/v1/topics/${topic}/types.ts`)
    const text = await answer.text()
    if (answer.status === 422) return { unusable: detailOf(text) }
    if (!answer.ok) throw refusal(answer.status, text)
    return { text }
  }

  async #text(path: string): Promise<string> {
    const answer = await this.#get(path)
    const text = await answer.text()
    if (!answer.ok) throw refusal(answer.status, text)
    return text
  }

  async #get(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const signal = AbortSignal.timeout(timeLimitMs)
    return fetch(this.#url + path, { headers, signal }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? error.cause.message : error.message
      throw new UsageError(`${this.#url} does not answer: ${cause}`)
    })
  }
}

const refusal = (status: number, text: string): UsageError =>
  new UsageError(`the gateway answered ${status}: ${detailOf(text)}`)

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail)
  } catch {
    return 'and not as Headgate does'
  }
}
