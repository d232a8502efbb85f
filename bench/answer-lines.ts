import { createInterface } from 'node:readline'

/** The other side of a {@link LineProcess}: answers each request, in order. Ends the process where answering fails. */
export async function answerLines<Request>(answer: (request: Request) => Promise<object>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`)
  }
}
