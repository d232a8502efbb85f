import type { Api } from './api.ts'

/** Where the next event of each partition will go: unchanged where nothing was written. */
export async function nextOffsets(api: Api, topic: string): Promise<number[]> {
  const { body } = await api.get(`/v1/topics/${topic}`)
  return body.partitions.map(({ nextOffset }: { nextOffset: number }) => nextOffset)
}
